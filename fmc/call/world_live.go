package call

import (
	"slices"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/plan"
)

// locked is a view that may be asked while other calls change the board.
type locked struct {
	view
	s       *Switch
	company *fmc.Company
}

func (l locked) Busy(who fmc.EmployeeID) bool {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.view.Busy(who)
}

func (l locked) LastWith(caller callerid.Number) (fmc.EmployeeID, time.Duration) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.view.LastWith(caller)
}

func (l locked) IdleSince(who fmc.EmployeeID) time.Duration {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.view.IdleSince(who)
}

func (l locked) Turn(g fmc.GroupID) fmc.EmployeeID {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.view.Turn(g)
}

func (l locked) Waiting(g fmc.GroupID) int {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.view.Waiting(g)
}

func (l locked) InUse(limit fmc.LimitID) int {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.view.InUse(limit)
}

func (l locked) Caller(who fmc.EmployeeID, from, to callerid.Number) fmc.Caller {
	has := l.s.o.PINs != nil && l.s.o.PINs.Has(l.company.Profile.ID, who)
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	c := l.caller(l.company, who, from, to, l.now)
	c.HasPIN = has
	return c
}

// CheckPIN looks a PIN up without holding the Switch: a hash takes its time. The try is counted before, so that many at
// once are no way round the locks. What is only supposed counts nothing and is right.
func (l locked) CheckPIN(t fmc.PINTry) fmc.PINVerdict {
	if l.call == "" {
		return fmc.PINRight
	}
	l.s.mu.Lock()
	if l.guesses.locked(t, l.now) {
		l.s.mu.Unlock()
		return fmc.PINLocked
	}
	last := l.guesses.try(t, l.company.Rules.Through, l.now)
	l.s.mu.Unlock()
	right := l.s.o.PINs != nil && l.s.o.PINs.Right(l.company.Profile.ID, t.Employee, t.Digits)
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	switch {
	case right:
		l.guesses.right(t, l.now)
		l.person(t.Employee).proved = l.now
		return fmc.PINRight
	case last:
		return fmc.PINLocked
	default:
		return fmc.PINWrong
	}
}

func (l locked) Talking(who fmc.EmployeeID) []fmc.LegID { return talksOf(l.others(), who) }

func (l locked) In(id fmc.ConferenceID) int { return inside(l.others(), id) }

func (l locked) Messages(who fmc.EmployeeID) []fmc.NewMail {
	if l.s.o.Messages == nil {
		return nil
	}
	return l.s.o.Messages(l.company.Profile.ID, who)
}

func (l locked) Mode(who fmc.EmployeeID) fmc.Mode {
	return l.s.modes(l.company.Profile.ID).At(who, l.now)
}

// others are the company's calls but this one, the oldest first.
func (l locked) others() []Call {
	return slices.DeleteFunc(l.s.Calls(), func(c Call) bool { return c.Company != l.company.Profile.ID || c.ID == l.call })
}

// talksOf returns the legs by which a person talks in calls, the latest first.
func talksOf(calls []Call, who fmc.EmployeeID) []fmc.LegID {
	var legs []fmc.LegID
	for _, c := range slices.Backward(calls) {
		for _, p := range slices.Backward(c.Parties) {
			if p.Who.Employee == who && p.Link == fmc.Up && c.conversing(p.Leg) {
				legs = append(legs, p.Leg)
			}
		}
	}
	return legs
}

// conversing reports whether a leg is in the contact's own talk, be it on hold.
func (c Call) conversing(id fmc.LegID) bool {
	if len(c.Threads) == 0 || c.End != nil {
		return false
	}
	t := c.Threads[0]
	return t.Node().Do == plan.Talk && len(t.With) > 0 && (t.Subject == id || slices.Contains(t.With, id))
}

// inside counts who is in a conference.
func inside(calls []Call, id fmc.ConferenceID) int {
	n := 0
	for _, c := range calls {
		if !c.meets(id) {
			continue
		}
		for _, leg := range append([]fmc.LegID{c.Threads[0].Subject}, c.Threads[0].With...) {
			if c.alive(leg) {
				n++
			}
		}
	}
	return n
}

// meets reports whether a call is the conference.
func (c Call) meets(id fmc.ConferenceID) bool {
	if id == "" || len(c.Threads) == 0 || c.End != nil {
		return false
	}
	n := c.Threads[0].Node()
	return n.Do == plan.Talk && n.Conference == id
}

var _ plan.World = locked{}
