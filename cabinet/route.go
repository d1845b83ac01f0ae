package cabinet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"unicode/utf8"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// mostBody is how large a request may be. A company file of ten thousand people fits.
const mostBody = 8 << 20

// routes is everything that can be asked. What stands under a company shows that company's alone: another's id is as
// unknown as one that never was.
var routes = []struct {
	pattern string
	do      func(*API, *http.Request) (any, error)
}{
	{"GET /v1/state", (*API).state},
	{"GET /v1/companies", (*API).companies},
	{"GET /v1/modems", (*API).modems},
	{"GET /v1/companies/{company}/document", (*API).document},
	{"PUT /v1/companies/{company}/document", (*API).apply},
	{"GET /v1/companies/{company}/versions", (*API).versions},
	{"GET /v1/companies/{company}/calls", (*API).calls},
	{"POST /v1/companies/{company}/calls", (*API).makeCall},
	{"GET /v1/companies/{company}/calls/live", (*API).live},
	{"GET /v1/companies/{company}/calls/{call}", (*API).call},
	{"GET /v1/companies/{company}/calls/{call}/again", (*API).again},
	{"GET /v1/companies/{company}/calls/{call}/recording", (*API).recording},
	{"GET /v1/companies/{company}/calls/{call}/minutes", (*API).minutes},
	{"POST /v1/companies/{company}/calls/{call}/wishes", (*API).wish},
	{"GET /v1/companies/{company}/alerts", (*API).alerts},
	{"GET /v1/companies/{company}/voicemail", (*API).voicemails},
	{"GET /v1/companies/{company}/voicemail/{call}/{n}/sound", (*API).voicemailSound},
	{"POST /v1/companies/{company}/voicemail/{call}/{n}/heard", (*API).voicemailHeard},
	{"GET /v1/companies/{company}/missed", (*API).missed},
	{"POST /v1/companies/{company}/missed/{task}/take", (*API).takeMissed},
	{"POST /v1/companies/{company}/missed/{task}/close", (*API).closeMissed},
	{"POST /v1/companies/{company}/explain", (*API).explain},
	{"GET /v1/companies/{company}/sims", (*API).sims},
	{"GET /v1/companies/{company}/sims/{iccid}", (*API).sim},
	{"PUT /v1/companies/{company}/sims/{iccid}/number", (*API).rebind},
	{"GET /v1/companies/{company}/lines", (*API).lines},
	{"GET /v1/companies/{company}/lines/{line}", (*API).line},
	{"POST /v1/companies/{company}/lines/{line}/ussd", (*API).ussd},
	{"POST /v1/companies/{company}/lines/{line}/release", (*API).releaseLine},
	{"GET /v1/companies/{company}/messages", (*API).messages},
	{"GET /v1/companies/{company}/messages/{message}", (*API).message},
	{"POST /v1/companies/{company}/messages", (*API).send},
	{"GET /v1/companies/{company}/accounts", (*API).accounts},
	{"PUT /v1/companies/{company}/accounts/{account}/password", (*API).setPassword},
	{"DELETE /v1/companies/{company}/accounts/{account}/password", (*API).removePassword},
	{"GET /v1/companies/{company}/pins", (*API).pins},
	{"PUT /v1/companies/{company}/employees/{employee}/pin", (*API).setPIN},
	{"DELETE /v1/companies/{company}/employees/{employee}/pin", (*API).removePIN},
}

// answer adds a route. What the function returns is sent as JSON, but for a stream, which sends itself.
func (a *API) answer(pattern string, do func(*API, *http.Request) (any, error)) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v, err := do(a, r)
		if err == nil {
			if s, ok := v.(stream); ok {
				s.send(w, r)
				return
			}
			err = writeJSON(w, http.StatusOK, "application/json", v)
		}
		if err != nil {
			a.refuse(w, r, err)
		}
	})
}

// stream is an answer that is no JSON.
type stream interface {
	send(http.ResponseWriter, *http.Request)
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			a.o.Log.Error("request panicked", "method", r.Method, "target", r.URL.Path, "cause", fmt.Sprint(p), "stack", string(debug.Stack()))
			writeProblem(w, problemOf(errors.New("the server made a mistake")))
		}
	}()
	r.Body = http.MaxBytesReader(w, r.Body, mostBody)
	if _, pattern := a.mux.Handler(r); pattern == "" {
		a.noRoute(w, r)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// noRoute answers what has no route, or has one for other methods.
func (a *API) noRoute(w http.ResponseWriter, r *http.Request) {
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete} {
		other := *r
		other.Method = method
		if _, pattern := a.mux.Handler(&other); pattern != "" {
			w.Header().Add("Allow", method)
		}
	}
	p := problemOf(cause.Errorf(cause.NotFound, "nothing is at %s %s", r.Method, r.URL.Path))
	if allow := w.Header().Values("Allow"); len(allow) > 0 {
		p.Status, p.Title = http.StatusMethodNotAllowed, "What is there takes other methods: "+strings.Join(allow, ", ")+"."
	}
	writeProblem(w, p)
}

func writeJSON(w http.ResponseWriter, status int, kind string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // who asked may have gone
	return nil
}

// read takes a request's JSON. What it does not know it refuses, parameters too.
func read(r *http.Request, into any) error {
	if _, err := query(r); err != nil {
		return err
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more follows the first value")
		}
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return cause.Errorf(cause.Invalid, "the request is larger than %d bytes: %w", tooLarge.Limit, err)
	}
	if err != nil {
		return cause.Errorf(cause.Invalid, "the request's JSON: %w", err)
	}
	return nil
}

// query returns the parameters of a request, and refuses those that are not known.
func query(r *http.Request, known ...string) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, cause.Errorf(cause.Invalid, "the parameters: %w", err)
	}
	for name := range values {
		if !slices.Contains(known, name) {
			if len(known) == 0 {
				return nil, cause.Errorf(cause.Invalid, "parameter %q is not known: there are none here", name)
			}
			return nil, cause.Errorf(cause.Invalid, "parameter %q is not known: known here: %s", name, strings.Join(known, ", "))
		}
	}
	return values, nil
}

// mostID is how long the id of anything is at most.
const mostID = 128

// idIn takes an id out of the path. One that could be nobody's is not found, as any unknown one.
func idIn[T ~string](r *http.Request, name string) (T, error) {
	id := r.PathValue(name)
	if id == "" || len(id) > mostID || !utf8.ValidString(id) || strings.ContainsFunc(id, func(c rune) bool { return c < ' ' }) {
		return "", cause.Errorf(cause.NotFound, "there is no such %s", name)
	}
	return T(id), nil
}

// companyIn takes the company out of the path.
func companyIn(r *http.Request) (fmc.CompanyID, error) { return idIn[fmc.CompanyID](r, "company") }

// companyOf returns the company that a request is about, as the node knows it now.
func (a *API) companyOf(r *http.Request) (*fmc.Company, error) {
	id, err := companyIn(r)
	if err != nil {
		return nil, err
	}
	c, ok := a.o.Directory.Company(id)
	if !ok {
		return nil, cause.Errorf(cause.NotFound, "there is no company %q on this node", id)
	}
	return c, nil
}
