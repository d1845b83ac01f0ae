package cabinet

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
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

// Limits of what is written beside a version.
const (
	mostAuthor = 200
	mostReason = 2000
)

// check refuses an apply that lacks what a version needs.
func (c Apply) check() error {
	for _, field := range []struct {
		name, text string
		most       int
		must       bool
	}{{"author", c.Author, mostAuthor, true}, {"reason", c.Reason, mostReason, true}, {"override", c.Override, mostReason, false}} {
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

// apply makes a document the company's newest version, all of it or nothing.
func (a *API) apply(r *http.Request) (any, error) {
	id, err := companyIn(r)
	if err != nil {
		return nil, err
	}
	var c Apply
	if err := read(r, &c); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return a.applyDocument(r.Context(), id, c)
}

// applyDocument applies a document, or on a dry run says what that would come to.
func (a *API) applyDocument(ctx context.Context, id fmc.CompanyID, c Apply) (Applied, error) {
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
	use, err := a.o.Node.Speak(ctx, company)
	if err != nil {
		return done, err
	}
	change := store.Change{Base: c.Base, Document: c.Document, Company: company, Author: c.Author, Reason: c.Reason, Draft: c.draft}
	change.Failed = failures(done.Tests)
	change.Passed = len(done.Tests) - change.Failed
	if c.Override != "" && change.Failed > 0 {
		change.Reason += " (tests overridden: " + c.Override + ")"
	}
	if e := store.Auditing(ctx); e.After == nil {
		e.After = done.Changes
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
func (a *API) quiet(c *fmc.Company) plan.World {
	return call.Quiet(c, func(d fmc.DeviceID) []fmc.LineState { return a.o.Node.Reach(c, d) })
}

// readDocument reads a document that must be the company's, and claims nothing that the machine does not grant it.
func (a *API) readDocument(id fmc.CompanyID, c Apply) (*fmc.Company, error) {
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
	if err := a.o.Node.Granted(company); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return company, nil
}

// changes compares a document with the newest version, which must be its base.
func (a *API) changes(ctx context.Context, id fmc.CompanyID, c Apply) ([]string, error) {
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

// mayPass refuses a document whose own tests fail, unless somebody says why it is applied all the same.
func (a *API) mayPass(c Apply, done Applied) error {
	failed := failures(done.Tests)
	if failed == 0 || c.Override != "" || c.DryRun {
		return nil
	}
	return &testsFailed{
		error:   cause.Errorf(cause.Denied, "%d of the %d tests in the document fail: mend the document or its tests, or override them with a reason", failed, len(done.Tests)),
		changes: done.Changes, tests: done.Tests,
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
func (a *API) inForce(ctx context.Context, id fmc.CompanyID, generation int64) bool {
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

// document returns the text of the newest version, or of the one asked for.
func (a *API) document(r *http.Request) (any, error) {
	id, err := companyIn(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "generation")
	if err != nil {
		return nil, err
	}
	var generation int64
	if text := q.Get("generation"); text != "" {
		if generation, err = strconv.ParseInt(text, 10, 64); err != nil || generation < 1 {
			return nil, cause.Errorf(cause.Invalid, "generation %q: write a whole number from 1", text)
		}
	}
	v, err := a.o.Store.For(id).Version(r.Context(), generation)
	if err != nil {
		return nil, err
	}
	return showVersion(v), nil
}

func (a *API) versions(r *http.Request) (any, error) {
	id, err := companyIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	all, err := a.o.Store.For(id).Versions(r.Context())
	if err != nil {
		return nil, err
	}
	shown := make([]VersionShown, 0, len(all))
	for _, v := range all {
		shown = append(shown, showVersion(v))
	}
	return shown, nil
}

func showVersion(v store.Version) VersionShown {
	return VersionShown{
		Generation: v.Generation, Author: v.Author, Reason: v.Reason, At: v.At.UTC(), Document: v.Document, Passed: v.Passed, Failed: v.Failed,
	}
}
