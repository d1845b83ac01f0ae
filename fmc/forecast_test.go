package fmc_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"roadline/fmc"
)

// minutes of each weekday, Sunday first, for so many days until yesterday, and what was talked today.
func talked(now time.Time, days int, week [7]int, today int) (all []time.Duration) {
	for back := days; back > 0; back-- {
		all = append(all, time.Duration(week[now.AddDate(0, 0, -back).Weekday()])*time.Minute)
	}
	return append(all, time.Duration(today)*time.Minute)
}

// december is the first Monday of one, at its beginning.
var december = time.Date(2026, 12, 7, 0, 0, 0, 0, time.UTC)

func TestDaysToComeAreAsTheirWeekdaysWere(t *testing.T) {
	p := fmc.SIMPackage{Minutes: 270, Day: 1}
	f, ok := p.Foresee(talked(december, 56, [7]int{0, 20, 10, 10, 10, 20, 0}, 0), december)
	// Of December 2026 the days 1 to 6, from Tuesday, are over; 25 are to come: four Sundays and four Fridays, and so on.
	if want := 50 * time.Minute; !ok || f.Used != want || !f.Until.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Fatalf("%v %+v", ok, f)
	}
	exact := (50 + 4*20 + 4*10 + 4*10 + 4*10 + 3*20) * time.Minute // and weekdays are drawn a little to each other
	if off := f.Likely - exact; off < -12*time.Minute || off > 12*time.Minute || f.Least > exact || f.Most < exact {
		t.Errorf("likely %v, between %v and %v; want about %v", f.Likely, f.Least, f.Most, exact)
	}
	if got := f.Out.Format(time.DateOnly); got != "2026-12-28" {
		t.Errorf("used up on %s: %+v", got, f)
	}
	if last := f.Days[len(f.Days)-1]; len(f.Days) != 31 || last.Total != f.Likely || f.Days[5].Total != f.Used {
		t.Errorf("%+v", f.Days)
	}
	if over, spare := f.Over(p), f.Spare(p); over != f.Likely-270*time.Minute || spare != 0 {
		t.Errorf("over %v, spare %v", over, spare)
	}
}

func TestASteadyCardIsForeseenExactly(t *testing.T) {
	for _, x := range []struct {
		hour   int
		likely time.Duration
	}{{0, 310 * time.Minute}, {12, 305 * time.Minute}, {18, 302*time.Minute + 30*time.Second}} { // less of today is to come
		now := december.Add(time.Duration(x.hour) * time.Hour)
		f, ok := fmc.SIMPackage{Day: 1}.Foresee(talked(now, 30, [7]int{10, 10, 10, 10, 10, 10, 10}, 0), now)
		if !ok || f.Likely != x.likely || f.Least != f.Likely || f.Most != f.Likely || !f.Out.IsZero() || f.Over(fmc.SIMPackage{}) != 0 {
			t.Errorf("at %d: %v %v %v to %v, out %v", x.hour, ok, f.Likely, f.Least, f.Most, f.Out)
		}
	}
}

func TestEightMonthsOfTenEndWithinTheRange(t *testing.T) {
	random := rand.New(rand.NewPCG(26, 11))
	p, within := fmc.SIMPackage{Day: 7}, 0
	const months = 400
	for range months {
		var days []time.Duration
		for range 57 {
			days = append(days, time.Duration(random.ExpFloat64()*600)*time.Second)
		}
		days[56] = 0
		f, ok := p.Foresee(days, december)
		came := f.Used
		for range 31 {
			came += time.Duration(random.ExpFloat64()*600) * time.Second
		}
		if ok && came >= f.Least && came <= f.Most {
			within++
		}
	}
	if within < months*70/100 || within > months*90/100 {
		t.Errorf("%d of %d", within, months)
	}
}

func TestLittleKnownForeseesNothing(t *testing.T) {
	p := fmc.SIMPackage{Minutes: 100, Day: 1}
	for days, want := range map[int]bool{0: false, 6: false, 7: true} {
		if _, ok := p.Foresee(talked(december, days, [7]int{9, 9, 9, 9, 9, 9, 9}, 0), december); ok != want {
			t.Errorf("%d days: %v", days, ok)
		}
	}
	if _, ok := p.Foresee(nil, december); ok {
		t.Error("of a card that was never used")
	}
}

// TestDaysOnWhichThePackageWasUsedUpTellNothing: the calls of such days went to other cards.
func TestDaysOnWhichThePackageWasUsedUpTellNothing(t *testing.T) {
	p := fmc.SIMPackage{Minutes: 100, Day: 1}
	var days []time.Duration
	for day := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC); !day.After(december); day = day.AddDate(0, 0, 1) {
		talk := 10 * time.Minute
		if day.Day() > 10 {
			talk = 0 // ten days of ten minutes, then nothing
		}
		days = append(days, talk)
	}
	days[len(days)-1] = 0
	f, ok := p.Foresee(days, december)
	if !ok || f.Used != time.Hour || f.Likely != 310*time.Minute || f.Out.Day() != 10 {
		t.Errorf("%v %+v", ok, f)
	}
}

func TestAMonthIsForeseenAcrossAChangeOfClocks(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	now := time.Date(2026, 3, 31, 0, 0, 0, 0, berlin) // on the 29th the day had 23 hours
	f, ok := fmc.SIMPackage{Minutes: 200, Day: 15}.Foresee(talked(now, 40, [7]int{10, 10, 10, 10, 10, 10, 10}, 0), now)
	if !ok || f.Used != 160*time.Minute || f.Likely != 310*time.Minute || len(f.Days) != 31 || f.Out.Format(time.DateOnly) != "2026-04-03" {
		t.Errorf("%v %+v", ok, f)
	}
}

// fleetOf is a company with cards, and what is foreseen of each: of a package of 100 minutes.
func fleetOf(cards []fmc.SIM, likely ...int) (*fmc.Company, []fmc.CardForecast) {
	c := &fmc.Company{Profile: fmc.Profile{ID: "acme", Country: "RU", Zone: time.UTC}, SIMs: cards}
	var all []fmc.CardForecast
	for i := range cards {
		cards[i].Package.Minutes = 100
		all = append(all, fmc.CardForecast{Card: &cards[i], Forecast: fmc.Forecast{Until: december.AddDate(0, 0, 10), Likely: time.Duration(likely[i]) * time.Minute}})
	}
	return c, all
}

func TestTalkMovesToCardsThatWillHaveSomethingLeft(t *testing.T) {
	card := func(id fmc.ICCID, operator string, where ...string) fmc.SIM {
		return fmc.SIM{ICCID: id, Operator: operator, Mandate: fmc.Mandate{Owner: "Acme", For: []fmc.SIMUse{fmc.UseCalls}, Where: where}}
	}
	c, all := fleetOf([]fmc.SIM{
		card("1", "blue"), card("2", "red"), card("3", "Blue"), card("4", "blue", "KZ"), {ICCID: "5", Operator: "blue"}, card("6", "red"),
	}, 150, 40, 80, 0, 0, 120)
	all[2].Until = december.AddDate(0, 0, 5)
	moves := c.Moves(all, december)
	first := moves["1"]
	// Twenty minutes in the five days that card 3 has left, then thirty in ten days; of card 2 thirty are left for card 6.
	if len(moves) != 2 || len(first) != 2 || first[0] != (fmc.Move{To: "3", PerDay: 4 * time.Minute, Until: december.AddDate(0, 0, 5)}) ||
		first[1] != (fmc.Move{To: "2", PerDay: 3 * time.Minute, Until: december.AddDate(0, 0, 10)}) {
		t.Errorf("%+v", first)
	}
	if last := moves["6"]; len(last) != 1 || last[0] != (fmc.Move{To: "2", PerDay: 2 * time.Minute, Until: december.AddDate(0, 0, 10)}) {
		t.Errorf("%+v", last)
	}
	c, all = fleetOf([]fmc.SIM{card("1", "blue"), card("2", "blue")}, 150, 97)
	if moves := c.Moves(all, december); len(moves) != 0 {
		t.Errorf("for three minutes: %+v", moves)
	}
}
