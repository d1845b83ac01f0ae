package cabinet

import (
	"context"
	"net/http"

	"roadline/cabinet/access"
	"roadline/cabinet/ladder"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// Traces are what passed on the wires of calls: *store.Traces.
type Traces interface {
	// Trace returns a call's, also while it goes on; cause.NotFound where the company has no such call.
	Trace(ctx context.Context, company fmc.CompanyID, call fmc.CallID) ([]fmc.TraceLine, error)
}

// Traced is a call as an operator looks at it.
type Traced struct {
	Ladder  ladder.Ladder  `json:"ladder"`
	Quality ladder.Quality `json:"quality"`
	Verdict string         `json:"verdict"` // how it sounded, in a sentence
	Text    string         `json:"text"`    // the ladder for a terminal
	Mermaid string         `json:"mermaid"` // the ladder as a sequence diagram
}

// tracedOf draws a call; raw: with every message whole in the text.
func tracedOf(s ladder.Story, raw bool) Traced {
	x := Traced{Ladder: ladder.Build(s), Quality: ladder.Listen(s)}
	x.Verdict, x.Text, x.Mermaid = x.Quality.Verdict.English(), x.Ladder.Text(raw), x.Ladder.Mermaid()
	return x
}

// trace returns the ladder of a call. Parameter raw: with every message whole.
func (a *API) trace(r *http.Request) (any, error) {
	id, call, err := a.callIn(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "private", "raw")
	if err != nil {
		return nil, err
	}
	record, err := a.recordFor(r.Context(), id, call, fmc.EmployeeID(q.Get("private")))
	if err != nil {
		return nil, err
	}
	s, err := a.Story(r.Context(), record)
	return tracedOf(s, q.Has("raw")), err
}

// RecordFor returns a call's record where a right of the viewer reaches it. One that it does not reach is as unknown as
// one that never was.
func (a *API) RecordFor(ctx context.Context, v access.Viewer, right access.Right, id fmc.CallID) (fmc.Record, error) {
	r, err := a.o.Store.For(v.Company).Call(ctx, id)
	if err == nil && !seesRecord(v, right, r) {
		err = cause.Errorf(cause.NotFound, "there is no call %s", id)
	}
	return r, err
}

// Story is all that is known of a call: its record, what happened, and what passed on the wires.
func (a *API) Story(ctx context.Context, record fmc.Record) (ladder.Story, error) {
	facts, err := a.o.Store.For(record.Company).Facts(ctx, record.ID)
	if err != nil {
		return ladder.Story{}, err
	}
	lines, err := a.o.Traces.Trace(ctx, record.Company, record.ID)
	if err != nil {
		return ladder.Story{}, err
	}
	return ladder.Story{Record: record, Facts: facts, Trace: lines, Person: a.names(record.Company)}, nil
}

// names says what the people of a company are called; by their ids, where it does not know them any more.
func (a *API) names(id fmc.CompanyID) func(fmc.EmployeeID) string {
	c, ok := a.o.Directory.Company(id)
	return func(id fmc.EmployeeID) string {
		if ok {
			if e, known := c.Employee(id); known {
				return e.Name
			}
		}
		return string(id)
	}
}

// addTrace adds what an operator asks of the wires.
func addTrace(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/calls/{call}/trace", id: "calls.trace", about: aboutCalls, right: access.CallsTrace,
		summary: "Draw a call as a ladder",
		more:    "Every SIP message, AT line and figure of sound, every choice and what came of it, on one axis of time; also while the call goes on. Secrets are cut out.",
	}, p.showTrace)
}

func (p *Public) showTrace(ctx context.Context, who asker, in *CallPath) (Traced, error) {
	record, err := p.api.RecordFor(ctx, who.Viewer, access.CallsTrace, in.Call)
	if err != nil {
		return Traced{}, err
	}
	s, err := p.api.Story(ctx, record)
	return tracedOf(s, false), err
}
