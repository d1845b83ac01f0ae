package demo

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"roadline/cmd/roadline/demo/outside"
	"roadline/fmc"
)

// look is how often the demo looks whether something has come to pass.
const look = 100 * time.Millisecond

// Numbers of the company, in the order of its file.
const (
	mainNumber = iota
	accountsNumber
	personalNumber
	cardNumber // a person's, on a SIM card
)

// cardsNumbers are the numbers of cards that lead to the menu, from the first on.
const cardsNumbers = cardNumber + 1

// contact is a call that somebody makes: a client, or a person of the company.
type contact struct {
	share int
	begin func(client int) error
}

// calls lets calls come until ctx is done, or as many or as long as was asked. The first two come at once: one out, one
// in.
func (d *Demo) calls(ctx context.Context) {
	chance := rand.New(rand.NewPCG(d.o.Seed, 0)) //nolint:gosec // pretend people
	if d.o.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.o.For)
		defer cancel()
	}
	kinds, began := d.contacts(chance), time.Now()
	for n := 0; d.o.Calls == 0 || n < d.o.Calls; {
		if n > 1 && !rest(ctx, d.interval(chance)) {
			return
		}
		for d.live() >= d.o.Most {
			if !rest(ctx, look) {
				return
			}
		}
		next := d.opening(n, time.Since(began), chance)
		if next == nil {
			next = pick(chance, kinds)
		}
		if next(1+chance.IntN(clients)) == nil {
			n++
		} else if !rest(ctx, look) { // the client or the person is in a call: then others
			return
		}
	}
	for d.live() > 0 || d.world.Live() > 0 {
		if !rest(ctx, look) {
			return
		}
	}
}

// interval is the time until the next call, as calls come that know nothing of each other.
func (d *Demo) interval(chance *rand.Rand) time.Duration {
	return time.Duration(min(3, max(0.1, chance.ExpFloat64())) * float64(d.o.Every))
}

// live is how many calls the server has.
func (d *Demo) live() int { return len(d.house.Calls().Calls()) }

// rest lets time pass; false when ctx is done first.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func pick(chance *rand.Rand, all []contact) func(int) error {
	total := 0
	for _, c := range all {
		total += c.share
	}
	at := chance.IntN(total)
	for _, c := range all {
		if at -= c.share; at < 0 {
			return c.begin
		}
	}
	return nil
}

// contacts are the calls of a day.
func (d *Demo) contacts(chance *rand.Rand) []contact {
	in := func(number int, does func(voice string) outside.Habit) func(int) error {
		return func(client int) error {
			_, err := d.world.Call(clientNumber(client), d.company.Numbers[number].Number.E164, does(clientVoice(client)))
			return err
		}
	}
	keys := func(keys string, patience time.Duration) func(string) outside.Habit {
		return func(voice string) outside.Habit { return d.presses(voice, keys, patience) }
	}
	card := func(number int, does func(voice string) outside.Habit) func(int) error {
		call := in(number, does)
		return func(client int) error {
			if !d.free(number) {
				return errCardTaken
			}
			return call(client)
		}
	}
	return []contact{
		{34, in(mainNumber, keys("1", 75*time.Second))},
		{12, card(cardNumber, d.straight)},
		{7, card(cardsNumbers, keys("1", 75*time.Second))},
		{7, card(cardsNumbers+1, keys("2", 60*time.Second))},
		{7, card(cardsNumbers+2, keys("1", 75*time.Second))}, // in the gateway, as is the next
		{7, card(cardsNumbers+3, keys("2", 60*time.Second))},
		{18, in(mainNumber, keys("2", 60*time.Second))},
		{5, in(mainNumber, keys("1", 9*time.Second))}, // has no patience
		{6, in(mainNumber, keys("206", time.Minute))},
		{6, in(mainNumber, d.talksToTheMenu)},
		{4, in(mainNumber, func(string) outside.Habit { return d.hangsUpInTheNotice })},
		{5, in(accountsNumber, d.straight)},
		{6, in(personalNumber, d.straight)},
		{13, func(client int) error { return d.out(chance, client) }},
		{3, func(int) error { return d.inside(chance) }},
		{12, func(client int) error { return d.through(chance, client) }},
		{4, func(int) error { return d.wantsCallBack(chance) }},
	}
}

// errCardTaken: nobody calls a card that is in another call or has no modem: the network would answer.
var errCardTaken = errors.New("the card cannot be called now")

// free reports whether a number's card may be called.
func (d *Demo) free(number int) bool {
	return d.callable(d.company.Numbers[number].SIM.Line())
}

// firstCard is how long the first call to a card waits for the card's line: modems start while calls come already.
const firstCard = 20 * time.Second

// opening are the first calls: one to somebody who picks up, so that there is a recording soon, one for sales, one to the
// SIM card of a person, and one by a person on the road. open is for how long calls have come.
func (d *Demo) opening(n int, open time.Duration, chance *rand.Rand) func(int) error {
	switch n {
	case 0:
		return func(int) error { return d.out(chance, punctual) }
	case 1:
		return d.contacts(chance)[0].begin
	case 2:
		if open < firstCard {
			return d.contacts(chance)[1].begin
		}
	case 3:
		return func(client int) error { return d.through(chance, client) }
	}
	return nil
}

// out has a person of the company call a client from a SIP phone, as people dial.
func (d *Demo) out(chance *rand.Rand, client int) error {
	e, phone := d.somebody(chance)
	_, err := phone.Call("8"+clientNumber(client)[2:], d.callsOut(e))
	return err
}

// inside has a person call a colleague.
func (d *Demo) inside(chance *rand.Rand) error {
	e, phone := d.somebody(chance)
	for _, other := range d.company.Employees {
		if other.ID != e.ID && other.ID != guest && len(other.Devices) == 1 && other.Devices[0].Kind == fmc.SIPPhone {
			_, err := phone.Call(other.Extension, d.chats(e))
			return err
		}
	}
	return nil
}

// somebody is one of the people with a phone, by chance.
func (d *Demo) somebody(chance *rand.Rand) (fmc.Employee, *outside.Phone) {
	var all []fmc.Employee
	for _, e := range d.company.Employees {
		if d.phoneOf(e) != nil {
			all = append(all, e)
		}
	}
	e := all[chance.IntN(len(all))]
	return e, d.phoneOf(e)
}

func (d *Demo) phoneOf(e fmc.Employee) *outside.Phone {
	for _, device := range e.Devices {
		if phone, ok := d.phones[string(device.Account)]; ok {
			return phone
		}
	}
	return nil
}

// patience is how long the end of the calls, and of their records, may take.
const patience = 30 * time.Second

// endCalls has everybody hang up, and waits until every call has its record.
func (d *Demo) endCalls(ctx context.Context, hurry <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for d.live()+d.world.Live()+d.ledger.pending() > 0 {
		d.world.Rest()
		select {
		case <-hurry:
			return
		default:
		}
		if !rest(ctx, look) {
			return
		}
	}
}
