package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

// Run brings what is appended to disk every SyncEvery, and at once where somebody waits in Sync; it tries a disk that
// refused again every HealEvery. It returns after a last attempt once ctx is done. Close comes after.
func (l *Log) Run(ctx context.Context) error {
	tick := time.NewTicker(l.opt.SyncEvery)
	defer tick.Stop()
	heal := time.NewTicker(l.opt.HealEvery)
	defer heal.Stop()
	for {
		select {
		case <-ctx.Done():
			l.heal()
			return l.datasync()
		case <-heal.C:
			l.heal()
		case <-tick.C:
		case <-l.kick:
		}
		_ = l.datasync() // told by fail, and by State until it heals
	}
}

// Sync waits until everything appended before is on disk, and returns nil only then: it is for what the outside is
// told is kept. It needs Run.
func (l *Log) Sync(ctx context.Context) error {
	l.mu.Lock()
	upTo := l.last
	for l.synced < upTo {
		if l.closed {
			l.mu.Unlock()
			return cause.Errorf(cause.Unavailable, "journal %s was closed before it was on disk", l.dir)
		}
		advanced := l.advanced
		l.mu.Unlock()
		signal(l.kick)
		select {
		case <-advanced:
		case <-ctx.Done():
			return cause.Errorf(cause.Unavailable, "journal %s: wait for the disk: %w", l.dir, ctx.Err())
		}
		l.mu.Lock()
	}
	l.mu.Unlock()
	return nil
}

// datasync brings to disk what the segments hold. The lock is not held while the disk works. Called by Run only.
func (l *Log) datasync() error {
	l.mu.Lock()
	if len(l.unsynced) == 0 && len(l.toSync) == 0 && !l.newFile {
		l.mu.Unlock()
		return nil
	}
	sealed, current, newFile := l.toSync, l.current, l.newFile
	upTo, length := l.last, len(l.unsynced)
	if first, _, size := parseEntry(l.pending, l.boot); size > 0 {
		upTo = first - 1
	}
	l.mu.Unlock()

	err := syncFiles(append(sealed[:len(sealed):len(sealed)], current))
	if newFile && err == nil {
		err = syncFolder(l.dir)
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.distrust(fmt.Errorf("bring journal %s to disk: %w", l.dir, err))
		return err
	}
	l.toSync = l.toSync[len(sealed):]
	if newFile && l.current == current {
		l.newFile = false
	}
	for _, s := range sealed {
		err = errors.Join(err, s.file.Close())
	}
	l.unsynced = append(l.unsynced[:0], l.unsynced[length:]...)
	if upTo > l.synced {
		l.synced = upTo
		close(l.advanced)
		l.advanced = make(chan struct{})
	}
	return err
}

func syncFiles(segments []*segment) error {
	for _, s := range segments {
		if s.rewritten {
			continue
		}
		if err := s.file.Datasync(); err != nil {
			return fmt.Errorf("fdatasync %s: %w", s.path, err)
		}
	}
	return nil
}

// distrust is called when a sync failed: the kernel may have dropped the pages and will not say so again, so
// everything written since the last good sync is written once more, into a new segment. The reader drops the doubles.
func (l *Log) distrust(err error) {
	l.fail(err)
	l.pending = append(append([]byte(nil), l.unsynced...), l.pending...)
	l.unsynced = l.unsynced[:0]
	for _, s := range append(l.toSync, l.current) {
		s.spent, s.rewritten = true, true
	}
}

// heal writes what is in memory only to disk, into the current segment or, where that is refused, a new one.
func (l *Log) heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.why == nil {
		return
	}
	if err := l.writePending(); err != nil {
		l.why = err
		return
	}
	l.pending, l.why = nil, nil
	l.opt.Log.Info("journal is on disk again", "dir", l.dir, "count", l.dropped)
	signal(l.grown)
}

func (l *Log) writePending() error {
	first, _, size := parseEntry(l.pending, l.boot)
	if size == 0 {
		first = l.last + 1
	}
	if !l.current.spent {
		_, err := l.current.file.WriteAt(l.pending, l.current.size)
		if err != nil && l.current.last == 0 {
			return err // a new segment would fare no better: this one is as good as new
		}
		l.current.spent = err != nil
	}
	if l.current.spent {
		if err := l.roll(first); err != nil {
			return err
		}
		if _, err := l.current.file.WriteAt(l.pending, l.current.size); err != nil {
			return err
		}
	}
	if size > 0 {
		l.current.size += int64(len(l.pending))
		l.current.last = l.last
		l.unsynced = append(l.unsynced, l.pending...)
	}
	for call, segments := range l.calls {
		l.pin(call, segments)
	}
	return nil
}

// Drained says that everything up to seq is in PostgreSQL: segments that nothing needs any more are removed.
func (l *Log) Drained(seq uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drained = max(l.drained, seq)
	var failed []error
	var kept []*segment
	there := func(made *segment) bool { return slices.Contains(kept, made) }
	for _, s := range l.sealed {
		if s.last > l.drained || s.pins > 0 || slices.ContainsFunc(s.pays, there) {
			kept = append(kept, s)
			continue
		}
		if err := os.Remove(s.path); err != nil && !os.IsNotExist(err) {
			failed = append(failed, err)
			kept = append(kept, s)
			continue
		}
		s.pays = nil // who names a segment that went keeps no older ones in memory
	}
	l.sealed = kept
	return errors.Join(failed...)
}

// Close closes the files and gives the folder up; where everything is drained, no call is open and no promise owed nothing
// is left of it. It comes after Run has returned.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	close(l.advanced)
	l.advanced = make(chan struct{})
	var errs []error
	for _, s := range append(l.toSync, l.current) {
		errs = append(errs, s.file.Close())
	}
	if len(l.pending) > 0 {
		errs = append(errs, cause.Errorf(cause.Unavailable, "journal %s: %d bytes of entries were never taken by the disk: %w", l.dir, len(l.pending), l.why))
	}
	if l.drained >= l.last && len(l.calls) == 0 && len(l.pending) == 0 {
		errs = append(errs, os.RemoveAll(l.dir))
	}
	return errors.Join(append(errs, l.lock.Close())...)
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(unix.Fsync(int(f.Fd())), f.Close())
}
