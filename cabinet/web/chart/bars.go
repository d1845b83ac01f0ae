package chart

import (
	"fmt"
	"html/template"
)

// Bars draws figures as columns side by side. mark is before which of them a line stands, with its words; under zero:
// none. Every step-th has its label.
func Bars(bars []Bar, mark int, words string, step int) template.HTML {
	const width, height, foot, head = 600.0, 140.0, 18.0, 14.0
	const edge = 16.0 // half of the widest label: the first and the last one stay whole
	d := begin("bars", width, height)
	top, slot := most(bars), width/float64(max(len(bars), 1))
	for i, b := range bars {
		tall := b.Value / top * (height - foot - head)
		if b.Value > 0 {
			tall = max(tall, 1)
		}
		x := float64(i) * slot
		// The whole column answers to the pointer, so that a small figure can be hit.
		d.link(b.Link, func() {
			fmt.Fprintf(d, `<g class="column"><rect class="behind" x="%s" y="%s" width="%s" height="%s"/>`, n(x), n(head), n(slot), n(height-foot-head))
			d.rect(x+slot*0.1, height-foot-tall, slot*0.8, tall, "bar "+b.Class, "", "")
			d.title(b.Text)
			d.WriteString("</g>")
		})
		if i%max(step, 1) == 0 {
			d.text(min(max(x+slot/2, edge), width-edge), height-4, "middle", "label", b.Label)
		}
	}
	if mark >= 0 {
		x := float64(mark) * slot
		fmt.Fprintf(d, `<line class="mark" x1="%s" x2="%s" y1="%s" y2="%s"/>`, n(x), n(x), n(2), n(height-foot))
		d.text(x+4, 11, "start", "label", words)
	}
	return d.end()
}

// Steps draws figures as bars below each other, each as long as its share of the first: what is left of something from
// step to step.
func Steps(bars []Bar) template.HTML {
	const width, row, left = 600.0, 34.0, 190.0
	d := begin("steps", width, row*float64(len(bars)))
	top := most(bars)
	for i, b := range bars {
		y := float64(i) * row
		long := b.Value / top * (width - left - 70)
		if b.Value > 0 {
			long = max(long, 2)
		}
		d.text(left-8, y+21, "end", "label", b.Label)
		d.rect(left, y+6, long, row-12, "bar "+b.Class, b.Text, b.Link)
		d.text(left+long+6, y+21, "start", "figure "+b.Class, b.Text)
	}
	return d.end()
}

// Spark draws figures of days as a small line.
func Spark(values []int) template.HTML {
	const width, height = 84.0, 20.0
	d := begin("spark", width, height)
	top := 1
	for _, v := range values {
		top = max(top, v)
	}
	d.WriteString(`<polyline points="`)
	for i, v := range values {
		fmt.Fprintf(d, "%s,%s ", n(2+float64(i)*(width-4)/float64(max(len(values)-1, 1))), n(height-2-float64(v)/float64(top)*(height-4)))
	}
	d.WriteString(`"/>`)
	return d.end()
}
