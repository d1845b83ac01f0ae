// Package chart draws pictures of figures as SVG, on the server: no script is needed to see them, and none of them has a
// style of its own, so that a strict policy lets them be. Every colour is a class of src/css/chart.css. A picture is for
// eyes alone: beside each stands a table with the same figures and links, for everybody. Start at Bars.
package chart

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Bar is one figure.
type Bar struct {
	Label string // below it, or beside it; empty: none
	Value float64
	Text  string // of the figure, as people read it
	Link  string // to what is counted; empty: nowhere
	Class string // of state.css: "ok", "bad"; empty: as our own
}

// drawing is an SVG in the making.
type drawing struct{ strings.Builder }

// begin begins a picture of a size, in its own units. It is hidden from whoever reads with ears: they have the table.
func begin(class string, width, height float64) *drawing {
	d := &drawing{}
	fmt.Fprintf(d, `<svg class="chart chart-%s" viewBox="0 0 %s %s" aria-hidden="true" focusable="false">`, class, n(width), n(height))
	return d
}

func (d *drawing) end() template.HTML {
	d.WriteString("</svg>")
	return template.HTML(d.String()) //nolint:gosec // everything in it is a number, a class of ours, or escaped
}

// n writes a coordinate.
func n(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// rect draws a rectangle with words that show under the pointer; where there is a link, it leads there.
func (d *drawing) rect(x, y, width, height float64, class, text, link string) {
	d.link(link, func() {
		fmt.Fprintf(d, `<rect class="%s" x="%s" y="%s" width="%s" height="%s">`, template.HTMLEscapeString(class), n(x), n(y), n(width), n(height))
		d.title(text)
		d.WriteString("</rect>")
	})
}

// link draws something that leads somewhere. The keyboard finds the links of the table instead.
func (d *drawing) link(link string, draw func()) {
	if link == "" {
		draw()
		return
	}
	fmt.Fprintf(d, `<a href="%s" tabindex="-1">`, template.HTMLEscapeString(link))
	draw()
	d.WriteString("</a>")
}

func (d *drawing) title(text string) {
	if text != "" {
		fmt.Fprintf(d, "<title>%s</title>", template.HTMLEscapeString(text))
	}
}

// text writes words; anchor is where in them x lies: start, middle, end.
func (d *drawing) text(x, y float64, anchor, class, words string) {
	if words != "" {
		fmt.Fprintf(d, `<text class="%s" x="%s" y="%s" text-anchor="%s">%s</text>`, class, n(x), n(y), anchor, template.HTMLEscapeString(words))
	}
}

// most is the largest value, and at least one: nothing is divided by zero.
func most(bars []Bar) float64 {
	top := 1.0
	for _, b := range bars {
		top = max(top, b.Value)
	}
	return top
}
