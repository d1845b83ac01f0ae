package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Version is one version of a company's document.
type Version struct {
	Generation int64
	Document   string // empty in lists
	Author     string
	Reason     string
	At         time.Time
	// How the company's own tests came out when it was applied; both 0: there were none, or nobody counted.
	Passed, Failed int
}

// Change is a new document for a company.
type Change struct {
	Base     int64        // the generation it was made from; 0: the company is new
	Document string       // as a person wrote it
	Company  *fmc.Company // what Document says, already checked
	Author   string
	Reason   string
	// How the company's own tests came out.
	Passed, Failed int
	// Draft is whose draft it was: it goes when the version comes; empty: nobody's.
	Draft fmc.EmployeeID
}

// Apply makes a document the company's newest version and returns its generation, all in one transaction: on an error
// nothing has changed. A base that is not the newest version is cause.Conflict, as is a number or an account that
// belongs to another company. A document equal to the newest one changes nothing and keeps its generation.
func (t *Tenant) Apply(ctx context.Context, c Change) (generation int64, err error) {
	if c.Company == nil || c.Company.Profile.ID != t.id {
		return 0, cause.Errorf(cause.NotFound, "apply to company %s: the document is of another company", t.id)
	}
	if c.Author == "" {
		return 0, cause.Errorf(cause.Invalid, "apply to company %s: no author", t.id)
	}
	err = t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		newest, err := t.lock(ctx, tx)
		if err != nil {
			return err
		}
		if err := newest.Follows(c.Base); err != nil {
			return err
		}
		if newest.Generation > 0 && newest.Document == c.Document {
			generation = newest.Generation
			return nil
		}
		generation = newest.Generation + 1
		if err := t.write(ctx, tx, c, generation); err != nil {
			return err
		}
		return t.tellPublished(ctx, tx, c, generation)
	})
	if err != nil {
		return 0, err
	}
	return generation, nil
}

// Follows returns nil where the version, a company's newest or the zero one of a company that is new, is the base of a
// change, else an error of kind cause.Conflict.
func (v Version) Follows(base int64) error {
	switch {
	case v.Generation == base:
		return nil
	case v.Generation == 0:
		return cause.Errorf(cause.Conflict, "base generation %d: there is no such company: apply with base 0 to make it", base)
	default:
		return cause.Errorf(cause.Conflict, "base generation %d is stale, %s applied %d at %s: export, merge and apply again",
			base, v.Author, v.Generation, v.At.UTC().Format(time.RFC3339))
	}
}

// lock keeps other changes of the company out and returns the newest version; the zero one of a company that is new.
func (t *Tenant) lock(ctx context.Context, tx pgx.Tx) (v Version, err error) {
	err = tx.QueryRow(ctx, "select generation from company where id = $1 for update", t.id).Scan(&v.Generation)
	if errors.Is(err, pgx.ErrNoRows) {
		return Version{}, nil
	}
	if err != nil {
		return v, err
	}
	return t.version(ctx, tx, v.Generation)
}

func (t *Tenant) version(ctx context.Context, tx pgx.Tx, generation int64) (v Version, err error) {
	err = tx.QueryRow(ctx, "select generation, document, author, reason, at, passed, failed from company_version where company = $1 and generation = $2",
		t.id, generation).Scan(&v.Generation, &v.Document, &v.Author, &v.Reason, &v.At, &v.Passed, &v.Failed)
	return v, err
}

// changedChannel is where directories listen; the payload is a company's id.
const changedChannel = "roadline_company"

// write writes a version and what SQL must join or keep unique of it.
func (t *Tenant) write(ctx context.Context, tx pgx.Tx, c Change, generation int64) error {
	now, p := t.store.opt.Clock().UTC(), c.Company.Profile
	b := &pgx.Batch{}
	if generation == 1 {
		// The realm is the id that the company was born with. HA1 holds it: it never changes.
		b.Queue("insert into company (id, realm, name, zone, generation, changed, created) values ($1, $1, $2, $3, $4, 1, $5)", t.id, p.Name, zoneOf(p), generation, now)
	} else {
		b.Queue("update company set name = $2, zone = $3, generation = $4, changed = changed + 1 where id = $1", t.id, p.Name, zoneOf(p), generation)
	}
	b.Queue("insert into company_version (company, generation, document, author, reason, at, passed, failed) values ($1, $2, $3, $4, $5, $6, $7, $8)",
		t.id, generation, c.Document, c.Author, c.Reason, now, c.Passed, c.Failed)
	b.Queue("delete from draft where company = $1 and author = $2", t.id, c.Draft)
	t.writeNumbers(b, c.Company.Numbers)
	t.writePeople(b, c.Company.Employees)
	b.Queue("select pg_notify($1, $2)", changedChannel, string(t.id))
	return tx.SendBatch(ctx, b).Close()
}

// zoneOf is the zone by whose days the company's calls are counted.
func zoneOf(p fmc.Profile) string {
	if p.Zone == nil {
		return time.UTC.String()
	}
	return p.Zone.String()
}

func (t *Tenant) writeNumbers(b *pgx.Batch, numbers []fmc.Number) {
	b.Queue("delete from number where company = $1", t.id)
	for _, n := range numbers {
		b.Queue("insert into number (company, trunk, e164, sim) values ($1, $2, $3, $4)", t.id, n.Trunk, n.Number.E164, n.SIM)
	}
}

func (t *Tenant) writePeople(b *pgx.Batch, people []fmc.Employee) {
	accounts, ids := []string{}, []string{}
	b.Queue("update employee set active = false where company = $1", t.id)
	for _, e := range people {
		b.Queue(`insert into employee (company, id, name, extension, active) values ($1, $2, $3, $4, true)
			on conflict (company, id) do update set name = excluded.name, extension = excluded.extension, active = true`,
			t.id, e.ID, e.Name, e.Extension)
		ids = append(ids, string(e.ID))
		for _, d := range e.Devices {
			if d.Account != "" {
				accounts = append(accounts, string(d.Account))
			}
		}
	}
	b.Queue("delete from account where company = $1 and name <> all($2)", t.id, accounts)
	b.Queue("delete from pin where company = $1 and employee <> all($2)", t.id, ids)
	b.Queue("delete from draft where company = $1 and author <> all($2)", t.id, ids)
	b.Queue("delete from login where company = $1 and employee <> all($2)", t.id, ids)
	t.endAccess(b, "<> all($2)", ids, t.store.opt.Clock().UTC())
	for _, e := range people {
		for _, d := range e.Devices {
			if d.Account == "" {
				continue
			}
			b.Queue(`insert into account (company, name, employee, device) values ($1, $2, $3, $4)
				on conflict (company, name) do update set employee = excluded.employee, device = excluded.device`,
				t.id, d.Account, e.ID, d.ID)
		}
	}
}

// Version returns a version with its document; generation 0 is the newest. An unknown one is cause.NotFound.
func (t *Tenant) Version(ctx context.Context, generation int64) (v Version, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) (err error) {
		if generation == 0 {
			err = tx.QueryRow(ctx, "select generation from company where id = $1", t.id).Scan(&generation)
			if err != nil {
				return absent(err, noCompany())
			}
		}
		v, err = t.version(ctx, tx, generation)
		return absent(err, cause.Errorf(cause.NotFound, "there is no generation %d", generation))
	})
	return v, err
}

// Versions returns the versions without their documents, newest first. A company that is not there is cause.NotFound.
func (t *Tenant) Versions(ctx context.Context) (all []Version, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select generation, '' as document, author, reason, at, passed, failed from company_version where company = $1 order by generation desc", t.id)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Version])
		if err == nil && len(all) == 0 {
			err = noCompany()
		}
		return err
	})
	return all, err
}

func noCompany() error { return cause.Errorf(cause.NotFound, "there is no such company") }
