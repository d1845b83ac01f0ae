package plan

import (
	"fmt"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// inbound decides a client's call to a number of the company.
func (d *decision) inbound() {
	n, ok := d.c.NumberOf(d.q.To.E164)
	switch {
	case !d.comesRight(n, ok):
	case n.SIM == "" && d.full(n):
		d.overLimit(n)
	case d.hides(n):
		d.whoHides(n)
	case n.SIM != "":
		d.simCalled(n)
	default:
		d.numberTaken(d.meant(n))
	}
}

// comesRight reports whether a call may come by the number that was called; where it may not it is refused. To call a
// SIM's number is a use of the SIM like any (invariant 8).
func (d *decision) comesRight(n *fmc.Number, ok bool) bool {
	if !ok || d.q.To.E164 == "" {
		d.refuse(cause.WrongNumber, "number", d.q.To.String(), "the number called is not one of the company's")
		return false
	}
	sim, carried := d.c.SIM(n.SIM)
	switch {
	case d.q.Trunk != "" && n.Trunk != d.q.Trunk:
		d.refuse(cause.WrongNumber, "number", d.q.To.String(), "the company has this number, but not on trunk %s", d.q.Trunk)
	case d.q.Line != "" && n.SIM.Line() != d.q.Line:
		d.refuse(cause.WrongNumber, "number", d.q.To.String(), "the company has this number, but not on line %s", d.q.Line)
	case n.SIM == "":
		return true
	case !carried:
		d.refuse(cause.Refused, "line", string(n.SIM.Line()), "it is no SIM of the company")
	default:
		why := d.mandate(sim, "")
		if why == "" {
			return true
		}
		d.refuse(cause.Refused, "line", string(n.SIM.Line()), "%s", why)
	}
	return false
}

// meant is the number that a client called: a SIM of the company which is busy or out of cover has its network divert its
// calls to another number of the company (FLOWS E2c).
func (d *decision) meant(n *fmc.Number) *fmc.Number {
	by, ok := d.c.NumberOf(d.q.Diversion.E164)
	if !ok || d.q.Diversion.E164 == "" || by.SIM == "" {
		return n
	}
	d.because("number", by.Number.E164, "the network of this SIM diverted the call to %s: it goes where the SIM's number leads", n.Number.E164)
	return by
}

// simCalled decides a call to a SIM's number. How many calls it carries its network sees to. Where a person is called it
// rings unanswered until they took it: FLOWS E2c.
func (d *decision) simCalled(n *fmc.Number) {
	if d.leads(n).Do == fmc.RingEmployee {
		if d.hold = n.AnswerWithin; d.hold <= 0 {
			d.hold = fmc.AnswerTime
		}
		d.because("number", n.Number.E164, "a SIM was called: it rings unanswered until somebody takes the call, %s at most", brief(d.hold))
	}
	d.numberTaken(n)
}

// full reports whether a number carries as many calls as it may.
func (d *decision) full(n *fmc.Number) bool { return n.Lines > 0 && d.w.InUse(n.Limit()) >= n.Lines }

// numberTaken follows what the number leads to.
func (d *decision) numberTaken(n *fmc.Number) {
	first := d.leads(n)
	records := d.anyRecorded(first)
	if !records && d.policy.Record {
		d.policy = Policy{Confirm: d.policy.Confirm, Why: "no branch that this call may take is recorded"}
	}
	d.because("recording", "", "%s", d.policy.Why)
	d.announce(records)
	d.lead(first)
}

// leads is where a number leads: its scenario, else its owner, else where the company's calls go.
func (d *decision) leads(n *fmc.Number) fmc.Action {
	if _, ok := d.c.Scenarios[n.Scenario]; ok {
		return fmc.Action{Do: fmc.GoScenario, Scenario: n.Scenario}
	}
	if _, ok := d.c.Employee(n.Owner); ok && n.Owner != "" {
		return fmc.Action{Do: fmc.RingEmployee, Employee: n.Owner}
	}
	return d.fallback()
}

// fallback is where calls go that nothing else takes: the first group of the file, in a company without groups its
// first person.
func (d *decision) fallback() fmc.Action {
	switch {
	case len(d.c.Groups) > 0:
		return fmc.Action{Do: fmc.RingGroup, Group: d.c.Groups[0].ID}
	case len(d.c.Employees) > 0:
		return fmc.Action{Do: fmc.RingEmployee, Employee: d.c.Employees[0].ID}
	}
	return fmc.Action{}
}

// overLimit serves a call above the number's limit: FLOWS E1, row 2. It may stand in the waiting line of the group that
// the number leads to; without one it is busy.
func (d *decision) overLimit(n *fmc.Number) {
	about := n.Number.E164
	g := d.defaultGroup(d.leads(n), 0)
	if g == nil || g.Wait.Longest <= 0 || !d.anybodyOnShift(g) {
		d.refuse(cause.Busy, "limit", about, "all %d lines of the number are in use", n.Lines)
		return
	}
	d.because("limit", about, "all %d lines of the number are in use: the call stands in the line of %s", n.Lines, g.ID)
	d.setPolicy(g.ID)
	d.announce(d.anyRecorded(fmc.Action{Do: fmc.RingGroup, Group: g.ID}))
	d.join(g)
}

// defaultGroup is the group that a call reaches whose caller keys nothing; nil for none.
func (d *decision) defaultGroup(a fmc.Action, depth int) *fmc.Group {
	switch {
	case a.Do == fmc.RingGroup:
		if g, ok := d.c.Group(a.Group); ok {
			return g
		}
	case a.Do == fmc.GoScenario && depth < mostDepth:
		return d.defaultGroup(d.defaultStep(d.c.Scenarios[a.Scenario]), depth+1)
	}
	return nil
}

// defaultStep is what a scenario does with a call whose caller keys nothing.
func (d *decision) defaultStep(s fmc.Scenario) fmc.Action {
	for _, step := range s.Steps {
		switch {
		case step.Schedule != nil:
			if _, taken := d.scheduled(step.Schedule); taken {
				return step.Schedule.Do
			}
		case step.Menu != nil && !step.Menu.Default.IsZero():
			return step.Menu.Default
		case !step.Do.IsZero():
			return step.Do
		}
	}
	return d.fallback()
}

// take goes at once where an action says.
func (d *decision) take(a fmc.Action) {
	switch a.Do {
	case fmc.RingGroup:
		if g, ok := d.c.Group(a.Group); ok {
			d.group(g)
			return
		}
	case fmc.RingEmployee:
		if e, ok := d.c.Employee(a.Employee); ok {
			d.person(e)
			return
		}
	case fmc.GoScenario:
		if s, ok := d.c.Scenarios[a.Scenario]; ok {
			d.scenario(a.Scenario, s)
			return
		}
	case fmc.LeaveVoicemail, fmc.SayAndHangUp, fmc.HangUp:
		d.quit(a)
		return
	case fmc.JoinConference:
		if x, ok := d.c.Conference(a.Conference); ok {
			d.conference(x)
			return
		}
	case fmc.NoAction:
		d.refuse(cause.WrongNumber, "number", d.q.To.String(), "the number leads nowhere: the company has nobody to ring")
		return
	}
	d.missing(a)
}

// branch adds where an action leads when its turn comes, which is decided then: people may be busy by that time. A
// keyed branch begins a fresh count of hops.
func (d *decision) branch(a fmc.Action, keyed bool) {
	ask := d.ask
	if keyed {
		ask = d.askAfresh
	}
	switch a.Do {
	case fmc.RingGroup:
		if _, ok := d.c.Group(a.Group); ok {
			ask(Query{What: AskGroup, Group: a.Group})
			return
		}
	case fmc.RingEmployee:
		if _, ok := d.c.Employee(a.Employee); ok {
			ask(Query{What: AskPerson, Employee: a.Employee})
			return
		}
	case fmc.GoScenario:
		if _, ok := d.c.Scenarios[a.Scenario]; ok {
			ask(Query{What: AskScenario, Scenario: a.Scenario})
			return
		}
	case fmc.LeaveVoicemail, fmc.SayAndHangUp, fmc.HangUp:
		d.quit(a)
		return
	case fmc.JoinConference:
		if _, ok := d.c.Conference(a.Conference); ok && a.Conference != "" {
			ask(Query{What: AskJoin, Conference: a.Conference})
			return
		}
	case fmc.NoAction:
	}
	d.missing(a)
}

// quit adds an action that ends the call by itself.
func (d *decision) quit(a fmc.Action) {
	switch a.Do {
	case fmc.LeaveVoicemail:
		d.voicemail(a)
	case fmc.SayAndHangUp:
		d.say(a.Prompt)
		d.hangUp()
	case fmc.HangUp:
		d.hangUp()
	case fmc.NoAction, fmc.RingGroup, fmc.RingEmployee, fmc.GoScenario, fmc.JoinConference:
		d.missing(a)
	}
}

// voicemail adds the message that an action has the caller leave.
func (d *decision) voicemail(a fmc.Action) {
	greeting := MailPlain
	if d.closed {
		greeting = MailOffHours
	}
	if _, ok := d.c.Employee(a.Employee); ok {
		d.mail(greeting, "", a.Employee)
		return
	}
	if _, ok := d.c.Group(a.Group); ok {
		d.mail(greeting, a.Group, "")
		return
	}
	d.missing(a)
}

// missing ends a branch that leads to somebody or something that the company does not have.
func (d *decision) missing(a fmc.Action) {
	what := fmt.Sprintf("group %q", a.Group)
	switch {
	case a.Employee != "":
		what = fmt.Sprintf("person %q", a.Employee)
	case a.Scenario != "":
		what = fmt.Sprintf("scenario %q", a.Scenario)
	case a.Conference != "":
		what = fmt.Sprintf("conference %q", a.Conference)
	}
	d.refuse(cause.WrongNumber, "company", "", "the way leads to %s, which the company does not have", what)
}
