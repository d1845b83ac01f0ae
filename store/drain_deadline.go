package store

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// What holds where a company says nothing, and how long its hours are looked through.
const (
	deadlineTime = time.Hour
	hoursMost    = 14 * 24 * time.Hour
)

// promise gives the tasks that a batch opened their deadlines, and the jobs that see to them.
func (d *Drain) promise(ctx context.Context, tx pgx.Tx, b *batch) error {
	q := &pgx.Batch{}
	for _, task := range b.opened {
		rule := b.tasks.company(task.company).Rules.Missed
		due := b.tasks.due(task)
		q.Queue("update missed set due = $3 where company = $1 and id = $2", task.company, task.id, due)
		job := Job{Company: task.company, Call: task.id}
		if rule.Text != "" && task.client != "" {
			job.Kind = JobMissedText
			b.jobs = append(b.jobs, job)
		}
		job.Kind, job.At = JobMissedDue, due
		b.jobs = append(b.jobs, job)
		job.Kind, job.At = JobMissedEscalate, due.Add(rule.Escalate)
		b.jobs = append(b.jobs, job)
	}
	return tx.SendBatch(ctx, q).Close()
}

// due is until when the owner of a task should have called back. It is counted while the owner's hours are open, without
// an owner while those of anybody in the group are; on the wall clock where nobody has hours, or none that come to that
// much within two weeks.
func (t tasks) due(task openedTask) time.Time {
	c := t.company(task.company)
	deadline := c.Rules.Missed.Deadline
	defaultTo(&deadline, deadlineTime)
	return worked(task.at, deadline, func(at time.Time) bool {
		if e, ok := c.Employee(task.owner); ok {
			return c.OpenAt(e.Hours, at)
		}
		grouped := false
		for i := range c.Employees {
			if e := &c.Employees[i]; slices.Contains(e.Groups, task.group) {
				if grouped = true; c.OpenAt(e.Hours, at) {
					return true
				}
			}
		}
		return !grouped
	})
}

// worked is when so much time was worked since an instant, by hours that are told minute by minute.
func worked(from time.Time, left time.Duration, open func(time.Time) bool) time.Time {
	wall := from.Add(left)
	for at := from; at.Sub(from) < hoursMost; {
		next := at.Truncate(time.Minute).Add(time.Minute)
		if open(at) {
			if left <= next.Sub(at) {
				return at.Add(left)
			}
			left -= next.Sub(at)
		}
		at = next
	}
	return wall
}
