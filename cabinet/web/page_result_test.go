package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/web/webtest"
	"roadline/fmc/call"
	"roadline/store"
)

func TestWhoTalkedIsAskedWhatCameOfItUntilTheySay(t *testing.T) {
	c := webtest.Open(t)
	first := c.Recorded(webtest.Now.Add(-20*time.Minute), "+79120000001")
	second := c.Recorded(webtest.Now.Add(-10*time.Minute), "+79120000002")
	c.Recorded(webtest.Now.Add(-2*time.Hour), "+79120000003")                                            // too long ago
	c.Happened(webtest.Now.Add(-5*time.Minute), call.Supposed{From: "+79120000004", To: "+74951234568"}) // nobody talked
	anna := c.Visitor("anna")
	asked := func(text string) string {
		_, form, _ := strings.Cut(text, `class="fields result" method="post" action="/calls/`)
		id, _, _ := strings.Cut(form, "/")
		return id
	}
	_, text := anna.Get("/")
	if asked(text) != string(first) || !says(text, "Agreed", "Thinks it over", "Question answered", "Not interested", "Skip") {
		t.Fatalf("%s", text)
	}
	status, text := anna.Post("/calls/"+string(first)+"/result", url.Values{"then": {"/"}, "result": {"thinking"}, "note": {"просит <b>скидку</b>"}, "back": {"2026-11-23T15:30"}})
	if status != http.StatusOK || !says(text, "To call back:", "promised for", "15:30") || asked(text) != string(second) {
		t.Errorf("%d %s", status, text)
	}
	if _, text := anna.Post("/calls/"+string(second)+"/result", url.Values{"then": {"/"}, "result": {""}}); asked(text) != "" {
		t.Errorf("asked again after all: %s", text)
	}
	path := "/calls/" + string(first)
	for who, note := range map[string]bool{"anna": true, "boris": true, "olga": false} {
		v := c.Visitor(who)
		if _, text := v.Get(path); !says(text, "Thinks it over") || says(text, "просит &lt;b&gt;скидку") != note {
			t.Errorf("%s reads the note: %s", who, text)
		}
		if _, text := v.Get("/calls?result=thinking"); strings.Count(text, "<tr data-call=") != 1 {
			t.Errorf("%s finds: %s", who, text)
		}
	}
	if _, text := anna.Get("/calls.csv"); !says(text, "thinking") {
		t.Errorf("the table: %s", text)
	}
	if _, text := anna.Get("/missed"); !says(text, "promised for") {
		t.Errorf("to call back: %s", text)
	}
}

func TestAWrongResultIsRefusedInWords(t *testing.T) {
	c := webtest.Open(t)
	id := c.Recorded(webtest.Now.Add(-20*time.Minute), "+79120000001")
	path := "/calls/" + string(id) + "/result"
	for name, form := range map[string]url.Values{
		"no such result":  {"result": {"sold"}},
		"a time that was": {"result": {"agreed"}, "back": {"2026-11-20T10:00"}},
		"no time":         {"result": {"agreed"}, "back": {"soon"}},
		"a note too long": {"result": {"agreed"}, "note": {strings.Repeat("x", 5000)}},
	} {
		if status, text := c.Visitor("anna").Post(path, form); status != http.StatusOK || !says(text, "That was not noted") {
			t.Errorf("%s: %d", name, status)
		}
	}
	for who, want := range map[string]int{"olga": 403, "maria": 403, "orlov": 404} {
		if status, _ := c.Visitor(who).Post(path, url.Values{"result": {"agreed"}}); status != want {
			t.Errorf("%s: %d", who, status)
		}
	}
	if _, err := c.Store.For("acme").CallResult(t.Context(), id); err == nil {
		t.Error("kept after all")
	}
	if all, err := c.Store.For("acme").Missed(t.Context(), store.MissedFilter{}); err != nil || len(all) != 0 {
		t.Errorf("%+v %v", all, err)
	}
}
