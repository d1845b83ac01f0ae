package cabinet

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"unicode"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// ExportPeople writes the people of the viewer's draft as a table that ImportPeople reads: UTF-8 with its mark, so that
// spreadsheets read the letters. In Russian the heads are Russian and semicolons stand between the cells.
func (a *API) ExportPeople(ctx context.Context, v access.Viewer, language string) ([]byte, error) {
	d, err := a.Documents.Draft(ctx, v)
	if err != nil {
		return nil, err
	}
	if d.Company == nil {
		return nil, cause.Errorf(cause.Invalid, "your draft has mistakes: mend them before its people are written: %s", d.Mistakes[0].Text)
	}
	out := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(out)
	w.UseCRLF = true
	tongue := 0
	if language == "ru" {
		tongue, w.Comma = 1, ';'
	}
	var head []string
	for _, c := range peopleColumns {
		head = append(head, c.names[tongue])
	}
	err = w.Write(head)
	for i := range d.Company.Employees {
		if err == nil {
			err = w.Write(cellsOf(&d.Company.Employees[i]))
		}
	}
	w.Flush()
	if err != nil || w.Error() != nil {
		return nil, fmt.Errorf("write the table of people: %w", err)
	}
	return out.Bytes(), nil
}

// cellsOf is a person as a row, in the order of peopleColumns.
func cellsOf(e *fmc.Employee) []string {
	cells := []string{
		string(e.ID), e.Name, e.Extension, mobileOf(e), strings.Join(names(e.Groups), ", "), e.Mail, accountOf(e), string(e.Hours),
		strings.Join(e.Roles, ", "), e.Operator,
	}
	for i, c := range cells {
		cells[i] = harmless(c)
	}
	return cells
}

// harmless is a cell that no spreadsheet takes for a formula; a telephone number is none.
func harmless(cell string) string {
	if strings.Trim(strings.TrimPrefix(cell, "+"), "0123456789") == "" || !strings.ContainsAny(cell[:1], "=+-@\t\r") {
		return cell
	}
	return "'" + cell
}

// mobileOf is the number of a person's mobile, E.164; empty: there is none.
func mobileOf(e *fmc.Employee) string {
	for _, d := range e.Devices {
		if d.Kind == fmc.Mobile {
			return d.Number.E164
		}
	}
	return ""
}

// accountOf is a person's SIP account; empty: there is none.
func accountOf(e *fmc.Employee) string {
	for _, d := range e.Devices {
		if d.Account != "" {
			return string(d.Account)
		}
	}
	return ""
}

// latin are Russian letters as passports write them (ICAO 9303), for ids.
var latin = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "e", 'ж': "zh", 'з': "z", 'и': "i", 'й': "i", 'к': "k", 'л': "l", 'м': "m",
	'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch",
	'ъ': "ie", 'ы': "y", 'ь': "", 'э': "e", 'ю': "iu", 'я': "ia",
}

// IDOf makes an id of a name, "Иванов Иван" → "ivanov-ivan"; taken says which are. Empty where the name has no letters
// that it knows.
func IDOf(name string, taken func(string) bool) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch s, russian := latin[r]; {
		case russian:
			b.WriteString(s)
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	id := b.String()
	id = strings.Trim(id[:min(len(id), 50)], "-")
	if id == "" {
		return ""
	}
	for n, first := 2, id; taken(id); n++ {
		id = fmt.Sprintf("%s-%d", first, n)
	}
	return id
}

// newID is the id of a person who has none yet.
func (t *peopleTable) newID(name string) fmc.EmployeeID {
	return fmc.EmployeeID(IDOf(name, func(id string) bool {
		_, person := t.company.Employee(fmc.EmployeeID(id))
		_, group := t.company.Group(fmc.GroupID(id))
		return person || group || t.lines[fmc.EmployeeID(id)] > 0
	}))
}
