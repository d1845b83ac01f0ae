package gsmgw

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"roadline/fmc"
	"roadline/hardware/modem"
)

// gave takes a whole text, or a report, that a gateway gives out: it is kept, and only then the gateway may forget it. What
// could not be written is tried again with the next sweep. It is of the card that it says, whichever is in now: that of a
// card that nobody has is set aside.
func (s *slot) gave(ev modem.Event, token string, of modem.Of) {
	s.forgetEarly(token)
	owner := s.g.holderOf(of)
	if owner.id == "" && !s.up { // the card may be in that is being looked at
		s.hold(early{Event: ev, of: of, token: token})
		return
	}
	box, _ := s.m.(modem.Texter)
	a, kept := given(s.g.o.Now().UTC(), s.name, ev, of), false
	s.keeper.ask(job{
		how: soon, wait: readWait,
		do: func(ctx context.Context) error {
			if err := s.g.keepArrival(ctx, owner, a); err != nil {
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
				s.alarms.set(sweepAlarm, s.g.o.Now().Add(30*time.Second))
			}
		},
	})
}

// given is what a gateway gave out.
func given(at time.Time, port string, ev modem.Event, of modem.Of) arrival {
	a := arrival{At: at, Port: port, Of: of}
	switch x := ev.(type) {
	case modem.TextCame:
		a.Came = &x
	case modem.TextReported:
		a.Reported = &x
	default: // what waits is told by texts and reports alone
	}
	return a
}

// forgetEarly takes out what waits under a token, since it is told again.
func (s *slot) forgetEarly(token string) {
	s.text.early = slices.DeleteFunc(s.text.early, func(x early) bool { return token != "" && x.token == token })
}

// textCame is a text that a gateway gave out, as a fact. It has no PDU: the gateway read that.
func (g *Gateway) textCame(owner holder, at time.Time, t modem.TextCame) fmc.Happening {
	came := fmc.MessageCame{
		At: at, SIM: owner.id, Number: g.numberOf(owner), From: t.From, Text: t.Text, Ref: t.Ref, Part: t.Part, Parts: t.Parts,
		Key: givenKey(owner.id, "text", t.Token, t.From, t.Text),
	}
	if !t.Sent.IsZero() {
		came.Sent = t.Sent.UTC()
	}
	came.Shadow = g.isShadow(owner, came)
	return came
}

// textReported is a report that a gateway gave out, as a fact.
func (g *Gateway) textReported(owner holder, at time.Time, r modem.TextReported) fmc.Happening {
	g.log.Info("report came", "company", owner.company, "line", string(owner.id.Line()), "state", r.Status)
	reported := fmc.MessageReported{At: at, SIM: owner.id, To: r.To, Reference: r.Reference, Status: r.Status}
	// Nothing but when it came tells a report without a token that is told twice from the next one of the same reference.
	reported.Key = givenKey(owner.id, "report", cmp.Or(r.Token, at.Format(time.RFC3339Nano)), r.To, fmt.Sprint(r.Reference, r.Status))
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
