package chart

import (
	"html/template"
	"strconv"
)

// Cell is one hour of the week.
type Cell struct {
	Value float64
	Text  string // under the pointer: the whole sentence
	Short string // in the cell, where it has room
	Link  string
}

// shades is how many steps a heat map has from nothing to the most.
const shades = 8

// Heat draws a week: a row for each day, as rows names them, and the hours of a working day, with those before and behind
// in which there is anything. One hue, the darker the more.
func Heat(rows []string, cells [][24]Cell) template.HTML {
	const left, top, wide, tall = 44.0, 16.0, 34.0, 26.0
	first, last, peak := extent(cells)
	d := begin("heat", left+wide*float64(last-first+1), top+tall*float64(len(rows)))
	for hour := first; hour <= last; hour++ {
		d.text(left+wide*(float64(hour-first)+0.5), top-5, "middle", "label", strconv.Itoa(hour))
	}
	for i, name := range rows {
		y := top + tall*float64(i)
		d.text(left-8, y+tall/2+4, "end", "label", name)
		for hour := first; hour <= last; hour++ {
			c := cells[i][hour]
			shade := shadeOf(c.Value, peak)
			x := left + wide*float64(hour-first)
			d.link(c.Link, func() {
				d.WriteString(`<g class="cell">`)
				d.rect(x+1, y+1, wide-2, tall-2, "shade s"+strconv.Itoa(shade), "", "")
				if shade > 0 {
					d.text(x+wide/2, y+tall/2+4, "middle", "in s"+strconv.Itoa(shade), c.Short)
				}
				d.title(c.Text)
				d.WriteString("</g>")
			})
		}
	}
	return d.end()
}

// extent is from which hour to which is drawn, and the most there is.
func extent(cells [][24]Cell) (first, last int, peak float64) {
	first, last = 8, 19
	for _, day := range cells {
		for hour, c := range day {
			if c.Text != "" {
				first, last = min(first, hour), max(last, hour)
			}
			peak = max(peak, c.Value)
		}
	}
	return first, last, peak
}

// shadeOf is the step of a value: 0 for nothing, and then from 1 to shades.
func shadeOf(value, peak float64) int {
	if value <= 0 || peak <= 0 {
		return 0
	}
	return min(shades, 1+int(value/peak*(shades-0.001)))
}
