package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/web/webtest"
	"roadline/fmc"
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

// ownResults are what the company of a test asks after calls.
const ownResults = webtest.Acme + `results:
  - {id: visit, name: {en: Visit agreed, ru: Записались}}
  - {id: later, name: Позже, call_back: 2h}
  - {id: wrong, name: Ошиблись номером, closes: true}
  - {id: thinking}
`

func TestACompanyAsksForItsOwnResults(t *testing.T) {
	c := webtest.Open(t)
	old := c.Recorded(webtest.Now.Add(-50*time.Minute), "+79120000001")
	boris := c.Visitor("boris")
	say := func(id fmc.CallID, result string) string {
		_, text := boris.Post("/calls/"+string(id)+"/result", url.Values{"result": {result}})
		return text
	}
	say(old, "agreed")
	c.Apply("acme", ownResults)
	id := c.Recorded(webtest.Now.Add(-20*time.Minute), "+79120000002")
	if _, text := c.Visitor("anna").Get("/"); !says(text, "Visit agreed", "Позже", "Ошиблись номером", "Thinks it over") || says(text, "Question answered") {
		t.Errorf("%s", text)
	}
	if text := say(id, "agreed"); !says(text, "That was not noted") || strings.Contains(text, `aria-pressed="true"`) {
		t.Errorf("a result that is none is taken: %s", text)
	}
	if text := say(id, "later"); !says(text, "12:00") {
		t.Errorf("no call back is promised: %s", text)
	}
	if _, text := boris.Get("/missed"); !strings.Contains(text, "12:00") {
		t.Errorf("it is not among those to call back: %s", text)
	}
	lost := c.Happened(webtest.Now.Add(-5*time.Minute), call.Supposed{From: "+79120000002", To: "+74951234568"})
	_, text := boris.Get("/calls/" + string(lost))
	if _, form, _ := strings.Cut(text, `id="result"`); !strings.Contains(form, "Ошиблись номером") || strings.Contains(form, "Visit agreed") {
		t.Errorf("of a call in which nobody talked: %s", form)
	}
	say(lost, "wrong")
	if _, text := boris.Get("/missed"); strings.Contains(text, "12:00") {
		t.Errorf("the client is to be called back after all: %s", text)
	}
	if _, text := boris.Get("/calls?result=agreed"); strings.Count(text, "<tr data-call=") != 1 || !says(text, `<option value="agreed" selected>Agreed</option>`) {
		t.Errorf("what was said before is not found: %s", text)
	}
	if _, text := russian(c, "boris").Get("/calls?result=visit"); !says(text, `<option value="visit" selected>Записались</option>`, "Ошиблись номером") {
		t.Errorf("no Russian word: %s", text)
	}
	if _, text := boris.Get("/calls/" + string(old)); !says(text, `<span class="tag">Agreed</span>`) {
		t.Errorf("what was said before is not told: %s", text)
	}
	if _, text := boris.Get("/calls.csv"); !says(text, "result_name", "later", "Позже", "Договорились") {
		t.Errorf("the table: %s", text)
	}
	_, text = boris.Get("/statistics?from=2026-11-23&to=2026-11-23")
	for _, link := range []string{"later", "agreed", "wrong"} {
		if link = "/calls?from=2026-11-23&amp;result=" + link + "&amp;to=2026-11-23"; !strings.Contains(text, link) {
			t.Errorf("the statistics have no %s: %s", link, text)
		}
	}
	if !says(text, "Most often: Позже, 33 %") {
		t.Errorf("%s", text)
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
