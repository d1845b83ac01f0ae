package cabinet_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/callerid"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/plan"
	"roadline/store"
)

func TestANameIsReadByTheWholeCompanyAndByNoOther(t *testing.T) {
	x := newOffice(t)
	w := x.send("ivanov", http.MethodPut, request{path: "/clients/89120000001", body: map[string]any{"name": " Petrov ", "firm": "Romashka"}})
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if c := get[cabinet.ClientShown](x, "olga", "/clients/+79120000001"); c.Name != "Petrov" || c.Firm != "Romashka" || c.By != "ivanov" || c.Number != "+79120000001" {
		t.Errorf("%+v", c)
	}
	if all := get[cabinet.ClientsPage](x, "boris", "/clients?q=petr"); len(all.Clients) != 1 {
		t.Errorf("%+v", all)
	}
	if all := get[cabinet.CallsShown](x, "hanna", "/calls?client=%2B79120000001"); len(all.Calls) == 0 || all.Calls[0].ClientName != "Petrov (Romashka)" {
		t.Errorf("%+v", all)
	}
	if d := get[cabinet.CallDetail](x, "ivanov", "/calls/"+string(x.call)); d.ClientName != "Petrov (Romashka)" {
		t.Errorf("%+v", d.CallLine)
	}
	if _, err := x.store.For("beta").Client(t.Context(), "+79120000001"); err == nil {
		t.Error("another company has it too")
	}
	entries, err := x.store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "clients.change"})
	if err != nil || len(entries) != 1 || entries[0].Object != "+79120000001" || entries[0].Who != "ivanov" {
		t.Errorf("%+v %v", entries, err)
	}
}

func TestACallThatGoesOnHasTheNameOfItsClient(t *testing.T) {
	x := newOffice(t)
	if err := x.store.For("acme").SetClients(t.Context(), "boris", store.Client{Number: "+79120000077", Name: "Petrov"}); err != nil {
		t.Fatal(err)
	}
	live, private := liveCall("acme", "one", "ivanov"), liveCall("acme", "two", "ivanov")
	live.Request = plan.Request{Company: "acme", Direction: fmc.Inbound, From: callerid.Number{E164: "+79120000077"}}
	private.Request = plan.Request{Company: "acme", Direction: fmc.Outbound, Employee: "ivanov", To: callerid.Number{E164: "+79120000077"}, Private: true}
	x.calls.live = []call.Call{private}
	if all := get[[]cabinet.LiveShown](x, "ivanov", "/calls/live?private=true"); len(all) != 1 || all[0].Name != "" {
		t.Errorf("a private one: %+v", all)
	}
	if w := x.send("ivanov", http.MethodGet, request{path: "/clients/+79120000077"}); w.Code != http.StatusNotFound {
		t.Errorf("a client who talks with nobody: %d", w.Code)
	}
	x.calls.live = []call.Call{live}
	if all := get[[]cabinet.LiveShown](x, "ivanov", "/calls/live"); len(all) != 1 || all[0].Name != "Petrov" {
		t.Errorf("%+v", all)
	}
	if c := get[cabinet.ClientShown](x, "ivanov", "/clients/+79120000077"); c.Name != "Petrov" {
		t.Errorf("who talks with them: %+v", c)
	}
}

// Who reaches their own calls alone reads no more of the address book than who is in them.
func TestWhoSeesTheirOwnAloneAsksAboutTheirOwnClients(t *testing.T) {
	x := newOffice(t)
	if err := x.store.For("acme").SetClients(t.Context(), "boris", store.Client{Number: "+79120000077", Name: "Secret"}); err != nil {
		t.Fatal(err)
	}
	for _, q := range []struct {
		method string
		body   any
	}{{http.MethodGet, nil}, {http.MethodPut, map[string]any{"name": "x"}}, {http.MethodDelete, nil}} {
		w := x.send("ivanov", q.method, request{path: "/clients/+79120000077", body: q.body})
		if w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "Secret") {
			t.Errorf("%s: %d %s", q.method, w.Code, w.Body)
		}
	}
	if w := x.send("ivanov", http.MethodGet, request{path: "/clients"}); w.Code != http.StatusForbidden {
		t.Errorf("the whole book: %d", w.Code)
	}
	for path, body := range map[string]any{
		"/clients/+79120000077": map[string]any{"name": "a\nb"},
		"/clients/+79120000078": map[string]any{},
		"/clients/+79120000079": map[string]any{"name": strings.Repeat("я", 150)},
	} {
		if p := x.problem("boris", http.MethodPut, request{path: path, body: body}); p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %+v", path, p)
		}
	}
	if p := x.problem("boris", http.MethodPut, request{path: "/clients/nobody", body: map[string]any{"name": "x"}}); p.Status != http.StatusNotFound {
		t.Errorf("what is no number: %+v", p)
	}
}

// Germany's numbers are of many lengths: one may begin with another.
func TestAClientWhoseNumberBeginsWithAnothersIsAnother(t *testing.T) {
	x := newOffice(t)
	c, err := configs.ReadCompany("crew", []byte(crewFile))
	if err != nil {
		t.Fatal(err)
	}
	const long, short = "+493012345678", "+4930123456"
	x.supposed(c, call.Supposed{From: long, To: "+74951234567", Answers: []string{"ivanov"}})
	for number, want := range map[string]int{long: http.StatusOK, short: http.StatusNotFound} {
		if w := x.send("ivanov", http.MethodPut, request{path: "/clients/" + number, body: map[string]any{"name": "x"}}); w.Code != want {
			t.Errorf("%s: %d %s", number, w.Code, w.Body)
		}
	}
}

// The time of a promise comes; then its note can still be corrected.
func TestAPromiseWhoseTimeIsOverMayBeSaidAgain(t *testing.T) {
	x := newOffice(t)
	path, back := "/calls/"+string(x.call)+"/result", time.Now().Add(-time.Hour).UTC()
	if err := x.store.For("acme").SetCallResult(t.Context(), store.CallResult{Call: x.call, Result: "thinking", Back: &back, Author: "ivanov"}); err != nil {
		t.Fatal(err)
	}
	body := map[string]any{"result": "agreed", "note": "takes two", "back": back.Truncate(time.Minute)} // as a form has it
	if w := x.send("ivanov", http.MethodPut, request{path: path, body: body}); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	body["back"] = back.Add(-time.Hour)
	if p := x.problem("ivanov", http.MethodPut, request{path: path, body: body}); p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusBadRequest {
		t.Errorf("another time that is over: %+v", p)
	}
}

func TestWhatCameOfACallIsSaidByWhoTalkedAndReadByAll(t *testing.T) {
	x := newOffice(t)
	path := "/calls/" + string(x.call)
	back := time.Now().Add(2 * time.Hour).UTC().Truncate(time.Second)
	w := x.send("ivanov", http.MethodPut, request{path: path + "/result", body: map[string]any{"result": "thinking", "note": "wants a discount", "back": back}})
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if d := get[cabinet.CallDetail](x, "boris", path); d.Said == nil || d.Said.Note != "wants a discount" || !d.Said.Back.Equal(back) || d.Result != "thinking" {
		t.Errorf("%+v", d.Said)
	}
	if d := get[cabinet.CallDetail](x, "olga", path); d.Said == nil || d.Said.Note != "" || d.Said.Result != "thinking" {
		t.Errorf("who hears nothing reads no note: %+v", d.Said)
	}
	if all := get[cabinet.CallsShown](x, "boris", "/calls?result=thinking"); len(all.Calls) != 1 || all.Calls[0].ID != x.call {
		t.Errorf("%+v", all)
	}
	if all := get[cabinet.MissedPage](x, "ivanov", "/missed?state=open&client=%2B79120000001"); len(all.Tasks) != 1 || all.Tasks[0].Promised != x.call || !all.Tasks[0].Due.Equal(back) {
		t.Errorf("%+v", all)
	}
	for _, body := range []map[string]any{
		{"result": "sold"}, {"result": "agreed", "back": time.Now().Add(-time.Hour)}, {"result": "agreed", "back": time.Now().AddDate(2, 0, 0)}, {"result": "agreed", "note": "a\x01b"},
	} {
		if p := x.problem("ivanov", http.MethodPut, request{path: path + "/result", body: body}); p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %+v", body, p)
		}
	}
	if p := x.problem("boris", http.MethodPut, request{path: "/calls/" + string(fmc.CallID("none")) + "/result", body: map[string]any{"result": "agreed"}}); p.Status != http.StatusNotFound {
		t.Errorf("%+v", p)
	}
}

func TestNobodyReviewsThemselves(t *testing.T) {
	x := newOffice(t)
	path := "/calls/" + string(x.call) + "/reviews"
	if w := x.send("hanna", http.MethodPut, request{path: path + "/own", body: map[string]any{"score": 2, "text": "<b>slow</b>"}}); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if all := get[[]cabinet.ReviewShown](x, "ivanov", path); len(all) != 1 || all[0].Score != 2 || all[0].By != "hanna" || all[0].Employee != "ivanov" {
		t.Errorf("%+v", all)
	}
	c, err := configs.ReadCompany("crew", []byte(strings.Replace(crewFile, "owner: ivanov", "owner: hanna", 1)))
	if err != nil {
		t.Fatal(err)
	}
	own := x.supposed(c, call.Supposed{From: "+79120000009", To: "+74951234567", Answers: []string{"hanna"}})
	if p := x.problem("hanna", http.MethodPut, request{path: "/calls/" + string(own) + "/reviews/own", body: map[string]any{"score": 5}}); p.Status != http.StatusForbidden {
		t.Errorf("%+v", p)
	}
	for _, score := range []int{0, 6} {
		if p := x.problem("hanna", http.MethodPut, request{path: path + "/own", body: map[string]any{"score": score}}); p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusBadRequest {
			t.Errorf("%d: %+v", score, p)
		}
	}
}
