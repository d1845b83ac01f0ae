package modemtest

import (
	"errors"
	"strings"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
	"roadline/hardware/modem"
)

func starts(b *bench) {
	b.ready()
	id := b.modem.Identity()
	want := modem.Identity{
		Family: b.family.Name, Maker: b.world.Model.Maker, Model: b.world.Model.Title, Revision: b.world.Model.Revision, IMEI: b.device.IMEI(),
	}
	if id != want {
		b.Errorf("it is %+v, want %+v", id, want)
	}
	can := b.modem.Can()
	if !can.SMS || can.KeysOut == "" || can.Proved == "" || (can.Voice != modem.NoVoice) != b.world.Model.Speaks() {
		b.Errorf("it can %+v", can)
	}
	if lines, err := b.modem.Raw(b.ctx(), "+CGSN"); err != nil || len(lines) != 1 {
		b.Errorf("+CGSN: %q, %v", lines, err)
	}
	b.check(b.modem.Close())
	b.check(b.modem.Close())
	if err := b.modem.Err(); err != nil {
		b.Errorf("it was closed, not lost: %v", err)
	}
	b.kind(b.modem.Start(b.ctx()), cause.Unavailable)
}

// startsAgain: what an earlier life left is hung up, and a modem that works may be started anew.
func startsAgain(b *bench) {
	b.ready()
	h := b.talk(gsmsim.Behaviour{})
	b.check(b.modem.Close())
	b.open()
	b.start()
	b.arrives("the earlier call is hung up", h.Ended())
	b.check(b.modem.Start(b.ctx()))
	h = b.talk(gsmsim.Behaviour{})
	h.HangUp()
	b.callIs(modem.CallEnded)
}

func cardAway(b *bench) {
	b.plug(nil)
	b.check(b.modem.Start(b.ctx()))
	if s, err := b.modem.SIM(b.ctx()); err != nil || s.State != modem.SIMAbsent {
		b.Errorf("%+v, %v", s, err)
	}
	card := gsmsim.NewCard(2)
	b.check(b.device.Swap(card))
	b.until("the card is ready", func() bool {
		s, err := b.modem.SIM(b.ctx())
		b.check(err)
		return s.State == modem.SIMReady && s.ICCID == card.ICCID
	})
}

func cardWithPIN(b *bench) {
	card := gsmsim.NewCard(3)
	card.PIN, card.PUK = "4711", "12345678"
	b.plug(card)
	b.check(b.modem.Start(b.ctx()))
	s, err := b.modem.SIM(b.ctx())
	if err != nil || s.State != modem.SIMPIN || s.Attempts != 3 || s.ICCID != card.ICCID {
		b.Fatalf("%+v, %v", s, err)
	}
	b.kind(b.modem.EnterPIN(b.ctx(), "47x1"), cause.Invalid)
	b.kind(b.modem.EnterPIN(b.ctx(), "0000"), cause.Denied)
	if s, err = b.modem.SIM(b.ctx()); err != nil || s.Attempts != 2 {
		b.Fatalf("after a wrong PIN: %+v, %v", s, err)
	}
	b.check(b.modem.EnterPIN(b.ctx(), "4711"))
	b.until("the card is ready", func() bool {
		s, err = b.modem.SIM(b.ctx())
		b.check(err)
		return s.State == modem.SIMReady
	})
	if s.Attempts != 3 || s.IMSI != card.IMSI {
		b.Errorf("%+v", s)
	}
}

func cardReady(b *bench) {
	card := gsmsim.NewCard(4)
	card.Says = true
	b.plug(card)
	b.start()
	s, err := b.modem.SIM(b.ctx())
	b.check(err)
	if s.State != modem.SIMReady || s.ICCID != card.ICCID || s.IMSI != card.IMSI || s.Number != card.Number || !strings.HasPrefix(s.Service, "+") {
		b.Errorf("%+v, want %+v", s, card)
	}
	b.device.Fault(gsmsim.PulledSIM)
	b.until("the card is away", func() bool {
		s, err := b.modem.SIM(b.ctx())
		b.check(err)
		return s.State == modem.SIMAbsent
	})
}

func tellsNetwork(b *bench) {
	b.ready()
	r, err := b.modem.Radio(b.ctx())
	b.check(err)
	if r.Registration != modem.Home || !r.Voice || r.Operator == "" || len(r.Network) != 5 || r.Access == "" || r.Cell == "" || r.SignalDBm != -73 {
		b.Errorf("%+v", r)
	}
}

func losesNetwork(b *bench) {
	b.ready()
	b.device.Fault(gsmsim.LostRegistration)
	r := await(b, "the network is lost", func(r modem.RadioIs) bool {
		return r.Registration != modem.Home || !r.Voice
	})
	if r.Voice {
		b.Errorf("voice without a network: %+v", r)
	}
	now, err := b.modem.Radio(b.ctx())
	b.check(err)
	if now.Voice || now.Registration == modem.Home {
		b.Errorf("%+v", now)
	}
	if err := b.modem.Dial(b.ctx(), client); err == nil {
		b.callIs(modem.CallEnded)
	} else if !errors.Is(err, cause.Unavailable) {
		b.Errorf("dialling: %v", err)
	}
	b.device.Mend()
	await(b, "the network is back", func(r modem.RadioIs) bool { return r.Registration == modem.Home && r.Voice })
}
