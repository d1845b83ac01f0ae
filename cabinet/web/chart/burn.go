package chart

import (
	"fmt"
	"html/template"
)

// Burned is how something that is paid for by the month is used up. Values grow from day to day; each is of a day's end.
type Burned struct {
	Totals     []float64
	Labels     []string // one for each
	Today      int      // which of them is the first that is foreseen
	Least, Top float64  // at the end, most likely between them
	Most       float64  // that is included; 0: not counted
	Text       string   // under the pointer
}

// Burn draws it: what was used as a line, what is foreseen as a broken one within its range, and what is included as a
// line across.
func Burn(b Burned) template.HTML {
	const width, height, foot, head = 600.0, 160.0, 18.0, 8.0
	d := begin("burn", width, height)
	top := max(b.Top, b.Most, 1) * 1.05
	x := func(i int) float64 { return float64(i) * width / float64(max(len(b.Totals), 1)) } // day i ends at x(i+1)
	y := func(v float64) float64 { return height - foot - v/top*(height-foot-head) }
	start := 0.0
	if b.Today > 0 && b.Today <= len(b.Totals) {
		start = b.Totals[b.Today-1]
	}
	d.title(b.Text)
	fmt.Fprintf(d, `<path class="range" d="M%s %sL%s %sL%s %sz"/>`, n(x(b.Today)), n(y(start)), n(width), n(y(b.Top)), n(width), n(y(b.Least)))
	d.line("used", b.Totals, 0, 0, b.Today, x, y)
	d.line("foreseen", b.Totals, start, b.Today, len(b.Totals), x, y)
	if b.Most > 0 {
		fmt.Fprintf(d, `<line class="included" x1="0" x2="%s" y1="%s" y2="%s"/>`, n(width), n(y(b.Most)), n(y(b.Most)))
	}
	for i, label := range b.Labels {
		if i%7 == 0 {
			d.text(x(i), height-4, "start", "label", label)
		}
	}
	return d.end()
}

// line draws days from one to before another, beginning at a height.
func (d *drawing) line(class string, totals []float64, start float64, from, to int, x func(int) float64, y func(float64) float64) {
	fmt.Fprintf(d, `<polyline class="%s" points="%s,%s`, class, n(x(from)), n(y(start)))
	for i := from; i < min(to, len(totals)); i++ {
		fmt.Fprintf(d, " %s,%s", n(x(i+1)), n(y(totals[i])))
	}
	d.WriteString(`"/>`)
}
