package plan

import (
	"math"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// allowed is why a person may not call a number: invariant 9 before all, then where they may call, then what they may
// call a day; nil where they may.
func (d *decision) allowed(e *fmc.Employee, to callerid.Number) *refusal {
	if no := d.forbidden(e, to); no != nil {
		return no
	}
	return d.capped(e, to)
}

// forbidden is why a person may not call a number at all.
func (d *decision) forbidden(e *fmc.Employee, to callerid.Number) *refusal {
	country, may := d.c.Profile.Country, d.c.Reach(e)
	if to.Kind == callerid.Emergency || callerid.IsEmergency(to.Code(), country) {
		no := refused(cause.Refused, SayEmergency, "emergency", to.String(), "an emergency number is never called this way: dial it directly on a phone")
		no.alert = alertEmergency
		return no
	}
	class, about := to.Class(country), to.String()
	switch class {
	case callerid.Internal:
		return refused(cause.WrongNumber, SayNoExtension, "extension", about, "the company has no extension %s", about)
	case callerid.Unclassed:
		return refused(cause.WrongNumber, SayWrongNumber, "destination", about, "this is no telephone number that is in use")
	case callerid.DomesticPremium:
		if !may.Premium {
			return d.misdirected(refused(cause.Refused, SayNoPremium, "destination", about, "the company does not allow calls to premium numbers"))
		}
	case callerid.Abroad:
		if !may.Allows(to.Country) {
			return d.misdirected(refused(cause.Refused, SayNoAbroad, "destination", about, "the company does not allow calls to %s", to.Country))
		}
	case callerid.AbroadPremium:
		if !may.Allows(to.Country) || !may.Premium {
			return d.misdirected(refused(cause.Refused, SayNoPremium, "destination", about, "the company does not allow calls to premium numbers abroad"))
		}
	case callerid.ToEmergency, callerid.ToService, callerid.DomesticFixed, callerid.DomesticMobile, callerid.DomesticFree, callerid.DomesticShared:
	default:
		return refused(cause.Refused, SayNotAllowed, "destination", about, "nothing is known of the class %s", class)
	}
	d.because("destination", about, "the company allows calls of the class %s", class)
	return nil
}

// misdirected has the company alerted of a number that nobody may call, where it was not keyed at a phone of its own.
func (d *decision) misdirected(no *refusal) *refusal {
	if d.q.Account == "" {
		no.alert = alertDestination
	}
	return no
}

// capped is why a person may call no more today; where they may, it sets how long they may talk. Private calls are not
// counted.
func (d *decision) capped(e *fmc.Employee, to callerid.Number) *refusal {
	most := d.c.CapsOf(e)
	if most == (fmc.Caps{}) || d.q.Private {
		return nil
	}
	spent, left := d.history(e).Spent, time.Duration(math.MaxInt64)
	if most.Talk > 0 {
		left = most.Talk - spent.Talk
	}
	if most.Abroad > 0 && costly(to.Class(d.c.Profile.Country)) {
		left = min(left, most.Abroad-spent.Abroad)
	}
	if most.Calls > 0 && spent.Calls >= most.Calls || left < time.Second {
		no := refused(cause.Refused, SayCap, "cap", to.String(), "%s has used up what they may call a day: %d calls, %s in all, %s of it abroad or to premium numbers",
			e.ID, spent.Calls, brief(spent.Talk.Round(time.Second)), brief(spent.Abroad.Round(time.Second)))
		no.alert = alertCap
		return no
	}
	if left < math.MaxInt64 {
		d.left = left
		d.because("cap", string(e.ID), "%s may talk for %s more today", e.ID, brief(left.Round(time.Second)))
	}
	return nil
}

// costly reports the classes of which fmc.Spent counts Abroad.
func costly(c callerid.Class) bool {
	return c == callerid.DomesticPremium || c == callerid.Abroad || c == callerid.AbroadPremium
}
