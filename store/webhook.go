package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// WebhookScheme says how what a receiver is told is signed.
type WebhookScheme string

// The schemes of Standard Webhooks 1.0.0.
const (
	WebhookHMAC    WebhookScheme = "hmac"    // v1: both sides have the secret
	WebhookEd25519 WebhookScheme = "ed25519" // v1a: the receiver has the public key alone
)

// Webhook is a receiver of events outside. Its secrets stand in no answer.
type Webhook struct {
	ID       string
	URL      string
	Types    []string // patterns of event types; empty: all
	Enabled  bool
	WhyOff   string // where it was not a person who switched it off
	Scheme   WebhookScheme
	Public   string     // whpk_… of WebhookEd25519
	OldUntil *time.Time // until when the secret before signs too; nil: there is none
	Author   string
	Made     time.Time
	Failing  *time.Time // since when no try has passed; nil: the last one did, or none was made
	Fails    int        // tries that failed, one after another
	Rest     *time.Time // it is not tried before
	Waiting  int        // events it was not told of yet; at most WaitingMost are counted
	Oldest   *time.Time // when the oldest of them happened
}

// WaitingMost is how many waiting events are counted.
const WaitingMost = 10_000

// WebhookKeys are what a receiver's messages are signed with: a key of HMAC, or a seed of ed25519.
type WebhookKeys struct {
	Secret []byte
	Public string // of ed25519
}

const webhookColumns = `w.id, w.url, w.types, w.enabled, w.why_off, w.scheme, w.public, w.old_until, w.author, w.made, w.failing, w.fails, w.rest`

const selectWebhooks = `select ` + webhookColumns + `,
	(select count(*) from (select from webhook_delivery d where d.company = w.company and d.webhook = w.id and d.state = 'waiting' limit $2) x),
	(select e.at from webhook_delivery d join event e on e.company = d.company and e.n = d.n
		where d.company = w.company and d.webhook = w.id and d.state = 'waiting' order by d.n limit 1)
	from webhook w where w.company = $1`

// Webhooks returns the company's receivers, the oldest first.
func (t *Tenant) Webhooks(ctx context.Context) (all []Webhook, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectWebhooks+" order by w.made, w.id", t.id, WaitingMost)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Webhook])
		return err
	})
	return all, err
}

// Webhook returns one receiver; cause.NotFound where the company has none of that id.
func (t *Tenant) Webhook(ctx context.Context, id string) (Webhook, error) {
	w, err := one[Webhook](ctx, t, selectWebhooks+" and w.id = $3", t.id, WaitingMost, id)
	return w, absent(err, noWebhook(id))
}

// WebhooksMost is how many receivers a company may have: each event is kept once for every one.
const WebhooksMost = 20

// AddWebhook adds a receiver, which is told of what happens from now on. It takes ID, URL, Types, Enabled, Scheme and
// Author of w.
func (t *Tenant) AddWebhook(ctx context.Context, w Webhook, keys WebhookKeys) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, "select count(*) from webhook where company = $1", t.id).Scan(&n); err != nil {
			return err
		}
		if n >= WebhooksMost {
			return cause.Errorf(cause.Conflict, "there are %d receivers already, as many as there may be: remove one first", n)
		}
		_, err := tx.Exec(ctx, `insert into webhook (company, id, url, types, enabled, why_off, scheme, secret, public, author, made, fails, lease_by)
			select id, $2, $3, $4, $5, '', $6, $7, $8, $9, $10, 0, '' from company where id = $1`,
			t.id, w.ID, w.URL, notNil(w.Types), w.Enabled, w.Scheme, keys.Secret, keys.Public, w.Author, t.store.opt.Clock().UTC())
		return err
	})
}

func notNil(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

// ChangeWebhook changes URL, Types and Enabled of a receiver. One that is switched on anew is tried at once, whatever
// kept it from that before; what happened while it was off it is not told of: ReplayFrom does that.
func (t *Tenant) ChangeWebhook(ctx context.Context, w Webhook) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		return t.exactly(ctx, tx, `update webhook set url = $3, types = $4, enabled = $5, why_off = '', failing = null, fails = 0, rest = null
			where company = $1 and id = $2`, w.ID, w.URL, notNil(w.Types), w.Enabled)
	})
}

// exactly executes what must change a receiver, $2, and has the node look at the receivers.
func (t *Tenant) exactly(ctx context.Context, tx pgx.Tx, sql, id string, args ...any) error {
	done, err := tx.Exec(ctx, sql, append([]any{t.id, id}, args...)...)
	if err != nil {
		return err
	}
	if done.RowsAffected() == 0 {
		return noWebhook(id)
	}
	_, err = tx.Exec(ctx, "select pg_notify($1, $2)", eventChannel, string(t.id))
	return err
}

// RotateWebhook gives a receiver another secret. The one before signs too until a moment, so that the receiver can change
// over. The node's role does it: the cabinet's may not read what is moved.
func (t *Tenant) RotateWebhook(ctx context.Context, id string, keys WebhookKeys, until time.Time) error {
	done, err := t.store.node.Exec(ctx, `update webhook set old_secret = secret, old_until = $5, secret = $3, public = $4 where company = $1 and id = $2`,
		t.id, id, keys.Secret, keys.Public, until.UTC())
	if err != nil {
		return fmt.Errorf("company %s: %w", t.id, explain(err))
	}
	if done.RowsAffected() == 0 {
		return fmt.Errorf("company %s: %w", t.id, noWebhook(id))
	}
	return nil
}

// RemoveWebhook removes a receiver and what is known of its deliveries.
func (t *Tenant) RemoveWebhook(ctx context.Context, id string) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		// The company first, which the audit entry refers to: Apply locks it and then the receivers, as raise does.
		if _, err := tx.Exec(ctx, "select from company where id = $1 for key share", t.id); err != nil {
			return err
		}
		return t.exactly(ctx, tx, "delete from webhook where company = $1 and id = $2", id)
	})
}

// DeliveryState is how far telling a receiver of an event is.
type DeliveryState string

// The states.
const (
	DeliveryWaiting DeliveryState = "waiting"
	DeliveryDone    DeliveryState = "done"
	DeliveryFailed  DeliveryState = "failed" // given up
)

// Delivery is an event that a receiver is told of.
type Delivery struct {
	N       int64
	Type    fmc.EventType
	At      time.Time // when it happened
	State   DeliveryState
	Due     time.Time // of the next try
	Tries   int
	Settled *time.Time // nil: it waits
	Status  int        // of HTTP, of the last try; 0: none came
}

const selectDeliveries = `select d.n, e.type, e.at, d.state, d.due, d.tries, d.settled, d.status
	from webhook_delivery d join event e on e.company = d.company and e.n = d.n where `

// DeliveryFilter chooses deliveries. Empty fields choose all.
type DeliveryFilter struct {
	State  DeliveryState
	Before int64 // the number of the last line of the page before
	Limit  int   // 0: 50; at most 1000
}

// Deliveries returns a page of a receiver's deliveries, the latest event first; cause.NotFound for an unknown receiver.
func (t *Tenant) Deliveries(ctx context.Context, webhook string, f DeliveryFilter) ([]Delivery, error) {
	if _, err := t.Webhook(ctx, webhook); err != nil {
		return nil, err
	}
	terms := conditions{terms: []string{"d.company = $1"}, args: []any{t.id}}
	terms.add(true, "d.webhook = ?", webhook)
	terms.add(f.State != "", "d.state = ?", f.State)
	terms.add(f.Before > 0, "d.n < ?", f.Before)
	return list[Delivery](ctx, t, selectDeliveries, terms, " order by d.n desc", f.Limit)
}

// Delivery returns one delivery; cause.NotFound where there is none.
func (t *Tenant) Delivery(ctx context.Context, webhook string, n int64) (Delivery, error) {
	return one[Delivery](ctx, t, selectDeliveries+"d.company = $1 and d.webhook = $2 and d.n = $3", t.id, webhook, n)
}

// Try is one attempt to tell a receiver of an event.
type Try struct {
	At       time.Time
	Took     time.Duration
	Status   int    // of HTTP; 0: no answer came
	Why      string // it failed, in a sentence; empty: it passed
	Sent     string // head of the request
	Answered string // head of the answer, and the beginning of its body
}

// Tries returns the attempts of a delivery, the latest first.
func (t *Tenant) Tries(ctx context.Context, webhook string, n int64) (all []Try, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select at, took, status, why, sent, answered from webhook_try where company = $1 and webhook = $2 and n = $3
			order by at desc limit 100`, t.id, webhook, n)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Try])
		return err
	})
	return all, err
}

const replay = `insert into webhook_delivery (company, webhook, n, state, due, tries, status)
	select e.company, w.id, e.n, 'waiting', $5, 0, 0 from event e join webhook w on w.company = e.company
	where e.company = $1 and w.id = $2 and e.n between $3 and $4 and ` + wants + `
	on conflict (company, webhook, n) do update set state = 'waiting', due = excluded.due, first = null, tries = 0, settled = null, status = 0,
		round = webhook_delivery.round + 1`

// Replay has a receiver told once more of the events of its types from one number to another, and returns of how many.
// Events that are gone are cause.NotFound, a receiver that is switched off is cause.Conflict.
func (t *Tenant) Replay(ctx context.Context, webhook string, from, to int64) (count int, err error) {
	err = t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		var enabled bool
		if err := tx.QueryRow(ctx, "select enabled from webhook where company = $1 and id = $2", t.id, webhook).Scan(&enabled); err != nil {
			return absent(err, noWebhook(webhook))
		}
		if !enabled {
			return cause.Errorf(cause.Conflict, "it is switched off and told nothing: switch it on first")
		}
		span, err := spanOf(ctx, tx, t.id)
		if err != nil {
			return err
		}
		if from < span.First || from > span.Last {
			return errNoEvent(from, span)
		}
		done, err := tx.Exec(ctx, replay, t.id, webhook, from, min(to, span.Last), t.store.opt.Clock().UTC())
		if err != nil {
			return err
		}
		count = int(done.RowsAffected())
		_, err = tx.Exec(ctx, "select pg_notify($1, $2)", eventChannel, string(t.id))
		return err
	})
	return count, err
}
