package cabinet

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// CallResults are what may have come of a call, in the order in which people are offered them.
var CallResults = []string{"agreed", "thinking", "solved", "refused"}

// Of a promise to call back.
const (
	soonestBack = -time.Minute // before now: a form takes a while to fill in
	latestBack  = 366 * 24 * time.Hour
)

// Result is what somebody says of a call in which they talked.
type Result struct {
	Result string     // of CallResults; empty: they do not say
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
	if err != nil && cause.KindOf(err) != cause.NotFound {
		return store.CallResult{}, err
	}
	if err := a.checkResult(&r, before.Back); err != nil {
		return store.CallResult{}, err
	}
	if record.Opened.Private {
		return store.CallResult{}, cause.Errorf(cause.Denied, "of a private call nothing is kept")
	}
	ctx = deed(ctx, "calls.result", string(call))
	store.Auditing(ctx).After = map[string]any{"result": r.Result, "back": r.Back}
	kept := store.CallResult{Call: call, Result: r.Result, Note: strings.TrimSpace(r.Note), Back: r.Back, Author: fmc.EmployeeID(v.By())}
	if err := keep.SetCallResult(ctx, kept); err != nil {
		return store.CallResult{}, err
	}
	return keep.CallResult(ctx, call)
}

// checkResult checks what is said of a call. A promise that stands already may be over: who corrects a note says it again,
// and by a form to the minute only.
func (a *API) checkResult(r *Result, promised *time.Time) error {
	if r.Result != "" && !slices.Contains(CallResults, r.Result) {
		return cause.Errorf(cause.Invalid, "result %q: write one of %s", r.Result, strings.Join(CallResults, ", "))
	}
	if r.Note != "" {
		if err := commentText(r.Note); err != nil {
			return err
		}
	}
	if r.Back != nil && promised != nil && r.Back.Truncate(time.Minute).Equal(promised.Truncate(time.Minute)) {
		r.Back = promised
	} else if r.Back != nil {
		if in := r.Back.Sub(a.o.Now()); in < soonestBack || in > latestBack {
			return cause.Errorf(cause.Invalid, "back: write a time to come, within a year")
		}
	}
	return nil
}

// ResultShown is what came of a call.
type ResultShown struct {
	Result string         `json:"result,omitempty" doc:"Absent: whoever talked was asked, and did not say."`
	Note   string         `json:"note,omitempty" doc:"For whoever may listen to the call."`
	Back   *time.Time     `json:"back,omitempty" doc:"When the client is to be called back."`
	By     fmc.EmployeeID `json:"by"`
	At     time.Time      `json:"at"`
}

// showResult is a result as somebody sees it who may, or may not, listen to the call.
func showResult(r store.CallResult, hears bool) *ResultShown {
	shown := &ResultShown{Result: r.Result, Back: r.Back, By: r.Author, At: r.At.UTC()}
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
		Result string     `json:"result" enum:"agreed,thinking,solved,refused"`
		Note   string     `json:"note,omitempty" maxLength:"4000"`
		Back   *time.Time `json:"back,omitempty" doc:"When you promised to call back: a time to come, within a year; left out: you did not, or not any more."`
	}
}

func (p *Public) sayResult(ctx context.Context, who asker, in *resultIn) (ResultShown, error) {
	r, err := p.api.SayResult(ctx, who.Viewer, in.Call, Result{Result: in.Body.Result, Note: in.Body.Note, Back: in.Body.Back})
	return *showResult(r, true), err
}
