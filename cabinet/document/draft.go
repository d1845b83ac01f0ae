package document

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// Draft is what a person is about to change in the company's document. Who changed nothing yet has the newest version.
type Draft struct {
	Base     int64 // the generation it was made from
	Edition  int64 // counts its changes; 0: there is none yet
	At       time.Time
	Document string
	Newest   VersionShown // without its document
	Changes  []string     // against its base
	Mistakes []Mistake    // none: it can be published, if its tests pass
	Company  *fmc.Company // what it says; nil where it has mistakes
}

// Stale reports that somebody published another version since the draft was begun.
func (d Draft) Stale() bool { return d.Edition > 0 && d.Base != d.Newest.Generation }

// Changed reports that the draft says something else than its base.
func (d Draft) Changed() bool { return d.Edition > 0 && len(d.Changes) > 0 }

// Mistake is one thing that is wrong in a document.
type Mistake struct {
	Line int    `json:"line"` // 0: of the whole
	Text string `json:"text"` // what is wrong and what to write
	// Place is what the line belongs to, where a form made it: "employees", "ivanov", "mobile".
	Place []string `json:"place,omitempty"`
}

// mistakesOf are what ReadCompany said of a file, by line.
func mistakesOf(file string, err error) []Mistake {
	var all []Mistake
	for _, text := range configs.Lines(err) {
		m := Mistake{Text: text}
		if rest, ok := strings.CutPrefix(text, file+":"); ok {
			line, words, _ := strings.Cut(rest, ": ")
			if n, err := strconv.Atoi(line); err == nil {
				m.Line, m.Text = n, words
			} else {
				m.Text = strings.TrimSpace(rest)
			}
		}
		all = append(all, m)
	}
	return all
}

// Draft returns the viewer's draft, or the newest version where they have none.
func (a *Archive) Draft(ctx context.Context, v access.Viewer) (Draft, error) {
	if err := v.Need(access.DocumentRead, access.Company); err != nil {
		return Draft{}, err
	}
	d, newest, err := a.draftOf(ctx, v)
	if err != nil {
		return Draft{}, err
	}
	return a.look(ctx, v, d, newest)
}

// draftOf returns the viewer's draft, one without edition where they have none, and the newest version.
func (a *Archive) draftOf(ctx context.Context, v access.Viewer) (store.Draft, store.Version, error) {
	tenant := a.o.Store.For(v.Company)
	newest, err := tenant.Version(ctx, 0)
	if err != nil {
		return store.Draft{}, newest, err
	}
	d, err := tenant.Draft(ctx, v.Employee)
	if cause.KindOf(err) == cause.NotFound {
		d, err = store.Draft{Author: v.Employee, Base: newest.Generation, Document: newest.Document}, nil
	}
	return d, newest, err
}

// look reads a draft and compares it with its base.
func (a *Archive) look(ctx context.Context, v access.Viewer, d store.Draft, newest store.Version) (Draft, error) {
	shown := Draft{Base: d.Base, Edition: d.Edition, At: d.At, Document: d.Document, Newest: Show(newest), Changes: []string{}}
	shown.Newest.Document = ""
	base := newest
	if d.Base != newest.Generation {
		var err error
		if base, err = a.o.Store.For(v.Company).Version(ctx, d.Base); err != nil {
			return Draft{}, err
		}
	}
	if d.Edition > 0 {
		shown.Changes = configs.Difference(base.Document, d.Document)
	}
	shown.Company, shown.Mistakes = a.readDraft(v.Company, d.Document)
	if shown.Company != nil {
		shown.Company.Generation = d.Base
	}
	return shown, nil
}

// readDraft reads a document as readDocument does, and tells what is wrong by line.
func (a *Archive) readDraft(id fmc.CompanyID, document string) (*fmc.Company, []Mistake) {
	company, err := a.readDocument(id, Apply{Document: document})
	if err != nil {
		return nil, mistakesOf(string(id)+".yaml", err)
	}
	return company, nil
}

// MayDraft refuses who may not change the document, and who is no person: a draft is somebody's.
func MayDraft(v access.Viewer) error {
	if err := v.Need(access.DocumentChange, access.Company); err != nil {
		return err
	}
	if v.Employee == "" {
		return cause.Errorf(cause.Denied, "a draft is a person's: a service sends whole documents")
	}
	return nil
}

// EditDraft makes changes in the viewer's draft, which begins with the first of them. Changes that would make a document
// wrong that was right are refused with cause.Invalid and change nothing.
func (a *Archive) EditDraft(ctx context.Context, v access.Viewer, changes ...configs.Change) (Draft, error) {
	if err := MayDraft(v); err != nil {
		return Draft{}, err
	}
	d, newest, err := a.draftOf(ctx, v)
	if err != nil {
		return Draft{}, err
	}
	document, err := configs.EditCompany(d.Document, changes...)
	if err != nil || document == d.Document {
		return Draft{}, orUnchanged(err)
	}
	if err := a.noWorse(v.Company, d.Document, document); err != nil {
		return Draft{}, err
	}
	was := d.Document
	d.Document = document
	return a.keepDraft(ctx, v, was, d, newest)
}

// orUnchanged is an error, or that nothing was changed.
func orUnchanged(err error) error {
	if err != nil {
		return err
	}
	return ErrUnchanged
}

// ErrUnchanged: a form was sent as it was shown.
var ErrUnchanged = cause.Errorf(cause.Invalid, "nothing was changed")

// noWorse refuses a document with mistakes that come of a right one.
func (a *Archive) noWorse(id fmc.CompanyID, was, is string) error {
	if _, mistakes := a.readDraft(id, is); len(mistakes) > 0 {
		if company, _ := a.readDraft(id, was); company != nil {
			for i, m := range mistakes {
				mistakes[i].Place = configs.PlaceAt(is, m.Line)
			}
			return Refuse(cause.Errorf(cause.Invalid, "%s", mistakes[0].Text), mistakes)
		}
	}
	return nil
}

// Mistaken is a change that was refused because the document would be wrong.
type Mistaken struct {
	error
	Mistakes []Mistake
}

// Refuse refuses a change with what would be wrong.
func Refuse(err error, mistakes []Mistake) *Mistaken { return &Mistaken{err, mistakes} }

// Unwrap gives the kind.
func (m *Mistaken) Unwrap() error { return m.error }

// WriteDraft takes a whole text as the viewer's draft, right or wrong, in place of the edition that they looked at.
func (a *Archive) WriteDraft(ctx context.Context, v access.Viewer, edition int64, document string) (Draft, error) {
	if err := MayDraft(v); err != nil {
		return Draft{}, err
	}
	if len(document) > Most {
		return Draft{}, cause.Errorf(cause.Invalid, "%d bytes are too many for a document: write at most %d", len(document), Most)
	}
	d, newest, err := a.draftOf(ctx, v)
	if err != nil {
		return Draft{}, err
	}
	if d.Edition != edition {
		return Draft{}, errOtherWindow
	}
	was := d.Document
	d.Document = document
	return a.keepDraft(ctx, v, was, d, newest)
}

var errOtherWindow = cause.Errorf(cause.Conflict, "your draft was changed meanwhile, in another window: look at it and change it again")

// keepDraft keeps a draft that had another document before. The audit tells the difference.
func (a *Archive) keepDraft(ctx context.Context, v access.Viewer, was string, d store.Draft, newest store.Version) (Draft, error) {
	store.Auditing(ctx).After = configs.Difference(was, d.Document)
	d, err := a.o.Store.For(v.Company).SaveDraft(ctx, d)
	if err != nil {
		return Draft{}, err
	}
	return a.look(ctx, v, d, newest)
}

// DiscardDraft forgets the viewer's draft.
func (a *Archive) DiscardDraft(ctx context.Context, v access.Viewer) error {
	if err := MayDraft(v); err != nil {
		return err
	}
	return a.o.Store.For(v.Company).RemoveDraft(ctx, v.Employee)
}

// ReturnTo makes an older version the viewer's draft, on the newest: publishing it undoes what came since.
func (a *Archive) ReturnTo(ctx context.Context, v access.Viewer, generation int64) (Draft, error) {
	if err := MayDraft(v); err != nil {
		return Draft{}, err
	}
	older, err := a.o.Store.For(v.Company).Version(ctx, generation)
	if err != nil {
		return Draft{}, err
	}
	d, newest, err := a.draftOf(ctx, v)
	if err != nil {
		return Draft{}, err
	}
	was := d.Document
	d.Base, d.Document = newest.Generation, older.Document
	return a.keepDraft(ctx, v, was, d, newest)
}

// Ahead is what others published since a draft was begun.
type Ahead struct {
	Changes   []string
	Conflicts []configs.Conflict // places that the draft changes too, in other ways
}

// Ahead tells what others published since the viewer's draft was begun.
func (a *Archive) Ahead(ctx context.Context, v access.Viewer) (Ahead, error) {
	if err := v.Need(access.DocumentRead, access.Company); err != nil {
		return Ahead{}, err
	}
	_, newest, base, d, err := a.threeOf(ctx, v)
	if err != nil {
		return Ahead{}, err
	}
	x := Ahead{Changes: configs.Difference(base.Document, newest.Document)}
	_, x.Conflicts, err = configs.Merge(base.Document, d.Document, newest.Document, false)
	if cause.KindOf(err) == cause.Invalid { // the draft is no YAML: nothing can be told by places
		err = nil
	}
	return x, err
}

// threeOf returns what a merge needs.
func (a *Archive) threeOf(ctx context.Context, v access.Viewer) (tenant *store.Tenant, newest, base store.Version, d store.Draft, err error) {
	tenant = a.o.Store.For(v.Company)
	if d, newest, err = a.draftOf(ctx, v); err == nil {
		base, err = tenant.Version(ctx, d.Base)
	}
	return tenant, newest, base, d, err
}

// CatchUp makes the changes of the viewer's draft in the newest version. Where others changed the same places it has the
// viewer's, or with keepMine false theirs.
func (a *Archive) CatchUp(ctx context.Context, v access.Viewer, keepMine bool) (Draft, error) {
	if err := MayDraft(v); err != nil {
		return Draft{}, err
	}
	_, newest, base, d, err := a.threeOf(ctx, v)
	if err != nil {
		return Draft{}, err
	}
	document, _, err := configs.Merge(base.Document, d.Document, newest.Document, keepMine)
	if err != nil {
		return Draft{}, fmt.Errorf("merge your draft with generation %d: %w", newest.Generation, err)
	}
	was := d.Document
	d.Base, d.Document = newest.Generation, document
	return a.keepDraft(ctx, v, was, d, newest)
}

// PublishDraft applies the viewer's draft as the company's newest version. An override, for which the viewer needs a
// right of its own, is why it is applied although the company's own tests fail.
func (a *Archive) PublishDraft(ctx context.Context, v access.Viewer, edition int64, reason, override string) (Applied, error) {
	if err := v.Need(access.DocumentPublish, access.Company); err != nil {
		return Applied{}, err
	}
	if override != "" {
		if err := v.Need(access.DocumentOverride, access.Company); err != nil {
			return Applied{}, err
		}
	}
	d, newest, err := a.draftOf(ctx, v)
	switch {
	case err != nil:
		return Applied{}, err
	case d.Edition == 0:
		return Applied{}, cause.Errorf(cause.NotFound, "you have no draft: somebody published or discarded it")
	case d.Edition != edition:
		return Applied{}, errOtherWindow
	}
	if err := newest.Follows(d.Base); err != nil {
		return Applied{}, err
	}
	c := Apply{Document: d.Document, Base: d.Base, Author: v.By(), Reason: reason, Override: override, draft: v.Employee}
	if err := c.Check(); err != nil {
		return Applied{}, err
	}
	return a.Apply(ctx, v.Company, c)
}

// TestDraft runs the company's own tests on the viewer's draft; there are none where it has mistakes.
func (a *Archive) TestDraft(d Draft) []TestShown {
	if d.Company == nil {
		return nil
	}
	return Judge(d.Company, a.quiet(d.Company))
}

// TryDraft says what would happen to a call on a draft.
func (a *Archive) TryDraft(d Draft, q Question) (Explained, error) {
	if d.Company == nil {
		return Explained{}, cause.Errorf(cause.Invalid, "the draft has mistakes: mend them first: %s", d.Mistakes[0].Text)
	}
	return a.Suppose(d.Company, q)
}

// DraftsOfOthers returns who else has a draft of the company's document, without the documents.
func (a *Archive) DraftsOfOthers(ctx context.Context, v access.Viewer) ([]store.Draft, error) {
	if err := v.Need(access.DocumentRead, access.Company); err != nil {
		return nil, err
	}
	all, err := a.o.Store.For(v.Company).Drafts(ctx)
	return slices.DeleteFunc(all, func(d store.Draft) bool { return d.Author == v.Employee }), err
}

// CheckDocument tells what is wrong with a text as the viewer's company's document, and keeps nothing.
func (a *Archive) CheckDocument(v access.Viewer, document string) ([]Mistake, error) {
	if err := v.Need(access.DocumentRead, access.Company); err != nil {
		return nil, err
	}
	_, mistakes := a.readDraft(v.Company, document)
	return mistakes, nil
}
