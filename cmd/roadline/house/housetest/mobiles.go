package housetest

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/hardware/gsmsim"
	"roadline/media"
)

// Mobiles is a simulated mobile network with modules for a house, and people with telephones.
type Mobiles struct {
	*gsmsim.Network
	t       testing.TB
	devices []*gsmsim.Device
	boxes   []*Box

	late atomic.Int64 // frames by which the machine held this process up
}

// NewMobiles starts a network with the pace of life, but for what only makes a test wait.
func NewMobiles(t testing.TB) *Mobiles {
	t.Helper()
	return MobilesAt(t, gsmsim.Timing{
		Register: 100 * time.Millisecond, SetUp: 500 * time.Millisecond, Ring: 2 * time.Second, USSD: 100 * time.Millisecond,
		Boot: 2 * time.Second,
	})
}

// MobilesAt starts a network with times of its own.
func MobilesAt(t testing.TB, timing gsmsim.Timing) *Mobiles {
	t.Helper()
	n, err := gsmsim.New(gsmsim.Options{Now: time.Now, Dir: t.TempDir(), Timing: timing})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	m := &Mobiles{Network: n, t: t}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		m.watch(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-watched
		if m.Starved() {
			t.Logf("the machine held the sound up by %v in all: not every sound was judged by its time", time.Duration(m.late.Load())*media.FrameTime)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return m
}

// watch counts for how long this process was not served in time.
func (m *Mobiles) watch(ctx context.Context) {
	tick := time.NewTicker(media.FrameTime)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		if over := now.Sub(last) - 2*media.FrameTime; over > 0 {
			m.late.Add(1 + int64(over/media.FrameTime))
		}
		last = now
	}
}

// Starved reports whether the machine had too little time since Watch for sound to be where it belongs: what is late then is nobody's
// fault.
func (m *Mobiles) Starved() bool { return m.late.Load() >= mostLate }

// Watch counts anew for Starved: the sound that matters begins.
func (m *Mobiles) Watch() { m.late.Store(0) }

// mostLate is how many frames late this process may be served in all, and sound still be where it belongs.
const mostLate = 5

// Plugs plugs in a module with a card.
func (m *Mobiles) Plugs(model gsmsim.Make, card *gsmsim.Card) *gsmsim.Device {
	m.t.Helper()
	d, err := m.Plug(model, card)
	if err != nil {
		m.t.Fatal(err)
	}
	m.devices = append(m.devices, d)
	return d
}

// Machine is the part of roadline.yaml that has a house use everything plugged in so far, and the cards of a company.
func (m *Mobiles) Machine(company fmc.CompanyID, cards ...*gsmsim.Card) string {
	return m.Machines(map[fmc.CompanyID][]*gsmsim.Card{company: cards})
}

// Machines is Machine for several companies.
func (m *Mobiles) Machines(owners map[fmc.CompanyID][]*gsmsim.Card) string {
	var b strings.Builder
	if b.WriteString("modems:\n"); len(m.devices) == 0 {
		b.Reset()
		b.WriteString("modems: []\n")
	}
	for _, d := range m.devices {
		fmt.Fprintf(&b, "  - {name: %q, at: %q", Name(d), d.Port(gsmsim.AT))
		if pcm := d.Port(gsmsim.PCM); pcm != "" {
			fmt.Fprintf(&b, ", pcm: %q", pcm)
		}
		b.WriteString("}\n")
	}
	if len(m.boxes) > 0 {
		b.WriteString("gateways:\n")
		for _, x := range m.boxes {
			b.WriteString("  - " + x.machine + "\n")
		}
	}
	b.WriteString("sims:\n")
	for company, cards := range owners {
		for _, c := range cards {
			fmt.Fprintf(&b, "  - {iccid: %q, company: %s}\n", c.ICCID, company)
		}
	}
	return b.String()
}

// Name is what the house calls a module's port.
func Name(d *gsmsim.Device) string { return "modem-" + strings.ReplaceAll(d.USBPath(), ".", "-") }

// SIM is a card as a company file has it, with a mandate for everything in its own country; more is more keys, each
// behind a comma.
func SIM(c *gsmsim.Card, more ...string) string {
	return fmt.Sprintf("{iccid: %q, number: %q, mandate: {owner: Acme, contract: \"1\", for: [calls, messages]}%s}", c.ICCID, c.Number, strings.Join(more, ""))
}

// Line waits until a card's line is ready for calls.
func (town *Town) Line(company fmc.CompanyID, card *gsmsim.Card) {
	town.t.Helper()
	town.Await("line of "+card.ICCID+" is ready", func() bool { return town.LineOf(company, card).Ready })
}

// LineOf is how a card's line is now.
func (town *Town) LineOf(company fmc.CompanyID, card *gsmsim.Card) fmc.LineState {
	for _, l := range town.House.Lines(company) {
		if l.ID == fmc.ICCID(card.ICCID).Line() {
			return l
		}
	}
	return fmc.LineState{Why: "it is no line of the company"}
}

// Rung waits until a subscriber's telephone rings.
func (m *Mobiles) Rung(s *gsmsim.Subscriber) *gsmsim.Handset {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Within)
	defer cancel()
	h, err := s.Next(ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	return h
}

// Calls has somebody outside call a number, and speak from the answer on.
func (m *Mobiles) Calls(from, to string, says media.Source) *gsmsim.Handset {
	m.t.Helper()
	h, err := m.Call(from, to, gsmsim.CallOptions{})
	if err != nil {
		m.t.Fatal(err)
	}
	h.Say(Speaks(says))
	return h
}

// Answered waits until a call is answered.
func (m *Mobiles) Answered(h *gsmsim.Handset) {
	m.t.Helper()
	select {
	case <-h.Answered():
	case <-h.Ended():
		m.t.Fatalf("the call ended before it was answered, for cause %d", h.Cause())
	case <-time.After(Within):
		m.t.Fatal("the call was not answered")
	}
}

// Alerted waits until it rings at the other end of a call.
func (m *Mobiles) Alerted(h *gsmsim.Handset) {
	m.t.Helper()
	select {
	case <-h.Alerted():
	case <-h.Ended():
		m.t.Fatalf("the call ended before it rang, for cause %d", h.Cause())
	case <-time.After(Within):
		m.t.Fatal("the call did not ring")
	}
}

// Presses has somebody at a telephone press keys.
func (m *Mobiles) Presses(h *gsmsim.Handset, keys string) {
	m.t.Helper()
	if err := h.Press(keys); err != nil {
		m.t.Fatal(err)
	}
}

// Speaks is a source as somebody at a telephone says it.
func Speaks(s media.Source) gsmsim.Voice {
	var alaw [media.FrameSamples]byte
	return func(f *[160]int16) {
		if !s.Frame(&alaw) {
			clear(f[:])
			return
		}
		for i, b := range alaw {
			f[i] = media.DecodeALaw(b)
		}
	}
}

// HearsAt reports whether somebody at a telephone hears what a clock says now.
func HearsAt(h *gsmsim.Handset, c *ToneClock) bool {
	heard := h.Heard()
	if len(heard) < media.SampleRate/10 {
		return false
	}
	now := len(c.Said()) - 1
	tail := heard[len(heard)-media.SampleRate/10:]
	return now >= 0 && (c.Hears(tail, now) || now > 0 && c.Hears(tail, now-1))
}

// Absent is for how long of a stretch of sound a clock is not heard, whatever second it says: in all, and in one piece.
func (c *ToneClock) Absent(samples []int16) (all, longest time.Duration) {
	const stretch, lasts = media.SampleRate / 25, 40 * time.Millisecond
	piece := time.Duration(0)
	for ; len(samples) >= stretch; samples = samples[stretch:] {
		low, high := 0.0, 0.0
		for n := range tones {
			low, high = max(low, LevelPCM(samples[:stretch], c.low(n))), max(high, LevelPCM(samples[:stretch], c.high(n*tones)))
		}
		if piece += lasts; low > 2000 && high > 2000 {
			piece = 0
		} else {
			all, longest = all+lasts, max(longest, piece)
		}
	}
	return all, longest
}

// Pitch is a tone that a clock says every sixth second, in Hz.
func (c *ToneClock) Pitch() float64 { return c.low(0) }

// Loud reports whether there is more than quiet in A-law samples.
func Loud(alaw []byte) bool {
	loud := 0
	for _, b := range alaw {
		if v := media.DecodeALaw(b); v > 1000 || v < -1000 {
			loud++
		}
	}
	return loud > media.SampleRate/20
}
