package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// MessageFilter chooses messages. Empty fields choose all but those by which cards tried each other.
type MessageFilter struct {
	From, To time.Time // at From or later and before To
	SIM      fmc.ICCID
	Number   string // of the company: E.164, whichever card had it then
	Peer     string // E.164, or as it was written
	State    fmc.MessageState
	In, Out  bool        // only those that came, or that go out; both false: all
	After    MessageMark // the last line of the page before
	Limit    int         // 0: 50; at most 1000
}

// MessageMark is the place of a message in the list.
type MessageMark struct {
	At time.Time
	ID fmc.MessageID
}

// MessageLine is one message in a list, whole.
type MessageLine struct {
	ID      fmc.MessageID
	In      bool // it came
	SIM     fmc.ICCID
	Number  string // the card's at that time
	Peer    string // E.164 where it has one
	At      time.Time
	State   fmc.MessageState
	Text    string // of one that came: what is there of it, and words for what is not
	Parts   int    // that it has
	Missing []int  // parts that did not come
	Broken  string // why a part could not be read
	Author  string // who sent it
	Until   *time.Time
	Settled *time.Time
	Cause   string
	Centre  fmc.CentreID // by which it went or came, in place of a card
	Why     string       // it went by this way
	Program fmc.ProgramID
}

// Mark is the line's place, for the next page.
func (l MessageLine) Mark() MessageMark { return MessageMark{l.At, l.ID} }

// selectMessages has every message with its parts that came.
const selectMessages = `select m.id, m.direction = 'in', m.sim, m.number, m.peer, m.at, m.state, m.body, m.parts, coalesce(i.broken, ''), m.author, m.until, m.settled,
		m.cause, i.parts, i.bodies, i.last, m.centre, m.why, m.program
	from message m left join lateral (
		select array_agg(part order by part) as parts, array_agg(body order by part) as bodies, max(at) as last,
			string_agg(nullif(broken, ''), '; ' order by part) as broken
		from message_in p where p.company = m.company and p.message = m.id) i on m.direction = 'in' where `

// missingAfter is how long a part of a message is waited for before it is called missing.
const missingAfter = 10 * time.Minute

// scanMessage reads a row of selectMessages, as things look at an instant.
func scanMessage(now time.Time) pgx.RowToFunc[MessageLine] {
	return func(row pgx.CollectableRow) (l MessageLine, err error) {
		var (
			there  []int
			bodies []string
			last   *time.Time
		)
		err = row.Scan(&l.ID, &l.In, &l.SIM, &l.Number, &l.Peer, &l.At, &l.State, &l.Text, &l.Parts, &l.Broken, &l.Author, &l.Until, &l.Settled, &l.Cause,
			&there, &bodies, &last, &l.Centre, &l.Why, &l.Program)
		if err == nil && l.In && last != nil {
			l.Text, l.Missing = joinParts(there, bodies, l.Parts, now.Sub(*last) >= missingAfter)
		}
		return l, err
	}
}

// joinParts puts the parts that are there together, in order, with words where one is not.
func joinParts(there []int, bodies []string, parts int, late bool) (text string, missing []int) {
	var b strings.Builder
	for n, i := 1, 0; n <= parts; n++ {
		if i < len(there) && there[i] == n {
			b.WriteString(bodies[i])
			i++
			continue
		}
		missing = append(missing, n)
		if late {
			fmt.Fprintf(&b, "[part %d of %d is missing]", n, parts)
		} else {
			fmt.Fprintf(&b, "[part %d of %d has not come yet]", n, parts)
		}
	}
	return b.String(), missing
}

// Messages returns a page of messages, newest first.
func (t *Tenant) Messages(ctx context.Context, f MessageFilter) (lines []MessageLine, err error) {
	where, args := f.where(t.id)
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	sql := selectMessages + where + fmt.Sprintf(" order by m.at desc, m.id desc limit %d", min(limit, 1000))
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		lines, err = pgx.CollectRows(rows, scanMessage(t.store.opt.Clock()))
		return err
	})
	return lines, err
}

// where writes the conditions that are set.
func (f MessageFilter) where(company fmc.CompanyID) (string, []any) {
	terms := conditions{terms: []string{"m.company = $1", "not m.shadow"}, args: []any{company}}
	terms.add(!f.From.IsZero(), "m.at >= ?", f.From)
	terms.add(!f.To.IsZero(), "m.at < ?", f.To)
	terms.add(f.SIM != "", "m.sim = ?", f.SIM)
	terms.add(f.Number != "", "m.number = ?", f.Number)
	terms.add(f.Peer != "", "m.peer = ?", f.Peer)
	terms.add(f.State != "", "m.state = ?", f.State)
	terms.add(f.In, "m.direction = 'in'")
	terms.add(f.Out, "m.direction = 'out'")
	terms.add(f.After.ID != "", "(m.at, m.id) < (?, ?)", f.After.At, f.After.ID)
	return strings.Join(terms.terms, " and "), terms.args
}

// conditions are those of a list; the first args are given with the first terms.
type conditions struct {
	terms []string
	args  []any
}

// add adds a term where it is set; each question mark in it stands for one of the values.
func (c *conditions) add(set bool, term string, values ...any) {
	if set {
		c.terms = append(c.terms, c.with(term, values...))
	}
}

// with returns a term, its values among the arguments, for use beside the conditions.
func (c *conditions) with(term string, values ...any) string {
	for _, v := range values {
		c.args = append(c.args, v)
		term = strings.Replace(term, "?", fmt.Sprintf("$%d", len(c.args)), 1)
	}
	return term
}

// MessageEntry is one message with everything that is known of it.
type MessageEntry struct {
	MessageLine
	Sent []SentPart // of one that goes out
	Came []CamePart // of one that came
}

// SentPart is a part of a message that goes out.
type SentPart struct {
	Part      int           `json:"part"`
	State     fmc.PartState `json:"state"`
	Tries     int           `json:"tries"`
	Tried     *time.Time    `json:"tried,omitempty"`
	Passed    *time.Time    `json:"passed,omitempty"`
	Again     *time.Time    `json:"again,omitempty"`
	Reference *int          `json:"reference,omitempty"`
	Cause     string        `json:"cause,omitempty"`    // of the latest refusal
	Report    *int          `json:"report,omitempty"`   // status of the latest report, 23.040 §9.2.3.15
	Reported  *time.Time    `json:"reported,omitempty"` // when it came
}

// CamePart is a part of a message that came.
type CamePart struct {
	Part   int       `json:"part"`
	At     time.Time `json:"at"`
	Text   string    `json:"text"`
	Class  *int      `json:"class,omitempty"`
	Broken string    `json:"broken,omitempty"`
	PDU    string    `json:"pdu"`
}

// Message returns one message; cause.NotFound where the company has none of that id.
func (t *Tenant) Message(ctx context.Context, id fmc.MessageID) (m MessageEntry, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectMessages+"m.company = $1 and m.id = $2", t.id, id)
		if err != nil {
			return err
		}
		if m.MessageLine, err = pgx.CollectExactlyOneRow(rows, scanMessage(t.store.opt.Clock())); err != nil {
			return absent(err, cause.Errorf(cause.NotFound, "there is no message %s", id))
		}
		if m.In {
			m.Came, err = cameParts(ctx, tx, t.id, id)
		} else {
			m.Sent, err = sentParts(ctx, tx, t.id, id)
		}
		return err
	})
	return m, err
}

func cameParts(ctx context.Context, tx pgx.Tx, company fmc.CompanyID, id fmc.MessageID) ([]CamePart, error) {
	rows, err := tx.Query(ctx, "select part, at, body, class, broken, pdu from message_in where company = $1 and message = $2 order by part", company, id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[CamePart])
}

func sentParts(ctx context.Context, tx pgx.Tx, company fmc.CompanyID, id fmc.MessageID) ([]SentPart, error) {
	rows, err := tx.Query(ctx, `select p.part, p.state, p.tries, p.tried, p.passed, p.again, p.reference, p.cause, r.status, r.at
		from message_out p left join lateral (
			select status, at from message_report r where r.company = p.company and r.message = p.message and r.part = p.part
			order by status = 0 desc, at desc, key desc limit 1) r on true
		where p.company = $1 and p.message = $2 order by p.part`, company, id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[SentPart])
}

// mostThread is how many messages of a conversation are shown at most.
const mostThread = 1000

// Thread returns what a number of the company and a peer wrote to each other, the oldest first: the latest thousand,
// whichever card had the number.
func (t *Tenant) Thread(ctx context.Context, number, peer string) (lines []MessageLine, err error) {
	sql := selectMessages + "m.company = $1 and m.number = $2 and m.peer = $3 and not m.shadow" + fmt.Sprintf(" order by m.at desc, m.id desc limit %d", mostThread)
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select * from ("+sql+") as t order by 6, 1", t.id, number, peer)
		if err != nil {
			return err
		}
		lines, err = pgx.CollectRows(rows, scanMessage(t.store.opt.Clock()))
		return err
	})
	return lines, err
}
