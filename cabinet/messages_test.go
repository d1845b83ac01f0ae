package cabinet_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// messageTo is a message that came to a company.
func messageTo(company fmc.CompanyID, id fmc.MessageID) fmc.Fact {
	came := fmc.MessageCame{At: now, SIM: simOf(company), From: "+79120000001", Text: "of " + string(company), PDU: "07", Key: string(id)}
	came.Number.E164, came.Number.Country = "+79160000001", "RU"
	return fmc.Fact{Company: company, Message: id, Body: came}
}

// seenIn is a company's card in a modem.
func seenIn(company fmc.CompanyID) fmc.Fact {
	return fmc.Fact{Company: company, Body: fmc.SIMSeen{At: now, SIM: simOf(company), Modem: "usb-1.2", IMEI: "86", IMSI: "25001", State: "ready"}}
}

// list asks for messages.
func (d *desk) list(query string) cabinet.MessagesShown {
	d.t.Helper()
	status, text := d.ask(http.MethodGet, "/v1/companies/acme/messages"+query, nil)
	var page cabinet.MessagesShown
	if err := json.Unmarshal([]byte(text), &page); err != nil || status != http.StatusOK {
		d.t.Fatalf("%s: %d %s", query, status, text)
	}
	return page
}

func TestMessagesAreListedPagedAndThreaded(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	for i := range 5 {
		f := messageTo("acme", fmc.MessageID(fmt.Sprint("m", i)))
		came := f.Body.(fmc.MessageCame)
		came.At = now.Add(time.Duration(i) * time.Minute)
		if i == 4 {
			came.From = "The Bank"
		}
		f.Body = came
		d.drain(f)
	}
	accepted := fmc.MessageAccepted{At: now.Add(time.Hour), SIM: simOf("acme"), Text: "hello", By: "ivanov", PDUs: []string{"01"}}
	accepted.Number.E164, accepted.Number.Country, accepted.To.E164 = "+79160000001", "RU", "+79120000001"
	d.drain(
		fmc.Fact{Company: "acme", Message: "out", Body: accepted},
		fmc.Fact{Company: "acme", Message: "out", Body: fmc.MessagePassed{At: now.Add(time.Hour), Part: 1, Reference: 7}})
	for query, want := range map[string]string{
		"": "out m4 m3 m2 m1 m0", "?direction=in&limit=2": "m4 m3", "?direction=out": "out", "?state=queued": "out", "?peer=The+Bank": "m4", "?peer=8+912+0000001": "out m3 m2 m1 m0",
		"?number=%2B79160000001&limit=1": "out", "?sim=8970beta": "", "?to=2026-11-23+10:01": "m0", "?thread=true&number=89160000001&peer=89120000001": "m0 m1 m2 m3 out",
	} {
		var ids []string
		for _, m := range d.list(query).Messages {
			ids = append(ids, string(m.ID))
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	page := d.list("?limit=4")
	rest := d.list("?limit=4&after=" + page.Next)
	if len(rest.Messages) != 2 || rest.Next != "" || rest.Messages[0].ID != "m1" {
		t.Errorf("%+v", rest)
	}
	_, text := d.ask(http.MethodGet, "/v1/companies/acme/messages/out", nil)
	var m cabinet.MessageDetail
	if err := json.Unmarshal([]byte(text), &m); err != nil || m.Direction != "out" || m.Author != "ivanov" || len(m.Sent) != 1 || *m.Sent[0].Reference != 7 {
		t.Errorf("%v %s", err, text)
	}
}

func TestAMessageIsHandedToTheNode(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	status, text := d.ask(http.MethodPost, "/v1/companies/acme/messages", cabinet.Send{From: "8970", To: "+79120000001", Text: "good\nday", Author: "ivanov"})
	if status != http.StatusOK || !strings.Contains(text, `"id":"m"`) || len(d.sent) != 1 || d.sent[0] != "acme|8970|+79120000001|good\nday|ivanov" {
		t.Fatalf("%d %s %q", status, text, d.sent)
	}
	if strings.Contains(d.log.String(), "good") || strings.Contains(d.log.String(), "+7912") {
		t.Error("the log tells what was written, or to whom")
	}
	d.fails = cause.Errorf(cause.Denied, "the mandate of this SIM does not name messages")
	if p := d.problem(http.MethodPost, "/v1/companies/acme/messages", cabinet.Send{To: "1", Text: "x", Author: "a"}); p.Status != http.StatusForbidden || !strings.Contains(p.Detail, "mandate") {
		t.Errorf("%+v", p)
	}
}

func TestWhatIsNoMessageIsRefused(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	for _, row := range []struct {
		method, path string
		body         any
		want         string
	}{
		{"POST", "messages", cabinet.Send{Text: "x", Author: "a"}, "to: write whom"},
		{"POST", "messages", cabinet.Send{To: "1", Text: " \n", Author: "a"}, "there is nothing in it"},
		{"POST", "messages", cabinet.Send{To: "1", Text: strings.Repeat("x", 4001), Author: "a"}, "4001 characters are too many"},
		{"POST", "messages", cabinet.Send{To: "1", Text: "a\x1b[2J", Author: "a"}, "without control characters"},
		{"POST", "messages", cabinet.Send{To: "1", Text: "x"}, "author: write who"},
		{"POST", "messages", `{"to": "1", "body": "x"}`, "unknown field"},
		{"GET", "messages?state=lost", nil, "write one of received, queued, "},
		{"GET", "messages?direction=up", nil, "write in or out"},
		{"GET", "messages?thread=perhaps", nil, "write true or false"},
		{"GET", "messages?thread=true&number=%2B79160000001", nil, "the company's number and the peer"},
		{"GET", "messages?thread=true&number=1&peer=2&state=sent", nil, "and nothing else"},
		{"GET", "messages?limit=0", nil, "from 1 to 500"},
		{"GET", "messages?after=x", nil, "of the page before"},
		{"GET", "messages?from=someday", nil, "from: moment"},
		{"GET", "messages?text=x", nil, `parameter "text" is not known`},
		{"POST", "lines/sim:8970acme/ussd", cabinet.USSD{}, "write 1 to 182 characters"},
		{"POST", "lines/sim:8970acme/ussd", cabinet.USSD{Text: strings.Repeat("1", 183)}, "write 1 to 182 characters"},
		{"POST", "lines/sim:8970acme/ussd", cabinet.USSD{Text: "1", End: true}, "leave it out to end the session"},
		{"POST", "lines/sim:8970acme/ussd", cabinet.USSD{Text: "*100#\r"}, "without control characters"},
		{"GET", "lines?x=1", nil, "there are none here"},
		{"GET", "lines/sim:8970acme?x=1", nil, "there are none here"},
		{"GET", "sims?x=1", nil, "there are none here"},
		{"GET", "sims/8970acme?x=1", nil, "there are none here"},
	} {
		p := d.problem(row.method, "/v1/companies/acme/"+row.path, row.body)
		if p.Status != http.StatusBadRequest || !strings.Contains(p.Detail, row.want) {
			t.Errorf("%s %s: %+v, want %q", row.method, row.path, p, row.want)
		}
	}
	if len(d.sent)+len(d.asked) != 0 {
		t.Errorf("%q %q", d.sent, d.asked)
	}
}
