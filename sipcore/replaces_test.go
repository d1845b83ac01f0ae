package sipcore

import (
	"strings"
	"testing"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/sipcore/wire"
)

func TestAPhonePicksUpWhatRingsAtAColleagues(t *testing.T) {
	for _, early := range []string{"", ";early-only"} {
		virtual(t, func(h *house) {
			h.settle()
			mine, theirs := h.desk("ivanov-desk"), h.desk("petrov-desk")
			ringing, invite := theirs.rung(2, "far")
			mine.invites("c1", "202", "Replaces: "+replacing(invite.CallID().Value(), tagOf(invite.From().Params), "far")+early, "Require: replaces")
			l := h.leg()
			want := plan.Query{What: plan.AskPickUp, Leg: ringing.id}
			if r := h.board.asked[0]; r.Query != want || r.Company != "acme" || r.Employee != "ivanov" {
				h.Errorf("asked %+v", r)
			}
			l.Release(cause.Of(cause.Cancelled))
			mine.response(487)
		})
	}
}

func TestAPhonePicksUpAtTheOneOfSeveralThatItNames(t *testing.T) {
	virtual(t, func(h *house) {
		h.settle()
		mine, desk, soft := h.desk("petrov-desk"), h.desk("ivanov-desk"), h.desk("ivanov-soft")
		book := h.legs.opts.Trunks.phones.(phones)
		book["ivanov-desk"] = append(book["ivanov-desk"], book["ivanov-soft"]...)
		ringing, first := desk.rung(2, "first") // while it rings at both
		second := soft.request("INVITE")
		soft.answer(second, 180, "second")
		for i, names := range []string{
			replacing(first.CallID().Value(), tagOf(first.From().Params), "first"),
			replacing(second.CallID().Value(), tagOf(second.From().Params), "second"),
		} {
			mine.invites("c"+names[:3], "201", "Replaces: "+names)
			l := h.leg()
			if got := h.board.asked[i].Query; got.Leg != ringing.id || got.What != plan.AskPickUp {
				h.Errorf("asked %+v", got)
			}
			l.Release(cause.Of(cause.Cancelled))
			mine.response(487)
		}
		mine.invites("cross", "201", "Replaces: "+replacing(first.CallID().Value(), tagOf(first.From().Params), "second"))
		mine.response(481)
	})
}

func TestAPersonGoesOnAtAnotherPhone(t *testing.T) {
	virtual(t, func(h *house) {
		h.settle()
		soft := h.desk("ivanov-soft")
		talking, ok := h.desk("ivanov-desk").talks("c1", "+79120000001")
		soft.invites("c2", "201", "Replaces: "+ofOurs(ok))
		l := h.leg()
		want := plan.Query{What: plan.AskMove, Leg: talking.id}
		if r := h.board.asked[1]; r.Query != want || r.Employee != "ivanov" {
			h.Errorf("asked %+v", r)
		}
		l.Release(cause.Of(cause.Cancelled))
		soft.response(487)
		soft.invites("c3", "201", "Replaces: "+ofOurs(ok)+";early-only")
		soft.response(486)
	})
}

func TestAPlaceThatIsNotTheirsToTakeIsTakenByNobody(t *testing.T) {
	for name, dialog := range map[string]func(h *house) string{
		"nobody's": func(*house) string { return replacing("c9", "a", "b") },
		"of another tag": func(h *house) string {
			_, ok := h.desk("ivanov-soft").talks("c2", "202")
			return replacing("c2", tagOf(ok.To().Params), "x")
		},
		"a colleague's conversation": func(h *house) string { _, ok := h.desk("petrov-desk").talks("c2", "201"); return ofOurs(ok) },
		"another company's":          func(h *house) string { _, ok := h.desk("smith-desk").talks("c2", "201"); return ofOurs(ok) },
		"a client's":                 func(h *house) string { _, ok := h.talking("c2"); return ofOurs(ok) },
		"ringing at another company's": func(h *house) string {
			_, i := h.desk("smith-desk").rung(3, "s")
			return replacing(i.CallID().Value(), tagOf(i.From().Params), "s")
		},
		"ringing, of another tag": func(h *house) string {
			_, i := h.desk("petrov-desk").rung(3, "s")
			return replacing(i.CallID().Value(), tagOf(i.From().Params), "x")
		},
		"what a colleague calls": func(h *house) string {
			d := h.desk("petrov-desk")
			d.invites("c2", "+79120000001")
			h.leg().Progress(false)
			return ofOurs(d.response(180))
		},
		"what has ended": func(h *house) string {
			d := h.desk("ivanov-soft")
			_, ok := d.talks("c2", "202")
			d.within("BYE", ok)
			d.response(200)
			h.link(fmc.Gone)
			return ofOurs(ok)
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(h *house) {
				h.settle()
				names := dialog(h)
				offered := len(h.board.asked)
				d := h.desk("ivanov-desk")
				d.invites("c1", "201", "Replaces: "+names)
				if res := d.response(481); res.GetHeader("Warning") != nil || len(h.board.asked) != offered {
					h.Errorf("something is told, or offered:\n%s", res)
				}
			})
		})
	}
}

func TestAReplacesThatNamesNoDialogIsRefused(t *testing.T) {
	for name, lines := range map[string]string{
		"two":             "Replaces: c1;to-tag=a;from-tag=b\nReplaces: c2;to-tag=a;from-tag=b",
		"no tags":         "Replaces: c1",
		"one tag":         "Replaces: c1;to-tag=a",
		"no Call-ID":      "Replaces: ;to-tag=a;from-tag=b",
		"a tag of spaces": "Replaces: c1;to-tag=a b;from-tag=c",
		"a long one":      "Replaces: " + strings.Repeat("x", 3000) + "<;to-tag=a;from-tag=b",
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(h *house) {
				h.settle()
				d := h.desk("ivanov-desk")
				d.invites("c1", "201", lines)
				if res := d.response(400); res.GetHeader("Warning") == nil || len(h.board.asked) != 0 {
					h.Errorf("%s", res)
				}
			})
		})
	}
}

func TestACarrierTakesNobodysPlace(t *testing.T) {
	virtual(t, func(h *house) {
		h.settle()
		_, ok := h.desk("ivanov-desk").talks("c1", "+79120000001")
		h.peer.say(inviteText("i2", "c2", "Replaces: "+ofOurs(ok), sdpOf(40000)))
		h.peer.response(100)
		h.peer.response(481)
		if len(h.board.asked) != 1 {
			h.Error("it was offered")
		}
	})
}

func FuzzReplaces(f *testing.F) {
	f.Add("c1@host;to-tag=a;from-tag=b;early-only")
	f.Add(";to-tag=\"")
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := readReplaces(text)
		if ok && (!wire.IsCallID(r.callID) || !wire.IsToken(r.toTag) || !wire.IsToken(r.fromTag)) {
			t.Errorf("%q: %+v", text, r)
		}
	})
}
