package web

import (
	"errors"
	"strings"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var shadowRoutes = []route{
	{pattern: "GET /lines/shadow", right: access.LinesRead, do: shadowPage},
	{pattern: "POST /lines/shadow", right: access.LinesAct, do: tryCards},
}

var shadowScreens = shows{"shadow": shadowView{}}

// shadowView is what calls and texts between own cards showed.
type shadowView struct {
	Tabs     []fleetTab
	Window   string // of each night; empty: cards are tried when a person asks
	Answer   string
	Cards    []cardTriedRow
	Attempts []attemptRow
	Act      bool
	Refused  string // why nothing could be tried, in the words of the core
}

// cardTriedRow is a card in the table.
type cardTriedRow struct {
	ICCID   fmc.ICCID
	Name    string
	State   string
	Class   string
	When    moment
	IsTried bool // When is
	Words   []string
	Nights  []nightMark
	Share   string // of its nights in words; empty: it had none
}

// nightMark is a night in a card's row.
type nightMark struct{ Class, Text string }

// attemptRow is one attempt.
type attemptRow struct {
	When     moment
	From, To string
	By       string
	State    string
	Class    string
	Words    []string
	Call     string // how quick and how good it was
	Text     string
}

// shadowClass is how a state looks.
var shadowClass = map[string]string{"well": "ok", "trouble": "bad", "running": "busy", "yielded": "idle", "cut": "warn", "unknown": "idle"}

// nightClass is how a night looks in a row.
var nightClass = map[string]string{"well": "idle", "trouble": "no_network", "yielded": "away", "cut": "limit"}

const (
	shadowDays   = 14
	mostAttempts = 60 // that are shown; the API has the others
)

func shadowPage(v *visit) (answer, error) {
	view, err := v.shadowView()
	return page{screen: "shadow", title: v.say("shadow.title"), view: view}, err
}

func (v *visit) shadowView() (shadowView, error) {
	view := shadowView{Tabs: v.tabs("/lines/shadow"), Act: v.viewer.May(access.LinesAct)}
	all, err := v.site.o.API.Shadow(v.ctx(), v.company, shadowDays)
	if err != nil {
		return view, err
	}
	view.Window = strings.ReplaceAll(all.Window, "-", "–")
	bad, tried := 0, 0
	for _, c := range all.Cards {
		row := v.cardTriedRow(c)
		if row.IsTried {
			tried++
		}
		if c.State == "trouble" {
			bad++
		}
		view.Cards = append(view.Cards, row)
	}
	switch {
	case bad > 0:
		view.Answer = v.say("shadow.bad", "N", bad)
	case tried > 0:
		view.Answer = v.say("shadow.fine", "N", tried)
	}
	for _, a := range all.Attempts[:min(len(all.Attempts), mostAttempts)] {
		view.Attempts = append(view.Attempts, v.attemptRow(a))
	}
	return view, nil
}

func (v *visit) cardTriedRow(c cabinet.CardTried) cardTriedRow {
	row := cardTriedRow{ICCID: c.ICCID, Name: v.cardName(c.ICCID), State: c.State, Class: shadowClass[c.State]}
	if c.At != nil {
		row.When, row.IsTried = v.at(*c.At), true
	}
	if c.Out != nil {
		row.Words = v.troubleWords(*c.Out, c.Out.Troubles)
	}
	if c.In != nil {
		row.Words = append(row.Words, v.troubleWords(*c.In, c.In.Called)...)
	}
	if c.State == "well" {
		row.Words = []string{v.say("shadow.well-words")}
	}
	well := 0
	for _, n := range c.Nights {
		if n.State == "well" {
			well++
		}
		row.Nights = append(row.Nights, nightMark{nightClass[n.State], v.tongue.day(v.dayOf(n.Night)) + ": " + v.say("shadow-state."+n.State)})
	}
	if len(c.Nights) > 0 {
		row.Share = v.say("shadow.share", "N", well, "Of", len(c.Nights))
	}
	return row
}

// troubleWords are what an attempt found wrong, in sentences.
func (v *visit) troubleWords(a cabinet.ShadowAttempt, all []fmc.ShadowTrouble) (words []string) {
	for _, t := range all {
		arrived := ""
		if a.Call != nil {
			arrived = v.peer(a.Call.Arrived)
		}
		words = append(words, v.say("shadow-trouble."+string(t), "Number", arrived, "Other", v.cardName(a.To)))
	}
	return words
}

// troubles are the words of troubles by their keys, where the attempt that found them is not at hand.
func (v *visit) troubles(keys []string) string {
	var words []string
	for _, k := range keys {
		words = append(words, v.say("shadow-trouble-short."+k))
	}
	return strings.Join(words, "; ")
}

func (v *visit) attemptRow(a cabinet.ShadowAttempt) attemptRow {
	row := attemptRow{When: v.at(a.At), From: v.cardName(a.From), To: v.cardName(a.To), State: a.State, Class: shadowClass[a.State]}
	if a.By != "" {
		row.By = v.author(a.By)
	}
	row.Words = append(v.troubleWords(a, a.Troubles), v.calledWords(a)...)
	if c := a.Call; c != nil && c.Setup != nil {
		row.Call = v.say("shadow.rang", "S", v.tongue.figures.Sprintf("%.1f", float64(*c.Setup)))
		for _, x := range []struct {
			key   string
			heard *cabinet.ShadowHeard
		}{{"there", c.There}, {"back", c.Back}} {
			if x.heard != nil && x.heard.Heard {
				row.Call += "; " + v.say("shadow.heard-"+x.key, "Level", x.heard.Level, "Lost", x.heard.Lost)
			}
		}
	}
	if t := a.Text; t != nil && t.Came && t.Took != nil {
		row.Text = v.say("shadow.text-took", "S", v.tongue.figures.Sprintf("%.1f", float64(*t.Took)))
		if !t.Reported {
			row.Text += "; " + v.say("shadow.unreported")
		}
	}
	return row
}

// calledWords are what is wrong with the card that was called, with its name.
func (v *visit) calledWords(a cabinet.ShadowAttempt) (words []string) {
	for _, w := range v.troubleWords(a, a.Called) {
		words = append(words, v.cardName(a.To)+": "+w)
	}
	return words
}

// tryCards has a card tried now, or all of them. Why that cannot be is told on the page.
func tryCards(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	card := fmc.ICCID(f.Value("iccid"))
	begun, err := v.site.o.API.TryCards(v.company, cabinet.ShadowWish{ICCID: card}, v.viewer.By())
	if errors.Is(err, cause.Conflict) || errors.Is(err, cause.Denied) {
		view, shown := v.shadowView()
		view.Refused = err.Error()
		return page{screen: "shadow", title: v.say("shadow.title"), view: view, status: again}, shown
	}
	if err != nil {
		return nil, err
	}
	if err := v.done(access.Entry(v.ctx(), "lines.try", string(card))); err != nil {
		return nil, err
	}
	return redirect{"/lines/shadow", notice{Text: v.say("shadow.begun", "N", len(begun.Pairs))}}, nil
}
