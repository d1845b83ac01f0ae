package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// EventsKept is how long events are kept.
const EventsKept = 30 * 24 * time.Hour

// Event is an event as it is kept: with its number, one higher than that of the company's event before it.
type Event struct {
	N       int64
	At      time.Time
	Type    fmc.EventType
	People  []fmc.EmployeeID
	Group   fmc.GroupID
	Private bool
	Data    json.RawMessage
}

// EventSpan is which events of a company are kept: First to Last. First is Last+1 where none is.
type EventSpan struct{ First, Last int64 }

// eventChannel is where news of events is told; the payload is a company's id.
const eventChannel = "roadline_event"

// numberEvents takes numbers for a company's events. The row stays locked until the transaction ends: numbers have no gap,
// and whoever sees one sees all before it.
const numberEvents = `insert into event_head (company, last) select id, $2 from company where id = $1
	on conflict (company) do update set last = event_head.last + excluded.last returning last`

const insertEvent = `insert into event (company, n, at, kept, type, people, grp, private, data) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

// deliverEvents has the receivers that want them be told of events. What one person alone may know goes to none. The
// receivers are locked: one that is being removed is waited for and then left out. Without that the foreign key would
// refuse the delivery, and with it everything that the transaction tells of.
const deliverEvents = `with w as (select id, types from webhook where company = $1 and enabled for key share)
	insert into webhook_delivery (company, webhook, n, state, due, tries, status)
	select e.company, w.id, e.n, 'waiting', $4, 0, 0 from event e cross join w
	where e.company = $1 and e.n between $2 and $3 and ` + wants

// wants chooses the events that a receiver is told of.
const wants = `not e.private and (e.type <> 'webhook.test' or e.data ->> 'webhook' = w.id) and (e.type = 'webhook.test' or cardinality(w.types) = 0
	or exists (select from unnest(w.types) p where p in ('*', e.type) or p like '%.*' and starts_with(e.type, left(p, -1))))`

// raise keeps events in the transaction of what they tell of, the last thing in it: other transactions of these companies
// that tell of something wait for its end.
func raise(ctx context.Context, tx pgx.Tx, now time.Time, events []fmc.Event) error {
	of := map[fmc.CompanyID][]fmc.Event{}
	for _, e := range events {
		of[e.Company] = append(of[e.Company], e)
	}
	companies := slices.Sorted(maps.Keys(of)) // always in one order, so that two transactions cannot lock each other out
	last := make([]int64, len(companies))
	q := &pgx.Batch{}
	for i, c := range companies {
		q.Queue(numberEvents, c, len(of[c])).QueryRow(func(row pgx.Row) error { return row.Scan(&last[i]) })
		queueNames(q, c, of[c])
	}
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("number events: %w", err)
	}
	q = &pgx.Batch{}
	for i, c := range companies {
		first := last[i] - int64(len(of[c])) + 1
		for k, e := range of[c] {
			if err := queueEvent(q, first+int64(k), e, now); err != nil {
				return err
			}
		}
		q.Queue(deliverEvents, c, first, last[i], now)
		q.Queue("select pg_notify($1, $2)", eventChannel, string(c))
	}
	return tx.SendBatch(ctx, q).Close()
}

// queueNames writes into a company's events who their clients are, as far as that is known now: programs that are told need
// not ask, and what was told stays as it was when somebody writes another name.
func queueNames(q *pgx.Batch, company fmc.CompanyID, events []fmc.Event) {
	var numbers []string
	for _, e := range events {
		if n := e.Client(); n != "" {
			numbers = append(numbers, text(n))
		}
	}
	if len(numbers) == 0 {
		return
	}
	q.Queue(selectClients+"w.company = $1 and w.number = any($2)", company, numbers).Query(func(rows pgx.Rows) error {
		all, err := clientsIn(rows)
		for i, e := range events {
			if c, known := all[e.Client()]; known {
				events[i] = e.Named(c.Called())
			}
		}
		return err
	})
}

func queueEvent(q *pgx.Batch, n int64, e fmc.Event, now time.Time) error {
	data, err := json.Marshal(e.Data)
	if err != nil {
		return fmt.Errorf("event %s of company %s: %w", e.Type, e.Company, err)
	}
	people := []string{}
	for _, p := range e.People {
		people = append(people, text(string(p)))
	}
	q.Queue(insertEvent, e.Company, n, e.At.UTC(), now, e.Type, people, text(string(e.Group)), e.Private, data)
	return nil
}

// Raise keeps events that follow from nothing in the database. Those that do are raised in its transaction.
func (t *Tenant) Raise(ctx context.Context, events ...fmc.Event) error {
	for i := range events {
		events[i].Company = t.id
	}
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error { return raise(ctx, tx, t.store.opt.Clock().UTC(), events) })
}

// EventPage is the events from a number on.
type EventPage struct {
	Span   EventSpan
	Events []Event
}

const selectEvents = "select n, at, type, people, grp, private, data from event where company = $1 and n > $2 order by n limit $3"

// Events returns what came after the event of that number, the oldest first, at most so many, and which events are kept.
// A company that is not there has none.
func (t *Tenant) Events(ctx context.Context, after int64, most int) (p EventPage, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		// The span first: what is added meanwhile is then among the events or not, but never missing from between.
		if p.Span, err = spanOf(ctx, tx, t.id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, selectEvents, t.id, after, most)
		if err != nil {
			return err
		}
		p.Events, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Event])
		return err
	})
	return p, err
}

// spanOf returns which events of a company are kept; cause.NotFound where there is no such company.
func spanOf(ctx context.Context, tx pgx.Tx, company fmc.CompanyID) (s EventSpan, err error) {
	err = tx.QueryRow(ctx, `select coalesce((select min(n) from event e where e.company = h.company), h.last + 1), h.last
		from event_head h where h.company = $1`, company).Scan(&s.First, &s.Last)
	return s, err
}

// Event returns one event; cause.NotFound where it is not kept any more, or never was.
func (t *Tenant) Event(ctx context.Context, n int64) (Event, error) {
	return one[Event](ctx, t, "select n, at, type, people, grp, private, data from event where company = $1 and n = $2", t.id, n)
}

// sweepAtOnce is how many old events one transaction takes away.
const sweepAtOnce = 5000

// SweepEvents takes away the events that were kept for their time, with what is known of their delivery.
func (o *Operator) SweepEvents(ctx context.Context) error {
	before := o.store.opt.Clock().UTC().Add(-EventsKept)
	for {
		n, err := o.store.sweepSome(ctx, `delete from event e using (select company, n from event where kept < $1 order by kept limit $2) old
			where e.company = old.company and e.n = old.n`, before, sweepAtOnce)
		if err != nil {
			return fmt.Errorf("take old events away: %w", explain(err))
		}
		if n < sweepAtOnce {
			return nil
		}
	}
}

// FollowEvents has a function be told of each company that something happened in, until ctx is done. tell gets an empty id
// where news may have been lost: anything may have happened. It must not wait.
func (o *Operator) FollowEvents(ctx context.Context, tell func(fmc.CompanyID)) error {
	s := o.store
	if s.Ready(ctx) != nil {
		return nil
	}
	for wait, heard := s.opt.Retry, true; ; wait = min(2*wait, s.opt.RetryMost) {
		err := s.hearEvents(ctx, func(c fmc.CompanyID) {
			if c == "" && !heard {
				s.opt.Log.Info("events are heard of again")
			}
			wait, heard = s.opt.Retry, true
			tell(c)
		})
		if ctx.Err() != nil {
			return nil
		}
		if heard {
			heard = false
			s.opt.Log.Warn("events are not heard of, for PostgreSQL is away", "err", err)
		}
		if !pause(ctx, wait) {
			return nil
		}
	}
}

// hearQuiet is after how long without news a look is taken all the same.
const hearQuiet = 30 * time.Second

// hearEvents listens on a connection of its own until that ends.
func (s *Store) hearEvents(ctx context.Context, tell func(fmc.CompanyID)) error {
	conn, err := pgx.ConnectConfig(ctx, s.node.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() {
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(bye)
	}()
	for {
		// Said anew each time: a server that hangs is noticed by it.
		listen, cancel := context.WithTimeout(ctx, s.opt.ConnectTimeout)
		_, err := conn.Exec(listen, "listen "+eventChannel)
		cancel()
		if err != nil {
			return err
		}
		tell("")
		if err := hearUntilQuiet(ctx, conn, tell); err != nil {
			return err
		}
	}
}

// hearUntilQuiet tells of news until none comes for a while.
func hearUntilQuiet(ctx context.Context, conn *pgx.Conn, tell func(fmc.CompanyID)) error {
	for {
		quiet, cancel := context.WithTimeout(ctx, hearQuiet)
		news, err := conn.WaitForNotification(quiet)
		cancel()
		switch {
		case err == nil:
			tell(fmc.CompanyID(news.Payload))
		case ctx.Err() == nil && quiet.Err() != nil && !conn.IsClosed():
			return nil
		default:
			return err
		}
	}
}

// errNoEvent tells of a number that is not kept.
func errNoEvent(n int64, s EventSpan) error {
	switch {
	case n > s.Last:
		return cause.Errorf(cause.NotFound, "there is no event %d yet: the last one is %d", n, s.Last)
	case s.First > s.Last:
		return cause.Errorf(cause.NotFound, "event %d is gone: events are kept for %d days", n, int(EventsKept.Hours()/24))
	default:
		return cause.Errorf(cause.NotFound, "event %d is gone: events are kept for %d days, the oldest is %d", n, int(EventsKept.Hours()/24), s.First)
	}
}
