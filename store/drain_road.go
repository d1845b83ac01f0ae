package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"roadline/fmc"
)

const insertAlert = `insert into alert (company, call, n, at, kind, employee, about, body, told) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	on conflict (company, call, n) do nothing`

const insertVoicemail = `insert into voicemail (company, call, n, at, grp, employee, client, from_ms, to_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	on conflict do nothing`

const upsertPrompt = `insert into recorded_prompt (company, prompt, at, call, employee, from_ms, to_ms) values ($1, $2, $3, $4, $5, $6, $7)
	on conflict (company, prompt) do update set at = excluded.at, call = excluded.call, employee = excluded.employee, from_ms = excluded.from_ms,
		to_ms = excluded.to_ms
	where recorded_prompt.at < excluded.at`

const markListened = "update voicemail set heard = $4, heard_by = $5 where company = $1 and call = $2 and from_ms = $3 and heard is null"

// queueRoad queues the alerts, messages and prompts of a call; its facts from number fresh on are not in PostgreSQL yet.
func (b *batch) queueRoad(q *pgx.Batch, r fmc.Record, facts []fmc.Fact, fresh int) {
	alerts, messages := 0, 0
	for i, f := range facts {
		at := r.Opened.Began.Add(f.At).UTC()
		switch body := f.Body.(type) {
		case fmc.Alerted:
			if i >= fresh {
				b.follows(q.Queue(insertAlert, r.Company, r.ID, alerts, at, text(body.Kind), body.Employee, text(body.About), text(body.Text), body.Person),
					Job{Kind: JobAlert, Company: r.Company, Call: r.ID, N: alerts})
			}
			alerts++
		case fmc.Mailed:
			switch {
			case body.Prompt != "" && i >= fresh:
				q.Queue(upsertPrompt, r.Company, text(string(body.Prompt)), at, r.ID, saidBy(r, body), body.From.Milliseconds(), f.At.Milliseconds())
			case body.Prompt != "":
			default:
				if i >= fresh {
					b.follows(q.Queue(insertVoicemail, r.Company, r.ID, messages, at, body.Group, body.Employee, leftBy(r, body), body.From.Milliseconds(), f.At.Milliseconds()),
						Job{Kind: JobVoicemail, Company: r.Company, Call: r.ID, N: messages})
				}
				messages++
			}
		case fmc.Listened:
			if call, from, ok := body.Prompt.Message(); ok && i >= fresh {
				b.listened = append(b.listened, func(q *pgx.Batch) { q.Queue(markListened, r.Company, call, from.Milliseconds(), at, body.Employee) })
			}
		default: // folded into the record
		}
	}
}

// follows notes a job that follows from a row, where the row is new.
func (b *batch) follows(row *pgx.QueuedQuery, j Job) {
	row.Exec(func(done pgconn.CommandTag) error {
		if done.RowsAffected() > 0 {
			b.jobs = append(b.jobs, j)
		}
		return nil
	})
}

// leftBy is the number of who left a message; empty where it is hidden.
func leftBy(r fmc.Record, m fmc.Mailed) string {
	for _, l := range r.Legs {
		if l.Leg == m.Leg && l.Number.E164 != "" {
			return l.Number.E164
		}
	}
	return r.Who.Client.E164
}

// saidBy is who said a prompt.
func saidBy(r fmc.Record, m fmc.Mailed) fmc.EmployeeID {
	if m.Employee != "" {
		return m.Employee
	}
	return r.Who.Employee
}

// follow does what a batch that is written brought up, in its transaction.
func (d *Drain) follow(ctx context.Context, tx pgx.Tx, b *batch) error {
	if len(b.opened) > 0 {
		if err := d.promise(ctx, tx, b); err != nil {
			return err
		}
	}
	if d.opt.Jobs != nil && len(b.jobs) > 0 {
		if err := d.opt.Jobs.Insert(ctx, tx, b.jobs); err != nil {
			return err
		}
	}
	return d.raise(ctx, tx, b)
}
