package sipcore

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
)

// held returns the HeldIs that were posted, in order.
func (h *house) held() (out []bool) {
	synctest.Wait()
	for {
		select {
		case ev := <-h.board.events:
			if is, ok := ev.(call.HeldIs); ok {
				out = append(out, is.Held)
			}
		default:
			return out
		}
	}
}

func TestTheFarSideHoldsAndResumes(t *testing.T) {
	zero := strings.ReplaceAll(sdpOf(40000), "c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0")
	for _, row := range []struct {
		name, offer, answer string
		held                bool
	}{
		{"sendonly", sdpOf(40000, "sendonly"), "a=recvonly", true},
		{"inactive", sdpOf(40000, "inactive"), "a=inactive", true},
		{"address zero", zero, "", true}, // the old way, RFC 3264 §8.4
		{"nothing new", sdpOf(40000), "", false},
		{"another port", sdpOf(40100), "", false},
	} {
		for _, method := range []string{"INVITE", "UPDATE"} {
			t.Run(row.name+" by "+method, func(t *testing.T) {
				virtual(t, func(h *house) {
					_, ok := h.talking("c1")
					h.peer.say(inDialog(method, 11, "r1", ok, row.offer))
					res := h.peer.response(200)
					if !strings.Contains(string(res.Body()), row.answer) || !hasSDP(res) {
						h.Errorf("answered\n%s", res.Body())
					}
					if method == "INVITE" {
						h.peer.say(inDialog("ACK", 11, "r2", ok))
					}
					want := "[]"
					if row.held {
						want = "[true]"
					}
					if got := fmt.Sprint(h.held()); got != want {
						h.Errorf("told %v, want %s", got, want)
					}
					h.peer.say(inDialog(method, 12, "r3", ok, sdpOf(40000)))
					h.peer.response(200)
					if row.held {
						want = "[false]"
					}
					if got := fmt.Sprint(h.held()); got != want {
						h.Errorf("told %v at resume, want %s", got, want)
					}
				})
			})
		}
	}
}

// The library starts a goroutine per message: a re-INVITE may be there before the ACK that was sent before it.
func TestAReinviteThatOvertakesTheAckSpeaksForIt(t *testing.T) {
	virtual(t, func(h *house) {
		h.ringing("c1").Answer()
		ok := h.peer.response(200)
		h.peer.say(inDialog("INVITE", 11, "r1", ok, sdpOf(40000, "sendonly")))
		h.link(fmc.Up)
		h.peer.response(200)
		h.peer.say(inDialog("ACK", 10, "r2", ok))
		h.peer.say(inDialog("ACK", 11, "r3", ok))
		if got := fmt.Sprint(h.held()); got != "[true]" {
			h.Fatalf("told %v", got)
		}
		h.peer.silent(10 * time.Second)
	})
	virtual(t, func(h *house) {
		l := h.ringing("c1")
		l.Answer()
		ok := h.peer.response(200)
		l.Release(cause.Of(cause.Hangup))
		h.peer.say(inDialog("INVITE", 11, "r1", ok, sdpOf(40000)))
		bye := h.peer.request("BYE")
		h.peer.response(481)
		h.peer.answer(bye, 200, "")
	})
}

func TestAReinviteWithoutAnOfferGetsOne(t *testing.T) {
	virtual(t, func(h *house) {
		_, ok := h.talking("c1")
		h.peer.say(inDialog("INVITE", 11, "r1", ok))
		if res := h.peer.response(200); !hasSDP(res) {
			h.Fatalf("no offer\n%s", res)
		}
		h.peer.say(inDialog("INVITE", 12, "r2", ok, sdpOf(40000))) // before the answer to ours: RFC 3261 §14.2
		h.peer.response(500)
		h.peer.say(inDialog("ACK", 11, "r3", ok, sdpOf(40000, "sendonly")))
		if got := fmt.Sprint(h.held()); got != "[true]" {
			h.Fatalf("told %v", got)
		}
	})
}

func TestABadReinviteChangesNothing(t *testing.T) {
	virtual(t, func(h *house) {
		l, ok := h.talking("c1")
		h.peer.say(inDialog("INVITE", 11, "r1", ok, strings.ReplaceAll(sdpOf(40000), "RTP/AVP 8 0 101", "RTP/AVP 18")))
		h.peer.response(488)
		h.peer.say(inDialog("ACK", 11, "r1", ok))
		if l.link != fmc.Up {
			h.Fatal("the call ended")
		}
	})
}

func TestAnUnacknowledgedReinviteEndsTheCall(t *testing.T) {
	virtual(t, func(h *house) {
		_, ok := h.talking("c1")
		h.peer.say(inDialog("INVITE", 11, "r1", ok, sdpOf(40000)))
		for range 11 {
			h.peer.response(200)
		}
		h.peer.answer(h.peer.request("BYE"), 200, "")
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Lost {
			h.Fatalf("%v", gone.Cause)
		}
	})
}

// refreshed brings a call to the point where our own re-INVITE is under way.
func (h *house) refreshed() (*leg, *sip.Request, *sip.Request) {
	h.Helper()
	l, invite := h.reached("m")
	l.box.post(func() {
		l.pulse = refresher{interval: 1800, ours: true}
		l.refresh()
	})
	return l, invite, h.peer.request("INVITE")
}

func TestReinvitesThatCrossAreBothPutOff(t *testing.T) {
	virtual(t, func(h *house) {
		_, invite, ours := h.refreshed()
		h.peer.say(fromCalled("INVITE", 7, "g1", invite, "m", sdpOf(40002, "sendonly")))
		h.peer.response(491)
		h.peer.say(fromCalled("ACK", 7, "g1", invite, "m"))
		began := time.Now()
		h.peer.answer(ours, 491, "")
		h.peer.request("ACK")
		again := h.peer.request("INVITE")
		// RFC 3261 §14.1: the owner of the Call-ID waits 2.1 to 4 s.
		if got := time.Since(began); got < 2100*time.Millisecond || got > 4*time.Second {
			h.Fatalf("tried again after %v", got)
		}
		if again.CSeq().SeqNo != ours.CSeq().SeqNo+1 {
			h.Fatalf("CSeq %d after %d", again.CSeq().SeqNo, ours.CSeq().SeqNo)
		}
		h.peer.answer(again, 200, "", mobileContact, sdpOf(40002))
		h.peer.request("ACK")
		h.peer.say(fromCalled("INVITE", 8, "g2", invite, "m", sdpOf(40002, "sendonly")))
		h.peer.response(200)
		h.peer.say(fromCalled("ACK", 8, "g3", invite, "m"))
		if got := fmt.Sprint(h.held()); got != "[true]" {
			h.Fatalf("told %v", got)
		}
	})
}

func TestAnUpdateWithAnOfferThatCrossesOursIsPutOff(t *testing.T) {
	virtual(t, func(h *house) {
		_, invite, ours := h.refreshed()
		h.peer.say(fromCalled("UPDATE", 7, "g1", invite, "m", sdpOf(40002)))
		h.peer.response(491)
		h.peer.say(fromCalled("UPDATE", 8, "g2", invite, "m")) // without one it is no matter
		h.peer.response(200)
		h.peer.answer(ours, 200, "", mobileContact, sdpOf(40002))
		h.peer.request("ACK")
	})
}

func TestASessionTimerOfThePeerIsKept(t *testing.T) {
	for _, row := range []struct {
		name, asks, answer string
		ours               bool
	}{
		{"it refreshes", "Supported: timer\nSession-Expires: 100", "100;refresher=uac", false},
		{"it says so", "Supported: timer\nSession-Expires: 100;refresher=uac", "100;refresher=uac", false},
		{"we refresh", "Supported: timer\nAllow: UPDATE\nSession-Expires: 100;refresher=uas", "100;refresher=uas", true},
		{"a proxy asks", "Allow: UPDATE\nSession-Expires: 100", "100;refresher=uas", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			virtual(t, func(h *house) {
				l := h.ringing("c1", row.asks, sdpOf(40000))
				l.Answer()
				ok := h.peer.response(200)
				if got := values(ok, "session-expires"); len(got) != 1 || got[0] != row.answer {
					h.Fatalf("answered %q", got)
				}
				h.peer.say(inDialog("ACK", 10, "a2", ok))
				h.link(fmc.Up)
				began := time.Now()
				if row.ours {
					update := h.peer.request("UPDATE")
					if got := time.Since(began); got != 50*time.Second || hasSDP(update) {
						h.Fatalf("refreshed after %v\n%s", got, update)
					}
					h.peer.answer(update, 200, "", "Session-Expires: 100;refresher=uac", "Contact: <sip:carrier@192.0.2.20:5060>")
					h.peer.answer(h.peer.request("UPDATE"), 481, "")
				} else {
					<-time.After(60 * time.Second)
					h.peer.say(inDialog("UPDATE", 11, "u1", ok, "Supported: timer", "Session-Expires: 100;refresher=uac"))
					h.peer.response(200)
					began = time.Now()
				}
				h.peer.answer(h.peer.request("BYE"), 200, "")
				if got := time.Since(began); !row.ours && got != 100*time.Second-32*time.Second {
					h.Fatalf("gave up after %v", got)
				}
				if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Lost {
					h.Fatalf("%v", gone.Cause)
				}
			})
		})
	}
}

// The library starts a goroutine per message: 60 INFO on one connection came out of order in 20 of 20 bursts. Here they
// come in the worst order there is.
func TestKeysInInfoKeepTheOrderInWhichTheyWerePressed(t *testing.T) {
	virtual(t, func(h *house) {
		l, ok := h.talking("c1")
		const keys = "0123456789*#A"
		on(l, func() {
			for i := len(keys) - 1; i >= 0; i-- {
				h.peer.say(inDialog("INFO", 11+i, fmt.Sprint("n", i), ok, "Content-Type: application/dtmf-relay") + fmt.Sprintf("Signal=%c\nDuration=160\n", keys[i]))
			}
		})
		<-time.After(time.Second)
		got := ""
		for len(h.board.events) > 0 {
			if d, ok := (<-h.board.events).(call.Digit); ok {
				got += string(d.Key)
			}
		}
		if got != keys {
			h.Fatalf("heard %q, want %q", got, keys)
		}
		for range keys {
			h.peer.response(200)
		}
	})
}

func TestAGapInCSeqIsWaitedForAndThenForgiven(t *testing.T) {
	virtual(t, func(h *house) {
		_, ok := h.talking("c1")
		began := time.Now()
		h.peer.say(inDialog("OPTIONS", 99, "o1", ok))
		h.peer.response(200)
		if got := time.Since(began); got != patience {
			h.Fatalf("answered after %v", got)
		}
		h.peer.say(inDialog("OPTIONS", 50, "o2", ok)) // RFC 3261 §12.2.2
		h.peer.response(500)
	})
}

func TestRequestsWithinACallGetTheirAnswers(t *testing.T) {
	for _, row := range []struct {
		method string
		more   []string
		body   string
		status int
		header string
	}{
		{"OPTIONS", nil, "", 200, "Accept: application/sdp"},
		{"INFO", nil, "", 200, ""},
		{"INFO", []string{"Content-Type: application/media_control+xml"}, "<x/>", 415, "application/dtmf-relay"},
		{"INFO", []string{"Content-Type: application/dtmf-relay"}, "Signal=nonsense\n", 415, ""},
		{"REFER", []string{"Refer-To: <sip:x@y>"}, "", 603, ""},
		{"PRACK", []string{"RAck: 1 10 INVITE"}, "", 481, ""},
		{"MESSAGE", []string{"Content-Type: text/plain"}, "hello\n", 405, "Allow: " + allowed},
		{"WHATEVER", nil, "", 405, "Allow: "},
	} {
		t.Run(row.method, func(t *testing.T) {
			virtual(t, func(h *house) {
				l, ok := h.talking("c1")
				h.peer.say(inDialog(row.method, 11, "o1", ok, row.more...) + row.body)
				if res := h.peer.response(row.status); !strings.Contains(res.String(), row.header) {
					h.Errorf("no %q in\n%s", row.header, res)
				}
				if l.link != fmc.Up {
					h.Error("the call ended")
				}
			})
		})
	}
}

func TestWhatBelongsToNoDialogIsToldSo(t *testing.T) {
	virtual(t, func(h *house) {
		_, ok := h.talking("c1")
		strange := strings.Replace(inDialog("BYE", 11, "b1", ok), "tag=far", "tag=forged", 1)
		h.peer.say(strange)
		h.peer.response(481)
		h.peer.say(strings.Replace(inDialog("BYE", 11, "b2", ok), "Call-ID: c1", "Call-ID: c9", 1))
		h.peer.response(481)
		h.peer.say(strings.Replace(inDialog("ACK", 10, "b3", ok), "Call-ID: c1", "Call-ID: c9", 1))
		h.peer.silent(time.Second)
	})
}

func TestAHangupIsAPersonsAndAnyOtherCauseALoss(t *testing.T) {
	for reason, want := range map[string]cause.Meaning{
		"Subject: none": cause.Hangup, "Reason: Q.850;cause=16": cause.Hangup, "Reason: Q.850;cause=31": cause.Lost,
		"Reason: SIP;cause=200": cause.Hangup, "Reason: Q.850;cause=102;text=\"timer\"": cause.Lost,
	} {
		virtual(t, func(h *house) {
			_, ok := h.talking("c1")
			h.peer.say(inDialog("BYE", 11, "b1", ok, reason))
			h.peer.response(200)
			if gone := h.link(fmc.Gone); gone.Cause.Meaning != want {
				h.Errorf("%s: %v", reason, gone.Cause)
			}
		})
	}
}

func TestRow19AMovedPeerIsFoundAtOnce(t *testing.T) {
	virtual(t, func(h *house) {
		l, ok := h.talking("c1")
		moved := newFarEnd(h.T, h.net, "192.0.2.40:5070", ourAddr)
		h.peer.say(strings.Replace(inDialog("UPDATE", 11, "u1", ok), "carrier@192.0.2.20:5060", "carrier@192.0.2.40:5070", 1))
		h.peer.response(200)
		if again := h.link(fmc.Up); again.Dialog == nil || again.Dialog.Target != "sip:carrier@192.0.2.40:5070" {
			h.Fatalf("the journal is not told: %+v", again.Dialog)
		}
		l.Release(cause.Of(cause.Hangup))
		moved.answer(moved.request("BYE"), 200, "")
	})
}

func TestASilentPhoneIsAskedAndGivenUpWhenItDoesNotKnowTheCall(t *testing.T) {
	virtual(t, func(h *house) {
		h.legs.opts.Timing.Silence = 20 * time.Second
		_, ok := h.talking("c1")
		began := time.Now()
		h.peer.answer(h.peer.request("OPTIONS"), 200, "") // it lives, and says nothing
		if got := time.Since(began); got < 20*time.Second || got > 25*time.Second {
			h.Fatalf("asked after %v", got)
		}
		h.peer.say(inDialog("UPDATE", 11, "h1", ok, sdpOf(40000, "sendonly"))) // on hold it may be silent
		h.peer.response(200)
		h.peer.silent(2 * time.Minute)
		h.peer.say(inDialog("UPDATE", 12, "h2", ok, sdpOf(40000)))
		h.peer.response(200)
		h.peer.answer(h.peer.request("OPTIONS"), 481, "")
		h.peer.answer(h.peer.request("BYE"), 481, "")
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Lost {
			h.Fatalf("%v", gone.Cause)
		}
	})
}

func TestAPhoneThatVanishedIsGivenUp(t *testing.T) {
	virtual(t, func(h *house) {
		h.legs.opts.Timing.Silence = 20 * time.Second
		h.talking("c1")
		h.peer.request("OPTIONS")
		_ = h.peer.conn.Close() // its power is gone
		h.net.mu.Lock()
		delete(h.net.conns, peerAddr)
		h.net.mu.Unlock()
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Lost {
			h.Fatalf("%v", gone.Cause)
		}
	})
}

func TestABugInALegEndsThatLegInOrder(t *testing.T) {
	virtual(t, func(h *house) {
		l, _ := h.talking("c1")
		l.box.post(func() { panic("seeded") })
		h.peer.answer(h.peer.request("BYE"), 200, "")
		if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.Failed {
			h.Fatalf("%v", gone.Cause)
		}
	})
}
