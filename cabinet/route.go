package cabinet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"roadline/cabinet/document"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// mostBody is how large a request may be: a document fits.
const mostBody = document.Most

// Who did a thing and why may be as long as beside a version of the document.
const (
	mostAuthor = document.MostAuthor
	mostReason = document.MostReason
)

// routes is everything that can be asked. What stands under a company shows that company's alone: another's id is as
// unknown as one that never was.
var routes = []struct {
	pattern string
	do      func(*API, *http.Request) (any, error)
}{
	{"GET /v1/state", (*API).state},
	{"GET /v1/health", (*API).health},
	{"GET /v1/doctor", (*API).examine},
	{"GET /v1/quarantine", (*API).quarantine},
	{"POST /v1/quarantine/retry", (*API).retryQuarantine},
	{"POST /v1/quarantine/{n}/dismiss", (*API).dismissQuarantined},
	{"GET /v1/companies", (*API).companies},
	{"GET /v1/modems", (*API).modems},
	{"GET /v1/gateways", (*API).gateways},
	{"GET /v1/cards", (*API).cards},
	{"POST /v1/cards/{iccid}/unlock", (*API).unlockCard},
	{"GET /v1/banks", (*API).banks},
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
	{"GET /v1/companies/{company}/calls/{call}/trace", (*API).trace},
	{"POST /v1/companies/{company}/calls/{call}/wishes", (*API).wish},
	{"GET /v1/companies/{company}/storage", (*API).storage},
	{"GET /v1/companies/{company}/recordings", (*API).recordings},
	{"POST /v1/companies/{company}/calls/{call}/recording/{change}", (*API).settleRecording},
	{"GET /v1/companies/{company}/alarms", (*API).alarms},
	{"GET /v1/companies/{company}/alerts", (*API).alerts},
	{"GET /v1/companies/{company}/voicemail", (*API).voicemails},
	{"GET /v1/companies/{company}/voicemail/{call}/{n}/sound", (*API).voicemailSound},
	{"POST /v1/companies/{company}/voicemail/{call}/{n}/heard", (*API).voicemailHeard},
	{"GET /v1/companies/{company}/prompts", (*API).prompts},
	{"GET /v1/companies/{company}/prompts/{prompt}/sound", (*API).promptSound},
	{"PUT /v1/companies/{company}/prompts/{prompt}/sound", (*API).setPromptSound},
	{"DELETE /v1/companies/{company}/prompts/{prompt}/sound", (*API).removePromptSound},
	{"GET /v1/companies/{company}/missed", (*API).missed},
	{"POST /v1/companies/{company}/missed/{task}/take", (*API).takeMissed},
	{"POST /v1/companies/{company}/missed/{task}/close", (*API).closeMissed},
	{"POST /v1/companies/{company}/explain", (*API).explain},
	{"GET /v1/companies/{company}/sims", (*API).sims},
	{"GET /v1/companies/{company}/sims/forecast", (*API).simForecasts},
	{"GET /v1/companies/{company}/sims/mandates", (*API).simMandates},
	{"GET /v1/companies/{company}/sims/{iccid}", (*API).sim},
	{"PUT /v1/companies/{company}/sims/{iccid}/place", (*API).placeCard},
	{"GET /v1/companies/{company}/sims/{iccid}/moves", (*API).cardMoves},
	{"PUT /v1/companies/{company}/sims/{iccid}/number", (*API).rebind},
	{"GET /v1/companies/{company}/sims/{iccid}/forwarding", (*API).forwarding},
	{"PUT /v1/companies/{company}/sims/{iccid}/forwarding", (*API).setForwarding},
	{"POST /v1/companies/{company}/sims/{iccid}/forwarding/look", (*API).lookAtForwarding},
	{"GET /v1/companies/{company}/lines", (*API).lines},
	{"GET /v1/companies/{company}/lines/shadow", (*API).shadow},
	{"POST /v1/companies/{company}/lines/shadow", (*API).tryCards},
	{"GET /v1/companies/{company}/lines/{line}", (*API).line},
	{"POST /v1/companies/{company}/lines/{line}/ussd", (*API).ussd},
	{"POST /v1/companies/{company}/lines/{line}/release", (*API).releaseLine},
	{"POST /v1/companies/{company}/lines/{line}/restart", (*API).restartLine},
	{"GET /v1/companies/{company}/messages", (*API).messages},
	{"GET /v1/companies/{company}/messages/{message}", (*API).message},
	{"POST /v1/companies/{company}/messages", (*API).send},
	{"GET /v1/companies/{company}/way", (*API).messageWay},
	{"GET /v1/companies/{company}/programs", (*API).programs},
	{"POST /v1/companies/{company}/programs/{program}/secret", (*API).programSecret},
	{"POST /v1/companies/{company}/deliveries/{n}/again", (*API).repeatDelivery},
	{"GET /v1/companies/{company}/accounts", (*API).accounts},
	{"PUT /v1/companies/{company}/accounts/{account}/password", (*API).setPassword},
	{"DELETE /v1/companies/{company}/accounts/{account}/password", (*API).removePassword},
	{"GET /v1/companies/{company}/pins", (*API).pins},
	{"PUT /v1/companies/{company}/employees/{employee}/pin", (*API).setPIN},
	{"DELETE /v1/companies/{company}/employees/{employee}/pin", (*API).removePIN},
	{"PUT /v1/companies/{company}/employees/{employee}/login", (*API).setLogin},
	{"DELETE /v1/companies/{company}/employees/{employee}/login", (*API).removeLogin},
	{"POST /v1/companies/{company}/employees/{employee}/invitation", (*API).inviteOne},
	{"GET /v1/companies/{company}/modes", (*API).modes},
	{"POST /v1/companies/{company}/employees/{employee}/mode", (*API).setMode},
}

// onceOnly are the routes that honour an Idempotency-Key: what they do cannot be taken back, and their answers tell no secret.
var onceOnly = map[string]bool{"POST /v1/companies/{company}/messages": true, "POST /v1/companies/{company}/calls": true}

// answer adds a route. What the function returns is sent as JSON, but for a stream, which sends itself.
func (a *API) answer(pattern string, do func(*API, *http.Request) (any, error)) {
	serve := func(w http.ResponseWriter, r *http.Request) {
		entry := entryOf(pattern, r)
		if entry != nil {
			r = r.WithContext(store.Audited(r.Context(), entry))
		}
		v, err := do(a, r)
		if err == nil && entry != nil {
			a.noted(r.Context(), fmc.CompanyID(r.PathValue("company")), entry)
		}
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
	}
	if !onceOnly[pattern] {
		a.mux.HandleFunc(pattern, serve)
		return
	}
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		c, err := a.companyOf(r)
		if err != nil || r.Header.Get("Idempotency-Key") == "" {
			serve(w, r) // which says what is wrong
			return
		}
		a.once(w, r, c.Profile.ID, machine, serve)
	})
}

// asked are the routes that change nothing though they are no GET.
var asked = map[string]bool{"POST /v1/companies/{company}/explain": true}

// entryOf is how a request stands in the company's audit, as the machine's doing: one that changes something, listens to a
// recording, or takes the report of mandates out. nil: it does none of it.
func entryOf(pattern string, r *http.Request) *store.AuditEntry {
	what, _ := strings.CutPrefix(pattern, "GET /v1/companies/{company}/")
	takes := strings.HasSuffix(pattern, "/recording") || strings.HasSuffix(pattern, "/sound") || strings.HasSuffix(pattern, "/mandates")
	if r.PathValue("company") == "" || asked[pattern] || r.Method == http.MethodGet && !takes {
		return nil
	}
	what = strings.Replace(what, " /v1/companies/{company}/", " ", 1)
	entry := &store.AuditEntry{Who: machine, What: what}
	for _, name := range pathNames {
		if id := r.PathValue(name); id != "" && len(id) <= mostID {
			entry.Object = strings.TrimPrefix(entry.Object+"/"+id, "/")
		}
	}
	return entry
}

// noted writes the entry of what was done elsewhere than in the company's rows.
func (a *API) noted(ctx context.Context, company fmc.CompanyID, e *store.AuditEntry) {
	if err := a.o.Store.For(company).Audit(context.WithoutCancel(ctx), e); err != nil {
		a.o.Log.Error("audit entry not written", "company", company, "account", e.Who, "method", e.What, "err", err)
	}
}

// stream is an answer that is no JSON.
type stream interface {
	send(http.ResponseWriter, *http.Request)
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer a.mend(w, r)
	r.Body = http.MaxBytesReader(w, r.Body, mostBody)
	if _, pattern := a.mux.Handler(r); pattern == "" {
		noRoute(a.mux, w, r)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// mend answers where a request panicked: deferred, it is our own mistake and no reason to stop.
func (a *API) mend(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	a.o.Log.Error("request panicked", "method", r.Method, "target", Target(r.URL.Path), "cause", fmt.Sprint(p), "stack", string(debug.Stack()))
	writeProblem(w, r, problemOf(errors.New("the server made a mistake")))
}

// noRoute answers what has no route, or has one for other methods.
func noRoute(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete} {
		other := *r
		other.Method = method
		if _, pattern := mux.Handler(&other); pattern != "" {
			w.Header().Add("Allow", method)
		}
	}
	p := problemOf(cause.Errorf(cause.NotFound, "nothing is at %s %s", r.Method, r.URL.Path))
	if allow := w.Header().Values("Allow"); len(allow) > 0 {
		p.Status, p.Title = http.StatusMethodNotAllowed, "What is there takes other methods: "+strings.Join(allow, ", ")+"."
	}
	writeProblem(w, r, p)
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
	return values, readable(values)
}

// readable refuses parameters that are no text.
func readable(parameters url.Values) error {
	for name, values := range parameters {
		for _, v := range values {
			if !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
				return cause.Errorf(cause.Invalid, "parameter %q: write it without control characters", name)
			}
		}
	}
	return nil
}

// mostID is how long the id of anything is at most.
const mostID = 128

// idIn takes an id out of the path. One that could be nobody's is not found, as any unknown one.
func idIn[T ~string](r *http.Request, name string) (T, error) {
	id := r.PathValue(name)
	if !isID(id) {
		return "", cause.Errorf(cause.NotFound, "there is no such %s", name)
	}
	return T(id), nil
}

// isID reports whether a text can be the id of anything.
func isID(id string) bool {
	return id != "" && len(id) <= mostID && utf8.ValidString(id) && !strings.ContainsFunc(id, unicode.IsControl)
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
