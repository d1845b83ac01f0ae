package access

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"roadline/cabinet/notify"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// Options are what a Door stands on.
type Options struct {
	Store     *store.Store
	Companies Companies
	Post      notify.Post // nil: links are told to whoever asks for them, and nothing is mailed
	URL       string      // where people reach the cabinet, such as "https://pbx.example.com"
	Key       []byte      // 32 bytes: seals the secrets of one-time codes
	Demo      bool        // anybody on this machine may come in as anybody
	Now       func() time.Time
	Log       *slog.Logger
}

// Companies are those of the node, as it knows them now.
type Companies interface {
	Company(fmc.CompanyID) (*fmc.Company, bool)
	Companies() []*fmc.Company
}

var _ Companies = (*store.Directory)(nil)

// Door lets people and programs in. Any goroutine may call it.
type Door struct {
	o        Options
	sessions *scs.SessionManager
	seal     cipher.AEAD
	letters  chan errand
}

// New returns a door. It starts nothing.
func New(o Options) (*Door, error) {
	block, err := aes.NewCipher(o.Key)
	if err != nil {
		return nil, cause.Errorf(cause.Invalid, "key that seals secrets: %w", err)
	}
	d := &Door{o: o, letters: make(chan errand, mostLetters)}
	if d.seal, err = cipher.NewGCM(block); err != nil {
		return nil, err
	}
	d.sessions = d.newSessions(strings.HasPrefix(o.URL, "https:"))
	return d, nil
}

// triesKept is how long attempts to sign in are kept.
const triesKept = 90 * 24 * time.Hour

// Run mails the letters of the door and forgets what has run out, until ctx ends.
func (d *Door) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-d.letters:
			d.deliver(ctx, e)
		case <-tick.C:
			if err := d.o.Store.Operator().Sweep(ctx, d.o.Now().Add(-triesKept)); err != nil && ctx.Err() == nil {
				d.o.Log.Warn("old sessions not swept", "err", err)
			}
		}
	}
}

// Open wraps what people and programs ask for: the session, or the token, is read, and whoever it is stands in the
// request's context as the Viewer. Requests without either pass too, without a viewer. A request that changes something
// is refused where another site's page sent it; in a demo, so is every one that asks for another name than its own. refuse
// answers such a request, and one with a token that is no good.
func (d *Door) Open(next http.Handler, refuse func(http.ResponseWriter, *http.Request, error)) http.Handler {
	foreign := http.NewCrossOriginProtection()
	sessions := *d.sessions
	sessions.ErrorFunc = refuse
	inside := sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := foreign.Check(r); err != nil {
			refuse(w, r, cause.Errorf(cause.Denied, "another site's page sent this: open the cabinet and do it there"))
			return
		}
		if v, ok := d.viewerOfSession(r.Context()); ok {
			v.Address = Address(r)
			r = r.WithContext(With(r.Context(), v))
		}
		next.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.o.Demo && !d.named(r.Host) {
			refuse(w, r, cause.Errorf(cause.Denied, "a demo answers by its own address alone: open %s", d.o.URL))
			return
		}
		secret, shown := bearer(r)
		if !shown {
			inside.ServeHTTP(w, r)
			return
		}
		v, err := d.viewerOfToken(r.Context(), secret)
		if err != nil {
			refuse(w, r, err)
			return
		}
		v.Address = Address(r)
		next.ServeHTTP(w, r.WithContext(With(r.Context(), v)))
	})
}

// named reports whether a request asks for this door by a name that nobody else can give it: the one that people write, or
// an address of this machine. A stranger's page may have a name of its own lead to 127.0.0.1 (DNS rebinding), and would then
// read a demo, which lets anybody in.
func (d *Door) named(host string) bool {
	name := (&url.URL{Host: host}).Hostname()
	if own, err := url.Parse(d.o.URL); err == nil && strings.EqualFold(name, own.Hostname()) || strings.EqualFold(name, "localhost") {
		return name != ""
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Unmap().IsLoopback()
}

// ErrUnknown says that whoever asks is not known: without a session, or with a token that is no good.
var ErrUnknown = errors.New("nobody is signed in")

// Unknown is the error of kind cause.Denied for whoever is not known; HTTP's 401.
func Unknown(what string) error { return cause.Errorf(cause.Denied, "%s: %w", what, ErrUnknown) }

// bearer is the token that a request shows.
func bearer(r *http.Request) (secret string, shown bool) {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(secret), strings.EqualFold(scheme, "Bearer")
}

// URL is where people reach the cabinet, without a slash at its end.
func (d *Door) URL() string { return d.o.URL }
