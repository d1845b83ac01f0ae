package dinstar

import (
	"errors"
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
	if err := b.told(3); err != nil {
		t.Fatal(err)
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

// A push may be lost, or be overtaken: what it tells of says nothing of what came before it.
func TestWhatIsPushedDoesNotHideWhatCameBefore(t *testing.T) {
	b := inbox{book: newBook(t)}
	if !b.passes(8) {
		t.Error("what was pushed is not passed on")
	}
	if err := b.kept(8); err != nil || b.book.Read(inboxLine) != 0 {
		t.Errorf("%v; read up to %d, with nothing known of what came before", err, b.book.Read(inboxLine))
	}
	if !b.passes(7) || b.passes(8) {
		t.Error("of what the box has when it is asked, what is not known is passed on, and that alone")
	}
	if err := b.told(8); err != nil || b.book.Read(inboxLine) != 6 {
		t.Errorf("%v; read up to %d, while message 7 is not kept", err, b.book.Read(inboxLine))
	}
	if err := b.kept(7); err != nil || b.book.Read(inboxLine) != 8 || len(b.open)+len(b.done) > 0 {
		t.Errorf("%v; read up to %d, and remembered are %v %v", err, b.book.Read(inboxLine), b.open, b.done)
	}
	if !b.passes(9) {
		t.Error("message 9 is not passed on")
	}
	if err := errors.Join(b.kept(9), b.told(9)); err != nil || b.book.Read(inboxLine) != 9 {
		t.Errorf("%v; read up to %d of what was pushed and kept before the box was asked", err, b.book.Read(inboxLine))
	}
}

// unasked is the driver of a box that nobody asks anything.
func unasked(t *testing.T) *driver {
	t.Helper()
	g, err := open(gateway.Options{
		Name: "box", Address: "http://192.0.2.7", User: "u", Secret: "s", Lines: []gateway.Port{{ID: "0"}}, Book: newBook(t),
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return g.(*driver)
}

// A box that starts anew may show an empty inbox first, and then all that it had.
func TestWhatWasKeptBeforeABoxShowedAnEmptyInboxHoldsNothingUp(t *testing.T) {
	d := unasked(t)
	l, m := d.lines[0], incoming{ID: 5, Number: "10086", Text: "Hello"}
	d.came(m)
	if err := errors.Join(d.inbox.told(5), l.Kept(t.Context(), m.token()), d.inbox.check(0)); err != nil || d.o.Book.Read(inboxLine) != 0 {
		t.Fatalf("%v; read up to %d of an empty inbox", err, d.o.Book.Read(inboxLine))
	}
	d.came(m)
	if err := d.inbox.told(5); err != nil || d.o.Book.Read(inboxLine) != 5 {
		t.Errorf("%v; read up to %d of an inbox of which all is kept", err, d.o.Book.Read(inboxLine))
	}
}

// A box tells all its reports whenever it is asked: they may be more than gateway.Told remembers.
func TestReportsArePassedOnOnceHoweverManyABoxTells(t *testing.T) {
	d := unasked(t)
	line := d.Lines()[0]
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
