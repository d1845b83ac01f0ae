package house_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"roadline/cabinet/hook"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/store"
	"roadline/store/storetest"
)

// receiver is a program outside that is told, once it is well.
type receiver struct {
	news chan struct{} // one token: something was taken

	mu   sync.Mutex // guards:
	ill  http.HandlerFunc
	took map[int64]bool
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	ill := r.ill
	r.mu.Unlock()
	if ill != nil {
		ill(w, q)
		return
	}
	var m hook.Message
	if err := json.NewDecoder(q.Body).Decode(&m); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.took[m.N] = true
	r.mu.Unlock()
	select {
	case r.news <- struct{}{}:
	default:
	}
}

func (r *receiver) recovers() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ill = nil
}

// has reports whether every event from one to another was taken.
func (r *receiver) has(first, last int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := first; n <= last; n++ {
		if !r.took[n] {
			return false
		}
	}
	return true
}

// TestReceiversThatTakeNothingCostNoCallAndLoseNoEvent has calls come while one receiver is slow, one is wrong and one is not
// there. What each did not take meanwhile it takes once it is well.
func TestReceiversThatTakeNothingCostNoCallAndLoseNoEvent(t *testing.T) {
	t.Parallel()
	well := make(chan struct{})
	sick := map[string]http.HandlerFunc{
		"slow": func(_ http.ResponseWriter, q *http.Request) {
			select {
			case <-well:
			case <-q.Context().Done():
			}
			panic(http.ErrAbortHandler) // too late for an answer
		},
		"wrong": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"gone": func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if tcp, ok := c.(*net.TCPConn); err == nil && ok {
				_ = tcp.SetLinger(0) // a reset
				_ = tcp.Close()
			}
		},
	}
	dsn := storetest.DSN(t)
	town := housetest.Start(t, housetest.Setup{Company: crew, DSN: dsn, Extra: "webhooks: {allow: [127.0.0.0/8]}"})
	acme := storetest.OpenAt(t, dsn).For("acme")
	receivers, urls := map[string]*receiver{}, map[string]string{}
	for id, ill := range sick {
		r := &receiver{ill: ill, took: map[int64]bool{}, news: make(chan struct{}, 1)}
		server := httptest.NewServer(r)
		t.Cleanup(server.Close)
		receivers[id], urls[id] = r, server.URL
		keys, _ := hook.NewKeys(store.WebhookHMAC)
		if err := acme.AddWebhook(t.Context(), store.Webhook{ID: id, URL: server.URL, Enabled: true, Scheme: store.WebhookHMAC}, keys); err != nil {
			t.Fatal(err)
		}
	}
	before, err := acme.Events(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	const calls = 6
	housetest.SIPp(t, housetest.Run{Scenario: "answer", Port: town.Carrier, Answers: 100 * time.Millisecond, Hangs: time.Minute, Echo: true})
	callers(t, town, calls, 3).Wait() // SIPp fails where one was refused
	judgeOutage(t, town, calls)

	// Nothing is lost; by itself the next try of an event that failed twice is minutes away, so that somebody has all told anew.
	told, err := acme.Events(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	close(well)
	for id, r := range receivers {
		if w, err := acme.Webhook(t.Context(), id); err != nil || !w.Enabled || int64(w.Waiting) < told.Span.Last-before.Span.Last {
			t.Errorf("for the one that was %s %d of %d events wait, %v", id, w.Waiting, told.Span.Last-before.Span.Last, err)
		}
		r.recovers()
		if err := acme.ChangeWebhook(t.Context(), store.Webhook{ID: id, URL: urls[id], Enabled: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := acme.Replay(t.Context(), id, before.Span.Last+1, told.Span.Last); err != nil {
			t.Fatal(err)
		}
	}
	// Whoever changes a receiver in the cabinet has the desk look; here an event does.
	if err := acme.Raise(t.Context(), fmc.Event{Type: fmc.EventTrunkState, At: time.Now(), Data: fmc.TrunkTold{Trunk: "carrier-a", Ready: true}}); err != nil {
		t.Fatal(err)
	}
	after, err := acme.Events(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if after.Span.Last-before.Span.Last < 3*calls {
		t.Fatalf("%d calls were told as events %d to %d", calls, before.Span.Last+1, after.Span.Last)
	}
	for id, r := range receivers {
		for limit := time.After(housetest.Within); !r.has(before.Span.Last+1, after.Span.Last); {
			select {
			case <-r.news:
			case <-limit:
				t.Fatalf("the one that was %s took %v of %d to %d", id, r.took, before.Span.Last+1, after.Span.Last)
			}
		}
	}
}
