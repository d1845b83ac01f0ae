package cabinet

import (
	"errors"
	"net/http"
	"reflect"
	"strings"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/cabinet/phrase"
	"roadline/fmc/cause"
)

// Problem is how the API says no: RFC 9457, as application/problem+json. Tests and Changes are there where an apply was
// refused by the company's own tests.
type Problem struct {
	Type    string               `json:"type"`   // "urn:roadline:conflict"
	Title   string               `json:"title"`  // what to do about such an error
	Status  int                  `json:"status"` // of HTTP
	Detail  string               `json:"detail"` // what was wrong this time; lines, where several things were
	Changes []string             `json:"changes,omitempty"`
	Tests   []document.TestShown `json:"tests,omitempty"`
}

// problems is the one table from kinds of error to what HTTP says. Kind 0 is our own mistake.
var problems = map[cause.Kind]Problem{
	cause.Invalid:     {Type: "urn:roadline:invalid", Status: http.StatusBadRequest, Title: "What was sent is wrong: mend it and send it again."},
	cause.NotFound:    {Type: "urn:roadline:not-found", Status: http.StatusNotFound, Title: "There is no such thing, or it is not yours: look at the list for the right name."},
	cause.Denied:      {Type: "urn:roadline:denied", Status: http.StatusForbidden, Title: "This is not allowed: the detail says who or what can allow it."},
	cause.Conflict:    {Type: "urn:roadline:conflict", Status: http.StatusConflict, Title: "Somebody else was first: look at what there is now and ask again."},
	cause.NoRoom:      {Type: "urn:roadline:no-room", Status: http.StatusTooManyRequests, Title: "Everything is taken: try again a little later."},
	cause.Unavailable: {Type: "urn:roadline:unavailable", Status: http.StatusServiceUnavailable, Title: "A part of the server is away: calls go on; try again a little later."},
	cause.Unsupported: {Type: "urn:roadline:unsupported", Status: http.StatusNotImplemented, Title: "This version cannot do that."},
	0:                 {Type: "urn:roadline:mistake", Status: http.StatusInternalServerError, Title: "The server made a mistake: its log says more."},
}

// unknownProblem is what whoever is not known is told, for whom Denied would be wrong.
var unknownProblem = Problem{Type: "urn:roadline:unknown", Status: http.StatusUnauthorized, Title: "You are not signed in: sign in, or show a token that is good."}

// staleProblem is what whoever changes a document is told that somebody else changed since.
var staleProblem = Problem{Type: "urn:roadline:conflict", Status: http.StatusPreconditionFailed, Title: "Somebody else was first: look at what there is now and ask again."}

// problemMedia is the media type of a Problem: RFC 9457 §3.
const problemMedia = "application/problem+json"

var problemType = reflect.TypeFor[Problem]()

// problemOf makes a problem of an error.
func problemOf(err error) Problem {
	kind := cause.KindOf(err)
	p := problems[kind]
	if errors.Is(err, access.ErrUnknown) {
		p = unknownProblem
	}
	if kind != 0 { // our own mistakes are told to the log alone
		p.Detail = err.Error()
	}
	if t, ok := errors.AsType[*document.TestsFailed](err); ok {
		p.Changes, p.Tests = t.Changes, t.Tests
	}
	return p
}

// Err is the error that the problem tells of, with its kind.
func (p Problem) Err() error {
	for kind, row := range problems {
		if row.Type == p.Type && kind != 0 {
			return cause.Errorf(kind, "%s", p.Detail)
		}
	}
	return errors.New(p.Title)
}

// secretPaths begin the paths in which a secret follows, that lets in whoever has it.
var secretPaths = []string{access.PasswordPath, linkPrefix}

// Target is what a log names the path of a request by: a secret in it is left out.
func Target(path string) string {
	for _, prefix := range secretPaths {
		if strings.HasPrefix(path, prefix) {
			return prefix + "…"
		}
	}
	return path
}

// refuse answers with a problem.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError && r.Context().Err() == nil {
		log := a.o.Log
		if id := w.Header().Get("X-Request-Id"); id != "" { // none on the machine's own socket
			log = log.With("request", id)
		}
		log.Error("request failed", "method", r.Method, "target", Target(r.URL.Path), "status", p.Status, "cause", err)
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="roadline"`)
	}
	writeProblem(w, r, p)
}

// writeProblem answers in the language that is asked for.
func writeProblem(w http.ResponseWriter, r *http.Request, p Problem) {
	l, name := phrase.Asked(r.Header.Get("Accept-Language"))
	tongueOf(w.Header().Set, name)
	p = p.in(l)
	_ = writeJSON(w, p.Status, problemMedia, p) // plain text marshals
}
