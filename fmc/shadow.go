package fmc

import (
	"crypto/sha256"
	"encoding/base32"
	"regexp"
	"slices"
	"time"

	"roadline/callerid"
	"roadline/fmc/cause"
)

// A shadow attempt is a call and a text from one of a company's own cards to another, at night, by which is seen what
// arrives: nobody else is called, and nobody else is answered.

// ShadowID names an attempt: UUIDv7.
type ShadowID string

// ShadowRules are when a company's cards try each other, and how much that may cost. Zero: never.
type ShadowRules struct {
	From, Until  time.Duration // of the day, by the company's clock; Until before From: past midnight
	Minutes      int           // of calls a night, each rounded up to one; 0: no bound
	Messages     int           // a night; 0: no bound
	CardMinutes  int           // as Minutes, of one card
	CardMessages int           // as Messages, of one card
	Cards        []ICCID       // empty: all that have a mandate
	WithoutCalls bool          // texts alone
	WithoutTexts bool          // calls alone
}

// On reports whether anything is tried.
func (r ShadowRules) On() bool { return r.From != r.Until }

// Night is the night whose window holds a moment of the company's zone, as the date on which it began; "" outside of it.
func (r ShadowRules) Night(now time.Time) string {
	at := time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute + time.Duration(now.Second())*time.Second
	begun := now
	switch {
	case r.From < r.Until && at >= r.From && at < r.Until, r.From > r.Until && at >= r.From:
	case r.From > r.Until && at < r.Until:
		begun = now.AddDate(0, 0, -1)
	default:
		return ""
	}
	return begun.Format(time.DateOnly)
}

// Includes reports whether a card is tried.
func (r ShadowRules) Includes(id ICCID) bool {
	return len(r.Cards) == 0 || slices.Contains(r.Cards, id)
}

// ShadowBegan is the fact that an attempt begins; it is on disk before anything is dialled. An attempt without an end was
// cut, and is not repeated.
type ShadowBegan struct {
	Shadow ShadowID        `json:"shadow"`
	Night  string          `json:"night"` // the date on which the night began, by the company's clock
	At     time.Time       `json:"at"`
	From   ICCID           `json:"from"`
	To     ICCID           `json:"to"`
	Caller callerid.Number `json:"caller"` // of From: what should arrive
	Called callerid.Number `json:"called"`
	Call   bool            `json:"call,omitempty"` // it calls
	Text   bool            `json:"text,omitempty"` // it sends a text
	By     string          `json:"by,omitempty"`   // who asked for it; empty: the night did
}

// ShadowEnded is the fact that an attempt is over.
type ShadowEnded struct {
	Shadow ShadowID    `json:"shadow"`
	At     time.Time   `json:"at"`
	Call   *ShadowCall `json:"call,omitempty"`
	Text   *ShadowText `json:"text,omitempty"`
	// Yielded says that a client's call needed a line, so that nothing is known of the cards.
	Yielded bool `json:"yielded,omitempty"`
	// Cut says that the server stopped meanwhile.
	Cut bool `json:"cut,omitempty"`
}

// ShadowCall is what became of the call.
type ShadowCall struct {
	Rang    bool          `json:"rang,omitempty"`    // the card that was called
	Setup   time.Duration `json:"setup,omitempty"`   // from dialling until it rang
	Up      time.Duration `json:"up,omitempty"`      // from dialling until the calling card was told of the answer; 0: it was not answered
	Arrived string        `json:"arrived,omitempty"` // the number that the called card was told, as it came
	Hidden  bool          `json:"hidden,omitempty"`  // it was told that the number is withheld
	Talk    time.Duration `json:"talk,omitempty"`    // that the calling card's tariff counts
	There   *ShadowSound  `json:"there,omitempty"`   // of the calling card, as the called one heard it; nil: it was not listened for
	Back    *ShadowSound  `json:"back,omitempty"`    // of the called card, as the calling one heard it
	Cause   *cause.Cause  `json:"cause,omitempty"`   // why it ended before everything was known
}

// ShadowSound is how one side's tones were heard by the other.
type ShadowSound struct {
	Heard bool `json:"heard,omitempty"`
	Level int  `json:"level,omitempty"` // dBm0
	Lost  int  `json:"lost,omitempty"`  // of a hundred frames of 20 ms, how many were not what was sent
}

// ShadowText is what became of the text.
type ShadowText struct {
	Sent     bool          `json:"sent,omitempty"`     // the network took it
	Came     bool          `json:"came,omitempty"`     // to the other card
	Took     time.Duration `json:"took,omitempty"`     // from when the network took it until it came
	Reported bool          `json:"reported,omitempty"` // a delivery report says so
	Why      string        `json:"why,omitempty"`      // it was not sent: a sentence
}

// ShadowRecord is an attempt as far as it is known.
type ShadowRecord struct {
	ShadowBegan
	Ended *ShadowEnded
}

func (ShadowBegan) happening() string { return "shadow_began" }
func (ShadowEnded) happening() string { return "shadow_ended" }

// shadowTones is how many tones name an attempt.
const shadowTones = 12

// Tones name the attempt to whoever listens, as numbers from 0 to 7 of which no two in a row are equal: even ones from the
// card that calls, odd ones back, so that nobody takes an echo for the other side.
func (id ShadowID) Tones(back bool) []byte {
	sum := sha256.Sum256([]byte(id))
	tones := make([]byte, shadowTones)
	last := sum[31] % 4
	for i := range tones {
		last = (last + 1 + sum[i]%3) % 4
		tones[i] = 2 * last
		if back {
			tones[i]++
		}
	}
	return tones
}

// Text is what the attempt's text says.
func (id ShadowID) Text() string {
	sum := sha256.Sum256([]byte(id))
	code := base32.StdEncoding.EncodeToString(sum[:5])
	return "Line check " + code[:4] + "-" + code[4:]
}

var shadowText = regexp.MustCompile(`^Line check [A-Z2-7]{4}-[A-Z2-7]{4}$`)

// IsShadowText reports whether a text has the form of an attempt's.
func IsShadowText(text string) bool { return shadowText.MatchString(text) }
