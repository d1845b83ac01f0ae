package cabinet

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/fmc"
	"roadline/store"
)

const aboutLines = "Lines and SIM cards"

// LinePath names a line.
type LinePath struct {
	Line fmc.LineID `path:"line" maxLength:"128"`
}

// SIMPath names a card.
type SIMPath struct {
	ICCID fmc.ICCID `path:"iccid" maxLength:"32" doc:"The number that is printed on the card."`
}

func addLines(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/lines", id: "lines.list", about: aboutLines, right: access.LinesRead, least: access.Company,
		summary: "List the lines", more: "SIM cards in modems, and those that should be, with what would make them ready.",
	}, func(_ context.Context, who asker, _ *struct{}) ([]LineShown, error) {
		shown := []LineShown{}
		for _, l := range p.api.linesOf(who.company) {
			shown = append(shown, showView(l))
		}
		return shown, nil
	})
	add(p, operation{
		method: http.MethodGet, path: "/lines/{line}", id: "lines.show", about: aboutLines, right: access.LinesRead, least: access.Company,
		summary: "Show a line", more: "With how it served in the last day, week and month.",
	}, p.showLine)
	add(p, operation{
		method: http.MethodPost, path: "/lines/{line}/ussd", id: "lines.ussd", about: aboutLines, right: access.USSDAsk, least: access.Company,
		summary: "Ask a line's network", more: "By USSD, or answer what it asked; it may take half a minute.",
	}, p.askLine)
	add(p, operation{
		method: http.MethodPost, path: "/lines/{line}/release", id: "lines.release", about: aboutLines, right: access.LinesAct, least: access.Company,
		summary: "Let a line take calls again", more: "One that failures keep from it: whoever asks has looked at it.",
	}, p.releaseLine)
	add(p, operation{
		method: http.MethodPost, path: "/lines/{line}/restart", id: "lines.restart", about: aboutLines, right: access.LinesAct, least: access.Company,
		summary: "Restart a line's modem", more: "It answers once the modem began anew; the line takes calls again a minute later. A line in a call is refused, unless the call may be lost.",
	}, p.restartLine)
	add(p, operation{
		method: http.MethodGet, path: "/lines/days", id: "lines.days", about: aboutLines, right: access.LinesRead, least: access.Company,
		summary: "Show a day of the lines", more: "What each SIM line did from midnight to midnight: idle, in a call, used up to a limit, without a network, locked, away. Of today and the last 31 days.",
	}, func(ctx context.Context, who asker, in *lineDaysIn) (LineDays, error) {
		return p.api.LineDays(ctx, who.company, in.Line, in.Day)
	})
	add(p, operation{
		method: http.MethodGet, path: "/lines/routes", id: "lines.routes", about: aboutLines, right: access.LinesRead, least: access.Company,
		summary: "Compare lines by destination", more: "What our side tried by each trunk and SIM line: the share answered (ASR), how long conversations were (ACD), how long it took to ring (PDD), and how it sounded (MOS). " +
			"Numbers of the company's own country by their first digits, others by country; in a time of up to 732 days.",
	}, func(ctx context.Context, who asker, in *routesIn) (Routes, error) {
		return p.api.Routes(ctx, who.company, url.Values{"from": {in.From}, "to": {in.To}})
	})
	add(p, operation{
		method: http.MethodGet, path: "/lines/shadow", id: "lines.shadow", about: aboutLines, right: access.LinesRead, least: access.Company,
		summary: "Show what own cards found of each other", more: "Calls and texts from each of the company's cards to another, at night or when somebody asked: whether it rang and how soon, which number arrived, how each side was heard, whether the text came. They count as use of the cards, and in no statistics of calls.",
	}, func(ctx context.Context, who asker, in *shadowIn) (ShadowShown, error) {
		return p.api.Shadow(ctx, who.company, in.Days)
	})
	add(p, operation{
		method: http.MethodPost, path: "/lines/shadow", id: "lines.try", about: aboutLines, right: access.LinesAct, least: access.Company,
		summary: "Have own cards try each other now", more: "As soon as their lines are free, within ten minutes; a call of a client goes before. What comes of it is read from lines.shadow.",
	}, func(_ context.Context, who asker, in *tryIn) (ShadowBegun, error) {
		return p.api.TryCards(who.company, in.Body, who.By())
	})
	add(p, operation{
		method: http.MethodGet, path: "/sims", id: "sims.list", about: aboutLines, right: access.LinesRead, least: access.Company,
		summary: "List the SIM cards", more: "Those of the document, and those that the company had. Balances are told to whoever may see them.",
	}, func(ctx context.Context, who asker, _ *struct{}) ([]SIMShown, error) {
		all, err := p.api.simsOf(ctx, who.company)
		if !who.seesBalances() {
			for i := range all {
				all[i].Balance = nil
			}
		}
		return all, err
	})
	add(p, operation{
		method: http.MethodGet, path: "/sims/forecast", id: "sims.forecast", about: aboutLines, right: access.LinesRead, least: access.Company,
		summary: "Foresee what cards' packages come to", more: "To the end of each tariff's month, from the use of the last eight weeks by weekday, with what other cards could take. " +
			"What is foreseen of money is told to whoever may see balances. A card that was used on fewer than seven days is left out.",
	}, func(ctx context.Context, who asker, _ *struct{}) ([]UseForecast, error) {
		return p.api.Forecasts(ctx, who.company, who.seesBalances())
	})
	add(p, operation{
		method: http.MethodGet, path: "/sims/mandates", id: "sims.mandates", about: aboutLines, right: access.LinesRead, least: access.Company,
		summary: "Report the mandates of the SIM cards", more: "Whose each card is, by which contract, for what, where and until when, and what it was used for in a time of up to 732 days: calls and messages, the first and the last, and the countries reached. " +
			"Cards in use whose mandate ends within 30 days, has ended or is none stand first. Who took the report stands in the audit.",
	}, p.reportMandates)
	add(p, operation{
		method: http.MethodGet, path: "/sims/{iccid}", id: "sims.show", about: aboutLines, right: access.LinesRead, least: access.Company,
		summary: "Show a SIM card", more: "Its mandate, limits, use and history, and for whoever may see them its balances.",
	}, func(ctx context.Context, who asker, in *SIMPath) (SIMDetail, error) {
		d, err := p.api.simOf(ctx, who.company, in.ICCID)
		if !who.seesBalances() {
			d.Balance, d.Balances = nil, []store.SIMBalance{}
		}
		return d, err
	})
	add(p, operation{
		method: http.MethodPut, path: "/sims/{iccid}/number", id: "sims.rebind", about: aboutLines, right: access.LinesAct, least: access.Company,
		summary: "Have a number carried by a card", more: "Or by its trunk again. It makes a version of the company's document in which nothing else is changed.",
	}, p.rebind)
}

// seesBalances reports whether the money of cards is for whoever asks.
func (w asker) seesBalances() bool { return w.Need(access.BalancesRead, access.Company) == nil }

// LineShown is a line as the API tells it.
type LineShown struct {
	ID      fmc.LineID `json:"id"`
	State   string     `json:"state"`             // in a word or two: "ready", "in a call", "quarantined"
	Ready   bool       `json:"ready"`             // it takes calls now
	Why     string     `json:"why,omitempty"`     // why not
	WayOut  string     `json:"way_out,omitempty"` // what would make it ready
	Since   *time.Time `json:"since,omitempty"`   // of State
	ICCID   fmc.ICCID  `json:"iccid,omitempty"`
	Network string     `json:"network,omitempty"` // as it calls itself
	Signal  int        `json:"signal_dbm,omitempty"`
	Modem   string     `json:"modem,omitempty"`
	Model   string     `json:"model,omitempty"`
	Call    fmc.CallID `json:"call,omitempty"`  // that has it now
	Queue   int        `json:"queue,omitempty"` // messages that wait to be sent by it
}

func showView(l fmc.LineView) LineShown {
	shown := LineShown{
		ID: l.ID, State: l.State, Ready: l.Ready, Why: l.Why, WayOut: l.WayOut, Modem: l.Name, Model: l.Model, Call: l.Call, Queue: l.Queue,
	}
	if !l.Since.IsZero() {
		at := l.Since.UTC()
		shown.Since = &at
	}
	if l.SIM != nil {
		shown.ICCID, shown.Network, shown.Signal = l.SIM.ICCID, l.SIM.Network, l.SIM.SignalDBm
	}
	return shown
}

// LineServed is a line with how it served.
type LineServed struct {
	Line  LineShown    `json:"line"`
	Day   QualityShown `json:"day"`   // the last 24 hours
	Week  QualityShown `json:"week"`  // the last 7 days
	Month QualityShown `json:"month"` // the last 31 days
	Use   []UseShown   `json:"use"`   // by day, the latest last
}

func (p *Public) showLine(ctx context.Context, who asker, in *LinePath) (LineServed, error) {
	l, err := p.api.lineOf(who.company, in.Line)
	if err != nil {
		return LineServed{}, err
	}
	d, err := p.api.served(ctx, who.company, l)
	return LineServed{Line: showView(l), Day: d.Day, Week: d.Week, Month: d.Month, Use: d.Use}, err
}

// ussdIn is what is asked of a line's network.
type ussdIn struct {
	LinePath
	Body USSD
}

func (p *Public) askLine(ctx context.Context, who asker, in *ussdIn) (fmc.USSDAnswer, error) {
	l, err := p.api.lineOf(who.company, in.Line)
	if err != nil {
		return fmc.USSDAnswer{}, err
	}
	return p.api.askNetwork(ctx, who.company, l, in.Body)
}

func (p *Public) releaseLine(_ context.Context, who asker, in *LinePath) (LineShown, error) {
	if _, err := p.api.lineOf(who.company, in.Line); err != nil {
		return LineShown{}, err
	}
	l, err := p.api.release(who.company, in.Line)
	return showView(l), err
}

// lineDaysIn chooses a day of lines.
type lineDaysIn struct {
	Day  string     `query:"day" maxLength:"10" example:"2026-11-28" doc:"Of the company; left out: today."`
	Line fmc.LineID `query:"line" maxLength:"128" doc:"Left out: all of them."`
}

// routesIn chooses a time.
type routesIn struct {
	From string `query:"from" maxLength:"10" example:"2026-11-01" doc:"The first day, of the company; left out: the thirtieth before to."`
	To   string `query:"to" maxLength:"10" example:"2026-11-30" doc:"The last day; left out: today."`
}

func (p *Public) reportMandates(ctx context.Context, who asker, in *routesIn) (MandateReport, error) {
	report, err := p.api.Mandates(ctx, who.company, url.Values{"from": {in.From}, "to": {in.To}})
	if err != nil {
		return report, err
	}
	return report, p.api.TookMandates(ctx, who.Company, report)
}

// restartIn has a modem restarted.
type restartIn struct {
	LinePath
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"It stands in the audit."`
		Lose   bool   `json:"lose_call,omitempty" doc:"A call that goes on may be lost."`
	}
}

func (p *Public) restartLine(ctx context.Context, who asker, in *restartIn) (LineShown, error) {
	l, err := p.api.Restart(ctx, who.company, in.Line, Restart{Reason: in.Body.Reason, Lose: in.Body.Lose})
	return showView(l), err
}

// rebindIn has a number carried by a card.
type rebindIn struct {
	SIMPath
	Body struct {
		Number   string      `json:"number" minLength:"1" maxLength:"40" doc:"The company's."`
		Trunk    fmc.TrunkID `json:"trunk,omitempty" maxLength:"128" doc:"Which carries it again, in place of the card."`
		Spare    string      `json:"spare,omitempty" maxLength:"40" doc:"The number that the card which had it has from now on."`
		Base     int64       `json:"base,omitempty" minimum:"0" doc:"The generation that was looked at; left out: the newest, whatever it is."`
		Reason   string      `json:"reason" minLength:"1" maxLength:"2000"`
		DryRun   bool        `json:"dry_run,omitempty" doc:"Look and change nothing."`
		Override string      `json:"override,omitempty" maxLength:"2000" doc:"Why it is applied although the company's own tests fail; it needs the right document.override."`
	}
}

func (p *Public) rebind(ctx context.Context, who asker, in *rebindIn) (document.Applied, error) {
	b := in.Body
	if b.Override != "" {
		if err := who.Need(access.DocumentOverride, access.Company); err != nil {
			return document.Applied{}, err
		}
	}
	store.Auditing(ctx).After = b
	return p.api.rebindTo(ctx, who.company, in.ICCID, Rebind{
		Number: b.Number, Trunk: b.Trunk, Spare: b.Spare, Base: b.Base, Author: who.By(), Reason: b.Reason, DryRun: b.DryRun, Override: b.Override,
	})
}

// shadowIn is for how many days back attempts are shown.
type shadowIn struct {
	Days int `query:"days" default:"14" minimum:"1" maximum:"92"`
}

// tryIn is which card is tried.
type tryIn struct{ Body ShadowWish }
