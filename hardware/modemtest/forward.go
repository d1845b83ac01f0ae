package modemtest

import (
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
	"roadline/hardware/modem"
)

// forwarding: what is asked of the network and what it is told, as it is read back; and a network that does not do it.
func forwarding(b *bench) {
	card := b.ready()
	f, ok := b.modem.(modem.Forwarder)
	if !ok {
		b.Fatal("it says that it can forward, and has no way")
	}
	slow := modem.Forward{Number: client, After: 20 * time.Second}
	for why, to := range []modem.Forward{{Number: client}, {Number: client}, slow, {Number: client}} {
		for _, to := range []modem.Forward{to, {}} {
			b.check(f.Forward(b.ctx(), modem.ForwardReason(why), to))
			if got, err := f.Forwarded(b.ctx(), modem.ForwardReason(why)); err != nil || got != to {
				b.Errorf("for reason %d: %+v, %v, want %+v", why, got, err, to)
			}
		}
	}
	b.net.SetForwarding(card, gsmsim.ForwardingIgnored)
	b.check(f.Forward(b.ctx(), modem.ForwardBusy, slow))
	if got, err := f.Forwarded(b.ctx(), modem.ForwardBusy); err != nil || got != (modem.Forward{}) {
		b.Errorf("%+v, %v", got, err)
	}
	b.net.SetForwarding(card, gsmsim.ForwardingRefused)
	b.kind(f.Forward(b.ctx(), modem.ForwardBusy, slow), cause.Denied)
	_, err := f.Forwarded(b.ctx(), modem.ForwardBusy)
	b.kind(err, cause.Denied)
}
