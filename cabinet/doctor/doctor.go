// Package doctor looks for what is wrong with a node, or soon will be, and says what to do about it: of the machine
// under it, also where no server runs, and of the server itself. It changes nothing but a file that it writes and
// removes to see whether one can. Each finding has its words in English and Russian. Start at Machine.Examine and
// Node.Examine; words.go has the sentences.
package doctor

import (
	"context"
	"maps"
	"slices"
	"strings"

	"roadline/cabinet/phrase"
)

// Level is how grave a finding is.
type Level string

// The levels.
const (
	Well Level = "ok"
	Warn Level = "warning" // calls go on; it should be seen to
	Bad  Level = "bad"     // something does not work
)

// Finding is what one check found.
type Finding struct {
	Group  string            `json:"group"` // "system", "database", "network", "sip", "gsm", "recordings", "telling", "security"
	Check  string            `json:"check"`
	Level  Level             `json:"level"`
	Values map[string]string `json:"values,omitempty"` // what the words need
	Text   string            `json:"text"`             // one sentence
	Why    string            `json:"why,omitempty"`    // why it matters; absent where all is well
	Fix    string            `json:"fix,omitempty"`    // what to do
}

// Groups are the groups in the order in which they are shown.
var Groups = []string{"system", "database", "network", "sip", "gsm", "recordings", "telling", "security"}

// check is one question. It returns nothing where it does not apply.
type check[T any] struct {
	group, name string
	ask         func(context.Context, T) []Finding
}

// found makes a finding; its words are put in by examine.
func found(level Level, pairs ...string) Finding {
	f := Finding{Level: level, Values: map[string]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Values[pairs[i]] = pairs[i+1]
	}
	return f
}

// one is a single finding.
func one(level Level, pairs ...string) []Finding { return []Finding{found(level, pairs...)} }

// examine asks all questions.
func examine[T any](ctx context.Context, of T, checks []check[T]) []Finding {
	var all []Finding
	for _, c := range checks {
		if ctx.Err() != nil {
			break
		}
		for _, f := range c.ask(ctx, of) {
			f.Group, f.Check = c.group, c.name
			all = append(all, In("en", f))
		}
	}
	return Sorted(all)
}

// Sorted puts findings in the order of their groups, the gravest of each first.
func Sorted(all []Finding) []Finding {
	weight := map[Level]int{Bad: 0, Warn: 1, Well: 2}
	slices.SortStableFunc(all, func(a, b Finding) int {
		if g := slices.Index(Groups, a.Group) - slices.Index(Groups, b.Group); g != 0 {
			return g
		}
		return weight[a.Level] - weight[b.Level]
	})
	return all
}

// Worst is the gravest level among findings.
func Worst(all []Finding) Level {
	worst := Well
	for _, f := range all {
		if f.Level == Bad || f.Level == Warn && worst == Well {
			worst = f.Level
		}
	}
	return worst
}

// sentence is what is said of one outcome of a check, with the finding's values in braces.
type sentence struct{ text, why, fix string }

// core are the values that the core wrote as sentences.
var core = []string{"why", "wayout", "state", "error"}

// In is a finding in the words of a language; English where the language has none.
func In(language string, f Finding) Finding {
	words, ok := spoken[language]
	if !ok {
		words = spoken["en"]
	}
	s, ok := words[f.Check+"."+string(f.Level)]
	if !ok {
		s = spoken["en"][f.Check+"."+string(f.Level)]
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(f.Values)) {
		value := f.Values[name]
		if slices.Contains(core, name) {
			value = phrase.In(language).Text(value)
		}
		pairs = append(pairs, "{"+name+"}", value)
	}
	fill := strings.NewReplacer(pairs...)
	f.Text, f.Why, f.Fix = fill.Replace(s.text), fill.Replace(s.why), fill.Replace(s.fix)
	return f
}
