package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"roadline/cabinet/web/webtest"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/store"
	"roadline/store/storetest"
)

func TestWhatOwnCardsFoundOfEachOtherIsSaidInWords(t *testing.T) {
	c, olga := fleet(t)
	_, body := olga.Get("/lines/shadow")
	has(t, body, "Пробные звонки", "ни одна карта не проверялась", "впишите «shadow»")
	began := fmc.ShadowBegan{
		Shadow: "one", Night: "2026-11-22", At: webtest.Now.Add(-30 * time.Hour), From: webtest.ReadyCard, To: webtest.AwayCard,
		Caller: callerid.Received("+79031112233", "RU"), Called: callerid.Received("+79031112234", "RU"), Call: true, Text: true,
	}
	well, wrong := began, began
	wrong.Shadow, wrong.Night, wrong.At, wrong.By = "two", "2026-11-23", webtest.Now.Add(-time.Hour), "olga"
	storetest.BringIn(t, c.Store,
		fmc.Fact{Company: "acme", Body: well},
		fmc.Fact{Company: "acme", Body: fmc.ShadowEnded{Shadow: "one", At: well.At, Call: &fmc.ShadowCall{
			Rang: true, Setup: 2100 * time.Millisecond, Up: 3 * time.Second, Arrived: "+79031112233", There: &fmc.ShadowSound{Heard: true, Level: -14}, Back: &fmc.ShadowSound{Heard: true, Level: -15, Lost: 3},
		}, Text: &fmc.ShadowText{Sent: true, Came: true, Took: 1500 * time.Millisecond}}},
		fmc.Fact{Company: "acme", Body: wrong},
		fmc.Fact{Company: "acme", Body: fmc.ShadowEnded{Shadow: "two", At: wrong.At, Call: &fmc.ShadowCall{Rang: true, Arrived: "+79990000000"}, Text: &fmc.ShadowText{Sent: true}}})
	_, body = olga.Get("/lines/shadow")
	has(t, body, "Неполадки у 2 карт", "доходит номер 8 (999) 000-00-00, а не тот, что ожидался", "её сообщение не дошло до 8 (903) 111-22-34", "сообщение на неё не дошло",
		"1 ночь из 2 без неполадок", "зазвонило через 2,1 с; туда: уровень -14 dBm0, потеряно 0 %; обратно: уровень -15 dBm0, потеряно 3 %", "сообщение шло 1,5 с; отчёт о доставке не пришёл", "по просьбе: ")
}

func TestAnOperatorHasCardsTestedAndReadsWhyNot(t *testing.T) {
	c, olga := fleet(t)
	_, body := olga.Post("/lines/shadow", url.Values{"iccid": {string(webtest.ReadyCard)}})
	has(t, body, "1 проверка начнётся")
	entries, err := c.Store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "lines.try"})
	if err != nil || len(entries) != 1 || entries[0].Who != "olga" {
		t.Errorf("the audit: %v %+v", err, entries)
	}
	status, body := olga.Post("/lines/shadow", url.Values{"iccid": {string(webtest.LostCard)}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a card that may not be tried: %d", status)
	}
	has(t, body, `role="alert"`)
}
