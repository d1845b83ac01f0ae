package web

import (
	"html/template"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/times"
	"roadline/cabinet/web/chart"
	"roadline/fmc"
)

var lineDayRoutes = []route{{pattern: "GET /lines/day", right: access.LinesRead, do: lineDayPage}}

var lineDayScreens = shows{"line-day": lineDayView{}}

// lineDayView is a day of all lines: a row for each, with what it did in a picture and in words.
type lineDayView struct {
	Tabs   []fleetTab
	Day    dayChoice
	Answer string // in words; empty: there are no lines
	Kinds  []cabinet.Standing
	Hours  template.HTML
	Rows   []lineDayRow
}

// dayChoice is the day that is shown, and how to come to others.
type dayChoice struct {
	Day          string // as an address has it
	On           moment
	Path         string // of the page
	Before, Next string // of the days beside it; empty: nothing is kept of it, or it is to come
	Today        bool
}

// lineDayRow is a line's day.
type lineDayRow struct {
	ID    fmc.LineID
	Name  string
	Strip template.HTML
	Sums  []string // as long as lineDayView.Kinds
}

func lineDayPage(v *visit) (answer, error) {
	d, err := v.site.o.API.LineDays(v.ctx(), v.company, "", v.URL.Query().Get("day"))
	if err != nil {
		return nil, err
	}
	view := lineDayView{Tabs: v.tabs("/lines/day"), Day: v.dayChoice(d, "/lines/day"), Kinds: cabinet.Standings, Hours: chart.Hours()}
	whole := map[cabinet.Standing]times.Seconds{}
	for _, l := range d.Lines {
		row := lineDayRow{ID: l.Line, Name: v.cardName(l.ICCID), Strip: chart.Strip(v.stretches(d, l, false), nowIn(d))}
		for _, kind := range cabinet.Standings {
			whole[kind] += l.Sums[kind]
			row.Sums = append(row.Sums, v.lastedOr(l.Sums[kind]))
		}
		view.Rows = append(view.Rows, row)
	}
	if len(view.Rows) > 0 {
		served := whole[cabinet.StoodCall] + whole[cabinet.StoodIdle] + whole[cabinet.StoodLimit]
		away := whole[cabinet.StoodNoNetwork] + whole[cabinet.StoodLocked] + whole[cabinet.StoodAway]
		view.Answer = v.say("line-day.answer", "Share", v.tongue.percent(float64(whole[cabinet.StoodCall])/max(float64(served), 1)), "Away", v.tongue.length(took(away)))
	}
	return page{screen: "line-day", title: v.say("line-day.title"), view: view}, nil
}

// dayChoice is a day with those beside it.
func (v *visit) dayChoice(d cabinet.LineDays, path string) dayChoice {
	c := dayChoice{Day: d.Day, On: v.at(d.From), Path: path, Today: d.Until.Before(d.To)}
	from := d.From.In(v.zone())
	if before := from.AddDate(0, 0, -1).Format(time.DateOnly); before >= d.First {
		c.Before = path + "?day=" + before
	}
	if !c.Today && d.To.Before(v.now()) {
		c.Next = path + "?day=" + from.AddDate(0, 0, 1).Format(time.DateOnly)
	}
	return c
}

// lastedOr is how long something lasted, and a dash where it did not happen.
func (v *visit) lastedOr(s times.Seconds) string {
	if s < 1 {
		return "–"
	}
	return v.tongue.length(took(s))
}

// cardName is a card's number, else the card.
func (v *visit) cardName(id fmc.ICCID) string {
	if s, ok := v.company.SIM(id); ok && s.Number.E164 != "" {
		return v.phone(s.Number)
	}
	return string(id)
}

// nowIn is where in its day the present is; under zero: the day is over.
func nowIn(d cabinet.LineDays) float64 {
	if !d.Until.Before(d.To) {
		return -1
	}
	return shareOf(d, d.Until)
}

func shareOf(d cabinet.LineDays, at time.Time) float64 {
	return at.Sub(d.From).Seconds() / d.To.Sub(d.From).Seconds()
}

// stretches are a line's day to be drawn; with words, each says what it is, and a call leads to its page.
func (v *visit) stretches(d cabinet.LineDays, l cabinet.LineDay, words bool) (all []chart.Stretch) {
	for _, s := range l.Spans {
		x := chart.Stretch{From: shareOf(d, s.From), To: shareOf(d, s.To), Class: string(s.Stood)}
		if words {
			x.Text = v.spanWords(s)
			if s.Call != "" && v.viewer.May(access.CallsRead) {
				x.Link = "/calls/" + string(s.Call)
			}
		}
		all = append(all, x)
	}
	return all
}

func (v *visit) spanWords(s cabinet.LineSpan) string {
	return v.say("line-day.span", "From", clock(v.at(s.From)), "To", clock(v.at(s.To)), "What", v.say("stood."+string(s.Stood)))
}

// lineDay is the day of one line on its page.
type lineDay struct {
	Day    dayChoice
	Answer string
	Chart  template.HTML
	Spans  []spanRow
	Busy   bool // more calls than the table shows
}

// spanRow is a span of a line's day in the table.
type spanRow struct {
	From, To moment
	Lasted   string
	Stood    cabinet.Standing
	Limit    string // which was reached
	Why      string // in English, as the node says it
	Link     string
}

// mostSpans is how many spans the table of a line's day has.
const mostSpans = 400

// ownDay is one line's day.
func (v *visit) ownDay(line fmc.LineID) (*lineDay, error) {
	d, err := v.site.o.API.LineDays(v.ctx(), v.company, line, v.URL.Query().Get("day"))
	if err != nil || len(d.Lines) == 0 {
		return nil, err // a card that the document does not have any more has no days
	}
	l := d.Lines[0]
	own := &lineDay{Day: v.dayChoice(d, "/lines/"+string(line)), Chart: chart.Day(v.stretches(d, l, true), nowIn(d))}
	own.Answer = v.say("line-day.own-answer", "Calls", v.tongue.length(took(l.Sums[cabinet.StoodCall])), "Idle", v.tongue.length(took(l.Sums[cabinet.StoodIdle])),
		"Away", v.tongue.length(took(l.Sums[cabinet.StoodNoNetwork]+l.Sums[cabinet.StoodLocked]+l.Sums[cabinet.StoodAway])))
	for i, s := range l.Spans {
		if i == mostSpans {
			own.Busy = true
			break
		}
		row := spanRow{From: v.at(s.From), To: v.at(s.To), Lasted: v.tongue.length(s.To.Sub(s.From)), Stood: s.Stood, Why: s.Why}
		if s.Stood == cabinet.StoodLimit {
			row.Limit, row.Why = s.Why, ""
		}
		if s.Call != "" && v.viewer.May(access.CallsRead) {
			row.Link = "/calls/" + string(s.Call)
		}
		own.Spans = append(own.Spans, row)
	}
	return own, nil
}
