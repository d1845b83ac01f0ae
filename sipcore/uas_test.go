package sipcore

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// virtual runs a test over a house in virtual time.
func virtual(t *testing.T, test func(h *house), trunks ...Trunk) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, trunks...)
		defer h.stop()
		test(h)
	})
}

func TestAnIncomingCallIsOfferedAnsweredAndHungUp(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.ringing("c1")
		if r := h.board.asked[0]; r.Company != "acme" || r.From.E164 != "+79120000001" || r.To.E164 != number || r.Trunk != "carrier" || r.Direction != fmc.Inbound {
			h.Fatalf("request %+v", r)
		}
		l.Progress(false)
		ringing := h.peer.response(180)
		l.Answer()
		ok := h.peer.response(200)
		if !hasSDP(ok) || tagOf(ok.To().Params) != tagOf(ringing.To().Params) {
			h.Fatalf("200 without SDP or with another tag\n%s", ok)
		}
		h.peer.say(inDialog("ACK", 10, "a2", ok))
		if up := h.link(fmc.Up); up.Dialog == nil || up.Dialog.RemoteTag != "far" || up.Line != "trunk:carrier" {
			h.Fatalf("up: %+v", up.Dialog)
		}
		h.peer.say(inDialog("BYE", 11, "a3", ok))
		h.peer.response(200)
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Hangup {
			h.Fatalf("cause %v", gone.Cause)
		}
	})
}

func TestRow14AMissingAckRepeatsTheAnswerAndThenHangsUp(t *testing.T) {
	virtual(t, func(h *house) {
		h.ringing("c1").Answer()
		h.peer.response(200)
		began := time.Now()
		// RFC 3261 §13.3.1.4: T1, doubled up to T2, until 64*T1.
		for _, at := range []time.Duration{500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500} {
			h.peer.response(200)
			if got := time.Since(began); got != at*time.Millisecond {
				h.Fatalf("repeated after %v, want %v", got, at*time.Millisecond)
			}
		}
		bye := h.peer.request("BYE")
		if got := time.Since(began); got != 32*time.Second {
			h.Fatalf("hung up after %v", got)
		}
		h.peer.answer(bye, 200, "")
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Lost {
			h.Fatalf("cause %v", gone.Cause)
		}
	})
}

func cancelText(callID string, more ...string) string {
	text := strings.Replace(inviteText("i-"+callID, callID, more...), "INVITE sip", "CANCEL sip", 1)
	return strings.Replace(text, "10 INVITE", "10 CANCEL", 1)
}

// ackOf is the ACK of a final refusal: it belongs to the INVITE's transaction.
func ackOf(callID string, res *sip.Response) string {
	text := strings.Replace(inviteText("i-"+callID, callID), "INVITE sip", "ACK sip", 1)
	text = strings.Replace(text, "10 INVITE", "10 ACK", 1)
	return strings.Replace(text, "To: <sip:+74951234567@192.0.2.10>", "To: "+res.To().Value(), 1)
}

func TestACancelledCallEndsWithOneTag(t *testing.T) {
	for name, want := range map[string]cause.Meaning{"": cause.Cancelled, `Reason: SIP;cause=200;text="Call completed elsewhere"`: cause.TakenElsewhere} {
		virtual(t, func(h *house) {
			l := h.ringing("c1")
			l.Progress(false)
			ringing := h.peer.response(180)
			more := []string{}
			if name != "" {
				more = append(more, name)
			}
			h.peer.say(cancelText("c1", more...))
			h.peer.response(200)
			terminated := h.peer.response(487)
			if tagOf(terminated.To().Params) != tagOf(ringing.To().Params) {
				h.Fatalf("487 bears %q, 180 bore %q", tagOf(terminated.To().Params), tagOf(ringing.To().Params))
			}
			h.peer.say(ackOf("c1", terminated))
			if gone := h.link(fmc.Gone); gone.Cause.Meaning != want {
				h.Fatalf("cause %v, want %v", gone.Cause, want)
			}
		})
	}
}

// The library repeats whatever response it was last given. An answer given to it after its own 487 would be sent in the
// place of that 487 as soon as the ACK is late, and the caller would hear a call that nobody has.
func TestAnAnswerThatCrossesACancelIsNeverSent(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.ringing("c1")
		on(l, func() { // the answer is under way while the CANCEL is dealt with below us
			h.peer.say(cancelText("c1"))
			h.peer.response(200)
			h.peer.response(487)
			l.answer()
		})
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Cancelled {
			h.Fatalf("cause %v", gone.Cause)
		}
		for range 4 { // timer G: no ACK comes
			h.peer.response(487)
		}
	})
}

// on runs f on the leg's actor and waits for it.
func on(l *leg, f func()) {
	done := make(chan struct{})
	l.box.post(func() {
		defer close(done)
		f()
	})
	<-done
}

func TestACancelAfterTheAnswerChangesNothing(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.ringing("c1")
		l.Answer()
		ok := h.peer.response(200)
		h.peer.say(cancelText("c1"))
		if res := h.peer.response(200); res.CSeq().MethodName != sip.CANCEL {
			h.Fatalf("want 200 to the CANCEL\n%s", res)
		}
		h.peer.say(inDialog("ACK", 10, "a2", ok))
		h.link(fmc.Up)
	})
}

func TestACancelThatOvertakesItsInviteIsObeyed(t *testing.T) {
	virtual(t, func(h *house) {
		h.peer.say(cancelText("c1"))
		synctest.Wait()
		h.peer.say(inviteText("i-c1", "c1", sdpOf(40000)))
		got := map[string]bool{}
		for range 3 {
			res := h.peer.hear().(*sip.Response)
			got[res.CSeq().Value()+" "+res.StartLine()] = true
		}
		for _, want := range []string{"10 INVITE SIP/2.0 100 Trying", "10 INVITE SIP/2.0 487 Request Terminated", "10 CANCEL SIP/2.0 200 OK"} {
			if !got[want] {
				h.Fatalf("%q is missing: %v", want, got)
			}
		}
		if len(h.board.legs) != 0 {
			h.Fatal("a cancelled call was offered")
		}
	})
}

func TestACancelForNothingIsToldSo(t *testing.T) {
	virtual(t, func(h *house) {
		h.peer.say(cancelText("c1"))
		h.peer.response(481)
	})
}

func TestARefusalSaysWhy(t *testing.T) {
	for _, row := range []struct {
		c      cause.Cause
		status int
		reason string
	}{
		{cause.Of(cause.Busy), 486, "Q.850;cause=17"},
		{cause.Of(cause.Declined), 603, "Q.850;cause=21"},
		{cause.Of(cause.Congested), 480, "Q.850;cause=34"}, // not 503: a carrier would take the trunk for dead
		{cause.Of(cause.WrongNumber), 404, "Q.850;cause=1"},
		{cause.Of(cause.Refused), 403, "Q.850;cause=21"},
		{cause.Of(cause.Interrupted), 503, "Q.850;cause=41"},
	} {
		virtual(t, func(h *house) {
			h.ringing("c1").Release(row.c)
			res := h.peer.response(row.status)
			if got := values(res, "reason"); len(got) != 1 || !strings.HasPrefix(got[0], row.reason) {
				h.Fatalf("%v: reason %q, want %q", row.c, got, row.reason)
			}
			h.peer.say(ackOf("c1", res))
			if gone := h.link(fmc.Gone); gone.Cause != row.c {
				h.Fatalf("gone with %v", gone.Cause)
			}
		})
	}
}

func TestAnInviteThatCannotBecomeACallIsRefused(t *testing.T) {
	plain := inviteText("i-c", "c", sdpOf(40000))
	for name, row := range map[string]struct {
		invite string
		before func(h *house)
		status int
		header string
	}{
		"unknown number":    {invite: strings.Replace(plain, "sip:+74951234567", "sip:+74959999999", 1), status: 404},
		"unknown address":   {invite: plain, before: func(h *house) { h.legs.opts.Trunks.trunks["carrier"].Sources = nil }, status: 403},
		"suspended":         {invite: plain, before: suspend, status: 403},
		"stopping":          {invite: plain, before: func(h *house) { h.legs.Drain() }, status: 503, header: "Retry-After: 10"},
		"switch full":       {invite: plain, before: func(h *house) { h.board.refuse = cause.Errorf(cause.NoRoom, "full") }, status: 486},
		"100rel required":   {invite: inviteText("i-c", "c", "Require: 100rel", sdpOf(40000)), status: 420, header: "Unsupported: 100rel"},
		"session too short": {invite: inviteText("i-c", "c", "Supported: timer", "Session-Expires: 60", sdpOf(40000)), status: 422, header: "Min-SE: 90"},
		"no codec of ours":  {invite: inviteText("i-c", "c", strings.ReplaceAll(sdpOf(40000), "RTP/AVP 8 0 101", "RTP/AVP 18")), status: 488},
		"no SDP at all":     {invite: inviteText("i-c", "c", "v=0\nnothing"), status: 400},
		"circles":           {invite: inviteText("i-c", "c", "Diversion: <sip:a@b>;counter=11", sdpOf(40000)), status: 482},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(h *house) {
				if row.before != nil {
					row.before(h)
				}
				h.peer.say(row.invite)
				h.peer.response(100)
				res := h.peer.response(row.status)
				if row.header != "" && !strings.Contains(res.String(), row.header) {
					h.Errorf("no %q in\n%s", row.header, res)
				}
				if n := h.legs.Count(); n != 0 {
					h.Errorf("%d legs are left", n)
				}
				h.peer.say(ackOf("c", res))
			})
		})
	}
}

func suspend(h *house) {
	co := acme()
	co.Profile.Suspended = true
	h.legs.opts.Companies = companies{co}
}

func TestATrunkCarriesNoMoreThanItsCircuits(t *testing.T) {
	full := carrierTrunk()
	full.Most = 1
	virtual(t, func(h *house) {
		l := h.ringing("c1")
		if st := h.legs.opts.Trunks.States()[0]; st.Ready {
			h.Fatalf("a full trunk says it is ready: %+v", st)
		}
		h.peer.say(inviteText("b", "c2", sdpOf(40000)))
		h.peer.response(100)
		h.peer.response(486)
		l.Release(cause.Of(cause.Busy))
		h.link(fmc.Gone)
		if st := h.legs.opts.Trunks.States()[0]; !st.Ready || st.Free != 1 {
			h.Fatalf("a circuit was not given back: %+v", st)
		}
	}, full)
}

func TestEarlySoundGoesOnlyWhereTheTrunkCarriesIt(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.ringing("c1")
		l.Progress(true)
		early := h.peer.response(183)
		if !hasSDP(early) {
			h.Fatal("183 without SDP")
		}
		l.Progress(false) // a 180 after the 183 would take the sound back
		l.Answer()
		if ok := h.peer.response(200); string(ok.Body()) != string(early.Body()) {
			h.Fatalf("the 200 answers otherwise than the 183:\n%s\n%s", ok.Body(), early.Body())
		}
	})
	deaf := carrierTrunk()
	deaf.Profile.EarlyMedia = false
	virtual(t, func(h *house) {
		h.ringing("c1").Progress(true)
		if res := h.peer.response(180); hasSDP(res) {
			h.Fatal("SDP in the 180")
		}
	}, deaf)
}

func TestRingingIsSaidAgainEveryMinute(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.ringing("c1")
		l.Progress(false)
		h.peer.response(180)
		began := time.Now()
		h.peer.response(180)
		if got := time.Since(began); got != time.Minute {
			h.Fatalf("after %v", got)
		}
		l.Answer()
		h.peer.response(200)
	})
}

func TestALegReleasedBeforeTheAckHangsUpAfterIt(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.ringing("c1")
		l.Answer()
		ok := h.peer.response(200)
		l.Release(cause.Of(cause.Hangup))
		h.link(fmc.Gone)
		h.peer.silent(400 * time.Millisecond) // RFC 3261 §15: no BYE before the ACK
		h.peer.say(inDialog("ACK", 10, "a2", ok))
		h.peer.answer(h.peer.request("BYE"), 200, "")
	})
}

func TestADelayedOfferIsAnsweredInTheAck(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.ringing("c1", "Subject: none")
		l.Answer()
		ok := h.peer.response(200)
		if !hasSDP(ok) {
			h.Fatal("no offer in the 200")
		}
		h.peer.say(inDialog("ACK", 10, "a2", ok, sdpOf(40000)))
		h.link(fmc.Up)
	})
	virtual(t, func(h *house) {
		l := h.ringing("c1", "Subject: none")
		l.Answer()
		ok := h.peer.response(200)
		h.peer.say(inDialog("ACK", 10, "a2", ok)) // no answer: there is no way to hear each other
		h.peer.answer(h.peer.request("BYE"), 200, "")
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.MediaRefused {
			h.Fatalf("cause %v", gone.Cause)
		}
	})
}

func TestAByeBeforeTheAckEndsTheCall(t *testing.T) {
	virtual(t, func(h *house) {
		h.ringing("c1").Answer()
		ok := h.peer.response(200)
		h.peer.say(inDialog("BYE", 11, "a3", ok))
		h.peer.response(200)
		h.link(fmc.Gone)
		h.peer.silent(time.Minute) // and the 200 of the INVITE is not repeated to nobody
	})
}

func TestByesThatCrossAreBothAnswered(t *testing.T) {
	virtual(t, func(h *house) {
		l, ok := h.talking("c1")
		l.Release(cause.Of(cause.Hangup))
		bye := h.peer.request("BYE")
		h.peer.say(inDialog("BYE", 11, "a3", ok))
		if res, isRes := h.peer.hear().(*sip.Response); !isRes || res.CSeq().MethodName != sip.BYE || res.StatusCode != 200 {
			h.Fatalf("their BYE got %v", res)
		}
		h.peer.answer(bye, 481, "")
		h.link(fmc.Gone)
	})
}
