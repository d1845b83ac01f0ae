package demo

import (
	"context"
	"math/rand/v2"
	"time"

	"roadline/cabinet/web"
	"roadline/hardware/gsmsim"
)

// troubled is how long a modem fails that somebody asked to fail.
const troubled = 20 * time.Second

// happenings are what whoever looks at the cabinet may have happen.
func (d *Demo) happenings() []web.Happening {
	client := func() int { return 1 + rand.IntN(clients) } //nolint:gosec // pretend people
	calls := func(keys string, patience time.Duration) error {
		n := client()
		_, err := d.world.Call(clientNumber(n), d.company.Numbers[mainNumber].Number.E164, d.presses(clientVoice(n), keys, patience))
		return err
	}
	return []web.Happening{
		{ID: "call", Do: func(context.Context) error { return calls("1", time.Minute) }},
		{ID: "missed", Do: func(context.Context) error { return calls("1", 9*time.Second) }},
		{ID: "flood", Do: func(context.Context) error { return d.flood(calls) }},
		{ID: "text", Do: func(context.Context) error {
			return d.air.Text(clientNumber(client()), d.modules[0].number, letters[0].asks)
		}},
		{ID: "text-centre", Do: func(context.Context) error { d.centre.text(clientNumber(client()), letters[0].asks); return nil }},
		{ID: "gateway-card", Do: func(context.Context) error { d.pullsCard(); return nil }},
		{ID: "bank-forgets", Do: func(context.Context) error { d.bank.Restart(); return nil }},
		{ID: "modem-pulled", Do: func(context.Context) error { return d.fails(troublesKnown()[0]) }},
		{ID: "network-lost", Do: func(context.Context) error {
			return d.fails(fault("loses the network", troubled, gsmsim.LostRegistration))
		}},
		{ID: "test-calls", Do: func(context.Context) error { return d.house.TryCards(d.company.Profile.ID, "demo") }},
		{ID: "balance-low", Do: func(context.Context) error { d.air.Service("*100#", "Balance 12.00 RUB"); return nil }},
	}
}

// flood has clients call at the same time; who is in a call already does not.
func (d *Demo) flood(calls func(keys string, patience time.Duration) error) (err error) {
	came := 0
	for range 12 {
		if err = calls("1", time.Minute); err == nil {
			came++
		}
		if came == 6 {
			break
		}
	}
	if came > 0 {
		return nil
	}
	return err
}

// pullsCard has the first card of the gateway pulled out for a while.
func (d *Demo) pullsCard() {
	d.box.Pull(0, true)
	time.AfterFunc(troubled, func() { d.box.Pull(0, false) })
}

// fails has the first module fail for a while.
func (d *Demo) fails(t trouble) error {
	m := d.modules[0]
	t.begins(m.device)
	time.AfterFunc(troubled, func() {
		if err := t.ends(m.device); err != nil {
			d.screen.tell("", m.number, "the modem "+m.Name+" is not back: "+err.Error())
		}
	})
	return nil
}
