package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Comment is what a person wrote about a call.
type Comment struct {
	ID        string
	Call      fmc.CallID
	At        time.Time
	Author    fmc.EmployeeID
	Moment    *time.Duration // of the recording, since its beginning; nil: on the whole call
	Body      string         // empty once it is deleted
	Edited    *time.Time
	Deleted   *time.Time
	DeletedBy fmc.EmployeeID
}

const selectComments = `select id, call, at, author, moment, case when deleted is null then body else '' end, edited, deleted, deleted_by
	from comment where `

func readComment(row pgx.CollectableRow) (c Comment, err error) {
	var moment *int64
	err = row.Scan(&c.ID, &c.Call, &c.At, &c.Author, &moment, &c.Body, &c.Edited, &c.Deleted, &c.DeletedBy)
	if moment != nil {
		at := time.Duration(*moment) * time.Millisecond
		c.Moment = &at
	}
	return c, err
}

// Comments returns what was written about a call, the oldest first; of what was deleted, that there was something.
func (t *Tenant) Comments(ctx context.Context, call fmc.CallID) (all []Comment, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectComments+"company = $1 and call = $2 order by at, id", t.id, call)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, readComment)
		return err
	})
	return all, err
}

// Comment returns one comment; cause.NotFound where the company has none of that id.
func (t *Tenant) Comment(ctx context.Context, id string) (c Comment, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		c, err = commentIn(ctx, tx, t.id, id, "")
		return err
	})
	return c, err
}

func commentIn(ctx context.Context, tx pgx.Tx, company fmc.CompanyID, id, lock string) (Comment, error) {
	rows, err := tx.Query(ctx, selectComments+"company = $1 and id = $2"+lock, company, id)
	if err != nil {
		return Comment{}, err
	}
	c, err := pgx.CollectExactlyOneRow(rows, readComment)
	return c, absent(err, cause.Errorf(cause.NotFound, "there is no comment %q", id))
}

// AddComment keeps what a person wrote about a call and returns it with its id and time; cause.NotFound where the company
// has no such call.
func (t *Tenant) AddComment(ctx context.Context, c Comment) (Comment, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Comment{}, err
	}
	c.ID, c.At = id.String(), t.store.opt.Clock().UTC()
	var moment *int64
	if c.Moment != nil {
		ms := c.Moment.Milliseconds()
		moment = &ms
	}
	err = t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		if err := t.has(ctx, tx, c.Call); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "insert into comment (company, id, call, at, author, moment, body) values ($1, $2, $3, $4, $5, $6, $7)",
			t.id, c.ID, c.Call, c.At, c.Author, moment, text(c.Body))
		if err != nil {
			return err
		}
		return t.tellComment(ctx, tx, c)
	})
	return c, err
}

// tellComment raises the event of a new comment, for whoever may know of the call.
func (t *Tenant) tellComment(ctx context.Context, tx pgx.Tx, c Comment) error {
	e := fmc.Event{Company: t.id, Type: fmc.EventComment, At: c.At, People: make([]fmc.EmployeeID, 1)}
	err := tx.QueryRow(ctx, "select employee, grp, private from call_record where company = $1 and id = $2", t.id, c.Call).Scan(&e.People[0], &e.Group, &e.Private)
	if err != nil {
		return err
	}
	told := fmc.CommentTold{Call: c.Call, Comment: c.ID, By: c.Author, Text: c.Body}
	if c.Moment != nil {
		told.At = c.Moment.Seconds()
	}
	if e.People[0] == "" {
		e.People = nil
	}
	e.Data = told
	return raise(ctx, tx, c.At, []fmc.Event{e})
}

// EditComment changes what a person wrote; what it said before is kept. Another person's, or one that is deleted, is
// cause.Denied or cause.Conflict.
func (t *Tenant) EditComment(ctx context.Context, id string, by fmc.EmployeeID, body string) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		c, err := commentIn(ctx, tx, t.id, id, " for update")
		if err != nil {
			return err
		}
		if c.Author != by {
			return cause.Errorf(cause.Denied, "it is %s who wrote the comment", c.Author)
		}
		if c.Deleted != nil {
			return cause.Errorf(cause.Conflict, "the comment is deleted already, by %s", c.DeletedBy)
		}
		if c.Body == body {
			return nil
		}
		now := t.store.opt.Clock().UTC()
		b := &pgx.Batch{}
		b.Queue("insert into comment_past (company, comment, at, body) values ($1, $2, $3, $4)", t.id, id, now, c.Body)
		b.Queue("update comment set body = $3, edited = $4 where company = $1 and id = $2", t.id, id, text(body), now)
		return tx.SendBatch(ctx, b).Close()
	})
}

// DeleteComment takes a comment out of sight. That it was there, and who deleted it, stays. One that is deleted already
// is cause.Conflict.
func (t *Tenant) DeleteComment(ctx context.Context, id string, by fmc.EmployeeID) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		c, err := commentIn(ctx, tx, t.id, id, " for update")
		if err != nil {
			return err
		}
		if c.Deleted != nil {
			return cause.Errorf(cause.Conflict, "the comment is deleted already, by %s", c.DeletedBy)
		}
		_, err = tx.Exec(ctx, "update comment set deleted = $3, deleted_by = $4 where company = $1 and id = $2", t.id, id, t.store.opt.Clock().UTC(), by)
		return err
	})
}
