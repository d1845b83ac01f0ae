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

// Picks returns the calls of a day that are worth a listen, for a viewer who reviews: the same all day, and others for
// another viewer. day is any moment of it.
func (a *API) Picks(ctx context.Context, v access.Viewer, day time.Time) ([]store.Pick, error) {
	if err := v.Need(access.ReviewsWrite, access.Own); err != nil {
		return nil, err
	}
	c, ok := a.o.Directory.Company(v.Company)
	if !ok {
		return nil, cause.Errorf(cause.NotFound, "there is no company %q on this node", v.Company)
	}
	day = day.In(c.Profile.Zone)
	from := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, day.Location())
	return a.o.Store.For(v.Company).Picks(ctx, within(v, access.ReviewsWrite), fmc.EmployeeID(v.By()), from, from.AddDate(0, 0, 1))
}

// Review keeps what a viewer thinks of a call that they may hear: a score from 1 to 5, and a few words. Nobody reviews
// themselves.
func (a *API) Review(ctx context.Context, v access.Viewer, call fmc.CallID, score int, body string) (store.Review, error) {
	record, err := a.RecordFor(ctx, v, access.ReviewsWrite, call)
	switch {
	case err != nil:
		return store.Review{}, err
	case score < 1 || score > 5:
		return store.Review{}, cause.Errorf(cause.Invalid, "score: write a number from 1 to 5")
	case record.Opened.Private || record.Who.Employee == "":
		return store.Review{}, cause.Errorf(cause.Conflict, "nobody of the company talked in call %s for whom it could be", call)
	case record.Who.Employee == v.Employee:
		return store.Review{}, cause.Errorf(cause.Denied, "nobody reviews themselves: ask a colleague")
	}
	if body = strings.TrimSpace(body); body != "" {
		if err := commentText(body); err != nil {
			return store.Review{}, err
		}
	}
	ctx = deed(ctx, "reviews.write", string(call))
	store.Auditing(ctx).After = map[string]any{"score": score}
	r := store.Review{Call: call, Reviewer: fmc.EmployeeID(v.By()), Employee: record.Who.Employee, At: a.o.Now().UTC(), Score: score, Body: body}
	return r, a.o.Store.For(v.Company).SetReview(ctx, r)
}

// Reviews returns what was thought of a call: to who talked in it, and to those who review.
func (a *API) Reviews(ctx context.Context, v access.Viewer, call fmc.CallID) ([]store.Review, error) {
	if _, err := a.RecordFor(ctx, v, access.ReviewsRead, call); err != nil {
		return nil, err
	}
	return a.o.Store.For(v.Company).Reviews(ctx, store.ReviewFilter{Calls: []fmc.CallID{call}})
}

const aboutReviews = "Reviews"

// ReviewShown is what somebody who listened to a call thinks of it.
type ReviewShown struct {
	Call     fmc.CallID     `json:"call"`
	By       fmc.EmployeeID `json:"by"`
	Employee fmc.EmployeeID `json:"employee"` // who talked
	At       time.Time      `json:"at"`
	Score    int            `json:"score" minimum:"1" maximum:"5" doc:"5 is the best."`
	Text     string         `json:"text,omitempty"`
}

func showReview(r store.Review) ReviewShown {
	return ReviewShown{Call: r.Call, By: r.Reviewer, Employee: r.Employee, At: r.At.UTC(), Score: r.Score, Text: r.Body}
}

// reviewIn is what somebody thinks of a call.
type reviewIn struct {
	CallPath
	Body struct {
		Score int    `json:"score" minimum:"1" maximum:"5" doc:"5 is the best."`
		Text  string `json:"text,omitempty" maxLength:"4000"`
	}
}

func addReviews(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/calls/{call}/reviews", id: "reviews.list", about: aboutReviews, right: access.ReviewsRead,
		summary: "List the reviews of a call", more: "The newest first; for who talked in it, too.",
	}, p.listReviews)
	add(p, operation{
		method: http.MethodPut, path: "/calls/{call}/reviews/own", id: "reviews.write", about: aboutReviews, right: access.ReviewsWrite,
		summary: "Review a call", more: "In place of what you thought of it before. Who talked in it reads it; nobody reviews themselves.",
	}, p.writeReview)
}

func (p *Public) listReviews(ctx context.Context, who asker, in *CallPath) ([]ReviewShown, error) {
	all, err := p.api.Reviews(ctx, who.Viewer, in.Call)
	shown := []ReviewShown{}
	for _, r := range all {
		shown = append(shown, showReview(r))
	}
	return shown, err
}

func (p *Public) writeReview(ctx context.Context, who asker, in *reviewIn) (ReviewShown, error) {
	r, err := p.api.Review(ctx, who.Viewer, in.Call, in.Body.Score, in.Body.Text)
	return showReview(r), err
}
