package configs_test

import (
	"slices"
	"strings"
	"testing"

	"roadline/configs"
)

func TestALineBelongsToAPlace(t *testing.T) {
	lines := strings.Split(editFile, "\n")
	for text, want := range map[string]string{
		"company: acme   # the id":                      "company",
		"  - id: ivanov      # since 2020":              "employees ivanov id",
		`    mobile: "+79161234567"`:                    "employees ivanov mobile",
		"      - {device: mobile, after: 6s}   # first": "employees ivanov ring",
		"    # no phone yet":                            "employees petrov name",
		`    mon-fri: "09:00-18:00"`:                    "hours work mon-fri",
	} {
		line := slices.Index(lines, text) + 1
		if got := strings.Join(configs.PlaceAt(editFile, line), " "); line == 0 || got != want {
			t.Errorf("line %d, %q: %q, want %q", line, text, got, want)
		}
	}
	if got := configs.PlaceAt("company: [", 1); got != nil {
		t.Error(got)
	}
	if got := configs.PlaceAt("\n\ncompany: a", 1); len(got) != 0 {
		t.Error(got)
	}
}

func TestWhatStandsAtAPlaceIsToldAsItIsWritten(t *testing.T) {
	for at, want := range map[string]string{
		"employees ivanov groups":   "sales",
		"employees petrov name":     "Pyotr Petrov",
		"employees orlov":           "",
		"employees ivanov ring":     "",
		"numbers +74951234567 e164": "8 495 123-45-67",
		"nothing there":             "",
		"company further":           "",
	} {
		if got := strings.Join(configs.ValuesAt(editFile, place(at)...), " "); got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
	if got := strings.Join(configs.KeysAt(editFile, "employees", "orlov"), " "); got != "id name extension" {
		t.Error(got)
	}
	if got := configs.KeysAt("company: [", "company"); got != nil {
		t.Error(got)
	}
}
