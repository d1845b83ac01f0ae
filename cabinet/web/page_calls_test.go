package web_test

import (
	"encoding/csv"
	"html"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/web/webtest"
	"roadline/fmc/call"
	"roadline/store"
)

func TestTheListIsSearchedByEverything(t *testing.T) {
	c := webtest.Open(t)
	id := c.SeedCalls()
	boris := c.Visitor("boris")
	if _, err := c.Store.For("acme").AddComment(t.Context(), store.Comment{Call: id, Author: "anna", Body: "просит скидку"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Store.For("acme").TagCall(t.Context(), id, "жалоба", "anna"); err != nil {
		t.Fatal(err)
	}
	rows := func(query string) int {
		t.Helper()
		status, text := boris.Get("/calls?" + query)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %.1000s", query, status, text)
		}
		return strings.Count(text, "<tr data-call=")
	}
	for query, want := range map[string]int{
		"":                                 5,
		"q=0001":                           1,
		"q=%2B7912":                        5,
		"q=89120000003":                    2,
		"q=+7+912+000-00-03":               2,
		"q=9999":                           0,
		"q=" + url.QueryEscape("Петрова"):  2,
		"q=" + url.QueryEscape("СКИДК"):    1,
		"q=" + url.QueryEscape("%"):        0,
		"employee=anna":                    2,
		"employee=anna&q=0001":             1,
		"group=sales":                      3,
		"number=%2B74951234568":            2,
		"direction=inbound":                5,
		"direction=outbound":               0,
		"status=answered":                  2,
		"status=missed+voicemail":          3,
		"talk=36000":                       0,
		"taped=1":                          2,
		"from=2026-11-22&to=2026-11-22":    1,
		"from=2026-11-23":                  4,
		"dow=1&hour=9":                     4,
		"tag=" + url.QueryEscape("жалоба"): 1,
		"client=%2B79120000004":            1,
		"wait_under=600&direction=inbound": 2,
	} {
		if got := rows(query); got != want {
			t.Errorf("%q: %d calls, want %d", query, got, want)
		}
	}
	olga := c.Visitor("olga") // sees every call and hears none
	for word, want := range map[string]int{"Петрова": 2, "СКИДК": 0} {
		if _, text := olga.Get("/calls?q=" + url.QueryEscape(word)); strings.Count(text, "<tr data-call=") != want {
			t.Errorf("an operator finds by %q:\n%.2000s", word, text)
		}
	}
	for _, query := range []string{"from=yesterday", "status=x", "direction=up", "dow=9&hour=1", "dow=1", "talk=-1", "talk=x", "after=x", "colour=red", "to=2026-13-01"} {
		if status, text := boris.Get("/calls?" + query); status != http.StatusBadRequest || !strings.Contains(text, "<h1>") {
			t.Errorf("%q: %d", query, status)
		}
	}
}

func TestTheListShowsWhatTheReachOfARoleIs(t *testing.T) {
	c := webtest.Open(t)
	id := c.SeedCalls()
	for who, want := range map[string]struct{ status, rows, plays int }{
		"boris": {200, 5, 2}, "olga": {200, 5, 0}, "ivan": {200, 5, 2}, "anna": {200, 5, 2}, "maria": {403, 0, 0}, "gleb": {403, 0, 0}, "admin": {403, 0, 0}, "orlov": {200, 0, 0},
	} {
		v := c.Visitor(who)
		status, text := v.Get("/calls")
		if rows, plays := strings.Count(text, "<tr data-call="), strings.Count(text, "data-play="); status != want.status || rows != want.rows || plays != want.plays {
			t.Errorf("%s: %d with %d calls, %d to be heard; want %+v", who, status, rows, plays, want)
		}
		heard := http.StatusOK
		switch {
		case want.status == http.StatusForbidden || who == "olga":
			heard = http.StatusForbidden
		case who == "orlov":
			heard = http.StatusNotFound
		}
		for _, what := range []string{"audio", "peaks"} {
			if status, _ := v.Get("/calls/" + string(id) + "/" + what); status != heard {
				t.Errorf("%s at %s: %d, want %d", who, what, status, heard)
			}
		}
	}
}

func TestALongListIsReadPageByPage(t *testing.T) {
	c := webtest.Open(t)
	for i := range 53 {
		c.Happened(webtest.Now.Add(-time.Duration(i)*time.Minute), call.Supposed{From: "+79120000001", To: "+74951234567"})
	}
	boris := c.Visitor("boris")
	_, first := boris.Get("/calls?direction=inbound")
	next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(first)
	if strings.Count(first, "<tr data-call=") != 50 || next == nil {
		t.Fatalf("%d calls, next %v", strings.Count(first, "<tr data-call="), next)
	}
	const most = 12 << 10 // the budget of a list of fifty rows, packed
	if size := packed(t, boris, c.URL+"/calls?direction=inbound"); size > most {
		t.Errorf("fifty rows are %d bytes, at most %d", size, most)
	}
	_, second := boris.Get(html.UnescapeString(next[1]))
	if strings.Count(second, "<tr data-call=") != 3 || strings.Contains(second, `rel="next"`) || !strings.Contains(second, "/calls?direction=inbound\"") {
		t.Errorf("the second page has %d calls", strings.Count(second, "<tr data-call="))
	}
}

// packed is how many bytes a page has on its way.
func packed(t *testing.T, v *webtest.Visitor, url string) int64 {
	t.Helper()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w, err := v.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	size, err := io.Copy(io.Discard, w.Body)
	if err != nil || w.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%s: %v %v", url, w.Header, err)
	}
	return size
}

func TestTheListIsATableForSpreadsheets(t *testing.T) {
	c := webtest.Open(t)
	c.SeedCalls()
	boris := c.Visitor("boris")
	for lang, comma := range map[string]rune{"ru": ';', "en": ','} {
		boris.Header.Set("Accept-Language", lang)
		_, text := boris.Get("/calls.csv?status=answered")
		body, marked := strings.CutPrefix(text, "\ufeff")
		r := csv.NewReader(strings.NewReader(body))
		r.Comma = comma
		rows, err := r.ReadAll()
		if err != nil || !marked || len(rows) != 3 || rows[0][0] != "id" || rows[1][4] != "+79120000001" || rows[1][7] != "Анна Петрова" || rows[1][1] != "2026-11-23 09:30:00" {
			t.Errorf("%s: %q, %v", lang, rows, err)
		}
	}
	if status, _ := boris.Get("/calls.csv?status=x"); status != http.StatusBadRequest {
		t.Errorf("a wrong filter: %d", status)
	}
}

func TestAViewIsSavedWithItsFilters(t *testing.T) {
	c := webtest.Open(t)
	boris := c.Visitor("boris")
	if _, text := boris.Post("/calls/views", url.Values{"name": {"Жалобы <b>"}, "query": {"tag=complaint&taped=1"}}); !strings.Contains(text, "Жалобы &lt;b&gt;") || !strings.Contains(text, `aria-current="true"`) {
		t.Errorf("%.3000s", text)
	}
	if status, _ := boris.Post("/calls/views", url.Values{"name": {"x"}, "query": {"colour=red"}}); status != http.StatusBadRequest {
		t.Errorf("a filter that is none: %d", status)
	}
	if _, text := boris.Post("/calls/views", url.Values{"name": {""}, "query": {"taped=1"}}); !strings.Contains(text, "notice bad") {
		t.Error("a view without a name was saved")
	}
	if _, text := c.Visitor("anna").Get("/calls"); strings.Contains(text, "Жалобы") {
		t.Error("another person sees it")
	}
	if _, text := boris.Post("/calls/views/delete", url.Values{"name": {"Жалобы <b>"}}); strings.Contains(text, "tag=complaint") {
		t.Error("it is still there")
	}
}

func TestTheSoundComesInTheParts(t *testing.T) {
	c := webtest.Open(t)
	id := c.SeedCalls()
	boris := c.Visitor("boris")
	path := c.URL + "/calls/" + string(id) + "/audio"
	for want, row := range map[string]struct {
		status int
		length int64
	}{"": {200, 30*32000 + 44}, "bytes=0-99": {206, 100}, "bytes=960000-": {206, 44}, "bytes=2000000-": {416, -1}} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if want != "" {
			r.Header.Set("Range", want)
		}
		w, err := boris.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(w.Body); err != nil || row.status == 416 && !says(string(text), "<h1>", "Такой части в звуке нет") {
			t.Errorf("%q: %v, %s", want, err, text)
		}
		if err := w.Body.Close(); err != nil || w.StatusCode != row.status || row.length >= 0 && w.ContentLength != row.length {
			t.Errorf("%q: %d, %d bytes, %v", want, w.StatusCode, w.ContentLength, err)
		}
	}
	entries, err := c.Store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "recordings.listen"})
	if err != nil || len(entries) != 1 || entries[0].Who != "boris" || entries[0].Object != string(id) {
		t.Errorf("the audit has %+v, %v", entries, err)
	}
	if _, drawn := boris.Get("/calls/" + string(id) + "/peaks"); len(drawn) != 8+2*300 || drawn[8] < 20 || drawn[8+150] != 0 {
		t.Errorf("%d bytes of peaks", len(drawn))
	}
	if all, err := filepath.Glob(filepath.Join(c.Folder, "acme", "*.peaks")); err != nil || len(all) != 1 {
		t.Errorf("kept: %v, %v", all, err)
	}
}

func TestCommentsAreWrittenChangedAndDeleted(t *testing.T) {
	c := webtest.Open(t)
	id := c.SeedCalls()
	boris, anna := c.Visitor("boris"), c.Visitor("anna")
	path := "/calls/" + string(id)
	if _, text := boris.Post(path+"/comments", url.Values{"body": {"<script>alert(1)</script>"}, "moment": {"12"}}); !strings.Contains(text, "&lt;script&gt;alert(1)") || !strings.Contains(text, `data-seek="12"`) {
		t.Errorf("%.4000s", text)
	}
	all, err := c.Store.For("acme").Comments(t.Context(), id)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	comment := "/comments/" + all[0].ID
	for who, v := range map[string]*webtest.Visitor{"anna": anna, "orlov": c.Visitor("orlov"), "maria": c.Visitor("maria")} {
		for _, act := range []string{comment, comment + "/delete"} {
			if status, _ := v.Post(act, url.Values{"body": {"x"}}); status != http.StatusForbidden && status != http.StatusNotFound {
				t.Errorf("%s at %s: %d", who, act, status)
			}
		}
	}
	if _, text := boris.Post(comment, url.Values{"body": {"слушать"}}); !strings.Contains(text, "слушать") {
		t.Error("it was not changed")
	}
	if _, text := boris.Post(path+"/tags", url.Values{"tag": {" Жалоба "}}); !strings.Contains(text, "жалоба") {
		t.Error("it has no tag")
	}
	if _, text := boris.Post(path+"/tags/delete", url.Values{"tag": {"жалоба"}}); strings.Contains(text, `tag=%d0%b6`) {
		t.Error("the tag is still there")
	}
	if _, text := boris.Post(comment+"/delete", nil); strings.Contains(text, "слушать") || !strings.Contains(text, "A comment was here; Борис Орлов deleted it.") {
		t.Errorf("%.3000s", text)
	}
	for what, form := range map[string]url.Values{"nothing": {}, "too much": {"body": {strings.Repeat("x", 4001)}}, "a bell": {"body": {"\a"}}} {
		if status, _ := boris.Post(path+"/comments", form); status != http.StatusBadRequest {
			t.Errorf("%s: %d", what, status)
		}
	}
}

func TestAClientWhoWasMissedStandsOnceAndIsTakenAndClosed(t *testing.T) {
	c := webtest.Open(t)
	c.SeedCalls()
	ivan := c.Visitor("ivan")
	_, text := ivan.Get("/missed")
	if strings.Count(text, `id="task-`) != 2 || !strings.Contains(text, "2 calls") {
		t.Fatalf("%.3000s", text)
	}
	task := regexp.MustCompile(`/missed/([^/]+)/take`).FindStringSubmatch(text)[1]
	if status, _ := c.Visitor("orlov").Post("/missed/"+task+"/take", nil); status != http.StatusNotFound {
		t.Errorf("another company: %d", status)
	}
	if _, text := ivan.Post("/missed/"+task+"/take", nil); !strings.Contains(text, "Иван Лебедев calls back.") {
		t.Error("it was not taken")
	}
	if _, text := ivan.Post("/missed/"+task+"/close", nil); !strings.Contains(text, "notice bad") {
		t.Error("it was closed without a reason")
	}
	if _, text := ivan.Post("/missed/"+task+"/close", url.Values{"why": {"ошибся номером"}}); strings.Count(text, `id="task-`) != 1 {
		t.Error("it is still open")
	}
	if _, text := ivan.Get("/missed?outcome=closed&from=2026-11-20"); strings.Count(text, `id="task-`) != 1 || !strings.Contains(text, "ошибся номером") {
		t.Error("what was closed is not shown")
	}
	for _, query := range []string{"state=x", "outcome=x", "from=x", "after=x"} {
		if status, _ := ivan.Get("/missed?" + query); status != http.StatusBadRequest {
			t.Errorf("%s: %d", query, status)
		}
	}
}

func TestStatisticsSayWhatTheListsBehindThemHave(t *testing.T) {
	c := webtest.Open(t)
	c.SeedCalls()
	boris := c.Visitor("boris")
	status, text := boris.Get("/statistics")
	if status != http.StatusOK {
		t.Fatalf("%d %.2000s", status, text)
	}
	for _, want := range []string{"2 clients have not been called back", "You see the whole company.", `id="week"`, `id="waits"`, `id="people"`, "Анна Петрова"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not there", want)
		}
	}
	// Each figure of the tiles has as many calls behind it as it says.
	tiles := regexp.MustCompile(`<a class="tile" href="([^"]+)"><strong>([^<]+)</strong><span>([^<]+)`).FindAllStringSubmatch(text, -1)
	for _, tile := range tiles {
		_, list := boris.Get(html.UnescapeString(tile[1]))
		rows := strings.Count(list, "<tr data-call=")
		switch {
		case tile[3] == "Incoming" && (rows != 5 || tile[2] != "5"), strings.HasPrefix(tile[3], "Missed") && (rows != 3 || tile[2] != "60 %"):
			t.Errorf("%s %s: the list has %d", tile[2], tile[3], rows)
		}
	}
	if len(tiles) != 6 {
		t.Errorf("%d figures lead to lists", len(tiles))
	}
	// as do the steps of the funnel
	for outcome, want := range map[string]int{"never": 2, "soon": 0} {
		_, list := boris.Get("/missed?from=2026-10-25&to=2026-11-23&outcome=" + outcome)
		if strings.Count(list, `id="task-`) != want || !strings.Contains(text, "outcome="+outcome) {
			t.Errorf("%s: %d clients", outcome, strings.Count(list, `id="task-`))
		}
	}
	_, table := boris.Get("/statistics.csv?what=people")
	if !strings.Contains(table, "Анна Петрова") {
		t.Errorf("%s", table)
	}
	for _, query := range []string{"?what=x", "?what=people&from=x"} {
		if status, _ := boris.Get("/statistics.csv" + query); status != http.StatusNotFound && status != http.StatusBadRequest {
			t.Errorf("%s: %d", query, status)
		}
	}
}

func TestStatisticsReachAsFarAsTheRole(t *testing.T) {
	c := webtest.Open(t)
	c.SeedCalls()
	for who, want := range map[string]map[string]int{
		"boris": {"": 200, "?group=sales": 200, "?employee=anna": 200, "?number=%2B74951234567": 200, "?group=sales&employee=anna": 400, "?from=2027-01-01&to=2026-01-01": 400},
		"maria": {"": 200, "?group=service": 200, "?employee=anna": 200},
		"ivan":  {"": 200, "?group=sales": 200, "?group=service": 403, "?employee=anna": 200, "?employee=boris": 403, "?number=%2B74951234567": 403},
		"anna":  {"": 200, "?employee=anna": 200, "?employee=ivan": 403, "?group=sales": 403},
		"gleb":  {"": 403},
		"olga":  {"": 403},
	} {
		v := c.Visitor(who)
		for query, status := range want {
			if got, text := v.Get("/statistics" + query); got != status {
				t.Errorf("%s %s: %d, want %d %.500s", who, query, got, status, text)
			}
		}
	}
	if _, text := c.Visitor("maria").Get("/statistics"); strings.Contains(text, `href="/calls`) || strings.Contains(text, `href="/missed`) {
		t.Error("who may not see calls is led to them")
	}
	if _, text := c.Visitor("ivan").Get("/statistics"); !strings.Contains(text, "You see your groups") {
		t.Error("a head is not told whose calls are counted")
	}
}
