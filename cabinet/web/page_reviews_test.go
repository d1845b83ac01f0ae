package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/web/webtest"
)

func TestCallsArePickedReviewedAndReadByWhoTalked(t *testing.T) {
	c := webtest.Open(t)
	id := c.Recorded(webtest.Now.Add(-40*time.Minute), "+79120000001")
	c.Recorded(webtest.Now.Add(-26*time.Hour), "+79120000002")
	boris := c.Visitor("boris")
	if status, text := boris.Get("/reviews"); status != http.StatusOK || strings.Count(text, "<tr data-call=") != 1 || !says(text, "among the longest", "You reviewed 0 of 1", "/reviews?day=2026-11-22", `data-play="`+string(id)) {
		t.Errorf("%d %s", status, text)
	}
	if _, text := boris.Get("/reviews?day=2026-11-22"); strings.Count(text, "<tr data-call=") != 1 || !says(text, "/reviews?day=2026-11-23") {
		t.Errorf("the day before: %s", text)
	}
	if status, text := boris.Post("/calls/"+string(id)+"/review", url.Values{"score": {"4"}, "body": {"спросила <b>всё</b>"}}); status != http.StatusOK || !says(text, "The review is saved", "4 of 5", "&lt;b&gt;всё") {
		t.Errorf("%d %s", status, text)
	}
	if _, text := boris.Get("/reviews"); !says(text, "You reviewed 1 of 1", "4 of 5") {
		t.Errorf("%s", text)
	}
	anna := c.Visitor("anna")
	if _, text := anna.Get("/reviews"); !says(text, "4 of 5", "спросила", "Борис Орлов") || says(text, "picked for you") {
		t.Errorf("anna: %s", text)
	}
	if _, text := anna.Get("/calls/" + string(id)); !says(text, "4 of 5") || says(text, `name="score"`) {
		t.Errorf("anna's call: %s", text)
	}
	for who, want := range map[string]int{"anna": 403, "olga": 403, "orlov": 404} {
		if status, _ := c.Visitor(who).Post("/calls/"+string(id)+"/review", url.Values{"score": {"1"}}); status != want {
			t.Errorf("%s: %d", who, status)
		}
	}
	for _, wrong := range []url.Values{{}, {"score": {"6"}}, {"score": {"x"}}, {"score": {"3"}, "body": {strings.Repeat("x", 5000)}}} {
		if _, text := boris.Post("/calls/"+string(id)+"/review", wrong); !says(text, "That was not saved") {
			t.Errorf("%.60v", wrong)
		}
	}
	if status, _ := boris.Get("/reviews?day=soon"); status != http.StatusBadRequest {
		t.Errorf("a day that is none: %d", status)
	}
}

func TestTheBalanceOfATalkStandsBesideItsPlayer(t *testing.T) {
	c := webtest.Open(t)
	id := c.Recorded(webtest.Now.Add(-40*time.Minute), "+79120000001") // a third the client, a third nobody, a third we
	if _, text := c.Visitor("boris").Get("/calls/" + string(id)); !says(text, "We spoke for 33", "the client for 33", "chart-shares", `<a href="?t=20">0:10</a>`) {
		t.Errorf("%s", text)
	}
	if _, text := c.Visitor("olga").Get("/calls/" + string(id)); says(text, "chart-shares") {
		t.Error("who hears nothing sees who spoke")
	}
}
