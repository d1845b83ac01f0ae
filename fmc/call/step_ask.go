package call

import (
	"slices"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// asking is a plan that only asks for another.
func asking(q plan.Query, p plan.Policy) plan.Plan {
	return plan.Plan{Recording: p, Nodes: []plan.Node{{Do: plan.Ask, Query: q}}}
}

// ask has a thread forget its plan and ask where to go.
func (l *life) ask(ti int, q plan.Query) {
	t := &l.Threads[ti]
	t.Plan = asking(q, t.Plan.Recording)
	l.enter(ti, 0, 0)
}

// decided gives a thread the plan it asked for.
func (l *life) decided(e Decided) {
	ti := e.Asked.Thread
	if !l.current(e.Asked) || l.Threads[ti].Node().Do != plan.Ask {
		return
	}
	t := &l.Threads[ti]
	t.Plan = e.Plan
	l.note(planned(ti, e))
	l.recognised(t.Subject, e.Plan.Caller)
	if m := e.Plan.Mode; m != nil {
		l.note(*m)
	}
	for _, a := range e.Plan.Alerts {
		l.note(fmc.Alerted{Alert: a})
	}
	if len(e.Plan.Nodes) == 0 {
		l.finish(ti, cause.Because(cause.Failed, "The decision was empty."))
		return
	}
	l.enter(ti, 0, plan.Done)
}

func planned(ti int, e Decided) fmc.Planned {
	if e.Request.Query.Secret {
		e.Request.Query.Digits = ""
	}
	return fmc.Planned{Thread: ti, Generation: e.Plan.Generation, At: e.At.UTC(), Request: written(e.Request), Plan: written(e.Plan)}
}

// request is what a thread asks Decide, with what the call knows so far.
func (l *life) request(ti int, q plan.Query) plan.Request {
	t := &l.Threads[ti]
	r := l.Request
	r.Query = l.fill(ti, q)
	r.So = plan.SoFar{
		Answered: l.party(t.Subject).Link == fmc.Up,
		Noticed:  l.noticed(*t),
		Tried:    slices.Clone(t.Visit.Tried),
		Passed:   slices.Clone(t.Visit.Passed),
		With:     l.personWith(*t),
		Client:   l.dialledClient(),
	}
	if q.What == plan.AskConsult || q.What == plan.AskTransfer {
		r.So.Asker = l.party(q.Leg).Proof
	}
	if t.Place != (Place{}) {
		r.So.Waited = l.Now - t.Place.Since
	}
	return r
}

// fill completes a question with what its subject keyed, and how it is known who they are.
func (l *life) fill(ti int, q plan.Query) plan.Query {
	p := l.party(l.Threads[ti].Subject)
	if p.Input.Keys != "" && q.Digits == "" {
		q.Digits, q.Secret = p.Input.Keys, q.Secret || p.Input.Secret
		p.Input = Input{}
	}
	if q.What != plan.AskStart && p.Role == fmc.Worker && p.Proof > fmc.ByNothing { // whose place they took may have proved more
		q.Proof = p.Proof
	}
	return q
}

// noticed reports whether every client of a thread heard the notice.
func (l *life) noticed(t Thread) bool {
	clients := 0
	for _, id := range append([]fmc.LegID{t.Subject}, t.With...) {
		if p := l.party(id); p.Role == fmc.Client && p.Link < fmc.Leaving {
			if !p.Notice.Heard && !l.Tape.Refused {
				return false
			}
			clients++
		}
	}
	return clients > 0
}

// dialledClient is the outside party that the call dialled last.
func (l *life) dialledClient() callerid.Number {
	for _, p := range slices.Backward(l.Parties) {
		if p.Role == fmc.Client && p.Leg.Call == l.ID && p.Link != fmc.Offered && p.Told == ToldNothing {
			return p.Number
		}
	}
	return callerid.Number{}
}

// personWith is the person of the company who talks in a thread, or talked last.
func (l *life) personWith(t Thread) fmc.EmployeeID {
	for _, id := range append([]fmc.LegID{t.By, t.Subject}, t.With...) {
		if p := l.party(id); p.Role == fmc.Worker {
			return p.Who.Employee
		}
	}
	for i := len(l.Parties) - 1; i >= 0; i-- {
		if p := l.Parties[i]; p.Role == fmc.Worker && p.Assent != fmc.Awaited {
			return p.Who.Employee
		}
	}
	return ""
}
