package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"roadline/cabinet/access"
	"roadline/cabinet/web"
	"roadline/cabinet/web/webtest"
)

func TestATestWithoutANameIsCalledByItsDayAndItsCall(t *testing.T) {
	c := webtest.Open(t)
	admin := russian(c, "admin")
	for _, keys := range []string{"", "1"} {
		test := url.Values{"at": {"2026-11-23T11:00"}, "from": {"+79120000001"}, "to": {"+74951234567"}, "keys": {keys}, "reaches": {"anna"}}
		if status, text := admin.Post("/company/tests", test); status != http.StatusOK {
			t.Fatalf("%d %s", status, text)
		}
	}
	for _, page := range []string{"/company/tests", "/company/publish"} {
		if _, text := admin.Get(page); !says(text, "<span>пн, 23 нояб., 11:00: 8 (912) 000-00-01 → 8 (495) 123-45-67</span>", "123-45-67, клавиши 1</span>") {
			t.Errorf("%s: %s", page, text)
		}
	}
}

func TestARightOfATokenIsToldInWords(t *testing.T) {
	for _, lang := range []string{"en", "ru"} {
		texts, err := web.Texts(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range access.Rights() {
			if texts["right."+string(r)] == nil {
				t.Errorf("%s has no words for the right %s: give it a row in locales/%s/rights.toml", lang, r, lang)
			}
		}
	}
	v := russian(webtest.Open(t), "anna")
	status, text := v.Post("/me/tokens", url.Values{"name": {"CRM"}, "days": {"30"}, "right": {"calls.read", "audit.read"}})
	if status != http.StatusOK || !says(text, "<span>Видеть звонки <code>calls.read</code></span>", "Видеть журнал действий, Видеть звонки</td>") {
		t.Errorf("%d %s", status, text[strings.Index(text, "<main"):])
	}
}
