package cabinet

import (
	"context"
	"net/http"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// Of a promise to call back.
const (
	soonestBack = -time.Minute // before now: a form takes a while to fill in
	latestBack  = 366 * 24 * time.Hour
)

// Result is what somebody says of a call in which they talked.
type Result struct {
	Result string     // of the company's; empty: they do not say
	Note   string     // read by whoever may listen to the call
	Back   *time.Time // when they promised to call the client back; nil: they did not
}

// SayResult keeps what came of a call, in place of what was said before. Who promised to call back has that to do. Of a
// private call nothing is kept.
func (a *API) SayResult(ctx context.Context, v access.Viewer, call fmc.CallID, r Result) (store.CallResult, error) {
	record, err := a.RecordFor(ctx, v, access.CommentsWrite, call)
	if err != nil {
		return store.CallResult{}, err
	}
	keep := a.o.Store.For(v.Company)
	before, err := keep.CallResult(ctx, call)
	said := err == nil
	if err != nil && cause.KindOf(err) != cause.NotFound {
		return store.CallResult{}, err
	}
	is, err := a.checkResult(v.Company, &r, before)
	if err != nil {
		return store.CallResult{}, err
	}
	if client := record.Who.Client.E164; is.CallBack > 0 && r.Back == nil && client != "" {
		back := a.o.Now().UTC().Add(is.CallBack)
		r.Back = &back
		if before.Back != nil { // who chooses it again, or mends a note, moves no promise
			r.Back = before.Back
		}
	}
	if record.Opened.Private {
		return store.CallResult{}, cause.Errorf(cause.Denied, "of a private call nothing is kept")
	}
	ctx = deed(ctx, "calls.result", string(call))
	entry := store.Auditing(ctx)
	entry.After = map[string]any{"result": r.Result, "back": r.Back}
	if said {
		entry.Before = map[string]any{"result": before.Result, "back": before.Back}
	}
	kept := store.CallResult{Call: call, Result: r.Result, Note: strings.TrimSpace(r.Note), Back: r.Back, Author: fmc.EmployeeID(v.By())}
	if err := keep.SetCallResult(ctx, kept); err != nil {
		return store.CallResult{}, err
	}
	if is.Closes && record.Who.Client.E164 != "" {
		if err := keep.CloseMissedOf(ctx, record.Who.Client.E164, v.By(), a.resultName(v.Company, r.Result)); err != nil {
			return store.CallResult{}, err
		}
	}
	return keep.CallResult(ctx, call)
}

// resultName is what a result is called in the company's language.
func (a *API) resultName(id fmc.CompanyID, result string) string {
	c, ok := a.o.Directory.Company(id)
	if !ok || result == "" {
		return result
	}
	return c.ResultName(result, c.Profile.Language)
}

// checkResult checks what is said of a call, and returns which of the company's results it is. One that the company removed
// stays with a call of which it was said. A promise that stands already may be over: who corrects a note says it again,
// and by a form to the minute only.
func (a *API) checkResult(company fmc.CompanyID, r *Result, before store.CallResult) (is fmc.Result, err error) {
	c, ok := a.o.Directory.Company(company)
	if !ok {
		return is, cause.Errorf(cause.NotFound, "there is no company %q on this node", company)
	}
	is, offered := c.CallResult(r.Result)
	if r.Result != "" && r.Result != before.Result && !offered {
		var ids []string
		for _, x := range c.CallResults() {
			ids = append(ids, x.ID)
		}
		return is, cause.Errorf(cause.Invalid, "result %q: write one of %s", r.Result, strings.Join(ids, ", "))
	}
	if r.Note != "" {
		if err := commentText(r.Note); err != nil {
			return is, err
		}
	}
	promised := before.Back
	if r.Back != nil && promised != nil && r.Back.Truncate(time.Minute).Equal(promised.Truncate(time.Minute)) {
		r.Back = promised
	} else if r.Back != nil {
		if in := r.Back.Sub(a.o.Now()); in < soonestBack || in > latestBack {
			return is, cause.Errorf(cause.Invalid, "back: write a time to come, within a year")
		}
	}
	return is, nil
}

// ResultShown is what came of a call.
type ResultShown struct {
	Result string         `json:"result,omitempty" doc:"Absent: whoever talked was asked, and did not say."`
	Name   string         `json:"name,omitempty" doc:"The result in words, in the company's language."`
	Note   string         `json:"note,omitempty" doc:"For whoever may listen to the call."`
	Back   *time.Time     `json:"back,omitempty" doc:"When the client is to be called back."`
	By     fmc.EmployeeID `json:"by"`
	At     time.Time      `json:"at"`
}

// showResult is a result as somebody sees it who may, or may not, listen to the call.
func (a *API) showResult(company fmc.CompanyID, r store.CallResult, hears bool) *ResultShown {
	shown := &ResultShown{Result: r.Result, Name: a.resultName(company, r.Result), Back: r.Back, By: r.Author, At: r.At.UTC()}
	if hears {
		shown.Note = r.Note
	}
	return shown
}

func addResults(p *Public) {
	add(p, operation{
		method: http.MethodPut, path: "/calls/{call}/result", id: "calls.result", about: aboutComments, right: access.CommentsWrite,
		summary: "Say what came of a call", more: "In place of what was said before. A call back that is promised stands among the clients to call back until anybody talks with the client.",
	}, p.sayResult)
}

// resultIn is what somebody says of a call.
type resultIn struct {
	CallPath
	Body struct {
		Result string     `json:"result" minLength:"1" maxLength:"64" doc:"The id of one of the company's results: of its document, else agreed, thinking, solved or refused."`
		Note   string     `json:"note,omitempty" maxLength:"4000"`
		Back   *time.Time `json:"back,omitempty" doc:"When you promised to call back: a time to come, within a year; left out: you did not, or not any more."`
	}
}

func (p *Public) sayResult(ctx context.Context, who asker, in *resultIn) (ResultShown, error) {
	r, err := p.api.SayResult(ctx, who.Viewer, in.Call, Result{Result: in.Body.Result, Note: in.Body.Note, Back: in.Body.Back})
	return *p.api.showResult(who.Company, r, true), err
}
