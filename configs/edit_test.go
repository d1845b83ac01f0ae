package configs_test

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"roadline/configs"
	"roadline/fmc/cause"
)

func place(words string) []string { return strings.Fields(words) }

// editFile has what people do in such files: comments at every place, lines of both kinds, empty lines.
const editFile = `# Acme.

company: acme   # the id
country: RU

# Who works here.
employees:
  # The boss.
  - id: ivanov      # since 2020
    name: Ivan Ivanov
    # his own
    mobile: "+79161234567"
    groups: [sales]  # for now
    ring:
      - {device: mobile, after: 6s}   # first

  # The other.
  - id: petrov
    name: 'Pyotr Petrov'
    # no phone yet
  - {id: orlov, name: Oleg, extension: "203"}   # in one line

# Numbers.

numbers: [{e164: "8 495 123-45-67", trunk: a, scenario: main}]
hours:
  work:
    mon-fri: "09:00-18:00"
# the end
`

func TestAnEditChangesItsPlaceAlone(t *testing.T) {
	for _, row := range []struct {
		name     string
		change   configs.Change
		was, now string // the lines in which the text differs
	}{
		{
			"a value",
			configs.Change{Place: place("employees ivanov mobile"), Value: configs.Text("+79990000000")},
			"    mobile: \"+79161234567\"\n", "    mobile: \"+79990000000\"\n",
		},
		{"the same value", configs.Change{Place: place("employees ivanov mobile"), Value: configs.Text("+79161234567")}, "", ""},
		{
			"a plain value that would be taken for something else",
			configs.Change{Place: place("employees ivanov name"), Value: configs.Text("12")},
			"    name: Ivan Ivanov\n", "    name: \"12\"\n",
		},
		{
			"a value with a comment behind it",
			configs.Change{Place: place("company"), Value: configs.Text("acme #2")},
			"company: acme   # the id\n", "company: \"acme #2\"   # the id\n",
		},
		{
			"a value in quotes",
			configs.Change{Place: place("employees petrov name"), Value: configs.Text("P'etr")},
			"    name: 'Pyotr Petrov'\n", "    name: \"P'etr\"\n",
		},
		{
			"a value in one line",
			configs.Change{Place: place("employees orlov extension"), Value: configs.Text("204")},
			"extension: \"203\"", "extension: \"204\"",
		},
		{
			"a key more",
			configs.Change{Place: place("employees ivanov extension"), Value: configs.Text("201")},
			"\n  # The other.\n", "    extension: \"201\"\n\n  # The other.\n",
		},
		{
			"a key more before a comment",
			configs.Change{Place: place("employees petrov extension"), Value: configs.Text("202")},
			"    # no phone yet\n", "    # no phone yet\n    extension: \"202\"\n",
		},
		{
			"a key more in one line",
			configs.Change{Place: place("employees orlov mobile"), Value: configs.Text("+79160000000")},
			"\"203\"}   # in one line", "\"203\", mobile: \"+79160000000\"} # in one line",
		},
		{"a key less", configs.Change{Place: place("employees ivanov mobile")}, "    # his own\n    mobile: \"+79161234567\"\n", ""},
		{"the first key less", configs.Change{Place: place("employees ivanov id")}, "id: ivanov      # since 2020\n    name", "name"},
		{
			"a list in one line",
			configs.Change{Place: place("employees ivanov groups"), Value: configs.List{configs.Text("sales"), configs.Text("support")}},
			"[sales]  # for now", "[sales, support] # for now",
		},
		{
			"a list in lines",
			configs.Change{Place: place("employees ivanov ring"), Value: configs.List{configs.Pairs{{"device", configs.Text("sip")}, {"for", configs.Word("25s")}}}},
			"    ring:\n      - {device: mobile, after: 6s}   # first\n", "    ring: [{device: sip, for: 25s}]\n",
		},
		{
			"an item less",
			configs.Change{Place: place("employees petrov")},
			"  # The other.\n  - id: petrov\n    name: 'Pyotr Petrov'\n    # no phone yet\n", "",
		},
		{
			"the last item less",
			configs.Change{Place: place("employees orlov")},
			"  - {id: orlov, name: Oleg, extension: \"203\"}   # in one line\n", "",
		},
		{
			"an item more",
			configs.Change{Place: place("employees sidorov"), Value: configs.Pairs{{"id", configs.Text("sidorov")}, {"name", configs.Text("S: S")}}},
			"   # in one line\n", "   # in one line\n  - {id: sidorov, name: \"S: S\"}\n",
		},
		{
			"an item of a list in one line",
			configs.Change{Place: place("numbers +74951234567 scenario"), Value: configs.Text("night")},
			"scenario: main", "scenario: night",
		},
		{
			"the only item of a list",
			configs.Change{Place: place("numbers +74951234567")},
			"numbers: [{e164: \"8 495 123-45-67\", trunk: a, scenario: main}]\n", "",
		},
		{
			"a part of the file more",
			configs.Change{Place: place("caller_id all"), Value: configs.Pairs{{"for", configs.Text("all")}, {"show", configs.Text("+74951234567")}}},
			"# the end\n", "# the end\ncaller_id:\n  - for: all\n    show: \"+74951234567\"\n",
		},
		{
			"a place within a part that is not there",
			configs.Change{Place: place("recording groups sales record"), Value: configs.Word("false")},
			"# the end\n", "# the end\nrecording:\n  groups:\n    sales:\n      record: false\n",
		},
		{
			"hours",
			configs.Change{Place: place("hours work sat"), Value: configs.List{configs.Text("10:00-14:00")}},
			"# the end\n", "    sat: [\"10:00-14:00\"]\n# the end\n",
		},
		{
			"other hours",
			configs.Change{Place: place("hours night"), Value: configs.Pairs{{"mon", configs.Text("00:00-06:00")}}},
			"# the end\n", "  night:\n    mon: \"00:00-06:00\"\n# the end\n",
		},
		{"what is not there less", configs.Change{Place: place("employees nobody mobile")}, "", ""},
	} {
		for layout, change := range map[string]func(string) string{
			"as it is":   func(s string) string { return s },
			"with CR LF": func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
			"marked":     func(s string) string { return "\ufeff" + s },
		} {
			if n := strings.Count(editFile, row.was); row.was != "" && n != 1 {
				t.Fatalf("%s: the text has %q %d times", row.name, row.was, n)
			}
			want := change(editFile)
			if row.was != "" {
				want = change(strings.Replace(editFile, row.was, row.now, 1))
			}
			got, err := configs.EditCompany(change(editFile), row.change)
			if err != nil || got != want {
				t.Errorf("%s, %s: %v\n%s", row.name, layout, err, "want\n"+want+"got\n"+got)
			}
		}
	}
}

func TestManyChangesAreOneEdit(t *testing.T) {
	got, err := configs.EditCompany(editFile,
		configs.Change{Place: place("employees ivanov id"), Value: configs.Text("ivan")},
		configs.Change{Place: place("employees ivan mobile")},
		configs.Change{Place: place("employees sidorov"), Value: configs.Pairs{{"id", configs.Text("sidorov")}, {"name", configs.Text("S")}}},
		configs.Change{Place: place("employees sidorov groups"), Value: configs.List{configs.Text("sales")}},
		configs.Change{Place: place("employees petrov")},
		configs.Change{Place: place("hours work mon-fri"), Value: configs.Text("10:00-19:00")},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{"# Acme.", "# The boss.", "# since 2020", "# Numbers.", "# the end", "# first"} {
		if !strings.Contains(got, kept) {
			t.Errorf("%q is gone:\n%s", kept, got)
		}
	}
	if d := strings.Join(configs.Difference(editFile, got), "\n"); d != "employees.ivan: added\nemployees.sidorov: added\nemployees.ivanov: removed\nemployees.petrov: removed\nhours.work.mon-fri: 09:00-18:00 → 10:00-19:00" {
		t.Error(d)
	}
}

func TestWhatCannotBeEditedIsRefused(t *testing.T) {
	one := configs.Change{Place: place("company"), Value: configs.Text("b")}
	for _, row := range []struct {
		name, text string
		change     configs.Change
		kind       cause.Kind
	}{
		{"no YAML", "company: [", one, cause.Invalid},
		{"anchors", "company: &a b", one, cause.Invalid},
		{"no place", "company: a", configs.Change{Value: configs.Text("x")}, cause.Invalid},
		{"nobody", "employees: [{id: a}]", configs.Change{Place: place("employees b name"), Value: configs.Text("x")}, cause.NotFound},
		{"within a value", "company: a", configs.Change{Place: place("company b"), Value: configs.Text("x")}, cause.Unsupported},
		{"two on a line", "employees:\n- - a\n  - b\n- {id: c}", configs.Change{Place: place("employees [1] [3]"), Value: configs.Text("x")}, 0},
	} {
		got, err := configs.EditCompany(row.text, row.change)
		if cause.KindOf(err) != row.kind || row.kind != 0 && got != "" {
			t.Errorf("%s: %q, %v", row.name, got, err)
		}
	}
	if got, err := configs.EditCompany("", one); err != nil || got != "company: b\n" {
		t.Errorf("of nothing: %q, %v", got, err)
	}
}

// FuzzEditCompany edits whatever comes: what it returns says what was wanted and nothing else.
func FuzzEditCompany(f *testing.F) {
	f.Add(editFile, "employees ivanov mobile", "+7")
	f.Add(editFile, "employees", "")
	for _, file := range []string{"acme", "crew", "road", "minimal"} {
		text, err := os.ReadFile("examples/" + file + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "employees ivanov name", "x: y # z")
		f.Add(string(text), "employees petrov", "")
		f.Add(string(text), "recording policy", "none")
		f.Add(string(text), "scenarios main", "")
		f.Add(string(text), "numbers [1] proof contract", "'")
	}
	f.Fuzz(func(t *testing.T, text, at, value string) {
		change := configs.Change{Place: strings.Fields(at)}
		if value != "" {
			change.Value = configs.Text(value)
		}
		got, err := configs.EditCompany(text, change)
		if err != nil {
			if cause.KindOf(err) == 0 {
				t.Fatal(err)
			}
			return
		}
		if again, err := configs.EditCompany(got, change); err != nil && !errors.Is(err, cause.Unsupported) || err == nil && again != got {
			t.Fatalf("%q became %q and then %q, %v", text, got, again, err)
		}
	})
}

func TestAThousandPeopleAreChangedAtOnce(t *testing.T) {
	var text strings.Builder
	text.WriteString("company: big\ncountry: RU\nemployees:\n")
	var changes []configs.Change
	for i := range 1_000 {
		id := "p" + strconv.Itoa(i)
		fmt.Fprintf(&text, "  - id: %s   # number %d\n    name: Somebody\n", id, i)
		changes = append(changes,
			configs.Change{Place: []string{"employees", id, "name"}, Value: configs.Text("Name " + id)},
			configs.Change{Place: []string{"employees", id, "extension"}, Value: configs.Text(strconv.Itoa(20_000 + i))},
			configs.Change{Place: []string{"employees", "new-" + id}, Value: configs.Pairs{{"id", configs.Text("new-" + id)}, {"name", configs.Text("New")}}})
	}
	got, err := configs.EditCompany(text.String(), changes...)
	if err != nil || strings.Count(got, "# number") != 1_000 || strings.Count(got, "- id:") != 2_000 || !strings.Contains(got, "name: Name p999\n    extension: \"20999\"\n") {
		t.Error(err, len(got))
	}
}
