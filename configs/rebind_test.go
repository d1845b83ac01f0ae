package configs_test

import (
	"errors"
	"strings"
	"testing"

	"roadline/configs"
	"roadline/fmc/cause"
)

const (
	one = "8970101234567890123" // has the courier's number
	two = "8970101234567890131" // has another
)

const rebindFile = `# Acme, as its administrator wrote it.
company: acme
country: RU

numbers:   # ours
  - {e164: "+74951234567", trunk: carrier-a, scenario: main}   # the main one
  - e164: 8 916 000-00-01      # of the courier
    sim: "8970101234567890123"  # in the cellar
    owner:   'ivanov'
  - {"e164": "+79160000002", "trunk" : "carrier-a"}
sims:
  - iccid: 8970101234567890123
    number: "8 (916) 000-00-01"   # since 2020
  - {iccid: '8970101234567890131', number: +7 916 000 00 09}
`

func TestANumberIsReboundAndNothingElseIsTouched(t *testing.T) {
	for name, row := range map[string]struct {
		e164 string
		to   configs.Carrier
		was  []string // each and what it becomes
	}{
		"from a trunk to a card": {"+74951234567", configs.Carrier{SIM: two}, []string{
			`trunk: carrier-a, scenario`, `sim: "` + two + `", scenario`, `+7 916 000 00 09`, `"+74951234567"`,
		}},
		"with keys in quotes": {"+79160000002", configs.Carrier{SIM: two}, []string{
			`"trunk" : "carrier-a"}`, `sim : "` + two + `"}`, `+7 916 000 00 09`, `"+79160000002"`,
		}},
		"from a card to a trunk": {"+79160000001", configs.Carrier{Trunk: "carrier-b", Spare: "+79160000005"}, []string{
			`sim: "8970101234567890123"  #`, `trunk: carrier-b  #`, `"8 (916) 000-00-01"`, `"+79160000005"`,
		}},
		"from a card to another": {"+79160000001", configs.Carrier{SIM: two, Spare: "+79160000009"}, []string{
			`sim: "` + one, `sim: "` + two, `"8 (916) 000-00-01"`, `"+79160000009"`, `+7 916 000 00 09}`, `"+79160000001"}`,
		}},
		"to the card that has it":  {"+79160000001", configs.Carrier{SIM: one}, nil},
		"to the trunk that has it": {"+74951234567", configs.Carrier{Trunk: "carrier-a"}, nil},
		"of a card alone": {"+79160000009", configs.Carrier{SIM: one, Spare: "+79160000005"}, []string{
			`"8 (916) 000-00-01"`, `"+79160000009"`, `+7 916 000 00 09`, `"+79160000005"`,
		}},
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
			want := strings.NewReplacer(row.was...).Replace(text)
			if got, err := configs.Rebind(text, row.e164, row.to); err != nil || got != want {
				t.Errorf("%s, %s: %v\n%s", name, layout, err, got)
			}
		}
	}
}

func TestACardIsNotLeftWithoutANumber(t *testing.T) {
	for _, to := range []configs.Carrier{{SIM: two}, {Trunk: "carrier-a"}} {
		if _, err := configs.Rebind(rebindFile, "+79160000001", to); !errors.Is(err, cause.Conflict) || !strings.Contains(err.Error(), "line 12") {
			t.Errorf("%+v: %v", to, err)
		}
	}
	for _, e164 := range []string{"+79160000007", "", "x"} {
		if _, err := configs.Rebind(rebindFile, e164, configs.Carrier{SIM: two}); !errors.Is(err, cause.NotFound) {
			t.Errorf("%q: %v", e164, err)
		}
	}
	if _, err := configs.Rebind(rebindFile, "+79160000009", configs.Carrier{SIM: two}); err != nil {
		t.Errorf("what it has already: %v", err)
	}
	if _, err := configs.Rebind(rebindFile, "+74951234567", configs.Carrier{SIM: "8970"}); !errors.Is(err, cause.NotFound) || !strings.Contains(err.Error(), "SIM 8970") {
		t.Error(err)
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
		got, err := configs.Rebind(text, "+79990000000", configs.Carrier{Trunk: "carrier-a"})
		if !errors.Is(err, kind) || got != "" {
			t.Errorf("%q: %q, %v, want %v", text, got, err, kind)
		}
	}
	for text, kind := range map[string]cause.Kind{
		`{country: RU, numbers: [{e164: "+79990000000", trunk: a}], sims: [{iccid: "8970", number: [1]}]}`: cause.Unsupported,
		`{country: RU, numbers: [{e164: "+79990000000", trunk: a}], sims: [{iccid: "8970"}, 7]}`:           cause.Unsupported,
		`{country: RU, numbers: [{e164: "+79990000000", trunk: a}], sims: []}`:                             cause.NotFound,
	} {
		if got, err := configs.Rebind(text, "+79990000000", configs.Carrier{SIM: "8970"}); !errors.Is(err, kind) || got != "" {
			t.Errorf("%q: %q, %v, want %v", text, got, err, kind)
		}
	}
}

func FuzzRebind(f *testing.F) {
	f.Add(rebindFile)
	f.Add("{country: RU, sims: [{iccid: '8970101234567890131', number: x}], numbers: [{e164: '+74951234567', ? trunk : a}]}")
	f.Fuzz(func(t *testing.T, text string) {
		to := configs.Carrier{SIM: two, Spare: "+79160000005"}
		got, err := configs.Rebind(text, "+74951234567", to)
		if err != nil {
			return
		}
		if again, err := configs.Rebind(got, "+74951234567", to); err != nil || again != got {
			t.Fatalf("%q became %q and then %q, %v", text, got, again, err)
		}
	})
}
