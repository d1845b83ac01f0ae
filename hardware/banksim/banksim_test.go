package banksim_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roadline/fmc/cause"
	"roadline/hardware/banksim"
	"roadline/hardware/gsmsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// module is a module that takes whatever card it is given.
type module struct{ card *gsmsim.Card }

func (m *module) Swap(c *gsmsim.Card) error {
	m.card = c
	return nil
}

// TestTheInterfaceAnswersAsWasSeen walks the interface with the answers that osmo-remsim-server 1.0.0 was seen to give.
func TestTheInterfaceAnswersAsWasSeen(t *testing.T) {
	now := time.Unix(0, 0)
	m := &module{}
	card := gsmsim.NewCard(1)
	b, err := banksim.New(banksim.Options{
		Cards:   map[banksim.Slot]*gsmsim.Card{{Bank: 1, Slot: 0}: card, {Bank: 1, Slot: 1}: gsmsim.NewCard(2)},
		Modules: map[banksim.Client]banksim.Module{{Client: 10}: m}, Step: time.Second, Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	const (
		bank   = `{"peer":"B1","state":"CONNECTED_BANKD","component_id":{"type_":"remsimBankd","name":"fixme-name","software":"remsim-bankd","swVersion":"1.0.0"},"bankId":1,"numberOfSlots":2}`
		client = `{"peer":"C10:0","state":"CONNECTED_CLIENT","component_id":{"type_":"remsimClient","name":"fixme-name","software":"remsim-client","swVersion":"1.0.0"}}`
		ask    = `{"bank":{"bankId":1,"slotNr":0},"client":{"clientId":10,"slotNr":0}}`
	)
	is := func(state string) string {
		return `{"slotmaps":[{"bank":{"bankId":1,"slotNr":0},"client":{"clientId":10,"slotNr":0},"state":"` + state + `"}]}`
	}
	for i, x := range []struct {
		method, path, body string
		status             int
		answer             string
		later              time.Duration // after it
	}{
		{"GET", "restart-counter", "", 200, "", 0},
		{"GET", "banks", "", 200, `{"banks":[` + bank + `]}`, 0},
		{"GET", "banks/1", "", 200, bank, 0},
		{"GET", "banks/7", "", 200, "", 0},       // nobody
		{"GET", "banks/70000", "", 400, "", 0},   // more than a bank's number may be
		{"GET", "clients/10", "", 200, "", 0},    // it looks it up by another number
		{"GET", "clients/0", "", 200, client, 0}, // which is 0
		{"GET", "clients", "", 200, `{"clients":[` + client + `]}`, 0},
		{"GET", "slotmaps", "", 200, `{"slotmaps":[]}`, 0},
		{"POST", "slotmaps", "no JSON", 400, "", 0},
		{"POST", "slotmaps", `{"bank":{"bankId":1,"slotNr":0}}`, 400, "", 0},
		{"POST", "slotmaps", ask, 201, "", 0},
		{"POST", "slotmaps", ask, 400, "", 0},
		{"GET", "slotmaps", "", 200, is("NEW"), time.Second},
		{"GET", "slotmaps", "", 200, is("UNACKNOWLEDGED"), time.Second},
		{"GET", "slotmaps", "", 200, is("ACTIVE"), 0},
		{"DELETE", "slotmaps/65536", "", 200, "", 0},
		{"DELETE", "slotmaps/65536", "", 404, "", 0},
		{"GET", "slotmaps", "", 200, `{"slotmaps":[]}`, time.Second},
		{"POST", "slotmaps", ask, 201, "", 0},
		{"POST", "global-reset", "", 200, "", 0},
		{"GET", "slotmaps", "", 200, `{"slotmaps":[]}`, 0},
		{"PUT", "slotmaps", "", 404, "", 0},
		{"GET", "other", "", 404, "", 0},
	} {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), x.method, "/api/backend/v1/"+x.path, strings.NewReader(x.body)))
		if w.Code != x.status || w.Body.String() != x.answer {
			t.Errorf("%d: %s %s: %d %s", i, x.method, x.path, w.Code, w.Body)
		}
		if x.answer == is("ACTIVE") && m.card != card {
			t.Error("the map is active, and the card is not in the module")
		}
		now = now.Add(x.later)
	}
	if m.card != nil {
		t.Error("the card is in the module still")
	}
}

// TestAMapThatIsDeletedBeforeTheBankAcknowledgedItServesOn is the server's own quirk: it forgets the map and tells nobody.
func TestAMapThatIsDeletedBeforeTheBankAcknowledgedItServesOn(t *testing.T) {
	now := time.Unix(0, 0)
	m := &module{}
	b, err := banksim.New(banksim.Options{
		Cards:   map[banksim.Slot]*gsmsim.Card{{Bank: 1}: gsmsim.NewCard(1)},
		Modules: map[banksim.Client]banksim.Module{{Client: 10}: m}, Step: time.Second, Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	const ask = `{"bank":{"bankId":1,"slotNr":0},"client":{"clientId":10,"slotNr":0}}`
	do := func(method, path, body string) string {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/api/backend/v1/"+path, strings.NewReader(body)))
		return w.Body.String()
	}
	do("POST", "slotmaps", ask)
	now = now.Add(time.Second)
	do("DELETE", "slotmaps/65536", "")
	now = now.Add(time.Minute)
	if list := do("GET", "slotmaps", ""); list != `{"slotmaps":[]}` || m.card == nil || len(b.Serves()) != 1 {
		t.Errorf("the list is %s, the module has %v", list, m.card)
	}
	do("POST", "slotmaps", ask)
	now = now.Add(time.Minute)
	if list := do("GET", "slotmaps", ""); !strings.Contains(list, "UNACKNOWLEDGED") {
		t.Errorf("the bank acknowledged a second map of the slot: %s", list)
	}
	b.Restart()
	if m.card != nil || len(b.Serves()) != 0 {
		t.Error("after a restart the card is in the module still")
	}
}

func TestABankIsServedOnItsPort(t *testing.T) {
	if _, err := banksim.New(banksim.Options{}); cause.KindOf(err) != cause.Invalid {
		t.Errorf("a bank of nothing: %v", err)
	}
	b, err := banksim.New(banksim.Options{
		Cards:   map[banksim.Slot]*gsmsim.Card{{Bank: 1}: gsmsim.NewCard(1)},
		Modules: map[banksim.Client]banksim.Module{{Client: 10}: &module{}}, Listen: "127.0.0.1:0", Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	way := &http.Transport{}
	defer way.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.Address()+"/api/backend/v1/slotmaps", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&http.Client{Transport: way}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if _ = answer.Body.Close(); err != nil || string(text) != `{"slotmaps":[]}` {
		t.Errorf("%s, %v", text, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
