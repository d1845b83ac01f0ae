package gsmgw_test

import (
	"testing"

	"roadline/fmc"
	"roadline/gsmgw"
)

func TestBalancesAreReadAsNetworksWriteThem(t *testing.T) {
	money := fmc.BalanceQuery{Amount: `(?i)(?:balance|баланс)[: ]*(-?[0-9][0-9 .,']*)`, Minutes: `(\d+) (?:min|мин)`}
	for answer, want := range map[string]struct {
		amount  string
		minutes int
	}{
		"Balance 10.50 EUR": {"10.50", -1},
		"Баланс: 1 234,56 р. Остаток 87 мин.": {"1234.56", 87},
		"Ваш баланс -12,3 руб":                {"-12.3", -1},
		"Balance: 1,234.50; 300 min left":     {"1234.50", 300},
		"Service unavailable. Try later.":     {"", -1},
		"Balance unknown":                     {"", -1},
		"balance 1.000 and 12 min":            {"1000", 12},
	} {
		got := gsmgw.ReadBalance(money, answer)
		minutes := -1
		if got.Minutes != nil {
			minutes = *got.Minutes
		}
		if got.Amount != want.amount || minutes != want.minutes || got.Answer != answer {
			t.Errorf("%q reads as %q and %d minutes", answer, got.Amount, minutes)
		}
	}
}
