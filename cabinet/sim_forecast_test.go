package cabinet_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
)

// packagesFile is acme with a card whose package will not suffice, and one that has more than it needs.
var packagesFile = strings.NewReplacer(
	"operator: blue, person", `operator: blue, package: {minutes: 250, step: 1m}, person`,
	`number: "+79160000002"`, `number: "+79160000002"
    package: {minutes: 500, step: 1m}
    mandate: {owner: Acme, contract: "17", for: [calls]}`,
).Replace(cardsFile)

// daily is a call of so many minutes, less a second until it is answered, on each of the days before today; ids are
// counted from first.
func daily(card fmc.ICCID, first, days, minutes int) (facts []fmc.Fact) {
	for back := 1; back <= days; back++ {
		noon := 720 - back*1440
		for _, f := range overCard(fmt.Sprintf("%02x", first+back), noon, noon+minutes, false) {
			if b, ok := f.Body.(fmc.LegBegan); ok {
				b.Line = card.Line()
				f.Body = b
			}
			facts = append(facts, f)
		}
	}
	return facts
}

func TestAPackageIsForeseenFromTheCallsWithWhatCanBeDone(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", packagesFile, 0)
	d.drain(append(daily(cardOne, 0, 22, 10), daily(cardTwo, 100, 22, 1)...)...)
	for days, amount := range map[int]string{2: "100", 0: "80"} {
		d.drain(fmc.Fact{Company: "acme", Body: fmc.BalanceSeen{At: now.AddDate(0, 0, -days), SIM: cardOne, Answer: amount, Amount: amount}})
	}
	status, text := d.ask(http.MethodGet, "/v1/companies/acme/sims/forecast", nil)
	var all []cabinet.UseForecast
	if err := json.Unmarshal([]byte(text), &all); err != nil || status != http.StatusOK || len(all) != 2 {
		t.Fatalf("%v %d %s", err, status, text)
	}
	end := time.Date(2026, 11, 30, 21, 0, 0, 0, time.UTC) // midnight in Moscow
	// Of today ten hours are over: 220 minutes, and ten on each of seven days and fourteen hours.
	one, two := all[0], all[1]
	if one.Used != 220 || one.Likely != 296 || one.Least != 296 || one.Most != 296 || one.Short != 46 || one.Left != 0 || one.Out != "2026-11-26" || !one.Until.Equal(end) {
		t.Errorf("%+v", one)
	}
	if len(one.Moves) != 1 || one.Moves[0] != (cabinet.MoveShown{To: cardTwo, Number: "+79160000002", PerDay: 6, Until: end}) {
		t.Errorf("%+v", one.Moves)
	}
	if two.Used != 22 || two.Likely != 30 || two.Left != 470 || two.Short != 0 || two.Out != "" || len(two.Moves) != 0 || two.Money != nil {
		t.Errorf("%+v", two)
	}
	if m := one.Money; m == nil || m.PerDay != 10 || m.AtEnd != 4.17 {
		t.Errorf("%+v", m)
	}
	if len(one.Days) != 30 || one.Days[21] != (cabinet.ForeseenDay{Day: "2026-11-22", Talk: 10, Total: 220}) || !one.Days[22].Foreseen || one.Days[29].Total != 296 {
		t.Errorf("%+v", one.Days)
	}
	if p := d.problem(http.MethodGet, "/v1/companies/acme/sims/forecast?x=1", nil); p.Status != http.StatusBadRequest {
		t.Errorf("%+v", p)
	}
}

// TestAForecastAgreesWithTheUseThatIsShown: both are of the same calls.
func TestAForecastAgreesWithTheUseThatIsShown(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", packagesFile, 0)
	d.drain(daily(cardOne, 0, 40, 7)...)
	c, _ := d.options.Directory.Company("acme")
	all, err := d.api.Forecasts(t.Context(), c, false)
	if err != nil || len(all) != 1 || all[0].Money != nil {
		t.Fatalf("%v %+v", err, all)
	}
	card, err := d.api.Card(t.Context(), c, cardOne)
	if err != nil {
		t.Fatal(err)
	}
	used, days := 0, all[0].Days
	for _, u := range card.Use {
		if u.Day >= "2026-11-01" {
			used += u.Calls * 7 // each is rounded up
		}
	}
	total := 0
	for _, day := range days {
		if !day.Foreseen {
			total += day.Talk
		}
	}
	if used != 154 || all[0].Used != used || total != used {
		t.Errorf("calls %d, forecast %d, its days %d", used, all[0].Used, total)
	}
}

func TestACardThatWasHardlyUsedIsNotForeseen(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", packagesFile, 0)
	d.drain(daily(cardOne, 0, 6, 7)...)
	c, _ := d.options.Directory.Company("acme")
	if all, err := d.api.Forecasts(t.Context(), c, true); err != nil || len(all) != 0 {
		t.Errorf("%v %+v", err, all)
	}
}
