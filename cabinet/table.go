package cabinet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"roadline/cabinet/document"
	"roadline/fmc/cause"
)

// mostRows is how many rows a table may have.
const mostRows = 20000

// column is one column of a table.
type column struct {
	key   string   // what its cells are
	names []string // how its head may be called, in lower case; the first of each language is written
}

// sheet is a table that is being read, as spreadsheets write it: with a mark of UTF-8 or without, with semicolons, commas or
// tabs. Its first line names the columns, in any order; columns of other systems are passed over.
type sheet struct {
	columns  []column
	head     []string // the key of each column; empty: one that is not read
	mistakes []document.Mistake
}

func (t *sheet) wrong(line int, format string, args ...any) {
	t.mistakes = append(t.mistakes, document.Mistake{Line: line, Text: fmt.Sprintf(format, args...)})
}

// has reports whether the table has a column.
func (t *sheet) has(key string) bool { return slices.Contains(t.head, key) }

// known are the columns that a table may have, in words.
func (t *sheet) known() string {
	var all []string
	for _, c := range t.columns {
		all = append(all, c.names[0]+" ("+c.names[1]+")")
	}
	return strings.Join(all, ", ")
}

// read reads a table: begin is told when the columns are known, row of each line with its cells.
func (t *sheet) read(table []byte, begin func() error, row func(line int, cells map[string]string)) error {
	table = bytes.TrimPrefix(table, []byte("\ufeff"))
	if !utf8.Valid(table) || bytes.IndexByte(table, 0) >= 0 {
		return cause.Errorf(cause.Invalid, "the table's letters cannot be read: save it as \"CSV UTF-8\"")
	}
	r := csv.NewReader(bytes.NewReader(table))
	r.Comma, r.FieldsPerRecord = separatorOf(table), -1
	r.TrimLeadingSpace = r.Comma != '\t'
	for rows := 0; ; rows++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			return cause.Errorf(cause.Invalid, "line %d of the table: %w", bad.Line, bad.Err)
		}
		line, _ := r.FieldPos(0)
		switch {
		case err != nil:
			return cause.Errorf(cause.Invalid, "the table: %w", err)
		case rows > mostRows:
			return cause.Errorf(cause.Invalid, "the table has more than %d rows: send it in parts", mostRows)
		case rows == 0 && strings.HasPrefix(strings.ToLower(cells[0]), "sep="):
			rows--
		case t.head == nil:
			if err = t.heads(cells); err == nil {
				err = begin()
			}
			if err != nil {
				return err
			}
		case strings.Join(cells, "") != "":
			if named, ok := t.cells(line, cells); ok {
				row(line, named)
			}
		}
	}
}

// separatorOf is what stands between the columns of a table's first line most often.
func separatorOf(table []byte) rune {
	first, _, _ := bytes.Cut(table, []byte("\n"))
	best := ','
	for _, c := range []rune{';', '\t'} {
		if bytes.Count(first, []byte(string(c))) > bytes.Count(first, []byte(string(best))) {
			best = c
		}
	}
	return best
}

// heads reads the first line.
func (t *sheet) heads(row []string) error {
	for _, name := range row {
		key := ""
		for _, c := range t.columns {
			if slices.Contains(c.names, strings.ToLower(strings.TrimSpace(name))) {
				key = c.key
			}
		}
		if key != "" && t.has(key) {
			return cause.Errorf(cause.Invalid, "line 1 of the table: two columns are called as %q: remove one", key)
		}
		t.head = append(t.head, key)
	}
	return nil
}

// cells are a line's, by column. The mark by which spreadsheets keep a text from being reckoned is taken off.
func (t *sheet) cells(line int, row []string) (map[string]string, bool) {
	cells := map[string]string{}
	for i, cell := range row {
		switch cell = strings.TrimPrefix(strings.TrimSpace(cell), "'"); {
		case i < len(t.head):
			cells[t.head[i]] = cell
		case cell != "":
			t.wrong(line, "it has more cells than the first line has columns")
			return nil, false
		}
	}
	delete(cells, "")
	return cells, true
}
