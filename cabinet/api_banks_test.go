package cabinet_test

import (
	"net/http"
	"slices"
	"testing"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

func TestACardOfABankIsMovedByItsOwnCompanyAlone(t *testing.T) {
	x := newOffice(t)
	place := func(card string, body any) request {
		return request{path: "/sims/" + card + "/place", body: body}
	}
	wish := map[string]any{"modem": "left", "reason": "the other failed", "lose_call": true}
	if w := x.send("olga", http.MethodPut, place(cardOne, wish)); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got, want := x.asked, []string{"acme|" + cardOne + "|left|olga|the other failed|true"}; !slices.Equal(got, want) {
		t.Errorf("wished %q, want %q", got, want)
	}
	entries, err := x.store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "sims.place"})
	if err != nil || len(entries) != 1 || entries[0].Who != "olga" || entries[0].Object != cardOne {
		t.Errorf("the audit: %v %+v", err, entries)
	}
	x.drain(fmc.Fact{Company: "acme", Body: fmc.CardMoved{At: now, SIM: cardOne, Bank: "cellar", Modem: "left", By: "olga", Reason: "the other failed"}})
	if all := get[[]fmc.CardMoved](x, "olga", "/sims/"+cardOne+"/moves"); len(all) != 1 || all[0].Modem != "left" || all[0].Reason != "the other failed" {
		t.Errorf("%+v", all)
	}
	x.fails = cause.Errorf(cause.Conflict, "another card is to serve left: free it first")
	for _, row := range []struct {
		who          fmc.EmployeeID
		card, method string
		body         any
		status       int
	}{
		{"olga", cardOne, http.MethodPut, wish, http.StatusConflict},
		{"olga", cardOne, http.MethodPut, map[string]any{"modem": "left", "reason": " "}, http.StatusBadRequest},
		{"olga", cardTwo, http.MethodPut, wish, http.StatusNotFound}, // in no bank, or another company's
		{"clara", cardOne, http.MethodPut, wish, http.StatusForbidden},
	} {
		if p := x.problem(row.who, row.method, place(row.card, row.body)); p.Status != row.status {
			t.Errorf("%s %s: %+v", row.who, row.card, p)
		}
	}
	if p := x.problem("olga", http.MethodGet, request{path: "/sims/" + cardTwo + "/moves"}); p.Status != http.StatusNotFound {
		t.Errorf("%+v", p)
	}
	beta, _ := x.options.Directory.Company("beta")
	if _, _, err := x.api.Banked(beta, cardOne); cause.KindOf(err) != cause.NotFound {
		t.Errorf("another company's card: %v", err)
	}
}

func TestBalancesAreToldToWhoeverMaySeeThem(t *testing.T) {
	x := newOffice(t)
	x.drain(fmc.Fact{Company: "acme", Body: fmc.SIMSeen{At: now, SIM: cardOne, State: "ready"}}, fmc.Fact{Company: "acme", Body: fmc.BalanceSeen{At: now, SIM: cardOne, Answer: "100", Amount: "100"}})
	for _, may := range []bool{true, false} {
		if !may {
			x.tokens["olga"] = x.token("olga", access.BalancesRead)
		}
		all := get[[]cabinet.SIMShown](x, "olga", "/sims")
		i := slices.IndexFunc(all, func(s cabinet.SIMShown) bool { return s.ICCID == cardOne })
		if i < 0 || (all[i].Balance != nil) != may {
			t.Errorf("may %v: %+v", may, all)
		}
		if d := get[cabinet.SIMDetail](x, "olga", "/sims/"+cardOne); (d.Balance != nil) != may || (len(d.Balances) > 0) != may || d.Balances == nil {
			t.Errorf("may %v: %+v %+v", may, d.Balance, d.Balances)
		}
	}
}
