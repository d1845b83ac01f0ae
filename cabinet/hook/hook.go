// Package hook tells receivers outside of what happens in a company: webhooks, by Standard Webhooks 1.0.0. What is to be
// told lies in the store, a row for each event and receiver, written with the event itself; here it is sent, signed, in
// the order of the events, and tried again until the receiver takes it or three days are over. It never asks a receiver
// for anything, no call knows of it, and it lets nobody use the node to look into its own network. Start at Desk.Run;
// verdict.go says what follows from an answer, guard.go which addresses are told nothing.
package hook

import (
	"context"
	"crypto/x509"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/store"
)

// Options are what a Desk stands on.
type Options struct {
	Store *store.Store
	Node  fmc.NodeID     // whose receivers these are while it tells them; one process at a time has that name
	Allow []netip.Prefix // addresses inside that may be told all the same
	// Authorities are those that receivers may have their certificates from; nil: those of the machine.
	Authorities *x509.CertPool
	// Patience is how long one try may take; 0: 15 s.
	Patience time.Duration
	Now      func() time.Time
	Log      *slog.Logger
}

const (
	atOnce   = 8               // receivers
	turnMost = 500             // tries, until another receiver has a turn
	lookMost = 5 * time.Minute // until a look is taken, though nothing is known to be due
	lookFail = 5 * time.Second // until PostgreSQL is asked again
)

// Desk tells receivers.
type Desk struct {
	o      Options
	client *http.Client
	look   chan struct{} // of one: somebody should look
	free   chan struct{} // of atOnce: taken while a receiver is told
}

// New returns a desk. It starts nothing.
func New(o Options) *Desk {
	if o.Patience == 0 {
		o.Patience = 15 * time.Second
	}
	return &Desk{o: o, client: newClient(Guard{o.Allow}, o.Authorities), look: make(chan struct{}, 1), free: make(chan struct{}, atOnce)}
}

// Look has the desk look at once for what is to be told. It never waits.
func (d *Desk) Look() {
	select {
	case d.look <- struct{}{}:
	default:
	}
}

// Run tells receivers until ctx is done. A receiver that is being told then hears of that event again at the next start.
func (d *Desk) Run(ctx context.Context) error {
	defer d.client.CloseIdleConnections()
	if d.o.Store.Ready(ctx) != nil {
		return nil
	}
	var telling sync.WaitGroup
	defer telling.Wait()
	for back := false; ctx.Err() == nil; {
		if !back { // what an earlier process of this node had in hand is free again
			back = d.o.Store.Operator().ReleaseWebhooks(ctx, d.o.Node) == nil
		}
		wait := lookFail
		if back {
			wait = d.begin(ctx, &telling)
		}
		select {
		case <-ctx.Done():
		case <-d.look:
		case <-time.After(wait):
		}
	}
	return nil
}

// begin begins to tell every receiver that something is due for, as far as there are places, and returns how long to
// wait for the next.
func (d *Desk) begin(ctx context.Context, telling *sync.WaitGroup) time.Duration {
	operator := d.o.Store.Operator()
	for ctx.Err() == nil {
		select {
		case d.free <- struct{}{}:
		default:
			return lookMost // whoever ends looks
		}
		// A claim is not cut off by the stop: PostgreSQL would make it all the same, and nobody would give the receiver back.
		c, ok, err := operator.ClaimWebhook(context.WithoutCancel(ctx), d.o.Node)
		if err != nil || !ok {
			<-d.free
			return d.pause(ctx, err)
		}
		telling.Go(func() {
			defer d.Look()
			defer func() { <-d.free }()
			d.serve(ctx, c)
		})
	}
	return 0
}

// pause is how long until something is due.
func (d *Desk) pause(ctx context.Context, err error) time.Duration {
	if err == nil {
		at, ok, asked := d.o.Store.Operator().WebhooksDue(ctx)
		if err = asked; err == nil && !ok {
			return lookMost
		}
		if err == nil {
			return min(max(at.Sub(d.o.Now()), 10*time.Millisecond), lookMost)
		}
	}
	if ctx.Err() == nil {
		d.o.Log.Warn("webhooks wait for PostgreSQL", "err", err, "dur", lookFail)
	}
	return lookFail
}

// serve tells one receiver what is due, and gives it back.
func (d *Desk) serve(ctx context.Context, c store.WebhookClaim) {
	t := turn{desk: d, claim: c, tried: map[int64]bool{}, jitter: rand.Float64}
	err := t.run(ctx)
	var rest *time.Time
	if !t.rest.IsZero() {
		rest = &t.rest
	}
	// Also at the stop: else nobody tells it until the lease is over.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if gave := d.o.Store.Operator().ReleaseWebhook(last, d.o.Node, t.claim, rest); err == nil {
		err = gave
	}
	if err != nil && ctx.Err() == nil {
		d.o.Log.Warn("webhook not told all that is due", "company", c.Company, "target", c.ID, "err", err)
	}
}
