package cabinet

import (
	"context"
	"crypto/rand"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/hook"
	"roadline/cabinet/times"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// WebhookShown is a receiver of events outside.
type WebhookShown struct {
	ID       string              `json:"id"`
	URL      string              `json:"url"`
	Types    []string            `json:"types"` // patterns of event types; empty: all
	Enabled  bool                `json:"enabled"`
	WhyOff   string              `json:"why_off,omitempty"` // where it was not a person who switched it off
	Scheme   store.WebhookScheme `json:"scheme" enum:"hmac,ed25519"`
	Public   string              `json:"public_key,omitempty"` // of ed25519
	OldUntil *time.Time          `json:"old_secret_until,omitempty"`
	Author   string              `json:"author"`
	Made     time.Time           `json:"made"`
	Failing  *time.Time          `json:"failing_since,omitempty"` // since when no try has passed
	Rest     *time.Time          `json:"next_try,omitempty"`
	Waiting  int                 `json:"waiting"` // events it was not told of yet
	Oldest   *time.Time          `json:"waiting_since,omitempty"`
}

func showWebhook(w store.Webhook) WebhookShown {
	shown := WebhookShown{
		ID: w.ID, URL: w.URL, Types: w.Types, Enabled: w.Enabled, WhyOff: w.WhyOff, Scheme: w.Scheme, Public: w.Public, OldUntil: w.OldUntil,
		Author: w.Author, Made: w.Made.UTC(), Failing: w.Failing, Rest: w.Rest, Waiting: w.Waiting, Oldest: w.Oldest,
	}
	if shown.Types == nil {
		shown.Types = []string{}
	}
	return shown
}

// WebhookSecret is a receiver with what its messages are verified with. A secret is shown this once.
type WebhookSecret struct {
	Webhook WebhookShown `json:"webhook"`
	Secret  string       `json:"secret" doc:"whsec_… of hmac, shown this once; whpk_… of ed25519"`
}

// WebhookWanted is what a receiver is to be.
type WebhookWanted struct {
	URL     string              `json:"url" maxLength:"2000"`
	Types   []string            `json:"types,omitempty" maxItems:"50" doc:"Patterns of event types such as call.*; none: all."`
	Enabled *bool               `json:"enabled,omitempty" doc:"Absent: true."`
	Scheme  store.WebhookScheme `json:"scheme,omitempty" enum:"hmac,ed25519" doc:"Cannot be changed later; absent: hmac."`
}

// check refuses what cannot be, and puts the patterns in order.
func (a *API) checkWebhook(x *WebhookWanted) error {
	if err := a.o.Webhooks.Check(x.URL); err != nil {
		return err
	}
	types, err := patternsIn(strings.Join(x.Types, ","))
	if err != nil {
		return err
	}
	slices.Sort(types)
	x.Types = slices.Compact(types)
	if slices.Contains(x.Types, "*") {
		x.Types = nil
	}
	switch x.Scheme {
	case "":
		x.Scheme = store.WebhookHMAC
	case store.WebhookHMAC, store.WebhookEd25519:
	default:
		return cause.Errorf(cause.Invalid, "scheme %q: write hmac or ed25519", x.Scheme)
	}
	return nil
}

// Webhooks returns the company's receivers, the oldest first.
func (a *API) Webhooks(ctx context.Context, v access.Viewer) ([]WebhookShown, error) {
	all, err := a.o.Store.For(v.Company).Webhooks(ctx)
	shown := []WebhookShown{}
	for _, w := range all {
		shown = append(shown, showWebhook(w))
	}
	return shown, err
}

// Webhook returns one receiver.
func (a *API) Webhook(ctx context.Context, v access.Viewer, id string) (WebhookShown, error) {
	w, err := a.o.Store.For(v.Company).Webhook(ctx, id)
	return showWebhook(w), err
}

// AddWebhook adds a receiver, which is told of what happens from then on.
func (a *API) AddWebhook(ctx context.Context, v access.Viewer, x WebhookWanted) (WebhookSecret, error) {
	if err := a.checkWebhook(&x); err != nil {
		return WebhookSecret{}, err
	}
	keys, secret := hook.NewKeys(x.Scheme)
	w := store.Webhook{
		ID: "wh_" + strings.ToLower(rand.Text()[:12]), URL: x.URL, Types: x.Types, Enabled: x.Enabled == nil || *x.Enabled, Scheme: x.Scheme, Author: v.By(),
	}
	if err := a.o.Store.For(v.Company).AddWebhook(ctx, w, keys); err != nil {
		return WebhookSecret{}, err
	}
	shown, err := a.Webhook(ctx, v, w.ID)
	return WebhookSecret{shown, secret}, err
}

// ChangeWebhook changes where a receiver is and what it is told of, and switches it on or off.
func (a *API) ChangeWebhook(ctx context.Context, v access.Viewer, id string, x WebhookWanted) (WebhookShown, error) {
	if err := a.checkWebhook(&x); err != nil {
		return WebhookShown{}, err
	}
	err := a.o.Store.For(v.Company).ChangeWebhook(ctx, store.Webhook{ID: id, URL: x.URL, Types: x.Types, Enabled: x.Enabled == nil || *x.Enabled})
	if err != nil {
		return WebhookShown{}, err
	}
	return a.Webhook(ctx, v, id)
}

// rotateFor is how long the secret before signs too.
const rotateFor = 24 * time.Hour

// RotateWebhook gives a receiver another secret; for a day both sign.
func (a *API) RotateWebhook(ctx context.Context, v access.Viewer, id string) (WebhookSecret, error) {
	tenant := a.o.Store.For(v.Company)
	w, err := tenant.Webhook(ctx, id)
	if err != nil {
		return WebhookSecret{}, err
	}
	keys, secret := hook.NewKeys(w.Scheme)
	if err := tenant.RotateWebhook(ctx, id, keys, a.o.Now().Add(rotateFor)); err != nil {
		return WebhookSecret{}, err
	}
	shown, err := a.Webhook(ctx, v, id)
	return WebhookSecret{shown, secret}, err
}

// RemoveWebhook removes a receiver and its log.
func (a *API) RemoveWebhook(ctx context.Context, v access.Viewer, id string) error {
	return a.o.Store.For(v.Company).RemoveWebhook(ctx, id)
}

// TestWebhook tells a receiver of a made-up event, and nobody else.
func (a *API) TestWebhook(ctx context.Context, v access.Viewer, id string) error {
	tenant := a.o.Store.For(v.Company)
	w, err := tenant.Webhook(ctx, id)
	if err != nil {
		return err
	}
	if !w.Enabled {
		return cause.Errorf(cause.Conflict, "it is switched off and told nothing: switch it on first")
	}
	return tenant.Raise(ctx, fmc.Event{Type: fmc.EventWebhookTest, At: a.o.Now(), Data: fmc.TestTold{Webhook: id, By: v.By()}})
}

// DeliveriesPage is a page of what a receiver is told of, the latest event first.
type DeliveriesPage struct {
	Deliveries []DeliveryShown `json:"deliveries"`
	Next       string          `json:"next,omitempty"` // "after" of the next page; empty: this is the last
}

// DeliveryShown is an event that a receiver is told of.
type DeliveryShown struct {
	N       int64               `json:"n"`
	Type    fmc.EventType       `json:"type"`
	At      time.Time           `json:"timestamp"`
	State   store.DeliveryState `json:"state" enum:"waiting,done,failed"`
	Due     *time.Time          `json:"next_try,omitempty"`
	Tries   int                 `json:"tries"`
	Settled *time.Time          `json:"settled,omitempty"`
	Status  int                 `json:"status,omitempty"` // of HTTP, of the last try
}

func showDelivery(d store.Delivery) DeliveryShown {
	shown := DeliveryShown{N: d.N, Type: d.Type, At: d.At.UTC(), State: d.State, Tries: d.Tries, Settled: d.Settled, Status: d.Status}
	if d.State == store.DeliveryWaiting {
		shown.Due = &d.Due
	}
	return shown
}

// Deliveries returns a page of a receiver's log.
func (a *API) Deliveries(ctx context.Context, v access.Viewer, id string, f store.DeliveryFilter) (DeliveriesPage, error) {
	all, next, err := pageOf(ctx, f.Limit, func(ctx context.Context, limit int) ([]store.Delivery, error) {
		f.Limit = limit
		return a.o.Store.For(v.Company).Deliveries(ctx, id, f)
	}, func(d store.Delivery) string { return fmt.Sprint(d.N) })
	page := DeliveriesPage{Deliveries: []DeliveryShown{}, Next: next}
	for _, d := range all {
		page.Deliveries = append(page.Deliveries, showDelivery(d))
	}
	return page, err
}

// DeliveryTries is one delivery with every try.
type DeliveryTries struct {
	Delivery DeliveryShown `json:"delivery"`
	Message  *hook.Message `json:"message,omitempty"`  // with dots for one-time codes, which the receiver is told
	Withheld string        `json:"withheld,omitempty"` // why the message is not shown
	Tries    []TryShown    `json:"tries"`              // the latest first
}

// TryShown is one attempt to tell a receiver of an event.
type TryShown struct {
	At       time.Time     `json:"at"`
	Took     times.Seconds `json:"took_s"`
	Status   int           `json:"status,omitempty"` // absent: no answer came
	Why      string        `json:"why,omitempty"`    // it failed; absent: it passed
	Sent     string        `json:"sent"`             // head of the request
	Answered string        `json:"answered"`         // head of the answer, and the beginning of its body
}

// Delivery returns one delivery with what was sent and answered. The message is shown to whom the event is told: adding a
// receiver is not reading what it is told.
func (a *API) Delivery(ctx context.Context, v access.Viewer, id string, n int64) (DeliveryTries, error) {
	tenant := a.o.Store.For(v.Company)
	d, err := tenant.Delivery(ctx, id, n)
	if err != nil {
		return DeliveryTries{}, err
	}
	e, err := tenant.Event(ctx, n)
	if err != nil {
		return DeliveryTries{}, err
	}
	tries, err := tenant.Tries(ctx, id, n)
	if err != nil {
		return DeliveryTries{}, err
	}
	shown := DeliveryTries{Delivery: showDelivery(d), Tries: []TryShown{}}
	if Sees(v, e) {
		m, err := eventsWanted{viewer: v}.shown(e)
		if err != nil {
			return DeliveryTries{}, err
		}
		shown.Message = &m
	} else {
		shown.Withheld = fmt.Sprintf("events %s are not told to your role: the receiver is told all of it, you see whether it was", e.Type)
	}
	for _, t := range tries {
		shown.Tries = append(shown.Tries, TryShown{At: t.At.UTC(), Took: times.In(t.Took), Status: t.Status, Why: t.Why, Sent: t.Sent, Answered: t.Answered})
	}
	return shown, nil
}

// ToldAgain is of how many events a receiver is told once more.
type ToldAgain struct {
	Count int `json:"count"`
}

// Replay has a receiver told once more of the events of its types from one number to another; to 0: to the latest.
func (a *API) Replay(ctx context.Context, v access.Viewer, id string, from, to int64) (ToldAgain, error) {
	if to == 0 {
		to = math.MaxInt64
	}
	if from < 1 || to < from {
		return ToldAgain{}, cause.Errorf(cause.Invalid, "from %d: write the number of an event, and to one that is not before it", from)
	}
	n, err := a.o.Store.For(v.Company).Replay(ctx, id, from, to)
	return ToldAgain{n}, err
}
