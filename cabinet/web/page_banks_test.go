package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/web/webtest"
	"roadline/fmc"
	"roadline/store"
)

func TestTheBankShowsWhereCardsServeAgainstWhereTheyAreTo(t *testing.T) {
	c, olga := fleet(t)
	c.Drain(fmc.Fact{Company: "acme", Body: fmc.CardMoved{At: webtest.Now.Add(-time.Hour), SIM: webtest.AwayCard, Bank: "cellar", Was: "left", Modem: "right", By: fmc.BySpareRule, Reason: "SIM failed"}})
	_, body := olga.Get("/banks")
	has(t, body, "SIM-банк", "1 карта не там, где нужна", "8 (903) 111-22-33", "8 (903) 111-22-34", "сервер отказал", `href="/banks/`+string(webtest.ReadyCard)+`"`)
	if strings.Index(body, "8 (903) 111-22-34") > strings.Index(body, "8 (903) 111-22-33") {
		t.Error("the card that does not serve stands below the one that does")
	}
	_, body = olga.Get("/banks/" + string(webtest.AwayCard))
	has(t, body, "правило запасных карт", "SIM failed", "там нужна карта 8 (903) 111-22-33", "не подключён к банку", "там нужна другая карта", "никуда: освободить карту")
	for _, card := range []string{"0", string(webtest.LostCard)} {
		if status, _ := olga.Get("/banks/" + card); status != http.StatusNotFound {
			t.Errorf("%s, which lies in no bank: %d", card, status)
		}
	}
	for _, who := range []string{"anna", "gleb"} {
		if status, _ := c.Visitor(who).Get("/banks"); status != http.StatusForbidden {
			t.Errorf("%s: %d", who, status)
		}
	}
}

func TestACardOfTheBankIsMovedWithAReasonAndRefusedInWords(t *testing.T) {
	c, olga := fleet(t)
	path := "/banks/" + string(webtest.AwayCard)
	if status, body := olga.Post(path, url.Values{"modem": {"left"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "Напишите почему") {
		t.Errorf("without a reason: %d", status)
	}
	status, body := olga.Post(path, url.Values{"modem": {"spare"}, "reason": {"тише"}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "spare") || !strings.Contains(body, `value="тише"`) || !strings.Contains(body, `role="alert"`) {
		t.Errorf("to a modem that is taken: %d", status)
	}
	if len(c.Fleet.Moved()) != 0 {
		t.Fatalf("moved %v", c.Fleet.Moved())
	}
	if status, body := olga.Post(path, url.Values{"modem": {""}, "reason": {"меняем договор"}, "lose": {"yes"}}); status != http.StatusOK || !strings.Contains(body, "Принято") {
		t.Errorf("%d", status)
	}
	want := fmc.CardMove{SIM: webtest.AwayCard, By: "olga", Reason: "меняем договор", Lose: true}
	if got := c.Fleet.Moved(); len(got) != 1 || got[0] != want {
		t.Errorf("%+v", got)
	}
	entries, err := c.Store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "sims.place"})
	if err != nil || len(entries) != 1 || entries[0].Who != "olga" || entries[0].Object != string(webtest.AwayCard) {
		t.Errorf("%v %+v", err, entries)
	}
	if status, _ := olga.Post("/banks/"+string(webtest.LostCard), url.Values{"reason": {"x"}}); status != http.StatusNotFound {
		t.Errorf("a card that lies in no bank: %d", status)
	}
}

func TestWhyABankIsAwayIsSaidInTheVisitorsLanguage(t *testing.T) {
	c, olga := fleet(t)
	if err := c.Store.Alarms(nil).Raise(t.Context(), fmc.Alarm{Company: "acme", Kind: fmc.AlarmBankAway, About: "cellar", Values: map[string]string{"why": "the bank's server refused with status 503"}}); err != nil {
		t.Fatal(err)
	}
	_, body := olga.Get("/alerts")
	has(t, body, "SIM-банк cellar не отвечает", "сервер банка отказал с кодом 503")
}
