package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

// Options of a Log. Zero values are the product's.
type Options struct {
	SegmentSize int64         // bytes at which a segment is closed and the next begun; 0: 8 MiB
	Buffer      int           // bytes kept in memory while the disk refuses or stalls; 0: 32 MiB
	SyncEvery   time.Duration // how much a power cut may cost; 0: 50 ms
	HealEvery   time.Duration // how often a disk that refused is tried again; 0: 500 ms
	Log         *slog.Logger  // nil: nothing is told

	create func(path string) (file, error) // tests put failing files in place
}

func (o Options) withDefaults() Options {
	if o.SegmentSize <= 0 {
		o.SegmentSize = 8 << 20
	}
	if o.Buffer <= 0 {
		o.Buffer = 32 << 20
	}
	if o.SyncEvery <= 0 {
		o.SyncEvery = 50 * time.Millisecond
	}
	if o.HealEvery <= 0 {
		o.HealEvery = 500 * time.Millisecond
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.create == nil {
		o.create = createFile
	}
	return o
}

// Life says what an entry means for the call it belongs to, or the message to be sent, which is kept as calls are: a
// segment is kept while a call that has an entry in it is open, drained or not, so that a restart without PostgreSQL
// still knows the call whole.
type Life uint8

// The lives.
const (
	Within Life = iota // of an open call, of a closed one, or of none
	Opens              // the first entry of the call
	Closes             // the last that a restart needs
)

// Draft is an entry to be appended.
type Draft struct {
	Body []byte // UTF-8 text, at most 4 MiB
	Call string // or message; empty: of neither
	Life Life
	Owes string // a promise that the entry makes, kept on disk until an entry pays it; empty: none
	Pays string // the promise that the entry keeps; empty: none
}

// State is what is known of a Log at an instant.
type State struct {
	Last, Synced uint64 // seq appended, and on disk for sure; 0: none yet
	Why          error  // nil: healthy
	Buffered     int    // bytes in memory only
	Dropped      uint64 // entries refused because even the memory was full
	Segments     int
	OpenCalls    int // and promises that nothing paid
}

// Log is the journal of one boot: entries of opaque bytes numbered from 1, in segments of one folder. Any number of
// goroutines may use it. A Log that is not run keeps what it is given against the death of the process only.
type Log struct {
	opt  Options
	dir  string
	node string
	boot uuid.UUID
	lock *os.File // the folder, locked for the life of the process

	kick  chan struct{} // wakes Run
	grown chan struct{} // wakes one reader

	mu       sync.Mutex // guards everything below
	closed   bool
	last     uint64
	current  *segment
	sealed   []*segment            // older ones, oldest first
	toSync   []*segment            // sealed, not on disk for sure yet
	newFile  bool                  // the folder itself must be synced
	unsynced []byte                // entries written since the last sync that succeeded: written again where one fails
	pending  []byte                // entries that the disk has not taken
	why      error                 // nil: healthy
	dropped  uint64                // entries
	synced   uint64                // seq
	drained  uint64                // seq
	advanced chan struct{}         // closed and replaced when synced moves
	calls    map[string][]*segment // open calls, promises that nothing paid (under owing), and where they have entries
	scratch  []byte
}

// segment is one file of a Log.
type segment struct {
	number      uint64
	first, last uint64 // seq
	size        int64  // bytes that are whole entries
	file        file
	path        string
	pins        int        // open calls, and promises that nothing paid, with an entry in it
	spent       bool       // a write or a sync of it failed: nothing more goes there
	rewritten   bool       // a sync of it failed: what it had not synced goes into a later one
	pays        []*segment // older ones with promises that are paid in it: while they are there, a restart must see that
}

// file is what a Log asks of a file; tests put a failing one in its place.
type file interface {
	WriteAt(b []byte, off int64) (int, error)
	Datasync() error
	Close() error
}

type diskFile struct{ *os.File }

func (f diskFile) Datasync() error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func createFile(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	return diskFile{f}, nil
}

// Node and Boot identify the log; with the seq they identify an entry for ever.
func (l *Log) Node() string { return l.node }

// Boot identifies the start of the process.
func (l *Log) Boot() uuid.UUID { return l.boot }

// State returns what is known now.
func (l *Log) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return State{
		Last: l.last, Synced: l.synced, Why: l.why, Buffered: len(l.pending), Dropped: l.dropped,
		Segments: len(l.sealed) + 1, OpenCalls: len(l.calls),
	}
}

// Healthy reports whether new calls may begin: while it is false, what is appended is in memory only.
func (l *Log) Healthy() bool { return l.State().Why == nil }

// Grown wakes a reader: it receives at least once after entries were appended since the last receive.
func (l *Log) Grown() <-chan struct{} { return l.grown }

// Append appends the entries, in order and with nothing between them, in one write. When it returns nil they survive
// the death of the process; Run brings them to disk. An error of cause.Unavailable means that the disk refused and the
// entries are kept in memory until it takes them: a live call goes on, a new one is refused. Of cause.NoRoom: that the
// memory is full too and the entries are lost, which State counts. Of cause.Invalid: none was taken.
func (l *Log) Append(drafts ...Draft) error {
	if len(drafts) == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return cause.Errorf(cause.Unavailable, "journal %s is closed", l.dir)
	}
	frames, seq, err := l.encode(drafts)
	if err != nil {
		return err
	}
	if len(l.pending)+len(frames) > l.opt.Buffer && l.why != nil {
		l.dropped += uint64(len(drafts))
		return cause.Errorf(cause.NoRoom, "journal %s: %d entries lost, the memory is full too: %w", l.dir, len(drafts), l.why)
	}
	if l.why == nil {
		l.write(frames, seq)
	}
	if l.why != nil {
		l.pending = append(l.pending, frames...)
	}
	l.last = seq
	l.noteCalls(drafts)
	if l.why != nil {
		return cause.Errorf(cause.Unavailable, "journal %s keeps entries in memory only: %w", l.dir, l.why)
	}
	signal(l.grown)
	return nil
}

// encode lays the drafts out behind one another in the scratch buffer.
func (l *Log) encode(drafts []Draft) (frames []byte, seq uint64, err error) {
	frames, seq = l.scratch[:0], l.last
	for _, d := range drafts {
		seq++
		if frames, err = appendEntry(frames, l.boot, seq, d.Body); err != nil {
			return nil, 0, err
		}
	}
	if l.scratch = frames; cap(l.scratch) > 1<<20 {
		l.scratch = nil // one huge plan does not stay in memory for ever
	}
	return frames, seq, nil
}

// write writes frames whose last entry has that seq, into a new segment where the current one is full. On failure why
// is set and the frames are nowhere.
func (l *Log) write(frames []byte, seq uint64) {
	if len(l.unsynced)+len(frames) > l.opt.Buffer {
		l.fail(fmt.Errorf("the disk has taken nothing for %d bytes", len(l.unsynced)))
		return
	}
	if l.current.last > 0 && l.current.size+int64(len(frames)) > l.opt.SegmentSize {
		if err := l.roll(l.last + 1); err != nil {
			l.fail(err)
			return
		}
	}
	if _, err := l.current.file.WriteAt(frames, l.current.size); err != nil {
		l.fail(err)
		return
	}
	l.current.size += int64(len(frames))
	l.current.last = seq
	l.unsynced = append(l.unsynced, frames...)
}

// roll begins the next segment with that first seq. On failure the current one stays.
func (l *Log) roll(first uint64) error {
	number := uint64(1)
	if l.current != nil {
		number = l.current.number + 1
	}
	s := &segment{number: number, first: first, path: filepath.Join(l.dir, segmentName(number)), size: headerSize}
	f, err := l.opt.create(s.path)
	if err != nil {
		return fmt.Errorf("begin segment %s: %w", s.path, err)
	}
	s.file = f
	if _, err = f.WriteAt(appendHeader(nil, l.boot, number, first), 0); err != nil {
		return errors.Join(fmt.Errorf("begin segment %s: %w", s.path, err), f.Close(), os.Remove(s.path))
	}
	if l.current != nil {
		l.sealed = append(l.sealed, l.current)
		l.toSync = append(l.toSync, l.current)
	}
	l.current, l.newFile = s, true
	return nil
}

func (l *Log) fail(err error) {
	if l.why == nil {
		l.opt.Log.Error("journal keeps entries in memory only, new calls are refused", "dir", l.dir, "err", err)
	}
	l.why = err
}

// noteCalls keeps the account of which segments open calls have entries in.
func (l *Log) noteCalls(drafts []Draft) {
	for _, d := range drafts {
		if d.Life == Opens && d.Call != "" && l.calls[d.Call] == nil {
			l.calls[d.Call] = []*segment{}
		}
		if segments, open := l.calls[d.Call]; open {
			l.pin(d.Call, segments)
		}
		l.noteOwed(d)
	}
	for _, d := range drafts {
		if d.Life != Closes {
			continue
		}
		for _, s := range l.calls[d.Call] {
			s.pins--
		}
		delete(l.calls, d.Call)
	}
}

// owing stands before a promise among the calls: no id begins so.
const owing = "promise "

// noteOwed keeps the account of which segments promises stand in that nothing paid yet.
func (l *Log) noteOwed(d Draft) {
	if made, owed := l.calls[owing+d.Pays]; owed {
		for _, s := range made {
			s.pins--
			if s != l.current && !slices.Contains(l.current.pays, s) {
				l.current.pays = append(l.current.pays, s)
			}
		}
		delete(l.calls, owing+d.Pays)
	}
	if d.Owes != "" {
		l.pin(owing+d.Owes, l.calls[owing+d.Owes])
	}
}

// pin notes that an open call has an entry in the current segment.
func (l *Log) pin(call string, segments []*segment) {
	if n := len(segments); n == 0 || segments[n-1] != l.current {
		l.current.pins++
		l.calls[call] = append(segments, l.current)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
