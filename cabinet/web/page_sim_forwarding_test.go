package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"roadline/cabinet/web/webtest"
	"roadline/fmc"
	"roadline/store"
)

func TestWhereACardsCallsGoIsShownChangedAndAsked(t *testing.T) {
	c, olga := fleet(t)
	card := "/sims/" + string(webtest.ReadyCard)
	_, body := olga.Get(card)
	has(t, body, "Куда их направлять, не указано", "За путь до другого номера карта платит")
	wish := url.Values{"busy": {"+74951234567"}, "no_reply": {"+74951234567"}, "after": {"30"}, "unreachable": {""}, "common": {"yes"}} // ticked beforehand
	if status, body := olga.Post(card+"/forwarding", wish); status != http.StatusUnprocessableEntity || !strings.Contains(body, "Напишите почему") {
		t.Errorf("without a reason: %d", status)
	}
	wish.Set("reason", "клиенты слышат «занято»")
	wish.Set("busy", "+79031112234")
	status, body := olga.Post(card+"/forwarding", wish)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("to a card: %d", status)
	}
	has(t, body, "стоит на SIM-карте", "клиенты слышат «занято»")
	wish.Set("busy", "+74951234567")
	_, body = olga.Post(card+"/forwarding", wish)
	has(t, body, "Документ изменён", "Сеть ещё не спрашивали", "8 (495) 123-45-67 через 30 с")
	if _, body = olga.Post(card+"/forwarding", wish); !strings.Contains(body, "Куда их направлять, не указано") {
		t.Error("a card that has its own is not as all are, though its box was ticked")
	}
	wish.Del("common")
	olga.Post(card+"/forwarding", wish)

	c.Drain(fmc.Fact{Company: "acme", Body: fmc.ForwardingSeen{
		At: webtest.Now, SIM: webtest.ReadyCard, Asked: fmc.AskedDocument, Generation: 2, State: fmc.ForwardingRefused,
		Why:  "the operator refuses forwarding for this card: no <b>contract</b>",
		Wish: fmc.Forwarding{}, Found: fmc.Forwarding{fmc.ForwardAlways: {}, fmc.ForwardBusy: {To: "+79990000666"}}, Left: fmc.Forwarding{fmc.ForwardAlways: {}, fmc.ForwardBusy: {}},
	}})
	_, body = olga.Get(card)
	has(t, body, "Оператор отказывает", "оператор отказывает этой карте в переадресации", "сеть не сказала", "занята разговором: 8 (999) 000-06-66 → никуда", "изменился документ", "no &lt;b&gt;contract")
	_, body = olga.Post(card+"/forwarding/look", nil)
	has(t, body, "Сеть делает так, как указано в документе")
	if status, body := olga.Post("/sims/"+string(webtest.AwayCard)+"/forwarding/look", nil); status != http.StatusUnprocessableEntity || !strings.Contains(body, "разговор") {
		t.Errorf("in a call: %d %s", status, body)
	}
	for _, path := range []string{"/sims/8970101234567890156/forwarding", "/sims/8970101234567890156/forwarding/look"} {
		if status, _ := olga.Post(path, url.Values{"reason": {"r"}}); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	if _, body := c.Visitor("admin").Get(card); strings.Contains(body, card+"/forwarding") {
		t.Error("who may not change lines is offered it")
	}
}

// Who asks a network and goes away before it answers had it asked, and set right, all the same.
func TestALookAtANetworkIsAuditedThoughNobodyWaitsForIt(t *testing.T) {
	c, olga := fleet(t)
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan struct{})
	c.Fleet.Looking = func() { leave(); <-gone }
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/sims/"+string(webtest.ReadyCard)+"/forwarding/look", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := olga.Do(r)
	close(gone)
	if err == nil {
		_ = answer.Body.Close()
		t.Fatalf("it was waited for: %s", answer.Status)
	}
	await(t, "it stands in the audit", func() bool {
		entries, err := c.Store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "sims.look"})
		return err == nil && len(entries) == 1 && entries[0].Who == "olga" && entries[0].Object == string(webtest.ReadyCard)
	})
}
