package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"roadline/cabinet/web/webtest"
	"roadline/fmc"
	"roadline/store"
)

// fleet is a cabinet with an operator, a message that carries a code, one that may not have gone out, a balance and an
// alarm.
func fleet(t *testing.T) (*webtest.Cabinet, *webtest.Visitor) {
	t.Helper()
	return fleetOf(webtest.Open(t))
}

func fleetOf(c *webtest.Cabinet) (*webtest.Cabinet, *webtest.Visitor) {
	c.SeedFleet()
	olga := c.Visitor("olga")
	olga.Header.Set("Accept-Language", "ru")
	return c, olga
}

func has(t *testing.T, body string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(body, w) {
			t.Errorf("no %q on the page", w)
		}
	}
}

func TestTheWallShowsEachLineWithAWayOut(t *testing.T) {
	c, olga := fleet(t)
	_, body := olga.Get("/lines")
	has(t, body, "8 (903) 111-22-33", "готова", "осталось 412 минут", "ждёт 1 сообщение", "отложена после отказов", "Вернуть в работу", "не подключена", "carrier-a", "звонков: 2 из 30", "320,50")
	_, table := olga.Get("/lines?view=table")
	has(t, table, "<table", "-71")
	if status, _ := olga.Post("/lines/"+string(webtest.AwayCard.Line())+"/release", url.Values{}); status != http.StatusOK {
		t.Errorf("release: %d", status)
	}
	if got := c.Fleet.Released(); len(got) != 1 || got[0] != webtest.AwayCard.Line() {
		t.Errorf("released %v", got)
	}
	for _, path := range []string{"/lines/sim:0", "/sims/0"} {
		if status, _ := olga.Get(path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestTheWallBeginsWithTroubleAndIsNarrowedByStateAndOperator(t *testing.T) {
	_, olga := fleet(t)
	_, body := olga.Get("/lines")
	if away, ready := strings.Index(body, "8 (903) 111-22-34"), strings.Index(body, "8 (903) 111-22-33"); away < 0 || away > ready {
		t.Errorf("the line that serves stands at %d, the one that does not at %d", ready, away)
	}
	has(t, body, "chart-spark", "Сигнал за сутки")
	_, body = olga.Get("/lines?state=ready&operator=demo")
	has(t, body, "8 (903) 111-22-33", `hx-sse:connect="/lines/feed?operator=demo&amp;state=ready"`, `<option value="ready" selected>`)
	if strings.Contains(body, "8 (903) 111-22-34") {
		t.Error("a line that does not serve is among those that do")
	}
	_, body = olga.Get("/lines?operator=" + url.QueryEscape(`"><script>`))
	has(t, body, "Таких линий нет")
	if strings.Contains(body, "<script>") && strings.Contains(body, `"><script>`) {
		t.Error("what was asked for stands on the page as it came")
	}
}

func TestTheDayOfTheLinesIsAPictureWithItsWords(t *testing.T) {
	_, olga := fleet(t)
	_, body := olga.Get("/lines/day")
	has(t, body, "chart-strip", `class="stood call"`, `class="stood locked"`, `class="stood no_network"`, `class="stood limit"`, `class="now"`, "Разговоры занимали", "4 ч 0 мин", "?day=2026-11-22")
	_, body = olga.Get("/lines/day?day=2026-11-22")
	has(t, body, "?day=2026-11-21", "?day=2026-11-23", "неизвестно")
	_, body = olga.Get("/lines/day?day=2026-10-24")
	has(t, body, "?day=2026-10-23")
	if status, body := olga.Get("/lines/day?day=2026-10-23"); status != http.StatusOK || strings.Contains(body, "?day=2026-10-22") {
		t.Errorf("the oldest day: %d, or one before it is offered", status)
	}
	for _, day := range []string{"2026-11-24", "2026-10-01", "x"} {
		if status, _ := olga.Get("/lines/day?day=" + day); status != http.StatusBadRequest {
			t.Errorf("%s: %d", day, status)
		}
	}
	_, body = olga.Get("/lines/" + string(webtest.ReadyCard.Line()))
	has(t, body, "chart-day", `href="/calls/`+webtest.FleetCall+`00"`, "звонков в день", "свободна")
	_, body = olga.Get("/lines/" + string(webtest.AwayCard.Line()))
	has(t, body, "в сети нет места для её звонков", "нет сети")
}

func TestRoutesAreComparedByDestinationWithTheirCallsBehind(t *testing.T) {
	_, olga := fleet(t)
	_, body := olga.Get("/lines/routes")
	has(t, body, "Хуже всего &#43;7912… через SIM 8 (903) 111-22-33: отвечено 8 % из 12", "из 12 · разговор 4:50", "вызов через 4,0", "state bad")
	link := "/calls?client=%2B7912&amp;from=2026-10-25&amp;line=sim%3A" + string(webtest.ReadyCard) + "&amp;to=2026-11-23"
	has(t, body, link)
	_, body = olga.Get(strings.ReplaceAll(link, "&amp;", "&"))
	has(t, body, webtest.FleetCall+"11", "через")
	_, table := olga.Get("/lines/routes.csv?from=2026-11-01")
	has(t, table, "RU;+7912;sim:"+string(webtest.ReadyCard)+";12;1;0.083;290;4.0;3.90")
	_, body = olga.Get("/lines/routes?from=2020-01-01&to=2020-01-02")
	has(t, body, "В эти дни ничего не набирали")
	if status, _ := olga.Get("/lines/routes?from=x"); status != http.StatusBadRequest {
		t.Errorf("no day: %d", status)
	}
}

func TestAModemIsRestartedWithAReasonAndNotInACall(t *testing.T) {
	c, olga := fleet(t)
	ready, away := "/lines/"+string(webtest.ReadyCard.Line()), "/lines/"+string(webtest.AwayCard.Line())
	status, body := olga.Post(ready+"/restart", url.Values{"reason": {" "}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", status)
	}
	has(t, body, "Напишите почему")
	status, body = olga.Post(away+"/restart", url.Values{"reason": {"висит"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("in a call: %d", status)
	}
	has(t, body, "По линии идёт звонок", `value="висит"`)
	_, _ = olga.Post(away+"/restart", url.Values{"reason": {"висит"}, "lose": {"yes"}})
	_, body = olga.Post(ready+"/restart", url.Values{"reason": {"висит"}})
	has(t, body, "Модем загружается заново")
	if got := c.Fleet.Restarted(); len(got) != 2 || got[0] != webtest.AwayCard.Line() {
		t.Errorf("restarted %v", got)
	}
	audit, err := c.Store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "lines.restart"})
	if err != nil || len(audit) != 2 || audit[0].Who != "olga" || !strings.Contains(fmt.Sprintf("%s", audit[0].After), "висит") {
		t.Errorf("%+v %v", audit, err)
	}
	if status, _ := olga.Post("/lines/sim:0/restart", url.Values{"reason": {"висит"}}); status != http.StatusNotFound {
		t.Errorf("another's line: %d", status)
	}
}

func TestTheFirstCardToRunOutStandsOnTop(t *testing.T) {
	c, olga := fleet(t)
	fall := func(days int, amount string) fmc.Fact {
		return fmc.Fact{Company: "acme", Body: fmc.BalanceSeen{At: webtest.Now.AddDate(0, 0, -days), SIM: webtest.LostCard, Answer: amount, Amount: amount}}
	}
	c.Drain(fall(4, "50"), fall(2, "30"), fall(0, "10"), fmc.Fact{Company: "acme", Body: fmc.BalanceSeen{At: webtest.Now, SIM: webtest.AwayCard, Answer: "5", Amount: "5"}})
	_, body := olga.Get("/sims/balances")
	has(t, body, "За неделю надо пополнить 1 карту: 8 (903) 111-22-35, до 24 нояб.", "chart-fall", "10,00", "По этим картам сказать нельзя")
	if first, second := strings.Index(body, "8 (903) 111-22-35</a>"), strings.Index(body, "8 (903) 111-22-33</a>"); first < 0 || first > second {
		t.Errorf("%d %d", first, second)
	}
	_, body = c.Visitor("gleb").Get("/sims/balances")
	if has(t, body, "320.50"); strings.Contains(body, `href="/sims/89`) {
		t.Error("an accountant is led to cards that they may not see")
	}
}

func TestUSSDIsAConversation(t *testing.T) {
	_, olga := fleet(t)
	path := "/lines/" + string(webtest.ReadyCard.Line())
	_, body := olga.Get(path)
	has(t, body, `value="*100#"`, "E1550")
	_, body = olga.Post(path+"/ussd", url.Values{"text": {"*100#"}})
	has(t, body, "Баланс 320.50 р. 1 - пакеты", "Ответ сети", `value="&gt;*100#"`)
	_, body = olga.Post(path+"/ussd", url.Values{"text": {"1"}, "turn": {">*100#", "<Баланс 320.50 р. 1 - пакеты", "x"}})
	has(t, body, "Осталось 412 мин", "Баланс 320.50")
	status, body := olga.Post(path+"/ussd", url.Values{"text": {"*9#<script>"}})
	if status != http.StatusUnprocessableEntity || strings.Contains(body, "<script>alert") {
		t.Errorf("%d", status)
	}
	has(t, body, "*9#&lt;script&gt;")
	if status, _ := olga.Post(path+"/ussd", url.Values{}); status != http.StatusUnprocessableEntity {
		t.Errorf("nothing asked: %d", status)
	}
}

func TestACardTellsItsMandateHistoryAndUntilWhenItsMoneyLasts(t *testing.T) {
	_, olga := fleet(t)
	_, body := olga.Get("/sims")
	has(t, body, "8 (903) 111-22-35", "не действует", "Анна Петрова", "320,50")
	card := "/sims/" + string(webtest.ReadyCard)
	_, body = olga.Get(card)
	has(t, body, "Ромашка", "Хватит на 32 дн.", "<strong>320.50</strong>", "звонки, сообщения", "left")
	_, body = olga.Get(card + "?amount=" + url.QueryEscape(`(\d+)\.`))
	has(t, body, "<strong>320</strong>")
	_, body = olga.Get(card + "?amount=" + url.QueryEscape(`(a)(b`))
	has(t, body, "нужна ровно одна группа")
	status, table := olga.Get("/sims.csv")
	if status != http.StatusOK || !strings.Contains(table, string(webtest.LostCard)+",+79031112235,demo") {
		t.Errorf("%d %s", status, table)
	}
}

func TestMessagesAreAnsweredAndCodesAreHiddenUntilSomebodyAsks(t *testing.T) {
	c, olga := fleet(t)
	_, body := olga.Get("/messages")
	has(t, body, "BANK", "Ваш код ••••••", "неизвестно")
	thread := "/messages/thread?" + url.Values{"number": {"+79031112233"}, "peer": {"BANK"}}.Encode()
	_, body = olga.Get(thread)
	has(t, body, "Ваш код ••••••", "Показать коды")
	if strings.Contains(body, "482915") {
		t.Error("the code is shown")
	}
	_, body = olga.Get(thread + "&codes=shown")
	has(t, body, "482915")
	audit, err := c.Store.For("acme").AuditEntries(t.Context(), store.AuditFilter{})
	if err != nil || len(audit) == 0 || audit[0].What != "message.codes" {
		t.Errorf("the look at the code is not in the audit: %+v %v", audit, err)
	}
	if _, body = olga.Post("/messages/thread", url.Values{"number": {"+79031112233"}, "peer": {"+79121112233"}, "text": {"Здравствуйте"}}); !strings.Contains(body, "Принято") {
		t.Error("nothing says that it was accepted")
	}
	status, body := olga.Post("/messages/thread", url.Values{"number": {"+79031112233"}, "peer": {"112"}, "text": {"Спасите"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a text to an emergency number: %d", status)
	}
	has(t, body, "emergency", "Спасите")
	_, _ = olga.Post("/messages/again/"+string(webtest.Uncertain), url.Values{})
	sent := c.Fleet.Sent()
	if len(sent) != 2 || sent[0].Author != "olga" || sent[1].Text != "Едем к вам" || sent[1].From != string(webtest.ReadyCard) {
		t.Errorf("sent %+v", sent)
	}
	if status, _ := olga.Post("/messages/again/019aa000-0000-7000-8000-0000000000aa", url.Values{}); status != http.StatusConflict {
		t.Errorf("what came was sent again: %d", status)
	}
	if status, _ := olga.Get("/messages/thread?number=%2B79990000000&peer=x"); status != http.StatusNotFound {
		t.Errorf("another's conversation: %d", status)
	}
}

func TestAnAlarmIsSeenToAndMuted(t *testing.T) {
	c, olga := fleet(t)
	_, body := olga.Get("/alerts")
	has(t, body, "Линия 8 (903) 111-22-34: отложена после отказов", "не работает")
	open, err := c.Store.For("acme").Alarms(t.Context(), store.AlarmFilter{Open: true})
	if err != nil || len(open) != 1 {
		t.Fatal(open, err)
	}
	path := "/alerts/" + itoa(open[0].ID)
	_, body = olga.Post(path+"/see", url.Values{})
	has(t, body, "Теперь другие видят", "Ольга Волкова")
	_, body = olga.Post(path+"/mute", url.Values{"hours": {"4"}})
	has(t, body, "заглушено до 14:00")
	if status, _ := olga.Post(path+"/mute", url.Values{"hours": {"999"}}); status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
		t.Errorf("muted for weeks: %d", status)
	}
	if status, _ := c.Visitor("anna").Get("/alerts"); status != http.StatusForbidden {
		t.Errorf("an employee sees alarms: %d", status)
	}
}

func TestTheGuardAndTheDoctorSpeakToOperators(t *testing.T) {
	_, olga := fleetOf(webtest.OpenAlone(t))
	_, body := olga.Get("/guard")
	has(t, body, "203.0.113.7", "Слушать снова")
	_, body = olga.Post("/guard/unban", url.Values{"address": {"203.0.113.7"}})
	has(t, body, "Никто не заблокирован")
	if status, _ := olga.Post("/guard/unban", url.Values{"address": {"203.0.113.7"}}); status != http.StatusNotFound {
		t.Errorf("unbanned twice: %d", status)
	}
	_, body = olga.Get("/doctor")
	has(t, body, "Транк carrier-b не отвечает.", "Что делать", "Не работает: 1")
	if strings.Contains(body, "beta") {
		t.Error("the doctor tells of another company")
	}
}

func TestWhatCompaniesShareIsNotShownToTheirOperators(t *testing.T) {
	_, olga := fleet(t)
	_, body := olga.Get("/guard")
	has(t, body, "carrier-a", "защита стоит перед всеми сразу")
	if strings.Contains(body, "203.0.113.7") || strings.Contains(body, "/guard/unban") {
		t.Errorf("whom the node does not listen to:\n%s", body)
	}
	if status, _ := olga.Post("/guard/unban", url.Values{"address": {"203.0.113.7"}}); status != http.StatusNotFound {
		t.Errorf("one company has the node listen to an address again: %d", status)
	}
	_, body = olga.Get("/doctor")
	has(t, body, "Записи компании acme не удаляются никогда.", "здесь то, что касается вашей")
	for _, others := range []string{"beta", "carrier-b", "Не работает: 1"} {
		if strings.Contains(body, others) {
			t.Errorf("the doctor tells of %s", others)
		}
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
