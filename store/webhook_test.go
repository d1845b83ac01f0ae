package store_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// hook adds a receiver of some types to acme.
func hook(t *testing.T, s *store.Store, id string, types ...string) {
	t.Helper()
	err := s.For("acme").AddWebhook(t.Context(), store.Webhook{ID: id, URL: "https://crm.example/hook", Types: types, Enabled: true, Scheme: store.WebhookHMAC, Author: "petrov"},
		store.WebhookKeys{Secret: []byte("first")})
	if err != nil {
		t.Fatal(err)
	}
}

// deliveries are what a receiver of acme is told of, the first event first.
func deliveries(t *testing.T, s *store.Store, id string) []store.Delivery {
	t.Helper()
	all, err := s.For("acme").Deliveries(t.Context(), id, store.DeliveryFilter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(all)
	return all
}

// tryOnce has every receiver that something is due for be told of one event.
func tryOnce(t *testing.T, s *store.Store) {
	t.Helper()
	o := s.Operator()
	for {
		c, ok, err := o.ClaimWebhook(t.Context(), "node")
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return
		}
		tellOne(t, s, c, store.Verdict{State: store.DeliveryDone, First: morning, Due: morning})
		rest := time.Now().Add(time.Hour)
		if err := o.ReleaseWebhook(t.Context(), "node", c, &rest); err != nil {
			t.Fatal(err)
		}
	}
}

// tellOne writes down a try of the first event that is due.
func tellOne(t *testing.T, s *store.Store, c store.WebhookClaim, v store.Verdict) {
	t.Helper()
	due, err := s.Operator().Waiting(t.Context(), c, store.DueFirst, 1)
	if err != nil || len(due) != 1 {
		t.Fatalf("due for %s: %v, %v", c.ID, due, err)
	}
	ours, err := s.Operator().EndTry(t.Context(), "node", c, due[0], store.Try{At: time.Now(), Took: time.Second, Status: 204, Sent: "POST", Answered: "HTTP/1.1 204"}, v)
	if err != nil || !ours {
		t.Fatalf("%v, %v", ours, err)
	}
}

func TestAReceiverIsToldOfItsTypesFromThenOn(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	hook(t, s, "all")
	hook(t, s, "calls", "call.*")
	hook(t, s, "ends", "call.ended", "sms.received")
	hook(t, s, "nothing", "alert.*")
	off := store.Webhook{ID: "off", URL: "https://x.example"}
	hook(t, s, off.ID)
	if err := s.For("acme").ChangeWebhook(t.Context(), off); err != nil {
		t.Fatal(err)
	}
	drainAll(t, s, aCall("acme", newCall())...)
	for id, want := range map[string]int{"all": 4, "calls": 4, "ends": 1, "nothing": 0, "off": 0} {
		if got := deliveries(t, s, id); len(got) != want {
			t.Errorf("%s is told of %v, want %d", id, got, want)
		}
	}
	all, err := s.For("acme").Webhooks(t.Context())
	if err != nil || len(all) != 5 || all[0].Waiting != 4 || !all[0].Oldest.Equal(morning) || all[4].Enabled {
		t.Errorf("%+v, %v", all, err)
	}
	if err := s.For("acme").Raise(t.Context(), fmc.Event{Type: fmc.EventWebhookTest, At: morning, Data: fmc.TestTold{Webhook: "nothing"}}); err != nil {
		t.Fatal(err)
	}
	if told, others := deliveries(t, s, "nothing"), deliveries(t, s, "all"); len(told) != 1 || len(others) != 4 {
		t.Errorf("a test is told to %v and to others: %v", told, others)
	}
}

func TestOneNodeAtATimeTellsAReceiver(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	hook(t, s, "crm")
	raiseOne(t, s)
	raiseOne(t, s)
	o := s.Operator()
	c, ok, err := o.ClaimWebhook(t.Context(), "one")
	if err != nil || !ok || c.Company != "acme" || c.ID != "crm" || string(c.Secret) != "first" || c.Old != nil {
		t.Fatalf("%+v, %v, %v", c, ok, err)
	}
	if _, ok, err := o.ClaimWebhook(t.Context(), "two"); ok || err != nil {
		t.Fatalf("another node has it too: %v", err)
	}
	if due, ok, err := o.WebhooksDue(t.Context()); err != nil || !ok || time.Until(due) < time.Minute {
		t.Errorf("due at %v while a node has it: %v, %v", due, ok, err)
	}
	if err := o.ReleaseWebhooks(t.Context(), "one"); err != nil { // killed and started again
		t.Fatal(err)
	}
	if _, ok, err := o.ClaimWebhook(t.Context(), "two"); !ok || err != nil {
		t.Fatalf("nobody may take it on: %v", err)
	}
	ours, err := o.EndTry(t.Context(), "one", c, store.WaitingEvent{N: 2}, store.Try{At: time.Now()}, store.Verdict{State: store.DeliveryDone, First: morning, Due: morning})
	if ours || err != nil {
		t.Errorf("who lost it writes in it: %v", err)
	}
	if all := deliveries(t, s, "crm"); all[0].State != store.DeliveryWaiting {
		t.Errorf("%+v", all[0])
	}
}

func TestATryIsWrittenDownWithWhatFollows(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	hook(t, s, "crm")
	for range 3 {
		raiseOne(t, s)
	}
	o := s.Operator()
	c, _, err := o.ClaimWebhook(t.Context(), "node")
	if err != nil {
		t.Fatal(err)
	}
	since, later := time.Now().UTC().Truncate(time.Microsecond), time.Now().Add(time.Hour)
	tellOne(t, s, c, store.Verdict{State: store.DeliveryWaiting, First: since, Due: later, Failing: &since, Fails: 2})
	c.Failing, c.Fails = &since, 2
	w, err := s.For("acme").Webhook(t.Context(), "crm")
	if err != nil || w.Fails != 2 || !w.Failing.Equal(since) || w.Waiting != 3 {
		t.Errorf("%+v, %v", w, err)
	}
	oldest, err := o.Waiting(t.Context(), c, store.Oldest, 1)
	if err != nil || oldest[0].N != 2 || oldest[0].Tries != 1 || !oldest[0].First.Equal(since) {
		t.Errorf("oldest %+v, %v", oldest, err)
	}
	newest, err := o.Waiting(t.Context(), c, store.Newest, 1)
	if err != nil || newest[0].N != 4 {
		t.Errorf("newest %+v, %v", newest, err)
	}
	tellOne(t, s, c, store.Verdict{State: store.DeliveryDone, First: since, Due: since, Woken: true})
	c.Failing, c.Fails = nil, 0
	due, err := o.Waiting(t.Context(), c, store.DueFirst, 10)
	if err != nil || len(due) != 2 || due[0].N != 2 || due[1].N != 4 {
		t.Errorf("due after it came back: %+v, %v", due, err)
	}
	tellOne(t, s, c, store.Verdict{State: store.DeliveryFailed, First: since, Due: since, Off: "it answered 410 Gone"})
	w, err = s.For("acme").Webhook(t.Context(), "crm")
	if err != nil || w.Enabled || w.WhyOff != "it answered 410 Gone" {
		t.Errorf("%+v, %v", w, err)
	}
	all := events(t, s, "acme")
	if last := all[len(all)-1]; last.Type != fmc.EventWebhookOff {
		t.Errorf("the last event is %s", last.Type)
	}
	tries, err := s.For("acme").Tries(t.Context(), "crm", 2)
	if err != nil || len(tries) != 2 || tries[0].Status != 204 || tries[0].Took != time.Second {
		t.Errorf("%+v, %v", tries, err)
	}
	if d, err := s.For("acme").Delivery(t.Context(), "crm", 3); err != nil || d.State != store.DeliveryDone || d.Settled == nil {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := s.For("acme").Replay(t.Context(), "crm", 2, 2); !errors.Is(err, cause.Conflict) {
		t.Errorf("a replay to a receiver that is off: %v", err)
	}
}

func TestOthersAreNotToldTheSecretPartOfTheAddressOfAReceiverThatWasSwitchedOff(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	err := s.For("acme").AddWebhook(t.Context(), store.Webhook{ID: "crm", URL: "https://crm.example:8443/geheim?key=geheim", Enabled: true, Scheme: store.WebhookHMAC, Author: "petrov"},
		store.WebhookKeys{Secret: []byte("first")})
	if err != nil {
		t.Fatal(err)
	}
	raiseOne(t, s)
	c, ok, err := s.Operator().ClaimWebhook(t.Context(), "node")
	if err != nil || !ok || c.URL != "https://crm.example:8443/geheim?key=geheim" {
		t.Fatalf("%+v, %v, %v", c, ok, err)
	}
	tellOne(t, s, c, store.Verdict{State: store.DeliveryFailed, First: morning, Due: morning, Off: "it answered 410 Gone"})
	all := events(t, s, "acme")
	var told fmc.WebhookTold
	if err := json.Unmarshal(all[len(all)-1].Data, &told); err != nil || told.URL != "https://crm.example:8443" || told.Webhook != "crm" {
		t.Errorf("%+v, %v", told, err)
	}
}

func TestAReplayTellsOnceMore(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	raiseOne(t, s) // before there was a receiver
	hook(t, s, "crm", "trunk.*")
	raiseOne(t, s)
	tryOnce(t, s)
	for _, row := range []struct{ from, to, want int64 }{{3, 3, 1}, {2, 2, 1}, {1, 99, 2}} {
		n, err := s.For("acme").Replay(t.Context(), "crm", row.from, row.to)
		if err != nil || int64(n) != row.want {
			t.Errorf("from %d to %d: %d, %v", row.from, row.to, n, err)
		}
	}
	all := deliveries(t, s, "crm")
	if len(all) != 2 || all[0].N != 2 || all[1].N != 3 || all[1].State != store.DeliveryWaiting || all[1].Tries != 0 {
		t.Errorf("%+v", all)
	}
	if tries, err := s.For("acme").Tries(t.Context(), "crm", 3); err != nil || len(tries) != 1 {
		t.Errorf("the log of what was tried before: %v, %v", tries, err)
	}
}

func TestTheSecretBeforeSignsForAWhile(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	hook(t, s, "crm")
	raiseOne(t, s)
	claim := func() store.WebhookClaim {
		t.Helper()
		c, ok, err := s.Operator().ClaimWebhook(t.Context(), "node")
		if err != nil || !ok {
			t.Fatalf("%v, %v", ok, err)
		}
		if err := s.Operator().ReleaseWebhook(t.Context(), "node", c, nil); err != nil {
			t.Fatal(err)
		}
		return c
	}
	rotate := func(secret string, until time.Time) {
		t.Helper()
		if err := s.For("acme").RotateWebhook(t.Context(), "crm", store.WebhookKeys{Secret: []byte(secret)}, until); err != nil {
			t.Fatal(err)
		}
	}
	rotate("second", time.Now().Add(time.Hour))
	if c := claim(); string(c.Secret) != "second" || string(c.Old) != "first" {
		t.Errorf("%q and %q", c.Secret, c.Old)
	}
	rotate("third", time.Now().Add(-time.Second))
	if c := claim(); string(c.Secret) != "third" || c.Old != nil {
		t.Errorf("%q and %q", c.Secret, c.Old)
	}
}

func TestThereIsAnEndToReceivers(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	for i := range store.WebhooksMost {
		hook(t, s, string(rune('a'+i)))
	}
	err := s.For("acme").AddWebhook(t.Context(), store.Webhook{ID: "more", URL: "https://x.example", Scheme: store.WebhookHMAC}, store.WebhookKeys{Secret: []byte("x")})
	if !errors.Is(err, cause.Conflict) {
		t.Errorf("one more: %v", err)
	}
}

func TestAReplayThatIsAskedForDuringATryIsNotLost(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	hook(t, s, "crm")
	raiseOne(t, s)
	o := s.Operator()
	c, _, err := o.ClaimWebhook(t.Context(), "node")
	if err != nil {
		t.Fatal(err)
	}
	due, err := o.Waiting(t.Context(), c, store.DueFirst, 1)
	if err != nil || len(due) != 1 {
		t.Fatalf("%v, %v", due, err)
	}
	if _, err := s.For("acme").Replay(t.Context(), "crm", 2, 2); err != nil {
		t.Fatal(err)
	}
	done := store.Verdict{State: store.DeliveryDone, First: morning, Due: morning}
	if ours, err := o.EndTry(t.Context(), "node", c, due[0], store.Try{At: time.Now(), Status: 204}, done); !ours || err != nil {
		t.Fatalf("%v, %v", ours, err)
	}
	if all := deliveries(t, s, "crm"); all[0].State != store.DeliveryWaiting {
		t.Errorf("%+v", all[0])
	}
	if tries, err := s.For("acme").Tries(t.Context(), "crm", 2); err != nil || len(tries) != 1 {
		t.Errorf("%v, %v", tries, err)
	}
}

func TestWhatSomebodyChangedInAReceiverDuringATryStands(t *testing.T) {
	const elsewhere = "https://crm.example/other"
	for name, row := range map[string]struct {
		change store.Webhook
		still  int // waits for whoever has it
	}{
		"switched off":      {store.Webhook{ID: "crm", URL: "https://crm.example/hook"}, 0},
		"another address":   {store.Webhook{ID: "crm", URL: elsewhere, Enabled: true}, 0},
		"to be tried again": {store.Webhook{ID: "crm", URL: "https://crm.example/hook", Enabled: true}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := storetest.Open(t)
			apply(t, s, company("acme"), 0)
			hook(t, s, "crm")
			raiseOne(t, s)
			o := s.Operator()
			c, _, err := o.ClaimWebhook(t.Context(), "node")
			if err != nil {
				t.Fatal(err)
			}
			since := time.Now().UTC()
			fails := store.Verdict{State: store.DeliveryWaiting, First: since, Due: since, Failing: &since, Fails: 1}
			tellOne(t, s, c, fails)
			c.Failing, c.Fails = &since, 1
			if err := s.For("acme").ChangeWebhook(t.Context(), row.change); err != nil {
				t.Fatal(err)
			}
			if due, err := o.Waiting(t.Context(), c, store.Oldest, 10); err != nil || len(due) != row.still {
				t.Errorf("waits: %+v, %v", due, err)
			}
			fails.Fails, fails.Off = 2, "It has taken nothing for three days."
			ours, err := o.EndTry(t.Context(), "node", c, store.WaitingEvent{N: 2}, store.Try{At: since, Why: "no"}, fails)
			if ours || err != nil {
				t.Errorf("a try of the receiver as it was is written: %v", err)
			}
			rest := since.Add(time.Hour)
			if err := o.ReleaseWebhook(t.Context(), "node", c, &rest); err != nil {
				t.Fatal(err)
			}
			w, err := s.For("acme").Webhook(t.Context(), "crm")
			if err != nil || w.Failing != nil || w.Fails != 0 || w.Rest != nil || w.WhyOff != "" || w.Enabled != row.change.Enabled {
				t.Errorf("%+v, %v", w, err)
			}
			if again, ok, err := o.ClaimWebhook(t.Context(), "node"); err != nil || ok != row.change.Enabled || ok && again.URL != row.change.URL {
				t.Errorf("%+v, %v, %v", again, ok, err)
			}
		})
	}
}
