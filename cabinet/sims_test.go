package cabinet_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"roadline/cabinet"
	"roadline/cabinet/document"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// cardsFile is acme with two cards.
const (
	cardOne   = "8970101234567890123"
	cardTwo   = "8970101234567890131"
	cardsFile = acmeFile + `sims:
  # in the cellar
  - {iccid: "` + cardOne + `", number: "+79160000001", operator: blue, person: ivanov, mandate: {owner: Acme, contract: "17", for: [calls, messages]}}
  - iccid: "` + cardTwo + `"   # spare
    number: "+79160000002"
`
)

// bind asks for a number to be carried by a card, and returns what that came to.
func (d *desk) bind(card string, b cabinet.Rebind) (document.Applied, string) {
	d.t.Helper()
	status, text := d.ask(http.MethodPut, "/v1/companies/acme/sims/"+card+"/number", b)
	var done document.Applied
	if status == http.StatusOK {
		if err := json.Unmarshal([]byte(text), &done); err != nil {
			d.t.Fatal(err)
		}
		return done, ""
	}
	var p cabinet.Problem
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		d.t.Fatal(err)
	}
	return done, p.Type + " " + p.Detail
}

func (d *desk) documentOf(company string) string {
	d.t.Helper()
	_, text := d.ask(http.MethodGet, "/v1/companies/"+company+"/document", nil)
	var v document.VersionShown
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		d.t.Fatal(err)
	}
	return v.Document
}

func TestANumberMovesToACardAndBack(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", cardsFile, 0)
	done, no := d.bind(cardTwo, cabinet.Rebind{Number: "8 495 123-45-67", Author: "a", Reason: "ported"})
	if no != "" || done.Generation != 2 || !done.InForce || len(done.Changes) == 0 {
		t.Fatalf("%+v %s", done, no)
	}
	moved := strings.NewReplacer(`trunk: carrier-a`, `sim: "`+cardTwo+`"`, `"+79160000002"`, `"+74951234567"`).Replace(cardsFile)
	if got := d.documentOf("acme"); got != moved {
		t.Fatalf("%s", got)
	}
	_, text := d.ask(http.MethodGet, "/v1/companies/acme/sims/"+cardTwo, nil)
	var x cabinet.SIMDetail
	if err := json.Unmarshal([]byte(text), &x); err != nil || len(x.Bound) != 1 || x.Bound[0] != "+74951234567" || x.State != "never seen" || x.Mandate != nil {
		t.Errorf("%v %s", err, text)
	}
	if _, no := d.bind(cardOne, cabinet.Rebind{Number: "+74951234567", Trunk: "carrier-a", Author: "a", Reason: "r"}); !strings.HasPrefix(no, "urn:roadline:conflict") {
		t.Errorf("released from a card that does not carry it: %s", no)
	}
	if _, no := d.bind(cardTwo, cabinet.Rebind{Number: "+74951234567", Trunk: "carrier-a", Author: "a", Reason: "r"}); !strings.Contains(no, "say which number it has from now on") {
		t.Errorf("%s", no)
	}
	done, no = d.bind(cardTwo, cabinet.Rebind{Number: "+74951234567", Trunk: "carrier-a", Spare: "+79160000002", Base: 2, Author: "a", Reason: "back"})
	if got := d.documentOf("acme"); no != "" || done.Generation != 3 || got != cardsFile {
		t.Fatalf("%+v %s\n%s", done, no, got)
	}
}

func TestANumberThatMayNotMoveStays(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", cardsFile, 0)
	right := cabinet.Rebind{Number: "+74951234567", Author: "a", Reason: "r"}
	for name, row := range map[string]struct {
		card   string
		change func(*cabinet.Rebind)
		want   string
	}{
		"by a stale base":     {cardTwo, func(b *cabinet.Rebind) { b.Base = 7 }, "urn:roadline:conflict company"},
		"without a reason":    {cardTwo, func(b *cabinet.Rebind) { b.Reason = "" }, "urn:roadline:invalid reason is missing"},
		"without an author":   {cardTwo, func(b *cabinet.Rebind) { b.Author = "" }, "urn:roadline:invalid author is missing"},
		"to another's card":   {"8970101234567890149", func(*cabinet.Rebind) {}, "urn:roadline:not-found SIM"},
		"if it is another's":  {cardTwo, func(b *cabinet.Rebind) { b.Number = "+74952222222" }, "urn:roadline:not-found number"},
		"if nobody granted":   {cardTwo, func(*cabinet.Rebind) { d.granted = cause.Errorf(cause.Denied, "not granted") }, "urn:roadline:denied"},
		"if it is no number":  {cardTwo, func(b *cabinet.Rebind) { b.Number = "x" }, "urn:roadline:not-found number x"},
		"to a trunk, from it": {cardTwo, func(b *cabinet.Rebind) { b.Trunk = "carrier-a" }, "urn:roadline:conflict number"},
	} {
		b := right
		row.change(&b)
		if _, no := d.bind(row.card, b); !strings.HasPrefix(no, strings.TrimSuffix(row.want, " company")) {
			t.Errorf("%s: %s, want %s", name, no, row.want)
		}
		d.granted = nil
	}
	b := right
	b.DryRun = true
	if done, no := d.bind(cardTwo, b); no != "" || done.Generation != 1 || len(done.Changes) == 0 {
		t.Errorf("%+v %s", done, no)
	}
	if got := d.documentOf("acme"); got != cardsFile {
		t.Errorf("%s", got)
	}
}

func TestWhoMovesANumberDoesNotOverrideTheCompanysTests(t *testing.T) {
	x := newOffice(t)
	move := func(who fmc.EmployeeID, override string) (int, string) {
		w := x.send(who, http.MethodPut, request{path: "/sims/" + cardTwo + "/number", body: map[string]any{"number": "+74951234567", "reason": "ported", "override": override}})
		return w.Code, w.Body.String()
	}
	if status, text := move("olga", "it is urgent"); status != http.StatusForbidden || !strings.Contains(text, "document.override") {
		t.Errorf("an operator: %d %s", status, text)
	}
	if got := x.documentOf("acme"); got != crewFile {
		t.Errorf("%s", got)
	}
	if status, text := move("olga", ""); status != http.StatusOK || x.documentOf("acme") == crewFile {
		t.Errorf("without an override: %d %s", status, text)
	}
	x.apply("acme", strings.Replace(crewFile, "roles: [operator]", "roles: [operator, administrator]", 1), 2)
	x.tokens["olga"] = x.token("olga")
	if status, text := move("olga", "it is urgent"); status != http.StatusOK {
		t.Errorf("who may override: %d %s", status, text)
	}
}

func TestCardsOfTheDocumentAreListedThoughNeverSeen(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", cardsFile, 0)
	d.drain(seenIn("acme"))
	_, text := d.ask(http.MethodGet, "/v1/companies/acme/sims", nil)
	var all []cabinet.SIMShown
	if err := json.Unmarshal([]byte(text), &all); err != nil || len(all) != 3 {
		t.Fatalf("%v %s", err, text)
	}
	if one := all[0]; one.ICCID != cardOne || one.State != "never seen" || one.Owner != "Acme" || one.Person != "ivanov" || one.Number != "+79160000001" || one.Unknown {
		t.Errorf("%+v", one)
	}
	if gone := all[2]; gone.ICCID != simOf("acme") || !gone.Unknown || gone.State != "ready" {
		t.Errorf("%+v", gone)
	}
	_, text = d.ask(http.MethodGet, "/v1/companies/acme/lines", nil)
	if !strings.Contains(text, `"id":"sim:`+cardOne+`"`) || !strings.Contains(text, "the card is in no modem of this node") {
		t.Error(text)
	}
}
