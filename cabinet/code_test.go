package cabinet_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/store"
	"roadline/store/storetest"
)

// coded is a message with a one-time code that came to acme.
func coded(id fmc.MessageID) fmc.Fact {
	f := messageTo("acme", id)
	came := f.Body.(fmc.MessageCame)
	came.From, came.Text, came.PDU = "BANK", "Your code is 482915", "07482915"
	f.Body = came
	return f
}

func TestOneTimeCodesAreHiddenFromProgramsUntilTheyAskForThem(t *testing.T) {
	x := newOffice(t)
	x.drain(coded("coded"))
	asked := []struct{ path, codes string }{
		{"/messages", "?codes=true"},
		{"/messages?thread=true&number=%2B79160000001&peer=BANK", "&codes=true"},
		{"/messages/coded", "?codes=true"},
		{"/events?types=sms.*", "&codes=true"},
	}
	for _, row := range asked {
		w := x.send("olga", http.MethodGet, request{path: row.path})
		if body := w.Body.String(); w.Code != http.StatusOK || strings.Contains(body, "482915") || !strings.Contains(body, "Your code is ••••••") {
			t.Errorf("%s: %d %s", row.path, w.Code, body)
		}
	}
	if m := get[cabinet.MessageDetail](x, "olga", "/messages/a-message"); len(m.Came) != 1 || m.Came[0].Text == "" || m.Came[0].PDU != "07" {
		t.Errorf("of a message without a code: %+v", m)
	}
	noted := func() (all []string) {
		t.Helper()
		entries, err := x.store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "message.codes"})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			all = append(all, e.Who+" "+e.Object)
		}
		slices.Sort(all)
		return all
	}
	if all := noted(); len(all) != 0 {
		t.Errorf("%q", all)
	}
	for _, row := range asked {
		for range 2 {
			if w := x.send("olga", http.MethodGet, request{path: row.path + row.codes}); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Your code is 482915") {
				t.Errorf("%s: %d %s", row.path, w.Code, w.Body)
			}
		}
	}
	if all := noted(); !slices.Equal(all, []string{"olga ", "olga +79160000001 BANK", "olga events"}) {
		t.Errorf("%q", all)
	}
	if p := x.problem("boris", http.MethodGet, request{path: "/events?codes=true"}); p.Status != http.StatusForbidden || !strings.Contains(p.Detail, "messages.read") {
		t.Errorf("%+v", p)
	}
	if _, text := x.ask(http.MethodGet, "/v1/companies/acme/messages", nil); !strings.Contains(text, "482915") {
		t.Errorf("the machine sees %s", text)
	}
}

func TestAStreamHidesOneTimeCodes(t *testing.T) {
	x := newWire(t, storetest.DSN(t))
	x.happens(fmc.Event{Type: fmc.EventSMSReceived, Data: fmc.MessageTold{Message: "m", Peer: "BANK", Text: "Ваш код 482915", Missing: 1}})
	if _, name, data := x.listens(boss, "sms.*", "0").next(); name != "sms.received" || !strings.Contains(data, `"text":"Ваш код ••••••"`) || !strings.Contains(data, `"missing":1`) {
		t.Errorf("%s %s", name, data)
	}
}

func TestTheLogOfAReceiverShowsMessagesToThoseAloneWhoMayReadThem(t *testing.T) {
	x := newOffice(t)
	path := "/webhooks/" + x.receiver()
	x.drain(coded("coded"))
	told := get[cabinet.DeliveriesPage](x, "clara", path+"/deliveries").Deliveries
	if len(told) != 1 || told[0].Type != fmc.EventSMSReceived {
		t.Fatalf("%+v", told)
	}
	path += "/deliveries/" + strconv.FormatInt(told[0].N, 10)
	w := x.send("clara", http.MethodGet, request{path: path})
	if body := w.Body.String(); w.Code != http.StatusOK || strings.Contains(body, "BANK") || strings.Contains(body, "Your code") || !strings.Contains(body, "sms.received are not told to your role") {
		t.Errorf("an administrator reads %d %s", w.Code, body)
	}
	x.apply("acme", strings.Replace(crewFile, "roles: [administrator]", "roles: [administrator, operator]", 1), 1)
	x.tokens["clara"] = x.token("clara")
	d := get[cabinet.DeliveryTries](x, "clara", path)
	if d.Message == nil || d.Withheld != "" || !strings.Contains(string(d.Message.Data), "Your code is ••••••") {
		t.Errorf("who is also an operator reads %+v", d)
	}
}
