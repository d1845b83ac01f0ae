package cabinet_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/cabinet/tally"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/store"
)

// get asks for something that must be there.
func get[T any](x *office, who fmc.EmployeeID, path string) T {
	x.t.Helper()
	var v T
	w := x.send(who, http.MethodGet, request{path: path})
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != http.StatusOK {
		x.t.Fatalf("%s by %s: %d %s", path, who, w.Code, w.Body)
	}
	return v
}

func TestEverybodySeesTheCallsTheyMay(t *testing.T) {
	x := newOffice(t)
	for who, want := range map[fmc.EmployeeID]int{"ivanov": 1, "hanna": 1, "boris": 2, "olga": 2} {
		if page := get[cabinet.CallsShown](x, who, "/calls"); len(page.Calls) != want {
			t.Errorf("%s sees %+v", who, page)
		}
		if n := len(get[[]cabinet.LiveShown](x, who, "/calls/live")); n != 1 {
			t.Errorf("%s sees %d live", who, n)
		}
	}
	x.tokens["yuri"] = x.token("yuri")
	if page := get[cabinet.CallsShown](x, "yuri", "/calls"); len(page.Calls) != 0 {
		t.Errorf("a colleague sees %+v", page)
	}
	if live := get[[]cabinet.LiveShown](x, "yuri", "/calls/live"); len(live) != 0 {
		t.Errorf("a colleague sees %+v", live)
	}
	for _, path := range []string{"/calls/{call}", "/calls/{call}/minutes", "/calls/{call}/recording", "/voicemail/{task}/0/sound"} {
		if p := x.problem("yuri", http.MethodGet, with(path, nil)(x, "yuri")); p.Status != http.StatusNotFound {
			t.Errorf("%s: %+v", path, p)
		}
	}
	if p := x.problem("yuri", http.MethodPost, with("/calls/{call}/wishes", map[string]any{"kind": "hang-up"})(x, "yuri")); p.Status != http.StatusNotFound {
		t.Errorf("%+v", p)
	}
	if p := x.problem("yuri", http.MethodPost, with("/missed/{task}/take", map[string]any{})(x, "yuri")); p.Status != http.StatusNotFound {
		t.Errorf("%+v", p)
	}
	for path, n := range map[string]int{"/missed": 1, "/voicemail": 1} {
		for who, want := range map[fmc.EmployeeID]int{"ivanov": n, "hanna": n, "boris": n, "yuri": 0} {
			page := get[map[string][]any](x, who, path)
			if got := len(page["tasks"]) + len(page["messages"]); got != want {
				t.Errorf("%s: %s sees %d", path, who, got)
			}
		}
	}
}

func TestAPrivateCallIsItsOwnersAlone(t *testing.T) {
	x := newOffice(t)
	id := fmc.CallID("019aa000-0000-7000-8000-00000000000b")
	opened := fmc.Opened{Began: now, Direction: fmc.Outbound, Employee: "ivanov", Private: true}
	x.drain(fmc.Fact{Company: "acme", Call: id, Body: opened}, fmc.Fact{Company: "acme", Call: id, Body: fmc.Kept{File: "acme/x.wav"}})
	live := liveCall("acme", id, "ivanov")
	live.Request.Private, live.Request.Employee = true, "ivanov"
	x.calls.live = []call.Call{live}
	for _, who := range []fmc.EmployeeID{"ivanov", "boris", "hanna", "olga"} {
		want := 0
		if who == "ivanov" {
			want = 1
		}
		if n := len(get[cabinet.CallsShown](x, who, "/calls?private=true").Calls); n != want {
			t.Errorf("%s sees %d", who, n)
		}
		if page := get[cabinet.CallsShown](x, who, "/calls"); slices.ContainsFunc(page.Calls, func(l cabinet.CallLine) bool { return l.ID == id }) {
			t.Errorf("%s sees it among the others", who)
		}
		if n := len(get[[]cabinet.LiveShown](x, who, "/calls/live?private=true")) + len(get[[]cabinet.LiveShown](x, who, "/calls/live")); n != want {
			t.Errorf("%s sees %d live", who, n)
		}
		if w := x.send(who, http.MethodGet, request{path: "/calls/" + string(id)}); (w.Code == http.StatusOK) != (want == 1) || w.Code != http.StatusOK && w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", who, w.Code)
		}
	}
	for _, path := range []string{"/recording", "/links"} {
		if w := x.send("boris", http.MethodGet, request{path: "/calls/" + string(id) + path}); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestWhoReachesFurtherActsForOthers(t *testing.T) {
	x := newOffice(t)
	for _, row := range []struct {
		who    fmc.EmployeeID
		method string
		path   string
		body   any
		want   int
	}{
		{"ivanov", "POST", "/calls", map[string]any{"to": "+79120000001", "employee": "ivanov"}, 200},
		{"ivanov", "POST", "/calls", map[string]any{"to": "+79120000001", "employee": "yuri"}, 403},
		{"boris", "POST", "/calls", map[string]any{"to": "+79120000001", "employee": "ivanov"}, 200},
		{"boris", "POST", "/calls", map[string]any{"to": "+79120000001", "employee": "nobody"}, 404},
		{"ivanov", "POST", "/calls/{call}/wishes", map[string]any{"kind": "hold", "employee": "hanna"}, 403},
		{"hanna", "POST", "/calls/{call}/wishes", map[string]any{"kind": "hold", "employee": "ivanov"}, 200},
		{"ivanov", "PUT", "/people/hanna/pin", map[string]any{"pin": "2904"}, 403},
		{"clara", "PUT", "/people/hanna/pin", map[string]any{"pin": "2904"}, 200},
		{"clara", "PUT", "/people/nobody/pin", map[string]any{"pin": "2904"}, 404},
		{"ivanov", "GET", "/people/clara/sessions", nil, 403},
		{"ivanov", "DELETE", "/people/clara/sessions/s", nil, 403},
		{"ivanov", "POST", "/missed/{task}/take", map[string]any{"owner": "yuri"}, 403},
		{"boris", "POST", "/missed/{task}/take", map[string]any{"owner": "yuri"}, 200},
		{"clara", "DELETE", "/people/clara/login", nil, 409},
		{"clara", "POST", "/tokens", map[string]any{"name": "x", "rights": []string{"recordings.listen"}}, 403},
		{"clara", "POST", "/tokens", map[string]any{"name": "x", "rights": []string{"people.read"}, "service": true}, 200},
		{"ivanov", "POST", "/tokens", map[string]any{"name": "x", "rights": []string{"people.read"}, "service": true}, 403},
	} {
		if w := x.send(row.who, row.method, with(row.path, row.body)(x, row.who)); w.Code != row.want {
			t.Errorf("%s %s %v by %s: %d %s", row.method, row.path, row.body, row.who, w.Code, w.Body)
		}
	}
}

func TestWhatIsWrongIsSaidInWords(t *testing.T) {
	x := newOffice(t)
	for _, row := range []struct {
		who          fmc.EmployeeID
		method, path string
		body         any
		status       int
		want         string
	}{
		{"boris", "GET", "/nothing", nil, 404, "nothing is at GET /api/v1/nothing"},
		{"boris", "PATCH", "/calls", nil, 405, ""},
		{"boris", "GET", "/calls?color=red", nil, 422, "query.color: unknown query parameter"},
		{"boris", "GET", "/calls?limit=0", nil, 422, "query.limit: expected number >= 1"},
		{"boris", "GET", "/calls?limit=many", nil, 422, "query.limit: invalid integer"},
		{"boris", "GET", "/calls?from=someday", nil, 400, "from: moment"},
		{"boris", "GET", "/calls?after=x", nil, 400, "of the page before"},
		{"boris", "GET", "/calls?status=lost", nil, 422, "query.status: expected value to be one of"},
		{"boris", "GET", "/calls?client=%00", nil, 400, "without control characters"},
		{"boris", "GET", "/calls?client=%ff", nil, 400, "without control characters"},
		{"boris", "GET", "/voicemail/x/first/sound", nil, 422, "path.n: invalid integer"},
		{"boris", "GET", "/voicemail?after=x", nil, 400, "of the page before"},
		{"boris", "GET", "/missed?after=x", nil, 400, "of the page before"},
		{"olga", "GET", "/messages?thread=true", nil, 400, "write the company's number and the peer"},
		{"olga", "GET", "/messages?after=x", nil, 400, "of the page before"},
		{"olga", "GET", "/alerts?after=x", nil, 400, "of the page before"},
		{"clara", "GET", "/audit?after=x", nil, 400, "of the page before"},
		{"boris", "POST", "/calls", `{"to": "+7912`, 400, ""},
		{"boris", "POST", "/calls", `{"to": 5}`, 422, "body.to: expected string"},
		{"boris", "POST", "/calls", `{"whom": "+79120000001"}`, 422, "body.whom: unexpected property"},
		{"boris", "POST", "/calls", `[]`, 422, "body: expected object"},
		{"boris", "POST", "/calls", "", 400, "request body is required"},
		{"ivanov", "POST", "/calls", map[string]any{"to": "sip:x@y"}, 400, "write a number"},
		{"ivanov", "POST", "/calls", map[string]any{"to": "112"}, 403, ""},
		{"boris", "POST", "/calls", `{"to": "` + strings.Repeat("1", 2<<20) + `"}`, 413, ""},
		{"clara", "PUT", "/document", map[string]any{"document": crewFile}, 422, "header.If-Match: required header parameter is missing"},
		{"clara", "PUT", "/people/ivanov/pin", map[string]any{"pin": "1234"}, 400, "guessed first"},
		{"clara", "PUT", "/people/yuri/mode", map[string]any{"mode": "mobile"}, 400, "no mobile"},
	} {
		p := x.problem(row.who, row.method, request{path: row.path, body: row.body})
		if p.Status != row.status || !strings.Contains(p.Detail, row.want) {
			t.Errorf("%s %s: %+v", row.method, row.path, p)
		}
		if strings.Contains(p.Detail, "PostgreSQL") {
			t.Errorf("%s %s tells of our own: %s", row.method, row.path, p.Detail)
		}
	}
	if w := x.send("boris", http.MethodGet, request{path: "/calls", headers: []string{"X-Request-Id", "mine-1"}}); w.Header().Get("X-Request-Id") != "mine-1" {
		t.Error(w.Header())
	}
	if w := x.send("boris", http.MethodGet, request{path: "/calls", headers: []string{"X-Request-Id", "a\tb"}}); strings.Contains(w.Header().Get("X-Request-Id"), "\t") {
		t.Error(w.Header())
	}
}

func TestAStaleDocumentIsRefusedAndAGoodOneIsInForce(t *testing.T) {
	x := newOffice(t)
	w := x.send("clara", http.MethodGet, request{path: "/document"})
	if tag := w.Header().Get("ETag"); tag != `"1"` {
		t.Fatal(tag)
	}
	changed := strings.Replace(crewFile, "name: Acme", "name: Acme Construction", 1)
	publish := func(tag, document string) *httptest.ResponseRecorder {
		return x.send("clara", http.MethodPut, request{path: "/document", body: map[string]any{"document": document, "reason": "a new name"}, headers: []string{"If-Match", tag}})
	}
	if w := publish(`"1"`, changed); w.Code != http.StatusOK || w.Header().Get("ETag") != `"2"` || !strings.Contains(w.Body.String(), `"in_force":true`) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := publish(`"1"`, changed+"# again\n"); w.Code != http.StatusPreconditionFailed || !strings.Contains(w.Body.String(), "stale") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, tag := range []string{"2", `W/"2"`} {
		if w := publish(tag, changed); w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", tag, w.Code, w.Body)
		}
	}
	for _, tag := range []string{"*", `"x"`, `"0"`} {
		if w := publish(tag, changed); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", tag, w.Code, w.Body)
		}
	}
	if w := publish(`"2"`, "company: ["); w.Code != http.StatusBadRequest {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	all, err := x.store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "document.publish"})
	if err != nil || len(all) == 0 || all[len(all)-1].Who != "clara" || !strings.Contains(fmt.Sprintf("%s", all[len(all)-1].After), "a new name") {
		t.Errorf("%+v, %v", all, err)
	}
	versions := get[[]document.VersionShown](x, "clara", "/document/versions")
	if versions[0].Author != "clara" || versions[0].Reason != "a new name" {
		t.Errorf("%+v", versions)
	}
}

func TestARequestThatComesAgainIsDoneOnce(t *testing.T) {
	x := newOffice(t)
	ask := func(who fmc.EmployeeID, key, to string) *httptest.ResponseRecorder {
		return x.send(who, http.MethodPost, request{path: "/calls", body: map[string]any{"to": to}, headers: []string{"Idempotency-Key", key}})
	}
	first, again := ask("ivanov", "k-1", "+79120000001"), ask("ivanov", "k-1", "+79120000001")
	if first.Code != http.StatusOK || again.Code != http.StatusOK || first.Body.String() != again.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("%d %s, %d %s", first.Code, first.Body, again.Code, again.Body)
	}
	if len(x.calls.begun) != 1 {
		t.Errorf("%d calls", len(x.calls.begun))
	}
	if w := ask("ivanov", "k-1", "+79120000002"); w.Code != http.StatusConflict {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask("boris", "k-1", "+79120000002"); w.Code == http.StatusConflict {
		t.Errorf("another's key: %d %s", w.Code, w.Body)
	}
	for _, key := range []string{"a b", strings.Repeat("x", 200)} {
		if w := ask("ivanov", key, "+79120000002"); w.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", key, w.Code)
		}
	}
	if w := ask("", "k-1", "+79120000001"); w.Code != http.StatusUnauthorized {
		t.Errorf("%d", w.Code)
	}
	// what tells a secret is not kept
	for range 2 {
		w := x.send("ivanov", http.MethodPost, request{path: "/tokens", body: map[string]any{"name": "x", "rights": []string{"people.read"}}, headers: []string{"Idempotency-Key", "k-2"}})
		if w.Code != http.StatusOK || w.Header().Get("Idempotency-Replayed") != "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

func TestARequestForWhichThereWasNoRoomMayComeAgain(t *testing.T) {
	x := newOffice(t)
	ask := func() *httptest.ResponseRecorder {
		return x.send("ivanov", http.MethodPost, request{path: "/calls", body: map[string]any{"to": "+79120000001"}, headers: []string{"Idempotency-Key", "full"}})
	}
	x.calls.fails = cause.Errorf(cause.NoRoom, "all lines are taken")
	if w := ask(); w.Code != http.StatusTooManyRequests {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	x.calls.fails = nil
	if w := ask(); w.Code != http.StatusOK || w.Header().Get("Idempotency-Replayed") != "" || len(x.calls.begun) != 2 {
		t.Errorf("%d %s, %d calls", w.Code, w.Body, len(x.calls.begun))
	}
}

func TestANewReceiverStandsInTheAuditWithItsAddress(t *testing.T) {
	x := newOffice(t)
	if w := x.send("clara", http.MethodPost, request{path: "/webhooks", body: map[string]any{"url": "https://crm.example/calls"}}); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	entries, err := x.store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "webhooks.add", Limit: 2})
	if err != nil || len(entries) != 1 || entries[0].Object != "https://crm.example/calls" {
		t.Errorf("%+v %v", entries, err)
	}
}

func TestTheLogTellsNoLinksSecret(t *testing.T) {
	x := newOffice(t)
	x.store.Close()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/r/MNBVCXZ.wav", nil)
	w := httptest.NewRecorder()
	x.public.ServeHTTP(w, r)
	if said := x.log.String(); w.Code < 500 || !strings.Contains(said, "target=/r/…") || strings.Contains(said, "MNBVCXZ") {
		t.Errorf("%d %s", w.Code, said)
	}
}

func TestAMessageThatIsAskedForAgainIsSentOnce(t *testing.T) {
	x := newOffice(t)
	keys := []string{"Idempotency-Key", "m-1"}
	for i := range 2 {
		w := x.send("olga", http.MethodPost, request{path: "/messages", body: map[string]any{"to": "+79120000001", "text": "hello"}, headers: keys})
		if w.Code != http.StatusOK || (w.Header().Get("Idempotency-Replayed") == "true") != (i == 1) || len(x.sent) != 1 {
			t.Errorf("%d %s: %v", w.Code, w.Body, x.sent)
		}
	}
	// the unix socket has keys of its own
	var answers []string
	for _, text := range []string{"hello", "hello", "other"} {
		body, err := json.Marshal(cabinet.Send{To: "+79120000001", Text: text, Author: "a"})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/companies/acme/messages", bytes.NewReader(body))
		r.Header.Set("Idempotency-Key", "m-1")
		w := httptest.NewRecorder()
		x.api.ServeHTTP(w, r)
		answers = append(answers, fmt.Sprint(w.Code, w.Header().Get("Idempotency-Replayed")))
	}
	if want := []string{"200", "200true", "409"}; !slices.Equal(answers, want) || len(x.sent) != 2 {
		t.Errorf("%v, sent %v", answers, x.sent)
	}
}

func TestARecordingIsHeardInPartsAndNotedOnce(t *testing.T) {
	x := newOffice(t)
	path := "/calls/" + string(x.call) + "/recording"
	for _, row := range []struct {
		rang   string
		status int
	}{{"", 200}, {"bytes=0-9", 206}, {"bytes=10-19", 206}, {"bytes=999999-", 416}, {"bytes=x", 416}, {"bytes=5-1", 416}} {
		w := x.send("boris", http.MethodGet, request{path: path, headers: []string{"Range", row.rang}})
		if w.Code != row.status {
			t.Errorf("%q: %d %s", row.rang, w.Code, w.Body)
		}
		if kind := w.Header().Get("Content-Type"); row.status != http.StatusRequestedRangeNotSatisfiable && kind != "audio/wav" {
			t.Errorf("%q: %s", row.rang, kind)
		}
	}
	w := x.send("boris", http.MethodGet, request{path: path, headers: []string{"Range", "bytes=999999-", "Accept-Language", "ru"}})
	if kind := w.Header().Get("Content-Type"); kind != "application/problem+json" || !strings.HasPrefix(w.Header().Get("Content-Range"), "bytes */") ||
		w.Header().Get("Content-Disposition") != "" || !strings.Contains(w.Body.String(), `"status":416`) || !strings.Contains(w.Body.String(), "Такой части") {
		t.Errorf("%s %s", kind, w.Body)
	}
	all, err := x.store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "recordings.listen"})
	if err != nil || len(all) != 1 || all[0].Who != "boris" || all[0].Object != string(x.call) || all[0].Token == "" {
		t.Errorf("%+v, %v", all, err)
	}
	seen := get[cabinet.AuditShown](x, "ivanov", "/audit?what=recordings.listen")
	if len(seen.Entries) != 1 || seen.Entries[0].Who != "boris" {
		t.Errorf("whose call it is does not see it: %+v", seen)
	}
	x.tokens["yuri"] = x.token("yuri")
	if seen := get[cabinet.AuditShown](x, "yuri", "/audit?what=recordings.listen"); len(seen.Entries) != 0 {
		t.Errorf("a colleague sees %+v", seen)
	}
}

func TestALinkIsHeardByWhoeverHasItUntilItIsRevoked(t *testing.T) {
	x := newOffice(t)
	w := x.send("boris", http.MethodPost, request{path: "/calls/" + string(x.call) + "/links", body: map[string]any{"days": 2}})
	var made cabinet.LinkMade
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || !strings.HasPrefix(made.Link, "https://pbx.example/r/") || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	play := func(path, rang string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("Range", rang)
		w := httptest.NewRecorder()
		x.public.ServeHTTP(w, r)
		return w
	}
	path := strings.TrimPrefix(made.Link, "https://pbx.example")
	for _, path := range []string{path, path + ".wav"} {
		if w := play(path, ""); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "audio/wav" || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := play(path, "bytes=4-7"); w.Code != http.StatusPartialContent {
		t.Error(w.Code)
	}
	links := get[[]cabinet.LinkShown](x, "hanna", "/calls/"+string(x.call)+"/links")
	if len(links) != 1 || links[0].Plays != 1 || links[0].By != "boris" {
		t.Errorf("%+v", links)
	}
	if all, err := x.store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: "links.play"}); err != nil || len(all) != 1 || all[0].Who != "link "+links[0].ID {
		t.Errorf("%+v, %v", all, err)
	}
	if w := x.send("hanna", http.MethodDelete, request{path: "/calls/" + string(x.call) + "/links/" + links[0].ID}); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, path := range []string{path, "/r/", "/r/x", "/r/%00", "/r/..%2fx"} {
		if w := play(path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := x.send("boris", http.MethodPost, request{path: "/calls/" + "019aa000-0000-7000-8000-000000000001/links", body: map[string]any{}}); w.Code != http.StatusNotFound {
		t.Errorf("of a call that never was: %d", w.Code)
	}
}

// TestALinkIsGoodWhileItsMakerMayShare takes the right away, gives it back, and keeps the maker out.
func TestALinkIsGoodWhileItsMakerMayShare(t *testing.T) {
	x := newOffice(t)
	tenant, until := x.store.For("acme"), time.Now().Add(time.Hour)
	for secret, by := range map[string]string{"a-person": "boris", "a-service": "token crm"} {
		if err := tenant.AddRecordingLink(t.Context(), secret, store.RecordingLink{ID: secret, Call: x.call, By: by, Expires: until}); err != nil {
			t.Fatal(err)
		}
	}
	without := strings.Replace(crewFile, `extension: "304", roles: [manager]`, `extension: "304"`, 1)
	for _, row := range []struct {
		document   string
		generation int64 // that it replaces; 0: nothing is published
		person     int
	}{{person: http.StatusOK}, {without, 1, http.StatusNotFound}, {crewFile, 2, http.StatusOK}} {
		if row.generation > 0 {
			x.apply("acme", row.document, row.generation)
		}
		for secret, want := range map[string]int{"a-person": row.person, "a-service": http.StatusOK} {
			w := httptest.NewRecorder()
			x.public.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/r/"+secret, nil))
			if w.Code != want {
				t.Errorf("after %d, %s: %d %s", row.generation, secret, w.Code, w.Body)
			}
		}
	}
	if w := x.send("clara", http.MethodDelete, request{path: "/people/boris/login"}); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for secret, want := range map[string]int{"a-person": http.StatusNotFound, "a-service": http.StatusOK} {
		w := httptest.NewRecorder()
		x.public.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/r/"+secret, nil))
		if w.Code != want {
			t.Errorf("kept out, %s: %d %s", secret, w.Code, w.Body)
		}
	}
}

func TestWhatTheMachineDoesIsNotedToo(t *testing.T) {
	x := newOffice(t)
	for _, row := range []struct {
		method, path string
		body         any
	}{
		{http.MethodPut, "employees/ivanov/pin", cabinet.PIN{PIN: "2904"}},
		{http.MethodGet, "calls/" + string(x.call) + "/recording", nil},
		{http.MethodPost, "employees/yuri/invitation", nil},
		{http.MethodPost, "explain", document.Question{From: "+79120000001", To: "+74951234567"}},
	} {
		if status, text := x.ask(row.method, "/v1/companies/acme/"+row.path, row.body); status != http.StatusOK {
			t.Errorf("%s: %d %s", row.path, status, text)
		}
	}
	var seen []string
	for _, e := range get[cabinet.AuditShown](x, "clara", "/audit?who=machine").Entries {
		seen = append(seen, e.What+" "+e.Object)
	}
	want := []string{"POST employees/{employee}/invitation yuri", "calls/{call}/recording " + string(x.call), "PUT employees/{employee}/pin ivanov", "PUT document "}
	if !slices.Equal(seen, want) {
		t.Errorf("%q", seen)
	}
}

func TestAListIsReadPageByPage(t *testing.T) {
	x := newOffice(t)
	var seen []fmc.CallID
	for after := ""; ; {
		page := get[cabinet.CallsShown](x, "boris", "/calls?limit=1&after="+after)
		for _, l := range page.Calls {
			seen = append(seen, l.ID)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if len(seen) != 2 || seen[0] == seen[1] {
		t.Error(seen)
	}
	entries, after := 0, ""
	for {
		page := get[cabinet.AuditShown](x, "clara", "/audit?limit=1&after="+after)
		entries += len(page.Entries)
		if after = page.Next; after == "" {
			break
		}
	}
	if all, err := x.store.For("acme").AuditEntries(t.Context(), store.AuditFilter{}); err != nil || len(all) != entries {
		t.Errorf("%d of %d, %v", entries, len(all), err)
	}
}

func TestCommentsAndTagsAreLeftByPrograms(t *testing.T) {
	x := newOffice(t)
	path := "/calls/" + string(x.call)
	for _, row := range []struct {
		who          fmc.EmployeeID
		method, path string
		body         any
		want         int
	}{
		{"boris", "POST", "/comments", map[string]any{"text": "asks for a discount", "at_s": 1.25}, 200},
		{"ivanov", "POST", "/comments", map[string]any{"text": "got it"}, 200},
		{"ivanov", "POST", "/comments", map[string]any{"text": " "}, 400},
		{"ivanov", "POST", "/comments", map[string]any{"text": "x", "at_s": -1}, 422},
		{"olga", "GET", "/comments", nil, 403},
		{"olga", "PUT", "/tags/complaint", nil, 403},
		{"ivanov", "PUT", "/tags/%D0%96%D0%B0%D0%BB%D0%BE%D0%B1%D0%B0", nil, 200},
		{"boris", "PUT", "/tags/discount", nil, 200},
		{"boris", "PUT", "/tags/discount", nil, 200},
		{"boris", "PUT", "/tags/%20", nil, 400},
		{"boris", "DELETE", "/tags/unknown", nil, 404},
	} {
		if w := x.send(row.who, row.method, request{path: path + row.path, body: row.body}); w.Code != row.want {
			t.Errorf("%s %s %v by %s: %d %s", row.method, row.path, row.body, row.who, w.Code, w.Body)
		}
	}
	all := get[[]cabinet.CommentShown](x, "hanna", path+"/comments")
	if len(all) != 2 || all[0].By != "boris" || all[0].Text != "asks for a discount" || *all[0].Moment != 1.25 || all[1].Moment != nil {
		t.Errorf("%+v", all)
	}
	if tags := get[[]string](x, "olga", path+"/tags"); !slices.Equal(tags, []string{"discount", "жалоба"}) {
		t.Errorf("%q", tags)
	}
	if w := x.send("boris", http.MethodDelete, request{path: path + "/tags/discount"}); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for what, want := range map[string]int{"comments.write": 2, "tags.add": 3, "tags.remove": 1} {
		if all, err := x.store.For("acme").AuditEntries(t.Context(), store.AuditFilter{What: what}); err != nil || len(all) != want || all[0].Object != string(x.call) || all[0].Token == "" {
			t.Errorf("%s: %+v, %v", what, all, err)
		}
	}
	x.tokens["yuri"] = x.token("yuri")
	for _, row := range []struct{ method, path string }{{"GET", "/comments"}, {"GET", "/tags"}, {"PUT", "/tags/discount"}, {"DELETE", "/tags/%D0%B6%D0%B0%D0%BB%D0%BE%D0%B1%D0%B0"}} {
		if p := x.problem("yuri", row.method, request{path: path + row.path}); p.Status != http.StatusNotFound {
			t.Errorf("%s %s by a colleague: %+v", row.method, row.path, p)
		}
	}
}

func TestEverybodyCountsTheCallsThatTheirRightReaches(t *testing.T) {
	x := newOffice(t)
	for who, want := range map[fmc.EmployeeID]string{"ivanov": "employee=ivanov", "hanna": "groups=sales", "maria": "", "boris": ""} {
		s := get[tally.Statistics](x, who, "/statistics?from=2026-11-23&to=2026-11-24")
		var scope string
		switch {
		case s.Scope.Employee != "":
			scope = "employee=" + string(s.Scope.Employee)
		case len(s.Scope.Groups) > 0:
			scope = "groups=" + string(s.Scope.Groups[0])
		}
		if scope != want || len(s.Days) != 2 || s.From != "2026-11-23" || len(s.Numbers) > 0 && want != "" {
			t.Errorf("%s counts %q: %+v", who, scope, s)
		}
	}
	if s := get[tally.Statistics](x, "maria", "/statistics?from=2026-11-23&to=2026-11-23"); s.Now.In == 0 || len(s.People) == 0 || s.People[0].Who != "ivanov" || len(s.Numbers) == 0 {
		t.Errorf("%+v", s)
	}
	for path, want := range map[string]int{
		"/statistics?employee=boris": 403, "/statistics?group=sales": 403, "/statistics?number=%2B74951234567": 403, "/statistics?from=monday": 400, "/statistics?from=2026-11-02&to=2026-11-01": 400,
		"/statistics?color=red": 422,
	} {
		if w := x.send("ivanov", http.MethodGet, request{path: path}); w.Code != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestWhoYouAreIsTold(t *testing.T) {
	x := newOffice(t)
	me := get[cabinet.SelfShown](x, "hanna", "/me")
	if me.Company != "acme" || me.Employee != "hanna" || !slices.Contains(me.Roles, access.Head) || me.Rights[access.CallsRead] != "what is of your groups" || me.Token == "" {
		t.Errorf("%+v", me)
	}
	people := get[[]cabinet.PersonShown](x, "hanna", "/people")
	if len(people) != 8 || people[0].Access != nil {
		t.Errorf("%+v", people)
	}
	x.setPassword("yuri")
	people = get[[]cabinet.PersonShown](x, "clara", "/people")
	if yuri := people[6]; yuri.ID != "yuri" || yuri.Access == nil || yuri.Access.Password == nil || yuri.Access.Invited != nil {
		t.Errorf("%+v", yuri)
	}
}
