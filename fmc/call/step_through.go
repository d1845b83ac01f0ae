package call

import (
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// What a person on the road does by their ordinary mobile: FLOWS E2.

// known notes how it is known who called, where a person of the company did and no phone of theirs signed in.
func (l *life) known(id fmc.LegID) {
	p, r := l.party(id), l.Request
	switch {
	case p.Role != fmc.Worker || p.Who.Employee == "":
		return
	case r.Account != "":
		p.Proof = fmc.ByAccount // the account stands in the record
		return
	case r.Native:
		p.Proof = fmc.ByAccount // the operator signed their SIM in
	default:
		p.Proof = fmc.ByNumber
	}
	l.note(fmc.Recognised{Leg: id, Employee: p.Who.Employee, Device: p.Who.Device, By: p.Proof})
}

// recognised makes the subject the person that they turned out to be. The call is theirs from now on.
func (l *life) recognised(id fmc.LegID, c *plan.Caller) {
	p := l.party(id)
	if c == nil || p.Link >= fmc.Leaving {
		return
	}
	told := p.Who.Employee == c.Employee && p.Proof >= c.By
	p.Role, p.Proof, p.Who.Employee = fmc.Worker, max(p.Proof, c.By), c.Employee
	if c.Device != "" {
		p.Who.Device = c.Device
	}
	if l.Request.Employee = c.Employee; l.Request.Direction == fmc.Inbound {
		l.Request.Direction = fmc.Outbound
	}
	if !told {
		l.note(fmc.Recognised{Leg: id, Employee: c.Employee, Device: p.Who.Device, By: c.By})
	}
}

// calledBack notes that a person who asked for a call answered on their own device and confirmed.
func (l *life) calledBack(id fmc.LegID) {
	p := l.party(id)
	if p.Role != fmc.Worker || p.Who.Employee == "" || p.Assent != fmc.Granted {
		return
	}
	p.Proof = fmc.ByCallBack
	l.note(fmc.Recognised{Leg: id, Employee: p.Who.Employee, Device: p.Who.Device, By: p.Proof})
}

// follow wants the call that a plan's end promises.
func (l *life) follow(t *plan.Then) {
	if t == nil || l.End != nil {
		return
	}
	w := fmc.Wanted{
		Employee: t.Employee, Digits: t.Digits, After: t.After, Due: l.Began.Add(l.Now + t.After).UTC(), Round: t.Round, Busy: t.Busy, Private: l.Request.Private,
	}
	if t.Employee == l.Request.Employee {
		w.Show = l.Request.Show
	}
	if l.Request.Account == "" { // they are on the road
		w.From = l.Request.From
	}
	l.note(w)
	l.command(Begin{Request: promised(l.Company, l.ID, w), After: t.After})
}

// promised is the request of the call that another promised.
func promised(company fmc.CompanyID, by fmc.CallID, w fmc.Wanted) plan.Request {
	return plan.Request{
		Company: company, Direction: fmc.Outbound, Employee: w.Employee, Dialled: w.Digits, From: w.From, Show: w.Show, Private: w.Private, Promised: by,
		Query: plan.Query{Round: w.Round, Busy: w.Busy},
	}
}

// anew begins this call with the leg of one that is over: the person goes on to the next number.
func (l *life) anew(p Party, e LegGiven) {
	p.Notice = Notice{}
	l.Parties = append(l.Parties, p)
	l.opened()
	l.came(p, e)
	if p.Proof != fmc.ByNothing {
		l.note(fmc.Recognised{Leg: p.Leg, Employee: p.Who.Employee, Device: p.Who.Device, By: p.Proof})
	}
	l.begin(p.Leg)
}

// next is the request of a call that goes on with a person's leg where another ended.
func (c Call) next(id fmc.CallID, g Give) plan.Request {
	r := c.Request
	r.Call, r.Query, r.Dialled, r.So, r.Promised = id, g.Query, "", plan.SoFar{}, ""
	r.Direction, r.Employee = fmc.Outbound, g.Party.Who.Employee
	if r.Trunk == "" && r.Line == "" || r.Native { // nobody called a number of the company
		r.To = callerid.Number{}
	}
	return r
}

// payer is the person for whom a thread calls somebody: their caps count it. Nobody on a private call, nor where a client
// is who calls.
func (l *life) payer(t Thread, to fmc.Role) fmc.EmployeeID {
	subject := l.party(t.Subject)
	switch {
	case l.private():
		return ""
	case to == fmc.Client && t.Node().Person != "":
		return t.Node().Person
	case to == fmc.Client:
		return l.personWith(t)
	case subject.Role == fmc.Worker:
		return subject.Who.Employee
	default:
		return ""
	}
}

// limit has whom a talk is with outside talk no longer than it may last, whoever they are brought to: what a person may call
// a day is not had back by a transfer, by parking or by a rescue.
func (l *life) limit(t Thread) {
	for _, id := range l.speakers(t) {
		if p := l.party(id); p.Role == fmc.Client && p.Told == ToldNothing && p.Ends == 0 {
			p.Ends, p.Latest = t.Due, t.Due
		}
	}
}

// allowed takes that the person's other calls leave a leg more or less to talk than before.
func (l *life) allowed(e Allowance) {
	if p := l.party(e.Leg); p.Ends > 0 && p.Link < fmc.Leaving {
		p.Ends = min(p.Latest, l.Now+max(e.Left, 1))
	}
}

// timeIsUp lets a leg go that has talked as long as it may, and tells the people of the company who talk with it why.
func (l *life) timeIsUp(id fmc.LegID) {
	for ti := range l.Threads {
		t := &l.Threads[ti]
		if t.Node().Do != plan.Talk || t.Node().Conference != "" || len(t.With) != 1 || t.Subject != id && t.With[0] != id {
			continue
		}
		for _, other := range l.speakers(*t) {
			switch {
			case other == id || l.party(other).Role != fmc.Worker:
			case t.Errand == Consult: // they return to the contact
				l.cue(other, sayTimeIsUp)
			default:
				l.dismiss(other, sayTimeIsUp, cause.Of(cause.Hangup))
			}
		}
		l.leave(ti, plan.TimedOut)
	}
	l.release(id, cause.Because(cause.Refused, "The call has lasted as long as it may."))
}

// textTo sends a person a text where they are rung on a SIM, which shows its own number whoever calls: N22.
func (l *life) textTo(id fmc.LegID) {
	ti, i, ok := l.attempt(id)
	if !ok {
		return
	}
	a, try := &l.Threads[ti].Tries[i], l.Threads[ti].Node().Tries[i]
	if _, sim := l.party(id).Line.SIM(); !sim || try.Text == "" || a.Texted {
		return
	}
	a.Texted = true
	l.note(fmc.Texted{Employee: try.Employee, To: try.Number, Text: try.Text})
	l.command(Text{To: try.Number, Text: try.Text})
}

// forget drops what was keyed in secret once the question it was for is asked.
func (l *life) forget() {
	for i := range l.Parties {
		p := &l.Parties[i]
		if !p.Input.Secret {
			continue
		}
		if ti, ok := l.gathering(p.Leg); !ok || !l.Threads[ti].Node().Secret {
			p.Input = Input{}
		}
	}
}

// gathering returns the thread that collects a leg's keys.
func (c Call) gathering(id fmc.LegID) (int, bool) {
	for ti, t := range c.Threads {
		if !t.over() && t.Subject == id && t.Node().Do == plan.Gather {
			return ti, true
		}
	}
	return 0, false
}
