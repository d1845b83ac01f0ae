package web_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"roadline/cabinet/web/webtest"
	"roadline/store"
)

// settingsPages are what an administrator can open.
var settingsPages = []string{
	"/people", "/people?q=201", "/people?q=nobody", "/people/+new", "/people/anna", "/people/+import",
	"/company/numbers", "/company/numbers/+new", "/company/numbers/+74951234567", "/company/caller-id", "/company/groups", "/company/groups/+new", "/company/groups/sales",
	"/company/hours", "/company/hours/+new", "/company/hours/work", "/company/scenarios", "/company/scenarios?to=%2B74951234567&at=2026-11-23T10:00&keys=1",
	"/company/prompts", "/company/prompts/+new/text", "/company/prompts/+new/upload", "/company/prompts/welcome/sound", "/company/rules/hold-music", "/company/rules", "/company/rules/recording", "/company/rules/missed", "/company/rules/calling",
	"/company/tests", "/company/tests?to=%2B74951234567&at=2026-11-23T10:00&answer=anna", "/company/document", "/company/publish", "/company/publish/replay",
	"/company/history", "/company/history/1", "/audit", "/audit?who=admin&from=2026-11-01&to=2026-11-30",
}

func TestAnAdministratorOpensEveryPageOfTheSettings(t *testing.T) {
	c := webtest.Open(t)
	admin := c.Visitor("admin")
	for _, lang := range []string{"en", "ru"} {
		admin.Header.Set("Cookie", "look=lang="+lang)
		for _, path := range settingsPages {
			if status, text := admin.Get(path); status != http.StatusOK || !strings.Contains(text, "<h1") || strings.Contains(text, "[company.") {
				t.Errorf("%s: %d\n%.2000s", path, status, text)
			}
		}
	}
	for _, path := range []string{"/people/nobody", "/people/orlov", "/company/groups/nobody", "/company/numbers/+74952222222", "/company/hours/x", "/company/prompts/x", "/company/prompts/x/sound", "/company/prompts/unknown/audio", "/company/history/99", "/company/history/x"} {
		if status, text := admin.Get(path); status != http.StatusNotFound || strings.Contains(text, "Чужой") {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestAChangeIsDraftedAndPublished(t *testing.T) {
	c := webtest.Open(t)
	admin := c.Visitor("admin")
	status, text := admin.Post("/people/anna", url.Values{"name": {"Анна Петрова"}, "extension": {"203"}, "mobile": {"+79161234567"}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(text, "extension &#34;203&#34; is taken") || !strings.Contains(text, `value="203"`) || !strings.Contains(text, `aria-invalid="true"`) {
		t.Errorf("%d %.3000s", status, text)
	}
	person := url.Values{
		"name": {"Анна Смирнова"}, "extension": {"221"}, "mobile": {"8 916 123-45-67"}, "mail": {"anna@acme.example"}, "sip": {"anna-desk"}, "groups": {"sales", "service"},
		"ring": {"mobile"}, "hours": {"work"}, "roles": {"manager"},
	}
	if status, text := admin.Post("/people/anna", person); status != http.StatusOK || !strings.Contains(text, "Your draft has 6 changes.") {
		t.Errorf("%d %.3000s", status, text)
	}
	_, text = admin.Get("/company/publish")
	for _, want := range []string{
		"employees.anna.name: Анна Петрова → Анна Смирнова", "employees.anna.extension: 201 → 221", "employees.anna.groups: [sales] → [sales, service]",
		"employees.anna.ring: added", "employees.anna.hours: added, work", "employees.anna.roles: added, [manager]",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not told:\n%s", want, text)
		}
	}
	if status, text := admin.Post("/company/publish", url.Values{"edition": {"1"}, "reason": {""}}); status != http.StatusUnprocessableEntity || !strings.Contains(text, "reason is missing") {
		t.Errorf("%d %.3000s", status, text)
	}
	if status, text := admin.Post("/company/publish", url.Values{"edition": {"1"}, "reason": {"she married"}}); status != http.StatusOK || !strings.Contains(text, "Version 2 is in force.") || !strings.Contains(text, "she married") {
		t.Errorf("%d %.3000s", status, text)
	}
	if _, text := admin.Get("/company/history/2"); !strings.Contains(text, "201 → 221") || !strings.Contains(text, "Ада Минина") {
		t.Errorf("%.3000s", text)
	}
	if _, text := admin.Get("/audit?what=document.publish"); !strings.Contains(text, "Published a version of the settings</td>") || !strings.Contains(text, "201 → 221") {
		t.Errorf("%.3000s", text)
	}
	if status, text := admin.Post("/company/history/1/return", nil); status != http.StatusOK || !strings.Contains(text, "221 → 201") || !strings.Contains(text, "Back to version 1") {
		t.Errorf("%d %.3000s", status, text)
	}
	if status, text := admin.Post("/company/discard", nil); status != http.StatusOK || !strings.Contains(text, "Your draft changes nothing.") {
		t.Errorf("%d %.3000s", status, text)
	}
}

func TestAStaleDraftShowsWhatOthersDidAndCatchesUp(t *testing.T) {
	c := webtest.Open(t)
	admin := c.Visitor("admin")
	admin.Post("/people/ivan", url.Values{"name": {"Иван Лебедев"}, "extension": {"222"}, "mobile": {"+79161234568"}, "groups": {"sales"}, "ring": {"usual"}})
	v, err := c.Store.For("acme").Version(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	theirs := strings.NewReplacer(`extension: "202"`, `extension: "232"`, "name: Борис Орлов", "name: Борис Соколов").Replace(v.Document)
	c.Apply("acme", theirs)
	status, text := admin.Post("/company/publish", url.Values{"edition": {"1"}, "reason": {"mine"}})
	text = html.UnescapeString(text)
	if status != http.StatusConflict || !strings.Contains(text, "Somebody was quicker.") {
		t.Errorf("%d %.3000s", status, text)
	}
	for _, want := range []string{"webtest published another version", "Борис Орлов → Борис Соколов", "One place that you both changed", ">222<", ">232<", "with mine where we differ"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not told", want)
		}
	}
	status, text = admin.Post("/company/publish/catch-up", url.Values{"keep": {"mine"}})
	if got := changesIn(text); status != http.StatusOK || !strings.Contains(got, "232 → 222") || strings.Contains(got, "Борис") {
		t.Errorf("%d %s", status, got)
	}
	if status, text = admin.Post("/company/publish", url.Values{"edition": {"2"}, "reason": {"mine"}}); status != http.StatusOK || !strings.Contains(text, "Version 3 is in force.") {
		t.Errorf("%d %.3000s", status, text)
	}
}

func TestATableOfPeopleIsLookedAtBeforeItIsTaken(t *testing.T) {
	c := webtest.Open(t)
	admin := c.Visitor("admin")
	status, text := admin.Post("/people/+import", url.Values{"table": {"id;name;extension\nanna;Анна Петрова;201\nnew;Новый;201\n"}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(html.UnescapeString(text), `extension "201" is taken`) || !strings.Contains(text, "Line 3") {
		t.Errorf("%d %.3000s", status, text)
	}
	good := url.Values{"table": {"id;name;extension\nanna;Анна Смирнова;201\nnew;Новый;231\n"}}
	if status, text = admin.Post("/people/+import", good); status != http.StatusOK || !strings.Contains(text, "Анна Петрова → Анна Смирнова") || !strings.Contains(text, "Take it into my draft") {
		t.Errorf("%d %.3000s", status, text)
	}
	good.Set("take", "yes")
	if status, text = admin.Post("/people/+import", good); status != http.StatusOK || !strings.Contains(changesIn(text), "employees.new: added") {
		t.Errorf("%d %.3000s", status, text)
	}
	if status, text = admin.Get("/people/new"); status != http.StatusOK || !strings.Contains(text, "<title>Новый ") {
		t.Errorf("a person whose id is new: %d %.3000s", status, text)
	}
	if status, text = admin.Get("/people.csv"); status != http.StatusOK || !strings.HasPrefix(text, "\ufeffid,name,") || !strings.Contains(text, "Анна Смирнова") {
		t.Errorf("%d %.300s", status, text)
	}
}

func TestATextWithMistakesIsKeptAndShowsThem(t *testing.T) {
	c := webtest.Open(t)
	admin := c.Visitor("admin")
	status, text := admin.Post("/company/document/check", url.Values{"document": {"company: acme\ncountry: RU\nnumbres: []\n"}})
	if status != http.StatusOK || !strings.Contains(html.UnescapeString(text), `unknown key "numbres": write "numbers"`) || !strings.Contains(text, `data-line="3"`) || strings.Contains(text, "<h1") {
		t.Errorf("%d %s", status, text)
	}
	broken := url.Values{"edition": {"0"}, "document": {"company: acme\r\ncountry: RU\r\nnumbres: []\r\n"}}
	if status, text = admin.Post("/company/document", broken); status != http.StatusOK || !strings.Contains(text, "Your draft has a mistake") || !strings.Contains(text, "numbres: []") {
		t.Errorf("%d %.3000s", status, text)
	}
	if status, text = admin.Post("/company/document", broken); status != http.StatusUnprocessableEntity || !strings.Contains(text, "in another window") || !strings.Contains(text, "numbres: []") {
		t.Errorf("%d %.3000s", status, text)
	}
	for _, path := range settingsPages {
		if status, text := admin.Get(path); status != http.StatusOK || !strings.Contains(text, "<h1") {
			t.Errorf("%s with a broken draft: %d", path, status)
		}
	}
}

// forms are the forms of the settings, each with what it changes.
var forms = []struct {
	path string
	form url.Values
	want string // in the list of changes
}{
	{"/people/+new", url.Values{"name": {"Новый Человек"}, "groups": {"sales"}, "ring": {"usual"}}, "employees.novyi-chelovek: added"},
	{"/people/maria/remove", nil, "employees.maria: removed"},
	{"/company/groups/+new", url.Values{"name": {"Склад"}, "strategy": {"hunt"}, "members": {"gleb"}, "head": {"gleb"}, "ring": {"30s"}, "each": {"15s"}}, "groups.sklad: added"},
	{"/company/groups/sales", url.Values{"name": {"Продажи"}, "extension": {"260"}, "strategy": {"longest-idle"}, "ring": {"30s"}, "head": {"ivan"}, "members": {"ivan"}}, "employees.anna.groups: removed"},
	{"/company/numbers/+new", url.Values{"e164": {"8 495 123 45 69"}, "trunk": {"carrier-a"}, "leads": {"owner ivan"}, "contract": {"18"}, "from": {"2026-02-01"}}, "numbers.+74951234569: added"},
	{"/company/numbers/+74951234567", url.Values{"leads": {"owner anna"}, "lines": {"30"}, "contract": {"17"}, "from": {"2026-01-01"}}, "numbers.+74951234567.owner: added, anna"},
	{"/company/numbers/+74951234568/remove", nil, "numbers.+74951234568: removed"},
	{"/company/rules/hold-music", url.Values{"hold_music": {"jazz"}}, "hold_music: added, jazz"},
	{"/company/caller-id", url.Values{"for": {"all"}, "show": {"+74951234568"}}, "caller_id.all: added"},
	{"/company/caller-id", url.Values{"for": {"sales"}, "show": {"+74951234567"}, "choose": {"+74951234567", "+74951234568"}}, "caller_id.sales.choose: added"},
	{"/company/caller-id", url.Values{"for": {"sales"}, "show": {""}}, "caller_id: removed"},
	{"/company/hours/+new", url.Values{"id": {"Суббота"}, "sat": {"10:00-14:00"}, "except": {"2026-12-31\r\n2027-01-02"}}, "hours.subbota: added, {sat: 10:00-14:00"},
	{"/company/hours/work", url.Values{"mon": {"09:00-18:00"}, "tue": {"09:00-18:00"}, "wed": {"09:00-18:00"}, "thu": {"09:00-18:00"}, "fri": {"09:00-17:00"}}, "hours.work.fri: added, 09:00-17:00"},
	{"/company/prompts/+new/text", url.Values{"id": {"welcome"}, "words": {"Добрый день!"}}, "prompts.welcome: added, Добрый день!"},
	{"/company/rules/recording", url.Values{"policy": {"inbound"}, "refusal": {"9"}, "group-sales": {"off"}}, "recording.policy: all → inbound"},
	{"/company/rules/missed", url.Values{"deadline": {"1h"}}, "missed_calls.deadline: added, 1h"},
	{"/company/rules/calling", url.Values{"abroad": {"true"}, "countries": {"KZ, BY"}}, "dialling.countries: added, [KZ, BY]"},
	{"/company/tests", url.Values{"at": {"2026-11-29T10:00"}, "from": {"+79120000001"}, "to": {"+74951234567"}, "reaches": {"voicemail"}}, "tests"},
}

func TestEveryFormOfTheSettingsChangesTheDraft(t *testing.T) {
	c := webtest.Open(t)
	admin := c.Visitor("admin")
	for _, row := range forms {
		status, text := admin.Post(row.path, row.form)
		_, page := admin.Get("/company/publish")
		changes := changesIn(page)
		if status != http.StatusOK || !strings.Contains(changes, row.want) {
			t.Errorf("%s: %d, %q\n%s\n%.6000s", row.path, status, row.want, changes, text)
		}
		admin.Post("/company/discard", nil)
	}
}

// changesIn is the list of changes on a page.
func changesIn(text string) string {
	_, text, _ = strings.Cut(text, `<ul class="changes">`)
	text, _, _ = strings.Cut(text, "</ul>")
	return html.UnescapeString(text)
}

func TestAPersonIsKeptOutAndLetInAgain(t *testing.T) {
	c := webtest.Open(t)
	admin := c.Visitor("admin")
	admin.Header.Set("Accept-Language", "ru")
	if status, _ := admin.Post("/people/anna/shut-out", url.Values{}); status != http.StatusNotFound {
		t.Errorf("who cannot sign in: %d", status)
	}
	_, _ = admin.Post("/people/anna/invite", url.Values{})
	_, body := admin.Get("/people/anna")
	has(t, body, "Закрыть вход", "/people/anna/shut-out")
	_, body = admin.Post("/people/anna/shut-out", url.Values{})
	has(t, body, "Анна Петрова: вход закрыт", "не может войти")
	if strings.Contains(body, "/people/anna/shut-out") {
		t.Error("who is out can be kept out once more")
	}
	audit, err := c.Store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "people.shut-out"})
	if err != nil || len(audit) != 1 || audit[0].Who != "admin" || audit[0].Object != "anna" {
		t.Errorf("%+v, %v", audit, err)
	}
	if status, _ := admin.Post("/people/admin/shut-out", url.Values{}); status != http.StatusConflict {
		t.Errorf("an administrator keeps themselves out: %d", status)
	}
	if status, _ := admin.Post("/people/orlov/shut-out", url.Values{}); status != http.StatusNotFound {
		t.Errorf("another company's person: %d", status)
	}
	if status, _ := c.Visitor("boris").Post("/people/anna/shut-out", url.Values{}); status != http.StatusForbidden {
		t.Errorf("a manager: %d", status)
	}
}
