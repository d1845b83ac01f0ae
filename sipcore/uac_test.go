package sipcore

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/sipcore/digest"
	"roadline/sipcore/wire"
)

const mobileContact = "Contact: <sip:mobile@192.0.2.20:5060>"

func TestACallOfOursRingsIsAnsweredAndHungUp(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.dial()
		if d := h.link(fmc.Dialing); d.Line != "trunk:carrier" {
			h.Fatalf("dialling on %q", d.Line)
		}
		invite := h.peer.request("INVITE")
		if invite.Recipient.User != mobile || invite.From().Address.User != number || !hasSDP(invite) {
			h.Fatalf("INVITE\n%s", invite)
		}
		h.peer.answer(invite, 100, "")
		h.peer.answer(invite, 180, "m")
		if a := h.link(fmc.Alerting); a.Dialog == nil || a.Dialog.RemoteTag != "m" {
			h.Fatalf("no dialog to hang up after a crash: %+v", a.Dialog)
		}
		h.peer.answer(invite, 200, "m", mobileContact, sdpOf(40002))
		ack := h.peer.request("ACK")
		if ack.Recipient.User != "mobile" || ack.CSeq().SeqNo != invite.CSeq().SeqNo {
			h.Fatalf("ACK\n%s", ack)
		}
		h.link(fmc.Up)
		l.Release(cause.Of(cause.Hangup))
		bye := h.peer.request("BYE")
		if bye.CSeq().SeqNo <= invite.CSeq().SeqNo || !strings.Contains(bye.String(), "Reason: Q.850;cause=16") {
			h.Fatalf("BYE\n%s", bye)
		}
		h.peer.answer(bye, 200, "")
		h.link(fmc.Gone)
	})
}

func TestAFailedCallTellsWhatItMeant(t *testing.T) {
	odd := carrierTrunk()
	odd.Profile.Means = map[int]cause.Meaning{403: cause.CallerIDRefused, 480: cause.Busy}
	for _, row := range []struct {
		name   string
		trunk  Trunk
		rings  time.Duration // before the final response; 0: it never rings
		status int
		more   string
		want   cause.Meaning
		q850   int
	}{
		{"busy", carrierTrunk(), 0, 486, "", cause.Busy, 17},
		{"declined by key", carrierTrunk(), time.Second, 486, "", cause.Declined, 21},
		{"busy though it rang", carrierTrunk(), 5 * time.Second, 486, "", cause.Busy, 17},
		{"switched off", carrierTrunk(), 0, 480, "", cause.Unreachable, 20},
		{"switched off after a while", carrierTrunk(), 5 * time.Second, 480, "", cause.Unreachable, 20},
		{"nobody answered", carrierTrunk(), 15 * time.Second, 480, "", cause.NoAnswer, 19},
		{"Q.850 wins", carrierTrunk(), 0, 503, "Reason: SIP;cause=503, Q.850;cause=17;text=\"User busy\"", cause.Busy, 17},
		{"Q.850 that says nothing", carrierTrunk(), 0, 486, "Reason: Q.850;cause=127", cause.Busy, 127},
		{"interworking before speech is congestion", carrierTrunk(), 0, 480, "Reason: Q.850;cause=41", cause.Congested, 41},
		{"this carrier's own 480", odd, 0, 480, "", cause.Busy, 17},
		{"this carrier's own 403", odd, 0, 403, "", cause.CallerIDRefused, 50},
		{"any 403", carrierTrunk(), 0, 403, "", cause.Unknown, 0},
		{"wrong number", carrierTrunk(), 0, 404, "", cause.WrongNumber, 1},
		{"refused", carrierTrunk(), 0, 603, "", cause.Declined, 21},
		{"redirected", carrierTrunk(), 0, 302, "Contact: <sip:elsewhere@192.0.2.99>", cause.Declined, 21},
		{"moved for good", carrierTrunk(), 0, 301, "", cause.WrongNumber, 1},
		{"no room", carrierTrunk(), 0, 503, "", cause.Congested, 34},
		{"no codec", carrierTrunk(), 0, 488, "", cause.MediaRefused, 88},
	} {
		t.Run(row.name, func(t *testing.T) {
			virtual(t, func(h *house) {
				h.dial()
				h.link(fmc.Dialing)
				invite := h.peer.request("INVITE")
				if row.rings > 0 {
					h.peer.answer(invite, 180, "m")
					h.link(fmc.Alerting)
					<-time.After(row.rings)
				}
				h.peer.answer(invite, row.status, "m", row.more)
				h.peer.request("ACK")
				gone := h.link(fmc.Gone)
				if gone.Cause.Meaning != row.want || gone.Cause.Q850 != row.q850 {
					h.Errorf("%v: %s", gone.Cause, gone.Cause.Text)
				}
			}, row.trunk)
		})
	}
}

func TestRow09AnyNumberOfProvisionalResponsesIsTaken(t *testing.T) {
	virtual(t, func(h *house) {
		h.dial()
		h.link(fmc.Dialing)
		invite := h.peer.request("INVITE")
		for i := range 40 {
			h.peer.answer(invite, []int{180, 183, 181, 182}[i%4], "m")
		}
		h.link(fmc.Alerting)
		h.peer.answer(invite, 200, "m", mobileContact, sdpOf(40002))
		h.peer.request("ACK")
		h.link(fmc.Up)
	})
}

func TestEarlySoundIsNotAlerting(t *testing.T) {
	virtual(t, func(h *house) {
		h.dial()
		h.link(fmc.Dialing)
		invite := h.peer.request("INVITE")
		h.peer.answer(invite, 183, "m", sdpOf(40002))
		if d := h.link(fmc.Dialing); !d.Early {
			h.Fatalf("%+v", d)
		}
		h.peer.answer(invite, 180, "m")
		if a := h.link(fmc.Alerting); !a.Early {
			h.Fatalf("%+v", a)
		}
		h.peer.answer(invite, 200, "m", mobileContact) // the answer came early: some gateways leave it out here
		h.peer.request("ACK")
		h.link(fmc.Up)
	})
}

func TestNoCancelBeforeAProvisionalResponse(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.dial()
		invite := h.peer.request("INVITE")
		l.Release(cause.Of(cause.TakenElsewhere))
		h.peer.silent(400 * time.Millisecond)
		h.peer.answer(invite, 100, "")
		cancel := h.peer.request("CANCEL")
		if got := values(cancel, "reason"); len(got) != 1 || got[0] != `SIP;cause=200;text="Call completed elsewhere"` {
			h.Fatalf("reason %q", got)
		}
		if cancel.Via().Value() != invite.Via().Value() || cancel.CSeq().SeqNo != invite.CSeq().SeqNo || tagOf(cancel.To().Params) != "" {
			h.Fatalf("CANCEL\n%s\nof\n%s", cancel, invite)
		}
		h.peer.answer(cancel, 200, "m")
		h.peer.answer(invite, 487, "m")
		h.peer.request("ACK")
	})
}

func TestRow12AnAnswerThatCrossesTheCancelIsHungUp(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.dial()
		invite := h.peer.request("INVITE")
		h.peer.answer(invite, 180, "m")
		h.link(fmc.Dialing)
		h.link(fmc.Alerting)
		l.Release(cause.Of(cause.NoAnswer))
		h.link(fmc.Gone)
		cancel := h.peer.request("CANCEL")
		h.peer.answer(invite, 200, "m", mobileContact, sdpOf(40002))
		h.peer.answer(cancel, 200, "m")
		h.peer.request("ACK")
		bye := h.peer.request("BYE")
		if tagOf(bye.To().Params) != "m" {
			h.Fatalf("BYE\n%s", bye)
		}
		h.peer.answer(bye, 200, "")
	})
}

func TestACancelledCallThatNeverEndsIsGivenUp(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.dial()
		invite := h.peer.request("INVITE")
		h.peer.answer(invite, 180, "m")
		h.link(fmc.Dialing)
		h.link(fmc.Alerting)
		l.Release(cause.Of(cause.NoAnswer))
		h.peer.answer(h.peer.request("CANCEL"), 200, "m")
		<-time.After(64*sip.T1 + time.Second) // RFC 3261 §9.1
		if n := h.legs.Count(); n != 0 {
			h.Fatalf("%d legs still wait", n)
		}
	})
}

func TestRow11OfForkedAnswersTheFirstWinsAndTheOthersAreHungUp(t *testing.T) {
	virtual(t, func(h *house) {
		h.dial()
		invite := h.peer.request("INVITE")
		h.peer.answer(invite, 180, "a")
		h.peer.answer(invite, 180, "b")
		h.peer.answer(invite, 200, "b", mobileContact, sdpOf(40002))
		if ack := h.peer.request("ACK"); tagOf(ack.To().Params) != "b" {
			h.Fatalf("ACK for %q", tagOf(ack.To().Params))
		}
		h.peer.answer(invite, 200, "a", "Contact: <sip:other@192.0.2.20:5060>", sdpOf(40004))
		if ack := h.peer.request("ACK"); tagOf(ack.To().Params) != "a" || ack.Recipient.User != "other" {
			h.Fatalf("ACK\n%s", ack)
		}
		bye := h.peer.request("BYE")
		if tagOf(bye.To().Params) != "a" || bye.Recipient.User != "other" {
			h.Fatalf("BYE\n%s", bye)
		}
		h.peer.answer(bye, 200, "")
		h.peer.answer(invite, 200, "b", mobileContact, sdpOf(40002)) // our ACK was lost
		if ack := h.peer.request("ACK"); tagOf(ack.To().Params) != "b" {
			h.Fatalf("ACK for %q", tagOf(ack.To().Params))
		}
		h.peer.answer(invite, 200, "a", "Contact: <sip:other@192.0.2.20:5060>", sdpOf(40004)) // so was the other
		if ack := h.peer.request("ACK"); tagOf(ack.To().Params) != "a" {
			h.Fatalf("ACK for %q", tagOf(ack.To().Params))
		}
		h.peer.silent(10 * time.Second) // and no second BYE
	})
}

// The layer reports a repeated 2xx beside the channel in which the first one may still lie: seen on a machine with ten
// times more to do than processors, where the caller then hung up its own call and never knew.
func TestARepeatedAnswerThatOvertakesTheFirstHangsNothingUp(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.dial()
		invite := h.peer.request("INVITE")
		h.peer.answer(invite, 180, "m")
		repeated := sip.NewResponseFromRequest(invite, 200, "OK", []byte(sdpOf(40002)))
		repeated.To().Params.Add("tag", "m")
		l.box.post(func() { l.again(repeated) })
		h.peer.silent(time.Second)
		h.peer.answer(invite, 200, "m", mobileContact, sdpOf(40002))
		h.peer.request("ACK")
		h.link(fmc.Dialing)
		h.link(fmc.Alerting)
		h.link(fmc.Up)
	})
}

func TestAnAnswerAfterItsTransactionHasEndedIsHungUp(t *testing.T) {
	virtual(t, func(h *house) {
		h.dial()
		invite := h.peer.request("INVITE")
		h.peer.answer(invite, 200, "a", mobileContact, sdpOf(40002))
		h.peer.request("ACK")
		<-time.After(64*sip.T1 + time.Second) // timer M of RFC 6026
		h.peer.answer(invite, 200, "late", mobileContact, sdpOf(40004))
		h.peer.request("ACK")
		h.peer.answer(h.peer.request("BYE"), 200, "")
		h.peer.answer(invite, 200, "a", mobileContact, sdpOf(40002)) // of the call that stands
		h.peer.request("ACK")
		h.peer.silent(time.Second)
	})
}

// two makes a second trunk whose target is the peer's other address.
func two() []Trunk {
	a, b := carrierTrunk(), carrierTrunk()
	a.Targets = []string{"192.0.2.30:5060"}
	b.ID, b.Targets = "second", []string{peerAddr}
	return []Trunk{a, b}
}

func TestASilentTrunkIsPassedOverAndCleanedUp(t *testing.T) {
	for _, known := range []bool{false, true} {
		virtual(t, func(h *house) {
			mute := newFarEnd(h.T, h.net, "192.0.2.30:5060", ourAddr)
			wait := 4 * time.Second
			if known {
				h.legs.opts.Trunks.trunks["carrier"].targets[0].answered(time.Now())
				wait = 2 * time.Second
			}
			began := time.Now()
			h.dial("carrier", "second")
			h.link(fmc.Dialing)
			first := mute.request("INVITE")
			second := h.peer.request("INVITE")
			if got := time.Since(began); got != wait {
				h.Fatalf("passed over after %v, want %v", got, wait)
			}
			if d := h.link(fmc.Dialing); d.Line != "trunk:second" {
				h.Fatalf("went on with %q", d.Line)
			}
			h.peer.answer(second, 180, "s")
			h.link(fmc.Alerting)
			for len(mute.conn.in) > 0 {
				mute.request("INVITE") // repeated by timer A
			}
			mute.answer(first, 100, "")
			cancel := mute.request("CANCEL") // the first moment at which it may be sent
			mute.answer(cancel, 200, "f")
			mute.answer(first, 200, "f", "Contact: <sip:f@192.0.2.30:5060>", sdpOf(40006)) // and yet somebody answers
			mute.request("ACK")
			mute.answer(mute.request("BYE"), 200, "")
			h.peer.answer(second, 200, "s", mobileContact, sdpOf(40002))
			h.peer.request("ACK")
			h.link(fmc.Up)
		}, two()...)
	}
}

func TestWhatSaysNothingOfThePersonTriesTheNextLine(t *testing.T) {
	for status, next := range map[int]bool{503: true, 500: true, 403: true, 486: false, 404: false, 480: false, 603: false, 488: false} {
		virtual(t, func(h *house) {
			first := newFarEnd(h.T, h.net, "192.0.2.30:5060", ourAddr)
			h.dial("carrier", "second")
			invite := first.request("INVITE")
			first.answer(invite, status, "f")
			first.request("ACK")
			if !next {
				h.link(fmc.Dialing)
				h.link(fmc.Gone)
				return
			}
			again := h.peer.request("INVITE")
			h.peer.answer(again, 486, "s")
			h.peer.request("ACK")
			h.link(fmc.Dialing)
			h.link(fmc.Dialing)
			if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Busy {
				h.Fatalf("%d: %v", status, gone.Cause)
			}
		}, two()...)
	}
}

func TestATryWithoutALineEndsAtOnce(t *testing.T) {
	virtual(t, func(h *house) {
		h.dial("nowhere")
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Congested {
			h.Fatalf("%v", gone.Cause)
		}
	})
}

func TestAnUnprovenNumberNeverLeaves(t *testing.T) {
	virtual(t, func(h *house) {
		foreign := callerid.Number{E164: "+74950000000", Country: "RU"}.Canonical()
		h.legs.Dial(fmc.LegID{Call: "call-x", N: 2}, plan.Try{
			Number: callerid.Number{E164: mobile, Country: "RU"},
			Lines: []plan.Candidate{{
				Line: "trunk:carrier", Kind: fmc.TrunkLine, Trunk: "carrier", Shown: callerid.Shown{From: foreign, Asserted: foreign},
			}},
		})
		h.link(fmc.Dialing)
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.CallerIDRefused {
			h.Fatalf("%v: %s", gone.Cause, gone.Cause.Text)
		}
		h.peer.silent(time.Minute)
	})
}

// ringPhones dials an account with two phones.
func (h *house) ringPhones() (*leg, *farEnd, *farEnd) {
	h.Helper()
	var ends []*farEnd
	book := h.legs.opts.Trunks.phones.(phones)
	for _, addr := range []string{"192.0.2.31:5060", "192.0.2.32:5060"} {
		ends = append(ends, newFarEnd(h.T, h.net, addr, ourAddr))
		book["ivanov-desk"] = append(book["ivanov-desk"], Binding{
			Contact: "sip:ivanov@10.0.0.7:5060", Transport: wire.UDP, Remote: netip.MustParseAddrPort(addr), Local: netip.MustParseAddrPort(ourAddr),
		})
	}
	l := h.legs.Dial(fmc.LegID{Call: "call-x", N: 3}, plan.Try{
		Account: "ivanov-desk",
		Lines: []plan.Candidate{{
			Line: "sip:ivanov-desk", Kind: fmc.AccountLine, Shown: callerid.Inside(callerid.Number{E164: "+79120000001", Country: "RU"}, "Acme client"),
		}},
	}).(*leg)
	return l, ends[0], ends[1]
}

func TestAllPhonesOfAnAccountRingAndTheFirstWins(t *testing.T) {
	virtual(t, func(h *house) {
		l, one, other := h.ringPhones()
		a, b := one.request("INVITE"), other.request("INVITE")
		if a.From().DisplayName != "Acme client" || a.From().Address.User != "+79120000001" || a.Recipient.Host != "10.0.0.7" {
			h.Fatalf("INVITE\n%s", a)
		}
		one.answer(a, 180, "a")
		other.answer(b, 180, "b")
		one.answer(a, 200, "a", "Contact: <sip:ivanov@10.0.0.7:5060>", sdpOf(40002))
		one.request("ACK") // to where the phone was heard, not to its Contact behind the translator
		cancel := other.request("CANCEL")
		if got := values(cancel, "reason"); len(got) != 1 || !strings.HasPrefix(got[0], "SIP;cause=200") {
			h.Fatalf("reason %q", got)
		}
		other.answer(cancel, 200, "b")
		other.answer(b, 487, "b")
		other.request("ACK")
		h.link(fmc.Dialing)
		h.link(fmc.Alerting)
		h.link(fmc.Up)
		on(l, func() {
			if got := l.talk.signal.String(); got != "192.0.2.31" {
				h.Errorf("sound is expected from where %s signals", got)
			}
		})
		l.Release(cause.Of(cause.Hangup))
		one.answer(one.request("BYE"), 200, "")
	})
}

func TestBothPhonesAnswerAtOnceAndOneIsHungUp(t *testing.T) {
	virtual(t, func(h *house) {
		_, one, other := h.ringPhones()
		a, b := one.request("INVITE"), other.request("INVITE")
		other.answer(b, 100, "")
		one.answer(a, 200, "a", "Contact: <sip:ivanov@10.0.0.7:5060>", sdpOf(40002))
		one.request("ACK")
		other.request("CANCEL")
		other.answer(b, 200, "b", "Contact: <sip:ivanov@192.0.2.32:5060>", sdpOf(40004))
		other.request("ACK")
		other.answer(other.request("BYE"), 200, "")
		h.link(fmc.Dialing)
		h.link(fmc.Up)
	})
}

func TestSoundIsExpectedFromThePhoneThatAnswered(t *testing.T) {
	virtual(t, func(h *house) {
		l, one, other := h.ringPhones()
		one.request("INVITE")
		other.answer(other.request("INVITE"), 200, "b", "Contact: <sip:ivanov@10.0.0.7:5060>", sdpOf(40004))
		other.request("ACK")
		on(l, func() {
			if got := l.talk.signal.String(); got != "192.0.2.32" {
				h.Errorf("sound is expected from where %s signals", got)
			}
		})
	})
}

func TestADeclineOnOnePhoneStopsTheOthers(t *testing.T) {
	virtual(t, func(h *house) {
		_, one, other := h.ringPhones()
		a, b := one.request("INVITE"), other.request("INVITE")
		other.answer(b, 180, "b")
		one.answer(a, 603, "a")
		one.request("ACK")
		other.answer(other.request("CANCEL"), 200, "b")
		h.link(fmc.Dialing)
		h.link(fmc.Alerting)
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Declined {
			h.Fatalf("%v", gone.Cause)
		}
	})
}

func TestABusyPhoneLeavesTheOtherRinging(t *testing.T) {
	virtual(t, func(h *house) {
		_, one, other := h.ringPhones()
		a, b := one.request("INVITE"), other.request("INVITE")
		one.answer(a, 486, "a")
		one.request("ACK")
		other.answer(b, 480, "b")
		other.request("ACK")
		h.link(fmc.Dialing)
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Busy { // what says most of the person
			h.Fatalf("%v", gone.Cause)
		}
	})
}

func TestAnAnswerWithoutUsableSoundIsHungUp(t *testing.T) {
	virtual(t, func(h *house) {
		h.dial()
		invite := h.peer.request("INVITE")
		h.peer.answer(invite, 200, "m", mobileContact, strings.ReplaceAll(sdpOf(40002), "RTP/AVP 8 0 101", "RTP/AVP 18"))
		h.peer.request("ACK")
		h.peer.answer(h.peer.request("BYE"), 200, "")
		h.link(fmc.Dialing)
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.MediaRefused {
			h.Fatalf("%v", gone.Cause)
		}
	})
}

func TestAChallengeIsAnsweredOnce(t *testing.T) {
	trunk := carrierTrunk()
	trunk.Login = digest.Login{Name: "acme", Password: "secret"}
	const challenge = `Proxy-Authenticate: Digest realm="carrier", nonce="n1", qop="auth", algorithm=MD5`
	virtual(t, func(h *house) {
		h.dial()
		first := h.peer.request("INVITE")
		h.peer.answer(first, 407, "m", challenge)
		h.peer.request("ACK")
		second := h.peer.request("INVITE")
		if second.CSeq().SeqNo != first.CSeq().SeqNo+1 || second.CallID().Value() != first.CallID().Value() ||
			tagOf(second.From().Params) != tagOf(first.From().Params) || !strings.Contains(second.String(), `username="acme"`) ||
			second.Via().Value() == first.Via().Value() {
			h.Fatalf("INVITE\n%s", second)
		}
		h.peer.answer(second, 407, "m", challenge) // it does not take the password
		h.peer.request("ACK")
		h.link(fmc.Dialing)
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Failed {
			h.Fatalf("%v", gone.Cause)
		}
	}, trunk)
}

func TestATooShortSessionIsAskedForAgain(t *testing.T) {
	virtual(t, func(h *house) {
		h.dial()
		h.peer.answer(h.peer.request("INVITE"), 422, "m", "Min-SE: 600")
		h.peer.request("ACK")
		second := h.peer.request("INVITE")
		if n, _ := sessionExpires(second); n != 600 {
			h.Fatalf("INVITE\n%s", second)
		}
		h.peer.answer(second, 200, "m", mobileContact, "Session-Expires: 600;refresher=uas", sdpOf(40002))
		h.peer.request("ACK")
		h.link(fmc.Dialing)
		h.link(fmc.Up)
	})
}

func TestAnOrphanIsHungUpAfterARestart(t *testing.T) {
	var left fmc.Dialog
	virtual(t, func(h *house) {
		_, _ = h.reached("m")
		h.legs.mu.Lock()
		for l := range h.legs.live {
			left = *l.state()
		}
		h.legs.mu.Unlock()
	})
	virtual(t, func(h *house) {
		answered := make(chan int)
		go func() { answered <- h.legs.Orphans(h.Context(), []fmc.Dialog{left, {CallID: "torn"}}) }()
		bye := h.peer.request("BYE")
		if bye.CallID().Value() != left.CallID || tagOf(bye.From().Params) != left.LocalTag || tagOf(bye.To().Params) != "m" || bye.CSeq().SeqNo <= left.CSeq || bye.Recipient.User != "mobile" {
			h.Fatalf("BYE\n%s", bye)
		}
		h.peer.answer(bye, 481, "")
		if n := <-answered; n != 1 {
			h.Fatalf("%d answered", n)
		}
	})
}

func TestATrunkThatAnswersNoPingIsSkippedUntilItIsBack(t *testing.T) {
	watched := carrierTrunk()
	watched.Health = Health{Every: 30 * time.Second}
	virtual(t, func(h *house) {
		h.peer.answer(h.peer.request("OPTIONS"), 404, "p") // whatever it says, it lives
		state := func() fmc.LineState { return h.legs.opts.Trunks.States()[0] }
		<-time.After(time.Minute + 10*time.Second) // two pings without an answer
		if st := state(); st.Ready || st.Why == "" {
			h.Fatalf("%+v", st)
		}
		h.dial()
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Congested {
			h.Fatalf("%v", gone.Cause)
		}
		for len(h.peer.conn.in) > 0 {
			h.peer.request("OPTIONS")
		}
		h.peer.answer(h.peer.request("OPTIONS"), 200, "p")
		<-time.After(time.Second)
		if st := state(); !st.Ready {
			h.Fatalf("%+v", st)
		}
	}, watched)
}

func TestASilentPhoneIsUnreachableAndASilentTrunkCongested(t *testing.T) {
	virtual(t, func(h *house) {
		h.ringPhones() // both are switched off without having said so
		h.link(fmc.Dialing)
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Unreachable {
			h.Fatalf("%v", gone.Cause)
		}
	})
	virtual(t, func(h *house) {
		h.dial()
		h.link(fmc.Dialing)
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Congested {
			h.Fatalf("%v", gone.Cause)
		}
	})
}

func TestEarlySoundOfOneLineIsNoAnswerOnTheNext(t *testing.T) {
	virtual(t, func(h *house) {
		first := newFarEnd(h.T, h.net, "192.0.2.30:5060", ourAddr)
		h.dial("carrier", "second")
		invite := first.request("INVITE")
		first.answer(invite, 183, "f", sdpOf(40002))
		first.answer(invite, 503, "f")
		first.request("ACK")
		h.peer.answer(h.peer.request("INVITE"), 200, "s", mobileContact) // and no SDP at all
		h.peer.request("ACK")
		h.peer.answer(h.peer.request("BYE"), 200, "")
		h.link(fmc.Dialing)
		if d := h.link(fmc.Dialing); !d.Early {
			h.Fatalf("%+v", d)
		}
		if d := h.link(fmc.Dialing); d.Early {
			h.Fatalf("%+v", d)
		}
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.MediaRefused {
			h.Fatalf("%v", gone.Cause)
		}
	}, two()...)
}

func TestARequestThatOvertakesTheAnswerIsNotRefused(t *testing.T) {
	virtual(t, func(h *house) {
		h.dial()
		invite := h.peer.request("INVITE")
		go func() { // the answer comes a little later than what was sent after it
			<-time.After(patience / 2)
			h.peer.answer(invite, 200, "m", mobileContact, sdpOf(40002))
		}()
		h.peer.say(fromCalled("OPTIONS", 1, "o1", invite, "m"))
		h.peer.request("ACK")
		h.peer.response(200)
	})
}

func TestAServerThatHasStoppedDialsNobody(t *testing.T) {
	virtual(t, func(h *house) {
		h.legs.mu.Lock()
		h.legs.stopped = true
		h.legs.mu.Unlock()
		h.dial()
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Failed {
			h.Fatalf("%v", gone.Cause)
		}
		h.peer.silent(time.Minute)
	})
}

func TestABugWhileItRingsFreesThePhone(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.dial()
		invite := h.peer.request("INVITE")
		h.peer.answer(invite, 180, "m")
		l.box.post(func() { panic("seeded") })
		h.peer.answer(h.peer.request("CANCEL"), 200, "m")
		h.peer.answer(invite, 487, "m")
		h.peer.request("ACK")
		incoming := h.ringing("c1")
		incoming.box.post(func() { panic("seeded") })
		h.peer.response(500)
	})
}
