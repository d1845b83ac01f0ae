package store

import (
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// takenTexts say what a unique constraint of the schema protects, without whose the other thing is.
var takenTexts = map[string]string{
	"number_taken":      "a number is taken on its trunk: each belongs to one company",
	"account_taken":     "a SIP account name is taken on this node: choose another",
	"company_pkey":      "somebody else made this company at the same moment: look and apply again",
	"company_realm_key": "the company's SIP realm is taken: choose another company id",
}

// explain gives an error of PostgreSQL its kind.
func explain(err error) error {
	if err == nil || cause.KindOf(err) != 0 {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return cause.Errorf(cause.NotFound, "there is no such thing: look at the list")
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch text := takenTexts[pg.ConstraintName]; {
		case text != "":
			return cause.Errorf(cause.Conflict, "%s: %w", text, err)
		case refused(err):
			return cause.Errorf(cause.Invalid, "PostgreSQL refuses: %w", err)
		case pg.Code == "40001" || pg.Code == "40P01":
			return cause.Errorf(cause.Conflict, "somebody else changed it at the same moment: try again: %w", err)
		}
	}
	return cause.Errorf(cause.Unavailable, "PostgreSQL: %w", err)
}

// absent names what was looked for, where the error is that there is none.
func absent(err, none error) error {
	if errors.Is(err, pgx.ErrNoRows) || cause.KindOf(err) == cause.NotFound {
		return none
	}
	return err
}

// noCall says that the company has no such call.
func noCall(id fmc.CallID) error { return cause.Errorf(cause.NotFound, "there is no call %s", id) }

// noPerson says that the company's document names no such person.
func noPerson(id fmc.EmployeeID) error {
	return cause.Errorf(cause.NotFound, "there is no person %q in the company", id)
}

// noWebhook says that the company has no such receiver.
func noWebhook(id string) error { return cause.Errorf(cause.NotFound, "there is no webhook %q", id) }

// refused reports whether PostgreSQL, being well, will not take these data now or later: SQLSTATE classes 21
// (cardinality), 22 (data), 23 (integrity), 54 (limits), P0001 (raised). Everything else may pass: a server that stops,
// is full or read-only, a schema that is being changed.
func refused(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	switch {
	case len(pg.Code) != 5:
		return false
	case pg.Code == "P0001":
		return true
	}
	switch pg.Code[:2] {
	case "21", "22", "23", "54":
		return true
	}
	return false
}
