package pdu_test

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/warthog618/sms/encoding/gsm7"

	"roadline/fmc/cause"
	"roadline/hardware/pdu"
)

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05 -0700", text)
	if err != nil {
		panic(err)
	}
	return t
}

var sameTime = cmp.Comparer(func(a, b time.Time) bool {
	_, x := a.Zone()
	_, y := b.Zone()
	return a.Equal(b) && x == y
})

func TestAMessageIsReadAsOtherProgramsReadIt(t *testing.T) {
	for name, c := range map[string]struct {
		stored string
		want   pdu.Message
	}{
		"gammu and smstools": {
			"07919471170600F0040C9194511121436500006201222130438005E8329BFD06",
			pdu.Message{Kind: pdu.Deliver, Centre: "+49177160000", From: "+491511123456", Sent: at("2026-10-22 12:03:34 +0200"), Text: "hello", Alphabet: pdu.GSM7},
		},
		"dreamfabric": {
			"07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37",
			pdu.Message{Kind: pdu.Deliver, Centre: "+27381000015", From: "27838890001", Sent: at("1999-03-29 15:16:59 +0200"), Text: "hellohello", Alphabet: pdu.GSM7},
		},
		"diafaan, a report": {
			"0006D60B911326880736F4111011719551401110117195714000",
			pdu.Message{
				Kind: pdu.Status, From: "+31628870634", Sent: at("2011-01-11 17:59:15 +0100"),
				Report: &pdu.Report{Reference: 0xd6, Done: at("2011-01-11 17:59:17 +0100")},
			},
		},
	} {
		got, err := pdu.Read(octets(t, c.stored))
		if diff := cmp.Diff(c.want, got, sameTime); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

// deliver is a message from +491511123456 of 2026-10-22 12:03:34 +02:00 with that coding and user data.
func deliver(t testing.TB, first, coding, userData string) []byte {
	return octets(t, "00"+first+"0C91945111214365"+"00"+coding+"62012221304380"+userData)
}

func TestTextsOfEveryAlphabetAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		first, coding, data string
		text                string
		alphabet            pdu.Alphabet
	}{
		"seven characters and no pad":        {"04", "00", "0731D98C56B3DD00", "1234567", pdu.GSM7},
		"extension table":                    {"04", "00", "029B32", "€", pdu.GSM7},
		"@ at the end":                       {"04", "00", "0831D98C56B3DD00", "1234567@", pdu.GSM7},
		"russian":                            {"04", "08", "0404140430", "Да", pdu.UCS2},
		"surrogates":                         {"04", "08", "04D83DDE00", "😀", pdu.UCS2},
		"half a surrogate":                   {"04", "08", "040414D83D", "Д\uFFFD", pdu.UCS2},
		"octets that are text":               {"04", "04", "026869", "hi", pdu.Data},
		"octets":                             {"04", "F5", "030A00FF", "0A 00 FF", pdu.Data},
		"class and seven bits":               {"04", "F1", "05E8329BFD06", "hello", pdu.GSM7},
		"a reserved group reads as GSM7":     {"04", "84", "05E8329BFD06", "hello", pdu.GSM7},
		"a reserved alphabet reads as GSM7":  {"04", "0C", "05E8329BFD06", "hello", pdu.GSM7},
		"more octets than the length counts": {"04", "00", "05E8329BFD06FFFF", "hello", pdu.GSM7},
		"nothing":                            {"04", "00", "00", "", pdu.GSM7},
		// 3GPP TS 23.038 A.3.1: ESC 0x53 is Ş in the Turkish single shift table; A.2.1: 0x04 is € in the locking one.
		"turkish single shift":           {"44", "00", "08 03240101" + septets(5, 0x1b, 0x53, 0x61), "Şa", pdu.GSM7},
		"turkish locking shift":          {"44", "00", "07 03250101" + septets(5, 0x04, 0x07), "€ı", pdu.GSM7},
		"a language that nobody knows":   {"44", "00", "07 03240163" + septets(5, 0x68, 0x69), "hi", pdu.GSM7},
		"an element that nobody knows":   {"44", "08", "08 03700105 04140430", "Да", pdu.UCS2},
		"a header and nothing behind it": {"44", "00", "04 03240101", "", pdu.GSM7},
	} {
		m, err := pdu.Read(deliver(t, c.first, c.coding, c.data))
		if err != nil || m.Text != c.text || m.Alphabet != c.alphabet {
			t.Errorf("%s: %q in %s, %v", name, m.Text, m.Alphabet, err)
		}
	}
}

// septets packs septets behind a header that takes up the first n, and gives the octets behind a header of four.
func septets(n int, s ...byte) string {
	return strings.ToUpper(hex.EncodeToString(gsm7.Pack7Bit(append(make([]byte, n), s...), 0)[4:]))
}

func TestSendersOfEverySortAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		address, from string
		isName        bool
	}{
		"international":               {"0C91945111214365", "+491511123456", false},
		"odd":                         {"0B919781674523F1", "+79187654321", false},
		"national":                    {"0AA18019325476", "0891234567", false},
		"short code":                  {"0480 0009", "0090", false},
		"with keys":                   {"0481 A1B0", "1*0#", false},
		"name":                        {"09D0" + "C8329BFD06", "Hello", true},
		"name of seven, length 14":    {"0ED0" + "31D98C56B3DD00", "1234567", true},
		"name with a dash and a dot":  {"0CD0" + pack("A-B.c&"), "A-B.c&", true},
		"name of eleven":              {"14D0" + pack("TELE2 PROMO"), "TELE2 PROMO", true},
		"nobody":                      {"0091", "", false},
		"nobody, by name":             {"00D0", "", true},
		"a name with an extended one": {"0BD0" + strings.ToUpper(hex.EncodeToString(gsm7.Pack7Bit([]byte{'a', 0x1b, 0x3c, 'b', 'c', 'd'}, 0))), "a[bcd", true},
	} {
		m, err := pdu.Read(octets(t, "00 04"+c.address+"0000"+"62012221304380"+"05E8329BFD06"))
		if err != nil || m.From != c.from || m.Name != c.isName || m.Text != "hello" {
			t.Errorf("%s: %q (name %v), text %q, %v", name, m.From, m.Name, m.Text, err)
		}
	}
}

func pack(text string) string {
	s, err := gsm7.Encode([]byte(text))
	if err != nil {
		panic(err)
	}
	return strings.ToUpper(hex.EncodeToString(gsm7.Pack7Bit(s, 0)))
}

func TestWhatAMessageIsAboutIsRead(t *testing.T) {
	class := func(n int) *int { return &n }
	for name, c := range map[string]struct {
		first, coding, data string
		want                pdu.Message // Ref, Part, Parts, Class, Waiting, Ports
	}{
		"part":                       {"44", "08", "0A 050003340201 04140430", pdu.Message{Ref: 0x34, Parts: 2, Part: 1}},
		"part, wide":                 {"44", "08", "0B 0608041234FF03 04140430", pdu.Message{Ref: 0x1234, Parts: 255, Part: 3}},
		"part 0 is none":             {"44", "08", "0A 050003340200 04140430", pdu.Message{}},
		"part 3 of 2 is none":        {"44", "08", "0A 050003340203 04140430", pdu.Message{}},
		"part with too short a size": {"44", "08", "09 0400023402 04140430", pdu.Message{}},
		"class 0":                    {"04", "10", "05E8329BFD06", pdu.Message{Class: class(0)}},
		"class 2, group F":           {"04", "F2", "05E8329BFD06", pdu.Message{Class: class(2)}},
		"voice waits":                {"04", "C8", "00", pdu.Message{Waiting: &pdu.Waiting{What: "voice", On: true, Drop: true}}},
		"no mail waits":              {"04", "D2", "05E8329BFD06", pdu.Message{Waiting: &pdu.Waiting{What: "mail"}}},
		"fax waits, UCS2":            {"04", "E9", "0404140430", pdu.Message{Waiting: &pdu.Waiting{What: "fax", On: true}}},
		"three voices wait":          {"44", "08", "09 0401028003 04140430", pdu.Message{Waiting: &pdu.Waiting{What: "voice", On: true, Count: 3}}},
		"ports":                      {"44", "04", "09 06050423F40000 0102", pdu.Message{Ports: &pdu.Ports{To: 9204}}},
		"short ports":                {"44", "04", "07 040402F0F1 0102", pdu.Message{Ports: &pdu.Ports{To: 240, From: 241}}},
	} {
		m, err := pdu.Read(deliver(t, c.first, c.coding, c.data))
		got := pdu.Message{Ref: m.Ref, Part: m.Part, Parts: m.Parts, Class: m.Class, Waiting: m.Waiting, Ports: m.Ports}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestTimeStampsKeepTheirZone(t *testing.T) {
	for stamp, want := range map[string]time.Time{
		"62012221304380": at("2026-10-22 12:03:34 +0200"),
		"62012221304300": at("2026-10-22 12:03:34 +0000"),
		"6201222130432A": at("2026-10-22 12:03:34 -0530"),
		"62012221304322": at("2026-10-22 12:03:34 +0530"),
		"00000000000000": {},
		"FFFFFFFFFFFFFF": {},
		"62312221304380": {}, // month 13
		"62012242304380": {}, // hour 24
	} {
		m, err := pdu.Read(octets(t, "00040C919451112143650000"+stamp+"05E8329BFD06"))
		if err != nil || !cmp.Equal(m.Sent, want, sameTime) || m.Text != "hello" {
			t.Errorf("%s: %v, %q, %v", stamp, m.Sent, m.Text, err)
		}
	}
}

func TestReportsAreReadWithWhatMayFollow(t *testing.T) {
	const report = "07919471170600F0 06 2A 0C91945111214365 62012221304380 00000000000000 41"
	for name, c := range map[string]struct{ more, text string }{
		"nothing": {"", ""}, "no fields": {"00", ""}, "protocol": {"01 00", ""},
		"text": {"06 00 05E8329BFD06", "hello"}, "text in a coding": {"07 00 08 0404140430", "Да"}, "more indicators": {"84 00 05E8329BFD06", "hello"},
	} {
		m, err := pdu.Read(octets(t, report+c.more))
		if err != nil || m.Kind != pdu.Status || m.From != "+491511123456" || m.Report == nil || m.Text != c.text {
			t.Errorf("%s: %+v, %v", name, m, err)
			continue
		}
		if r := *m.Report; r.Reference != 42 || r.Status.Outcome() != pdu.FailedForGood || !r.Done.IsZero() {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestABrokenPDUGivesAnErrorAndWhatCouldBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		stored, complaint string
		from, text        string
	}{
		"empty":                     {"", "ends in the middle of the service centre", "", ""},
		"only a centre":             {"07919471170600F0", "ends in the middle of the first octet", "", ""},
		"no centre in front":        {"1604", "is it in front", "", ""},
		"half a sender":             {"00 04 0C919451", "ends in the middle of the sender", "+4915", ""},
		"half a stamp":              {"00 04 0C91945111214365 0000 6201", "ends in the middle of the time stamp", "+491511123456", ""},
		"no length":                 {"00 04 0C91945111214365 0000 62012221304380", "ends in the middle of the length of the text", "+491511123456", ""},
		"half a text":               {"00 04 0C91945111214365 0000 62012221304380 0A E8329BFD06", "should have 9 octets and has 5", "+491511123456", "hello"},
		"half a character":          {"00 04 0C91945111214365 0008 62012221304380 03 041404", "in the middle of a character", "+491511123456", "Д"},
		"no header":                 {"00 44 0C91945111214365 0008 62012221304380 00", "its header is missing", "+491511123456", ""},
		"a header beyond the end":   {"00 44 0C91945111214365 0008 62012221304380 03 090003", "its header should have 10 octets and has 3", "+491511123456", ""},
		"an element beyond the end": {"00 44 0C91945111214365 0008 62012221304380 08 03000934 04140430", "an element of its header is cut off", "+491511123456", "Да"},
		"compressed":                {"00 04 0C91945111214365 0020 62012221304380 05E8329BFD06", "compressed", "+491511123456", ""},
		"reserved type":             {"00 07 0C91945111214365", "its type is reserved", "", ""},
		"a report without a status": {"00 06 2A 0C91945111214365 62012221304380 62012221304380", "ends in the middle of the status", "+491511123456", ""},
	} {
		m, err := pdu.Read(octets(t, c.stored))
		if !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), c.complaint) {
			t.Errorf("%s: %v, want %q", name, err, c.complaint)
		}
		if m.From != c.from || strings.TrimRight(m.Text, "@") != c.text {
			t.Errorf("%s: from %q, text %q", name, m.From, m.Text)
		}
	}
}

func TestAMessageOfTheCardsOwnerIsNoneThatCame(t *testing.T) {
	if _, err := pdu.Read(octets(t, "00 110006919451110000A705E8329BFD06")); !errors.Is(err, cause.Unsupported) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"07919471170600F0040C9194511121436500006201222130438005E8329BFD06", "0006D60B911326880736F4111011719551401110117195714000",
		"00440C919451112143650008620122213043800A05000334020104140430", "0004", "00440BD0C8329BFD6601000062012221304380FF0324010100",
		"07919471170600F0062A0C9194511121436562012221304380620122213043800087FF",
	} {
		f.Add(octets(f, seed))
	}
	f.Fuzz(func(t *testing.T, stored []byte) {
		before := slices.Clone(stored)
		m, err := pdu.Read(stored)
		if err != nil && cause.KindOf(err) == 0 {
			t.Fatalf("an error without a kind: %v", err)
		}
		if err == nil && m.Kind == "" || m.Part > m.Parts || (m.Kind == pdu.Status) != (m.Report != nil) {
			t.Fatalf("%+v, %v", m, err)
		}
		if pdu.Key("x", stored) != pdu.Key("x", before) || !slices.Equal(stored, before) {
			t.Fatal("reading changes what is read")
		}
	})
}
