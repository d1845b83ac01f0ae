package web

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"roadline/cabinet/tally"
	"roadline/cabinet/web/chart"
	"roadline/store"
)

// pictures are all that there is to draw.
func (c *counted) pictures() []picture {
	var all []picture
	for _, draw := range []func() (picture, bool){c.week, c.lost, c.results, c.waited, c.days, c.people, c.groups, c.numbers, c.lines} {
		if p, any := draw(); any {
			p.Table = c.csvOf(p.ID)
			all = append(all, p)
		}
	}
	return all
}

// weekdays are the days of the week in the order in which people count them here.
var weekdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

// fewCalls is how many callers an hour of the week must have had for its loss to say something.
const fewCalls = 5

// week is the heat map: when calls come, are lost, wait.
func (c *counted) week() (picture, bool) {
	mode := cmp.Or(c.q.Get("heat"), "loss")
	p := picture{
		ID: "week", How: c.say("statistics.week-how"),
		Heads: []string{c.say("statistics.hour"), c.say("statistics.in"), c.say("statistics.answered"), c.say("statistics.lost"), c.say("statistics.loss-head"), c.say("statistics.mean-wait")},
	}
	for _, m := range []string{"loss", "calls", "wait"} {
		p.Modes = append(p.Modes, pictureMode{c.say("statistics.week-" + m), address("/statistics", c.q, "heat", m) + "#week", m == mode})
	}
	var (
		names      []string
		cells      [][24]chart.Cell
		worst      tally.Count
		busiest    tally.Count
		when, peak string
	)
	for _, day := range weekdays {
		names = append(names, c.tongue.weekday(day))
		var row [24]chart.Cell
		for hour, count := range c.Week[day] {
			if count.In == 0 {
				continue
			}
			name := c.say("statistics.week-hour", "Day", c.tongue.weekday(day), "From", hour, "To", hour+1)
			set := []string{"dow", strconv.Itoa(int(day)), "hour", strconv.Itoa(hour), "direction", inbound}
			row[hour] = c.cell(mode, name, count, set)
			p.Rows = append(p.Rows, pictureRow{Name: name, Link: c.behind(set...), Cells: []string{
				c.tongue.count(count.In), c.tongue.count(count.Answered), c.tongue.count(count.Missed), c.tongue.percent(count.Loss()), c.span(count.MeanWait()),
			}})
			if count.In >= fewCalls && count.Loss() > worst.Loss() {
				worst, when = count, name
			}
			if count.In > busiest.In {
				busiest, peak = count, name
			}
		}
		cells = append(cells, row)
	}
	switch {
	case when != "":
		p.Title = c.say("statistics.week-loses", "When", when, "Share", c.tongue.percent(worst.Loss()), "Missed", worst.Missed, "In", worst.In)
	case peak != "":
		p.Title = c.say("statistics.week-busiest", "When", peak, "In", busiest.In)
	default:
		return p, false
	}
	p.Chart = chart.Heat(names, cells)
	return p, true
}

// cell is an hour of the week in a way to look at it.
func (c *counted) cell(mode, name string, count tally.Count, set []string) chart.Cell {
	cell := chart.Cell{Text: c.say("statistics.week-cell", "When", name, "In", count.In, "Missed", count.Missed, "Wait", c.span(count.MeanWait()))}
	switch mode {
	case "calls":
		cell.Value, cell.Short, cell.Link = float64(count.In), c.tongue.count(count.In), c.behind(set...)
	case "wait":
		cell.Value, cell.Short, cell.Link = float64(count.MeanWait()), c.span(count.MeanWait()), c.behind(set...)
	default:
		cell.Value, cell.Short = count.Loss(), strconv.Itoa(int(count.Loss()*100+0.5))
		cell.Link = c.behind(append(set, "status", lostStatuses)...)
	}
	return cell
}

// lost is the funnel: from the calls that came to the clients who were never spoken with.
func (c *counted) lost() (picture, bool) {
	if c.Outcomes == nil || c.Now.In == 0 {
		return picture{}, false
	}
	clients := 0
	for _, n := range c.Outcomes {
		clients += n
	}
	p := picture{ID: "lost", How: c.say("statistics.lost-how"), Heads: []string{c.say("statistics.step"), c.say("statistics.number")}}
	never := c.Outcomes[store.NeverReturned]
	switch {
	case clients == 0:
		p.Title = c.say("statistics.lost-nobody")
	case never == 0:
		p.Title = c.say("statistics.lost-all-back")
	default:
		p.Title = c.say("statistics.lost-never", "N", never)
	}
	var bars []chart.Bar
	step := func(words string, n int, class, link string) {
		bars = append(bars, chart.Bar{Label: words, Value: float64(n), Text: c.tongue.count(n), Class: class, Link: link})
		p.Rows = append(p.Rows, pictureRow{Name: words, Link: link, Cells: []string{c.tongue.count(n)}})
	}
	step(c.say("statistics.lost-in"), c.Now.In, "", c.behind("direction", inbound))
	step(c.say("statistics.lost-missed"), c.Now.Missed, "warn", c.behind("direction", inbound, "status", lostStatuses))
	step(c.say("statistics.lost-clients"), clients, "warn", "")
	for _, outcome := range store.MissedOutcomes {
		class := "ok"
		switch outcome {
		case store.NeverReturned:
			class = "bad"
		case store.ClosedByHand, store.CalledBackLater:
			class = "idle"
		case store.CalledBackSoon, store.CalledBackDay, store.CalledAgain:
		}
		step(c.say("statistics.outcome-"+string(outcome)), c.Outcomes[outcome], class, c.lostClients(string(outcome)))
	}
	p.Chart = chart.Steps(bars)
	return p, true
}

// results is what came of calls, as those who talked say.
func (c *counted) results() (picture, bool) {
	if len(c.Results) == 0 {
		return picture{}, false
	}
	p := picture{ID: "results", How: c.say("statistics.results-how"), Own: true, Heads: []string{c.say("result.what"), c.say("statistics.number")}}
	all, most := 0, c.Results[0]
	for _, r := range c.Results {
		if all += r.Calls; r.Calls > most.Calls {
			most = r
		}
	}
	p.Title = c.say("statistics.results-title", "Result", c.resultWord(most.Result), "Share", c.tongue.percent(float64(most.Calls)/float64(all)))
	bars := []chart.Bar{{Label: c.say("statistics.results-all"), Value: float64(all), Text: c.tongue.count(all)}}
	for _, r := range c.Results {
		name, link := c.resultWord(r.Result), c.behind("result", r.Result)
		bars = append(bars, chart.Bar{Label: name, Value: float64(r.Calls), Text: c.tongue.count(r.Calls), Link: link})
		p.Rows = append(p.Rows, pictureRow{Name: name, Link: link, Cells: []string{c.tongue.count(r.Calls)}})
	}
	p.Chart = chart.Steps(bars)
	return p, true
}

// waited is how long clients waited who were answered.
func (c *counted) waited() (picture, bool) {
	share, n := c.prompt()
	if n == 0 {
		return picture{}, false
	}
	p := picture{
		ID: "waits", How: c.say("statistics.waits-how"), Heads: []string{c.say("statistics.waited"), c.say("statistics.calls")},
		Title: c.say("statistics.waits-title", "Share", c.tongue.percent(share), "S", int(promptTarget.Seconds()), "Half", c.tongue.length(c.half(n))),
	}
	var bars []chart.Bar
	for bin, calls := range c.Waits {
		from := bin * 5
		name, set := c.say("statistics.waits-bin", "From", from, "To", from+5), []string{"direction", inbound, "wait", strconv.Itoa(from), "wait_under", strconv.Itoa(from + 5)}
		if bin == len(c.Waits)-1 {
			name, set = c.say("statistics.waits-last", "From", from), []string{"direction", inbound, "wait", strconv.Itoa(from)}
		}
		bars = append(bars, chart.Bar{Label: strconv.Itoa(from), Value: float64(calls), Text: name + ": " + c.tongue.count(calls), Link: c.behind(set...)})
		p.Rows = append(p.Rows, pictureRow{Name: name, Link: c.behind(set...), Cells: []string{c.tongue.count(calls)}})
	}
	p.Chart = chart.Bars(bars, int(promptTarget/store.WaitStep), c.say("statistics.waits-target", "S", int(promptTarget.Seconds())), 4)
	return p, true
}

// half is within what time half of those who were answered were: the end of the bin in which the middle one lies.
func (c *counted) half(n int) time.Duration {
	sum := 0
	for bin, calls := range c.Waits {
		if sum += calls; 2*sum >= n {
			return time.Duration(bin+1) * store.WaitStep
		}
	}
	return 0
}

// mostColumns is how many days are drawn each for itself; of more, weeks are drawn.
const mostColumns = 92

// days is how many calls there were on each day.
func (c *counted) days() (picture, bool) {
	if len(c.Days) < 2 || c.Now.Calls() == 0 {
		return picture{}, false
	}
	p := picture{ID: "days", How: c.say("statistics.days-how"), Heads: []string{
		c.say("statistics.day"), c.say("statistics.in"), c.say("statistics.lost"), c.say("statistics.out"), c.say("statistics.reached"), c.say("statistics.talked"),
	}}
	busiest := c.Days[0]
	for _, d := range c.Days {
		if d.Calls() > busiest.Calls() {
			busiest = d
		}
		p.Rows = append(p.Rows, pictureRow{Name: c.dayName(d.Day), Link: c.behind("from", d.Day, "to", d.Day), Cells: []string{
			c.tongue.count(d.In), c.tongue.count(d.Missed), c.tongue.count(d.Out), c.tongue.count(d.Reached), c.span(d.Talked),
		}})
	}
	width := 1
	if len(c.Days) > mostColumns {
		width = 7
	}
	var bars []chart.Bar
	for some := range slices.Chunk(c.Days, width) {
		n := 0
		for _, d := range some {
			n += d.Calls()
		}
		bars = append(bars, chart.Bar{
			Label: some[0].Day[8:] + "." + some[0].Day[5:7], Value: float64(n), Text: c.dayName(some[0].Day) + ": " + c.tongue.count(n),
			Link: c.behind("from", some[0].Day, "to", some[len(some)-1].Day),
		})
	}
	p.Title = c.say("statistics.days-title", "All", c.tongue.count(c.Now.Calls()), "Day", c.dayName(busiest.Day), "Most", c.tongue.count(busiest.Calls()))
	p.Chart = chart.Bars(bars, -1, "", max(1, len(bars)/8))
	return p, true
}

// people are who talked, each with the line of their last days.
func (c *counted) people() (picture, bool) {
	if len(c.People) == 0 {
		return picture{}, false
	}
	all := first(c.People, func(w tally.WhoCount) float64 { return float64(w.Talked) })
	p := c.sides("people", all, "employee")
	p.Title = c.say("statistics.people-title", "Who", c.whoName("people", all[0].Who), "Length", c.tongue.length(took(all[0].Talked)))
	for i := range p.Rows {
		p.Rows[i].Spark = chart.Spark(all[i].Days)
	}
	return p, true
}

// groups are the departments.
func (c *counted) groups() (picture, bool) {
	if len(c.Groups) == 0 {
		return picture{}, false
	}
	all := first(c.Groups, tally.WhoCount.Loss)
	worst, p := all[0], c.sides("groups", all, "group")
	p.Title = c.say("statistics.groups-none-lost")
	if worst.Missed > 0 {
		p.Title = c.say("statistics.groups-title", "Who", c.whoName("groups", worst.Who), "Share", c.tongue.percent(worst.Loss()))
	}
	return p, true
}

// numbers are the company's.
func (c *counted) numbers() (picture, bool) {
	if len(c.Numbers) == 0 {
		return picture{}, false
	}
	all := first(c.Numbers, func(w tally.WhoCount) float64 { return float64(w.In) })
	most, p := all[0], c.sides("numbers", all, "number")
	p.Title = c.say("statistics.numbers-title", "Who", c.whoName("numbers", most.Who), "Share", c.tongue.percent(float64(most.In)/float64(max(c.Now.In, 1))))
	return p, true
}

// first is a table with its largest rows on top, by what its title speaks of; those alike stay as they were.
func first(all []tally.WhoCount, by func(tally.WhoCount) float64) []tally.WhoCount {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b tally.WhoCount) int { return cmp.Compare(by(b), by(a)) })
	return sorted
}

// sides is the table of people, groups or numbers.
func (c *counted) sides(kind string, all []tally.WhoCount, name string) picture {
	p := picture{ID: kind, Own: true, How: c.say("statistics." + kind + "-how"), Heads: []string{
		c.say("statistics." + kind), c.say("statistics.in"), c.say("statistics.answered"), c.say("statistics.lost"), c.say("statistics.mean-wait"), c.say("statistics.out"),
		c.say("statistics.reached"), c.say("statistics.talked"),
	}}
	for _, w := range all {
		p.Rows = append(p.Rows, pictureRow{Name: c.whoName(kind, w.Who), Link: c.behind(name, w.Who), Cells: []string{
			c.tongue.count(w.In), c.tongue.count(w.Answered), c.tongue.count(w.Missed), c.span(w.MeanWait()), c.tongue.count(w.Out), c.tongue.count(w.Reached), c.span(w.Talked),
		}})
	}
	return p
}

// lines are how the lines of trunks and SIMs served.
func (c *counted) lines() (picture, bool) {
	if len(c.Lines) == 0 {
		return picture{}, false
	}
	worst := slices.MinFunc(c.Lines, func(a, b tally.LineCount) int { return cmp.Compare(a.Answered(), b.Answered()) })
	p := picture{
		ID: "lines", Own: true, How: c.say("statistics.lines-how"),
		Title: c.say("statistics.lines-title", "Line", cmp.Or(c.lineName(worst.Line), "–"), "Share", c.tongue.percent(worst.Answered()), "Tries", worst.Tries),
		Heads: []string{c.say("statistics.lines"), c.say("statistics.tries"), c.say("statistics.up"), c.say("statistics.asr"), c.say("statistics.acd"), c.say("statistics.talked")},
	}
	for _, l := range c.Lines {
		p.Rows = append(p.Rows, pictureRow{Name: cmp.Or(c.lineName(l.Line), "–"), Cells: []string{
			c.tongue.count(l.Tries), c.tongue.count(l.Up), c.tongue.percent(l.Answered()), c.span(l.MeanTalk()), c.span(l.Talked),
		}})
	}
	return p, true
}
