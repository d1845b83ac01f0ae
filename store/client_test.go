package store_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

func TestAClientHasANameWhereverTheirNumberIsShown(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, salesOf("acme"), 0)
	acme := s.For("acme")
	drainAll(t, s, append(missedAt(morning, client), missedAt(morning, "+79120000002")...)...)
	if err := acme.SetClients(t.Context(), "ivanov", store.Client{Number: client, Name: "Петров", Firm: "ООО «Ромашка»"}); err != nil {
		t.Fatal(err)
	}
	const called = "Петров (ООО «Ромашка»)"
	lines, err := acme.Calls(t.Context(), store.CallFilter{Client: client})
	if err != nil || len(lines) != 1 || lines[0].Called != called {
		t.Errorf("in the list of calls: %+v %v", lines, err)
	}
	if all := tasks(t, s, store.MissedFilter{Client: client}); len(all) != 1 || all[0].Called != called {
		t.Errorf("among the missed: %+v", all)
	}
	if all := tasks(t, s, store.MissedFilter{Client: "+79120000002"}); len(all) != 1 || all[0].Called != "" {
		t.Errorf("whom nobody named: %+v", all)
	}
	c, err := acme.Client(t.Context(), client)
	if err != nil || c.Called() != called || c.Author != "ivanov" || c.At.IsZero() {
		t.Errorf("%+v %v", c, err)
	}
	if all, err := acme.ClientsOf(t.Context(), []string{client, "+79120000002"}); err != nil || len(all) != 1 || all[client].Name != "Петров" {
		t.Errorf("%+v %v", all, err)
	}
	for text, want := range map[string]int{"ромаш": 1, "ПЕТРОВ": 1, "петров%": 0, "' or 1=1 --": 0} {
		found, err := acme.Find(t.Context(), text)
		if err != nil || len(found.Clients) != want {
			t.Fatalf("%q: %+v %v", text, found, err)
		}
		if lines, err := acme.Calls(t.Context(), store.CallFilter{Found: &found}); err != nil || len(lines) != want {
			t.Errorf("%q finds %d calls, %v", text, len(lines), err)
		}
	}
}

func TestCallsOfAWholeNumberAreNotThoseOfALongerOne(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, salesOf("acme"), 0)
	const short, long = "+4930123456", "+493012345678"
	drainAll(t, s, append(missedAt(morning, short), missedAt(morning, long)...)...)
	for whole, want := range map[bool]int{true: 1, false: 2} {
		lines, err := s.For("acme").Calls(t.Context(), store.CallFilter{Client: short, Whole: whole})
		if open := tasks(t, s, store.MissedFilter{Client: short, Whole: whole}); err != nil || len(lines) != want || len(open) != want {
			t.Errorf("%t: %d calls, %d tasks, %v", whole, len(lines), len(open), err)
		}
	}
}

// What happens is told with the names that are known when it happens, to each company its own.
func TestWhatHappensIsToldWithTheNamesOfClients(t *testing.T) {
	s := storetest.Open(t)
	for _, id := range []fmc.CompanyID{"acme", "beta"} {
		apply(t, s, salesOf(id), 0)
		if err := s.For(id).SetClients(t.Context(), "x", store.Client{Number: client, Name: "Of " + string(id)}); err != nil {
			t.Fatal(err)
		}
	}
	drainAll(t, s, missedAt(morning, client)...)
	drainAll(t, s, missedAt(morning, "+79120000002")...)
	told := map[string]int{}
	for _, e := range events(t, s, "acme") {
		var data struct {
			Client string `json:"client"`
			Name   string `json:"client_name"`
		}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			t.Fatal(err)
		}
		if want := map[string]string{client: "Of acme"}[data.Client]; data.Name != want {
			t.Errorf("%s of %s: %q", e.Type, data.Client, data.Name)
		}
		if data.Name != "" {
			told[string(e.Type)]++
		}
	}
	if told["call.started"] != 1 || told["call.ended"] != 1 || told["call.missed"] != 1 {
		t.Errorf("%v", told)
	}
}

func TestTheAddressBookIsReadByPagesAndForgets(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	acme := s.For("acme")
	hostile := store.Client{Number: "+79120000003", Firm: "a\x00b\xff'; drop table client; --"}
	if err := acme.SetClients(t.Context(), "boris", store.Client{Number: "+79120000001", Name: "One"}, store.Client{Number: "+79120000002", Name: "Two", Firm: "Firm"}, hostile); err != nil {
		t.Fatal(err)
	}
	numbers := func(f store.ClientFilter) []string {
		t.Helper()
		all, err := acme.Clients(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		var numbers []string
		for _, c := range all {
			numbers = append(numbers, c.Number)
			if strings.ContainsRune(c.Firm, 0) {
				t.Errorf("%q", c.Firm)
			}
		}
		return numbers
	}
	if got := numbers(store.ClientFilter{Limit: 2}); !slices.Equal(got, []string{"+79120000001", "+79120000002"}) {
		t.Error(got)
	}
	if got := numbers(store.ClientFilter{After: "+79120000002"}); !slices.Equal(got, []string{"+79120000003"}) {
		t.Error(got)
	}
	for text, want := range map[string]int{"fir": 1, "0000": 3, "table": 1, "_": 0} {
		if got := numbers(store.ClientFilter{Text: text}); len(got) != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if err := acme.SetClients(t.Context(), "boris", store.Client{Number: "+79120000002"}, store.Client{Number: "+79120000009"}); err != nil {
		t.Fatal(err)
	}
	if _, err := acme.Client(t.Context(), "+79120000002"); !errors.Is(err, cause.NotFound) {
		t.Errorf("forgotten: %v", err)
	}
	if err := s.For(fmc.CompanyID("nobody")).SetClients(t.Context(), "x", store.Client{Number: "+7", Name: "x"}); !errors.Is(err, cause.NotFound) {
		t.Errorf("of no company: %v", err)
	}
}
