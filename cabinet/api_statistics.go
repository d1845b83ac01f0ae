package cabinet

import (
	"context"
	"net/http"
	"net/url"

	"roadline/cabinet/access"
	"roadline/cabinet/tally"
	"roadline/fmc"
)

const aboutStatistics = "Statistics"

// statisticsIn chooses what is counted.
type statisticsIn struct {
	From     string         `query:"from" maxLength:"10" example:"2026-11-01" doc:"The first day, of the company; left out: the thirtieth before to."`
	To       string         `query:"to" maxLength:"10" example:"2026-11-30" doc:"The last day; left out: today."`
	Group    fmc.GroupID    `query:"group" maxLength:"128"`
	Employee fmc.EmployeeID `query:"employee" maxLength:"128"`
	Number   string         `query:"number" maxLength:"40" doc:"The company's number, in E.164."`
}

func addStatistics(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/statistics", id: "statistics.read", about: aboutStatistics, right: access.StatisticsRead,
		summary: "Count calls", more: "In a time of up to 732 days and in the one of the same length before it: in all, by day, by hour of the week, by person, group, number and line. " +
			"Of the company, or of a group, a person or a number; left out: of all that your right reaches. Private calls and those that go on are not counted.",
	}, p.countCalls)
}

func (p *Public) countCalls(ctx context.Context, who asker, in *statisticsIn) (tally.Statistics, error) {
	return p.api.Statistics(ctx, who.Viewer, url.Values{
		"from": {in.From}, "to": {in.To}, "group": {string(in.Group)}, "employee": {string(in.Employee)}, "number": {in.Number},
	})
}

// Statistics counts calls for a viewer, as a tally.Counter does.
func (a *API) Statistics(ctx context.Context, v access.Viewer, q url.Values) (tally.Statistics, error) {
	return tally.Counter{Store: a.o.Store, Directory: a.o.Directory, Now: a.o.Now}.Statistics(ctx, v, q)
}
