package document

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/store"
)

// Apply is a new document for a company.
type Apply struct {
	Document string `json:"document"`
	File     string `json:"file,omitempty"` // its name in errors
	Base     int64  `json:"base"`           // the generation it was made from; 0: the company is new
	Author   string `json:"author"`
	Reason   string `json:"reason"`
	DryRun   bool   `json:"dry_run,omitempty"`  // look and change nothing
	Override string `json:"override,omitempty"` // why it is applied although its own tests fail

	draft fmc.EmployeeID // whose draft it is; empty: nobody's
}

// Applied is what an apply came to, or would.
type Applied struct {
	Company    fmc.CompanyID `json:"company"`
	Generation int64         `json:"generation"` // that stands now; on a dry run the base
	Changes    []string      `json:"changes"`
	Tests      []TestShown   `json:"tests"`
	// InForce: the node serves this generation. It may be a moment later where it does not answer at once.
	InForce bool `json:"in_force"`
}

// Limits of what is written beside a version, in bytes.
const (
	MostAuthor = 200
	MostReason = 2000
)

// Check refuses an apply that lacks what a version needs.
func (c Apply) Check() error {
	for _, field := range []struct {
		name, text string
		most       int
		must       bool
	}{{"author", c.Author, MostAuthor, true}, {"reason", c.Reason, MostReason, true}, {"override", c.Override, MostReason, false}} {
		switch {
		case field.must && !c.DryRun && strings.TrimSpace(field.text) == "":
			return cause.Errorf(cause.Invalid, "%s is missing: a version says who made it and why", field.name)
		case len(field.text) > field.most:
			return cause.Errorf(cause.Invalid, "%s: %d bytes are too many: write at most %d", field.name, len(field.text), field.most)
		case strings.ContainsFunc(field.text, unicode.IsControl):
			return cause.Errorf(cause.Invalid, "%s: write one line, without control characters", field.name)
		}
	}
	if c.Base < 0 {
		return cause.Errorf(cause.Invalid, "base %d: write the generation that the document was made from, 0 for a new company", c.Base)
	}
	return nil
}

// Apply applies a document, or on a dry run says what that would come to.
func (a *Archive) Apply(ctx context.Context, id fmc.CompanyID, c Apply) (Applied, error) {
	done := Applied{Company: id, Generation: c.Base}
	company, err := a.readDocument(id, c)
	if err != nil {
		return done, err
	}
	if done.Changes, err = a.changes(ctx, id, c); err != nil {
		return done, err
	}
	done.Tests = Judge(company, a.quiet(company))
	if err := a.mayPass(c, done); err != nil || c.DryRun {
		return done, err
	}
	use, err := a.o.Speak(ctx, company)
	if err != nil {
		return done, err
	}
	change := store.Change{Base: c.Base, Document: c.Document, Company: company, Author: c.Author, Reason: c.Reason, Draft: c.draft}
	change.Failed = failures(done.Tests)
	change.Passed = len(done.Tests) - change.Failed
	if c.Override != "" && change.Failed > 0 {
		change.Reason += " (tests overridden: " + c.Override + ")"
	}
	switch e := store.Auditing(ctx); after := e.After.(type) {
	case nil:
		e.After = done.Changes
	case map[string]any:
		after["changes"] = done.Changes
	}
	if done.Generation, err = a.o.Store.For(id).Apply(ctx, change); err != nil {
		return done, err
	}
	use()
	done.InForce = a.inForce(ctx, id, done.Generation)
	a.o.Log.Info("company applied", "company", id, "version", done.Generation, "count", len(done.Changes))
	return done, nil
}

// quiet is the company with nobody busy and the lines that there are.
func (a *Archive) quiet(c *fmc.Company) plan.World {
	return call.Quiet(c, func(d fmc.DeviceID) []fmc.LineState { return a.o.Reach(c, d) })
}

// readDocument reads a document that must be the company's, and claims nothing that the machine does not grant it.
func (a *Archive) readDocument(id fmc.CompanyID, c Apply) (*fmc.Company, error) {
	file := c.File
	if file == "" {
		file = string(id) + ".yaml"
	}
	company, err := configs.ReadCompany(file, []byte(c.Document))
	if err != nil {
		return nil, err
	}
	if company.Profile.ID != id {
		return nil, cause.Errorf(cause.Invalid, "%s: it is of company %q, not of %q", file, company.Profile.ID, id)
	}
	if err := a.o.Granted(company); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return company, nil
}

// changes compares a document with the newest version, which must be its base.
func (a *Archive) changes(ctx context.Context, id fmc.CompanyID, c Apply) ([]string, error) {
	newest, err := a.o.Store.For(id).Version(ctx, 0)
	switch {
	case cause.KindOf(err) == cause.NotFound:
		newest = store.Version{}
	case err != nil:
		return nil, err
	}
	if err := newest.Follows(c.Base); err != nil {
		return nil, err
	}
	return configs.Difference(newest.Document, c.Document), nil
}

// TestsFailed is an apply that the company's own tests refuse.
type TestsFailed struct {
	error
	Changes []string
	Tests   []TestShown
}

// Unwrap gives the kind.
func (t *TestsFailed) Unwrap() error { return t.error }

// mayPass refuses a document whose own tests fail, unless somebody says why it is applied all the same.
func (a *Archive) mayPass(c Apply, done Applied) error {
	failed := failures(done.Tests)
	if failed == 0 || c.Override != "" || c.DryRun {
		return nil
	}
	return &TestsFailed{
		error:   cause.Errorf(cause.Denied, "%d of the %d tests in the document fail: mend the document or its tests, or override them with a reason", failed, len(done.Tests)),
		Changes: done.Changes, Tests: done.Tests,
	}
}

func failures(tests []TestShown) int {
	n := 0
	for _, t := range tests {
		if !t.Passed {
			n++
		}
	}
	return n
}

// inForcePatience is how long an apply waits for the node to serve what was applied.
const inForcePatience = 3 * time.Second

// inForce waits until the directory has a generation, and reports whether it does.
func (a *Archive) inForce(ctx context.Context, id fmc.CompanyID, generation int64) bool {
	ctx, cancel := context.WithTimeout(ctx, inForcePatience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, ok := a.o.Directory.Company(id); ok && c.Generation >= generation {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}
