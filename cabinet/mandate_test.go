package cabinet_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/store"
)

// mandatesFile is acme with a card whose mandate ends soon, one whose mandate ended, and one that has none.
var mandatesFile = strings.NewReplacer(
	`for: [calls, messages]}`, `for: [calls, messages], until: 2026-12-10}`,
	`number: "+79160000002"`, `number: "+79160000002"
    mandate: {owner: Acme, contract: "18", for: [calls], where: [DE], until: 2026-11-01}
  - {iccid: "8970101234567890149", number: "+79160000003", mandate: {owner: Acme, contract: "19", for: [calls], from: 2027-01-01}}
  - {iccid: "8970101234567890156", number: "+79160000004"}`,
).Replace(cardsFile)

func TestTheReportOfMandatesSaysWhatCardsWereUsedForAndBeginsWithWhatIsUrgent(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", mandatesFile, 0)
	d.drain(daily(cardOne, 0, 3, 10)...)
	d.drain(daily(cardTwo, 100, 40, 10)...) // eight of them before the time that is asked for
	d.drain(append(daily("8970101234567899999", 200, 1, 10), fmc.Fact{Company: "acme", Body: fmc.SIMSeen{At: now, SIM: "8970101234567899999", State: "gone"}})...)
	for days, network := range map[int]string{60: "310410", 50: "25099", 2: "40177", 1: ""} { // in the first it was before the time that is asked for
		d.drain(fmc.Fact{Company: "acme", Body: fmc.SIMSeen{At: now.AddDate(0, 0, -days), SIM: cardOne, State: "ready", Network: network}})
	}
	at := now.Add(-time.Hour)
	sent := fmc.MessageID("019aa000-0000-7000-8000-0000000000cc")
	for _, f := range []fmc.Fact{
		{Message: sent, Body: fmc.MessageAccepted{At: at, SIM: cardOne, To: callerid.Number{E164: "+77012345678", Country: "KZ"}, Text: "hello", Until: at.Add(time.Hour), PDUs: []string{"00"}}},
		{Message: sent, Body: fmc.MessageTried{At: at, Part: 1}},
		{Message: sent, Body: fmc.MessagePassed{At: at, Part: 1}},
		{Message: "019aa000-0000-7000-8000-0000000000aa", Body: fmc.MessageCame{At: at, SIM: cardTwo, From: "BANK", Text: "x", Key: "k"}},
	} {
		f.Company = "acme"
		d.drain(f)
	}
	r := read[cabinet.MandateReport](d, http.MethodGet, "sims/mandates?from=2026-10-22&to=2026-11-23", nil)
	if len(r.Cards) != 5 || r.From != "2026-10-22" || r.To != "2026-11-23" {
		t.Fatalf("%+v", r)
	}
	one, two, gone, begins, none := r.Cards[0], r.Cards[1], r.Cards[2], r.Cards[3], r.Cards[4]
	if one.ICCID != cardOne || one.Standing != cabinet.MandateEnds || !one.Urgent() || one.Mandate.Contract != "17" {
		t.Errorf("%+v", one)
	}
	if strings.Join(one.Countries, " ") != "DE KZ" || strings.Join(one.Beyond, " ") != "DE KZ" {
		t.Errorf("reached %v, beyond the mandate %v", one.Countries, one.Beyond)
	}
	if strings.Join(one.Networks, " ") != "KZ RU" || len(two.Networks) != 0 {
		t.Errorf("in networks of %v and %v", one.Networks, two.Networks)
	}
	if u := one.Uses; len(u) != 2 || u[0].Kind != store.CardCalled || u[0].Count != 3 || !u[0].First.Before(u[0].Last) || u[1] != (cabinet.CardUsed{Kind: store.CardSent, Count: 1, First: at.UTC(), Last: at.UTC()}) {
		t.Errorf("%+v", u)
	}
	if two.ICCID != cardTwo || two.Standing != cabinet.MandateEnded || !two.Urgent() || len(two.Uses) != 2 || two.Uses[0].Count != 32 || two.Uses[1].Kind != store.CardReceived || len(two.Beyond) != 0 {
		t.Errorf("%+v", two)
	}
	if gone.Standing != cabinet.MandateNone || !gone.Urgent() || gone.Mandate != nil || len(gone.Uses) != 1 {
		t.Errorf("a card that the document does not have: %+v", gone)
	}
	if begins.Standing != cabinet.MandateBegins || none.Standing != cabinet.MandateNone || begins.Urgent() || none.Urgent() || none.InUse {
		t.Errorf("cards that nobody uses: %+v %+v", begins, none)
	}
	entries, err := d.store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "sims/mandates"})
	if err != nil || len(entries) != 1 || entries[0].Who != "machine" {
		t.Errorf("the audit: %v %+v", err, entries)
	}
	for _, q := range []string{"?from=x", "?from=2026-11-02&to=2026-11-01", "?card=1"} {
		if p := d.problem(http.MethodGet, "/v1/companies/acme/sims/mandates"+q, nil); p.Status != http.StatusBadRequest {
			t.Errorf("%s: %+v", q, p)
		}
	}
}
