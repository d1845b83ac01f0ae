package fmc

import (
	"math"
	"time"
)

// Forecast is what a card will have talked at the end of its tariff's month, as things go.
type Forecast struct {
	From, Until time.Time     // the month
	Used        time.Duration // of it so far, each call rounded up to the tariff's step
	// At the end of the month. Eight months of ten end between Least and Most.
	Least, Likely, Most time.Duration
	Out                 time.Time // the day on which the package is used up, most likely; zero: not in this month
	Days                []ForeseenDay
}

// ForeseenDay is a day of the month. What is to come of it is foreseen.
type ForeseenDay struct {
	Day   time.Time     // its midnight
	Talk  time.Duration // on it
	Total time.Duration // of the month until its end
}

// LeastForeseen is how many whole days must be known before anything is foreseen: a week has days of every kind.
const LeastForeseen = 7

// Over is how far the talk of the month will go beyond the package; 0: it suffices, or none is counted.
func (f *Forecast) Over(p SIMPackage) time.Duration {
	if p.Minutes == 0 {
		return 0
	}
	return max(0, f.Likely-p.included())
}

// Spare is what will be left of the package; 0: nothing, or none is counted.
func (f *Forecast) Spare(p SIMPackage) time.Duration { return max(0, p.included()-f.Likely) }

func (p SIMPackage) included() time.Duration { return time.Duration(p.Minutes) * time.Minute }

// Rounded is a talk as the tariff counts it.
func (p SIMPackage) Rounded(talk time.Duration) time.Duration {
	step := max(p.Step, time.Second)
	return (talk + step - 1) / step * step
}

// Foresee foresees what a card will have talked at the end of the month that holds a moment, in the moment's zone. days
// are what it talked, rounded, on each day since it was first used or since an earlier month began; the last is today. A day to come is as its
// weekday was of late; false: fewer than LeastForeseen days are known. A pure function.
func (p SIMPackage) Foresee(days []time.Duration, now time.Time) (Forecast, bool) {
	var f Forecast
	f.From, f.Until = p.Month(now)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	w := weekOf(p, days, today)
	total := 0.0
	for day := f.From; day.Before(f.Until); day = day.AddDate(0, 0, 1) {
		before := total
		if back := daysBetween(day, today); back >= 0 && back < len(days) {
			talk := days[len(days)-1-back]
			f.Used += talk
			total += talk.Seconds()
		}
		if !day.Before(today) {
			total += w.mean(day.Weekday()) * leftOf(day, now)
		}
		f.Days = append(f.Days, ForeseenDay{day, ofSeconds(total - before), ofSeconds(total)})
		if p.Minutes > 0 && f.Out.IsZero() && total >= p.included().Seconds() {
			f.Out = day
		}
	}
	f.Likely = ofSeconds(total)
	spread := ofSeconds(w.spread(f.Until.Sub(now).Hours() / 24))
	f.Least, f.Most = max(f.Used, f.Likely-spread), f.Likely+spread
	return f, w.days >= LeastForeseen
}

func ofSeconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(time.Second)
}

// daysBetween is how many days of the calendar one midnight is before another, whatever the clock did between them.
func daysBetween(day, later time.Time) int { return int(math.Round(later.Sub(day).Hours() / 24)) }

// leftOf is the share of a day that is still to come.
func leftOf(day, now time.Time) float64 {
	next := day.AddDate(0, 0, 1)
	return min(1, next.Sub(now).Seconds()/next.Sub(day).Seconds())
}

const (
	// weekFades is how much a week counts beside the one after it: after a month, half.
	weekFades = 0.84
	// steadiness is how many days of the whole week's average each weekday's own is drawn to, so that one odd Tuesday does
	// not make all Tuesdays odd.
	steadiness = 1.0
	// eightOfTen is how many standard deviations to each side eight of ten outcomes of a normal distribution lie.
	eightOfTen = 1.2816
)

// week is how a card's days were of late, by weekday, in seconds; older ones count less.
type week struct {
	days        int // that were looked at
	weight, sum [7]float64
	all         float64 // the average of all of them
	off         float64 // the standard deviation of a day from its weekday's average
	whole       float64 // the weight of all days
}

// weekOf looks at the whole days before today. One that began with the package used up says nothing: calls had gone to
// other cards.
func weekOf(p SIMPackage, days []time.Duration, today time.Time) (w week) {
	type day struct {
		on           time.Weekday
		talk, weight float64
	}
	var seen []day
	var month time.Time
	var used time.Duration
	for i := range len(days) - 1 {
		back := len(days) - 1 - i
		on := today.AddDate(0, 0, -back)
		if from, _ := p.Month(on); !from.Equal(month) {
			month, used = from, 0
		}
		if p.Minutes == 0 || used < p.included() {
			seen = append(seen, day{on.Weekday(), days[i].Seconds(), math.Pow(weekFades, float64(back/7))})
		}
		used += days[i]
	}
	w.days = len(seen)
	for _, d := range seen {
		w.weight[d.on] += d.weight
		w.sum[d.on] += d.weight * d.talk
		w.whole += d.weight
		w.all += d.weight * d.talk
	}
	if w.whole == 0 {
		return w
	}
	w.all /= w.whole
	squares, free := 0.0, w.whole // what the averages do not already explain
	for _, x := range w.weight {
		free -= x / (x + steadiness)
	}
	for _, d := range seen {
		squares += d.weight * math.Pow(d.talk-w.mean(d.on), 2)
	}
	w.off = math.Sqrt(squares / max(free, 1))
	return w
}

// mean is what is talked on a weekday.
func (w *week) mean(day time.Weekday) float64 {
	return (w.sum[day] + steadiness*w.all) / (w.weight[day] + steadiness)
}

// spread is how far the sum of so many days to come may be off, to each side: each day by chance, and all of them together
// by as much as the average is not known.
func (w *week) spread(days float64) float64 {
	if w.whole == 0 {
		return 0
	}
	return eightOfTen * w.off * math.Sqrt(days+days*days/w.whole)
}
