package sipcore

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
)

// atDesk runs a test in a house of two companies with a phone of Ivanov's.
func atDesk(t *testing.T, test func(h *house, d *desk)) {
	t.Helper()
	virtual(t, func(h *house) {
		h.settle()
		test(h, h.desk("ivanov-desk"))
	})
}

func TestAPhoneTransfersAndIsToldThatTheOtherPartyHasGoneOn(t *testing.T) {
	atDesk(t, func(h *house, d *desk) {
		l, ok := d.talks("c1", "+79120000001")
		if allow := ok.GetHeader("Allow").Value(); !strings.Contains(allow, "REFER") || !hasToken(ok, "Supported", "replaces") {
			h.Errorf("the phone is not told that it may: %s", ok)
		}
		d.within("REFER", ok, "Refer-To: <sip:202@acme;transport=udp>", "Referred-By: <sip:ivanov-desk@acme>")
		if res := d.response(202); res.Contact() == nil || res.GetHeader("Refer-Sub") != nil {
			h.Errorf("answered\n%s", res)
		}
		d.notified(100, "active;expires=40", "refer")
		want := call.Wish{Kind: call.WishTransfer, Leg: l.id, Digits: "202"}
		if got := h.wishes(); len(got) != 1 || got[0] != want {
			h.Fatalf("wished %+v, want %+v", got, want)
		}
		l.Release(cause.Of(cause.Hangup))
		d.notified(200, "terminated", "refer")
		d.answer(d.request("BYE"), 200, "")
		h.link(fmc.Gone)
		d.silent(time.Minute)
	})
}

func TestAPhoneThatWasCalledTransfersToo(t *testing.T) {
	atDesk(t, func(h *house, d *desk) {
		l, invite := d.rung(2, "desk")
		if allow := invite.GetHeader("Allow").Value(); !strings.Contains(allow, "REFER") {
			h.Errorf("the phone is not told that it may: %s", allow)
		}
		d.answer(invite, 200, "desk", "Contact: <sip:ivanov-desk@"+d.addr+">", sdpOf(40002))
		d.request("ACK")
		h.link(fmc.Up)
		refer := strings.ReplaceAll(fromCalled("REFER", 11, "r1", invite, "desk", "Refer-To: <tel:+7-912-000-00-02>"), "192.0.2.20:5060", d.addr)
		d.say(refer)
		d.response(202)
		d.notified(100, "active", "refer")
		if got := h.wishes(); len(got) != 1 || got[0].Leg != l.id || callerid.Received(got[0].Digits, "RU").E164 != "+79120000002" {
			h.Fatalf("wished %+v", got)
		}
	})
}

func TestAPhoneThatHangsUpBehindItsREFERHasTransferred(t *testing.T) {
	atDesk(t, func(h *house, d *desk) {
		_, ok := d.talks("c1", "+79120000001")
		d.within("REFER", ok, "Refer-To: <sip:202@acme>")
		d.response(202)
		d.notified(100, "active", "refer")
		d.within("BYE", ok)
		d.response(200)
		wished, gone := false, false
		for !gone {
			switch ev := (<-h.board.events).(type) {
			case call.Wished:
				wished = true
			case call.LinkIs:
				gone = ev.Link == fmc.Gone
			}
		}
		if !wished {
			h.Error("the call heard of the hang-up before it heard of the transfer")
		}
		d.silent(time.Minute)
	})
}

func TestATransferThatNothingComesOfIsToldAfterFortySeconds(t *testing.T) {
	atDesk(t, func(h *house, d *desk) {
		l, ok := d.talks("c1", "+79120000001")
		d.within("REFER", ok, "Refer-To: <sip:299@acme>")
		d.response(202)
		d.notified(100, "active", "refer")
		d.within("REFER", ok, "Refer-To: <sip:202@acme>")
		if res := d.response(491); res.GetHeader("Warning") == nil {
			h.Errorf("without a reason:\n%s", res)
		}
		began := time.Now()
		d.notified(603, "terminated", "refer")
		if waited := time.Since(began); waited < 35*time.Second || waited > 41*time.Second {
			h.Errorf("told after %v", waited)
		}
		if !l.up() {
			h.Error("the person lost the call")
		}
		d.within("REFER", ok, "Refer-To: <sip:202@acme>")
		d.response(202)
		d.notified(100, "active", "refer;id=13") // the second of a dialog is named by its CSeq
		if got := h.wishes(); len(got) != 2 {
			h.Errorf("wished %+v", got)
		}
	})
}

func TestAPhoneThatWantsNoWordGetsNone(t *testing.T) {
	atDesk(t, func(h *house, d *desk) {
		l, ok := d.talks("c1", "+79120000001")
		d.within("REFER", ok, "Refer-To: <sip:202@acme>", "Refer-Sub: false", "Require: norefersub")
		if res := d.response(202); res.GetHeader("Refer-Sub") == nil || res.GetHeader("Refer-Sub").Value() != "false" {
			h.Errorf("answered\n%s", res)
		}
		if got := h.wishes(); len(got) != 1 {
			h.Errorf("wished %+v", got)
		}
		l.Release(cause.Of(cause.Hangup))
		d.request("BYE")
	})
}

func TestAPhoneThatKnowsNoSubscriptionIsToldNoMore(t *testing.T) {
	atDesk(t, func(h *house, d *desk) {
		l, ok := d.talks("c1", "+79120000001")
		d.within("REFER", ok, "Refer-To: <sip:202@acme>")
		d.response(202)
		d.answer(d.request("NOTIFY"), 481, "")
		l.Release(cause.Of(cause.Hangup))
		d.request("BYE")
	})
}

func TestATransferThatTheServersEndCutsShortHasNotSucceeded(t *testing.T) {
	atDesk(t, func(h *house, d *desk) {
		l, ok := d.talks("c1", "+79120000001")
		d.within("REFER", ok, "Refer-To: <sip:202@acme>")
		d.response(202)
		d.notified(100, "active", "refer")
		l.Release(cause.Of(cause.Interrupted))
		d.notified(503, "terminated", "refer")
		d.answer(d.request("BYE"), 200, "")
	})
}

func TestAREFERThatAsksForNothingSensibleIsRefusedWithTheReason(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		lines  []string
	}{
		"nowhere":           {400, nil},
		"two places":        {400, []string{"Refer-To: <sip:202@acme>", "Refer-To: <sip:203@acme>"}},
		"two in a list":     {400, []string{"Refer-To: <sip:202@acme>, <sip:203@acme>"}},
		"a page":            {416, []string{"Refer-To: <http://acme.example/202>"}},
		"another method":    {400, []string{"Refer-To: <sip:202@acme;method=BYE>"}},
		"nobody":            {400, []string{"Refer-To: <sip:acme>"}},
		"a very long name":  {400, []string{"Refer-To: <sip:" + strings.Repeat("9", 65) + "@acme>"}},
		"no dialog":         {400, []string{"Refer-To: <sip:202@acme?Replaces=>"}},
		"half a dialog":     {400, []string{"Refer-To: <sip:202@acme?Replaces=c2%3Bto-tag%3Da>"}},
		"an escape cut off": {400, []string{"Refer-To: <sip:202@acme?Replaces=c2%3Bto-tag%3Da%3Bfrom-tag%3>"}},
	} {
		t.Run(name, func(t *testing.T) {
			atDesk(t, func(h *house, d *desk) {
				l, ok := d.talks("c1", "+79120000001")
				d.within("REFER", ok, row.lines...)
				if res := d.response(row.status); res.GetHeader("Warning") == nil {
					h.Errorf("without a reason:\n%s", res)
				}
				if got := h.wishes(); len(got) != 0 || !l.up() {
					h.Errorf("wished %+v", got)
				}
			})
		})
	}
}

func TestACallThatIsNotAnsweredIsNotTransferred(t *testing.T) {
	atDesk(t, func(h *house, d *desk) {
		d.invites("c1", "+79120000001")
		l := h.leg()
		l.Progress(false)
		d.within("REFER", d.response(180), "Refer-To: <sip:202@acme>")
		d.response(480)
		if got := h.wishes(); len(got) != 0 {
			h.Errorf("wished %+v", got)
		}
		l.Release(cause.Of(cause.Busy))
		d.response(486)
	})
}

func TestACarrierTransfersNothing(t *testing.T) {
	virtual(t, func(h *house) {
		h.settle()
		_, ok := h.talking("c1")
		if strings.Contains(ok.GetHeader("Allow").Value(), "REFER") || hasToken(ok, "Supported", "replaces") {
			h.Errorf("it is told that it may:\n%s", ok)
		}
		h.peer.say(inDialog("REFER", 11, "r1", ok, "Refer-To: <sip:+79120000009@192.0.2.20>"))
		h.peer.response(603)
		if got := h.wishes(); len(got) != 0 {
			h.Errorf("wished %+v", got)
		}
	})
}

func TestAnAttendedTransferHandsTheOtherCallsPartyOver(t *testing.T) {
	atDesk(t, func(h *house, d *desk) {
		client, first := d.talks("c1", "+79120000001")
		target, second := d.talks("c2", "202")
		d.within("REFER", first, "Refer-To: <sip:202@acme?"+escaped(ofOurs(second))+">")
		d.response(202)
		d.notified(100, "active", "refer")
		want := call.Wish{Kind: call.WishHandOver, Leg: target.id, Whom: client.id}
		if got := h.wishes(); len(got) != 1 || got[0] != want {
			h.Fatalf("wished %+v, want %+v", got, want)
		}
		client.Release(cause.Of(cause.Hangup))
		d.notified(200, "terminated", "refer")
		d.answer(d.request("BYE"), 200, "")
	})
}

func TestAConsultationThatStillRingsMayBeHandedOver(t *testing.T) {
	atDesk(t, func(h *house, d *desk) {
		client, first := d.talks("c1", "+79120000001")
		d.invites("c2", "202")
		target := h.leg()
		target.Progress(false)
		ringing := d.response(180)
		d.within("REFER", first, "Refer-To: <sip:202@acme?"+escaped(ofOurs(ringing))+">")
		d.response(202)
		d.notified(100, "active", "refer")
		if got := h.wishes(); len(got) != 1 || got[0].Leg != target.id || got[0].Whom != client.id {
			h.Fatalf("wished %+v", got)
		}
		target.Release(cause.Of(cause.Busy))
		d.response(486)
	})
}

func TestTheCallsHearLateOfAPhoneThatHangsUpBehindAnAttendedTransfer(t *testing.T) {
	for _, taken := range []bool{true, false} {
		atDesk(t, func(h *house, d *desk) {
			client, first := d.talks("c1", "+79120000001")
			target, second := d.talks("c2", "202")
			d.within("REFER", first, "Refer-To: <sip:202@acme?"+escaped(ofOurs(second))+">")
			d.response(202)
			d.notified(100, "active", "refer")
			h.wishes()
			for _, ok := range []*sip.Response{first, second} {
				d.within("BYE", ok)
				d.response(200)
				d.within("INFO", ok)
				d.response(481) // the phone has no call any more, whatever ours know
				d.within("BYE", ok)
				d.response(200)
			}
			soft := h.desk("ivanov-soft")
			soft.invites("c3", "201", "Replaces: "+ofOurs(first))
			soft.response(481)
			if n := len(h.board.events); n != 0 {
				h.Fatal("a call would end before the two have joined")
			}
			began := time.Now()
			if taken {
				client.Release(cause.Of(cause.Hangup))
				target.Release(cause.Of(cause.Hangup))
			}
			for range 2 {
				gone := h.link(fmc.Gone)
				if waited := time.Since(began); taken != (waited == 0) || waited > 4*time.Second {
					h.Errorf("%+v after %v", gone, waited)
				}
			}
			d.silent(time.Minute) // neither NOTIFY nor BYE: the phone has left
		})
	}
}

func TestAPhoneThatHangsUpLongAfterItsTransferFailedIsGoneAtOnce(t *testing.T) {
	atDesk(t, func(h *house, d *desk) {
		_, first := d.talks("c1", "+79120000001")
		_, second := d.talks("c2", "202")
		d.within("REFER", first, "Refer-To: <sip:202@acme?"+escaped(ofOurs(second))+">")
		d.response(202)
		d.notified(100, "active", "refer")
		d.notified(603, "terminated", "refer")
		<-time.After(time.Second)
		for _, ok := range []*sip.Response{first, second} {
			began := time.Now()
			d.within("BYE", ok)
			d.response(200)
			h.link(fmc.Gone)
			if waited := time.Since(began); waited > patience {
				h.Errorf("told after %v", waited)
			}
		}
	})
}

func TestADialogThatIsNotThePersonsOwnIsHandedToNobody(t *testing.T) {
	for name, dialog := range map[string]func(h *house, d *desk) string{
		"nobody's": func(*house, *desk) string { return replacing("c9", "a", "b") },
		"of another tag": func(_ *house, d *desk) string {
			_, ok := d.talks("c2", "202")
			return replacing("c2", tagOf(ok.To().Params), "guessed")
		},
		"the same":      func(*house, *desk) string { return "" },
		"a colleague's": func(h *house, _ *desk) string { _, ok := h.desk("petrov-desk").talks("c2", "201"); return ofOurs(ok) },
		"a company's":   func(h *house, _ *desk) string { _, ok := h.desk("smith-desk").talks("c2", "201"); return ofOurs(ok) },
		"a client's":    func(h *house, _ *desk) string { _, ok := h.talking("c2"); return ofOurs(ok) },
		"that rings here": func(h *house, _ *desk) string {
			_, i := h.desk("ivanov-soft").rung(3, "s")
			return replacing(i.CallID().Value(), tagOf(i.From().Params), "s")
		},
	} {
		t.Run(name, func(t *testing.T) {
			atDesk(t, func(h *house, d *desk) {
				l, ok := d.talks("c1", "+79120000001")
				names := dialog(h, d)
				if names == "" {
					names = ofOurs(ok)
				}
				d.within("REFER", ok, "Refer-To: <sip:202@acme?"+escaped(names)+">")
				if res := d.response(481); res.GetHeader("Warning") != nil {
					h.Errorf("something is told:\n%s", res)
				}
				if got := h.wishes(); len(got) != 0 || !l.up() {
					h.Errorf("wished %+v", got)
				}
			})
		})
	}
}

func TestAnotherPhoneOfTheSamePersonMayBeNamed(t *testing.T) {
	atDesk(t, func(h *house, d *desk) {
		client, first := d.talks("c1", "+79120000001")
		target, second := h.desk("ivanov-soft").talks("c2", "202")
		d.within("REFER", first, "Refer-To: <sip:202@acme?"+escaped(ofOurs(second))+">")
		d.response(202)
		d.notified(100, "active", "refer")
		if got := h.wishes(); len(got) != 1 || got[0].Leg != target.id || got[0].Whom != client.id {
			h.Fatalf("wished %+v", got)
		}
	})
}
