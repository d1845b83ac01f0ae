package configs

import (
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
}

// Rebind has a number of a company file carried by another card or trunk and returns the file's text with nothing else
// changed: comments, order and layout stay, byte for byte. Whether the file is still right is for ReadCompany to say.
// Errors: cause.NotFound where the file has no such number, cause.Invalid where it cannot be read, cause.Unsupported
// where the number is written in a way that is to be edited by hand.
func Rebind(text, e164 string, to Carrier) (string, error) {
	top, err := topOf(text)
	if err != nil {
		return "", err
	}
	entry := numberIn(top, e164)
	if entry == nil {
		return "", cause.Errorf(cause.NotFound, "number %s is not among the company's numbers", e164)
	}
	key, value := carrierIn(entry)
	if key == nil {
		return "", cause.Errorf(cause.Unsupported, "number %s, line %d: it names no single trunk or SIM: edit the file by hand", e164, entry.Line)
	}
	name, id := "trunk", string(to.Trunk)
	if to.SIM != "" {
		name, id = "sim", `"`+string(to.SIM)+`"` // else digits are read as a number
	}
	if key.Value == name && value.Value == strings.Trim(id, `"`) {
		return text, nil
	}
	changed, ok := splice(text, value, id)
	if ok {
		changed, ok = splice(changed, key, name) // it stands in front: the value's place was still right
	}
	if !ok || !rebound(text, changed, e164, name, strings.Trim(id, `"`)) {
		return "", cause.Errorf(cause.Unsupported, "number %s, line %d: it is written in a way that only a person can edit: do it by hand", e164, entry.Line)
	}
	return changed, nil
}

// numberIn returns the entry of a number in a company file; nil where there is none.
func numberIn(top *yaml.Node, e164 string) *yaml.Node {
	country := ""
	for _, x := range entriesOf(only(top, "country")) {
		country = x.value.Value
	}
	for _, numbers := range entriesOf(only(top, "numbers")) {
		for _, entry := range numbers.value.Content {
			for _, x := range entriesOf(only(entry, "e164")) {
				if n, err := callerid.Read(x.value.Value, country); entry.Kind == yaml.MappingNode && err == nil && n.E164 == e164 {
					return entry
				}
			}
		}
	}
	return nil
}

// carrierIn returns the key and the value that say what carries a number; nil where there is not exactly one.
func carrierIn(entry *yaml.Node) (key, value *yaml.Node) {
	carriers := only(entry, "trunk", "sim").Content
	if len(carriers) != 2 {
		return nil, nil
	}
	return carriers[0], carriers[1]
}

// rebound reports that a text says of the number what was meant, and else what it said before.
func rebound(before, after, e164, name, id string) bool {
	top, err := topOf(after)
	if err != nil {
		return false
	}
	entry := numberIn(top, e164)
	if entry == nil {
		return false
	}
	key, value := carrierIn(entry)
	if key == nil || key.Value != name || value.Value != id {
		return false
	}
	was, err := topOf(before)
	if err != nil {
		return false
	}
	key.Value, value.Value = "", ""
	old := numberIn(was, e164)
	if old == nil {
		return false
	}
	if key, value := carrierIn(old); key != nil {
		key.Value, value.Value = "", ""
	}
	d := differ{}
	d.nodes("", was, top)
	return len(d.lines) == 0
}

// splice puts other words in the place of a scalar that stands on one line.
func splice(text string, n *yaml.Node, words string) (string, bool) {
	at, ok := offsetOf(text, n.Line, n.Column)
	if !ok || n.Kind != yaml.ScalarNode {
		return "", false
	}
	rest := text[at:]
	length := 0
	switch n.Style {
	case 0: // plain
		length = len(n.Value)
		ok = strings.HasPrefix(rest, n.Value)
	case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle:
		quoted := rest[:1] + n.Value + rest[:1]
		length = len(quoted)
		ok = strings.HasPrefix(rest, quoted) // without escapes: ids have none
	default:
		ok = false
	}
	if !ok {
		return "", false
	}
	return text[:at] + words + rest[length:], true
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
