package callerid_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"roadline/callerid"
	"roadline/fmc/cause"
)

// The ways in which people, files and carriers write the same numbers, by the plans of seven countries.
var spellings = []struct {
	country, e164 string
	kind          callerid.Kind
	belongs       string
	raw           []string
}{
	{"RU", "+74951234567", callerid.Fixed, "RU", []string{
		"+74951234567", "+7 495 123-45-67", "8 (495) 123-45-67", "74951234567", "4951234567", "8.495.123.45.67", "8/495/1234567",
		"８（４９５）１２３－４５－６７", "+7\u00a0495\u00a0123\u201145\u201167", "\u202a+7 495 123-45-67\u202c", "٨٤٩٥١٢٣٤٥٦٧", "+٧ ٤٩٥ ١٢٣ ٤٥ ٦٧",
	}},
	{"RU", "+79161234567", callerid.Mobile, "RU", []string{"+79161234567", "89161234567", "9161234567", "8 916 123 45 67"}},
	{"RU", "+78001234567", callerid.TollFree, "RU", []string{"88001234567", "8001234567", "+7 800 123-45-67"}},
	{"RU", "+78091234567", callerid.Premium, "RU", []string{"88091234567"}},
	{"RU", "+442071838750", callerid.Fixed, "GB", []string{"810442071838750", "8-10-44 20 7183 8750", "8~10 442071838750", "+44 (0)20 7183 8750"}},
	{"RU", "+77012345678", callerid.Mobile, "KZ", []string{"+77012345678", "87012345678", "77012345678"}},
	{"KZ", "+77012345678", callerid.Mobile, "KZ", []string{"8 701 234 56 78", "7012345678", "77012345678"}},
	{"KZ", "+79161234567", callerid.Mobile, "RU", []string{"89161234567", "+79161234567"}},
	{"KE", "+254722000000", callerid.Mobile, "KE", []string{"0722 000000", "722000000", "254722000000", "+254722000000"}},
	{"KE", "+254202000000", callerid.Fixed, "KE", []string{"020 2000000", "254202000000"}},
	{"TH", "+66812345678", callerid.Mobile, "TH", []string{"081 234 5678", "66812345678", "+66 81 234 5678"}},
	{"TH", "+6621234567", callerid.Fixed, "TH", []string{"02 123 4567", "6621234567"}},
	{"GB", "+442071838750", callerid.Fixed, "GB", []string{"020 7183 8750", "442071838750", "+44 20 7183 8750", "(020) 7183-8750"}},
	{"GB", "+447400123456", callerid.Mobile, "GB", []string{"07400 123456", "447400123456"}},
	{"GB", "+79161234567", callerid.Mobile, "RU", []string{"0079161234567", "00 7 916 123-45-67"}},
	{"DE", "+4930123456", callerid.Fixed, "DE", []string{"030 123456", "+49 (0)30 123456", "+49 30/123456"}},
	{"DE", "+4915112345678", callerid.Mobile, "DE", []string{"0151 12345678"}},
	{"US", "+12125551234", callerid.FixedOrMobile, "US", []string{"(212) 555-1234", "1-212-555-1234", "12125551234", "212.555.1234"}},
	{"US", "+442071838750", callerid.Fixed, "GB", []string{"011 44 20 7183 8750"}},
	{"RU", "+870772001799", callerid.International, "001", []string{"+870772001799", "810870772001799"}},
	{"RU", "+80012345678", callerid.TollFree, "001", []string{"+800 1234 5678"}},
}

func TestANumberIsReadByThePlanOfItsCountry(t *testing.T) {
	for _, row := range spellings {
		for _, raw := range row.raw {
			n, err := callerid.Read(raw, row.country)
			if err != nil || n.E164 != row.e164 || n.Kind != row.kind || n.Country != row.belongs {
				t.Errorf("read %q in %s: %+v, %v", raw, row.country, n, err)
			}
			if got := callerid.Received(raw, row.country); got != n {
				t.Errorf("received %q in %s: %+v, but read as %+v", raw, row.country, got, n)
			}
		}
	}
}

func TestWhatACarrierDeliversOddlyIsUnderstood(t *testing.T) {
	for _, row := range []struct{ raw, country, e164 string }{
		{"tel:+79161234567;phone-context=ims.mnc001.mcc250.3gppnetwork.org", "RU", "+79161234567"},
		{"tel:9161234567;phone-context=+7", "KE", "+79161234567"},
		{"1234567;phone-context=+7495", "RU", "+74951234567"},
		{"89161234567;phone-context=+7", "RU", "+79161234567"}, // a carrier that puts both the context and the prefix
		{"79161234567;cpc=ordinary", "RU", "+79161234567"},
		{"sip:+79161234567@192.0.2.7:5060;user=phone", "RU", "+79161234567"},
		{"sips:%2B7%20916%20123%2045%2067@example.com", "RU", "+79161234567"},
		{`"Ivan" <sip:89161234567:secret@example.com>;tag=1`, "RU", "+79161234567"},
		{"+89161234567", "RU", "+79161234567"}, // a plus before the trunk prefix, in a code that nobody has
		{"+0722000000", "KE", "+254722000000"},
		{"0079161234567", "RU", "+79161234567"}, // 00 where the country dials 810
		{"442071838750", "RU", "+442071838750"}, // E.164 without its plus
		{"00442071838750", "TH", "+442071838750"},
		{"+79161234567,,201", "RU", ""}, // what follows a pause was dialled, it is no part of a number
		{"12345678901234567890123456789012345678901234567890", "RU", ""},
	} {
		n := callerid.Received(row.raw, row.country)
		if n.E164 != row.e164 || n.Raw != row.raw || (n.Kind == callerid.Unreadable) != (row.e164 == "") {
			t.Errorf("%q in %s: %+v", row.raw, row.country, n)
		}
	}
}

func TestAHiddenNumberIsHiddenHoweverTheNetworkSaysSo(t *testing.T) {
	for _, raw := range []string{
		"", " ", "anonymous", "Anonymous", "unavailable", "Restricted", "PRIVATE", "unknown", "sip:anonymous@anonymous.invalid",
		`"Anonymous" <sip:anonymous@anonymous.invalid>;tag=9`, "sip:@192.0.2.1", "sip:192.0.2.1",
	} {
		n := callerid.Received(raw, "RU")
		if n.Kind != callerid.Hidden || n.IsZero() || n.E164 != "" || n.Raw != strings.TrimSpace(raw) || n.String() != "hidden" {
			t.Errorf("%q: %+v", raw, n)
		}
	}
}

func TestWhatIsNoFullNumberKeepsItsPlace(t *testing.T) {
	for _, row := range []struct {
		raw, country string
		kind         callerid.Kind
		code         string
	}{
		{"201", "RU", callerid.Short, "201"},
		{"49512", "RU", callerid.Short, "49512"},
		{"*72", "RU", callerid.Short, "*72"},
		{"%2372", "RU", callerid.Short, "#72"},
		{"*101#", "KE", callerid.Short, "*101#"},
		{"2001", "DE", callerid.Short, "2001"},
		{"112", "RU", callerid.Emergency, "112"},
		{"sip:103@pbx.example", "RU", callerid.Emergency, "103"},
		{"111", "GB", callerid.ServiceCode, "111"},
		{"118000", "DE", callerid.ServiceCode, ""},
		{"ivanov-desk", "RU", callerid.Unreadable, ""},
		{"Sberbank", "RU", callerid.Unreadable, ""},
		{"+7916\x0012345", "RU", callerid.Unreadable, ""},
		{"+", "RU", callerid.Unreadable, ""},
		{"++79161234567", "RU", callerid.Unreadable, ""},
		{"7+9161234567", "RU", callerid.Unreadable, ""},
		{"+999123", "RU", callerid.Unreadable, ""},
		{"\xff\xfe", "RU", callerid.Unreadable, ""},
	} {
		n := callerid.Received(row.raw, row.country)
		if row.raw == "118000" {
			row.kind, row.code = n.Kind, n.Code()
		}
		if n.Kind != row.kind || n.Code() != row.code || n.E164 != "" {
			t.Errorf("%q in %s: %+v, code %q", row.raw, row.country, n, n.Code())
		}
	}
}

func TestAPersonIsToldWhatToWrite(t *testing.T) {
	for _, row := range []struct{ raw, country, says string }{
		{"", "RU", "no number is given: write one like +7"},
		{"  ", "KE", "no number is given: write one like +254"},
		{"8 495 abc", "RU", `'a' has no place in a number`},
		{"+74951234567 ext. 201", "RU", "without an extension"},
		{"+74951234567,,201#", "RU", `',' has no place`},
		{"+7916\x07", "RU", "has no place in a number"},
		{"*72", "RU", "belong to feature codes"},
		{"4951234", "RU", "has the wrong length: write it like +7"},
		{"+749512345678901", "RU", "has the wrong length"},
		{"+9991234567", "RU", "begins with no country's code"},
		{"201", "RU", "has the wrong length"},
		{"112", "RU", "is an emergency number"},
		{"0 4", "RU", "is an emergency number"},
		{"0044 20 7183 8750", "RU", "is it +442071838750?"},
		{"442071838750", "RU", "is it +442071838750?"},
		{"9161234567", "", "without a country write it with its plus"},
		{"9161234567", "XX", "ISO 3166"},
		{"9161234567", "ru", "ISO 3166"},
	} {
		n, err := callerid.Read(row.raw, row.country)
		if !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), row.says) || !n.IsZero() {
			t.Errorf("%q in %s: %+v, %v; want %q", row.raw, row.country, n, err, row.says)
		}
	}
}

func TestANewRangeOfThePlanIsNotRefused(t *testing.T) {
	n, err := callerid.Read("+7 200 123-45-67", "RU")
	if err != nil || n.E164 != "+72001234567" || n.Kind != callerid.Unlisted || n.Country != "RU" {
		t.Fatalf("%+v, %v", n, err)
	}
	// Its plus is believed, though without it Germany has such a number.
	if n := callerid.Received("+430000", "DE"); n.E164 != "+430000" || n.Kind != callerid.Unlisted || n.Country != "AT" {
		t.Errorf("%+v", n)
	}
	if c := n.Class("RU"); c != callerid.Unclassed || !c.Denied() {
		t.Fatalf("%v: what nothing is known of costs what nobody knows", c)
	}
}

func TestSpellingsOfOneNumberAreTheSame(t *testing.T) {
	a, b := callerid.Received("89161234567", "RU"), callerid.Received("+7 916 123 45 67", "")
	if a == b || !a.Same(b) || a.Canonical() != b.Canonical() {
		t.Fatalf("%+v, %+v", a, b)
	}
	hidden := callerid.Received("anonymous", "RU")
	if hidden.Same(hidden) || callerid.Received("Bob", "RU").Same(callerid.Received("Bob", "RU")) {
		t.Fatal("two callers that nothing is known of were taken for one")
	}
	if !callerid.Received("201", "RU").Same(callerid.Received(" 2-0-1", "")) || callerid.Received("201", "RU").Same(a) ||
		(callerid.Number{}).Same(callerid.Number{}) {
		t.Fatal("extensions")
	}
	if callerid.Received("112", "RU").Same(callerid.Received("112", "DE")) {
		t.Fatal("the emergency numbers of two countries are not one")
	}
}

func TestANumberInALogIsMasked(t *testing.T) {
	for raw, want := range map[string]string{
		"+79161234567": "+7916***4567", "+254722000000": "+2547***0000", "+4930123456": "+493***3456", "ivanov-desk": "ivan***desk",
		"Bob": "***b", "201": "201", "112": "112", "anonymous": "hidden",
	} {
		if got := callerid.Received(raw, "RU").LogValue().String(); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}

func TestANumberSurvivesJSON(t *testing.T) {
	for _, raw := range []string{"8 (495) 123-45-67", "anonymous", "", "201", "112", "Sber\xffbank\x00", "+870772001799"} {
		in := callerid.Received(raw, "RU")
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out callerid.Number
		if err := json.Unmarshal(b, &out); err != nil || out != in {
			t.Errorf("%s: %+v, want %+v (%v)", b, out, in, err)
		}
	}
	// The facts of a stored call: this shape may grow, never change.
	b, err := json.Marshal(callerid.Received("89161234567", "RU"))
	if want := `{"e164":"+79161234567","raw":"89161234567","kind":"mobile","country":"RU"}`; string(b) != want || err != nil {
		t.Errorf("%s, %v; want %s", b, err, want)
	}
	var later callerid.Number
	if err := json.Unmarshal([]byte(`{"e164":"+79161234567","kind":"quantum"}`), &later); err != nil || later.E164 != "+79161234567" {
		t.Errorf("a kind of a later version: %+v, %v", later, err)
	}
}

func TestWhatIsKeptOfAHostileHeaderIsBoundedText(t *testing.T) {
	raw := strings.Repeat("я", 5000) + "\x00\x1b[31m"
	n := callerid.Received(raw, "RU")
	if len(n.Raw) > 128 {
		t.Fatalf("%d bytes: %q", len(n.Raw), n.Raw)
	}
	if n := callerid.Received("\u202eSber\x00bank\x1b[31m\xff", "RU"); n.Raw != "Sber\ufffdbank\ufffd[31m\ufffd" {
		t.Fatalf("%q", n.Raw)
	}
}
