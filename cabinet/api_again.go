package cabinet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// mostKey is how long an Idempotency-Key may be.
const mostKey = 128

// goodKey is what an Idempotency-Key may be.
var goodKey = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// once does a request with an Idempotency-Key, or answers as before where the same one came within a day. An answer that
// must not be stored, because it tells a secret, is not kept.
func (p *Public) once(w http.ResponseWriter, r *http.Request) {
	v, ok := access.From(r.Context())
	if !ok { // the operation refuses it
		p.mux.ServeHTTP(w, r)
		return
	}
	who := string(v.Employee)
	if v.Token != nil {
		who = "token " + v.Token.ID
	}
	p.api.once(w, r, v.Company, who, p.mux.ServeHTTP)
}

// once has a request of somebody done that has an Idempotency-Key, or answers as before.
func (a *API) once(w http.ResponseWriter, r *http.Request, company fmc.CompanyID, who string, do http.HandlerFunc) {
	key := r.Header.Get("Idempotency-Key")
	if !goodKey.MatchString(key) {
		a.refuse(w, r, cause.Errorf(cause.Invalid, "Idempotency-Key: write 1 to %d letters, digits, dots, dashes and underscores, such as a UUID", mostKey))
		return
	}
	body, err := io.ReadAll(r.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		a.refuse(w, r, cause.Errorf(cause.Invalid, "the request is larger than %d bytes", mostBody))
		return
	}
	if err != nil {
		return // who asked has gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	tenant := a.o.Store.For(company)
	kept, again, err := tenant.Once(r.Context(), who, key, r.Method+" "+r.URL.RequestURI()+"\n"+string(body))
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	if again {
		w.Header().Set("Content-Type", kept.Kind)
		w.Header().Set("Idempotency-Replayed", "true")
		w.WriteHeader(kept.Status)
		_, _ = w.Write(kept.Body) // who asked may have gone
		return
	}
	answer := answerKept(w, r, do)
	if err := tenant.Answered(context.WithoutCancel(r.Context()), who, key, answer); err != nil {
		a.o.Log.Error("answer not kept for when the request comes again", "company", company, "err", err)
	}
}

// answerKept answers a request, and returns what is kept of the answer. One that tells a secret is forgotten, as our own
// failures are, and that there was no room: whoever tries again a little later with the same key is to be served.
func answerKept(w http.ResponseWriter, r *http.Request, do http.HandlerFunc) store.Answer {
	copied := &copying{ResponseWriter: w, status: http.StatusOK}
	do(copied, r)
	if w.Header().Get("Cache-Control") == "no-store" || copied.status == http.StatusTooManyRequests {
		return store.Answer{Status: http.StatusInternalServerError}
	}
	return store.Answer{Status: copied.status, Kind: w.Header().Get("Content-Type"), Body: copied.body.Bytes()}
}

// copying keeps a copy of what is answered.
type copying struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader implements http.ResponseWriter.
func (c *copying) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (c *copying) Write(b []byte) (int, error) {
	c.body.Write(b)
	return c.ResponseWriter.Write(b)
}
