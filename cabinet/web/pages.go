package web

import (
	"slices"

	"roadline/cabinet/access"
)

// route is a page, or something that a page's form asks for.
type route struct {
	pattern string
	right   access.Right // without it the answer is no; the page narrows what it shows by the right's reach
	open    bool         // for everybody, also who did not sign in; then right is empty
	do      func(*visit) (answer, error)
}

// routes is everything that a browser can ask for. Each page's file has its own rows.
var routes = [][]route{lookRoutes, signInRoutes, demoRoutes, homeRoutes, modeRoutes, dialRoutes, meRoutes, codesRoutes, ringRoutes, tokenRoutes, apiRoutes, callRoutes, callLiveRoutes, tapeRoutes, resultRoutes, reviewRoutes, clientRoutes, callListRoutes, soundRoutes, missedRoutes, statisticsRoutes, companyPages, liveRoutes, hookRoutes, fleetRoutes}

// screens are the templates and what each shows. Each page's file has its own rows.
var screens = []shows{frameScreens, signInScreens, demoScreens, homeScreens, dialScreens, meScreens, codesScreens, ringScreens, tokenScreens, apiScreens, callScreens, callLiveScreens, resultScreens, reviewScreens, clientScreens, callListScreens, missedScreens, statisticsScreens, companyPageScreens, liveScreens, hookScreens, fleetScreens}

// allRoutes are the rows of all pages.
func allRoutes() []route { return slices.Concat(routes...) }

// place is a row of the menu: shown to whoever has the right.
type place struct {
	Path   string
	Text   string // key of its words
	Icon   string // of src/icons.txt
	Letter string // "g" and this key go there
	right  access.Right
	Small  bool // it stands in the bar at the bottom of a phone, as long as that has room
}

// menu is in the order in which it is shown.
var menu = []place{
	{Path: "/", Text: "menu.home", Icon: "house", Letter: "h", right: access.SelfChange, Small: true},
	{Path: "/calls", Text: "menu.calls", Icon: "phone", Letter: "c", right: access.CallsRead, Small: true},
	{Path: "/live", Text: "menu.live", Icon: "activity", Letter: "l", right: access.CallsWatch},
	{Path: "/missed", Text: "menu.missed", Icon: "phone-missed", Letter: "m", right: access.MissedWork, Small: true},
	{Path: "/reviews", Text: "menu.reviews", Icon: "headphones", Letter: "v", right: access.ReviewsRead},
	{Path: "/statistics", Text: "menu.statistics", Icon: "chart-column", Letter: "t", right: access.StatisticsRead},
	{Path: "/lines", Text: "menu.lines", Icon: "radio-tower", Letter: "f", right: access.LinesRead, Small: true},
	{Path: "/sims/balances", Text: "menu.balances", Icon: "wallet", Letter: "b", right: access.BalancesRead},
	{Path: "/messages", Text: "menu.messages", Icon: "message-square", Letter: "x", right: access.MessagesRead},
	{Path: "/alerts", Text: "menu.alerts", Icon: "bell", Letter: "a", right: access.AlertsRead, Small: true},
	{Path: "/people", Text: "menu.people", Icon: "users", Letter: "p", right: access.PeopleRead},
	{Path: "/company", Text: "menu.company", Icon: "settings", Letter: "s", right: access.DocumentRead, Small: true},
	{Path: "/messages/programs", Text: "programs.tab", Icon: "send", Letter: "k", right: access.ProgramsRead},
	{Path: "/webhooks", Text: "menu.webhooks", Icon: "webhook", Letter: "w", right: access.WebhooksChange},
	{Path: "/audit", Text: "menu.audit", Icon: "history", Letter: "u", right: access.AuditRead},
	{Path: "/me", Text: "menu.me", Icon: "circle-user-round", Letter: "i", right: access.SelfChange, Small: true},
}
