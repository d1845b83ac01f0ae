package gsmsim

import (
	"slices"
	"testing"
)

func TestALineIsSplitIntoItsCommands(t *testing.T) {
	for line, want := range map[string][]command{
		"":                          nil,
		"E0":                        {{name: "E", args: "0"}},
		"E0V1&F S0=3S0?":            {{name: "E", args: "0"}, {name: "V", args: "1"}, {name: "&F"}, {name: "S0", form: sets, args: "3"}, {name: "S0", form: reads}},
		"+CMEE=1;+CREG=2":           {{name: "+CMEE", form: sets, args: "1"}, {name: "+CREG", form: sets, args: "2"}},
		`+CUSD=1,"*1;2#",15;+CSQ`:   {{name: "+CUSD", form: sets, args: `1,"*1;2#",15`}, {name: "+CSQ"}},
		"+qpcmv=0;+QPCMV=1,0;D123;": {{name: "+QPCMV", form: sets, args: "0"}, {name: "+QPCMV", form: sets, args: "1,0"}, {name: "D", args: "123;"}},
		"^CPIN?":                    {{name: "^CPIN", form: reads}},
		"+CMGL=?":                   {{name: "+CMGL", form: tests}},
		"D+7 916 I;":                {{name: "D", args: "+7 916 I;"}},
		"&":                         {{name: "&"}},
	} {
		if got := commands(line); !slices.Equal(got, want) {
			t.Errorf("%q is %+v, it should be %+v", line, got, want)
		}
	}
}

func FuzzALineOfAnyKindEnds(f *testing.F) {
	for _, seed := range []string{"E0", "+CMGS=1;", `+X="`, "D", "S=", "&&", "+;+;", "\\Q3", "A;;;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, c := range commands(line) {
			c.fields()
			c.number(0)
		}
	})
}

func TestAnICCIDEndsWithItsCheckDigit(t *testing.T) {
	if got := withLuhn("7992739871"); got != "79927398713" {
		t.Errorf("the number is %s", got)
	}
}
