package access_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/notify"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const acmeFile = `company: acme
name: Acme
country: RU
timezone: Europe/Moscow
employees:
  - {id: anna, name: Anna Petrova, extension: "201", mail: anna@acme.example, groups: [sales]}
  - {id: boris, name: Boris, extension: "202", mail: Boris@acme.example, roles: [manager]}
  - {id: clara, name: Clara, extension: "203", roles: [administrator], mail: both@acme.example}
  - {id: dmitry, name: Dmitry, extension: "204", mail: both@acme.example, roles: [marketer]}
  - {id: elena, name: Elena, extension: "205", groups: [sales, service]}
groups:
  - {id: sales, name: Sales, head: boris}
  - {id: service, name: Service, head: elena}
`

var betaFile = strings.NewReplacer("acme", "beta", "Acme", "Beta", "anna", "olga", "Anna", "Olga").Replace(acmeFile)

// hall is a door with a server behind it that says who is there.
type hall struct {
	t         *testing.T
	store     *store.Store
	directory *store.Directory
	door      *access.Door
	server    *httptest.Server
	log       bytes.Buffer
	post      box
	do        func(http.ResponseWriter, *http.Request) // in place of saying who is there; nil: that

	mu  sync.Mutex
	now time.Time
}

// box is a mail server that keeps what it is given.
type box struct {
	letters chan notify.Letter
	fails   int // how often it refuses first
}

func (b *box) Send(_ context.Context, l notify.Letter) error {
	if b.fails > 0 {
		b.fails--
		return cause.Errorf(cause.Unavailable, "the mail server is away")
	}
	b.letters <- l
	return nil
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{t: t, store: storetest.Open(t), now: time.Now(), post: box{letters: make(chan notify.Letter, 10)}}
	h.directory = h.store.Directory(store.DirectoryOptions{
		File:  filepath.Join(t.TempDir(), "directory.json"),
		Parse: func(document string) (*fmc.Company, error) { return configs.ReadCompany("stored", []byte(document)) },
	})
	var err error
	h.door, err = access.New(access.Options{
		Store: h.store, Companies: h.directory, Post: &h.post, URL: "https://pbx.example", Key: bytes.Repeat([]byte("k"), 32), Demo: true, Now: h.clock,
		Log: slog.New(slog.NewTextHandler(&h.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = h.directory.Run(ctx) })
	running.Go(func() { _ = h.door.Run(ctx) })
	t.Cleanup(running.Wait)
	t.Cleanup(cancel)
	h.apply("acme", acmeFile)
	h.server = httptest.NewTLSServer(h.door.Open(http.HandlerFunc(h.answer), func(w http.ResponseWriter, _ *http.Request, err error) {
		http.Error(w, err.Error(), http.StatusForbidden)
	}))
	t.Cleanup(h.server.Close)
	return h
}

func (h *hall) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hall) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// apply makes a document the company's newest and waits until the directory has it.
func (h *hall) apply(id fmc.CompanyID, document string) {
	h.t.Helper()
	c, err := configs.ReadCompany("test", []byte(document))
	if err != nil {
		h.t.Fatal(err)
	}
	base := int64(0)
	if v, err := h.store.For(id).Version(h.t.Context(), 0); err == nil {
		base = v.Generation
	}
	generation, err := h.store.For(id).Apply(h.t.Context(), store.Change{Base: base, Document: document, Company: c, Author: "test", Reason: "test"})
	if err != nil {
		h.t.Fatal(err)
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, ok := h.directory.Company(id); ok && c.Generation >= generation {
			return
		}
		select {
		case <-h.t.Context().Done():
			h.t.Fatal("the directory does not come")
		case <-tick.C:
		}
	}
}

func (h *hall) password(who fmc.EmployeeID, password string) {
	h.t.Helper()
	if err := h.store.For("acme").SetPassword(h.t.Context(), who, password); err != nil {
		h.t.Fatal(err)
	}
}

// answer says who is there, or does what the test wants.
func (h *hall) answer(w http.ResponseWriter, r *http.Request) {
	if h.do != nil {
		h.do(w, r)
		return
	}
	v, ok := access.From(r.Context())
	if !ok {
		_, _ = io.WriteString(w, "nobody")
		return
	}
	_, _ = io.WriteString(w, string(v.Company)+"/"+v.By())
}

// browser is one that keeps cookies.
func (h *hall) browser() *http.Client {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	client := *h.server.Client()
	client.Jar = jar
	h.t.Cleanup(client.CloseIdleConnections)
	return &client
}

// as does something in a request of a browser.
func (h *hall) as(c *http.Client, do func(ctx context.Context, from access.Browser)) {
	h.t.Helper()
	h.do = func(w http.ResponseWriter, r *http.Request) {
		do(r.Context(), access.Browser{Address: access.Address(r), Agent: r.UserAgent()})
		w.WriteHeader(http.StatusNoContent)
	}
	defer func() { h.do = nil }()
	h.get(c)
}

// get asks who is there.
func (h *hall) get(c *http.Client, headers ...string) (status int, text string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.server.URL, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := c.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer.StatusCode, strings.TrimSpace(string(body))
}

// signIn signs a browser in, and fails the test where that does not work.
func (h *hall) signIn(c *http.Client, who, password string) {
	h.t.Helper()
	h.as(c, func(ctx context.Context, from access.Browser) {
		if code, err := h.door.SignIn(ctx, access.SignIn{Company: "acme", Login: who, Password: password, Browser: from}); code || err != nil {
			h.t.Errorf("%s: code %v, %v", who, code, err)
		}
	})
}

// viewer is the person as the door sees them in a browser.
func (h *hall) viewer(c *http.Client) (v access.Viewer) {
	h.as(c, func(ctx context.Context, _ access.Browser) { v, _ = access.From(ctx) })
	return v
}

// audited are the names of what was done, newest first.
func (h *hall) audited() []string {
	h.t.Helper()
	all, err := h.store.For("acme").AuditEntries(h.t.Context(), store.AuditFilter{})
	if err != nil {
		h.t.Fatal(err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Who+" "+e.What)
	}
	return names
}
