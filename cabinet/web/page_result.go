package web

import (
	"errors"
	"slices"
	"strings"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

var resultRoutes = []route{
	{pattern: "POST /calls/{call}/result", right: access.CommentsWrite, do: sayResult},
	{pattern: "GET /home/feed", right: access.SelfChange, do: homeFeed},
}

var resultScreens = shows{"home#after-call": (*resultForm)(nil)}

// resultForm asks what came of a call: in a few words, what else, and when to call back.
type resultForm struct {
	Call    fmc.CallID
	Client  string // as people call them
	At      moment // when the call began
	Then    string // where the browser goes from here
	Results []choice
	Result  string // that was said; empty: none
	Note    string
	Back    string // as a field of a form has it
	Backs   bool   // the client can be called back
	Said    *resultSaid
}

// resultSaid is what was said of a call.
type resultSaid struct {
	Word string // of the result; empty: none
	Note string
	Back *moment
	By   string
	At   moment
}

// backLayout is how browsers write a day with its time.
const backLayout = "2006-01-02T15:04"

func (v *visit) resultForm(call fmc.CallID, client string, at time.Time, then string) *resultForm {
	return &resultForm{Call: call, Client: client, At: v.at(at), Then: then, Results: v.resultChoices(), Backs: true}
}

// resultChoices are what may have come of a call, in words.
func (v *visit) resultChoices() []choice {
	var all []choice
	for _, r := range v.company.CallResults() {
		all = append(all, choice{r.ID, v.resultWord(r.ID)})
	}
	return all
}

// resultsAsked are the results that calls can be looked for by: those that people are offered, and one that is asked for.
func (v *visit) resultsAsked(asked string) []choice {
	all := v.resultChoices()
	if _, offered := v.company.CallResult(asked); asked != "" && !offered {
		all = append(all, choice{asked, v.resultWord(asked)})
	}
	return all
}

// resultWord is a result in words; empty: none.
func (v *visit) resultWord(result string) string {
	if result == "" {
		return ""
	}
	return v.company.ResultName(result, v.tongue.name)
}

// result is what came of the call, for whoever may say it, and for whoever may read it.
func (p *callPage) result() error {
	r := p.record
	if r.Opened.Private || r.Times.Ended == 0 {
		return nil
	}
	said, err := p.keep().CallResult(p.ctx(), r.ID)
	known := err == nil
	if err != nil && !errors.Is(err, cause.NotFound) {
		return err
	}
	form := p.resultForm(r.ID, p.view.Who, r.Opened.Began, "/calls/"+string(r.ID)+"#result")
	form.Backs = r.Who.Client.E164 != ""
	if known {
		form.Results = p.resultsAsked(said.Result)
		form.Result, form.Said = said.Result, &resultSaid{Word: p.resultWord(said.Result), By: p.personName(said.Author), At: p.at(said.At)}
		if p.viewer.Sees(access.RecordingsListen, r.Who.Employee, r.Who.Group) { // as of comments: who hears nothing reads nothing of it
			form.Note, form.Said.Note = said.Note, said.Note
		}
		if said.Back != nil {
			back := p.at(*said.Back)
			form.Said.Back, form.Back = &back, back.Format(backLayout)
		}
	}
	if !p.viewer.Sees(access.CommentsWrite, r.Who.Employee, r.Who.Group) {
		form.Results = nil
	} else if !known && r.Times.Talked == 0 { // nothing came of it, but that nobody need call back
		form.Results = slices.DeleteFunc(form.Results, func(c choice) bool { x, _ := p.company.CallResult(c.Value); return !form.Backs || !x.Closes })
	}
	if form.Said != nil || len(form.Results) > 0 {
		p.view.Result = form
	}
	return nil
}

// sayResult keeps what came of a call.
func sayResult(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	call := fmc.CallID(v.PathValue("call"))
	then := local(f.Value("then"), "/calls/"+string(call))
	r := cabinet.Result{Result: f.Value("result"), Note: strings.ReplaceAll(f.Value("note"), "\r\n", "\n")}
	if text := f.Value("back"); text != "" && r.Result != "" {
		back, err := time.ParseInLocation(backLayout, text, v.zone())
		if err != nil {
			return redirect{then, notice{Text: v.say("result.wrong-time"), Bad: true}}, nil
		}
		r.Back = &back
	}
	said := notice{Text: v.say("result.kept")}
	switch kept, err := v.site.o.API.SayResult(v.ctx(), v.viewer, call, r); {
	case errors.Is(err, cause.Invalid):
		said = notice{Text: v.say("result.wrong"), Bad: true}
	case err != nil:
		return nil, err
	case r.Result == "":
		said = notice{}
	case kept.Back != nil:
		said.Text = v.say("result.kept-back", "When", v.tongue.when(v.at(*kept.Back)))
	}
	return redirect{then, said}, nil
}

// How long after a call somebody is asked what came of it, and how long such a call may have been.
const (
	askWithin = 30 * time.Minute
	askOfLast = 4 * time.Hour
	askMost   = 50 // calls that are looked through
)

// afterCall is the form of the first call of the visitor's own that ended a moment ago and of which nobody said anything
// yet; nil: there is none. The first, so that another call does not take away the form that somebody fills in.
func (v *visit) afterCall() (*resultForm, error) {
	if !v.viewer.May(access.CommentsWrite) || !v.viewer.May(access.CallsRead) || v.viewer.Employee == "" {
		return nil, nil //nolint:nilnil // nothing is asked
	}
	now := v.site.o.Now()
	lines, err := v.keep().Calls(v.ctx(), store.CallFilter{From: now.Add(-askOfLast), Employee: v.viewer.Employee, Limit: askMost})
	if err != nil {
		return nil, err
	}
	var asked []store.CallLine
	var ids []fmc.CallID
	for _, l := range lines {
		if l.Talked > 0 && l.Ended != nil && strings.HasPrefix(l.Client, "+") && now.Sub(l.Began.Add(*l.Ended)) < askWithin {
			asked, ids = append(asked, l), append(ids, l.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // nothing is asked
	}
	said, err := v.keep().ResultsOf(v.ctx(), ids)
	if err != nil {
		return nil, err
	}
	var first *resultForm
	for _, l := range asked { // the newest first
		if _, known := said[l.ID]; !known {
			first = v.resultForm(l.ID, v.clientCalled(l.Called, l.Client), l.Began, "/")
		}
	}
	return first, nil
}

// homePace is how often the first page, which everybody has open, looks at most: each look asks PostgreSQL.
const homePace = 2 * time.Second

// homeFeed asks on the first page what came of a call, as soon as it is over.
func homeFeed(v *visit) (answer, error) {
	return feed{
		pace: homePace,
		wake: func() []<-chan struct{} {
			events, _ := v.site.o.News.Next(v.viewer.Company)
			return []<-chan struct{}{events}
		},
		draw: func() ([]piece, error) {
			form, err := v.afterCall()
			return []piece{{"after-call", "home#after-call", form}}, err
		},
	}, nil
}
