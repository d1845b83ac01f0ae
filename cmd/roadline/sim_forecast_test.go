package main

import (
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
)

func TestAForecastEndsInASentenceThatSaysWhatToDo(t *testing.T) {
	var out strings.Builder
	until := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	(&program{zone: time.UTC}).writeForecasts(&out, []cabinet.UseForecast{
		{
			ICCID: "1", Package: 250, Used: 220, Least: 280, Likely: 296, Most: 310, Short: 46, Out: "2026-11-26", Until: until,
			Moves: []cabinet.MoveShown{{To: "2", PerDay: 6, Until: until}}, Money: &cabinet.MoneyForecast{AtEnd: 4.17},
		},
		{ICCID: "2", Package: 500, Used: 22, Likely: 30, Left: 470, Until: until},
		{ICCID: "3", Used: 7, Likely: 9, Until: until},
		{ICCID: "4", Package: 9, Short: 3, Out: "2026-11-30", Until: until},
	})
	for _, want := range []string{
		"280-310", "4.17", "SIM 1 will run out on 2026-11-26: move 6 min a day to SIM 2 until ", ", or buy 46 min\n",
		"SIM 2: 470 min will be left\n", "SIM 3: about 9 min in all\n", "SIM 4 will run out on 2026-11-30: buy 3 min\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}
