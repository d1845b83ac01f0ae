package store

import (
	"context"

	"roadline/fmc"
)

// BusyWithPINs has as many PINs being tried as may be, until it is told that one is done.
func (d *Directory) BusyWithPINs() (done func()) {
	for range cap(d.trial) {
		d.trial <- struct{}{}
	}
	return func() { <-d.trial }
}

// CallListSQL is the query of a page of calls.
func CallListSQL(company fmc.CompanyID, f CallFilter) (string, []any) {
	if f.Limit == 0 {
		f.Limit = 50
	}
	return f.sql(company)
}

// Sweep deletes what was kept long enough.
func (t *Traces) Sweep(ctx context.Context) { t.sweep(ctx) }
