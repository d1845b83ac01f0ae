package house_test

import (
	"context"
	"crypto/md5" //nolint:gosec // RFC 7616 §3.3: what SIPp 3.6 knows
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/store"
)

const (
	rehearsed  = 24 // companies, each with a call
	atATime    = 12
	mayDiffer  = 500 * time.Millisecond
	rehearseBy = 2026_11_22 // the seed
	password   = "a-long-secret"
)

// TestTheRehearsalSaysWhatHappens rehearses calls of generated companies, has SIPp make them, and compares what SIPp and
// the record saw with what the rehearsal had said before.
func TestTheRehearsalSaysWhatHappens(t *testing.T) {
	var grants strings.Builder
	all := make([]*lone, rehearsed)
	for n := range all {
		grants.WriteString(grant(n))
		all[n] = generate(t, rehearseBy, n)
		if err := all[n].readable(); err != nil {
			t.Fatalf("%v\n%s", err, all[n].file)
		}
	}
	town := housetest.Start(t, housetest.Setup{Grants: grants.String()})
	mobiles := housetest.SIPp(t, housetest.Run{Scenario: "mobile", Port: town.Carrier, Voices: true, Answers: picksUpIn, Hangs: time.Minute})
	for _, it := range all {
		town.Apply(it.file)
		if it.out {
			setPassword(town, it.id, fmc.AccountID(it.supposed.By))
		}
	}
	statuses := map[fmc.Status]int{}
	for from := 0; from < len(all); from += atATime {
		for _, done := range play(town, all[from:min(from+atATime, len(all))]) {
			t.Run(string(done.it.id), func(t *testing.T) {
				done.compare(t, mobiles.Messages())
				if t.Failed() {
					t.Log(done.it.file, done.tell())
				}
			})
			statuses[done.live.Status]++
		}
	}
	t.Logf("%d calls: %v", rehearsed, statuses)
	if len(statuses) < 4 {
		t.Errorf("the calls came out in %d ways only", len(statuses))
	}
}

// setPassword gives an account a password.
func setPassword(town *housetest.Town, company fmc.CompanyID, account fmc.AccountID) {
	t := town.T()
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), housetest.Within)
	defer cancel()
	tenant := town.House.Store().For(company)
	realm, err := tenant.Realm(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ha1 := md5.Sum([]byte(string(account) + ":" + realm + ":" + password)) //nolint:gosec // see the import
	if err := tenant.SetSecret(ctx, account, store.Secret{MD5: hex.EncodeToString(ha1[:])}); err != nil {
		t.Fatal(err)
	}
	town.Await("the password is in force", func() bool {
		a, ok := town.House.Directory().Account(string(account))
		return ok && a.Secret.MD5 != ""
	})
}

// played is one call, as it was rehearsed and as it came.
type played struct {
	it     *lone
	said   call.Rehearsal
	live   fmc.Record
	caller []housetest.Message
}

// play rehearses some calls, then has them made, all at a time.
func play(town *housetest.Town, some []*lone) []played {
	all := make([]played, len(some))
	for i, it := range some {
		all[i] = played{it: it, said: it.rehearse(town)}
	}
	peers := make([]*housetest.Peer, len(some))
	for i := range all {
		peers[i] = all[i].begin(town)
	}
	pressed := map[fmc.CompanyID]bool{}
	town.Await("the calls are over", func() bool {
		over := 0
		for _, c := range town.Seen() {
			for _, it := range some {
				if c.Company != it.id {
					continue
				}
				if c.Over() {
					over++
				} else if it.keys != "" && !pressed[it.id] && atMenu(c) {
					pressed[it.id] = true
					it.client.Press(it.keys)
				}
			}
		}
		return over == len(some)
	})
	for i := range all {
		peers[i].Wait()
		all[i].live, all[i].caller = town.Records(all[i].it.id, 1)[0], peers[i].Messages()
	}
	return all
}

func atMenu(c call.Call) bool {
	return len(c.Threads) > 0 && c.Threads[0].Node().Do == plan.Gather && len(c.Wiring.Hears) > 0
}

// begin has SIPp make the call. The caller hangs up as long after the answer as the rehearsal has it.
func (p *played) begin(town *housetest.Town) *housetest.Peer {
	first := p.said.Record.Legs[0]
	run := housetest.Run{
		Scenario: "client", To: town.SIP.String(), Number: p.it.supposed.To, From: p.it.supposed.From, Voice: p.it.client,
		Hangs: max(first.Gone-first.Up, time.Second),
	}
	if p.it.out {
		run.Scenario, run.Number, run.From = "phone", p.it.supposed.Dial, p.it.supposed.By
		run.Host = "127.0.0.2"
		run.Args = []string{"-au", p.it.supposed.By, "-ap", password}
	}
	return housetest.SIPp(town.T(), run)
}

// began is when SIPp sent the INVITE that became the call.
func (p *played) began() time.Time {
	cseq := "1 INVITE"
	if p.it.out {
		cseq = "2 INVITE" // with the password
	}
	for _, m := range p.caller {
		if !m.Received && strings.HasPrefix(m.First(), "INVITE") && m.Header("CSeq") == cseq {
			return m.At
		}
	}
	return time.Time{}
}

func (p *played) compare(t *testing.T, mobiles []housetest.Message) {
	p.compareCaller(t)
	p.compareRings(t, mobiles)
	said, live := p.said.Record, p.live
	equal(t, "status", said.Status, live.Status)
	equal(t, "cause", said.Cause.Meaning, live.Cause.Meaning)
	equal(t, "who talked", said.Who, live.Who)
	equal(t, "recording", said.Recording.State, live.Recording.State)
	equal(t, "notices", len(said.Recording.Notices), len(live.Recording.Notices))
	equal(t, "a file", said.Recording.State == fmc.TapeReady, live.Recording.Kept != nil)
	equal(t, "messages left", len(said.Mail), len(live.Mail))
	near(t, "answered", said.Times.Answered, live.Times.Answered)
	near(t, "ended", said.Times.Ended, live.Times.Ended)
	near(t, "talked", said.Times.Talked, live.Times.Talked)
	if len(said.Recording.Spans) != len(live.Recording.Spans) {
		t.Errorf("spans: said %+v, came %+v", said.Recording.Spans, live.Recording.Spans)
		return
	}
	for i, s := range said.Recording.Spans {
		l := live.Recording.Spans[i]
		equal(t, "span", s.Kind, l.Kind)
		near(t, "span from", s.From, l.From)
		near(t, "span to", s.To, l.To)
	}
}

// compareCaller compares what the caller's SIPp saw with the first leg of the rehearsal.
func (p *played) compareCaller(t *testing.T) {
	first, began := p.said.Record.Legs[0], p.began()
	up, gone, refused := never, never, ""
	for _, m := range p.caller {
		at := m.At.Sub(began)
		code, isResponse := strings.CutPrefix(m.First(), "SIP/2.0 ")
		switch {
		case at <= 0:
		case isResponse && m.Received && strings.HasPrefix(code, "200") && strings.Contains(m.Header("CSeq"), "INVITE") && up == never:
			up = at
		case isResponse && m.Received && code[0] >= '3' && refused == "":
			refused, gone = code[:3], at
		case strings.HasPrefix(m.First(), "BYE") && gone == never:
			gone = at
		}
	}
	near(t, "the caller's end", first.Gone, gone)
	if p.picksUp(first.Leg) {
		near(t, "the caller's answer", first.Up, up)
	} else {
		near(t, "the caller's answer", never, up)
		want := map[cause.Meaning]string{
			cause.Busy: "486", cause.NoAnswer: "480", cause.Unreachable: "480", cause.Declined: "603", cause.WrongNumber: "404",
			cause.Refused: "403", cause.Congested: "480", cause.Unconfirmed: "480", cause.Hangup: "480",
		}[p.said.Record.Cause.Meaning]
		equal(t, "the caller's final status", want, refused)
	}
}

// picksUp reports whether the rehearsal has a leg answered, which may be at its first instant.
func (p *played) picksUp(id fmc.LegID) bool {
	return slices.ContainsFunc(p.said.Facts, func(f fmc.Fact) bool {
		is, ok := f.Body.(fmc.LegIs)
		return ok && is.Leg == id && is.Link == fmc.Up
	})
}

// compareRings compares which mobiles were called, when, showing which number, and how they were let go.
func (p *played) compareRings(t *testing.T, mobiles []housetest.Message) {
	began, rang := p.began(), invited(mobiles, p.said, p.live)
	if len(rang) != len(p.said.Rings) {
		t.Errorf("said %d devices ring, %d did", len(p.said.Rings), len(rang))
	}
	seen := map[string]int{}
	for _, said := range p.said.Rings {
		number := said.Number.E164
		turn := seen[number]
		seen[number]++
		live, ok := nth(rang, number, turn)
		if !ok {
			t.Errorf("said that %s rings at %v: it did not", number, said.At)
			continue
		}
		near(t, number+" rings", said.At, live[0].At.Sub(began))
		if from := live[0].Header("From"); !strings.Contains(from, "sip:"+said.Shown.From.E164+"@") {
			t.Errorf("%s: said that it sees %s, it saw %s", number, said.Shown.From, from)
		}
		if asserted := live[0].Header("P-Asserted-Identity"); asserted != "" && !strings.Contains(asserted, "sip:"+said.Shown.Asserted.E164+"@") {
			t.Errorf("%s: said that %s is asserted, it was %s", number, said.Shown.Asserted, asserted)
		}
		p.compareEnd(t, number, said.Leg, live, began)
	}
}

// compareEnd compares how a mobile was let go: CANCEL while it rang, BYE after it was picked up.
func (p *played) compareEnd(t *testing.T, number string, id fmc.LegID, live []housetest.Message, began time.Time) {
	for _, leg := range p.said.Record.Legs {
		if leg.Leg != id {
			continue
		}
		ways := map[string]time.Duration{"CANCEL": never, "BYE": never}
		switch {
		case leg.Up > 0:
			ways["BYE"] = leg.Gone
		case leg.Alerting > 0:
			ways["CANCEL"] = leg.Gone
		}
		for way, want := range ways {
			got := never
			for _, m := range live {
				if m.Received && strings.HasPrefix(m.First(), way) {
					got = m.At.Sub(began)
				}
			}
			near(t, number+" got "+way, want, got)
		}
	}
}

// invited are the dialogs of the mobiles that a rehearsal or a record names, each with its messages in order.
func invited(all []housetest.Message, said call.Rehearsal, live fmc.Record) [][]housetest.Message {
	ours := map[string]bool{}
	for _, r := range said.Rings {
		ours[r.Number.E164] = true
	}
	for _, l := range live.Legs[1:] {
		ours[l.Number.E164] = true
	}
	var dialogs [][]housetest.Message
	places := map[string]int{}
	for _, m := range all {
		id := m.Header("Call-ID")
		if at, known := places[id]; known {
			dialogs[at] = append(dialogs[at], m)
		} else if m.Received && ours[calledBy(m)] {
			places[id] = len(dialogs)
			dialogs = append(dialogs, []housetest.Message{m})
		}
	}
	return dialogs
}

// calledBy is the number that an INVITE calls.
func calledBy(m housetest.Message) string {
	_, uri, _ := strings.Cut(m.First(), "INVITE sip:")
	user, _, _ := strings.Cut(uri, "@")
	user, _, _ = strings.Cut(user, ";")
	return user
}

// nth is the dialog in which a number was called for the n-th time, from 0.
func nth(dialogs [][]housetest.Message, number string, n int) ([]housetest.Message, bool) {
	for _, d := range dialogs {
		if calledBy(d[0]) != number {
			continue
		}
		if n == 0 {
			return d, true
		}
		n--
	}
	return nil, false
}

// tell is both sides in words, for a test that failed.
func (p *played) tell() string {
	var b strings.Builder
	for _, r := range p.said.Rings {
		fmt.Fprintf(&b, "said: %s rings at %v\n", r.Number.E164, r.At)
	}
	for name, r := range map[string]fmc.Record{"said": p.said.Record, "came": p.live} {
		for _, l := range r.Legs {
			fmt.Fprintf(&b, "%s: %s %s began %v alerting %v up %v gone %v %+v\n", name, l.Device, l.Number.E164, l.Began, l.Alerting, l.Up, l.Gone, l.Cause)
		}
		fmt.Fprintf(&b, "%s: %s %+v\n", name, r.Status, r.Cause)
	}
	return b.String()
}

func equal[T comparable](t *testing.T, what string, said, came T) {
	t.Helper()
	if said != came {
		t.Errorf("%s: said %v, came %v", what, said, came)
	}
}

// never is a time far from all others.
const never = -time.Hour

// near reports a time that is not as it was said.
func near(t *testing.T, what string, said, came time.Duration) {
	t.Helper()
	if (said - came).Abs() > mayDiffer {
		t.Errorf("%s: said at %v, came at %v", what, said.Round(time.Millisecond), came.Round(time.Millisecond))
	}
}
