package gsmgw_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/hardware/modem"
)

// overheard is what a trace was told.
type overheard struct {
	mu    sync.Mutex
	lines []string
}

func (o *overheard) Told(leg fmc.LegID, l fmc.TraceLine) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, fmt.Sprintf("%v %v ago %s: %s", leg.N, l.At, l.Peer, l.Text))
}

func (o *overheard) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.lines, "\n")
}

func TestATraceHasTheLinesOfTheModemThatServesACall(t *testing.T) {
	trace := &overheard{}
	startWith(t, func(b *bench) { b.options.Trace = trace }, func(b *bench) {
		b.g.Overhear("usb:1-1", true, "AT+CSQ")
		leg := b.dial(cardA)
		b.pass(time.Second)
		b.g.Overhear("usb:1-1", true, "ATD+79xxxxxxx67;")
		b.g.Overhear("another port", false, "NO CARRIER")
		if want := fmt.Sprintf("%d 0s ago %s: ATD+79xxxxxxx67;", leg.ID().N, "usb:1-1"); trace.String() != want {
			b.t.Errorf("told %q, want %q", trace, want)
		}
		if b.g.Signal(leg.ID()) == 0 || b.g.Signal(fmc.LegID{Call: "other"}) != 0 {
			b.t.Errorf("signal %d dBm", b.g.Signal(leg.ID()))
		}
	}, newModem(cardA))
}

func TestACallThatAGatewayBringsBeginsWithItsInvitation(t *testing.T) {
	trace := &overheard{}
	startWith(t, func(b *bench) { b.options.Trace = trace }, func(b *bench) {
		sip := func(dialog fmc.CallID, text string) {
			said := fmc.TraceLine{Kind: fmc.TraceSIP, Out: strings.HasPrefix(text, "SIP/"), Peer: "box", Text: text}
			b.g.OverhearSIP("usb:1-1", fmc.LegID{Call: dialog, N: 1}, said)
		}
		sip("refused before", "INVITE sip:9001@")
		sip("refused before", "SIP/2.0 486 Busy Here")
		sip("it", "INVITE sip:9001@")
		sip("it", "SIP/2.0 180 Ringing")
		b.pass(2 * time.Second)
		b.modems[0].say(modem.Ringing{Number: "+79120000001"})
		b.pass(time.Second)
		sip("beside it", "INVITE sip:9001@")
		sip("it", "SIP/2.0 200 OK")
		b.modems[0].say(modem.CallIs{Call: modem.Call{Index: 1, Incoming: true, State: modem.CallEnded}})
		b.pass(time.Second)
		sip("it", "SIP/2.0 200 to BYE")
		sip("after it", "INVITE sip:9001@")
		if got, want := trace.String(), "1 3s ago box: INVITE sip:9001@\n1 3s ago box: SIP/2.0 180 Ringing\n1 0s ago box: SIP/2.0 200 OK\n1 0s ago box: SIP/2.0 200 to BYE"; got != want {
			b.t.Errorf("told\n%s", got)
		}
	}, newModem(cardA))
}

func TestACallThatComesBeginsWithItsFirstRing(t *testing.T) {
	trace := &overheard{}
	startWith(t, func(b *bench) { b.options.Trace = trace }, func(b *bench) {
		for _, line := range []string{"+CSQ: 20,99", "OK", "RING", "+CLIP: ..."} {
			b.g.Overhear("usb:1-1", false, line)
		}
		b.pass(2 * time.Second)
		b.modems[0].say(modem.Ringing{Number: "+79120000001"})
		b.pass(time.Second)
		b.g.Overhear("usb:1-1", true, "ATA")
		want := []string{"1 3s ago modem: RING", "1 3s ago modem: +CLIP: ...", "1 0s ago modem: ATA"}
		if got := strings.ReplaceAll(trace.String(), "usb:1-1", "modem"); got != strings.Join(want, "\n") {
			b.t.Errorf("told\n%s", got)
		}
	}, newModem(cardA))
}
