package gsmsim_test

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"roadline/hardware/gsmsim"
)

// A fault's proof shows it while it is on; afterwards the device must answer as before.
func TestEveryFaultShowsAndIsMended(t *testing.T) {
	proofs := map[gsmsim.Fault]func(t *testing.T, f *faulty){
		gsmsim.WeakSignal: func(t *testing.T, f *faulty) {
			f.line.expect("^RSSI:1\r\n")
			f.has(f.line.at("AT+CSQ"), "+CSQ: 1,99")
		},
		gsmsim.DropInCall: func(t *testing.T, f *faulty) {
			f.call()
			f.line.expect("^CEND:1,0,104,41\r\n\r\nNO CARRIER\r\n")
		},
		gsmsim.StuckDialling: func(t *testing.T, f *faulty) {
			f.line.at("ATD+79160000001;")
			f.line.at("AT+CHUP")
			f.has(f.line.at("AT+CLCC"), "+CLCC: 1,0,2,")
			f.line.at("AT+CFUN=4")
			f.has(f.line.at("AT+CLCC"), "\r\nOK\r\n")
			f.line.at("AT+CFUN=1")
		},
		gsmsim.MissingNoCarrier: func(t *testing.T, f *faulty) {
			h := f.call()
			h.HangUp()
			arrives(t, "the call is over", h.Ended())
			if got := f.line.at("AT+CLCC"); got != "\r\nOK\r\n" {
				t.Errorf("after the end there came %q", got)
			}
		},
		gsmsim.SilentPort: func(t *testing.T, f *faulty) {
			f.line.write("AT\r")
			f.device.Signal(11) // would be told
			if got := f.line.silence(); got != "" {
				t.Errorf("the silent port said %q", got)
			}
		},
		gsmsim.LateReplies: func(t *testing.T, f *faulty) {
			began := time.Now()
			f.line.at("AT")
			if late := time.Since(began); late < lateness {
				t.Errorf("the answer came after %v", late)
			}
		},
		gsmsim.Garbage: func(t *testing.T, f *faulty) { f.has(f.line.at("AT"), "\xff\x00\x7f~\xa5\r\nOK\r\n") },
		gsmsim.ResetsItself: func(t *testing.T, f *faulty) {
			f.line.hangup()
			until(t, "the device is back", f.device.Registered)
			f.reopen()
			f.call()
			f.line.hangup()
			f.device.Mend()
			until(t, "the device is back", f.device.Registered)
			f.reopen()
		},
		gsmsim.DeafUplink: func(t *testing.T, f *faulty) {
			h, e := f.talk()
			until(t, "the module gives out 440 Hz", func() bool { return level(e.heard(), 440) > 3000 })
			if at := level(h.Heard(), 880); at > 1 {
				t.Errorf("the subscriber hears 880 Hz at %v", at)
			}
		},
		gsmsim.MuteDownlink: func(t *testing.T, f *faulty) {
			h, e := f.talk()
			until(t, "the subscriber hears 880 Hz", func() bool { return level(h.Heard(), 880) > 3000 })
			if at := level(e.heard(), 440); at > 1 {
				t.Errorf("the module gives out 440 Hz at %v", at)
			}
		},
		gsmsim.ShiftedBytes: func(t *testing.T, f *faulty) {
			_, e := f.talk()
			until(t, "static comes out", func() bool {
				var sum float64
				got := e.heard()
				for _, v := range got {
					sum += math.Abs(float64(v))
				}
				return len(got) > 3200 && sum/float64(len(got)) > 6000 // the tone's own mean is some 2000
			})
		},
		gsmsim.UnsolicitedBursts: func(t *testing.T, f *faulty) {
			f.has(f.line.at("AT+CSQ"), "+CSQ: 20,99\r\n\r\n^RSSI:19\r\n\r\n^MODE:5,4\r\n")
		},
		gsmsim.FullStorage: func(t *testing.T, f *faulty) {
			f.line.at("AT+CNMI=2,1,0,0,0")
			if err := f.net.Text("+79030000001", f.card.Number, "hello"); err != nil {
				t.Fatal(err)
			}
			f.line.expect("^SMMEMFULL: \"SM\"\r\n")
			f.has(f.line.at("AT+CPMS?"), `"SM",20,20`)
			f.device.Mend(gsmsim.FullStorage)
			f.line.expect("+CMTI: \"SM\",1\r\n")
		},
		gsmsim.PulledSIM: func(t *testing.T, f *faulty) {
			f.line.expect("^SIMST:255\r\n")
			f.line.write("AT+CIMI\r")
			f.line.expect("+CME ERROR: 10\r\n")
		},
		gsmsim.LostRegistration: func(t *testing.T, f *faulty) {
			f.line.expect("^SRVST:0\r\n")
			f.line.write("ATD+79160000001;\r")
			f.line.expect("+CME ERROR: 30\r\n")
		},
		gsmsim.NoVoice: func(t *testing.T, f *faulty) {
			f.has(f.line.at("AT+CREG?"), "+CREG: 0,2\r\n")
			f.line.write("ATD+79160000001;\r")
			f.line.expect("NO CARRIER\r\n")
			h, err := f.net.Call("+79030000001", f.card.Number, gsmsim.CallOptions{})
			if err != nil {
				t.Fatal(err)
			}
			arrives(t, "the caller is told", h.Ended())
			if h.Cause() != 18 {
				t.Errorf("the caller got cause %d", h.Cause())
			}
		},
		gsmsim.EchoOn: func(t *testing.T, f *faulty) {
			if got := f.line.at("ATE0"); got != "ATE0\r\r\nOK\r\n" {
				t.Errorf("the answer is %q", got)
			}
		},
		gsmsim.LostOK: func(t *testing.T, f *faulty) {
			f.line.write("AT+CMGS=16\r")
			f.line.expect("> ")
			f.line.write(hello + "\x1a")
			until(t, "the text has arrived", func() bool { return len(f.net.Inbox("+491511")) == 1 })
			if got := f.line.at("AT"); got != "\r\nOK\r\n" {
				t.Errorf("there came %q", got)
			}
		},
	}
	for _, fault := range gsmsim.Faults() {
		t.Run(string(fault), func(t *testing.T) {
			f := newFaulty(t)
			named, err := gsmsim.FaultNamed(string(fault))
			if err != nil {
				t.Fatal(err)
			}
			f.device.Fault(named)
			proofs[fault](t, f)
			f.device.Mend()
			until(t, "the device answers and is registered", func() bool {
				return bytes.Contains([]byte(f.line.at("AT+CREG?")), []byte("+CREG: 0,1"))
			})
		})
	}
	if _, err := gsmsim.FaultNamed("tired"); err == nil {
		t.Error("a fault is called tired")
	}
}

// lateness is long enough to be seen.
const lateness = 50 * time.Millisecond

// A faulty is a Huawei that is about to have a fault.
type faulty struct {
	t      *testing.T
	net    *gsmsim.Network
	device *gsmsim.Device
	card   *gsmsim.Card
	phone  *gsmsim.Subscriber
	line   *line
}

func newFaulty(t *testing.T) *faulty {
	f := &faulty{t: t, card: gsmsim.NewCard(1)}
	f.net = world(t, func(o *gsmsim.Options) { o.Lateness = lateness })
	f.phone = f.net.Subscriber("+79160000001", gsmsim.Behaviour{Says: func() gsmsim.Voice { return gsmsim.Tone(440) }})
	f.device = plug(t, f.net, gsmsim.HuaweiE173, f.card)
	until(t, "the device has started", f.device.Started)
	f.reopen()
	return f
}

func (f *faulty) reopen() {
	f.line = open(f.t, f.device.Port(gsmsim.AT))
	f.line.at("ATE0;+CMEE=1")
}

func (f *faulty) has(got, want string) {
	f.t.Helper()
	if !strings.Contains(got, want) {
		f.t.Errorf("the answer is %q, there should be %q in it", got, want)
	}
}

// call dials and waits for the answer.
func (f *faulty) call() *gsmsim.Handset {
	f.t.Helper()
	f.line.at("ATD+79160000001;")
	h := called(f.t, f.phone)
	f.line.expect("^CONN:1,0\r\n")
	return h
}

// talk dials and switches speech on: 880 Hz out, 440 Hz in.
func (f *faulty) talk() (*gsmsim.Handset, *ear) {
	f.t.Helper()
	e := listen(f.t, f.device.Port(gsmsim.PCM), 880)
	h := f.call()
	f.line.at("AT^DDSETEX=2")
	return h, e
}
