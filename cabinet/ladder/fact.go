package ladder

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// fact draws what happened: choices, changes of legs, conversations, the tape.
func (b *builder) fact(f fmc.Fact) {
	row := Row{At: f.At, Kind: Event, From: b.us, To: b.us}
	at := func(leg fmc.LegID, key string, pairs ...string) {
		row.From, row.To = b.laneOf(leg), b.laneOf(leg)
		row.Say = say(key, append([]string{"who", b.party(leg)}, pairs...)...)
	}
	switch is := f.Body.(type) {
	case fmc.Opened:
		row.Say = b.opened(is)
	case fmc.LegBegan:
		if is.Offered {
			return
		}
		row.Kind = Choice
		at(is.Leg, "called", "number", is.Number.String(), "line", string(is.Line), "shown", is.Shown.From.String())
	case fmc.LegIs:
		if !b.link(&row, is, at) {
			return
		}
	case fmc.Planned:
		row.Kind, row.Say = Choice, say("planned", "version", strconv.FormatInt(is.Generation, 10))
	case fmc.Stepped:
		row.Kind, row.Say = Choice, say("stepped", "op", is.Op, "outcome", is.Outcome)
	case fmc.Talking:
		row.Say = b.talking(is)
	case fmc.LegHeld:
		key := "unheld"
		if is.Held {
			key = "held"
		}
		at(is.Leg, key, "by", b.person(is.By))
	case fmc.Keyed:
		if is.Count > 0 {
			at(is.Leg, "keyed_secret", "count", strconv.Itoa(is.Count))
		} else {
			at(is.Leg, "keyed", "keys", is.Keys)
		}
	case fmc.Assented:
		key := "unconfirmed"
		if is.Assent == fmc.Granted {
			key = "confirmed"
		}
		at(is.Leg, key)
	case fmc.Announced:
		at(is.Leg, "announced")
	case fmc.Recognised:
		at(is.Leg, "recognised", "by", is.By.String())
	case fmc.RefusedTape:
		at(is.Leg, "refused_tape")
	case fmc.Listened:
		at(is.Leg, "listened")
	case fmc.Passed:
		key := "passed_out"
		if is.From != "" {
			key = "passed_in"
		}
		at(is.Leg, key)
	default:
		if !b.about(&row, f.Body) {
			return
		}
	}
	b.rows = append(b.rows, row)
}

// about draws what is of no leg; false: it is not drawn.
func (b *builder) about(row *Row, body fmc.Happening) bool {
	switch is := body.(type) {
	case fmc.TapeIs:
		why := ""
		if is.Cause != nil {
			why = is.Cause.Text
		}
		row.Bad = is.State == fmc.TapeFailed
		row.Say = say("tape_"+is.State.String(), "why", why)
	case fmc.TapePaused:
		row.Say = say("resumed")
		if is.Paused {
			row.Say = say("paused", "by", b.person(is.By), "why", is.Why)
		}
	case fmc.Alerted:
		row.Bad, row.Say = true, say("alerted", "why", is.Text)
	case fmc.Texted:
		row.Say = say("texted", "who", cmp.Or(b.person(is.Employee), is.To.String()))
	case fmc.Wanted:
		if b.knows(is) {
			return false
		}
		row.Say = say("called_back", "who", b.person(is.Employee))
	case fmc.Marked:
		row.Say = say("marked", "by", b.person(is.By))
	case fmc.Mailed:
		row.Say = say("mailed", "who", cmp.Or(b.person(is.Employee), string(is.Group)))
	case fmc.Merged:
		row.Say = say("merged")
	case fmc.Kept:
		row.Say = say("kept")
	case fmc.Closed:
		row.Bad = is.Interrupted || is.Cause.Fault == cause.FaultUs
		row.Say = say("closed", "why", is.Cause.Text)
		if is.Interrupted {
			row.Say = say("interrupted", "why", is.Cause.Text)
		}
	default:
		return false
	}
	return true
}

// knows reports that a promise stands already: a start that takes one up writes it anew, as it was.
func (b *builder) knows(w fmc.Wanted) bool {
	known := !w.Due.IsZero() && slices.ContainsFunc(b.owed, func(x fmc.Wanted) bool { return x.Due.Equal(w.Due) && x.Employee == w.Employee })
	b.owed = append(b.owed, w)
	return known
}

func (b *builder) opened(o fmc.Opened) Say {
	if o.From.IsZero() && o.Trunk == "" && o.Account == "" {
		return say("wanted", "by", b.person(o.Employee), "to", o.To.String())
	}
	return say("came", "from", cmp.Or(o.From.String(), b.person(o.Employee)), "to", o.To.String(), "by", cmp.Or(string(o.Trunk), string(o.Account)))
}

// link draws how far a leg is; false: nothing that a person needs.
func (b *builder) link(row *Row, is fmc.LegIs, at func(fmc.LegID, string, ...string)) bool {
	switch is.Link {
	case fmc.Dialing:
		at(is.Leg, "took", "line", string(is.Line))
		return is.Line != ""
	case fmc.Alerting:
		at(is.Leg, "rings")
	case fmc.Up:
		at(is.Leg, "answered")
	case fmc.Gone:
		why := ""
		if is.Cause != nil {
			why = is.Cause.Text
			row.Bad = is.Cause.Fault == cause.FaultUs || is.Cause.Fault == cause.FaultCarrier || is.Cause.Fault == cause.FaultDevice
		}
		at(is.Leg, "gone", "why", why)
	default:
		return false
	}
	return true
}

// talking says who hears whom.
func (b *builder) talking(is fmc.Talking) Say {
	if len(is.Talks) == 0 {
		return say("apart")
	}
	var all []string
	key := "talking"
	for _, t := range is.Talks {
		var names []string
		for _, leg := range t.Legs {
			names = append(names, b.party(leg))
		}
		all = append(all, strings.Join(names, " + "))
		if t.Tape {
			key = "talking_taped"
		}
		if t.Mail {
			key = "mailing"
		}
	}
	return say(key, "who", strings.Join(all, "; "))
}
