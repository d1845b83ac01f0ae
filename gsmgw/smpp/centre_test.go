package smpp

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"

	"roadline/fmc"
)

// piped runs a centre client whose far side is the test's, in virtual time; each link comes out of links.
func piped(t *testing.T, change func(*Centre, *CentreOptions), do func(t *testing.T, c *Centres, journal *memory, links <-chan net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		links := make(chan net.Conn, 8)
		c, journal := centreAt(t, "mts", "acme", func(a *Centre, o *CentreOptions) {
			a.Terms = Terms{Answer: 5 * time.Second, Enquire: time.Hour}
			o.Dial = func(context.Context, *Centre) (net.Conn, error) {
				near, far := net.Pipe()
				links <- far
				return near, nil
			}
			if change != nil {
				change(a, o)
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx) }()
		do(t, c, journal, links)
		cancel()
		for open := true; open; {
			select {
			case far := <-links:
				_ = far.Close()
			case <-done:
				open = false
			}
		}
	})
}

// admits answers the bind of a link.
func admits(t *testing.T, far net.Conn) {
	t.Helper()
	f := reads(t, far)
	writes(t, far, bare(f.id()|responseBit, statusOK, f.sequence()))
}

func reads(t *testing.T, far net.Conn) frame {
	t.Helper()
	f, err := readFrame(far)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func writes(t *testing.T, far net.Conn, f frame) {
	t.Helper()
	if _, err := far.Write(f); err != nil {
		t.Fatal(err)
	}
}

func TestWhatACentreDidNotAnswerIsUncertainAndNeverSentAgain(t *testing.T) {
	piped(t, nil, func(t *testing.T, c *Centres, journal *memory, links <-chan net.Conn) {
		far := <-links
		admits(t, far)
		m := sends(t, c, "hello")
		if f := reads(t, far); f.id() != pdu.SubmitSMID {
			t.Fatalf("it sent %v", f.id())
		}
		_ = far.Close()
		synctest.Wait()
		if state := settled(journal.facts, m.ID); state != fmc.MessageUncertain {
			t.Fatalf("it is %q", state)
		}
		again := <-links
		admits(t, again)
		next := sends(t, c, "next")
		f := reads(t, again)
		b, err := f.body()
		if err != nil || textOf(b.Fields(), pdufield.ShortMessage) != "next" {
			t.Fatalf("on the next link it sent %v, %v", b, err)
		}
		writes(t, again, submitAnswer(f, "x"))
		synctest.Wait()
		if state := settled(journal.facts, next.ID); state != fmc.MessageSent {
			t.Fatalf("the next is %q", state)
		}
		_ = again.Close()
	})
}

func TestALateAnswerSettlesAMessageThatWasUncertain(t *testing.T) {
	piped(t, nil, func(t *testing.T, c *Centres, journal *memory, links <-chan net.Conn) {
		far := <-links
		admits(t, far)
		m := sends(t, c, "hello")
		f := reads(t, far)
		<-time.After(10 * time.Second)
		if state := settled(journal.facts, m.ID); state != fmc.MessageUncertain {
			t.Fatalf("without an answer it is %q", state)
		}
		writes(t, far, submitAnswer(f, "late"))
		synctest.Wait()
		if r := fmc.FoldMessage(of(journal.facts, m.ID)); r.State != fmc.MessageSent || r.Parts[0].ID != "late" {
			t.Fatalf("with it, it is %+v", r)
		}
		_ = far.Close()
	})
}

func TestWhatACentreRepeatsAfterALostLinkIsKeptOnce(t *testing.T) {
	piped(t, func(_ *Centre, o *CentreOptions) {
		o.Doubts = nil
	}, func(t *testing.T, _ *Centres, journal *memory, links <-chan net.Conn) {
		message := func(text string) frame {
			f, err := short{source: addressOf(client), dest: addressOf(office), data: []byte(text)}.write(delivering())
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		count := func() (n int) {
			for _, f := range journal.facts {
				if _, ok := f.Body.(fmc.MessageCame); ok {
					n++
				}
			}
			return n
		}
		far := <-links
		admits(t, far)
		for n := range uint32(2) { // the same person says the same twice
			writes(t, far, message("yes").numbered(n+1))
			reads(t, far)
		}
		writes(t, far, message("no").numbered(3))
		_ = far.Close() // it did not hear that we have it
		synctest.Wait()
		if n := count(); n != 3 {
			t.Fatalf("%d came", n)
		}
		again := <-links
		admits(t, again)
		for n, text := range []string{"no", "no"} { // the first is the one from before
			writes(t, again, message(text).numbered(uint32(n+1)))
			if f := reads(t, again); f.status() != statusOK {
				t.Fatalf("it was answered with %v", f.status())
			}
		}
		if n := count(); n != 4 {
			t.Fatalf("after that there are %d", n)
		}
		_ = again.Close() // nor did it hear the answer to what it repeated
		synctest.Wait()
		third := <-links
		admits(t, third)
		for n := range uint32(2) {
			writes(t, third, message("no").numbered(n+1))
			reads(t, third)
		}
		if n := count(); n != 4 {
			t.Fatalf("what it repeated twice stands there %d times", n)
		}
		_ = third.Close()
	})
}

func TestAStartMarksWhatWasAtTheCentreAndGoesOnWithTheRest(t *testing.T) {
	piped(t, nil, func(t *testing.T, c *Centres, journal *memory, links <-chan net.Conn) {
		first := sends(t, c, "first")
		accepted := of(journal.facts, first.ID)
		tried := append(accepted[:1:1], fmc.Fact{Company: "acme", Message: "old", Body: fmc.MessageTried{At: time.Now(), Part: 1}})
		tried[0].Message = "old"
		c.Restore([]fmc.MessageRecord{fmc.FoldMessage(tried)})
		if state := settled(journal.facts, "old"); state != fmc.MessageUncertain {
			t.Fatalf("what was at the centre is %q", state)
		}
		gone := fmc.FoldMessage(accepted)
		gone.ID, gone.Accepted.Centre = "gone", "nobody"
		c.Restore([]fmc.MessageRecord{gone})
		if state := settled(journal.facts, "gone"); state != fmc.MessageFailed {
			t.Fatalf("what goes by a centre that is gone is %q", state)
		}
		far := <-links
		admits(t, far)
		writes(t, far, submitAnswer(reads(t, far), "x"))
		synctest.Wait()
		if state := settled(journal.facts, first.ID); state != fmc.MessageSent {
			t.Fatalf("the rest is %q", state)
		}
		_ = far.Close()
	})
}
