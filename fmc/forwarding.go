package fmc

import (
	"maps"
	"slices"
	"time"
)

// ForwardReason is why a network takes a call elsewhere that was for a card: 27.007 §7.11.
type ForwardReason string

// The reasons.
const (
	ForwardAlways      ForwardReason = "always"
	ForwardBusy        ForwardReason = "busy"
	ForwardNoReply     ForwardReason = "no_reply"
	ForwardUnreachable ForwardReason = "unreachable"
)

// ForwardReasons are all reasons, in the order in which they are looked at.
var ForwardReasons = []ForwardReason{ForwardAlways, ForwardBusy, ForwardNoReply, ForwardUnreachable}

// Forward is where calls go; the zero value: nowhere.
type Forward struct {
	To    string        `json:"to,omitempty"`    // E.164, or as the network wrote it
	After time.Duration `json:"after,omitempty"` // of ForwardNoReply: how long it rings before; 0: the network did not say
}

// Forwarding is where the calls of a card go that it cannot take. A reason that is missing: of a wish, they go nowhere;
// of what was found, it is not known.
type Forwarding map[ForwardReason]Forward

// Bounds of how long a card rings before its network takes the call elsewhere: 22.082 §2.1.2, in steps.
const (
	ForwardSoonest = 5 * time.Second
	ForwardLatest  = 30 * time.Second
	ForwardStep    = 5 * time.Second
	// ForwardUsually is meant where nobody says it: longer than we may take to answer (AnswerTime).
	ForwardUsually = 25 * time.Second
)

// ForwardMargin is how much sooner than its network a call to a card must have been answered by us.
const ForwardMargin = 4 * time.Second

// Right reports whether what was found for a reason is what is wished.
func (wish Forwarding) Right(why ForwardReason, found Forward) bool {
	want := wish[why]
	if want.To != found.To {
		return false
	}
	return why != ForwardNoReply || want.To == "" || found.After == 0 || found.After == want.After
}

// Wishes returns where the calls of a card go that it cannot take, as the company's document has it; false where the document
// says nothing: then nobody looks. What is said of all cards leaves out busy where a card is rung to be called back:
// refusing such a call would forward the caller (FLOWS E2b).
func (c *Company) Wishes(s *SIM) (Forwarding, bool) {
	switch {
	case s.Forward != nil:
		return s.Forward, true
	case c.Rules.Forwarding == nil:
		return nil, false
	}
	wish := maps.Clone(c.Rules.Forwarding)
	if c.CalledBack(s.ICCID) {
		delete(wish, ForwardBusy)
	}
	return wish, true
}

// CalledBack reports whether the people of the company ring a card to be called back.
func (c *Company) CalledBack(id ICCID) bool {
	return slices.ContainsFunc(c.Numbers, func(n Number) bool { return n.SIM == id && n.Access == CallBack })
}

// ForwardingState is what became of looking at a card's forwarding.
type ForwardingState string

// The states.
const (
	ForwardingRight   ForwardingState = "right"   // it was as it should be
	ForwardingSet     ForwardingState = "set"     // it was set right, and the network says so when asked again
	ForwardingRefused ForwardingState = "refused" // the operator refuses it
	ForwardingIgnored ForwardingState = "ignored" // the operator says yes, and nothing changes
	ForwardingUnheard ForwardingState = "unheard" // the network, or the modem, did not answer
	ForwardingCannot  ForwardingState = "cannot"  // the modem, or the gateway, has no way to do it
)

// Wrong reports whether the card's calls may go elsewhere than they should, or nowhere, and looking again will not help.
func (s ForwardingState) Wrong() bool {
	return s == ForwardingRefused || s == ForwardingIgnored || s == ForwardingCannot
}

// ForwardingAsked is why somebody looked.
type ForwardingAsked string

// The reasons for a look.
const (
	AskedFound    ForwardingAsked = "found"    // the card was found in a modem, or in another
	AskedDocument ForwardingAsked = "document" // the company's document wishes otherwise now
	AskedNight    ForwardingAsked = "night"
	AskedAgain    ForwardingAsked = "again"  // it did not go well before
	AskedPerson   ForwardingAsked = "person" // By wanted to see
)

// ForwardingSeen says how a card's forwarding was found, and left. Found and Left have what was heard of it.
type ForwardingSeen struct {
	At         time.Time       `json:"at"`
	SIM        ICCID           `json:"sim"`
	Asked      ForwardingAsked `json:"asked"`
	By         string          `json:"by,omitempty"`
	Generation int64           `json:"generation"` // of the document that has the wish
	Wish       Forwarding      `json:"wish"`
	Found      Forwarding      `json:"found"`
	Left       Forwarding      `json:"left"`
	State      ForwardingState `json:"state"`
	Why        string          `json:"why,omitempty"`     // for a person, where it is not as it should be
	Strange    []string        `json:"strange,omitempty"` // numbers found that are not the company's
}

func (ForwardingSeen) happening() string { return "forwarding_seen" }
