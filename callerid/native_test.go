package callerid_test

import (
	"encoding/json"
	"errors"
	"testing"

	"roadline/callerid"
	"roadline/fmc/cause"
)

var (
	ownMobile = callerid.Received("+79161234567", "RU").Canonical()
	fmcTrunk  = callerid.Form{Country: "RU", Diverted: callerid.ByDiversion, Native: true}
)

func TestACallGoesBackToTheHandsetWithItsOwnNumberAsTheDiverter(t *testing.T) {
	for name, row := range map[string]struct {
		client callerid.Number
		want   callerid.Shown
	}{
		"a client":             {client, callerid.Shown{From: client.Canonical(), Display: "Client", Diversion: ownMobile, Mobile: ownMobile}},
		"a hidden number":      {hidden, callerid.Shown{From: callerid.Number{Kind: callerid.Hidden}, Diversion: ownMobile, Mobile: ownMobile, Privacy: true}},
		"a name for a number":  {callerid.Received("Sberbank", "RU"), callerid.Shown{From: callerid.Number{Kind: callerid.Hidden}, Diversion: ownMobile, Mobile: ownMobile, Privacy: true}},
		"no number at all":     {callerid.Number{}, callerid.Shown{From: callerid.Number{Kind: callerid.Hidden}, Diversion: ownMobile, Mobile: ownMobile, Privacy: true}},
		"a short code, as 900": {callerid.Received("900", "RU"), callerid.Shown{From: callerid.Received("900", "RU").Canonical(), Display: "Client", Diversion: ownMobile, Mobile: ownMobile}},
	} {
		got := callerid.Native(row.client, ownMobile, "Client\r\n")
		if got != row.want {
			t.Errorf("%s: %+v, want %+v", name, got, row.want)
		}
		if err := got.Proven(callerid.Owned{}, fmcTrunk, noon); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := got.Proven(acme, openTrunk, noon); !errors.Is(err, cause.Denied) {
			t.Errorf("%s leaves by a carrier's trunk: %v", name, err)
		}
		b, err := json.Marshal(got)
		var back callerid.Shown
		if err != nil || json.Unmarshal(b, &back) != nil || back != got {
			t.Errorf("%s: %s is read as %+v", name, b, back)
		}
	}
}

func TestAPrivateCallShowsThePersonsOwnMobile(t *testing.T) {
	got := callerid.Private(ownMobile)
	if want := (callerid.Shown{From: ownMobile, Mobile: ownMobile}); got != want {
		t.Errorf("%+v", got)
	}
	if err := got.Proven(callerid.Owned{}, fmcTrunk, noon); err != nil {
		t.Error(err)
	}
	if err := got.Proven(acme, openTrunk, noon); !errors.Is(err, cause.Denied) {
		t.Errorf("it leaves by a carrier's trunk: %v", err)
	}
}

func TestWhatNoOperatorVouchesForIsStoppedAtTheBorder(t *testing.T) { // invariant 7
	for name, forged := range map[string]callerid.Shown{
		"asserted beside it":           {From: client, Asserted: line, Diversion: ownMobile, Mobile: ownMobile},
		"diverted by somebody else":    {From: client, Diversion: foreign, Mobile: ownMobile},
		"a client and no diversion":    {From: client, Mobile: ownMobile},
		"no mobile":                    {From: client, Diversion: ownMobile, Mobile: callerid.Number{Kind: callerid.Hidden}},
		"hidden without asking":        {From: callerid.Number{Kind: callerid.Hidden}, Diversion: ownMobile, Mobile: ownMobile},
		"nothing to show":              {From: callerid.Received("Sberbank", "RU"), Diversion: ownMobile, Mobile: ownMobile},
		"a name that breaks a header":  {From: client, Display: "a\r\nb", Diversion: ownMobile, Mobile: ownMobile},
		"what is shown inside alone":   callerid.Inside(ownMobile, ""),
		"a client without the company": {From: client, Diversion: ownMobile},
	} {
		if err := forged.Proven(acme, fmcTrunk, noon); !errors.Is(err, cause.Denied) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := callerid.Show(callerid.Wish{Number: line}, acme, fmcTrunk, noon); err != nil || got.Proven(acme, fmcTrunk, noon) != nil {
		t.Errorf("the company's own number: %+v, %v", got, err)
	}
}

func TestAnFMCTrunkThatCannotTakeCallsBackIsRefused(t *testing.T) {
	if err := fmcTrunk.Check(); err != nil {
		t.Error(err)
	}
	for _, form := range []callerid.Form{
		{Country: "RU", Native: true},
		{Country: "RU", Native: true, Diverted: callerid.ByHistory, Carry: callerid.CarryAsserted},
	} {
		if err := form.Check(); !errors.Is(err, cause.Invalid) {
			t.Errorf("%+v: %v", form, err)
		}
	}
}
