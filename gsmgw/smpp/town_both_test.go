package smpp

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"

	"roadline/fmc"
)

func accepted(facts []fmc.Fact) (texts []string) {
	for _, f := range facts {
		if a, ok := f.Body.(fmc.MessageAccepted); ok {
			texts = append(texts, a.Text)
		}
	}
	return texts
}

func TestMessagesGoFromACentreClientToAServer(t *testing.T) {
	x := opened(t, Terms{}, acme())
	c, journal := centreAt(t, x.address, "crm", nil)
	running(t, c.Run)
	long := strings.Repeat("good day {€} ", 18)
	var last fmc.Message
	for _, text := range []string{"Hello ä", "Привет 👋", long} {
		last = sends(t, c, text)
	}
	facts := journal.await(t, "the last message's end", func(f []fmc.Fact) bool { return settled(f, last.ID) != "" })
	if state := settled(facts, last.ID); state != fmc.MessageSent || last.Parts != 2 {
		t.Fatalf("the long message, of %d parts, is %s", last.Parts, state)
	}
	got := accepted(x.journal.await(t, "four messages", func(f []fmc.Fact) bool { return len(f) == 4 }))
	if got[0] != "Hello ä" || got[1] != "Привет 👋" || got[2]+got[3] != long {
		t.Fatalf("the server has %q", got)
	}
	r := fmc.FoldMessage(of(facts, last.ID))
	if r.Parts[0].ID != "m3" || r.Parts[1].ID != "m4" {
		t.Fatalf("the parts are called %q and %q", r.Parts[0].ID, r.Parts[1].ID)
	}
}

func of(facts []fmc.Fact, id fmc.MessageID) (mine []fmc.Fact) {
	for _, f := range facts {
		if f.Message == id {
			mine = append(mine, f)
		}
	}
	return mine
}

func TestLongMessagesGoAsTheAccountSays(t *testing.T) {
	text := strings.Repeat("Добрый день. ", 20)
	for _, how := range []Long{UDH, SAR, Payload} {
		t.Run(string(how), func(t *testing.T) {
			x := opened(t, Terms{}, acme())
			c, journal := centreAt(t, x.address, "crm", func(a *Centre, _ *CentreOptions) { a.Long = how; a.Alphabet = Latin1 })
			running(t, c.Run)
			m := sends(t, c, text)
			journal.await(t, "its end", func(f []fmc.Fact) bool { return settled(f, m.ID) == fmc.MessageSent })
			if got := strings.Join(accepted(x.journal.await(t, "the text", func(f []fmc.Fact) bool { return len(f) == m.Parts })), ""); got != text {
				t.Fatalf("it came as %q", got)
			}
			if (m.Parts == 1) != (how == Payload) {
				t.Fatalf("it went in %d parts", m.Parts)
			}
		})
	}
}

func TestAProgramThatSendsTooFastIsThrottledAndLosesNothing(t *testing.T) {
	x := opened(t, Terms{}, acme())
	c, journal := centreAt(t, x.address, "slow", nil)
	running(t, c.Run)
	var last fmc.Message
	for i := range 4 {
		last = sends(t, c, fmt.Sprint("number ", i))
	}
	facts := journal.await(t, "the last message's end", func(f []fmc.Fact) bool {
		return settled(f, last.ID) != "" && settled(f, "c1") != "" && settled(f, "c2") != "" && settled(f, "c3") != ""
	})
	refused := 0
	for _, f := range facts {
		if r, ok := f.Body.(fmc.MessageRefused); ok && !r.Again.IsZero() {
			refused++
		}
		if s, ok := f.Body.(fmc.MessageSettled); ok && s.State != fmc.MessageSent {
			t.Errorf("%s is %s", f.Message, s.State)
		}
	}
	if got := accepted(x.journal.await(t, "four", func(f []fmc.Fact) bool { return len(f) >= 4 })); refused == 0 || len(got) != 4 {
		t.Fatalf("%d were refused for now, %d came: %q", refused, len(got), got)
	}
}

func TestWhatTheCentreRefusesForGoodFails(t *testing.T) {
	x := opened(t, Terms{}, acme())
	c, journal := centreAt(t, x.address, "crm", nil)
	running(t, c.Run)
	m := sends(t, c, "not this")
	facts := journal.await(t, "its end", func(f []fmc.Fact) bool { return settled(f, m.ID) != "" })
	if r := fmc.FoldMessage(of(facts, m.ID)); r.State != fmc.MessageFailed || r.Cause == nil || !strings.Contains(r.Cause.Text, "invalid source address") {
		t.Fatalf("it is %s: %v", r.State, r.Cause)
	}
}

func TestAProgramIsToldWhatWaitsForIt(t *testing.T) {
	at := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	long := strings.Repeat("Здравствуйте. ", 30)
	x := opened(
		t, Terms{}, acme(),
		fmc.Delivery{Company: "acme", Program: "crm", Message: "in", State: fmc.MessageReceived, From: client, To: office, Text: long, At: at, Done: at},
		fmc.Delivery{Company: "acme", Program: "crm", Message: "c1", State: fmc.MessageDelivered, From: office, To: client, Text: "hello", At: at, Done: at, Parts: 1},
		fmc.Delivery{Company: "acme", Program: "crm", Message: "c1", State: fmc.MessageSent, From: office, To: client, Text: "hello", At: at, Done: at, Parts: 1},
	)
	c, journal := centreAt(t, x.address, "crm", nil)
	running(t, c.Run)
	x.shelf.is(t, fmc.DeliveryDone, fmc.DeliveryDone, fmc.DeliveryDone)
	facts := journal.await(t, "three", func(f []fmc.Fact) bool { return len(f) == 3 })
	came, _ := facts[0].Body.(fmc.MessageCame)
	if came.Text != long || came.From != client || came.Number.E164 != office || came.Centre != "mts" {
		t.Errorf("the message came as %+v", came)
	}
	there, _ := facts[1].Body.(fmc.MessageReported)
	if there.ID != "c1" || there.Status != 0 || there.To != client || !there.Done.Equal(at) {
		t.Errorf("the receipt came as %+v", there)
	}
	if under, _ := facts[2].Body.(fmc.MessageReported); under.Status != 0x30 {
		t.Errorf("the notification came as %+v", under)
	}
}

func TestWhatAProgramMayHaveIsUncertainAndAReceiptGoesAgain(t *testing.T) {
	at := time.Now()
	x := opened(
		t, Terms{}, acme(),
		fmc.Delivery{Company: "acme", Program: "crm", Message: "in", State: fmc.MessageReceived, From: client, To: office, Text: "hello", At: at, Done: at},
		fmc.Delivery{Company: "acme", Program: "crm", Message: "out", State: fmc.MessageDelivered, From: office, To: client, At: at, Done: at},
	)
	conn := bound(t, x.address, "crm", "secret")
	for range 2 { // neither is answered
		if f, err := readFrame(conn); err != nil || f.id() != pdu.DeliverSMID {
			t.Fatalf("it got %v, %v", f, err)
		}
	}
	_ = conn.Close()
	x.shelf.is(t, fmc.DeliveryUncertain, fmc.DeliveryWaiting)
}

// bound is a link of a program that was admitted.
func bound(t *testing.T, address, name, password string) net.Conn {
	t.Helper()
	conn, f := binding(t, address, name, password)
	if f.status() != statusOK {
		t.Fatalf("the bind was refused: %v", f.status())
	}
	return conn
}

// binding binds, and returns the answer.
func binding(t *testing.T, address, name, password string) (net.Conn, frame) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(within))
	b := pdu.NewBindTransceiver()
	_ = b.Fields().Set(pdufield.SystemID, name)
	_ = b.Fields().Set(pdufield.Password, password)
	f, err := frameOf(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(f); err != nil {
		t.Fatal(err)
	}
	answer, err := readFrame(conn)
	if err != nil {
		t.Fatal(err)
	}
	return conn, answer
}

func TestOnlyWhoMayBinds(t *testing.T) {
	x := opened(t, Terms{}, acme())
	if _, f := binding(t, x.address, "crm", "guess"); f.status() != statusPassword {
		t.Errorf("a wrong secret was answered with %v", f.status())
	}
	if _, f := binding(t, x.address, "nobody", "secret"); f.status() != statusBind {
		t.Errorf("a program that is not in the company's file was answered with %v", f.status())
	}
	bound(t, x.address, "slow", "secret")
	if _, f := binding(t, x.address, "slow", "secret"); f.status() != statusBind {
		t.Errorf("one link too many was answered with %v", f.status())
	}
	conn, err := net.Dial("tcp", x.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write(bare(pdu.SubmitSMID, 0, 1)); err != nil {
		t.Fatal(err)
	}
	if f, err := readFrame(conn); err != nil || f.status() != statusBindState {
		t.Errorf("a message before the bind was answered with %v, %v", f.status(), err)
	}
}

func TestACommandThatIsNotServedIsRefusedByItsOwnResponse(t *testing.T) {
	x := opened(t, Terms{}, acme())
	conn := bound(t, x.address, "crm", "secret")
	for id, want := range map[pdu.ID]pdu.ID{
		pdu.DataSMID: pdu.DataSMRespID, pdu.QuerySMID: pdu.QuerySMRespID, pdu.CancelSMID: pdu.CancelSMRespID, pdu.ReplaceSMID: pdu.ReplaceSMRespID,
		pdu.SubmitMultiID: pdu.SubmitMultiRespID, pdu.DeliverSMID: pdu.DeliverSMRespID, 0x00010203: pdu.GenericNACKID,
	} {
		if _, err := conn.Write(bare(id, 0, 7)); err != nil {
			t.Fatal(err)
		}
		if f, err := readFrame(conn); err != nil || f.id() != want || f.status() != statusCommand || f.sequence() != 7 {
			t.Errorf("%#x was answered with %v, %v", id, f, err)
		}
	}
}
