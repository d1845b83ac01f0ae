// Package phrase says in another language what the core says in English: why a plan leads where it does, why a call
// ended, how a line is, what is wrong with a document, why something was refused.
//
// The core keeps its sentences as plain English, in facts, plans and records that are signed by their hashes and live for
// years; nothing decides by them. So they are translated where they are shown, by reading them back: a catalogue has a
// row for each format that the core makes a sentence of, and what stands in the places of its verbs is taken over. What
// was stored before a row was written is said too, and what no row reads stays English. The tests walk the sources: a
// sentence without a row fails them. Start at In.
package phrase

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// texts are the catalogues, <language>/<part>.toml. A row is an English format and what is said for it: there %w is a value
// that is a sentence, a word or a time of ours and is said too, every other verb takes its value over; %[2]s is the
// second value.
//
//go:embed ru
var texts embed.FS

// languages are the catalogues by language, read when the first is asked for. A file of our own that cannot be read is a
// mistake of the build, which the tests find.
var languages = sync.OnceValue(func() map[string]*Language {
	all := map[string]*Language{}
	for _, name := range []string{"ru"} {
		l, err := read(texts, name)
		if err != nil {
			panic("phrases: " + err.Error())
		}
		all[name] = l
	}
	return all
})

// Language is what is known to be said in one language. A nil one leaves everything English.
type Language struct {
	plain map[string]string // sentences without values
	rows  []*row            // those with values, the most particular first
}

// In is a language by its BCP 47 name; nil where there is no catalogue of it, as of English.
func In(name string) *Language { return languages()[name] }

// Asked is the language that a header Accept-Language asks for first of those that the core speaks: RFC 9110 §12.5.4. nil:
// English, also where none of them is asked for.
func Asked(header string) (l *Language, name string) {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return nil, english
	}
	for _, tag := range tags {
		base, _ := tag.Base()
		if l := In(base.String()); l != nil || base.String() == english {
			return l, base.String()
		}
	}
	return nil, english
}

// english is the language of the core.
const english = "en"

// mostRead is how many bytes of a line are read; a longer one is no sentence of ours.
const mostRead = 4096

// Say says a sentence, or lines of them, in the language. It is known where at least a part of it is.
func (l *Language) Say(sentence string) (text string, known bool) {
	if l == nil || sentence == "" {
		return sentence, false
	}
	lines := strings.Split(sentence, "\n")
	for i, line := range lines {
		if len(line) > mostRead {
			continue
		}
		r := reading{l: l, answers: map[string]answer{}, left: mostWork}
		at := len(line) - len(strings.TrimLeft(line, " "))
		a := r.say(line[at:])
		lines[i] = line[:at] + a.text
		known = known || a.known > none
	}
	return strings.Join(lines, "\n"), known
}

// Text is Say for whoever shows English where nothing better is known.
func (l *Language) Text(sentence string) string {
	text, _ := l.Say(sentence)
	return text
}

// answer is what was made of a piece of a sentence.
type answer struct {
	text  string
	known measure
}

// measure is how much of a piece is known.
type measure uint8

const (
	none measure = iota
	partly
	wholly
)

// mostWork is how many bytes are held against rows for one line. The longest of our own, a step with a dozen of lines to
// call by, takes half of it; one that somebody made up of pieces of ours, as in a name, would else take seconds.
const mostWork = 400_000

// reading is one line being said. Pieces come up again and again where it is taken apart, so that answers are kept.
type reading struct {
	l       *Language
	answers map[string]answer
	left    int // of mostWork; then what is not read stays as it is
}

func (r *reading) say(piece string) answer {
	if a, ok := r.answers[piece]; ok {
		return a
	}
	a := r.work(piece)
	r.answers[piece] = a
	return a
}

// work says a piece: by a row that reads it cleanly, as what it is made of where all of that is known, by a row whose
// values take parts in, or as what it is made of as far as that is known.
func (r *reading) work(piece string) answer {
	if text, ok := r.l.plain[piece]; ok {
		return answer{text, wholly}
	}
	loose := answer{piece, none}
	if r.left < 0 {
		return loose
	}
	r.left -= len(piece)
	for _, row := range r.l.rows {
		if !row.resembles(piece) {
			continue
		}
		if r.left -= len(piece); r.left < 0 {
			return loose
		}
		values := row.values(piece)
		switch {
		case values == nil:
			continue
		case row.clean(values):
			return answer{row.fill(values, r.value), wholly}
		case loose.known == none:
			loose = answer{row.fill(values, r.value), partly}
		}
	}
	if a := r.parts(piece, wholly); a.known == wholly {
		return a
	}
	if loose.known > none {
		return loose
	}
	for _, say := range []func(string) answer{r.inner, r.numbered} {
		if a := say(piece); a.known > none {
			return a
		}
	}
	return r.parts(piece, partly)
}

// value says a value that is a sentence itself.
func (r *reading) value(text string) string { return r.say(text).text }

// inner says a sentence that was made of another by a capital at its beginning and a point at its end.
func (r *reading) inner(piece string) answer {
	body, pointed := strings.CutSuffix(piece, ".")
	first, size := utf8.DecodeRuneInString(body)
	if !pointed || !unicode.IsUpper(first) {
		return answer{piece, none}
	}
	for _, inside := range []string{string(unicode.ToLower(first)) + body[size:], body} {
		if a := r.say(inside); a.known > none {
			return answer{capital(a.text) + ".", a.known}
		}
	}
	return answer{piece, none}
}

func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// joints are what stands between the parts of a sentence that is made of several: reasons in a list, an error behind what
// was tried. A name may stand before a colon; of a list every part is ours.
var joints = []struct {
	between string
	list    bool
}{{"; ", false}, {": ", false}, {", ", true}}

// mostJoints is how many joints of a kind a piece may have to be taken apart; what has more is no sentence of ours.
const mostJoints = 24

// parts says a piece as two that are joined, each known at least so far; partly: one of them, but for the parts of a list.
func (r *reading) parts(piece string, least measure) answer {
	for _, joint := range joints {
		n := strings.Count(piece, joint.between)
		if n > mostJoints {
			continue
		}
		for at, i := 0, 0; i < n; i++ {
			at += strings.Index(piece[at:], joint.between)
			first, second := r.say(piece[:at]), r.say(piece[at+len(joint.between):])
			known, most := min(first.known, second.known), max(first.known, second.known)
			if known >= least || least == partly && !joint.list && most > none {
				return answer{first.text + joint.between + second.text, max(known, partly)}
			}
			at += len(joint.between)
		}
	}
	return answer{piece, none}
}

// numbered says the step of a plan behind its number.
func (r *reading) numbered(piece string) answer {
	number, after, _ := strings.Cut(piece, " ")
	if number != "" && after != "" && !strings.ContainsFunc(number, func(c rune) bool { return !unicode.IsDigit(c) }) {
		if a := r.say(after); a.known > none {
			return answer{number + " " + a.text, a.known}
		}
	}
	return answer{piece, none}
}

// read reads the catalogue of a language.
func read(files fs.FS, name string) (*Language, error) {
	names, err := fs.Glob(files, name+"/*.toml")
	if err != nil {
		return nil, err
	}
	l := &Language{plain: map[string]string{}}
	for _, file := range names {
		all, err := readRows(files, file)
		if err != nil {
			return nil, err
		}
		for _, one := range all {
			if len(one.verbs) == 0 {
				l.plain[one.literal] = one.fill(nil, nil)
				continue
			}
			l.rows = append(l.rows, one)
		}
	}
	slices.SortStableFunc(l.rows, func(a, b *row) int {
		if d := len(b.literal) - len(a.literal); d != 0 {
			return d
		}
		return strings.Compare(a.format, b.format)
	})
	return l, nil
}
