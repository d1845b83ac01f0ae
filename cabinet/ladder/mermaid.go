package ladder

import (
	"fmt"
	"strings"
)

// Mermaid writes the ladder as a sequence diagram of Mermaid.
func (l Ladder) Mermaid() string {
	var out strings.Builder
	out.WriteString("sequenceDiagram\n")
	for i, lane := range l.Lanes {
		name := lane.Name
		if lane.Line != "" {
			name += " by " + string(lane.Line)
		}
		fmt.Fprintf(&out, "  participant L%d as %s\n", i, mermaid(name))
	}
	for _, r := range l.Rows {
		words := stamp(r.At) + " " + mermaid(r.Words())
		switch {
		case r.From == r.To:
			fmt.Fprintf(&out, "  Note over L%d: %s\n", r.From, words)
		case r.Bad:
			fmt.Fprintf(&out, "  L%d--xL%d: %s\n", r.From, r.To, words)
		default:
			fmt.Fprintf(&out, "  L%d->>L%d: %s\n", r.From, r.To, words)
		}
	}
	return out.String()
}

// mermaid is text that Mermaid takes for nothing but text: its own marks are written as it wants them, "#59;" a semicolon.
func mermaid(s string) string {
	var out strings.Builder
	for _, c := range printable(s) {
		switch c {
		case '#', ';', '<', '>', '%', '"', '{', '}', '`', '&', '\\':
			fmt.Fprintf(&out, "#%d;", c)
		default:
			out.WriteRune(c)
		}
	}
	return out.String()
}
