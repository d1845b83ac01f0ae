package phrase

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing"
)

// Formats are the formats that a language has rows of, each with its file.
func Formats(t *testing.T, language string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, rows := range rowsOf(t, language) {
		for _, r := range rows {
			if all[r.format] != "" {
				t.Errorf("%s: %q stands in %s too", name, r.format, all[r.format])
			}
			all[r.format] = path.Base(name)
		}
	}
	return all
}

// Sample is a sentence of a format with values that nothing else has, and what must be said for it.
func Sample(t *testing.T, language, format string) (sentence, said string) {
	t.Helper()
	for _, rows := range rowsOf(t, language) {
		for _, r := range rows {
			if r.format == format {
				values := r.sample()
				return values[0], r.fill(values, func(v string) string { return v })
			}
		}
	}
	t.Fatal(format)
	return "", ""
}

// sample makes values for the verbs; the first is the whole sentence.
func (r *row) sample() []string {
	values, last := []string{""}, 0
	for _, at := range verb.FindAllStringSubmatchIndex(r.format, -1) {
		values[0] += r.format[last:at[0]]
		last = at[1]
		kind := r.format[at[4]]
		if kind == '%' {
			values[0] += "%"
			continue
		}
		n := strconv.Itoa(len(values))
		value := map[byte]string{'d': n, 'q': strconv.Quote("y" + n), 'c': n}[kind]
		if value == "" {
			value = "x" + n
		}
		values = append(values, value)
		values[0] += value
	}
	values[0] += r.format[last:]
	return values
}

var cached = map[string]map[string][]*row{}

func rowsOf(t *testing.T, language string) map[string][]*row {
	t.Helper()
	if cached[language] != nil {
		return cached[language]
	}
	names, err := fs.Glob(texts, language+"/*.toml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	all := map[string][]*row{}
	for _, name := range names {
		if all[name], err = readRows(texts, name); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(name, " ") {
			t.Error(name)
		}
	}
	cached[language] = all
	return all
}

// Work is how many bytes are held against rows to say a line.
func Work(language, line string) int {
	r := reading{l: In(language), answers: map[string]answer{}, left: mostWork}
	r.say(line)
	return mostWork - r.left
}

// MostWork is how many that may be, but for the pieces that were begun.
const MostWork = mostWork
