package cabinet

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/times"
	"roadline/store"
)

// Table writes rows of CSV as spreadsheets read them: UTF-8 with its mark, in Russian with semicolons between the cells.
type Table struct{ csv *csv.Writer }

// NewTable begins a table for readers of a language.
func NewTable(w io.Writer, language string) (*Table, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	t := &Table{csv.NewWriter(w)}
	t.csv.UseCRLF = true
	if language == "ru" {
		t.csv.Comma = ';'
	}
	return t, nil
}

// Row writes a row.
func (t *Table) Row(cells ...string) error {
	for i, cell := range cells {
		cells[i] = harmless(cell)
	}
	return t.csv.Write(cells)
}

// End writes what is left.
func (t *Table) End() error {
	t.csv.Flush()
	return t.csv.Error()
}

// callColumns are the names of WriteCalls' columns: fixed, the same as in the API.
var callColumns = []string{
	"id", "began", "direction", "status", "client", "number", "employee", "name", "group", "waited_s", "talked_s", "ended_s", "cause", "recording", "client_name", "result", "result_name",
}

// WriteCalls writes the calls that a search chose as CSV, newest first, as they come. Times are the company's.
func (a *API) WriteCalls(ctx context.Context, v access.Viewer, f store.CallFilter, language string, to io.Writer) error {
	zone := time.UTC
	if c, ok := a.o.Directory.Company(v.Company); ok {
		zone = c.Profile.Zone
	}
	out := bufio.NewWriterSize(to, 1<<15)
	table, err := NewTable(out, language)
	if err != nil {
		return err
	}
	if err := table.Row(slices.Clone(callColumns)...); err != nil {
		return err
	}
	err = a.o.Store.For(v.Company).EachCall(ctx, f, func(l store.CallLine) error {
		return table.Row(string(l.ID), l.Began.In(zone).Format("2006-01-02 15:04:05"), l.Direction, string(l.Status), l.Client, l.Number, string(l.Employee), l.EmployeeName,
			string(l.Group), maybe(l.Answered), decimal(l.Talked), maybe(l.Ended), l.Cause, l.Recording, l.Called, l.Result, a.resultName(v.Company, l.Result))
	})
	if err != nil {
		return err
	}
	if err := table.End(); err != nil {
		return err
	}
	return out.Flush()
}

// decimal is a duration in seconds.
func decimal(d time.Duration) string { return strconv.FormatFloat(float64(times.In(d)), 'f', -1, 64) }

func maybe(d *time.Duration) string {
	if d == nil {
		return ""
	}
	return decimal(*d)
}
