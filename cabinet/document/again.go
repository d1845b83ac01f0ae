package document

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/plan"
	"roadline/store"
)

// Again is a stored call decided again by this build.
type Again struct {
	Call  fmc.CallID     `json:"call"`
	Same  bool           `json:"same"` // every plan came out to the same bytes
	Plans []DecidedAgain `json:"plans"`
}

// DecidedAgain is one plan of a call beside what this build decides on the same company version, request and answers.
type DecidedAgain struct {
	Thread      int       `json:"thread"`
	Generation  int64     `json:"generation"`
	At          time.Time `json:"at"`
	Same        bool      `json:"same"`
	Stored      []string  `json:"stored"` // in words
	Differences []string  `json:"differences,omitempty"`
}

// DecideAgain decides every plan of a call anew, and compares.
func (a *Archive) DecideAgain(ctx context.Context, id fmc.CompanyID, call fmc.CallID) (Again, error) {
	stored, err := a.o.Store.For(id).Plans(ctx, call)
	if err != nil {
		return Again{}, err
	}
	x := Again{Call: call, Same: true, Plans: []DecidedAgain{}}
	versions := map[int64]*fmc.Company{}
	for _, s := range stored {
		company, err := a.generation(ctx, id, s.Generation, versions)
		if err != nil {
			return x, err
		}
		d := decideAgain(company, s)
		x.Same = x.Same && d.Same
		x.Plans = append(x.Plans, d)
	}
	return x, nil
}

// generation reads a version of a company, each once. One that this build cannot read any more is nil.
func (a *Archive) generation(ctx context.Context, id fmc.CompanyID, generation int64, known map[int64]*fmc.Company) (*fmc.Company, error) {
	if c, ok := known[generation]; ok {
		return c, nil
	}
	v, err := a.o.Store.For(id).Version(ctx, generation)
	if err != nil {
		return nil, fmt.Errorf("generation %d: %w", generation, err)
	}
	c, err := configs.ReadCompany(fmt.Sprintf("%s, generation %d", id, generation), []byte(v.Document))
	if err != nil {
		a.o.Log.Warn("a stored version cannot be read any more", "company", id, "version", generation, "cause", err)
		c = nil
	} else {
		c.Generation = generation
	}
	known[generation] = c
	return c, nil
}

// decideAgain decides one stored plan anew. A nil company is a version that cannot be read any more.
func decideAgain(company *fmc.Company, s store.StoredPlan) DecidedAgain {
	d := DecidedAgain{Thread: s.Thread, Generation: s.Generation, At: s.At.UTC(), Stored: []string{}}
	var was plan.Plan
	var request plan.Request
	if err := json.Unmarshal(s.Plan, &was); err != nil {
		d.Differences = append(d.Differences, "the stored plan cannot be read by this build: "+err.Error())
		return d
	}
	d.Stored = was.Words()
	if err := json.Unmarshal(s.Request, &request); err != nil {
		d.Differences = append(d.Differences, "the stored request cannot be read by this build: "+err.Error())
		return d
	}
	if company == nil {
		d.Differences = append(d.Differences, fmt.Sprintf("generation %d of the company cannot be read by this build", s.Generation))
		return d
	}
	answers := plan.Replay(was.Because)
	is := plan.Decide(company, answers, request, s.At)
	bytesNow, err := json.Marshal(is)
	if err != nil {
		d.Differences = append(d.Differences, "the new plan cannot be written: "+err.Error())
		return d
	}
	if d.Same = bytes.Equal(bytesNow, s.Plan); d.Same {
		return d
	}
	d.Differences = differences(was, is)
	for _, question := range answers.Unanswered {
		d.Differences = append(d.Differences, "this build also asks: "+question+", which was not asked then")
	}
	if len(d.Differences) == 0 {
		d.Differences = []string{"the same in all that is read, written in other bytes"}
	}
	return d
}

// differences tells two plans apart: the policy, who calls, the alerts, node by node, and the reasons.
func differences(was, is plan.Plan) []string {
	var all []string
	if was.Recording != is.Recording {
		all = append(all, tell("recording", asJSON(was.Recording), asJSON(is.Recording)))
	}
	for _, part := range []struct{ what, was, is string }{
		{"who calls", asJSON(was.Caller), asJSON(is.Caller)}, {"alerts", asJSON(was.Alerts), asJSON(is.Alerts)},
	} {
		if part.was != part.is {
			all = append(all, tell(part.what, part.was, part.is))
		}
	}
	for i := range max(len(was.Nodes), len(is.Nodes)) {
		if nodeJSON(was, i) != nodeJSON(is, i) {
			all = append(all, nodeDifferences(i, was, is)...)
		}
	}
	before, now := reasons(was), reasons(is)
	for _, r := range before {
		if !slices.Contains(now, r) {
			all = append(all, "reason then, not now: "+r)
		}
	}
	for _, r := range now {
		if !slices.Contains(before, r) {
			all = append(all, "reason now, not then: "+r)
		}
	}
	return all
}

func tell(what, was, is string) string {
	if was == "" {
		was = "nothing"
	}
	if is == "" {
		is = "nothing"
	}
	return what + ": was " + was + "; is " + is
}

// nodeDifferences tells one node of two plans apart: line by line where its words have as many lines in both, such as
// the devices of a Ring; whole where words do not tell them apart.
func nodeDifferences(i int, was, is plan.Plan) []string {
	before, now := nodeWords(was, i), nodeWords(is, i)
	at := fmt.Sprintf("node %d", i)
	switch {
	case slices.Equal(before, now):
		return []string{tell(at, nodeJSON(was, i), nodeJSON(is, i))}
	case len(before) != len(now):
		return []string{tell(at, strings.Join(before, "; "), strings.Join(now, "; "))}
	}
	var all []string
	for j := range before {
		if before[j] != now[j] {
			all = append(all, tell(at, before[j], now[j]))
		}
	}
	return all
}

// nodeWords is a node as the plan's words have it; none where the plan has no such node.
func nodeWords(p plan.Plan, i int) []string {
	if i >= len(p.Nodes) {
		return nil
	}
	words := plan.Plan{Nodes: p.Nodes[i : i+1]}.Words()[1:] // behind the line of the policy
	for j := range words {
		words[j] = strings.TrimSpace(words[j])
	}
	words[0] = strings.TrimPrefix(words[0], "0 ")
	return words
}

func nodeJSON(p plan.Plan, i int) string {
	if i >= len(p.Nodes) {
		return ""
	}
	return asJSON(p.Nodes[i])
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func reasons(p plan.Plan) []string {
	all := make([]string, 0, len(p.Because))
	for _, r := range p.Because {
		all = append(all, r.String())
	}
	return all
}
