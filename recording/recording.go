// Package recording keeps what was said. A tape belongs to a call: one timeline, a track for each party, written as it
// comes in frames of at most a second, so that a killed server loses no more than that. When the call ends, or at the
// next start, the tape is delivered as a stereo WAV: channel 1 the client, channel 2 the person of the company; where
// others took part, heard on both, besides as one file for each party, all on the call's timeline. Excerpt reads a part of
// such a file, Peaks draws it. The package decides nothing about what is recorded: the room gives it taps, and a tap without sound is silence.
// Retention deletes files when their time is over or their room is full, and holds the disk against what is written of it.
// Sealing and storage elsewhere come behind Deliver. Start at Recorder; frame.go has the format on disk.
package recording

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/room"
)

const (
	round   = 100 * time.Millisecond // between two looks at what is to be written
	again   = 30 * time.Second       // between two attempts to deliver what was not taken
	turns   = 4                      // a tape is written in every fourth round, so that a frame holds 400 ms
	tapRoom = 4 * time.Second        // how much of a leg's voice may wait for the writer
)

// Delivered is a recording as it lies on disk.
type Delivered struct {
	Company fmc.CompanyID
	Call    fmc.CallID
	Kept    fmc.Kept
}

// Options are what a Recorder stands on.
type Options struct {
	Spool string // folder of tapes and files; made where it is not there
	// Deliver is told of each file, from a goroutine of its own; it may wait. An error has it told again later, at the
	// latest by the next start.
	Deliver func(context.Context, Delivered) error
	Now     func() time.Duration // the node's monotonic clock
	Log     *slog.Logger
}

// Recorder writes the tapes of all calls: one goroutine for all of them, and one that delivers.
type Recorder struct {
	o      Options
	fresh  chan *tape // opened, not seen by the writer yet
	closed chan string
	left   []string       // tapes of earlier starts; owned by Salvage, then by the delivery
	tells  sync.WaitGroup // answers of Open that Run does not give

	mu    sync.Mutex // guards down
	down  bool
	tapes []*tape // owned by Run
	count int
}

var _ room.Recorder = (*Recorder)(nil)

// New returns a recorder. Nothing is written before Run.
func New(o Options) (*Recorder, error) {
	if err := os.MkdirAll(o.Spool, 0o700); err != nil {
		return nil, cause.Errorf(cause.Unavailable, "recordings in %s: %w", o.Spool, err)
	}
	return &Recorder{o: o, fresh: make(chan *tape, 1024), closed: make(chan string, 4096)}, nil
}

// Open starts a call's tape. ready is told by the writer.
func (r *Recorder) Open(label room.Label, ready func(error)) room.Tape {
	t := newTape(label, r.o.Now)
	t.ready = ready
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down {
		r.tells.Go(func() { ready(cause.Errorf(cause.Unavailable, "the recorder is stopped")) })
		return t
	}
	select {
	case r.fresh <- t:
	default:
		r.tells.Go(func() { ready(cause.Errorf(cause.NoRoom, "the recorder is far behind")) })
	}
	return t
}

// Run writes until ctx is done, then closes what is open, delivers what is left for a while and returns.
func (r *Recorder) Run(ctx context.Context) error {
	deliver, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	delivered := make(chan struct{})
	go func() {
		defer close(delivered)
		r.deliverAll(deliver)
	}()
	tick := time.NewTicker(round)
	defer tick.Stop()
	for {
		select {
		case t := <-r.fresh:
			r.begin(t)
			continue
		case <-tick.C:
			r.write()
			continue
		case <-ctx.Done():
		}
		break
	}
	r.finish()
	close(r.closed)
	r.tells.Wait()
	select {
	case <-delivered:
	case <-time.After(5 * time.Second):
		stop()
		<-delivered
	}
	return nil
}

// begin makes the file of a tape that was opened.
func (r *Recorder) begin(t *tape) {
	err := t.create(r.path(t.label.Company, t.label.Call, t.label.Began))
	t.ready(err)
	if err != nil {
		r.o.Log.Error("tape not opened", "call", t.label.Call, "company", t.label.Company, "cause", err)
		return
	}
	t.turn = r.count % turns
	r.count++
	r.tapes = append(r.tapes, t)
}

// write gives every tape whose turn it is its round.
func (r *Recorder) write() {
	r.count++
	kept := r.tapes[:0]
	for _, t := range r.tapes {
		ending := t.ended()
		if !ending && (r.count+t.turn)%turns != 0 {
			kept = append(kept, t)
			continue
		}
		if err := t.write(); err != nil {
			r.o.Log.Error("tape not written", "call", t.label.Call, "company", t.label.Company, "cause", err)
		}
		if ending {
			r.seal(t)
			continue
		}
		kept = append(kept, t)
	}
	clear(r.tapes[len(kept):])
	r.tapes = kept
}

// seal ends a tape and has it delivered.
func (r *Recorder) seal(t *tape) {
	if err := t.seal(); err != nil {
		r.o.Log.Error("tape not closed", "call", t.label.Call, "company", t.label.Company, "cause", err)
	}
	select {
	case r.closed <- t.path:
	default:
		r.o.Log.Warn("delivery postponed to the next start", "call", t.label.Call, "company", t.label.Company)
	}
}

// finish closes every tape: the server stops.
func (r *Recorder) finish() {
	r.mu.Lock()
	r.down = true
	r.mu.Unlock()
	for {
		select {
		case t := <-r.fresh:
			r.begin(t)
			continue
		default:
		}
		break
	}
	for _, t := range r.tapes {
		if !t.ended() {
			t.Close(t.now() - t.label.Zero)
		}
		if err := t.write(); err != nil {
			r.o.Log.Error("tape not written", "call", t.label.Call, "cause", err)
		}
		r.seal(t)
	}
	r.tapes = nil
}

// path is where a call's tape lies.
func (r *Recorder) path(company fmc.CompanyID, call fmc.CallID, began time.Time) string {
	return filepath.Join(r.o.Spool, string(company), began.UTC().Format("2006-01-02"), string(call)+tapeSuffix)
}

// deliverAll makes files of the tapes that earlier starts left and of closed ones, until there are no more. What is not
// taken is offered again.
func (r *Recorder) deliverAll(ctx context.Context) {
	waiting := r.left
	deliver := func(all []string, salvage bool) (failed []string) {
		for _, path := range all {
			if ctx.Err() != nil {
				return nil // the next start finds them
			}
			if err := r.deliver(ctx, path, salvage); err != nil {
				r.o.Log.Error("recording not delivered", "cause", err)
				failed = append(failed, path)
			}
		}
		return failed
	}
	tick := time.NewTicker(again)
	defer tick.Stop()
	waiting = deliver(waiting, true)
	for {
		select {
		case path, ok := <-r.closed:
			if !ok {
				return
			}
			waiting = append(waiting, deliver([]string{path}, false)...)
		case <-tick.C:
			waiting = deliver(waiting, true)
		}
	}
}

// deliver makes the file of a tape, tells of it, and removes the tape. A tape on which nothing is was not ready when the
// server was killed: it is removed.
func (r *Recorder) deliver(ctx context.Context, path string, salvage bool) error {
	label, kept, err := render(path, r.o.Spool)
	switch {
	case errors.Is(err, errTorn):
	case err != nil:
		return fmt.Errorf("deliver %s: %w", path, err)
	default:
		kept.Salvage = kept.Salvage && salvage
		if err := drawPeaks(filepath.Join(r.o.Spool, kept.File)); err != nil { // they are made when somebody asks
			r.o.Log.Warn("peaks not drawn", "call", label.Call, "company", label.Company, "cause", err)
		}
		if err := r.o.Deliver(ctx, Delivered{Company: label.Company, Call: label.Call, Kept: kept}); err != nil {
			return fmt.Errorf("deliver %s: %w", path, err)
		}
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove the delivered tape: %w", err)
	}
	return nil
}

// Salvage finds the tapes that earlier starts left: those that were killed, and those whose delivery failed. It returns
// how many; Run delivers them, so that calls need not wait for hours of sound. It is called at most once, before Run. A
// tape that cannot be read stays where it is, and the log names it.
func (r *Recorder) Salvage() (int, error) {
	err := filepath.WalkDir(r.o.Spool, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != tapeSuffix {
			return err
		}
		r.left = append(r.left, path)
		return nil
	})
	return len(r.left), err
}
