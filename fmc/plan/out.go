package plan

import (
	"slices"
	"strings"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

const (
	outsideRing = 60 * time.Second // how long a called number rings, from alerting
	longestCall = 4 * time.Hour    // where the company says nothing
)

// fromStaff decides what a person of the company dialled at a phone of it, or at their own mobile where an operator's
// FMC trunk brings its calls: a person or a group of the company, a code, else a number outside.
func (d *decision) fromStaff() {
	e, ok := d.known(d.q.Employee)
	if !ok {
		d.refuse(cause.Refused, "account", string(d.q.Account), "the account or person who calls is not the company's")
		return
	}
	dialled := d.q.dialled()
	n, own := d.c.NumberOf(d.q.To.E164)
	to := d.c.Extension(dialled)
	switch {
	case d.q.Wished():
		d.callBack(e)
	case d.q.Native && d.loops():
	case !to.IsZero():
		d.because("extension", dialled, "the company has this extension")
		d.take(to)
	case strings.HasPrefix(dialled, "*"):
		d.code(e, dialled)
	case own && d.q.To.E164 != "":
		d.because("number", d.q.To.E164, "the number called is the company's own: the call stays inside")
		d.take(d.leads(n))
	default:
		d.callOut(e, d.q.To)
	}
}

// callOut calls a number outside for a person of the company. What an operator's FMC trunk brings may be for a
// colleague's mobile.
func (d *decision) callOut(e *fmc.Employee, to callerid.Number) {
	if colleague, ok := d.c.Mobile(to.E164); ok && d.q.Native && !d.q.Private {
		d.because("number", to.E164, "this is the mobile of %s: the call stays inside", colleague.ID)
		d.person(colleague)
		return
	}
	d.setPolicy(groupOf(e, &d.c.Rules.Recording))
	try, no := d.outside(e, to)
	if no != nil {
		d.refuseAloud(*no)
		return
	}
	d.connectOut(e, try)
	d.talk(d.longest(), d.rescueQuery(""))
}

// connectOut rings outside for a person; who answers, and who called, hear the notice where the call is recorded.
func (d *decision) connectOut(by *fmc.Employee, try Try) {
	d.add(ringing(by.ID, try))
	if d.policy.Record {
		d.add(Node{Do: Say, Say: d.policy.Notice, To: ToAll, Notice: true})
		d.because("notice", "", "the call is recorded, so that who is called hears the notice before they talk")
	}
}

// ringing is the Ring of one try for a person.
func ringing(by fmc.EmployeeID, try Try) Node {
	return Node{Do: Ring, Tries: []Try{try}, For: try.For + postDial, Person: by}
}

// longest is how long a call out may last: by the company's rule, and by what is left of what the person may call today.
func (d *decision) longest() time.Duration {
	longest := d.c.Rules.Dialling.Longest
	if longest <= 0 {
		longest = longestCall
	}
	if d.left > 0 {
		longest = min(longest, d.left)
	}
	return longest
}

// groupOf is the group whose recording rule a person's calls out follow: the first of the person's that has one.
func groupOf(e *fmc.Employee, rule *fmc.RecordingRule) fmc.GroupID {
	i := slices.IndexFunc(e.Groups, func(g fmc.GroupID) bool {
		_, ok := rule.Groups[g]
		return ok
	})
	if i < 0 {
		return ""
	}
	return e.Groups[i]
}

// outside is how a number outside is rung for a person of the company, or why it may not or cannot be.
func (d *decision) outside(e *fmc.Employee, to callerid.Number) (Try, *refusal) {
	if no := d.allowed(e, to); no != nil {
		return Try{}, no
	}
	return d.outwards(e, to)
}

// outwards is the lines by which a number outside is rung for a person, and what it is shown.
func (d *decision) outwards(e *fmc.Employee, to callerid.Number) (Try, *refusal) {
	try := Try{Device: fmc.Outside, Role: fmc.Client, Number: to.Canonical(), For: outsideRing}
	if d.q.Private && !d.wishes(e) {
		if try.Lines = d.relayed(d.w.Lines(fmc.Outside)); len(try.Lines) == 0 {
			return Try{}, refused(cause.Congested, SayNoLine, "lines", string(fmc.Outside), "the trunk that brought the private call cannot carry it on")
		}
		return try, nil
	}
	id, no := d.seen(e)
	if no != nil {
		return Try{}, no
	}
	d.shown = id
	d.tellIdentity(id)
	try.Lines = d.withinLimit(d.lines(d.w.Lines(fmc.Outside), way{to: to, wish: callerid.Wish{Number: id.number}, sim: id.sim, person: e.ID}))
	if d.wishes(e) {
		try.Lines = d.showing(try.Lines)
	}
	switch {
	case len(try.Lines) > 0:
	case d.wishes(e):
		return Try{}, refused(cause.Congested, SayNoLine, "lines", string(fmc.Outside), "no line that shows %s can carry the call now", d.q.Show)
	case id.why == "":
		return Try{}, refused(cause.Refused, SayNoNumber, "caller id", string(e.ID), "no number of the company is proved, so that none can be shown on a trunk, and no SIM can carry the call now")
	default:
		return Try{}, refused(cause.Congested, SayNoLine, "lines", string(fmc.Outside), "no line can carry the call now")
	}
	return try, nil
}

// seen is the number that a person's call shows outside: the one that they chose, else the one that the rules give.
func (d *decision) seen(e *fmc.Employee) (identity, *refusal) {
	if d.wishes(e) {
		return d.chosen(e)
	}
	id := d.identity(e, "", true)
	if id.why == "" && len(d.c.SIMs) == 0 {
		return identity{}, refused(cause.Refused, SayNoNumber, "caller id", string(e.ID), "no number of the company is proved, so that none can be shown")
	}
	return id, nil
}

// tellIdentity says which number is shown, and why.
func (d *decision) tellIdentity(id identity) {
	if sim, ok := d.c.SIM(id.sim); ok && id.sim != "" {
		d.because("caller id", sim.Number.E164, "%s is shown by %s, on its own SIM alone", sim.Number.E164, id.simWhy)
	}
	switch {
	case id.why != "":
		d.because("caller id", id.number.E164, "%s is shown by %s", id.number.E164, id.why)
	case d.q.Show.IsZero():
		d.because("caller id", "", "no number of the company is proved: no trunk can carry the call")
	}
}

// withinLimit leaves out the trunks on which the number shown carries as many calls as it may; the others take the
// limit at dialling, as SIMs do theirs.
func (d *decision) withinLimit(lines []Candidate) []Candidate {
	out := make([]Candidate, 0, len(lines))
	for _, l := range lines {
		if n, ok := d.c.NumberOf(l.Shown.Asserted.E164); ok && l.Kind == fmc.TrunkLine && n.Lines > 0 && n.Trunk == l.Trunk {
			if d.full(n) {
				d.because("limit", string(l.Line), "all %d lines of %s are in use", n.Lines, n.Number.E164)
				continue
			}
			l.Limit = n.Limit()
		}
		out = append(out, l)
	}
	return out
}
