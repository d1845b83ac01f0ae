package web

import (
	"html/template"
	"time"

	"roadline/cabinet/web/chart"
	"roadline/recording"
)

// callBalance is who spoke how long in a call, in words and as a picture.
type callBalance struct {
	Title   string
	Picture template.HTML
	Rows    []balanceSide
}

// balanceSide is one side of it.
type balanceSide struct {
	Word, Class string
	Lasts       time.Duration
	Share       float64       // from 0 to 1
	Longest     time.Duration // the longest time with the word; 0: it has none
	LongestAt   int           // seconds into the recording
}

// balance measures the recording that the visitor may hear. Without its peaks there is no picture, and the page stands.
func (p *callPage) balance() {
	if p.view.Sound == nil {
		return
	}
	peaks, err := p.site.o.API.Peaks(p.ctx(), p.viewer, p.record.ID)
	if err != nil {
		p.site.o.Log.Info("balance of a recording not measured", "call", p.record.ID, "cause", err)
		return
	}
	b, err := recording.BalanceOf(peaks)
	if err != nil || b.Length() == 0 {
		return
	}
	view, parts := &callBalance{}, []chart.Bar{}
	for _, row := range []balanceSide{
		{Word: p.say("balance.us"), Class: "us", Lasts: b.Employee, Longest: b.EmployeeLongest, LongestAt: int(b.EmployeeLongestAt.Seconds())},
		{Word: p.say("balance.client"), Class: "client", Lasts: b.Client, Longest: b.ClientLongest, LongestAt: int(b.ClientLongestAt.Seconds())},
		{Word: p.say("balance.both"), Class: "both", Lasts: b.Both},
		{Word: p.say("balance.silence"), Class: "silent", Lasts: b.Silence},
	} {
		row.Share = float64(row.Lasts) / float64(b.Length())
		view.Rows = append(view.Rows, row)
		parts = append(parts, chart.Bar{Value: row.Lasts.Seconds(), Class: row.Class, Text: row.Word + ": " + p.tongue.percent(row.Share)})
	}
	view.Title = p.say("balance.title", "Us", p.tongue.percent(view.Rows[0].Share), "Client", p.tongue.percent(view.Rows[1].Share), "Silence", p.tongue.percent(view.Rows[3].Share))
	view.Picture = chart.Shares(parts)
	p.view.Balance = view
}
