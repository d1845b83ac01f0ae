package web_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"roadline/cabinet/web"
)

// chosen are the parts of addresses that a company chooses itself: its ids, of lower-case letters, digits, - and _.
var chosen = []string{"{person}", "{group}", "{hours}", "{prompt}", "{program}"}

var couldBeAnID = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

// TestNobodyCanBeNamedLikeAPage looks for pages that stand where the page of a person, a group or hours would: whoever is
// named so could not be opened.
func TestNobodyCanBeNamedLikeAPage(t *testing.T) {
	all := web.Routes()
	seen := 0
	for _, named := range all {
		parts := strings.Split(named.Path, "/")
		for _, other := range all {
			words := strings.Split(other.Path, "/")
			if named.Method != other.Method || len(parts) != len(words) || slices.Equal(parts, words) {
				continue
			}
			hides := true
			for i, part := range parts {
				hides = hides && (part == words[i] || slices.Contains(chosen, part) && couldBeAnID.MatchString(words[i]))
			}
			if hides {
				t.Errorf("%s %s hides a page of %s", other.Method, other.Path, named.Path)
			}
		}
		if slices.ContainsFunc(parts, func(part string) bool { return slices.Contains(chosen, part) }) {
			seen++
		}
	}
	if seen == 0 {
		t.Error("no address has an id that a company chooses")
	}
}
