package store_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// morning is when the calls of aCall begin: a Sunday.
var morning = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// script is the facts of a call in the making.
type script struct {
	company fmc.CompanyID
	id      fmc.CallID
	facts   []fmc.Fact
}

func (s *script) at(at time.Duration, body fmc.Happening) *script {
	s.facts = append(s.facts, fmc.Fact{Company: s.company, Call: s.id, At: at, Body: body})
	return s
}

func (s *script) leg(n int) fmc.LegID { return fmc.LegID{Call: s.id, N: n} }

// comes begins a call of a client to a company; no number: hidden.
func comes(company fmc.CompanyID, id fmc.CallID, began time.Time, from string) *script {
	s := &script{company: company, id: id}
	number := callerid.Number{E164: from}
	if from == "" {
		number.Kind = callerid.Hidden
	}
	s.at(0, fmc.Opened{Began: began, Direction: fmc.Inbound, Trunk: "carrier-a", From: number, To: callerid.Number{E164: numberOf(company)}})
	return s.at(0, fmc.LegBegan{Leg: s.leg(1), Offered: true, Role: fmc.Client, Number: number})
}

// rings has somebody of a group rung.
func (s *script) rings(who fmc.EmployeeID, group fmc.GroupID) *script {
	return s.at(time.Second, fmc.LegBegan{Leg: s.leg(2), Role: fmc.Worker, Employee: who, Group: group, Device: "x", Line: "trunk:carrier-a"})
}

// talks has them talk.
func (s *script) talks(at time.Duration) *script {
	return s.at(at, fmc.LegIs{Leg: s.leg(2), Link: fmc.Up}).at(at, fmc.Talking{Talks: []fmc.Conversation{{Legs: []fmc.LegID{s.leg(1), s.leg(2)}}}})
}

// ends ends it.
func (s *script) ends(at time.Duration) []fmc.Fact {
	hangUp := cause.Of(cause.Hangup)
	s.at(at, fmc.LegIs{Leg: s.leg(1), Link: fmc.Gone, Cause: &hangUp})
	return s.at(at, fmc.Closed{Cause: hangUp, By: s.leg(1)}).facts
}

// roadCall is a call with one of everything that people on the road make: an alert, a message, a prompt, a missed client.
func roadCall(company fmc.CompanyID, id fmc.CallID) []fmc.Fact {
	s := comes(company, id, morning, "+79120000777").rings("ivanov", "sales")
	s.at(2*time.Second, fmc.Alerted{Alert: fmc.Alert{Kind: "first_use", Employee: "ivanov", About: "+79120000777", Text: "first", Person: true}})
	s.at(20*time.Second, fmc.Mailed{Leg: s.leg(1), Group: "sales", Employee: "ivanov", From: 8500 * time.Millisecond})
	s.at(30*time.Second, fmc.Mailed{Leg: s.leg(1), Employee: "petrov", Prompt: "welcome", From: 25 * time.Second})
	return s.ends(31 * time.Second)
}

// notebook notes the jobs that a drain gives.
type notebook struct {
	mu   sync.Mutex // guards:
	jobs []store.Job
	fail error // once
}

func (n *notebook) Insert(ctx context.Context, tx pgx.Tx, jobs []store.Job) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.fail; err != nil {
		n.fail = nil
		return err
	}
	for _, j := range jobs { // what a job names is there in its transaction
		var there bool
		if err := tx.QueryRow(ctx, "select exists (select from call_record where company = $1 and id = $2)", j.Company, j.Call).Scan(&there); err != nil || !there {
			return errors.Join(err, errors.New("a job of nothing"))
		}
	}
	n.jobs = append(n.jobs, jobs...)
	return nil
}

func (n *notebook) kinds() []store.JobKind {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []store.JobKind
	for _, j := range n.jobs {
		all = append(all, j.Kind)
	}
	return all
}

// rules is a directory of one company.
type rules struct{ company *fmc.Company }

func (r rules) Company(id fmc.CompanyID) (*fmc.Company, bool) {
	return r.company, r.company.Profile.ID == id
}

func (rules) Called(fmc.TrunkID, string) (*fmc.Company, bool) { return nil, false }

// drainBy brings facts in by a company's rules, and notes the jobs.
func drainBy(t *testing.T, s *store.Store, c *fmc.Company, jobs store.Jobs, facts ...fmc.Fact) {
	t.Helper()
	j, left := openLog(t, t.TempDir())
	keep(t, j, facts...)
	o := quick
	o.Directory, o.Jobs = rules{c}, jobs
	d := s.Drain(j.Log, left, o)
	stop := startDrain(t, d)
	awaitDrained(t, d, j)
	stop()
	if aside, err := s.Operator().Quarantined(t.Context(), 10); err != nil || len(aside) > 0 {
		t.Fatalf("put aside: %+v, %v", aside, err)
	}
}

func TestAlertsMessagesAndPromptsOfACallAreKeptOnce(t *testing.T) {
	s := storetest.Open(t)
	c := company("acme")
	apply(t, s, c, 0)
	acme, id, book := s.For("acme"), newCall(), &notebook{fail: errors.New("the queue is away")}
	facts := roadCall("acme", id)
	for range 2 { // as if another boot brought the same again
		drainBy(t, s, c, book, facts...)
	}
	alerts, err := acme.Alerts(t.Context(), store.AlertFilter{})
	want := store.Alert{Call: id, At: morning.Add(2 * time.Second), Kind: "first_use", Employee: "ivanov", About: "+79120000777", Text: "first", Person: true}
	if err != nil || len(alerts) != 1 || !reflect.DeepEqual(utc(alerts[0]), want) {
		t.Errorf("%+v, %v", alerts, err)
	}
	if a, err := acme.Alert(t.Context(), id, 0); err != nil || !reflect.DeepEqual(a, alerts[0]) {
		t.Errorf("%+v, %v", a, err)
	}
	mail, err := acme.Voicemail(t.Context(), store.VoicemailFilter{})
	if err != nil || len(mail) != 1 || mail[0].Client != "+79120000777" || mail[0].Employee != "ivanov" || mail[0].Group != "sales" ||
		mail[0].From != 8500*time.Millisecond || mail[0].To != 20*time.Second || mail[0].Heard != nil || mail[0].Prompt() != fmc.MessagePrompt(id, 8500*time.Millisecond) {
		t.Errorf("%+v, %v", mail, err)
	}
	said, err := acme.RecordedPrompts(t.Context())
	if err != nil || len(said) != 1 || said[0].Prompt != "welcome" || said[0].Employee != "petrov" || said[0].Call != id || said[0].From != 25*time.Second || said[0].To != 30*time.Second {
		t.Errorf("%+v, %v", said, err)
	}
	kinds := book.kinds()
	slices.Sort(kinds)
	if !slices.Equal(kinds, []store.JobKind{store.JobAlert, store.JobMissedDue, store.JobMissedEscalate, store.JobVoicemail}) {
		t.Errorf("%v", kinds)
	}
}

func utc(a store.Alert) store.Alert {
	a.At = a.At.UTC()
	return a
}

func TestAMessageIsNewUntilSomebodyHeardIt(t *testing.T) {
	s := storetest.Open(t)
	c := company("acme")
	apply(t, s, c, 0)
	acme, first, second, third := s.For("acme"), newCall(), newCall(), newCall()
	drainBy(t, s, c, nil, slices.Concat(roadCall("acme", first), roadCall("acme", second), roadCall("acme", third))...)
	fresh := func() (calls []fmc.CallID) {
		all, err := acme.NewMessages(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			calls = append(calls, m.Call)
		}
		return calls
	}
	if got := fresh(); !slices.Equal(got, []fmc.CallID{first, second, third}) {
		t.Fatal(got)
	}
	if err := acme.MarkHeard(t.Context(), second, 0, "petrov"); err != nil {
		t.Fatal(err)
	}
	listens := comes("acme", newCall(), morning.Add(time.Hour), client)
	for _, p := range []fmc.PromptID{fmc.MessagePrompt(first, 8500*time.Millisecond), fmc.MessagePrompt(second, 8500*time.Millisecond), fmc.MessagePrompt(third, time.Second), "welcome"} {
		listens.at(time.Minute, fmc.Listened{Leg: listens.leg(1), Employee: "ivanov", Prompt: p})
	}
	drainBy(t, s, c, nil, listens.ends(2*time.Minute)...)
	if got := fresh(); !slices.Equal(got, []fmc.CallID{third}) {
		t.Error(got)
	}
	if m, err := acme.VoicemailMessage(t.Context(), first, 0); err != nil || m.HeardBy != "ivanov" || !m.Heard.Equal(morning.Add(61*time.Minute)) {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := acme.VoicemailMessage(t.Context(), second, 0); err != nil || m.HeardBy != "petrov" {
		t.Errorf("who heard it first does not stay: %+v, %v", m, err)
	}
	if err := acme.MarkHeard(t.Context(), third, 1, "petrov"); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
}

func TestAMessageThatIsHeardInACallThatBeganBeforeIsHeard(t *testing.T) {
	s := storetest.Open(t)
	c := company("acme")
	apply(t, s, c, 0)
	left := newCall()
	listens := comes("acme", newCall(), morning.Add(-time.Minute), client)
	begins := listens.facts
	listens.facts = nil
	listens.at(2*time.Minute, fmc.Listened{Leg: listens.leg(1), Employee: "ivanov", Prompt: fmc.MessagePrompt(left, 8500*time.Millisecond)})
	j, boots := openLog(t, t.TempDir())
	keep(t, j, slices.Concat(begins, roadCall("acme", left), listens.ends(3*time.Minute))...)
	d := s.Drain(j.Log, boots, store.DrainOptions{}) // all of it is one batch
	stop := startDrain(t, d)
	awaitDrained(t, d, j)
	stop()
	if m, err := s.For("acme").VoicemailMessage(t.Context(), left, 0); err != nil || m.HeardBy != "ivanov" || m.Heard == nil || !m.Heard.Equal(morning.Add(time.Minute)) {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestTheNewestRecordingOfAPromptIsTheOneThatIsHeard(t *testing.T) {
	s := storetest.Open(t)
	c := company("acme")
	apply(t, s, c, 0)
	said := func(began time.Time) fmc.CallID {
		call := comes("acme", newCall(), began, client)
		call.at(time.Second, fmc.Recognised{Leg: call.leg(1), Employee: "ivanov", By: fmc.ByPIN})
		call.at(9*time.Second, fmc.Mailed{Leg: call.leg(1), Prompt: "welcome", From: 3 * time.Second})
		drainBy(t, s, c, nil, call.ends(10*time.Second)...)
		return call.id
	}
	said(morning)
	newest := said(morning.Add(time.Hour))
	said(morning.Add(time.Minute)) // an earlier one that becomes known later
	all, err := s.For("acme").RecordedPrompts(t.Context())
	if err != nil || len(all) != 1 || all[0].Call != newest || all[0].Employee != "ivanov" {
		t.Errorf("%+v, %v", all, err)
	}
	if mail, err := s.For("acme").Voicemail(t.Context(), store.VoicemailFilter{}); err != nil || len(mail) != 0 {
		t.Errorf("a prompt is no message: %+v, %v", mail, err)
	}
}

func TestAlertsAndMessagesAreFilteredAndPaged(t *testing.T) {
	s := storetest.Open(t)
	c := company("acme")
	apply(t, s, c, 0)
	var facts []fmc.Fact
	for i := range 5 {
		call := comes("acme", newCall(), morning.Add(time.Duration(i/2)*time.Hour), client)
		kind := []string{"cap", "pin_wrong"}[i%2]
		call.at(time.Second, fmc.Alerted{Alert: fmc.Alert{Kind: kind, Employee: "ivanov", Text: "x"}}).at(time.Second, fmc.Alerted{Alert: fmc.Alert{Kind: "destination", Text: "y"}})
		call.at(5*time.Second, fmc.Mailed{Leg: call.leg(1), Group: "sales", From: 2 * time.Second}).at(9*time.Second, fmc.Mailed{Leg: call.leg(1), Employee: "petrov", From: 6 * time.Second})
		facts = append(facts, call.ends(10*time.Second)...)
	}
	drainBy(t, s, c, nil, facts...)
	acme := s.For("acme")
	seen := map[store.ItemMark]bool{}
	for f := (store.AlertFilter{Limit: 3}); ; {
		page, err := acme.Alerts(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, a := range page {
			seen[a.Mark()] = true
		}
		f.After = page[len(page)-1].Mark()
	}
	if len(seen) != 10 {
		t.Errorf("%d alerts on all pages", len(seen))
	}
	heard := map[store.ItemMark]bool{}
	for f := (store.VoicemailFilter{Limit: 3}); ; {
		page, err := acme.Voicemail(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, a := range page {
			heard[a.Mark()] = true
		}
		f.After = page[len(page)-1].Mark()
	}
	if len(heard) != 10 {
		t.Errorf("%d messages on all pages", len(heard))
	}
	for _, row := range []struct {
		f    store.AlertFilter
		want int
	}{
		{store.AlertFilter{Kind: "cap"}, 3},
		{store.AlertFilter{Employee: "ivanov"}, 5},
		{store.AlertFilter{Employee: "petrov"}, 0},
		{store.AlertFilter{From: morning.Add(time.Hour), To: morning.Add(2 * time.Hour)}, 4},
	} {
		if all, err := acme.Alerts(t.Context(), row.f); err != nil || len(all) != row.want {
			t.Errorf("%+v: %d, %v", row.f, len(all), err)
		}
	}
	for _, row := range []struct {
		f    store.VoicemailFilter
		want int
	}{
		{store.VoicemailFilter{Employee: "petrov"}, 5},
		{store.VoicemailFilter{Group: "sales"}, 5},
		{store.VoicemailFilter{Client: "+7912"}, 10},
		{store.VoicemailFilter{Client: "%"}, 0},
		{store.VoicemailFilter{New: true, From: morning.Add(2 * time.Hour)}, 2},
		{store.VoicemailFilter{To: morning}, 0},
	} {
		if all, err := acme.Voicemail(t.Context(), row.f); err != nil || len(all) != row.want {
			t.Errorf("%+v: %d, %v", row.f, len(all), err)
		}
	}
}

func TestAPrivateCallIsInItsOwnersListAlone(t *testing.T) {
	s := storetest.Open(t)
	c := company("acme")
	apply(t, s, c, 0)
	call := &script{company: "acme", id: newCall()}
	call.at(0, fmc.Opened{Began: morning, Direction: fmc.Outbound, Trunk: "carrier-a", Employee: "ivanov", Private: true})
	call.at(0, fmc.LegBegan{Leg: call.leg(1), Offered: true, Role: fmc.Worker, Employee: "ivanov"})
	drainBy(t, s, c, nil, append(call.ends(time.Minute), aCall("acme", newCall())...)...)
	for _, row := range []struct {
		f    store.CallFilter
		want int
	}{{store.CallFilter{}, 1}, {store.CallFilter{Private: "ivanov"}, 1}, {store.CallFilter{Private: "petrov"}, 0}, {store.CallFilter{Employee: "ivanov"}, 1}, {store.CallFilter{Direction: fmc.Outbound}, 0}} {
		lines, err := s.For("acme").Calls(t.Context(), row.f)
		if err != nil || len(lines) != row.want || row.f.Private != "" && row.want == 1 && lines[0].ID != call.id {
			t.Errorf("%+v: %+v, %v", row.f, lines, err)
		}
	}
}

func TestWhatANodeThatStartsMustKeepInMind(t *testing.T) {
	s := storetest.Open(t)
	c := company("acme")
	apply(t, s, c, 0)
	// calledThrough is a call that somebody makes from their mobile.
	calledThrough := func(began time.Time, who fmc.EmployeeID, to string, private bool) []fmc.Fact {
		s := &script{company: "acme", id: newCall()}
		s.at(0, fmc.Opened{Began: began, Direction: fmc.Inbound, Trunk: "carrier-a", From: callerid.Number{E164: "+79161234567"}, To: callerid.Number{E164: numberOf("acme")}, Private: private})
		s.at(0, fmc.LegBegan{Leg: s.leg(1), Offered: true, Role: fmc.Client})
		s.at(time.Second, fmc.Recognised{Leg: s.leg(1), Employee: who, By: fmc.ByPIN})
		if to != "" {
			s.at(2*time.Second, fmc.LegBegan{Leg: s.leg(2), Role: fmc.Client, Number: callerid.Number{E164: to}})
		}
		return s.ends(time.Minute)
	}
	yesterday, today := calledThrough(morning.AddDate(0, 0, -1), "petrov", client, false), calledThrough(morning.Add(time.Hour), "ivanov", client, false)
	drainBy(t, s, c, nil, slices.Concat(today, yesterday, calledThrough(morning, "sidorov", "", false), calledThrough(morning, "orlov", client, true), aCall("acme", newCall()))...)
	acme := s.For("acme")
	if who, err := acme.CalledThrough(t.Context()); err != nil || !slices.Equal(who, []fmc.EmployeeID{"ivanov", "petrov"}) {
		t.Errorf("%v, %v", who, err)
	}
	var all []fmc.Record
	if err := acme.Records(t.Context(), morning, morning.AddDate(0, 0, 1), func(r fmc.Record) { all = append(all, r) }); err != nil {
		t.Fatal(err)
	}
	if len(all) != 4 || all[3].ID != today[0].Call || len(all[3].Recognised) != 1 || all[3].Opened.Employee != "ivanov" {
		t.Errorf("%+v", all)
	}
}
