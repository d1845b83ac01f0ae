package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// WebhookLease is how long a node has a receiver for itself after it was heard of last.
const WebhookLease = 2 * time.Minute

// WebhookClaim is a receiver that a node tells of what waits for it, alone.
type WebhookClaim struct {
	Company fmc.CompanyID
	ID      string
	URL     string
	Scheme  WebhookScheme
	Secret  []byte
	Old     []byte     // signs too; nil: there is none
	Failing *time.Time // since when no try has passed
	Fails   int        // one after another, as whoever has it wrote down last
}

const claimWebhook = `with next as (
		select w.company, w.id from webhook w
		where w.enabled and (w.rest is null or w.rest <= $2) and (w.lease is null or w.lease < $2)
			and exists (select from webhook_delivery d where d.company = w.company and d.webhook = w.id and d.state = 'waiting' and d.due <= $2)
		order by random() limit 1 for update skip locked)
	update webhook w set lease = $3, lease_by = $1 from next where w.company = next.company and w.id = next.id
	returning w.company, w.id, w.url, w.scheme, w.secret, case when w.old_until > $2 then w.old_secret end, w.failing, w.fails`

// ClaimWebhook gives a node a receiver that something is due for; false where there is none.
func (o *Operator) ClaimWebhook(ctx context.Context, node fmc.NodeID) (c WebhookClaim, ok bool, err error) {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	now := o.store.opt.Clock().UTC()
	rows, err := o.store.node.Query(ctx, claimWebhook, string(node), now, now.Add(WebhookLease))
	if err == nil {
		c, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[WebhookClaim])
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, explain(err)
}

// ReleaseWebhook gives a receiver back, not to be tried before rest; nil: whenever something is due. One that was
// changed meanwhile is tried at once.
func (o *Operator) ReleaseWebhook(ctx context.Context, node fmc.NodeID, c WebhookClaim, rest *time.Time) error {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	_, err := o.store.node.Exec(ctx, `update webhook set lease = null, lease_by = '', rest = case when enabled and url = $5 and fails = $6 then $4::timestamptz end
		where company = $1 and id = $2 and lease_by = $3`, c.Company, c.ID, string(node), rest, c.URL, c.Fails)
	return explain(err)
}

// ReleaseWebhooks gives back what an earlier process of a node had when it was killed.
func (o *Operator) ReleaseWebhooks(ctx context.Context, node fmc.NodeID) error {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	_, err := o.store.node.Exec(ctx, "update webhook set lease = null, lease_by = '' where lease_by = $1", string(node))
	return explain(err)
}

// WebhooksDue returns when something will be due for a receiver; false where nothing waits.
func (o *Operator) WebhooksDue(ctx context.Context) (at time.Time, ok bool, err error) {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	var due *time.Time
	err = o.store.node.QueryRow(ctx, `select min(greatest(w.rest, w.lease, (
			select min(due) from webhook_delivery d where d.company = w.company and d.webhook = w.id and d.state = 'waiting')))
		from webhook w where w.enabled and exists (
			select from webhook_delivery d where d.company = w.company and d.webhook = w.id and d.state = 'waiting')`).Scan(&due)
	if err != nil || due == nil {
		return time.Time{}, false, explain(err)
	}
	return *due, true, nil
}

// WaitingEvent is an event that a receiver is to be told of.
type WaitingEvent struct {
	N     int64
	At    time.Time
	Type  fmc.EventType
	Data  json.RawMessage
	First *time.Time // of its first try; nil: it was not tried
	Tries int
	Round int // how often it was to be told once more
}

// Which of the events that wait are meant.
type Which uint8

// The choices.
const (
	DueFirst Which = iota // what is due, in order
	Oldest                // due or not
	Newest
)

// Waiting returns events that wait for a receiver; none where it was switched off or has another address now.
func (o *Operator) Waiting(ctx context.Context, c WebhookClaim, which Which, most int) (all []WaitingEvent, err error) {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	until, order := o.store.opt.Clock().UTC(), "d.n"
	if which != DueFirst {
		until = until.AddDate(100, 0, 0)
	}
	if which == Newest {
		order = "d.n desc"
	}
	rows, err := o.store.node.Query(ctx, `select d.n, e.at, e.type, e.data, d.first, d.tries, d.round from webhook_delivery d
		join event e on e.company = d.company and e.n = d.n where d.company = $1 and d.webhook = $2 and d.state = 'waiting' and d.due <= $3
			and exists (select from webhook w where w.company = d.company and w.id = d.webhook and w.enabled and w.url = $5)
		order by `+order+" limit $4", c.Company, c.ID, until, most, c.URL)
	if err == nil {
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[WaitingEvent])
	}
	return all, explain(err)
}

// Verdict is what follows from a try.
type Verdict struct {
	State   DeliveryState
	First   time.Time // try of the event
	Due     time.Time // of its next one
	Failing *time.Time
	Fails   int
	Woken   bool   // the receiver is back: all that waits is due
	Off     string // the receiver is told nothing more, for why; empty: it is
}

// EndTry writes down a try and what follows from it. false: it is not written, for the node has the receiver no more, or
// somebody changed it meanwhile: switched it off, gave it another address, had it begin anew.
func (o *Operator) EndTry(ctx context.Context, node fmc.NodeID, c WebhookClaim, e WaitingEvent, t Try, v Verdict) (ours bool, err error) {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	now := o.store.opt.Clock().UTC()
	err = pgx.BeginFunc(ctx, o.store.node, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, `update webhook set failing = $4, fails = $5, lease = $6, enabled = $7 = '', why_off = case when $7 = '' then why_off else $7 end
			where company = $1 and id = $2 and lease_by = $3 and enabled and url = $8 and fails = $9`,
			c.Company, c.ID, string(node), v.Failing, v.Fails, now.Add(WebhookLease), text(v.Off), c.URL, c.Fails)
		if err != nil || done.RowsAffected() == 0 {
			return err
		}
		ours = true
		if err := writeTry(ctx, tx, c, e, t, v); err != nil {
			return err
		}
		if v.Woken {
			if _, err := tx.Exec(ctx, "update webhook_delivery set due = $3 where company = $1 and webhook = $2 and state = 'waiting' and due > $3", c.Company, c.ID, now); err != nil {
				return err
			}
		}
		if v.Off == "" {
			return nil
		}
		return raise(ctx, tx, now, []fmc.Event{{Company: c.Company, Type: fmc.EventWebhookOff, At: now, Data: fmc.WebhookTold{Webhook: c.ID, URL: hostOf(c.URL), Why: v.Off}}})
	})
	if err != nil {
		return false, fmt.Errorf("write down a try: %w", explain(err))
	}
	return ours, nil
}

// hostOf is an address without its path and query, in which a secret may stand: every receiver is told of one that was
// switched off.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func writeTry(ctx context.Context, tx pgx.Tx, c WebhookClaim, e WaitingEvent, t Try, v Verdict) error {
	var settled *time.Time
	if v.State != DeliveryWaiting {
		end := t.At.Add(t.Took).UTC()
		settled = &end
	}
	q := &pgx.Batch{}
	// One that was to be told once more while it was being told waits for that.
	q.Queue(`update webhook_delivery set state = $4, first = $5, due = $6, tries = tries + 1, settled = $7, status = $8
		where company = $1 and webhook = $2 and n = $3 and round = $9`, c.Company, c.ID, e.N, v.State, v.First.UTC(), v.Due.UTC(), settled, t.Status, e.Round)
	// An event that was taken away meanwhile has no row any more.
	q.Queue(`insert into webhook_try (company, webhook, n, at, took, status, why, sent, answered)
		select company, webhook, n, $4, $5, $6, $7, $8, $9 from webhook_delivery where company = $1 and webhook = $2 and n = $3
		on conflict do nothing`, c.Company, c.ID, e.N, t.At.UTC(), t.Took, t.Status, text(t.Why), text(t.Sent), text(t.Answered))
	return tx.SendBatch(ctx, q).Close()
}
