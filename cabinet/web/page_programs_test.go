package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/web/webtest"
	"roadline/fmc"
)

// programmed is a cabinet of a company that has a program, which refused to hear of one message.
func programmed(t *testing.T) (*webtest.Cabinet, int64) {
	t.Helper()
	c := webtest.Open(t)
	c.Apply("acme", webtest.Acme+"programs: [{id: crm, numbers: [\"+74951234567\"], names: [ROMASHKA]}]\n")
	a := fmc.MessageAccepted{
		At: webtest.Now, Sender: "ROMASHKA", Text: "hello", By: "program crm", Until: webtest.Now.Add(time.Hour), PDUs: []string{"00"}, Centre: "mts",
		Why: "no rule fits: centre mts may send as ROMASHKA", Program: "crm", Receipt: 1,
	}
	a.To.E164, a.To.Country = "+79120000001", "RU"
	c.Drain(fmc.Fact{Company: "acme", Message: "m1", Body: a}, fmc.Fact{Company: "acme", Message: "m1", Body: fmc.MessageSettled{At: webtest.Now, State: fmc.MessageFailed}})
	all, err := c.Store.Operator().TakeDeliveries(t.Context(), fmc.ProgramRef{Company: "acme", Program: "crm"}, 1)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if err := c.Store.Operator().SettleDeliveries(t.Context(), []fmc.DeliveryOutcome{{N: all[0].N, Company: "acme", State: fmc.DeliveryFailed, Why: "no"}}); err != nil {
		t.Fatal(err)
	}
	return c, all[0].N
}

func TestAnOperatorSeesHowProgramsAndCentresStandAndHasOneToldAgain(t *testing.T) {
	c, n := programmed(t)
	olga := c.Visitor("olga")
	_, text := olga.Get("/messages/programs")
	for _, want := range []string{"crm", "4711", "refused as too fast: 12", "mts", "bound, 2 links", "sends: bound", "gets: not bound", "refused", "what became of its message"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if strings.Contains(text, "/secret") {
		t.Error("an operator is offered a password")
	}
	again := "/messages/programs/deliveries/" + strconv.FormatInt(n, 10) + "/again"
	if status, _ := olga.Post(again, nil); status != http.StatusOK {
		t.Errorf("told again: %d", status)
	}
	if due, err := c.Store.Operator().DeliveriesDue(t.Context()); err != nil || len(due) != 1 {
		t.Errorf("due are %v, %v", due, err)
	}
	for _, wrong := range []string{again, "/messages/programs/deliveries/0/again", "/messages/programs/deliveries/x/again"} { // it waits already
		if status, _ := olga.Post(wrong, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", wrong, status)
		}
	}
	if _, text := olga.Get("/messages/thread?" + url.Values{"number": {"ROMASHKA"}, "peer": {"+79120000001"}}.Encode()); !strings.Contains(text, "message centre mts") {
		t.Error("a message by a centre does not say by which")
	}
}

func TestAProgramsPasswordIsShownToAnAdministratorOnce(t *testing.T) {
	c, _ := programmed(t)
	admin := c.Visitor("admin")
	_, text := admin.Post("/messages/programs/crm/secret", nil)
	found := regexp.MustCompile(`id="(system-id|secret)"[^>]* value="([^"]+)"`).FindAllStringSubmatch(text, -1)
	if len(found) != 2 {
		t.Fatalf("it shows %v", found)
	}
	who, err := c.Store.Operator().ProgramOf(t.Context(), found[0][2], found[1][2])
	if err != nil || who != (fmc.ProgramRef{Company: "acme", Program: "crm"}) {
		t.Errorf("with it binds %v, %v", who, err)
	}
	if _, text := admin.Get("/messages/programs"); strings.Contains(text, found[1][2]) || !strings.Contains(text, found[0][2]) {
		t.Error("the page shows the password again, or not the name")
	}
	if status, _ := admin.Post("/messages/programs/nobody/secret", nil); status != http.StatusNotFound {
		t.Errorf("of a program that is not there: %d", status)
	}
}

func TestThePageSaysByWhatAMessageWouldLeave(t *testing.T) {
	c, _ := programmed(t)
	admin := c.Visitor("admin")
	for _, x := range []struct{ from, to, want string }{
		{"ROMASHKA", "+79120000001", "By message centre mts"},
		{"+79031112233", "+79120000001", "By a SIM card"},
		{"OTHER", "+79120000001", "notice bad"},
	} {
		q := url.Values{"from": {x.from}, "to": {x.to}}
		if _, text := admin.Get("/messages/programs?" + q.Encode()); !strings.Contains(text, x.want) {
			t.Errorf("from %s: no %q on the page", x.from, x.want)
		}
	}
}
