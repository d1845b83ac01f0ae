package phrase_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"roadline/cabinet/phrase"
)

func TestSentencesAreSaidInRussian(t *testing.T) {
	for english, want := range map[string]string{
		"The line was busy.":                                    "Линия занята.",
		"The line was busy. (SIP 486)":                          "Линия занята. (SIP 486)",
		"Nobody answered.":                                      "Никто не ответил.",
		"ivanov is in a call":                                   "ivanov разговаривает",
		"The card is in no modem.":                              "Карты нет ни в одном модеме.",
		"+79161234567 is not proved to be the company's number": "+79161234567 не подтверждён как номер компании",
		// an error behind what was tried, and reasons in a list
		"acme.yaml:12: hours: unknown key \"mno\": write \"mon\"":       "acme.yaml:12: hours: неизвестный ключ \"mno\": напишите \"mon\"",
		"trunk:a is ready; sim:8 is not ready: the card is in no modem": "trunk:a готова; sim:8 не готова: карты нет ни в одном модеме",
		"its number is to be shown; signal -71 dBm; MOS 4.20":           "нужен именно её номер; сигнал -71 дБм; MOS 4,20",
		// values that are sentences, words and times
		"a PIN is asked for: it is their first call of the day": "нужно набрать PIN: это его первый звонок за день",
		"ivanov may talk for 1h30m0s more today":                "ivanov может говорить сегодня ещё 1 ч 30 мин",
		"the PIN is wrong":                                      "PIN: неверен",
		"the PIN is something else":                             "PIN: something else",
		// names are taken over, whatever stands in them
		"person \"busy, declined\"": "сотрудник \"busy, declined\"",
		"work of \"x\" is free":     "work of \"x\" свободен",
		// plans in words
		" 0 ring for sales, at most 30s: taken → 1; busy, no answer → 5": " 0 звонить за sales, не дольше 30 с: ответили → 1; занято, нет ответа → 5",
		"     ivan/mobile +79161234568 after 15s for 20s, must press 1, on a SIM with the text \"Звонит Анна, для: sales\", over trunk:a showing +74951234567, else over sim:8 showing +79031112233": "     ivan/mobile +79161234568 через 15 с, 20 с, нужно нажать 1, на SIM с сообщением \"Звонит Анна, для: sales\", через trunk:a, показывая +74951234567, иначе через sim:8, показывая +79031112233",
		"say recording-notice to all, the recording notice, without answering: then → 4; forbidden → 6":                                                                                              "сказать всем recording-notice, предупреждение о записи, не снимая трубку: дальше → 4; запрещено → 6",
		// lines
		"employees.a.name: A → B\ngroups.support: added": "employees.a.name: A → B\ngroups.support: добавлено",
	} {
		if got, known := phrase.In("ru").Say(english); got != want || !known {
			t.Errorf("%q\n is %q\nwant %q", english, got, want)
		}
	}
}

func TestWhatIsNoSentenceOfOursStaysAsItIs(t *testing.T) {
	for _, text := range []string{
		"", " ", "open /etc/x: permission denied", "Причина: так надо", "rules.recording.policy: none → all", "12", "a, busy, b", strings.Repeat("x", 5000),
		strings.Repeat("a, b; c: ", 400), strings.Repeat(": ", 20),
	} {
		if got, known := phrase.In("ru").Say(text); got != text || known {
			t.Errorf("%.40q is %.40q, %v", text, got, known)
		}
		if got := phrase.In("en").Text(text); got != text {
			t.Errorf("English: %q", got)
		}
	}
}

func TestTheLanguageThatIsAskedForFirstIsSpoken(t *testing.T) {
	for header, want := range map[string]string{
		"ru": "ru", "ru-RU,ru;q=0.9,en;q=0.8": "ru", "en-US,ru;q=0.5": "en", "de,ru;q=0.5": "ru", "de": "en", "": "en", "ru;q=x": "en",
	} {
		l, name := phrase.Asked(header)
		if name != want || (l == nil) != (want == "en") {
			t.Errorf("%q: %s, %v", header, name, l == nil)
		}
	}
}

func TestALineMadeUpOfOurOwnPiecesIsReadInBoundedTime(t *testing.T) {
	pieces := slices.Sorted(maps.Keys(phrase.Formats(t, "ru")))
	for seed := range pieces[:8] {
		line := strings.Builder{}
		for i := seed * 7; line.Len() < 3500; i++ {
			line.WriteString(strings.NewReplacer("%", "", "\n", " ").Replace(pieces[i%len(pieces)]) + []string{"; ", ": ", ", ", " "}[i%4])
		}
		if n := phrase.Work("ru", line.String()); n > 2*phrase.MostWork {
			t.Fatalf("%d bytes are held against rows for %.200q", n, line.String())
		}
	}
}

func TestALongStepWithManyLinesIsSaidWholly(t *testing.T) {
	step := "ivan/mobile +79161234568 after 15s for 20s, must press 1, over trunk:a showing +74951234567" + strings.Repeat(", else over sim:8970101 showing +79031112233", 16)
	if got, _ := phrase.In("ru").Say(step); strings.Contains(got, " over ") || strings.Contains(got, "showing") {
		t.Error(got)
	}
}

// Whatever a person wrote is read in bounded time, and what is unknown comes out as it went in.
func FuzzSay(f *testing.F) {
	for _, seed := range []string{"The line was busy.", "a: b; c, d", "node 1 (ring): it lacks a group", "12 ring for x: taken → 1", "%s %[9]d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if said, known := phrase.In("ru").Say(text); !known && said != text {
			t.Errorf("%q became %q", text, said)
		}
	})
}
