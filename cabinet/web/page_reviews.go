package web

import (
	"errors"
	"strconv"
	"time"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

var reviewRoutes = []route{
	{pattern: "GET /reviews", right: access.ReviewsRead, do: reviews},
	{pattern: "POST /calls/{call}/review", right: access.ReviewsWrite, do: writeReview},
}

var reviewScreens = shows{"reviews": reviewsView{}}

// reviewsView is the calls of a day that are worth a listen, for whoever reviews, and what was thought of the visitor's own.
type reviewsView struct {
	Picks    bool // the visitor reviews
	Day      moment
	Earlier  string // address of the day before
	Later    string // of the day after; empty: it is today
	Calls    []pickedCall
	Reviewed int // how many of them the visitor reviewed
	Own      []callReview
}

// pickedCall is a call that is worth a listen.
type pickedCall struct {
	callLine
	Reason store.PickReason
	Score  int // that the visitor gave; 0: none yet
}

// callReview is what somebody thinks of a call.
type callReview struct {
	Call  fmc.CallID
	At    moment
	By    string
	Score int
	Body  string
}

// ownReviews is how many reviews of their own calls a person is shown.
const ownReviews = 20

func reviews(v *visit) (answer, error) {
	view := reviewsView{Picks: v.viewer.May(access.ReviewsWrite)}
	if view.Picks {
		if err := v.picks(&view); err != nil {
			return nil, err
		}
	}
	if v.viewer.Employee != "" {
		all, err := v.keep().Reviews(v.ctx(), store.ReviewFilter{Employee: v.viewer.Employee, Limit: ownReviews})
		if err != nil {
			return nil, err
		}
		view.Own = v.callReviews(all)
	}
	return page{screen: "reviews", title: v.say("reviews.title"), view: view}, nil
}

// picks reads the calls of the day that the address names; today where it names none.
func (v *visit) picks(view *reviewsView) error {
	day := v.now()
	if text := v.URL.Query().Get("day"); text != "" {
		var err error
		if day, err = time.ParseInLocation(time.DateOnly, text, v.zone()); err != nil || day.Year() < 1 || day.Year() > 9998 {
			return v.problem(cause.Invalid, "missed.no-day", "Day", text)
		}
	}
	view.Day, view.Earlier = v.at(day), "/reviews?day="+day.AddDate(0, 0, -1).Format(time.DateOnly)
	if next := day.AddDate(0, 0, 1); day.Format(time.DateOnly) < v.now().Format(time.DateOnly) {
		view.Later = "/reviews?day=" + next.Format(time.DateOnly)
	}
	picked, err := v.site.o.API.Picks(v.ctx(), v.viewer, day)
	if err != nil || len(picked) == 0 {
		return err
	}
	lines, ids := make([]store.CallLine, len(picked)), make([]fmc.CallID, len(picked))
	for i, p := range picked {
		lines[i], ids[i] = p.CallLine, p.ID
	}
	shown, err := v.callLines(lines)
	if err != nil {
		return err
	}
	given, err := v.keep().Reviews(v.ctx(), store.ReviewFilter{Calls: ids, Limit: len(ids) * len(v.company.Employees)})
	if err != nil {
		return err
	}
	scores := map[fmc.CallID]int{}
	for _, r := range given {
		if r.Reviewer == fmc.EmployeeID(v.viewer.By()) {
			scores[r.Call] = r.Score
		}
	}
	for i, line := range shown {
		view.Calls = append(view.Calls, pickedCall{line, picked[i].Reason, scores[ids[i]]})
	}
	view.Reviewed = len(scores)
	return nil
}

func (v *visit) callReviews(all []store.Review) []callReview {
	var shown []callReview
	for _, r := range all {
		shown = append(shown, callReview{Call: r.Call, At: v.at(r.At), By: v.personName(r.Reviewer), Score: r.Score, Body: r.Body})
	}
	return shown
}

// callReviewed is what is thought of a call, and the form of whoever may add to it.
type callReviewed struct {
	Call   fmc.CallID
	All    []callReview
	Writes bool
	Scores []int
	Score  int // that the visitor gave; 0: none yet
	Body   string
}

// reviewed is what is thought of the call: for who talked in it, and for those who review.
func (p *callPage) reviewed() error {
	r := p.record
	if r.Opened.Private || r.Who.Employee == "" || r.Times.Talked == 0 || !p.viewer.Sees(access.ReviewsRead, r.Who.Employee, r.Who.Group) {
		return nil
	}
	all, err := p.site.o.API.Reviews(p.ctx(), p.viewer, r.ID)
	if err != nil {
		return err
	}
	shown := &callReviewed{
		Call: r.ID, All: p.callReviews(all), Scores: []int{1, 2, 3, 4, 5},
		Writes: r.Who.Employee != p.viewer.Employee && p.viewer.Sees(access.ReviewsWrite, r.Who.Employee, r.Who.Group),
	}
	for _, x := range all {
		if x.Reviewer == fmc.EmployeeID(p.viewer.By()) {
			shown.Score, shown.Body = x.Score, x.Body
		}
	}
	if shown.Writes || shown.All != nil {
		p.view.Reviewed = shown
	}
	return nil
}

// writeReview keeps what the visitor thinks of a call.
func writeReview(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	call := fmc.CallID(v.PathValue("call"))
	score, err := strconv.Atoi(f.Value("score"))
	if err != nil {
		score = 0
	}
	said := notice{Text: v.say("reviews.kept")}
	if _, err := v.site.o.API.Review(v.ctx(), v.viewer, call, score, f.Value("body")); errors.Is(err, cause.Invalid) {
		said = notice{Text: v.say("reviews.wrong"), Bad: true}
	} else if err != nil {
		return nil, err
	}
	return redirect{"/calls/" + string(call) + "#reviews", said}, nil
}
