package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Voicemail is a message that was left. Call and N name it; its sound is a part of the call's recording.
type Voicemail struct {
	Call     fmc.CallID
	N        int       // its place in the call, from 0
	At       time.Time // when it was left
	Group    fmc.GroupID
	Employee fmc.EmployeeID // for whom; empty: for the group
	Client   string         // E.164 of who left it; empty: hidden
	From, To time.Duration  // since the call began
	Heard    *time.Time     // nil: not yet
	HeardBy  fmc.EmployeeID // or whoever marked it
}

// Mark is the message's place, for the next page.
func (v Voicemail) Mark() ItemMark { return ItemMark{v.At, v.Call, v.N} }

// Prompt is under what the message is heard by phone.
func (v Voicemail) Prompt() fmc.PromptID { return fmc.MessagePrompt(v.Call, v.From) }

// VoicemailFilter chooses messages that were left. Empty fields choose all.
type VoicemailFilter struct {
	From, To time.Time // left at From or later and before To
	Employee fmc.EmployeeID
	Group    fmc.GroupID
	Client   string  // E.164, or its beginning
	New      bool    // nobody heard it yet
	Within   *Within // whose may be seen; nil: everybody's
	After    ItemMark
	Limit    int // 0: 50; at most 1000
}

const selectVoicemail = `select call, n, at, grp, employee, client, from_ms * 1000000, to_ms * 1000000, heard, heard_by from voicemail v where `

// Voicemail returns a page of messages, newest first.
func (t *Tenant) Voicemail(ctx context.Context, f VoicemailFilter) ([]Voicemail, error) {
	terms := conditions{terms: []string{"v.company = $1"}, args: []any{t.id}}
	terms.add(!f.From.IsZero(), "v.at >= ?", f.From)
	terms.add(!f.To.IsZero(), "v.at < ?", f.To)
	terms.add(f.Employee != "", "v.employee = ?", f.Employee)
	terms.add(f.Group != "", "v.grp = ?", f.Group)
	terms.add(f.Client != "", "starts_with(v.client, ?)", f.Client)
	terms.add(f.New, "v.heard is null")
	f.Within.add(&terms, "v.employee", "v.grp")
	terms.add(f.After.Call != "", "(v.at, v.call, v.n) < (?, ?, ?)", f.After.At, f.After.Call, f.After.N)
	return list[Voicemail](ctx, t, selectVoicemail, terms, " order by v.at desc, v.call desc, v.n desc", f.Limit)
}

// VoicemailMessage returns one message; cause.NotFound where the company has none of that name.
func (t *Tenant) VoicemailMessage(ctx context.Context, call fmc.CallID, n int) (Voicemail, error) {
	v, err := one[Voicemail](ctx, t, selectVoicemail+"v.company = $1 and v.call = $2 and v.n = $3", t.id, call, n)
	return v, absent(err, noVoicemail(call, n))
}

// newestMessages is how many messages that nobody heard a node keeps in mind for a company.
const newestMessages = 10_000

// NewMessages returns the messages that nobody heard yet, the oldest first: what a node that starts must keep in mind.
func (t *Tenant) NewMessages(ctx context.Context) (all []Voicemail, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectVoicemail+"v.company = $1 and v.heard is null order by v.at, v.call, v.n limit $2", t.id, newestMessages)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Voicemail])
		return err
	})
	return all, err
}

func noVoicemail(call fmc.CallID, n int) error {
	return cause.Errorf(cause.NotFound, "there is no message %d of call %s", n, call)
}

// MarkHeard says that somebody heard a message. Who heard it first stays; one that the company does not have is
// cause.NotFound.
func (t *Tenant) MarkHeard(ctx context.Context, call fmc.CallID, n int, by fmc.EmployeeID) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, `update voicemail set heard = coalesce(heard, $4), heard_by = case when heard is null then $5 else heard_by end
			where company = $1 and call = $2 and n = $3`, t.id, call, n, t.store.opt.Clock().UTC(), by)
		if err == nil && done.RowsAffected() == 0 {
			err = noVoicemail(call, n)
		}
		return err
	})
}

// RecordedPrompt is a prompt that a person of the company said by phone: the newest of its name, and where it stands in
// the recording of its call.
type RecordedPrompt struct {
	Prompt   fmc.PromptID
	At       time.Time
	Call     fmc.CallID
	Employee fmc.EmployeeID // who said it
	From, To time.Duration  // since the call began
}

// RecordedPrompts returns the prompts that people of the company said, by name.
func (t *Tenant) RecordedPrompts(ctx context.Context) (all []RecordedPrompt, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select prompt, at, call, employee, from_ms * 1000000, to_ms * 1000000 from recorded_prompt where company = $1 order by prompt", t.id)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[RecordedPrompt])
		return err
	})
	return all, err
}
