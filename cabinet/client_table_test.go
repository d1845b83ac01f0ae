package cabinet_test

import (
	"net/http"
	"strings"
	"testing"

	"roadline/cabinet"
	"roadline/cabinet/document"
	"roadline/cabinet/document/documenttest"
	"roadline/fmc"
	"roadline/store"
)

// look is what a table of clients would change, as boris is told.
func look(x *office, table string) cabinet.ClientsImport {
	x.t.Helper()
	got, err := x.api.LookAtClients(x.t.Context(), documenttest.Viewer(x.t, x.store, "boris"), []byte(table))
	if err != nil {
		x.t.Fatal(err)
	}
	return got
}

func TestATableOfClientsIsLookedAtAndThenTaken(t *testing.T) {
	x := newOffice(t)
	acme := x.store.For("acme")
	if err := acme.SetClients(t.Context(), "ivanov", store.Client{Number: "+79120000001", Name: "Petrov", Firm: "Romashka"}, store.Client{Number: "+79120000002", Name: "Anna"}, store.Client{Number: "+79120000003", Firm: "Old"}); err != nil {
		t.Fatal(err)
	}
	const table = "\ufeffТелефон;ФИО;Прочее\r\n79120000001;Petrov P.;x\r\n8 (912) 000-00-02;Anna;\r\n+79120000004;'=1+1 <b>;\r\n"
	got := look(x, table)
	if got.Added != 1 || got.Changed != 1 || got.Same != 1 || got.Forgotten != 0 || len(got.Mistakes) > 0 ||
		got.Changes[0] != (cabinet.ClientChange{Number: "+79120000001", Before: "Petrov (Romashka)", After: "Petrov P. (Romashka)"}) {
		t.Fatalf("%+v", got)
	}
	if _, err := acme.Client(t.Context(), "+79120000004"); err == nil {
		t.Error("a look wrote something")
	}
	if p := x.problem("boris", http.MethodPut, request{path: "/clients", body: map[string]any{"table": table, "stamp": "x"}}); p.Status != http.StatusConflict {
		t.Errorf("with another stamp: %+v", p)
	}
	w := x.send("boris", http.MethodPut, request{path: "/clients", body: map[string]any{"table": table, "stamp": got.Stamp}})
	c, err := acme.Client(t.Context(), "+79120000004")
	if w.Code != http.StatusOK || err != nil || c.Name != "=1+1 <b>" || c.Author != "boris" {
		t.Errorf("%d %s: %+v %v", w.Code, w.Body, c, err)
	}
	if c, _ := acme.Client(t.Context(), "+79120000002"); c.Author != "ivanov" {
		t.Errorf("what stays as it is was written anew: %+v", c)
	}
	if p := x.problem("boris", http.MethodPut, request{path: "/clients", body: map[string]any{"table": table, "stamp": got.Stamp}}); p.Status != http.StatusConflict {
		t.Errorf("once more: %+v", p)
	}
	if got := look(x, table); got.Same != 3 || got.Stamp != "" {
		t.Errorf("%+v", got)
	}
	entries, err := acme.AuditEntries(t.Context(), store.AuditFilter{What: "clients.import"})
	if err != nil || len(entries) == 0 || entries[0].Who != "boris" {
		t.Errorf("%+v %v", entries, err)
	}
	if got := look(x, "number,name,firm\n+79120000003,,\n"); got.Forgotten != 1 || got.Changes[0].After != "" {
		t.Errorf("an empty row: %+v", got)
	}
}

func TestWhatIsWrongInATableOfClientsIsToldByItsLine(t *testing.T) {
	x := newOffice(t)
	for table, want := range map[string]document.Mistake{
		"number;name\n+79120000001;A\nfifteen;B\n":                         {Line: 3, Text: "number cannot be read"},
		"number;name\n7,91E+10;A\n":                                        {Line: 2, Text: "number cannot be read"},
		"number;name\n" + strings.Repeat("1", 300) + ";A\n":                {Line: 2, Text: "number cannot be read"},
		"number;name\n+79120000001;A\n8 912 000-00-01;B\n":                 {Line: 3, Text: "stands in line 2 too"},
		"number;name\n+79120000001;\"a\nb\"\n":                             {Line: 2, Text: "name: write it, on one line"},
		"number;firm\n+79120000001;" + strings.Repeat("я", 101) + "\n":     {Line: 2, Text: "firm: write it"},
		"number;name\n+79120000001;A;B\n":                                  {Line: 2, Text: "more cells"},
		"sep=;\nnumber;name\n+79120000001;A\n\n;;\n+79120000001;\u202eB\n": {Line: 6, Text: "stands in line 3 too"},
	} {
		got := look(x, table)
		if len(got.Mistakes) == 0 || got.Mistakes[0].Line != want.Line || !strings.Contains(got.Mistakes[0].Text, want.Text) {
			t.Errorf("%.40q: %+v", table, got.Mistakes)
		}
		if p := x.problem("boris", http.MethodPut, request{path: "/clients", body: map[string]any{"table": table, "stamp": got.Stamp}}); p.Status != http.StatusBadRequest {
			t.Errorf("%.40q: %+v", table, p)
		}
	}
	for table, want := range map[string]string{
		"": "table is empty", "number\n+79120000001\n": "must name number", "name;firm\nA;B\n": "must name number", "number;phone;name\n": "two columns",
		"number;name\n" + strings.Repeat("1;\n", 20001): "more than 20000 rows", "number;name\n\"x": "line 2",
	} {
		if p := x.problem("boris", http.MethodPost, request{path: "/clients/check", body: map[string]any{"table": table}}); p.Status != http.StatusBadRequest || !strings.Contains(p.Detail, want) {
			t.Errorf("%.40q: %+v", table, p)
		}
	}
	if _, err := x.api.LookAtClients(t.Context(), documenttest.Viewer(t, x.store, "boris"), []byte("number;name\n1;\xff\x00\n")); err == nil {
		t.Error("letters of another alphabet were read")
	}
	if w := x.send("boris", http.MethodPost, request{path: "/clients/check", body: map[string]any{"table": strings.Repeat("x", 9<<20)}}); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("nine megabytes: %d", w.Code)
	}
	for _, who := range []fmc.EmployeeID{"ivanov", "olga"} { // their own clients, and none
		if w := x.send(who, http.MethodPost, request{path: "/clients/check", body: map[string]any{"table": "number;name\n"}}); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", who, w.Code)
		}
	}
}
