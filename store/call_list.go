package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// CallFilter chooses calls. Empty fields choose all.
type CallFilter struct {
	From, To  time.Time // began at From or later and before To
	Client    string    // E.164, or its beginning
	Whole     bool      // Client is all of the number: some countries' numbers begin with others
	Digits    string    // with which the client's number ends
	Employee  fmc.EmployeeID
	Group     fmc.GroupID
	Number    string // E.164 of the company
	Direction fmc.Direction
	Status    fmc.Status
	Statuses  []fmc.Status // any of them
	Found     *Found       // that a search found; nil: no search
	Tag       string
	Line      fmc.LineID    // that one of their legs had
	Result    string        // as somebody said after the call
	Talk      DurationRange // in conversation
	Wait      DurationRange // from the beginning to the first conversation
	Taped     bool          // only those with a recording to be heard
	Week      *WeekHour     // only those that began in that hour of the week
	Merged    bool          // also calls that another record tells
	// Private: the calls of that person alone; empty: those of nobody alone.
	Private fmc.EmployeeID
	Within  *Within  // whose calls may be seen; nil: everybody's
	After   CallMark // the last line of the page before
	Limit   int      // 0: 50; at most 1000
}

// DurationRange chooses durations of at least Least and less than Under; 0: any.
type DurationRange struct{ Least, Under time.Duration }

// WeekHour is an hour of the week in a zone.
type WeekHour struct {
	Day  time.Weekday
	Hour int // 0 to 23
	Zone *time.Location
}

// Within is whose calls, or tasks, somebody may see: those of people, those of groups, and those of groups that are nobody's.
type Within struct {
	People  []fmc.EmployeeID
	Groups  []fmc.GroupID
	Nobodys []fmc.GroupID
}

// CallMark is the place of a call in the list.
type CallMark struct {
	Began time.Time
	ID    fmc.CallID
}

// CallLine is one call in a list.
type CallLine struct {
	ID           fmc.CallID
	Began        time.Time
	Direction    string
	Status       fmc.Status
	Client       string // E.164, or what else is known of it
	Number       string // of the company
	Employee     fmc.EmployeeID
	EmployeeName string // empty where the person is not known any more
	Group        fmc.GroupID
	Answered     *time.Duration // since Began; nil: never
	Talked       time.Duration
	Ended        *time.Duration // since Began; nil: it goes on
	Cause        string
	Recording    string // the tape's state
	Interrupted  bool
	MergedInto   *fmc.CallID
	Kept         bool   // there is a recording to be heard
	Called       string // who the client is; empty: nobody wrote it
	Result       string // what came of it, as who talked says; empty: nothing was said
}

// Mark is the line's place, for the next page.
func (l CallLine) Mark() CallMark { return CallMark{l.Began, l.ID} }

// kept is whether a call c has a recording that nobody deleted.
const kept = `exists (select from recording k where k.company = c.company and k.call = c.id and k.gone is null and k.lost is null)`

const callLines = `select c.id, c.began, c.direction, c.status, c.client, c.number, c.employee, coalesce(e.name, ''), c.grp,
		c.answered, c.talked, c.ended, c.cause, c.recording, c.interrupted, c.merged_into, ` + kept + `,
		` + clientCalled + `, coalesce(r.result, '')
	from %s c left join employee e on e.company = c.company and e.id = c.employee
		left join client w on w.company = c.company and w.number = c.client
		left join call_result r on r.company = c.company and r.call = c.id`

// mostCalls is how long a page is at most.
const mostCalls = 1000

const newestFirst = " order by c.began desc, c.id desc"

// Calls returns a page of calls, newest first.
func (t *Tenant) Calls(ctx context.Context, f CallFilter) (lines []CallLine, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, mostCalls)
	sql, args := f.sql(t.id)
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		lines, err = pgx.CollectRows(rows, pgx.RowToStructByPos[CallLine])
		return err
	})
	return lines, err
}

// EachCall has a function take every call that a filter chooses, newest first, whatever the filter's Limit says. It asks
// page by page, so that no connection waits for a slow reader. An error of take ends it.
func (t *Tenant) EachCall(ctx context.Context, f CallFilter, take func(CallLine) error) error {
	f.Limit = mostCalls
	for {
		lines, err := t.Calls(ctx, f)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if err := take(l); err != nil {
				return err
			}
		}
		if len(lines) < mostCalls {
			return nil
		}
		f.After = lines[len(lines)-1].Mark()
	}
}

// sql writes the query.
func (f CallFilter) sql(company fmc.CompanyID) (string, []any) {
	terms, limit := f.terms(company), fmt.Sprintf(" limit %d", f.Limit)
	from := "call_record"
	if ways := f.ways(&terms); len(ways) == 1 {
		terms.add(true, ways[0])
	} else if len(ways) > 1 {
		from = "(" + f.each(ways, terms, limit) + ")"
		return fmt.Sprintf(callLines, from) + newestFirst + limit, terms.args
	}
	return fmt.Sprintf(callLines, from) + " where " + strings.Join(terms.terms, " and ") + newestFirst + limit, terms.args
}

// each finds the calls of every way by itself, each in the list's order by an index of its own, and then puts them together:
// for one condition with "or" PostgreSQL would walk through all calls of the company until it has a page.
func (f CallFilter) each(ways []string, terms conditions, limit string) string {
	var all []string
	for _, way := range ways {
		all = append(all, "(select c.* from call_record c where "+strings.Join(append(slices.Clip(terms.terms), way), " and ")+newestFirst+limit+")")
	}
	return "select distinct on (c.began, c.id) c.* from (" + strings.Join(all, " union all ") + ") c" + newestFirst + limit
}

// ways are the conditions of which a call has to meet one; none: every call will do.
func (f CallFilter) ways(terms *conditions) []string {
	ways := both(f.Found.ways(terms), f.Within.ways(terms))
	if f.Week != nil {
		ways = both(ways, f.weeks(terms))
	}
	return ways
}

// mostWays is how many searches may be put together; of more, one condition is made.
const mostWays = 64

// both are the ways that meet one of a and one of b; nil stands for every call.
func both(a, b []string) (all []string) {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case len(a)*len(b) > mostWays:
		return []string{"(" + strings.Join(a, " or ") + ") and (" + strings.Join(b, " or ") + ")"}
	}
	for _, x := range a {
		for _, y := range b {
			all = append(all, x+" and "+y)
		}
	}
	return all
}

// weeks are the hours that the filter's hour of the week is in its time; where that is open, or too long, every call's hour
// is looked at.
func (f CallFilter) weeks(terms *conditions) (ways []string) {
	zone, before := f.Week.Zone, len(terms.args)
	day := f.From.In(zone)
	for days := 0; !f.From.IsZero() && !f.To.IsZero() && len(ways) <= mostWays; days++ {
		hour := time.Date(day.Year(), day.Month(), day.Day()+days, f.Week.Hour, 0, 0, 0, zone)
		if !hour.Before(f.To) {
			if ways == nil {
				return []string{"false"}
			}
			return ways
		}
		if hour.Weekday() == f.Week.Day {
			ways = append(ways, terms.with("c.began >= ? and c.began < ?", hour, hour.Add(time.Hour)))
		}
	}
	terms.args = terms.args[:before]
	return []string{terms.with("extract(dow from c.began at time zone ?) = ? and extract(hour from c.began at time zone ?) = ?",
		zone.String(), int(f.Week.Day), zone.String(), f.Week.Hour)}
}

// terms writes the conditions that are set.
func (f CallFilter) terms(company fmc.CompanyID) conditions {
	terms := conditions{terms: []string{"c.company = $1"}, args: []any{company}}
	terms.add(!f.From.IsZero(), "c.began >= ?", f.From)
	terms.add(!f.To.IsZero(), "c.began < ?", f.To)
	terms.add(f.Client != "" && f.Whole, "c.client = ?", f.Client)
	terms.add(f.Client != "" && !f.Whole, "starts_with(c.client, ?)", f.Client)
	terms.add(f.Digits != "", "starts_with(c.tail, ?)", reversed(f.Digits))
	terms.add(f.Employee != "", "c.employee = ?", f.Employee)
	terms.add(f.Group != "", "c.grp = ?", f.Group)
	terms.add(f.Number != "", "c.number = ?", f.Number)
	terms.add(f.Direction == fmc.Internal, "c.direction = 'internal'") // as an index has it
	terms.add(f.Direction != 0 && f.Direction != fmc.Internal, "c.direction = ?", f.Direction.String())
	terms.add(f.Status != "", "c.status = ?", f.Status)
	terms.add(len(f.Statuses) > 0, "c.status = any(?)", f.Statuses)
	terms.add(f.Line != "", "exists (select from call_leg x where x.company = c.company and x.call = c.id and x.line = ?)", f.Line)
	// By the call alone: told of its beginning too, PostgreSQL takes both to be by chance alike, expects none, and reads all calls.
	terms.add(f.Tag != "", "exists (select from call_tag x where x.company = c.company and x.tag = ? and x.call = c.id)", f.Tag)
	terms.add(f.Result != "", "exists (select from call_result x where x.company = c.company and x.result = ? and x.call = c.id)", f.Result)
	f.Talk.add(&terms, "c.talked")
	f.Wait.add(&terms, "c.answered")
	terms.add(f.Taped, "c.recording = 'ready' and "+kept)
	terms.add(f.Private == "", "not c.private")
	terms.add(f.Private != "", "c.private and c.employee = ?", f.Private)
	terms.add(!f.Merged, "c.merged_into is null")
	terms.add(f.After.ID != "", "(c.began, c.id) < (?, ?)", f.After.Began, f.After.ID)
	return terms
}

func (d DurationRange) add(terms *conditions, column string) {
	terms.add(d.Least > 0, column+" >= ?", d.Least)
	terms.add(d.Under > 0, column+" < ?", d.Under)
}

// ways are the ways in which a call may be seen, one for each person and group.
func (w *Within) ways(terms *conditions) (ways []string) {
	if w == nil {
		return nil
	}
	for _, p := range w.People {
		ways = append(ways, terms.with("c.employee = ?", p))
	}
	for _, g := range w.Groups {
		ways = append(ways, terms.with("c.grp = ?", g))
	}
	for _, g := range w.Nobodys {
		ways = append(ways, terms.with("c.employee = '' and c.grp = ?", g))
	}
	if ways == nil {
		return []string{"false"}
	}
	return ways
}

// add adds the condition that a row is one that may be seen, for the columns that hold a person and a group.
func (w *Within) add(terms *conditions, person, group string) {
	if w == nil {
		return
	}
	terms.add(true, fmt.Sprintf("(%[1]s = any(?) or %[2]s = any(?) or %[1]s = '' and %[2]s = any(?))", person, group), w.People, w.Groups, w.Nobodys)
}

// reversed is digits from behind, as call_record.tail has them.
func reversed(digits string) string {
	b := []byte(digits)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
