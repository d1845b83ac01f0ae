package web_test

import (
	"bufio"
	"context"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"roadline/cabinet/web/webtest"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/plan"
)

func TestTheBoardShowsWhatEachMayWatch(t *testing.T) {
	c := webtest.Open(t)
	hostile := webtest.LiveCall("hostile", "", false)
	hostile.Request.From = callerid.Number{Raw: `<script>alert(1)</script>`}
	private := webtest.LiveCall("private", "+79120000009", true)
	private.Request.Private, private.Request.Employee = true, "anna"
	beta := webtest.LiveCall("theirs", "+79129999999", true)
	beta.Company = "beta"
	c.Calls.Live(webtest.LiveCall("one", "+79121112233", true), hostile, private, beta)
	for who, want := range map[string]struct {
		status       int
		sees, hidden string
	}{
		"boris": {http.StatusOK, "8 (912) 111-22-33", "call-private"},
		"ivan":  {http.StatusOK, "8 (912) 111-22-33", "call-private"},
		"anna":  {http.StatusOK, "call-private", "8 (912) 000-00-09"},
		"olga":  {http.StatusOK, "8 (912) 111-22-33", "/live/one/hang-up"},
		"maria": {http.StatusForbidden, "", "912"},
		"admin": {http.StatusForbidden, "", "912"},
	} {
		status, text := c.Visitor(who).Get("/live")
		plain := strings.ReplaceAll(html.UnescapeString(text), "\u00a0", " ")
		if status != want.status || !strings.Contains(plain, want.sees) || strings.Contains(plain, want.hidden) || strings.Contains(text, "<script>alert") || strings.Contains(plain, "999-99-99") {
			t.Errorf("%s: %d\n%.3000s", who, status, plain)
		}
	}
}

func TestACallOnTheBoardIsTakenMovedAndHungUp(t *testing.T) {
	c := webtest.Open(t)
	c.Calls.Live(webtest.LiveCall("one", "+79121112233", true))
	boris := c.Visitor("boris")
	for path, form := range map[string]url.Values{
		"/live/one/hang-up": {}, "/live/one/move": {"to": {"ivan"}}, "/live/one/grab": {},
	} {
		if status, text := boris.Post(path, form); status != http.StatusOK && status != http.StatusSeeOther {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	_, wishes := c.Calls.Asked()
	wished := map[call.WishKind]string{}
	for _, w := range wishes {
		wished[w.Kind] += w.Digits + " "
	}
	if _, ends := wished[call.WishHangUp]; !ends || !strings.Contains(wished[call.WishTransfer], "202 ") || !strings.Contains(wished[call.WishTransfer], "203 ") {
		t.Errorf("%v", wished)
	}
	for path, want := range map[string]int{
		"/live/one/explode": http.StatusBadRequest, "/live/none/hang-up": http.StatusNotFound, "/live/one/move": http.StatusBadRequest,
	} {
		if status, _ := boris.Post(path, url.Values{}); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	if status, _ := c.Visitor("olga").Post("/live/one/hang-up", url.Values{}); status != http.StatusForbidden {
		t.Errorf("an operator hangs up: %d", status)
	}
	c.Calls.Live(webtest.LiveCall("one", "+79121112233", false))
	if status, _ := boris.Post("/live/one/grab", url.Values{}); status != http.StatusOK && status != http.StatusSeeOther {
		t.Errorf("a call that rings is taken: %d", status)
	}
	if begun, _ := c.Calls.Asked(); len(begun) != 1 || begun[0].Dialled != "**201" || begun[0].Employee != "boris" {
		t.Errorf("%+v", begun)
	}
}

// Whose phone rang is in the group of whoever answered: the conversation is no more theirs than anybody's.
func TestWhosePhoneRangHasNoHandOnAColleaguesConversation(t *testing.T) {
	c := webtest.Open(t)
	anna := c.Visitor("anna")
	answered := webtest.LiveCall("one", "+79121112233", true)
	answered.Parties[1].Link = fmc.Gone
	ivan := call.Party{Leg: fmc.LegID{Call: "one", N: 3}, Role: fmc.Worker, Link: fmc.Up, Who: call.Who{Employee: "ivan", Group: "sales", Device: "ivan/mobile"}}
	answered.Parties = append(answered.Parties, ivan)
	answered.Threads[0].Plan.Nodes = []plan.Node{{Do: plan.Talk}}
	c.Calls.Live(answered)
	if _, text := anna.Get("/live"); strings.Contains(text, "call-one") {
		t.Error("it stands on the board")
	}
	for _, act := range []string{"grab", "hang-up", "move"} {
		if status, _ := anna.Post("/live/one/"+act, url.Values{"to": {"boris"}}); status != http.StatusNotFound {
			t.Errorf("%s: %d", act, status)
		}
	}
	if begun, wishes := c.Calls.Asked(); len(begun)+len(wishes) > 0 {
		t.Errorf("%+v, %+v", begun, wishes)
	}
}

func TestAnEmployeePicksUpWhatRingsForAColleagueAndNoMore(t *testing.T) {
	c := webtest.Open(t)
	anna := c.Visitor("anna")
	rings := webtest.LiveCall("one", "+79121112233", false)
	rings.Parties[1].Who = call.Who{Employee: "ivan", Group: "sales", Device: "ivan/mobile"}
	c.Calls.Live(rings)
	if _, text := anna.Get("/live"); !strings.Contains(text, "/live/one/grab") || strings.Contains(text, "/live/one/hang-up") || strings.Contains(text, "/live/one/move") {
		t.Errorf("%.3000s", text)
	}
	for _, act := range []string{"hang-up", "move"} {
		if status, _ := anna.Post("/live/one/"+act, url.Values{"to": {"boris"}}); status != http.StatusForbidden {
			t.Errorf("%s: %d", act, status)
		}
	}
	if status, text := anna.Post("/live/one/grab", url.Values{}); status != http.StatusOK {
		t.Errorf("%d %.1000s", status, text)
	}
	if begun, wishes := c.Calls.Asked(); len(begun) != 1 || begun[0].Dialled != "**202" || begun[0].Employee != "anna" || len(wishes) > 0 {
		t.Errorf("%+v, %+v", begun, wishes)
	}
}

func TestAnEmployeeMovesAndHangsUpAsThemselves(t *testing.T) {
	c := webtest.Open(t)
	anna := c.Visitor("anna")
	both := webtest.LiveCall("one", "+79121112233", true)
	ivan := call.Party{Leg: fmc.LegID{Call: "one", N: 3}, Role: fmc.Worker, Link: fmc.Up, Who: call.Who{Employee: "ivan", Group: "sales"}}
	both.Parties = []call.Party{both.Parties[0], ivan, both.Parties[1]}
	c.Calls.Live(both)
	if _, text := anna.Get("/live"); strings.Contains(text, "/live/one/grab") || !strings.Contains(text, "/live/one/hang-up") || !strings.Contains(text, "/live/one/move") {
		t.Errorf("%.3000s", text)
	}
	for act, form := range map[string]url.Values{"hang-up": {}, "move": {"to": {"boris"}}} {
		if status, text := anna.Post("/live/one/"+act, form); status != http.StatusOK {
			t.Errorf("%s: %d %.1000s", act, status, text)
		}
	}
	_, wishes := c.Calls.Asked()
	for _, w := range wishes {
		if w.Leg.N != 2 {
			t.Errorf("in another's name: %+v", w)
		}
	}
	if len(wishes) != 2 {
		t.Errorf("%+v", wishes)
	}
}

// feedOf reads a stream of a page, event by event.
func feedOf(t *testing.T, c *webtest.Cabinet, who, path string) (next func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Visitor(who).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = answer.Body.Close() })
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		text, _ := io.ReadAll(answer.Body)
		t.Fatalf("%s: %d %s", path, answer.StatusCode, text)
	}
	lines := bufio.NewScanner(answer.Body)
	return func() string {
		t.Helper()
		var data strings.Builder
		for lines.Scan() {
			text, is := strings.CutPrefix(lines.Text(), "data: ")
			switch {
			case is:
				data.WriteString(text + "\n")
			case lines.Text() == "" && data.Len() > 0:
				return data.String()
			}
		}
		t.Fatalf("%s is over: %v", path, lines.Err())
		return ""
	}
}

func TestTheBoardChangesAsCallsDo(t *testing.T) {
	c := webtest.Open(t)
	next := feedOf(t, c, "boris", "/live/feed")
	if first := next(); !strings.Contains(first, `hx-target="#live-list"`) {
		t.Errorf("first: %s", first)
	}
	c.Calls.Live(webtest.LiveCall("one", "+79121112233", false))
	if came := next(); !strings.Contains(came, `hx-target="#live-list"`) || !strings.Contains(came, `id="call-one"`) || !strings.Contains(came, "phase-ring") {
		t.Errorf("a call came: %s", came)
	}
	c.Calls.Live(webtest.LiveCall("one", "+79121112233", true))
	talks := next()
	for !strings.Contains(talks, "phase-talk") { // a look between two steps may have shown the first alone
		talks = next()
	}
	if !strings.Contains(talks, `hx-target="#call-one"`) || strings.Contains(talks, `hx-target="#live-list"`) || !strings.Contains(talks, "phase-ring") {
		t.Errorf("they talk: %s", talks)
	}
	c.Calls.Live()
	if gone := next(); !strings.Contains(gone, `hx-target="#live-list"`) || strings.Contains(gone, "call-one") {
		t.Errorf("it is over: %s", gone)
	}
}

func TestNewCallsAreCountedAndTheListStands(t *testing.T) {
	c := webtest.Open(t)
	next := feedOf(t, c, "boris", "/calls/fresh?after=0")
	if first := next(); strings.Contains(first, "href") {
		t.Errorf("first: %s", first)
	}
	c.Happened(webtest.Now, call.Supposed{From: "+79121112233", To: "+74951234567"})
	if came := next(); !strings.Contains(came, `href="/calls"`) {
		t.Errorf("a call came: %s", came)
	}
}
