package document_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/cabinet/document/documenttest"
	"roadline/configs"
	"roadline/fmc/cause"
	"roadline/store"
)

func set(value string, place ...string) configs.Change {
	return configs.Change{Place: place, Value: configs.Text(value)}
}

func TestADraftIsEditedAndPublished(t *testing.T) {
	d := documenttest.Open(t, now)
	d.Apply(documenttest.StaffFile)
	v := documenttest.Viewer(t, d.Store, "ivanov")
	got, err := d.Archive.Draft(t.Context(), v)
	if err != nil || got.Edition != 0 || got.Document != documenttest.StaffFile || got.Changed() || got.Stale() || got.Base != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := d.Archive.EditDraft(t.Context(), v, set("Pyotr", "employees", "petrov", "name")); !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), "nothing was changed") {
		t.Error(err)
	}
	got, err = d.Archive.EditDraft(t.Context(), v, set("203", "employees", "petrov", "extension"), set("204", "employees", "orlov", "extension"))
	want := []string{"employees.petrov.extension: 202 → 203", "employees.orlov.extension: added, 204"}
	if err != nil || got.Edition != 1 || !slices.Equal(got.Changes, want) || !strings.Contains(got.Document, "\"203\"   # next to the boss") {
		t.Fatalf("%+v, %v", got, err)
	}
	if others, err := d.Archive.DraftsOfOthers(t.Context(), documenttest.Viewer(t, d.Store, "petrov")); err != nil || len(others) != 1 || others[0].Author != "ivanov" || others[0].Document != "" {
		t.Errorf("%+v, %v", others, err)
	}
	if tests := d.Archive.TestDraft(got); len(tests) != 1 || !tests[0].Passed {
		t.Errorf("%+v", tests)
	}
	if x, err := d.Archive.TryDraft(got, document.Question{From: "+79120000001", To: "+74951234567"}); err != nil || len(x.Rings) == 0 {
		t.Errorf("%+v, %v", x, err)
	}
	if _, err := d.Archive.PublishDraft(t.Context(), v, 1, "", ""); !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), "reason is missing") {
		t.Error(err)
	}
	if _, err := d.Archive.PublishDraft(t.Context(), v, 7, "new numbers", ""); !errors.Is(err, cause.Conflict) {
		t.Error(err)
	}
	done, err := d.Archive.PublishDraft(t.Context(), v, 1, "new numbers", "")
	if err != nil || done.Generation != 2 || !done.InForce || !slices.Equal(done.Changes, want) {
		t.Fatalf("%+v, %v", done, err)
	}
	newest, err := d.Store.For("acme").Version(t.Context(), 0)
	if err != nil || newest.Author != "ivanov" || newest.Reason != "new numbers" || newest.Passed != 1 || newest.Failed != 0 || newest.Document != got.Document {
		t.Errorf("%+v, %v", newest, err)
	}
	if got, err := d.Archive.Draft(t.Context(), v); err != nil || got.Edition != 0 || got.Base != 2 {
		t.Errorf("the draft stands still: %+v, %v", got, err)
	}
	if _, err := d.Archive.PublishDraft(t.Context(), v, 1, "again", ""); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
}

func TestAFormCannotBreakADocument(t *testing.T) {
	d := documenttest.Open(t, now)
	d.Apply(documenttest.StaffFile)
	v := documenttest.Viewer(t, d.Store, "ivanov")
	_, err := d.Archive.EditDraft(t.Context(), v, set("201", "employees", "petrov", "extension"))
	m, ok := errors.AsType[*document.Mistaken](err)
	if !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), `extension "201" is taken`) || !ok || strings.Join(m.Mistakes[0].Place, ".") != "employees.petrov.extension" {
		t.Error(err)
	}
	if _, err := d.Store.For("acme").Draft(t.Context(), "ivanov"); !errors.Is(err, cause.NotFound) {
		t.Error("something was kept", err)
	}
	broken := strings.Replace(documenttest.StaffFile, "policy: all", "policy: some", 1)
	got, err := d.Archive.WriteDraft(t.Context(), v, 0, broken)
	if err != nil || got.Company != nil || len(got.Mistakes) != 1 || got.Mistakes[0].Line != 19 || got.Mistakes[0].Text != `policy: "some": write "none"` {
		t.Fatalf("%+v, %v", got.Mistakes, err)
	}
	if _, err := d.Archive.WriteDraft(t.Context(), v, 0, documenttest.StaffFile); !errors.Is(err, cause.Conflict) {
		t.Error(err)
	}
	if got, err = d.Archive.EditDraft(t.Context(), v, set("Peter", "employees", "petrov", "name")); err != nil || got.Edition != 2 || len(got.Mistakes) != 1 {
		t.Errorf("a form on a wrong text: %+v, %v", got.Mistakes, err)
	}
	if _, err := d.Archive.TryDraft(got, document.Question{}); !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), "mend them first") {
		t.Error(err)
	}
	if tests := d.Archive.TestDraft(got); tests != nil {
		t.Error(tests)
	}
	if _, err := d.Archive.PublishDraft(t.Context(), v, 2, "r", ""); !errors.Is(err, cause.Invalid) {
		t.Error(err)
	}
	if _, err := d.Archive.WriteDraft(t.Context(), v, 2, strings.Repeat("#", 9<<20)); !errors.Is(err, cause.Invalid) {
		t.Error(err)
	}
	if _, err := d.Archive.WriteDraft(t.Context(), v, 2, "company: ["); err != nil {
		t.Error("a text that is no YAML is kept too", err)
	}
	if err := d.Archive.DiscardDraft(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Archive.Draft(t.Context(), v); err != nil || got.Edition != 0 || got.Document != documenttest.StaffFile {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAStaleDraftCatchesUp(t *testing.T) {
	d := documenttest.Open(t, now)
	d.Apply(documenttest.StaffFile)
	mine, theirs := documenttest.Viewer(t, d.Store, "ivanov"), documenttest.Viewer(t, d.Store, "petrov")
	if _, err := d.Archive.EditDraft(t.Context(), mine, set("210", "employees", "petrov", "extension"), set("211", "employees", "orlov", "extension")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Archive.EditDraft(t.Context(), theirs, set("Sales", "groups", "sales", "name"), set("220", "employees", "petrov", "extension")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Archive.PublishDraft(t.Context(), theirs, 1, "English names", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Archive.PublishDraft(t.Context(), mine, 1, "mine", ""); !errors.Is(err, cause.Conflict) || !strings.Contains(err.Error(), "petrov applied 2") {
		t.Error(err)
	}
	got, err := d.Archive.Draft(t.Context(), mine)
	if err != nil || !got.Stale() || got.Newest.Author != "petrov" || len(got.Changes) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	ahead, err := d.Archive.Ahead(t.Context(), mine)
	conflict := configs.Conflict{Place: "employees.petrov.extension", Mine: "210", Theirs: "220"}
	if err != nil || len(ahead.Changes) != 2 || !slices.Equal(ahead.Conflicts, []configs.Conflict{conflict}) {
		t.Errorf("%+v, %v", ahead, err)
	}
	for _, row := range []struct {
		keepMine bool
		changes  []string
	}{
		{true, []string{"employees.petrov.extension: 220 → 210", "employees.orlov.extension: added, 211"}},
	} {
		got, err := d.Archive.CatchUp(t.Context(), mine, row.keepMine)
		if err != nil || got.Stale() || !slices.Equal(got.Changes, row.changes) || !strings.Contains(got.Document, "name: Sales") {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if done, err := d.Archive.PublishDraft(t.Context(), mine, 2, "mine", ""); err != nil || done.Generation != 3 {
		t.Errorf("%+v, %v", done, err)
	}
	got, err = d.Archive.ReturnTo(t.Context(), mine, 1)
	if err != nil || got.Document != documenttest.StaffFile || got.Base != 3 || len(got.Changes) != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := d.Archive.ReturnTo(t.Context(), mine, 9); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
}

func TestTestsThatFailNeedAReasonOfTheirOwn(t *testing.T) {
	d := documenttest.Open(t, now)
	d.Apply(documenttest.StaffFile)
	v := documenttest.Viewer(t, d.Store, "ivanov")
	if _, err := d.Archive.EditDraft(t.Context(), v, set("orlov", "numbers", "+74951234567", "owner")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Archive.PublishDraft(t.Context(), v, 1, "Orlov takes over", ""); !errors.Is(err, cause.Denied) {
		t.Error(err)
	}
	done, err := d.Archive.PublishDraft(t.Context(), v, 1, "Orlov takes over", "the test is old")
	if err != nil || done.Generation != 2 {
		t.Fatal(err)
	}
	newest, err := d.Store.For("acme").Version(t.Context(), 0)
	if err != nil || newest.Failed != 1 || newest.Passed != 0 || newest.Reason != "Orlov takes over (tests overridden: the test is old)" {
		t.Errorf("%+v, %v", newest, err)
	}
}

func TestWhoMayNotChangeTheDocumentCannot(t *testing.T) {
	d := documenttest.Open(t, now)
	d.Apply(documenttest.StaffFile)
	service := documenttest.Viewer(t, d.Store, "ivanov")
	service.Employee, service.Token = "", &access.Token{Name: "crm", Service: true, Rights: access.Rights()}
	for name, v := range map[string]access.Viewer{"an employee": documenttest.Viewer(t, d.Store, "orlov"), "a service": service} {
		calls := map[string]func() error{
			"edit":    func() error { _, err := d.Archive.EditDraft(t.Context(), v, set("x", "name")); return err },
			"write":   func() error { _, err := d.Archive.WriteDraft(t.Context(), v, 0, documenttest.StaffFile); return err },
			"discard": func() error { return d.Archive.DiscardDraft(t.Context(), v) },
			"return":  func() error { _, err := d.Archive.ReturnTo(t.Context(), v, 1); return err },
			"catch":   func() error { _, err := d.Archive.CatchUp(t.Context(), v, true); return err },
		}
		if v.Employee != "" {
			calls["read"] = func() error { _, err := d.Archive.Draft(t.Context(), v); return err }
			calls["ahead"] = func() error { _, err := d.Archive.Ahead(t.Context(), v); return err }
			calls["others"] = func() error { _, err := d.Archive.DraftsOfOthers(t.Context(), v); return err }
			calls["publish"] = func() error { _, err := d.Archive.PublishDraft(t.Context(), v, 0, "r", ""); return err }
			calls["replay"] = func() error { _, err := d.Archive.ReplayDraft(t.Context(), v, document.Draft{}); return err }
		}
		for what, do := range calls {
			if err := do(); !errors.Is(err, cause.Denied) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}

func TestAPersonChangesTheirOwnRingingAtOnce(t *testing.T) {
	d := documenttest.Open(t, now)
	d.Apply(documenttest.StaffFile)
	v := documenttest.Viewer(t, d.Store, "ivanov")
	ring := configs.List{configs.Pairs{{Key: "device", Value: configs.Text("mobile")}, {Key: "for", Value: configs.Word("20s")}}}
	done, err := d.Archive.ChangeOwn(t.Context(), v, "ring", ring)
	if err != nil || done.Generation != 2 || !slices.Equal(done.Changes, []string{"employees.ivanov.ring: added"}) {
		t.Errorf("%+v, %v", done, err)
	}
	if done, err := d.Archive.ChangeOwn(t.Context(), v, "ring", ring); err != nil || done.Generation != 2 {
		t.Errorf("the same: %+v, %v", done, err)
	}
	if _, err := d.Archive.ChangeOwn(t.Context(), v, "hours", configs.Text("night")); !errors.Is(err, cause.Invalid) {
		t.Error(err)
	}
	if _, err := d.Archive.ChangeOwn(t.Context(), documenttest.Viewer(t, d.Store, "orlov"), "roles", configs.List{configs.Text("administrator")}); !errors.Is(err, cause.Denied) {
		t.Error(err)
	}
	if all, err := d.Store.For("acme").Versions(t.Context()); err != nil || len(all) != 2 || all[0] != (store.Version{Generation: 2, Author: "ivanov", Reason: "own settings", At: all[0].At, Passed: 1}) {
		t.Errorf("%+v, %v", all, err)
	}
}
