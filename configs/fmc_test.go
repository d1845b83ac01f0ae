package configs_test

import (
	"reflect"
	"testing"

	"roadline/callerid"
	"roadline/configs"
	"roadline/fmc"
)

// trunk reads a machine of one trunk.
func trunk(t *testing.T, keys string) configs.Trunk {
	t.Helper()
	m, err := configs.ReadMachine("roadline.yaml", []byte("trunks: [{id: a, from: [192.0.2.1], "+keys+"}]"))
	if err != nil {
		t.Fatal(err)
	}
	return m.Trunks[0]
}

func TestACarriersCallersAreBelievedAsFarAsItIsWritten(t *testing.T) {
	for keys, want := range map[string]fmc.Trust{
		"profile: {country: RU}":                                   fmc.TrustForeign,
		"carrier: ru-national":                                     fmc.TrustForeign,
		"profile: {country: RU, trust: carrier}":                   fmc.TrustCarrier,
		"profile: {country: RU, trust: own}":                       fmc.TrustOwn,
		"carrier: ru-fmc":                                          fmc.TrustOwn,
		"carrier: ru-fmc, profile: {trust: foreign}":               fmc.TrustForeign,
		"profile: {country: RU, fmc: {all: true}}":                 fmc.TrustOwn,
		"profile: {trust: carrier, country: RU, fmc: {all: true}}": fmc.TrustCarrier, // whatever stands first
	} {
		if got := trunk(t, keys); got.Trust != want || got.Form.Native != (got.FMC != nil) {
			t.Errorf("%s: %v", keys, got.Trust)
		}
	}
}

func TestAnOperatorsFMCTrunkIsData(t *testing.T) {
	got := trunk(t, `profile: {country: RU, diverted: history-info, caller_from: [p-asserted-identity, from], fmc: {tag: {header: X-FMC, values: ["1"]}, short: "*short", private: {prefix: "*7", tag: {parameter: private}}}}`)
	want := configs.FMC{
		Tag: configs.Tag{Header: "X-FMC", Values: []string{"1"}}, Person: callerid.SourceAsserted, Short: "*short",
		PrivatePrefix: "*7", PrivateTag: configs.Tag{Parameter: "private"},
	}
	if !reflect.DeepEqual(*got.FMC, want) || got.Form.Diverted != callerid.ByHistory {
		t.Errorf("%+v, diverted %v", *got.FMC, got.Form.Diverted)
	}
	house := trunk(t, "carrier: ru-fmc, profile: {caller_from: [p-asserted-identity]}")
	if house.FMC.Person != callerid.SourceFrom || house.Form.Diverted != callerid.ByDiversion || house.FMC.All {
		t.Errorf("%+v", *house.FMC)
	}
}
