package configs

import (
	"strconv"
	"strings"

	"roadline/fmc/cause"
)

// remedies say what to look for where a text is no YAML, by a word of what the library says.
var remedies = []struct{ word, remedy string }{
	{"mapping", "a colon stands here where none may: put quotes around a text that has one, and look how far the line is indented"},
	{"tab", "a line is indented with a tab: use blanks"},
	{"token", "a value begins with a sign that begins none, such as @ or a tab: put quotes around it"},
	{"stream", "a quote is not closed"},
	{"','", "a bracket that is opened here or above is not closed, or a comma is missing in it"},
	{"'-'", "a line of the list that begins here is not indented as the others are"},
	{"key", "among the keys here or above a quote is not closed, or a line is not indented as the others are"},
	{"':'", "a key has no colon behind it"},
	{"content", "a value is missing, or a bracket is not closed"},
	{"escape", "in double quotes a backslash stands before a letter: use single quotes"},
}

// syntax is an error of the text itself, with its line in front.
func (r *reader) syntax(err error) error {
	says, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
	if n, rest, ok := strings.Cut(strings.TrimPrefix(says, "line "), ": "); ok && n != says {
		if at, err := strconv.Atoi(n); err == nil {
			says, line = rest, at
		}
	}
	if strings.HasPrefix(says, "did ") { // the library's parser counts lines from 0, its scanner from 1
		line++
	}
	for _, x := range remedies {
		if strings.Contains(says, x.word) {
			return cause.Errorf(cause.Invalid, "%s:%d: this is no YAML: %s", r.file, line, x.remedy)
		}
	}
	return cause.Errorf(cause.Invalid, "%s:%d: this is no YAML: %s", r.file, line, says)
}
