package store

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// ProgramSecret is what a program binds with. The password is told once and not kept.
type ProgramSecret struct {
	Program  fmc.ProgramID
	SystemID string
	Made     time.Time
	Author   string
}

// ProgramSecrets returns which of the company's programs can bind.
func (t *Tenant) ProgramSecrets(ctx context.Context) ([]ProgramSecret, error) {
	return rowsOf[ProgramSecret](ctx, t, "select program, system_id, made, author from program_secret where company = $1 order by program", t.id)
}

// The lengths of what a program binds with: SMPP 3.4 §4.1.1 has no room for more.
const (
	systemIDMost   = 15
	passwordLength = 8
)

// MakeProgramSecret gives a program of the company a password, in place of the one before, and a name to bind with, which
// it keeps. A program that the company's document does not name is the caller's to refuse.
func (t *Tenant) MakeProgramSecret(ctx context.Context, program fmc.ProgramID, author string) (s ProgramSecret, password string, err error) {
	tail := strings.ToLower(rand.Text())[:5]
	s = ProgramSecret{Program: program, Made: t.store.opt.Clock().UTC(), Author: author}
	head := string(program)[:min(len(program), systemIDMost-len(tail)-1)]
	password = rand.Text()[:passwordLength]
	ctx, cancel := t.store.patient(ctx)
	defer cancel()
	// The node's role does it: the cabinet's never sees the hash.
	err = t.store.node.QueryRow(ctx, `insert into program_secret (company, program, system_id, hash, made, author)
		select id, $2, $3, $4, $5, $6 from company where id = $1
		on conflict (company, program) do update set hash = excluded.hash, made = excluded.made, author = excluded.author
		returning system_id`, t.id, program, head+"-"+tail, hashSecret(password), s.Made, text(author)).Scan(&s.SystemID)
	return s, password, explain(err)
}

// ProgramOf returns whose program binds with a name and a password; cause.Denied where none does.
func (o *Operator) ProgramOf(ctx context.Context, systemID, password string) (who fmc.ProgramRef, err error) {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	var hash string
	err = explain(o.store.node.QueryRow(ctx, "select company, program, hash from program_secret where system_id = $1", text(systemID)).Scan(&who.Company, &who.Program, &hash))
	if err != nil && cause.KindOf(err) != cause.NotFound {
		return fmc.ProgramRef{}, err
	}
	kept, _ := readHash(hash) // nobody's is as long to try
	if !kept.is(password) || err != nil {
		return fmc.ProgramRef{}, cause.Errorf(cause.Denied, "no program binds with this name and password")
	}
	return who, nil
}

// TakenLately returns by what is in them the messages that a centre gave us since a moment, of a day at most: it may not know
// that we have them.
func (o *Operator) TakenLately(ctx context.Context, centre fmc.CentreID, since time.Time) (sums []string, err error) {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	rows, err := o.store.node.Query(ctx, `select split_part(p.key, '.', 1) from message m join message_in p on p.company = m.company and p.message = m.id
		where m.direction = 'in' and m.centre = $1 and p.at > $2 and m.at > $3`, centre, since.UTC(), o.store.opt.Clock().UTC().Add(-24*time.Hour))
	if err == nil {
		sums, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	return sums, explain(err)
}
