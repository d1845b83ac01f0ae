package store

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// cameMessage is a message of which a part came.
type cameMessage struct {
	company fmc.CompanyID
	id      fmc.MessageID
	at      time.Time
}

// raise keeps the events that a batch brought up, in the order in which they happened.
func (d *Drain) raise(ctx context.Context, tx pgx.Tx, b *batch) error {
	if err := d.tellCame(ctx, tx, b); err != nil {
		return err
	}
	if err := d.tellDelivered(ctx, tx, b); err != nil || len(b.events) == 0 {
		return err
	}
	slices.SortStableFunc(b.events, func(x, y fmc.Event) int { return x.At.Compare(y.At) })
	return raise(ctx, tx, d.store.opt.Clock().UTC(), b.events)
}

// tellCame adds the messages that came, as far as their parts are there.
func (d *Drain) tellCame(ctx context.Context, tx pgx.Tx, b *batch) error {
	latest := map[cameMessage]time.Time{}
	q := &pgx.Batch{}
	for _, m := range b.came {
		key := cameMessage{company: m.company, id: m.id}
		if _, seen := latest[key]; !seen {
			q.Queue(selectMessages+"m.company = $1 and m.id = $2", m.company, m.id).Query(func(rows pgx.Rows) error {
				l, err := pgx.CollectExactlyOneRow(rows, scanMessage(m.at))
				if err == nil {
					b.events = append(b.events, cameEvent(m.company, l, latest[key]))
				}
				return err
			})
		}
		latest[key] = m.at
	}
	if q.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, q).Close()
}

// tellDelivered adds the messages that are with their phones now.
func (d *Drain) tellDelivered(ctx context.Context, tx pgx.Tx, b *batch) error {
	q := &pgx.Batch{}
	for _, m := range b.delivered {
		q.Queue("select sim, number, peer, body, author, settled from message where company = $1 and id = $2", m.company, m.id).QueryRow(func(row pgx.Row) error {
			told := fmc.MessageTold{Message: m.id, State: fmc.MessageDelivered}
			at := m.at
			var settled *time.Time
			err := row.Scan(&told.SIM, &told.Number, &told.Peer, &told.Text, &told.By, &settled)
			if settled != nil && settled.After(at) { // the reader of reports was quicker than the sender
				at = *settled
			}
			b.events = append(b.events, fmc.Event{Company: m.company, Type: fmc.EventSMSDelivered, At: at.UTC(), Data: told})
			return err
		})
	}
	if q.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, q).Close()
}

func cameEvent(company fmc.CompanyID, l MessageLine, at time.Time) fmc.Event {
	return fmc.Event{Company: company, Type: fmc.EventSMSReceived, At: at, Data: fmc.MessageTold{
		Message: l.ID, SIM: l.SIM, Number: l.Number, Peer: l.Peer, Text: l.Text, State: l.State, Missing: len(l.Missing), Cause: l.Broken,
	}}
}

// tellMissed adds that a client should be called back.
func (b *batch) tellMissed(r fmc.Record, task openedTask) {
	told := fmc.MissedTold{Task: task.id, Call: r.ID, Client: r.Who.Client.String(), Group: task.group, Owner: task.owner}
	b.events = append(b.events, fmc.Event{
		Company: r.Company, Type: fmc.EventCallMissed, At: r.Opened.Began.Add(r.Times.Ended).UTC(), Group: task.group, People: someone(task.owner), Data: told,
	})
}

// queueSettle ends a client's task where somebody talked with them since.
func (b *batch) queueSettle(q *pgx.Batch, company fmc.CompanyID, client string) {
	q.Queue(settleMissed, company, client).Query(func(rows pgx.Rows) error {
		told := fmc.MissedTold{Client: client}
		var at time.Time
		_, err := pgx.ForEachRow(rows, []any{&told.Task, &told.Call, &told.Group, &told.Owner, &at, &told.Employee}, func() error {
			b.events = append(b.events, fmc.Event{
				Company: company, Type: fmc.EventCallReturned, At: at.UTC(), Group: told.Group, People: someone(told.Owner, told.Employee), Data: told,
			})
			return nil
		})
		return err
	})
}

// someone are those who are somebody.
func someone(all ...fmc.EmployeeID) []fmc.EmployeeID {
	return slices.DeleteFunc(slices.Compact(all), func(id fmc.EmployeeID) bool { return id == "" })
}

// tellPublished tells of a new version of the company's document.
func (t *Tenant) tellPublished(ctx context.Context, tx pgx.Tx, c Change, generation int64) error {
	now := t.store.opt.Clock().UTC()
	return raise(ctx, tx, now, []fmc.Event{{
		Company: t.id, Type: fmc.EventPublished, At: now, Data: fmc.PublishedTold{Generation: generation, By: c.Author, Reason: c.Reason},
	}})
}
