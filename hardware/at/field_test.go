package at_test

import (
	"slices"
	"strings"
	"testing"

	"roadline/hardware/at"
)

func TestFieldsAreCutAsModulesWriteThem(t *testing.T) {
	for line, want := range map[string][]string{
		`1,1,4,0,0,"+7926",145`:          {"1", "1", "4", "0", "0", "'+7926", "145"},
		`,"+79139131234",145`:            {"", "'+79139131234", "145"},
		`"","+7913,145`:                  {"'", "'+7913", "145"}, // the closing quote is missing
		`"+7913`:                         {"'+7913"},
		`0,"a, b",15`:                    {"0", "'a, b", "15"},
		`0,"say "hi", then",15`:          {"0", "'say \"hi", `then"`, "15"},
		`2,1,9110,7E6`:                   {"2", "1", "9110", "7E6"},
		` 1 , 2 `:                        {"1", "2"},
		"":                               {""},
		`"SM",1,10,"SM",1,10,"SM",1,10`:  {"'SM", "1", "10", "'SM", "1", "10", "'SM", "1", "10"},
		`0,"Line one` + "\n" + `two",15`: {"0", "'Line one\ntwo", "15"},
	} {
		var got []string
		for _, f := range at.Fields(line) {
			text := f.Text
			if f.Quoted {
				text = "'" + text
			}
			got = append(got, text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestValuesAreThoseAfterThePrefix(t *testing.T) {
	f, ok := at.Values("+CSQ: 20,99", "+CSQ")
	if n, number := f[0].Number(); !ok || !number || n != 20 {
		t.Errorf("%v %v", f, ok)
	}
	if _, ok := at.Values("+CREG: 1", "+CSQ"); ok {
		t.Error("a line of another prefix has values")
	}
}

func FuzzFields(f *testing.F) {
	for _, s := range []string{`1,"a",2`, `"`, `",`, `"a,1`, ",,,", `" ",`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fields := at.Fields(s)
		if len(fields) == 0 || len(fields) > strings.Count(s, ",")+1 {
			t.Errorf("%q: %d fields", s, len(fields))
		}
		for _, x := range fields {
			if !strings.Contains(s, x.Text) {
				t.Errorf("%q: field %q is not in it", s, x.Text)
			}
		}
	})
}

func TestSecretsStandInNoLog(t *testing.T) {
	for line, want := range map[string]string{
		`AT+CPIN="1234"`:                              `AT+CPIN=…`,
		`AT+CLCK="SC",1,"1234"`:                       `AT+CLCK=…`,
		`+CPWD="SC","1234","4321"`:                    `+CPWD=…`,
		`+CLIP: "+4915112345678",145`:                 `+CLIP: "+49xxxxxxxxx78",145`,
		`ATD+4915112345678;`:                          `ATD+49xxxxxxxxx78;`,
		`+CUSD: 0,"Your code is 4711",15`:             `+CUSD: 0,…`,
		`AT+CUSD=1,"*100#",15`:                        `AT+CUSD=1,…`,
		`00110006919451110000A705E8329BFD06` + "\x1a": "(17 octets)\x1a",
		`+CSQ: 20,99`:                                 `+CSQ: 20,99`,
	} {
		if got := at.Redact(line); got != want {
			t.Errorf("%s: %s", line, got)
		}
	}
}

func TestAMaskKeepsTheFormOnly(t *testing.T) {
	for line, want := range map[string]string{
		`AT+CPIN="1234"`:                     `AT+CPIN="0000"`,
		`+CLIP: "+4915112345678",145`:        `+CLIP: "+4900000000000",145`,
		`262011234567890`:                    `262000000000000`,
		`00110006919451110000A705E8329BFD06`: `0000000000000000000000000000000000`,
		`^CEND:1,12,104,17`:                  `^CEND:1,12,104,17`,
		`+CUSD: 0,"Balance 51.20 RUB",15`:    `+CUSD: 0,"Balance 00.00 RUB",15`,
		`+CUSD: 0,"until 12`:                 `+CUSD: 0,"until 00`,
	} {
		if got := at.Mask(line); len(got) != len(line) || got != want {
			t.Errorf("%s: %s", line, got)
		}
	}
}
