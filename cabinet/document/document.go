// Package document is the company's document in the cabinet: its versions, what applying another would change, the drafts that
// people make of it, the company's own tests, and what a call comes to on it, supposed or of the past.
//
// It decides nothing about a call (fmc/plan does), reads no request and shows no page. Who may do a thing to a draft is asked
// here; who may apply a whole text is the caller's to ask. Start reading at Archive: apply.go makes a version, draft.go what
// comes before one, explain.go and replay.go say what it would do to calls.
package document

import (
	"context"
	"log/slog"
	"time"

	"roadline/fmc"
	"roadline/fmc/plan"
	"roadline/store"
)

// Options are what an Archive stands on. The functions of the node do not wait, but for Speak.
type Options struct {
	Store     *store.Store
	Directory *store.Directory
	// Calls are those of the node: who is busy and which lines are ready now.
	Calls interface {
		World(c *fmc.Company, now time.Time) plan.World
	}
	// Reach returns which lines may reach a device of a company now.
	Reach func(*fmc.Company, fmc.DeviceID) []fmc.LineState
	// Granted refuses a company that claims what the machine does not grant it, with cause.Denied.
	Granted func(*fmc.Company) error
	// Lasts returns how long a prompt is that the people of a company hear.
	Lasts func(fmc.CompanyID, fmc.PromptID) time.Duration
	// Speak makes the prompts and names of a company that is about to be applied; calls hear them once use is called. It
	// may take a while.
	Speak func(context.Context, *fmc.Company) (use func(), err error)
	Now   func() time.Time
	Log   *slog.Logger
}

// Archive has the documents of the node's companies. Any goroutine may ask it.
type Archive struct{ o Options }

// New returns an archive. It starts nothing.
func New(o Options) *Archive { return &Archive{o} }

// Most is how large a document may be, in bytes. One of ten thousand people fits.
const Most = 8 << 20

// VersionShown is a version of a company's document; Document is empty in lists.
type VersionShown struct {
	Generation int64     `json:"generation"`
	Author     string    `json:"author"`
	Reason     string    `json:"reason"`
	At         time.Time `json:"at"`
	Document   string    `json:"document,omitempty"`
	Passed     int       `json:"tests_passed"` // of the company's own; both 0: there were none, or nobody counted
	Failed     int       `json:"tests_failed"`
}

// Show shows a version.
func Show(v store.Version) VersionShown {
	return VersionShown{
		Generation: v.Generation, Author: v.Author, Reason: v.Reason, At: v.At.UTC(), Document: v.Document, Passed: v.Passed, Failed: v.Failed,
	}
}
