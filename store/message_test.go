package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/journal"
	"roadline/store/storetest"
)

// noon is when messages of the tests begin.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func newMessage() fmc.MessageID { return fmc.MessageID(uuid.Must(uuid.NewV7()).String()) }

// about is a fact of a message or a card.
func about(company fmc.CompanyID, id fmc.MessageID, body fmc.Happening) fmc.Fact {
	return fmc.Fact{Company: company, Message: id, Body: body}
}

func russian(e164 string) callerid.Number { return callerid.Number{E164: e164, Country: "RU"} }

// part is one part of a message from the client that came n seconds after noon.
func part(n, part, parts, ref int, text string) fmc.MessageCame {
	return fmc.MessageCame{
		At: noon.Add(time.Duration(n) * time.Second), SIM: "8970-acme", Number: russian(office), From: client, Text: text,
		Sent: noon.Add(time.Duration(n-1) * time.Second), Ref: ref, Part: part, Parts: parts, PDU: "0791", Key: fmt.Sprintf("%d/%d/%d/%s", ref, part, parts, text),
	}
}

// outgoing is a message of some parts to the client that was passed at noon, part by part, with references from first.
func outgoing(company fmc.CompanyID, sim fmc.ICCID, id fmc.MessageID, at time.Time, first byte, parts int) []fmc.Fact {
	a := fmc.MessageAccepted{
		At: at, SIM: sim, Number: russian(numberOf(company)), To: russian(client), Text: "hello", By: "ivanov", Until: at.Add(time.Hour), Report: true,
	}
	for range parts {
		a.PDUs = append(a.PDUs, "01")
	}
	facts := []fmc.Fact{about(company, id, a)}
	for n := range parts {
		at = at.Add(time.Second)
		facts = append(facts, about(company, id, fmc.MessageTried{At: at, Part: n + 1}),
			about(company, id, fmc.MessagePassed{At: at, Part: n + 1, Reference: first + byte(n)}))
	}
	return append(facts, about(company, id, fmc.MessageSettled{At: at, State: fmc.MessageSent}))
}

func report(at time.Time, to string, reference, status byte) fmc.MessageReported {
	return fmc.MessageReported{At: at, SIM: "8970-acme", To: to, Reference: reference, Status: status, Done: at, PDU: "06", Key: fmt.Sprintf("%s/%d/%d/%d", to, reference, status, at.UnixNano())}
}

// textOf is one of everything that messages and cards leave behind.
func textOf(company fmc.CompanyID, sim fmc.ICCID, id fmc.MessageID) []fmc.Fact {
	came := part(1, 0, 0, 0, "good day")
	came.SIM, came.Number = sim, russian(numberOf(company))
	delivered := report(noon.Add(time.Minute), client, 5, 0)
	delivered.SIM = sim
	minutes := 118
	return append(outgoing(company, sim, id, noon, 5, 1), about(company, newMessage(), came), about(company, newMessage(), delivered),
		about(company, "", fmc.SIMSeen{At: noon, SIM: sim, IMSI: "25001", Modem: "usb-1.2", IMEI: "86", State: "ready"}),
		about(company, "", fmc.ForwardingSeen{At: noon, SIM: sim, Asked: fmc.AskedNight, State: fmc.ForwardingRight}),
		about(company, "", fmc.BalanceSeen{At: noon, SIM: sim, Answer: "12,50 r.", Amount: "12.50", Minutes: &minutes}),
		about(company, "", fmc.LimitSeen{At: noon, SIM: sim, Limit: fmc.LimitCalls, Most: 5, Until: noon.Add(9 * time.Hour)}))
}

// acme is a store with that company.
func acme(t *testing.T) (*store.Store, *store.Tenant) {
	t.Helper()
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	return s, s.For("acme")
}

func messages(t *testing.T, a *store.Tenant, f store.MessageFilter) []store.MessageLine {
	t.Helper()
	lines, err := a.Messages(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestAMessageInPartsIsOneMessageInWhateverOrderTheyCome(t *testing.T) {
	s, a := acme(t)
	parts := []fmc.MessageCame{part(1, 1, 3, 7, "one "), part(2, 2, 3, 7, "two "), part(3, 3, 3, 7, "three"), part(4, 1, 2, 8, "other "), part(5, 2, 2, 8, "message")}
	rand.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	var facts []fmc.Fact
	for _, p := range append(parts, parts...) { // read twice: it was not deleted before a crash
		facts = append(facts, about("acme", newMessage(), p))
	}
	drainAll(t, s, facts...)
	drainAll(t, s, about("acme", newMessage(), parts[0])) // and once more after a restart
	lines := messages(t, a, store.MessageFilter{})
	var texts []string
	for _, l := range lines {
		texts = append(texts, l.Text)
		if !l.In || l.State != fmc.MessageReceived || l.Peer != client || l.Number != office || l.Missing != nil {
			t.Errorf("%+v", l)
		}
	}
	slices.Sort(texts)
	if strings.Join(texts, "|") != "one two three|other message" {
		t.Fatalf("%q", texts)
	}
	m, err := a.Message(t.Context(), lines[0].ID)
	if err != nil || len(m.Came) != lines[0].Parts || m.Came[0].Part != 1 || m.Came[0].PDU != "0791" || m.Sent != nil {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestAReferenceThatComesAgainJoinsNothingOld(t *testing.T) {
	s, a := acme(t)
	drainAll(t, s,
		about("acme", newMessage(), part(1, 1, 2, 7, "monday ")),
		about("acme", newMessage(), part(7200, 1, 2, 7, "tuesday ")), // the first never came whole
		about("acme", newMessage(), part(7203, 2, 2, 7, "evening")),
		about("acme", newMessage(), part(7230, 2, 2, 7, "night")), // the reference wrapped at once
		about("acme", newMessage(), part(7231, 1, 2, 7, "last ")))
	var texts []string
	for _, l := range messages(t, a, store.MessageFilter{}) {
		texts = append(texts, l.Text)
	}
	if want := "last night|tuesday evening|monday [part 2 of 2 is missing]"; strings.Join(texts, "|") != want {
		t.Fatalf("%q, want %s", texts, want)
	}
}

func TestAPartThatDoesNotComeIsWaitedForAndThenCalledMissing(t *testing.T) {
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	apply(t, s, company("acme"), 0)
	fresh := part(0, 3, 3, 9, " gamma")
	fresh.At = time.Now()
	drainAll(t, s, about("acme", newMessage(), part(1, 2, 3, 7, "beta")), about("acme", newMessage(), fresh))
	lines := messages(t, s.For("acme"), store.MessageFilter{})
	if len(lines) != 2 || lines[0].Text != "[part 1 of 3 has not come yet][part 2 of 3 has not come yet] gamma" ||
		lines[1].Text != "[part 1 of 3 is missing]beta[part 3 of 3 is missing]" || !slices.Equal(lines[1].Missing, []int{1, 3}) {
		t.Fatalf("%+v", lines)
	}
}

func TestWhatCannotBeReadIsKeptAsItCame(t *testing.T) {
	s, a := acme(t)
	broken := fmc.MessageCame{At: noon, SIM: "8970-acme", Broken: "short TP-UD", PDU: "07FF", Key: "x", Part: 5, Parts: 2}
	name := part(9, 0, 0, 0, "code \x00 1234")
	name.From, name.Key = " The Bank ", "y"
	drainAll(t, s, about("acme", newMessage(), broken), about("acme", newMessage(), name))
	lines := messages(t, a, store.MessageFilter{})
	if len(lines) != 2 || lines[1].Broken != "short TP-UD" || lines[1].Parts != 1 || lines[0].Peer != "The Bank" || lines[0].Text != "code \uFFFD 1234" {
		t.Fatalf("%+v", lines)
	}
	if q, err := s.Operator().Quarantined(t.Context(), 10); err != nil || len(q) != 0 {
		t.Errorf("%+v, %v", q, err)
	}
}

func TestAMessageOutIsFollowedStepByStep(t *testing.T) {
	s, a := acme(t)
	j, left := openLog(t, t.TempDir())
	d := s.Drain(j.Log, left, quick)
	startDrain(t, d)
	id := newMessage()
	facts := outgoing("acme", "8970-acme", id, noon, 5, 2)
	facts = append(facts, about("acme", newMessage(), report(noon.Add(time.Minute), "79121112233", 5, 0)),
		about("acme", newMessage(), report(noon.Add(2*time.Minute), "89121112233", 6, 0x30)),
		about("acme", newMessage(), report(noon.Add(3*time.Minute), client, 6, 0)))
	states := []fmc.MessageState{"queued", "queued", "queued", "queued", "queued", "sent", "sent", "sent", "delivered"}
	for i, f := range facts { // one batch each
		keep(t, j, f)
		awaitDrained(t, d, j)
		m, err := a.Message(t.Context(), id)
		if err != nil || m.State != states[i] || m.Text != "hello" || m.Author != "ivanov" || m.In || m.Parts != 2 || len(m.Sent) != 2 {
			t.Fatalf("after fact %d: %+v, %v", i, m, err)
		}
	}
	m, err := a.Message(t.Context(), id)
	if err != nil || *m.Sent[1].Reference != 6 || *m.Sent[1].Report != 0 || m.Sent[0].State != fmc.PartPassed || m.Sent[0].Tries != 1 || !m.Until.Equal(noon.Add(time.Hour)) {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestAReportIsOfTheLatestPartThatWasSentSo(t *testing.T) {
	s, a := acme(t)
	old, latest, other, late := newMessage(), newMessage(), newMessage(), newMessage()
	var facts []fmc.Fact
	facts = append(facts, outgoing("acme", "8970-acme", late, noon.Add(-49*time.Hour), 9, 1)...)
	facts = append(facts, outgoing("acme", "8970-acme", old, noon, 5, 1)...)
	facts = append(facts, outgoing("acme", "8970-acme", latest, noon.Add(time.Hour), 5, 2)...)
	facts = append(facts, outgoing("acme", "8970-other", other, noon.Add(time.Hour), 5, 1)...)
	at := noon.Add(2 * time.Hour)
	facts = append(facts, about("acme", newMessage(), report(at, client, 5, 0)), about("acme", newMessage(), report(at, client, 6, 0x41)),
		about("acme", newMessage(), report(at, "+79120000000", 5, 0x41)), // nobody wrote to that one
		about("acme", newMessage(), report(at, client, 9, 0)))            // too late for the message of two days ago
	drainAll(t, s, facts...)
	for id, want := range map[fmc.MessageID]fmc.MessageState{old: "sent", latest: "undelivered", other: "sent", late: "sent"} {
		if m, err := a.Message(t.Context(), id); err != nil || m.State != want {
			t.Errorf("%s, want %s, %v", m.State, want, err)
		}
	}
}

func TestAReportThatIsReadBeforeItsPartIsWrittenIsNotLost(t *testing.T) {
	s, a := acme(t)
	id := newMessage()
	facts := outgoing("acme", "8970-acme", id, noon, 5, 1)
	quickReport := about("acme", newMessage(), report(noon.Add(time.Second-20*time.Millisecond), client, 5, 0))
	drainAll(t, s, quickReport)
	drainAll(t, s, facts...)
	if m, err := a.Message(t.Context(), id); err != nil || m.State != fmc.MessageDelivered {
		t.Fatalf("%+v, %v", m, err)
	}
}

func TestAMessageThatFailedSaysWhy(t *testing.T) {
	s, a := acme(t)
	id, busy := newMessage(), cause.Of(cause.Congested)
	facts := outgoing("acme", "8970-acme", id, noon, 5, 1)[:2]
	facts = append(facts, about("acme", id, fmc.MessageRefused{At: noon.Add(time.Minute), Part: 1, Cause: busy}),
		about("acme", id, fmc.MessageSettled{At: noon.Add(time.Minute), State: fmc.MessageFailed, Cause: &busy}),
		about("acme", newMessage(), report(noon.Add(time.Hour), client, 5, 0))) // of another's: nothing passed
	drainAll(t, s, facts...)
	m, err := a.Message(t.Context(), id)
	if err != nil || m.State != fmc.MessageFailed || m.Cause != busy.Text || m.Sent[0].State != fmc.PartRefused || m.Sent[0].Reference != nil || m.Settled == nil {
		t.Fatalf("%+v, %v", m, err)
	}
}

func TestAMessageThatARestartTookOnIsStillOne(t *testing.T) {
	s, a := acme(t)
	id := newMessage()
	facts := outgoing("acme", "8970-acme", id, noon, 5, 2)
	dir := t.TempDir()
	first, _, err := journal.Open(dir, "node", uuid.Must(uuid.NewV7()), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := (journal.Journal{Log: first}).Append(facts[:3]...); err != nil { // the first part passed, then a kill
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	j, left := openLog(t, dir)
	open, err := journal.UnfinishedMessages(left)
	if err != nil || len(open) != 1 {
		t.Fatalf("%+v, %v", open, err)
	}
	keep(t, j, open[0]...)
	keep(t, j, facts[3:]...)
	d := s.Drain(j.Log, left, quick)
	startDrain(t, d)
	awaitDrained(t, d, j)
	m, err := a.Message(t.Context(), id)
	if err != nil || m.State != fmc.MessageSent || m.Sent[0].Tries != 1 || m.Sent[1].Tries != 1 || len(messages(t, a, store.MessageFilter{})) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
}

func TestMessagesOfNoBeginningAndOfNobodyDisturbNothing(t *testing.T) {
	s, a := acme(t)
	id := newMessage()
	drainAll(t, s, append([]fmc.Fact{
		about("acme", newMessage(), fmc.MessagePassed{At: noon, Part: 1, Reference: 5}), // its beginning was in a hole of the journal
		about("nobody", newMessage(), part(1, 0, 0, 0, "x")),
		about("nobody", "", fmc.SIMSeen{At: noon, SIM: "8970", State: "ready"}),
		about("nobody", "", fmc.SIMSeen{At: noon, SIM: "8970", State: "gone"}),
	}, outgoing("acme", "8970-acme", id, noon, 5, 1)...)...)
	if lines := messages(t, a, store.MessageFilter{}); len(lines) != 1 || lines[0].ID != id {
		t.Errorf("%+v", lines)
	}
	q, err := s.Operator().Quarantined(t.Context(), 10)
	kinds := map[string]int{}
	for _, p := range q {
		kinds[p.Kind]++
		if p.Company != "nobody" || (p.Kind == "record") != (p.Message != "") {
			t.Errorf("%+v", p)
		}
	}
	if err != nil || kinds["record"] != 1 || kinds["entry"] != 2 {
		t.Errorf("%v, %v", kinds, err)
	}
}

func TestMessagesAreFilteredAndPaged(t *testing.T) {
	s, a := acme(t)
	var facts []fmc.Fact
	for i := range 11 {
		facts = append(facts, about("acme", newMessage(), part(i/2, 0, 0, 0, fmt.Sprint("in ", i)))) // two at each instant
	}
	id := newMessage()
	drainAll(t, s, append(facts, outgoing("acme", "8970-two", id, noon.Add(time.Hour), 5, 1)...)...)
	seen := map[fmc.MessageID]bool{}
	for f := (store.MessageFilter{Limit: 4}); ; {
		page := messages(t, a, f)
		for _, l := range page {
			if seen[l.ID] {
				t.Fatalf("%s twice", l.ID)
			}
			seen[l.ID] = true
		}
		if len(page) < 4 {
			break
		}
		f.After = page[3].Mark()
	}
	if len(seen) != 12 {
		t.Errorf("%d of 12 messages", len(seen))
	}
	for name, row := range map[string]struct {
		f store.MessageFilter
		n int
	}{
		"in": {store.MessageFilter{In: true}, 11}, "out": {store.MessageFilter{Out: true}, 1}, "by card": {store.MessageFilter{SIM: "8970-two"}, 1},
		"by number": {store.MessageFilter{Number: office}, 11}, "by peer": {store.MessageFilter{Peer: client}, 12}, "by state": {store.MessageFilter{State: fmc.MessageSent}, 1},
		"before": {store.MessageFilter{To: noon.Add(time.Second)}, 2}, "since": {store.MessageFilter{From: noon.Add(time.Minute)}, 1}, "none": {store.MessageFilter{Peer: "+7"}, 0},
	} {
		if got := messages(t, a, row.f); len(got) != row.n {
			t.Errorf("%s: %d, want %d", name, len(got), row.n)
		}
	}
	if _, err := a.Message(t.Context(), "nothing"); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
}

// TestANumberKeepsItsHistoryWhateverCarriesIt moves a number from a trunk to a card and to another card.
func TestANumberKeepsItsHistoryWhateverCarriesIt(t *testing.T) {
	s, a := acme(t)
	number := numberOf("acme")
	byTrunk, bySIM := newCall(), newCall()
	var facts []fmc.Fact
	facts = append(facts, aCall("acme", byTrunk)...)
	facts = append(facts, overSIM(aCall("acme", bySIM), "8970-acme", nil)...)
	facts = append(facts, textOf("acme", "8970-acme", newMessage())...)
	facts = append(facts, outgoing("acme", "8970-two", newMessage(), noon.Add(time.Hour), 9, 1)...)
	drainAll(t, s, facts...)
	calls, err := a.Calls(t.Context(), store.CallFilter{Number: number})
	if err != nil || len(calls) != 2 {
		t.Fatalf("%+v, %v", calls, err)
	}
	if got := messages(t, a, store.MessageFilter{Number: number}); len(got) != 3 {
		t.Fatalf("%+v", got)
	}
	thread, err := a.Thread(t.Context(), number, client)
	if err != nil || len(thread) != 3 || !thread[1].In || thread[0].State != fmc.MessageDelivered || thread[2].SIM != "8970-two" {
		t.Fatalf("%+v, %v", thread, err)
	}
}
