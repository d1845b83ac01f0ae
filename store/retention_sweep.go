package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// JobRemoveRecording removes the files of the recording of Call, which is gone.
const JobRemoveRecording JobKind = "remove_recording"

// Archive is what is written of the recordings of all companies: which go, and which are found or missed on the disk.
// Whoever sweeps uses it; what a company asks of its own is Tenant's.
type Archive struct {
	store *Store
	jobs  Jobs
}

// Archive returns the archive; jobs take the removals.
func (s *Store) Archive(jobs Jobs) *Archive { return &Archive{s, jobs} }

// disposeAtOnce is how many recordings go in one transaction.
const disposeAtOnce = 500

// Days sums what lies on disk of a company by day and group.
func (a *Archive) Days(ctx context.Context, company fmc.CompanyID) ([]fmc.StoredDay, error) {
	return a.store.For(company).StoredDays(ctx)
}

// dispose makes the oldest of a class gone, until their sizes reach $6. The running sum leaves out each row's own size,
// so that the last one may exceed what is asked for.
const dispose = `with oldest as (
		select call, at, bytes from recording
		where company = $1 and gone is null and held is null and at < $2 and case when $3 <> '' then grp = $3 else grp <> all($4::text[]) end
		order by at, call limit $5 for update skip locked),
	picked as (select call, bytes, sum(bytes) over (order by at, call) - bytes as before from oldest)
	update recording r set gone = $7, gone_why = $8 from picked s
	where r.company = $1 and r.call = s.call and ($6::bigint = 0 or s.before < $6) returning r.call, r.bytes`

// Dispose makes recordings gone and gives the removal of their files to jobs, in transactions of some hundreds. It
// returns how many went, and how large they were.
func (a *Archive) Dispose(ctx context.Context, company fmc.CompanyID, d fmc.Disposal) (n int, bytes int64, err error) {
	for {
		most := int64(0)
		if d.Bytes > 0 {
			if most = d.Bytes - bytes; most <= 0 {
				return n, bytes, nil
			}
		}
		went, size, err := a.disposeSome(ctx, company, d, most)
		n, bytes = n+went, bytes+size
		if err != nil {
			return n, bytes, fmt.Errorf("delete recordings of company %s, %s: %w", company, d.Why, explain(err))
		}
		if went == 0 || d.Bytes == 0 && went < disposeAtOnce {
			return n, bytes, nil
		}
	}
}

func (a *Archive) disposeSome(ctx context.Context, company fmc.CompanyID, d fmc.Disposal, most int64) (n int, bytes int64, err error) {
	ctx, cancel := a.store.thorough(ctx)
	defer cancel()
	err = pgx.BeginFunc(ctx, a.store.node, func(tx pgx.Tx) error {
		not := d.Class.Not
		if not == nil {
			not = []fmc.GroupID{}
		}
		rows, err := tx.Query(ctx, dispose, company, d.Before.UTC(), d.Class.Group, not, disposeAtOnce, most, a.store.opt.Clock().UTC(), d.Why)
		if err != nil {
			return err
		}
		var jobs []Job
		var call fmc.CallID
		var size int64
		if _, err := pgx.ForEachRow(rows, []any{&call, &size}, func() error {
			jobs = append(jobs, Job{Kind: JobRemoveRecording, Company: company, Call: call})
			bytes += size
			return nil
		}); err != nil {
			return err
		}
		n = len(jobs)
		return a.jobs.Insert(ctx, tx, jobs)
	})
	if err != nil {
		return 0, 0, err
	}
	return n, bytes, nil
}

// RemoveLeft gives the removal of what is gone, and not removed yet, to jobs: what people deleted by hand, and what a
// database that was brought back from a copy has forgotten.
func (a *Archive) RemoveLeft(ctx context.Context, company fmc.CompanyID) error {
	ctx, cancel := a.store.thorough(ctx)
	defer cancel()
	err := pgx.BeginFunc(ctx, a.store.node, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select call from recording where company = $1 and gone is not null and removed is null", company)
		if err != nil {
			return err
		}
		jobs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Job, error) {
			j := Job{Kind: JobRemoveRecording, Company: company}
			return j, row.Scan(&j.Call)
		})
		if err != nil {
			return err
		}
		return a.jobs.Insert(ctx, tx, jobs)
	})
	return explain(err)
}

// Gone returns the files of a recording that is gone. One that is not is cause.Invalid: its files are not to be removed.
func (a *Archive) Gone(ctx context.Context, company fmc.CompanyID, call fmc.CallID) (files []string, err error) {
	r, err := a.store.For(company).Recording(ctx, call)
	if err == nil && r.Gone == nil {
		err = cause.Errorf(cause.Invalid, "the recording of call %s is kept", call)
	}
	return r.Files, err
}

// Removed writes that the files of a recording are off the disk.
func (a *Archive) Removed(ctx context.Context, company fmc.CompanyID, call fmc.CallID) error {
	ctx, cancel := a.store.patient(ctx)
	defer cancel()
	_, err := a.store.node.Exec(ctx, "update recording set removed = $3 where company = $1 and call = $2 and gone is not null", company, call, a.store.opt.Clock().UTC())
	return explain(err)
}

// filedAtOnce is how many recordings a page of a day has.
const filedAtOnce = 250

// Day returns a page of the recordings of the calls that began on a day, by UTC, gone ones too: those after the last of
// the page before, which is the zero Filed at first.
func (a *Archive) Day(ctx context.Context, company fmc.CompanyID, day time.Time, after fmc.Filed) ([]fmc.Filed, error) {
	ctx, cancel := a.store.patient(ctx)
	defer cancel()
	from := day.UTC()
	if after.At.After(from) {
		from = after.At.UTC()
	}
	rows, err := a.store.node.Query(ctx, `select call, at, files[1], bytes, gone is not null, removed is not null, lost is not null from recording
		where company = $1 and at >= $2 and at < $3 and (at, call) > ($2, $4) order by at, call limit $5`,
		company, from, day.UTC().AddDate(0, 0, 1), after.Call, filedAtOnce)
	if err != nil {
		return nil, explain(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[fmc.Filed])
	return all, explain(err)
}

// writeFound writes what differs of what was found, and returns what is kept.
const writeFound = `with seen as (select call, bytes from unnest($2::text[], $3::bigint[]) as s (call, bytes)),
	written as (
		update recording r set bytes = case s.bytes when 0 then r.bytes else s.bytes end, lost = case s.bytes when 0 then $4::timestamptz end
		from seen s where r.company = $1 and r.call = s.call and r.gone is null
			and case s.bytes when 0 then r.lost is null else r.lost is not null or r.bytes <> s.bytes end)
	select r.call from recording r join seen using (call) where r.company = $1 and r.gone is null`

// Found writes how large recordings are on the disk, and returns those of them that are kept.
func (a *Archive) Found(ctx context.Context, company fmc.CompanyID, sizes []fmc.FoundSize) ([]fmc.CallID, error) {
	calls, bytes := make([]string, len(sizes)), make([]int64, len(sizes))
	for i, x := range sizes {
		calls[i], bytes[i] = string(x.Call), x.Bytes
	}
	ctx, cancel := a.store.patient(ctx)
	defer cancel()
	rows, err := a.store.node.Query(ctx, writeFound, company, calls, bytes, a.store.opt.Clock().UTC())
	if err != nil {
		return nil, explain(err)
	}
	kept, err := pgx.CollectRows(rows, pgx.RowTo[fmc.CallID])
	return kept, explain(err)
}

// upsertRecording keeps what was delivered. What is delivered anew after it was deleted is removed anew.
const upsertRecording = `insert into recording (company, call, at, grp, bytes, files) values ($1, $2, $3, $4, $5, $6)
	on conflict (company, call) do update set grp = excluded.grp, bytes = excluded.bytes, files = excluded.files, removed = null, lost = null`

// queueKept queues the recording of a call, if one of its facts from number fresh on delivers it.
func queueKept(q *pgx.Batch, r fmc.Record, fresh []fmc.Fact) {
	kept := r.Recording.Kept
	if kept == nil {
		return
	}
	for _, f := range fresh {
		if _, delivered := f.Body.(fmc.Kept); !delivered {
			continue
		}
		bytes, files := kept.Bytes, []string{text(kept.File)}
		for _, track := range kept.Tracks {
			bytes, files = bytes+track.Bytes, append(files, text(track.File))
		}
		q.Queue(upsertRecording, r.Company, r.ID, r.Opened.Began.UTC(), r.Who.Group, bytes, files)
		return
	}
}
