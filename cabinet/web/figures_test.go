package web_test

import (
	"testing"
	"time"

	"roadline/cabinet/web/webtest"
)

func TestFiguresReadAsTheLanguageWritesThem(t *testing.T) {
	site := webtest.Open(t).Site
	long := 26*time.Hour + 5*time.Minute
	for _, x := range []struct {
		text   string
		ago    time.Duration // before Now
		en, ru string
	}{
		{"{{count 1234567}}", 0, "1,234,567", "1\u00a0234\u00a0567"},
		{"{{percent 0.186}}", 0, "19 %", "19 %"},
		{"{{bytes 999}} {{bytes 1500}} {{bytes 123456789}} {{bytes 5000000000000}}", 0, "999 B 1.5 kB 123 MB 5.0 TB", "999 Б 1,5 кБ 123 МБ 5,0 ТБ"},
		{`{{money "1242.28"}} {{money "7"}} {{money "-0.5"}} {{money "12.5 r."}}`, 0, "1,242.28 7 -0.5 12.5 r.", "1\u00a0242,28 7 -0,5 12.5 r."},
		{"{{clock .}} {{day .}}", 0, "10:00 23 Nov", "10:00 23 нояб."},
		{"{{date .}}", 0, "Mon, 23 Nov", "пн, 23 нояб."},
		{"{{when .}}", 11 * time.Hour, "22 Nov, 23:00", "22 нояб., 23:00"},
		{"{{when .}}", 2 * time.Hour, "08:00", "08:00"},
		{"{{day .}}", 366 * 24 * time.Hour, "22 Nov 2025", "22 нояб. 2025"},
		{"{{ago .}}", 20 * time.Second, "just now", "только что"},
		{"{{ago .}}", 90 * time.Minute, "1 h 30 min ago", "1 ч 30 мин назад"},
		{"{{ago .}}", long, "1 d 2 h ago", "1 д 2 ч назад"},
		{"{{iso .}}", 0, "2026-11-23T10:00:00+03:00", "2026-11-23T10:00:00+03:00"},
		{`{{t "home.calls" "N" 1}} {{t "home.calls" "N" 3}} {{t "home.calls" "N" 5}} {{t "home.calls" "N" 21}}`, 0, "1 call 3 calls 5 calls 21 calls", "1 звонок 3 звонка 5 звонков 21 звонок"},
		{`{{t "no.such-text"}}`, 0, "[no.such-text]", "[no.such-text]"},
	} {
		for lang, want := range map[string]string{"en": x.en, "ru": x.ru} {
			got, err := site.Figures(lang, x.text, webtest.Now.Add(-x.ago), webtest.Now)
			if err != nil || got != want {
				t.Errorf("%s %s: %q, want %q %v", lang, x.text, got, want, err)
			}
		}
	}
}

func TestTheLanguageIsTheFirstThatTheBrowserAsksForAndThatWeHave(t *testing.T) {
	site := webtest.Open(t).Site
	for header, want := range map[string]string{
		"ru-RU,ru;q=0.9,en;q=0.8": "ru", "de-DE,de;q=0.9,en-US;q=0.8": "en", "th": "th", "sw-KE": "sw", "de": "", "": "", "en;q=x": "", "*": "",
	} {
		if got := site.Asked(header); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

func TestALookIsKeptInTheBrowserAndANoticeIsSeenOnce(t *testing.T) {
	c := webtest.Open(t)
	v := c.Visitor("anna")
	if _, text := v.Post("/look", map[string][]string{"lang": {"ru"}, "theme": {"dark"}, "density": {"compact"}, "then": {"/me"}}); !says(text, `lang="ru" data-theme="dark" data-density="compact"`, "Кто слушал ваши звонки") {
		t.Errorf("%s", text)
	}
	if _, text := v.Post("/look", map[string][]string{"lang": {"klingon"}, "theme": {"<b>"}, "then": {"//elsewhere.example"}}); !says(text, `<html lang="en" data-density="compact">`) {
		t.Errorf("%.400s", text)
	}
	_, first := v.Post("/mode", map[string][]string{"mode": {"on"}})
	if _, second := v.Get("/"); !says(first, "You are now") || says(second, "You are now") {
		t.Error("the notice is not seen once")
	}
}
