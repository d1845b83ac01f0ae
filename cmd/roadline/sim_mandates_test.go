package main

import (
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/store"
)

func TestTheReportOfMandatesNamesOnTopWhatMustBeSeenTo(t *testing.T) {
	var out strings.Builder
	day := time.Date(2026, 12, 10, 0, 0, 0, 0, time.FixedZone("", 3*60*60)) // the company's midnight, which is the day before where this runs
	of := &cabinet.MandateShown{Owner: "Acme", Contract: "17", For: []fmc.SIMUse{fmc.UseCalls}, From: &day, Until: &day}
	(&program{zone: time.UTC}).writeMandates(&out, cabinet.MandateReport{From: "2026-11-01", To: "2026-11-23", Cards: []cabinet.CardMandate{
		{ICCID: "1", Mandate: of, Standing: cabinet.MandateEnds, InUse: true, Countries: []string{"KZ", "RU"}, Beyond: []string{"KZ"}, Uses: []cabinet.CardUsed{{Kind: store.CardCalled, Count: 3, First: day, Last: day}}},
		{ICCID: "2", Standing: cabinet.MandateNone, InUse: true},
		{ICCID: "3", Mandate: of, Standing: cabinet.MandateEnded},
		{ICCID: "4", Mandate: of, Standing: cabinet.MandateBegins},
		{ICCID: "5", Mandate: of, Standing: cabinet.MandateHolds, InUse: true},
	}})
	for _, want := range []string{
		"SIM 1 is in use, and its mandate ends on 2026-12-10\nSIM 2 is in use, and its mandate is not on file\nused from 2026-11-01 to 2026-11-23\n",
		"ended on 2026-12-10", "begins on 2026-12-10", "holds", "KZ RU", "3 calls out, ",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if strings.Count(out.String(), "is in use") != 2 {
		t.Errorf("cards that are not used, or whose mandate holds, are urgent:\n%s", out.String())
	}
}
