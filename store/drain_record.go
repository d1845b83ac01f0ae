package store

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

const upsertRecord = `insert into call_record (company, id, began, direction, status, client, shown, number, trunk, account, employee, grp,
		answered, talked, ended, cause, recording, merged_into, interrupted, generation, record, private, through, diverted)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
	on conflict (company, id) do update set began = excluded.began, direction = excluded.direction, status = excluded.status,
		client = excluded.client, shown = excluded.shown, number = excluded.number, trunk = excluded.trunk, account = excluded.account,
		employee = excluded.employee, grp = excluded.grp, answered = excluded.answered, talked = excluded.talked, ended = excluded.ended,
		cause = excluded.cause, recording = excluded.recording, merged_into = excluded.merged_into, interrupted = excluded.interrupted,
		generation = excluded.generation, record = excluded.record, private = excluded.private,
		through = excluded.through, diverted = excluded.diverted`

const upsertLeg = `insert into call_leg (company, call, leg, role, offered, employee, grp, device, number, line, shown,
		began, alerting, up, gone, cause, q850, setup, mos, heard, spoke, signal_dbm, lost)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
	on conflict (company, call, leg) do update set employee = excluded.employee, grp = excluded.grp, line = excluded.line, shown = excluded.shown,
		alerting = excluded.alerting, up = excluded.up, gone = excluded.gone, cause = excluded.cause, q850 = excluded.q850,
		setup = excluded.setup, mos = excluded.mos, heard = excluded.heard, spoke = excluded.spoke, signal_dbm = excluded.signal_dbm, lost = excluded.lost`

const insertPlan = `insert into call_plan (company, call, n, thread, generation, at, request, plan) values ($1, $2, $3, $4, $5, $6, $7, $8)
	on conflict (company, call, n) do nothing`

// queueCall queues what the facts of a call fold to; those from number fresh on are not in PostgreSQL yet.
func (b *batch) queueCall(q *pgx.Batch, facts []fmc.Fact, fresh int) error {
	r := fmc.Fold(facts)
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("record of call %s: %w", r.ID, err)
	}
	o := r.Opened
	q.Queue(upsertRecord, r.Company, r.ID, o.Began.UTC(), o.Direction.String(), r.Status, text(r.Who.Client.String()), text(r.Who.Shown.String()),
		text(r.Number().String()), o.Trunk, o.Account, r.Who.Employee, r.Who.Group,
		orNull(r.Times.Answered), r.Times.Talked, orNull(r.Times.Ended), causeOf(r), r.Recording.State.String(), orNull(r.MergedInto), r.Interrupted, r.Generation, body, o.Private, through(r), o.Diversion.E164)
	for _, l := range r.Legs {
		queueLeg(q, r, l)
	}
	n := 0
	for i, f := range facts {
		p, ok := f.Body.(fmc.Planned)
		if !ok {
			continue
		}
		if i >= fresh {
			q.Queue(insertPlan, r.Company, r.ID, n, p.Thread, p.Generation, p.At.UTC(), []byte(p.Request), []byte(p.Plan))
		}
		n++
	}
	b.events = append(b.events, fmc.CallEvents(r, facts, fresh)...)
	b.queueRoad(q, r, facts, fresh)
	b.queueMissed(q, r, facts[fresh:])
	queueKept(q, r, facts[fresh:])
	return nil
}

func queueLeg(q *pgx.Batch, r fmc.Record, l fmc.LegRecord) {
	why, q850 := "", 0
	if l.Cause != nil {
		why, q850 = l.Cause.Meaning.String(), l.Cause.Q850
	}
	setup, mos, heard, spoke, signal, lost := measured(l.Quality)
	q.Queue(upsertLeg, r.Company, r.ID, l.Leg.String(), l.Role.String(), l.Offered, l.Employee, l.Group, l.Device, text(l.Number.String()), l.Line,
		text(l.Shown.From.String()), l.Began, orNull(l.Alerting), orNull(l.Up), orNull(l.Gone), why, q850,
		setup, mos, heard, spoke, signal, lost)
}

// measured takes apart how a leg sounded; all are nil where nobody measured, setup, mos and signal also where they are
// not known.
func measured(q *fmc.LegQuality) (setup *time.Duration, mos *int, heard, spoke *time.Duration, signal, lost *int) {
	if q == nil {
		return nil, nil, nil, nil, nil, nil
	}
	return orNull(q.Setup), orNull(q.MOS), &q.Heard, &q.Spoke, orNull(q.SignalDBm), &q.Lost
}

// through reports whether a person of the company who was known from outside called a client.
func through(r fmc.Record) bool {
	return r.Opened.Direction == fmc.Outbound && len(r.Recognised) > 0 && r.Who.Client.E164 != "" && !r.Opened.Private
}

// causeOf is empty while a call goes on.
func causeOf(r fmc.Record) string {
	if r.Status == fmc.StatusOpen {
		return ""
	}
	return r.Cause.Meaning.String()
}

// orNull is a value that 0 or "" stands for none of.
func orNull[T int | time.Duration | fmc.CallID](v T) *T {
	var none T
	if v == none {
		return nil
	}
	return &v
}
