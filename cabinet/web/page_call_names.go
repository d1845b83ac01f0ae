package web

import (
	"cmp"
	"html/template"
	"regexp"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/plan"
)

// written are the ids that the core writes into its sentences: those of lines, and numbers.
var written = regexp.MustCompile(`\b(?:sim:\d{18,20}|trunk:[\w.-]+)|\+\d{8,15}\b`)

// readable is a sentence of the core with its lines and numbers as people of the company know them.
func (v *visit) readable(sentence string) string {
	return written.ReplaceAllStringFunc(sentence, func(id string) string {
		if id[0] == '+' {
			return v.phone(callerid.Number{E164: id})
		}
		return v.lineName(fmc.LineID(id))
	})
}

// told is a sentence of a plan for a page: in the visitor's language, and readable. What written finds and what stands in
// its place have nothing that HTML would take for its own.
func (v *visit) told(sentence string) template.HTML {
	return template.HTML(v.readable(string(v.tongue.marked(sentence))))
}

// callReason is why a plan is as it is.
type callReason struct {
	Topic string // in English, as the plan has it
	About string // whom or what, by name
	Text  template.HTML
}

func (v *visit) reason(r plan.Reason) callReason {
	about := v.readable(r.About)
	if e, ok := v.company.Employee(fmc.EmployeeID(r.About)); ok {
		about = cmp.Or(e.Name, about)
	} else if number := fmc.LimitID(r.About).Number(); number != "" {
		about = v.phone(callerid.Number{E164: number})
	}
	return callReason{Topic: r.Topic, About: about, Text: v.told(r.Text)}
}
