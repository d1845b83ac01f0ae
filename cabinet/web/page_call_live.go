package web

import (
	"net/url"
	"time"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var callLiveRoutes = []route{{pattern: "GET /calls/{call}/feed", right: access.CallsRead, do: callFeed}}

var callLiveScreens = shows{"call#call-head": callView{}, "call#call-side": callView{}}

// liveSides are the sides of a call that are brought up to date while it goes on, each with the right that it needs. The
// ladder stands still under whoever reads it: its head alone changes.
var liveSides = map[string]struct {
	right access.Right
	read  func(*callPage) error
}{
	"route": {access.CallsRead, (*callPage).route}, "quality": {access.CallsRead, (*callPage).quality}, "events": {access.CallsRead, (*callPage).events},
	"ladder": {access.CallsTrace, nil},
}

// callLook is how often a call that goes on is looked at, whatever is told: what was written on its wires tells nobody.
const callLook = 3 * time.Second

// feedOf is the address of what keeps a side of a call as things are; empty: the call is over, or the side stands still.
func (p *callPage) feedOf(tab string) string {
	if _, ok := liveSides[tab]; !ok || !p.view.Live {
		return ""
	}
	return address("/calls/"+url.PathEscape(string(p.record.ID))+"/feed", url.Values{}, "side", tab, "at", p.FormValue("at"))
}

// callFeed keeps the page of a call as things are until it is over: the last picture holds no stream any more, so that the
// browser ends it.
func callFeed(v *visit) (answer, error) {
	tab := v.FormValue("side")
	side, ok := liveSides[tab]
	if !ok {
		return nil, v.problem(cause.NotFound, "problem.no-page")
	}
	if err := v.viewer.Need(side.right, access.Own); err != nil {
		return nil, err
	}
	if _, err := v.site.o.API.RecordFor(v.ctx(), v.viewer, access.CallsRead, fmc.CallID(v.PathValue("call"))); err != nil {
		return nil, err
	}
	return feed{
		wake: func() []<-chan struct{} {
			events, calls := v.site.o.News.Next(v.viewer.Company)
			return []<-chan struct{}{calls, events}
		},
		every: callLook,
		draw: func() ([]piece, error) {
			p, err := openCall(v, tab)
			if err != nil {
				return nil, err
			}
			p.view.Ended = !p.view.Live
			pieces := []piece{{"call-head", "call#call-head", *p.view}}
			if side.read != nil {
				err = side.read(p)
				pieces = append(pieces, piece{"call-side", "call#call-side", *p.view})
			}
			return pieces, err
		},
	}, nil
}
