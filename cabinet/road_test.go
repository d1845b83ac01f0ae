package cabinet_test

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"roadline/cabinet"
	"roadline/cabinet/document"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
)

// wavOf is a recording of ten seconds that holds a text again and again.
func wavOf(text string) string {
	const size = 10 * 8000 * 4
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), size+36)
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x40\x1f\x00\x00\x00\x7d\x00\x00\x04\x00\x10\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, size)
	return string(b) + strings.Repeat(text, size/len(text)+1)[:size]
}

// lost has a client of a company be missed, and returns the call.
func (d *desk) lost(company fmc.CompanyID, more ...fmc.Happening) fmc.CallID {
	d.t.Helper()
	id := fmc.CallID(uuid.Must(uuid.NewV7()).String())
	leg := fmc.LegID{Call: id, N: 1}
	opened, client := fmc.Opened{Began: now.Add(-2 * time.Hour), Direction: fmc.Inbound}, fmc.LegBegan{Leg: leg, Offered: true, Role: fmc.Client}
	opened.From.E164, opened.To.E164, client.Number.E164 = "+79120000007", "+74951234567", "+79120000007"
	facts := []fmc.Fact{
		{Body: opened},
		{Body: client},
		{Body: fmc.LegBegan{Leg: fmc.LegID{Call: id, N: 2}, Role: fmc.Worker, Employee: "ivanov"}, At: time.Second},
	}
	for _, body := range more {
		facts = append(facts, fmc.Fact{At: 5 * time.Second, Body: body})
	}
	facts = append(facts, fmc.Fact{At: 9 * time.Second, Body: fmc.Closed{Cause: cause.Of(cause.Hangup), By: leg}})
	for i := range facts {
		facts[i].Company, facts[i].Call = company, id
	}
	d.drain(facts...)
	return id
}

// liveCall is a call that goes on between a client and people of the company.
func liveCall(company fmc.CompanyID, id fmc.CallID, people ...fmc.EmployeeID) call.Call {
	c := call.Call{ID: id, Company: company, Began: now, Parties: []call.Party{{Leg: fmc.LegID{Call: id, N: 1}, Role: fmc.Client, Link: fmc.Up}}}
	for i, e := range people {
		c.Parties = append(c.Parties, call.Party{Leg: fmc.LegID{Call: id, N: i + 2}, Role: fmc.Worker, Link: fmc.Up, Who: call.Who{Employee: e}})
	}
	return c
}

// read asks for something that must be there.
func read[T any](d *desk, method, path string, body any) T {
	d.t.Helper()
	var v T
	status, text := d.ask(method, "/v1/companies/acme/"+path, body)
	if err := json.Unmarshal([]byte(text), &v); err != nil || status != http.StatusOK {
		d.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	return v
}

func TestAPINThatCanBeGuessedIsRefused(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", strings.NewReplacer(`"201"`, `"2013"`, "+79161234567", "+79162580417").Replace(acmeFile), 0)
	for pin, want := range map[string]string{
		"123": "4 to 8 digits", "123456789": "4 to 8 digits", "": "4 to 8 digits", "12a4": "4 to 8 digits", "１２３４": "4 to 8 digits", "29 04": "4 to 8 digits",
		"0000": "guessed first", "99999999": "guessed first", "1234": "guessed first", "87654321": "guessed first", "7890": "guessed first", "2109": "guessed first",
		"1212": "guessed first", "258258": "guessed first", "2013": "extension", "002013": "extension", "0417": "number ends with it", "2580417": "number ends with it",
	} {
		p := d.problem(http.MethodPut, "/v1/companies/acme/employees/ivanov/pin", cabinet.PIN{PIN: pin})
		if p.Status != http.StatusBadRequest || !strings.Contains(p.Detail, want) || pin != "" && strings.Contains(p.Detail, pin) {
			t.Errorf("%q: %+v", pin, p)
		}
	}
	for _, pin := range []string{"2904", "1357", "13571357"[:7], "90210000"} {
		if is := read[cabinet.PINIs](d, http.MethodPut, "employees/ivanov/pin", cabinet.PIN{PIN: pin}); !is.Set || is.Employee != "ivanov" {
			t.Errorf("%q: %+v", pin, is)
		}
	}
	all := read[[]cabinet.PINShown](d, http.MethodGet, "pins", nil)
	if len(all) != 1 || all[0].Set == nil || all[0].Name != "Ivan" {
		t.Errorf("%+v", all)
	}
	if is := read[cabinet.PINIs](d, http.MethodDelete, "employees/ivanov/pin", nil); is.Set {
		t.Errorf("%+v", is)
	}
	if all := read[[]cabinet.PINShown](d, http.MethodGet, "pins", nil); all[0].Set != nil {
		t.Errorf("%+v", all)
	}
	if strings.Contains(d.log.String(), "90210000") {
		t.Error("the log tells a PIN")
	}
}

func TestACallThatAPersonWantsIsBegun(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	made := read[cabinet.Made](d, http.MethodPost, "calls", cabinet.Make{Employee: "ivanov", To: "8 (912) 000-00-01"})
	if made.Call == "" || made.To != "+79120000001" || len(d.calls.begun) != 1 {
		t.Fatalf("%+v", made)
	}
	if r := d.calls.begun[0]; r.Company != "acme" || r.Employee != "ivanov" || r.To.E164 != "+79120000001" || r.Direction != fmc.Outbound || r.Account != "" {
		t.Errorf("%+v", r)
	}
	if made := read[cabinet.Made](d, http.MethodPost, "calls", cabinet.Make{Employee: "ivanov"}); made.To != "" {
		t.Errorf("%+v", made)
	}
	for to, want := range map[string]string{"112": "emergency number", "+12025550100": ""} { // an emergency number, and one abroad
		if p := d.problem(http.MethodPost, "/v1/companies/acme/calls", cabinet.Make{Employee: "ivanov", To: to}); p.Status != http.StatusForbidden || !strings.Contains(p.Detail, want) || p.Detail == "" {
			t.Errorf("%s: %+v", to, p)
		}
	}
	d.calls.fails = cause.Errorf(cause.Unavailable, "the server is stopping")
	if p := d.problem(http.MethodPost, "/v1/companies/acme/calls", cabinet.Make{Employee: "ivanov", To: "+79120000001"}); p.Status != http.StatusServiceUnavailable {
		t.Errorf("%+v", p)
	}
}

func TestTheNumberThatIsSeenMayBeChosenOfThoseThatMayBeShown(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	made := read[cabinet.Made](d, http.MethodPost, "calls", cabinet.Make{Employee: "ivanov", To: "+79120000001", Show: "8 (495) 123-45-67"})
	if r := d.calls.begun[0]; made.Show != "+74951234567" || r.Show.E164 != "+74951234567" {
		t.Errorf("%+v %+v", made, r)
	}
	for show, want := range map[string]struct {
		status int
		words  string
	}{
		"+79120000001": {http.StatusForbidden, "ivanov may not show +79120000001: they may choose from +74951234567"},
		"x":            {http.StatusBadRequest, "show: write one of the company's numbers"},
	} {
		for _, to := range []string{"+79120000002", ""} { // also where the person keys whom they want
			if p := d.problem(http.MethodPost, "/v1/companies/acme/calls", cabinet.Make{Employee: "ivanov", To: to, Show: show}); p.Status != want.status || !strings.Contains(p.Detail, want.words) {
				t.Errorf("%s to %q: %+v", show, to, p)
			}
		}
	}
	if len(d.calls.begun) != 1 {
		t.Errorf("%d calls began", len(d.calls.begun))
	}
}

func TestAWishIsToldToTheCallAsThePersons(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	d.calls.live = []call.Call{liveCall("acme", "one", "ivanov"), liveCall("acme", "two", "ivanov", "petrov"), liveCall("acme", "none")}
	leg := func(of fmc.CallID, n int) fmc.LegID { return fmc.LegID{Call: of, N: n} }
	for _, row := range []struct {
		of   fmc.CallID
		wish cabinet.Wish
		want call.Wish
	}{
		{"one", cabinet.Wish{Kind: "hold"}, call.Wish{Kind: call.WishHold, Leg: leg("one", 2)}},
		{"one", cabinet.Wish{Kind: "hang-up"}, call.Wish{Kind: call.WishHangUp}},
		{"one", cabinet.Wish{Kind: "pause", Why: "card number"}, call.Wish{Kind: call.WishPause, Leg: leg("one", 2), Why: "card number"}},
		{"two", cabinet.Wish{Kind: "transfer", Digits: "205", Employee: "petrov"}, call.Wish{Kind: call.WishTransfer, Leg: leg("two", 3), Digits: "205"}},
		{"two", cabinet.Wish{Kind: "consult", Digits: "+79120000001", Leg: leg("two", 2)}, call.Wish{Kind: call.WishConsult, Leg: leg("two", 2), Digits: "+79120000001"}},
		{"two", cabinet.Wish{Kind: "drop", Employee: "ivanov"}, call.Wish{Kind: call.WishDropLast, Leg: leg("two", 2)}},
		{"one", cabinet.Wish{Kind: "park", Digits: "7"}, call.Wish{Kind: call.WishPark, Leg: leg("one", 2), Digits: "7"}},
	} {
		d.calls.wished = nil
		done := read[cabinet.Wished](d, http.MethodPost, "calls/"+string(row.of)+"/wishes", row.wish)
		if len(d.calls.wished) != 1 || d.calls.wished[0] != row.want || done.Leg != row.want.Leg {
			t.Errorf("%+v: %+v", row.wish, d.calls.wished)
		}
	}
	d.calls.wished = nil
	for _, row := range []struct {
		of     fmc.CallID
		wish   any
		status int
		want   string
	}{
		{"one", cabinet.Wish{Kind: "dance"}, 400, "write one of complete, consult"},
		{"one", cabinet.Wish{Kind: "transfer"}, 400, "digits: write whom"},
		{"one", cabinet.Wish{Kind: "consult", Digits: "20 5"}, 400, "without blanks"},
		{"one", cabinet.Wish{Kind: "hold", Digits: "205"}, 400, "hold takes none"},
		{"one", cabinet.Wish{Kind: "pause", Why: "a\nb"}, 400, "on"},
		{"one", cabinet.Wish{Kind: "pause", Why: strings.Repeat("x", 201)}, 400, "at most 200 bytes"},
		{"one", cabinet.Wish{Kind: "hold", Employee: "petrov"}, 404, "petrov is not in call one now"},
		{"one", cabinet.Wish{Kind: "hold", Leg: leg("one", 1)}, 404, "leg one/1 is not in call one now"},
		{"two", cabinet.Wish{Kind: "hold"}, 400, "ivanov and petrov are in the call"},
		{"none", cabinet.Wish{Kind: "hold"}, 404, "nobody of the company is in call none now"},
		{"over", cabinet.Wish{Kind: "hold"}, 404, "does not go on now"},
		{"one", `{"kind": "hold", "key": "*"}`, 400, "unknown field"},
		{"one", `{"kind": "hold", "leg": "x"}`, 400, "JSON"},
	} {
		p := d.problem(http.MethodPost, "/v1/companies/acme/calls/"+string(row.of)+"/wishes", row.wish)
		if p.Status != row.status || !strings.Contains(p.Detail, row.want) {
			t.Errorf("%+v: %+v", row.wish, p)
		}
	}
	if len(d.calls.wished) > 0 {
		t.Errorf("%+v", d.calls.wished)
	}
}

func TestAMessageIsListedHeardAndMarked(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	d.keep("acme/x.wav", wavOf("sound"))
	kept := fmc.Kept{File: "acme/x.wav", Opened: time.Second, Length: 10 * time.Second}
	id := d.lost("acme", fmc.Mailed{Employee: "ivanov", From: 2 * time.Second}, fmc.Mailed{Group: "sales", From: 4 * time.Second})
	path := "voicemail/" + string(id) + "/0/"
	if p := d.problem(http.MethodGet, "/v1/companies/acme/"+path+"sound", nil); p.Status != http.StatusNotFound || !strings.Contains(p.Detail, "has no recording") {
		t.Errorf("%+v", p)
	}
	d.drain(fmc.Fact{Company: "acme", Call: id, Body: kept})
	all := read[cabinet.VoicemailsShown](d, http.MethodGet, "voicemail?employee=ivanov&new=true", nil).Messages
	if len(all) != 1 || all[0].Call != id || all[0].Client != "+79120000007" || all[0].Length != 3 || all[0].Heard != nil {
		t.Fatalf("%+v", all)
	}
	status, wav := d.ask(http.MethodGet, "/v1/companies/acme/"+path+"sound", nil)
	if status != http.StatusOK || len(wav) != 44+3*16000 || !strings.HasPrefix(wav, "RIFF") {
		t.Errorf("%d, %d bytes", status, len(wav))
	}
	if all := read[cabinet.VoicemailsShown](d, http.MethodGet, "voicemail?new=true", nil).Messages; len(all) != 2 {
		t.Errorf("to listen in the cabinet does not mark: %+v", all)
	}
	if m := read[cabinet.VoicemailShown](d, http.MethodPost, path+"heard", cabinet.Heard{By: "petrov"}); m.HeardBy != "petrov" || m.Heard == nil {
		t.Errorf("%+v", m)
	}
	if len(d.told) != 1 || d.told[0] != "acme|message/"+string(id)+"/2000" {
		t.Errorf("the node goes on telling it as new: %v", d.told)
	}
	if p := d.problem(http.MethodPost, "/v1/companies/acme/"+path+"heard", cabinet.Heard{}); p.Status != http.StatusBadRequest || !strings.Contains(p.Detail, "who heard it") {
		t.Errorf("%+v", p)
	}
	page := read[cabinet.VoicemailsShown](d, http.MethodGet, "voicemail?limit=1", nil)
	if rest := read[cabinet.VoicemailsShown](d, http.MethodGet, "voicemail?limit=1&after="+page.Next, nil); len(rest.Messages) != 1 || rest.Next != "" || rest.Messages[0].N == page.Messages[0].N {
		t.Errorf("%+v %+v", page, rest)
	}
}

func TestAlertsAreListedAndPaged(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	id := d.lost("acme", fmc.Alerted{Alert: fmc.Alert{Kind: "cap", Employee: "ivanov", Text: "the day's calls are used up"}}, fmc.Alerted{Alert: fmc.Alert{Kind: "pin_wrong", About: "+79120000007", Text: "x", Person: true}})
	page := read[cabinet.AlertsShown](d, http.MethodGet, "alerts?limit=1", nil)
	if len(page.Alerts) != 1 || page.Alerts[0].N != 1 || page.Alerts[0].Call != id || !page.Alerts[0].Told || page.Alerts[0].About != "+79120000007" {
		t.Fatalf("%+v", page)
	}
	rest := read[cabinet.AlertsShown](d, http.MethodGet, "alerts?limit=1&after="+page.Next, nil)
	if len(rest.Alerts) != 1 || rest.Next != "" || rest.Alerts[0].Text != "the day's calls are used up" {
		t.Errorf("%+v", rest)
	}
	if none := read[cabinet.AlertsShown](d, http.MethodGet, "alerts?kind=cap&employee=petrov", nil); len(none.Alerts) != 0 {
		t.Errorf("%+v", none)
	}
}

func TestATaskIsListedTakenAndClosed(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	id := d.lost("acme")
	all := read[cabinet.MissedPage](d, http.MethodGet, "missed?state=open&client=%2B79120000007", nil).Tasks
	if len(all) != 1 || all[0].ID != id || !all[0].Late || all[0].Due.Sub(all[0].First) != time.Hour || len(all[0].Calls) != 1 {
		t.Fatalf("%+v", all)
	}
	if m := read[cabinet.MissedShown](d, http.MethodPost, "missed/"+string(id)+"/take", cabinet.TakeMissed{Owner: "ivanov"}); m.Owner != "ivanov" || m.State != "open" {
		t.Errorf("%+v", m)
	}
	if p := d.problem(http.MethodPost, "/v1/companies/acme/missed/"+string(id)+"/take", cabinet.TakeMissed{Owner: "nobody"}); p.Status != http.StatusNotFound || !strings.Contains(p.Detail, `"nobody"`) {
		t.Errorf("%+v", p)
	}
	if m := read[cabinet.MissedShown](d, http.MethodPost, "missed/"+string(id)+"/close", cabinet.CloseMissed{By: "ivanov", Why: "spam"}); m.State != "closed" || m.Late || m.EndedBy != "ivanov" || m.Why != "spam" {
		t.Errorf("%+v", m)
	}
	if p := d.problem(http.MethodPost, "/v1/companies/acme/missed/"+string(id)+"/close", cabinet.CloseMissed{By: "petrov", Why: "spam"}); p.Status != http.StatusConflict || !strings.Contains(p.Detail, "closed already, by ivanov") {
		t.Errorf("%+v", p)
	}
	d.lost("acme")
	page := read[cabinet.MissedPage](d, http.MethodGet, "missed?limit=1", nil)
	if rest := read[cabinet.MissedPage](d, http.MethodGet, "missed?limit=1&after="+page.Next, nil); len(rest.Tasks) != 1 || rest.Next != "" || rest.Tasks[0].ID != id {
		t.Errorf("%+v %+v", page, rest)
	}
}

func TestACallOfAPersonAloneIsShownToThemAlone(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	id := fmc.CallID(uuid.Must(uuid.NewV7()).String())
	d.drain(
		fmc.Fact{Company: "acme", Call: id, Body: fmc.Opened{Began: now, Direction: fmc.Outbound, Employee: "ivanov", Private: true}},
		fmc.Fact{Company: "acme", Call: id, At: time.Second, Body: fmc.Closed{Cause: cause.Of(cause.Hangup)}})
	private := liveCall("acme", "private", "ivanov")
	private.Request.Private, private.Request.Employee = true, "ivanov"
	d.calls.live = []call.Call{private, liveCall("acme", "open", "ivanov")}
	for query, want := range map[string]int{"": 0, "?employee=ivanov": 0, "?private=ivanov": 1, "?private=petrov": 0} {
		if got := read[cabinet.CallsShown](d, http.MethodGet, "calls"+query, nil).Calls; len(got) != want {
			t.Errorf("calls%s: %+v", query, got)
		}
	}
	for query, want := range map[string]string{"": "open", "?private=ivanov": "private", "?private=petrov": ""} {
		got := read[[]cabinet.LiveShown](d, http.MethodGet, "calls/live"+query, nil)
		if len(got) > 1 || len(got) == 0 && want != "" || len(got) == 1 && string(got[0].ID) != want {
			t.Errorf("live%s: %+v", query, got)
		}
	}
	for _, path := range []string{"", "/again", "/recording", "/minutes"} {
		for _, query := range []string{"", "?private=", "?private=petrov"} {
			if p := d.problem(http.MethodGet, "/v1/companies/acme/calls/"+string(id)+path+query, nil); p.Status != http.StatusNotFound {
				t.Errorf("%s%s: %+v", path, query, p)
			}
		}
	}
	if x := read[cabinet.CallShown](d, http.MethodGet, "calls/"+string(id)+"?private=ivanov", nil); x.Record.ID != id {
		t.Errorf("%+v", x)
	}
}

func TestNobodyElseWishesInACallOfAPersonAlone(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	private := liveCall("acme", "private", "ivanov")
	private.Request.Private = true
	d.calls.live = []call.Call{private}
	leg := fmc.LegID{Call: "private", N: 2}
	for _, w := range []cabinet.Wish{{Kind: "hang-up"}, {Kind: "hold"}, {Kind: "hold", Leg: leg}, {Kind: "hold", Employee: "petrov"}, {Kind: "hold", Leg: leg, Employee: "petrov"}} {
		if p := d.problem(http.MethodPost, "/v1/companies/acme/calls/private/wishes", w); p.Status != http.StatusNotFound || !strings.Contains(p.Detail, "does not go on now") {
			t.Errorf("%+v: %+v", w, p)
		}
	}
	if len(d.calls.wished) > 0 {
		t.Errorf("%+v", d.calls.wished)
	}
	if done := read[cabinet.Wished](d, http.MethodPost, "calls/private/wishes", cabinet.Wish{Kind: "hold", Employee: "ivanov"}); done.Leg != leg {
		t.Errorf("%+v", done)
	}
}

func TestAPlaceInAListThatNobodyGaveIsRefused(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	for _, list := range []string{"alerts", "voicemail"} {
		if p := d.problem(http.MethodGet, "/v1/companies/acme/"+list+"?after=2026-11-28T10:00:00Z,one,9999999999", nil); p.Status != http.StatusBadRequest {
			t.Errorf("%s: %+v", list, p)
		}
	}
}

func TestACallThroughIsDecidedAgainByWhatWasKnownOfThePersonThen(t *testing.T) {
	d := newDesk(t)
	through := strings.Replace(acmeFile, "employees:", `  - {e164: "+74951234568", trunk: carrier-a, access: call-through}
employees:`, 1)
	d.apply("acme", through, 0)
	c, err := configs.ReadCompany("x", []byte(through))
	if err != nil {
		t.Fatal(err)
	}
	id := d.supposed(c, call.Supposed{From: "+79161234567", To: "+74951234568", Keys: "89120000001", Answers: []string{"outside"}})
	x := read[document.Again](d, http.MethodGet, "calls/"+string(id)+"/again", nil)
	var words strings.Builder
	for _, p := range x.Plans {
		words.WriteString(strings.Join(append(p.Stored, p.Differences...), "\n") + "\n")
	}
	if !x.Same || len(x.Plans) < 2 || !strings.Contains(words.String(), "ivanov called outside 0 times today") {
		t.Errorf("same %v, %d plans\n%s", x.Same, len(x.Plans), words.String())
	}
}
