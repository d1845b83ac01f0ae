package recording_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"roadline/fmc"
	"roadline/fmc/room"
	"roadline/media"
	"roadline/recording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a recorder that runs in virtual time, and what it delivered.
type desk struct {
	*recording.Recorder
	t     *testing.T
	spool string
	zero  time.Time
	stop  func()

	mu      sync.Mutex // guards:
	refuses int        // deliveries that are refused yet
	got     []recording.Delivered
}

// open makes a recorder and runs it. It belongs into a bubble of synctest.
func open(t *testing.T, spool string) *desk {
	t.Helper()
	d := &desk{t: t, spool: spool, zero: time.Now()}
	r, err := recording.New(recording.Options{Spool: spool, Deliver: d.deliver, Now: d.now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d.Recorder = r
	return d
}

func (d *desk) run() *desk {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	d.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			d.t.Errorf("the recorder ended with %v", err)
		}
	})
	d.t.Cleanup(d.stop)
	return d
}

func (d *desk) now() time.Duration { return time.Since(d.zero) }

func (d *desk) deliver(_ context.Context, x recording.Delivered) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuses > 0 {
		d.refuses--
		return errors.New("the journal takes nothing")
	}
	d.got = append(d.got, x)
	return nil
}

func (d *desk) delivered() []recording.Delivered {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]recording.Delivered(nil), d.got...)
}

// the one delivery there must be.
func (d *desk) one() recording.Delivered {
	d.t.Helper()
	got := d.delivered()
	if len(got) != 1 {
		d.t.Fatalf("%d recordings were delivered: %+v", len(got), got)
	}
	return got[0]
}

func (d *desk) path(x recording.Delivered) string { return filepath.Join(d.spool, x.Kept.File) }

// tapes are the tapes that lie in a spool.
func tapes(t *testing.T, spool string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(spool, "*", "*", "*.tape"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// label is a call that began when its desk did.
func (d *desk) label(call fmc.CallID) room.Label {
	return room.Label{Company: "acme", Call: call, Began: d.zero.UTC(), Zero: 0, Opened: d.now()}
}

// ready opens a tape and waits for it.
func (d *desk) ready(call fmc.CallID) room.Tape {
	d.t.Helper()
	told := make(chan error, 1)
	t := d.Open(d.label(call), func(err error) { told <- err })
	if err := <-told; err != nil {
		d.t.Fatal(err)
	}
	return t
}

// wait lets virtual time pass.
func wait(d time.Duration) { <-time.After(d) }

func TestATapeThatCannotBeMadeIsToldToItsCall(t *testing.T) {
	spool := t.TempDir()
	if err := os.WriteFile(filepath.Join(spool, "acme"), nil, 0o600); err != nil { // in the place of the company's folder
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		d := open(t, spool).run()
		told := make(chan error, 2)
		tape := d.Open(d.label("c1"), func(err error) { told <- err })
		if err := <-told; err == nil {
			t.Error("the tape is ready, with nowhere to write")
		}
		tape.Tap(fmc.LegID{Call: "c1", N: 1}, fmc.Client, fmc.Left)
		tape.Close(time.Second)
		wait(time.Second)
		d.stop()
		if len(told) > 0 || len(d.delivered()) > 0 {
			t.Errorf("told again %d times, delivered %v", len(told), d.delivered())
		}
		d.Open(d.label("c2"), func(err error) { told <- err })
		if err := <-told; err == nil {
			t.Error("a stopped recorder opens tapes")
		}
	})
}

func TestAFullDiskIsToldOnceAndWhatWasWrittenIsDelivered(t *testing.T) {
	for _, late := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			d := open(t, t.TempDir()).run()
			tape := d.ready("c1")
			told := make(chan error, 9)
			listen := func() { tape.Failed(func(err error) { told <- err }) }
			if !late {
				listen()
			}
			client := newSpeaker(d, tape, fmc.Left, 8000)
			client.speak(2 * time.Second)
			wait(time.Second)
			synctest.Wait()
			if err := recording.FillDisk(d.Recorder); err != nil {
				t.Fatal(err)
			}
			client.speak(2 * time.Second)
			wait(time.Second)
			if late { // the call asks only now
				listen()
			}
			client.speak(time.Second)
			tape.Close(d.now())
			wait(time.Second)
			if len(told) != 1 {
				t.Errorf("late %v: told %d times that the disk is full", late, len(told))
			}
			d.stop()
			if got := d.one().Kept; got.Length < 1900*time.Millisecond || got.Length > 2100*time.Millisecond || got.Salvage {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestWhatIsNotTakenIsOfferedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, t.TempDir()).run()
		d.refuses = 2
		tape := d.ready("c1")
		newSpeaker(d, tape, fmc.Left, 8000).speak(time.Second)
		tape.Close(d.now())
		wait(10 * time.Second)
		if len(d.delivered()) > 0 || len(tapes(t, d.spool)) != 1 {
			t.Fatalf("delivered %v, tapes %v", d.delivered(), tapes(t, d.spool))
		}
		wait(2 * time.Minute)
		d.stop()
		if d.one().Kept.Salvage || len(tapes(t, d.spool)) != 0 {
			t.Fatalf("%+v, tapes %v", d.one(), tapes(t, d.spool))
		}
	})
}

func TestAStopClosesWhatIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, t.TempDir()).run()
		tape := d.ready("c1")
		newSpeaker(d, tape, fmc.Left, 8000).speak(3 * time.Second)
		d.stop()
		if got := d.one().Kept; got.Length < 2900*time.Millisecond || got.Salvage {
			t.Errorf("%+v", got)
		}
	})
}

func TestNoFrameHoldsMoreThanASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, t.TempDir()).run()
		d.refuses = 1000 // so that the tape stays
		tape := d.ready("c1")
		client := newSpeaker(d, tape, fmc.Left, 8000)
		client.burst(recording.TapRoom - 100*time.Millisecond)
		client.speak(3 * time.Second)
		tape.Close(d.now())
		wait(time.Second)
		most, frames, err := recording.Longest(tapes(t, d.spool)[0])
		if err != nil || most > media.SampleRate || frames < 10 {
			t.Errorf("%d frames, the longest has %d samples: %v", frames, most, err)
		}
		if most < media.SampleRate*9/10 {
			t.Errorf("the burst made frames of %d samples: the test shows nothing", most)
		}
	})
}
