package gsmsim_test

import (
	"context"
	"strings"
	"testing"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
	"roadline/hardware/pdu"
)

// mobile puts a card into a telephone without AT.
func mobile(t *testing.T, n *gsmsim.Network, card *gsmsim.Card) *gsmsim.Mobile {
	t.Helper()
	m, err := n.Mobile(card)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// came is what the network brings to a telephone next.
func came(t *testing.T, m *gsmsim.Mobile) gsmsim.MobileEvent {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ev, err := m.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

func TestTwoTelephonesWithoutATCallEachOther(t *testing.T) {
	n := world(t)
	a, b := mobile(t, n, gsmsim.NewCard(1)), mobile(t, n, gsmsim.NewCard(2))
	out, err := a.Dial(b.Card().Number)
	if err != nil {
		t.Fatal(err)
	}
	in := came(t, b).Call
	if in == nil || in.Caller() != a.Card().Number {
		t.Fatalf("there came %+v", in)
	}
	if _, err := a.Dial("112"); cause.KindOf(err) != cause.NoRoom {
		t.Errorf("a second call: %v", err)
	}
	if third, err := n.Call("+79031112233", b.Card().Number, gsmsim.CallOptions{}); err != nil {
		t.Error(err)
	} else if arrives(t, "who calls a busy phone is told", third.Ended()); third.Cause() != 17 {
		t.Errorf("a busy phone: %d", third.Cause())
	}
	in.Answer()
	arrives(t, "the call is answered", out.Answered())
	in.HangUp()
	arrives(t, "the call is over", out.Ended())
	if _, err := a.Dial("+x"); cause.KindOf(err) != cause.Invalid {
		t.Errorf("a number that is none: %v", err)
	}
}

func TestATextToATelephoneThatIsOffWaits(t *testing.T) {
	n := world(t)
	a, b := mobile(t, n, gsmsim.NewCard(1)), mobile(t, n, gsmsim.NewCard(2))
	b.Switch(false)
	if h, err := n.Call("+79031112233", b.Card().Number, gsmsim.CallOptions{}); err != nil {
		t.Error(err)
	} else if arrives(t, "the caller is told", h.Ended()); h.Cause() != 18 {
		t.Errorf("a phone that is off: %d", h.Cause())
	}
	parts, _, err := pdu.Compose(pdu.Text{To: b.Card().Number, Text: "wait for me", Report: true})
	if err != nil {
		t.Fatal(err)
	}
	reference, why := a.Submit(t.Context(), parts[0])
	if why != 0 {
		t.Fatalf("it was refused: %d", why)
	}
	if n.Undelivered() != 1 {
		t.Error("it does not wait")
	}
	b.Switch(true)
	if m, err := pdu.Read(came(t, b).PDU); err != nil || m.Text != "wait for me" || m.From != a.Card().Number {
		t.Errorf("there came %+v, %v", m, err)
	}
	if m, err := pdu.Read(came(t, a).PDU); err != nil || m.Report == nil || m.Report.Reference != reference {
		t.Errorf("reported is %+v, %v", m, err)
	}
	a.Switch(false)
	if _, why := a.Submit(t.Context(), parts[0]); why != 331 {
		t.Errorf("a phone that is off sends: %d", why)
	}
	if _, err := a.Dial(b.Card().Number); cause.KindOf(err) != cause.Unavailable {
		t.Errorf("a phone that is off calls: %v", err)
	}
	if _, why := a.Submit(t.Context(), []byte{1}); why != 304 {
		t.Errorf("what is no message: %d", why)
	}
}

func TestATelephoneAsksTheNetwork(t *testing.T) {
	n := world(t)
	m := mobile(t, n, gsmsim.NewCard(1))
	if said, open, err := m.Ask(t.Context(), "*105#"); err != nil || !open || !strings.HasPrefix(said, "Roadnet") {
		t.Errorf("the menu is %q, %v, %v", said, open, err)
	}
	if said, open, err := m.Ask(t.Context(), "1"); err != nil || open || !strings.HasPrefix(said, "Balance") {
		t.Errorf("the choice is %q, %v, %v", said, open, err)
	}
	if _, err := n.Mobile(m.Card()); cause.KindOf(err) != cause.Conflict {
		t.Errorf("a card in two telephones: %v", err)
	}
}
