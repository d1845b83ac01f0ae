package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// promiseLate is how long after its time a promise is looked for: Jobs knows for about so long that it had a job.
const promiseLate = 6 * 24 * time.Hour

// RemindOfPromises gives the jobs that see to calls back which were promised and are late, as of clients who were lost.
// Jobs takes the same job once, however often this is asked. escalate is how long after its time whoever stands above is
// told.
func (s *Store) RemindOfPromises(ctx context.Context, jobs Jobs, escalate func(fmc.CompanyID) time.Duration) error {
	ctx, cancel := s.patient(ctx)
	defer cancel()
	now := s.opt.Clock().UTC()
	return explain(pgx.BeginFunc(ctx, s.node, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select company, id, due from missed where promised <> '' and state = 'open' and due <= $1 and due > $2", now, now.Add(-promiseLate))
		if err != nil {
			return err
		}
		var all []Job
		var company fmc.CompanyID
		var task fmc.CallID
		var due time.Time
		if _, err := pgx.ForEachRow(rows, []any{&company, &task, &due}, func() error {
			job := Job{Kind: JobMissedDue, Company: company, Call: task, N: int(due.Unix()), At: due}
			all = append(all, job)
			job.Kind, job.At = JobMissedEscalate, due.Add(escalate(company))
			all = append(all, job)
			return nil
		}); err != nil || len(all) == 0 {
			return err
		}
		return jobs.Insert(ctx, tx, all)
	}))
}
