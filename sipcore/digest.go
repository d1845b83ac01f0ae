package sipcore

import (
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

	"github.com/emiago/sipgo/sip"

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

// DigestOptions are how strangers are asked for a password.
type DigestOptions struct {
	// Key signs nonces and tags; at least 16 bytes. Keep it over restarts, so that phones are not asked anew and the
	// realm shown to an unknown name does not change. Empty: a random one.
	Key        []byte
	Algorithms []Algorithm   // offered in this order, default SHA-256 then MD5 (RFC 8760 §2.3)
	NonceFor   time.Duration // how long a nonce is good, default 5 min
	Realm      string        // shown while the node has no company, default "roadline"
	WithoutQOP bool          // take answers of RFC 2069 phones, MD5 only; each nonce is then good for one request
	// MD5Only are beginnings of User-Agent headers of phones that give up at a challenge which they do not know, though
	// RFC 8760 §2.4 has them pass it over; they are shown MD5 alone. Default: baresip 1.0, where it was seen (Debian 12).
	MD5Only []string
}

func (o DigestOptions) withDefaults() DigestOptions {
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
	set(&o.NonceFor, 5*time.Minute)
	set(&o.Realm, "roadline")
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

// digest is the server side of RFC 7616 and RFC 8760.
type digest struct {
	o        DigestOptions
	accounts Accounts
	nonces   *nonces
	opaque   string
}

func newDigest(o DigestOptions, accounts Accounts, now func() time.Time) *digest {
	return &digest{
		o: o, accounts: accounts, nonces: newNonces(o.Key, o.NonceFor, now),
		opaque: hex.EncodeToString(mac(o.Key, "opaque")[:8]),
	}
}

func mac(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(strings.Join(parts, "\x00")))
	return h.Sum(nil)
}

// credentials are one Authorization header of scheme Digest.
type credentials struct {
	name, realm, nonce, uri, response, cnonce, qop, nc string
	alg                                                Algorithm
}

// credentialsOf reads every digest that a request carries; other schemes are passed over as if absent (RFC 4475
// §3.3.7).
func credentialsOf(req *sip.Request) []credentials {
	var out []credentials
	for _, h := range append(req.GetHeaders("authorization"), req.GetHeaders("proxy-authorization")...) {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(h.Value()), " ")
		if strings.EqualFold(scheme, "Digest") {
			out = append(out, readCredentials(rest))
		}
	}
	return out
}

func readCredentials(s string) credentials {
	c := credentials{alg: MD5} // RFC 7616 §3.3: the default
	for _, part := range wire.Split(s, ',') {
		k, v, _ := strings.Cut(part, "=")
		v = unquote(strings.TrimSpace(v))
		switch strings.ToLower(strings.TrimSpace(k)) {
		case "username":
			c.name = v
		case "realm":
			c.realm = v
		case "nonce":
			c.nonce = v
		case "uri":
			c.uri = v
		case "response":
			c.response = strings.ToLower(v)
		case "cnonce":
			c.cnonce = v
		case "qop":
			c.qop = strings.ToLower(v)
		case "nc":
			c.nc = v
		case "algorithm":
			c.alg = Algorithm(strings.ToUpper(v))
		}
	}
	return c
}

// verdict is what a request's credentials are worth.
type verdict uint8

const (
	absent  verdict = iota // none, or for another server
	forged                 // the nonce is not ours, or was not given to this address
	aside                  // the answer is for another realm than this name's
	wrong                  // the nonce is ours and was given to this address, the answer does not fit
	stale                  // the answer fits, but the nonce has had its time or this use of it
	genuine                // it is the account
)

// check judges a request. An unknown name, one that may not come from there, and one without this algorithm take the
// same way as a wrong password, in the same time.
func (d *digest) check(req *sip.Request, from netip.Addr) (Account, credentials, verdict) {
	all := credentialsOf(req)
	i := slices.IndexFunc(all, func(c credentials) bool { return d.nonces.ours(c.nonce, from) })
	if i < 0 {
		if len(all) == 0 {
			return Account{}, credentials{}, absent
		}
		return Account{}, all[0], forged
	}
	c := all[i]
	acc, known := d.accounts.Account(c.name)
	ha1, has := acc.HA1[c.alg]
	if !has {
		ha1 = hex.EncodeToString(mac(d.o.Key, "nobody", c.name)) // as costly, never right
	}
	expected, ok := d.expected(c, ha1, string(req.Method))
	fits := subtle.ConstantTimeCompare([]byte(expected), []byte(c.response)) == 1
	switch {
	case c.realm != d.realm(c.name):
		// A phone whose From is not its authentication name was asked under the realm of its From.
		return Account{}, c, aside
	case !ok || !known || !has || !fits || !permits(acc.Networks, from):
		return Account{}, c, wrong
	}
	if !d.nonces.use(c.nonce, c.nc, c.qop == "") {
		return Account{}, c, stale
	}
	return acc, c, genuine
}

// expected computes the answer that the right password gives (RFC 7616 §3.4.1).
func (d *digest) expected(c credentials, ha1, method string) (string, bool) {
	ok := slices.Contains(d.o.Algorithms, c.alg)
	ha2 := hexOf(c.alg, method, c.uri)
	if c.qop == "" {
		return hexOf(c.alg, ha1, c.nonce, ha2), ok && d.o.WithoutQOP && c.alg == MD5
	}
	return hexOf(c.alg, ha1, c.nonce, c.nc, c.cnonce, c.qop, ha2), ok && c.qop == "auth"
}

func permits(networks []netip.Prefix, from netip.Addr) bool {
	return len(networks) == 0 || slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(from) })
}

// realm is what a name is asked under. An unknown one gets a company's realm too, chosen by a MAC of name and realm: the
// same every time, and when companies come or go it changes for few names only.
func (d *digest) realm(name string) string {
	if acc, ok := d.accounts.Account(name); ok {
		return acc.Realm
	}
	best, realm := "", d.o.Realm
	for _, r := range d.accounts.Realms() {
		if m := string(mac(d.o.Key, "realm", name, r)); m > best {
			best, realm = m, r
		}
	}
	return realm
}

// offered are the algorithms to ask a device for, by what it says it is: never by account, which would tell whether
// there is one.
func (d *digest) offered(userAgent string) []Algorithm {
	old := slices.ContainsFunc(d.o.MD5Only, func(begin string) bool { return strings.HasPrefix(userAgent, begin) })
	if old && slices.Contains(d.o.Algorithms, MD5) {
		return []Algorithm{MD5}
	}
	return d.o.Algorithms
}

// challenge writes one WWW-Authenticate per algorithm, the preferred first (RFC 8760 §2.3).
func (d *digest) challenge(name string, in inbound, isStale bool) []sip.Header {
	realm, nonce := quote(d.realm(name)), quote(d.nonces.issue(in.at.remote().Addr()))
	userAgent := ""
	if h := in.req.GetHeader("user-agent"); h != nil {
		userAgent = h.Value()
	}
	var out []sip.Header
	for _, alg := range d.offered(userAgent) {
		v := "Digest realm=" + realm + ", nonce=" + nonce + ", opaque=" + quote(d.opaque) + ", algorithm=" + string(alg) + `, qop="auth"`
		if isStale {
			v += ", stale=true"
		}
		out = append(out, sip.NewHeader("WWW-Authenticate", v))
	}
	return out
}

// authenticate returns who sent a request, or answers it with a challenge. Whatever is wrong, the answer is the same.
func (a *Agent) authenticate(in inbound) (Account, bool) {
	from := in.at.remote()
	acc, c, v := a.digest.check(in.req, from.Addr())
	name := c.name
	if name == "" {
		name = userOf(&in.req.From().Address)
	}
	if v == genuine && a.guard.MayTry(name, from) {
		a.guard.Prove(from)
		return acc, true
	}
	switch {
	case v == wrong:
		a.guard.Wrong(name)
		a.guard.Fail(from, weightWrong)
		a.log.Info("password refused", "account", printable(name), "remote", from.String())
	case v == forged && in.at.Transport == wire.TCP:
		a.guard.Fail(from, weightForged)
	case v == absent && in.at.Transport == wire.TCP:
		a.guard.Fail(from, weightAsked)
	}
	a.refuse(in, 401, "Unauthorized", a.digest.challenge(name, in, v == stale)...)
	return Account{}, false
}

// What a failure weighs against a source; a right password takes everything back. A forged nonce weighs little: after a
// restart with a new key every honest phone shows one.
const (
	weightWrong  = 3
	weightForged = 1
	weightAsked  = 0.5
)
