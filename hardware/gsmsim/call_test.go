package gsmsim_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"roadline/hardware/gsmsim"
)

// patiently is a network on which nobody gives up and RING comes once: tests answer when they like.
func patiently(o *gsmsim.Options) {
	o.Timing = gsmsim.Timing{Ring: 24 * time.Hour, GiveUp: 24 * time.Hour}
}

// called waits for the next call of a subscriber.
func called(t *testing.T, s *gsmsim.Subscriber) *gsmsim.Handset {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	h, err := s.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestEveryWayOfTakingACallEndsWithItsCause(t *testing.T) {
	for _, row := range []struct {
		name   string
		number string
		does   gsmsim.Behaviour
		ends   string
	}{
		{"busy", "+79160000001", gsmsim.Behaviour{Does: gsmsim.Busy}, "^CEND:1,0,104,17\r\n\r\nBUSY\r\n"},
		{"refused", "+79160000001", gsmsim.Behaviour{Does: gsmsim.Refuses, After: time.Second}, "^CONF:1\r\n\r\n^CEND:1,0,104,21\r\n\r\nNO CARRIER\r\n"},
		{"nobody answers", "+79160000001", gsmsim.Behaviour{Does: gsmsim.Ignores}, "^CONF:1\r\n\r\n^CEND:1,0,104,19\r\n\r\nNO ANSWER\r\n"},
		{"out of cover", "+79160000001", gsmsim.Behaviour{Does: gsmsim.OutOfCover}, "^CEND:1,0,104,18\r\n\r\nNO CARRIER\r\n"},
		{"switched off", "+79160000001", gsmsim.Behaviour{Does: gsmsim.SwitchedOff}, "^CEND:1,0,104,27\r\n\r\nNO CARRIER\r\n"},
		{"unknown", "+79160000002", gsmsim.Behaviour{}, "^CEND:1,0,104,1\r\n\r\nNO CARRIER\r\n"},
		{"voicemail", "+79160000001", gsmsim.Behaviour{Does: gsmsim.SwitchedOff, Voicemail: true, HangsUp: time.Second}, "^CONN:1,0\r\n\r\n^CEND:1,0,104,16\r\n\r\nNO CARRIER\r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			n := world(t)
			n.Subscriber("+79160000001", row.does)
			l := open(t, plug(t, n, gsmsim.HuaweiE173, gsmsim.NewCard(1)).Port(gsmsim.AT))
			l.at("ATE0")
			l.at("ATD" + row.number + ";")
			l.expect(row.ends)
		})
	}
}

func TestASecondCallerIsToldBusyOrForwarded(t *testing.T) {
	n := world(t, patiently)
	card := gsmsim.NewCard(1)
	d := plug(t, n, gsmsim.EC25, card)
	l := open(t, d.Port(gsmsim.AT))
	l.at("ATE0")
	first, err := n.Call("+79030000001", card.Number, gsmsim.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	l.expect("RING\r\n")
	l.at("ATA")
	arrives(t, "the first caller is answered", first.Answered())
	second, err := n.Call("+79030000002", card.Number, gsmsim.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	arrives(t, "the second call ends", second.Ended())
	if second.Cause() != 17 || first.State() != gsmsim.Talking {
		t.Errorf("the second caller got cause %d, the first is %s", second.Cause(), first.State())
	}

	desk := n.Subscriber("+74950000001", gsmsim.Behaviour{})
	l.at(`AT+CCFC=1,3,"+74950000001",145`)
	if got := l.at("AT+CCFC=1,2"); !strings.Contains(got, `+CCFC: 1,1,"+74950000001",145`) {
		t.Errorf("forwarding on busy is %q", got)
	}
	third, err := n.Call("+79030000003", card.Number, gsmsim.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if h := called(t, desk); h.Caller() != "+79030000003" {
		t.Errorf("the desk is called by %q", h.Caller())
	}
	arrives(t, "the third caller is answered", third.Answered())
	third.HangUp()
	first.HangUp()
	l.expect("NO CARRIER\r\n")
}

func TestTwoCardsCallEachOther(t *testing.T) {
	n := world(t, patiently)
	a, b := gsmsim.NewCard(1), gsmsim.NewCard(2)
	from, to := plug(t, n, gsmsim.HuaweiE173, a), plug(t, n, gsmsim.Generic, b)
	la, lb := open(t, from.Port(gsmsim.AT)), open(t, to.Port(gsmsim.AT))
	la.at("ATE0")
	lb.at("ATE0")
	lb.at("AT+CLIP=1")
	la.at("ATD" + b.Number + ";")
	lb.expect(`+CLIP: "` + a.Number + `",145,,,,0`)
	lb.at("ATA")
	la.expect("^CONN:1,0\r\n")
	lb.at("ATH")
	la.expect("^CEND:1,0,104,16\r\n")
	la.at("ATD" + a.Number + ";")
	la.expect("^CEND:1,0,104,17\r\n") // a card that calls itself is busy
}

func TestACallTakesMinutesThenMoney(t *testing.T) {
	n := world(t)
	s := n.Subscriber("+79160000001", gsmsim.Behaviour{HangsUp: time.Second})
	card := gsmsim.NewCard(1)
	card.Minutes, card.Kopecks = 1, 1000
	l := open(t, plug(t, n, gsmsim.HuaweiE173, card).Port(gsmsim.AT))
	l.at("ATE0")
	for range 2 {
		l.at("ATD+79160000001;")
		called(t, s)
		l.expect("NO CARRIER\r\n")
	}
	if left := n.Left(card); left.Minutes != 0 || left.Kopecks != 750 {
		t.Errorf("the card has %+v left", left)
	}
}

func TestARoamingCardSaysSoAndARefusedOneNeverCalls(t *testing.T) {
	n := world(t)
	roams, refused := gsmsim.NewCard(1), gsmsim.NewCard(2)
	roams.Roaming, refused.Refused = true, true
	l := open(t, plug(t, n, gsmsim.Generic, roams).Port(gsmsim.AT))
	l.at("ATE0")
	if got := l.at("AT+CREG?"); !strings.Contains(got, "+CREG: 0,5") {
		t.Errorf("the roaming card's registration is %q", got)
	}
	d, err := n.Plug(gsmsim.Generic, refused)
	if err != nil {
		t.Fatal(err)
	}
	l = open(t, d.Port(gsmsim.AT))
	l.at("ATE0;+CMEE=1")
	until(t, "the network refuses the card", func() bool { return strings.Contains(l.at("AT+CREG?"), "+CREG: 0,3") })
	l.write("ATD112;\r")
	l.expect("+CME ERROR: 30\r\n")
}

func TestACallThatHolds(t *testing.T) {
	n := world(t, patiently)
	s := n.Subscriber("+79160000001", gsmsim.Behaviour{})
	l := open(t, plug(t, n, gsmsim.HuaweiE173, gsmsim.NewCard(1)).Port(gsmsim.AT))
	l.at("ATE0")
	l.at("ATD+79160000001;")
	h := called(t, s)
	l.expect("^CONN:1,0\r\n")
	l.at("AT+CHLD=2")
	if got := l.at("AT+CLCC"); !strings.Contains(got, "+CLCC: 1,0,1,") {
		t.Errorf("the held call is listed as %q", got)
	}
	l.at("AT+CHLD=2")
	l.at("AT+CHLD=1")
	l.write("AT+CHLD=1\r")
	l.expect("ERROR\r\n")
	arrives(t, "the call is over", h.Ended())
}

func TestACardFindsItsOwnOperator(t *testing.T) {
	other := gsmsim.Operator{Network: "25098", Name: "Hillnet", Short: "HILL", ServiceCentre: "+79980000000", Area: 1, Cell: 2}
	n := world(t, func(o *gsmsim.Options) { o.Operators = []gsmsim.Operator{gsmsim.Roadnet, other} })
	card := gsmsim.NewCard(1)
	card.IMSI = "250980000000001"
	l := open(t, plug(t, n, gsmsim.SIM800, card).Port(gsmsim.AT))
	l.at("ATE0;+CREG=2")
	for command, want := range map[string]string{
		"AT+COPS?":  `+COPS: 0,0,"Hillnet",0`,
		"AT+COPS=?": `(3,"Roadnet","ROAD","25099",0),(2,"Hillnet","HILL","25098",0)`,
		"AT+CSCA?":  `"+79980000000",145`,
		"AT+CREG?":  `+CREG: 2,1,"1","2",0`,
	} {
		if got := l.at(command); !strings.Contains(got, want) {
			t.Errorf("%s answers %q, it should be %s", command, got, want)
		}
	}
}
