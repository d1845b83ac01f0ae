package chart

import "html/template"

// Shares draws what a whole is made of as one bar, part beside part, each as long as its share.
func Shares(parts []Bar) template.HTML {
	const width, height = 600.0, 28.0
	d := begin("shares", width, height)
	whole := 0.0
	for _, p := range parts {
		whole += p.Value
	}
	x := 0.0
	for _, p := range parts {
		if p.Value <= 0 {
			continue
		}
		long := p.Value / whole * width
		d.rect(x, 2, max(long-1, 1), height-4, "share "+p.Class, p.Text, p.Link)
		x += long
	}
	return d.end()
}
