package web

import (
	"cmp"
	"errors"
	"strings"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// lineView is one line: how it is, how it served, its card, and a conversation with its network.
type lineView struct {
	Tabs    []fleetTab
	Line    lineTile
	Why     string // as the node says it, in English
	ICCID   fmc.ICCID
	Model   string
	IMEI    string
	Served  []servedRow
	Use     []useRow
	Talk    []ussdTurn
	Open    bool   // the network waits for an answer
	Ask     string // what was asked before, to be asked again
	Refused string
	Act     bool
	May     bool // ask the network
	Day     *lineDay
	Reason  string // why the modem was to be restarted
	Form    form
}

// servedRow is how the line served for a while.
type servedRow struct {
	Days int
	cabinet.QualityShown
	Share float64 // answered
	MOS   string
}

// useRow is what a line was used for on one day.
type useRow struct {
	Day             string
	Calls, Messages int
	Minutes         int
}

// ussdTurn is one turn of a conversation with a network.
type ussdTurn struct {
	Ours bool
	Text string
}

func linePage(v *visit) (answer, error) {
	view, err := v.lineView()
	return page{screen: "line", title: view.Line.Name, view: view}, err
}

func (v *visit) lineView() (lineView, error) {
	d, err := v.site.o.API.Line(v.ctx(), v.company, v.lineIn())
	if err != nil {
		return lineView{}, err
	}
	view := lineView{
		Tabs: v.tabs("/lines"), Line: v.tile(d.Line), Why: d.Line.Why, Model: strings.TrimSpace(d.Line.Family + " " + d.Line.Model), IMEI: d.Line.IMEI,
		Act: v.viewer.May(access.LinesAct), May: v.viewer.May(access.USSDAsk),
	}
	if d.Line.SIM != nil {
		view.ICCID = d.Line.SIM.ICCID
		if s, ok := v.company.SIM(view.ICCID); ok {
			view.Ask = s.Balance.USSD
		}
	}
	for _, x := range []struct {
		days int
		q    cabinet.QualityShown
	}{{1, d.Day}, {7, d.Week}, {31, d.Month}} {
		row := servedRow{Days: x.days, QualityShown: x.q, MOS: "–"}
		if x.q.Calls > 0 {
			row.Share = float64(x.q.Answered) / float64(x.q.Calls)
		}
		if x.q.MOS != nil {
			row.MOS = mosWords(float64(*x.q.MOS) / 100)
		}
		view.Served = append(view.Served, row)
	}
	for _, u := range d.Use {
		view.Use = append(view.Use, useRow{v.dayName(u.Day), u.Calls, u.Messages, int(u.Talk) / 60})
	}
	view.Day, err = v.ownDay(d.Line.ID)
	return view, err
}

// restartLine has the line's modem boot anew. What stands in the way is told beside the form.
func restartLine(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	ctx := v.audited("lines.restart", string(v.lineIn()))
	x := cabinet.Restart{Reason: f.Value("reason"), Lose: f.Value("lose") != ""}
	if x.Reason == "" {
		f.wrong("reason", v.say("line.restart-reason-empty"))
	} else if _, err := v.site.o.API.Restart(ctx, v.company, v.lineIn(), x); errors.Is(err, cause.Conflict) {
		f.wrong("lose", v.say("line.restart-in-call"))
	} else if err != nil {
		return nil, err
	}
	if f.ok() {
		if err := v.done(store.Auditing(ctx)); err != nil {
			return nil, err
		}
		return redirect{"/lines/" + string(v.lineIn()), notice{Text: v.say("line.restarted")}}, nil
	}
	view, err := v.lineView()
	view.Form, view.Reason = f, x.Reason
	return page{screen: "line", title: view.Line.Name, view: view, status: again}, err
}

// askNetwork asks the line's network, or answers what it asked, and shows the conversation so far.
func askNetwork(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	view, err := v.lineView()
	if err != nil {
		return nil, err
	}
	view.Talk = turns(f)
	text, end := f.Value("text"), f.Value("end") != ""
	status := 0
	if text == "" && !end {
		f.wrong("text", v.say("line.ussd-empty"))
		status = again
	} else {
		said, err := v.site.o.API.AskNetwork(v.audited("lines.ussd", string(v.lineIn())), v.company, v.lineIn(), cabinet.USSD{Text: text, End: end})
		if text != "" {
			view.Talk = append(view.Talk, ussdTurn{true, text})
		}
		if err != nil {
			view.Refused, status = err.Error(), again
		} else if !end {
			view.Talk, view.Open = append(view.Talk, ussdTurn{false, said.Text}), said.Open
		}
	}
	view.Ask, view.Form = cmp.Or(text, view.Ask), f
	return page{screen: "line", title: view.Line.Name, view: view, status: status}, nil
}

// mostTurns is how much of a conversation is shown again.
const mostTurns = 40

// turns is the conversation so far, as the form brings it back: each turn begins with a sign that says whose it was.
func turns(f form) (all []ussdTurn) {
	for _, x := range f.Values("turn") {
		if len(all) == mostTurns {
			break
		}
		if text, ours := strings.CutPrefix(x, ">"); ours {
			all = append(all, ussdTurn{true, text})
		} else if text, theirs := strings.CutPrefix(x, "<"); theirs {
			all = append(all, ussdTurn{false, text})
		}
	}
	return all
}

// Written is a turn as the form carries it on.
func (t ussdTurn) Written() string {
	if t.Ours {
		return ">" + t.Text
	}
	return "<" + t.Text
}
