package store

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// What a PIN or a password costs to try: RFC 9106 §4 for little memory, as OWASP advises it.
const (
	hashMemory  = 19 * 1024 // KiB
	hashTime    = 2
	hashThreads = 1
	hashSalt    = 16 // bytes
	hashKey     = 32 // bytes
)

// hashForm is a hash as it is kept, the PHC string format: memory, time, threads, salt, key.
const hashForm = "$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s"

// hashSecret makes what is kept of a PIN or a password.
func hashSecret(secret string) string {
	salt := make([]byte, hashSalt)
	_, _ = rand.Read(salt) // never fails: crypto/rand
	key := argon2.IDKey([]byte(secret), salt, hashTime, hashMemory, hashThreads, hashKey)
	return fmt.Sprintf(hashForm, argon2.Version, hashMemory, hashTime, hashThreads, base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// keptHash is a hash taken apart.
type keptHash struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

// nobodysHash is tried for who has no secret, so that nobody learns by the time it takes who has one. None gives its key.
var nobodysHash = keptHash{hashMemory, hashTime, hashThreads, make([]byte, hashSalt), make([]byte, hashKey)}

// readHash takes a hash apart; one that cannot be read is nobody's.
func readHash(hash string) (keptHash, bool) {
	var (
		h       keptHash
		version int
		rest    string
	)
	if _, err := fmt.Sscanf(hash, "$argon2id$v=%d$m=%d,t=%d,p=%d$%s", &version, &h.memory, &h.time, &h.threads, &rest); err != nil {
		return nobodysHash, false
	}
	var err error
	if n := base64.RawStdEncoding.EncodedLen(hashSalt); len(rest) > n && rest[n] == '$' {
		h.salt, err = base64.RawStdEncoding.DecodeString(rest[:n])
		if err == nil {
			h.key, err = base64.RawStdEncoding.DecodeString(rest[n+1:])
		}
	}
	if err != nil || version != argon2.Version || h.memory > 1<<16 || h.time < 1 || h.time > 64 || h.threads < 1 || len(h.key) != hashKey {
		return nobodysHash, false
	}
	return h, true
}

// is reports whether a secret gives the key, in the same time whether it does or not.
func (h keptHash) is(secret string) bool {
	return subtle.ConstantTimeCompare(argon2.IDKey([]byte(secret), h.salt, h.time, h.memory, h.threads, hashKey), h.key) == 1
}
