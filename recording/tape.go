package recording

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/room"
	"roadline/media"
)

// tape is one call's recording while it runs. The call's goroutine adds tracks and marks, the recorder's writes.
type tape struct {
	label room.Label
	now   func() time.Duration
	ready func(error)
	turn  int

	mu     sync.Mutex // guards what follows, which the call's goroutine writes
	tracks []*track
	marks  []room.Mark
	failed func(error)
	end    time.Duration // since the call began; 0: it runs
	over   bool

	// owned by the recorder
	file    *os.File
	path    string
	buf     []byte
	written int // tracks whose frame is written
	broken  error
	told    bool // that it is broken
}

var _ room.Tape = (*tape)(nil)

func newTape(l room.Label, now func() time.Duration) *tape { return &tape{label: l, now: now} }

// Tap adds a track for a leg.
func (t *tape) Tap(leg fmc.LegID, role fmc.Role, side fmc.Side) *media.Tap {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := &track{number: uint8(len(t.tracks)), leg: leg, role: role, side: side, tap: media.NewTap(role.String(), tapRoom)}
	if len(t.tracks) < 255 {
		t.tracks = append(t.tracks, x)
	}
	return x.tap
}

// Mark notes a moment of the timeline.
func (t *tape) Mark(m room.Mark) {
	t.mu.Lock()
	t.marks = append(t.marks, m)
	t.mu.Unlock()
}

// Failed says who is told when the tape can take no more.
func (t *tape) Failed(tell func(error)) {
	t.mu.Lock()
	t.failed = tell
	t.mu.Unlock()
}

// Close ends the tape at a moment since the call began.
func (t *tape) Close(at time.Duration) {
	t.mu.Lock()
	t.end, t.over = at, true
	t.mu.Unlock()
}

func (t *tape) ended() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.over
}

// create makes the file with its label.
func (t *tape) create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	l, err := json.Marshal(label{t.label.Company, t.label.Call, t.label.Began.UTC(), t.label.Opened})
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if _, err := f.Write(appendFrame([]byte(tapeMagic), kindLabel, l)); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path))
	}
	t.file, t.path = f, path
	return nil
}

// write appends what came since the last time, in one write.
func (t *tape) write() error {
	t.mu.Lock()
	tracks, marks := t.tracks, t.marks
	t.marks = nil
	t.mu.Unlock()
	buf := t.buf[:0]
	for ; t.written < len(tracks); t.written++ {
		x := tracks[t.written]
		buf = appendFrame(buf, kindTrack, []byte{x.number, byte(x.side)}, []byte(x.leg.String()))
		buf = appendFrame(buf, kindRole, []byte{x.number, byte(x.role)})
	}
	for _, m := range marks {
		buf = appendFrame(buf, kindMark, markJSON(m))
	}
	zero := t.label.Zero + t.label.Opened
	for _, x := range tracks {
		buf = x.drain(buf, zero)
	}
	t.buf = buf
	if t.broken != nil {
		t.tell()
		return nil
	}
	return t.append(buf)
}

// append writes frames. After an error nothing more is written: what follows a torn frame cannot be read.
func (t *tape) append(buf []byte) error {
	if len(buf) == 0 {
		return nil
	}
	if _, err := t.file.Write(buf); err != nil {
		t.broken = err
		t.tell()
		return err
	}
	return nil
}

// tell tells once that the tape can take no more.
func (t *tape) tell() {
	t.mu.Lock()
	tell := t.failed
	t.mu.Unlock()
	if tell != nil && !t.told {
		t.told = true
		tell(t.broken)
	}
}

// seal writes the end and closes the file.
func (t *tape) seal() error {
	var err error
	if t.broken == nil {
		var buf []byte
		for _, x := range t.tracks {
			buf = x.close(buf)
		}
		err = t.append(appendEnd(buf, samplesOf(t.end-t.label.Opened)))
	}
	return errors.Join(err, t.file.Sync(), t.file.Close())
}
