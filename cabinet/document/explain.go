package document

import (
	"time"

	"roadline/cabinet/times"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/plan"
)

// Question asks what would happen to a call. Empty fields are as in call.Supposed.
type Question struct {
	At      string   `json:"at,omitempty"` // as times.Read reads it
	From    string   `json:"from,omitempty"`
	To      string   `json:"to,omitempty"`
	By      string   `json:"by,omitempty"`
	Dial    string   `json:"dial,omitempty"`
	Show    string   `json:"show,omitempty"`
	Keys    string   `json:"keys,omitempty"`
	Answers []string `json:"answers,omitempty"`
}

func (q Question) supposed() call.Supposed {
	return call.Supposed{From: q.From, To: q.To, By: q.By, Dial: q.Dial, Show: q.Show, Keys: q.Keys, Answers: q.Answers}
}

// Explained is what would happen.
type Explained struct {
	Company    fmc.CompanyID `json:"company"`
	Generation int64         `json:"generation,omitempty"` // 0: of a file
	At         time.Time     `json:"at"`                   // in the company's zone
	World      string        `json:"world"`                // "live": who is busy and which lines are ready now; "quiet": nobody is, all are
	Status     fmc.Status    `json:"status"`
	End        string        `json:"end"`
	Recording  string        `json:"recording"`
	Rings      []RingShown   `json:"rings"`
	Plans      []PlanShown   `json:"plans"`
}

// RingShown is one device that would ring.
type RingShown struct {
	At     times.Seconds `json:"at_s"` // since the call began
	Device fmc.DeviceID  `json:"device"`
	Number string        `json:"number,omitempty"` // that is dialled
	Line   fmc.LineID    `json:"line"`
	Shows  string        `json:"shows"`         // the number that its person sees
	Why    string        `json:"why,omitempty"` // it shows another than was wished
}

// PlanShown is one plan in words.
type PlanShown struct {
	At     times.Seconds `json:"at_s"` // since the call began
	Thread int           `json:"thread"`
	Words  []string      `json:"words"`
}

// Surroundings are what a company that serves has around it. The zero value is a company file on a desk: nobody is busy,
// every line is ready, and a prompt is three seconds long.
type Surroundings struct {
	Live  plan.World                         // who is busy and which lines are ready now
	Reach func(fmc.DeviceID) []fmc.LineState // which lines there are
	Lasts func(fmc.PromptID) time.Duration   // how long a prompt really is
}

// Explain says what would happen to a call, on a document or on a company that serves: now as things stand, at another
// time with nobody busy.
func Explain(c *fmc.Company, around Surroundings, q Question, now time.Time) (Explained, error) {
	at, err := times.Read(q.At, c.Profile.Zone, now)
	if err != nil {
		return Explained{}, err
	}
	s := q.supposed()
	request, err := s.Request(c)
	if err != nil {
		return Explained{}, err
	}
	script, err := s.Script(c)
	if err != nil {
		return Explained{}, err
	}
	script.Lasts = around.Lasts
	w, world := around.Live, "live"
	if around.Live == nil || !at.Equal(now) {
		w, world = call.Quiet(c, around.Reach), "quiet"
	}
	r := call.Rehearse(c, w, request, at, script)
	x := Explained{
		Company: c.Profile.ID, Generation: c.Generation, At: at.In(c.Profile.Zone).Truncate(time.Second), World: world,
		Status: r.Record.Status, End: r.Record.Cause.Text, Recording: recordingWords(r), Rings: []RingShown{}, Plans: plansOf(r),
	}
	for _, ring := range r.Rings {
		x.Rings = append(x.Rings, RingShown{
			At: times.In(ring.At), Device: ring.Device, Number: ring.Number.String(), Line: ring.Line, Shows: ring.Shown.From.String(), Why: ring.Shown.Reason,
		})
	}
	return x, nil
}

// recordingWords says whether the call would be recorded, and why.
func recordingWords(r call.Rehearsal) string {
	if len(r.Plans) == 0 {
		return ""
	}
	p := r.Plans[len(r.Plans)-1].Recording
	if !p.Record {
		return "not recorded: " + p.Why
	}
	return "recorded: " + p.Why
}

// plansOf are a rehearsal's plans in words.
func plansOf(r call.Rehearsal) []PlanShown {
	shown := []PlanShown{}
	for _, f := range r.Facts {
		p, ok := f.Body.(fmc.Planned)
		if !ok || len(shown) >= len(r.Plans) {
			continue
		}
		shown = append(shown, PlanShown{At: times.In(f.At), Thread: p.Thread, Words: r.Plans[len(shown)].Words()})
	}
	return shown
}

// TestShown is how one of a company's own tests came out.
type TestShown struct {
	Name   string      `json:"name"`
	Passed bool        `json:"passed"`
	Failed []string    `json:"failed,omitempty"` // what is not as it should be
	Plans  []PlanShown `json:"plans,omitempty"`  // of a test that failed
}

// Judge runs a company's own tests, in the order of the file.
func Judge(c *fmc.Company, w plan.World) []TestShown {
	shown := []TestShown{}
	for _, t := range c.Tests {
		v := call.Judge(c, w, t)
		s := TestShown{Name: t.Name, Passed: len(v.Failed) == 0, Failed: v.Failed}
		if !s.Passed {
			s.Plans = plansOf(v.Rehearsal)
		}
		shown = append(shown, s)
	}
	return shown
}

// Suppose says what would happen to a call of a company that serves.
func (a *Archive) Suppose(c *fmc.Company, q Question) (Explained, error) {
	now := a.o.Now()
	reach := func(d fmc.DeviceID) []fmc.LineState { return a.o.Reach(c, d) }
	lasts := func(say fmc.PromptID) time.Duration { return a.o.Lasts(c.Profile.ID, say) }
	return Explain(c, Surroundings{Live: a.o.Calls.World(c, now), Reach: reach, Lasts: lasts}, q, now)
}
