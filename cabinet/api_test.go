package cabinet_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/store"
)

var update = flag.Bool("update", false, "write openapi.yaml anew")

// crewFile is cardsFile with a person of every role. Everything there is, is ivanov's.
var crewFile = strings.Replace(cardsFile, "employees:\n  - {id: ivanov, name: Ivan,", `groups:
  - {id: sales, name: Sales, head: hanna}
employees:
  - {id: hanna, name: Hanna, extension: "301", groups: [sales], mobile: "+79161234501"}
  - {id: maria, name: Maria, extension: "302", roles: [marketer]}
  - {id: anton, name: Anton, extension: "303", roles: [accountant]}
  - {id: boris, name: Boris, extension: "304", roles: [manager], mobile: "+79161234504"}
  - {id: clara, name: Clara, extension: "305", roles: [administrator], mail: clara@acme.example}
  - {id: olga, name: Olga, extension: "306", roles: [operator]}
  - {id: yuri, name: Yuri, extension: "307"}
  - {id: ivanov, groups: [sales], name: Ivan,`, 1) + `programs: [{id: crm, numbers: ["+74951234567"]}]
`

// crew are the people of crewFile, each by the role.
var crew = map[fmc.EmployeeID]access.Role{
	"ivanov": access.Employee, "hanna": access.Head, "maria": access.Marketer, "anton": access.Accountant, "boris": access.Manager, "clara": access.Administrator, "olga": access.Operator,
}

// office is a desk with a public API and a token for everybody.
type office struct {
	*desk
	public *cabinet.Public
	tokens map[fmc.EmployeeID]string
	call   fmc.CallID
	task   fmc.CallID // of a client who left ivanov a message
}

func newOffice(t *testing.T) *office {
	t.Helper()
	x := &office{desk: newDesk(t), tokens: map[fmc.EmployeeID]string{}}
	x.options.Now = time.Now
	x.options.News = cabinet.NewNews(x.store, nil, x.options.Log)
	x.api = cabinet.New(x.options)
	x.public = cabinet.NewPublic(x.api)
	x.apply("acme", crewFile, 0)
	x.apply("beta", betaFile, 0)
	x.call, x.task = x.happened(acmeFile, fmc.Kept{File: "acme/x.wav"}), x.lost("acme", fmc.Mailed{Employee: "ivanov", From: 2 * time.Second})
	x.drain(fmc.Fact{Company: "acme", Call: x.task, Body: fmc.Kept{File: "acme/x.wav", Opened: time.Second, Length: 10 * time.Second}})
	x.keep("acme/x.wav", wavOf("what was said"))
	x.drain(messageTo("acme", "a-message"), seenIn("acme"))
	x.calls.live = []call.Call{liveCall("acme", x.call, "ivanov")}
	for who := range crew {
		x.tokens[who] = x.token(who)
	}
	return x
}

// token makes a token with every right of a person, but for some.
func (x *office) token(who fmc.EmployeeID, but ...access.Right) string {
	x.t.Helper()
	c, _ := x.options.Directory.Company("acme")
	v, ok := access.ViewerOf(c, who)
	if !ok {
		x.t.Fatal(who)
	}
	w := access.TokenWish{Name: string(who)}
	for _, r := range access.Rights() {
		if v.May(r) && !slices.Contains(but, r) {
			w.Rights = append(w.Rights, r)
		}
	}
	secret, _, err := x.options.Door.MakeToken(x.t.Context(), v, w)
	if err != nil {
		x.t.Fatal(err)
	}
	return secret
}

// request is one to an operation; path parameters stand in braces.
type request struct {
	path    string
	body    any
	headers []string // name, value
}

// send sends a request as somebody; nobody where who is empty.
func (x *office) send(who fmc.EmployeeID, method string, q request) *httptest.ResponseRecorder {
	x.t.Helper()
	var body io.Reader
	switch b := q.body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			x.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	r := httptest.NewRequestWithContext(x.t.Context(), method, "/api/v1"+q.path, body)
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+x.tokens[who])
	}
	for i := 0; i+1 < len(q.headers); i += 2 {
		r.Header.Set(q.headers[i], q.headers[i+1])
	}
	w := httptest.NewRecorder()
	x.public.ServeHTTP(w, r)
	return w
}

// problem is what a request is refused with.
func (x *office) problem(who fmc.EmployeeID, method string, q request) cabinet.Problem {
	x.t.Helper()
	w := x.send(who, method, q)
	var p cabinet.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != w.Code || p.Title == "" || p.Type == "" || w.Header().Get("Content-Type") != "application/problem+json" {
		x.t.Fatalf("%s %s: %d %s", method, q.path, w.Code, w.Body)
	}
	return p
}

// requests is one to every operation, as right as can be, for whoever asks. An operation without one fails the test.
var requests = map[string]func(x *office, who fmc.EmployeeID) request{
	"self.show":     at("/me"),
	"calls.list":    at("/calls?from=2026-01-01&limit=2"),
	"calls.live":    at("/calls/live"),
	"calls.show":    at("/calls/{call}"),
	"calls.minutes": at("/calls/{call}/minutes"),
	"calls.again":   at("/calls/{call}/again"),
	"calls.trace":   at("/calls/{call}/trace"),
	"calls.make":    with("/calls", map[string]any{"to": "+79120000001"}),
	"calls.wish":    with("/calls/{call}/wishes", map[string]any{"kind": "hold"}),

	"recordings.listen": at("/calls/{call}/recording"),
	"recordings.show":   at("/calls/{call}/recording/state"),
	"recordings.hold":   tapedAnew("hold"),
	"recordings.release": func(x *office, who fmc.EmployeeID) request {
		q := tapedAnew("release")(x, who)
		if err := x.store.For("acme").HoldRecording(x.t.Context(), fmc.CallID(strings.Split(q.path, "/")[2]), "boris", "a lawsuit"); err != nil {
			x.t.Fatal(err)
		}
		return q
	},
	"recordings.delete": tapedAnew("delete"),
	"links.list":        at("/calls/{call}/links"),
	"links.make":        with("/calls/{call}/links", map[string]any{"days": 3}),
	"links.revoke": func(x *office, who fmc.EmployeeID) request {
		id := rand.Text()
		err := x.store.For("acme").AddRecordingLink(x.t.Context(), id, store.RecordingLink{ID: id, Call: x.call, By: string(who), Expires: time.Now().Add(time.Hour)})
		if err != nil {
			x.t.Fatal(err)
		}
		return request{path: "/calls/" + string(x.call) + "/links/" + id}
	},

	"comments.list":   at("/calls/{call}/comments"),
	"comments.write":  with("/calls/{call}/comments", map[string]any{"text": "asks for a discount", "at_s": 1.5}),
	"comments.change": commentBy(map[string]any{"text": "asks for no discount"}),
	"comments.delete": commentBy(nil),
	"tags.list":       at("/calls/{call}/tags"),
	"tags.add":        at("/calls/{call}/tags/complaint"),
	"tags.remove": func(x *office, who fmc.EmployeeID) request {
		if err := x.store.For("acme").TagCall(x.t.Context(), x.call, "complaint", who); err != nil {
			x.t.Fatal(err)
		}
		return request{path: "/calls/" + string(x.call) + "/tags/complaint"}
	},
	"calls.result":   with("/calls/{call}/result", map[string]any{"result": "agreed", "note": "takes two", "back": time.Now().Add(time.Hour)}),
	"reviews.list":   at("/calls/{call}/reviews"),
	"reviews.write":  with("/calls/{call}/reviews/own", map[string]any{"score": 4, "text": "asked well"}),
	"clients.list":   at("/clients?q=petrov"),
	"clients.show":   clientNamed,
	"clients.change": with("/clients/+79120000001", map[string]any{"name": "Petrov", "firm": "Romashka"}),
	"clients.forget": clientNamed,
	"clients.check":  with("/clients/check", map[string]any{"table": "number;name\n+79120000005;Petrov\n"}),
	"clients.import": func(x *office, _ fmc.EmployeeID) request {
		const table = "number;name\n+79120000005;Petrov\n"
		if err := x.store.For("acme").SetClients(x.t.Context(), "boris", store.Client{Number: "+79120000005"}); err != nil {
			x.t.Fatal(err)
		}
		look, err := x.api.LookAtClients(x.t.Context(), access.Viewer{Company: "acme", Roles: []access.Role{access.Manager}}, []byte(table))
		if err != nil {
			x.t.Fatal(err)
		}
		return request{path: "/clients", body: map[string]any{"table": table, "stamp": look.Stamp}}
	},
	"statistics.read": at("/statistics?from=2026-11-01&to=2026-11-30"),

	"prompts.list":   at("/prompts"),
	"prompts.listen": at("/prompts/welcome/sound"),
	"prompts.upload": func(_ *office, who fmc.EmployeeID) request {
		return request{path: "/prompts/welcome/sound?file=welcome.wav", body: "RIFF of " + string(who), headers: []string{"Content-Type", "audio/wav"}}
	},
	"prompts.remove": func(x *office, who fmc.EmployeeID) request {
		if _, err := x.store.For("acme").KeepPromptSound(x.t.Context(), store.PromptSound{Prompt: "menu", Language: "en", Author: string(who)}, []byte("x")); err != nil {
			x.t.Fatal(err)
		}
		return request{path: "/prompts/menu/sound"}
	},
	"voicemail.list":   at("/voicemail?new=false"),
	"voicemail.listen": at("/voicemail/{task}/0/sound"),
	"voicemail.heard":  at("/voicemail/{task}/0/heard"),

	"missed.list": at("/missed?state=open"),
	"missed.take": func(x *office, _ fmc.EmployeeID) request {
		return request{path: "/missed/" + string(x.openTask()) + "/take", body: map[string]any{"owner": "ivanov"}}
	},
	"missed.close": func(x *office, _ fmc.EmployeeID) request {
		return request{path: "/missed/" + string(x.openTask()) + "/close", body: map[string]any{"why": "a wrong number"}}
	},

	"messages.list": at("/messages?direction=in"),
	"messages.show": at("/messages/a-message"),
	"messages.send": with("/messages", map[string]any{"to": "+79120000001", "text": "hello"}),

	"messages.way": at("/messages/way?to=%2B79120000001"),

	"programs.list":   at("/programs"),
	"programs.secret": at("/programs/crm/secret"),
	"programs.tell-again": func(x *office, _ fmc.EmployeeID) request {
		return request{path: "/programs/deliveries/" + strconv.FormatInt(x.refusedByProgram(), 10) + "/again"}
	},

	"gateways.list":   at("/gateways"),
	"lines.list":      at("/lines"),
	"lines.show":      at("/lines/{line}"),
	"lines.ussd":      with("/lines/{line}/ussd", map[string]any{"text": "*100#"}),
	"lines.release":   at("/lines/{line}/release"),
	"lines.restart":   with("/lines/{line}/restart", map[string]any{"reason": "it hangs"}),
	"lines.days":      at("/lines/days"),
	"lines.routes":    at("/lines/routes"),
	"sims.list":       at("/sims"),
	"sims.show":       at("/sims/" + cardOne),
	"lines.shadow":    at("/lines/shadow?days=7"),
	"lines.try":       with("/lines/shadow", map[string]any{}),
	"sims.forecast":   at("/sims/forecast"),
	"sims.mandates":   at("/sims/mandates?from=2026-11-01"),
	"banks.list":      at("/banks"),
	"sims.place":      with("/sims/"+cardOne+"/place", map[string]any{"modem": "left", "reason": "the other failed"}),
	"sims.moves":      at("/sims/" + cardOne + "/moves"),
	"sims.forwarding": at("/sims/" + cardOne + "/forwarding"),
	"sims.forward":    with("/sims/"+cardOne+"/forwarding", map[string]any{"busy": "+74951234567", "reason": "r", "dry_run": true}),
	"sims.look":       at("/sims/" + cardOne + "/forwarding/look"),
	"sims.rebind":     with("/sims/"+cardOne+"/number", map[string]any{"number": "+74951234567", "reason": "r", "dry_run": true}),

	"alerts.list": at("/alerts"),
	"audit.list":  at("/audit?limit=3"),

	"document.show":     at("/document"),
	"document.versions": at("/document/versions"),
	"document.check":    with("/document/check", map[string]any{"document": crewFile}),
	"document.publish":  with("/document", map[string]any{"document": crewFile, "reason": "r"}, "If-Match", `"1"`),
	"document.explain":  with("/explain", map[string]any{"from": "+79120000001", "to": "+74951234567"}),

	"people.list":   at("/people"),
	"people.invite": at("/people/yuri/invitation"),
	"people.shut-out": func(x *office, _ fmc.EmployeeID) request {
		x.setPassword("yuri")
		return request{path: "/people/yuri/login"}
	},
	"people.end-codes": func(x *office, _ fmc.EmployeeID) request {
		x.setPassword("yuri")
		return request{path: "/people/yuri/codes"}
	},
	"pin.set": with("/people/{who}/pin", map[string]any{"pin": "2904"}),
	"pin.remove": func(x *office, who fmc.EmployeeID) request {
		if err := x.store.For("acme").SetPIN(x.t.Context(), who, "2904"); err != nil {
			x.t.Fatal(err)
		}
		return request{path: "/people/" + string(who) + "/pin"}
	},
	"mode.set":      with("/people/{who}/mode", map[string]any{"mode": "dnd", "for": "2h"}),
	"sessions.list": at("/people/{who}/sessions"),
	"sessions.end": func(x *office, who fmc.EmployeeID) request {
		x.begin(who, "s")
		return request{path: "/people/" + string(who) + "/sessions/s"}
	},
	"accounts.list":     at("/accounts"),
	"accounts.password": with("/accounts/ivanov-desk/password", map[string]any{"password": "correct horse"}),
	"accounts.shut-out": at("/accounts/ivanov-desk/password"),

	"events.read":         at("/events"),
	"webhooks.list":       at("/webhooks"),
	"webhooks.add":        with("/webhooks", map[string]any{"url": "https://crm.example/hook"}),
	"webhooks.get":        receiverAt(""),
	"webhooks.change":     receiverWith("", map[string]any{"url": "https://crm.example/hook", "enabled": true}),
	"webhooks.remove":     receiverAt(""),
	"webhooks.rotate":     receiverAt("/secret"),
	"webhooks.test":       receiverAt("/test"),
	"webhooks.replay":     receiverWith("/replay", map[string]any{"from": 1}),
	"webhooks.deliveries": receiverAt("/deliveries"),
	"webhooks.delivery": func(x *office, _ fmc.EmployeeID) request {
		path := "/webhooks/" + x.receiver()
		x.send("clara", http.MethodPost, request{path: path + "/test"})
		told := get[cabinet.DeliveriesPage](x, "clara", path+"/deliveries")
		return request{path: path + "/deliveries/" + strconv.FormatInt(told.Deliveries[0].N, 10)}
	},

	"tokens.list": at("/tokens"),
	"tokens.make": with("/tokens", map[string]any{"name": "crm", "rights": []string{"people.read"}, "days": 1}),
	"tokens.revoke": func(x *office, who fmc.EmployeeID) request {
		id := rand.Text()
		err := x.store.For("acme").AddToken(x.t.Context(), "secret "+id, store.Token{ID: id, Employee: who, Rights: []string{}, Expires: time.Now().Add(time.Hour)})
		if err != nil {
			x.t.Fatal(err)
		}
		return request{path: "/tokens/" + id}
	},
}

// at is a request without a body.
func at(path string, headers ...string) func(*office, fmc.EmployeeID) request {
	return with(path, nil, headers...)
}

// with is a request with one.
func with(path string, body any, headers ...string) func(*office, fmc.EmployeeID) request {
	return func(x *office, who fmc.EmployeeID) request {
		names := strings.NewReplacer("{call}", string(x.call), "{task}", string(x.task), "{line}", string(simOf("acme").Line()), "{who}", string(who))
		return request{names.Replace(path), body, headers}
	}
}

// refusedByProgram is the number of something that the company's program refused.
func (x *office) refusedByProgram() int64 {
	x.t.Helper()
	id := fmc.MessageID(rand.Text())
	a := fmc.MessageAccepted{At: now, Text: "hello", By: "program crm", Until: now.Add(time.Hour), PDUs: []string{"00"}, Centre: "mts", Program: "crm", Receipt: 1}
	a.Number.E164, a.Number.Country, a.To.E164, a.To.Country = "+74951234567", "RU", "+79120000001", "RU"
	x.drain(fmc.Fact{Company: "acme", Message: id, Body: a}, fmc.Fact{Company: "acme", Message: id, Body: fmc.MessageSettled{At: now, State: fmc.MessageFailed}})
	taken, err := x.store.Operator().TakeDeliveries(x.t.Context(), fmc.ProgramRef{Company: "acme", Program: "crm"}, 1)
	if err != nil || len(taken) != 1 {
		x.t.Fatal(taken, err)
	}
	err = x.store.Operator().SettleDeliveries(x.t.Context(), []fmc.DeliveryOutcome{{N: taken[0].N, Company: "acme", State: fmc.DeliveryFailed, Why: "no"}})
	if err != nil {
		x.t.Fatal(err)
	}
	return taken[0].N
}

// clientNamed is a request about the client of the office's call, who has a name.
func clientNamed(x *office, _ fmc.EmployeeID) request {
	if err := x.store.For("acme").SetClients(x.t.Context(), "ivanov", store.Client{Number: "+79120000001", Name: "Petrov"}); err != nil {
		x.t.Fatal(err)
	}
	return request{path: "/clients/+79120000001"}
}

// tapedAnew is a request to settle something of the recording of a call that happened for it alone.
func tapedAnew(change string) func(*office, fmc.EmployeeID) request {
	return func(x *office, _ fmc.EmployeeID) request {
		call := x.happened(acmeFile, fmc.Kept{File: "acme/x.wav"})
		return request{path: "/calls/" + string(call) + "/recording/" + change, body: map[string]any{"why": "the client asked for it"}}
	}
}

// commentBy is a request about a comment of whoever asks.
func commentBy(body any) func(*office, fmc.EmployeeID) request {
	return func(x *office, who fmc.EmployeeID) request {
		c, err := x.store.For("acme").AddComment(x.t.Context(), store.Comment{Call: x.call, Author: who, Body: "asks for a discount"})
		if err != nil {
			x.t.Fatal(err)
		}
		return request{path: "/comments/" + c.ID, body: body}
	}
}

// receiverAt is a request about a receiver of events.
func receiverAt(path string) func(*office, fmc.EmployeeID) request { return receiverWith(path, nil) }

// receiverWith is one with a body.
func receiverWith(path string, body any) func(*office, fmc.EmployeeID) request {
	return func(x *office, _ fmc.EmployeeID) request {
		return request{"/webhooks/" + x.receiver() + path, body, nil}
	}
}

// receiver is a receiver of events that is told of one.
func (x *office) receiver() string {
	x.t.Helper()
	if all, err := x.store.For("acme").Webhooks(x.t.Context()); err != nil || len(all) > 0 {
		return all[0].ID
	}
	w := x.send("clara", http.MethodPost, request{path: "/webhooks", body: map[string]any{"url": "https://crm.example/hook"}})
	var made cabinet.WebhookSecret
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || made.Webhook.ID == "" {
		x.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return made.Webhook.ID
}

// openTask is a client whom ivanov is to call back.
func (x *office) openTask() fmc.CallID {
	x.t.Helper()
	open, err := x.store.For("acme").Missed(x.t.Context(), store.MissedFilter{State: store.MissedOpen, Owner: "ivanov"})
	if err != nil {
		x.t.Fatal(err)
	}
	if len(open) > 0 {
		return open[0].ID
	}
	return x.lost("acme", fmc.Mailed{Employee: "ivanov", From: 2 * time.Second})
}

func (x *office) setPassword(who fmc.EmployeeID) {
	x.t.Helper()
	if err := x.store.For("acme").SetPassword(x.t.Context(), who, "a good password"); err != nil {
		x.t.Fatal(err)
	}
}

func (x *office) begin(who fmc.EmployeeID, id string) {
	x.t.Helper()
	s := store.Session{ID: id, Company: "acme", Employee: who, Expires: time.Now().Add(time.Hour)}
	if err := x.store.Operator().KeepSession(x.t.Context(), rand.Text(), s, []byte("{}")); err != nil {
		x.t.Fatal(err)
	}
}

// operations are those of the document, with their methods.
func (x *office) operations() map[string]*huma.Operation {
	all := map[string]*huma.Operation{}
	for _, item := range x.public.Document().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if op != nil {
				all[op.OperationID] = op
			}
		}
	}
	return all
}

// TestEveryOperationIsAsTheDocumentSays asks each as every role: allowed or refused as the table says, and answered as the
// document says.
func TestEveryOperationIsAsTheDocumentSays(t *testing.T) {
	x := newOffice(t)
	for id, op := range x.operations() {
		make, ok := requests[id]
		if !ok {
			t.Errorf("%s is never asked: write a request for it", id)
			continue
		}
		if w := x.send("", op.Method, make(x, "ivanov")); w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s by nobody: %d %s", id, w.Code, w.Body)
		}
		right, _ := op.Extensions["x-right"].(access.Right)
		for who, role := range crew {
			v := access.Viewer{Company: "acme", Employee: who, Roles: []access.Role{role}}
			if role == access.Head {
				v.Roles = append(v.Roles, access.Employee)
			}
			may := right == "" || v.May(right) && (op.Extensions["x-reach"] != access.Company.String() || v.Reach(right) == access.Company)
			w := x.send(who, op.Method, make(x, who))
			switch {
			case may && w.Code >= 300:
				t.Errorf("%s by %s: %d %s", id, role, w.Code, w.Body)
			case !may && (w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "urn:roadline:denied")):
				t.Errorf("%s by %s, who may not: %d %s", id, role, w.Code, w.Body)
			case may:
				x.described(op, w)
			}
			if w.Header().Get("X-Request-Id") == "" {
				t.Errorf("%s has no id", id)
			}
		}
	}
	for id := range requests {
		if x.operations()[id] == nil {
			t.Errorf("a request for %s, which is gone", id)
		}
	}
}

// described fails the test where an answer is not as the document says.
func (x *office) described(op *huma.Operation, w *httptest.ResponseRecorder) {
	x.t.Helper()
	answer := op.Responses["200"]
	if answer == nil {
		x.t.Fatalf("%s has no answer", op.OperationID)
	}
	kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	media := answer.Content[kind]
	if media == nil {
		x.t.Errorf("%s answers with %q, which the document does not say", op.OperationID, kind)
		return
	}
	if media.Schema == nil || kind != "application/json" {
		return
	}
	var body any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		x.t.Errorf("%s: %v", op.OperationID, err)
		return
	}
	var found huma.ValidateResult
	huma.Validate(x.public.Document().Components.Schemas, media.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body, &found)
	for _, err := range found.Errors {
		x.t.Errorf("%s: %v in %s", op.OperationID, err, w.Body)
	}
}

// TestTheDocumentIsTheCommittedOne: a change of the API is seen in the review of openapi.yaml.
func TestTheDocumentIsTheCommittedOne(t *testing.T) {
	x := newOffice(t)
	text, err := x.public.Document().YAML()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.yaml", text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile("openapi.yaml")
	if err != nil || !bytes.Equal(committed, text) {
		t.Errorf("openapi.yaml is not what the API does: go test ./cabinet -run Committed -update (%v)", err)
	}
	for id, op := range x.operations() {
		if op.Summary == "" || len(op.Tags) != 1 || strings.HasSuffix(op.Summary, ".") {
			t.Errorf("%s: %q, %v", id, op.Summary, op.Tags)
		}
	}
	w := httptest.NewRecorder()
	x.public.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/openapi.json", nil))
	if w.Code != http.StatusOK || !json.Valid(w.Body.Bytes()) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestAnothersIDsAreUnknownToThePublicToo asks everything about things of another company.
func TestAnothersIDsAreUnknownToThePublicToo(t *testing.T) {
	x := newOffice(t)
	theirs := x.happened(betaFile, fmc.Kept{File: "beta/x.wav"})
	x.keep("beta/x.wav", wavOf("beta's  "))
	x.drain(messageTo("beta", "their-message"), seenIn("beta"))
	lost := x.lost("beta")
	comment, err := x.store.For("beta").AddComment(t.Context(), store.Comment{Call: theirs, Author: "orlov", Body: "beta's"})
	if err != nil {
		t.Fatal(err)
	}
	x.calls.live = append(x.calls.live, liveCall("beta", theirs, "orlov"))
	for id, op := range x.operations() {
		if !strings.Contains(op.Path, "{") || strings.HasPrefix(id, "webhooks.") || strings.HasPrefix(id, "clients.") || strings.HasPrefix(id, "prompts.") { // a number is nobody's, and a prompt's name anybody's
			continue
		}
		q := requests[id](x, "ivanov")
		for _, name := range []string{"theirs", "unknown", "hostile"} {
			path := map[string]*strings.Replacer{
				"theirs": strings.NewReplacer("{call}", string(theirs), "{task}", string(lost), "{message}", "their-message", "{line}", string(simOf("beta").Line()), "{iccid}", string(simOf("beta")),
					"{employee}", "orlov", "{account}", "orlov-desk", "{session}", "s", "{token}", "t", "{link}", "l", "{n}", "0", "{comment}", comment.ID),
				"unknown": strings.NewReplacer("{call}", "019aa000-0000-7000-8000-000000000001", "{task}", "x", "{message}", "x", "{line}", "x", "{iccid}", "1",
					"{employee}", "nobody", "{account}", "nobody", "{session}", "x", "{token}", "x", "{link}", "x", "{n}", "0", "{comment}", "x"),
				"hostile": strings.NewReplacer("{call}", "..%2f..%2fbeta", "{task}", "%27--", "{message}", "%3Cscript%3E", "{line}", "%00", "{iccid}", "%ff",
					"{employee}", "..", "{account}", "%2e%2e", "{session}", "%00", "{token}", "%00", "{link}", "%00", "{n}", "0", "{comment}", "%00"),
			}[name].Replace(op.Path)
			for _, who := range []fmc.EmployeeID{"boris", "clara", "olga"} {
				w := x.send(who, op.Method, request{path, q.body, q.headers})
				if !slices.Contains([]int{403, 404, 307, 422}, w.Code) || w.Code == 422 && name != "hostile" || w.Code == 403 && name == "theirs" && strings.Contains(w.Body.String(), "beta") {
					t.Errorf("%s %s by %s: %d %s", op.Method, path, who, w.Code, w.Body)
				}
				if strings.Contains(w.Body.String(), "beta's") || strings.Contains(w.Body.String(), "Orlov") {
					t.Errorf("%s shows %s", path, w.Body)
				}
			}
		}
	}
	if all, err := x.store.For("beta").AuditEntries(t.Context(), store.AuditFilter{}); err != nil || slices.ContainsFunc(all, func(e store.AuditEntry) bool { return e.Who != "machine" }) {
		t.Errorf("somebody did something to another company: %+v %v", all, err)
	}
}
