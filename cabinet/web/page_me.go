package web

import (
	"cmp"
	"strings"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

var meRoutes = []route{
	{pattern: "GET /me", right: access.SelfChange, do: mePage},
	{pattern: "POST /me/pin", right: access.SelfChange, do: setOwnPIN},
	{pattern: "POST /me/password", right: access.SelfChange, do: changePassword},
	{pattern: "POST /me/sessions/end", right: access.SelfChange, do: endSessions},
}

var meScreens = shows{"me": meView{}}

// meView is what belongs to the visitor alone: how they are rung, how they sign in and where they are, who heard them.
type meView struct {
	Look     look
	Tongues  []tongueName
	Mode     modeView
	PIN      *moment // since when there is one; nil: there is none
	Codes    *moment // since when one-time codes are asked for; nil: they are not
	Recovery int
	Sessions []sessionRow
	Listens  []listenRow
	PINForm  form
	Password form
}

// sessionRow is a browser in which the visitor is signed in.
type sessionRow struct {
	ID      string
	Browser string
	Address string
	Seen    moment
	Here    bool
}

// listenRow is one time that somebody else listened to a call of the visitor's.
type listenRow struct {
	At   moment
	Who  string
	Call string
}

// listensShown is how many of those are shown; all stand in the audit.
const listensShown = 10

func mePage(v *visit) (answer, error) { return v.meAgain(form{}, form{}) }

// meAgain is the page with what was wrong with one of its forms.
func (v *visit) meAgain(pin, password form) (answer, error) {
	view := meView{Look: v.look, Tongues: tongueNames, Mode: v.mode(), PINForm: pin, Password: password}
	p := page{screen: "me", title: v.say("menu.me")}
	if !pin.ok() || !password.ok() {
		p.status = again
	}
	for _, read := range []func(*meView) error{v.readPIN, v.readLogin, v.readSessions, v.readListens} {
		if err := read(&view); err != nil {
			return nil, err
		}
	}
	p.view = view
	return p, nil
}

func (v *visit) readPIN(view *meView) error {
	since, ok, err := v.site.o.API.OwnPINSet(v.ctx(), v.viewer)
	if ok {
		at := v.at(since)
		view.PIN = &at
	}
	return err
}

func (v *visit) readLogin(view *meView) error {
	logins, err := v.keep().Logins(v.ctx())
	l := logins[v.viewer.Employee]
	if l.Codes != nil {
		at := v.at(*l.Codes)
		view.Codes, view.Recovery = &at, l.Recovery
	}
	return err
}

func (v *visit) readSessions(view *meView) error {
	sessions, err := v.keep().Sessions(v.ctx(), v.viewer.Employee)
	for _, s := range sessions {
		view.Sessions = append(view.Sessions, sessionRow{s.ID, browserName(s.Agent), s.Address, v.at(s.Seen), s.ID == v.viewer.Session})
	}
	return err
}

func (v *visit) readListens(view *meView) error {
	entries, err := v.keep().AuditEntries(v.ctx(), store.AuditFilter{Of: v.viewer.Employee, What: "recordings.listen", Limit: 5 * listensShown})
	for _, e := range entries {
		if e.Who == string(v.viewer.Employee) || len(view.Listens) == listensShown {
			continue
		}
		view.Listens = append(view.Listens, listenRow{v.at(e.At), v.personName(fmc.EmployeeID(e.Who)), e.Object})
	}
	return err
}

// browsers are what people call their browsers, by a word of what those call themselves. The first that fits counts: most
// call themselves by the names of others too.
var browsers = []struct{ word, name string }{
	{"YaBrowser", "Yandex Browser"}, {"Edg", "Edge"}, {"OPR", "Opera"}, {"Firefox", "Firefox"}, {"Chrome", "Chrome"}, {"Safari", "Safari"},
}

var systems = []struct{ word, name string }{
	{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"},
}

// browserName says in two words which browser a User-Agent is of; one that is not known is told as it is.
func browserName(agent string) string {
	var words []string
	for _, list := range [][]struct{ word, name string }{browsers, systems} {
		for _, x := range list {
			if strings.Contains(agent, x.word) {
				words = append(words, x.name)
				break
			}
		}
	}
	return cmp.Or(strings.Join(words, ", "), agent)
}

func setOwnPIN(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	ctx := store.Audited(v.ctx(), access.Entry(v.ctx(), "pin.set", string(v.viewer.Employee)))
	switch err := v.site.o.API.OwnPIN(ctx, v.viewer, cabinet.PIN{PIN: f.Value("pin")}); {
	case cause.KindOf(err) == cause.Invalid:
		f.wrong("pin", v.say("me.pin-wrong"))
		return v.meAgain(f, form{})
	case err != nil:
		return nil, err
	}
	return redirect{"/me", notice{Text: v.say("me.pin-saved")}}, nil
}

func changePassword(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	if v.PostFormValue("password") != v.PostFormValue("again") {
		f.wrong("again", v.say("password.differs"))
		return v.meAgain(form{}, f)
	}
	switch err := v.site.o.Door.ChangePassword(v.ctx(), v.viewer, v.PostFormValue("old"), v.PostFormValue("password"), v.browser()); {
	case cause.KindOf(err) == cause.Denied:
		f.wrong("old", v.say("me.old-wrong"))
		return v.meAgain(form{}, f)
	case cause.KindOf(err) == cause.Invalid:
		f.wrong("password", v.say("password.weak"))
		return v.meAgain(form{}, f)
	case err != nil:
		return nil, err
	}
	return redirect{"/me", notice{Text: v.say("me.password-saved")}}, nil
}

// endSessions signs the visitor out of one other browser, or of all others.
func endSessions(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	ctx := store.Audited(v.ctx(), access.Entry(v.ctx(), "sessions.end", string(v.viewer.Employee)))
	if id := f.Value("session"); id != "" {
		err = v.keep().EndSession(ctx, v.viewer.Employee, id)
	} else {
		err = v.keep().EndSessions(ctx, v.viewer.Employee, v.viewer.Session)
	}
	if err != nil && cause.KindOf(err) != cause.NotFound { // one that ended by itself needs no end
		return nil, err
	}
	return redirect{"/me", notice{Text: v.say("me.sessions-ended")}}, nil
}
