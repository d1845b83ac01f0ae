package ladder

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// laneWidth is how far lanes stand apart in text.
const laneWidth = 28

// Text writes the ladder as plain text, as a terminal shows it. raw: with every message whole.
func (l Ladder) Text(raw bool) string {
	var out strings.Builder
	fmt.Fprintf(&out, "call %s, began %s UTC\n\n", l.Call, l.Began.UTC().Format("2006-01-02 15:04:05"))
	head := func(of func(Lane) string) {
		line := strings.Repeat(" ", 10)
		for _, lane := range l.Lanes {
			line += centred(clip(of(lane), laneWidth-2), laneWidth)
		}
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	head(func(lane Lane) string { return lane.Name })
	head(func(lane Lane) string { return string(lane.Line) })
	for _, r := range l.Rows {
		out.WriteString(l.line(r))
		if raw && r.Raw != "" && (r.Kind == SIP) {
			for line := range strings.SplitSeq(strings.TrimRight(r.Raw, "\n"), "\n") {
				out.WriteString(strings.TrimRight(strings.Repeat(" ", 10)+"    "+line, " ") + "\n")
			}
		}
	}
	return out.String()
}

// line is one row.
func (l Ladder) line(r Row) string {
	said := r.Words()
	if r.From == r.To {
		return fmt.Sprintf("%9s %s  %s\n", stamp(r.At), l.rails(r.From), said)
	}
	left, right := min(r.From, r.To), max(r.From, r.To)
	room := (right-left)*laneWidth - 2
	rails := []rune(l.rails(-1))
	label := clip(said, room-2)
	arrow := []rune(centredBy(" "+label+" ", room, "-"))
	if r.From < r.To {
		arrow = append(arrow, '>')
	} else {
		arrow = append([]rune{'<'}, arrow...)
	}
	copy(rails[centre(left)+1:], arrow)
	more := ""
	if label != said {
		more = "  " + said
	}
	return fmt.Sprintf("%9s %s%s\n", stamp(r.At), strings.TrimRight(string(rails), " "), more)
}

// Words is what a row says, in English.
func (r Row) Words() string {
	words := r.Label
	if r.Say.Key != "" {
		words = strings.TrimSpace(words + " " + r.Say.English())
	}
	if r.Times > 1 {
		words += fmt.Sprintf(" (%d times)", r.Times)
	}
	if r.Bad {
		words = "! " + words
	}
	return words
}

// centre is where a lane's rail stands.
func centre(lane int) int { return lane*laneWidth + laneWidth/2 }

// rails are the lanes' lines, with a mark on one of them; -1: on none.
func (l Ladder) rails(mark int) string {
	line := []rune(strings.Repeat(" ", len(l.Lanes)*laneWidth))
	for i := range l.Lanes {
		line[centre(i)] = '|'
	}
	if mark >= 0 {
		line[centre(mark)] = '*'
	}
	return string(line)
}

func stamp(at time.Duration) string { return fmt.Sprintf("%.3f", at.Seconds()) }

func clip(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:max(0, most-1)]) + "…"
}

func centred(s string, width int) string { return centredBy(s, width, " ") }

func centredBy(s string, width int, by string) string {
	room := max(0, width-utf8.RuneCountInString(s))
	return strings.Repeat(by, room/2) + s + strings.Repeat(by, room-room/2)
}
