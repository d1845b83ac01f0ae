package web

import (
	"cmp"
	"net/http"
	"slices"
)

// showCookie keeps the number that a person chose last to be seen by clients, in E.164. It is a wish and no more: what may
// be shown is decided anew for every call.
const showCookie = "show"

// numbersToShow are the numbers that the visitor may choose from, first what the company's rules show of itself, which is
// chosen by an empty value. None where there is nothing to choose.
func (v *visit) numbersToShow() []choice {
	all := []choice{{"", cmp.Or(v.ownNumber(), v.say("home.card-number"))}}
	usual := v.site.o.API.OwnNumber(v.viewer)
	for _, n := range v.site.o.API.OwnChoices(v.viewer) {
		if !n.Same(usual) {
			all = append(all, choice{n.E164, v.phone(n)})
		}
	}
	if len(all) == 1 {
		return nil
	}
	return all
}

// chosenNumber is the number that the visitor chose last, where they may still show it; else empty.
func (v *visit) chosenNumber() string {
	cookie, err := v.Cookie(showCookie)
	if err != nil || !slices.ContainsFunc(v.numbersToShow(), func(c choice) bool { return c.Value == cookie.Value }) {
		return ""
	}
	return cookie.Value
}

// showSet remembers which number was chosen and goes on.
type showSet struct{ show, to string }

func (s showSet) send(w http.ResponseWriter, v *visit) error {
	http.SetCookie(w, &http.Cookie{
		Name: showCookie, Value: s.show, Path: "/", MaxAge: 365 * 24 * 60 * 60, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure(v.Request),
	})
	return redirect{to: s.to}.send(w, v)
}
