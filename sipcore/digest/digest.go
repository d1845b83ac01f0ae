// Package digest is the password of SIP, both ways (RFC 7616, RFC 8760): it asks whoever calls or registers for one and
// judges the answer, and it answers what a trunk asks of us. It works on the values of headers: it reads no message, opens
// no socket, bans nobody and starts nothing. Who the accounts are is asked of the directory; the clock is passed in.
//
// A request passes: credentials.go, what it shows → nonce.go, whether we gave the nonce and whether it was used →
// Server.Check, what that is worth. answer.go is the other side. Start reading at Server.
package digest

import (
	"cmp"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"hash"
	"net/netip"
	"slices"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/sipcore/wire"
)

// Algorithm is a digest algorithm as RFC 8760 §2.2 names it.
type Algorithm string

// The algorithms that are offered and taken.
const (
	SHA256 Algorithm = "SHA-256"
	MD5    Algorithm = "MD5"
)

// Options are how strangers are asked for a password.
type Options struct {
	// Key signs nonces and what Sign is given; at least 16 bytes. Keep it over restarts, so that phones are not asked anew
	// and the realm shown to an unknown name does not change. Empty: a random one.
	Key        []byte
	Algorithms []Algorithm   // offered in this order, default SHA-256 then MD5 (RFC 8760 §2.3)
	NonceFor   time.Duration // how long a nonce is good, default 5 min
	Realm      string        // shown while the node has no company, default "roadline"
	WithoutQOP bool          // take answers of RFC 2069 phones, MD5 only; each nonce is then good for one request
	// MD5Only are beginnings of User-Agent headers of phones that give up at a challenge which they do not know, though
	// RFC 8760 §2.4 has them pass it over; they are shown MD5 alone. Default: baresip 1.0, where it was seen (Debian 12).
	MD5Only []string
}

func (o Options) withDefaults() Options {
	if len(o.Key) < 16 {
		o.Key = make([]byte, 32)
		_, _ = rand.Read(o.Key) // it never fails (crypto/rand)
	}
	if len(o.Algorithms) == 0 {
		o.Algorithms = []Algorithm{SHA256, MD5}
	}
	if o.MD5Only == nil {
		o.MD5Only = []string{"baresip v1.0."}
	}
	o.NonceFor = cmp.Or(o.NonceFor, 5*time.Minute)
	o.Realm = cmp.Or(o.Realm, "roadline")
	return o
}

// Account is who may register and call by password.
type Account struct {
	ID       fmc.AccountID // the authentication name, unique on the node
	Company  fmc.CompanyID
	Employee fmc.EmployeeID
	Device   fmc.DeviceID
	Realm    string               // of the company, for ever: HA1 holds it
	HA1      map[Algorithm]string // hex of H(name:realm:password) (RFC 7616 §3.4.2); an algorithm that is absent is switched off
	Networks []netip.Prefix       // where it may be used from; empty: anywhere
}

// Accounts is the directory's answer to who a name is. Both methods answer from memory.
type Accounts interface {
	Account(name string) (Account, bool)
	// Realms are those of all companies, in any order: an unknown name is shown one of them, always the same.
	Realms() []string
}

type noAccounts struct{}

func (noAccounts) Account(string) (Account, bool) { return Account{}, false }
func (noAccounts) Realms() []string               { return nil }

// Server asks for passwords and judges what comes back. All its methods are safe for concurrent use.
type Server struct {
	o        Options
	accounts Accounts
	nonces   *nonces
	opaque   string
}

// New makes a server; accounts nil: nobody has one.
func New(o Options, accounts Accounts, now func() time.Time) *Server {
	o = o.withDefaults()
	if accounts == nil {
		accounts = noAccounts{}
	}
	return &Server{
		o: o, accounts: accounts, nonces: newNonces(o.Key, o.NonceFor, now),
		opaque: hex.EncodeToString(mac(o.Key, "opaque")[:8]),
	}
}

// Sign is a MAC of parts by the server's key, for what else the node gives away and must know again.
func (s *Server) Sign(parts ...string) []byte { return mac(s.o.Key, parts...) }

func mac(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(strings.Join(parts, "\x00")))
	return h.Sum(nil)
}

func newHash(alg Algorithm) hash.Hash {
	if alg == MD5 {
		return md5.New() //nolint:gosec // RFC 3261 phones know nothing else; HA1 of an account may leave it out
	}
	return sha256.New()
}

func hexOf(alg Algorithm, parts ...string) string {
	h := newHash(alg)
	h.Write([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(h.Sum(nil))
}

// A Verdict is what a request's credentials are worth.
type Verdict uint8

// What they can be worth.
const (
	Absent  Verdict = iota // none, or for another server
	Forged                 // the nonce is not ours, or was not given to this address
	Aside                  // the answer is for another realm than this name's
	Wrong                  // the nonce is ours and was given to this address, the answer does not fit
	Stale                  // the answer fits, but the nonce has had its time or this use of it
	Genuine                // it is the account
)

// Check judges a request by its Authorization and Proxy-Authorization headers, in that order: whose account it is, which
// name it shows, and what that is worth. There is an account only with Genuine. An unknown name, one that may not come from
// there, and one without this algorithm take the same way as a wrong password, in the same time.
func (s *Server) Check(method string, headers []string, from netip.Addr) (Account, string, Verdict) {
	all := credentialsOf(headers)
	i := slices.IndexFunc(all, func(c credentials) bool { return s.nonces.ours(c.nonce, from) })
	if i < 0 {
		if len(all) == 0 {
			return Account{}, "", Absent
		}
		return Account{}, all[0].name, Forged
	}
	c := all[i]
	acc, known := s.accounts.Account(c.name)
	ha1, has := acc.HA1[c.alg]
	if !has {
		ha1 = hex.EncodeToString(mac(s.o.Key, "nobody", c.name)) // as costly, never right
	}
	expected, ok := s.expected(c, ha1, method)
	fits := subtle.ConstantTimeCompare([]byte(expected), []byte(c.response)) == 1
	switch {
	case c.realm != s.realm(c.name):
		// A phone whose From is not its authentication name was asked under the realm of its From.
		return Account{}, c.name, Aside
	case !ok || !known || !has || !fits || !permits(acc.Networks, from):
		return Account{}, c.name, Wrong
	}
	if !s.nonces.use(c.nonce, c.nc, c.qop == "") {
		return Account{}, c.name, Stale
	}
	return acc, c.name, Genuine
}

// expected computes the answer that the right password gives (RFC 7616 §3.4.1).
func (s *Server) expected(c credentials, ha1, method string) (string, bool) {
	ok := slices.Contains(s.o.Algorithms, c.alg)
	ha2 := hexOf(c.alg, method, c.uri)
	if c.qop == "" {
		return hexOf(c.alg, ha1, c.nonce, ha2), ok && s.o.WithoutQOP && c.alg == MD5
	}
	return hexOf(c.alg, ha1, c.nonce, c.nc, c.cnonce, c.qop, ha2), ok && c.qop == "auth"
}

func permits(networks []netip.Prefix, from netip.Addr) bool {
	return len(networks) == 0 || slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(from) })
}

// realm is what a name is asked under. An unknown one gets a company's realm too, chosen by a MAC of name and realm: the
// same every time, and when companies come or go it changes for few names only.
func (s *Server) realm(name string) string {
	if acc, ok := s.accounts.Account(name); ok {
		return acc.Realm
	}
	best, realm := "", s.o.Realm
	for _, r := range s.accounts.Realms() {
		if m := string(mac(s.o.Key, "realm", name, r)); m > best {
			best, realm = m, r
		}
	}
	return realm
}

// offered are the algorithms to ask a device for, by what it says it is: never by account, which would tell whether
// there is one.
func (s *Server) offered(userAgent string) []Algorithm {
	old := slices.ContainsFunc(s.o.MD5Only, func(begin string) bool { return strings.HasPrefix(userAgent, begin) })
	if old && slices.Contains(s.o.Algorithms, MD5) {
		return []Algorithm{MD5}
	}
	return s.o.Algorithms
}

// Challenge writes one WWW-Authenticate value per algorithm, the preferred first (RFC 8760 §2.3), for a name, shown or
// guessed, at an address; isStale: the password was right, only the nonce was not.
func (s *Server) Challenge(name, userAgent string, from netip.Addr, isStale bool) []string {
	realm, nonce := wire.Quote(s.realm(name)), wire.Quote(s.nonces.issue(from))
	var out []string
	for _, alg := range s.offered(userAgent) {
		v := "Digest realm=" + realm + ", nonce=" + nonce + ", opaque=" + wire.Quote(s.opaque) + ", algorithm=" + string(alg) + `, qop="auth"`
		if isStale {
			v += ", stale=true"
		}
		out = append(out, v)
	}
	return out
}
