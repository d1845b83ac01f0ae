package cabinet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/google/uuid"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// publicPrefix begins the path of every operation of a Public.
const publicPrefix = "/api/v1"

// PublicPaths begin the paths that a Public answers: its operations, and links to recordings.
var PublicPaths = []string{publicPrefix + "/", linkPrefix}

// Public is the API for people who signed in and for programs with tokens. It has the operations of an API, each for the
// viewer's own company alone and as far as the viewer's right reaches. What it can do stands in its OpenAPI document, and
// nowhere else: openapi.yaml is that document.
type Public struct {
	api   *API
	huma  huma.API
	mux   *http.ServeMux
	open  http.Handler // mux behind the door
	text  func() ([]byte, error)
	links http.Handler // to recordings, for those who cannot sign in
}

// NewPublic returns the API at /api/v1 of an API, whose Options need a Door. It starts nothing.
func NewPublic(a *API) *Public {
	p := newOperations(a)
	p.text = sync.OnceValues(func() ([]byte, error) { return json.Marshal(p.huma.OpenAPI()) })
	p.mux.HandleFunc("GET "+publicPrefix+"/openapi.json", p.describe)
	p.links = http.HandlerFunc(p.playLink)
	p.open = a.o.Door.Open(http.HandlerFunc(p.serve), a.refuse)
	return p
}

// newOperations returns the operations, with nothing in front of them.
func newOperations(a *API) *Public {
	p := &Public{api: a, mux: http.NewServeMux()}
	p.huma = humago.NewWithPrefix(p.mux, publicPrefix, publicConfig())
	for _, add := range []func(*Public){
		addSelf, addCalls, addTrace, addRecordings, addComments, addResults, addReviews, addClients, addStatistics, addVoicemail, addPrompts, addMissed, addMessages, addPrograms, addLines, addForwarding, addBanks, addGateways, addAlerts, addDocument, addPeople, addAccounts, addTokens, addAudit, addEvents, addWebhooks,
	} {
		add(p)
	}
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} { // problemsOnly lets none out
		delete(p.huma.OpenAPI().Components.Schemas.Map(), unused)
	}
	return p
}

var _ http.Handler = (*Public)(nil)

// publicConfig is what the document says of the whole, and how JSON is read and written.
func publicConfig() huma.Config {
	text := huma.Format{
		Marshal:   func(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) },
		Unmarshal: json.Unmarshal,
	}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Roadline", Version: "1",
				Description: "Calls, recordings, messages and settings of your company. Everything is of the company whose token or session asks.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token":   {Type: "http", Scheme: "bearer", Description: "A token of a person or of a service: Authorization: Bearer rl_…"},
					"session": {Type: "apiKey", In: "cookie", Name: "roadline", Description: "The cookie of the cabinet."},
				},
			},
			Security: []map[string][]string{{"token": {}}, {"session": {}}},
		},
		Formats: map[string]huma.Format{"application/json": text, "json": text}, DefaultFormat: "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{problemsOnly, inTongue},
	}
}

// Document is the OpenAPI document of the API.
func (p *Public) Document() *huma.OpenAPI { return p.huma.OpenAPI() }

// describe answers with the OpenAPI document.
func (p *Public) describe(w http.ResponseWriter, r *http.Request) {
	text, err := p.text()
	if err != nil {
		p.api.refuse(w, r, fmt.Errorf("OpenAPI document: %w", err))
		return
	}
	w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(text) // who asked may have gone
}

// ServeHTTP answers one request under /api/v1, and those of links to recordings under /r/.
func (p *Public) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer p.api.mend(w, r)
	id := requestID(r)
	w.Header().Set("X-Request-Id", id)
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, id))
	r.Body = http.MaxBytesReader(w, r.Body, mostBody)
	if secret := linkOf(r); secret != "" {
		p.links.ServeHTTP(w, r)
		return
	}
	p.open.ServeHTTP(w, r)
}

// serve answers a request of somebody who may be known.
func (p *Public) serve(w http.ResponseWriter, r *http.Request) {
	if _, pattern := p.mux.Handler(r); pattern == "" {
		noRoute(p.mux, w, r)
		return
	}
	if r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") != "" {
		p.once(w, r)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// requestKey is under what a context has the id of its request.
type requestKey struct{}

// goodRequestID is an id of a request that whoever asks may give.
var goodRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID is by what the answer and the log name a request.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); goodRequestID.MatchString(id) {
		return id
	}
	return uuid.NewString()
}

// asker is who asks, and the company of theirs as it is now.
type asker struct {
	access.Viewer
	company *fmc.Company
}

// operation is what can be asked for, in words.
type operation struct {
	method, path string
	id           string // also its name in the audit
	about        string // a part of the API
	summary      string
	more         string       // beyond the summary
	right        access.Right // that it needs; empty: to be signed in
	least        access.Reach // how far the right must reach; None: anywhere
	changes      bool         // it changes something although it reads like a question, or the other way round
	most         int64        // of a request, in bytes; 0: 1 MiB
	media        string       // of an answer that is no JSON
}

// reply is an answer with nothing beside its body.
type reply[T any] struct{ Body T }

// add adds an operation that answers with JSON.
func add[I, T any](p *Public, o operation, do func(context.Context, asker, *I) (T, error)) {
	addWhole(p, o, func(ctx context.Context, who asker, in *I) (*reply[T], error) {
		body, err := do(ctx, who, in)
		return &reply[T]{body}, err
	})
}

// addWhole adds an operation whose answer has more than a body.
func addWhole[I, O any](p *Public, o operation, do func(context.Context, asker, *I) (*O, error)) {
	huma.Register(p.huma, p.described(o), func(ctx context.Context, in *I) (*O, error) {
		v, _ := access.From(ctx)
		c, ok := p.api.o.Directory.Company(v.Company)
		if !ok {
			return nil, p.refusal(ctx, cause.Errorf(cause.NotFound, "the company is not on this node any more"))
		}
		out, err := do(ctx, asker{v, c}, in)
		if err != nil {
			return nil, p.refusal(ctx, err)
		}
		return out, nil
	})
}

// described is an operation as the document has it.
func (p *Public) described(o operation) huma.Operation {
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Summary: o.summary, Description: o.more, Tags: []string{o.about}, MaxBodyBytes: o.most,
		Middlewares: huma.Middlewares{p.gate(o)},
		Extensions:  map[string]any{},
	}
	if o.right != "" {
		op.Extensions["x-right"], op.Extensions["x-reach"] = o.right, max(o.least, access.Own).String()
	}
	if o.method == http.MethodPost && !o.changes {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(mostKey)},
			Description: "The request is done once, however often it comes with this key within a day.",
		})
	}
	schema := p.huma.OpenAPI().Components.Schemas.Schema(problemType, true, "Problem")
	op.Responses = map[string]*huma.Response{"default": {
		Description: "Why not, and what to do.", Content: map[string]*huma.MediaType{problemMedia: {Schema: schema}},
	}}
	if o.media != "" {
		op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{o.media: {}}}
	}
	return op
}

// gate lets those to an operation who have its right, before anything of the request is looked at, and has what changes
// something audited.
func (p *Public) gate(o operation) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		v, ok := access.From(ctx.Context())
		var err error
		switch {
		case !ok:
			err = access.Unknown("sign in, or show a token")
		case o.right != "":
			err = v.Need(o.right, o.least)
		}
		if err == nil {
			err = plausible(ctx)
		}
		if err != nil {
			r, w := humago.Unwrap(ctx)
			p.api.refuse(w, r, err)
			return
		}
		if (o.method == http.MethodGet) != o.changes {
			next(ctx)
			return
		}
		entry := access.Entry(ctx.Context(), o.id, objectOf(ctx))
		next(huma.WithContext(ctx, store.Audited(ctx.Context(), entry)))
		if ctx.Status() < http.StatusBadRequest {
			p.api.noted(ctx.Context(), v.Company, entry)
		}
	}
}

// plausible refuses what no id and no parameter can be. Such an id is not found, as any unknown one.
func plausible(ctx huma.Context) error {
	for _, part := range strings.Split(ctx.Operation().Path, "/") {
		name, isName := strings.CutPrefix(part, "{")
		if name = strings.TrimSuffix(name, "}"); isName && !isID(ctx.Param(name)) {
			return cause.Errorf(cause.NotFound, "there is no such %s", name)
		}
	}
	url := ctx.URL()
	return readable(url.Query())
}

// pathNames are the parameters of paths, in the order in which an object is named by them.
var pathNames = []string{"call", "n", "task", "message", "iccid", "line", "employee", "account", "session", "token", "link", "webhook", "comment", "prompt", "number"}

// objectOf is what a path names.
func objectOf(ctx huma.Context) string {
	object := ""
	for _, name := range pathNames {
		if value := ctx.Param(name); value != "" && len(value) <= mostID {
			if object != "" {
				object += "/"
			}
			object += value
		}
	}
	return object
}

// refusal is a Problem as an operation returns it.
type refusal struct{ Problem }

var _ huma.StatusError = (*refusal)(nil)

// Error implements error.
func (r *refusal) Error() string { return r.Detail }

// GetStatus implements huma.StatusError.
func (r *refusal) GetStatus() int { return r.Status }

// ContentType implements huma.ContentTypeFilter.
func (r *refusal) ContentType(string) string { return problemMedia }

// refusal makes a problem of an error, and tells our own mistakes to the log.
func (p *Public) refusal(ctx context.Context, err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	r := &refusal{problemOf(err)}
	if r.Status >= http.StatusInternalServerError && ctx.Err() == nil {
		p.api.o.Log.Error("request failed", "request", ctx.Value(requestKey{}), "status", r.Status, "cause", err)
	}
	return r
}

// problemsOnly makes a Problem of what huma says of a request that does not fit the document.
func problemsOnly(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	kind := cause.Invalid
	if m.Status >= http.StatusInternalServerError {
		kind = 0
	}
	r := &refusal{problems[kind]}
	r.Status = m.Status
	if kind == 0 {
		return r, nil
	}
	r.Detail = m.Detail
	for i, d := range m.Errors {
		if i == 0 {
			r.Detail = ""
		} else {
			r.Detail += "\n"
		}
		r.Detail += d.Location + ": " + d.Message
		if d.Location == "" {
			r.Detail = m.Detail + ": " + d.Message
		}
	}
	return r, nil
}
