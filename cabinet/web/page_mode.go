package web

import (
	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var modeRoutes = []route{{pattern: "POST /mode", right: access.SelfChange, do: setMode}}

// modeView is how the visitor is rung now, and how they may be.
type modeView struct {
	Kind    string // "on", "mobile" or "dnd"
	Class   string // of a state
	Words   string // for whom, and until when
	Choices []choice
}

// mode is how the visitor is rung now.
func (v *visit) mode() modeView {
	e, ok := v.company.Employee(v.viewer.Employee)
	if !ok {
		return modeView{}
	}
	m := v.site.o.API.ModeOf(v.company, e)
	view := modeView{Kind: m.Mode.String(), Words: v.say("mode." + m.Mode.String())}
	view.Class = map[fmc.ModeKind]string{fmc.Available: "ok", fmc.MobileOnly: "busy", fmc.Undisturbed: "warn"}[m.Mode]
	if m.Until != nil {
		view.Words = v.say("mode.until", "Mode", view.Words, "When", v.tongue.when(v.at(*m.Until)))
	}
	for _, k := range []fmc.ModeKind{fmc.Available, fmc.MobileOnly, fmc.Undisturbed} {
		if k != fmc.MobileOnly || e.HasMobile() {
			view.Choices = append(view.Choices, choice{k.String(), v.say("mode." + k.String())})
		}
	}
	return view
}

// setMode takes how the visitor wishes to be rung. What is wrong with it stands as a notice on the page that it came from.
func setMode(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	then := local(f.Value("then"), "/")
	m := cabinet.Mode{Mode: f.Value("mode"), Until: f.Value("until")}
	if m.Mode == fmc.Available.String() {
		m.Until = ""
	}
	switch _, err = v.site.o.API.OwnMode(v.viewer, m); {
	case cause.KindOf(err) == cause.Invalid:
		return redirect{then, notice{Text: v.say("mode.wrong"), Bad: true}}, nil
	case err != nil:
		return nil, err
	}
	return redirect{then, notice{Text: v.say("mode.set", "Mode", v.mode().Words)}}, nil
}
