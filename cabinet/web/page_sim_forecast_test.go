package web_test

import (
	"net/http"
	"strings"
	"testing"

	"roadline/cabinet/web/webtest"
	"roadline/fmc"
)

func TestACardsPageForeseesItsPackageAndSaysWhatToDo(t *testing.T) {
	c, olga := fleet(t)
	_, body := olga.Get("/sims/" + string(webtest.ReadyCard))
	if strings.Contains(body, "chart-burn") {
		t.Error("of one call nothing is foreseen")
	}
	c.Drain(webtest.TalkedDaily(webtest.ReadyCard, 22, 20)...) // of 500 minutes; 445 are used with the call of today
	c.Drain(webtest.TalkedDaily(webtest.AwayCard, 22, 3)...)   // none are counted
	_, body = olga.Get("/sims/" + string(webtest.ReadyCard))
	has(t, body, "Пакет кончится 26 нояб.: до 1 дек. не хватит 9", "Пока 445 мин", "Докупить 9", "chart-burn", `class="included"`, "прогноз", "<details>", "из денег останется")
	_, body = olga.Get("/sims/" + string(webtest.AwayCard))
	has(t, body, "К 1 дек. будет 89 мин", "chart-burn")
	if strings.Contains(body, `class="included"`) || strings.Contains(body, "Докупить") {
		t.Error("a card whose minutes are not counted lacks none")
	}
	olga.Header.Set("Accept-Language", "en")
	_, body = olga.Get("/sims/" + string(webtest.ReadyCard))
	has(t, body, "The package is used up on", "no other card will have enough left")
	if status, _ := olga.Get("/sims/0"); status != http.StatusNotFound {
		t.Errorf("another's card: %d", status)
	}
}

func TestAnAlarmOfAPackageSaysWhatCanBeDone(t *testing.T) {
	c, olga := fleet(t)
	for moves, want := range map[string]string{"+79031112234 – 6": "минут в день: &#43;79031112234 – 6. Или докупите 46 мин.", "": "Докупите 46 мин: на других картах"} {
		if err := c.Store.Alarms(nil).Raise(t.Context(), fmc.Alarm{Company: "acme", Kind: fmc.AlarmPackageShort, About: "one " + moves, Values: map[string]string{
			"line": "+79031112233", "short": "46", "day": "2026-11-26", "end": "2026-12-01", "moves": moves,
		}}); err != nil {
			t.Fatal(err)
		}
		_, body := olga.Get("/alerts")
		has(t, body, "Пакет 8 (903) 111-22-33 кончится 26 нояб.", "До 1 дек., когда кончается её месяц", want)
	}
}
