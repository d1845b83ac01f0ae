package digest

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"roadline/sipcore/guard"
)

// nonces are the server's nonces (RFC 7616 §3.3): time, a random part and a MAC of both and the source address, so that
// one is worth nothing elsewhere and none has to be stored before it was used with the right password.
type nonces struct {
	key   []byte
	goods time.Duration
	now   func() time.Time

	mu    sync.Mutex // guards:
	used  map[string]*uses32
	floor time.Time // nonces issued up to here are stale: their use was forgotten
}

// uses32 is the replay window of one nonce: the highest count seen and the 63 below it, as RFC 7616 §3.4 lets requests
// overtake each other.
type uses32 struct {
	high uint64
	bits uint64 // bit n: high-n was used
	born time.Time
}

const (
	mostNonces  = 65536
	nonceBytes  = 8 + 6 + 12
	nonceFuture = time.Minute // how far a nonce may lie ahead of a clock that was set back
)

func newNonces(key []byte, goods time.Duration, now func() time.Time) *nonces {
	return &nonces{key: key, goods: goods, now: now, used: make(map[string]*uses32)}
}

// issue makes a nonce for one source address.
func (n *nonces) issue(from netip.Addr) string {
	b := make([]byte, 14, nonceBytes)
	binary.BigEndian.PutUint64(b, uint64(n.now().UnixMilli()))
	_, _ = rand.Read(b[8:]) // it never fails (crypto/rand)
	b = append(b, n.mac(b, from)...)
	return base64.RawURLEncoding.EncodeToString(b)
}

func (n *nonces) mac(b []byte, from netip.Addr) []byte {
	return mac(n.key, "nonce", string(b[:14]), guard.Customer(from).String())[:12]
}

// ours reports whether we gave this nonce to this address, however long ago.
func (n *nonces) ours(nonce string, from netip.Addr) bool {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	return err == nil && len(b) == nonceBytes && hmac.Equal(b[14:], n.mac(b, from))
}

// use spends one count of a nonce of ours; false: it is too old, or this count was used. once: the nonce is good for one
// request, since its sender does not count.
func (n *nonces) use(nonce, count string, once bool) bool {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != nonceBytes {
		return false
	}
	c := uint64(1)
	if !once {
		if c, err = strconv.ParseUint(count, 16, 32); err != nil || len(count) != 8 || c == 0 {
			return false
		}
	}
	born, now := time.UnixMilli(int64(binary.BigEndian.Uint64(b))), n.now()
	if age := now.Sub(born); age > n.goods || age < -nonceFuture {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !born.After(n.floor) {
		return false
	}
	u, ok := n.used[nonce]
	if !ok {
		n.makeRoom(now)
		u = &uses32{born: born}
		n.used[nonce] = u
	}
	return u.take(c)
}

// makeRoom forgets nonces that are stale anyway, and all of them when there are too many: then every nonce issued until
// now is stale, so that none can be replayed.
func (n *nonces) makeRoom(now time.Time) {
	if len(n.used) < mostNonces {
		return
	}
	for k, u := range n.used {
		if now.Sub(u.born) > n.goods {
			delete(n.used, k)
		}
	}
	if len(n.used) >= mostNonces {
		clear(n.used)
		n.floor = now
	}
}

// take marks a count as used.
func (u *uses32) take(c uint64) bool {
	if c > u.high {
		u.bits = u.bits<<min(c-u.high, 64) | 1
		u.high = c
		return true
	}
	behind := u.high - c
	if behind >= 64 || u.bits&(1<<behind) != 0 {
		return false
	}
	u.bits |= 1 << behind
	return true
}
