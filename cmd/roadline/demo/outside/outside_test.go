package outside_test

import (
	"context"
	"log/slog"
	"math"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"roadline/cmd/roadline/demo/outside"
	"roadline/fmc/cause"
	"roadline/media"
)

const (
	anna  = "+79120000001"
	boris = "+79120000002"
	soon  = 20 * time.Second // a guard against hanging
)

// hum is a phrase of its own pitch, whose every frame is its own.
func hum(name string, hz float64) outside.Phrase {
	alaw := make([]byte, media.SampleRate)
	for i := range alaw {
		sweep := hz * (1 + float64(i)/float64(4*len(alaw)))
		alaw[i] = media.EncodeALaw(int16(8000 * math.Sin(2*math.Pi*sweep*float64(i)/media.SampleRate)))
	}
	return outside.Phrase{Name: name, Sound: media.NewSound(name, alaw)}
}

// worlds are two carriers that call each other: each is the other's server.
func worlds(t *testing.T) (west, east *outside.Network, seen chan outside.Seen) {
	t.Helper()
	seen = make(chan outside.Seen, 16)
	phrases := outside.NewPhrases(hum("hello", 300), hum("yes?", 500), hum("a machine", 700))
	make := func(ip string, from uint16) *outside.Network {
		n, err := outside.New(outside.Options{
			Addr: netip.MustParseAddr(ip), Country: "RU", Log: slog.New(slog.DiscardHandler), Now: time.Now,
			Media: media.Options{From: from, To: from + 998}, Ended: func(s outside.Seen) { seen <- s },
		})
		if err != nil {
			t.Fatal(err)
		}
		n.Teach(phrases)
		return n
	}
	west, east = make("127.0.0.4", 31000), make("127.0.0.5", 31000)
	for _, err := range []error{west.Serve(east.Addr()), east.Serve(west.Addr())} {
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, n := range []*outside.Network{west, east} {
		running.Go(func() {
			if err := n.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(func() {
		stop()
		running.Wait()
		if west.Live()+east.Live() != 0 {
			t.Error("lines outlived their world")
		}
	})
	return west, east, seen
}

// both are the two ends of one call, the caller's first.
func both(t *testing.T, seen chan outside.Seen) (caller, called outside.Seen) {
	t.Helper()
	for range 2 {
		select {
		case s := <-seen:
			if s.Called {
				called = s
			} else {
				caller = s
			}
		case <-time.After(soon):
			t.Fatal("the call does not end")
		}
	}
	return caller, called
}

func subscribe(t *testing.T, n *outside.Network, number string, answers outside.Habit) {
	t.Helper()
	if err := n.Subscribe(number, outside.Subscriber{Answers: answers}); err != nil {
		t.Fatal(err)
	}
}

func TestTwoPeopleSpeakInTurnAndUnderstandEachOther(t *testing.T) {
	west, east, seen := worlds(t)
	subscribe(t, west, anna, nil)
	subscribe(t, east, boris, func(l *outside.Line) {
		l.Ring()
		l.Wait(50 * time.Millisecond)
		l.Answer()
		l.Say("yes?")
		l.Hear(soon, "hello")
		l.Turn(soon)
	})
	if _, err := west.Call(anna, boris, func(l *outside.Line) {
		if !l.Answered(soon) || l.Hear(soon, "a machine", "yes?") != "yes?" {
			t.Error("nobody answers")
		}
		l.Turn(100 * time.Millisecond)
		l.Say("hello")
		l.Press("15#")
	}); err != nil {
		t.Fatal(err)
	}
	caller, called := both(t, seen)
	if !slices.Equal(caller.Heard, []string{"yes?"}) || !slices.Equal(called.Heard, []string{"hello"}) {
		t.Errorf("heard %q and %q", caller.Heard, called.Heard)
	}
	if called.Other != anna || called.Number != boris || caller.Keys != "15#" {
		t.Errorf("%+v\n%+v", caller, called)
	}
	if caller.Rang == 0 || caller.Answered < caller.Rang || caller.Ended <= caller.Answered || called.Answered == 0 {
		t.Errorf("%+v\n%+v", caller, called)
	}
}

func TestWhatANetworkSaysBeforeItRefusesIsHeard(t *testing.T) {
	west, east, seen := worlds(t)
	subscribe(t, west, anna, nil)
	subscribe(t, east, boris, func(l *outside.Line) {
		l.Announce("a machine")
		l.Refuse(cause.Unreachable)
	})
	if _, err := west.Call(anna, boris, func(l *outside.Line) { l.Answered(soon) }); err != nil {
		t.Fatal(err)
	}
	caller, called := both(t, seen)
	if !slices.Equal(caller.Heard, []string{"a machine"}) || caller.Cause.Meaning != cause.Unreachable || caller.Answered != 0 || called.Answered != 0 {
		t.Errorf("%+v\n%+v", caller, called)
	}
}

func TestWhoSpeaksOnAnotherLineIsBusyAndWhoIsNobodyIsNot(t *testing.T) {
	west, east, seen := worlds(t)
	subscribe(t, west, anna, nil)
	in := make(chan struct{})
	subscribe(t, east, boris, func(l *outside.Line) {
		l.Answer()
		close(in)
		l.Wait(soon)
	})
	if err := west.Subscribe("+79120000003", outside.Subscriber{Lines: 2}); err != nil {
		t.Fatal(err)
	}
	if _, err := west.Call(anna, boris, func(l *outside.Line) { l.Wait(soon) }); err != nil {
		t.Fatal(err)
	}
	<-in
	if _, err := west.Call(anna, boris, nil); cause.KindOf(err) != cause.NoRoom {
		t.Errorf("a second call from one line: %v", err)
	}
	for number, want := range map[string]cause.Meaning{boris: cause.Busy, "+79120000009": cause.WrongNumber} {
		if _, err := west.Call("+79120000003", number, func(l *outside.Line) { l.Answered(soon) }); err != nil {
			t.Fatal(err)
		}
		select {
		case s := <-seen:
			if s.Cause.Meaning != want {
				t.Errorf("%s: %+v", number, s)
			}
		case <-time.After(soon):
			t.Fatal("the call does not end")
		}
	}
	east.Rest()
	west.Rest()
	both(t, seen)
}
