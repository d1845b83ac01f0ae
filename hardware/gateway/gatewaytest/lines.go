package gatewaytest

import (
	"context"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
	"roadline/hardware/gwsim"
	"roadline/hardware/modem"
)

func tellsLines(b *bench) {
	for i, card := range b.cards {
		s := b.ready(i)
		sim, err := s.SIM(b.ctx())
		b.check(err)
		if sim.ICCID != card.ICCID || sim.IMSI != card.IMSI || sim.State != modem.SIMReady || sim.Attempts != -1 {
			b.Errorf("line %d has the card %+v, want %s", i, sim, card.ICCID)
		}
		r, err := s.Radio(b.ctx())
		b.check(err)
		if r.Registration != modem.Home || r.SignalDBm > -51 || r.SignalDBm < -113 {
			b.Errorf("line %d stands with the network as %+v", i, r)
		}
		if id := s.Identity(); id.Family != b.world.Vendor.Name {
			b.Errorf("the line says it is %+v", id)
		}
		if b.lines[i].ID() != b.world.Lines[i].ID {
			b.Errorf("line %d is %q", i, b.lines[i].ID())
		}
	}
}

func servedOnce(b *bench) {
	s := b.serve(0)
	_, err := gateway.Open(b.lines[0], nil, b.log("second"))
	b.kind(err, cause.Conflict)
	b.check(s.Close())
	again, err := gateway.Open(b.lines[0], nil, b.log("third"))
	b.check(err)
	b.check(again.Close())
	b.check(again.Close())
}

func cardPulled(b *bench) {
	s := b.ready(0)
	b.box.Pull(0, true)
	await(s, "that the card is away", func(ev modem.SIMIs) bool { return ev.State == modem.SIMAbsent })
	sim, err := s.SIM(b.ctx())
	b.check(err)
	if sim.State != modem.SIMAbsent || sim.ICCID != "" {
		b.Errorf("without a card it has %+v", sim)
	}
	if _, err := s.SendText(b.ctx(), client, "nobody"); err == nil || modem.Uncertain(err) {
		b.Errorf("a text without a card: %v", err)
	}
	b.box.Pull(0, false)
	await(s, "that the card is back", func(ev modem.SIMIs) bool { return ev.State == modem.SIMReady })
}

func blocks(b *bench) {
	s := b.ready(0)
	b.check(s.Block(b.ctx(), true))
	if !b.box.Blocked(0) || b.box.Blocked(1) {
		b.Error("it blocked something else")
	}
	b.until("the line has no voice", func() bool {
		r, err := s.Radio(b.ctx())
		return err == nil && !r.Voice
	})
	b.check(s.Block(b.ctx(), false))
	b.until("the line has voice again", func() bool {
		r, err := s.Radio(b.ctx())
		return err == nil && r.Voice
	})
}

func restarts(b *bench) {
	s := b.ready(0)
	b.check(s.Reset(b.ctx(), modem.Hail))
	b.check(s.Reset(b.ctx(), modem.Restart))
	b.until("the port started anew", func() bool { return b.box.Boots(0) == 1 })
	b.until("the line is in the network again", func() bool {
		r, err := s.Radio(b.ctx())
		return err == nil && r.Voice
	})
	if b.box.Boots(1) != 0 {
		b.Error("another port started anew")
	}
}

func silent(b *bench) {
	s := b.ready(0)
	for i := range b.cards {
		b.box.Fault(i, gwsim.Silent, true)
	}
	if err := s.ended(); err == nil {
		b.Error("the line ended without a reason")
	}
	b.check(s.Close())
	b.until("the line cannot be opened", func() bool {
		m, err := gateway.Open(b.lines[0], nil, b.log("module"))
		if err == nil {
			b.check(m.Close())
		}
		return err != nil
	})
	for i := range b.cards {
		b.box.Fault(i, gwsim.Silent, false)
	}
	b.ready(0)
}

func wrongSecret(b *bench) {
	for i := range b.cards {
		b.box.Fault(i, gwsim.WrongSecret, true)
	}
	b.until("the line says why it is not there", func() bool {
		m, err := gateway.Open(b.lines[0], nil, b.log("module"))
		if err == nil {
			b.check(m.Close())
		}
		return cause.KindOf(err) == cause.Denied
	})
}

func strange(b *bench) {
	s := b.ready(0)
	b.box.Fault(0, gwsim.Strange, true)
	if _, err := s.SendText(b.brief(), client, "understood by nobody"); err == nil {
		b.Error("a word that nobody knows was taken for yes")
	}
	if err := s.Block(b.brief(), true); err == nil {
		b.Error("a word that nobody knows was taken for yes")
	}
	b.box.Fault(0, gwsim.Strange, false)
	_, err := s.SendText(b.ctx(), client, "understood")
	b.check(err)
}

func alone(b *bench) {
	b.box.Fault(0, gwsim.CutSend, true)
	first, second := b.ready(0), b.ready(1)
	ctx, stop := context.WithCancel(b.ctx())
	done := make(chan error, 1)
	go func() {
		_, err := first.SendText(ctx, client, "the first line is stuck")
		done <- err
	}()
	b.got(1)
	for range 3 {
		_, err := second.SendText(b.ctx(), client, "the second is not")
		b.check(err)
	}
	stop()
	if err := <-done; !modem.Uncertain(err) && b.world.Unsure {
		b.Errorf("the first line says %v", err)
	}
}

func cannot(b *bench) {
	s := b.ready(0)
	ctx := b.ctx()
	b.kind(s.EnterPIN(ctx, "1234"), cause.Unsupported)
	b.kind(s.Reset(ctx, modem.RadioCycle), cause.Unsupported)
	b.kind(s.Dial(ctx, client), cause.Unsupported)
	_, err := s.Send(ctx, make([]byte, 20))
	b.kind(err, cause.Unsupported)
	_, err = s.Raw(ctx, "AT")
	b.kind(err, cause.Unsupported)
	if s.Can().Voice != modem.NoVoice {
		b.Error("a line without SIP says that it has speech")
	}
}
