package modemtest

import (
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
	"roadline/hardware/modem"
)

// lateness is longer than any usual command may take.
const lateness = 6 * time.Second

// bursts: whatever stands between the lines of an answer, the answer is right and the lines keep their order.
func bursts(b *bench) {
	card := b.ready()
	first, err := b.modem.SIM(b.ctx())
	b.check(err)
	b.device.Fault(gsmsim.UnsolicitedBursts)
	for range 20 {
		if s, err := b.modem.SIM(b.ctx()); err != nil || s != first {
			b.Fatalf("%+v, %v, want %+v", s, err, first)
		}
		if r, err := b.modem.Radio(b.ctx()); err != nil || !r.Voice || len(r.Network) != 5 {
			b.Fatalf("%+v, %v", r, err)
		}
	}
	b.check(b.net.Text(client, card.Number, "hello"))
	if m := b.texts(1); len(m) != 1 || m[0].Text != "hello" {
		b.Errorf("%+v", m)
	}
	h := b.talk(gsmsim.Behaviour{})
	h.HangUp()
	b.callIs(modem.CallEnded)
}

func noise(b *bench) {
	card := gsmsim.NewCard(7)
	b.plug(card)
	b.device.Fault(gsmsim.Garbage)
	b.start()
	if id := b.modem.Identity(); id.Model != b.world.Model.Title || id.IMEI != b.device.IMEI() {
		b.Errorf("%+v", id)
	}
	if s, err := b.modem.SIM(b.ctx()); err != nil || s.ICCID != card.ICCID || s.IMSI != card.IMSI {
		b.Errorf("%+v, %v", s, err)
	}
	b.check(b.net.Text(client, card.Number, "hello"))
	if m := b.texts(1); len(m) != 1 || m[0].Text != "hello" {
		b.Errorf("%+v", m)
	}
}

func echo(b *bench) {
	card := gsmsim.NewCard(6)
	b.plug(card)
	b.device.Fault(gsmsim.EchoOn)
	b.start()
	if s, err := b.modem.SIM(b.ctx()); err != nil || s.ICCID != card.ICCID {
		b.Errorf("%+v, %v", s, err)
	}
	b.send("hello")
}

func lateAnswer(b *bench) {
	b.ready()
	b.device.Fault(gsmsim.LateReplies)
	_, err := b.modem.Raw(b.brief(time.Second), "+CSQ")
	b.kind(err, cause.Unavailable)
	b.device.Mend()
	for range 3 {
		lines, err := b.modem.Raw(b.ctx(), "+CGMM")
		if err != nil || len(lines) != 1 || lines[0] == "OK" {
			b.Errorf("+CGMM: %q, %v", lines, err)
		}
	}
	if id := b.modem.Identity(); id.Model != b.world.Model.Title {
		b.Errorf("%+v", id)
	}
}

func silent(b *bench) {
	b.ready()
	b.device.Fault(gsmsim.SilentPort)
	// Each command that gets no sign of life counts; the third in a row ends the modem.
	for range 4 {
		_, err := b.modem.Raw(b.brief(500*time.Millisecond), "")
		b.kind(err, cause.Unavailable)
		_ = b.modem.Reset(b.ctx(), modem.Hail)
	}
	b.kind(b.ends(), cause.Unavailable)
}

func pulled(b *bench) {
	b.ready()
	b.talk(gsmsim.Behaviour{})
	b.device.Unplug()
	b.kind(b.ends(), cause.Unavailable)
	_, err := b.modem.Calls(b.ctx())
	b.kind(err, cause.Unavailable)
	b.kind(b.modem.Start(b.ctx()), cause.Unavailable)
	b.check(b.device.Replug())
	b.open()
	b.start()
}

func resetsItself(b *bench) {
	b.ready()
	boots := b.device.Boots()
	b.device.Fault(gsmsim.ResetsItself)
	b.kind(b.ends(), cause.Unavailable)
	b.device.Mend()
	b.until("it is back", func() bool { return b.device.Boots() > boots && b.device.Present() })
	b.open()
	b.start()
	h := b.talk(gsmsim.Behaviour{})
	h.HangUp()
	b.callIs(modem.CallEnded)
}

// stuck: hanging up does not help, and nothing is made up: the call stands until the module boots anew.
func stuck(b *bench) {
	b.ready()
	b.device.Fault(gsmsim.StuckDialling)
	b.check(b.modem.Dial(b.ctx(), client))
	b.callIs(modem.CallDialing)
	_ = b.modem.HangUp(b.ctx()) // says OK, or not
	calls, err := b.modem.Calls(b.ctx())
	if err != nil || len(calls) != 1 || count(b, func(c modem.CallIs) bool { return c.State == modem.CallEnded }) != 0 {
		b.Errorf("%+v, %v", calls, err)
	}
	b.kind(b.modem.Dial(b.ctx(), client), cause.NoRoom)
	b.device.Mend()
	boots := b.device.Boots()
	b.check(b.modem.Reset(b.ctx(), modem.Restart))
	b.until("it has booted", func() bool { return b.device.Boots() > boots && b.device.Present() })
	b.kind(b.ends(), cause.Unavailable)
	b.open()
	b.start()
	b.noCalls()
}

// ladder: every step brings the module back, the last by booting it anew.
func ladder(b *bench) {
	b.ready()
	b.check(b.modem.Reset(b.ctx(), modem.Hail))
	b.check(b.modem.Reset(b.ctx(), modem.RadioCycle))
	b.until("it is registered again", func() bool {
		r, err := b.modem.Radio(b.ctx())
		return err == nil && r.Voice
	})
	boots := b.device.Boots()
	b.check(b.modem.Reset(b.ctx(), modem.Restart))
	b.until("it has booted", func() bool { return b.device.Boots() > boots && b.device.Present() })
	b.kind(b.ends(), cause.Unavailable)
	b.open()
	b.start()
	b.kind(b.modem.Reset(b.ctx(), "kick"), cause.Unsupported)
}
