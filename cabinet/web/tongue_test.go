package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/web/webtest"
	"roadline/fmc/call"
)

// english are words that every English sentence has one of, and no name or code of the tests.
var (
	english = regexp.MustCompile(`(?i)(?:^|[\s«(])(the|is|are|was|were|has|had|have|not|no|and|of|to|for|it|its|they|their|this|that|with|nobody|write|there|by|at|until|over|ring|from|added|removed|may|must)(?:[\s.,;:)]|$)`)
	code    = regexp.MustCompile(`(?s)<(head|code|textarea|option|style|script|template)\b.*?</(head|code|textarea|option|style|script|template)>`)
	unsaid  = regexp.MustCompile(`<span lang="en">[^<]*</span>`)
)

// russian is a visitor who reads Russian.
func russian(c *webtest.Cabinet, who string) *webtest.Visitor {
	v := c.Visitor(who)
	v.Header.Set("Accept-Language", "ru-RU,ru;q=0.9,en;q=0.5")
	return v
}

// sentences are what is English of a Russian page, a line each.
func sentences(page string) []string {
	var all []string
	if !strings.Contains(page, `<html lang="ru"`) {
		all = append(all, "the page is not Russian")
	}
	all = append(all, unsaid.FindAllString(page, -1)...)
	page = code.ReplaceAllString(page, "\n")
	for _, text := range regexp.MustCompile(`<[^>]*>`).Split(page, -1) {
		if text = html.UnescapeString(strings.TrimSpace(text)); english.MatchString(text) && !strings.HasPrefix(text, "company: acme") {
			all = append(all, text)
		}
	}
	return all
}

// What the core says in English, a Russian page says in Russian: of calls that came out in many ways, of lines that do not
// serve, of a draft, of what was refused.
func TestARussianPageSaysNothingInEnglish(t *testing.T) {
	c := webtest.Open(t)
	at := webtest.Now.Add(-time.Hour)
	calls := []string{
		string(c.TracedCall()),
		string(c.Happened(at, call.Supposed{From: "+79120000001", To: "+74951234567", Answers: []string{"anna"}})),
		string(c.Happened(at.Add(-14*time.Hour), call.Supposed{From: "+79120000002", To: "+74951234567"})),
		string(c.Happened(at, call.Supposed{By: "anna", Dial: "+79120000003", Answers: []string{"outside"}})),
		string(c.Happened(at, call.Supposed{By: "anna", Dial: "+18765550100"})),
		string(c.Happened(at, call.Supposed{By: "anna", Dial: "202"})),
		string(c.Happened(at, call.Supposed{By: "anna", Dial: "999"})),
	}
	admin, head, operator := russian(c, "admin"), russian(c, "boris"), russian(c, "olga")
	status, text := admin.Post("/people/anna", url.Values{"name": {"Анна Смирнова"}, "extension": {"221"}, "mobile": {"+79161234567"}, "groups": {"sales"}, "ring": {"usual"}, "mail": {"anna@romashka.example"}})
	if status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	for _, path := range append(menuOf(admin), "/company/publish", "/company/document", "/company/tests", "/company/scenarios?to=%2B74951234567&from=%2B79120000001", "/company/history/1", "/company/replay") {
		look(t, admin, path)
	}
	for _, path := range append(menuOf(operator), "/lines/sim:"+string(webtest.AwayCard), "/lines/sim:"+string(webtest.LostCard), "/sims/"+string(webtest.AwayCard), "/nothing") {
		look(t, operator, path)
	}
	for _, id := range calls {
		for _, side := range []string{"", "?at=2026-11-24+03:00", "?at=soon", "/events"} {
			look(t, head, "/calls/"+id+side)
		}
	}
}

func look(t *testing.T, v *webtest.Visitor, path string) {
	t.Helper()
	status, text := v.Get(path)
	if status >= http.StatusInternalServerError {
		t.Errorf("%s: %d", path, status)
	}
	for _, line := range sentences(text) {
		t.Errorf("%s: %q", path, line)
	}
}

func TestARefusalIsRussianForWhoReadsRussian(t *testing.T) {
	c := webtest.Open(t)
	admin := russian(c, "admin")
	_, text := admin.Post("/people/anna", url.Values{"name": {"Анна"}, "extension": {"202"}, "mobile": {"+79161234567"}, "groups": {"sales"}, "ring": {"usual"}})
	if !strings.Contains(text, "уже занято") {
		t.Error(text[strings.Index(text, "<main"):])
	}
	for path, form := range map[string]url.Values{
		"/people/+import":       {"table": {"id;name;extension\nanna;Анна;201\nnew;Новый;201\n"}},
		"/company/document":     {"edition": {"0"}, "document": {"company: acme\nnumbers: 5\npeople: []\n"}},
		"/company/numbers/+new": {"e164": {"+79"}, "trunk": {"carrier-z"}},
	} {
		status, text := admin.Post(path, form)
		if status >= http.StatusInternalServerError {
			t.Errorf("%s: %d", path, status)
		}
		for _, line := range sentences(text) {
			t.Errorf("%s: %q", path, line)
		}
	}
}
