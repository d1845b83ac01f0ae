package housetest

import (
	"cmp"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/bound"
)

// scenarios are SIPp's. [rtp] is the port of a Voice, given by -key.
//
//go:embed sipp/*.xml
var scenarios embed.FS

// Peer is one SIPp that runs.
type Peer struct {
	Port int
	t    testing.TB
	cmd  *exec.Cmd
	done chan error
	log  string
	out  strings.Builder
}

// Run is how SIPp plays a scenario.
type Run struct {
	Scenario string            // a file of sipp/ without .xml
	Port     int               // its own; 0: a free one
	Host     string            // its own address; empty: 127.0.0.1, which the house takes for the carrier's
	To       string            // address of the house, for scenarios that call
	Number   string            // whom it calls
	From     string            // who calls
	Diverted string            // of patient: the number whose network diverted the call here; empty: none did
	Hangs    time.Duration     // how long after the answer it hangs up
	Reason   string            // of patient's hanging up: a Reason header's value; empty: it has none
	Answers  time.Duration     // how long a mobile rings before it is answered
	Keys     map[string]string // more of the scenario's keys
	Voice    *Voice            // whose sound the calls have; nil: nobody's
	Echo     bool              // every call hears itself
	Voices   bool              // of mobiles: the number called names the port of each one's own, see MobileOf
	Calls    int               // how many; 0: one
	Rate     int               // calls a second; 0: 10
	TCP      bool
	Args     []string
}

// MobileOf is the number of a mobile whose sound is a Voice and whose last digit says what it does: see mobile.xml.
func MobileOf(v *Voice, does byte) string { return fmt.Sprintf("+7916%05d0%c", v.Port(), does) }

// SIPp starts a SIPp. It is stopped when the test ends.
func SIPp(t testing.TB, r Run) *Peer {
	t.Helper()
	program, err := exec.LookPath("sipp")
	if err != nil {
		t.Fatal("sipp is missing: apt install sip-tester, or run make setup")
	}
	dir := t.TempDir()
	xml, err := scenarios.ReadFile("sipp/" + r.Scenario + ".xml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, r.Scenario+".xml")
	text := string(xml)
	if r.Voices {
		text = strings.ReplaceAll(text, "[rtp]", "[$voice]")
	}
	reason := ""
	if r.Reason != "" {
		reason = "\nReason: " + r.Reason
	}
	text = strings.ReplaceAll(text, "{reason}", reason)
	diverted := ""
	if r.Diverted != "" {
		diverted = "\nDiversion: <sip:" + r.Diverted + "@127.0.0.1>;reason=user-busy"
	}
	text = strings.ReplaceAll(text, "{diverted}", diverted)
	text = strings.ReplaceAll(text, "[caller]", r.From)                                  // it may hold keys itself
	for k, v := range map[string]time.Duration{"hangs": r.Hangs, "answers": r.Answers} { // SIPp reads its times before its keys
		text = strings.ReplaceAll(text, "{"+k+"}", strconv.Itoa(int(max(v, time.Millisecond).Milliseconds())))
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &Peer{t: t, Port: r.Port, log: filepath.Join(dir, "messages.log"), done: make(chan error, 1)}
	ports := Ports(t)
	if p.Port == 0 {
		p.Port = ports
	}
	media := ports + 2
	args := []string{
		"-sf", file, "-i", cmp.Or(r.Host, "127.0.0.1"), "-p", strconv.Itoa(p.Port), "-r", strconv.Itoa(max(1, r.Rate)), "-timeout", "300", "-nostdin",
		"-aa", "-trace_msg", "-message_file", p.log, "-trace_err", "-error_file", filepath.Join(dir, "errors.log"), "-mp", strconv.Itoa(media),
	}
	if r.To != "" { // who is called counts no calls: an OPTIONS would be one
		args = append([]string{r.To, "-m", strconv.Itoa(max(1, r.Calls))}, args...)
	}
	if r.Number != "" {
		args = append(args, "-s", r.Number)
	}
	if r.TCP {
		args = append(args, "-t", "t1")
	}
	keys := map[string]string{"rtp": "9"}
	if r.Voice != nil {
		keys["rtp"] = strconv.Itoa(r.Voice.Port())
	}
	if r.Echo {
		keys["rtp"] = strconv.Itoa(media)
		args = append(args, "-rtp_echo")
	}
	for k, v := range r.Keys {
		keys[k] = v
	}
	for k, v := range keys {
		args = append(args, "-key", k, v)
	}
	p.cmd = exec.Command(program, append(args, r.Args...)...)
	p.cmd.Dir = dir
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := bound.Begin(p.cmd); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(p.Stop)
	if r.To == "" {
		p.ready(r.TCP)
	}
	return p
}

// ready waits until it can be called.
func (p *Peer) ready(tcp bool) {
	p.t.Helper()
	protocol := "udp"
	if tcp {
		protocol = "tcp"
	}
	Await(p.t, fmt.Sprintf("%v to listen", p), func() bool {
		select {
		case err := <-p.done:
			p.done <- err
			p.t.Fatalf("%v did not start: %v\n%s", p, err, tail(p.out.String(), 1500))
		default:
		}
		return inUse(protocol, p.Port, 1)
	})
}

// Wait waits until SIPp has played all its calls, and fails the test where one of them failed.
func (p *Peer) Wait() {
	p.t.Helper()
	if err := p.End(); err != nil {
		errors, _ := os.ReadFile(filepath.Join(filepath.Dir(p.log), "errors.log"))
		p.t.Fatalf("sipp: %v\n%s\n%s", err, errors, tail(p.out.String(), 1500))
	}
}

// End waits until SIPp has ended, however its calls came out. An error says that one of them failed.
func (p *Peer) End() error {
	p.t.Helper()
	select {
	case err := <-p.done:
		p.done <- err
		return err
	case <-time.After(2 * Within):
		p.t.Fatalf("sipp did not end\n%s", tail(p.out.String(), 1500))
		return nil
	}
}

// Stop ends SIPp.
func (p *Peer) Stop() {
	select {
	case err := <-p.done:
		p.done <- err
	default:
		_ = p.cmd.Process.Kill()
		p.done <- <-p.done
	}
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// Message is one SIP message as SIPp saw it.
type Message struct {
	At       time.Time
	Received bool
	Text     string
}

// First is the message's first line.
func (m Message) First() string {
	line, _, _ := strings.Cut(m.Text, "\r\n")
	return line
}

// Header returns the value of a header; "" where there is none.
func (m Message) Header(name string) string {
	for _, line := range strings.Split(m.Text, "\r\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

var messageHead = regexp.MustCompile(`(?m)^-{20,} (\d{4}-\d\d-\d\d)[ \t]+(\d\d:\d\d:\d\d\.\d+)\n(?:UDP|TCP) message (sent|received)[^\n]*\n\n`)

// Messages returns what SIPp sent and received so far.
func (p *Peer) Messages() []Message {
	p.t.Helper()
	b, err := os.ReadFile(p.log)
	if err != nil {
		return nil
	}
	text := string(b)
	heads := messageHead.FindAllStringSubmatchIndex(text, -1)
	var all []Message
	for i, h := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		at, err := time.ParseInLocation("2006-01-02 15:04:05.000000", text[h[2]:h[3]]+" "+text[h[4]:h[5]], time.Local)
		if err != nil {
			p.t.Fatalf("time of a message of sipp: %v", err)
		}
		all = append(all, Message{At: at, Received: text[h[6]:h[7]] == "received", Text: text[h[1]:end]})
	}
	return all
}

// Saw reports whether it has sent or received a message whose first line begins so.
func (p *Peer) Saw(begins string) bool {
	return slices.ContainsFunc(p.Messages(), func(m Message) bool { return strings.HasPrefix(m.First(), begins) })
}

// Got returns the first message received whose first line begins so.
func (p *Peer) Got(begins string) (Message, bool) {
	for _, m := range p.Messages() {
		if m.Received && strings.HasPrefix(m.First(), begins) {
			return m, true
		}
	}
	return Message{}, false
}

func (p *Peer) String() string { return fmt.Sprintf("sipp on port %d", p.Port) }
