package callerid_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"roadline/callerid"
)

func TestANumberIsWrittenAsPeopleAtHomeWriteIt(t *testing.T) {
	for _, row := range [][3]string{
		{"+74951234567", "RU", "8 (495) 123-45-67"},
		{"+74951234567", "KE", "+7 495 123-45-67"},
		{"+254722000000", "KE", "0722 000000"},
		{"+442071838750", "GB", "020 7183 8750"},
		{"+77012345678", "RU", "+7 701 234 5678"},
		{"201", "RU", "201"},
		{"anonymous", "RU", "hidden"},
	} {
		if got := callerid.Received(row[0], row[1]).Pretty(row[1]); got != row[2] {
			t.Errorf("%s in %s: %s, want %s", row[0], row[1], got, row[2])
		}
	}
	if got := (callerid.Number{}).Pretty("RU"); got != "" {
		t.Errorf("no number: %q", got)
	}
}

func TestANumberIsReadAloudInTheGroupsOfItsLanguage(t *testing.T) {
	for _, row := range []struct{ raw, ru, en string }{
		{"+74951234567", "8|495|123|45|67", "8|4 9 5|1 2 3|4 5|6 7"},
		{"+79160050067", "8|916|0 0 5|0 0|67", "8|9 1 6|0 0 5|0 0|6 7"},
		{"+78000000000", "8|800|0 0 0|0 0|0 0", "8|8 0 0|0 0 0|0 0|0 0"},
		{"+442071838750", "44|20|71|83|87|50", "4 4|2 0|7 1 8 3|8 7 5 0"},
		{"+254722000005", "254|722|0 0 0|0 0 5", "2 5 4|7 2 2|0 0 0 0 0 5"},
		{"201", "201", "2 0 1"},
		{"4711", "47|11", "4 7 1 1"},
		{"*72", "* 7 2", "* 7 2"},
		{"112", "112", "1 1 2"},
		{"anonymous", "", ""},
		{"Sberbank", "", ""},
	} {
		n := callerid.Received(row.raw, "RU")
		for language, want := range map[string]string{"ru": row.ru, "en": row.en, "": row.en} {
			if got := strings.Join(n.Spoken(language, "RU"), "|"); got != want {
				t.Errorf("%s in %q: %s, want %s", row.raw, language, got, want)
			}
		}
	}
}

func TestADisplayNameCannotBreakAHeader(t *testing.T) {
	for in, want := range map[string]string{
		"Acme":                      "Acme",
		"  Acme \t  Sales ":         "Acme Sales",
		`"Acme" \ <Sales>`:          "Acme Sales",
		"Acme\r\nVia: x":            "Acme Via: x",
		"Иванов Пётр":               "Иванов Пётр",
		"a\x00b\x7fc\u202ed\u200be": "abcde",
		"\xff\xfeAcme":              "Acme",
		"":                          "",
		" \n ":                      "",
		strings.Repeat("я", 40):     strings.Repeat("я", 32),
		strings.Repeat("ab ", 40):   strings.Repeat("ab ", 21) + "a",
	} {
		if got := callerid.Clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"Acme", "\"\\<>\r\n", strings.Repeat("я ", 60), "\xff", "\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := callerid.Clean(s)
		if callerid.Clean(got) != got || len(got) > 64 || !utf8.ValidString(got) || slices.ContainsFunc([]rune(got), func(r rune) bool {
			return r < ' ' || strings.ContainsRune("\"\\<>\x7f", r)
		}) {
			t.Fatalf("%q: %q", s, got)
		}
	})
}
