package web

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"roadline/cabinet"
	"roadline/fmc/cause"
)

// mostBody is how large a form may be. A file of ten thousand people fits.
const mostBody = 8 << 20

type marksKey struct{}

// marks are made anew for each request.
type marks struct{ nonce, id string }

func marksOf(ctx context.Context) (nonce, id string) {
	m, _ := ctx.Value(marksKey{}).(marks)
	return m.nonce, m.id
}

// newMarks makes a nonce of 128 bits, and an id that a person can read out over the phone.
func newMarks() marks {
	return marks{nonce: base64.RawStdEncoding.EncodeToString([]byte(rand.Text())[:16]), id: rand.Text()[:6]}
}

// guarded stands before everything: what browsers are told about our pages, how large a request may be, and what happens
// when our own code panics. Where a form may come from is the door's business.
func (s *Site) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := newMarks()
		r = r.WithContext(context.WithValue(r.Context(), marksKey{}, m))
		r.Body = http.MaxBytesReader(w, r.Body, mostBody)
		protect(w.Header(), m)
		defer s.panicked(w, r)
		next.ServeHTTP(w, r)
	})
}

// protect sets what a browser must keep to: nothing is loaded from elsewhere, no script or style stands in a page, nobody
// frames it.
func protect(h http.Header, m marks) {
	h.Set("Content-Security-Policy", strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self' 'nonce-" + m.nonce + "'", "img-src 'self' data:", "media-src 'self' blob:",
		"font-src 'self'", "connect-src 'self'", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
	}, "; "))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("X-Request-Id", m.id)
}

// turnedAway answers whom the door refuses: a form that another site sent, a token that is no good.
func (s *Site) turnedAway(w http.ResponseWriter, r *http.Request, err error) {
	s.refuse(w, s.stranger(r), err)
}

// nothing answers what has no page.
func (s *Site) nothing(w http.ResponseWriter, r *http.Request) {
	v, err := s.visit(r, route{open: true})
	if err == nil {
		err = v.problem(cause.NotFound, "problem.no-page")
	}
	s.refuse(w, v, err)
}

// stranger is a visit of whom nothing is asked.
func (s *Site) stranger(r *http.Request) *visit {
	v := &visit{Request: r, site: s, look: s.lookOf(r, nil)}
	v.nonce, v.id = marksOf(r.Context())
	v.tongue = s.tongues[v.look.Lang]
	return v
}

// panicked turns a panic into a page that says that the mistake is ours.
func (s *Site) panicked(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	_, id := marksOf(r.Context())
	s.o.Log.Error("page panicked", "method", r.Method, "target", cabinet.Target(r.URL.Path), "request", id,
		"cause", fmt.Sprint(p), "stack", string(debug.Stack()))
	s.refuse(w, s.stranger(r), errMistake)
}

// errMistake is told to a person after the log was told the rest.
var errMistake = errors.New("the server made a mistake")
