package web

import (
	"strconv"

	"roadline/cabinet/access"
	"roadline/configs"
	"roadline/fmc/cause"
)

var historyRoutes = []route{
	{pattern: "GET /company/history", right: access.DocumentRead, do: historyPage},
	{pattern: "GET /company/history/{version}", right: access.DocumentRead, do: versionPage},
	{pattern: "POST /company/history/{version}/return", right: access.DocumentChange, do: returnTo},
}

var historyScreens = shows{"history": historyView{}, "version": versionView{}}

// historyView is every version of the company's document, the newest first.
type historyView struct {
	settings
	Versions []versionRow
}

// versionRow is one version.
type versionRow struct {
	N              int64
	By, Reason     string
	At             moment
	Passed, Failed int
	InForce        bool
}

func historyPage(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	all, err := v.keep().Versions(v.ctx())
	view := historyView{settings: s}
	for i, x := range all {
		view.Versions = append(view.Versions, versionRow{x.Generation, v.author(x.Author), x.Reason, v.at(x.At), x.Passed, x.Failed, i == 0})
	}
	return page{screen: "history", title: v.say("company.history"), view: view}, err
}

// versionView is one version and what it changed.
type versionView struct {
	settings
	versionRow
	Changes  []string
	Document string
}

// versionIn is the number of a version in the path.
func (v *visit) versionIn() (int64, error) {
	n, err := strconv.ParseInt(v.PathValue("version"), 10, 64)
	if err != nil || n < 1 {
		return 0, cause.Errorf(cause.NotFound, "there is no version %q", v.PathValue("version"))
	}
	return n, nil
}

func versionPage(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	n, err := v.versionIn()
	if err != nil {
		return nil, err
	}
	x, err := v.keep().Version(v.ctx(), n)
	if err != nil {
		return nil, err
	}
	before := ""
	if n > 1 {
		older, err := v.keep().Version(v.ctx(), n-1)
		if err != nil {
			return nil, err
		}
		before = older.Document
	}
	view := versionView{settings: s, Changes: configs.Difference(before, x.Document), Document: x.Document}
	view.versionRow = versionRow{x.Generation, v.author(x.Author), x.Reason, v.at(x.At), x.Passed, x.Failed, x.Generation == s.draft.Newest.Generation}
	return page{screen: "version", title: v.say("version.title", "N", int(n)), view: view}, nil
}

// returnTo makes an older version the viewer's draft: what is published then is what was in force.
func returnTo(v *visit) (answer, error) {
	n, err := v.versionIn()
	if err != nil {
		return nil, err
	}
	if _, err := v.site.o.API.Documents.ReturnTo(v.audited("draft.return", strconv.FormatInt(n, 10)), v.viewer, n); err != nil {
		return nil, err
	}
	return redirect{to: "/company/publish?" + query("reason", v.say("version.back-to", "N", int(n)))}, nil
}
