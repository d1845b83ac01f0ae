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

func TestAClientIsNamedOnceAndCalledSoEverywhere(t *testing.T) {
	c := webtest.Open(t)
	c.Recorded(webtest.Now.Add(-40*time.Minute), "+79120000001")
	c.Happened(webtest.Now.Add(-30*time.Minute), call.Supposed{From: "+79120000001", To: "+74951234567"})
	anna := c.Visitor("anna")
	status, text := anna.Post("/clients/+79120000001", url.Values{"name": {"Пётр <script>alert(1)</script>"}, "firm": {"ООО «Лютик»"}})
	if status != http.StatusOK || !says(text, "everybody sees it now", "Пётр &lt;script&gt;") || says(text, "<script>alert") {
		t.Fatalf("%d %s", status, text)
	}
	const called = "(ООО «Лютик»)"
	for who, paths := range map[string][]string{
		"anna":  {"/", "/calls", "/missed", "/clients/+79120000001", "/calls?q=" + url.QueryEscape("лютик")},
		"boris": {"/clients", "/clients?q=" + url.QueryEscape("ЛЮТИК"), "/calls", "/missed"},
		"olga":  {"/calls", "/clients/89120000001"},
	} {
		for _, path := range paths {
			if status, text := c.Visitor(who).Get(path); status != http.StatusOK || !says(text, called) || says(text, "<script>alert") {
				t.Errorf("%s at %s: %d %.3000s", who, path, status, text)
			}
		}
	}
	lines, err := c.Store.For("acme").Calls(t.Context(), store.CallFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if _, text := anna.Get("/calls/" + string(lines[0].ID)); !says(text, called, `href="/clients/&#43;79120000001"`) && !says(text, called, `href="/clients/+79120000001"`) {
		t.Errorf("the call's page: %.3000s", text)
	}
	if _, text := anna.Get("/calls.csv"); !says(text, called) {
		t.Errorf("the table: %s", text)
	}
	if status, text := anna.Post("/clients/+79120000001", url.Values{}); status != http.StatusOK || !says(text, "taken off") {
		t.Errorf("forgotten: %d", status)
	}
}

func TestAClientIsCalledByNameWhileTheCallGoesOn(t *testing.T) {
	c := webtest.Open(t)
	if err := c.Store.For("acme").SetClients(t.Context(), "boris", store.Client{Number: "+79160000001", Name: "Пётр <b>", Firm: "Лютик"}, store.Client{Number: "+79160000002", Name: "Тайна"}); err != nil {
		t.Fatal(err)
	}
	const called = "Пётр &lt;b&gt; (Лютик)"
	c.Calls.Live(webtest.LiveCall("one", "+79160000001", true))
	if _, text := c.Visitor("boris").Get("/live"); !says(text, called) {
		t.Errorf("the board: %s", text)
	}
	talks, err := webtest.Dialling("talks")
	if err != nil {
		t.Fatal(err)
	}
	c.Calls.Live(talks)
	anna := c.Visitor("anna")
	sheet := "/dial/" + string(webtest.Begun)
	if _, text := anna.Get(sheet); !says(text, called) {
		t.Errorf("the sheet: %s", text)
	}
	c.Calls.Live()
	if _, text := anna.Get(sheet + "?to=" + url.QueryEscape("+79160000002")); says(text, "Тайна") {
		t.Errorf("an address tells who a stranger is: %s", text)
	}
}

func TestClientsAreReadFromATable(t *testing.T) {
	c := webtest.Open(t)
	boris := c.Visitor("boris")
	table := url.Values{"table": {"Телефон;ФИО;Компания\n8 912 000-00-01;Пётр <script>alert(1)</script>;Лютик\n"}}
	status, text := boris.Post("/clients/+import", table)
	if status != http.StatusOK || !says(text, "Пётр &lt;script&gt;alert(1)&lt;/script&gt; (Лютик)", "79120000001", "Take it") || says(text, "<script>alert") {
		t.Fatalf("%d %s", status, text)
	}
	_, stamp, _ := strings.Cut(text, `name="stamp" value="`)
	stamp, _, _ = strings.Cut(stamp, `"`)
	table.Set("stamp", "0123")
	if status, text := boris.Post("/clients/+import", table); status != http.StatusUnprocessableEntity || !says(text, "something else by now", "Take it") {
		t.Errorf("of another difference: %d %s", status, text)
	}
	table.Set("stamp", stamp)
	if status, text := boris.Post("/clients/+import", table); status != http.StatusOK || !says(text, "everybody sees the names", "(Лютик)") {
		t.Errorf("%d %s", status, text)
	}
	for wrong, want := range map[string]string{"": "table is empty", "number;name\nx;A\n": "number cannot be read", "a;b\n": "must name number"} {
		if status, text := boris.Post("/clients/+import", url.Values{"table": {wrong}, "stamp": {"x"}}); status != http.StatusUnprocessableEntity || !says(text, want) {
			t.Errorf("%q: %d %s", wrong, status, text)
		}
	}
	if status, _ := c.Visitor("olga").Post("/clients/+import", table); status != http.StatusForbidden {
		t.Errorf("olga: %d", status)
	}
	if _, text := c.Visitor("anna").Post("/clients/+import", url.Values{"table": {"number;name\n+79120000009;A\n"}}); says(text, "Take it") {
		t.Error("who knows their own clients is told of others")
	}
	if _, text := c.Visitor("anna").Get("/clients/+import"); says(text, `name="table"`) {
		t.Error("who knows their own clients reads in a table")
	}
}

func TestAStrangersClientHasNoPage(t *testing.T) {
	c := webtest.Open(t)
	c.Recorded(webtest.Now.Add(-40*time.Minute), "+79120000001")
	if err := c.Store.For("acme").SetClients(t.Context(), "boris", store.Client{Number: "+79120000001", Name: "Тайна"}, store.Client{Number: "+79120000002", Name: "Тайна"}); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]map[string]int{
		"anna":  {"/clients/+79120000001": 200, "/clients/+79120000002": 404, "/clients/x": 404, "/clients/%00": 404},
		"boris": {"/clients/+79120000002": 200, "/clients/+7912": 404},
		"gleb":  {"/clients/+79120000001": 403},
		"orlov": {"/clients": 200, "/clients/+79120000001": 200}, // theirs to name, and nameless to them
	} {
		v := c.Visitor(who)
		for path, status := range want {
			if got, text := v.Get(path); got != status || who == "orlov" && strings.Contains(text, "Тайна") {
				t.Errorf("%s at %s: %d, want %d", who, path, got, status)
			}
		}
	}
	if status, text := c.Visitor("boris").Post("/clients/+79120000002", url.Values{"name": {strings.Repeat("я", 150)}}); status != http.StatusUnprocessableEntity || !says(text, `aria-invalid="true"`) {
		t.Errorf("a name that is too long: %d %s", status, text)
	}
	if status, _ := c.Visitor("anna").Post("/clients/+79120000002", url.Values{"name": {"x"}}); status != http.StatusNotFound {
		t.Errorf("anna names a client of others: %d", status)
	}
	if status, _ := c.Visitor("olga").Post("/clients/+79120000002", url.Values{"name": {"x"}}); status != http.StatusForbidden {
		t.Errorf("olga names a client: %d", status)
	}
}
