package cabinet_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

func TestALineIsShownWithHowItServed(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	id := fmc.CallID("019ab000-0000-7000-8000-000000000001")
	leg := fmc.LegID{Call: id, N: 1}
	var facts []fmc.Fact
	for i, body := range []fmc.Happening{
		fmc.Opened{Began: now.Add(-time.Hour), Direction: fmc.Outbound},
		fmc.LegBegan{Leg: leg, Role: fmc.Client, Line: simOf("acme").Line()},
		fmc.LegIs{Leg: leg, Link: fmc.Up},
		fmc.LegIs{Leg: leg, Link: fmc.Gone, Quality: &fmc.LegQuality{Setup: 2 * time.Second, MOS: 389}},
		fmc.Closed{Cause: cause.Of(cause.Hangup)},
	} {
		facts = append(facts, fmc.Fact{Company: "acme", Call: id, At: time.Duration(i) * 10 * time.Second, Body: body})
	}
	d.drain(facts...)
	status, text := d.ask(http.MethodGet, "/v1/companies/acme/lines/sim:8970acme", nil)
	var x cabinet.LineDetail
	if err := json.Unmarshal([]byte(text), &x); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	if x.Line.State != "ready" || x.Line.SIM.ICCID != "8970acme" || x.Day.Calls != 1 || *x.Day.MOS != 389 || float64(*x.Day.Setup) != 2 || x.Month.Answered != 1 ||
		len(x.Use) != 1 || x.Use[0].Day != "2026-11-23" || float64(x.Use[0].Talk) != 10 {
		t.Errorf("%s", text)
	}
	status, text = d.ask(http.MethodGet, "/v1/companies/acme/lines", nil)
	if status != http.StatusOK || !strings.Contains(text, `"id":"sim:8970acme"`) || strings.Contains(text, "beta") {
		t.Errorf("%d %s", status, text)
	}
}

func TestANetworkIsAsked(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	status, text := d.ask(http.MethodPost, "/v1/companies/acme/lines/sim:8970acme/ussd", cabinet.USSD{Text: "*100#"})
	if status != http.StatusOK || text != `{"text":"1 balance 2 more","open":true,"mode":1}`+"\n" || d.asked[0] != "acme|sim:8970acme|*100#" {
		t.Fatalf("%d %s %q", status, text, d.asked)
	}
	if status, _ := d.ask(http.MethodPost, "/v1/companies/acme/lines/sim:8970acme/ussd", cabinet.USSD{End: true}); status != http.StatusOK || d.asked[1] != "acme|sim:8970acme|" {
		t.Fatalf("the end of the session: %d %q", status, d.asked)
	}
	d.fails = cause.Errorf(cause.Conflict, "the line is in a call")
	if p := d.problem(http.MethodPost, "/v1/companies/acme/lines/sim:8970acme/ussd", cabinet.USSD{Text: "1"}); p.Status != http.StatusConflict {
		t.Errorf("%+v", p)
	}
}

func TestALineIsReleased(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	const path = "/v1/companies/acme/lines/sim:8970acme/release"
	if status, text := d.ask(http.MethodPost, path, nil); status != http.StatusOK || !strings.Contains(text, `"state":"ready"`) || d.asked[0] != "acme|sim:8970acme" {
		t.Fatalf("%d %s %q", status, text, d.asked)
	}
	d.fails = cause.Errorf(cause.Conflict, "nothing keeps the line from taking calls")
	if p := d.problem(http.MethodPost, path, nil); p.Status != http.StatusConflict {
		t.Errorf("%+v", p)
	}
	if p := d.problem(http.MethodPost, path+"?x=1", nil); p.Status != http.StatusBadRequest {
		t.Errorf("%+v", p)
	}
}

func TestAModemIsRestartedWithAReason(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	const path = "/v1/companies/acme/lines/sim:8970acme/restart"
	if status, text := d.ask(http.MethodPost, path, cabinet.Restart{Reason: " it hangs ", Lose: true}); status != http.StatusOK || !strings.Contains(text, `"state":"ready"`) || d.asked[0] != "acme|sim:8970acme|true" {
		t.Fatalf("%d %s %q", status, text, d.asked)
	}
	d.fails = cause.Errorf(cause.Conflict, "the card is in a call")
	if p := d.problem(http.MethodPost, path, cabinet.Restart{Reason: "it hangs"}); p.Status != http.StatusConflict {
		t.Errorf("%+v", p)
	}
	for _, reason := range []string{"", "  ", "a\x00b", strings.Repeat("x", 2001)} {
		if p := d.problem(http.MethodPost, path, cabinet.Restart{Reason: reason}); p.Status != http.StatusBadRequest {
			t.Errorf("%.10q: %+v", reason, p)
		}
	}
	if p := d.problem(http.MethodPost, "/v1/companies/acme/lines/sim:0/restart", cabinet.Restart{Reason: "it hangs"}); p.Status != http.StatusNotFound {
		t.Errorf("%+v", p)
	}
}

// Who has a modem restarted and goes away before it is done has done it all the same.
func TestARestartIsAuditedThoughNobodyWaitsForIt(t *testing.T) {
	x := newOffice(t)
	ctx, leave := context.WithCancel(t.Context())
	x.options.Node.Restart = func(ctx context.Context, _ fmc.CompanyID, _ fmc.LineID, _ bool) error {
		leave()
		return ctx.Err()
	}
	x.public = cabinet.NewPublic(cabinet.New(x.options))
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/v1/lines/sim:8970acme/restart", strings.NewReader(`{"reason": "it hangs", "lose_call": true}`))
	r.Header.Set("Authorization", "Bearer "+x.tokens["olga"])
	w := httptest.NewRecorder()
	x.public.ServeHTTP(w, r)
	all, err := x.store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "lines.restart"})
	if err != nil || len(all) != 1 || all[0].Who != "olga" || !strings.Contains(fmt.Sprintf("%s", all[0].After), "it hangs") {
		t.Errorf("%d %s: %+v %v", w.Code, w.Body, all, err)
	}
}

func TestModemsAreTheNodes(t *testing.T) {
	d := newDesk(t)
	if status, text := d.ask(http.MethodGet, "/v1/modems", nil); status != http.StatusOK || !strings.Contains(text, `"name":"usb-1.2"`) {
		t.Errorf("%d %s", status, text)
	}
	if status, text := d.ask(http.MethodGet, "/v1/gateways", nil); status != http.StatusOK || !strings.Contains(text, `"name":"gw:office:1"`) || strings.Contains(text, `"company"`) {
		t.Error(status, text)
	}
	if p := d.problem(http.MethodGet, "/v1/gateways?x=1", nil); p.Status != http.StatusBadRequest {
		t.Error(p)
	}
	if p := d.problem(http.MethodGet, "/v1/modems?x=1", nil); p.Status != http.StatusBadRequest {
		t.Errorf("%+v", p)
	}
}

func TestCardsInReadersAreTheNodes(t *testing.T) {
	d := newDesk(t)
	if status, text := d.ask(http.MethodGet, "/v1/cards", nil); status != http.StatusOK || !strings.Contains(text, `"iccid":"`+cardOne+`"`) {
		t.Errorf("%d %s", status, text)
	}
	if status, text := d.ask(http.MethodPost, "/v1/cards/"+cardOne+"/unlock", cabinet.CardUnlock{Looked: true}); status != http.StatusOK || !strings.Contains(text, `"state":"ready"`) {
		t.Errorf("%d %s", status, text)
	}
	for path, want := range map[string]int{"/v1/cards?x=1": http.StatusBadRequest, "/v1/cards/7/unlock": http.StatusMethodNotAllowed} {
		if status, text := d.ask(http.MethodGet, path, nil); status != want {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if p := d.problem(http.MethodPost, "/v1/cards/7/unlock", cabinet.CardUnlock{}); p.Status != http.StatusNotFound {
		t.Errorf("%+v", p)
	}
	if p := d.problem(http.MethodPost, "/v1/cards/7/unlock", "looked"); p.Status != http.StatusBadRequest {
		t.Errorf("%+v", p)
	}
	d.api = d.without()
	if p := d.problem(http.MethodGet, "/v1/cards", nil); p.Status != http.StatusServiceUnavailable {
		t.Errorf("%+v", p)
	}
	if p := d.problem(http.MethodPost, "/v1/cards/7/unlock", cabinet.CardUnlock{}); p.Status != http.StatusServiceUnavailable {
		t.Errorf("%+v", p)
	}
}

func TestANodeWithoutSIMLinesSaysSo(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	d.api = d.without()
	for path, want := range map[string]string{"/v1/modems": "[]\n", "/v1/gateways": "[]\n", "/v1/companies/acme/lines": "[]\n", "/v1/companies/acme/sims": "[]\n"} {
		if status, text := d.ask(http.MethodGet, path, nil); status != http.StatusOK || text != want {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	d.apply("acme", cardsFile, 1)
	for path, body := range map[string]any{
		"messages": cabinet.Send{To: "1", Text: "x", Author: "a"}, "lines/sim:" + cardOne + "/ussd": cabinet.USSD{Text: "*100#"}, "lines/sim:" + cardOne + "/release": nil,
		"lines/sim:" + cardOne + "/restart": cabinet.Restart{Reason: "it hangs"},
	} {
		if p := d.problem(http.MethodPost, "/v1/companies/acme/"+path, body); p.Status != http.StatusServiceUnavailable {
			t.Errorf("%s: %+v", path, p)
		}
	}
}

func TestACardIsShownWithItsHistory(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	minutes := 90
	d.drain(seenIn("acme"), fmc.Fact{Company: "acme", Body: fmc.BalanceSeen{At: now, SIM: simOf("acme"), Answer: "12,50", Amount: "12.50", Minutes: &minutes}},
		fmc.Fact{Company: "acme", Body: fmc.SIMSeen{At: now.Add(time.Minute), SIM: simOf("acme"), State: "gone"}})
	status, text := d.ask(http.MethodGet, "/v1/companies/acme/sims/8970acme", nil)
	var x cabinet.SIMDetail
	if err := json.Unmarshal([]byte(text), &x); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	if x.State != "gone" || !x.Unknown || x.IMSI != "25001" || len(x.History) != 2 || x.History[1].Modem != "usb-1.2" || x.Balance.Amount != "12.50" || len(x.Balances) != 1 || x.Line != "sim:8970acme" {
		t.Errorf("%s", text)
	}
	if status, text := d.ask(http.MethodGet, "/v1/companies/acme/sims", nil); status != http.StatusOK || !strings.Contains(text, `"iccid":"8970acme"`) {
		t.Errorf("%d %s", status, text)
	}
}
