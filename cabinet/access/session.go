package access

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"roadline/fmc"
	"roadline/store"
)

// How long a session lasts.
const (
	sessionMost = 14 * 24 * time.Hour // whatever the person does
	sessionIdle = 3 * 24 * time.Hour  // without a request
)

// What stands in a session.
const (
	inCompany  = "company"
	inEmployee = "employee"
	inID       = "id"      // what it is called in lists
	inAddress  = "address" // from which the person signed in
	inAgent    = "agent"   // the browser
	inPending  = "pending" // the password was right, the one-time code is awaited
	inSecret   = "secret"  // sealed: of one-time codes that the person is setting up
	inKept     = "kept"    // it was read from the store: one that is not there any more has ended, and is not kept again
)

// newSessions are kept in PostgreSQL, under the SHA-256 of the cookie's token.
func (d *Door) newSessions(secure bool) *scs.SessionManager {
	s := &scs.SessionManager{ // scs.New would start a goroutine
		Store: keptSessions{d.o.Store.Operator()}, Codec: textCodec{}, Lifetime: sessionMost, HashTokenInStore: true,
		Cookie: scs.SessionCookie{Name: "roadline", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure, Persist: true},
	}
	if secure {
		s.Cookie.Name = "__Host-roadline" // RFC 6265bis §4.1.3.2: no other host of the domain can set it
	}
	return s
}

// textCodec writes sessions as JSON, so that the store can say whose they are.
type textCodec struct{}

// sessionText is a session as it is kept.
type sessionText struct {
	Until  time.Time      `json:"until"`
	Values map[string]any `json:"values"`
}

// Encode implements scs.Codec.
func (textCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(sessionText{deadline, values})
}

// Decode implements scs.Codec. What it reads is from the store, and says so.
func (textCodec) Decode(text []byte) (time.Time, map[string]any, error) {
	var s sessionText
	err := json.Unmarshal(text, &s)
	if s.Values == nil {
		s.Values = map[string]any{}
	}
	s.Values[inKept] = true
	return s.Until, s.Values, err
}

func (s sessionText) text(key string) string {
	text, _ := s.Values[key].(string)
	return text
}

// keptSessions keeps sessions in the store.
type keptSessions struct{ store *store.Operator }

var _ scs.CtxStore = keptSessions{}

// FindCtx implements scs.CtxStore.
func (k keptSessions) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	return k.store.SessionData(ctx, key, sessionIdle)
}

// CommitCtx implements scs.CtxStore.
func (k keptSessions) CommitCtx(ctx context.Context, key string, data []byte, expiry time.Time) error {
	var s sessionText
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	if s.Values[inKept] == true {
		return k.store.ChangeSession(ctx, key, expiry, data)
	}
	row := store.Session{
		ID: s.text(inID), Company: fmc.CompanyID(s.text(inCompany)), Employee: fmc.EmployeeID(s.text(inEmployee)),
		Expires: expiry, Address: s.text(inAddress), Agent: s.text(inAgent),
	}
	return k.store.KeepSession(ctx, key, row, data)
}

// DeleteCtx implements scs.CtxStore.
func (k keptSessions) DeleteCtx(ctx context.Context, key string) error {
	return k.store.EndSession(ctx, key)
}

// Find implements scs.Store, which asks with a context where it can.
func (k keptSessions) Find(key string) ([]byte, bool, error) {
	return k.FindCtx(context.Background(), key)
}

// Commit implements scs.Store, as Find.
func (k keptSessions) Commit(key string, data []byte, expiry time.Time) error {
	return k.CommitCtx(context.Background(), key, data, expiry)
}

// Delete implements scs.Store, as Find.
func (k keptSessions) Delete(key string) error { return k.DeleteCtx(context.Background(), key) }

// begin makes the session of a request the person's, under a new token, so that one that somebody else set before is
// worth nothing.
func (d *Door) begin(ctx context.Context, company fmc.CompanyID, employee fmc.EmployeeID, from Browser, pending bool) error {
	if err := d.sessions.RenewToken(ctx); err != nil {
		return err
	}
	_ = d.sessions.Clear(ctx) // nothing of who was here before, nor that it was kept: it is a new one
	for key, value := range map[string]string{
		inCompany: string(company), inEmployee: string(employee), inID: rand.Text()[:12], inAddress: from.Address, inAgent: shortened(from.Agent, mostAgent),
	} {
		d.sessions.Put(ctx, key, value)
	}
	if pending {
		d.sessions.Put(ctx, inPending, true)
	}
	return nil
}

// mostAgent is how much of a browser's name is kept, in bytes.
const mostAgent = 200

func shortened(text string, most int) string {
	if len(text) > most {
		text = text[:most]
	}
	return string([]rune(text)) // a rune that was cut becomes the sign for it
}

// viewerOfSession is the person whose session a request has; false where nobody signed in, or the person is gone.
func (d *Door) viewerOfSession(ctx context.Context) (Viewer, bool) {
	company := fmc.CompanyID(d.sessions.GetString(ctx, inCompany))
	if company == "" || d.sessions.GetBool(ctx, inPending) {
		return Viewer{}, false
	}
	c, ok := d.o.Companies.Company(company)
	if !ok {
		return Viewer{}, false
	}
	v, ok := ViewerOf(c, fmc.EmployeeID(d.sessions.GetString(ctx, inEmployee)))
	v.Session = d.sessions.GetString(ctx, inID)
	return v, ok
}

// SignOut ends the session of a request.
func (d *Door) SignOut(ctx context.Context) error {
	if v, ok := From(ctx); ok {
		d.note(ctx, v.Company, store.AuditEntry{Who: string(v.Employee), Address: v.Address, What: "sign-out", Object: v.Session})
	}
	return d.sessions.Destroy(ctx)
}

// note writes an audit entry of what has happened already; a failure to is told to the log.
func (d *Door) note(ctx context.Context, company fmc.CompanyID, e store.AuditEntry) {
	if err := d.o.Store.For(company).Audit(ctx, &e); err != nil {
		d.o.Log.Error("audit entry not written", "company", company, "account", e.Who, "method", e.What, "err", err)
	}
}
