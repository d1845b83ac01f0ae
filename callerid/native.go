package callerid

import "roadline/fmc/cause"

// On an operator's FMC trunk the calls of people's own mobiles come to us before the operator sets them up, and go back
// to it. There the operator knows the mobile better than any proof of ours: it is vouched for, and nothing is asserted.

// Native is what a leg shows that rings a person's own mobile by way of the operator's FMC trunk: who called, diverted
// by the mobile itself. That is how the operator tells it from a call that it should bring to us.
func Native(client, mobile Number, display string) Shown {
	s := Shown{From: client.Canonical(), Display: Clean(display), Diversion: mobile.Canonical(), Mobile: mobile.Canonical()}
	if client.E164 == "" && client.Code() == "" {
		s.From, s.Display, s.Privacy = Number{Kind: Hidden}, "", true
	}
	return s
}

// Private is what a person's private call shows that is relayed by the operator's FMC trunk: their own mobile, as if the
// call had never come to us.
func Private(mobile Number) Shown {
	return Shown{From: mobile.Canonical(), Mobile: mobile.Canonical()}
}

// vouched says whether a leg may leave that shows what the operator vouches for. That the mobile is a person's of a
// company which that trunk serves is for who writes the headers to find out.
func (s Shown) vouched(trunk Form) error {
	switch {
	case !trunk.Native:
		return cause.Errorf(cause.Denied, "the trunk is no operator's FMC trunk: it vouches for nobody's mobile")
	case s.Mobile.E164 == "" || !s.Asserted.IsZero():
		return cause.Errorf(cause.Denied, "an operator vouches for a mobile alone")
	case s.Display != Clean(s.Display):
		return cause.Errorf(cause.Denied, "the display name holds what a header cannot")
	case s.From.Kind == Hidden != s.Privacy:
		return cause.Errorf(cause.Denied, "a number is hidden with privacy and only so")
	case s.Diversion.IsZero() && s.From.Same(s.Mobile):
		return nil
	case !s.Diversion.Same(s.Mobile):
		return cause.Errorf(cause.Denied, "the call is not diverted by the mobile that the operator vouches for")
	case !s.Privacy && s.From.E164 == "" && s.From.Code() == "":
		return cause.Errorf(cause.Denied, "a %s number cannot be shown", s.From.Kind)
	}
	return nil
}
