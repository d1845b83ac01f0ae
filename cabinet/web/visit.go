package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// visit is one request of a browser: who asks, of which company, in which language and zone. A page gets it and nothing
// else.
type visit struct {
	*http.Request
	site    *Site
	viewer  access.Viewer // zero on an open page that nobody signed in to
	company *fmc.Company  // the viewer's; nil: nobody signed in
	look    look
	tongue  *tongue // of look.Lang
	nonce   string  // of styles that a script of ours writes
	id      string  // of the request, for the log and for the person
}

// visit finds out who asks and whether the route is theirs.
func (s *Site) visit(r *http.Request, to route) (*visit, error) {
	v := &visit{Request: r, site: s}
	v.nonce, v.id = marksOf(r.Context())
	viewer, signedIn := access.From(r.Context())
	if signedIn {
		v.viewer = viewer
		v.company, signedIn = s.companyOf(viewer)
	}
	v.look = s.lookOf(r, v.company)
	v.tongue = s.tongues[v.look.Lang]
	switch {
	case to.open:
		return v, nil
	case !signedIn:
		v.viewer = access.Viewer{}
		return v, errSignIn
	}
	return v, v.viewer.Need(to.right, access.Own)
}

// errSignIn sends whoever asks to the page for signing in.
var errSignIn = cause.Errorf(cause.Denied, "sign in first")

// ctx is the request's context.
func (v *visit) ctx() context.Context { return v.Context() }

// keep is the store of the viewer's company and of no other.
func (v *visit) keep() *store.Tenant { return v.site.o.Store.For(v.viewer.Company) }

// now is the time in the company's zone.
func (v *visit) now() time.Time { return v.site.o.Now().In(v.zone()) }

// zone is the company's.
func (v *visit) zone() *time.Location {
	if v.company == nil || v.company.Profile.Zone == nil {
		return time.UTC
	}
	return v.company.Profile.Zone
}

// at is a moment as people of the company see it.
func (v *visit) at(t time.Time) moment { return moment{t.In(v.zone()), v.now()} }

// dayName is a day of the company, written as 2026-11-29, as people write it.
func (v *visit) dayName(day string) string {
	t, err := time.ParseInLocation(time.DateOnly, day, v.zone())
	if err != nil {
		return day
	}
	return v.tongue.weekday(t.Weekday()) + ", " + v.tongue.day(v.at(t))
}

// phone is a number as people of the company write it. One that came from the store stands without its country, and is
// read anew, so that every page writes it alike.
func (v *visit) phone(n callerid.Number) string {
	home := v.company.Profile.Country
	if n.Country == "" && n.E164 != "" {
		n = callerid.Received(n.E164, home)
	}
	return n.Pretty(home)
}

// say returns a text in the visitor's language; args are names and values by turns, as t takes them in a template.
func (v *visit) say(key string, args ...any) string { return v.tongue.say(key, args...) }

// said is a sentence of the core in the visitor's language.
func (v *visit) said(sentence string) string { return v.tongue.said(sentence) }

// problem is an error of a kind whose words are a text in the visitor's language.
func (v *visit) problem(kind cause.Kind, key string, args ...any) error {
	return &worded{kind, v.say(key, args...)}
}

// worded is an error whose words the visitor reads as they are.
type worded struct {
	kind cause.Kind
	text string
}

func (w *worded) Error() string { return w.text }
func (w *worded) Unwrap() error { return w.kind }

// local is a path of this site to go on to, or fallback where what was given could lead elsewhere.
func local(path, fallback string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return fallback
	}
	return path
}
