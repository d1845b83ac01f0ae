package bank

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/remsim"
	"roadline/store/safefile"
)

// book is the file of the wishes. The journal has them too, until PostgreSQL has: the file brings them through a start that
// has neither.
type book struct {
	Wishes []wish        `json:"wishes"`
	Learnt []learntEntry `json:"learnt,omitempty"`
}

type learntEntry struct {
	Bank  fmc.BankID  `json:"bank"`
	Slot  remsim.Slot `json:"slot"`
	ICCID fmc.ICCID   `json:"iccid"`
}

func (b *Banks) read() error {
	text, err := os.ReadFile(b.o.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return cause.Errorf(cause.Unavailable, "wishes of SIM banks on disk: %w", err)
	}
	var was book
	if err := json.Unmarshal(text, &was); err != nil {
		return cause.Errorf(cause.Invalid, "wishes of SIM banks on disk: %s: %w: remove the file, PostgreSQL has them too", b.o.File, err)
	}
	for _, w := range was.Wishes {
		b.wishes[w.SIM] = w
	}
	for _, l := range was.Learnt {
		b.learn(l.Bank, l.Slot, l.ICCID)
	}
	return nil
}

// learn notes which card lies in a slot. mu is held.
func (b *Banks) learn(bank fmc.BankID, slot remsim.Slot, id fmc.ICCID) {
	if b.learnt[bank] == nil {
		b.learnt[bank] = map[remsim.Slot]fmc.ICCID{}
	}
	b.learnt[bank][slot] = id
}

func (b *Banks) write() error {
	b.writing.Lock()
	defer b.writing.Unlock()
	text, err := json.Marshal(b.book())
	if err != nil {
		return err
	}
	return safefile.Write(b.o.File, text)
}

// book is what is to be on disk now.
func (b *Banks) book() (is book) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.wishes {
		is.Wishes = append(is.Wishes, w)
	}
	for bank, slots := range b.learnt {
		for slot, id := range slots {
			is.Learnt = append(is.Learnt, learntEntry{bank, slot, id})
		}
	}
	slices.SortFunc(is.Wishes, func(x, y wish) int { return cmp.Compare(x.SIM, y.SIM) })
	return is
}
