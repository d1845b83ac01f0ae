package dinstar

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

// One message that cannot be kept must not have all that came after it told again and again.
func TestAMessageThatIsKeptIsNotPassedOnAgainBehindOneThatIsNot(t *testing.T) {
	b := inbox{book: newBook(t)}
	for id := range int64(3) {
		if !b.passes(id + 1) {
			t.Errorf("message %d is not passed on", id+1)
		}
	}
	for _, id := range []int64{2, 3} {
		if err := b.kept(id); err != nil {
			t.Fatal(err)
		}
		if b.passes(id) {
			t.Errorf("message %d is kept, and passed on again", id)
		}
	}
	if !b.passes(1) {
		t.Error("the message that is not kept is not passed on again")
	}
	if err := b.kept(1); err != nil || b.book.Read(inboxLine) != 3 || len(b.open)+len(b.done) > 0 {
		t.Errorf("%v; read up to %d, and remembered are %v %v", err, b.book.Read(inboxLine), b.open, b.done)
	}
}

// A box tells all its reports whenever it is asked: they may be more than gateway.Told remembers.
func TestReportsArePassedOnOnceHoweverManyABoxTells(t *testing.T) {
	g, err := open(gateway.Options{
		Name: "box", Address: "http://192.0.2.7", User: "u", Secret: "s", Lines: []gateway.Port{{ID: "0"}}, Book: newBook(t), Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	d, _ := g.(*driver)
	line := g.Lines()[0]
	line.Is(gateway.State{SIM: modem.SIM{State: modem.SIMReady, ICCID: "8986012345678901234"}, SIP: true})
	m, err := gateway.Open(line, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var all []delivery
	told := 0
	for len(all) < 1100 {
		for range 50 { // so many wait for whoever keeps them
			all = append(all, delivery{Number: "10086", Reference: len(all)})
		}
		d.deliveredAll(all)
		for len(m.Events()) > 0 {
			r, is := (<-m.Events()).(modem.TextReported)
			if told++; !is || m.Kept(t.Context(), r.Token) != nil {
				t.Fatalf("%+v is told, or not kept", r)
			}
		}
	}
	if told != len(all) {
		t.Errorf("%d reports are told %d times", len(all), told)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func newBook(t *testing.T) *gateway.Book {
	t.Helper()
	book, err := gateway.OpenBook(filepath.Join(t.TempDir(), "book.json"))
	if err != nil {
		t.Fatal(err)
	}
	return book
}
