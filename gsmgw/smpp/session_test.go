package smpp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"

	"roadline/fmc/cause"
)

// link is a session whose far side is the test's, in virtual time.
type link struct {
	t    *testing.T
	s    *Session
	far  net.Conn
	done chan error
	stop context.CancelFunc
}

func linked(t *testing.T, terms Terms, by server, do func(*link)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		l := &link{t: t, far: far, stop: cancel, done: make(chan error, 1), s: newSession(near, terms, by, time.Now, slog.New(slog.DiscardHandler))}
		go func() { l.done <- l.s.Run(ctx) }()
		do(l)
		cancel()
		_ = far.Close()
		synctest.Wait()
	})
}

// reads is the next frame that the far side gets.
func (l *link) reads() frame {
	l.t.Helper()
	f, err := readFrame(l.far)
	if err != nil {
		l.t.Fatal(err)
	}
	return f
}

func (l *link) writes(f frame) {
	l.t.Helper()
	if _, err := l.far.Write(f); err != nil {
		l.t.Error(err)
	}
}

// echo answers every request.
func echo(f frame) pending { return atOnce(bare(f.id()|responseBit, statusOK, f.sequence())) }

// asks sends a message and returns what it is told.
func (l *link) asks(id pdu.ID) <-chan error {
	told := make(chan error, 4)
	go func() {
		if l.s.reserve(l.t.Context(), 1) == 0 {
			told <- errUnsent
			return
		}
		l.s.put(l.t.Context(), bare(id, 0, 0), func(f frame, err error) {
			if err == nil && f.status() != statusOK {
				err = &refusal{"refused", f.status()}
			}
			told <- err
		})
	}()
	return told
}

func TestARequestOfTheFarSideNeverAnswersOneOfOurs(t *testing.T) {
	linked(t, Terms{}, server{take: echo}, func(l *link) {
		told := l.asks(pdu.SubmitSMID)
		ours := l.reads()
		l.writes(bare(pdu.DeliverSMID, 0, ours.sequence())) // the same number the other way
		if f := l.reads(); f.id() != pdu.DeliverSMRespID || f.sequence() != ours.sequence() {
			t.Fatalf("deliver_sm was answered by %v %d", f.id(), f.sequence())
		}
		select {
		case err := <-told:
			t.Fatalf("submit_sm was told %v before it was answered", err)
		default:
		}
		l.writes(bare(pdu.SubmitSMRespID, 0, ours.sequence()))
		if err := <-told; err != nil {
			t.Fatal(err)
		}
	})
}

func TestAnAnswerThatComesLateIsStillTaken(t *testing.T) {
	linked(t, Terms{Answer: 5 * time.Second, Enquire: time.Hour}, server{take: echo}, func(l *link) {
		told := l.asks(pdu.SubmitSMID)
		f := l.reads()
		if err := <-told; !errors.Is(err, errSilent) {
			t.Fatalf("without an answer it was told %v", err)
		}
		l.writes(bare(pdu.SubmitSMRespID, 0, f.sequence()))
		if err := <-told; err != nil {
			t.Fatalf("with the late answer it was told %v", err)
		}
		if got := len(l.s.room); got != l.s.terms.Window {
			t.Fatalf("the window has room for %d of %d", got, l.s.terms.Window)
		}
	})
}

func TestAFullWindowWaits(t *testing.T) {
	linked(t, Terms{Window: 2, Enquire: time.Hour}, server{take: echo}, func(l *link) {
		first, second := l.asks(pdu.SubmitSMID), l.asks(pdu.SubmitSMID)
		a := l.reads()
		b := l.reads()
		third := l.asks(pdu.SubmitSMID)
		synctest.Wait()
		_ = l.far.SetReadDeadline(time.Now().Add(time.Second))
		if f, err := readFrame(l.far); err == nil {
			t.Fatalf("a third went through a window of two: %v", f.id())
		}
		_ = l.far.SetReadDeadline(time.Time{})
		l.writes(bare(pdu.SubmitSMRespID, 0, a.sequence()))
		c := l.reads()
		l.writes(bare(pdu.SubmitSMRespID, statusThrottled, c.sequence()))
		l.writes(bare(pdu.SubmitSMRespID, 0, b.sequence()))
		refused := 0
		for _, told := range []<-chan error{first, second, third} {
			if err := <-told; err != nil {
				refused++
			}
		}
		if refused != 1 {
			t.Fatalf("%d of three were refused", refused)
		}
	})
}

func TestMessagesGoNoFasterThanAgreed(t *testing.T) {
	linked(t, Terms{Rate: 10, Window: 10}, server{take: echo}, func(l *link) {
		began := time.Now()
		go func() {
			for range 11 {
				if l.s.reserve(l.t.Context(), 1) == 1 {
					l.s.put(l.t.Context(), bare(pdu.SubmitSMID, 0, 0), func(frame, error) {})
				}
			}
		}()
		for range 11 {
			l.writes(bare(pdu.SubmitSMRespID, 0, l.reads().sequence()))
		}
		if took := time.Since(began); took < time.Second {
			t.Fatalf("11 messages at 10 a second took %v", took)
		}
	})
}

func TestALostLinkLeavesItsRequestsUncertain(t *testing.T) {
	linked(t, Terms{}, server{take: echo}, func(l *link) {
		told := l.asks(pdu.SubmitSMID)
		l.reads()
		_ = l.far.Close()
		if err := <-told; !errors.Is(err, errGone) {
			t.Fatalf("it was told %v", err)
		}
		if err := <-l.done; !errors.Is(err, io.EOF) {
			t.Fatalf("the session ended with %v", err)
		}
		if err := <-l.asks(pdu.SubmitSMID); !errors.Is(err, errUnsent) {
			t.Fatalf("after the end one was told %v", err)
		}
	})
}

func TestAFarSideThatIsSilentIsGivenUp(t *testing.T) {
	linked(t, Terms{Answer: 5 * time.Second, Enquire: 10 * time.Second}, server{take: echo}, func(l *link) {
		began := time.Now()
		if f := l.reads(); f.id() != pdu.EnquireLinkID {
			t.Fatalf("it asked %v", f.id())
		}
		if err := <-l.done; !errors.Is(err, cause.Unavailable) {
			t.Fatalf("the session ended with %v", err)
		}
		if took := time.Since(began); took < 15*time.Second || took > 18*time.Second {
			t.Fatalf("that took %v", took)
		}
	})
}

func TestEnquiriesGoBothWays(t *testing.T) {
	linked(t, Terms{Answer: 5 * time.Second, Enquire: 10 * time.Second}, server{take: echo}, func(l *link) {
		for range 3 {
			f := l.reads()
			if f.id() != pdu.EnquireLinkID {
				t.Fatalf("it asked %v", f.id())
			}
			l.writes(bare(pdu.EnquireLinkRespID, 0, f.sequence()))
		}
		l.writes(bare(pdu.EnquireLinkID, 0, 77))
		if f := l.reads(); f.id() != pdu.EnquireLinkRespID || f.sequence() != 77 {
			t.Fatalf("it answered %v %d", f.id(), f.sequence())
		}
	})
}

func TestLeavingWaitsForWhatIsOwedAndUnbinds(t *testing.T) {
	linked(t, Terms{}, server{take: echo}, func(l *link) {
		told := l.asks(pdu.SubmitSMID)
		f := l.reads()
		left := make(chan struct{})
		go func() { l.s.Leave(l.t.Context()); close(left) }()
		synctest.Wait()
		if err := <-l.asks(pdu.SubmitSMID); !errors.Is(err, errUnsent) {
			t.Fatalf("while it leaves one was told %v", err)
		}
		l.writes(bare(pdu.SubmitSMRespID, 0, f.sequence()))
		if err := <-told; err != nil {
			t.Fatal(err)
		}
		u := l.reads()
		if u.id() != pdu.UnbindID {
			t.Fatalf("it said %v", u.id())
		}
		l.writes(bare(pdu.UnbindRespID, 0, u.sequence()))
		<-left
	})
}

// A far side that does not read any more takes no unbind either: a stop must not wait for it for longer than it was told to.
func TestLeavingOneThatDoesNotReadEndsInTime(t *testing.T) {
	linked(t, Terms{}, server{take: echo}, func(l *link) {
		told := l.asks(pdu.SubmitSMID) // it is being written
		synctest.Wait()
		began := time.Now()
		ctx, cancel := context.WithTimeout(l.t.Context(), leaveTime)
		defer cancel()
		l.s.Leave(ctx)
		if took := time.Since(began); took > leaveTime {
			t.Errorf("it left after %s", took)
		}
		if err := <-told; !errors.Is(err, errGone) {
			t.Errorf("what was being written is told %v", err)
		}
	})
}

func TestAnUnbindComesAfterTheAnswersThatAreOwed(t *testing.T) {
	var disk chan struct{}
	by := server{
		take: func(f frame) pending {
			return pending{durable: true, answer: func(_ context.Context, kept error) frame {
				if kept != nil {
					return nil
				}
				return bare(f.id()|responseBit, 0, f.sequence())
			}}
		},
		keep: func(context.Context) error { <-disk; return nil },
	}
	linked(t, Terms{}, by, func(l *link) {
		disk = make(chan struct{})
		l.writes(bare(pdu.SubmitSMID, 0, 1))
		l.writes(bare(pdu.UnbindID, 0, 2))
		close(disk)
		if a, b := l.reads(), l.reads(); a.id() != pdu.SubmitSMRespID || b.id() != pdu.UnbindRespID {
			t.Fatalf("it answered %v, then %v", a.id(), b.id())
		}
		if err := <-l.done; err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhatTheDiskDoesNotHaveIsNotAnsweredAndGoesOn(t *testing.T) {
	went := make(chan error, 1)
	by := server{
		take: func(frame) pending {
			return pending{durable: true, answer: func(_ context.Context, kept error) frame { went <- kept; return nil }}
		},
		keep: func(context.Context) error { return errors.New("no disk") },
	}
	linked(t, Terms{}, by, func(l *link) {
		l.writes(bare(pdu.SubmitSMID, 0, 1))
		if err := <-went; err == nil {
			t.Fatal("it was told that the disk has it")
		}
		if err := <-l.done; !errors.Is(err, errUnkept) {
			t.Fatalf("the session ended with %v", err)
		}
	})
}

func TestAPDUWhoseLengthCannotBeTrueEndsTheLink(t *testing.T) {
	for _, length := range []byte{0, 15} {
		linked(t, Terms{}, server{take: echo}, func(l *link) {
			f := bare(pdu.EnquireLinkID, 0, 9)
			f[3] = length
			go l.writes(f)
			if f := l.reads(); f.id() != pdu.GenericNACKID || f.status() != statusLength || f.sequence() != 9 {
				t.Fatalf("it answered %v %v", f.id(), f.status())
			}
			if err := <-l.done; !errors.Is(err, cause.Invalid) {
				t.Fatalf("the session ended with %v", err)
			}
		})
	}
}

func TestMoreThanTheInboxHoldsIsRefused(t *testing.T) {
	var hold chan struct{}
	by := server{take: func(f frame) pending {
		return pending{answer: func(context.Context, error) frame {
			<-hold
			return bare(f.id()|responseBit, 0, f.sequence())
		}}
	}}
	linked(t, Terms{Inbox: 2}, by, func(l *link) {
		hold = make(chan struct{})
		l.writes(bare(pdu.SubmitSMID, 0, 1))
		synctest.Wait()
		for n := range uint32(2) {
			l.writes(bare(pdu.SubmitSMID, 0, n+2))
		}
		go l.writes(bare(pdu.SubmitSMID, 0, 4))
		if f := l.reads(); f.sequence() != 4 || f.status() != statusQueueFull {
			t.Fatalf("it answered %d with %v", f.sequence(), f.status())
		}
		close(hold)
		for n := range uint32(3) {
			if f := l.reads(); f.sequence() != n+1 || f.status() != statusOK {
				t.Fatalf("it answered %d with %v", f.sequence(), f.status())
			}
		}
	})
}
