package cabinet

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"roadline/cabinet/times"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// ShadowShown is what calls and texts between a company's own cards show.
type ShadowShown struct {
	Window   string          `json:"window,omitempty"` // of each night, by the company's clock; absent: cards are tried when a person asks
	Cards    []CardTried     `json:"cards"`
	Attempts []ShadowAttempt `json:"attempts"` // newest first
}

// CardTried is what is known of a card.
type CardTried struct {
	ICCID    fmc.ICCID           `json:"iccid"`
	Number   string              `json:"number,omitempty"`
	State    string              `json:"state"`        // "well", "trouble", "unknown": no attempt says anything of it
	At       *time.Time          `json:"at,omitempty"` // of the latest attempt that says something
	Verdict  []string            `json:"verdict"`      // in words
	Troubles []fmc.ShadowTrouble `json:"troubles"`
	Out      *ShadowAttempt      `json:"out,omitempty"` // the latest in which it called
	In       *ShadowAttempt      `json:"in,omitempty"`  // the latest in which it was called
	Nights   []ShadowNight       `json:"nights"`        // oldest first
}

// ShadowNight is how a card was in a night.
type ShadowNight struct {
	Night string `json:"night"`
	State string `json:"state"` // "well", "trouble", "yielded", "cut"
}

// ShadowAttempt is a call and a text from one card to another. What is absent was not tried, or not measured.
type ShadowAttempt struct {
	ID       fmc.ShadowID        `json:"id"`
	Night    string              `json:"night"`
	At       time.Time           `json:"at"`
	From     fmc.ICCID           `json:"from"`
	To       fmc.ICCID           `json:"to"`
	By       string              `json:"by,omitempty"` // who asked for it; absent: the night did
	State    string              `json:"state"`        // "running", "well", "trouble", "yielded", "cut"
	Verdict  []string            `json:"verdict"`
	Troubles []fmc.ShadowTrouble `json:"troubles"` // of the card that called
	Called   []fmc.ShadowTrouble `json:"called_troubles"`
	Call     *ShadowCallShown    `json:"call,omitempty"`
	Text     *ShadowTextShown    `json:"text,omitempty"`
}

// ShadowCallShown is what became of the call.
type ShadowCallShown struct {
	Rang    bool           `json:"rang"`
	Setup   *times.Seconds `json:"setup_s,omitempty"`  // until it rang
	Answer  *times.Seconds `json:"answer_s,omitempty"` // until the calling card was told of the answer
	Arrived string         `json:"arrived,omitempty"`  // the number, as it came
	Hidden  bool           `json:"hidden,omitempty"`
	There   *ShadowHeard   `json:"there,omitempty"` // of the card that called
	Back    *ShadowHeard   `json:"back,omitempty"`
	Why     string         `json:"why,omitempty"` // it ended early
}

// ShadowHeard is how one side was heard by the other.
type ShadowHeard struct {
	Heard bool `json:"heard"`
	Level int  `json:"level_dbm0,omitempty"`
	Lost  int  `json:"lost_percent"`
}

// ShadowTextShown is what became of the text.
type ShadowTextShown struct {
	Sent     bool           `json:"sent"`
	Came     bool           `json:"came"`
	Took     *times.Seconds `json:"took_s,omitempty"`
	Reported bool           `json:"reported"`
	Why      string         `json:"why,omitempty"`
}

// shadowDays is how many days are shown where nobody says.
const shadowDays, mostShadowDays = 14, 92

// shadow returns what own cards found.
func (a *API) shadow(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "days")
	if err != nil {
		return nil, err
	}
	days := shadowDays
	if text := q.Get("days"); text != "" {
		if days, err = strconv.Atoi(text); err != nil || days < 1 || days > mostShadowDays {
			return nil, cause.Errorf(cause.Invalid, "days: %q: write 1 to %d", text, mostShadowDays)
		}
	}
	return a.Shadow(r.Context(), c, days)
}

// Shadow is what calls and texts between a company's own cards showed in the last days.
func (a *API) Shadow(ctx context.Context, c *fmc.Company, days int) (ShadowShown, error) {
	shown := ShadowShown{Cards: []CardTried{}, Attempts: []ShadowAttempt{}}
	if r := c.Rules.Shadow; r.On() {
		shown.Window = clock(r.From) + "-" + clock(r.Until)
	}
	all, err := a.o.Store.For(c.Profile.ID).Shadows(ctx, a.o.Now().AddDate(0, 0, -days))
	if err != nil {
		return shown, err
	}
	for _, r := range all {
		shown.Attempts = append(shown.Attempts, showAttempt(r))
	}
	for i := range c.SIMs {
		shown.Cards = append(shown.Cards, cardTried(&c.SIMs[i], all))
	}
	return shown, nil
}

// clock is a time of the day: "02:00".
func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// cardTried is what attempts, the newest first, say of a card.
func cardTried(s *fmc.SIM, all []fmc.ShadowRecord) CardTried {
	t := CardTried{ICCID: s.ICCID, Number: s.Number.E164, State: "unknown", Verdict: []string{}, Troubles: []fmc.ShadowTrouble{}, Nights: nightsOf(s.ICCID, all)}
	for _, x := range fmc.ShadowStates([]fmc.ICCID{s.ICCID}, all) {
		t.State = "well"
		if len(x.Troubles) > 0 {
			t.State = "trouble"
		}
		t.Troubles = append(t.Troubles, x.Troubles...)
		for _, r := range []struct {
			of   *fmc.ShadowRecord
			into **ShadowAttempt
		}{{x.Out, &t.Out}, {x.In, &t.In}} {
			if r.of == nil {
				continue
			}
			shown := showAttempt(*r.of)
			*r.into = &shown
			if t.At == nil || shown.At.After(*t.At) {
				t.At = &shown.At
			}
		}
		if x.Out != nil && len(x.Out.OfCaller()) > 0 {
			t.Verdict = append(t.Verdict, x.Out.Verdict()...)
		}
		if x.In != nil {
			for _, trouble := range x.In.OfCalled() {
				t.Verdict = append(t.Verdict, trouble.Words())
			}
		}
		if len(t.Verdict) == 0 {
			t.Verdict = append(t.Verdict, "everything arrived")
		}
	}
	return t
}

// nightsOf is how a card was in each night in which it called or was called, the oldest first: at its worst.
func nightsOf(id fmc.ICCID, all []fmc.ShadowRecord) []ShadowNight {
	nights := []ShadowNight{}
	for i := len(all) - 1; i >= 0; i-- {
		r := all[i]
		state := r.Outcome()
		if r.From != id && r.To != id || state == "running" {
			continue
		}
		if state == "trouble" && (r.From == id && len(r.OfCaller()) == 0 || r.To == id && len(r.OfCalled()) == 0) {
			state = "well" // the other card's
		}
		last := len(nights) - 1
		switch {
		case last < 0 || nights[last].Night != r.Night:
			nights = append(nights, ShadowNight{r.Night, state})
		case state == "trouble" || nights[last].State != "trouble" && state == "well":
			nights[last].State = state
		}
	}
	return nights
}

func showAttempt(r fmc.ShadowRecord) ShadowAttempt {
	shown := ShadowAttempt{
		ID: r.Shadow, Night: r.Night, At: r.At.UTC(), From: r.From, To: r.To, By: r.By, State: r.Outcome(), Verdict: r.Verdict(),
		Troubles: append([]fmc.ShadowTrouble{}, r.OfCaller()...), Called: append([]fmc.ShadowTrouble{}, r.OfCalled()...),
	}
	if r.Ended == nil {
		return shown
	}
	if x := r.Ended.Call; x != nil {
		shown.Call = &ShadowCallShown{Rang: x.Rang, Setup: sometime(x.Setup), Answer: sometime(x.Up), Arrived: x.Arrived, Hidden: x.Hidden, There: showHeard(x.There), Back: showHeard(x.Back)}
		if x.Cause != nil {
			shown.Call.Why = x.Cause.Text
		}
	}
	if x := r.Ended.Text; x != nil {
		shown.Text = &ShadowTextShown{Sent: x.Sent, Came: x.Came, Took: sometime(x.Took), Reported: x.Reported, Why: x.Why}
	}
	return shown
}

// sometime is a time that 0 stands for none of.
func sometime(d time.Duration) *times.Seconds {
	if d == 0 {
		return nil
	}
	return times.Maybe(&d)
}

func showHeard(s *fmc.ShadowSound) *ShadowHeard {
	if s == nil {
		return nil
	}
	return &ShadowHeard{Heard: s.Heard, Level: s.Level, Lost: s.Lost}
}

// ShadowWish has cards tried now.
type ShadowWish struct {
	ICCID fmc.ICCID `json:"iccid,omitempty" maxLength:"20" doc:"The card; left out: all of them."`
}

// ShadowAsked is a ShadowWish at the socket, where whoever asks says who they are.
type ShadowAsked struct {
	ShadowWish
	By string `json:"by"`
}

// ShadowBegun is who will call whom.
type ShadowBegun struct {
	Pairs []ShadowPairShown `json:"pairs"`
}

// ShadowPairShown is one of them.
type ShadowPairShown struct {
	From fmc.ICCID `json:"from"`
	To   fmc.ICCID `json:"to"`
}

// tryCards has cards tried as soon as their lines are free.
func (a *API) tryCards(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	var w ShadowAsked
	if err := read(r, &w); err != nil {
		return nil, err
	}
	if err := oneLine("by", "who", w.By, mostReason); err != nil {
		return nil, err
	}
	return a.TryCards(c, w.ShadowWish, w.By)
}

// TryCards has a company's cards try each other as soon as their lines are free.
func (a *API) TryCards(c *fmc.Company, w ShadowWish, by string) (ShadowBegun, error) {
	if a.o.Node.TryCards == nil {
		return ShadowBegun{}, errNoSIMs
	}
	pairs, err := a.o.Node.TryCards(c, w.ICCID, by)
	begun := ShadowBegun{Pairs: []ShadowPairShown{}}
	for _, p := range pairs {
		begun.Pairs = append(begun.Pairs, ShadowPairShown(p))
	}
	return begun, err
}
