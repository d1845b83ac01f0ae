package gsmgw

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"roadline/fmc"
	"roadline/hardware/modem"
)

// gave takes a whole text, or a report, that a gateway gives out: it is kept, and only then the gateway may forget it. What
// could not be kept is tried again with the next sweep.
func (s *slot) gave(ev modem.Event, token string) {
	if s.last.company == "" {
		s.hold(ev)
		return
	}
	owner := s.last
	box, _ := s.m.(modem.Texter)
	kept := false
	s.keeper.ask(job{
		how: soon, wait: readWait,
		do: func(ctx context.Context) error {
			if err := s.g.has(owner); err != nil {
				return err
			}
			if err := s.g.keepCame(ctx, owner, s.g.given(owner, ev)); err != nil {
				return err
			}
			if kept = true; token == "" || box == nil {
				return nil
			}
			return box.Kept(ctx, token)
		},
		done: func(err error) {
			if err != nil {
				s.log.Error("text that came is not kept, or not acknowledged", "err", err)
			}
			if !kept {
				s.hold(ev)
			}
		},
	})
}

// given is what a gateway gave out, as a fact. It has no PDU: the gateway read that.
func (g *Gateway) given(owner holder, ev modem.Event) fmc.Happening {
	now := g.o.Now().UTC()
	r, isReport := ev.(modem.TextReported)
	if !isReport {
		t, _ := ev.(modem.TextCame)
		came := fmc.MessageCame{
			At: now, SIM: owner.id, Number: g.numberOf(owner), From: t.From, Text: t.Text, Ref: t.Ref, Part: t.Part, Parts: t.Parts,
			Key: givenKey(owner.id, "text", t.Token, t.From, t.Text),
		}
		if !t.Sent.IsZero() {
			came.Sent = t.Sent.UTC()
		}
		return came
	}
	g.log.Info("report came", "company", owner.company, "line", string(owner.id.Line()), "state", r.Status)
	reported := fmc.MessageReported{At: now, SIM: owner.id, To: r.To, Reference: r.Reference, Status: r.Status}
	name := r.Token
	if name == "" { // nothing else tells a report that is told twice from the next one of the same reference
		name = now.String()
	}
	reported.Key = givenKey(owner.id, "report", name, r.To, fmt.Sprint(r.Reference, r.Status))
	if !r.Done.IsZero() {
		reported.Done = r.Done.UTC()
	}
	return reported
}

// givenKey is the same for the same text that a gateway gives out again.
func givenKey(sim fmc.ICCID, parts ...string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q", sim, parts))
	return hex.EncodeToString(sum[:16])
}
