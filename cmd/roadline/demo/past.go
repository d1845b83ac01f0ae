package demo

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/store"
	"roadline/store/journal"
)

// A past is made up, once for a demo's folder: the calls of so many days before its first start. Nobody made them, but
// each was decided and lived through by the real Decide and Step in virtual time, and is brought into PostgreSQL by the
// drain, as a call is that was made. There was no sound, so the company did not record yet.

// busiest is how many calls come on a Tuesday; other days have their share, in hundredths, from Sunday on.
const busiest = 84

var dayShares = [7]int{6, 96, 100, 88, 92, 80, 12}

// hourShares are how often, among others, a call begins in each hour of the company's day.
var hourShares = [24]int{0, 0, 0, 0, 0, 0, 1, 3, 9, 22, 30, 28, 20, 14, 24, 26, 22, 16, 9, 5, 3, 2, 1, 0}

// remember makes the past up and brings it in, where the company has no calls yet, or goes on where an earlier start was
// stopped before it was there. It returns when it is, or when ctx is done.
func (d *Demo) remember(ctx context.Context, kept *store.Store) error {
	if d.o.Past < 0 {
		return nil
	}
	known, err := kept.For(d.company.Profile.ID).Calls(ctx, store.CallFilter{Limit: 1})
	if err != nil {
		return err
	}
	log, left, err := journal.Open(filepath.Join(d.o.Folder, "past"), "past", uuid.Must(uuid.NewV7()), journal.Options{})
	if err != nil {
		return err
	}
	var facts []fmc.Fact
	if len(known) == 0 && len(left) == 0 {
		now := d.screen.o.Now()
		facts = slices.Concat(d.pastOfCards(now), d.pastNights(now), d.past(now))
		if err = (journal.Journal{Log: log}).Append(facts...); err == nil {
			err = kept.Operator().KeepSignals(ctx, d.pastSignals(now))
		}
	}
	if err == nil {
		err = bringIn(ctx, kept.Drain(log, left, store.DrainOptions{Linger: time.Millisecond, Batch: 400}), len(facts))
	}
	return errors.Join(err, log.Close())
}

// bringIn drains so many facts, and what was left.
func bringIn(ctx context.Context, drain *store.Drain, facts int) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	over := make(chan error, 1)
	go func() { over <- drain.Run(ctx) }()
	for s := drain.State(); (s.BootsLeft > 0 || s.Drained < uint64(facts)) && rest(ctx, look); s = drain.State() { //nolint:gosec // a count
	}
	stop()
	return <-over
}

// past is what happened in the days before now, in its order.
func (d *Demo) past(now time.Time) []fmc.Fact {
	chance := rand.New(rand.NewPCG(d.o.Seed, 3)) //nolint:gosec // pretend people
	company := *d.company
	company.Rules.Recording = fmc.RecordingRule{}
	p := &past{company: &company, world: call.Quiet(&company, nil), chance: chance, now: now}
	today := now.In(company.Profile.Zone)
	for ago := d.o.Past; ago > 0; ago-- {
		day := time.Date(today.Year(), today.Month(), today.Day()-ago, 0, 0, 0, 0, company.Profile.Zone)
		for range busiest * dayShares[day.Weekday()] / 100 {
			p.call(day.Add(p.hour()))
		}
	}
	slices.SortStableFunc(p.calls, func(a, b pastCall) int { return a.began.Compare(b.began) })
	var facts []fmc.Fact
	for _, c := range p.calls {
		facts = append(facts, c.facts...)
	}
	return facts
}

// past is what makes up calls.
type past struct {
	company *fmc.Company
	world   plan.World
	chance  *rand.Rand
	now     time.Time
	calls   []pastCall
}

type pastCall struct {
	began time.Time
	facts []fmc.Fact
}

// hour is a time of the day at which somebody calls.
func (p *past) hour() time.Duration {
	total := 0
	for _, share := range hourShares {
		total += share
	}
	at := p.chance.IntN(total)
	for hour, share := range hourShares {
		if at -= share; at < 0 {
			return time.Duration(hour)*time.Hour + p.between(0, time.Hour)
		}
	}
	return 0
}

func (p *past) between(from, to time.Duration) time.Duration {
	return from + time.Duration(p.chance.Int64N(int64(to-from)))
}

// call is one call of the day: from a client, whom somebody calls back where nobody was there, or to one.
func (p *past) call(at time.Time) {
	client := clientNumber(1 + p.chance.IntN(clients))
	if p.chance.IntN(100) < 34 {
		p.out(at, client, 74)
		return
	}
	status := p.in(at, client)
	if status == fmc.StatusAnswered || p.chance.IntN(100) >= 82 {
		return
	}
	back := at.Add(p.between(3*time.Minute, 2*time.Hour))
	if p.chance.IntN(4) == 0 { // they do not wait for it
		p.in(back, client)
	} else {
		p.out(back, client, 85)
	}
}

// in is a call by a client; it returns what came of it.
func (p *past) in(at time.Time, client string) fmc.Status {
	number := p.company.Numbers[[]int{mainNumber, mainNumber, mainNumber, mainNumber, mainNumber, personalNumber, cardNumber, cardsNumbers}[p.chance.IntN(8)]]
	s := call.Supposed{From: client, To: number.Number.E164, Keys: []string{"1", "1", "1", "2", "2", "206", ""}[p.chance.IntN(7)]}
	devices := map[fmc.DeviceID]call.Behaviour{}
	for _, e := range p.company.Employees {
		for _, device := range e.Devices {
			devices[device.ID] = p.picksUp(76)
		}
	}
	caller := call.Caller{Talked: p.talk(), Hangs: p.between(40*time.Second, 4*time.Minute)}
	if p.chance.IntN(14) == 0 { // has no patience
		caller.Hangs = p.between(4*time.Second, 20*time.Second)
	}
	if caller.Hangs > time.Minute {
		caller.Hangs += caller.Talked
	}
	return p.happens(at, s, call.Script{Caller: caller, Devices: devices})
}

// out is a call by one of the people, to a client who is there so often in a hundred.
func (p *past) out(at time.Time, client string, there int) {
	var phones []fmc.EmployeeID
	for _, e := range p.company.Employees {
		if e.ID != guest && slices.ContainsFunc(e.Devices, func(device fmc.Device) bool { return device.Kind == fmc.SIPPhone }) {
			phones = append(phones, e.ID)
		}
	}
	s := call.Supposed{By: string(phones[p.chance.IntN(len(phones))]), Dial: client}
	p.happens(at, s, call.Script{Caller: call.Caller{Talked: p.talk(), Hangs: 10 * time.Minute}, Outside: map[string]call.Behaviour{"": p.picksUp(there)}})
}

// picksUp is a phone that is picked up so often in a hundred.
func (p *past) picksUp(often int) call.Behaviour {
	rings := p.between(time.Second, 4*time.Second)
	if p.chance.IntN(100) >= often {
		if p.chance.IntN(3) == 0 {
			return call.Behaviour{Alerts: rings, Ends: rings + p.between(time.Second, 6*time.Second), Cause: cause.Of(cause.Busy)}
		}
		return call.Behaviour{Alerts: rings}
	}
	return call.Behaviour{Alerts: rings, Answers: rings + p.between(2*time.Second, 11*time.Second), Key: "1", KeyIn: p.between(time.Second, 4*time.Second)}
}

// talk is how long people talk: mostly shortly.
func (p *past) talk() time.Duration {
	return min(12*time.Minute, time.Duration((0.2+p.chance.ExpFloat64())*float64(100*time.Second)))
}

// happens has a call happen; what lies ahead, or cannot be asked for, does not.
func (p *past) happens(at time.Time, s call.Supposed, script call.Script) fmc.Status {
	if at.After(p.now.Add(-time.Hour)) {
		return fmc.StatusAnswered
	}
	asked, err := s.Script(p.company)
	if err != nil {
		return fmc.StatusAnswered
	}
	script.Caller.Keys = asked.Caller.Keys
	r, err := s.Request(p.company)
	if err != nil {
		return fmc.StatusAnswered
	}
	r.Call = p.id(at)
	rehearsed := call.Rehearse(p.company, p.world, r, at, script)
	p.calls = append(p.calls, pastCall{at, rehearsed.Facts})
	return rehearsed.Record.Status
}

// id is a UUIDv7 of that time.
func (p *past) id(at time.Time) fmc.CallID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16|0x7000|uint64(p.chance.IntN(1<<12))) //nolint:gosec // after 1970
	binary.BigEndian.PutUint64(id[8:], p.chance.Uint64()&^(3<<62)|2<<62)
	return fmc.CallID(id.String())
}
