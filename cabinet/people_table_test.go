package cabinet_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/document/documenttest"
	"roadline/fmc/cause"
)

func TestATableOfPeopleIsReadInTheirDialects(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", documenttest.StaffFile, 0)
	v := documenttest.Viewer(t, d.store, "ivanov")
	want := []string{
		"employees.ivanov.mobile: +79161234567 → +79160000001",
		"employees.petrov.groups: added, [sales]",
		"employees.petrov.roles: removed",
		"employees.sidorov-semen: added",
	}
	for name, table := range map[string]string{
		"English":          "id,name,mobile,groups,roles\nivanov,Ivan,79160000001,,administrator\npetrov,Pyotr,,sales,\n,Sidorov Semen,8 916 000-00-02,Продажи,manager\n",
		"Russian Excel":    "\ufeffКод;ФИО;Мобильный;Отдел;Роль\r\nivanov;Ivan;+7 (916) 000-00-01;;administrator\r\npetrov;Pyotr;;продажи;\r\n;Сидоров Семен;89160000002;sales;manager\r\n;;;;\r\n",
		"with sep=":        "sep=;\nid;name;mobile;groups;roles;cost centre\nivanov;Ivan;'+79160000001;;administrator;12\npetrov;Pyotr;;sales;;13\n;\"Sidorov\nSemen\";+79160000002;sales;manager;14\n",
		"tabs":             "id\tname\tmobile\tgroups\troles\nivanov\tIvan\t+79160000001\t\tadministrator\npetrov\tPyotr\t\tsales\t\n\tSidorov Semen\t+79160000002\tsales\tmanager\n",
		"by the extension": "extension,mobile,groups,roles,name\n201,+79160000001,,administrator,Ivan\n202,,sales,,Pyotr\n,+79160000002,sales,manager,Sidorov Semen\n",
	} {
		x, err := d.api.LookAtPeople(t.Context(), v, []byte(table))
		got := slices.DeleteFunc(x.Changes, func(line string) bool { return strings.HasPrefix(line, "employees: ") })
		if err != nil || len(x.Mistakes) > 0 || x.Added != 1 || x.Changed != 2 || !slices.Equal(got, want) {
			t.Errorf("%s: %+v, %v", name, x, err)
		}
	}
	if _, err := d.store.For("acme").Draft(t.Context(), "ivanov"); !errors.Is(err, cause.NotFound) {
		t.Error("a look kept something", err)
	}
}

func TestWhatIsWrongInATableIsToldByItsLine(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", documenttest.StaffFile, 0)
	v := documenttest.Viewer(t, d.store, "ivanov")
	for _, row := range []struct {
		name, table string
		line        int
		want        string
	}{
		{"a taken extension", "id,name,extension\nnew,New,201\n", 2, `extension "201" is taken`},
		{"no number", "id,name,mobile\npetrov,Pyotr,12\n", 2, "mobile: "},
		{"no group", "id,name,groups\npetrov,Pyotr,support\n", 2, `there is no group "support"`},
		{"no role", "id,name,roles\npetrov,Pyotr,boss\n", 2, `"boss"`},
		{"no name", "id,name\nnew,\n", 2, "new is new: write the name"},
		{"a name less", "id,name\npetrov,\n", 2, "the name is empty"},
		{"twice", "id,name\npetrov,Pyotr\nivanov,Ivan\npetrov,Pyotr\n", 4, "petrov stands in line 2 too"},
		{"too many cells", "id,name\npetrov,Pyotr,x\n", 2, "more cells"},
		{"no id", "id,name\nПётр,Pyotr\n", 2, "is no id"},
	} {
		x, err := d.api.LookAtPeople(t.Context(), v, []byte(row.table))
		if err != nil || len(x.Mistakes) == 0 || x.Mistakes[0].Line != row.line || !strings.Contains(x.Mistakes[0].Text, row.want) {
			t.Errorf("%s: %+v, %v", row.name, x.Mistakes, err)
		}
		if _, err := d.api.ImportPeople(t.Context(), v, []byte(row.table)); !errors.Is(err, cause.Invalid) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	for table, want := range map[string]string{
		"":                                    "the table is empty",
		"\xcf\xe5\xf2\xf0;\xc8\n":             `save it as "CSV UTF-8"`,
		"a,b\n1,2\n":                          "names neither id nor name",
		"id,name,login\n":                     "two columns are called",
		"id,name\n\"a,b\nc\n":                 "line",
		"id\n" + strings.Repeat("x\n", 20001): "more than 20000 rows",
	} {
		if _, err := d.api.LookAtPeople(t.Context(), v, []byte(table)); !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v", table, err)
		}
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", strings.Replace(documenttest.StaffFile, "name: Oleg", `name: "=1+1 Oleg", mail: oleg@acme.example, operator: "-mts"`, 1), 0)
	v := documenttest.Viewer(t, d.store, "ivanov")
	for _, language := range []string{"en", "ru"} {
		table, err := d.api.ExportPeople(t.Context(), v, language)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(table), "\ufeff") || !strings.Contains(string(table), "'=1+1 Oleg") || !strings.Contains(string(table), "'-mts") || strings.Contains(string(table), "'+7") {
			t.Errorf("%s", table)
		}
		x, err := d.api.LookAtPeople(t.Context(), v, table)
		if err != nil || x.Same != 3 || x.Added+x.Changed != 0 || len(x.Mistakes)+len(x.Changes) != 0 {
			t.Errorf("%s: %+v, %v", language, x, err)
		}
	}
	got, err := d.api.ImportPeople(t.Context(), v, []byte("id,account\norlov,orlov-desk\nivanov,ivanov-soft\n"))
	want := []string{"employees.ivanov.account.sip: ivanov-desk → ivanov-soft", "employees.orlov.account: added, {sip: orlov-desk}"}
	if err != nil || !slices.Equal(got.Changes, want) || !strings.Contains(got.Document, "# The boss.") {
		t.Errorf("%+v, %v", got.Changes, err)
	}
	if _, err := d.api.Documents.WriteDraft(t.Context(), v, 1, "company: ["); err != nil {
		t.Fatal(err)
	}
	if _, err := d.api.ExportPeople(t.Context(), v, "en"); !errors.Is(err, cause.Invalid) {
		t.Error(err)
	}
	if _, err := d.api.LookAtPeople(t.Context(), v, []byte("id,name\nx,X\n")); !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), "mend them before") {
		t.Error(err)
	}
}

func TestAnIDIsMadeOfAName(t *testing.T) {
	taken := map[string]bool{"ivanov-ivan": true, "ivanov-ivan-2": true}
	for name, want := range map[string]string{
		"Иванов Иван": "ivanov-ivan-3", "  Щукин, Ю. ": "shchukin-iu", "Anna P.": "anna-p", "李": "", "-": "",
		strings.Repeat("Ж", 60): strings.Repeat("zh", 25),
	} {
		if got := cabinet.IDOf(name, func(id string) bool { return taken[id] }); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestWhoMayNotChangeTheDocumentTakesNoTable(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", documenttest.StaffFile, 0)
	v := documenttest.Viewer(t, d.store, "orlov")
	if _, err := d.api.ImportPeople(t.Context(), v, []byte("id,name\nx,X\n")); !errors.Is(err, cause.Denied) {
		t.Error(err)
	}
	if _, err := d.api.ExportPeople(t.Context(), v, "en"); !errors.Is(err, cause.Denied) {
		t.Error(err)
	}
	v = documenttest.Viewer(t, d.store, "ivanov")
	v.Employee, v.Token = "", &access.Token{Name: "crm", Service: true, Rights: access.Rights()}
	if _, err := d.api.ImportPeople(t.Context(), v, []byte("id,name\nx,X\n")); !errors.Is(err, cause.Denied) {
		t.Errorf("a service: %v", err)
	}
}
