package configs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"roadline/configs"
	"roadline/fmc/cause"
)

// seeds are the examples, what every refusal stands on, and texts that have broken readers of YAML.
func seeds(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("examples/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, r := range append(companyRefusals, machineRefusals...) {
		f.Add([]byte(r.text))
	}
	for _, text := range []string{
		"a: &a [*a]", "&a {*a: *a}", "? ? ? ?", "- - - - -", "!!binary x", "%YAML 9.9\n---\n", "\xff\xfe", "\x00", "a: |\n", "company: {a: b}", "[[[[[[",
		"company: acme\ncountry: RU\nscenarios: {a: [{go: a}]}\n", "company: acme\ncountry: RU\nhours: {a: {mon-fri: [[[]]]}}\n", "trunks: [{grants: [{numbers: [\"+1-+9\"]}]}]",
	} {
		f.Add([]byte(text))
	}
}

// judge holds any error to what a person can use: the kind, the file's name in front, clean text.
func judge(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if !errors.Is(err, cause.Invalid) {
		t.Errorf("not of kind invalid: %v", err)
	}
	for _, line := range configs.Lines(err) {
		if !strings.HasPrefix(line, "file.yaml:") || !utf8.ValidString(line) || len(line) > 2000 {
			t.Errorf("%q", line)
		}
	}
}

func FuzzReadCompany(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := configs.ReadCompany("file.yaml", text)
		if judge(t, err); err == nil && c.Profile.ID == "" {
			t.Error("a company without an id")
		}
		if err == nil && !configs.IsCompany(text) {
			t.Error("it is no company file, and is read as one")
		}
	})
}

func FuzzReadMachine(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := configs.ReadMachine("file.yaml", text)
		if judge(t, err); err == nil && (m.Node == "" || m.Data == "") {
			t.Error("a machine without a name or a folder")
		}
	})
}

func FuzzDifference(f *testing.F) {
	f.Add("a: 1", "a: 2")
	f.Add("l: [{id: a, x: 1}, {id: b}]", "l: [{id: b}, {id: a, x: 2}]")
	f.Add("a: &a [*a]", "a: b")
	f.Fuzz(func(t *testing.T, before, after string) {
		lines := configs.Difference(before, after)
		if (len(lines) == 0) != (before == after) {
			t.Errorf("%q", lines)
		}
		for _, line := range lines {
			if !utf8.ValidString(line) || strings.ContainsAny(line, "\n\r") {
				t.Errorf("%q", line)
			}
		}
	})
}
