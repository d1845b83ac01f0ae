package gsmgw

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sync"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store/safefile"
)

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
	var was pinFile
	if err := json.Unmarshal(text, &was); err != nil {
		return nil, cause.Errorf(cause.Invalid, "which PINs were tried: %s: %w: look at the cards in a telephone, then remove the file", file, err)
	}
	b.salt = was.Salt
	if was.Tried != nil {
		b.tried = was.Tried
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
	return safefile.Write(b.file, text)
}
