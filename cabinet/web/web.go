// Package web is the cabinet that people see in a browser: pages drawn on the server by html/template, which htmx and a
// few small scripts make lively. It asks the cabinet's operations, the store and the calls, shows what the viewer's
// rights reach, and turns every refusal into words with a way out. It holds no rule about a call and no SQL. Start at
// New and at pages.go, which has the table of pages; visit.go is what a page is given, answer.go what it gives back.
package web

import (
	"fmt"
	"maps"
	"net/http"
	"sync"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
)

// Options are what a site stands on: what the operations do, and who lets people in.
type Options struct {
	cabinet.Options
	API  *cabinet.API
	Demo bool // tells people that what they see is made up, and lets them in as whom they like
	// Happenings are what they may have happen in it.
	Happenings []Happening
}

// Site answers the requests of browsers. Any goroutine may call it.
type Site struct {
	o       Options
	mux     *http.ServeMux
	assets  *assets
	tongues map[string]*tongue // by language
	packers packers
	chain   http.Handler // mux behind the guards
}

// looks are what every site of this build shares; nothing changes them.
type looks struct {
	assets  *assets
	tongues map[string]*tongue
}

// built reads them when the first site is made: every template in every language is most of what making a site costs.
var built = sync.OnceValues(func() (l looks, err error) {
	if l.assets, err = readAssets(dist); err == nil {
		l.tongues, err = readTongues(locales, templates, l.assets)
	}
	return l, err
})

// New returns a site. It starts nothing. An error is a mistake of ours in a template, a text or the table of pages.
func New(o Options) (*Site, error) {
	s := &Site{o: o, mux: http.NewServeMux()}
	read, err := built()
	if err != nil {
		return nil, err
	}
	s.assets, s.tongues = read.assets, maps.Clone(read.tongues)
	if !s.assets.made {
		o.Log.Warn("web pages have no style and no scripts: run make web and build again")
	}
	for _, r := range allRoutes() {
		if (r.right == "") != r.open || r.right != "" && !r.right.Known() {
			return nil, fmt.Errorf("page %s: write the right that it needs, or that it is open", r.pattern)
		}
		s.mux.HandleFunc(r.pattern, func(w http.ResponseWriter, req *http.Request) { s.answer(w, req, r) })
	}
	s.mux.Handle("GET /assets/{name}", s.assets)
	s.mux.HandleFunc("/", s.nothing)
	s.chain = s.guarded(o.Door.Open(s.mux, s.turnedAway))
	return s, nil
}

var _ http.Handler = (*Site)(nil)

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.chain.ServeHTTP(w, r) }

// answer serves one route of the table.
func (s *Site) answer(w http.ResponseWriter, r *http.Request, to route) {
	if s.demoIn(w, r) {
		return
	}
	v, err := s.visit(r, to)
	var a answer
	if err == nil {
		a, err = to.do(v)
	}
	if err == nil {
		err = a.send(w, v)
	}
	if err != nil {
		s.refuse(w, v, err)
	}
}

// companyOf returns the company of a viewer as the node knows it now.
func (s *Site) companyOf(v access.Viewer) (*fmc.Company, bool) {
	return s.o.Directory.Company(v.Company)
}
