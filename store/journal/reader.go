package journal

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/uuid"
)

// Entry is what was appended, or the place where something is missing.
type Entry struct {
	Seq  uint64
	Body []byte
	Hole *Hole // not nil: there is no body
}

// Hole stands for entries that are lost: Seq of its Entry to To. It is reported once, never passed over in silence.
type Hole struct {
	To  uint64
	Raw []byte // the damaged bytes, where they are still there
}

// Reader reads the entries of one boot in their order. One goroutine uses it.
type Reader struct {
	boot  uuid.UUID
	parts func() ([]part, error)

	at     uint64 // number of the segment that data is of; 0: none
	base   int64  // offset of data in it
	data   []byte
	pos    int    // in data
	last   uint64 // seq read
	broken []byte // passed over since
}

// part is a segment as a reader sees it.
type part struct {
	number uint64
	first  uint64 // seq; 0: its header is damaged
	path   string
	size   int64 // bytes that may be read; -1: all
}

// Reader reads what the log has written so far, and goes on as it grows.
func (l *Log) Reader() *Reader {
	return &Reader{boot: l.boot, parts: func() ([]part, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		parts := make([]part, 0, len(l.sealed)+1)
		for _, s := range append(l.sealed[:len(l.sealed):len(l.sealed)], l.current) {
			parts = append(parts, part{number: s.number, first: s.first, path: s.path, size: s.size})
		}
		return parts, nil
	}}
}

// Reader reads what the boot left.
func (b *Boot) Reader() *Reader {
	return &Reader{boot: b.ID, parts: sync.OnceValues(func() ([]part, error) { return listSegments(b.dir, b.ID) })}
}

func listSegments(dir string, boot uuid.UUID) ([]part, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var parts []part
	for _, e := range entries {
		number, err := strconv.ParseUint(strings.TrimSuffix(e.Name(), ".seg"), 10, 64)
		if err != nil || !strings.HasSuffix(e.Name(), ".seg") {
			continue
		}
		p := part{number: number, path: filepath.Join(dir, e.Name()), size: -1}
		head, err := readPart(p, 0, headerSize)
		if err != nil {
			return nil, err
		}
		if p.first, _, err = readHeader(head, boot); err != nil {
			return nil, fmt.Errorf("%s: %w", p.path, err)
		}
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.number, b.number) })
	return parts, nil
}

// Read returns the entries behind the seq after: most of them (a hole before the last is not counted), fewer where
// there are no more now, none at the end. Reading on from where the last Read ended costs nothing extra; any other
// place is looked for.
func (r *Reader) Read(after uint64, most int) ([]Entry, error) {
	parts, err := r.parts()
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	if r.at == 0 || r.last != after {
		r.seek(parts, after)
	}
	var entries []Entry
	for len(entries) < most {
		seq, body, ok, err := r.next(parts)
		if err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		if !ok {
			break
		}
		if seq <= r.last {
			continue // written twice, since a sync failed between
		}
		if seq > r.last+1 {
			entries = append(entries, Entry{Seq: r.last + 1, Hole: &Hole{To: seq - 1, Raw: r.broken}})
		}
		r.broken = nil
		entries = append(entries, Entry{Seq: seq, Body: body})
		r.last = seq
	}
	return entries, nil
}

// seek goes to the segment in which the entry behind after is to be looked for.
func (r *Reader) seek(parts []part, after uint64) {
	*r = Reader{boot: r.boot, parts: r.parts, last: after}
	for _, p := range parts {
		if r.at == 0 || p.first > 0 && p.first <= after+1 {
			r.at = p.number
		}
	}
}

// next returns the next whole entry, whatever its seq.
func (r *Reader) next(parts []part) (seq uint64, body []byte, ok bool, err error) {
	for {
		if seq, body, size := parseEntry(r.data[r.pos:], r.boot); size > 0 {
			r.pos += size
			return seq, body, true, nil
		}
		if at := nextEntry(r.data, r.pos, r.boot); at >= 0 {
			r.pass(at)
			continue
		}
		more, err := r.load(parts)
		if err != nil || !more {
			return 0, nil, false, err
		}
	}
}

// pass notes the bytes up to at as damaged.
func (r *Reader) pass(at int) {
	r.broken = append(r.broken, r.data[r.pos:at]...)
	r.pos = at
}

// load brings in what the segment has gained, or else the next segment; false: there is neither.
func (r *Reader) load(parts []part) (bool, error) {
	for _, p := range parts {
		if p.number < r.at {
			continue
		}
		if p.number > r.at {
			r.pass(len(r.data))
			r.at, r.base, r.data, r.pos = p.number, 0, nil, 0
		}
		from := r.base + int64(r.pos)
		data, err := readPart(p, from, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue // drained and removed meanwhile
		}
		if err != nil {
			return false, err
		}
		if int64(len(data)) <= int64(len(r.data)-r.pos) {
			continue // nothing that was not seen
		}
		r.base, r.data, r.pos = from, data, 0
		if from == 0 {
			if _, ok, _ := readHeader(data, r.boot); ok {
				r.pos = headerSize
			}
		}
		return true, nil
	}
	return false, nil
}

// readPart reads a part from an offset: most bytes, or with 0 all there is.
func readPart(p part, from, most int64) ([]byte, error) {
	f, err := os.Open(p.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	size := p.size
	if size < 0 {
		info, err := f.Stat()
		if err != nil {
			return nil, err
		}
		size = info.Size()
	}
	length := size - from
	if length <= 0 {
		return nil, nil
	}
	if most > 0 {
		length = min(length, most)
	}
	data := make([]byte, length)
	n, err := f.ReadAt(data, from)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return data[:n], err
}
