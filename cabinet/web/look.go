package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"roadline/fmc"
)

// look is how a person wants the pages: kept in a cookie of the browser, since the eyes and the room are the browser's.
type look struct {
	Lang    string // of tongueNames, or of a test
	Theme   string // "light", "dark", or empty: as the system has it
	Density string // "compact", "normal" or empty: as the page has it
}

const lookCookie = "look"

var (
	themes    = []string{"light", "dark", ""}
	densities = []string{"compact", "normal", ""}
)

var lookRoutes = []route{{pattern: "POST /look", open: true, do: changeLook}}

// lookOf reads the cookie. The language is else the first that the browser asks for and that we have, else the company's.
func (s *Site) lookOf(r *http.Request, c *fmc.Company) look {
	var l look
	if cookie, err := r.Cookie(lookCookie); err == nil {
		q, _ := url.ParseQuery(cookie.Value)
		l = s.known(look{Lang: q.Get("lang"), Theme: q.Get("theme"), Density: q.Get("density")})
	}
	if l.Lang == "" {
		l.Lang = s.asked(r.Header.Get("Accept-Language"))
	}
	if l.Lang == "" && c != nil {
		l.Lang = s.known(look{Lang: c.Profile.Language}).Lang
	}
	if l.Lang == "" {
		l.Lang = "en"
	}
	return l
}

// known is l without what we do not have.
func (s *Site) known(l look) look {
	if s.tongues[l.Lang] == nil {
		l.Lang = ""
	}
	if !slices.Contains(themes, l.Theme) {
		l.Theme = ""
	}
	if !slices.Contains(densities, l.Density) {
		l.Density = ""
	}
	return l
}

// asked is the first language of an Accept-Language that we have.
func (s *Site) asked(header string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return ""
	}
	for _, tag := range tags {
		if base, _ := tag.Base(); s.tongues[base.String()] != nil {
			return base.String()
		}
	}
	return ""
}

// changeLook takes what the switches of the frame and the page of one's own settings send: what is not sent stays.
func changeLook(v *visit) (answer, error) {
	l := v.look
	for name, into := range map[string]*string{"lang": &l.Lang, "theme": &l.Theme, "density": &l.Density} {
		if v.FormValue(name) != "" || v.Form.Has(name) {
			*into = v.FormValue(name)
		}
	}
	return lookSet{v.site.known(l), local(v.FormValue("then"), "/")}, nil
}

// lookSet sets the cookie and goes back to where the switch stood.
type lookSet struct {
	look look
	then string
}

func (l lookSet) send(w http.ResponseWriter, v *visit) error {
	value := url.Values{"lang": {l.look.Lang}, "theme": {l.look.Theme}, "density": {l.look.Density}}.Encode()
	http.SetCookie(w, &http.Cookie{
		Name: lookCookie, Value: value, Path: "/", MaxAge: 365 * 24 * 60 * 60, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure(v.Request),
	})
	return redirect{to: l.then}.send(w, v)
}

// secure reports whether the browser speaks TLS to us, or to a proxy before us that says so.
func secure(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}
