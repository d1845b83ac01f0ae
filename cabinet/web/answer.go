package web

import (
	"cmp"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// answer is what a page gives back.
type answer interface {
	send(w http.ResponseWriter, v *visit) error
}

// page is a whole page: the frame around a screen.
type page struct {
	screen string // as screens names it
	title  string // in the visitor's language
	view   any    // of the type that screens says
	status int    // of HTTP; 0: 200
	bare   bool   // without the menu, as for who did not sign in
}

func (p page) send(w http.ResponseWriter, v *visit) error {
	content, err := v.draw(p.screen, p.view)
	if err != nil {
		return err
	}
	whole, err := v.draw("frame", v.frame(w, p, content))
	if err != nil {
		return err
	}
	return write(w, v, cmp.Or(p.status, http.StatusOK), whole)
}

// part is one screen without the frame, as htmx puts it into a page that stands. One that is named after a # is a block of
// the page's own template, so that both draw the same.
type part struct {
	screen string
	view   any
}

func (p part) send(w http.ResponseWriter, v *visit) error {
	content, err := v.draw(p.screen, p.view)
	if err != nil {
		return err
	}
	return write(w, v, http.StatusOK, content)
}

// redirect sends the browser on with a GET, after a form; said stands on the next page once.
type redirect struct {
	to   string
	said notice
}

func (d redirect) send(w http.ResponseWriter, v *visit) error {
	if d.said.Text != "" {
		d.said.leave(w, v)
	}
	http.Redirect(w, v.Request, d.to, http.StatusSeeOther)
	return nil
}

// stream is an answer that sends itself: sound, a file, events.
type stream func(w http.ResponseWriter, r *http.Request) error

func (s stream) send(w http.ResponseWriter, v *visit) error { return s(w, v.Request) }

// draw draws a screen in the visitor's language.
func (v *visit) draw(screen string, view any) (template.HTML, error) {
	return v.tongue.draw(screen, view)
}

func write(w http.ResponseWriter, v *visit, status int, text template.HTML) error {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store") // what a person saw is not for the next one at this browser
	h.Add("Vary", "Accept-Encoding")
	page := strings.NewReader(string(text))
	if len(text) < leastPacked || !strings.Contains(v.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, _ = io.Copy(w, page) // who asked may have gone
		return nil
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	_ = v.site.packers.pack(w, page)
	return nil
}

// leastPacked is the size in bytes from which on packing saves anything.
const leastPacked = 1024

// frame is what stands around every page.
type frame struct {
	Title   string
	Look    look
	Nonce   string
	Assets  entry
	Bare    bool
	Demo    bool
	Company string
	Name    string // of who is signed in; empty: nobody
	Menu    []menuRow
	More    bool // on a phone the bar has no room for all of the menu
	Path    string
	Notice  *notice
	Tongues []tongueName
	Content template.HTML
}

// menuRow is a row of the menu as one person sees it.
type menuRow struct {
	place
	Here bool
}

// frame returns what stands around a page. It takes the notice that an earlier request left, so that it is seen once.
func (v *visit) frame(w http.ResponseWriter, p page, content template.HTML) frame {
	f := frame{
		Title: p.title, Look: v.look, Nonce: v.nonce, Assets: v.site.assets.entry, Bare: p.bare || v.company == nil, Demo: v.site.o.Demo,
		Path: (&url.URL{Path: v.URL.Path, RawQuery: v.URL.RawQuery}).String(), Notice: takeNotice(w, v), Tongues: tongueNames, Content: content,
	}
	if v.company == nil {
		return f
	}
	f.Company, f.Name = v.company.Profile.Name, v.viewer.Name
	f.Menu = v.menu()
	f.More = slices.ContainsFunc(f.Menu, func(row menuRow) bool { return !row.Small })
	return f
}

// barRoom is how many places the bar of a phone has room for, beside the one that shows all others.
const barRoom = 4

// menu is the rows that the visitor has a right to.
func (v *visit) menu() []menuRow {
	var rows []menuRow
	room := barRoom
	for _, m := range menu {
		if !v.viewer.May(m.right) {
			continue
		}
		m.Small = m.Small && room > 0
		if m.Small {
			room--
		}
		rows = append(rows, menuRow{m, v.within(m.Path)})
	}
	return rows
}

// within reports whether the visit is at a place of the menu or below it.
func (v *visit) within(path string) bool {
	return v.URL.Path == path || path != "/" && strings.HasPrefix(v.URL.Path, path+"/")
}
