package smpp

import (
	"context"
	"net"
	"strings"
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

// A generic_nack says that a request was not understood, whatever status stands in it.
func TestANackIsNoYes(t *testing.T) {
	piped(t, nil, func(t *testing.T, c *Centres, journal *memory, links <-chan net.Conn) {
		far := <-links
		admits(t, far)
		m := sends(t, c, "hello")
		writes(t, far, bare(pdu.GenericNACKID, statusOK, reads(t, far).sequence()))
		synctest.Wait()
		if state := settled(journal.facts, m.ID); state != fmc.MessageFailed {
			t.Fatalf("it is %q", state)
		}
		_ = far.Close()
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

// comes is a message as a centre gives it.
func comes(t *testing.T, text string, number uint32) frame {
	t.Helper()
	f, err := short{source: addressOf(client), dest: addressOf(office), data: []byte(text)}.write(delivering())
	if err != nil {
		t.Fatal(err)
	}
	return f.numbered(number)
}

func TestTheSameTextIsKeptAgainOnceTheCentreShowedThatItHasOurAnswer(t *testing.T) {
	piped(t, nil, func(t *testing.T, _ *Centres, journal *memory, links <-chan net.Conn) {
		for range 2 { // the same person says the same before and after a link is lost
			far := <-links
			admits(t, far)
			writes(t, far, comes(t, "yes", 1))
			reads(t, far)
			f := reads(t, far)
			if f.id() != pdu.EnquireLinkID {
				t.Fatalf("it asked %v", f.id())
			}
			writes(t, far, bare(pdu.EnquireLinkRespID, statusOK, f.sequence()))
			_ = far.Close()
			synctest.Wait()
		}
		if n := len(journal.facts); n != 2 {
			t.Fatalf("%d stand there", n)
		}
	})
}

func TestOnlyALinkThatEndsInDoubtIsRemembered(t *testing.T) {
	var stands []bool
	last := func() bool { return stands[len(stands)-1] }
	piped(t, func(_ *Centre, o *CentreOptions) {
		o.Stands = func(_ fmc.CentreID, s bool) { stands = append(stands, s) }
	}, func(t *testing.T, _ *Centres, _ *memory, links <-chan net.Conn) {
		for _, x := range []struct {
			name string
			end  func(far net.Conn)
			want bool
		}{
			{"lost with a message", func(far net.Conn) { writes(t, far, comes(t, "one", 1)); reads(t, far) }, true},
			{"lost with nothing", func(net.Conn) {}, false},
			{"unbound by the centre after a message", func(far net.Conn) {
				writes(t, far, comes(t, "two", 1))
				reads(t, far)
				writes(t, far, bare(pdu.UnbindID, statusOK, 2))
				reads(t, far)
			}, false},
		} {
			far := <-links
			admits(t, far)
			synctest.Wait()
			if !last() {
				t.Errorf("%s: while it stands it is not said to", x.name)
			}
			x.end(far)
			_ = far.Close()
			synctest.Wait()
			if last() != x.want {
				t.Errorf("%s: in doubt: %v", x.name, last())
			}
		}
	})
}

func TestAMessageOfWhichTheCentreMayHaveSomethingStaysUncertain(t *testing.T) {
	long := strings.Repeat("abcdefghi ", 40)
	t.Run("the link drops after its first part", func(t *testing.T) {
		c, journal := centreAt(t, "mts", "acme", nil)
		m := sends(t, c, long)
		x := c.all[0]
		parts, _, _ := x.queue.take(time.Now(), 3)
		if len(parts) != 3 || !x.tried(t.Context(), parts) {
			t.Fatalf("%d parts", len(parts))
		}
		x.told(parts[0], nil, errGone)
		x.told(parts[1], nil, errUnsent)
		x.told(parts[2], nil, errUnsent)
		if r := fmc.FoldMessage(of(journal.facts, m.ID)); r.State != fmc.MessageUncertain || r.Parts[1].State != fmc.PartRefused || x.queue.waiting() != 0 {
			t.Fatalf("it is %+v", r)
		}
	})
	t.Run("one part is refused late, and then the others", func(t *testing.T) {
		piped(t, nil, func(t *testing.T, c *Centres, journal *memory, links <-chan net.Conn) {
			far := <-links
			admits(t, far)
			m := sends(t, c, long)
			var parts []frame
			for range 3 {
				parts = append(parts, reads(t, far))
			}
			<-time.After(10 * time.Second)
			writes(t, far, bare(pdu.SubmitSMRespID, statusThrottled, parts[1].sequence()))
			synctest.Wait()
			if r := fmc.FoldMessage(of(journal.facts, m.ID)); r.State != fmc.MessageUncertain || r.Parts[1].State != fmc.PartRefused {
				t.Fatalf("it is %+v", r)
			}
			for _, n := range []int{0, 2} {
				writes(t, far, bare(pdu.SubmitSMRespID, statusDest, parts[n].sequence()))
			}
			synctest.Wait()
			if r := fmc.FoldMessage(of(journal.facts, m.ID)); r.State != fmc.MessageFailed {
				t.Fatalf("with nothing at the centre it is %+v", r)
			}
			_ = far.Close()
		})
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
