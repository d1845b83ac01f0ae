package web

import (
	"roadline/cabinet/access"
	"roadline/fmc/cause"
)

var codesRoutes = []route{
	{pattern: "GET /me/codes", right: access.SelfChange, do: codesPage},
	{pattern: "POST /me/codes", right: access.SelfChange, do: beginCodes},
	{pattern: "POST /me/codes/end", right: access.SelfChange, do: stopCodes},
}

var codesScreens = shows{"codes": codesView{}, "codes-recovery": recoveryView{}, "codes-end": codesEndView{}}

// codesView is the page that sets up one-time codes: the secret as a picture and as text, and the first code.
type codesView struct {
	Enrolment access.Enrolment
	Form      form
}

// recoveryView tells the recovery codes, this once.
type recoveryView struct{ Codes []string }

// codesEndView asks for the password before one-time codes are asked for no more.
type codesEndView struct{ Form form }

func codesPage(v *visit) (answer, error) {
	logins, err := v.keep().Logins(v.ctx())
	if err != nil {
		return nil, err
	}
	if logins[v.viewer.Employee].Codes != nil {
		return page{screen: "codes-end", title: v.say("codes.end-title"), view: codesEndView{}}, nil
	}
	return v.codesAgain(form{})
}

// codesAgain begins anew with another secret: the one before was seen by a page that is gone.
func (v *visit) codesAgain(f form) (answer, error) {
	e, err := v.site.o.Door.NewCodes(v.ctx(), v.viewer)
	p := page{screen: "codes", title: v.say("codes.title"), view: codesView{e, f}}
	if !f.ok() {
		p.status = again
	}
	return p, err
}

func beginCodes(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	recovery, err := v.site.o.Door.ConfirmCodes(v.ctx(), v.viewer, v.PostFormValue("old"), f.Value("code"))
	switch cause.KindOf(err) {
	case cause.Denied:
		f.wrong("old", v.say("me.old-wrong"))
		return v.codesAgain(f)
	case cause.Invalid:
		f.wrong("code", v.say("codes.wrong"))
		return v.codesAgain(f)
	default:
	}
	return page{screen: "codes-recovery", title: v.say("codes.recovery-title"), view: recoveryView{recovery}}, err
}

func stopCodes(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	switch err := v.site.o.Door.EndCodes(v.ctx(), v.viewer, v.PostFormValue("old")); {
	case cause.KindOf(err) == cause.Denied:
		f.wrong("old", v.say("me.old-wrong"))
		return page{screen: "codes-end", title: v.say("codes.end-title"), view: codesEndView{f}, status: again}, nil
	case err != nil:
		return nil, err
	}
	return redirect{"/me", notice{Text: v.say("codes.ended")}}, nil
}
