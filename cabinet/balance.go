package cabinet

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"roadline/fmc"
	"roadline/store"
)

// Forecast is until when a card's money lasts, as it was spent of late.
type Forecast struct {
	At     time.Time // of the latest balance
	Amount float64   // then
	PerDay float64   // is spent
	Days   int       // whole ones that it lasts, from At
	Zero   time.Time // when it comes to nothing
}

const (
	spentOver    = 30 * 24 * time.Hour // what was spent before says nothing of the days to come
	foreseenMost = 3650                // days: further nobody looks
)

// Foresee foresees from balances, newest first, when the money comes to nothing: what was spent is a line through the
// falls of the last thirty days (least squares), since a day with many calls is followed by others; rises are top-ups.
// false: nobody knows, or it does not fall.
func Foresee(all []store.SIMBalance, now time.Time) (Forecast, bool) {
	var days, spent []float64
	var f Forecast
	var before float64
	for _, b := range slices.Backward(all) {
		amount, err := strconv.ParseFloat(b.Amount, 64)
		if err != nil || now.Sub(b.At) > spentOver {
			continue
		}
		total := 0.0
		if n := len(spent); n > 0 {
			total = spent[n-1] + max(0, before-amount)
		} else {
			f.At = b.At
		}
		days, spent, before = append(days, b.At.Sub(f.At).Hours()/24), append(spent, total), amount
	}
	n := len(days)
	if n < 2 || days[n-1] < 1 || before <= 0 {
		return Forecast{}, false
	}
	f.PerDay = slope(days, spent)
	f.At, f.Amount = f.At.Add(time.Duration(days[n-1]*24*float64(time.Hour))), before
	left := f.Amount / f.PerDay
	if f.PerDay <= 0 || left > foreseenMost {
		return Forecast{}, false
	}
	f.Days, f.Zero = int(math.Floor(left)), f.At.Add(time.Duration(left*24*float64(time.Hour)))
	return f, true
}

// slope is how steep the line of least squares through points is.
func slope(x, y []float64) float64 {
	var mx, my float64
	for i := range x {
		mx, my = mx+x[i]/float64(len(x)), my+y[i]/float64(len(y))
	}
	var up, along float64
	for i := range x {
		up, along = up+(x[i]-mx)*(y[i]-my), along+(x[i]-mx)*(x[i]-mx)
	}
	return up / along
}

// Spending is a card's balances of late, newest first.
type Spending struct {
	ICCID    fmc.ICCID
	Balances []store.SIMBalance
}

// Spendings are the balances of a company's cards in the last thirty days, by card.
func (a *API) Spendings(ctx context.Context, c *fmc.Company) (all []Spending, err error) {
	rows, err := a.o.Store.For(c.Profile.ID).BalancesSince(ctx, a.o.Now().Add(-spentOver))
	for _, r := range rows {
		if n := len(all); n == 0 || all[n-1].ICCID != r.SIM {
			all = append(all, Spending{ICCID: r.SIM})
		}
		last := &all[len(all)-1]
		last.Balances = append(last.Balances, r.SIMBalance)
	}
	return all, err
}
