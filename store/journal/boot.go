package journal

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

// Boot is the folder of an earlier start that nobody has open any more: what it left is read, drained and removed.
type Boot struct {
	Node string
	ID   uuid.UUID
	Cut  []Cut // what recovery took off its end

	dir  string
	lock *os.File
}

// Cut is a piece at the end of a segment that was no whole entry: a write that the death of the process or of the
// machine tore. It was never acknowledged, unless the disk itself is at fault, so it is put aside and not thrown away.
type Cut struct {
	Segment string
	Offset  int64
	Bytes   int64
	Kept    string // the file it was put aside in; empty: nothing but zeros
}

var nodeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// Open begins the journal of a boot in the data folder dir, made if it is not there, and takes over every folder
// there that no living process holds, oldest first. It is to be called before anything listens. Run starts the log.
func Open(dir, node string, boot uuid.UUID, opt Options) (*Log, []*Boot, error) {
	opt = opt.withDefaults()
	if !nodeForm.MatchString(node) {
		return nil, nil, cause.Errorf(cause.Invalid, "node %q: letters, digits, dot, dash and underscore only, at most 63", node)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	gate, err := lockFolder(dir, unix.LOCK_EX) // two starts at once take turns
	if err != nil {
		return nil, nil, fmt.Errorf("open journal %s: %w", dir, err)
	}
	defer func() { _ = gate.Close() }()
	left, err := takeOver(dir, opt)
	if err != nil {
		return nil, nil, err
	}
	l, err := begin(dir, node, boot, opt)
	if err != nil {
		for _, b := range left {
			_ = b.lock.Close()
		}
		return nil, nil, err
	}
	return l, left, nil
}

func begin(dir, node string, boot uuid.UUID, opt Options) (*Log, error) {
	l := &Log{
		opt: opt, dir: filepath.Join(dir, folderName(node, boot)), node: node, boot: boot,
		kick: make(chan struct{}, 1), grown: make(chan struct{}, 1),
		advanced: make(chan struct{}), calls: map[string][]*segment{},
	}
	if err := os.Mkdir(l.dir, 0o700); err != nil {
		return nil, fmt.Errorf("begin journal: %w", err)
	}
	var err error
	if l.lock, err = lockFolder(l.dir, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, fmt.Errorf("begin journal %s: %w", l.dir, err)
	}
	if err := errors.Join(syncFolder(dir), l.roll(1)); err != nil {
		return nil, errors.Join(err, os.RemoveAll(l.dir), l.lock.Close())
	}
	return l, nil
}

// takeOver locks, mends and returns the folders that nobody holds. One that it cannot mend stays as it is and is told.
func takeOver(dir string, opt Options) ([]*Boot, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	var left []*Boot
	for _, e := range entries {
		node, id, ok := parseFolder(e.Name())
		if !ok || !e.IsDir() {
			continue
		}
		b := &Boot{Node: node, ID: id, dir: filepath.Join(dir, e.Name())}
		b.lock, err = lockFolder(b.dir, unix.LOCK_EX|unix.LOCK_NB)
		if errors.Is(err, unix.EWOULDBLOCK) {
			continue // a living process has it
		}
		if err == nil {
			err = b.mend(filepath.Join(dir, "cut"))
		}
		if err != nil {
			opt.Log.Error("journal of an earlier start left alone", "dir", b.dir, "err", err)
			if b.lock != nil {
				_ = b.lock.Close()
			}
			continue
		}
		opt.Log.Info("journal of an earlier start taken over", "dir", b.dir, "count", len(b.Cut))
		left = append(left, b)
	}
	slices.SortFunc(left, func(a, b *Boot) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return left, nil
}

// mend takes off what stands behind the last whole entry of the folder.
func (b *Boot) mend(aside string) error {
	segments, err := listSegments(b.dir, b.ID)
	if err != nil {
		return err
	}
	for i := len(segments) - 1; i >= 0; i-- {
		data, err := os.ReadFile(segments[i].path)
		if err != nil {
			return err
		}
		end := wholeEnd(data, b.ID)
		if end < int64(len(data)) {
			if err := b.cut(segments[i].path, data, end, aside); err != nil {
				return err
			}
		}
		if end > headerSize {
			return nil
		}
	}
	return nil
}

// wholeEnd returns the offset behind the last whole entry; of the header where there is none; 0 without a header.
func wholeEnd(data []byte, boot uuid.UUID) int64 {
	end := 0
	if _, ok, _ := readHeader(data, boot); ok {
		end = headerSize
	}
	for at := end; ; {
		next := nextEntry(data, at, boot)
		if next < 0 {
			return int64(end)
		}
		_, _, size := parseEntry(data[next:], boot)
		at = next + size
		end = at
	}
}

func (b *Boot) cut(path string, data []byte, end int64, aside string) error {
	c := Cut{Segment: path, Offset: end, Bytes: int64(len(data)) - end}
	if strings.Trim(string(data[end:]), "\x00") != "" {
		if err := os.MkdirAll(aside, 0o700); err != nil {
			return err
		}
		c.Kept = filepath.Join(aside, fmt.Sprintf("%s-%s-%d", filepath.Base(b.dir), filepath.Base(path), end))
		if err := os.WriteFile(c.Kept, data[end:], 0o600); err != nil {
			return err
		}
	}
	b.Cut = append(b.Cut, c)
	return os.Truncate(path, end)
}

// Remove removes the folder: everything in it is in PostgreSQL, and no call that it left open waits to be closed.
func (b *Boot) Remove() error { return errors.Join(os.RemoveAll(b.dir), b.lock.Close()) }

// Close gives the folder up for the next start to take over.
func (b *Boot) Close() error { return b.lock.Close() }

func folderName(node string, boot uuid.UUID) string { return node + "." + boot.String() }

func parseFolder(name string) (node string, boot uuid.UUID, ok bool) {
	cut := len(name) - 37
	if cut < 1 || name[cut] != '.' {
		return "", uuid.Nil, false
	}
	boot, err := uuid.Parse(name[cut+1:])
	return name[:cut], boot, err == nil && nodeForm.MatchString(name[:cut])
}

func lockFolder(dir string, how int) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), f.Close())
	}
	return f, nil
}
