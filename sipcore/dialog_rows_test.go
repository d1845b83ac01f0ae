package sipcore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// The rows of the library's pitfalls that concern dialogs. TestSipgoRowNN pins what the library does, so that a version
// that does better is noticed; TestRowNN fails when our own way is removed.

// libraryUA is sipgo's own dialog layer on a network in memory.
type libraryUA struct {
	ua   *sipgo.UserAgent
	dlg  *sipgo.DialogUA
	peer *farEnd
	stop func()
}

func newLibraryUA(t *testing.T) *libraryUA {
	t.Helper()
	n := &memNet{conns: map[string]*memConn{}}
	ua, err := sipgo.NewUA()
	if err != nil {
		t.Fatal(err)
	}
	client, err := sipgo.NewClient(ua, sipgo.WithClientConnectionAddr(ourAddr))
	if err != nil {
		t.Fatal(err)
	}
	conn := n.listen(ourAddr)
	var wg sync.WaitGroup
	wg.Go(func() { _ = ua.TransportLayer().ServeUDP(conn) })
	synctest.Wait()
	contact := sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "lib", Host: "192.0.2.10", Port: 5060}}
	return &libraryUA{ua: ua, dlg: &sipgo.DialogUA{Client: client, ContactHDR: contact}, peer: newFarEnd(t, n, peerAddr, ourAddr), stop: func() {
		synctest.Wait()
		_ = conn.Close()
		_ = ua.Close()
		wg.Wait()
	}}
}

// library runs a test of the library in virtual time.
func library(t *testing.T, test func(t *testing.T, u *libraryUA)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		u := newLibraryUA(t)
		defer u.stop()
		test(t, u)
	})
}

// invite has the library send an INVITE.
func (u *libraryUA) invite(t *testing.T, ctx context.Context) (*sipgo.DialogClientSession, *sip.Request) {
	t.Helper()
	s, err := u.dlg.Invite(ctx, sip.Uri{Scheme: "sip", User: "m", Host: "192.0.2.20", Port: 5060}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, u.peer.request("INVITE")
}

func TestSipgoRow09ElevenResponsesEndTheCall(t *testing.T) {
	library(t, func(t *testing.T, u *libraryUA) {
		s, invite := u.invite(t, t.Context())
		answered := make(chan error)
		go func() { answered <- s.WaitAnswer(t.Context(), sipgo.AnswerOptions{}) }()
		for range 11 {
			u.peer.answer(invite, 180, "m")
		}
		if err := <-answered; err == nil || !strings.Contains(err.Error(), "more than 10") {
			t.Fatalf("the library takes them now: %v", err)
		}
	})
}

func TestSipgoRow10ThePeersFirstCSeqIsMeasuredByOurs(t *testing.T) {
	req := func(seq uint32) *sip.Request {
		r := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", Host: "192.0.2.20"})
		r.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: sip.INVITE})
		return r
	}
	d := sipgo.Dialog{InviteRequest: req(100)} // ours: we called
	d.Init()
	if err := d.ReadRequest(req(1), nil); !errors.Is(err, sipgo.ErrDialogInvalidCseq) {
		t.Fatalf("the library keeps the spaces apart now: %v", err)
	}
}

func TestRow10ThePeersFirstCSeqIsFree(t *testing.T) {
	for _, first := range []int{0, 1, 1 << 30} {
		virtual(t, func(h *house) {
			_, invite := h.reached("m")
			h.peer.say(fromCalled("OPTIONS", first, "o1", invite, "m"))
			h.peer.response(200)
			h.peer.say(fromCalled("OPTIONS", first+1, "o2", invite, "m"))
			h.peer.response(200)
			h.peer.say(fromCalled("OPTIONS", first, "o3", invite, "m"))
			h.peer.response(500) // from then on it must rise
		})
	}
}

func TestSipgoRow11ASecondAnswerGetsTheFirstOnesAck(t *testing.T) {
	library(t, func(t *testing.T, u *libraryUA) {
		s, invite := u.invite(t, t.Context())
		answered := make(chan error)
		go func() { answered <- s.WaitAnswer(t.Context(), sipgo.AnswerOptions{}) }()
		u.peer.answer(invite, 200, "a", "Contact: <sip:a@192.0.2.20:5060>")
		if err := <-answered; err != nil {
			t.Fatal(err)
		}
		if err := s.Ack(t.Context()); err != nil {
			t.Fatal(err)
		}
		u.peer.request("ACK")
		u.peer.answer(invite, 200, "b", "Contact: <sip:b@192.0.2.20:5060>")
		if ack := u.peer.request("ACK"); tagOf(ack.To().Params) != "a" {
			t.Fatalf("the library tells forks apart now\n%s", ack)
		}
		u.peer.silent(time.Minute) // and no BYE
	})
}

func TestSipgoRow12AnAnswerAfterTheCancelIsLeftAlone(t *testing.T) {
	library(t, func(t *testing.T, u *libraryUA) {
		ctx, cancel := context.WithCancel(t.Context())
		s, invite := u.invite(t, ctx)
		answered := make(chan error)
		go func() { answered <- s.WaitAnswer(ctx, sipgo.AnswerOptions{}) }()
		cancel()
		synctest.Wait()
		u.peer.answer(invite, 200, "a", "Contact: <sip:a@192.0.2.20:5060>")
		if err := <-answered; err == nil {
			t.Fatal("the library takes the answer now")
		}
		u.peer.silent(time.Minute) // neither ACK nor BYE: the phone is connected to nobody
	})
}

// libraryServer has the library take one INVITE and do something with it.
func (u *libraryUA) serve(do func(*sipgo.DialogServerSession)) {
	u.ua.TransactionLayer().OnRequest(func(req *sip.Request, tx *sip.ServerTx) {
		if !req.IsInvite() {
			tx.Terminate()
			return
		}
		if s, err := u.dlg.ReadInvite(req, tx); err == nil {
			do(s)
		}
	})
}

func TestSipgoRow14AMissingAckIsRepeatedForAndNeverHungUp(t *testing.T) {
	library(t, func(t *testing.T, u *libraryUA) {
		u.serve(func(s *sipgo.DialogServerSession) { _ = s.Respond(200, "OK", nil) })
		u.peer.say(inviteText("l1", "c1"))
		u.peer.response(200)
		began := time.Now()
		for _, want := range []time.Duration{500, 4500, 8500} {
			u.peer.response(200)
			if got := time.Since(began); got != want*time.Millisecond {
				t.Fatalf("repeated after %v: the library doubles T1 now", got)
			}
		}
		for time.Since(began) < 2*64*sip.T1 {
			select {
			case d := <-u.peer.conn.in:
				if strings.HasPrefix(string(d.data), "BYE") {
					t.Fatal("the library hangs up now")
				}
			case <-time.After(time.Minute):
			}
		}
	})
}

func TestSipgoRow16ARefusalBlocksItsCaller(t *testing.T) {
	library(t, func(t *testing.T, u *libraryUA) {
		took := make(chan time.Duration, 1)
		u.serve(func(s *sipgo.DialogServerSession) {
			began := time.Now()
			_ = s.Respond(486, "Busy Here", nil)
			took <- time.Since(began)
		})
		u.peer.say(inviteText("l1", "c1"))
		u.peer.response(486)
		if got := <-took; got != 64*sip.T1 {
			t.Fatalf("Respond returned after %v: the library does not wait for the ACK now", got)
		}
	})
}

func TestRow16ARefusalAndAByeBlockNobody(t *testing.T) {
	virtual(t, func(h *house) {
		began := time.Now()
		h.ringing("c1").Release(cause.Of(cause.Busy))
		h.peer.response(486) // and no ACK comes
		h.link(fmc.Gone)
		l, _ := h.reached("m")
		l.Release(cause.Of(cause.Hangup))
		h.link(fmc.Gone) // and no answer to the BYE
		if got := time.Since(began); got != 0 {
			h.Fatalf("the call waited %v", got)
		}
	})
}

func TestSipgoRow19ACloneKeepsTheOldDestination(t *testing.T) {
	req := sip.NewRequest(sip.ACK, sip.Uri{Scheme: "sip", Host: "192.0.2.1", Port: 5060})
	again := req.Clone()
	again.Recipient = sip.Uri{Scheme: "sip", Host: "192.0.2.2", Port: 5060}
	if got := again.Destination(); got != "192.0.2.1:5060" {
		t.Fatalf("%s: a clone follows its target now", got)
	}
}

func TestSipgoRow22EachSendingAddsTheRoutesAgain(t *testing.T) {
	library(t, func(t *testing.T, u *libraryUA) {
		s, invite := u.invite(t, t.Context())
		answered := make(chan error)
		go func() { answered <- s.WaitAnswer(t.Context(), sipgo.AnswerOptions{}) }()
		u.peer.answer(invite, 200, "a", "Contact: <sip:a@192.0.2.20:5060>", "Record-Route: <sip:192.0.2.20:5060;lr>")
		if err := <-answered; err != nil {
			t.Fatal(err)
		}
		info := sip.NewRequest(sip.INFO, sip.Uri{Scheme: "sip", User: "a", Host: "192.0.2.20", Port: 5060})
		info.Laddr = sip.Addr{IP: []byte{192, 0, 2, 10}, Port: 5060}
		for want := 1; want <= 2; want++ {
			if err := s.WriteRequest(info); err != nil {
				t.Fatal(err)
			}
			if got := len(u.peer.request("INFO").GetHeaders("Route")); got != want {
				t.Fatalf("%d Route headers at sending %d: the library does not pile them up now", got, want)
			}
		}
	})
}

func TestRow22RequestsCarryTheRouteSetOnceAndInOrder(t *testing.T) {
	for _, row := range []struct {
		name    string
		records string
		uri     string
		routes  []string
		hop     string
	}{
		{
			"loose", "Record-Route: <sip:192.0.2.41:5060;lr>\nRecord-Route: <sip:192.0.2.40:5060;lr>", "sip:mobile@192.0.2.20:5060",
			[]string{"<sip:192.0.2.40:5060;lr>", "<sip:192.0.2.41:5060;lr>"},
			"192.0.2.40:5060",
		},
		{
			"strict", "Record-Route: <sip:192.0.2.41:5060>\nRecord-Route: <sip:192.0.2.40:5060>", "sip:192.0.2.40:5060",
			[]string{"<sip:192.0.2.41:5060>", "<sip:mobile@192.0.2.20:5060>"},
			"192.0.2.40:5060",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			virtual(t, func(h *house) {
				proxy := newFarEnd(t, h.net, row.hop, ourAddr)
				l := h.dial()
				h.peer.answer(h.peer.request("INVITE"), 200, "m", mobileContact, row.records, sdpOf(40002))
				for i, method := range []sip.RequestMethod{"ACK", "OPTIONS", "OPTIONS", "BYE"} {
					switch method {
					case "OPTIONS":
						l.box.post(l.probe)
					case "BYE":
						l.Release(cause.Of(cause.Hangup))
					}
					req := proxy.request(method)
					var routes []string
					for _, r := range req.GetHeaders("Route") {
						routes = append(routes, r.Value())
					}
					if fmt.Sprint(routes) != fmt.Sprint(row.routes) || req.Recipient.String() != row.uri {
						t.Fatalf("request %d\n%s", i, req)
					}
					if method != "ACK" {
						proxy.answer(req, 200, "")
					}
				}
			})
		})
	}
}

// Not a row of the table: found here.
func TestSipgoAnAnswerAfterTheCancelTakesThePlaceOfThe487(t *testing.T) {
	library(t, func(t *testing.T, u *libraryUA) {
		late := make(chan struct{})
		u.ua.TransactionLayer().OnRequest(func(req *sip.Request, tx *sip.ServerTx) {
			_ = tx.Respond(sip.NewResponseFromRequest(req, 180, "Ringing", nil))
			<-late
			_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
		})
		u.peer.say(inviteText("i-c1", "c1"))
		u.peer.response(180)
		u.peer.say(cancelText("c1"))
		u.peer.response(200)
		u.peer.response(487)
		close(late)
		u.peer.response(200) // timer G says the INVITE's 200 in the place of the 487
	})
}
