package chart

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
)

// Stretch is a part of a day in which one thing went on; From and To are shares of the day.
type Stretch struct {
	From, To float64
	Class    string // of fleet.css: "call", "idle"
	Text     string // under the pointer
	Link     string
}

const (
	stripWide, stripTall = 720.0, 14.0
	leastStretch         = 0.7 // of stripWide: a shorter one would not be seen
)

// Strip draws a day as a narrow row for a table of many: one path for each class, so that a page of hundreds stays small.
// now is where the present is marked, a share of the day; under zero: nowhere.
func Strip(all []Stretch, now float64) template.HTML {
	d := &drawing{} // as wide as its cell: only the height stays
	fmt.Fprintf(d, `<svg class="chart chart-strip" viewBox="0 0 %s %s" preserveAspectRatio="none" aria-hidden="true" focusable="false">`, n(stripWide), n(stripTall))
	var classes []string
	for _, s := range all {
		if !slices.Contains(classes, s.Class) {
			classes = append(classes, s.Class)
		}
	}
	for _, class := range classes {
		fmt.Fprintf(d, `<path class="stood %s" d="`, template.HTMLEscapeString(class))
		end := -1.0
		for _, s := range all {
			if s.Class != class {
				continue
			}
			from := max(s.From*stripWide, end)
			wide := max(s.To*stripWide-from, leastStretch)
			end = from + wide
			fmt.Fprintf(d, "M%s 0h%sv%sh-%sz", n(from), n(wide), n(stripTall), n(wide))
		}
		d.WriteString(`"/>`)
	}
	d.now(now, stripTall)
	return d.end()
}

// now marks the present.
func (d *drawing) now(at, tall float64) {
	if at >= 0 && at <= 1 {
		fmt.Fprintf(d, `<line class="now" x1="%s" x2="%s" y1="0" y2="%s"/>`, n(at*stripWide), n(at*stripWide), n(tall))
	}
}

// Day draws one day with its hours, each stretch with its words and its link.
func Day(all []Stretch, now float64) template.HTML {
	const tall, foot = 36.0, 16.0
	d := begin("day", stripWide, tall+foot)
	for _, s := range all {
		d.rect(s.From*stripWide, 0, max((s.To-s.From)*stripWide, leastStretch), tall, "stood "+s.Class, s.Text, s.Link)
	}
	d.hours(stripWide, tall+foot-3)
	d.now(now, tall)
	return d.end()
}

// Hours draws the hours above a table of strips.
func Hours() template.HTML {
	const wide = stripWide / 2 // half as wide, so that figures of the usual size can be read in a cell
	d := begin("hours", wide, stripTall)
	d.hours(wide, stripTall-2)
	return d.end()
}

func (d *drawing) hours(wide, y float64) {
	for hour := 0; hour <= 24; hour += 3 {
		anchor := "middle"
		switch hour {
		case 0:
			anchor = "start"
		case 24:
			anchor = "end"
		}
		d.text(wide*float64(hour)/24, y, anchor, "label", strconv.Itoa(hour))
	}
}

// Fall draws how long something lasts, on an axis of so many days: a line that falls to the day of nothing, or beyond the
// axis.
func Fall(days, axis float64, class, text string) template.HTML {
	const width, height = 240.0, 22.0
	d := begin("fall", width, height)
	for week := 0.0; week <= axis; week += 7 {
		fmt.Fprintf(d, `<line class="week" x1="%s" x2="%s" y1="0" y2="%s"/>`, n(week/axis*width), n(week/axis*width), n(height))
	}
	x, y := days/axis*width, height-3
	if days > axis { // the line leaves the picture
		x, y = width, 3+(height-6)*axis/days
	}
	fmt.Fprintf(d, `<g class="falls %s"><line x1="0" x2="%s" y1="3" y2="%s"/>`, template.HTMLEscapeString(class), n(x), n(y))
	if days <= axis {
		fmt.Fprintf(d, `<circle cx="%s" cy="%s" r="3"/>`, n(max(x, 3)), n(y))
	}
	d.title(text)
	d.WriteString("</g>")
	return d.end()
}

// Signal draws how well something was heard, in dBm from -113 to -51, as a small line; 0 is not known, and leaves a gap.
func Signal(dBm []int) template.HTML {
	const width, height, weakest, strongest = 84.0, 20.0, -113.0, -51.0
	d := begin("spark", width, height)
	open := false
	for i, v := range dBm {
		if v == 0 {
			if open {
				d.WriteString(`"/>`)
			}
			open = false
			continue
		}
		if !open {
			d.WriteString(`<polyline points="`)
		}
		open = true
		level := (min(max(float64(v), weakest), strongest) - weakest) / (strongest - weakest)
		fmt.Fprintf(d, "%s,%s ", n(2+float64(i)*(width-4)/float64(max(len(dBm)-1, 1))), n(height-2-level*(height-4)))
	}
	if open {
		d.WriteString(`"/>`)
	}
	return d.end()
}
