package cabinet_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/document"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/store"
)

// bodies are what routes that read one are sent, as right as can be.
var bodies = map[string]any{
	"PUT /v1/companies/{company}/document":                    document.Apply{Document: acmeFile, Base: 1, Author: "a", Reason: "r"},
	"POST /v1/companies/{company}/explain":                    document.Question{From: "+79120000001"},
	"PUT /v1/companies/{company}/accounts/{account}/password": cabinet.Password{Password: "correct horse"},
	"POST /v1/companies/{company}/lines/{line}/ussd":          cabinet.USSD{Text: "*100#"},
	"POST /v1/companies/{company}/messages":                   cabinet.Send{To: "+79120000001", Text: "hello", Author: "a"},
	"POST /v1/companies/{company}/calls":                      cabinet.Make{Employee: "ivanov", To: "+79120000001"},
	"POST /v1/companies/{company}/calls/{call}/wishes":        cabinet.Wish{Kind: "hold"},

	"POST /v1/companies/{company}/calls/{call}/recording/{change}": cabinet.Settle{By: "a", Why: "b"},

	"POST /v1/companies/{company}/voicemail/{call}/{n}/heard":   cabinet.Heard{By: "ivanov"},
	"POST /v1/companies/{company}/missed/{task}/take":           cabinet.TakeMissed{Owner: "ivanov"},
	"POST /v1/companies/{company}/missed/{task}/close":          cabinet.CloseMissed{By: "a", Why: "b"},
	"PUT /v1/companies/{company}/employees/{employee}/pin":      cabinet.PIN{PIN: "2904"},
	"PUT /v1/companies/{company}/employees/{employee}/login":    cabinet.Password{Password: "correct horse"},
	"POST /v1/companies/{company}/employees/{employee}/mode":    cabinet.Mode{Mode: "dnd"},
	"PUT /v1/companies/{company}/prompts/{prompt}/sound":        "RIFF",
	"POST /v1/companies/{company}/lines/{line}/restart":         cabinet.Restart{Reason: "it hangs"},
	"POST /v1/companies/{company}/lines/shadow":                 cabinet.ShadowAsked{By: "a"},
	"PUT /v1/companies/{company}/sims/{iccid}/forwarding":       cabinet.Forward{Busy: "+74951234567", Author: "a", Reason: "r"},
	"POST /v1/companies/{company}/sims/{iccid}/forwarding/look": cabinet.Look{By: "a"},
	"PUT /v1/companies/{company}/sims/{iccid}/place":            cabinet.CardPlace{Modem: "left", Author: "a", Reason: "r"},
	"PUT /v1/companies/{company}/sims/{iccid}/number":           cabinet.Rebind{Number: "+74951234567", Trunk: "carrier-a", Author: "a", Reason: "r"},

	"POST /v1/companies/{company}/programs/{program}/secret": map[string]string{"author": "a"},
}

// ofNobody are the routes that name no company.
var ofNobody = map[string]bool{"GET /v1/state": true, "GET /v1/companies": true, "GET /v1/modems": true, "GET /v1/cards": true, "POST /v1/cards/{iccid}/unlock": true, "GET /v1/health": true, "GET /v1/doctor": true, "GET /v1/quarantine": true, "POST /v1/quarantine/retry": true, "POST /v1/quarantine/{n}/dismiss": true, "GET /v1/banks": true, "GET /v1/gateways": true}

// withMore are the routes whose own side needs more than acme has: cards (see sims_test.go), programs and what they were told.
var withMore = map[string]bool{
	"PUT /v1/companies/{company}/sims/{iccid}/forwarding": true, "POST /v1/companies/{company}/sims/{iccid}/forwarding/look": true,
	"PUT /v1/companies/{company}/sims/{iccid}/number": true, "POST /v1/companies/{company}/programs/{program}/secret": true,
	"POST /v1/companies/{company}/deliveries/{n}/again": true,
}

// TestAnothersIDsAreAsUnknownAsThoseThatNeverWere walks every route.
func TestAnothersIDsAreAsUnknownAsThoseThatNeverWere(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	d.apply("beta", betaFile, 0)
	mine := d.happened(acmeFile, fmc.Kept{File: "acme/x.wav"})
	theirs := d.happened(betaFile, fmc.Kept{File: "beta/x.wav"})
	d.keep("acme/x.wav", wavOf("acme's  "))
	d.keep("beta/x.wav", wavOf("beta's  "))
	lost := map[fmc.CompanyID]fmc.CallID{"acme": d.lost("acme"), "beta": d.lost("beta")}
	for id, of := range map[fmc.CompanyID]fmc.CallID{"acme": mine, "beta": theirs} {
		d.drain(messageTo(id, fmc.MessageID(id)+"-message"), seenIn(id))
		d.drain(fmc.Fact{Company: id, Call: of, At: 2 * time.Second, Body: fmc.Mailed{Employee: "ivanov", From: time.Second}})
		d.calls.live = append(d.calls.live, liveCall(id, of, "ivanov"))
	}
	for _, pattern := range cabinet.Patterns() {
		if ofNobody[pattern] {
			continue
		}
		method, path, _ := strings.Cut(pattern, " ")
		fill := func(company string, id fmc.CallID, account string) string {
			of := fmc.CompanyID("acme")
			switch { // whose things beside the call and the account
			case id == theirs:
				of = "beta"
			case id != mine:
				of = fmc.CompanyID(id)
			}
			return strings.NewReplacer("{company}", company, "{call}", string(id), "{account}", account, "{iccid}", string(simOf(of)), "{line}", string(simOf(of).Line()),
				"{message}", string(of)+"-message", "{n}", "0", "{task}", cmp.Or(string(lost[of]), string(id)), "{employee}", strings.TrimSuffix(account, "-desk"), "{change}", "hold",
				"{prompt}", "closed").Replace(path)
		}
		if status, text := d.ask(method, fill("acme", mine, "ivanov-desk"), bodies[pattern]); status != http.StatusOK && !withMore[pattern] {
			t.Errorf("%s for its own: %d %s", pattern, status, text)
		}
		var strangers []string
		if strings.Count(path, "{") > 1 && !strings.Contains(path, "{prompt}") { // a prompt's name is no id: each company may have it
			strangers = append(strangers, fill("acme", theirs, "orlov-desk"), fill("acme", "019aa000-0000-7000-8000-000000000001", "nobody"), fill("acme", "%00", "%ff"))
		}
		for _, company := range []string{"nobody", "%00", "%ff", "..%2fbeta", "beta%27--", strings.Repeat("x", 300)} {
			strangers = append(strangers, fill(company, mine, "ivanov-desk"))
		}
		for _, path := range strangers {
			body := bodies[pattern]
			if a, ok := body.(document.Apply); ok { // of another company, whatever it says: not that company's
				a.Document = betaFile
				body = a
			}
			status, text := d.ask(method, path, body)
			apply := strings.HasPrefix(pattern, "PUT") && strings.HasSuffix(pattern, "document") && status == http.StatusBadRequest
			if status != http.StatusNotFound && !apply && !(strings.HasSuffix(pattern, "/calls") && strings.TrimSpace(text) == `{"calls":[]}`) {
				t.Errorf("%s %s: %d %s", method, path, status, text)
			}
			if strings.Contains(text, "beta's") || strings.Contains(text, "Orlov") {
				t.Errorf("%s shows %s", path, text)
			}
		}
	}
	if v, err := d.store.For("beta").Version(t.Context(), 0); err != nil || v.Document != betaFile {
		t.Error("another's document was changed", err)
	}
	if a, err := d.store.For("beta").Accounts(t.Context()); err != nil || a[0].SecretAt != nil {
		t.Error("another's password was changed", err)
	}
	if m, err := d.store.For("beta").Missed(t.Context(), store.MissedFilter{}); err != nil || m[0].State != store.MissedOpen || m[0].Owner == "ivanov" {
		t.Error("another's task was changed", err)
	}
	if len(d.calls.wished) != 1 || len(d.calls.begun) != 1 {
		t.Errorf("%+v, %+v", d.calls.wished, d.calls.begun)
	}
}

func TestEveryKindOfErrorHasAStatusAndASentence(t *testing.T) {
	d := newDesk(t)
	statuses := map[cause.Kind]int{
		cause.Invalid: 400, cause.NotFound: 404, cause.Denied: 403, cause.Conflict: 409, cause.NoRoom: 429, cause.Unavailable: 503, cause.Unsupported: 501, 0: 500,
	}
	var result error
	d.api.Answer("GET /v1/test", func() (any, error) { return nil, result })
	for kind := cause.Kind(0); kind <= cause.Unsupported; kind++ {
		result = errors.New("a secret of the house")
		if kind != 0 {
			result = cause.Errorf(kind, "the thing is so")
		}
		p := d.problem(http.MethodGet, "/v1/test", nil)
		if p.Status != statuses[kind] || cause.KindOf(p.Err()) != kind || kind != 0 && p.Err().Error() != "the thing is so" {
			t.Errorf("%v: %+v", kind, p)
		}
		if strings.Contains(p.Detail+p.Title, "secret") {
			t.Errorf("our own mistake is told outside: %+v", p)
		}
	}
	if !strings.Contains(d.log.String(), "a secret of the house") {
		t.Error("our own mistake is not in the log")
	}
}

func TestAPanicIsAnAnswerAndALine(t *testing.T) {
	d := newDesk(t)
	d.api.Answer("GET /v1/test", func() (any, error) { panic("ouch") })
	if p := d.problem(http.MethodGet, "/v1/test", nil); p.Status != http.StatusInternalServerError || strings.Contains(p.Detail, "ouch") {
		t.Errorf("%+v", p)
	}
	if !strings.Contains(d.log.String(), "request panicked") || !strings.Contains(d.log.String(), "ouch") {
		t.Error(d.log.String())
	}
}

func TestWhatIsNotKnownIsRefused(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	for _, row := range []struct {
		method, path string
		body         any
		status       int
		want         string
	}{
		{"GET", "/", nil, 404, "nothing is at GET /"},
		{"GET", "/v1/company", nil, 404, "nothing is at"},
		{"POST", "/v1/state", nil, 405, ""},
		{"DELETE", "/v1/companies/acme/document", nil, 405, ""},
		{"GET", "/v1/state?x=1", nil, 400, `parameter "x" is not known`},
		{"GET", "/v1/companies?x=1", nil, 400, `parameter "x"`},
		{"GET", "/v1/companies/acme/versions?x=1", nil, 400, `parameter "x"`},
		{"GET", "/v1/companies/acme/calls?client=%zz", nil, 400, "the parameters"},
		{"GET", "/v1/companies/acme/calls?state=missed", nil, 400, "known here: from, to, client"},
		{"GET", "/v1/companies/acme/calls?merged=perhaps", nil, 400, "write true or false"},
		{"GET", "/v1/companies/acme/document?generation=0", nil, 400, "write a whole number from 1"},
		{"GET", "/v1/companies/acme/document?generation=9", nil, 404, ""},
		{"POST", "/v1/companies/acme/explain", `{"form": "+7"}`, 400, `unknown field "form"`},
		{"POST", "/v1/companies/acme/explain", `{} {}`, 400, "more follows"},
		{"POST", "/v1/companies/acme/explain", ``, 400, "the request's JSON"},
		{"POST", "/v1/companies/acme/explain", `{"at": "someday"}`, 400, "someday"},
		{"PUT", "/v1/companies/acme/document", `{"document": "` + strings.Repeat("x", 9<<20) + `"}`, 400, "larger than"},
		{"PUT", "/v1/companies/acme/document", document.Apply{Document: betaFile, Author: "a", Reason: "r"}, 400, `it is of company "beta", not of "acme"`},
		{"PUT", "/v1/companies/acme/document", document.Apply{Document: acmeFile, Reason: "r"}, 400, "author is missing"},
		{"PUT", "/v1/companies/acme/document", document.Apply{Document: acmeFile, Author: "a", Reason: " "}, 400, "reason is missing"},
		{"PUT", "/v1/companies/acme/document", document.Apply{Document: acmeFile, Author: "a", Reason: strings.Repeat("r", 3000)}, 400, "too many"},
		{"PUT", "/v1/companies/acme/document", document.Apply{Document: acmeFile, Author: "a", Reason: "r", Override: strings.Repeat("r", 3000)}, 400, "too many"},
		{"PUT", "/v1/companies/acme/document", document.Apply{Document: acmeFile, Author: "a", Reason: "r", Base: -1}, 400, "base -1"},
		{"PUT", "/v1/companies/acme/document", document.Apply{Document: acmeFile, Author: "a\x1b[2J", Reason: "r"}, 400, "author: write one line"},
		{"PUT", "/v1/companies/acme/document?dry_run=true", document.Apply{Document: acmeFile, Author: "a", Reason: "r"}, 400, "there are none here"},
		{"PUT", "/v1/companies/acme/accounts/ivanov-desk/password", cabinet.Password{Password: "short"}, 400, "write 10 to 128 bytes"},
		{"PUT", "/v1/companies/acme/accounts/ivanov-desk/password", cabinet.Password{Password: "with\ncontrol"}, 400, "control characters"},
		{"PUT", "/v1/companies/acme/accounts/ivanov-desk/password", `{"password": "correct horse", "name": "x"}`, 400, "unknown field"},
		{"GET", "/v1/companies/acme/pins?x=1", nil, 400, "there are none here"},
		{"DELETE", "/v1/companies/acme/employees/ivanov/pin?x=1", nil, 400, "there are none here"},
		{"DELETE", "/v1/companies/acme/employees/ivanov/pin", nil, 404, ""},
		{"PUT", "/v1/companies/acme/employees/ivanov/pin", `{"PIN": "2904", "x": 1}`, 400, "unknown field"},
		{"POST", "/v1/companies/acme/calls", cabinet.Make{To: "112"}, 400, "who is to be called first"},
		{"POST", "/v1/companies/acme/calls", cabinet.Make{Employee: "nobody"}, 404, `no person "nobody"`},
		{"POST", "/v1/companies/acme/calls", cabinet.Make{Employee: "ivanov", To: "sip:x@y"}, 400, "write a number"},
		{"POST", "/v1/companies/acme/calls", cabinet.Make{Employee: "ivanov", To: "-"}, 400, "write a number"},
		{"POST", "/v1/companies/acme/calls", cabinet.Make{Employee: "ivanov", To: strings.Repeat("1", 41)}, 400, "write a number"},
		{"POST", "/v1/companies/acme/calls", cabinet.Make{Employee: "ivanov", To: "112"}, 403, ""},
		{"GET", "/v1/companies/acme/alerts?state=x", nil, 400, "known here: from, to, kind"},
		{"GET", "/v1/companies/acme/alerts?from=someday", nil, 400, "from: moment"},
		{"GET", "/v1/companies/acme/alerts?limit=0", nil, 400, "from 1 to 500"},
		{"GET", "/v1/companies/acme/alerts?after=2026-11-23T07:00:00Z,x", nil, 400, "of the page before"},
		{"GET", "/v1/companies/acme/alerts?after=x", nil, 400, "of the page before"},
		{"GET", "/v1/companies/acme/voicemail?new=perhaps", nil, 400, "write true or false"},
		{"GET", "/v1/companies/acme/voicemail?after=2026-11-23T07:00:00Z,x,y", nil, 400, "of the page before"},
		{"GET", "/v1/companies/acme/voicemail?to=someday", nil, 400, "to: moment"},
		{"GET", "/v1/companies/acme/voicemail?limit=501", nil, 400, "from 1 to 500"},
		{"GET", "/v1/companies/acme/voicemail?x=1", nil, 400, `parameter "x"`},
		{"GET", "/v1/companies/acme/voicemail/x/first/sound", nil, 404, "no such message"},
		{"GET", "/v1/companies/acme/missed?state=lost", nil, 400, `state "lost": write one of open, done, closed`},
		{"GET", "/v1/companies/acme/calls?client=%00", nil, 400, `parameter "client": write it without control characters`},
		{"GET", "/v1/companies/acme/calls?status=lost", nil, 400, `status "lost": write one of open, answered, `},
		{"GET", "/v1/companies/acme/alerts?kind=lost", nil, 400, `kind "lost": write one of first_use, `},
		{"GET", "/v1/companies/acme/missed?from=someday", nil, 400, "from: moment"},
		{"GET", "/v1/companies/acme/missed?after=x", nil, 400, "of the page before"},
		{"GET", "/v1/companies/acme/missed?limit=x", nil, 400, "from 1 to 500"},
		{"GET", "/v1/companies/acme/missed?x=1", nil, 400, `parameter "x"`},
		{"POST", "/v1/companies/acme/missed/x/close", cabinet.CloseMissed{By: "a"}, 400, "why: write why nobody need call back"},
		{"POST", "/v1/companies/acme/missed/x/close", cabinet.CloseMissed{Why: "a"}, 400, "by: write who closes it"},
		{"POST", "/v1/companies/acme/missed/x/close", cabinet.CloseMissed{By: "a", Why: "b\x1b[2J"}, 400, "on one line"},
		{"POST", "/v1/companies/acme/missed/x/take", cabinet.TakeMissed{}, 400, "owner: write who calls back"},
		{"GET", "/v1/companies/acme/calls/live?x=1", nil, 400, `parameter "x"`},
		{"POST", "/v1/quarantine/7/dismiss", cabinet.DismissAsked{}, 400, "by: write who"},
		{"GET", "/v1/companies/acme/calls/x?y=1", nil, 400, "known here: private"},
	} {
		p := d.problem(row.method, row.path, row.body)
		if p.Status != row.status || !strings.Contains(p.Detail, row.want) || strings.Contains(p.Detail, "short\"") {
			t.Errorf("%s %s: %+v, want %d %q", row.method, row.path, p, row.status, row.want)
		}
	}
}

func TestAMethodThatIsNotTakenNamesThoseThatAre(t *testing.T) {
	d := newDesk(t)
	w := httptest.NewRecorder()
	d.api.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/companies/acme/document", nil))
	if w.Code != http.StatusMethodNotAllowed || strings.Join(w.Header().Values("Allow"), " ") != "GET PUT" || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Error(w.Code, w.Header())
	}
}

func TestNothingIsHalfApplied(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	changed := strings.Replace(acmeFile, "Ivan", "Igor", 1)
	apply := document.Apply{Document: changed, Base: 1, Author: "a", Reason: "r"}
	put := func() cabinet.Problem { return d.problem(http.MethodPut, "/v1/companies/acme/document", apply) }
	d.granted = cause.Errorf(cause.Denied, "not granted")
	if p := put(); p.Status != 403 || p.Detail != "acme.yaml: not granted" {
		t.Errorf("%+v", p)
	}
	d.granted, d.speaks = nil, cause.Errorf(cause.Invalid, "cannot be said")
	if p := put(); p.Status != 400 {
		t.Errorf("%+v", p)
	}
	d.speaks = nil
	apply.Base = 7
	if p := put(); p.Status != 409 || !strings.Contains(p.Detail, "base generation 7 is stale, a applied 1 at ") {
		t.Errorf("%+v", p)
	}
	apply.Base, apply.DryRun = 1, true
	if status, text := d.ask(http.MethodPut, "/v1/companies/acme/document", apply); status != 200 || !strings.Contains(text, "employees.ivanov.name: Ivan → Igor") {
		t.Errorf("%d %s", status, text)
	}
	if v, err := d.store.For("acme").Versions(t.Context()); err != nil || len(v) != 1 || d.heard != 1 {
		t.Errorf("%+v %v, words were taken up %d times", v, err, d.heard)
	}
	if done := d.apply("acme", changed, 1); done.Generation != 2 || !done.InForce || d.heard != 2 {
		t.Errorf("%+v", done)
	}
	if done := d.apply("acme", changed, 2); done.Generation != 2 || len(done.Changes) != 0 {
		t.Errorf("the same document made %+v", done)
	}
}

func TestADocumentIsKeptByteForByte(t *testing.T) {
	d := newDesk(t)
	base := int64(0)
	for _, whole := range []string{
		strings.ReplaceAll(acmeFile, "\n", "\r\n"), "\ufeff" + acmeFile, strings.TrimSuffix(acmeFile, "\n"), "---\n" + acmeFile,
		strings.Replace(acmeFile, "Acme", `"<Акме & Co>\u2028"`, 1) + "# </script> \\u0000 \t\n\n\n",
	} {
		base = d.apply("acme", whole, base).Generation
		_, text := d.ask(http.MethodGet, "/v1/companies/acme/document", nil)
		var v document.VersionShown
		if err := json.Unmarshal([]byte(text), &v); err != nil || v.Document != whole || v.Generation != base {
			t.Errorf("%q came back as %q", whole, v.Document)
		}
		if again := d.apply("acme", v.Document, base); again.Generation != base || len(again.Changes) != 0 {
			t.Errorf("applied again: %+v", again)
		}
	}
}

func TestADifferenceToAStoredPlanIsTold(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	stored := func(p plan.Plan) json.RawMessage {
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	request := json.RawMessage(`{"company":"acme","direction":"inbound","to":{"e164":"+74951234567"},"query":{"what":"person","employee":"ivanov"}}`)
	var asked plan.Request
	if err := json.Unmarshal(request, &asked); err != nil {
		t.Fatal(err)
	}
	c, err := configs.ReadCompany("x", []byte(acmeFile))
	if err != nil {
		t.Fatal(err)
	}
	c.Generation = 1
	right := plan.Decide(c, call.Quiet(c, nil), asked, now)
	alter := func(change func(*plan.Plan)) json.RawMessage {
		p := right
		p.Nodes = slices.Clone(right.Nodes)
		change(&p)
		return stored(p)
	}
	for name, row := range map[string]struct {
		plan, request json.RawMessage
		want          []string
	}{
		"the same":    {plan: stored(right)},
		"no plan":     {plan: json.RawMessage(`{"nodes":[{"do":"fly"}]}`), want: []string{"the stored plan cannot be read by this build: "}},
		"no request":  {plan: stored(right), request: json.RawMessage(`{"company":7}`), want: []string{"the stored request cannot be read by this build: "}},
		"other bytes": {plan: append(stored(right)[:len(stored(right))-1], []byte(`,"later":1}`)...), want: []string{"the same in all that is read, written in other bytes"}},
		"no reasons":  {plan: alter(func(p *plan.Plan) { p.Because = nil }), want: []string{"reason now, not then: ", "this build also asks: busy ivanov, which was not asked then"}},
		"another reason": {plan: alter(func(p *plan.Plan) {
			p.Because = append(slices.Clone(p.Because), plan.Reason{Topic: "moon", Text: "it is full"})
		}), want: []string{"reason then, not now: moon: it is full"}},
		"another policy": {plan: alter(func(p *plan.Plan) { p.Recording.Record = false }), want: []string{`recording: was {"record":false`}},
		"a node more":    {plan: alter(func(p *plan.Plan) { p.Nodes = append(p.Nodes, plan.Node{Do: plan.Talk}) }), want: []string{": was talk; is nothing"}},
		"a node less":    {plan: alter(func(p *plan.Plan) { p.Nodes = p.Nodes[:len(p.Nodes)-1] }), want: []string{": was nothing; is "}},
		"beyond words":   {plan: alter(func(p *plan.Plan) { p.Nodes[0].Slot = "7" }), want: []string{`node 0: was {"do":"`}},
	} {
		if row.request == nil {
			row.request = request
		}
		id := d.happened(acmeFile, fmc.Planned{Generation: 1, At: now, Request: row.request, Plan: row.plan})
		var x document.Again
		_, text := d.ask(http.MethodGet, "/v1/companies/acme/calls/"+string(id)+"/again", nil)
		if err := json.Unmarshal([]byte(text), &x); err != nil || len(x.Plans) == 0 {
			t.Fatalf("%s: %v %s", name, err, text)
		}
		last := x.Plans[len(x.Plans)-1]
		told := strings.Join(last.Differences, "\n")
		if last.Same != (row.want == nil) || x.Same != last.Same || last.Same != (told == "") {
			t.Errorf("%s: same %v: %s", name, last.Same, told)
		}
		for _, want := range row.want {
			if !strings.Contains(told, want) {
				t.Errorf("%s: %q is not in %q", name, want, told)
			}
		}
	}
}

func TestTheStateTellsWhatIsAway(t *testing.T) {
	d := newDesk(t)
	var s cabinet.NodeShown
	_, text := d.ask(http.MethodGet, "/v1/state", nil)
	if err := json.Unmarshal([]byte(text), &s); err != nil || s.Node != "one" || s.Journal != "well" || s.Drain != "unavailable" || !strings.Contains(s.Directory, "as last known") || s.Version == "" {
		t.Fatalf("%+v, %v", s, err)
	}
}
