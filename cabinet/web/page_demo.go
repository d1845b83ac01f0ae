package web

import (
	"context"

	"roadline/cabinet/access"
	"roadline/fmc/cause"
)

// Happening is something that a demo has happen when somebody asks for it. Its words stand in the texts, as demo.ID and
// demo.ID-about.
type Happening struct {
	ID string
	// Do begins it and does not wait for its end. An error is told to whoever asked.
	Do func(context.Context) error
}

var demoRoutes = []route{
	{pattern: "GET /demo", right: access.SelfChange, do: demoPage},
	{pattern: "POST /demo/{what}", right: access.SelfChange, do: demoHappens},
}

var demoScreens = shows{"demo": demoView{}}

// demoView is what may be made to happen.
type demoView struct {
	All []demoRow
}

type demoRow struct {
	ID, Name, About string
}

func demoPage(v *visit) (answer, error) {
	if !v.site.o.Demo {
		return nil, v.problem(cause.NotFound, "problem.no-page")
	}
	var view demoView
	for _, h := range v.site.o.Happenings {
		view.All = append(view.All, demoRow{h.ID, v.say("demo." + h.ID), v.say("demo." + h.ID + "-about")})
	}
	return page{screen: "demo", title: v.say("demo.title"), view: view}, nil
}

func demoHappens(v *visit) (answer, error) {
	for _, h := range v.site.o.Happenings {
		if h.ID != v.PathValue("what") {
			continue
		}
		if err := h.Do(v.ctx()); err != nil {
			return redirect{"/demo", notice{Text: v.say("demo.not", "Why", v.said(err.Error())), Bad: true}}, nil
		}
		return redirect{"/demo", notice{Text: v.say("demo.begun", "What", v.say("demo."+h.ID))}}, nil
	}
	return nil, v.problem(cause.NotFound, "problem.no-page")
}
