package cabinet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/callerid"
	"roadline/fmc/cause"
	"roadline/store"
)

// clientColumns are those that a table of clients may have.
var clientColumns = []column{
	{"number", []string{"number", "номер", "phone", "phone number", "mobile", "телефон", "номер телефона", "мобильный"}},
	{"name", []string{"name", "имя", "full name", "contact", "client", "фио", "контакт", "клиент"}},
	{"firm", []string{"firm", "компания", "company", "organisation", "organization", "организация", "фирма"}},
}

// ClientsImport is what a table of clients would change. Clients who do not stand in it stay as they are, as does what it
// has no column for; an empty cell takes away what the client had there, and where nothing is left, the client.
type ClientsImport struct {
	Added     int                `json:"added"`
	Changed   int                `json:"changed"`
	Forgotten int                `json:"forgotten"`
	Same      int                `json:"same"`
	Changes   []ClientChange     `json:"changes" doc:"The first five hundred, by line of the table."`
	Mistakes  []document.Mistake `json:"mistakes" doc:"By line of the table. Any of them: nothing can be taken."`
	Stamp     string             `json:"stamp" doc:"Of all the changes: send it to make them. Empty: there are none."`
}

// ClientChange is a client whom a table calls otherwise.
type ClientChange struct {
	Number string `json:"number"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// changesMost is how many of a table's changes are told one by one.
const changesMost = 500

// LookAtClients says what a table of clients would change, and changes nothing.
func (a *API) LookAtClients(ctx context.Context, v access.Viewer, table []byte) (ClientsImport, error) {
	t, err := a.readClients(ctx, v, table)
	if err != nil {
		return ClientsImport{}, err
	}
	return t.ClientsImport, nil
}

// ImportClients makes a table's changes, all or none. Stamp says which ones whoever wants it was shown: where clients were
// named since, it is cause.Conflict.
func (a *API) ImportClients(ctx context.Context, v access.Viewer, table []byte, stamp string) (ClientsImport, error) {
	t, err := a.readClients(ctx, v, table)
	switch {
	case err != nil:
		return ClientsImport{}, err
	case len(t.mistakes) > 0:
		return t.ClientsImport, document.Refuse(cause.Errorf(cause.Invalid, "line %d of the table: %s", t.mistakes[0].Line, t.mistakes[0].Text), t.mistakes)
	case stamp != t.Stamp:
		return t.ClientsImport, cause.Errorf(cause.Conflict, "the table changes something else by now: look again at what")
	}
	ctx = deed(ctx, "clients.import", "")
	store.Auditing(ctx).After = map[string]int{"added": t.Added, "changed": t.Changed, "forgotten": t.Forgotten}
	return t.ClientsImport, a.o.Store.For(v.Company).SetClients(ctx, v.By(), t.written...)
}

// clientTable is a table that is being read.
type clientTable struct {
	sheet
	ClientsImport
	country string
	lines   map[string]int // by number
	rows    []store.Client // as the table has them
	written []store.Client // of rows: those that change something
}

func (a *API) readClients(ctx context.Context, v access.Viewer, table []byte) (*clientTable, error) {
	if err := v.Need(access.ClientsChange, access.Company); err != nil {
		return nil, err
	}
	c, ok := a.o.Directory.Company(v.Company)
	if !ok {
		return nil, cause.Errorf(cause.NotFound, "there is no company %q on this node", v.Company)
	}
	t := &clientTable{sheet: sheet{columns: clientColumns}, country: c.Profile.Country, lines: map[string]int{}}
	err := t.read(table, func() error {
		if t.has("number") && (t.has("name") || t.has("firm")) {
			return nil
		}
		return cause.Errorf(cause.Invalid, "line 1 of the table must name number, and name or firm: the columns that are known are %s", t.known())
	}, t.row)
	if err == nil && t.head == nil {
		err = cause.Errorf(cause.Invalid, "the table is empty: its first line names the columns, such as number, name, firm")
	}
	if err != nil {
		return nil, err
	}
	numbers := make([]string, len(t.rows))
	for i, r := range t.rows {
		numbers[i] = r.Number
	}
	known, err := a.o.Store.For(v.Company).ClientsOf(ctx, numbers)
	if err == nil {
		t.compare(known)
	}
	return t, err
}

// row reads one client.
func (t *clientTable) row(line int, cells map[string]string) {
	n, err := callerid.Read(cells["number"], t.country)
	if err != nil { // spreadsheets take the plus away
		n, err = callerid.Read("+"+cells["number"], t.country)
	}
	if err != nil || len(cells["number"]) > mostDialled {
		t.wrong(line, "the number cannot be read: write it such as +79161234567")
		return
	}
	if other := t.lines[n.E164]; other > 0 {
		t.wrong(line, "%s stands in line %d too: remove one", n.E164, other)
		return
	}
	t.lines[n.E164] = line
	c := store.Client{Number: n.E164, Name: cells["name"], Firm: cells["firm"]}
	if err := checkClient(c); err != nil {
		t.wrong(line, "%v", err)
		return
	}
	t.rows = append(t.rows, c)
}

// compare notes what differs from what is known.
func (t *clientTable) compare(known map[string]store.Client) {
	t.Changes, t.Mistakes = []ClientChange{}, slices.Concat([]document.Mistake{}, t.mistakes)
	sum := sha256.New()
	for _, c := range t.rows {
		was := known[c.Number]
		if !t.has("name") {
			c.Name = was.Name
		}
		if !t.has("firm") {
			c.Firm = was.Firm
		}
		switch {
		case c.Name == was.Name && c.Firm == was.Firm:
			t.Same++
			continue
		case was.Called() == "":
			t.Added++
		case c.Called() == "":
			t.Forgotten++
		default:
			t.Changed++
		}
		t.written = append(t.written, c)
		fmt.Fprintf(sum, "%q %q %q %q %q\n", c.Number, was.Name, was.Firm, c.Name, c.Firm)
		if len(t.Changes) < changesMost {
			t.Changes = append(t.Changes, ClientChange{Number: c.Number, Before: was.Called(), After: c.Called()})
		}
	}
	if len(t.written) > 0 {
		t.Stamp = hex.EncodeToString(sum.Sum(nil)[:16])
	}
}
