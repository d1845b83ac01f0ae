package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/web/webtest"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// talkedDaily is a call of so many minutes by a card at noon of each of the days before today.
func talkedDaily(card fmc.ICCID, days, minutes int) (facts []fmc.Fact) {
	for back := 1; back <= days; back++ {
		id := fmc.CallID(fmt.Sprintf("019aa000-0000-7000-8000-000000%s%02d", card[len(card)-4:], back))
		leg := fmc.LegID{Call: id, N: 1}
		end := time.Duration(minutes)*time.Minute + time.Second
		add := func(at time.Duration, body fmc.Happening) {
			facts = append(facts, fmc.Fact{Company: "acme", Call: id, At: at, Body: body})
		}
		number := callerid.Number{E164: "+79121112233", Country: "RU"}
		add(0, fmc.Opened{Began: webtest.Now.AddDate(0, 0, -back).Add(2 * time.Hour), Direction: fmc.Outbound, To: number})
		add(0, fmc.LegBegan{Leg: leg, Role: fmc.Client, Line: card.Line(), Number: number})
		add(time.Second, fmc.LegIs{Leg: leg, Link: fmc.Up})
		add(end, fmc.LegIs{Leg: leg, Link: fmc.Gone})
		add(end, fmc.Closed{Cause: cause.Of(cause.Hangup)})
	}
	return facts
}

func TestACardsPageForeseesItsPackageAndSaysWhatToDo(t *testing.T) {
	c, olga := fleet(t)
	_, body := olga.Get("/sims/" + string(webtest.ReadyCard))
	if strings.Contains(body, "chart-burn") {
		t.Error("of one call nothing is foreseen")
	}
	c.Drain(talkedDaily(webtest.ReadyCard, 22, 20)...) // of 500 minutes; 445 are used with the call of today
	c.Drain(talkedDaily(webtest.AwayCard, 22, 3)...)   // none are counted
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
