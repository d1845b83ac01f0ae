// Package webtest gives tests a cabinet to visit: the site as the product has it, on a real PostgreSQL, with two companies
// whose people have every role. The calls are a board that the test writes. Start at Open.
package webtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/cabinet/document/documenttest"
	"roadline/cabinet/hook"
	"roadline/cabinet/web"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/plan"
	"roadline/store"
	"roadline/store/storetest"
)

// Now is when every test happens: a Monday, ten in the morning in Moscow.
var Now = time.Date(2026, time.November, 23, 7, 0, 0, 0, time.UTC)

// Inside are the addresses inside that webhooks of a Cabinet may lead to.
var Inside = hook.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

// Acme is the company's document. Its names are Cyrillic, so that Latin letters on a page are the page's own words.
const Acme = `company: acme
name: Ромашка
country: RU
timezone: Europe/Moscow
language: ru
hours:
  work: {mon-fri: "09:00-18:00"}
numbers:
  - {e164: "+74951234567", trunk: carrier-a, lines: 30, scenario: main, proof: {contract: "17", from: 2026-01-01}}
  - {e164: "+74951234568", trunk: carrier-a, lines: 5, owner: anna, proof: {contract: "17", from: 2026-01-01}}
employees:
  - {id: anna, name: Анна Петрова, extension: "201", groups: [sales], mobile: "+79161234567", mail: anna@acme.example, account: {sip: anna-desk}}
  - {id: ivan, name: Иван Лебедев, extension: "202", groups: [sales], mobile: "+79161234568"}
  - {id: boris, name: Борис Орлов, extension: "203", groups: [service], mobile: "+79161234569", roles: [manager]}
  - {id: maria, name: Мария Соколова, extension: "204", roles: [marketer]}
  - {id: gleb, name: Глеб Зайцев, extension: "205", roles: [accountant]}
  - {id: admin, name: Ада Минина, extension: "206", roles: [administrator]}
  - {id: olga, name: Ольга Волкова, extension: "207", roles: [operator]}
groups:
  - {id: sales, extension: "260", strategy: longest-idle, ring: 30s, head: ivan}
  - {id: service, extension: "261", strategy: longest-idle, ring: 30s}
caller_id:
  - {for: sales, show: "+74951234567"}
scenarios:
  main:
    - schedule: {outside: work, do: {voicemail: sales}}
    - {ring: sales}
recording: {policy: all}
` + simsOfAcme

// Beta is another company's document, of which nobody of Acme may see anything.
const Beta = `company: beta
name: Чужая
country: RU
timezone: Asia/Vladivostok
numbers:
  - {e164: "+74952222222", trunk: carrier-a, owner: orlov, proof: {contract: "18", from: 2026-01-01}}
employees:
  - {id: orlov, name: Орлов Чужой, extension: "201", mobile: "+79169999999", roles: [manager, administrator]}
recording: {policy: all}
`

// Roles are the people of Acme, each with what makes a page look different for them.
var Roles = map[string]access.Role{
	"anna": access.Employee, "ivan": access.Head, "boris": access.Manager, "maria": access.Marketer, "gleb": access.Accountant,
	"admin": access.Administrator, "olga": access.Operator,
}

// Cabinet is a site that is served.
type Cabinet struct {
	T         testing.TB
	URL       string
	API       *cabinet.API
	Site      *web.Site
	Store     *store.Store
	News      *cabinet.News
	Hooks     atomic.Pointer[hook.Desk] // is told to look when something is kept; nil: none tells webhooks
	Traces    *store.Traces             // of calls, told by the test
	Directory *store.Directory
	Door      *access.Door
	Calls     *Board
	Fleet     Fleet
	Folder    string // of recordings
	Log       *Lines

	mu    sync.Mutex
	modes map[fmc.CompanyID]fmc.Modes // mu guards it

	endNews func()
}

// Board is the calls of a node, as a test writes them; it notes what is wanted.
type Board struct {
	*call.Switch
	moved func(call.Call)

	mu sync.Mutex
	// mu guards:
	live   []call.Call
	begun  []plan.Request
	wished []call.Wish
	fails  error
}

// Lines is a log that a test reads.
type Lines struct {
	mu   sync.Mutex
	text bytes.Buffer // mu guards it
}

// Write takes a line.
func (l *Lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *Lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Open serves a cabinet until the test ends. edit changes what it stands on before it is built.
func Open(t testing.TB, edit ...func(*web.Options)) *Cabinet {
	t.Helper()
	c := OpenAlone(t, edit...)
	c.Apply("beta", Beta)
	return c
}

// OpenAlone is Open on a node that serves no company but Acme.
func OpenAlone(t testing.TB, edit ...func(*web.Options)) *Cabinet {
	t.Helper()
	c := &Cabinet{T: t, Store: storetest.Open(t), Folder: t.TempDir(), Log: &Lines{}, modes: map[fmc.CompanyID]fmc.Modes{"acme": {}, "beta": {}}}
	c.Traces = c.Store.Traces(store.TracesOptions{})
	c.directory()
	c.news()
	c.Calls = &Board{Switch: call.NewSwitch(call.Options{Reach: reach}), moved: c.News.Moved}
	log := slog.New(slog.NewTextHandler(c.Log, nil))
	clock := func() time.Time { return Now }
	var err error
	c.Door, err = access.New(access.Options{
		Store: c.Store, Companies: c.Directory, URL: "http://127.0.0.1", Key: bytes.Repeat([]byte{7}, 32), Demo: true, Now: clock, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	desk := cabinet.Options{
		Store: c.Store, Directory: c.Directory, Calls: c.Calls, Traces: c.Traces, Sounds: sounds{}, Door: c.Door, News: c.News, Webhooks: Inside, Recordings: c.Folder, Now: clock, Log: log, Node: c.node(),
	}
	c.API = cabinet.New(desk)
	c.Apply("acme", Acme)
	o := web.Options{Options: desk, API: c.API, Demo: true}
	for _, e := range edit {
		e(&o)
	}
	if c.Site, err = web.New(o); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(c.Site)
	t.Cleanup(func() { c.endNews(); server.Close() })
	c.URL = server.URL
	return c
}

// news has the cabinet hear what is kept. It ends before the server that streams it does.
func (c *Cabinet) news() {
	c.News = cabinet.NewNews(c.Store, c.heard, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = c.News.Run(ctx) })
	c.endNews = func() { cancel(); running.Wait() }
}

func (c *Cabinet) heard() {
	if desk := c.Hooks.Load(); desk != nil {
		desk.Look()
	}
}

func (c *Cabinet) directory() {
	c.Directory = documenttest.Directory(c.T, c.Store)
}

func reach(*fmc.Company, fmc.DeviceID) []fmc.LineState {
	return []fmc.LineState{{ID: "trunk:carrier-a", Kind: fmc.TrunkLine, Trunk: "carrier-a", Ready: true}}
}

// node is a machine without radio modules that says yes.
func (c *Cabinet) node() cabinet.Node {
	n := cabinet.Node{
		State:   func() cabinet.State { return cabinet.State{Node: "one", SIP: "here"} },
		Reach:   reach,
		Granted: func(*fmc.Company) error { return nil },
		Lasts:   func(fmc.CompanyID, fmc.PromptID) time.Duration { return 3 * time.Second },
		Speak:   func(context.Context, *fmc.Company) (func(), error) { return func() {}, nil },
		Heard:   func(fmc.CompanyID, fmc.PromptID) {},
		Modes: func(company fmc.CompanyID) fmc.Modes {
			c.mu.Lock()
			defer c.mu.Unlock()
			return maps.Clone(c.modes[company])
		},
		SetMode: func(company fmc.CompanyID, m fmc.ModeSet) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.modes[company][m.Employee] = m
			return nil
		},
	}
	c.Fleet.serve(&n)
	return n
}

// Apply makes a document the company's newest version.
func (c *Cabinet) Apply(id fmc.CompanyID, whole string) {
	c.T.Helper()
	var base int64
	if now, ok := c.Directory.Company(id); ok {
		base = now.Generation
	}
	text, err := json.Marshal(document.Apply{Document: whole, Base: base, Author: "webtest", Reason: "test"})
	if err != nil {
		c.T.Fatal(err)
	}
	w := httptest.NewRecorder()
	c.API.ServeHTTP(w, httptest.NewRequestWithContext(c.T.Context(), http.MethodPut, "/v1/companies/"+string(id)+"/document", bytes.NewReader(text)))
	if w.Code != http.StatusOK {
		c.T.Fatalf("apply %s: %d %s", id, w.Code, w.Body)
	}
}

// Happened has a call of Acme happen as script says, at a time before or after Now, and returns its id once the store has
// it.
func (c *Cabinet) Happened(at time.Time, s call.Supposed, more ...fmc.Happening) fmc.CallID {
	c.T.Helper()
	company, _ := c.Directory.Company("acme")
	id, facts := documenttest.Facts(c.T, company, s, at)
	for _, body := range more {
		facts = append(facts, fmc.Fact{Company: company.Profile.ID, Call: id, Body: body})
	}
	c.Drain(facts...)
	return id
}

// Drain brings facts into the store as a node's are.
func (c *Cabinet) Drain(facts ...fmc.Fact) {
	c.T.Helper()
	storetest.BringIn(c.T, c.Store, facts...)
}

// Calls returns the live calls that the test wrote.
func (b *Board) Calls() []call.Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.live
}

// Live writes which calls of Acme go on.
func (b *Board) Live(calls ...call.Call) {
	b.mu.Lock()
	before := b.live
	b.live = calls
	b.mu.Unlock()
	for _, c := range before {
		if !slices.ContainsFunc(calls, func(is call.Call) bool { return is.ID == c.ID }) {
			c.End = &call.Ending{Closed: true}
			b.moved(c)
		}
	}
	for _, c := range calls {
		b.moved(c)
	}
}

// Fail has every wish for a call refused with err, until it is nil.
func (b *Board) Fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails = err
}

// Begun is the id of the calls that people ask for; it says that it was made at Now.
const Begun fmc.CallID = "01a20734-5580-7000-8000-00000000000a"

// Begin notes that a call is wanted, and has it go on with nobody in it yet.
func (b *Board) Begin(r plan.Request) (fmc.CallID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.begun = append(b.begun, r)
	if b.fails == nil {
		b.live = []call.Call{{ID: Begun, Company: r.Company, Began: Now, Request: r}}
	}
	return Begun, b.fails
}

// Wish notes what is wanted of a call.
func (b *Board) Wish(_ fmc.CompanyID, _ fmc.CallID, w call.Wish) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wished = append(b.wished, w)
	return b.fails
}

// Asked returns the calls that were wanted, and what was wanted of calls.
func (b *Board) Asked() ([]plan.Request, []call.Wish) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.begun), slices.Clone(b.wished)
}

// Visitor is a person's browser without scripts: it keeps cookies and follows redirects.
type Visitor struct {
	c      *Cabinet
	client *http.Client
	// Header is sent with every request.
	Header http.Header
}

// Visitor returns the browser of a person who is signed in; nobody: of one who is not.
func (c *Cabinet) Visitor(employee string) *Visitor {
	c.T.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.T.Fatal(err)
	}
	v := &Visitor{c: c, client: &http.Client{Jar: jar}, Header: http.Header{"Accept-Language": {"en"}}}
	if employee != "" {
		if status, text := v.Get("/?demo=" + employee); status != http.StatusOK {
			c.T.Fatalf("sign in %s: %d %s", employee, status, text)
		}
	}
	return v
}

// Get fetches a page.
func (v *Visitor) Get(path string) (status int, text string) {
	v.c.T.Helper()
	return v.do(http.MethodGet, path, nil)
}

// Post sends a form as a page of the site would.
func (v *Visitor) Post(path string, form url.Values) (status int, text string) {
	v.c.T.Helper()
	return v.do(http.MethodPost, path, form)
}

func (v *Visitor) do(method, path string, form url.Values) (int, string) {
	v.c.T.Helper()
	w, err := v.client.Do(v.request(method, path, form))
	if err != nil {
		v.c.T.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		v.c.T.Fatal(err)
	}
	return w.StatusCode, string(text)
}

// request is one as a page of the site sends it.
func (v *Visitor) request(method, path string, form url.Values) *http.Request {
	v.c.T.Helper()
	r, err := http.NewRequestWithContext(v.c.T.Context(), method, v.c.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.c.T.Fatal(err)
	}
	maps.Copy(r.Header, v.Header)
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if r.Header.Get("Sec-Fetch-Site") == "" {
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}
	}
	return r
}

// Do sends a request that the test made, with the visitor's cookies; the caller closes the answer.
func (v *Visitor) Do(r *http.Request) (*http.Response, error) { return v.client.Do(r) }

// Status is how a request without a body is answered; a redirect is not followed.
func (v *Visitor) Status(method, path string) int {
	v.c.T.Helper()
	w := v.straight(v.request(method, path, nil))
	_ = w.Body.Close()
	return w.StatusCode
}

// Leads is where a request is redirected to; empty: nowhere.
func (v *Visitor) Leads(r *http.Request) string {
	v.c.T.Helper()
	w := v.straight(r)
	_ = w.Body.Close()
	return w.Header.Get("Location")
}

// straight sends a request and follows no redirect.
func (v *Visitor) straight(r *http.Request) *http.Response {
	v.c.T.Helper()
	client := *v.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w, err := client.Do(r)
	if err != nil {
		v.c.T.Fatal(err)
	}
	return w
}
