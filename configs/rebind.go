package configs

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// Carrier is what carries a number of a company: a card or a trunk, the other is empty.
type Carrier struct {
	SIM   fmc.ICCID
	Trunk fmc.TrunkID
	// Spare is the number, E.164, that the card which had the number has from now on; empty: no card had it.
	Spare string
}

// Rebind has a number of a company file carried by another card or trunk and returns the file's text with nothing else
// changed: comments, order and layout stay, byte for byte. A card that carries a number has it as its own. Whether the
// file is still right is for ReadCompany to say. Errors: cause.NotFound where the file has no such number or card,
// cause.Conflict where a card would be left without a number, cause.Invalid where the file cannot be read,
// cause.Unsupported where it is written in a way that is to be edited by hand.
func Rebind(text, e164 string, to Carrier) (string, error) {
	top, err := topOf(text)
	if err != nil {
		return "", err
	}
	edits, err := rebinding(top, e164, to)
	if err != nil {
		return "", err
	}
	changed, ok := splice(text, edits)
	if !ok || !spliced(text, changed, edits) {
		return "", cause.Errorf(cause.Unsupported, "number %s, line %d: it is written in a way that only a person can edit: do it by hand", e164, edits[0].at.Line)
	}
	return changed, nil
}

// edit is a scalar that gets another value.
type edit struct {
	at     *yaml.Node
	value  string
	quoted bool // digits would be read as a number
}

// rebinding returns what is to be changed.
func rebinding(top *yaml.Node, e164 string, to Carrier) ([]edit, error) {
	country := ""
	for _, x := range entriesOf(only(top, "country")) {
		country = x.value.Value
	}
	edits, err := cards(top, e164, country, to)
	if err != nil {
		return nil, err
	}
	entries := having(top, "numbers", "e164", e164, country)
	if len(entries) == 0 && (to.SIM == "" || len(having(top, "sims", "number", e164, country)) == 0) {
		return nil, cause.Errorf(cause.NotFound, "number %s does not stand under \"numbers\" of the company's document: add it there", e164)
	}
	for _, entry := range entries {
		carriers := only(entry, "trunk", "sim").Content
		if len(carriers) != 2 {
			return nil, cause.Errorf(cause.Unsupported, "number %s, line %d: it names no single trunk or SIM: edit the file by hand", e164, entry.Line)
		}
		key, value := edit{at: carriers[0], value: "trunk"}, edit{at: carriers[1], value: string(to.Trunk)}
		if to.SIM != "" {
			key.value, value.value, value.quoted = "sim", string(to.SIM), true
		}
		edits = append(edits, key, value)
	}
	return edits, nil
}

// cards returns what is to be changed of the cards: the one that carries the number has it, no other has.
func cards(top *yaml.Node, e164, country string, to Carrier) ([]edit, error) {
	var edits []edit
	if to.SIM != "" {
		card := having(top, "sims", "iccid", string(to.SIM), "")
		if len(card) == 0 {
			return nil, cause.Errorf(cause.NotFound, "SIM %s does not stand under \"sims\" of the company's document: add it there", to.SIM)
		}
		own := only(card[0], "number").Content
		if len(own) != 2 {
			return nil, cause.Errorf(cause.Unsupported, "SIM %s, line %d: it has no number that could be changed: edit the file by hand", to.SIM, card[0].Line)
		}
		if !isNumber(own[1].Value, e164, country) {
			edits = append(edits, edit{own[1], e164, true})
		}
	}
	for _, card := range having(top, "sims", "number", e164, country) {
		id, own := only(card, "iccid").Content, only(card, "number").Content
		switch {
		case len(id) == 2 && id[1].Value == string(to.SIM):
		case to.Spare == "":
			return nil, cause.Errorf(cause.Conflict, "the SIM of line %d has the number %s: say which number it has from now on, or take it out of the document first", card.Line, e164)
		default:
			edits = append(edits, edit{own[1], to.Spare, true})
		}
	}
	return edits, nil
}

// having returns the entries of a list whose key has a value; with a country, which is a number in whatever spelling.
func having(top *yaml.Node, list, key, value, country string) []*yaml.Node {
	var all []*yaml.Node
	for _, l := range entriesOf(only(top, list)) {
		for _, entry := range l.value.Content {
			if entry.Kind != yaml.MappingNode {
				continue
			}
			for _, x := range entriesOf(only(entry, key)) {
				if x.value.Value == value || country != "" && isNumber(x.value.Value, value, country) {
					all = append(all, entry)
				}
			}
		}
	}
	return all
}

// isNumber reports whether a spelling is that number.
func isNumber(spelling, e164, country string) bool {
	n, err := callerid.Read(spelling, country)
	return err == nil && n.E164 == e164
}

// splice puts other words in the places of scalars, each of which stands on one line.
func splice(text string, edits []edit) (string, bool) {
	edits = slices.SortedFunc(slices.Values(edits), func(a, b edit) int { // from the last, so that places stay right
		return cmp.Or(cmp.Compare(b.at.Line, a.at.Line), cmp.Compare(b.at.Column, a.at.Column))
	})
	for _, e := range edits {
		at, ok := offsetOf(text, e.at.Line, e.at.Column)
		if !ok || e.at.Kind != yaml.ScalarNode {
			return "", false
		}
		was, words := e.at.Value, e.value
		switch e.at.Style {
		case 0: // plain
		case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle:
			was = text[at:at+1] + was + text[at:at+1] // without escapes: ids and numbers have none
		default:
			return "", false
		}
		if !strings.HasPrefix(text[at:], was) {
			return "", false
		}
		if e.quoted {
			words = `"` + words + `"`
		}
		if e.at.Value != e.value {
			text = text[:at] + words + text[at+len(was):]
		}
	}
	return text, true
}

// spliced reports that a text says what was to be changed, and else what it said before.
func spliced(before, after string, edits []edit) bool {
	is, err := topOf(after)
	if err != nil {
		return false
	}
	was, err := topOf(before)
	if err != nil {
		return false
	}
	type place struct{ line, column int }
	wanted := map[place]string{}
	for _, e := range edits {
		wanted[place{e.at.Line, e.at.Column}] = e.value
	}
	var same func(was, is *yaml.Node) bool
	same = func(was, is *yaml.Node) bool {
		if was.Kind != is.Kind || len(was.Content) != len(is.Content) {
			return false
		}
		value := was.Value
		if other, ok := wanted[place{was.Line, was.Column}]; ok && was.Kind == yaml.ScalarNode {
			value = other
		}
		for i := range was.Content {
			if !same(was.Content[i], is.Content[i]) {
				return false
			}
		}
		return value == is.Value
	}
	return same(was, is)
}

// offsetOf is the byte at which a line and a column begin, both from 1 and as the library counts them: characters, and
// every line break that YAML 1.1 knows.
func offsetOf(text string, line, column int) (int, bool) {
	const mark = "\ufeff"
	skip := 0
	if strings.HasPrefix(text, mark) {
		skip = len(mark)
	}
	l, c, wasCR := 1, 1, false
	for i, r := range text[skip:] {
		if l == line && c == column && (r != '\n' || !wasCR) {
			return skip + i, true
		}
		switch {
		case r == '\n' && wasCR:
			wasCR = false
			continue
		case r == '\n', r == '\r', r == '\u0085', r == '\u2028', r == '\u2029':
			l, c = l+1, 1
		default:
			c++
		}
		wasCR = r == '\r'
	}
	return 0, false
}
