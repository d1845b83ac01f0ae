package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc/cause"
)

// AnswerKept is how long the answer to a request is kept that may come again.
const AnswerKept = 24 * time.Hour

// doneWithin is how long a request may be worked on; one that takes longer was cut off, and may be done again.
const doneWithin = 2 * time.Minute

// Answer is what was said to a request.
type Answer struct {
	Status int
	Kind   string // the content type
	Body   []byte
}

// Once says whether a request with a key is to be done: it is where the key is new. Else it returns what was answered.
// who is whose key it is, request what was asked, so that one key for two things is cause.Conflict, as is one that is
// still being worked on.
func (t *Tenant) Once(ctx context.Context, who, key, request string) (kept Answer, again bool, err error) {
	err = t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		now := t.store.opt.Clock().UTC()
		_, err := tx.Exec(ctx, "delete from answered where company = $1 and who = $2 and key = $3 and (at < $4 or status is null and at < $5)",
			t.id, who, key, now.Add(-AnswerKept), now.Add(-doneWithin))
		if err != nil {
			return err
		}
		done, err := tx.Exec(ctx, "insert into answered (company, who, key, request, at) values ($1, $2, $3, $4, $5) on conflict do nothing",
			t.id, who, key, digest(request), now)
		if err != nil || done.RowsAffected() == 1 {
			return err
		}
		again = true
		kept, err = t.answered(ctx, tx, who, key, digest(request))
		return err
	})
	return kept, again, err
}

func (t *Tenant) answered(ctx context.Context, tx pgx.Tx, who, key, request string) (a Answer, err error) {
	var (
		was    string
		status *int
	)
	err = tx.QueryRow(ctx, "select request, status, kind, body from answered where company = $1 and who = $2 and key = $3", t.id, who, key).
		Scan(&was, &status, &a.Kind, &a.Body)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return a, cause.Errorf(cause.Conflict, "the request with this key was given up at this moment: send it again")
	case err != nil:
		return a, err
	case was != request:
		return a, cause.Errorf(cause.Conflict, "this Idempotency-Key came with another request before: each request has its own")
	case status == nil:
		return a, cause.Errorf(cause.Conflict, "the request with this Idempotency-Key is still being worked on: ask again in a moment")
	}
	a.Status = *status
	return a, nil
}

// Answered keeps what was said to a request, for when it comes again. An answer of our own failure (from 500 on) is not
// kept: the request may be done again.
func (t *Tenant) Answered(ctx context.Context, who, key string, a Answer) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		if a.Status >= 500 {
			_, err := tx.Exec(ctx, "delete from answered where company = $1 and who = $2 and key = $3", t.id, who, key)
			return err
		}
		_, err := tx.Exec(ctx, "update answered set status = $4, kind = $5, body = $6 where company = $1 and who = $2 and key = $3",
			t.id, who, key, a.Status, a.Kind, a.Body)
		return err
	})
}
