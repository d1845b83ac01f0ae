package house

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/store"
)

// packagesEvery is how often it is foreseen what packages come to: it takes the calls of three months, and a day changes it
// little.
const packagesEvery = time.Hour

// packages tells of the cards whose package will not suffice until their month ends. Of a card it is told once a month:
// where it suffices after all and then again does not, nobody is told anew. What an alarm is about has the month's end in
// it, so that the next month's is another.
func (l *lookout) packages(ctx context.Context, c *fmc.Company, now time.Time, s *seen) {
	about := map[fmc.ICCID]string{} // the card and the end of its tariff's month
	for i := range c.SIMs {
		if sim := &c.SIMs[i]; sim.Package.Minutes > 0 {
			_, until := sim.Package.Month(now.In(zoneOf(c)))
			about[sim.ICCID] = string(sim.ICCID) + " " + until.Format(time.DateOnly)
			s.name(fmc.AlarmPackageShort, about[sim.ICCID])
		}
	}
	if len(about) == 0 || now.Sub(l.foresaw[c.Profile.ID]) < packagesEvery {
		return
	}
	all, err := l.house.api.Forecasts(ctx, c, false)
	if !l.kept(err, c.Profile.ID) {
		return
	}
	for _, x := range all {
		if about[x.ICCID] == "" {
			continue
		}
		if x.Short > 0 {
			before, err := l.house.store.For(c.Profile.ID).Alarms(ctx, store.AlarmFilter{Kind: fmc.AlarmPackageShort, About: about[x.ICCID], Limit: 1})
			if !l.kept(err, c.Profile.ID) {
				return
			}
			if len(before) > 0 && before[0].Cleared != nil {
				continue
			}
		}
		s.take(trouble{Alarm: fmc.Alarm{Company: c.Profile.ID, Kind: fmc.AlarmPackageShort, About: about[x.ICCID], Values: shortfall(c, x)}}, x.Short > 0)
	}
	l.foresaw[c.Profile.ID] = now
}

// shortfall is what the words of a package that will not suffice need.
func shortfall(c *fmc.Company, x cabinet.UseForecast) map[string]string {
	var moves []string
	for _, m := range x.Moves {
		moves = append(moves, fmt.Sprintf("%s – %d", cmp.Or(m.Number, string(m.To)), m.PerDay))
	}
	return map[string]string{
		"line": cardName(c, x.ICCID), "short": strconv.Itoa(x.Short), "day": x.Out, "end": x.Until.In(zoneOf(c)).Format(time.DateOnly), "moves": strings.Join(moves, ", "),
	}
}
