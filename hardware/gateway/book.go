package gateway

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sync"

	"roadline/fmc/cause"
	"roadline/store/safefile"
)

// Book keeps, in a file, what a driver must still know after a restart: the next number to name a question by (a box
// that is asked to send under a number it knows takes it for the same message, and under a new one for another), and how
// far the messages of a box were read. Any goroutine may use it.
type Book struct {
	file string

	mu   sync.Mutex // guards:
	next int64      // to be given
	kept written    // on disk
}

// written is the file's content.
type written struct {
	Reserved int64            `json:"reserved"` // numbers below are given, or lost
	Read     map[string]int64 `json:"read"`     // by line
}

// reserve is how many numbers one write takes out: those not given when the server stops are lost, which is no matter.
const reserve = 1000

// OpenBook opens the book of one box.
func OpenBook(file string) (*Book, error) {
	b := &Book{file: file, kept: written{Reserved: 1, Read: map[string]int64{}}}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &b.kept)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, cause.Errorf(cause.Invalid, "the gateway's book %s: %w", file, err)
	}
	if b.kept.Read == nil {
		b.kept.Read = map[string]int64{}
	}
	b.next = b.kept.Reserved
	return b, nil
}

// Next is a number that was never given before. It fits 31 bits for longer than any box lives.
func (b *Book) Next() (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next >= b.kept.Reserved {
		b.kept.Reserved = b.next + reserve
		if err := b.write(); err != nil {
			b.kept.Reserved = b.next
			return 0, err
		}
	}
	b.next++
	return b.next - 1, nil
}

// Read is how far the messages of a line were read.
func (b *Book) Read(line string) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept.Read[line]
}

// HasRead notes that the messages of a line up to this one are kept by us. It never goes back, but for a box that began
// to count anew: then to is 0.
func (b *Book) HasRead(line string, to int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if was := b.kept.Read[line]; to != 0 && to <= was {
		return nil
	}
	b.kept.Read[line] = to
	return b.write()
}

// write brings the book to disk. mu is held.
func (b *Book) write() error {
	text, err := json.Marshal(b.kept)
	if err != nil {
		return err
	}
	if err := safefile.Write(b.file, text); err != nil {
		return cause.Errorf(cause.Unavailable, "the gateway's book: %w", err)
	}
	return nil
}
