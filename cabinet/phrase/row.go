package phrase

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// row is one sentence of the catalogue: the English format, and what is said for it.
type row struct {
	format  string
	literal string // the format without its verbs: the more, the more particular
	begins  string // what stands before the first verb
	holds   string // the longest text between two verbs
	verbs   []byte // of the format, in order
	pieces  []piece
	pattern func() *regexp.Regexp // reads the values back
}

// piece is a text, or the place of a value.
type piece struct {
	text  string
	value int  // from 1; 0: text
	said  bool // the value is a sentence or a word of ours, and is said in the language too
}

// verb is a verb of package fmt, perhaps with the number of its value.
var verb = regexp.MustCompile(`%[-+# 0]*(?:\[(\d+)\])?\d*(?:\.\d+)?([a-zA-Z%])`)

// readRows reads one file of a catalogue: a table of texts by English formats.
func readRows(files fs.FS, name string) ([]*row, error) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	var table map[string]string
	if err := toml.Unmarshal(text, &table); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var all []*row
	for format, text := range table {
		one, err := newRow(format, text)
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", name, format, err)
		}
		all = append(all, one)
	}
	return all, nil
}

func newRow(format, text string) (*row, error) {
	r := &row{format: format}
	var pattern strings.Builder
	pattern.WriteString(`(?s)^`)
	last := 0
	take := func(literal string) {
		r.literal += literal
		if len(r.verbs) == 0 {
			r.begins += literal
		}
		if len(literal) > len(r.holds) {
			r.holds = literal
		}
		pattern.WriteString(regexp.QuoteMeta(literal))
	}
	for _, at := range verb.FindAllStringSubmatchIndex(format, -1) {
		take(format[last:at[0]])
		last = at[1]
		if kind := format[at[4]]; kind == '%' {
			take("%")
		} else {
			r.verbs = append(r.verbs, kind)
			pattern.WriteString(valueOf(kind))
		}
	}
	take(format[last:])
	pattern.WriteString(`$`)
	if strings.TrimSpace(r.literal) == "" {
		return nil, fmt.Errorf("it has no words")
	}
	r.pattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern.String()) })
	return r, r.take(text)
}

// valueOf is the pattern of what a verb writes.
func valueOf(kind byte) string {
	switch kind {
	case 'd':
		return `(-?\d+)`
	case 'q':
		return `("(?:[^"\\]|\\.)*"|\[.*?\])`
	case 'c':
		return `(.)`
	}
	return `(.*?)`
}

// take takes what is said: a format whose %w is a value that is said too. Each value has its place.
func (r *row) take(text string) error {
	last, next := 0, 1
	used := make([]bool, len(r.verbs))
	for _, at := range verb.FindAllStringSubmatchIndex(text, -1) {
		r.pieces = append(r.pieces, piece{text: text[last:at[0]]})
		last = at[1]
		kind := text[at[4]]
		if kind == '%' {
			r.pieces = append(r.pieces, piece{text: "%"})
			continue
		}
		n := next
		if at[2] >= 0 {
			n, _ = strconv.Atoi(text[at[2]:at[3]]) // figures alone, by the pattern
		}
		if n < 1 || n > len(used) {
			return fmt.Errorf("%q has no value %d", r.format, n)
		}
		used[n-1], next = true, n+1
		r.pieces = append(r.pieces, piece{value: n, said: kind == 'w'})
	}
	r.pieces = append(r.pieces, piece{text: text[last:]})
	if i := slices.Index(used, false); i >= 0 {
		return fmt.Errorf("value %d is not said", i+1)
	}
	return nil
}

// resembles reports whether a sentence may be this row's, at the price of a look.
func (r *row) resembles(sentence string) bool {
	return strings.HasPrefix(sentence, r.begins) && strings.Contains(sentence, r.holds)
}

// values reads the values of a sentence back, the whole first; nil: it is none of this row.
func (r *row) values(sentence string) []string { return r.pattern().FindStringSubmatch(sentence) }

// clean reports that no value took in what joins the parts of a sentence; what stands in quotes may hold anything.
func (r *row) clean(values []string) bool {
	for i, v := range values[1:] {
		if r.verbs[i] == 'q' {
			continue
		}
		for _, joint := range joints {
			if strings.Contains(v, joint.between) {
				return false
			}
		}
	}
	return true
}

// fill says the row with values.
func (r *row) fill(values []string, say func(string) string) string {
	var b strings.Builder
	for _, p := range r.pieces {
		switch {
		case p.value == 0:
			b.WriteString(p.text)
		case p.said:
			b.WriteString(say(values[p.value]))
		default:
			b.WriteString(values[p.value])
		}
	}
	return b.String()
}
