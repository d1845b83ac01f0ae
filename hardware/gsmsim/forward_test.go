package gsmsim_test

import (
	"strings"
	"testing"

	"roadline/hardware/gsmsim"
)

const desk = "+74950000001"

// rung is a card that a client's call rings in, and the desk that calls are forwarded to.
func rung(t *testing.T, n *gsmsim.Network, orders ...string) (*gsmsim.Card, *line, *gsmsim.Subscriber) {
	t.Helper()
	card := gsmsim.NewCard(1)
	l := open(t, plug(t, n, gsmsim.EC25, card).Port(gsmsim.AT))
	l.at("ATE0")
	l.at("AT+CMEE=1")
	for _, o := range orders {
		if got := l.at(o); !strings.Contains(got, "OK") {
			t.Fatalf("%s: %q", o, got)
		}
	}
	return card, l, n.Subscriber(desk, gsmsim.Behaviour{})
}

func calls(t *testing.T, n *gsmsim.Network, card *gsmsim.Card) *gsmsim.Handset {
	t.Helper()
	h, err := n.Call("+79030000001", card.Number, gsmsim.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestACallThatNobodyTakesGoesOnAfterItsTimeAndSaysWhoseItWas(t *testing.T) {
	n := world(t, patiently)
	card, l, to := rung(t, n, `AT+CCFC=2,3,"`+desk+`",145,1,,,17`)
	if got := l.at("AT+CCFC=2,2"); !strings.Contains(got, `+CCFC: 1,1,"`+desk+`",145,,,20`) { // in steps of five
		t.Errorf("it is %q", got)
	}
	client := calls(t, n, card)
	l.expect("RING\r\n")
	l.expect("NO CARRIER\r\n")
	if h := called(t, to); h.Caller() != "+79030000001" || h.Diverter() != card.Number {
		t.Errorf("the desk is called by %q, diverted by %q", h.Caller(), h.Diverter())
	}
	arrives(t, "the desk has answered the client", client.Answered())
	before := n.Left(card).Minutes
	client.HangUp()
	arrives(t, "the call is over", client.Ended())
	if after := n.Left(card).Minutes; after != before-1 {
		t.Errorf("the card paid %d minutes for the way on", before-after)
	}
}

func TestWhoRefusesACallHasItForwardedAsBusy(t *testing.T) {
	n := world(t, patiently)
	card, l, to := rung(t, n, `AT+CCFC=1,3,"`+desk+`",145`)
	client := calls(t, n, card)
	l.expect("RING\r\n")
	l.at("AT+CHUP")
	if h := called(t, to); h.Diverter() != card.Number {
		t.Errorf("the desk is called, diverted by %q", h.Diverter())
	}
	arrives(t, "the client is answered", client.Answered())
	client.HangUp()
}

func TestOperatorsRefuseOrIgnoreForwarding(t *testing.T) {
	n := world(t)
	card, l, _ := rung(t, n)
	n.SetForwarding(card, gsmsim.ForwardingRefused)
	for _, order := range []string{"AT+CCFC=1,2", `AT+CCFC=1,3,"` + desk + `",145`} {
		l.write(order + "\r")
		l.expect("+CME ERROR: 3\r\n")
	}
	n.SetForwarding(card, gsmsim.ForwardingIgnored)
	l.at(`AT+CCFC=1,3,"` + desk + `",145`)
	if to, _ := n.Forwarded(card, 1); to != "" {
		t.Errorf("it goes to %s", to)
	}
	n.SetForwarding(card, gsmsim.ForwardingTaken)
	for _, wrong := range []string{"AT+CCFC=1,3", `AT+CCFC=2,3,"` + desk + `",145,1,,,31`, `AT+CCFC=2,3,"` + desk + `",145,1,,,0`, `AT+CCFC=1,3,"` + desk + `",145,1,,,20`, "AT+CCFC=6,2"} {
		l.write(wrong + "\r")
		l.expect("ERROR: 50\r\n")
	}
	l.at(`AT+CCFC=5,3,"` + desk + `",145`)
	l.at(`AT+CCFC=3,3,"` + desk + `",145,2`) // of another class: calls are voice
	l.at("AT+CCFC=3,4")
	for reason, want := range []string{"", desk, desk, ""} {
		if to, _ := n.Forwarded(card, reason); to != want {
			t.Errorf("for reason %d calls go to %q", reason, to)
		}
	}
}
