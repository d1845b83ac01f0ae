package web

import (
	"roadline/cabinet/access"
	"roadline/cabinet/doctor"
)

var doctorRoutes = []route{{pattern: "GET /doctor", right: access.LinesRead, do: doctorPage}}

var doctorScreens = shows{"doctor": doctorView{}}

// doctorView is what the doctor found, by groups.
type doctorView struct {
	Tabs           []fleetTab
	Shared         bool   // other companies are on the node, and what is the node's is not told
	At             moment // when it was looked at
	Groups         []doctorGroup
	Bad, Warn, All int
}

// doctorGroup is the findings about one thing.
type doctorGroup struct {
	Name     string
	Findings []doctorFinding
	Well     int
}

// doctorFinding is a finding in the visitor's language.
type doctorFinding struct {
	doctor.Finding
	Class string
}

var doctorClasses = map[doctor.Level]string{doctor.Well: "ok", doctor.Warn: "warn", doctor.Bad: "bad"}

// doctorPage asks the doctor. What is found of other companies is not the visitor's business, nor is the machine that they
// share.
func doctorPage(v *visit) (answer, error) {
	found, at, err := v.site.o.API.Findings(v.ctx(), v.viewer)
	if err != nil {
		return nil, err
	}
	view := doctorView{Tabs: v.tabs("/doctor"), Shared: !v.site.o.API.Alone(), At: v.at(at)}
	for _, f := range found {
		if n := len(view.Groups); n == 0 || view.Groups[n-1].Name != f.Group {
			view.Groups = append(view.Groups, doctorGroup{Name: f.Group})
		}
		group := &view.Groups[len(view.Groups)-1]
		group.Findings = append(group.Findings, doctorFinding{doctor.In(v.look.Lang, f), doctorClasses[f.Level]})
		view.All++
		switch f.Level {
		case doctor.Bad:
			view.Bad++
		case doctor.Warn:
			view.Warn++
		case doctor.Well:
			group.Well++
		}
	}
	return page{screen: "doctor", title: v.say("doctor.title"), view: view}, nil
}
