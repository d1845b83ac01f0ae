package gsmgw

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// leastAttempts is how many attempts a card must have left before a PIN is tried: one always stays for a person.
const leastAttempts = 2

// unlock reads the card's state and enters its PIN where that is safe: the PIN belongs to this very card, the attempts
// left are known and more than one, and this PIN never failed on it before. What is about to be tried is on disk first,
// so that a crash in between cannot try it twice. locked says why a card stays locked.
func (s *slot) unlock(ctx context.Context, m modem.Modem) (sim modem.SIM, locked string, err error) {
	sim, err = m.SIM(ctx)
	if err != nil || sim.State != modem.SIMPIN {
		return sim, "", err
	}
	if locked = s.mayTry(sim); locked != "" {
		return sim, locked, nil
	}
	card, _ := s.g.card(fmc.ICCID(sim.ICCID))
	pin, err := card.PIN()
	if err != nil {
		return sim, "its PIN cannot be read: " + sentence(err), nil
	}
	locked, err = s.g.pins.try(card.ICCID, pin)
	if err != nil {
		locked = "that it is tried could not be noted: " + sentence(err)
	}
	if locked != "" {
		return sim, locked, nil
	}
	if refused := m.EnterPIN(ctx, pin); refused != nil {
		if sim, err = m.SIM(ctx); err == nil && sim.State == modem.SIMReady { // what was refused came after the PIN
			return sim, "", s.g.pins.worked(card.ICCID)
		}
		return sim, "the card refused the PIN that we have: " + sentence(refused), err
	}
	if err := s.g.pins.worked(card.ICCID); err != nil {
		s.log.Error("pin that worked not noted", "err", err)
	}
	sim, err = s.settled(ctx, m)
	return sim, "", err
}

// settled waits till a card that was unlocked is ready: most take a second or two.
func (s *slot) settled(ctx context.Context, m modem.Modem) (modem.SIM, error) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		sim, err := m.SIM(ctx)
		if err != nil || sim.State != modem.SIMBusy && sim.State != modem.SIMUnknown && sim.State != modem.SIMPIN {
			return sim, err
		}
		select {
		case <-ctx.Done():
			return sim, nil
		case <-tick.C:
		}
	}
}

// mayTry says why the PIN must not be tried; "" where it may.
func (s *slot) mayTry(sim modem.SIM) string {
	card, ok := s.g.card(fmc.ICCID(sim.ICCID))
	switch {
	case sim.ICCID == "":
		return "the card wants a PIN and does not say which card it is"
	case !ok || card.PIN == nil:
		return "the card wants a PIN, and none is on file for it"
	case sim.Attempts < 0:
		return "the card wants a PIN, and the modem does not say how many attempts are left"
	case sim.Attempts < leastAttempts:
		return fmt.Sprintf("the card wants a PIN and has %d attempt left, which is a person's", sim.Attempts)
	}
	return ""
}

// pinBook is which PINs were tried on which card, as hashes, in a file of its own.
type pinBook struct {
	file string

	mu    sync.Mutex // guards:
	tried map[fmc.ICCID]triedPIN
	salt  string
}

// triedPIN is the last PIN tried on a card.
type triedPIN struct {
	Hash   string `json:"hash"`
	Worked bool   `json:"worked"`
}

type pinFile struct {
	Salt  string                 `json:"salt"`
	Tried map[fmc.ICCID]triedPIN `json:"tried"`
}

func openPINs(file string) (*pinBook, error) {
	b := &pinBook{file: file, tried: map[fmc.ICCID]triedPIN{}}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		salt := make([]byte, 16)
		_, err = rand.Read(salt)
		b.salt = hex.EncodeToString(salt)
		return b, err
	}
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "which PINs were tried: %w", err)
	}
	var kept pinFile
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, cause.Errorf(cause.Invalid, "which PINs were tried: %s: %w: look at the cards in a telephone, then remove the file", file, err)
	}
	b.salt = kept.Salt
	if kept.Tried != nil {
		b.tried = kept.Tried
	}
	return b, nil
}

// try notes that a PIN is about to be entered. why is not empty where it must not be: it failed before, or it is not
// known how it ended.
func (b *pinBook) try(id fmc.ICCID, pin string) (why string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	sum := sha256.Sum256([]byte(b.salt + string(id) + pin))
	hash := hex.EncodeToString(sum[:])
	if last, ok := b.tried[id]; ok && last.Hash == hash && !last.Worked {
		return "the PIN on file failed on this card before, or its end is not known: a person must look", nil
	}
	b.tried[id] = triedPIN{Hash: hash}
	return "", b.write()
}

// worked notes that the PIN tried last opened the card.
func (b *pinBook) worked(id fmc.ICCID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := b.tried[id]
	last.Worked = true
	b.tried[id] = last
	return b.write()
}

// forget lets a PIN be tried again: a person has looked at the card.
func (b *pinBook) forget(id fmc.ICCID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.tried[id]; !ok {
		return nil
	}
	delete(b.tried, id)
	return b.write()
}

// write brings the book to disk. mu is held.
func (b *pinBook) write() error {
	text, err := json.Marshal(pinFile{Salt: b.salt, Tried: b.tried})
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(b.file), ".pins-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), b.file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	d, err := os.Open(filepath.Dir(b.file))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
