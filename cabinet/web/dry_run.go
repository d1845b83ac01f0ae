package web

import (
	"strings"
	"time"

	"roadline/cabinet/document"
	"roadline/callerid"
	"roadline/fmc"
)

// dryRun is what would happen to a call, on the draft and on what is in force: the question as a form, and the answer.
type dryRun struct {
	Action           string // the page that the form belongs to
	To, From, Keys   string
	At               string // as a browser's field for a day and a time has it
	Numbers, Answers []choice
	Answer           string // who picks up; empty: nobody
	Asked            bool
	Draft, Force     *outcome // Force: where it comes out otherwise than the draft
	Refused          string
}

// outcome is what a rehearsed call comes to, in the words of the page.
type outcome struct {
	Sentence string
	At       moment
	Quiet    bool // with nobody busy and every line ready
	Record   string
	Rings    []ringRow
	Why      []string
}

// ringRow is one device that would ring.
type ringRow struct {
	At          time.Duration
	Name        string
	Shows, Line string
}

const fieldMoment = "2006-01-02T15:04"

// dryRun reads the question of a request and answers it.
func (v *visit) dryRun(s settings, action string) dryRun {
	q := v.URL.Query()
	d := dryRun{Action: action, To: q.Get("to"), From: q.Get("from"), Keys: q.Get("keys"), At: q.Get("at"), Answer: q.Get("answer"), Asked: q.Has("to")}
	for _, n := range s.company.Numbers {
		d.Numbers = append(d.Numbers, choice{n.Number.E164, v.phone(n.Number)})
	}
	d.Answers = append([]choice{{"", v.say("try.nobody")}}, s.peopleChoices()...)
	if !d.Asked {
		d.At = v.now().Format(fieldMoment)
		return d
	}
	question := document.Question{From: d.From, To: d.To, Keys: d.Keys, At: strings.Replace(d.At, "T", " ", 1)}
	if d.Answer != "" {
		question.Answers = []string{d.Answer}
	}
	x, err := v.site.o.API.Documents.TryDraft(s.draft, question)
	if err != nil {
		d.Refused = v.said(err.Error())
		return d
	}
	d.Draft = v.outcome(s.company, x)
	inForce, err := v.site.o.API.Documents.TryDraft(document.Draft{Company: v.company}, question)
	if err == nil && s.Bar.Changes > 0 {
		if force := v.outcome(v.company, inForce); !force.same(d.Draft) {
			d.Force = force
		}
	}
	return d
}

func (v *visit) outcome(c *fmc.Company, x document.Explained) *outcome {
	o := &outcome{At: v.at(x.At), Quiet: x.World == "quiet", Record: x.Recording, Sentence: v.say("try.status-"+string(x.Status), "Cause", v.said(x.End))}
	for _, r := range x.Rings {
		who, _, _ := strings.Cut(string(r.Device), "/")
		name := nameOf(c, fmc.EmployeeID(who))
		if strings.HasSuffix(string(r.Device), "/mobile") {
			name = v.say("try.mobile", "Name", name)
		}
		if r.Number != "" && r.Device == "" {
			name = r.Number
		}
		shows := r.Shows
		if n, err := callerid.Read(shows, c.Profile.Country); err == nil && n.E164 != "" {
			shows = v.phone(n)
		}
		_, line, _ := strings.Cut(string(r.Line), ":")
		o.Rings = append(o.Rings, ringRow{At: time.Duration(float64(r.At) * float64(time.Second)), Name: name, Shows: shows, Line: line})
	}
	for _, p := range x.Plans {
		o.Why = append(o.Why, p.Words...)
	}
	return o
}

// same reports that two outcomes are the same for whoever calls and whoever is called.
func (o *outcome) same(other *outcome) bool {
	if o.Sentence != other.Sentence || o.Record != other.Record || len(o.Rings) != len(other.Rings) {
		return false
	}
	for i := range o.Rings {
		if o.Rings[i] != other.Rings[i] {
			return false
		}
	}
	return true
}
