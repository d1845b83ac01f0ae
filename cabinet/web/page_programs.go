package web

import (
	"strconv"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var programRoutes = []route{
	{pattern: "GET /messages/programs", right: access.ProgramsRead, do: programsPage},
	{pattern: "POST /messages/programs/{program}/secret", right: access.ProgramsChange, do: programSecret},
	{pattern: "POST /messages/programs/deliveries/{n}/again", right: access.MessagesSend, do: tellProgramAgain},
}

var programScreens = shows{"programs": programsView{}, "program-secret": programSecretView{}}

// programsView is how the company sends and gets messages by SMPP.
type programsView struct {
	Tabs     []fleetTab
	Programs []cabinet.ProgramShown
	Centres  []centreRow
	Told     []programToldRow
	Secret   bool // the visitor may make passwords
	Again    bool // the visitor may have a program told again
	Way      messageWay
}

// centreRow is a message centre.
type centreRow struct {
	ID      fmc.CentreID
	Waiting int
	Links   []centreLinkRow
}

// centreLinkRow is one link to it.
type centreLinkRow struct {
	cabinet.CentreLink
	Class string
	Since moment
}

// programToldRow is something that a program was not told yet, or may have been told.
type programToldRow struct {
	cabinet.DeliveryToldOf
	Class string
	Due   moment
	Again bool
}

// messageWay is by what a message would leave: the question as a form, and the answer.
type messageWay struct {
	From, To, Program string
	Asked             bool
	Shown             cabinet.WayShown
	SIM               bool
	Refused           string
}

// programSecretView is what a program binds with, shown once.
type programSecretView struct{ cabinet.ProgramSecretMade }

// programToldClasses say by state how grave it is.
var programToldClasses = map[fmc.DeliveryState]string{
	fmc.DeliveryWaiting: "busy", fmc.DeliveryOut: "busy", fmc.DeliveryUncertain: "warn", fmc.DeliveryFailed: "bad",
}

func programsPage(v *visit) (answer, error) {
	all, err := v.site.o.API.Programs(v.ctx(), v.company)
	if err != nil {
		return nil, err
	}
	view := programsView{
		Tabs: v.tabs("/messages/programs"), Programs: all.Programs, Secret: v.viewer.May(access.ProgramsChange), Again: v.viewer.May(access.MessagesSend), Way: v.messageWay(),
	}
	for _, c := range all.Centres {
		row := centreRow{ID: c.ID, Waiting: c.Waiting}
		for _, l := range c.Links {
			class := "bad"
			if l.Up {
				class = "ok"
			}
			row.Links = append(row.Links, centreLinkRow{l, class, v.at(l.Since)})
		}
		view.Centres = append(view.Centres, row)
	}
	for _, d := range all.Deliveries {
		again := view.Again && (d.State == fmc.DeliveryUncertain || d.State == fmc.DeliveryFailed)
		view.Told = append(view.Told, programToldRow{d, programToldClasses[d.State], v.at(d.Due), again})
	}
	return page{screen: "programs", title: v.say("programs.title"), view: view}, nil
}

// messageWay answers the question of the address.
func (v *visit) messageWay() messageWay {
	q := v.URL.Query()
	w := messageWay{From: q.Get("from"), To: q.Get("to"), Program: q.Get("program"), Asked: q.Get("to") != ""}
	if !w.Asked {
		return w
	}
	shown, err := v.site.o.API.MessageWay(v.company, fmc.MessageOrder{From: w.From, To: w.To, Program: fmc.ProgramID(w.Program)})
	if err != nil {
		w.Refused = err.Error()
		return w
	}
	w.Shown, w.SIM = shown, shown.By == fmc.MessageBy{SIM: true}.String()
	return w
}

func programSecret(v *visit) (answer, error) {
	id := v.PathValue("program")
	made, err := v.site.o.API.MakeProgramSecret(v.ctx(), v.company, fmc.ProgramID(id), string(v.viewer.Employee))
	if err != nil {
		return nil, err
	}
	// The node's role keeps it: the entry cannot stand in its transaction.
	if err := v.keep().Audit(v.ctx(), access.Entry(v.ctx(), "programs.secret", id)); err != nil {
		return nil, err
	}
	return page{screen: "program-secret", title: v.say("programs.secret-title"), view: programSecretView{made}}, nil
}

func tellProgramAgain(v *visit) (answer, error) {
	n, err := strconv.ParseInt(v.PathValue("n"), 10, 64)
	if err != nil {
		return nil, v.problem(cause.NotFound, "problem.no-page")
	}
	if err := v.site.o.API.TellProgramAgain(v.ctx(), v.viewer.Company, n); err != nil {
		return nil, err
	}
	if err := v.keep().Audit(v.ctx(), access.Entry(v.ctx(), "programs.tell-again", strconv.FormatInt(n, 10))); err != nil {
		return nil, err
	}
	return redirect{"/messages/programs", notice{Text: v.say("programs.told-again")}}, nil
}
