package ladder

import (
	"strconv"
	"strings"
	"time"

	"roadline/fmc"
)

// wires draws what was said on the wires, and how it sounded where that changed.
func (b *builder) wires() {
	exchanges, sounds := map[fmc.LegID]*exchange{}, map[fmc.LegID]*hearing{}
	for _, l := range b.story.Trace {
		switch l.Kind {
		case fmc.TraceSIP:
			b.rows = append(b.rows, b.sip(l))
		case fmc.TraceAT:
			b.at(l, exchanges)
		case fmc.TraceSound:
			b.sound(l, sounds)
		case fmc.TraceLost:
			b.rows = append(b.rows, Row{At: l.At, Kind: Lost, From: b.us, To: b.us, Say: say("lost", "count", strconv.Itoa(l.Lost))})
		}
	}
	for _, l := range b.story.Record.Legs {
		if h := sounds[l.Leg]; h != nil {
			b.rows = append(b.rows, h.row)
		}
	}
}

// wire is a row between a leg's lane and ours.
func (b *builder) wire(l fmc.TraceLine, kind Kind, label string) Row {
	r := Row{At: l.At, Kind: kind, From: b.laneOf(l.Leg), To: b.us, Label: label, Raw: l.Text}
	if l.Out {
		r.From, r.To = r.To, r.From
	}
	return r
}

func (b *builder) sip(l fmc.TraceLine) Row {
	first, rest, _ := strings.Cut(l.Text, "\n")
	label, bad := printable(first), false
	if status, ok := strings.CutPrefix(first, "SIP/2.0 "); ok {
		label = printable(status)
		code, _ := strconv.Atoi(status[:min(3, len(status))])
		// A challenge (401, 407) and the end of what was cancelled (487) are the way of things.
		bad = code >= 400 && code != 401 && code != 407 && code != 487
		if _, method, found := strings.Cut(header(rest, "CSeq"), " "); found {
			label += " (" + printable(method) + ")"
		}
	} else if method, _, found := strings.Cut(first, " "); found {
		label = printable(method)
	}
	if strings.Contains(rest, "\nv=0\n") {
		label += " SDP"
	}
	if why := header(rest, "Reason"); why != "" {
		label += " " + printable(why)
	}
	r := b.wire(l, SIP, label)
	r.Bad = bad
	return r
}

// header is the value of a message's first header of a name; empty: it has none.
func header(lines, name string) string {
	for line := range strings.SplitSeq(lines, "\n") {
		if line == "" {
			return ""
		}
		if n, value, _ := strings.Cut(line, ":"); strings.EqualFold(n, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// mostLabel is how long a label is at most: what is longer stands whole in Raw.
const mostLabel = 80

// printable is text of a stranger on one line.
func printable(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 || c == '\u2028' || c == '\u2029' || c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069' {
			return '·'
		}
		return c
	}, s)
	if runes := []rune(s); len(runes) > mostLabel {
		return string(runes[:mostLabel]) + "…"
	}
	return s
}

// exchange is an AT command with its answer: what the list of calls says is asked for again and again, and stands once.
type exchange struct {
	open, last []string // the lines of the one that goes on, and of the one before
	row        int      // of last's first line in rows
	begins     int      // of open's
}

// at draws an AT line. An exchange that is the same as the one before is counted there.
func (b *builder) at(l fmc.TraceLine, all map[fmc.LegID]*exchange) {
	x := all[l.Leg]
	if x == nil {
		x = &exchange{row: -1}
		all[l.Leg] = x
	}
	if l.Out {
		x.open, x.begins = nil, len(b.rows)
	}
	r := b.wire(l, AT, printable(l.Text))
	r.Bad = !l.Out && isError(l.Text)
	b.rows = append(b.rows, r)
	x.open = append(x.open, l.Text)
	if l.Out || l.Text != "OK" && !r.Bad {
		return
	}
	same := x.row >= 0 && len(b.rows)-x.begins == len(x.open) && strings.Join(x.open, "\n") == strings.Join(x.last, "\n")
	if same {
		b.rows = b.rows[:x.begins]
		first := &b.rows[x.row]
		first.Times = max(first.Times, 1) + 1
	} else {
		x.last, x.row = x.open, x.begins
	}
	x.open, x.begins = nil, len(b.rows)
}

func isError(line string) bool {
	for _, e := range []string{"ERROR", "+CME ERROR", "+CMS ERROR", "COMMAND NOT SUPPORT"} {
		if strings.HasPrefix(line, e) {
			return true
		}
	}
	return false
}

// hearing is how a leg has sounded so far.
type hearing struct {
	before fmc.SoundFigures
	since  time.Duration
	row    Row // how it sounded in the end
}

// sound keeps the figures of a leg's end, and draws those in between that are bad.
func (b *builder) sound(l fmc.TraceLine, all map[fmc.LegID]*hearing) {
	if l.Sound == nil {
		return
	}
	h := all[l.Leg]
	if h == nil {
		h = &hearing{}
		all[l.Leg] = h
	}
	lane := b.laneOf(l.Leg)
	r := Row{At: l.At, Kind: Sound, From: lane, To: lane, Label: strings.TrimSpace("RTP " + l.Sound.Codec), Say: say("sound", figures(*l.Sound)...)}
	if p := between(h.before, *l.Sound, h.since, l.At); p.lossy() {
		bad := r
		bad.Bad, bad.Say = true, say("sound_lost", "loss", percent(max(p.Heard.Loss(), p.Sent.Loss())))
		b.rows = append(b.rows, bad)
	}
	h.before, h.since, h.row = *l.Sound, l.At, r
}

// figures are a leg's in words.
func figures(f fmc.SoundFigures) []string {
	p := between(fmc.SoundFigures{}, f, 0, 0)
	mos := func(m float64) string {
		if m == 0 {
			return "–"
		}
		return strconv.FormatFloat(m, 'f', 1, 64)
	}
	ms := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	return []string{
		"heard_loss", percent(p.Heard.Loss()), "heard_jitter", ms(f.Heard.Jitter), "heard_mos", mos(f.Heard.MOS),
		"sent_loss", percent(p.Sent.Loss()), "sent_jitter", ms(f.Sent.Jitter), "sent_mos", mos(f.Sent.MOS),
	}
}

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) }
