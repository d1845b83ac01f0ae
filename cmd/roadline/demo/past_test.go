package demo

import (
	"context"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"roadline/configs"
	"roadline/fmc"
	"roadline/store"
	"roadline/store/journal"
	"roadline/store/storetest"
)

// TestThePastIsLikeALife makes two weeks up and looks at what a manager would notice.
func TestThePastIsLikeALife(t *testing.T) {
	c, err := configs.ReadCompany("acme.yaml", companyFile)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	d := &Demo{o: Options{Seed: 1, Past: 14}, company: c}
	byCall, order := map[fmc.CallID][]fmc.Fact{}, []fmc.CallID(nil)
	for _, f := range d.past(now) {
		if len(byCall[f.Call]) == 0 {
			order = append(order, f.Call)
		}
		byCall[f.Call] = append(byCall[f.Call], f)
	}
	began := map[fmc.Status]int{}
	weekend, last := 0, time.Time{}
	for _, id := range order {
		r := fmc.Fold(byCall[id])
		if r.Opened.Began.Before(last) || r.Opened.Began.After(now) {
			t.Fatalf("call %s began %s, after one of %s", id, r.Opened.Began, last)
		}
		last = r.Opened.Began
		began[r.Status]++
		if day := r.Opened.Began.In(c.Profile.Zone).Weekday(); day == time.Saturday || day == time.Sunday {
			weekend++
		}
	}
	for status, share := range map[fmc.Status][2]int{
		fmc.StatusAnswered: {50, 95}, fmc.StatusMissed: {1, 25}, fmc.StatusNotAnswered: {2, 25}, fmc.StatusOpen: {0, 0}, fmc.StatusFailed: {0, 0},
	} {
		if n := 100 * began[status] / len(order); n < share[0] || n > share[1] {
			t.Errorf("%s: %d of %d calls", status, began[status], len(order))
		}
	}
	if len(order) < 500 || weekend > len(order)/10 {
		t.Errorf("%d calls, %d at weekends", len(order), weekend)
	}
	t.Logf("%d calls: %v", len(order), began)
}

// TestThePastIsThereOnceAlsoWhereAStartWasStopped starts twice on one folder, and once on one that a start left in the
// middle.
func TestThePastIsThereOnceAlsoWhereAStartWasStopped(t *testing.T) {
	c, err := configs.ReadCompany("acme.yaml", companyFile)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for _, stopped := range []bool{false, true} {
		kept := storetest.Open(t)
		if _, err := kept.For("acme").Apply(t.Context(), store.Change{Document: string(companyFile), Company: c, Author: "demo", Reason: "test"}); err != nil {
			t.Fatal(err)
		}
		d := &Demo{o: Options{Seed: 1, Past: 3, Folder: t.TempDir()}, company: c, screen: newScreen(Screen{Out: io.Discard, Now: func() time.Time { return now }}, c)}
		want := map[fmc.CallID]bool{}
		facts := d.past(now)
		for _, f := range facts {
			want[f.Call] = true
		}
		if stopped {
			log, _, err := journal.Open(filepath.Join(d.o.Folder, "past"), "past", uuid.Must(uuid.NewV7()), journal.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := (journal.Journal{Log: log}).Append(facts...); err != nil {
				t.Fatal(err)
			}
			if err := log.Close(); err != nil {
				t.Fatal(err)
			}
		}
		for start := range 2 {
			if err := d.remember(t.Context(), kept); err != nil {
				t.Fatal(err)
			}
			if n := calls(t.Context(), t, kept); n != len(want) {
				t.Errorf("stopped %v, start %d: %d calls, want %d", stopped, start, n, len(want))
			}
		}
	}
}

// calls counts the calls of the demo company.
func calls(ctx context.Context, t *testing.T, kept *store.Store) int {
	t.Helper()
	all, err := kept.For("acme").Calls(ctx, store.CallFilter{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// TestCardsHaveAPastToo looks at what an operator would notice.
func TestCardsHaveAPastToo(t *testing.T) {
	c, err := configs.ReadCompany("acme.yaml", companyFile)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	d := &Demo{o: Options{Seed: 1, Past: 14}, company: c}
	balances, lost, last := 0, 0, ""
	for _, f := range d.pastOfCards(now) {
		switch b := f.Body.(type) {
		case fmc.BalanceSeen:
			if balances++; b.At.After(now) {
				t.Errorf("a balance of %s", b.At)
			}
		case fmc.SIMSeen:
			if last = b.State; last == "searching" {
				lost++
			}
		}
	}
	if balances != 14*len(c.SIMs) || lost == 0 || last != "ready" {
		t.Errorf("%d balances, %d times without a network, %s in the end", balances, lost, last)
	}
	if signals := d.pastSignals(now); len(signals) != 96*len(c.SIMs) || !signals[0].At.Equal(now.Add(-24*time.Hour)) {
		t.Errorf("%d signals", len(signals))
	}
}

// TestPastNightsTellOfACardThatWasMended makes two weeks up and looks at what an operator would notice.
func TestPastNightsTellOfACardThatWasMended(t *testing.T) {
	c, err := configs.ReadCompany("acme.yaml", companyFile)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	d := &Demo{o: Options{Seed: 1, Past: 14}, company: c}
	var all []fmc.ShadowRecord
	for _, f := range d.pastNights(now) {
		switch body := f.Body.(type) {
		case fmc.ShadowBegan:
			all = append([]fmc.ShadowRecord{{ShadowBegan: body}}, all...)
		case fmc.ShadowEnded:
			all[0].Ended = &body
		default:
			t.Fatalf("%T is no attempt", body)
		}
	}
	cards, faults := c.ShadowCards(now), 0
	for _, r := range all {
		if r.Outcome() == "trouble" {
			faults++
		}
	}
	if len(all) != 14*len(cards) || faults == 0 || faults > 2 {
		t.Errorf("%d attempts of %d cards, %d with faults", len(all), len(cards), faults)
	}
	for _, s := range fmc.ShadowStates(cards, all) {
		if len(s.Troubles) > 0 {
			t.Errorf("%s is at fault today: %v", s.SIM, s.Troubles)
		}
	}
}
