package configs_test

import (
	"errors"
	"strings"
	"testing"

	"roadline/configs"
	"roadline/fmc/cause"
)

const rebindFile = `# Acme, as its administrator wrote it.
company: acme
country: RU

numbers:   # ours
  - {e164: "+74951234567", trunk: carrier-a, scenario: main}   # the main one
  - e164: 8 916 000-00-01      # of the courier
    sim: "89701010000000000018"  # in the cellar
    owner:   'ivanov'
  - {"e164": "+79160000002", "trunk" : "carrier-a"}
`

func TestANumberIsReboundAndNothingElseIsTouched(t *testing.T) {
	for name, row := range map[string]struct {
		e164      string
		to        configs.Carrier
		was, will string
	}{
		"to a SIM, in a flow":      {"+74951234567", configs.Carrier{SIM: "89701010000000000026"}, `trunk: carrier-a, scenario`, `sim: "89701010000000000026", scenario`},
		"to a trunk, in a block":   {"+79160000001", configs.Carrier{Trunk: "carrier-b"}, `sim: "89701010000000000018"  #`, `trunk: carrier-b  #`},
		"to another SIM":           {"+79160000001", configs.Carrier{SIM: "89701010000000000026"}, `89701010000000000018`, `89701010000000000026`},
		"with keys in quotes":      {"+79160000002", configs.Carrier{SIM: "89701010000000000026"}, `"trunk" : "carrier-a"}`, `sim : "89701010000000000026"}`},
		"to what it is already":    {"+79160000001", configs.Carrier{SIM: "89701010000000000018"}, ``, ``},
		"to the trunk that it has": {"+74951234567", configs.Carrier{Trunk: "carrier-a"}, ``, ``},
	} {
		for layout, change := range map[string]func(string) string{
			"as it is":          func(s string) string { return s },
			"with CR LF":        func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
			"with CR":           func(s string) string { return strings.ReplaceAll(s, "\n", "\r") },
			"with a mark":       func(s string) string { return "\ufeff" + s },
			"with letters":      func(s string) string { return strings.ReplaceAll(s, "# ours", "# наши 😀") },
			"with a begin line": func(s string) string { return "---\n" + s },
		} {
			text := change(rebindFile)
			got, err := configs.Rebind(text, row.e164, row.to)
			if want := strings.Replace(text, row.was, row.will, 1); err != nil || got != want {
				t.Errorf("%s, %s: %v\n%s", name, layout, err, got)
			}
		}
	}
}

func TestANumberThatCannotBeReboundIsLeftAlone(t *testing.T) {
	for text, kind := range map[string]cause.Kind{
		"":                        cause.NotFound,
		rebindFile:                cause.NotFound,
		"numbers: 7":              cause.NotFound,
		"numbers: [7, [8], {}]":   cause.NotFound,
		"numbers: [":              cause.Invalid,
		"numbers: &a [*a]":        cause.Invalid,
		`numbers: [{e164: "+1"}]`: cause.NotFound,
		`{country: RU, numbers: [{e164: "+79990000000"}]}`:                                 cause.Unsupported,
		`{country: RU, numbers: [{e164: "+79990000000", trunk: [a]}]}`:                     cause.Unsupported,
		`{country: RU, numbers: [{e164: "+79990000000", trunk: a, sim: b}]}`:               cause.Unsupported,
		`{country: RU, numbers: [{e164: "+79990000000", trunk: "a\x62"}]}`:                 cause.Unsupported,
		"country: RU\nnumbers:\n  - e164: \"+79990000000\"\n    trunk: |\n      a":         cause.Unsupported,
		"country: RU\nnumbers:\n  - e164: \"+79990000000\"\n    ? trunk\n    : a\n      b": cause.Unsupported,
	} {
		got, err := configs.Rebind(text, "+79990000000", configs.Carrier{SIM: "8970"})
		if !errors.Is(err, kind) || got != "" {
			t.Errorf("%q: %q, %v, want %v", text, got, err, kind)
		}
	}
}

func FuzzRebind(f *testing.F) {
	f.Add(rebindFile)
	f.Add("{country: RU, numbers: [{e164: '+74951234567', ? trunk : a}]}")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := configs.Rebind(text, "+74951234567", configs.Carrier{SIM: "8970"})
		if err != nil {
			return
		}
		if again, err := configs.Rebind(got, "+74951234567", configs.Carrier{SIM: "8970"}); err != nil || again != got {
			t.Fatalf("%q became %q and then %q, %v", text, got, again, err)
		}
	})
}
