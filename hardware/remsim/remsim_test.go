package remsim_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roadline/fmc/cause"
	"roadline/hardware/banksim"
	"roadline/hardware/gsmsim"
	"roadline/hardware/remsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// module is a module that takes whatever card it is given.
type module struct{ card *gsmsim.Card }

func (m *module) Swap(c *gsmsim.Card) error {
	m.card = c
	return nil
}

// serve has a bank of two cards and two modules, and its server; its clock is moved by hand.
func serve(t *testing.T, now *time.Time) (*banksim.Bank, *remsim.Server) {
	t.Helper()
	b, err := banksim.New(banksim.Options{
		Cards:   map[banksim.Slot]*gsmsim.Card{{Bank: 1, Slot: 0}: gsmsim.NewCard(1), {Bank: 1, Slot: 1}: gsmsim.NewCard(2)},
		Modules: map[banksim.Client]banksim.Module{{Client: 10}: &module{}, {Client: 11}: &module{}},
		Step:    time.Second, Now: func() time.Time { return *now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return b, at(t, b)
}

// at is whoever answers at an address of this machine.
func at(t *testing.T, h http.Handler) *remsim.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	way := &http.Transport{}
	t.Cleanup(way.CloseIdleConnections)
	s, err := remsim.NewServer(server.URL, way)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func look(t *testing.T, s *remsim.Server) remsim.Picture {
	t.Helper()
	p, err := s.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAMapIsMadeAndTakenBack(t *testing.T) {
	now := time.Unix(0, 0)
	b, s := serve(t, &now)
	p := look(t, s)
	if !maps.Equal(p.Banks, map[int]int{1: 2}) || !p.Clients[remsim.Client{Client: 10}] || !p.Clients[remsim.Client{Client: 11}] || len(p.Maps) != 0 {
		t.Fatalf("at first the server says %+v", p)
	}
	slot, client := remsim.Slot{Bank: 1, Slot: 1}, remsim.Client{Client: 10}
	if err := s.Map(t.Context(), slot, client); err != nil {
		t.Fatal(err)
	}
	for _, state := range []remsim.State{remsim.New, remsim.Unacknowledged, remsim.Active} {
		if p := look(t, s); len(p.Maps) != 1 || p.Maps[0] != (remsim.Map{Slot: slot, Client: client, State: state}) {
			t.Fatalf("the server says %+v, and not %s", p.Maps, state)
		}
		now = now.Add(time.Second)
	}
	if err := s.Map(t.Context(), slot, remsim.Client{Client: 11}); cause.KindOf(err) != cause.Conflict {
		t.Errorf("a second map of a slot is no conflict: %v", err)
	}
	if err := s.Map(t.Context(), remsim.Slot{Bank: 1}, client); cause.KindOf(err) != cause.Conflict {
		t.Errorf("a second map of a client is no conflict: %v", err)
	}
	for range 2 { // the second time it is not there: that is what was wanted
		if err := s.Unmap(t.Context(), slot); err != nil {
			t.Fatal(err)
		}
	}
	if p := look(t, s); len(p.Maps) != 0 {
		t.Errorf("a map that was taken back is there: %+v", p.Maps)
	}
	now = now.Add(time.Second)
	if left := b.Serves(); len(left) != 0 {
		t.Errorf("the cards still serve: %v", left)
	}
}

func TestWhatAServerDoesWrongIsSaidAsItsOwn(t *testing.T) {
	for _, f := range []banksim.Fault{banksim.Away, banksim.Half, banksim.Gibberish} {
		now := time.Unix(0, 0)
		b, s := serve(t, &now)
		b.Fault(f, true)
		if _, err := s.Look(t.Context()); cause.KindOf(err) != cause.Unavailable {
			t.Errorf("fault %d: %v", f, err)
		}
	}
	now := time.Unix(0, 0)
	b, s := serve(t, &now)
	b.Fault(banksim.Hangs, true)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Look(ctx); cause.KindOf(err) != cause.Unavailable {
		t.Errorf("a server that hangs: %v", err)
	}
	b.Fault(banksim.Hangs, false)
	b.Fault(banksim.Refuses, true)
	if err := s.Map(t.Context(), remsim.Slot{Bank: 1}, remsim.Client{Client: 10}); cause.KindOf(err) != cause.Conflict {
		t.Errorf("a server that refuses: %v", err)
	}
}

func TestHostileAnswersAreNoPicture(t *testing.T) {
	for what, text := range map[string]string{
		"nothing":                   "",
		"no list":                   `{}`,
		"null":                      `null`,
		"a list of other things":    `{"slotmaps":[1,2]}`,
		"numbers out of range":      `{"slotmaps":[{"bank":{"bankId":1,"slotNr":70000},"client":{"clientId":10,"slotNr":0},"state":"ACTIVE"}]}`,
		"negative numbers":          `{"slotmaps":[{"bank":{"bankId":-1,"slotNr":0},"client":{"clientId":10,"slotNr":0},"state":"ACTIVE"}]}`,
		"numbers beyond any":        `{"slotmaps":[{"bank":{"bankId":1e99,"slotNr":0},"client":{"clientId":10,"slotNr":0},"state":"ACTIVE"}]}`,
		"a map without a state":     `{"slotmaps":[{}]}`,
		"a page":                    `<html></html>`,
		"more than anybody reads":   `{"slotmaps":[` + strings.Repeat(" ", 2<<20) + `]}`,
		"nesting without an end":    strings.Repeat("[", 100_000),
		"a name that is no text":    `{"clients":[{"peer":7}],"slotmaps":[]}`,
		"a status that is no state": `{"slotmaps":[{"bank":{"bankId":1,"slotNr":0},"client":{"clientId":10,"slotNr":0},"state":5}]}`,
	} {
		s := at(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
		if _, err := s.Look(t.Context()); cause.KindOf(err) != cause.Unavailable {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, status := range []int{http.StatusNotFound, http.StatusInternalServerError, http.StatusFound} {
		s := at(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://192.0.2.1/")
			w.WriteHeader(status)
		}))
		if _, err := s.Look(t.Context()); cause.KindOf(err) != cause.Unavailable {
			t.Errorf("status %d: %v", status, err)
		}
		if err := s.Map(t.Context(), remsim.Slot{}, remsim.Client{}); cause.KindOf(err) != cause.Conflict {
			t.Errorf("status %d to a map: %v", status, err)
		}
	}
}

func TestClientsAreKnownByTheirConnections(t *testing.T) {
	s := at(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"clients":[{"peer":"C10:0","state":"CONNECTED_CLIENT"},{"peer":"C11:1","state":"ESTABLISHED"},{"peer":"192.0.2.1:5","state":"CONNECTED_CLIENT"},{"peer":"C:","state":"CONNECTED_CLIENT"},{"peer":"C9999:0","state":"CONNECTED_CLIENT"}],"slotmaps":[]}`))
	}))
	if p := look(t, s); !maps.Equal(p.Clients, map[remsim.Client]bool{{Client: 10}: true}) {
		t.Errorf("known are %v", p.Clients)
	}
}

func TestAnAddressIsAURLOfAServer(t *testing.T) {
	for _, a := range []string{"", "box:9997", "ftp://box", "http://", "http://u:p@box", "http://box/api", "http://box?x=1", "http://\x00"} {
		if _, err := remsim.NewServer(a, nil); cause.KindOf(err) != cause.Invalid {
			t.Errorf("%q: %v", a, err)
		}
	}
}
