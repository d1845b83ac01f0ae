package gsmsim_test

import (
	"io"
	"math"
	"os"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"roadline/hardware/gsmsim"
)

// An ear reads a port for speech and says a tone, a frame for each that comes.
type ear struct {
	mu   sync.Mutex
	got  []byte
	port *os.File
}

func listen(t *testing.T, path string, hz float64) *ear {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{port: f}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		voice := gsmsim.Tone(hz)
		var in [320]byte
		var frame [160]int16
		for {
			if _, err := io.ReadFull(f, in[:]); err != nil {
				return
			}
			e.mu.Lock()
			e.got = append(e.got, in[:]...)
			e.mu.Unlock()
			voice(&frame)
			var out []byte
			for _, v := range frame {
				out = append(out, byte(v), byte(v>>8))
			}
			if _, err := f.Write(out); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = f.Close()
		<-ended
	})
	return e
}

// heard is what came so far.
func (e *ear) heard() []int16 {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]int16, len(e.got)/2)
	for i := range out {
		out[i] = int16(uint16(e.got[2*i]) | uint16(e.got[2*i+1])<<8)
	}
	return out
}

// level is the amplitude of a tone in the last samples, by Goertzel's filter.
func level(samples []int16, hz float64) float64 {
	const window = 1600
	if len(samples) < window {
		return 0
	}
	var a, b float64
	k := 2 * math.Cos(2*math.Pi*hz/8000)
	for _, v := range samples[len(samples)-window:] {
		a, b = float64(v)+k*a-b, a
	}
	return 2 * math.Sqrt(a*a+b*b-k*a*b) / window
}

// A speaker is a family with speech, and how it is switched on.
type speaker struct {
	model gsmsim.Make
	arm   string
}

func speakers() []speaker {
	return []speaker{{gsmsim.HuaweiE173, "AT^DDSETEX=2"}, {gsmsim.SIM7600, "AT+CPCMREG=1"}, {gsmsim.EC25, "AT+QPCMV=1,0"}}
}

func TestSpeechGoesBothWaysOnceItIsArmed(t *testing.T) {
	for _, row := range speakers() {
		t.Run(row.model.Name, func(t *testing.T) {
			n := world(t, patiently)
			s := n.Subscriber("+79160000001", gsmsim.Behaviour{Says: func() gsmsim.Voice { return gsmsim.Tone(440) }})
			d := plug(t, n, row.model, gsmsim.NewCard(1))
			l, e := open(t, d.Port(gsmsim.AT)), listen(t, d.Port(gsmsim.PCM), 880)
			l.at("ATE0")
			for range 2 { // the second call is silent too until it is armed
				before := len(e.heard())
				l.at("ATD+79160000001;")
				h := called(t, s)
				arrives(t, "the call is answered", h.Answered())
				until(t, "the subscriber has heard a while", func() bool { return len(h.Heard()) > 1600 })
				if got := e.heard(); len(got) != before {
					t.Fatalf("%d samples came before speech was armed", len(got)-before)
				}
				l.at(row.arm)
				until(t, "the subscriber hears 880 Hz", func() bool { return level(h.Heard(), 880) > 3000 })
				until(t, "the module gives out 440 Hz", func() bool { return level(e.heard(), 440) > 3000 })
				if at := level(e.heard(), 880); at > 100 {
					t.Errorf("the device hears itself at %v", at)
				}
				l.at("AT+CHUP")
				arrives(t, "the call is over", h.Ended())
			}
		})
	}
}

func TestKeysSoundOnTheOtherSide(t *testing.T) {
	n := world(t, patiently)
	s := n.Subscriber("+79160000001", gsmsim.Behaviour{Presses: "#"})
	d := plug(t, n, gsmsim.EC25, gsmsim.NewCard(1))
	l, e := open(t, d.Port(gsmsim.AT)), listen(t, d.Port(gsmsim.PCM), 0)
	l.at("ATE0")
	l.at("AT+QTONEDET=1")
	l.at("AT+QPCMV=1,0")
	l.at("ATD+79160000001;")
	h := called(t, s)
	l.expect("+QTONEDET: 35\r\n")
	if err := h.Press("5"); err != nil {
		t.Fatal(err)
	}
	l.expect("+QTONEDET: 53\r\n")
	until(t, "770 and 1336 Hz come out", func() bool {
		got := e.heard()
		for end := 1600; end <= len(got); end += 160 {
			if level(got[:end], 770) > 1500 && level(got[:end], 1336) > 1500 {
				return true
			}
		}
		return false
	})
	l.at("AT+VTS=9")
	until(t, "the subscriber hears 852 and 1477 Hz", func() bool {
		got := h.Heard()
		for end := 1600; end <= len(got); end += 160 {
			if level(got[:end], 852) > 1500 && level(got[:end], 1477) > 1500 {
				return true
			}
		}
		return false
	})
	if h.Pressed() != "9" {
		t.Errorf("the subscriber got the keys %q", h.Pressed())
	}
	if err := h.Press("5x"); err == nil {
		t.Error("a key that no telephone has was pressed")
	}
}

func TestQuectelAsksToPauseWhatItCannotTake(t *testing.T) {
	n := world(t, patiently)
	s := n.Subscriber("+79160000001", gsmsim.Behaviour{})
	d := plug(t, n, gsmsim.EC25, gsmsim.NewCard(1))
	l := open(t, d.Port(gsmsim.AT))
	speech, err := os.OpenFile(d.Port(gsmsim.PCM), os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer speech.Close()
	l.at("ATE0")
	l.at("ATD+79160000001;")
	arrives(t, "the call is answered", called(t, s).Answered())
	l.at("AT+QPCMV=1,0")
	if _, err := speech.Write(make([]byte, 4000)); err != nil {
		t.Fatal(err)
	}
	l.expect("+QPCMV: 0,0\r\n")
	l.expect("+QPCMV: 1,0\r\n")
}

func TestRingbackIsHeardBeforeTheAnswer(t *testing.T) {
	n := world(t, patiently)
	s := n.Subscriber("+79160000001", gsmsim.Behaviour{Does: gsmsim.Ignores})
	d := plug(t, n, gsmsim.HuaweiE173, gsmsim.NewCard(1))
	l, e := open(t, d.Port(gsmsim.AT)), listen(t, d.Port(gsmsim.PCM), 0)
	l.at("ATE0")
	l.at("ATD+79160000001;")
	called(t, s)
	l.at("AT^DDSETEX=2")
	until(t, "425 Hz come out", func() bool { return level(e.heard(), 425) > 3000 })
	if got := l.at("AT+CLCC"); !strings.Contains(got, "+CLCC: 1,0,3,") {
		t.Errorf("the call that rings is listed as %q", got)
	}
}
