package configs_test

import (
	"reflect"
	"testing"

	"roadline/configs"
)

func TestALineOfADifferenceIsReadBack(t *testing.T) {
	for line, want := range map[string]configs.Differing{
		"employees.ivanov.mobile: +7916 → +7917": {Place: []string{"employees", "ivanov", "mobile"}, Was: "+7916", Is: "+7917"},
		"groups.sales: added":                    {Place: []string{"groups", "sales"}, How: configs.Added},
		"company: added, a":                      {Place: []string{"company"}, How: configs.Added, Is: "a"},
		"groups.sales: removed":                  {Place: []string{"groups", "sales"}, How: configs.Removed},
		"missed_calls: removed, was {a: 1}":      {Place: []string{"missed_calls"}, How: configs.Removed, Was: "{a: 1}"},
		"employees: order is now b, a":           {Place: []string{"employees"}, How: configs.Reordered, Is: "b, a"},
		"scenarios.main[2].ring: b → c":          {Place: []string{"scenarios", "main", "[2]", "ring"}, Was: "b", Is: "c"},
		"scenarios.main[3]: added, {say: x}":     {Place: []string{"scenarios", "main", "[3]"}, How: configs.Added, Is: "{say: x}"},
		`tests."at noon: 1.5".at: 1 → 2`:         {Place: []string{"tests", "at noon: 1.5", "at"}, Was: "1", Is: "2"},
		"hours.work.mon-fri: [09:00-13:00, 14:00-18:00] → 09:00-18:00": {
			Place: []string{"hours", "work", "mon-fri"}, Was: "[09:00-13:00, 14:00-18:00]", Is: "09:00-18:00",
		},
	} {
		if got, ok := configs.ReadDifference(line); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%+v, %t\nwant\n%+v", line, got, ok, want)
		}
	}
	for _, line := range []string{"", "comments or layout alone", "everything: the document cannot be read", ": added", `"a: added`, "a"} {
		if got, ok := configs.ReadDifference(line); ok {
			t.Errorf("%q is read as %+v", line, got)
		}
	}
}

func FuzzReadDifference(f *testing.F) {
	f.Add("employees.ivanov.mobile: +7916 → +7917")
	f.Add(`tests."at noon".at[2]: removed, was 1`)
	f.Fuzz(func(t *testing.T, line string) {
		if d, ok := configs.ReadDifference(line); ok && len(d.Place) == 0 {
			t.Errorf("%q has no place: %+v", line, d)
		}
	})
}

func TestWhatDiffersIsReadAsItWasWritten(t *testing.T) {
	for _, line := range configs.Difference("tests: [{name: \"a: b\", at: 1}, {name: c, keys: 1}]", "tests: [{name: c, keys: 2}, {name: \"a: b\", at: 2}]\ngroups: [a]") {
		if d, ok := configs.ReadDifference(line); !ok {
			t.Errorf("%q is not read: %+v", line, d)
		}
	}
}
