// Package tally counts a company's calls for those who may see them: by day and hour, by person, group, number and line, with the
// time before beside it. The sums are the store's; it says whose calls a viewer's right reaches, and adds up.
//
// It reads no request, shows no picture and keeps nothing. Start at Counter.
package tally

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/times"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// Statistics are what was counted of a company's calls, or of a part of them that a viewer may see, in a time and in the
// time of the same length before it. Calls that go on, private ones and those that another record tells are not in it.
// Every figure has a list of calls behind it: Search with the same days, and what the figure says.
type Statistics struct {
	From     string                      `json:"from"` // days of the company, both included
	To       string                      `json:"to"`
	Scope    StatisticsScope             `json:"scope"`
	Now      Count                       `json:"now"`
	Before   Count                       `json:"before"`
	Compared bool                        `json:"compared"` // the company had calls in the whole of the time before
	Days     []DayCount                  `json:"days"`
	Week     [7][24]Count                `json:"week"` // by weekday, 0: Sunday, and hour
	Waits    []int                       `json:"waits"`
	Outcomes map[store.MissedOutcome]int `json:"outcomes,omitempty"` // of clients who were lost; absent for a number
	Results  []ResultCount               `json:"results,omitempty"`  // of calls of which somebody said what came of them
	People   []WhoCount                  `json:"people,omitempty"`
	Groups   []WhoCount                  `json:"groups,omitempty"`
	Numbers  []WhoCount                  `json:"numbers,omitempty"`
	Lines    []LineCount                 `json:"lines,omitempty"` // for whoever may see lines
}

// ResultCount is how many calls came to a result.
type ResultCount struct {
	Result string `json:"result"` // its id
	Name   string `json:"name"`   // in the company's language
	Calls  int    `json:"calls"`
}

// StatisticsScope says whose calls were counted: the company's where all are empty.
type StatisticsScope struct {
	Groups   []fmc.GroupID  `json:"groups,omitempty"`
	Employee fmc.EmployeeID `json:"employee,omitempty"`
	Number   string         `json:"number,omitempty"`
}

// Count is a sum of calls.
type Count struct {
	In       int           `json:"in"`       // clients who called
	Answered int           `json:"answered"` // of them, those who talked with somebody
	Missed   int           `json:"missed"`   // of them, those who got past the menu and talked with nobody, also where they left a message
	Mailed   int           `json:"mailed"`   // of the missed, those who left a message
	Gone     int           `json:"gone"`     // of them, those who hung up before anybody was rung
	Out      int           `json:"out"`      // clients who were called
	Reached  int           `json:"reached"`  // of them, those who talked
	Internal int           `json:"internal"`
	Failed   int           `json:"failed"`   // both ways: forbidden by a rule, or an error of ours
	Talked   times.Seconds `json:"talked_s"` // in conversation, in all
	Waited   times.Seconds `json:"waited_s"` // of those answered, from the call's beginning, in all
	talks    int
}

// Calls is how many there are in all.
func (c Count) Calls() int { return c.In + c.Out + c.Internal }

// Loss is which share of the clients who called was missed.
func (c Count) Loss() float64 { return share(c.Missed, c.In) }

// MeanTalk is how long a conversation was on average, MeanWait how long a client waited who was answered.
func (c Count) MeanTalk() times.Seconds { return Mean(c.Talked, c.talks) }

// MeanWait is how long a client waited who was answered, on average.
func (c Count) MeanWait() times.Seconds { return Mean(c.Waited, c.Answered) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// Mean is a sum of durations divided among so many; of none it is 0.
func Mean(sum times.Seconds, n int) times.Seconds {
	if n == 0 {
		return 0
	}
	return sum / times.Seconds(n)
}

// DayCount is what was counted on a day.
type DayCount struct {
	Day string `json:"day"`
	Count
}

// WhoCount is what was counted of a person, a group or a number.
type WhoCount struct {
	Who  string `json:"who"`
	Days []int  `json:"days,omitempty"` // a person's calls on each of the last days, the oldest first
	Count
}

// LineCount is what a line of a trunk or a SIM was tried for, from our side.
type LineCount struct {
	Line   fmc.LineID    `json:"line"`
	Tries  int           `json:"tries"`
	Up     int           `json:"up"` // of them, answered
	Talked times.Seconds `json:"talked_s"`
}

// Answered is which share of the tries was answered (ASR).
func (l LineCount) Answered() float64 { return share(l.Up, l.Tries) }

// MeanTalk is how long a call was that was answered, on average (ACD).
func (l LineCount) MeanTalk() times.Seconds { return Mean(l.Talked, l.Up) }

// add adds a sum that was counted.
func (c *Count) add(t store.Tally) {
	answered := t.Status == fmc.StatusAnswered
	if answered {
		c.talks += t.Calls
	}
	c.Talked += times.In(t.Talked)
	if t.Status == fmc.StatusFailed || t.Status == fmc.StatusRefused {
		c.Failed += t.Calls
	}
	switch t.Direction {
	case fmc.Inbound.String():
		c.In += t.Calls
		switch t.Status {
		case fmc.StatusAnswered:
			c.Answered += t.Calls
			c.Waited += times.In(t.Waited)
		case fmc.StatusVoicemail:
			c.Mailed += t.Calls
			c.Missed += t.Calls
		case fmc.StatusMissed:
			c.Missed += t.Calls
		case fmc.StatusAbandoned:
			c.Gone += t.Calls
		case fmc.StatusOpen, fmc.StatusNotAnswered, fmc.StatusRefused, fmc.StatusFailed, fmc.StatusMerged:
		}
	case fmc.Outbound.String():
		c.Out += t.Calls
		if answered {
			c.Reached += t.Calls
		}
	default:
		c.Internal += t.Calls
	}
}

// sparkDays is how many days WhoCount.Days has.
const sparkDays = 14

// Counter is asked for statistics. Any goroutine may ask it.
type Counter struct {
	Store     *store.Store
	Directory *store.Directory
	Now       func() time.Time
}

// counting is a question for statistics while it is answered.
type counting struct {
	by        Counter
	viewer    access.Viewer
	company   *fmc.Company
	keep      *store.Tenant
	days      times.Span
	sum       store.TallyFilter
	scope     StatisticsScope
	statistic Statistics
}

// Statistics counts for a viewer. Parameters are from and to, days of the company, both included (the last thirty days
// where they are not given), and group, employee or number.
func (by Counter) Statistics(ctx context.Context, v access.Viewer, q url.Values) (Statistics, error) {
	c := counting{by: by, viewer: v, keep: by.Store.For(v.Company)}
	if err := c.read(q); err != nil {
		return Statistics{}, err
	}
	c.statistic.From, c.statistic.To, c.statistic.Scope = c.sum.From, c.sum.To, c.scope
	for _, part := range []func(context.Context) error{c.hours, c.waits, c.outcomes, c.results, c.people, c.groups, c.numbers, c.lines} {
		if err := part(ctx); err != nil {
			return Statistics{}, err
		}
	}
	return c.statistic, nil
}

// read takes the question, and refuses what the viewer may not see.
func (c *counting) read(q url.Values) error {
	known := []string{"from", "to", "group", "employee", "number"}
	for name := range q {
		if !slices.Contains(known, name) {
			return cause.Errorf(cause.Invalid, "parameter %q is not known: known here: %s", name, strings.Join(known, ", "))
		}
	}
	company, ok := c.by.Directory.Company(c.viewer.Company)
	if !ok {
		return cause.Errorf(cause.NotFound, "there is no company %q on this node", c.viewer.Company)
	}
	c.company = company
	var err error
	if c.days, err = times.Days(q, company.Profile.Zone, c.by.Now()); err != nil {
		return err
	}
	c.sum.From, c.sum.To = c.days.First(), c.days.Last()
	return c.readScope(fmc.GroupID(q.Get("group")), fmc.EmployeeID(q.Get("employee")), q.Get("number"))
}

// readScope takes whose calls are counted: those that are asked for, else all that the viewer sees.
func (c *counting) readScope(group fmc.GroupID, employee fmc.EmployeeID, number string) error {
	reach := c.viewer.Reach(access.StatisticsRead)
	set := 0
	for _, asked := range []bool{group != "", employee != "", number != ""} {
		if asked {
			set++
		}
	}
	switch {
	case reach == access.None:
		return c.viewer.Need(access.StatisticsRead, access.Own)
	case set > 1:
		return cause.Errorf(cause.Invalid, "choose a group, a person or a number, not several of them")
	case employee != "" && (reach == access.Company || c.viewer.Sees(access.StatisticsRead, employee, "")):
		c.scope.Employee = employee
	case group != "" && (reach == access.Company || reach == access.Groups && slices.Contains(c.viewer.Heads, group)):
		c.scope.Groups = []fmc.GroupID{group}
	case number != "" && reach == access.Company:
		c.scope.Number = number
	case set > 0:
		return c.viewer.Need(access.StatisticsRead, access.Company)
	case reach == access.Groups:
		c.scope.Groups = c.viewer.Heads
	case reach == access.Own:
		c.scope.Employee = c.viewer.Employee
	}
	switch {
	case c.scope.Employee != "":
		c.sum.Side, c.sum.Who = store.OfPerson, []string{string(c.scope.Employee)}
	case c.scope.Number != "":
		c.sum.Side, c.sum.Who = store.OfNumber, []string{c.scope.Number}
	case len(c.scope.Groups) > 0:
		c.sum.Side = store.OfGroup
		for _, g := range c.scope.Groups {
			c.sum.Who = append(c.sum.Who, string(g))
		}
	default:
		c.sum.Side = store.OfCompany
	}
	return nil
}

// hours counts by day and by hour of the week, and the time before.
func (c *counting) hours(ctx context.Context) error {
	both := c.sum
	both.From = c.days.From.AddDate(0, 0, -c.days.Count()).Format(time.DateOnly)
	rows, err := c.keep.Tallied(ctx, both)
	if err != nil {
		return err
	}
	s := &c.statistic
	since, err := c.keep.TalliedSince(ctx)
	if err != nil {
		return err
	}
	s.Compared = since != "" && since <= both.From
	for day := c.days.From; !day.After(c.days.To); day = day.AddDate(0, 0, 1) {
		s.Days = append(s.Days, DayCount{Day: day.Format(time.DateOnly)})
	}
	for _, row := range rows {
		if row.Day < c.sum.From {
			s.Before.add(row)
			continue
		}
		s.Now.add(row)
		day, err := time.Parse(time.DateOnly, row.Day)
		if err != nil {
			return err
		}
		s.Week[day.Weekday()][row.Hour].add(row)
		if i, there := slices.BinarySearchFunc(s.Days, row.Day, func(d DayCount, day string) int { return strings.Compare(d.Day, day) }); there {
			s.Days[i].add(row)
		}
	}
	return nil
}

func (c *counting) waits(ctx context.Context) error {
	bins, err := c.keep.Waits(ctx, c.sum)
	c.statistic.Waits = bins[:]
	return err
}

// outcomes counts what became of lost clients. Tasks know no number.
func (c *counting) outcomes(ctx context.Context) error {
	if c.scope.Number != "" {
		return nil
	}
	f := store.MissedFilter{From: c.days.From, To: c.days.To.AddDate(0, 0, 1), Owner: c.scope.Employee}
	if len(c.scope.Groups) > 0 {
		f.Within = &store.Within{Groups: c.scope.Groups}
	}
	var err error
	c.statistic.Outcomes, err = c.keep.CountMissed(ctx, f)
	return err
}

// results counts what came of calls: those that people are offered in their order, then those that the company removed.
func (c *counting) results(ctx context.Context) error {
	f := store.CallFilter{From: c.days.From, To: c.days.To.AddDate(0, 0, 1), Employee: c.scope.Employee, Number: c.scope.Number}
	counts, err := c.keep.CountResults(ctx, f, c.scope.Groups)
	count := func(id string) {
		if counts[id] > 0 {
			c.statistic.Results = append(c.statistic.Results, ResultCount{id, c.company.ResultName(id, c.company.Profile.Language), counts[id]})
			delete(counts, id)
		}
	}
	for _, r := range c.company.CallResults() {
		count(r.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(counts)) {
		count(id)
	}
	return err
}

// each counts of everybody who is named, those with the most calls first.
func (c *counting) each(ctx context.Context, side store.Side, who []string) ([]WhoCount, error) {
	rows, err := c.keep.TalliedEach(ctx, store.TallyFilter{From: c.sum.From, To: c.sum.To, Side: side, Who: who})
	if err != nil {
		return nil, err
	}
	counts := map[string]*Count{}
	for _, row := range rows {
		if counts[row.Who] == nil {
			counts[row.Who] = &Count{}
		}
		counts[row.Who].add(row)
	}
	var all []WhoCount
	for who, count := range counts {
		all = append(all, WhoCount{Who: who, Count: *count})
	}
	slices.SortFunc(all, func(a, b WhoCount) int { return cmp.Or(b.Calls()-a.Calls(), cmp.Compare(a.Who, b.Who)) })
	return all, nil
}

// people counts of each person, where not one is asked about.
func (c *counting) people(ctx context.Context) (err error) {
	if c.scope.Employee != "" || c.scope.Number != "" {
		return nil
	}
	var who []string
	for i := range c.company.Employees {
		e := &c.company.Employees[i]
		if len(c.scope.Groups) == 0 || slices.ContainsFunc(e.Groups, func(g fmc.GroupID) bool { return slices.Contains(c.scope.Groups, g) }) {
			who = append(who, string(e.ID))
		}
	}
	s := &c.statistic
	if s.People, err = c.each(ctx, store.OfPerson, who); err != nil {
		return err
	}
	first := c.days.To.AddDate(0, 0, 1-sparkDays)
	rows, err := c.keep.TalliedDays(ctx, store.TallyFilter{From: first.Format(time.DateOnly), To: c.sum.To, Side: store.OfPerson, Who: who})
	if err != nil {
		return err
	}
	days := map[string]int{}
	for i := range sparkDays {
		days[first.AddDate(0, 0, i).Format(time.DateOnly)] = i
	}
	sparks := map[string][]int{}
	for _, row := range rows {
		if sparks[row.Who] == nil {
			sparks[row.Who] = make([]int, sparkDays)
		}
		sparks[row.Who][days[row.Day]] += row.Calls
	}
	for i := range s.People {
		s.People[i].Days = sparks[s.People[i].Who]
	}
	return nil
}

// groups counts of each group, where none is asked about.
func (c *counting) groups(ctx context.Context) (err error) {
	if c.scope.Employee != "" || c.scope.Number != "" || len(c.scope.Groups) == 1 {
		return nil
	}
	var who []string
	for _, g := range c.company.Groups {
		if len(c.scope.Groups) == 0 || slices.Contains(c.scope.Groups, g.ID) {
			who = append(who, string(g.ID))
		}
	}
	c.statistic.Groups, err = c.each(ctx, store.OfGroup, who)
	return err
}

// numbers counts of each number, for whoever sees the whole company.
func (c *counting) numbers(ctx context.Context) (err error) {
	if c.sum.Side != store.OfCompany {
		return nil
	}
	var who []string
	for _, n := range c.company.Numbers {
		who = append(who, n.Number.E164)
	}
	c.statistic.Numbers, err = c.each(ctx, store.OfNumber, who)
	return err
}

func (c *counting) lines(ctx context.Context) error {
	if c.sum.Side != store.OfCompany {
		return nil
	}
	rows, err := c.keep.LinesTallied(ctx, c.sum.From, c.sum.To)
	for _, row := range rows {
		c.statistic.Lines = append(c.statistic.Lines, LineCount{row.Line, row.Tries, row.Up, times.In(row.Talked)})
	}
	return err
}
