package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/document"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/store/storetest"
)

// The calls of the tests, a day apart.
const (
	missedCall   = fmc.CallID("019aa000-0000-7000-8000-000000000001")
	answeredCall = fmc.CallID("019aa000-0000-7000-8000-000000000002")
	foreignCall  = fmc.CallID("019aa000-0000-7000-8000-000000000003")
	otherRules   = fmc.CallID("019aa000-0000-7000-8000-000000000004")
	roadCall     = fmc.CallID("019aa000-0000-7000-8000-000000000005")
)

var monday = time.Date(2026, time.November, 16, 7, 0, 0, 0, time.UTC)

// happened has a call happen: rehearsed by the real rules on a company as it stands, its facts drained as a node's are.
func (n *node) happened(c *fmc.Company, id fmc.CallID, at time.Time, s call.Supposed, more ...fmc.Happening) {
	n.t.Helper()
	r, err := s.Request(c)
	if err != nil {
		n.t.Fatal(err)
	}
	script, err := s.Script(c)
	if err != nil {
		n.t.Fatal(err)
	}
	r.Call = id
	facts := call.Rehearse(c, call.Quiet(c, nil), r, at, script).Facts
	for _, body := range more {
		facts = append(facts, fmc.Fact{Company: c.Profile.ID, Call: id, At: facts[len(facts)-1].At, Body: body})
	}
	n.drain(facts)
}

// drain brings facts into the node's store.
func (n *node) drain(facts []fmc.Fact) {
	n.t.Helper()
	storetest.BringIn(n.t, n.house.Store(), facts...)
}

// until waits for something that tells nobody when it is so.
func (n *node) until(what string, so func() bool) {
	n.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !so() {
		select {
		case <-tick.C:
		case <-deadline:
			n.t.Fatalf("never came: %s\n%s", what, n.log)
		}
	}
}

// company is a company as the node serves it.
func (n *node) company(id fmc.CompanyID) *fmc.Company {
	n.t.Helper()
	c, ok := n.house.Directory().Company(id)
	if !ok {
		n.t.Fatalf("no company %s", id)
	}
	return c
}

// filled is a node with two companies that each had calls.
func filled(t *testing.T) *node {
	t.Helper()
	n := newNode(t)
	for name, text := range map[string]string{"acme.yaml": acmeFile, "beta.yaml": betaFile} {
		if s := n.apply(name, text); s.code != exitOK || !strings.Contains(s.out, "in force") {
			t.Fatal(s)
		}
	}
	acme, beta := n.company("acme"), n.company("beta")
	n.happened(acme, missedCall, monday, call.Supposed{From: "+79120000001", Keys: "1"})
	kept := fmc.Kept{File: "acme/2026-11-17/" + string(answeredCall) + ".wav", Bytes: 4, SHA256: "-", Length: 20 * time.Second}
	n.happened(acme, answeredCall, monday.AddDate(0, 0, 1), call.Supposed{From: "+79120000002", Keys: "1", Answers: []string{"petrov"}}, kept)
	n.happened(beta, foreignCall, monday.AddDate(0, 0, 2), call.Supposed{From: "+79120000003", Answers: []string{"serova"}},
		fmc.Kept{File: "beta/2026-11-18/" + string(foreignCall) + ".wav"})
	for _, file := range []string{kept.File, "beta/2026-11-18/" + string(foreignCall) + ".wav"} {
		path := filepath.Join(n.dir, "data", "recordings", file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("RIFF"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n.drain(cardFacts())
	return n
}

func TestCallsAreListedAndShown(t *testing.T) {
	n := filled(t)
	var all strings.Builder
	for _, line := range []string{
		"calls acme", "calls acme --status missed", "calls acme --from 2026-11-17 --to 2026-11-18", "calls acme --client +79120000002 --employee petrov",
		"calls acme --limit 1", "calls acme --limit 1 --after 2026-11-17T07:00:00Z," + string(answeredCall), "calls acme --direction outbound",
		"calls acme --direction sideways", "calls acme --limit 0", "calls acme --after x", "calls acme --from noon", "calls acme --live",
		"call show --company acme " + string(answeredCall), "call show --company acme " + string(missedCall),
	} {
		s := n.run(strings.Fields(line)...)
		all.WriteString("# " + line + "\n" + s.String() + "\n")
	}
	golden(t, "calls", all.String())
}

func TestHowALegSoundedIsTold(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	quality := &fmc.LegQuality{Setup: 2500 * time.Millisecond, MOS: 389, Heard: 12 * time.Second, Spoke: 9 * time.Second, SignalDBm: -71, Lost: 3}
	id := fmc.CallID("019ac000-0000-7000-8000-000000000001")
	n.happened(n.company("acme"), id, monday, call.Supposed{From: "+79120000001", Keys: "1", Answers: []string{"petrov"}},
		fmc.LegIs{Leg: fmc.LegID{Call: id, N: 1}, Link: fmc.Gone, Quality: quality}, fmc.LegIs{Leg: fmc.LegID{Call: id, N: 2}, Link: fmc.Gone, Quality: &fmc.LegQuality{}})
	out := n.must("call", "show", string(id))
	for _, want := range []string{
		"sound of client: MOS 3.89, rang after 2.5s, heard 12.0s of speech, spoke 9.0s, signal -71 dBm, 3 frames lost\n",
		"sound of ivanov/sip: MOS -, rang after -, heard 0.0s of speech, spoke 0.0s, signal -, 0 frames lost\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

func TestTheSoundOfACallIsHandedOut(t *testing.T) {
	n := filled(t)
	if out := n.must("call", "recording", "--company", "acme", string(answeredCall)); out != "RIFF" {
		t.Fatalf("%q", out)
	}
	file := filepath.Join(n.dir, "x.wav")
	n.must("call", "recording", "--company", "acme", string(answeredCall), "-w", file)
	if b, err := os.ReadFile(file); err != nil || string(b) != "RIFF" {
		t.Fatalf("%q, %v", b, err)
	}
	if !strings.Contains(n.log.String(), `msg="recording looked at" company=acme call=`+string(answeredCall)) {
		t.Error("nothing tells that it was looked at")
	}
	s := n.run("call", "recording", "--company", "acme", string(missedCall))
	if s.code != exitFailed || !strings.Contains(s.err, "has no recording") {
		t.Error(s)
	}
}

func TestNoPathLeadsOutOfACompanysRecordings(t *testing.T) {
	n := filled(t)
	outside := n.write("secret.wav", "secret")
	recordings := filepath.Join(n.dir, "data", "recordings")
	if err := os.Symlink(outside, filepath.Join(recordings, "acme", "link.wav")); err != nil {
		t.Fatal(err)
	}
	for i, file := range []string{
		"../secret.wav", "acme/../../../secret.wav", outside, "acme/link.wav", "beta/2026-11-18/" + string(foreignCall) + ".wav",
		"acme/../beta/2026-11-18/" + string(foreignCall) + ".wav", "", "acme", "acme/nothing.wav", "acme/\x00",
	} {
		id := fmc.CallID(fmt.Sprintf("019ab000-0000-7000-8000-%012d", i))
		n.happened(n.company("acme"), id, monday, call.Supposed{From: "+79120000001"}, fmc.Kept{File: file})
		if s := n.run("call", "recording", "--company", "acme", string(id)); s.code != exitFailed || s.out != "" {
			t.Errorf("%q: %s", file, s)
		}
	}
}

func TestAStoredCallIsDecidedAgain(t *testing.T) {
	n := filled(t)
	// Decided by rules that this build does not have: as if sales rang all at once in the generation that is stored.
	other := *n.company("acme")
	other.Groups = append([]fmc.Group{}, other.Groups...)
	other.Groups[0].Strategy = fmc.RingAll
	n.happened(&other, otherRules, monday, call.Supposed{From: "+79120000004", Keys: "1"})
	var all strings.Builder
	for _, id := range []fmc.CallID{answeredCall, otherRules} {
		all.WriteString(n.run("explain", "--company", "acme", "--call", string(id)).String() + "\n")
	}
	golden(t, "again", all.String())
	// The stored words are not what it says: a plan that was altered in the store comes out different.
	var x document.Again
	if err := json.Unmarshal([]byte(n.must("explain", "--company", "acme", "--call", string(answeredCall), "-o", "json")), &x); err != nil || !x.Same || len(x.Plans) != 2 {
		t.Fatalf("%+v, %v", x, err)
	}
}

func TestACallIsDecidedAgainOnTheVersionItWasDecidedOn(t *testing.T) {
	n := filled(t)
	n.must("apply", n.write("acme.yaml", strings.Replace(acmeFile, "strategy: hunt", "strategy: ring-all", 1)), "--reason", "all at once", "--override", "later")
	if s := n.run("explain", "--company", "acme", "--call", string(answeredCall)); s.code != exitOK || !strings.Contains(s.out, "generation 1,") {
		t.Fatal(s)
	}
}

func TestExplainOnTheServerSeesWhoIsBusyAndWhichPhonesAreThere(t *testing.T) {
	n := filled(t)
	out := n.must("explain", "--company", "acme", "--from", "+79120000001", "--keys", "1")
	for _, want := range []string{"generation 1, at ", "live world", "sip:ivanov-desk is not ready: no phone is registered", "petrov/mobile"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if s := n.run("explain", "--company", "acme", "--from", "nonsense"); s.code != exitFailed || !strings.Contains(s.err, "nonsense") {
		t.Error(s)
	}
	quiet := n.must("explain", "--company", "acme", "--at", "2026-11-23 10:00", "--keys", "1")
	if !strings.Contains(quiet, "quiet world") || !strings.Contains(quiet, "sip:ivanov-desk is ready") {
		t.Error(quiet)
	}
	if s := n.run("explain"); s.code != exitUsage || !strings.Contains(s.err, "which company? there are acme, beta") {
		t.Error(s)
	}
}

// caller is a carrier's side of one call, by hand.
type caller struct {
	t      *testing.T
	socket net.PacketConn
	to     net.Addr
	id     string
	tag    string // of the other side
	target string
}

func (c *caller) send(method, target, more, body string) {
	c.t.Helper()
	at := c.socket.LocalAddr()
	text := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%s;rport\r\nMax-Forwards: 70\r\nFrom: <sip:+79120000009@%s>;tag=x\r\nTo: <sip:+74951234567@roadline>%s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:carrier@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, target, at, c.id, method, at, c.tag, c.id, map[string]string{"INVITE": "1 INVITE", "ACK": "1 ACK", "BYE": "2 BYE"}[method], at, more, len(body), body)
	if _, err := c.socket.WriteTo([]byte(text), c.to); err != nil {
		c.t.Fatal(err)
	}
}

var (
	toTag   = regexp.MustCompile(`(?im)^To:.*(;tag=[^;\r\n]+)`)
	contact = regexp.MustCompile(`(?im)^Contact:\s*<([^>]+)>`)
)

// answered waits for the 200 of a method.
func (c *caller) answered(method string) {
	c.t.Helper()
	buffer := make([]byte, 65536)
	for {
		if err := c.socket.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			c.t.Fatal(err)
		}
		n, _, err := c.socket.ReadFrom(buffer)
		if err != nil {
			c.t.Fatalf("no answer to %s: %v", method, err)
		}
		text := string(buffer[:n])
		if strings.HasPrefix(text, "SIP/2.0 200") && bytes.Contains(buffer[:n], []byte(" "+method)) {
			c.tag = toTag.FindStringSubmatch(text)[1]
			if m := contact.FindStringSubmatch(text); m != nil {
				c.target = m[1]
			}
			return
		}
	}
}

func TestARealCallIsSeenLiveThenListedAndDecidedAgain(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	to := n.house.Addrs().UDP[0]
	c := &caller{t: t, socket: socket, to: net.UDPAddrFromAddrPort(to), id: "by-hand"}
	c.send("INVITE", "sip:+74951234567@"+to.String(), "Content-Type: application/sdp\r\n",
		"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9000 RTP/AVP 8\r\n")
	c.answered("INVITE")
	c.send("ACK", c.target, "", "")
	var live []cabinet.LiveShown
	n.until("the call is live", func() bool {
		if err := json.Unmarshal([]byte(n.must("calls", "acme", "--live", "-o", "json")), &live); err != nil {
			t.Fatal(err)
		}
		return len(live) == 1 && live[0].Doing == "say" && live[0].Parties[0].Link == fmc.Up
	})
	if live[0].From != "+79120000009" || live[0].To != "+74951234567" || live[0].Direction != "inbound" {
		t.Errorf("%+v", live)
	}
	if out := n.must("calls", "--live"); !strings.Contains(out, string(live[0].ID)) {
		t.Error(out)
	}
	if out := n.must("version"); !strings.Contains(out, "calls    1\n") {
		t.Error(out)
	}
	c.send("BYE", c.target, "", "")
	c.answered("BYE")
	var page cabinet.CallsShown
	n.until("the call is in PostgreSQL", func() bool {
		if err := json.Unmarshal([]byte(n.must("calls", "acme", "--status", string(fmc.StatusAbandoned), "-o", "json")), &page); err != nil {
			t.Fatal(err)
		}
		return len(page.Calls) == 1
	})
	if x := page.Calls[0]; x.ID != live[0].ID || x.Client != "+79120000009" || x.Cause != cause.Hangup.String() {
		t.Errorf("%+v", x)
	}
	if s := n.run("explain", "--call", string(live[0].ID)); s.code != exitOK || !strings.Contains(s.out, "the same to the last byte") {
		t.Error(s)
	}
}
