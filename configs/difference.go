package configs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Difference says what a company file changes against the one before, by keys and ids, a line each in the order of the
// new file: "employees.ivanov.mobile: +79161234567 → +79161234568", "groups.support: added". Nothing where they are the
// same text; an empty text stands for no file.
func Difference(before, after string) []string {
	if before == after {
		return []string{}
	}
	was, err := topOf(before)
	if err != nil {
		return []string{"everything: the document before cannot be read by this version"}
	}
	is, err := topOf(after)
	if err != nil {
		return []string{"everything: the document cannot be read"}
	}
	d := differ{}
	d.nodes("", was, is)
	if len(d.lines) == 0 {
		return []string{"comments or layout alone"}
	}
	return d.lines
}

// topOf returns a text's top mapping; an empty one of an empty text.
func topOf(text string) (*yaml.Node, error) {
	r := &reader{file: "document"}
	top := r.parse([]byte(text))
	if top == nil {
		top = &yaml.Node{Kind: yaml.MappingNode}
	}
	return top, r.err()
}

// differ collects the lines of a difference.
type differ struct{ lines []string }

func (d *differ) say(path, format string, args ...any) {
	d.lines = append(d.lines, path+": "+fmt.Sprintf(format, args...))
}

// nodes compares what stands at one place.
func (d *differ) nodes(path string, was, is *yaml.Node) {
	switch {
	case was.Kind != is.Kind:
		d.say(path, "%s → %s", flow(was), flow(is))
	case is.Kind == yaml.MappingNode:
		d.entries(path, entriesOf(was), entriesOf(is), "")
	case is.Kind == yaml.SequenceNode:
		d.items(path, was, is)
	case was.Value != is.Value:
		d.say(path, "%s → %s", flow(was), flow(is))
	}
}

// entry is a value under a name: of a mapping, or of a list whose items have names.
type entry struct {
	name  string
	value *yaml.Node
}

func entriesOf(n *yaml.Node) []entry {
	all := make([]entry, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		all = append(all, entry{n.Content[i].Value, n.Content[i+1]})
	}
	return all
}

// entries compares named values; by is the key that names them, in a list.
func (d *differ) entries(path string, was, is []entry, by string) {
	for _, e := range is {
		old := slices.IndexFunc(was, func(o entry) bool { return o.name == e.name })
		at := join(path, e.name)
		switch {
		case old >= 0:
			d.nodes(at, was[old].value, e.value)
		case e.value.Kind == yaml.ScalarNode || e.value.Kind == yaml.SequenceNode && plain(e.value) || by == "" && path != "" && shallow(e.value):
			d.say(at, "added, %s", flow(e.value))
		case path == "":
			d.whole(at, e.value)
		default:
			d.say(at, "added")
		}
	}
	for _, e := range was {
		if !slices.ContainsFunc(is, func(o entry) bool { return o.name == e.name }) {
			d.say(join(path, e.name), "removed%s", told(e.value, by))
		}
	}
	if before, now := common(was, is), common(is, was); by != "" && !slices.Equal(before, now) {
		d.say(path, "order is now %s", strings.Join(now, ", "))
	}
}

// whole tells of a part of the file that is new, by its own parts.
func (d *differ) whole(path string, n *yaml.Node) {
	empty := &yaml.Node{Kind: n.Kind}
	before := len(d.lines)
	d.nodes(path, empty, n)
	if len(d.lines) == before {
		d.say(path, "added")
	}
}

// told is what was removed, where it is a value rather than a part of the file or an item of a list.
func told(n *yaml.Node, by string) string {
	if n.Kind != yaml.ScalarNode && (by != "" || !shallow(n)) {
		return ""
	}
	return ", was " + flow(n)
}

// shallow reports that a mapping has no mappings of its own, but for items of lists.
func shallow(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode && len(n.Content) > 0 && !slices.ContainsFunc(n.Content, func(x *yaml.Node) bool { return x.Kind == yaml.MappingNode })
}

// common is the names of a that b has too, in a's order.
func common(a, b []entry) []string {
	var names []string
	for _, e := range a {
		if slices.ContainsFunc(b, func(o entry) bool { return o.name == e.name }) {
			names = append(names, e.name)
		}
	}
	return names
}

// items compares two lists: by what names their items, or whole where they hold plain values, else by place.
func (d *differ) items(path string, was, is *yaml.Node) {
	for _, by := range []string{"id", "e164", "iccid", "for", "name", "device"} {
		old, ok1 := named(was, by)
		now, ok2 := named(is, by)
		if ok1 && ok2 {
			d.entries(path, old, now, by)
			return
		}
	}
	if plain(was) && plain(is) {
		if flow(was) != flow(is) {
			d.say(path, "%s → %s", flow(was), flow(is))
		}
		return
	}
	for i := range max(len(was.Content), len(is.Content)) {
		at := path + "[" + strconv.Itoa(i+1) + "]"
		switch {
		case i >= len(was.Content):
			d.say(at, "added, %s", flow(is.Content[i]))
		case i >= len(is.Content):
			d.say(at, "removed, was %s", flow(was.Content[i]))
		default:
			d.nodes(at, was.Content[i], is.Content[i])
		}
	}
}

// named is a list's items by the value of one key, which must tell them apart.
func named(n *yaml.Node, by string) ([]entry, bool) {
	var all []entry
	seen := map[string]bool{}
	for _, item := range n.Content {
		key := only(item, by)
		if item.Kind != yaml.MappingNode || len(key.Content) != 2 || seen[key.Content[1].Value] {
			return nil, false
		}
		seen[key.Content[1].Value] = true
		all = append(all, entry{key.Content[1].Value, item})
	}
	return all, true
}

func plain(n *yaml.Node) bool {
	return !slices.ContainsFunc(n.Content, func(x *yaml.Node) bool { return x.Kind != yaml.ScalarNode })
}

// join writes a place: "employees.ivanov"; a name with spaces or dots stands in quotes.
func join(path, name string) string {
	if name == "" || strings.ContainsAny(name, " .:\"") {
		name = strconv.Quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// mostFlow is how many letters of a value are told.
const mostFlow = 80

// flow writes a value in one line.
func flow(n *yaml.Node) string {
	var b strings.Builder
	writeFlow(&b, n)
	return brief(b.String(), mostFlow)
}

func writeFlow(b *strings.Builder, n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		b.WriteByte('{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(n.Content[i].Value + ": ")
			writeFlow(b, n.Content[i+1])
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, x := range n.Content {
			if i > 0 {
				b.WriteString(", ")
			}
			writeFlow(b, x)
		}
		b.WriteByte(']')
	case yaml.ScalarNode, yaml.DocumentNode, yaml.AliasNode:
		if n.Value == "" || strings.ContainsAny(n.Value, "\n\r\t") {
			b.WriteString(strconv.Quote(n.Value))
			return
		}
		b.WriteString(n.Value)
	}
}
