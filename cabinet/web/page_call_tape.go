package web

import (
	"errors"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var tapeRoutes = []route{
	{pattern: "POST /calls/{call}/recording/hold", right: access.RecordingsKeep, do: settleTape(cabinet.HoldRecording)},
	{pattern: "POST /calls/{call}/recording/release", right: access.RecordingsKeep, do: settleTape(cabinet.LetGoRecording)},
	{pattern: "POST /calls/{call}/recording/delete", right: access.RecordingsDelete, do: settleTape(cabinet.DeleteRecording)},
}

// callTape is what became of a recording, and what the visitor may settle of it.
type callTape struct {
	Call          fmc.CallID
	Held, Deleted *callSettled // nil: it is not
	Lost          *moment      // since when its files are missing
	Keeps         bool         // the visitor may hold and release it
	Deletes       bool         // the visitor may delete it now
}

// callSettled is who settled something of a recording, when and why.
type callSettled struct {
	At  moment
	Who string // empty: a rule
	Why string
}

// tape reads what became of the recording, for whoever may hear it. One that is gone leaves no player behind.
func (p *callPage) tape() error {
	if p.record.Recording.Kept == nil || !p.hears() {
		return nil
	}
	r, err := p.keep().Recording(p.ctx(), p.record.ID)
	if errors.Is(err, cause.NotFound) { // it was delivered a moment ago
		return nil
	}
	t := &callTape{
		Call: p.record.ID, Held: p.settled(r.Held, r.HeldBy, r.HeldWhy), Deleted: p.settled(r.Gone, r.GoneBy, r.GoneWhy),
		Keeps: p.viewer.Reach(access.RecordingsKeep) > access.None, Deletes: r.Held == nil && p.viewer.Reach(access.RecordingsDelete) > access.None,
	}
	if r.Lost != nil {
		lost := p.at(*r.Lost)
		t.Lost = &lost
	}
	if r.Heard() != nil {
		p.view.Sound = nil
	}
	p.view.Tape = t
	return err
}

func (p *callPage) settled(at *time.Time, by, why string) *callSettled {
	if at == nil {
		return nil
	}
	if by == "" {
		why = p.said(why)
	}
	return &callSettled{p.at(*at), p.story.Person(fmc.EmployeeID(by)), why}
}

// settleTape holds the recording of a call, releases it or deletes it.
func settleTape(change cabinet.RecordingChange) func(*visit) (answer, error) {
	return func(v *visit) (answer, error) {
		f, err := v.read()
		if err != nil {
			return nil, err
		}
		call := fmc.CallID(v.PathValue("call"))
		said := notice{Text: v.say("call.tape-done-" + string(change))}
		_, err = v.site.o.API.SettleRecording(v.ctx(), v.viewer, call, change, f.Value("why"))
		switch {
		case errors.Is(err, cause.Invalid):
			said = notice{Text: v.say("call.tape-why-needed"), Bad: true}
		case errors.Is(err, cause.Conflict):
			said = notice{Text: v.say("call.tape-conflict"), Bad: true}
		case err != nil:
			return nil, err
		}
		return redirect{"/calls/" + string(call) + "#recording", said}, nil
	}
}
