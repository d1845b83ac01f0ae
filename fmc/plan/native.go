package plan

import (
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// Calls that an operator's FMC trunk brings: of people's own mobiles, and to them. FLOWS E2e.

// loops refuses a call that we ourselves brought back to a mobile and that comes again.
func (d *decision) loops() bool {
	to := d.q.To
	switch {
	case to.E164 == "":
		return false
	case to.Same(d.q.From):
		d.refuse(cause.Refused, "loop", to.E164, "the mobile called itself")
		return true
	case to.Same(d.q.Diversion):
		d.refuse(cause.Refused, "loop", to.E164, "this call was brought back to the mobile already, and came again")
		return true
	}
	return false
}

// nativeIn decides a client's call to a person's own mobile. It is served as the person's calls are, and rings unanswered
// meanwhile; their handset rings by way of the operator.
func (d *decision) nativeIn() {
	e, ok := d.c.Mobile(d.q.To.E164)
	switch {
	case !ok:
		d.refuse(cause.WrongNumber, "number", d.q.To.String(), "the mobile called is nobody's of the company")
	case d.loops():
	case d.q.Private:
		d.because("private", string(e.ID), "the call is private: it is brought to the mobile and to nothing else")
		d.bringBack(e)
	case d.ours(d.q.From), d.ours(d.q.Diversion):
		d.policy = Policy{Confirm: d.policy.Confirm, NoKeys: true, Why: "this is a call of the company on its way to the mobile: it is recorded where it began"}
		d.because("number", d.q.From.E164, "the company itself calls the mobile: the call is brought to it and to nothing else")
		d.bringBack(e)
	default:
		d.hold = fmc.AnswerTime
		d.person(e)
	}
}

// ours reports whether a number is one of the company's.
func (d *decision) ours(n callerid.Number) bool {
	if n.E164 == "" {
		return false
	}
	for i := range d.c.SIMs {
		if d.c.SIMs[i].Number.Same(n) {
			return true
		}
	}
	_, own := d.c.NumberOf(n.E164)
	return own
}

// bringBack rings a person's handset and nothing else. The person is not named in the try: a call that is on its way to
// them has them already.
func (d *decision) bringBack(e *fmc.Employee) {
	for i := range e.Devices {
		dev := &e.Devices[i]
		if dev.Kind != fmc.Mobile || !dev.Number.Same(d.q.To) {
			continue
		}
		if lines := d.native(d.w.Lines(dev.ID), dev.Number); len(lines) > 0 {
			d.add(ringing("", Try{Device: dev.ID, Role: fmc.Worker, Number: dev.Number, Lines: lines, For: nativeRing}))
			d.talk(longestCall, Query{})
			return
		}
	}
	d.refuse(cause.Unreachable, "device", string(e.ID), "the trunk that brought the call cannot bring it back to the mobile")
}

const nativeRing = time.Minute // the operator's own time for no answer is over before

// native is the lines by which a mobile is rung in a call that an operator's FMC trunk brought: by that trunk the call goes
// to the handset, by any other it would come to us once more.
func (d *decision) native(lines []fmc.LineState, mobile callerid.Number) []Candidate {
	number, name := d.caller()
	if colleague, ok := d.colleague(); ok {
		number, name = d.seenOf(colleague), ""
	}
	var out []Candidate
	for _, l := range lines {
		if d.takesBack(l) {
			out = append(out, Candidate{
				Line: l.ID, Kind: l.Kind, Trunk: l.Trunk, Shown: callerid.Native(number, mobile, name),
				Why: "the operator's trunk brings the call back to the handset",
			})
		}
	}
	return inOrder(out)
}

// takesBack reports a line of the operator's FMC trunk that brought the call.
func (d *decision) takesBack(l fmc.LineState) bool {
	return l.Ready && l.Kind == fmc.TrunkLine && l.Form.Native && l.Trunk == d.q.Trunk
}

// seenOf is the number by which a colleague's handset knows a person: their mobile's.
func (d *decision) seenOf(e *fmc.Employee) callerid.Number {
	for i := range e.Devices {
		if dev := &e.Devices[i]; dev.Kind == fmc.Mobile && dev.Number.E164 != "" {
			return dev.Number
		}
	}
	return callerid.Number{Kind: callerid.Hidden}
}

// relayed is the lines by which a person's private call goes on: it leaves as it came.
func (d *decision) relayed(lines []fmc.LineState) []Candidate {
	var out []Candidate
	for _, l := range lines {
		if d.takesBack(l) && d.q.From.E164 != "" {
			out = append(out, Candidate{Line: l.ID, Kind: l.Kind, Trunk: l.Trunk, Shown: callerid.Private(d.q.From), Why: "the operator's trunk that brought the private call"})
		}
	}
	return inOrder(out)
}
