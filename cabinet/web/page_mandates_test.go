package web_test

import (
	"net/http"
	"strings"
	"testing"

	"roadline/cabinet/web/webtest"
	"roadline/store"
)

func TestMandatesThatEndStandOnTopInWordsAndTheFileIsAudited(t *testing.T) {
	c, olga := fleet(t)
	_, body := olga.Get("/sims/mandates")
	has(t, body, "Разрешения", "8 (903) 111-22-33", "действует", "12 исходящих", "получено 1 сообщение", "RU", "/sims/mandates.csv?from=2026-10-25&amp;to=2026-11-23")
	status, table := olga.Get("/sims/mandates.csv?from=2026-11-01")
	if status != http.StatusOK || !strings.Contains(table, "contract;for;where") || !strings.Contains(table, string(webtest.ReadyCard)) {
		t.Fatalf("%d %s", status, table)
	}
	entries, err := c.Store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "sims.mandates"})
	if err != nil || len(entries) != 1 || entries[0].Who != "olga" {
		t.Errorf("the page alone is not audited, the file is: %v %+v", err, entries)
	}
	c.Apply("acme", strings.Replace(webtest.Acme, "for: [calls, messages]}", "for: [calls, messages], until: 2026-12-10}", 1))
	_, body = olga.Get("/sims/mandates")
	has(t, body, "Разрешение нужно 1 карте в работе", "8 (903) 111-22-33 в работе, а разрешение действует до 10 дек.", "скоро кончится")
	if status, _ := olga.Get("/sims/mandates?from=x"); status != http.StatusBadRequest {
		t.Errorf("no day: %d", status)
	}
}
