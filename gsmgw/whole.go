package gsmgw

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"roadline/fmc"
	"roadline/hardware/modem"
)

// gave takes a whole text, or a report, that a gateway gives out: it is kept, and only then the gateway may forget it. What
// could not be kept is tried again with the next sweep. It is of the card that it says, whichever is in now: that of a card
// that nobody has is shown to nobody.
func (s *slot) gave(ev modem.Event, token string, of modem.Of) {
	known := s.forgetEarly(token)
	owner := s.ownerOf(of)
	if owner.company == "" {
		if !known {
			s.log.Error("text not kept: it is of a card that the machine grants to nobody", "cause", cmp.Or(of.Card, of.IMSI, "the gateway names no card"))
		}
		s.hold(early{Event: ev, of: of, token: token})
		return
	}
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
				s.hold(early{Event: ev, of: of, token: token})
			}
		},
	})
}

// gaveEarly takes what waited once more, if its card is known by now.
func (s *slot) gaveEarly(x early) {
	if s.ownerOf(x.of).company == "" {
		s.text.early = append(s.text.early, x)
		return
	}
	s.gave(x.Event, x.token, x.of)
}

// ownerOf is whose the card of a text is; no company: nobody's that is known.
func (s *slot) ownerOf(of modem.Of) holder {
	if of.Card == "" && of.IMSI != "" && of.IMSI == s.sim.IMSI {
		return s.card
	}
	card, _ := s.g.card(fmc.ICCID(of.Card))
	return holder{id: fmc.ICCID(of.Card), company: card.Company}
}

// forgetEarly takes out what waits under a token, since it is told again; false: nothing does.
func (s *slot) forgetEarly(token string) (known bool) {
	was := len(s.text.early)
	s.text.early = slices.DeleteFunc(s.text.early, func(x early) bool { return token != "" && x.token == token })
	return len(s.text.early) < was
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
		came.Shadow = g.isShadow(owner, came)
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
