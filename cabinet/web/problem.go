package web

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"

	"roadline/cabinet"
	"roadline/fmc/cause"
)

// problemPage is how a page says no: what happened, what to do about it, and the id by which the log knows it.
type problemPage struct {
	Title  string
	Detail template.HTML
	Advice string
	ID     string
	Back   string
}

// problems is the one table from kinds of error to what a browser is told. Kind 0 is our own mistake. The words are texts
// of problem.<name>.
var problems = map[cause.Kind]struct {
	status int
	name   string
}{
	cause.Invalid:     {http.StatusBadRequest, "invalid"},
	cause.NotFound:    {http.StatusNotFound, "not-found"},
	cause.Denied:      {http.StatusForbidden, "denied"},
	cause.Conflict:    {http.StatusConflict, "conflict"},
	cause.NoRoom:      {http.StatusTooManyRequests, "no-room"},
	cause.Unavailable: {http.StatusServiceUnavailable, "unavailable"},
	cause.Unsupported: {http.StatusNotImplemented, "unsupported"},
	0:                 {http.StatusInternalServerError, "mistake"},
}

// refuse answers with a problem in words. Whoever is not signed in is sent to sign in first, and comes back afterwards.
func (s *Site) refuse(w http.ResponseWriter, v *visit, err error) {
	if errors.Is(err, errSignIn) && v.Method == http.MethodGet {
		there := url.URL{Path: "/sign-in", RawQuery: url.Values{"then": {v.URL.RequestURI()}}.Encode()}
		http.Redirect(w, v.Request, there.String(), http.StatusSeeOther)
		return
	}
	kind := cause.KindOf(err)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		kind, err = cause.Invalid, v.problem(cause.Invalid, "problem.too-large", "Bytes", tooLarge.Limit)
	}
	row := problems[kind]
	p := problemPage{Title: v.say("problem." + row.name), Advice: v.say("problem." + row.name + "-advice"), ID: v.id, Back: "/"}
	if kind != 0 { // our own mistakes are told to the log alone
		p.Detail = template.HTML(template.HTMLEscapeString(err.Error()))
		if _, ours := errors.AsType[*worded](err); !ours {
			p.Detail = v.tongue.marked(err.Error())
		}
	}
	if row.status >= http.StatusInternalServerError && v.Context().Err() == nil && !errors.Is(err, errMistake) {
		s.o.Log.Error("page failed", "method", v.Method, "target", cabinet.Target(v.URL.Path), "request", v.id,
			"status", row.status, "cause", err)
	}
	out := page{screen: "problem", title: p.Title, view: p, status: row.status}
	if err := out.send(w, v); err != nil {
		s.o.Log.Error("problem page failed", "request", v.id, "cause", err)
		http.Error(w, p.Title+" ("+v.id+")", row.status)
	}
}
