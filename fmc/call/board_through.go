package call

import (
	"cmp"
	"math"
	"slices"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// person is what the board knows of a person who calls outside.
type person struct {
	day    time.Time // when the day began that spent counts
	spent  fmc.Spent // by legs that are over
	proved time.Time // that it is they, by more than a number
	ever   bool      // they called through
	asked  []time.Time
	with   string // whom they talked with last, by E.164
	withAt time.Time
	called called
}

// called is whom a person called last: a number outside, or a colleague or group.
type called struct {
	e164  string
	who   fmc.EmployeeID
	group fmc.GroupID
}

// trip is a leg that somebody's calling outside counts.
type trip struct {
	by     fmc.EmployeeID
	abroad bool
	since  time.Time // they talk; zero: not now
}

// person returns what is known of one, to be changed.
func (b *board) person(id fmc.EmployeeID) *person {
	p, ok := b.people[id]
	if !ok {
		p = &person{}
		b.people[id] = p
	}
	return p
}

// today is when the company's day began.
func (b *board) today(now time.Time) time.Time {
	zone := b.zone
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

// spent is what a person called outside today, calls that go on included.
func (b *board) spent(id fmc.EmployeeID, now time.Time) fmc.Spent {
	day := b.today(now)
	var s fmc.Spent
	if p, ok := b.people[id]; ok && p.day.Equal(day) {
		s = p.spent
	}
	for _, t := range b.trips {
		if t.by == id && !t.since.IsZero() {
			s = plus(s, now.Sub(later(t.since, day)), t.abroad)
		}
	}
	return s
}

// plus adds talk to what was spent.
func plus(s fmc.Spent, talk time.Duration, abroad bool) fmc.Spent {
	s.Talk += talk
	if abroad {
		s.Abroad += talk
	}
	return s
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// spends adds to what a person called today.
func (b *board) spends(id fmc.EmployeeID, now time.Time, add func(fmc.Spent) fmc.Spent) {
	p := b.person(id)
	if day := b.today(now); !p.day.Equal(day) {
		if p.day.After(day) {
			return // of a day that is over
		}
		p.day, p.spent = day, fmc.Spent{}
	}
	p.spent = add(p.spent)
}

// capped is why a person may not call outside once more; nil: they may. It is asked in the stroke that dials, since
// Decide only predicts it.
func (b *board) capped(d Dial, company *fmc.Company, now time.Time) *cause.Cause {
	e, ok := company.Employee(d.By)
	if !ok || !counts(d, company) {
		return nil
	}
	caps, s := company.CapsOf(e), b.spent(d.By, now)
	switch {
	case caps.Calls > 0 && s.Calls >= caps.Calls, caps.Talk > 0 && s.Talk >= caps.Talk, caps.Abroad > 0 && s.Abroad >= caps.Abroad && abroad(d.Try.Number, company):
		c := cause.Because(cause.Refused, "%s has used up what one person may call a day.", d.By)
		return &c
	default:
		return nil
	}
}

// counts reports whether a leg counts as a person's call outside. An emergency number never does: invariant 9.
func counts(d Dial, company *fmc.Company) bool {
	n := d.Try.Number
	return d.By != "" && d.Try.Role == fmc.Client && n.Kind != callerid.Emergency && !callerid.IsEmergency(n.Code(), company.Profile.Country)
}

// abroad reports whether a number counts as Caps.Abroad does.
func abroad(n callerid.Number, company *fmc.Company) bool {
	switch n.Class(company.Profile.Country) {
	case callerid.Abroad, callerid.AbroadPremium, callerid.DomesticPremium:
		return true
	default:
		return false
	}
}

// calls notes whom a person calls.
func (b *board) calls(d Dial, company *fmc.Company, now time.Time) {
	switch {
	case d.By == "" || d.By == d.Try.Employee:
	case counts(d, company):
		b.person(d.By).called = called{e164: d.Try.Number.E164}
		b.trips[d.Leg] = &trip{by: d.By, abroad: abroad(d.Try.Number, company)}
		b.spends(d.By, now, func(s fmc.Spent) fmc.Spent { s.Calls++; return s })
		b.keeps(d.Leg.Call, now)
	case d.Try.Role == fmc.Worker:
		b.person(d.By).called = called{who: d.Try.Employee, group: d.Group}
	}
}

// keeps notes that a call of today is counted, so that its record is not counted again.
func (b *board) keeps(id fmc.CallID, now time.Time) {
	if day := b.today(now); !b.since.Equal(day) {
		b.since = day
		clear(b.counted)
	}
	b.counted[id] = true
}

// travels keeps how long the legs of a call talk outside, and when people proved who they are.
func (b *board) travels(was, is Call, now time.Time) {
	for _, p := range is.Parties {
		if before, _ := was.Party(p.Leg); p.Who.Employee != "" && p.Leg.Call == is.ID && before.Proof != p.Proof && (p.Proof == fmc.ByPIN || p.Proof == fmc.ByCallBack) {
			b.person(p.Who.Employee).proved = now
		}
		t, ok := b.trips[p.Leg]
		if !ok {
			continue
		}
		if is.through(t.by) {
			b.person(t.by).ever = true
		}
		b.travel(t, inConversation(is.Wiring, p.Leg), now)
		if p.Link == fmc.Gone {
			delete(b.trips, p.Leg)
		}
	}
}

// through reports whether a person is in the call by their ordinary mobile.
func (c Call) through(who fmc.EmployeeID) bool {
	return slices.ContainsFunc(c.Parties, func(p Party) bool {
		return p.Who.Employee == who && p.Proof > fmc.ByNothing && p.Proof < fmc.ByAccount
	})
}

// travel counts what a leg talks outside.
func (b *board) travel(t *trip, talks bool, now time.Time) {
	switch {
	case talks && t.since.IsZero():
		t.since = now
		b.shifted = append(b.shifted, t.by)
	case !talks && !t.since.IsZero():
		b.shifted = append(b.shifted, t.by)
		lasted := now.Sub(later(t.since, b.today(now)))
		t.since = time.Time{}
		b.spends(t.by, now, func(s fmc.Spent) fmc.Spent { return plus(s, lasted, t.abroad) })
	}
}

// allowances are how long the legs may still talk of people whose calls outside grew or became fewer since the last time.
// Each uses up what the person may talk a day at the same pace: whoever talks with three at once is done three times as soon.
func (b *board) allowances(company *fmc.Company, now time.Time) []Allowance {
	var all []Allowance
	for _, who := range b.shifted {
		e, ok := company.Employee(who)
		if caps := company.CapsOf(e); ok && (caps.Talk > 0 || caps.Abroad > 0) {
			all = append(all, b.shares(who, caps, now)...)
		}
	}
	b.shifted = nil
	return all
}

// shares are what each of a person's talks outside has of what they may still talk today.
func (b *board) shares(who fmc.EmployeeID, caps fmc.Caps, now time.Time) []Allowance {
	var all []Allowance
	talks, far := 0, 0
	for _, t := range b.trips {
		if t.by == who && !t.since.IsZero() {
			talks++
			if t.abroad {
				far++
			}
		}
	}
	s := b.spent(who, now)
	for leg, t := range b.trips {
		if t.by != who || t.since.IsZero() {
			continue
		}
		left := time.Duration(math.MaxInt64)
		if caps.Talk > 0 {
			left = (caps.Talk - s.Talk) / time.Duration(talks)
		}
		if caps.Abroad > 0 && t.abroad {
			left = min(left, (caps.Abroad-s.Abroad)/time.Duration(far))
		}
		if left < math.MaxInt64 {
			all = append(all, Allowance{Leg: leg, Left: left})
		}
	}
	slices.SortFunc(all, func(x, y Allowance) int {
		return cmp.Or(cmp.Compare(x.Leg.Call, y.Leg.Call), cmp.Compare(x.Leg.N, y.Leg.N))
	})
	return all
}

func inConversation(w Wiring, leg fmc.LegID) bool {
	return slices.ContainsFunc(w.Talks, func(t Talk) bool { return !t.Mail && slices.Contains(t.Legs, leg) })
}

// calledBack notes that a person asked for a call. One that follows upon one in vain is not counted again.
func (b *board) calledBack(r plan.Request, now time.Time) {
	if r.Query.Round > 0 {
		return
	}
	p := b.person(r.Employee)
	p.asked = append(slices.DeleteFunc(p.asked, func(at time.Time) bool { return now.Sub(at) >= time.Hour }), now)
}

// caller is what the board knows of a person who calls from a number.
func (b *board) caller(company *fmc.Company, id fmc.EmployeeID, from, to callerid.Number, now time.Time) fmc.Caller {
	c := fmc.Caller{
		Spent: b.spent(id, now), Wrong: b.guesses.wrong(from, now), Locked: b.guesses.locked(fmc.PINTry{Employee: id, From: from, To: to}, now),
	}
	p, ok := b.people[id]
	if !ok {
		return c
	}
	c.Ever, c.LastWith, c.LastDialled = p.ever, p.with, p.called.digits(company)
	c.Proved = ago(p.proved, now)
	for _, at := range p.asked {
		if now.Sub(at) < time.Hour {
			c.CallBacks++
			c.Asked = ago(at, now)
		}
	}
	return c
}

// ago is how long ago something was, at least a moment; 0: never.
func ago(at, now time.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return max(now.Sub(at), 1)
}

// digits are what a person would key to call whom they called last.
func (c called) digits(company *fmc.Company) string {
	if e, ok := company.Employee(c.who); ok && c.who != "" && c.group == "" {
		return e.Extension
	}
	if g, ok := company.Group(c.group); ok && c.group != "" {
		return g.Extension
	}
	return c.e164
}
