// Package housetest plays the world outside a house in tests: it starts the real product on loopback with kernel-chosen
// ports and a database of its own, SIPp as carrier and mobiles, and voices that speak and listen by RTP so that what was
// said can be looked for in what was heard. Start at Start; voice.go is the sound, sipp.go the signalling.
package housetest

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/cmd/roadline/house"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/store"
	"roadline/store/storetest"
)

// Within is how long a test waits for what must come. No test passes because it has elapsed.
const Within = time.Minute

// Setup is what a town is built of.
type Setup struct {
	Company string // the company file; %CARRIER% is not replaced: trunks are named carrier-a
	Extra   string // more of roadline.yaml
	From    string // where the carrier's calls come from; empty: 127.0.0.1
	Grants  string // more grants on carrier-a, each behind a comma
	Data    string // folder of the house; empty: a temporary one
	DSN     string // PostgreSQL; empty: a fresh database; "private": the house's own
	SIP     string // where it listens; empty: 127.0.0.1 and a port that is free at each start
	Demo    bool   // anybody on this machine is let into the pages as anybody
}

// Town is a house with the world around it.
type Town struct {
	House   *house.House
	SIP     netip.AddrPort // where the house is reached
	Carrier int            // the UDP port that the house's trunk leads to
	Data    string
	Log     *Log
	Machine *configs.Machine

	t    testing.TB
	demo bool
	stop context.CancelFunc
	done chan error

	mu    sync.Mutex
	calls map[fmc.CallID]call.Call // guarded by mu: the latest value of every call ever seen
	news  chan struct{}            // one token: something happened
}

// Log collects what the house logs.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Start starts a house, applies the company and stops everything when the test ends.
func Start(t testing.TB, s Setup) *Town {
	t.Helper()
	town := &Town{t: t, demo: s.Demo, Carrier: Ports(t), Data: s.Data, Log: &Log{}, calls: map[fmc.CallID]call.Call{}, news: make(chan struct{}, 1)}
	if town.Data == "" {
		town.Data = t.TempDir()
	}
	dsn := s.DSN
	if dsn == "" {
		dsn = storetest.DSN(t)
	}
	if dsn == "private" {
		dsn = ""
	}
	if s.SIP == "" {
		s.SIP = "127.0.0.1:0"
	}
	text := fmt.Sprintf(`
node: town
data: %q
database: %q
sip: {udp: [%q], tcp: [%q]}
media: {ports: "%s"}
log: {level: debug}
trunks:
  - id: carrier-a
    carrier: e164
    profile: {country: RU, trust: carrier}
    from: [%s]
    targets: ["127.0.0.1:%d"]
    options: 1h
    grants: [{company: acme, numbers: ["+74951234500-+74951234599"]}, {company: other, numbers: ["+74957654321"]}%s]
%s`, town.Data, dsn, s.SIP, s.SIP, mediaRange(), cmp.Or(s.From, "127.0.0.1"), town.Carrier, s.Grants, s.Extra)
	file := filepath.Join(town.Data, "roadline.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := configs.ReadMachine(file, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	town.Machine = m
	town.Open()
	if s.Company != "" {
		town.Apply(s.Company)
	}
	return town
}

// T is the test that the town stands in.
func (town *Town) T() testing.TB { return town.t }

// Open starts the house, anew after Close.
func (town *Town) Open() {
	t := town.t
	t.Helper()
	ready := make(chan struct{})
	h, err := house.New(town.Machine, house.Options{
		Log: slog.New(slog.NewTextHandler(town.Log, &slog.HandlerOptions{Level: slog.LevelDebug})), Ready: func() { close(ready) }, Watch: town.watch,
		Prompts: promptFolder(), Grace: time.Second, Demo: town.demo,
	})
	if err != nil {
		t.Fatal(err)
	}
	town.House = h
	ctx, stop := context.WithCancel(context.Background())
	town.stop, town.done = stop, make(chan error, 1)
	go func() { town.done <- h.Run(ctx, nil) }()
	t.Cleanup(town.Close)
	select {
	case <-ready:
	case err := <-town.done:
		town.done <- nil
		t.Fatalf("the house did not start: %v\n%s", err, town.Log)
	case <-time.After(Within):
		t.Fatalf("the house did not start\n%s", town.Log)
	}
	town.SIP = h.Addrs().UDP[0]
}

// Close stops the house.
func (town *Town) Close() {
	if town.stop == nil {
		return
	}
	town.stop()
	town.stop = nil
	select {
	case err := <-town.done:
		if err != nil {
			town.t.Errorf("the house ended with %v", err)
		}
	case <-time.After(2 * Within):
		town.t.Errorf("the house did not stop\n%s", town.Log)
	}
	if town.t.Failed() {
		if path := os.Getenv("ROADLINE_TEST_LOG"); path != "" {
			_ = os.WriteFile(path, []byte(town.Log.String()), 0o600)
		}
	}
}

// Apply makes a company file the company's newest version, as its people would.
func (town *Town) Apply(text string) {
	t := town.t
	t.Helper()
	c, err := configs.ReadCompany("company.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), Within)
	defer cancel()
	if err := town.House.Store().Ready(ctx); err != nil {
		t.Fatal(err)
	}
	if err := town.House.Speak(ctx, c); err != nil {
		t.Fatal(err)
	}
	tenant := town.House.Store().For(c.Profile.ID)
	base := int64(0)
	if v, err := tenant.Version(ctx, 0); err == nil {
		base = v.Generation
	}
	generation, err := tenant.Apply(ctx, store.Change{Base: base, Document: text, Company: c, Author: "test", Reason: "test"})
	if err != nil {
		t.Fatal(err)
	}
	town.Await("the company is in force", func() bool {
		now, ok := town.House.Directory().Company(c.Profile.ID)
		return ok && now.Generation >= generation
	})
}

func (town *Town) watch(_, is call.Call, _ []fmc.Fact) {
	town.mu.Lock()
	town.calls[is.ID] = is
	town.mu.Unlock()
	select {
	case town.news <- struct{}{}:
	default:
	}
}

// Await waits until something is true, looking again at every step of a call and every now and then.
func (town *Town) Await(what string, is func() bool) {
	town.t.Helper()
	if !awaited(town.news, is) {
		town.t.Fatalf("waited %v in vain: %s\n%s\n%s", Within, what, town.tell(), town.Log)
	}
}

// tell is where each call stands, for a test that failed.
func (town *Town) tell() string {
	var b strings.Builder
	for _, c := range town.Seen() {
		fmt.Fprintf(&b, "call %s of %s from %s to %s dialled %q at %s: end %+v\n", c.ID, c.Company, c.Request.From, c.Request.To, c.Request.Dialled, c.Began.Format("05.000"), c.End)
		for _, p := range c.Parties {
			fmt.Fprintf(&b, "  leg %d %s %s %s %s assent %s, on hold %t\n", p.Leg.N, p.Role, p.Who.Employee, p.Number, p.Link, p.Assent, p.OnHold)
		}
		for _, t := range c.Threads {
			fmt.Fprintf(&b, "  thread at %d of %+v\n", t.At, t.Plan.Nodes)
			for _, r := range t.Plan.Because {
				fmt.Fprintf(&b, "    %+v\n", r)
			}
		}
		fmt.Fprintf(&b, "  hears %+v, talks %+v\n", c.Wiring.Hears, c.Wiring.Talks)
	}
	return b.String()
}

// Await waits until something outside a town is true.
func Await(t testing.TB, what string, is func() bool) {
	t.Helper()
	if !awaited(nil, is) {
		t.Fatalf("waited %v in vain: %s", Within, what)
	}
}

func awaited(news <-chan struct{}, is func() bool) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(Within)
	for !is() {
		select {
		case <-news:
		case <-tick.C:
		case <-end:
			return false
		}
	}
	return true
}

// Seen returns the latest value of every call, those that are over too.
func (town *Town) Seen() []call.Call {
	town.mu.Lock()
	defer town.mu.Unlock()
	all := make([]call.Call, 0, len(town.calls))
	for _, c := range town.calls {
		all = append(all, c)
	}
	return all
}

// Records waits until a company has so many closed records, delivered where recorded, and returns them, the newest
// first.
func (town *Town) Records(company fmc.CompanyID, n int) []fmc.Record {
	town.t.Helper()
	var all []fmc.Record
	town.Await(fmt.Sprintf("%d records of %s", n, company), func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), Within)
		defer cancel()
		tenant := town.House.Store().For(company)
		lines, err := tenant.Calls(ctx, store.CallFilter{Limit: 1000})
		if err != nil || len(lines) < n {
			return false
		}
		all = nil
		for _, l := range lines {
			r, err := tenant.Call(ctx, l.ID)
			if err != nil || r.Times.Ended == 0 || r.Recording.State == fmc.TapeReady && r.Recording.Kept == nil {
				return false
			}
			all = append(all, r)
		}
		return true
	})
	return all
}

// File is where a record's recording lies.
func (town *Town) File(r fmc.Record) string {
	town.t.Helper()
	if r.Recording.Kept == nil {
		town.t.Fatalf("call %s has no recording: %+v", r.ID, r.Recording)
	}
	return filepath.Join(town.Machine.Recording.Spool, r.Recording.Kept.File)
}

// mediaRange is a part of the port range for this process, so that test programs that run side by side do not meet.
func mediaRange() string {
	from := 20000 + os.Getpid()%40*1000
	return fmt.Sprintf("%d-%d", from, from+999)
}

// promptFolder keeps the house's speech between tests.
func promptFolder() string { return filepath.Join(os.TempDir(), "roadline-test-prompts") }
