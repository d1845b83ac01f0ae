package gwsim

import (
	"context"
	"slices"
	"time"

	"roadline/hardware/gsmsim"
	"roadline/hardware/pdu"
)

// port is one port of a box: a card in a radio.
type port struct {
	box    *box
	index  int            // from 0
	mobile *gsmsim.Mobile // nil: the port is empty

	// box.mu guards:
	faults    [faults]bool
	pulled    bool // the card is out
	blocked   bool // by command
	booting   bool
	boots     int
	reference uint16
	parts     []pdu.Message // of texts that are not whole
}

// text is what came to a card, put together.
type text struct {
	from, text, centre string
	sent               time.Time
	pieces             []string // in which it came
}

// reported is what became of a text of ours.
type reported struct {
	to        string
	reference byte
	status    byte
}

func (p *port) has(f Fault) bool {
	p.box.mu.Lock()
	defer p.box.mu.Unlock()
	return p.faults[f]
}

// card is the card in the port; nil: none.
func (p *port) card() *gsmsim.Card {
	p.box.mu.Lock()
	defer p.box.mu.Unlock()
	if p.mobile == nil || p.pulled {
		return nil
	}
	return p.mobile.Card()
}

// registered says that the card is in the network.
func (p *port) registered() bool { return p.card() != nil && p.mobile.On() }

// settle brings the card into the network, or out of it, as the port stands.
func (p *port) settle() {
	if p.mobile == nil {
		return
	}
	p.box.mu.Lock()
	on := !p.pulled && !p.blocked && !p.booting
	p.box.mu.Unlock()
	p.mobile.Switch(on)
}

// block switches the port off, or on.
func (p *port) block(on bool) {
	p.box.mu.Lock()
	p.blocked = on
	p.box.mu.Unlock()
	p.settle()
}

// restart starts the port's radio anew.
func (p *port) restart(ctx context.Context) {
	p.box.mu.Lock()
	p.booting = true
	p.boots++
	p.box.mu.Unlock()
	p.settle()
	up := time.NewTimer(p.box.o.Timing.Boot)
	defer up.Stop()
	select {
	case <-ctx.Done():
	case <-up.C:
	}
	p.box.mu.Lock()
	p.booting = false
	p.box.mu.Unlock()
	p.settle()
}

// submit sends a text to the network, in as many parts as it needs; why is a number of +CMS ERROR, 0 where all were taken.
// The reference is that of the last part.
func (p *port) submit(ctx context.Context, to, words string) (reference byte, parts, why int) {
	if !p.registered() {
		return 0, 0, noNetwork
	}
	p.box.mu.Lock()
	p.reference++
	ref := p.reference
	p.box.mu.Unlock()
	pdus, _, err := pdu.Compose(pdu.Text{To: to, Text: words, Report: true, Reference: ref})
	if err != nil {
		return 0, 0, invalidText
	}
	for i, b := range pdus {
		if i > 0 && p.has(Breaks) {
			return 0, i, unwilling
		}
		if reference, why = p.mobile.Submit(ctx, b); why != 0 {
			return 0, i, why
		}
	}
	return reference, len(pdus), 0
}

// Numbers of +CMS ERROR.
const (
	unwilling   = 38 // the network is out of order
	invalidText = 305
	noNetwork   = 331
)

// sink is who is told what the network brings to a port.
type sink interface {
	came(p *port, t text)
	reported(p *port, r reported)
	rings(ctx context.Context, p *port, h *gsmsim.Handset)
}

// listen takes what the network brings until ctx ends.
func (p *port) listen(ctx context.Context, to sink) {
	if p.mobile == nil {
		return
	}
	for {
		ev, err := p.mobile.Next(ctx)
		switch {
		case err != nil:
			return
		case ev.Call != nil:
			to.rings(ctx, p, ev.Call)
		default:
			p.read(ev.PDU, to)
		}
	}
}

// read takes a PDU; boxes tell of a text when they have all of it.
func (p *port) read(b []byte, to sink) {
	m, err := pdu.Read(b)
	if err != nil {
		return // a box shows nothing of what it cannot read
	}
	if m.Report != nil {
		if !p.has(NoReports) {
			to.reported(p, reported{to: m.From, reference: m.Report.Reference, status: byte(m.Report.Status)})
		}
		return
	}
	if whole := p.join(m); len(whole) > 0 {
		t := text{from: m.From, centre: m.Centre, sent: m.Sent}
		for _, part := range whole {
			t.text += part.Text
			t.pieces = append(t.pieces, part.Text)
		}
		to.came(p, t)
	}
}

// join is the whole text that m completes, in order; none where parts are missing.
func (p *port) join(m pdu.Message) []pdu.Message {
	if m.Parts <= 1 {
		return []pdu.Message{m}
	}
	p.box.mu.Lock()
	defer p.box.mu.Unlock()
	same := func(o pdu.Message) bool { return o.From == m.From && o.Ref == m.Ref && o.Parts == m.Parts }
	if slices.ContainsFunc(p.parts, func(o pdu.Message) bool { return same(o) && o.Part == m.Part }) {
		return nil
	}
	p.parts = append(p.parts, m)
	var whole []pdu.Message
	for _, o := range p.parts {
		if same(o) {
			whole = append(whole, o)
		}
	}
	if len(whole) < m.Parts {
		return nil
	}
	p.parts = slices.DeleteFunc(p.parts, same)
	slices.SortFunc(whole, func(a, b pdu.Message) int { return a.Part - b.Part })
	return whole
}
