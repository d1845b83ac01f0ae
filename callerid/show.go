package callerid

import (
	"fmt"
	"time"

	"roadline/fmc/cause"
)

// Wish is what the rules of a company want an outgoing leg to show.
type Wish struct {
	Number Number // the company's number for this leg
	// Client and Called are set on a diverted call alone: who called the company, and which number of ours they called.
	// The client is shown where the trunk allows it, else Number is.
	Client, Called Number
	Display        string // a name beside the number; empty for none
	Hidden         bool   // the person does not want the number to be seen
}

// Shown is what one outgoing leg shows. It is comparable plain data, so that plans can hold and print it; only Show,
// Inside, BySIM, Native, Private and Anonymous make one, and whoever writes the headers asks Proven first.
type Shown struct {
	From      Number `json:"from"`               // what the one called sees; Hidden where that is nothing
	Display   string `json:"display,omitempty"`  // clean: see Clean
	Asserted  Number `json:"asserted,omitzero"`  // ours, proven: for P-Asserted-Identity or Remote-Party-ID; zero inside the company
	Diversion Number `json:"diversion,omitzero"` // ours, proven: by which number of ours the call came; zero where it was not diverted
	Mobile    Number `json:"mobile,omitzero"`    // a person's own, vouched for by the operator whose FMC trunk it leaves by; zero elsewhere
	Privacy   bool   `json:"privacy,omitempty"`  // ask the trunk to hide the number: Privacy: id (RFC 3325 §9.3)
	Reason    string `json:"reason,omitempty"`   // why this and not what was wished; empty where the wish came true
}

// Show decides what a leg over a trunk shows at an instant. What is not proven is never shown: the trunk's fallback
// number takes its place, and where that is not proven either, or hiding was asked for and the trunk cannot hide, the
// error (kind cause.Denied) says why no call can go out this way.
func Show(wish Wish, owned Owned, trunk Form, at time.Time) (Shown, error) {
	own, reason, err := proven(wish.Number, owned, trunk, at)
	if err != nil {
		return Shown{}, err
	}
	shown := Shown{From: own, Asserted: own, Display: Clean(wish.Display), Reason: reason}
	switch {
	case wish.Hidden && !trunk.Privacy:
		return Shown{}, cause.Errorf(cause.Denied, "the trunk does not keep numbers hidden: call without hiding, or by another trunk")
	case wish.Hidden:
		shown.From, shown.Display, shown.Privacy = Number{Kind: Hidden}, "", true
	case wish.Client.IsZero() && wish.Called.IsZero():
	default:
		if why := divertible(wish, owned, trunk, at); why != "" {
			shown.Reason = join(why, shown.Reason)
			break
		}
		shown.From, shown.Diversion = wish.Client.Canonical(), wish.Called.Canonical()
	}
	return shown, nil
}

// proven returns the number to show, or the trunk's fallback with the reason.
func proven(want Number, owned Owned, trunk Form, at time.Time) (Number, string, error) {
	err := owned.Check(want, at)
	if err == nil {
		return want.Canonical(), "", nil
	}
	if trunk.Fallback.IsZero() || !owned.Has(trunk.Fallback, at) {
		return Number{}, "", fmt.Errorf("no number can be shown on this trunk: %w", err)
	}
	return trunk.Fallback.Canonical(), err.Error() + "; the trunk's fallback number is shown", nil
}

// divertible says why a client's number cannot be shown; empty where it can.
func divertible(wish Wish, owned Owned, trunk Form, at time.Time) string {
	switch {
	case wish.Client.E164 == "":
		return "the client's number is " + wish.Client.Kind.String()
	case trunk.Diverted == NeverDiverted || trunk.Carry == CarryAsserted:
		return "the trunk is not declared to carry a client's number on diverted calls"
	}
	if err := owned.Check(wish.Called, at); err != nil {
		return "the call cannot be called diverted: " + err.Error()
	}
	return ""
}

func join(first, second string) string {
	if second == "" {
		return first
	}
	return first + "; " + second
}

// Inside is what a leg to the company's own phone shows: the caller, whoever it is. It asserts nothing, so that Proven
// refuses it on a trunk.
func Inside(caller Number, display string) Shown {
	return Shown{From: caller.Canonical(), Display: Clean(display)}
}

// BySIM is what a leg over a SIM shows: the card's own number, put in by its network. It asserts nothing, so that Proven
// refuses it on a trunk: having the card is a proof for its own calls alone.
func BySIM(own Number) Shown { return Shown{From: own.Canonical()} }

// Anonymous is what a leg shows that shows and asserts nothing. It is for the one call that cannot wait for a proof to
// be renewed, to an emergency number: the trunk then puts its own number in.
func Anonymous(reason string) Shown {
	return Shown{From: Number{Kind: Hidden}, Reason: reason}
}

// Proven says whether this may leave by a trunk at an instant (invariant 7): P-Asserted-Identity is a proven number of
// the company; another's number is shown only with our proven Diversion on a trunk that is declared to carry it; hidden
// only where the trunk hides. An error has kind cause.Denied. It is asked where headers are written, of every leg.
func (s Shown) Proven(owned Owned, trunk Form, at time.Time) error {
	if s == Anonymous(s.Reason) {
		return nil
	}
	if !s.Mobile.IsZero() {
		return s.vouched(trunk)
	}
	if err := owned.Check(s.Asserted, at); err != nil {
		return fmt.Errorf("asserted identity: %w", err)
	}
	if !s.Diversion.IsZero() {
		if err := owned.Check(s.Diversion, at); err != nil {
			return fmt.Errorf("diversion: %w", err)
		}
	}
	switch {
	case s.Display != Clean(s.Display):
		return cause.Errorf(cause.Denied, "the display name holds what a header cannot")
	case s.From.Kind == Hidden != s.Privacy:
		return cause.Errorf(cause.Denied, "a number is hidden with privacy and only so")
	case s.Privacy && !trunk.Privacy:
		return cause.Errorf(cause.Denied, "the trunk does not keep numbers hidden")
	case s.Privacy || s.From.Same(s.Asserted):
		return nil
	case s.From.E164 == "":
		return cause.Errorf(cause.Denied, "a %s number cannot be shown", s.From.Kind)
	case s.Diversion.IsZero():
		return cause.Errorf(cause.Denied, "%s is not the asserted number, and the call is not diverted", s.From.Masked())
	case trunk.Diverted == NeverDiverted || trunk.Carry == CarryAsserted:
		return cause.Errorf(cause.Denied, "the trunk is not declared to carry a client's number on diverted calls")
	}
	return nil
}
