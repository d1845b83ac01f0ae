package web_test

import (
	"testing"
	"time"

	"roadline/cabinet/web/webtest"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

func TestThePageOfACallThatGoesOnFollowsItToItsEnd(t *testing.T) {
	c := webtest.Open(t)
	id := fmc.CallID("01a20734-5580-7000-8000-0000000000aa")
	happen := func(at time.Duration, body fmc.Happening) {
		t.Helper()
		c.Drain(fmc.Fact{Company: "acme", Call: id, At: at, Body: body})
	}
	happen(0, fmc.Opened{
		Began: webtest.Now.Add(-time.Minute), Direction: fmc.Inbound, From: callerid.Number{E164: "+79120000001"}, To: callerid.Number{E164: "+74951234568"},
	})
	path := "/calls/" + string(id)
	if _, text := c.Visitor("boris").Get(path + "/events"); !says(text, `hx-sse:connect="`+path+`/feed?side=events"`, "goes on", "Show what came since") {
		t.Fatalf("%s", text)
	}
	next := feedOf(t, c, "boris", path+"/feed?side=events")
	if first := next(); !says(first, `hx-target="#call-head"`, `hx-target="#call-side"`, `class="state busy"`) {
		t.Errorf("first: %s", first)
	}
	happen(30*time.Second, fmc.Closed{Cause: cause.Of(cause.Hangup)})
	last := next()
	for !says(last, `hx-target="#call-head"`, `<p class="notice" role="status">`) { // a look between two steps may have shown the first alone
		last = next()
	}
	if says(last, "hx-sse:connect") || says(last, "state busy") {
		t.Errorf("the last picture holds the stream: %s", last)
	}
	for who, wanted := range map[string]map[string]int{
		"orlov": {"/feed?side=events": 404}, "olga": {"/feed?side=x": 404}, "boris": {"/feed?side=ladder": 403, "/feed?side=audit": 404}, "maria": {"/feed?side=events": 403},
	} {
		for feed, want := range wanted {
			if status, _ := c.Visitor(who).Get(path + feed); status != want {
				t.Errorf("%s at %s: %d, want %d", who, feed, status, want)
			}
		}
	}
}

func TestTheFirstPageAsksAsSoonAsACallIsOver(t *testing.T) {
	c := webtest.Open(t)
	next := feedOf(t, c, "anna", "/home/feed")
	if first := next(); !says(first, `<div id="after-call"></div>`) {
		t.Errorf("first: %s", first)
	}
	id := c.Recorded(webtest.Now.Add(-5*time.Minute), "+79120000001")
	if asked := next(); !says(asked, "/calls/"+string(id)+"/result", `value="thinking"`) {
		t.Errorf("%s", asked)
	}
}
