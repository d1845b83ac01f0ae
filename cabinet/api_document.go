package cabinet

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/fmc/cause"
	"roadline/store"
)

const aboutDocument = "Company document"

// documentIn chooses a version.
type documentIn struct {
	Generation int64 `query:"generation" minimum:"1" doc:"Left out: the newest."`
}

// documentOut is a version, with the tag by which it is changed.
type documentOut struct {
	ETag string `header:"ETag" doc:"For If-Match, when it is changed."`
	Body document.VersionShown
}

// draftBody is a document that is to be looked at, or published.
type draftBody struct {
	Document string `json:"document" minLength:"1" doc:"The whole text, as YAML."`
	Reason   string `json:"reason,omitempty" maxLength:"2000" doc:"Why; must be there to publish."`
	Override string `json:"override,omitempty" maxLength:"2000" doc:"Why it is published although its own tests fail."`
}

// checkIn is a document to be looked at.
type checkIn struct{ Body draftBody }

// publishIn is a document to be published.
type publishIn struct {
	IfMatch string `header:"If-Match" required:"true" maxLength:"40" example:"\"7\"" doc:"The ETag of the version that it was made from."`
	Body    draftBody
}

// appliedOut is what publishing came to.
type appliedOut struct {
	ETag string `header:"ETag"`
	Body document.Applied
}

func addDocument(p *Public) {
	addWhole(p, operation{
		method: http.MethodGet, path: "/document", id: "document.show", about: aboutDocument, right: access.DocumentRead, least: access.Company,
		summary: "Get the company's document",
	}, p.showDocument)
	add(p, operation{
		method: http.MethodGet, path: "/document/versions", id: "document.versions", about: aboutDocument, right: access.DocumentRead, least: access.Company,
		summary: "List the versions of the document", more: "Newest first, without their texts.",
	}, p.listVersions)
	add(p, operation{
		method: http.MethodPost, path: "/document/check", id: "document.check", about: aboutDocument, right: access.DocumentChange, least: access.Company, changes: true, most: mostBody,
		summary: "Look at a document", more: "What publishing it would change, and how its own tests come out. Nothing is changed.",
	}, p.checkDocument)
	addWhole(p, operation{
		method: http.MethodPut, path: "/document", id: "document.publish", about: aboutDocument, right: access.DocumentPublish, least: access.Company, most: mostBody,
		summary: "Publish a document", more: "It is in force for the next call. One that was made from an older version than the newest is refused with 412; one whose own tests fail, with 403.",
	}, p.publishDocument)
	add(p, operation{
		method: http.MethodPost, path: "/explain", id: "document.explain", about: aboutDocument, right: access.DocumentRead, least: access.Company, changes: true,
		summary: "Say what would happen to a call", more: "On the version that serves: now as things stand, at another time with nobody busy.",
	}, p.explain)
}

// tagOf is a generation as an ETag.
func tagOf(generation int64) string { return strconv.Quote(strconv.FormatInt(generation, 10)) }

func (p *Public) showDocument(ctx context.Context, who asker, in *documentIn) (*documentOut, error) {
	v, err := p.api.o.Store.For(who.Company).Version(ctx, in.Generation)
	return &documentOut{tagOf(v.Generation), document.Show(v)}, err
}

func (p *Public) listVersions(ctx context.Context, who asker, _ *struct{}) ([]document.VersionShown, error) {
	all, err := p.api.o.Store.For(who.Company).Versions(ctx)
	shown := []document.VersionShown{}
	for _, v := range all {
		shown = append(shown, document.Show(v))
	}
	return shown, err
}

func (p *Public) checkDocument(ctx context.Context, who asker, in *checkIn) (document.Applied, error) {
	newest, err := p.api.o.Store.For(who.Company).Version(ctx, 0)
	if err != nil {
		return document.Applied{}, err
	}
	change := document.Apply{Document: in.Body.Document, Base: newest.Generation, Author: who.By(), Reason: in.Body.Reason, Override: in.Body.Override, DryRun: true}
	if err := change.Check(); err != nil {
		return document.Applied{}, err
	}
	return p.api.Documents.Apply(ctx, who.Company, change)
}

func (p *Public) publishDocument(ctx context.Context, who asker, in *publishIn) (*appliedOut, error) {
	base, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(in.IfMatch, "W/"), `"`), 10, 64)
	if err != nil || base < 1 {
		return nil, cause.Errorf(cause.Invalid, "If-Match %q: write the ETag of the version that the document was made from", in.IfMatch)
	}
	change := document.Apply{Document: in.Body.Document, Base: base, Author: who.By(), Reason: in.Body.Reason, Override: in.Body.Override}
	if err := change.Check(); err != nil {
		return nil, err
	}
	if change.Override != "" {
		if err := who.Need(access.DocumentOverride, access.Company); err != nil {
			return nil, err
		}
	}
	newest, err := p.api.o.Store.For(who.Company).Version(ctx, 0)
	if err != nil {
		return nil, err
	}
	entry := store.Auditing(ctx)
	entry.Object, entry.Before, entry.After = tagOf(base), map[string]any{"generation": newest.Generation}, map[string]any{"reason": change.Reason, "override": change.Override}
	done, err := p.api.Documents.Apply(ctx, who.Company, change)
	if cause.KindOf(err) == cause.Conflict {
		stale := staleProblem
		stale.Detail = err.Error()
		return nil, &refusal{stale}
	}
	return &appliedOut{tagOf(done.Generation), done}, err
}

// explainIn asks what would happen to a call.
type explainIn struct {
	Body struct {
		At      string   `json:"at,omitempty" maxLength:"40" doc:"When; left out: now, as things stand."`
		From    string   `json:"from,omitempty" maxLength:"40" doc:"The client's number."`
		To      string   `json:"to,omitempty" maxLength:"40" doc:"The company's number."`
		By      string   `json:"by,omitempty" maxLength:"128" doc:"The person of the company who calls."`
		Dial    string   `json:"dial,omitempty" maxLength:"40" doc:"What that person dials."`
		Show    string   `json:"show,omitempty" maxLength:"40" doc:"The number that they choose to be seen; left out: as the company's rules say."`
		Keys    string   `json:"keys,omitempty" maxLength:"100" doc:"What is keyed in menus."`
		Answers []string `json:"answers,omitempty" maxItems:"100" doc:"Who answers after how long, such as \"ivanov 5s\"."`
	}
}

func (p *Public) explain(_ context.Context, who asker, in *explainIn) (document.Explained, error) {
	return p.api.Documents.Suppose(who.company, document.Question(in.Body))
}
