package store

import (
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// insertMissed has a call in which a client was lost followed up, once: by the client's task that is open, or by a new
// one, whose owner is who talked with the client last within the group's sticky time, else who is given.
const insertMissed = `with task as (
		insert into missed (company, id, client, grp, owner, first, last, due, state)
		select $1, $2, $3, $4, coalesce((
				select c.employee from call_record c join employee e on e.company = c.company and e.id = c.employee and e.active
				where c.company = $1 and c.client = $3 and $3 <> '' and c.id <> $2 and c.answered is not null
					and c.began <= $6 and c.began + coalesce(c.ended, c.answered) > $6::timestamptz - $7::interval
				order by c.began desc limit 1), $5), $6, $6, $6, 'open'
		where not exists (select from missed_call where company = $1 and call = $2)
		on conflict (company, client) where state = 'open' and client <> '' and promised = '' do update set
			first = least(missed.first, excluded.first), last = greatest(missed.last, excluded.last)
		returning id, owner)
	insert into missed_call (company, call, task, at, status) select $1, $2, id, $6, $8 from task
	returning task, (select owner from task), task = $2`

// settleMissed ends a client's task by the first conversation after the client was lost last, whichever of the two
// became known first.
const settleMissed = `update missed m set state = 'done', ended = l.at, ended_by = l.employee, way = l.direction, why = 'call ' || l.call
	from (
		select m.id, c.began + c.answered as at, c.employee, c.direction, c.id as call from missed m cross join lateral (
			select began, answered, employee, direction, id from call_record c
			where c.company = m.company and c.client = m.client and c.answered is not null and c.merged_into is null
				and c.began > m.last - interval '1 day' and c.began + c.answered > m.last
			order by c.began + c.answered limit 1) c
		where m.company = $1 and m.client = $2 and m.client <> '' and m.state = 'open') l
	where m.company = $1 and m.id = l.id and m.state = 'open'
	returning m.id, l.call, m.grp, m.owner, m.ended, m.ended_by`

// openedTask is a missed task that a batch opened.
type openedTask struct {
	company fmc.CompanyID
	id      fmc.CallID
	group   fmc.GroupID
	owner   fmc.EmployeeID
	at      time.Time
	client  string // E.164; empty: hidden
}

// queueMissed queues what a call does to the tasks of clients who should be called back. fresh are those of its facts
// that are not in PostgreSQL yet.
func (b *batch) queueMissed(q *pgx.Batch, r fmc.Record, fresh []fmc.Fact) {
	client := r.Who.Client.E164
	_, colleague := b.tasks.company(r.Company).Mobile(client)
	if at, lost := lostAt(r); lost && !colleague {
		whose := b.tasks.whose(r)
		task := openedTask{company: r.Company, group: whose.group, at: at, client: client}
		q.Queue(insertMissed, r.Company, r.ID, client, whose.group, whose.owner, at, whose.sticky, r.Status).Query(func(rows pgx.Rows) error {
			var made bool
			_, err := pgx.ForEachRow(rows, []any{&task.id, &task.owner, &made}, func() error {
				b.tellMissed(r, task)
				if made {
					b.opened = append(b.opened, task)
				}
				return nil
			})
			return err
		})
		b.queueSettle(q, r.Company, client)
		return
	}
	talked := r.Times.Answered > 0 && client != "" && r.MergedInto == ""
	if talked && slices.ContainsFunc(fresh, func(f fmc.Fact) bool { _, talks := f.Body.(fmc.Talking); return talks || closes(f) }) {
		b.queueSettle(q, r.Company, client)
	}
}

// lostAt is when a call lost its client: nobody talked to them, or we were killed while they were there. It is the
// call's beginning, unless they were cut off.
func lostAt(r fmc.Record) (time.Time, bool) {
	began := r.Opened.Began.UTC()
	switch {
	case r.Status == fmc.StatusOpen || r.MergedInto != "" || r.Opened.Private || r.Opened.Direction == fmc.Internal:
		return time.Time{}, false
	case r.Interrupted && slices.ContainsFunc(r.Legs, cutOff):
		return began.Add(r.Times.Ended), true
	case r.Opened.Direction == fmc.Inbound && (r.Status == fmc.StatusMissed || r.Status == fmc.StatusVoicemail):
		return began, true
	default:
		return time.Time{}, false
	}
}

// cutOff reports whether a leg is a client's who was there when the server was killed: they called us, or had answered.
func cutOff(l fmc.LegRecord) bool {
	return l.Role == fmc.Client && l.Gone == 0 && l.Away == "" && (l.Offered || l.Up > 0)
}

// tasks is by whose rules missed calls are followed up.
type tasks struct {
	directory fmc.Directory
}

// whose is whose a missed call is.
type whose struct {
	group  fmc.GroupID
	owner  fmc.EmployeeID // where nobody talked with the client within sticky; empty: the group
	sticky time.Duration
}

func (t tasks) company(id fmc.CompanyID) *fmc.Company {
	if t.directory != nil {
		if c, ok := t.directory.Company(id); ok {
			return c
		}
	}
	return &fmc.Company{}
}

// whose returns whose a missed call is: of who talked until we were killed, of whom a message was left for, of whom the
// number belongs to, else of the group's head.
func (t tasks) whose(r fmc.Record) whose {
	c := t.company(r.Company)
	w := whose{group: r.Who.Group, owner: r.Who.Employee}
	for _, m := range r.Mail {
		if w.group == "" && m.Prompt == "" {
			w.group = m.Group
		}
		if w.owner == "" && m.Prompt == "" {
			w.owner = m.Employee
		}
	}
	if n, ok := c.NumberOf(r.Opened.To.E164); ok && w.owner == "" && r.Opened.Direction == fmc.Inbound {
		w.owner = n.Owner
	}
	if g, ok := c.Group(w.group); ok && r.Who.Employee == "" {
		w.sticky = g.Sticky
		if w.owner == "" {
			w.owner = g.Head
		}
	}
	return w
}
