package fmc_test

import (
	"testing"

	"roadline/fmc"
)

func TestOnePeerIsOneHoweverItIsWritten(t *testing.T) {
	for written, want := range map[string]string{
		"+79120000001": "+79120000001", "89120000001": "+79120000001", "79120000001": "+79120000001", "8 (912) 000-00-01": "+79120000001",
		"Bank": "Bank", " The Bank ": "The Bank", "0890": "0890", "": "", "112": "112", "MTS-2": "MTS-2",
	} {
		if got := fmc.Peer(written, "RU"); got != want {
			t.Errorf("%q: %q, want %q", written, got, want)
		}
	}
	if got := fmc.Peer("89120000001", ""); got == "+79120000001" {
		t.Errorf("of no country: %q", got)
	}
}
