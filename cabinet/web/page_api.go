package web

import (
	"roadline/cabinet"
	"roadline/cabinet/access"
)

var apiRoutes = []route{{pattern: "GET /docs/api", open: true, do: apiPage}}

var apiScreens = shows{"api": apiView{}}

// apiView is the API in words.
type apiView struct {
	Guide cabinet.Guide
	Known bool                  // somebody signed in
	May   map[access.Right]bool // what they may
}

func apiPage(v *visit) (answer, error) {
	view := apiView{Guide: v.site.o.API.Guide(), Known: v.company != nil, May: map[access.Right]bool{}}
	for _, r := range access.Rights() {
		view.May[r] = v.viewer.May(r)
	}
	return page{screen: "api", title: v.say("api.title"), view: view}, nil
}

// Lacks reports whether the visitor has no right to an operation.
func (a apiView) Lacks(right access.Right) bool { return a.Known && right != "" && !a.May[right] }
