package pdu_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"roadline/fmc/cause"
	"roadline/hardware/pdu"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// octets reads hex with spaces.
func octets(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func hexOf(parts [][]byte) (list []string) {
	for _, p := range parts {
		list = append(list, strings.ToUpper(hex.EncodeToString(p)))
	}
	return list
}

func TestAMessageIsWrittenAsOtherProgramsWriteIt(t *testing.T) {
	for name, c := range map[string]struct {
		text pdu.Text
		want string
	}{
		"ofono":    {pdu.Text{To: "+491511", Text: "hello", Validity: 24 * time.Hour}, "110006919451110000A705E8329BFD06"},
		"gammu":    {pdu.Text{To: "+491511", Text: "hi ä"}, "110006919451110000FF04E834680F"},
		"smstools": {pdu.Text{To: "+491511", Text: "Hello from smsd"}, "110006919451110000FF0FC8329BFD0699E5EF3668DE9E9301"},
		// dreamfabric.com/sms, the oldest description on the net.
		"dreamfabric": {pdu.Text{To: "+46708251358", Text: "hellohello", Validity: 4 * 24 * time.Hour}, "11000B916407281553F80000AA0AE8329BFD4697D9EC37"},
		"short code":  {pdu.Text{To: "12345", Text: "hello", Report: true}, "310005812143F50000FF05E8329BFD06"},
		"cyrillic":    {pdu.Text{To: "+491511", Text: "Да"}, "110006919451110008FF0404140430"},
		"emoji":       {pdu.Text{To: "+491511", Text: "😀"}, "110006919451110008FF04D83DDE00"},
		"extension":   {pdu.Text{To: "+491511", Text: "€"}, "110006919451110000FF029B32"},
	} {
		parts, alphabet, err := pdu.Compose(c.text)
		if got := hexOf(parts); err != nil || !cmp.Equal(got, []string{c.want}) {
			t.Errorf("%s: %v, %v\nwant %s", name, got, err, c.want)
		}
		if want := map[bool]pdu.Alphabet{true: pdu.UCS2, false: pdu.GSM7}[name == "cyrillic" || name == "emoji"]; alphabet != want {
			t.Errorf("%s: written in %s", name, alphabet)
		}
	}
}

func TestTheValidityIsNeverLongerThanAskedFor(t *testing.T) {
	for validity, want := range map[time.Duration]byte{
		time.Second: 0, 5 * time.Minute: 0, 9 * time.Minute: 0, 10 * time.Minute: 1, 14 * time.Minute: 1, 12 * time.Hour: 143,
		12*time.Hour + 29*time.Minute: 143, 13 * time.Hour: 145, 24 * time.Hour: 167, 47 * time.Hour: 167, 48 * time.Hour: 168,
		30 * 24 * time.Hour: 196, 34 * 24 * time.Hour: 196, 35 * 24 * time.Hour: 197, 63 * 7 * 24 * time.Hour: 255, 1000 * 24 * time.Hour: 255, 0: 255,
	} {
		parts, _, err := pdu.Compose(pdu.Text{To: "+491511", Text: "x", Validity: validity})
		if err != nil || parts[0][9] != want {
			t.Errorf("%v: %d, want %d (%v)", validity, parts[0][9], want, err)
		}
	}
}

func TestANumberIsDigitsWithAPlusOrRefused(t *testing.T) {
	for _, to := range []string{"", "+", "+7 916", "8(916)1234567", "Bank", "+4915111234567890123456", "*100#", "++7916", "79+16", "٧٩"} {
		_, _, err := pdu.Compose(pdu.Text{To: to, Text: "x"})
		if !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), "write ") {
			t.Errorf("%q: %v", to, err)
		}
	}
	for _, to := range []string{"1", "+12345678901234567890", "12345678901234567890"} {
		if _, _, err := pdu.Compose(pdu.Text{To: to, Text: "x"}); err != nil {
			t.Errorf("%q: %v", to, err)
		}
	}
}

func TestATextThatCannotBeSentIsRefusedWithARemedy(t *testing.T) {
	for text, remedy := range map[string]string{
		"": "write one", "\xff\xfe": "send it as UTF-8", strings.Repeat("x", 10*153+1): "takes 11 parts and may take 10", strings.Repeat("я", 10*67+1): "takes 11 parts",
	} {
		if _, _, err := pdu.Compose(pdu.Text{To: "+491511", Text: text}); !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), remedy) {
			t.Errorf("%.10q: %v", text, err)
		}
	}
	if parts, _, err := pdu.Compose(pdu.Text{To: "+491511", Text: strings.Repeat("x", 10*153)}); err != nil || len(parts) != 10 {
		t.Errorf("%d parts, %v", len(parts), err)
	}
}

func TestACountSaysPartsAlphabetAndRoom(t *testing.T) {
	x, ya := func(n int) string { return strings.Repeat("x", n) }, func(n int) string { return strings.Repeat("я", n) }
	for _, c := range []struct {
		text     string
		parts    int
		alphabet pdu.Alphabet
		left     int
	}{
		{"", 0, pdu.GSM7, 160},
		{x(1), 1, pdu.GSM7, 159},
		{x(160), 1, pdu.GSM7, 0},
		{x(161), 2, pdu.GSM7, 153 - 8},
		{x(306), 2, pdu.GSM7, 0},
		{x(307), 3, pdu.GSM7, 152},
		{strings.Repeat("€", 80), 1, pdu.GSM7, 0},
		{strings.Repeat("€", 81), 2, pdu.GSM7, 153 - 10}, // 76 in the first part: none is cut
		{ya(70), 1, pdu.UCS2, 0},
		{ya(71), 2, pdu.UCS2, 67 - 4},
		{strings.Repeat("😀", 35), 1, pdu.UCS2, 0},
		{strings.Repeat("😀", 36), 2, pdu.UCS2, 67 - 6}, // 33 in the first part
		{"x\x1b", 1, pdu.UCS2, 68},                     // a bare escape is no character of GSM7
		{"`", 1, pdu.UCS2, 69},
		{x(10 * 160), 11, pdu.GSM7, 153*11 - 1600},
	} {
		parts, alphabet, left := pdu.Count(c.text)
		if parts != c.parts || alphabet != c.alphabet || left != c.left {
			t.Errorf("%d characters %.4q: %d parts of %s, %d left; want %d, %s, %d", len([]rune(c.text)), c.text, parts, alphabet, left, c.parts, c.alphabet, c.left)
		}
	}
}

func TestPartsCarryTheReferenceThatWasGiven(t *testing.T) {
	text := pdu.Text{To: "+491511", Text: strings.Repeat("x", 200), Reference: 0x1234}
	for wide, want := range map[bool][2]string{
		false: {"510006919451110000FFA0050003340201", "510006919451110000FF36050003340202"},
		true:  {"510006919451110000FFA006080412340201", "510006919451110000FF3806080412340202"},
	} {
		text.Wide = wide
		parts, _, err := pdu.Compose(text)
		if err != nil || len(parts) != 2 {
			t.Fatalf("%d parts, %v", len(parts), err)
		}
		for i, p := range hexOf(parts) {
			if !strings.HasPrefix(p, want[i]) {
				t.Errorf("wide %v, part %d: %s\nwant %s…", wide, i+1, p, want[i])
			}
			if len(p) > 2*(13+140) {
				t.Errorf("part %d is too long: %s", i+1, p)
			}
		}
	}
}

func TestTheSamePartHasTheSameKeyAndAnotherOneHasNot(t *testing.T) {
	const (
		whole   = "07919471170600F0 04 0C919451112143650000 62012221304380 05E8329BFD06"
		other   = "07919471170600F0 04 0C919451112143650000 62012221304380 05E8329BFD07"
		second  = "07919471170600F0 04 0C919451112143650000 62012221305380 05E8329BFD06"
		part1   = "07919471170600F0 44 0C919451112143650008 62012221304380 0A 050003340201 04140430"
		part2   = "07919471170600F0 44 0C919451112143650008 62012221304380 0A 050003340202 04140430"
		part1b  = "07919471170600F0 44 0C919451112143650008 62012221304380 0A 050003340201 04140431" // the reference came round within the second
		report  = "07919471170600F0 06 D6 0C91945111214365 62012221304380 62012221305380 00"
		report2 = "07919471170600F0 06 D6 0C91945111214365 62012221304380 62012221305380 30"
		broken  = "07919471170600F0 04 0C9194511121"
	)
	keys := map[string]string{}
	for name, stored := range map[string]string{
		"whole": whole, "other": other, "second": second, "part 1": part1, "part 2": part2, "part 1 of another": part1b, "report": report, "report, trying": report2, "broken": broken,
	} {
		key := pdu.Key("8949", octets(t, stored))
		if again := pdu.Key("8949", octets(t, stored)); again != key || len(key) != 32 {
			t.Errorf("%s: %s, then %s", name, key, again)
		}
		for _, sim := range []string{"8948", ""} {
			if pdu.Key(sim, octets(t, stored)) == key {
				t.Errorf("%s has the same key on another card", name)
			}
		}
		if with := keys[key]; with != "" {
			t.Errorf("%s and %s have one key", name, with)
		}
		keys[key] = name
	}
	if pdu.Key("8949", nil) == pdu.Key("8949", []byte{0}) {
		t.Error("what cannot be read is known by all its octets")
	}
}

func TestAStatusSaysWhatBecameOfTheMessage(t *testing.T) {
	for code, want := range map[pdu.StatusCode]struct {
		outcome pdu.Outcome
		text    string
	}{
		0x00: {pdu.Delivered, "the phone has it"},
		0x01: {pdu.Delivered, "cannot tell"},
		0x05: {pdu.Delivered, "0x05"},
		0x20: {pdu.StillTrying, "congested; the centre goes on trying"},
		0x22: {pdu.StillTrying, "does not answer; the centre goes on"},
		0x3f: {pdu.StillTrying, "0x3f"},
		0x41: {pdu.FailedForGood, "cannot take"},
		0x46: {pdu.FailedForGood, "validity ended"},
		0x5f: {pdu.FailedForGood, "0x5f"},
		0x62: {pdu.GaveUp, "does not answer; the centre has given up"},
		0x7f: {pdu.GaveUp, "0x7f"},
		0x80: {pdu.GaveUp, "0x80"},
	} {
		if code.Outcome() != want.outcome || !strings.Contains(code.String(), want.text) {
			t.Errorf("%02x: %s, %s", byte(code), code.Outcome(), code)
		}
	}
	for i := range 256 {
		if s := pdu.StatusCode(i).String(); strings.Contains(s, "%!") || s == "" {
			t.Errorf("%02x: %s", i, s)
		}
	}
}

func ExampleCount() {
	parts, alphabet, left := pdu.Count("Ждём вас завтра в 10:00")
	fmt.Println(parts, alphabet, left)
	// Output: 1 ucs2 47
}
