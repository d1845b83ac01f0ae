package callerid_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"roadline/callerid"
	"roadline/fmc/cause"
)

func TestAFormIsWrittenInWords(t *testing.T) {
	in := callerid.Form{
		Country: "RU",
		Called:  callerid.Format{Style: callerid.National, Abroad: callerid.AbroadPlus, Prefix: "99#"},
		Caller:  callerid.Format{Style: callerid.E164Digits},
		Reads:   callerid.Format{Style: callerid.NationalBare, Abroad: callerid.AbroadDialed},
		Sources: []callerid.Source{callerid.SourceAsserted, callerid.SourceRemoteParty, callerid.SourceDiversion, callerid.SourceHistory, callerid.SourceContact, callerid.SourceFrom},
		Carry:   callerid.CarryRemoteParty, Diverted: callerid.ByHistory, Privacy: true, Fallback: line.Canonical(),
	}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"national", "+e164", "99#", "bare", "dialed", "p-asserted-identity", "remote-party-id", "from+rpid", "history-info"} {
		if !strings.Contains(string(b), word) {
			t.Errorf("%s: no %s", b, word)
		}
	}
	var out callerid.Form
	if err := json.Unmarshal(b, &out); err != nil || !reflect.DeepEqual(in, out) {
		t.Fatalf("%s: %+v, %v", b, out, err)
	}
	if err := in.Check(); err != nil {
		t.Error(err)
	}
}

func TestAnUnknownWordIsRefusedWithTheKnownOnes(t *testing.T) {
	for _, row := range []struct {
		err   error
		knows string
	}{
		{new(callerid.Style).UnmarshalText([]byte("e163")), "+e164, e164, national, bare"},
		{new(callerid.AbroadStyle).UnmarshalText([]byte("x")), "same, +e164, e164, dialed"},
		{new(callerid.Source).UnmarshalText([]byte("From")), "from, p-asserted-identity, remote-party-id, diversion, history-info, contact"},
		{new(callerid.Carry).UnmarshalText([]byte("")), "from+pai, from, pai, from+rpid"},
		{new(callerid.Diverted).UnmarshalText([]byte("always")), "never, diversion, history-info"},
	} {
		if !errors.Is(row.err, cause.Invalid) || !strings.Contains(row.err.Error(), "write one of "+row.knows) {
			t.Errorf("%v: want %s", row.err, row.knows)
		}
	}
}

func TestAFormThatCannotWorkIsRefused(t *testing.T) {
	for says, form := range map[string]callerid.Form{
		"ISO 3166":              {},
		"country \"ru\"":        {Country: "ru"},
		"cannot be told apart":  {Country: "RU", Reads: callerid.Format{Style: callerid.NationalBare, Abroad: callerid.AbroadDigits}},
		"prefix":                {Country: "RU", Called: callerid.Format{Prefix: "abc"}},
		"fallback number":       {Country: "RU", Fallback: callerid.Received("112", "RU")},
		"write diverted: never": {Country: "RU", Carry: callerid.CarryAsserted, Diverted: callerid.ByDiversion},
	} {
		if err := form.Check(); !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want %q", form, err, says)
		}
	}
	for _, country := range []string{"RU", "KE", "TH", "GB", "DE", "US", "KZ"} {
		if err := (callerid.Form{Country: country}).Check(); err != nil {
			t.Error(err)
		}
	}
}
