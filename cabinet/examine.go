package cabinet

import (
	"context"
	"net/http"
	"slices"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/doctor"
	"roadline/fmc/cause"
)

// Examined is what the doctor found.
type Examined struct {
	Level    doctor.Level     `json:"level"` // the gravest
	Findings []doctor.Finding `json:"findings"`
}

// examine looks for what is wrong with the node.
func (a *API) examine(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	found := a.o.Node.Doctor(r.Context())
	return Examined{Level: doctor.Worst(found), Findings: found}, nil
}

// Alone reports whether the node serves one company, whose operators have then the whole of it.
func (a *API) Alone() bool { return a.o.Directory.State().Companies <= 1 }

// Findings returns what the doctor found that is a viewer's business, and when: what is of the viewer's company, and, where
// the node has no other, what is of the node.
func (a *API) Findings(ctx context.Context, v access.Viewer) ([]doctor.Finding, time.Time, error) {
	found, at, err := a.checkup.findings(ctx)
	alone := a.Alone()
	return slices.DeleteFunc(found, func(f doctor.Finding) bool {
		of := f.Values["company"]
		return of != string(v.Company) && (of != "" || !alone)
	}), at, err
}

// checkupKept is how long what was found is told again: to look takes seconds, writes a file and calls the mail server.
const checkupKept = time.Minute

// checkup asks the doctor for those who look at a page, one at a time.
type checkup struct {
	ask  func(context.Context) []doctor.Finding // nil: there is no doctor
	now  func() time.Time
	turn chan struct{} // of one; who puts something in has the fields below
	at   time.Time     // zero: never
	last []doctor.Finding
}

func newCheckup(o Options) *checkup {
	return &checkup{ask: o.Node.Doctor, now: o.Now, turn: make(chan struct{}, 1)}
}

// findings returns what was found within the last minute, and when. The caller may change the list.
func (c *checkup) findings(ctx context.Context) ([]doctor.Finding, time.Time, error) {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, time.Time{}, cause.Errorf(cause.Unavailable, "look for what is wrong: %w", ctx.Err())
	}
	defer func() { <-c.turn }()
	now := c.now()
	if c.ask == nil {
		return nil, now, nil
	}
	if c.at.IsZero() || now.Sub(c.at) >= checkupKept {
		found := c.ask(ctx)
		if ctx.Err() != nil { // the doctor left off in the middle
			return found, now, nil
		}
		c.at, c.last = now, found
	}
	return slices.Clone(c.last), c.at, nil
}
