package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Recording is what lies on disk of a call's sound, or the tombstone of what lay there.
type Recording struct {
	Call  fmc.CallID
	At    time.Time // when the call began
	Group fmc.GroupID
	Bytes int64    // of all its files
	Files []string // within the recordings' folder, the stereo file first

	Held    *time.Time // since when it may not be deleted; nil: it may
	HeldBy  string
	HeldWhy string
	Gone    *time.Time // since when nobody may hear it; nil: it is kept
	GoneBy  string     // a person; empty: a rule
	GoneWhy string     // the rule, or the person's reason
	Removed *time.Time // when its files were off the disk
	Lost    *time.Time // when its files were found to be missing
}

// Heard is nil where a recording is there to be heard, else why not, of kind cause.NotFound.
func (r Recording) Heard() error {
	switch {
	case r.Gone != nil && r.GoneBy == "":
		return cause.Errorf(cause.NotFound, "the recording of call %s was deleted on %s by the rule %q; the record of the call is kept", r.Call, r.Gone.Format(time.DateOnly), r.GoneWhy)
	case r.Gone != nil:
		return cause.Errorf(cause.NotFound, "the recording of call %s was deleted on %s by %s: %s; the record of the call is kept", r.Call, r.Gone.Format(time.DateOnly), r.GoneBy, r.GoneWhy)
	case r.Lost != nil:
		return cause.Errorf(cause.NotFound, "the recording of call %s is missing on the disk since %s", r.Call, r.Lost.Format(time.DateOnly))
	default:
		return nil
	}
}

// RecordingState chooses recordings by what became of them.
type RecordingState string

// The states.
const (
	RecordingKept RecordingState = "kept"
	RecordingHeld RecordingState = "held"
	RecordingGone RecordingState = "gone"
	RecordingLost RecordingState = "lost"
)

// RecordingFilter chooses recordings. Empty fields choose all.
type RecordingFilter struct {
	State RecordingState
	After CallMark // the last line of the page before
	Limit int      // 0: 50; at most 1000
}

// Mark is the recording's place, for the next page.
func (r Recording) Mark() CallMark { return CallMark{r.At, r.Call} }

const selectRecording = `select call, at, grp, bytes, files, held, held_by, held_why, gone, gone_by, gone_why, removed, lost from recording where `

// Recordings returns a page of recordings, the newest call first.
func (t *Tenant) Recordings(ctx context.Context, f RecordingFilter) ([]Recording, error) {
	terms := conditions{terms: []string{"company = $1"}, args: []any{t.id}}
	terms.add(f.State == RecordingKept, "gone is null")
	terms.add(f.State == RecordingHeld, "held is not null")
	terms.add(f.State == RecordingGone, "gone is not null")
	terms.add(f.State == RecordingLost, "lost is not null and gone is null")
	terms.add(f.After.ID != "", "(at, call) < (?, ?)", f.After.Began, f.After.ID)
	return list[Recording](ctx, t, selectRecording, terms, " order by at desc, call desc", f.Limit)
}

// Recording returns what became of a call's recording; cause.NotFound where it never had one, or it was not drained yet.
func (t *Tenant) Recording(ctx context.Context, call fmc.CallID) (Recording, error) {
	r, err := one[Recording](ctx, t, selectRecording+"company = $1 and call = $2", t.id, call)
	return r, absent(err, noRecording(call))
}

func noRecording(call fmc.CallID) error {
	return cause.Errorf(cause.NotFound, "call %s has no recording", call)
}

// StoredDays sums what lies on disk by day and group.
func (t *Tenant) StoredDays(ctx context.Context) (all []fmc.StoredDay, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, storedDays, t.id)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[fmc.StoredDay])
		return err
	})
	return all, err
}

const storedDays = `select date_trunc('day', at, 'UTC'), grp, count(*), sum(bytes)::bigint, coalesce(sum(bytes) filter (where held is not null), 0)::bigint
	from recording where company = $1 and gone is null group by 1, 2 order by 1, 2`

// HoldRecording keeps a recording from being deleted, by rule or by hand, until it is let go. One that is gone is
// cause.Conflict.
func (t *Tenant) HoldRecording(ctx context.Context, call fmc.CallID, by, why string) error {
	return t.settleRecording(ctx, call, by, why, func(r Recording) (string, error) {
		if r.Gone != nil {
			return "", cause.Errorf(cause.Conflict, "it is too late to hold it: %w", r.Heard())
		}
		return "update recording set held = coalesce(held, $3), held_by = $4, held_why = $5 where company = $1 and call = $2", nil
	})
}

// LetGoRecording ends a hold; without one it is cause.Conflict.
func (t *Tenant) LetGoRecording(ctx context.Context, call fmc.CallID, by, why string) error {
	return t.settleRecording(ctx, call, by, why, func(r Recording) (string, error) {
		if r.Held == nil {
			return "", cause.Errorf(cause.Conflict, "the recording of call %s is not held", call)
		}
		// The three parameters that say who let it go stand in the audit, not here.
		return "update recording set held = null, held_by = '', held_why = '' where company = $1 and call = $2 and ($3::timestamptz, $4::text, $5::text) is not null", nil
	})
}

// DeleteRecording makes a recording gone: from now on nobody hears it, and its files are removed by a job. One that is
// held, or gone already, is cause.Conflict.
func (t *Tenant) DeleteRecording(ctx context.Context, call fmc.CallID, by, why string) error {
	return t.settleRecording(ctx, call, by, why, func(r Recording) (string, error) {
		switch {
		case r.Gone != nil:
			return "", cause.Errorf(cause.Conflict, "it is gone already: %w", r.Heard())
		case r.Held != nil:
			return "", cause.Errorf(cause.Conflict, "the recording of call %s is held by %s: %s: let it go first", call, r.HeldBy, r.HeldWhy)
		}
		return "update recording set gone = $3, gone_by = $4, gone_why = $5 where company = $1 and call = $2", nil
	})
}

// settleRecording changes what becomes of a recording, by a statement of the company, the call, the time, the person and
// the reason. Both of the latter must be said.
func (t *Tenant) settleRecording(ctx context.Context, call fmc.CallID, by, why string, change func(Recording) (string, error)) error {
	if by == "" || why == "" {
		return cause.Errorf(cause.Invalid, "say who wants it, and why")
	}
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectRecording+"company = $1 and call = $2 for update", t.id, call)
		if err != nil {
			return err
		}
		r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Recording])
		if errors.Is(err, pgx.ErrNoRows) {
			return noRecording(call)
		}
		if err != nil {
			return err
		}
		sql, err := change(r)
		if err == nil {
			_, err = tx.Exec(ctx, sql, t.id, call, t.store.opt.Clock().UTC(), by, why)
		}
		return err
	})
}
