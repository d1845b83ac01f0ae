// Package notify tells people of what happened while they were not looking: voicemail, alerts, clients who should be
// called back. It writes letters and short texts in the company's language and gives them to the mail server and to a
// SIM card; whom they go to stands in the company's document. It decides nothing about calls, and keeps nothing: what is
// to be told waits as jobs in the store. Start at Desk; Server is the mail server.
package notify

import (
	"context"
	"log/slog"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/jobs"
)

// Post takes letters.
type Post interface {
	// Send gives a letter away and returns when somebody else answers for it. An error of kind cause.Invalid says that it
	// will never be taken, any other that it may be later.
	Send(context.Context, Letter) error
}

// Texter sends short texts by a SIM card of the company whose mandate allows messages.
type Texter interface {
	// Text returns when the text is kept and will be sent, once. Kinds of errors: unavailable, where it may go later;
	// others, where it never will.
	Text(ctx context.Context, company fmc.CompanyID, to, text string) error
}

// Options are what a Desk stands on.
type Options struct {
	Store      *store.Store
	Companies  fmc.Directory
	Post       Post   // nil: nothing is mailed
	Texter     Texter // nil: nobody is texted
	Recordings string // folder of the recordings
	Now        func() time.Time
	Log        *slog.Logger
}

// Desk does the jobs that tell people.
type Desk struct {
	o Options
}

// New returns a desk. Without a mail server it says so, once.
func New(o Options) *Desk {
	if o.Post == nil {
		o.Log.Warn("nothing is mailed, for roadline.yaml names no mail server: alerts stand in the log and in the list")
	}
	return &Desk{o}
}

// What follows from the jobs that a drain gives.
const (
	gatherLetter   store.JobKind = "alert_letters"
	gatherText     store.JobKind = "alert_texts"
	alertLetter    store.JobKind = "alert_letter"
	alertText      store.JobKind = "alert_text"
	dueLetter      store.JobKind = "missed_due_letter"
	escalateLetter store.JobKind = "missed_escalate_letter"
)

// Works are how the jobs are done, for jobs.New.
func (d *Desk) Works() map[store.JobKind]jobs.Work {
	return map[store.JobKind]jobs.Work{
		store.JobVoicemail:      {Do: d.voicemail},
		store.JobAlert:          {Do: d.alert},
		gatherLetter:            {Do: become(alertLetter), Every: alertPause},
		gatherText:              {Do: become(alertText), Every: alertPause},
		alertLetter:             {Do: d.alertLetter},
		alertText:               {Do: d.alertText, Once: true},
		store.JobAlarm:          {Do: d.alarm},
		alarmLetter:             {Do: d.alarmLetter},
		store.JobMissedDue:      {Do: d.due},
		store.JobMissedEscalate: {Do: d.escalate},
		dueLetter:               {Do: d.missedLetter},
		escalateLetter:          {Do: d.missedLetter},
		store.JobMissedText:     {Do: d.missedText, Once: true},
	}
}

// become turns a task that was gathered into one of another kind.
func become(kind store.JobKind) func(context.Context, jobs.Task) ([]jobs.Task, error) {
	return func(_ context.Context, t jobs.Task) ([]jobs.Task, error) {
		t.Kind, t.Key, t.At = kind, "", time.Time{}
		return []jobs.Task{t}, nil
	}
}

// each is a task of that kind about the same for everybody who is named, each once.
func each(kind store.JobKind, t jobs.Task, to []string) []jobs.Task {
	var all []jobs.Task
	seen := map[string]bool{"": true}
	for _, address := range to {
		if seen[address] {
			continue
		}
		seen[address] = true
		all = append(all, jobs.Task{Job: store.Job{Kind: kind, Company: t.Company, Call: t.Call, N: t.N}, To: address})
	}
	return all
}

// company returns a task's company. One that is not there yet may come: the directory is filled while a node starts.
func (d *Desk) company(t jobs.Task) (*fmc.Company, error) {
	c, ok := d.o.Companies.Company(t.Company)
	if !ok {
		return nil, cause.Errorf(cause.Unavailable, "company %s is not on this node", t.Company)
	}
	return c, nil
}

// mailOf is where a person is written to; empty: nowhere.
func mailOf(c *fmc.Company, id fmc.EmployeeID) string {
	if e, ok := c.Employee(id); ok {
		return e.Mail
	}
	return ""
}

// nameOf is a person as people of the company know them.
func nameOf(c *fmc.Company, id fmc.EmployeeID) string {
	if e, ok := c.Employee(id); ok && e.Name != "" {
		return e.Name
	}
	return string(id)
}

// groupName is a group as people of the company know it.
func groupName(c *fmc.Company, id fmc.GroupID) string {
	if g, ok := c.Group(id); ok && g.Name != "" {
		return g.Name
	}
	return string(id)
}
