package cabinet_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// overCard is a call out by the first card, from one minute of the day (by UTC) to another.
func overCard(id string, from, to int, private bool) (facts []fmc.Fact) {
	call := fmc.CallID("019ad000-0000-7000-8000-0000000000" + id)
	leg := fmc.LegID{Call: call, N: 1}
	midnight := now.Truncate(24 * time.Hour)
	add := func(at time.Duration, body fmc.Happening) {
		facts = append(facts, fmc.Fact{Company: "acme", Call: call, At: at, Body: body})
	}
	add(0, fmc.Opened{Began: midnight.Add(time.Duration(from) * time.Minute), Direction: fmc.Outbound, Private: private})
	add(0, fmc.LegBegan{Leg: leg, Role: fmc.Client, Line: fmc.ICCID(cardOne).Line(), Number: callerid.Number{E164: "+491701234567", Country: "DE"}})
	add(time.Second, fmc.LegIs{Leg: leg, Link: fmc.Up})
	end := time.Duration(to-from) * time.Minute
	add(end, fmc.LegIs{Leg: leg, Link: fmc.Gone, Quality: &fmc.LegQuality{Setup: 3 * time.Second, MOS: 400}})
	add(end, fmc.Closed{Cause: cause.Of(cause.Hangup)})
	return facts
}

func cardSeen(minute int, state string) fmc.Fact {
	return fmc.Fact{Company: "acme", Body: fmc.SIMSeen{At: now.Truncate(24 * time.Hour).Add(time.Duration(minute) * time.Minute), SIM: cardOne, State: state}}
}

// told is a day in short: what it was, from which minute of the UTC day on.
func told(day cabinet.LineDay) string {
	var all []string
	for _, s := range day.Spans {
		text := fmt.Sprintf("%s %.0f", s.Stood, s.From.Sub(now.Truncate(24*time.Hour)).Minutes())
		if s.Call != "" {
			text += " " + string(s.Call[len(s.Call)-2:])
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func TestADayOfALineHasItsStatesItsLimitsAndItsCallsOverThem(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", cardsFile, 0)
	c, _ := d.options.Directory.Company("acme")
	d.drain(cardSeen(-120, "found"), cardSeen(0, "ready"), cardSeen(60, "searching"), cardSeen(90, "ready"), cardSeen(300, "something new"), cardSeen(310, "ready"),
		fmc.Fact{Company: "acme", Body: fmc.LimitSeen{At: now.Add(-30 * time.Minute), SIM: cardOne, Limit: fmc.LimitCalls, Most: 5, Until: now.Add(time.Hour)}})
	d.drain(append(append(overCard("01", 50, 70, false), overCard("02", 100, 110, true)...), overCard("03", 395, 400, false)...)...)
	days, err := d.api.LineDays(t.Context(), c, "", "")
	if err != nil || days.Day != "2026-11-23" || !days.Until.Equal(now) || len(days.Lines) < 2 {
		t.Fatal(days, err)
	}
	// The day of Moscow begins three hours before that of UTC.
	const want = "unknown -180, away -120, idle 0, call 50 01, no_network 70, idle 90, call 100, idle 110, unknown 300, idle 310, limit 390, call 395 03, limit 400"
	if got := told(days.Lines[0]); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if sums := days.Lines[0].Sums; sums[cabinet.StoodCall] != 35*60 || sums[cabinet.StoodNoNetwork] != 20*60 || sums[cabinet.StoodLimit] != 25*60 {
		t.Errorf("%v", sums)
	}
	if got := told(days.Lines[1]); got != "unknown -180" {
		t.Errorf("a card of which nothing is known: %s", got)
	}
	yesterday, err := d.api.LineDays(t.Context(), c, fmc.ICCID(cardOne).Line(), "2026-11-22")
	if err != nil || len(yesterday.Lines) != 1 || told(yesterday.Lines[0]) != "unknown -1620" {
		t.Errorf("%+v, %v", yesterday, err)
	}
	for _, day := range []string{"2026-11-24", "2026-10-01", "yesterday"} {
		if _, err := d.api.LineDays(t.Context(), c, "", day); !errors.Is(err, cause.Invalid) {
			t.Errorf("%s: %v", day, err)
		}
	}
	if _, err := d.api.LineDays(t.Context(), c, "sim:0", ""); !errors.Is(err, cause.NotFound) {
		t.Errorf("another's line: %v", err)
	}
}

func TestRoutesAbroadAreTheirCountrys(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", cardsFile, 0)
	c, _ := d.options.Directory.Company("acme")
	d.drain(append(overCard("01", 50, 70, false), overCard("02", 100, 110, false)...)...)
	r, err := d.api.Routes(t.Context(), c, url.Values{"from": {"2026-11-23"}, "to": {"2026-11-23"}})
	if err != nil || len(r.Destinations) != 1 || len(r.Lines) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	to := r.Destinations[0]
	if x := to.Routes[0]; to.Country != "DE" || to.Prefix != "+4917" || to.Tries != 2 || x.Answered != 1 || *x.Rang != 3 || *x.MOS != 400 || x.MeanTalk < 890 {
		t.Errorf("%+v", to)
	}
	if _, err := d.api.Routes(t.Context(), c, url.Values{"from": {"2020-01-01"}}); !errors.Is(err, cause.Invalid) {
		t.Errorf("six years: %v", err)
	}
}

func TestSignalsAreToldByTheQuarterOfAnHourOfTheLastDay(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", cardsFile, 0)
	c, _ := d.options.Directory.Company("acme")
	keep := func(ago time.Duration, dBm int) {
		if err := d.store.Operator().KeepSignals(t.Context(), []store.CardSignal{{Company: "acme", SIM: cardOne, At: now.Add(-ago), DBm: dBm}}); err != nil {
			t.Fatal(err)
		}
	}
	keep(25*time.Hour, -50)
	keep(24*time.Hour, -60)
	keep(time.Hour, -70)
	keep(0, -80)
	all, err := d.api.Signals(t.Context(), c)
	if one := all[cardOne]; err != nil || len(one) != 96 || one[0] != -60 || one[92] != -70 || one[95] != -80 || one[50] != 0 {
		t.Fatalf("%v, %v", one, err)
	}
	keep(time.Minute, -90)
	if again, err := d.api.Signals(t.Context(), c); err != nil || again[cardOne][95] != -80 {
		t.Errorf("asked again within five minutes: %v, %v", again[cardOne], err)
	}
}

func TestMoneyIsForeseenFromWhatWasSpentAndNotFromTopUps(t *testing.T) {
	balance := func(days float64, amount string) store.SIMBalance {
		return store.SIMBalance{At: now.Add(-time.Duration(days * 24 * float64(time.Hour))), Amount: amount}
	}
	for name, x := range map[string]struct {
		all    []store.SIMBalance // newest first
		days   int
		perDay float64
		ok     bool
	}{
		"it falls evenly":               {[]store.SIMBalance{balance(0, "70"), balance(1, "80"), balance(2, "90"), balance(3, "100")}, 7, 10, true},
		"it was topped up":              {[]store.SIMBalance{balance(0, "190"), balance(1, "200"), balance(2, "10"), balance(3, "20")}, 31, 6, true},
		"one answer cannot be read":     {[]store.SIMBalance{balance(0, "80"), balance(1, "try later"), balance(2, "100")}, 8, 10, true},
		"what is old counts no more":    {[]store.SIMBalance{balance(0, "100"), balance(2, "100"), balance(40, "9000")}, 0, 0, false},
		"it rises":                      {[]store.SIMBalance{balance(0, "100"), balance(2, "50")}, 0, 0, false},
		"it was told once":              {[]store.SIMBalance{balance(0, "100")}, 0, 0, false},
		"it was told within one day":    {[]store.SIMBalance{balance(0, "90"), balance(0.5, "100")}, 0, 0, false},
		"there is nothing left already": {[]store.SIMBalance{balance(0, "0"), balance(2, "50")}, 0, 0, false},
		"it lasts for centuries":        {[]store.SIMBalance{balance(0, "100000"), balance(2, "100001")}, 0, 0, false},
		"nothing is known":              {nil, 0, 0, false},
	} {
		f, ok := cabinet.Foresee(x.all, now)
		if ok != x.ok || f.Days != x.days || f.PerDay < x.perDay-0.5 || f.PerDay > x.perDay+0.5 {
			t.Errorf("%s: %+v %v", name, f, ok)
		}
	}
}
