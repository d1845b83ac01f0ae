package gsmsim_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"roadline/hardware/gsmsim"
)

func TestADeviceComesBackUnderOtherTerminals(t *testing.T) {
	n := world(t)
	d := plug(t, n, gsmsim.SIM7600, gsmsim.NewCard(1))
	for name, leave := range map[string]func(l *line){
		"+CFUN=1,1": func(l *line) { l.at("AT+CFUN=1,1") },
		"+CRESET":   func(l *line) { l.at("AT+CRESET") },
		"a reset":   func(*line) { d.Reset() },
		"a fault":   func(*line) { d.Fault(gsmsim.ResetsItself); d.Mend() },
		"a pull":    func(*line) { d.Unplug(); go func() { _ = d.Replug() }() },
	} {
		t.Run(name, func(t *testing.T) {
			was, boots := d.TerminalOf(gsmsim.AT), d.Boots()
			l := open(t, d.Port(gsmsim.AT))
			leave(l)
			l.hangup()
			until(t, "the device is back", func() bool { return d.Boots() > boots && d.Registered() })
			if now := d.TerminalOf(gsmsim.AT); now == was || now == "" {
				t.Errorf("the port led to %s and leads to %s", was, now)
			}
			open(t, d.Port(gsmsim.AT)).at("AT")
		})
	}
}

func TestASIMIsPulledAndAnotherPutIn(t *testing.T) {
	n := world(t, patiently)
	first, second := gsmsim.NewCard(1), gsmsim.NewCard(2)
	d := plug(t, n, gsmsim.HuaweiE173, first)
	l := open(t, d.Port(gsmsim.AT))
	l.at("ATE0;+CMEE=1")
	h, err := n.Call("+79030000001", first.Number, gsmsim.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	l.expect("RING\r\n")
	l.at("ATA")
	arrives(t, "the call is answered", h.Answered())
	if err := d.Swap(nil); err != nil {
		t.Fatal(err)
	}
	arrives(t, "the call ends", h.Ended())
	l.expect("^SIMST:255\r\n")
	l.write("AT+CPIN?\r")
	l.expect("+CME ERROR: 10\r\n")
	if err := d.Swap(second); err != nil {
		t.Fatal(err)
	}
	l.expect("^SRVST:2\r\n")
	if got := l.at("AT+CIMI"); !strings.Contains(got, second.IMSI) {
		t.Errorf("the card is %q", got)
	}
	if _, err := n.Plug(gsmsim.Generic, second); err == nil {
		t.Error("one card is in two devices")
	}
	if d.Card() != second {
		t.Error("the device has another card")
	}
}

func TestTheLastAttemptLocksTheCardAndThePUKOpensIt(t *testing.T) {
	n := world(t)
	card := gsmsim.NewCard(1)
	card.PIN, card.PUK = "1234", "12345678"
	d := plug(t, n, gsmsim.EC25, card)
	l := open(t, d.Port(gsmsim.AT))
	l.at("ATE0;+CMEE=1")
	for _, want := range []string{"+CME ERROR: 16\r\n", "+CME ERROR: 16\r\n", "+CME ERROR: 12\r\n"} {
		l.write("AT+CPIN=\"0000\"\r")
		l.expect(want)
	}
	if got := l.at("AT+CPIN?"); !strings.Contains(got, "+CPIN: SIM PUK") {
		t.Errorf("the card wants %q", got)
	}
	l.write("AT+CPIN=\"1234\"\r")
	l.expect("+CME ERROR: 12\r\n")
	l.write("AT+CPIN=\"87654321\",\"4321\"\r")
	l.expect("+CME ERROR: 12\r\n")
	if left := n.Left(card); left.PIN != 0 || left.PUK != 9 {
		t.Errorf("the card has %+v left", left)
	}
	l.at(`AT+CPIN="12345678","4321"`)
	until(t, "the device is registered", d.Registered)
	l.at(`AT+CPWD="SC","4321","1111"`)
	l.write("AT+CLCK=\"SC\",0,\"4321\"\r")
	l.expect("+CME ERROR: 16\r\n")
	l.at(`AT+CLCK="SC",0,"1111"`)
	if got := l.at(`AT+CLCK="SC",2`); !strings.Contains(got, "+CLCK: 0") {
		t.Errorf("the lock is %q", got)
	}
}

func TestWhatIsSaidWhileNobodyListensIsLost(t *testing.T) {
	n := world(t, lively)
	card := gsmsim.NewCard(1)
	d := plug(t, n, gsmsim.Generic, card)
	l := open(t, d.Port(gsmsim.AT))
	l.at("ATE0;+CNMI=2,1,0,0,0")
	if err := unix.IoctlSetInt(int(l.port.Fd()), unix.TIOCEXCL, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.SetNonblock(int(l.port.Fd()), true); err != nil { // Fd made it block
		t.Fatal(err)
	}
	_ = l.port.Close()
	until(t, "the hold on the port is gone", func() bool {
		f, err := os.OpenFile(d.Port(gsmsim.AT), os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
		if err != nil {
			return false
		}
		held, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGEXCL)
		_ = f.Close()
		return err == nil && held == 0
	})
	if err := n.Text("+79030000001", card.Number, "hello"); err != nil {
		t.Fatal(err)
	}
	until(t, "the text is on the card", func() bool { return n.Undelivered() == 0 })
	again := open(t, d.Port(gsmsim.AT))
	if got := again.at("AT+CPMS?"); strings.Contains(got, "+CMTI") || !strings.Contains(got, `"SM",1,20`) {
		t.Errorf("the port said %q", got)
	}
}

func TestTwoPortsOfADeviceAreStrangers(t *testing.T) {
	n := world(t)
	card := gsmsim.NewCard(1)
	d := plug(t, n, gsmsim.EC25, card)
	one, two := open(t, d.Port(gsmsim.AT)), open(t, d.Port(gsmsim.AT2))
	one.at("ATE0;+CMEE=1;+CNMI=2,1,0,0,0")
	if got := two.at("AT+CMEE?"); got != "AT+CMEE?\r\r\n+CMEE: 0\r\n\r\nOK\r\n" {
		t.Errorf("the second port says %q", got)
	}
	if err := n.Text("+79030000001", card.Number, "hello"); err != nil {
		t.Fatal(err)
	}
	one.expect("+CMTI: \"SM\",1\r\n")
	two.expect("+CMTI: \"SM\",1\r\n")
	one.at(`AT+QURCCFG="urcport","usbat"`)
	if err := n.Text("+79030000001", card.Number, "hello"); err != nil {
		t.Fatal(err)
	}
	one.expect("+CMTI: \"SM\",2\r\n")
	if got := two.at("AT"); strings.Contains(got, "+CMTI") {
		t.Errorf("the second port says %q", got)
	}
}

func TestANetworkRunsOnceAndTakesNothingAfterwards(t *testing.T) {
	for _, o := range []gsmsim.Options{{}, {Now: time.Now}, {Now: time.Now, Dir: t.TempDir(), Pace: -1}, {Now: time.Now, Dir: "/dev/null/x"}} {
		if _, err := gsmsim.New(o); err == nil {
			t.Errorf("there is a network of %+v", o)
		}
	}
	n, err := gsmsim.New(gsmsim.Options{Now: time.Now, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	d, err := n.Plug(gsmsim.Generic, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := n.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if err := n.Run(ctx); err == nil {
		t.Error("the network ran twice")
	}
	if _, err := n.Plug(gsmsim.Generic, nil); err == nil {
		t.Error("a device was plugged into a network that has ended")
	}
	if err := d.Replug(); err == nil {
		t.Error("a device was put back into a network that has ended")
	}
	if _, err := n.Call("+7", "+7", gsmsim.CallOptions{}); err == nil {
		t.Error("somebody called in a network that has ended")
	}
	if _, err := os.Lstat(d.Port(gsmsim.AT)); err == nil {
		t.Error("a port is left")
	}
	if _, err := n.Plug(gsmsim.Make{}, nil); err == nil {
		t.Error("a model of nobody's was plugged in")
	}
	if _, err := gsmsim.MakeNamed("nokia"); err == nil {
		t.Error("there is a Nokia")
	}
}
