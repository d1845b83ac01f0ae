package configs

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"

	"roadline/fmc/cause"
)

// most is how many errors are told at once: a file that is wrong throughout is wrong in its first lines.
const most = 20

// reader reads one file's nodes and collects what is wrong with them.
type reader struct {
	file string
	errs []error
}

// field reads the value of one key.
type field func(*yaml.Node)

// mostText is how large a file may be. It bounds what a hostile one can cost.
const mostText = 8 << 20

// parse returns the file's top node; nil for an empty file. What would have to be guessed at is refused: a second
// document, anchors and aliases, tags.
func (r *reader) parse(text []byte) *yaml.Node {
	if len(text) > mostText {
		r.errs = append(r.errs, cause.Errorf(cause.Invalid, "%s: %d bytes are too many: at most %d can be read", r.file, len(text), mostText))
		return nil
	}
	var doc, more yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		r.errs = append(r.errs, r.syntax(err))
		return nil
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		if err != nil {
			r.errs = append(r.errs, r.syntax(err))
			return nil
		}
		r.fail(&more, "a second document begins here: write one to a file, without \"---\" between its parts")
		return nil
	}
	if len(doc.Content) == 0 || !r.plain(doc.Content[0]) || isNull(doc.Content[0]) {
		return nil
	}
	return doc.Content[0]
}

// plain refuses what makes one part of a file stand for another, and tags.
func (r *reader) plain(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		r.fail(n, "aliases such as \"*%s\" are not read: write the value out", n.Value)
		return false
	case n.Anchor != "":
		r.fail(n, "anchors such as \"&%s\" are not read: remove it, and write the value out where it is meant", n.Anchor)
		return false
	case n.Style&yaml.TaggedStyle != 0:
		r.fail(n, "tags such as %q are not read: remove it", n.Tag)
		return false
	}
	ok := true
	for _, x := range n.Content {
		ok = r.plain(x) && ok
	}
	return ok
}

// fail notes what is wrong at a place, and what to write.
func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.errs = append(r.errs, cause.Errorf(cause.Invalid, "%s:%d: %s", r.file, n.Line, brief(fmt.Sprintf(format, args...), mostSentence)))
}

// mostSentence is how many letters one error may have; what was written may be longer.
const mostSentence = 600

// brief is the beginning of a text that is too long.
func brief(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return text
}

// err is everything that is wrong, in the order of the file.
func (r *reader) err() error {
	if len(r.errs) == 0 {
		return nil
	}
	errs := slices.Clone(r.errs)
	slices.SortStableFunc(errs, func(a, b error) int { return cmp.Compare(lineOf(a), lineOf(b)) })
	if len(errs) > most {
		errs = append(errs[:most:most], fmt.Errorf("%s: and %d more", r.file, len(r.errs)-most))
	}
	return &problems{errs}
}

// lineOf is the line that an error names, 0 for none.
func lineOf(err error) int {
	_, rest, _ := strings.Cut(err.Error(), ":")
	line, _, _ := strings.Cut(rest, ":")
	n, err := strconv.Atoi(line)
	if err != nil {
		return 0
	}
	return n
}

// problems are several errors of one kind, a line each.
type problems struct{ errs []error }

func (p *problems) Error() string { return strings.Join(Lines(p), "\n") }

func (p *problems) Unwrap() []error { return p.errs }

// fields reads a mapping. A key that is not known is refused with the one that was meant, or with all that there are;
// one that a later version brings is refused too, never passed over.
func (r *reader) fields(n *yaml.Node, what string, known map[string]field, later ...string) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s: write keys and values here, such as %q", what, first(known)+": …")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch read, ok := known[key.Value]; {
		case seen[key.Value]:
			r.fail(key, "%s: %q stands here twice: remove one", what, key.Value)
		case ok && isNull(value):
			r.fail(key, "%s: %q has no value: write one, or remove the key", what, key.Value)
		case ok:
			read(value)
		case slices.Contains(later, key.Value):
			r.fail(key, "%s: %q is not built yet in this version: remove it", what, key.Value)
		default:
			r.fail(key, "%s: unknown key %q: %s", what, key.Value, meant(key.Value, known))
		}
		seen[key.Value] = true
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func first(known map[string]field) string {
	keys := keysOf(known)
	if len(keys) == 0 {
		return "key"
	}
	return keys[0]
}

func keysOf[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// meant names the known word that is nearest to what was written, or all of them.
func meant[T any](word string, known map[string]T) string {
	best, least := "", 3
	for _, k := range keysOf(known) {
		if d := distance(word, k); d < least && 2*d <= len(k) {
			best, least = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("write %q", best)
	case len(known) == 0:
		return "the file has none: write it, or remove this"
	}
	names := keysOf(known)
	if len(names) > mostNames {
		names = append(names[:mostNames:mostNames], "…")
	}
	return "known here: " + strings.Join(names, ", ")
}

// mostNames is how many names are told where one of them was meant.
const mostNames = 40

// distance is how many letters must be changed, added or removed to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// list reads each item of a sequence.
func (r *reader) list(n *yaml.Node, what string, item func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "%s: write a list here: one item a line that begins with \"-\", or [a, b]", what)
		return
	}
	for _, x := range n.Content {
		item(x)
	}
}

// pairs reads each entry of a mapping whose keys are names that the writer chose.
func (r *reader) pairs(n *yaml.Node, what string, entry func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s: write names and values here", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; seen[key.Value] {
			r.fail(key, "%s: %q stands here twice: remove one", what, key.Value)
		} else {
			seen[key.Value] = true
			entry(key, n.Content[i+1])
		}
	}
}

// text reads a string of one line.
func (r *reader) text(n *yaml.Node, what string) string { return r.textOf(n, what, 300) }

// filled is text that says something.
func (r *reader) filled(n *yaml.Node, what string) string {
	s := strings.TrimSpace(r.text(n, what))
	if s == "" && n.Kind == yaml.ScalarNode && n.Value == "" {
		r.fail(n, "%s: nothing stands here: write it, or remove the key", what)
	}
	return s
}

// textOf reads a string of one line and at most so many bytes.
func (r *reader) textOf(n *yaml.Node, what string, most int) string {
	if n.Kind != yaml.ScalarNode {
		r.fail(n, "%s: write one value here", what)
		return ""
	}
	if strings.ContainsFunc(n.Value, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		r.fail(n, "%s: control characters cannot stand here", what)
		return ""
	}
	if len(n.Value) > most {
		r.fail(n, "%s: %d bytes are too many: write at most %d", what, len(n.Value), most)
		return ""
	}
	return n.Value
}

// spoken reads words that are said to people; lines and spaces are as one space. Something of them must be sayable.
func (r *reader) spoken(n *yaml.Node, what string, most int) string {
	flat := *n
	flat.Value = strings.Join(strings.Fields(n.Value), " ")
	words := r.textOf(&flat, what, most)
	if n.Kind == yaml.ScalarNode && len(words) == len(flat.Value) && !strings.ContainsFunc(words, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) {
		r.fail(n, "%s: %q cannot be said: write it in words", what, words)
	}
	return words
}

// id reads a short name: lower-case letters, digits, - and _.
func (r *reader) id(n *yaml.Node, what string) string {
	s := r.text(n, what)
	ok := s != "" && len(s) <= 63
	for i := range len(s) {
		c := s[i]
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || i > 0 && (c == '-' || c == '_'))
	}
	if !ok && n.Kind == yaml.ScalarNode {
		r.fail(n, "%s: %q is no id: write 1 to 63 lower-case letters, digits, - and _, such as \"sales\"", what, s)
	}
	return s
}

// yes reads a boolean.
func (r *reader) yes(n *yaml.Node, what string) bool {
	switch {
	case n.Kind == yaml.ScalarNode && n.Value == "true":
		return true
	case n.Kind == yaml.ScalarNode && n.Value == "false":
	default:
		r.fail(n, "%s: write true or false", what)
	}
	return false
}

// number reads a whole number within bounds, both included.
func (r *reader) number(n *yaml.Node, what string, least, most int) int {
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v < least || v > most {
		r.fail(n, "%s: %q: write a whole number from %d to %d", what, n.Value, least, most)
		return least
	}
	return v
}

// duration reads a time such as 25s or 5m, within bounds.
func (r *reader) duration(n *yaml.Node, what string, least, most time.Duration) time.Duration {
	v, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v < least || v > most {
		r.fail(n, "%s: %q: write a time from %s to %s, such as \"25s\" or \"5m\"", what, n.Value, short(least), short(most))
		return least
	}
	return v
}

// short writes a duration without its zeros: "5m", not "5m0s".
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// oneOf reads a word of a fixed set.
func oneOf[T any](r *reader, n *yaml.Node, what string, words map[string]T) T {
	v, ok := words[n.Value]
	if n.Kind != yaml.ScalarNode || !ok {
		r.fail(n, "%s: %q: %s", what, n.Value, strings.Replace(meant(n.Value, words), "known here:", "write one of", 1))
	}
	return v
}

// require notes a key that may not be missing. What is wrong with its value is told by whoever reads that.
func (r *reader) require(n *yaml.Node, what, key, example string) {
	if n.Kind == yaml.MappingNode && len(only(n, key).Content) == 0 {
		r.fail(n, "%s: %q is missing: write %s", what, key, example)
	}
}
