package hook_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"roadline/cabinet/hook"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/store"
	"roadline/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// stage is a company, a desk that tells its receivers, and a clock that a test moves.
type stage struct {
	t     *testing.T
	store *store.Store
	desk  *hook.Desk
	said  *bytes.Buffer // of the log; read after stop
	stop  func()

	mu  sync.Mutex // guards:
	now time.Time
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func newStage(t *testing.T, allow []netip.Prefix) *stage {
	return stageOf(t, hook.Options{Allow: allow})
}

// stageOf has a desk of these options; with none of its patience, twenty seconds.
func stageOf(t *testing.T, o hook.Options) *stage {
	t.Helper()
	s := &stage{t: t, now: time.Now().UTC().Truncate(time.Second), said: &bytes.Buffer{}}
	var err error
	s.store, err = store.Open(t.Context(), store.Options{DSN: storetest.DSN(t), Clock: s.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.store.Close)
	if err := s.store.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := &fmc.Company{Profile: fmc.Profile{ID: "acme", Name: "Acme", Country: "RU", Zone: time.UTC}, Numbers: []fmc.Number{{Number: callerid.Number{E164: "+74951234567"}, Trunk: "t"}}}
	if _, err := s.store.For("acme").Apply(t.Context(), store.Change{Document: "x", Company: c, Author: "admin", Reason: "test"}); err != nil {
		t.Fatal(err)
	}
	s.stop = func() {}
	s.starts(o)
	return s
}

// starts starts a desk of these options, in the place of the one before it.
func (s *stage) starts(o hook.Options) {
	s.stop()
	o.Store, o.Node, o.Patience, o.Now, o.Log = s.store, "node", cmp.Or(o.Patience, 20*time.Second), s.clock, slog.New(slog.NewTextHandler(s.said, nil))
	s.desk = hook.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.desk.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(s.stop)
}

// adds has a receiver be told from now on, and returns what it is given to verify with.
func (s *stage) adds(id, url string, scheme store.WebhookScheme) string {
	s.t.Helper()
	keys, shown := hook.NewKeys(scheme)
	if err := s.store.For("acme").AddWebhook(s.t.Context(), store.Webhook{ID: id, URL: url, Enabled: true, Scheme: scheme}, keys); err != nil {
		s.t.Fatal(err)
	}
	return shown
}

// happen raises events; nothing is told before settle or pass.
func (s *stage) happen(n int) {
	s.t.Helper()
	for range n {
		err := s.store.For("acme").Raise(s.t.Context(), fmc.Event{Type: fmc.EventTrunkState, At: s.clock(), Data: fmc.TrunkTold{Trunk: "carrier-a", Ready: true}})
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// pass has time pass, and the desk do what is due then.
func (s *stage) pass(d time.Duration) {
	s.t.Helper()
	s.mu.Lock()
	s.now = s.now.Add(d)
	s.mu.Unlock()
	s.settle()
}

// settle waits until nothing is due any more.
func (s *stage) settle() {
	s.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(time.Minute); ; {
		s.desk.Look()
		var at time.Time
		var waits bool
		var err error
		s.desk.Still(func() { at, waits, err = s.store.Operator().WebhooksDue(s.t.Context()) })
		if err != nil {
			s.t.Fatal(err)
		}
		if !waits || at.After(s.clock()) {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			s.t.Fatalf("something is due at %v for a minute", at)
		}
	}
}

func (s *stage) webhook(id string) store.Webhook {
	s.t.Helper()
	w, err := s.store.For("acme").Webhook(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return w
}

// receiver is a program that is told.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex // guards:
	answer func(w http.ResponseWriter, r *http.Request, n int64)
	asked  []int64 // the number of each request
	took   []int64 // those that were answered with 204
	bodies [][]byte
	heads  []http.Header
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (x *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var m hook.Message
	_ = json.Unmarshal(body, &m)
	x.mu.Lock()
	x.asked, x.bodies, x.heads = append(x.asked, m.N), append(x.bodies, body), append(x.heads, r.Header)
	answer := x.answer
	x.mu.Unlock()
	if answer != nil {
		answer(w, r, m.N)
		return
	}
	x.takes(m.N)
	w.WriteHeader(http.StatusNoContent)
}

func (x *receiver) takes(n int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.took = append(x.took, n)
}

// answers has it answer otherwise from now on; nil: it takes everything.
func (x *receiver) answers(how func(w http.ResponseWriter, r *http.Request, n int64)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.answer = how
}

// refuses has it answer with a status.
func (x *receiver) refuses(status int) {
	x.answers(func(w http.ResponseWriter, _ *http.Request, _ int64) { w.WriteHeader(status) })
}

// seen is what it was asked and what it took since the last time.
func (x *receiver) seen() (asked, took []int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	asked, took = x.asked, x.took
	x.asked, x.took = nil, nil
	return asked, took
}

func from(first, last int64) []int64 {
	var all []int64
	for n := first; n <= last; n++ {
		all = append(all, n)
	}
	return all
}

func TestAReceiverVerifiesWhatItIsTold(t *testing.T) {
	s, r := newStage(t, loopback), newReceiver(t)
	secret := s.adds("crm", r.URL+"/hook?token=geheim", store.WebhookHMAC)
	s.happen(1)
	s.settle()
	keys, second := hook.NewKeys(store.WebhookHMAC)
	if err := s.store.For("acme").RotateWebhook(t.Context(), "crm", keys, s.clock().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	s.happen(1)
	s.settle()
	s.pass(2 * time.Hour)
	s.happen(1)
	s.settle()
	if _, took := r.seen(); !slices.Equal(took, from(2, 4)) {
		t.Fatalf("it took %v", took)
	}
	for i, row := range []struct{ first, second bool }{{true, false}, {true, true}, {false, true}} {
		for secret, valid := range map[string]bool{secret: row.first, second: row.second} {
			verifier, err := standardwebhooks.NewWebhook(secret)
			if err != nil {
				t.Fatal(err)
			}
			if err := verifier.VerifyIgnoringTimestamp(r.bodies[i], r.heads[i]); (err == nil) != valid {
				t.Errorf("message %d: %v, want valid: %v", i, err, valid)
			}
			if err := verifier.VerifyIgnoringTimestamp(append(r.bodies[i], ' '), r.heads[i]); err == nil {
				t.Error("a message that was changed is taken")
			}
		}
	}
	if id, at := r.heads[0].Get("webhook-id"), r.heads[0].Get("webhook-timestamp"); id != "evt_acme_2" || at == "" {
		t.Errorf("id %q at %q", id, at)
	}
	tries, err := s.store.For("acme").Tries(t.Context(), "crm", 2)
	if err != nil || len(tries) != 1 || !strings.Contains(tries[0].Sent, "Webhook-Id: evt_acme_2") || strings.Contains(tries[0].Sent, "geheim") || !strings.HasPrefix(tries[0].Answered, "HTTP/1.1 204 No Content") {
		t.Errorf("the log: %+v, %v", tries, err)
	}
}

func TestAReceiverMayVerifyByAPublicKey(t *testing.T) {
	s, r := newStage(t, loopback), newReceiver(t)
	public := s.adds("crm", r.URL, store.WebhookEd25519)
	s.happen(1)
	s.settle()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(public, "whpk_"))
	if err != nil {
		t.Fatal(err)
	}
	h := r.heads[0]
	signature, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.Get("webhook-signature"), "v1a,"))
	if err != nil || !ed25519.Verify(key, fmt.Appendf(nil, "%s.%s.%s", h.Get("webhook-id"), h.Get("webhook-timestamp"), r.bodies[0]), signature) {
		t.Errorf("%q, %v", h.Get("webhook-signature"), err)
	}
}

// TestAReceiverThatIsAwayForTenMinutesMissesNothing counts every number, and how little it is asked meanwhile.
func TestAReceiverThatIsAwayForTenMinutesMissesNothing(t *testing.T) {
	for name, away := range map[string]func(*receiver){
		"wrong": func(r *receiver) { r.refuses(http.StatusInternalServerError) },
		"slow": func(r *receiver) {
			r.answers(func(_ http.ResponseWriter, q *http.Request, _ int64) { <-q.Context().Done() })
		},
		"gone from the network": func(r *receiver) {
			r.answers(func(w http.ResponseWriter, _ *http.Request, _ int64) {
				c, _, err := http.NewResponseController(w).Hijack()
				if err == nil {
					_ = c.Close()
				}
			})
		},
		"overloaded": func(r *receiver) { r.refuses(http.StatusBadGateway) },
		"redirected": func(r *receiver) { r.refuses(http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := newStage(t, loopback), newReceiver(t)
			s.adds("crm", r.URL, store.WebhookHMAC)
			other := newReceiver(t)
			s.adds("other", other.URL, store.WebhookHMAC)
			s.happen(3)
			s.settle()
			away(r)
			if name == "slow" {
				s.starts(hook.Options{Allow: loopback, Patience: 100 * time.Millisecond})
			}
			for range 10 {
				s.happen(2)
				s.settle()
				s.pass(time.Minute)
			}
			asked, _ := r.seen()
			if len(asked) > 40 {
				t.Errorf("while it was away it was asked %d times", len(asked))
			}
			if w := s.webhook("crm"); w.Failing == nil || w.Waiting != 20 || !w.Enabled {
				t.Errorf("%+v", w)
			}
			r.answers(nil)
			s.starts(hook.Options{Allow: loopback})
			s.happen(1)
			for range 30 { // the other one may have been late, where the machine is slow and patience short
				s.pass(6 * time.Minute) // half of the time that it was away, at most five minutes
				if s.webhook("crm").Waiting+s.webhook("other").Waiting == 0 {
					break
				}
			}
			if _, took := r.seen(); !slices.Equal(took, from(5, 25)) {
				t.Errorf("then it took %v", took)
			}
			if w := s.webhook("crm"); w.Failing != nil || w.Waiting != 0 {
				t.Errorf("%+v", w)
			}
			_, took := other.seen()
			slices.Sort(took)
			if !slices.Equal(slices.Compact(took), from(2, 25)) {
				t.Errorf("another receiver took %v meanwhile", took)
			}
		})
	}
}

func TestOneEventThatIsNotTakenHoldsNoneUp(t *testing.T) {
	s, r := newStage(t, loopback), newReceiver(t)
	s.adds("crm", r.URL, store.WebhookHMAC)
	poison := []int64{3, 4}
	r.answers(func(w http.ResponseWriter, _ *http.Request, n int64) {
		if slices.Contains(poison, n) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		r.takes(n)
	})
	s.happen(6)
	s.settle()
	if _, took := r.seen(); len(took) != 4 || slices.Contains(took, 3) {
		t.Errorf("it took %v", took)
	}
	// They are tried for three days, and then given up: it is them, and not the receiver.
	for range 75 { // in steps as large as that ten tries take longer
		s.pass(2 * time.Hour)
	}
	for _, n := range poison {
		d, err := s.store.For("acme").Delivery(t.Context(), "crm", n)
		if err != nil || d.State != store.DeliveryFailed || d.Tries < 10 {
			t.Errorf("%+v, %v", d, err)
		}
	}
	if w := s.webhook("crm"); !w.Enabled {
		t.Errorf("it is switched off: %s", w.WhyOff)
	}
}

func TestAReceiverThatWantsNoMoreIsSwitchedOff(t *testing.T) {
	s, r := newStage(t, loopback), newReceiver(t)
	s.adds("crm", r.URL, store.WebhookHMAC)
	r.refuses(http.StatusGone)
	s.happen(3)
	s.settle()
	if asked, _ := r.seen(); len(asked) != 1 {
		t.Errorf("it was asked %v", asked)
	}
	w := s.webhook("crm")
	if w.Enabled || !strings.Contains(w.WhyOff, "410") {
		t.Fatalf("%+v", w)
	}
	r.answers(nil)
	w.Enabled = true
	if err := s.store.For("acme").ChangeWebhook(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	s.settle()
	if _, took := r.seen(); !slices.Equal(took, from(2, 4)) {
		t.Errorf("switched on again it took %v", took)
	}
}

func TestAReceiverThatIsDeadForThreeDaysIsSwitchedOff(t *testing.T) {
	s, r := newStage(t, loopback), newReceiver(t)
	s.adds("crm", r.URL, store.WebhookHMAC)
	r.Close()
	s.happen(1)
	s.settle()
	for range 45 { // in steps as large as that ten tries take longer
		s.pass(4 * time.Hour)
	}
	if w := s.webhook("crm"); w.Enabled || !strings.Contains(w.WhyOff, "three days") {
		t.Errorf("%+v", w)
	}
	s.stop()
	if !strings.Contains(s.said.String(), "webhook switched off") {
		t.Errorf("the log says %s", s.said)
	}
}

func TestAReceiverIsLeftAloneAsLongAsItAsks(t *testing.T) {
	s, r := newStage(t, loopback), newReceiver(t)
	s.adds("crm", r.URL, store.WebhookHMAC)
	r.answers(func(w http.ResponseWriter, _ *http.Request, _ int64) {
		w.Header().Set("Retry-After", "1200")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	s.happen(2)
	s.settle()
	r.answers(nil)
	s.pass(19 * time.Minute)
	s.happen(1)
	s.settle()
	if asked, _ := r.seen(); len(asked) != 1 {
		t.Errorf("within the time that it asked for it was asked %v", asked)
	}
	s.pass(10 * time.Minute)
	if _, took := r.seen(); !slices.Equal(took, from(2, 4)) {
		t.Errorf("then it took %v", took)
	}
}

// changesAtFirst has a receiver answer the first request only after somebody changed the webhook.
func (x *receiver) changesAtFirst(s *stage, w store.Webhook) {
	var once sync.Once
	x.answers(func(out http.ResponseWriter, r *http.Request, _ int64) {
		once.Do(func() {
			if err := s.store.For("acme").ChangeWebhook(r.Context(), w); err != nil {
				s.t.Error(err)
			}
		})
		out.WriteHeader(http.StatusNoContent)
	})
}

func TestAReceiverThatIsGivenAnotherAddressIsToldAllThatWaitsThere(t *testing.T) {
	s, old, next := newStage(t, loopback), newReceiver(t), newReceiver(t)
	s.adds("crm", old.URL, store.WebhookHMAC)
	w := s.webhook("crm")
	w.URL = next.URL
	old.changesAtFirst(s, w)
	s.happen(3)
	s.settle()
	if asked, _ := old.seen(); len(asked) != 1 {
		t.Errorf("at the old address it was asked %v", asked)
	}
	if _, took := next.seen(); !slices.Equal(took, from(2, 4)) {
		t.Errorf("at the new address it took %v", took)
	}
}

func TestAReceiverThatIsSwitchedOffIsToldNoMoreOfWhatWasDueAlready(t *testing.T) {
	s, r := newStage(t, loopback), newReceiver(t)
	s.adds("crm", r.URL, store.WebhookHMAC)
	w := s.webhook("crm")
	w.Enabled = false
	r.changesAtFirst(s, w)
	s.happen(3)
	s.settle()
	if asked, _ := r.seen(); len(asked) != 1 {
		t.Errorf("it was asked %v", asked)
	}
	r.answers(nil)
	w.Enabled = true
	if err := s.store.For("acme").ChangeWebhook(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	s.settle()
	if _, took := r.seen(); !slices.Equal(took, from(2, 4)) {
		t.Errorf("switched on again it took %v", took)
	}
}

func TestAnAddressInsideIsToldNothing(t *testing.T) {
	s, r := newStage(t, nil), newReceiver(t)
	s.adds("crm", r.URL, store.WebhookHMAC)
	s.adds("name", strings.Replace(r.URL, "127.0.0.1", "localhost", 1), store.WebhookHMAC)
	s.happen(1)
	s.settle()
	if asked, _ := r.seen(); len(asked) != 0 {
		t.Errorf("it was asked %v", asked)
	}
	for _, id := range []string{"crm", "name"} {
		tries, err := s.store.For("acme").Tries(t.Context(), id, 2)
		if err != nil || len(tries) == 0 || !strings.Contains(tries[0].Why, "an address inside") {
			t.Errorf("%s: %+v, %v", id, tries, err)
		}
	}
}

func TestWhatWasToldWhenTheNodeStoppedIsToldAgain(t *testing.T) {
	s, r := newStage(t, loopback), newReceiver(t)
	s.adds("crm", r.URL, store.WebhookHMAC)
	asked := make(chan struct{}, 1)
	r.answers(func(_ http.ResponseWriter, q *http.Request, _ int64) {
		asked <- struct{}{}
		<-q.Context().Done()
	})
	s.happen(1)
	s.desk.Look()
	<-asked
	s.stop()
	d, err := s.store.For("acme").Delivery(t.Context(), "crm", 2)
	if err != nil || d.State != store.DeliveryWaiting || d.Tries != 0 {
		t.Errorf("%+v, %v", d, err)
	}
	if _, ok, err := s.store.Operator().ClaimWebhook(t.Context(), "another"); !ok || err != nil {
		t.Errorf("another node cannot take it on: %v", err)
	}
}
