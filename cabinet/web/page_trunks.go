package web

import (
	"net/netip"

	"roadline/cabinet/access"
	"roadline/fmc/cause"
)

var guardRoutes = []route{
	{pattern: "GET /guard", right: access.LinesRead, do: guardPage},
	{pattern: "POST /guard/unban", right: access.LinesAct, do: unban},
}

var guardScreens = shows{"guard": guardView{}}

// guardView is the trunks, and whom the guard of SIP does not listen to.
type guardView struct {
	Tabs   []fleetTab
	Trunks []trunkTile
	Shared bool // the guard stands before other companies too, and is nobody's of this one
	Bans   []banRow
	Act    bool
}

// banRow is one address that is not listened to.
type banRow struct {
	Addr  string
	Until moment
}

func guardPage(v *visit) (answer, error) {
	wall, err := v.wall()
	view := guardView{Tabs: v.tabs("/guard"), Trunks: wall.Trunks, Shared: !v.site.o.API.Alone(), Act: v.viewer.May(access.LinesAct)}
	if !view.Shared && v.site.o.Node.Bans != nil {
		for _, b := range v.site.o.Node.Bans() {
			view.Bans = append(view.Bans, banRow{b.Addr.String(), v.at(b.Until)})
		}
	}
	return page{screen: "guard", title: v.say("guard.title"), view: view}, err
}

func unban(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	if !v.site.o.API.Alone() {
		return nil, v.problem(cause.NotFound, "guard.shared")
	}
	addr, err := netip.ParseAddr(f.Value("address"))
	if err != nil || v.site.o.Node.Unban == nil || !v.site.o.Node.Unban(addr) {
		return nil, v.problem(cause.NotFound, "guard.not-banned")
	}
	if err := v.keep().Audit(v.ctx(), access.Entry(v.ctx(), "guard.unban", addr.String())); err != nil {
		return nil, err
	}
	return redirect{"/guard", notice{Text: v.say("guard.unbanned", "Address", addr.String())}}, nil
}
