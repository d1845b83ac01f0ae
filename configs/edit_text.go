package configs

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// page is a text that is written anew where nodes changed and copied where they did not. Its places are bytes.
type page struct {
	*editor
	text   string
	lines  []int  // where each line begins
	swaps  []swap // single values in place of others, the first first
	ending string // of a line
	out    strings.Builder
	failed bool // the text is laid out as this cannot follow
}

// swap is other words for those from one place to another.
type swap struct {
	from, to int
	words    string
}

// render writes the text of the changed nodes; false where the text is laid out in a way that it cannot follow.
func (e *editor) render(text string) (string, bool) {
	p := &page{editor: e, text: text, lines: linesOf(text), ending: "\n"}
	if strings.Contains(text, "\r\n") {
		p.ending = "\r\n"
	}
	for n, w := range e.words {
		if s, ok := p.swapOf(n, w.was); ok {
			p.swaps = append(p.swaps, s)
			delete(e.words, n)
			continue
		}
		e.touch(w.above)
	}
	slices.SortFunc(p.swaps, func(a, b swap) int { return cmp.Compare(a.from, b.from) })
	switch {
	case len(e.was) == 0:
		p.copy(0, len(text))
		return p.out.String(), true
	case e.top.Line == 0 || e.top.Style&yaml.FlowStyle != 0:
		return p.encode(e.top), true
	}
	p.block(e.top, 0, len(text), false)
	return p.out.String(), !p.failed
}

// linesOf is where the lines of a text begin, as the library counts them.
func linesOf(text string) []int {
	starts := []int{0}
	wasCR := false
	for i, r := range text {
		if wasCR && r != '\n' {
			starts = append(starts, i)
		}
		switch r {
		case '\n', '\u0085', '\u2028', '\u2029':
			starts = append(starts, i+utf8.RuneLen(r))
		}
		wasCR = r == '\r'
	}
	if wasCR {
		starts = append(starts, len(text))
	}
	return starts
}

// line is where a line begins, from 1; one behind the last is the end of the text.
func (p *page) line(n int) int {
	if n-1 >= len(p.lines) {
		return len(p.text)
	}
	return p.lines[n-1]
}

// place is where a node begins.
func (p *page) place(n *yaml.Node) int {
	at := p.line(n.Line)
	if n.Line == 1 {
		at += len(p.text) - len(strings.TrimPrefix(p.text, "\ufeff"))
	}
	for range n.Column - 1 {
		_, size := utf8.DecodeRuneInString(p.text[at:])
		at += size
	}
	return at
}

// swapOf is how a single value is replaced within its line; false where it must be written anew with its entry.
func (p *page) swapOf(n *yaml.Node, was string) (swap, bool) {
	if n.Line == 0 {
		return swap{}, false
	}
	from := p.place(n)
	switch n.Style {
	case 0:
	case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle:
		was = p.text[from:from+1] + was + p.text[from:from+1] // with an escape in it, it does not fit
	default:
		return swap{}, false
	}
	words := p.encode(&yaml.Node{Kind: yaml.ScalarNode, Tag: n.Tag, Value: n.Value, Style: n.Style | quotesFor(n.Value)})
	words = strings.TrimSuffix(words, p.ending)
	if !strings.HasPrefix(p.text[from:], was) || strings.Contains(words, "\n") {
		return swap{}, false
	}
	return swap{from, from + len(was), words}, true
}

// quotesFor is the style in which a value can stand among braces and before comments too.
func quotesFor(value string) yaml.Style {
	if strings.ContainsAny(value, ",[]{}#:&*!|>'\"%@`") {
		return yaml.DoubleQuotedStyle
	}
	return 0
}

// copy writes what stands from one place to another, with what was swapped in it.
func (p *page) copy(from, to int) {
	first, _ := slices.BinarySearchFunc(p.swaps, from, func(s swap, at int) int { return cmp.Compare(s.from, at) })
	for _, s := range p.swaps[first:] {
		if s.from >= to {
			break
		}
		p.out.WriteString(p.text[from:s.from])
		p.out.WriteString(s.words)
		from = s.to
	}
	p.out.WriteString(p.text[from:max(from, to)])
}

// block writes a mapping or a list whose entries have lines of their own. led: the first stands behind a dash.
func (p *page) block(n *yaml.Node, from, to int, led bool) {
	was := p.was[n]
	tail := p.tail(from, to, n.Column)
	pieces := p.pieces(n, was, from, tail)
	step := stepOf(n)
	for i := 0; i < len(n.Content); i += step {
		name, value := n.Content[i], n.Content[i+step-1]
		if old := slices.Index(was, name); old >= 0 {
			x := pieces[old/step]
			if led && i == 0 { // its dash is written, its own lines above are not its any more
				x.from = x.at
			}
			p.entry(n, name, value, x)
			continue
		}
		if !led || i > 0 {
			p.newLine()
			p.out.WriteString(strings.Repeat(" ", n.Column-1))
		}
		p.write(n, name, value)
	}
	p.copy(tail, to)
}

// stepOf is how many nodes an entry has.
func stepOf(n *yaml.Node) int {
	if n.Kind == yaml.MappingNode {
		return 2
	}
	return 1
}

// piece is an entry in the text: where its lines begin, with comments of its own above it, where it itself begins, and
// where its lines end.
type piece struct{ from, at, to int }

// pieces are the entries that a mapping or a list had.
func (p *page) pieces(n *yaml.Node, was []*yaml.Node, from, to int) []piece {
	var all []piece
	for i := 0; i < len(was); i += stepOf(n) {
		x := piece{from: from, at: p.place(was[i]), to: to}
		if n.Kind == yaml.SequenceNode {
			x.at = p.line(was[i].Line) + n.Column - 1
			p.failed = p.failed || x.at >= to || p.text[x.at] != '-'
		}
		if i > 0 {
			last := &all[len(all)-1]
			x.from = p.above(was[i].Line, n.Column)
			p.failed = p.failed || x.from <= last.at
			last.to = x.from
		}
		all = append(all, x)
	}
	return all
}

// entry writes an entry that was there before: copied, changed within, or anew.
func (p *page) entry(n, name, value *yaml.Node, x piece) {
	_, changed := p.was[value]
	_, reworded := p.words[value]
	switch {
	case p.failed:
	case value.Line == 0 || reworded || changed && value.Style&yaml.FlowStyle != 0:
		p.copy(x.from, x.at)
		p.write(n, name, value)
		p.copy(p.tail(x.at, x.to, len(p.text)), x.to)
	case changed:
		from, led := p.place(value), value.Line == name.Line && value.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode
		if !led {
			from = p.above(value.Line, value.Column)
		}
		p.copy(x.from, from)
		p.block(value, from, x.to, led)
	default:
		p.copy(x.from, x.to)
	}
}

// write writes an entry anew, from where it itself begins.
func (p *page) write(n, name, value *yaml.Node) {
	whole := &yaml.Node{Kind: n.Kind, Content: []*yaml.Node{bare(value)}}
	if n.Kind == yaml.MappingNode {
		whole.Content = []*yaml.Node{bare(name), bare(value)}
	}
	indent := p.ending + strings.Repeat(" ", n.Column-1)
	p.out.WriteString(strings.ReplaceAll(strings.TrimSuffix(p.encode(whole), p.ending), p.ending, indent) + p.ending)
}

// bare is a node without the comments above and below it, which stand in lines that are copied.
func bare(n *yaml.Node) *yaml.Node {
	b := *n
	b.HeadComment, b.FootComment = "", ""
	if last := len(n.Content) - 1; last >= 0 {
		b.Content = slices.Clone(n.Content)
		for i := max(0, last-stepOf(n)+1); i <= last; i++ {
			b.Content[i] = bare(n.Content[i])
		}
	}
	return &b
}

// encode is the text of nodes.
func (p *page) encode(n *yaml.Node) string {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		p.failed = true
	}
	return strings.ReplaceAll(b.String(), "\n", p.ending)
}

// newLine ends the last line where it has no end: of a text, the last may have none.
func (p *page) newLine() {
	if s := p.out.String(); s != "" && !strings.HasSuffix(s, "\n") && !strings.HasSuffix(s, "\r") {
		p.out.WriteString(p.ending)
	}
}

// above is where the lines of an entry begin: with the comments right above it that are not farther in than itself.
func (p *page) above(line, column int) int {
	for line > 1 {
		comment, ok := p.comment(line - 1)
		if !ok || comment > column {
			break
		}
		line--
	}
	return p.line(line)
}

// tail is where empty lines and comments begin that end a part of the text, those comments that are less far in than a
// column.
func (p *page) tail(from, to, column int) int {
	last, _ := slices.BinarySearch(p.lines, to)
	for ; last > 0 && p.lines[last-1] > from; last-- {
		comment, ok := p.comment(last)
		empty := strings.TrimSpace(p.text[p.lines[last-1]:min(p.line(last+1), to)]) == ""
		if !empty && (!ok || comment >= column) {
			return min(p.line(last+1), to)
		}
	}
	return min(p.line(last+1), to)
}

// comment is the column at which a line that is a comment begins.
func (p *page) comment(line int) (column int, ok bool) {
	words := strings.TrimLeft(p.text[p.line(line):p.line(line+1)], " ")
	return p.line(line+1) - p.line(line) - len(words) + 1, strings.HasPrefix(words, "#")
}
