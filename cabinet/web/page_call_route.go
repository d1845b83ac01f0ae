package web

import (
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/fmc"
	"roadline/fmc/plan"
)

// callRoute is why the call went where it went.
type callRoute struct {
	Plans []callPlan
	Asks  bool // the visitor may ask what if
	At    string
	Wrong string
	If    *callIf
}

// callPlan is one plan that was followed.
type callPlan struct {
	At         time.Duration // when it was made, on the call's clock
	Generation int64
	Nodes      []callNode
	Reasons    []callReason
	Recording  template.HTML
	Unread     bool // this build cannot read it
}

// callNode is a step of a plan.
type callNode struct {
	Words []template.HTML
	Taken bool
}

// callIf is what would have happened at another time.
type callIf struct {
	At    moment
	World string
	End   string
	Rings []callRing
	Plans [][]string
}

type callRing struct {
	At           time.Duration
	Device, Line string
	Shows        string
}

// storedPlan is a plan with when it was made and where the call went by it.
type storedPlan struct {
	at    time.Duration
	fact  fmc.Planned
	plan  plan.Plan
	err   error
	taken map[int]bool
}

// plans are those of the call, in the order in which they were made.
func (p *callPage) plans() []*storedPlan {
	var all []*storedPlan
	latest := map[int]*storedPlan{} // by thread
	for _, f := range p.story.Facts {
		switch is := f.Body.(type) {
		case fmc.Planned:
			s := &storedPlan{at: f.At, fact: is, taken: map[int]bool{}}
			s.err = json.Unmarshal(is.Plan, &s.plan)
			all, latest[is.Thread] = append(all, s), s
		case fmc.Stepped:
			if s := latest[is.Thread]; s != nil {
				s.taken[is.Node] = true
			}
		default: // is no choice
		}
	}
	return all
}

// route says why the call went where it went.
func (p *callPage) route() error {
	r := &callRoute{Asks: p.record.Times.Ended > 0 && (p.viewer.Reach(access.CallsRead) == access.Company || p.viewer.May(access.DocumentRead)), At: p.FormValue("at")}
	for _, s := range p.plans() {
		shown := callPlan{At: s.at, Generation: s.fact.Generation, Unread: s.err != nil}
		if s.err == nil {
			shown.Nodes, shown.Recording = p.nodes(s)
			for _, reason := range s.plan.Because {
				if reason.Text != "" {
					shown.Reasons = append(shown.Reasons, p.reason(reason))
				}
			}
		}
		r.Plans = append(r.Plans, shown)
	}
	p.view.Route = r
	if r.Asks && r.At != "" && !p.record.Opened.Private {
		p.whatIf(r)
	}
	return nil
}

// nodes are the steps of a plan in words, those that were taken marked, and how it records.
func (p *callPage) nodes(s *storedPlan) (nodes []callNode, recording template.HTML) {
	lines := s.plan.Words()
	for _, line := range lines {
		if line == "because" {
			break
		}
		step, numbered := strings.CutPrefix(line, fmt.Sprintf("%2d ", len(nodes)))
		switch {
		case numbered:
			nodes = append(nodes, callNode{Words: []template.HTML{p.told(step)}, Taken: s.taken[len(nodes)]})
		case len(nodes) > 0:
			last := &nodes[len(nodes)-1]
			last.Words = append(last.Words, p.told(strings.TrimSpace(line)))
		}
	}
	return nodes, p.told(lines[0])
}

// whatIf asks what would happen to the same call at another time, by the company's document as it is now.
func (p *callPage) whatIf(r *callRoute) {
	o := p.record.Opened
	q := document.Question{At: r.At}
	switch {
	case o.Direction == fmc.Inbound:
		q.From, q.To = o.From.E164, o.To.E164
	default:
		q.By, q.Dial = string(o.Employee), o.To.E164
		if q.Dial == "" {
			q.Dial = o.To.Code()
		}
	}
	x, err := p.site.o.API.Documents.Suppose(p.company, q)
	if err != nil {
		r.Wrong = p.said(err.Error())
		return
	}
	shown := &callIf{At: p.at(x.At), World: x.World, End: x.End}
	for _, ring := range x.Rings {
		shown.Rings = append(shown.Rings, callRing{
			At: time.Duration(float64(ring.At) * float64(time.Second)), Device: string(ring.Device), Line: string(ring.Line), Shows: ring.Shows,
		})
	}
	for _, one := range x.Plans {
		shown.Plans = append(shown.Plans, one.Words)
	}
	r.If = shown
}
