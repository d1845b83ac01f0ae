package gsmsim_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"roadline/hardware/gsmsim"
)

// texts opens a device's port, ready for texts that are stored and reports that are too.
func texts(t *testing.T, d *gsmsim.Device) *line {
	t.Helper()
	l := open(t, d.Port(gsmsim.AT))
	l.at("ATE0;+CMEE=1;+CMGF=0")
	l.at(`AT+CPMS="SM","SM","SM";+CNMI=2,1,0,2,0`)
	return l
}

// hello is "hello" to +491511, with a report asked for.
const hello = "00310006919451110000A705E8329BFD06"

// submit sends a PDU and returns what follows the prompt up to end.
func (l *line) submit(pdu, end string) string {
	l.t.Helper()
	l.write(fmt.Sprintf("AT+CMGS=%d\r", len(pdu)/2-1))
	l.expect("\r\n> ")
	l.write(pdu + "\x1a")
	return l.expect(end)
}

func TestAFullCardLetsTextsWaitInTheNetwork(t *testing.T) {
	n := world(t)
	card := gsmsim.NewCard(1)
	card.Places = 3
	l := texts(t, plug(t, n, gsmsim.HuaweiE173, card))
	for i := range 5 {
		if err := n.Text("+79030000001", card.Number, fmt.Sprint("number ", i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		l.expect(fmt.Sprintf("+CMTI: \"SM\",%d\r\n", i+1))
	}
	l.expect("^SMMEMFULL: \"SM\"\r\n")
	if n.Undelivered() != 2 {
		t.Errorf("%d texts wait", n.Undelivered())
	}
	l.at("AT+CMGD=2")
	l.expect("+CMTI: \"SM\",2\r\n")
	l.expect("^SMMEMFULL: \"SM\"\r\n")
	l.at("AT+CMGD=1,4")
	l.expect("+CMTI: \"SM\",1\r\n")
	if n.Undelivered() != 0 {
		t.Errorf("%d texts wait after all", n.Undelivered())
	}
}

func TestPartsComeBackwardsAndTwice(t *testing.T) {
	n := world(t)
	card := gsmsim.NewCard(1)
	l := texts(t, plug(t, n, gsmsim.SIM7600, card))
	if err := n.TextAs("+79030000001", card.Number, strings.Repeat("длинный текст ", 7), gsmsim.TextOptions{Backwards: true, Twice: true}); err != nil {
		t.Fatal(err)
	}
	l.expect("+CMTI: \"SM\",4\r\n")
	got := l.at("AT+CMGL=4")
	var order []string
	for _, m := range regexp.MustCompile(`050003..02(0[12])`).FindAllStringSubmatch(got, -1) {
		order = append(order, m[1])
	}
	if strings.Join(order, " ") != "02 02 01 01" {
		t.Errorf("the parts came in the order %v", order)
	}
}

func TestATextBetweenTwoCardsIsReported(t *testing.T) {
	n := world(t)
	a, b := gsmsim.NewCard(1), gsmsim.NewCard(2)
	la, lb := texts(t, plug(t, n, gsmsim.EC25, a)), texts(t, plug(t, n, gsmsim.SIM800, b))
	// To +79990000002, "hello", a report asked for.
	got := la.submit("0031000B919799000000F20000A705E8329BFD06", "+CDSI: \"SR\",1\r\n")
	if !strings.Contains(got, "+CMGS: 1\r\n") {
		t.Errorf("the text got %q", got)
	}
	lb.expect("+CMTI: \"SM\",1\r\n")
	if got := lb.at("AT+CMGR=1"); !strings.Contains(got, "0B919799000000F10000") || !strings.Contains(got, "05E8329BFD06") {
		t.Errorf("there came %q", got)
	}
	if left := n.Left(a); left.Texts != a.Texts-1 {
		t.Errorf("the card has %+v left", left)
	}
}

func TestAReportThatIsGivenOutAtOnceWantsToBeAcknowledged(t *testing.T) {
	n := world(t, lively)
	card := gsmsim.NewCard(1)
	l := texts(t, plug(t, n, gsmsim.Generic, card))
	l.at("AT+CSMS=1;+CNMI=2,2,0,1,0")
	l.submit(hello, "+CDS: 22\r\n")
	l.at("AT+CNMA")
	l.write("AT+CNMA\r")
	l.expect("+CMS ERROR: 340\r\n")
	if err := n.Text("+79030000001", card.Number, "hello"); err != nil {
		t.Fatal(err)
	}
	l.expect("+CMT: ,")
	if err := n.Text("+79030000001", card.Number, "again"); err != nil {
		t.Fatal(err)
	}
	// Nobody acknowledges: both are stored, and nothing is given out any more.
	until(t, "both are on the card", func() bool { return strings.Contains(l.at("AT+CPMS?"), `"SM",2,20`) })
	if got := l.at("AT+CNMI?"); !strings.Contains(got, "+CNMI: 2,0,0,0,0") {
		t.Errorf("+CNMI is %q", got)
	}
}

func TestTheServiceCentreRefuses(t *testing.T) {
	n := world(t)
	l := texts(t, plug(t, n, gsmsim.HuaweiE173, gsmsim.NewCard(1)))
	n.RefuseTexts(1, 42)
	l.submit(hello, "+CMS ERROR: 42\r\n")
	l.submit(hello, "+CMGS: 2\r\n")
}

func TestATextForAPhoneThatIsOffExpires(t *testing.T) {
	n := world(t)
	n.Subscriber("+491511", gsmsim.Behaviour{Does: gsmsim.SwitchedOff})
	l := texts(t, plug(t, n, gsmsim.Generic, gsmsim.NewCard(1)))
	l.submit(hello, "+CDSI: \"SR\",1\r\n")
	if got := l.at(`AT+CPMS="SR";+CMGR=1`); !strings.Contains(got, "46\r\n\r\nOK") {
		t.Errorf("the report is %q", got)
	}
}

func TestClassZeroIsShownAndNeverStored(t *testing.T) {
	n := world(t)
	card, flash := gsmsim.NewCard(1), 0
	l := texts(t, plug(t, n, gsmsim.Generic, card))
	if err := n.TextAs("Roadnet", card.Number, "look", gsmsim.TextOptions{Class: &flash}); err != nil {
		t.Fatal(err)
	}
	l.expect("+CMT: ,")
	if got := l.at("AT+CPMS?"); !strings.Contains(got, `"SM",0,20`) {
		t.Errorf("the storage is %q", got)
	}
}

func TestAPDUThatNobodyCanReadIsDeliveredAsItStands(t *testing.T) {
	n := world(t)
	card := gsmsim.NewCard(1)
	l := texts(t, plug(t, n, gsmsim.Generic, card))
	n.Deliver(card.Number, []byte{0x00, 0x04, 0xff})
	l.expect("+CMTI: \"SM\",1\r\n")
	if got := l.at("AT+CMGR=1"); !strings.Contains(got, "+CMGR: 0,,2\r\n0004FF\r\n") {
		t.Errorf("there lies %q", got)
	}
}

func TestASenderIsANumberOrAShortName(t *testing.T) {
	n := world(t)
	for _, from := range []string{"", "a name that is too long", "Роуднет"} {
		if err := n.Text(from, "+79990000001", "hello"); err == nil {
			t.Errorf("a text came from %q", from)
		}
	}
}

func TestWhatNobodySendsNeverComes(t *testing.T) {
	n := world(t)
	ctx, stop := context.WithTimeout(context.Background(), time.Millisecond)
	defer stop()
	if got, err := n.AwaitTexts(ctx, "+79160000001", 1); err == nil {
		t.Errorf("there came %v", got)
	}
	s := n.Subscriber("+79160000001", gsmsim.Behaviour{})
	if h, err := s.Next(ctx); err == nil {
		t.Errorf("there came %v", h)
	}
}
