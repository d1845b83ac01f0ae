package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/cmd/roadline/house"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/store/storetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { storetest.Main(m) }

// machineText is a machine on the loopback, with one trunk for two companies.
const machineText = `
node: test
database: %q
sip: {udp: ["127.0.0.1:0"]}
media: {bind: [127.0.0.1], ports: 30000-39999}
log: {level: debug}
trunks:
  - id: carrier-a
    carrier: e164
    from: [127.0.0.1]
    targets: ["127.0.0.1:1"]
    profile: {country: RU}
    grants:
      - {company: acme, numbers: ["+74951234567", "+74951234568"]}
      - {company: beta, numbers: ["+74952222222"]}
sims:
  - {iccid: "8970101234567890123", company: acme}
  - {iccid: "8970101234567890131", company: beta}
modems: []
`

// spoken keeps the house's prompts for all tests of a run: making them takes seconds.
var spoken = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(os.TempDir(), "roadline-test-prompts")
	return dir, os.MkdirAll(dir, 0o700)
})

// node is a real house that a test runs in its own process, and the command line beside it.
type node struct {
	t      *testing.T
	dir    string
	config string
	house  *house.House
	log    *logged
	steps  chan call.Call // every step of every call
	stop   func() error
}

// logged is what a node logs.
type logged struct {
	mu   sync.Mutex // guards:
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newNode starts a house on a fresh database, and stops it when the test ends.
func newNode(t *testing.T) *node {
	t.Helper()
	prompts, err := spoken()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "roadline-node-") // short: a unix socket's path is
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, dir: dir, config: filepath.Join(dir, "roadline.yaml"), log: &logged{}, steps: make(chan call.Call, 4096)}
	text := fmt.Sprintf(machineText, storetest.DSN(t))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	n.write("roadline.yaml", text)
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(prompts, filepath.Join(dir, "data", "prompts")); err != nil {
		t.Fatal(err)
	}
	m, err := configs.ReadMachine(n.config, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	n.start(m)
	return n
}

// start runs the house until the test ends.
func (n *node) start(m *configs.Machine) {
	n.t.Helper()
	n.startAlone(m)
	if err := n.house.Store().Ready(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
}

// startAlone is start where no PostgreSQL needs to be there.
func (n *node) startAlone(m *configs.Machine) {
	n.t.Helper()
	ready := make(chan struct{})
	h, err := house.New(m, house.Options{
		Log: slog.New(slog.NewTextHandler(n.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Ready: func() { close(ready) },
		Watch: func(_, is call.Call, _ []fmc.Fact) {
			select {
			case n.steps <- is:
			default:
			}
		},
	})
	if err != nil {
		n.t.Fatal(err)
	}
	n.house = h
	ctx, cancel := context.WithCancel(context.Background())
	hurry, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- h.Run(ctx, hurry) }()
	n.stop = sync.OnceValue(func() error {
		close(hurry)
		cancel()
		return <-done
	})
	n.t.Cleanup(func() {
		if err := n.stop(); err != nil {
			n.t.Errorf("the house stopped with %v", err)
		}
		if n.t.Failed() {
			n.t.Log(n.log)
		}
	})
	select {
	case <-ready:
	case err := <-done:
		done <- err
		n.t.Fatalf("the house did not start: %v\n%s", err, n.log)
	case <-n.t.Context().Done():
	}
}

// write writes a file in the node's folder and returns its path.
func (n *node) write(name, text string) string {
	n.t.Helper()
	path := filepath.Join(n.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
	return path
}

// said is what a command line wrote and how it ended.
type said struct {
	out, err string
	code     int
}

func (s said) String() string {
	text := fmt.Sprintf("exit code %d\n", s.code)
	if s.out != "" {
		text += "--- out\n" + s.out
	}
	if s.err != "" {
		text += "--- err\n" + s.err
	}
	return text
}

// run runs a command line against the node.
func (n *node) run(args ...string) said {
	n.t.Helper()
	return runWith(n.t, "", append([]string{"--config", n.config}, args...)...)
}

// must is run for a command line that must succeed.
func (n *node) must(args ...string) string {
	n.t.Helper()
	s := n.run(args...)
	if s.code != exitOK {
		n.t.Fatalf("roadline %s: %s", strings.Join(args, " "), s)
	}
	return s.out
}

// sunday is when the tests of commands without a server are: a Sunday in Moscow.
var sunday = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

// runWith runs a command line with something on its standard input.
func runWith(t *testing.T, in string, args ...string) said {
	t.Helper()
	var out, errs bytes.Buffer
	p := &program{in: strings.NewReader(in), out: &out, err: &errs, zone: time.UTC, now: func() time.Time { return sunday }}
	code := p.execute(t.Context(), args)
	return said{out.String(), errs.String(), code}
}

// golden compares with a file of testdata; what differs from run to run is replaced first.
func golden(t *testing.T, name, text string) {
	t.Helper()
	text = regexp.MustCompile(`/tmp/roadline-node-[0-9]+`).ReplaceAllString(text, "<folder>")
	text = regexp.MustCompile(`20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}`).ReplaceAllStringFunc(text, func(at string) string {
		if t, err := time.Parse(time.DateTime, at); err != nil || time.Since(t).Abs() > time.Hour {
			return at
		}
		return "<just now, in UTC.>" // as long, for the columns
	})
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, wants := strings.Split(text, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(got), len(wants)) {
		if a, b := lineOf(got, i), lineOf(wants, i); a != b {
			t.Fatalf("%s:%d is otherwise (-update writes it anew):\n%s\nwant\n%s", file, i+1, a, b)
		}
	}
}

func lineOf(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing more)"
}

// acmeFile is a company of two people and a menu.
const acmeFile = `# Acme, as its administrator wrote it.
company: acme
name: Acme
country: RU
timezone: Europe/Moscow
numbers:
  - {e164: "+74951234567", trunk: carrier-a, scenario: main, proof: {contract: "17", from: 2026-01-01}}
employees:
  - {id: ivanov, name: Ivan, extension: "201", groups: [sales], account: {sip: ivanov-desk}}
  - {id: petrov, name: Pyotr, extension: "202", groups: [sales], mobile: "+79167654321"}   # on the road
groups:
  - {id: sales, strategy: hunt}
scenarios:
  main:
    - menu: {keys: {"1": {ring: sales}}, default: {ring: sales}}
recording: {policy: all}
tests:
  - {name: petrov takes the second ring, at: "2026-11-23 10:00", from: "+79120000001", to: "+74951234567", keys: "1", expect: {reaches: petrov, within: 40s}}
`

// betaFile is another company, with other ids and the same shape.
var betaFile = strings.NewReplacer("acme", "beta", "Acme", "Beta", "+74951234567", "+74952222222", "ivanov-desk", "orlov-desk", "ivanov", "orlov", "petrov", "serova", "+79167654321", "+79169999999").Replace(acmeFile)

// apply applies a file and returns what was said.
func (n *node) apply(name, text string, flags ...string) said {
	n.t.Helper()
	return n.run(append([]string{"apply", n.write(name, text), "--author", "tester", "--reason", "a test"}, flags...)...)
}
