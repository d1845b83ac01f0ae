package housetest

import (
	"context"
	"fmt"
	"strings"
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
}

// NewMobiles starts a network with the pace of life, but for what only makes a test wait.
func NewMobiles(t testing.TB) *Mobiles {
	t.Helper()
	n, err := gsmsim.New(gsmsim.Options{Now: time.Now, Dir: t.TempDir(), Timing: gsmsim.Timing{
		Register: 100 * time.Millisecond, SetUp: 500 * time.Millisecond, Ring: 2 * time.Second, USSD: 100 * time.Millisecond,
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return &Mobiles{Network: n, t: t}
}

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
	var b strings.Builder
	b.WriteString("modems:\n")
	for _, d := range m.devices {
		fmt.Fprintf(&b, "  - {name: %q, at: %q", "modem-"+strings.ReplaceAll(d.USBPath(), ".", "-"), d.Port(gsmsim.AT))
		if pcm := d.Port(gsmsim.PCM); pcm != "" {
			fmt.Fprintf(&b, ", pcm: %q", pcm)
		}
		b.WriteString("}\n")
	}
	b.WriteString("sims:\n")
	for _, c := range cards {
		fmt.Fprintf(&b, "  - {iccid: %q, company: %s}\n", c.ICCID, company)
	}
	return b.String()
}

// SIM is a card as a company file has it, with a mandate for everything in its own country.
func SIM(c *gsmsim.Card) string {
	return fmt.Sprintf("{iccid: %q, number: %q, mandate: {owner: Acme, contract: \"1\", for: [calls, messages]}}", c.ICCID, c.Number)
}

// Line waits until a card's line is ready for calls.
func (town *Town) Line(company fmc.CompanyID, card *gsmsim.Card) {
	town.t.Helper()
	town.Await("line of "+card.ICCID+" is ready", func() bool {
		for _, l := range town.House.Lines(company) {
			if l.ID == fmc.ICCID(card.ICCID).Line() {
				return l.Ready
			}
		}
		return false
	})
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
