package demo

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/cmd/roadline/demo/outside"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/store"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// show is a screen of a test, whose clock the test turns.
type show struct {
	*screen
	t   *testing.T
	out bytes.Buffer
	now time.Time
}

func newShow(t *testing.T, terminal bool) *show {
	t.Helper()
	company, err := configs.ReadCompany("acme.yaml", companyFile)
	if err != nil {
		t.Fatal(err)
	}
	s := &show{t: t, now: noon}
	s.screen = newScreen(Screen{
		Out: &s.out, Terminal: terminal, Zone: time.UTC, Now: func() time.Time { return s.now }, Size: func() (int, int) { return 100, 6 },
	}, company)
	return s
}

// at shows how a call is at a moment, and paints.
func (s *show) at(d time.Duration, c call.Call) {
	s.t.Helper()
	s.now = noon.Add(d)
	c.Now = s.now.Sub(c.Began)
	s.saw(c)
	if err := s.paint(); err != nil {
		s.t.Fatal(err)
	}
}

// golden holds what was shown against a file; escapes are written so that they can be read.
func (s *show) golden(name string) {
	s.t.Helper()
	got := strings.ReplaceAll(s.out.String(), "\x1b", "ESC")
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		s.t.Errorf("%s: %v; with -update it becomes\n%s", file, err, got)
	}
}

func number(e164 string) callerid.Number { return callerid.Number{E164: e164, Country: "RU"} }

func leg(c call.Call, n int) fmc.LegID { return fmc.LegID{Call: c.ID, N: n} }

// at puts a call at a node, with these tries running.
func at(c call.Call, n plan.Node, tries ...call.Attempt) call.Call {
	c.Threads = []call.Thread{{Plan: plan.Plan{Nodes: []plan.Node{n}}, Tries: tries}}
	return c
}

// incoming is a client's call from notice to talk, step by step.
func incoming() (steps []call.Call) {
	c := call.New("a", noon, plan.Request{Direction: fmc.Inbound, From: number("+79120000001"), To: number("+74951234567")})
	client := call.Party{Leg: leg(c, 1), Role: fmc.Client, Link: fmc.Up}
	phone := call.Party{Leg: leg(c, 2), Role: fmc.Worker, Link: fmc.Dialing, Who: call.Who{Employee: "ivanov", Device: "ivanov/sip"}}
	mobile := call.Party{Leg: leg(c, 3), Role: fmc.Worker, Link: fmc.Alerting, Who: call.Who{Employee: "petrova", Device: "petrova/mobile"}}
	step := func(x call.Call, parties ...call.Party) {
		x.Parties = append([]call.Party{client}, parties...)
		steps = append(steps, x)
	}
	step(c)
	step(at(c, plan.Node{Do: plan.Ask}))
	step(at(c, plan.Node{Do: plan.Say, Notice: true, Say: "recording-notice"}))
	step(at(c, plan.Node{Do: plan.Gather, Say: "welcome"}))
	step(at(c, plan.Node{Do: plan.Say, Say: "queue-position+number/2"}))
	step(at(c, plan.Node{Do: plan.Wait, Group: "sales"}))
	ring := at(c, plan.Node{Do: plan.Ring, Group: "sales"}, call.Attempt{State: call.Reserved, Leg: leg(c, 2)}, call.Attempt{State: call.Ringing, Leg: leg(c, 3)}, call.Attempt{State: call.Planned})
	step(ring, phone, mobile)
	phone.Link, mobile.Link, mobile.Assent = fmc.Alerting, fmc.Up, fmc.Awaited
	step(ring, phone, mobile)
	mobile.Assent = fmc.Granted
	talk := at(c, plan.Node{Do: plan.Talk})
	step(talk, mobile)
	talk.Wiring.Talks = []call.Talk{{Legs: []fmc.LegID{leg(c, 1), leg(c, 3)}, Tape: true}}
	step(talk, mobile)
	talk.End = &call.Ending{Cause: cause.Of(cause.Hangup)}
	talk.Wiring = call.Wiring{}
	step(talk)
	return steps
}

func answered() fmc.Record {
	return fmc.Record{
		ID: "a", Status: fmc.StatusAnswered, Opened: fmc.Opened{Began: noon, Direction: fmc.Inbound, From: number("+79120000001")},
		Times: fmc.Times{Answered: 9 * time.Second, Ended: 31 * time.Second, Talked: 22 * time.Second}, Who: fmc.Who{Employee: "petrova"},
		Recording: fmc.RecordingEntry{State: fmc.TapeReady, Kept: &fmc.Kept{File: "acme/2026-11-23/a.wav", Length: 31 * time.Second}},
	}
}

// play shows a client's call, beside a call out that only begins.
func (s *show) play() {
	s.t.Helper()
	s.say("Acme Construction is served.")
	out := call.New("b", noon.Add(2*time.Second), plan.Request{Direction: fmc.Outbound, To: number("+79120000002"), Employee: "orlova", Dialled: "89120000002"})
	for i, step := range incoming() {
		s.at(time.Duration(i)*time.Second, step)
		if i == 2 {
			rings := at(out, plan.Node{Do: plan.Ring}, call.Attempt{State: call.Ringing, Leg: leg(out, 2)})
			rings.Parties = []call.Party{{Leg: leg(out, 2), Role: fmc.Client, Link: fmc.Alerting}}
			s.at(2500*time.Millisecond, rings)
		}
	}
	s.ended("a", answered())
	s.say("A hint.")
	if err := s.paint(); err != nil {
		s.t.Fatal(err)
	}
}

func TestEachChangeOfACallIsALineWhereThereIsNoTerminal(t *testing.T) {
	s := newShow(t, false)
	s.play()
	s.golden("plain.golden")
}

func TestOnATerminalACallKeepsItsLine(t *testing.T) {
	s := newShow(t, true)
	s.play()
	s.golden("terminal.golden")
}

func TestATerminalIsPaintedOnlyAsFarAsItCanBePaintedOver(t *testing.T) {
	s := newShow(t, true)
	for _, id := range []fmc.CallID{"1", "2", "3", "4", "5", "6", "7"} {
		c := call.New(id, noon, plan.Request{Direction: fmc.Inbound, From: number("+79120000001")})
		s.at(0, at(c, plan.Node{Do: plan.Mail, Group: fmc.GroupID(strings.Repeat("x", 200))}))
	}
	s.out.Reset()
	if err := s.paint(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(s.out.String(), "\n"), "\n")
	if len(lines) != 4 {
		t.Errorf("%d lines on a terminal of 6: %q", len(lines), lines)
	}
	for _, line := range lines[1:] {
		if len([]rune(line)) > 99 {
			t.Errorf("a line of %d on a terminal of 100 wraps: %q", len([]rune(line)), line)
		}
	}
}

func TestWhatCameOfACallIsSaid(t *testing.T) {
	w := newShow(t, false).words
	lost := cause.Because(cause.Lost, "The modem ec25 was lost in the call.")
	refused := cause.Because(cause.Refused, "Calls abroad are not allowed.")
	for _, row := range []struct {
		r    fmc.Record
		want string
	}{
		{answered(), "answered: Anna Petrova after 9 s, for 22 s"},
		{fmc.Record{Status: fmc.StatusAnswered, Opened: fmc.Opened{Direction: fmc.Outbound}, Who: fmc.Who{Employee: "orlova"}, Times: fmc.Times{Talked: time.Second}}, "answered: Maria Orlova talked for 1 s"},
		{fmc.Record{Status: fmc.StatusAnswered, Opened: fmc.Opened{Direction: fmc.Inbound}, Who: fmc.Who{Employee: "volkov"}, Cause: lost}, "answered: Pavel Volkov after 0 s, for 0 s: the modem ec25 was lost in the call"},
		{fmc.Record{Status: fmc.StatusVoicemail, Mail: []fmc.Mailed{{Group: "support"}}}, "voicemail for Support"},
		{fmc.Record{Status: fmc.StatusVoicemail, Mail: []fmc.Mailed{{Employee: "kuzmin"}}}, "voicemail for Denis Kuzmin"},
		{fmc.Record{Status: fmc.StatusAbandoned, Times: fmc.Times{Ended: 2 * time.Second}}, "hung up before anybody was rung, after 2 s"},
		{fmc.Record{Status: fmc.StatusMissed, Times: fmc.Times{Ended: 12 * time.Second}}, "missed: nobody talked to them in 12 s"},
		{fmc.Record{Status: fmc.StatusNotAnswered, Cause: cause.Of(cause.Busy)}, "not answered: the line was busy"},
		{fmc.Record{Status: fmc.StatusRefused, Cause: refused}, "refused: calls abroad are not allowed"},
	} {
		if got := w.came(row.r); got != row.want {
			t.Errorf("%q, want %q", got, row.want)
		}
	}
}

func TestThatSomebodyIsReachedBySIMIsSaid(t *testing.T) {
	s := newShow(t, false)
	c := call.New("x", noon, plan.Request{Direction: fmc.Inbound, From: number("+79120000001")})
	rings := at(c, plan.Node{Do: plan.Ring}, call.Attempt{State: call.Ringing, Leg: leg(c, 2)})
	rings.Parties = []call.Party{{Leg: leg(c, 2), Role: fmc.Worker, Link: fmc.Alerting, Line: "sim:8970199000000000015", Who: call.Who{Employee: "petrova", Device: "petrova/mobile"}}}
	if got := s.words.doing(rings); got != "Anna Petrova (mobile by SIM) rings" {
		t.Errorf("%q", got)
	}
}

// TestTheLedgerKnowsWhatTheServerCannotKnow has two clients call cards: one is busy, one rings.
func TestTheLedgerKnowsWhatTheServerCannotKnow(t *testing.T) {
	l := newLedger(newShow(t, false).screen, nil)
	l.saw(outside.Seen{Number: "+79120000001", Air: true, Cause: cause.Of(cause.Busy)})
	l.saw(outside.Seen{Number: "+79120000002", Air: true, Rang: time.Second})
	said := strings.Join(l.summary(Options{}, []string{"texts"}), "\n")
	if !strings.Contains(said, "   1  calls made\n") || !strings.Contains(said, "   1  calls more to SIM cards that were busy or away") || !strings.Contains(said, "\ntexts\n") {
		t.Errorf("%s", said)
	}
}

// TestATextIsShownWhenItIsWholeAndAgainNever has a text come in parts, and its answer go out.
func TestATextIsShownWhenItIsWholeAndAgainNever(t *testing.T) {
	s := newShow(t, false)
	p := newPost(s.screen)
	p.wrote()
	in := store.MessageLine{ID: "1", In: true, Peer: "+79120000001", Number: "+79990000001", State: fmc.MessageReceived, Text: "Hello", Missing: []int{2}}
	out := store.MessageLine{ID: "2", Peer: "+79120000001", Number: "+79990000001", State: fmc.MessageSent, Text: strings.Repeat("long ", 20)}
	if p.news(in) || p.news(out) || !p.pending() {
		t.Error("half a text is shown, or one on its way")
	}
	in.Missing, out.State = nil, fmc.MessageDelivered
	if !p.news(in) || !p.news(out) || p.news(in) || p.news(out) || p.pending() {
		t.Error("a text is not shown once")
	}
	if err := s.paint(); err != nil {
		t.Fatal(err)
	}
	want := "12:00:00  sms  +79120000001  to +79990000001: Hello\n" +
		"12:00:00  sms  +79120000001  delivered from +79990000001: " + strings.Repeat("long ", 11) + "long…\n"
	if got := s.out.String(); got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	if got := p.summary(1); len(got) != 2 || !strings.Contains(got[0], "1  texts written to the company, 1 of them kept; 1 answered, 1 of the answers delivered") {
		t.Errorf("%q", got)
	}
}

func TestARecordThatIsNotFoundIsSaid(t *testing.T) {
	s := newShow(t, false)
	l := newLedger(s.screen, func(int, fmc.Record) { t.Error("recorded") })
	c := call.New("x", noon, plan.Request{Direction: fmc.Inbound, From: number("+79120000001")})
	s.at(0, at(c, plan.Node{Do: plan.Gather}))
	l.ended("x")
	for range looks {
		if l.pending() != 1 {
			t.Fatal("given up too soon")
		}
		l.found("x", fmc.Record{}, errors.New("PostgreSQL is away"))
	}
	if err := s.paint(); err != nil || l.pending() != 0 || !strings.Contains(s.out.String(), "no record of it yet") {
		t.Errorf("%v, %d pending\n%s", err, l.pending(), &s.out)
	}
}
