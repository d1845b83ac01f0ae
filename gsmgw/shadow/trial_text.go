package shadow

import (
	"cmp"
	"context"
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

// textEvent is how far the text is.
type textEvent struct {
	at       time.Time
	passed   bool
	came     bool
	reported bool
	failed   string // why it was not sent
}

// TextPassed tells that the network has the text, under a reference.
func (x *Trial) TextPassed(at time.Time, reference byte) {
	x.reference.Store(int32(reference) + 1)
	x.post(event{text: &textEvent{at: at, passed: true}})
}

// TextFailed tells why the text was not sent.
func (x *Trial) TextFailed(why string) { x.post(event{text: &textEvent{failed: why}}) }

// TextReported tells of a delivery report, which may be of the attempt's text.
func (x *Trial) TextReported(r fmc.MessageReported) {
	ours := x.from.ICCID == r.SIM && x.reference.Load() == int32(r.Reference)+1 && x.to.Number.Same(callerid.Received(r.To, x.Company.Profile.Country))
	if ours && r.Status == 0 { // 23.040 §9.2.3.15: the telephone has it
		x.post(event{text: &textEvent{at: r.At, reported: true}})
	}
}

// TextCame tells of a text of some attempt that came.
func (x *Trial) TextCame(came fmc.MessageCame) {
	if x.Awaits(came.SIM, came.Text) {
		x.post(event{text: &textEvent{at: came.At, came: true}})
	}
}

// Awaits reports whether a text that comes to a card is the attempt's.
func (x *Trial) Awaits(card fmc.ICCID, text string) bool {
	return x.to.ICCID == card && x.ID.Text() == text
}

// text sends a text to the other card, and waits for it and its report.
func (x *Trial) text(ctx context.Context) *fmc.ShadowText {
	out := &fmc.ShadowText{}
	now := x.o.Now()
	order := fmc.MessageOrder{From: string(x.from.ICCID), To: x.to.Number.E164, Text: x.ID.Text(), By: cmp.Or(x.began.By, "shadow"), Shadow: x.ID}
	over, why := x.o.Lines.Text(ctx, x, order, now.Add(textWithin))
	defer over()
	if out.Why = why; why != "" {
		return out
	}
	var passed time.Time
	due := time.NewTimer(textWithin)
	defer due.Stop()
	for !(out.Came && out.Reported) {
		select {
		case <-ctx.Done():
			return out
		case <-due.C:
			return out
		case ev := <-x.events:
			t := ev.text
			switch {
			case t == nil:
			case t.failed != "":
				out.Why = t.failed
				return out
			case t.passed && !out.Sent:
				out.Sent, passed = true, t.at
				due.Reset(textWithin)
			case t.came && !out.Came:
				out.Came = true
				out.Took = t.at.Sub(cmp.Or(passed, now))
			case t.reported:
				out.Reported = true
			}
		}
	}
	return out
}
