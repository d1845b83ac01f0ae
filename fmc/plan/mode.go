package plan

import (
	"strconv"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// How people wish to be rung: FLOWS E3. A wish stops what others want of them. It stops nothing that they asked for
// themselves: a call back, a call that returns to them, an emergency call.

// undisturbed reports whether a person wishes that nobody rings them now.
func (d *decision) undisturbed(e *fmc.Employee) bool {
	return d.w.Mode(e.ID).Kind == fmc.Undisturbed
}

// silenced reports whether a person's phones of the company stay silent, the mobile apart. Who moves a call to their phone
// wants it to ring.
func (d *decision) silenced(e *fmc.Employee) bool {
	return d.q.Query.What != AskMove && d.w.Mode(e.ID).Kind == fmc.MobileOnly
}

// keyedModes are the figures behind codeMode, and what is heard when they were keyed.
var keyedModes = map[byte]struct {
	kind fmc.ModeKind
	say  fmc.PromptID
}{'0': {fmc.Available, SayAvailable}, '1': {fmc.MobileOnly, SayMobileOnly}, '2': {fmc.Undisturbed, SayDND}}

// setMode takes how a person wishes to be rung from now on.
func (d *decision) setMode(e *fmc.Employee, keyed string) {
	var until time.Time
	known := keyed != ""
	if known {
		_, known = keyedModes[keyed[0]]
	}
	if known {
		until, known = fmc.UntilKeyed(keyed[1:], d.now, d.c.Profile.Zone)
	}
	if !known {
		d.refuseKeyed(refused(cause.WrongNumber, SayNoMode, "code", codeMode+keyed, "no mode is set by this code"), SayNoMode)
		return
	}
	set := keyedModes[keyed[0]]
	if set.kind == fmc.MobileOnly && !e.HasMobile() {
		d.refuseKeyed(refused(cause.Refused, SayNoMode, topicMode, string(e.ID), "%s has no mobile that could ring alone", e.ID), SayNoMode)
		return
	}
	if set.kind == fmc.Available {
		until = time.Time{}
	}
	d.mode = &fmc.ModeSet{At: d.now.UTC(), Employee: e.ID, Mode: fmc.Mode{Kind: set.kind, Until: until}, By: string(e.ID)}
	d.leadTo(tailOver, d.add(Node{Do: Say, Say: compose(set.say, d.endsAt(until))}), Done)
}

// endsAt is the prompt that says when a mode ends; nothing for one that does not.
func (d *decision) endsAt(until time.Time) fmc.PromptID {
	if until.IsZero() {
		return ""
	}
	at := until
	if d.c.Profile.Zone != nil {
		at = until.In(d.c.Profile.Zone)
	}
	number := func(n int) fmc.PromptID { return fmc.PromptID(prefixCount + strconv.Itoa(n)) }
	if at.Minute() == 0 {
		return compose(SayUntil, number(at.Hour()))
	}
	return compose(SayUntil, number(at.Hour()), number(at.Minute()))
}
