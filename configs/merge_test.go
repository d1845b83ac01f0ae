package configs_test

import (
	"reflect"
	"strings"
	"testing"

	"roadline/configs"
	"roadline/fmc/cause"
)

func TestChangesThatDoNotTouchAreMerged(t *testing.T) {
	mine := strings.NewReplacer(`mobile: "+79161234567"`, `mobile: "+79990000000" # new`, "    # no phone yet\n", "    extension: \"202\"\n").Replace(editFile)
	theirs := strings.NewReplacer("name: Ivan Ivanov", "name: Ivan Petrovich", "# Numbers.", "# All numbers.", "scenario: main", "scenario: night",
		"  - {id: orlov", "  - {id: new, name: New}\n  - {id: orlov").Replace(editFile)
	want := strings.NewReplacer(`mobile: "+79161234567"`, `mobile: "+79990000000"`, "    # no phone yet\n", "    # no phone yet\n    extension: \"202\"\n").Replace(theirs)
	for _, keepMine := range []bool{false, true} {
		got, conflicts, err := configs.Merge(editFile, mine, theirs, keepMine)
		if err != nil || len(conflicts) > 0 || got != want {
			t.Errorf("%v, %v\n%s", conflicts, err, got)
		}
	}
}

func TestChangesThatTouchAreAConflict(t *testing.T) {
	for _, row := range []struct {
		name, mine, theirs string
		conflicts          []configs.Conflict
		kept               string // what mine has, where that is wanted
	}{
		{
			"a value", `name: Ivan Ivanov→name: Mine`, `name: Ivan Ivanov→name: Theirs`,
			[]configs.Conflict{{Place: "employees.ivanov.name", Mine: "Mine", Theirs: "Theirs"}},
			"name: Mine",
		},
		{"the same", `name: Ivan Ivanov→name: Both`, `name: Ivan Ivanov→name: Both`, nil, "name: Both"},
		{
			"a value and its removal", "    name: Ivan Ivanov\n→    name: Mine\n", "    name: Ivan Ivanov\n→",
			[]configs.Conflict{{Place: "employees.ivanov.name", Mine: "Mine"}},
			"name: Mine",
		},
		{
			"a whole list", "[sales]→[sales, a]", "[sales]→[sales, b]",
			[]configs.Conflict{{Place: "employees.ivanov.groups", Mine: "[sales, a]", Theirs: "[sales, b]"}},
			"[sales, a]",
		},
	} {
		change := func(s string) string {
			was, now, _ := strings.Cut(s, "→")
			return strings.Replace(editFile, was, now, 1)
		}
		got, conflicts, err := configs.Merge(editFile, change(row.mine), change(row.theirs), false)
		if err != nil || !reflect.DeepEqual(conflicts, row.conflicts) || got != change(row.theirs) {
			t.Errorf("%s: %+v, %v\n%s", row.name, conflicts, err, got)
		}
		got, _, err = configs.Merge(editFile, change(row.mine), change(row.theirs), true)
		if err != nil || !strings.Contains(got, row.kept) {
			t.Errorf("%s, mine kept: %v\n%s", row.name, err, got)
		}
	}
}

func TestWhatIsGoneCannotBeKept(t *testing.T) {
	mine := strings.Replace(editFile, "name: Ivan Ivanov", "name: Mine", 1)
	theirs, err := configs.EditCompany(editFile, configs.Change{Place: place("employees ivanov")})
	if err != nil {
		t.Fatal(err)
	}
	got, conflicts, err := configs.Merge(editFile, mine, theirs, false)
	if err != nil || got != theirs || len(conflicts) != 1 || conflicts[0].Place != "employees.ivanov.name" || conflicts[0].Theirs != "" {
		t.Errorf("%+v, %v", conflicts, err)
	}
	if _, _, err := configs.Merge(editFile, mine, theirs, true); cause.KindOf(err) != cause.NotFound {
		t.Error(err)
	}
	for i := range 3 {
		texts := []string{editFile, editFile, editFile}
		texts[i] = "company: ["
		if _, _, err := configs.Merge(texts[0], texts[1], texts[2], false); cause.KindOf(err) != cause.Invalid {
			t.Errorf("%d: %v", i, err)
		}
	}
}
