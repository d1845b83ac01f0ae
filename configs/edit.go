package configs

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"roadline/callerid"
	"roadline/fmc/cause"
)

// Change is one change of a company file: what stands at a place gets another value.
type Change struct {
	Place []string // keys, and the ids of what a list holds: "employees", "ivanov", "mobile"; "[2]" is the second of a list
	Value Value    // nil: nothing stands there any more
}

// Value is what stands at a place: Text, Word, List or Pairs.
type Value interface{ node() *yaml.Node }

// Text is words, digits or a number of the telephone: it stands in quotes where it could be taken for something else.
type Text string

// Word is true, false, a whole number, a day or a time such as 25s: it never needs quotes.
type Word string

// List is several values, in order.
type List []Value

// Pairs are values under keys, in the order in which they are written.
type Pairs []Pair

// Pair is a value under a key.
type Pair struct {
	Key   string
	Value Value
}

func (t Text) node() *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: string(t), Style: quotesFor(string(t))}
}

func (w Word) node() *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: string(w)} }

func (l List) node() *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, v := range l {
		n.Content = append(n.Content, v.node())
	}
	return n
}

func (p Pairs) node() *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for _, x := range p {
		n.Content = append(n.Content, Text(x.Key).node(), x.Value.node())
	}
	return n
}

// listed are the lists of a company file whose items are found by a name, and the key that has it.
var listed = map[string]string{
	"sites": "id", "numbers": "e164", "sims": "iccid", "employees": "id", "groups": "id", "conferences": "id", "results": "id", "programs": "id", "caller_id": "for", "tests": "name",
}

// EditCompany makes changes in the text of a company file, in order. What they do not touch stays as it was written, byte
// for byte, with its comments; what is new stands behind its like. An item that is not there yet is added where the
// change has the whole of it. Whether the file is right afterwards is for ReadCompany to say. Errors: cause.Invalid where
// the text cannot be read, cause.NotFound for a place in something that is not there, cause.Unsupported where the text
// is written in a way that is to be edited by hand.
func EditCompany(text string, changes ...Change) (string, error) {
	top, err := topOf(text)
	if err != nil {
		return "", err
	}
	e := newEditor(top)
	for _, c := range changes {
		if err := e.change(c); err != nil {
			return "", err
		}
	}
	if len(e.was) == 0 && len(e.words) == 0 {
		return text, nil
	}
	edited, ok := e.render(text)
	if is, err := topOf(edited); !ok || err != nil || !alike(is, top) {
		return "", cause.Errorf(cause.Unsupported, "%s: the document is written there in a way that only a person can edit: change its text", strings.Join(changes[0].Place, "."))
	}
	return edited, nil
}

// editor changes the nodes of a text, and remembers what the text had.
type editor struct {
	top     *yaml.Node
	country string
	was     map[*yaml.Node][]*yaml.Node // what a mapping or a list had, of those in which something came, went or was replaced
	words   map[*yaml.Node]reworded     // single values that are others now
	items   map[*yaml.Node]byName       // of the lists that were looked into
}

// byName are the items of a list by the value of the key that names them.
type byName struct {
	by string
	at map[string]*yaml.Node
}

func newEditor(top *yaml.Node) *editor {
	e := &editor{top: top, was: map[*yaml.Node][]*yaml.Node{}, words: map[*yaml.Node]reworded{}, items: map[*yaml.Node]byName{}}
	for _, x := range entriesOf(only(top, "country")) {
		e.country = x.value.Value
	}
	return e
}

// reworded is what a single value was, and what it stands in.
type reworded struct {
	was   string
	above []*yaml.Node
}

// change makes one change in the nodes.
func (e *editor) change(c Change) error {
	if len(c.Place) == 0 {
		return cause.Errorf(cause.Invalid, "a change without a place")
	}
	n, above := e.top, []*yaml.Node{}
	for i, name := range c.Place {
		last := i == len(c.Place)-1
		if n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode {
			return cause.Errorf(cause.Unsupported, "line %d: a single value stands where %q is to be changed: edit the text", n.Line, name)
		}
		above = append(above, n)
		at := e.find(n, c.Place[:i], name)
		switch {
		case last && c.Value == nil:
			e.remove(above, at)
			return nil
		case last:
			e.put(above, at, name, shaped(c, n))
			return nil
		case at >= 0:
			n = n.Content[at]
		case c.Value == nil:
			return nil
		case n.Kind == yaml.SequenceNode:
			return cause.Errorf(cause.NotFound, "there is no %q under %q in the document", name, strings.Join(c.Place[:i], "."))
		default:
			n = e.room(above, c.Place, i)
		}
	}
	return nil
}

// find returns where in the content of a mapping or a list the value of a name stands; below 0: nowhere.
func (e *editor) find(n *yaml.Node, place []string, name string) int {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return i + 1
			}
		}
		return -1
	}
	if text, ok := strings.CutPrefix(name, "["); ok {
		if i, err := strconv.Atoi(strings.TrimSuffix(text, "]")); err == nil && i > 0 && i <= len(n.Content) {
			return i - 1
		}
		return -1
	}
	if len(place) != 1 {
		return -1
	}
	if e.items[n].at == nil {
		e.items[n] = e.naming(n, listed[place[0]])
	}
	return slices.Index(n.Content, e.items[n].at[name])
}

// naming are the items of a list by their names; a number in E.164 too, however it is written.
func (e *editor) naming(n *yaml.Node, by string) byName {
	all := make(map[string]*yaml.Node, len(n.Content))
	for _, item := range n.Content {
		x := only(item, by)
		if item.Kind != yaml.MappingNode || len(x.Content) != 2 {
			continue
		}
		name := x.Content[1].Value
		all[name] = item
		if by != "e164" {
			continue
		}
		if number, err := callerid.Read(name, e.country); err == nil && number.E164 != "" {
			all[number.E164] = item
		}
	}
	return byName{by, all}
}

// touch remembers what mappings and lists had before something in them changed.
func (e *editor) touch(above []*yaml.Node) {
	for _, n := range above {
		if _, ok := e.was[n]; !ok {
			e.was[n] = slices.Clone(n.Content)
		}
	}
}

// put sets the value of a name, which stands at a place of the innermost of some nodes or is new.
func (e *editor) put(above []*yaml.Node, at int, name string, value *yaml.Node) {
	n := above[len(above)-1]
	if at < 0 {
		e.touch(above)
		if n.Kind == yaml.MappingNode {
			n.Content = append(n.Content, Text(name).node())
		} else if items := e.items[n]; items.at != nil {
			items.at[name] = value
		}
		n.Content = append(n.Content, value)
		return
	}
	old := n.Content[at]
	switch {
	case alike(old, value):
	case old.Kind == yaml.ScalarNode && value.Kind == yaml.ScalarNode:
		if _, ok := e.words[old]; !ok {
			e.words[old] = reworded{old.Value, above}
		}
		old.Value, old.Tag = value.Value, value.Tag
		if len(above) == 3 && e.items[above[1]].by == name {
			delete(e.items, above[1]) // an item has another name now
		}
	default:
		e.touch(above)
		delete(e.items, n)
		value.LineComment = old.LineComment
		n.Content[at] = value
	}
}

// remove takes a value out, and what holds nothing without it.
func (e *editor) remove(above []*yaml.Node, at int) {
	if at < 0 {
		return
	}
	e.touch(above)
	n, from := above[len(above)-1], at
	if n.Kind == yaml.MappingNode {
		from--
	}
	n.Content = slices.Delete(n.Content, from, at+1)
	if outer := above[:len(above)-1]; len(n.Content) == 0 && len(outer) > 0 {
		e.remove(outer, slices.Index(outer[len(outer)-1].Content, n))
	}
}

// room makes what is to hold the rest of a place: a list where the file has one there, else a mapping.
func (e *editor) room(above []*yaml.Node, place []string, i int) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	if i == 0 && listed[place[0]] != "" {
		n.Kind = yaml.SequenceNode
	}
	e.put(above, -1, place[i], n)
	return n
}

// shaped is a change's value as it is laid out among its like: what is an entry of the file itself takes lines of its
// own, what stands deeper, or among what stands in one line, one line.
func shaped(c Change, in *yaml.Node) *yaml.Node {
	v := c.Value.node()
	if _, ok := c.Value.(written); ok || len(c.Place) > 2 || v.Kind == yaml.ScalarNode {
		return v
	}
	if in.Kind == yaml.SequenceNode && len(in.Content) > 0 && in.Content[len(in.Content)-1].Style&yaml.FlowStyle != 0 {
		return v
	}
	if in.Style&yaml.FlowStyle == 0 || len(in.Content) == 0 {
		in.Style &^= yaml.FlowStyle
		v.Style &^= yaml.FlowStyle
	}
	return v
}

// alike reports that two nodes say the same.
func alike(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, alike)
}
