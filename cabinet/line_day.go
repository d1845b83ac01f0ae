package cabinet

import (
	"context"
	"slices"
	"time"

	"roadline/cabinet/times"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// Standing is what a SIM line did for a while, in the words of its timeline.
type Standing string

// The standings.
const (
	StoodIdle      Standing = "idle" // it was ready, and nobody needed it
	StoodCall      Standing = "call"
	StoodLimit     Standing = "limit"      // ready, and used up to one of its limits
	StoodNoNetwork Standing = "no_network" // or with too little signal
	StoodLocked    Standing = "locked"     // by its PIN, for want of a mandate, or put away after failures
	StoodAway      Standing = "away"       // in no modem, or the modem was being brought up
	StoodUnknown   Standing = "unknown"    // nothing was kept of that time
)

// Standings are all of them, in the order in which people list them.
var Standings = []Standing{StoodCall, StoodIdle, StoodLimit, StoodNoNetwork, StoodLocked, StoodAway, StoodUnknown}

// standings are what the kept states of cards mean; what is missing is StoodUnknown.
var standings = map[string]Standing{
	"ready": StoodIdle, "searching": StoodNoNetwork, "weak": StoodNoNetwork,
	"pin": StoodLocked, "puk": StoodLocked, "stranger": StoodLocked, "twice": StoodLocked, "no mandate": StoodLocked, "cooling": StoodLocked, "quarantined": StoodLocked,
	"found": StoodAway, "starting": StoodAway, "absent": StoodAway, "gone": StoodAway, "no card": StoodAway,
}

// LineSpan is a time in which a line did one thing.
type LineSpan struct {
	From  time.Time  `json:"from"`
	To    time.Time  `json:"to"`
	Stood Standing   `json:"stood"`
	Call  fmc.CallID `json:"call,omitempty"` // absent: it was no call, or one of a person alone
	Why   string     `json:"why,omitempty"`  // as the node said it, in English; the limit that was reached
}

// LineDay is a day of a SIM line.
type LineDay struct {
	Line  fmc.LineID                 `json:"line"`
	ICCID fmc.ICCID                  `json:"iccid"`
	Spans []LineSpan                 `json:"spans"` // without gaps, from the day's beginning until its end, or now
	Sums  map[Standing]times.Seconds `json:"sums_s"`
}

// LineDays is a day of a company's SIM lines.
type LineDays struct {
	Day   string    `json:"day"` // of the company
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Until time.Time `json:"until"` // now, where the day is not over
	Lines []LineDay `json:"lines"`
	First string    `json:"-"` // the oldest day that there is
}

// LineDays returns what a company's SIM lines did on one of its days, of the last 31; an empty day is today, an empty line
// all of them. cause.NotFound for a line that the company does not have.
func (a *API) LineDays(ctx context.Context, c *fmc.Company, line fmc.LineID, day string) (LineDays, error) {
	d, err := a.dayOf(c, day)
	if err != nil {
		return d, err
	}
	var only fmc.ICCID
	if line != "" {
		if _, err := a.lineOf(c, line); err != nil {
			return d, err
		}
		only, _ = line.SIM()
	}
	keep := a.o.Store.For(c.Profile.ID)
	states, err := keep.CardStates(ctx, only, d.From, d.Until)
	if err != nil {
		return d, err
	}
	limits, err := keep.CardLimits(ctx, only, d.From, d.Until)
	if err != nil {
		return d, err
	}
	calls, err := keep.LineCalls(ctx, line, d.From, d.Until)
	if err != nil {
		return d, err
	}
	of := bySIM(states, limits, calls)
	d.Lines = []LineDay{}
	for i := range c.SIMs {
		if id := c.SIMs[i].ICCID; line == "" || id == only {
			d.Lines = append(d.Lines, of[id].day(id, d))
		}
	}
	return d, nil
}

// daysBack is how many days back the states of lines are kept.
const daysBack = int(store.StatesKept / (24 * time.Hour))

// dayOf is a day of a company.
func (a *API) dayOf(c *fmc.Company, text string) (LineDays, error) {
	zone := c.Profile.Zone
	now := a.o.Now().In(zone)
	from := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	first := from.AddDate(0, 0, -daysBack)
	if text != "" {
		day, err := time.ParseInLocation(time.DateOnly, text, zone)
		if err != nil || day.After(from) || day.Before(first) {
			return LineDays{}, cause.Errorf(cause.Invalid, "day %q: write today, or one of the last %d days, as 2026-11-28", text, daysBack)
		}
		from = day
	}
	d := LineDays{Day: from.Format(time.DateOnly), From: from.UTC(), To: from.AddDate(0, 0, 1).UTC(), First: first.Format(time.DateOnly)}
	d.Until = d.To
	if now.Before(d.To) {
		d.Until = now.UTC()
	}
	return d, nil
}

// cardDay is what is known of a card's day.
type cardDay struct {
	states []store.CardState
	limits []LineSpan
	calls  []LineSpan
}

func bySIM(states []store.CardState, limits []store.CardLimit, calls []store.LineCall) map[fmc.ICCID]cardDay {
	of := map[fmc.ICCID]cardDay{}
	for _, s := range states {
		x := of[s.SIM]
		x.states = append(x.states, s)
		of[s.SIM] = x
	}
	for _, l := range limits {
		x := of[l.SIM]
		x.limits = append(x.limits, LineSpan{From: l.At.UTC(), To: l.Until.UTC(), Stood: StoodLimit, Why: string(l.Limit)})
		of[l.SIM] = x
	}
	for _, c := range calls {
		sim, _ := c.Line.SIM()
		x, span := of[sim], LineSpan{From: c.From.UTC(), To: c.To.UTC(), Stood: StoodCall}
		if !c.Private {
			span.Call = c.Call
		}
		x.calls = append(x.calls, span)
		of[sim] = x
	}
	return of
}

// day puts a card's day together: its states, where they left it ready its limits, and over all of it the calls.
func (x cardDay) day(id fmc.ICCID, d LineDays) LineDay {
	spans := []LineSpan{{From: d.From, To: d.Until, Stood: StoodUnknown}}
	var states []LineSpan
	for i, s := range x.states {
		stood, known := standings[s.State]
		if !known {
			stood = StoodUnknown
		}
		span := LineSpan{From: s.At.UTC(), To: d.Until, Stood: stood, Why: s.Why}
		if i+1 < len(x.states) {
			span.To = x.states[i+1].At.UTC()
		}
		states = append(states, span)
	}
	spans = over(spans, states, func(Standing) bool { return true })
	spans = over(spans, x.limits, func(s Standing) bool { return s == StoodIdle })
	spans = over(spans, x.calls, func(Standing) bool { return true })
	day := LineDay{Line: id.Line(), ICCID: id, Spans: spans, Sums: map[Standing]times.Seconds{}}
	for _, s := range spans {
		day.Sums[s.Stood] += times.In(s.To.Sub(s.From))
	}
	return day
}

// over lays spans over others where those let them. Both are sorted; of two spans that overlap the first counts until it
// ends.
func over(below, above []LineSpan, lets func(Standing) bool) (all []LineSpan) {
	add := func(s LineSpan) {
		if n := len(all); !s.From.Before(s.To) {
			return
		} else if n > 0 && all[n-1].Stood == s.Stood && all[n-1].Call == s.Call && all[n-1].Why == s.Why && all[n-1].To.Equal(s.From) {
			all[n-1].To = s.To
			return
		}
		all = append(all, s)
	}
	for _, b := range below {
		first, _ := slices.BinarySearchFunc(above, b.From, func(s LineSpan, at time.Time) int { // the first that ends behind it
			if s.To.After(at) {
				return 1
			}
			return -1
		})
		rest := b
		for _, s := range above[first:] {
			if !lets(b.Stood) || !s.From.Before(b.To) {
				break
			}
			if s.From.Before(rest.From) {
				s.From = rest.From
			}
			if s.To.After(b.To) {
				s.To = b.To
			}
			if !s.From.Before(s.To) {
				continue
			}
			until := rest
			until.To = s.From
			add(until)
			add(s)
			rest.From = s.To
		}
		add(rest)
	}
	return all
}
