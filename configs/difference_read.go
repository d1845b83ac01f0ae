package configs

import (
	"strconv"
	"strings"
)

// Differing is a line of Difference in its parts.
type Differing struct {
	Place   []string // keys and ids, from the outermost; "[2]" is the second of a list
	How     How
	Was, Is string // as the file has them, in one line; empty: nothing, or more than is told
}

// How is in which way something differs.
type How uint8

// The ways. What has an order has it in Is.
const (
	Reworded How = iota
	Added
	Removed
	Reordered
)

// What differ's sentences begin with where a value follows.
const addedIs, removedWas, orderIs = "added, ", "removed, was ", "order is now "

// ReadDifference reads a line of Difference; false: it is none that tells of one place.
func ReadDifference(line string) (d Differing, ok bool) {
	rest := line
	for {
		name, after := nextName(rest)
		if name == "" {
			return d, false
		}
		d.Place, rest = append(d.Place, name), strings.TrimPrefix(after, ".")
		if words, last := strings.CutPrefix(after, ": "); last {
			rest = words
			break
		}
	}
	switch {
	case rest == "added" || rest == "removed":
		d.How = map[string]How{"added": Added, "removed": Removed}[rest]
	case cut(rest, addedIs, &d.Is):
		d.How = Added
	case cut(rest, removedWas, &d.Was):
		d.How = Removed
	case cut(rest, orderIs, &d.Is):
		d.How = Reordered
	default:
		d.Was, d.Is, ok = strings.Cut(rest, " → ")
		return d, ok
	}
	return d, true
}

// nextName is the first name of a place, and what follows.
func nextName(text string) (name, rest string) {
	if strings.HasPrefix(text, `"`) {
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", text
		}
		name, _ = strconv.Unquote(quoted) // QuotedPrefix takes no other
		return name, text[len(quoted):]
	}
	if end := strings.IndexByte(text, ']'); end > 0 && text[0] == '[' {
		return text[:end+1], text[end+1:]
	}
	end := strings.IndexAny(text, ".:[")
	if end < 0 {
		return "", text
	}
	return text[:end], text[end:]
}

// cut puts what follows a beginning where it is wanted.
func cut(text, beginning string, into *string) bool {
	rest, ok := strings.CutPrefix(text, beginning)
	if ok {
		*into = rest
	}
	return ok
}
