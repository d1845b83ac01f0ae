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
	outsideRing  = 60 * time.Second // how long a called number rings, from alerting
	longestCall  = 4 * time.Hour    // where the company says nothing
	retrieveCode = "*4"             // and a slot: fetches a parked call, by the key that parks it (FLOWS E4)
	pickUpCode   = "**"             // and an extension: takes the call that rings there
)

// fromStaff decides what a phone of the company dialled: a person or a group of it, else a number outside.
func (d *decision) fromStaff() {
	e, ok := d.c.Employee(d.q.Employee)
	if !ok || d.q.Employee == "" {
		d.refuse(cause.Refused, "account", string(d.q.Account), "the account or person who calls is not the company's")
		return
	}
	dialled := d.q.dialled()
	to := d.c.Extension(dialled)
	switch {
	case d.q.Account == "":
		d.callBack(e)
	case !to.IsZero():
		d.because("extension", dialled, "the company has this extension")
		d.take(to)
	case strings.HasPrefix(dialled, pickUpCode), strings.HasPrefix(dialled, retrieveCode):
		d.featureCode(dialled)
	default:
		if n, own := d.c.NumberOf(d.q.To.E164); own && d.q.To.E164 != "" {
			d.because("number", d.q.To.E164, "the number called is the company's own: the call stays inside")
			d.take(d.leads(n))
			return
		}
		d.callOut(e, d.q.To)
	}
}

// callBack rings a person who asked for a call and has no leg in it yet; then the call goes where they wanted it.
func (d *decision) callBack(e *fmc.Employee) {
	rings := d.ringsAt(e)
	if len(rings) == 0 {
		d.refuse(cause.Unreachable, "person", string(e.ID), "%s asked for a call and cannot be rung now", e.ID)
		return
	}
	for _, r := range rings {
		d.add(Node{Do: Ring, Tries: r.tries, For: r.lasts, Person: e.ID})
	}
	d.because("person", string(e.ID), "%s asked for a call: their phone rings first", e.ID)
	d.askAfresh(Query{What: AskOut, Employee: e.ID, Digits: d.q.dialled()})
}

// featureCode decides a code that takes a call from elsewhere.
func (d *decision) featureCode(dialled string) {
	if slot, ok := strings.CutPrefix(dialled, retrieveCode); ok && slot != "" {
		d.fetchBy(Query{What: AskRetrieve, Slot: fmc.SlotID(slot)})
		return
	}
	to := d.c.Extension(strings.TrimPrefix(dialled, pickUpCode))
	if to.IsZero() {
		d.refuseAloud(*refused(cause.WrongNumber, SayNoExtension, "extension", dialled, "the company has no such code or extension"))
		return
	}
	d.fetchBy(Query{What: AskPickUp, Group: to.Group, Employee: to.Employee})
}

// callOut calls a number outside for a person of the company.
func (d *decision) callOut(e *fmc.Employee, to callerid.Number) {
	d.setPolicy(groupOf(e, &d.c.Rules.Recording))
	try, no := d.outside(e, to)
	if no != nil {
		d.refuseAloud(*no)
		return
	}
	d.connectOut(try)
	d.talk(d.longest(), d.rescueQuery(""))
}

// connectOut rings outside; who answers, and who called, hear the notice where the call is recorded.
func (d *decision) connectOut(try Try) {
	d.add(Node{Do: Ring, Tries: []Try{try}, For: try.For + postDial})
	if d.policy.Record {
		d.add(Node{Do: Say, Say: d.policy.Notice, To: ToAll, Notice: true})
		d.because("notice", "", "the call is recorded, so that who is called hears the notice before they talk")
	}
}

// longest is how long a call out may last.
func (d *decision) longest() time.Duration {
	if l := d.c.Rules.Dialling.Longest; l > 0 {
		return l
	}
	return longestCall
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
	if no := d.forbidden(to); no != nil {
		return Try{}, no
	}
	id := d.identity(e, "", true)
	if id.why == "" && len(d.c.SIMs) == 0 {
		return Try{}, refused(cause.Refused, SayNoNumber, "caller id", string(e.ID), "no number of the company is proved, so that none can be shown")
	}
	d.tellIdentity(id)
	lines := d.withinLimit(d.lines(d.w.Lines(fmc.Outside), way{to: to, wish: callerid.Wish{Number: id.number}, sim: id.sim, person: e.ID}))
	if len(lines) == 0 && id.why == "" {
		return Try{}, refused(cause.Refused, SayNoNumber, "caller id", string(e.ID), "no number of the company is proved, so that none can be shown on a trunk, and no SIM can carry the call now")
	}
	if len(lines) == 0 {
		return Try{}, refused(cause.Congested, SayNoLine, "lines", string(fmc.Outside), "no line can carry the call now")
	}
	return Try{Device: fmc.Outside, Role: fmc.Client, Number: to.Canonical(), Lines: lines, For: outsideRing}, nil
}

// tellIdentity says which number is shown, and why.
func (d *decision) tellIdentity(id identity) {
	if sim, ok := d.c.SIM(id.sim); ok && id.sim != "" {
		d.because("caller id", sim.Number.E164, "%s is shown by %s, on its own SIM alone", sim.Number.E164, id.simWhy)
	}
	switch {
	case id.why != "":
		d.because("caller id", id.number.E164, "%s is shown by %s", id.number.E164, id.why)
	default:
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

// forbidden is why a number may not be called: invariant 9 before all, then the company's rules of dialling.
func (d *decision) forbidden(to callerid.Number) *refusal {
	country, rule := d.c.Profile.Country, &d.c.Rules.Dialling
	if to.Kind == callerid.Emergency || callerid.IsEmergency(to.Code(), country) {
		return refused(cause.Refused, SayEmergency, "emergency", to.String(), "an emergency number is never called this way: dial it directly on a phone")
	}
	class := to.Class(country)
	about := to.String()
	abroad := rule.Abroad || slices.Contains(rule.Countries, to.Country)
	switch class {
	case callerid.Internal:
		return refused(cause.WrongNumber, SayNoExtension, "extension", about, "the company has no extension %s", about)
	case callerid.Unclassed:
		return refused(cause.WrongNumber, SayWrongNumber, "destination", about, "this is no telephone number that is in use")
	case callerid.DomesticPremium:
		if !rule.Premium {
			return refused(cause.Refused, SayNoPremium, "destination", about, "the company does not allow calls to premium numbers")
		}
	case callerid.Abroad:
		if !abroad {
			return refused(cause.Refused, SayNoAbroad, "destination", about, "the company does not allow calls to %s", to.Country)
		}
	case callerid.AbroadPremium:
		if !abroad || !rule.Premium {
			return refused(cause.Refused, SayNoPremium, "destination", about, "the company does not allow calls to premium numbers abroad")
		}
	case callerid.ToEmergency, callerid.ToService, callerid.DomesticFixed, callerid.DomesticMobile, callerid.DomesticFree, callerid.DomesticShared:
	default:
		return refused(cause.Refused, SayNotAllowed, "destination", about, "nothing is known of the class %s", class)
	}
	d.because("destination", about, "the company allows calls of the class %s", class)
	return nil
}
