package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/web"
	"roadline/cabinet/web/webtest"
	"roadline/configs"
	"roadline/store"
)

// auditFields are the fields of what people ask for that stand in the audit, as api_*.go and others write them.
var auditFields = []string{
	"owner", "why", "reason", "override", "generation", "employee", "to", "show", "kind", "digits", "mode", "until", "for", "name", "rights", "service", "expires",
	"added", "changed", "forgotten", "score", "modem", "lose", "lose_call", "tag", "result", "back", "file", "length_s", "music", "busy", "no_reply", "after",
	"unreachable", "common", "number", "trunk", "spare", "from",
}

// notInTheTable are keys of the document that configs.CompanyKeys does not list.
var notInTheTable = []string{
	"results", "call_through", "caps", "balance", "mandate", "package", "limits", "roaming", "forward", "person", "tariff", "step", "day", "ussd", "low", "where",
	"pin", "hidden", "tries", "lock", "prove", "call_backs", "texts", "emergency", "greetings", "except",
}

func TestEveryFieldThatTheAuditMayHaveHasItsWords(t *testing.T) {
	names := map[string]string{}
	for where, keys := range configs.CompanyKeys() {
		for _, key := range keys {
			names[key] = "a key of the document under " + where
		}
	}
	for _, key := range append(auditFields, notInTheTable...) {
		names[key] = "a field"
	}
	for _, lang := range []string{"en", "ru"} {
		texts, err := web.Texts(lang)
		if err != nil {
			t.Fatal(err)
		}
		for name, what := range names {
			if texts["key."+name] == nil {
				t.Errorf("%s: %s (%s) has no words: give it a row under [key] of locales/%s/changes.toml", lang, name, what, lang)
			}
		}
	}
}

func TestTheAuditSaysInWordsWhatChanged(t *testing.T) {
	c := webtest.Open(t)
	admin, reader := c.Visitor("admin"), russian(c, "admin")
	back := webtest.Now.Add(3 * time.Hour)
	for _, x := range []struct {
		entry  store.AuditEntry
		en, ru []string
	}{
		{
			store.AuditEntry{What: "calls.result", Before: map[string]any{"result": "thinking", "back": nil}, After: map[string]any{"result": "agreed", "back": back}},
			[]string{"<dt>What came of it</dt><dd>Thinks it over → Agreed</dd>", "<dt>Call back at</dt><dd>13:00</dd>"},
			[]string{"<dt>Итог</dt><dd>Думает → Договорились</dd>", "<dt>Перезвонить</dt><dd>13:00</dd>"},
		},
		{
			store.AuditEntry{What: "missed.take", After: map[string]any{"owner": "anna"}},
			[]string{"<dt>Whose</dt><dd>Анна Петрова</dd>"},
			[]string{"<dt>Чьё</dt><dd>Анна Петрова</dd>"},
		},
		{
			store.AuditEntry{What: "tokens.make", After: map[string]any{"name": "CRM", "rights": []string{"calls.read", "audit.read"}, "service": true, "expires": webtest.Now.AddDate(0, 1, 0)}},
			[]string{"<dt>Rights</dt><dd>See calls, See the audit</dd>", "<dt>Of a service</dt><dd>yes</dd>", "<dt>Ends</dt><dd>23 Dec, 10:00</dd>"},
			[]string{"<dt>Права</dt><dd>Видеть звонки, Видеть журнал действий</dd>", "<dt>Для службы</dt><dd>да</dd>"},
		},
		{
			store.AuditEntry{What: "sims.place", After: map[string]string{"modem": "left", "reason": "broken", "lose": "false"}},
			[]string{"<dt>A call may be lost</dt><dd>no</dd>", "<dt>Modem</dt><dd>left</dd>"},
			[]string{"<dt>Звонок можно потерять</dt><dd>нет</dd>"},
		},
		{
			store.AuditEntry{What: "clients.change", Before: "Иван", After: "Иван, Ромашка"},
			[]string{"<dt>Name</dt><dd>Иван → Иван, Ромашка</dd>"},
			[]string{"<dt>Название</dt><dd>Иван → Иван, Ромашка</dd>"},
		},
		{
			store.AuditEntry{What: "prompts.remove", Before: map[string]any{"length_s": 90.0, "sha256": "abcdef"}},
			[]string{"<dt>Length</dt><dd>removed, was: 1 min 30 s</dd>"},
			[]string{"<dt>Длительность</dt><dd>убрано, было: 1 мин 30 с</dd>"},
		},
		{
			store.AuditEntry{What: "document.publish", After: []string{
				"employees.anna.mobile: +79161234567 → +79161234599", "groups.sales.head: ivan → anna", "hours.work.mon-fri: 09:00-18:00 → 09:00-20:00",
				"groups.sales.ring: 30s → 2m",
			}},
			[]string{
				"<dt>People · Анна Петрова · Mobile</dt><dd>8 (916) 123-45-67 → 8 (916) 123-45-99</dd>", "· Head</dt><dd>Иван Лебедев → Анна Петрова</dd>",
				"<dt>Hours · work · Mon–Fri</dt><dd>09:00–18:00 → 09:00–20:00</dd>", "<dd>30 s → 2 min</dd>",
			},
			[]string{
				"<dt>Люди · Анна Петрова · Мобильный</dt><dd>8 (916) 123-45-67 → 8 (916) 123-45-99</dd>", "· Руководитель</dt><dd>Иван Лебедев → Анна Петрова</dd>",
				"<dt>Часы · work · пн–пт</dt><dd>09:00–18:00 → 09:00–20:00</dd>",
			},
		},
		{
			store.AuditEntry{What: "document.publish", After: map[string]any{"reason": "more people", "override": "", "changes": []string{
				"recording.fail_closed: added, true", "dialling.caps: added, {calls: 40, talk: 2h}", "recording.keep.sales: removed, was 1y6m", "sims.8970199991234567893.balance.low: 1000.50 → 50",
				"employees: order is now ivan, anna", "groups.sales: removed", "employees.ivan.roles: [manager] → [manager, operator]",
			}}},
			[]string{
				"<dt>Why</dt><dd>more people</dd>", "No recording, no conversation</dt><dd>added: yes</dd>", "<dd>added: Calls: 40, Talk: 2 h</dd>", "<dd>removed, was: 1 year 6 months</dd>",
				"<dd>1,000.50 → 50</dd>", "<dt>People</dt><dd>the order is now", "<dd>removed</dd>", "<dd>Manager → Manager, Operator</dd>", "All of it",
			},
			[]string{"<dd>добавлено: да</dd>", "<dd>убрано, было: 1 год 6 месяцев</dd>", "<dd>1 000,50 → 50</dd>"},
		},
		{
			store.AuditEntry{What: "draft.write", After: []string{"comments or layout alone"}},
			[]string{"<dt>Document</dt><dd>comments or layout alone</dd>"},
			[]string{"<dt>Документ</dt>"},
		},
	} {
		x.entry.Who = "boris"
		x.entry.Object = x.entry.What
		if err := c.Store.For("acme").Audit(t.Context(), &x.entry); err != nil {
			t.Fatal(err)
		}
		for v, want := range map[*webtest.Visitor][]string{admin: x.en, reader: x.ru} {
			_, text := v.Get("/audit?" + url.Values{"object": {x.entry.Object}}.Encode())
			text = strings.NewReplacer("\u00a0", " ", "&#43;", "+", ` translate="no"`, "").Replace(text)
			if !says(text, want...) {
				_, rows, _ := strings.Cut(text, "<tbody>")
				rows, _, _ = strings.Cut(rows, "</tbody>")
				t.Errorf("%s: want %q:\n%s", x.entry.What, want, rows)
			}
		}
	}
	if _, text := admin.Get("/audit?object=sims.place"); !says(text, "<summary>As it is kept</summary>", `{&#34;lose&#34;`) {
		t.Errorf("what is kept is not there: %s", text)
	}
}

func TestACallAndADraftTellWhatChanged(t *testing.T) {
	c := webtest.Open(t)
	id := c.Recorded(webtest.Now.Add(-20*time.Minute), "+79120000001")
	boris := c.Visitor("boris")
	for _, result := range []string{"thinking", "agreed"} {
		boris.Post("/calls/"+string(id)+"/result", url.Values{"result": {result}})
	}
	if _, text := boris.Get("/calls/" + string(id) + "/audit"); !says(text, "<dd translate=\"no\">Thinks it over → Agreed</dd>", "<td data-label=\"Who\">Борис Орлов</td>") {
		t.Errorf("the call does not tell it: %s", text)
	}
	admin := c.Visitor("admin")
	admin.Post("/company/hours/work", url.Values{"mon": {"09:00-18:00"}, "tue": {"09:00-18:00"}, "wed": {"09:00-18:00"}, "thu": {"09:00-18:00"}, "fri": {"09:00-17:00"}})
	if _, text := admin.Get("/audit?what=draft.change"); !says(text, "Hours · work · Fri</dt><dd translate=\"no\">added: 09:00–17:00") {
		t.Errorf("the draft does not tell it: %s", text)
	}
}
