package web_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/web/webtest"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// plainly is the text of a page's part as people read it.
func plainly(part string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(html.UnescapeString(tags.ReplaceAllString(part, " ")), "\u00a0", " ")), " ")
}

// headline is the heading of a page, with an arrow where its picture stands.
func headline(t *testing.T, text string) string {
	t.Helper()
	found := regexp.MustCompile(`(?s)<h1[^>]*>(.*?)</h1>`).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no heading: %.2000s", text)
	}
	return plainly(regexp.MustCompile(`(?s)<svg.*?</svg>`).ReplaceAllString(found[1], "→"))
}

func TestTheHeadingOfACallSaysWhoCalledWhom(t *testing.T) {
	c := webtest.Open(t)
	boris := c.Visitor("boris")
	for want, id := range map[string]fmc.CallID{
		"Анна Петрова → 8 (912) 000-00-01": c.Happened(webtest.Now, call.Supposed{By: "anna", Dial: "+79120000001", Answers: []string{"outside"}}),
		"Анна Петрова → Иван Лебедев":      c.Happened(webtest.Now, call.Supposed{By: "anna", Dial: "202", Answers: []string{"ivan"}}),
		"8 (912) 000-00-02 → Анна Петрова": c.Happened(webtest.Now, call.Supposed{From: "+79120000002", To: "+74951234568", Answers: []string{"anna"}}),
	} {
		if _, text := boris.Get("/calls/" + string(id)); headline(t, text) != want {
			t.Errorf("%q, want %q", headline(t, text), want)
		}
	}
}

// Who asked to be put through, and keyed nobody's number: nobody's number is hidden, and the person's own is no client's.
func TestACallOutThatDialledNobodySaysSo(t *testing.T) {
	c := webtest.Open(t)
	id := fmc.CallID("019aaf9e-6d3c-7cc0-8f00-000000000002")
	for at, body := range []fmc.Happening{
		fmc.Opened{
			Began: webtest.Now.Add(-time.Hour), Direction: fmc.Outbound, Employee: "anna",
			From: callerid.Number{E164: "+79161234567"}, To: callerid.Number{E164: "+74951234567"},
		},
		fmc.Closed{Cause: cause.Of(cause.Hangup)},
	} {
		c.Drain(fmc.Fact{Company: "acme", Call: id, At: time.Duration(at) * time.Second, Body: body})
	}
	anna := c.Visitor("anna")
	for _, path := range []string{"/", "/calls", "/calls/" + string(id)} {
		status, text := anna.Get(path)
		if plain := plainly(text); status != http.StatusOK || !strings.Contains(plain, "No number dialled") || strings.Contains(plain, "Hidden number") {
			t.Errorf("%s: %d %s", path, status, plain)
		}
	}
	_, text := anna.Get("/calls/" + string(id))
	if headline(t, text) != "Анна Петрова → No number dialled" || !strings.Contains(text, "wanted to call by the company, and nobody was dialled") {
		t.Errorf("%s", plainly(text))
	}
}

// The manager takes no calls: what their page says is the company's.
func TestWhoHasNoPhoneIsNotOfferedToCall(t *testing.T) {
	c := webtest.Open(t)
	c.Apply("acme", strings.ReplaceAll(webtest.Acme, `extension: "203", groups: [service], mobile: "+79161234569", roles`, "roles"))
	c.Happened(webtest.Now, call.Supposed{From: "+79120000002", To: "+74951234567"})
	ivan, boris := c.Visitor("ivan"), c.Visitor("boris")
	for _, path := range []string{"/missed", "/clients/+79120000002", "/people/anna"} {
		if _, text := ivan.Get(path); !strings.Contains(text, `action="/dial"`) {
			t.Errorf("ivan at %s has no call: %s", path, plainly(text))
		}
		if status, text := boris.Get(path); status != http.StatusOK || strings.Contains(text, `action="/dial"`) {
			t.Errorf("boris at %s, %d: no phone of his would ring", path, status)
		}
	}
	if _, text := ivan.Get("/people/ivan"); strings.Contains(text, `action="/dial"`) {
		t.Error("ivan may call himself")
	}
	_, text := boris.Get("/")
	plain := plainly(text)
	for _, wrong := range []string{"No calls today yet", "Nobody waits for your call"} {
		if strings.Contains(plain, wrong) {
			t.Errorf("%q beside the company's figures", wrong)
		}
	}
	if !strings.Contains(plain, "1 client waits for a call back 1 call from clients today") {
		t.Errorf("%s", plain)
	}
	if strings.Count(text, `href="/statistics?from=2026-11-23&amp;to=2026-11-23"`) != 3 {
		t.Error("figures of today lead to those of a month")
	}
}

func TestEachCallOfTheBoardIsInOneOfItsFigures(t *testing.T) {
	c := webtest.Open(t)
	menu := webtest.LiveCall("menu", "+79120000003", false)
	menu.Parties = menu.Parties[:1]
	menu.Threads = []call.Thread{{Plan: plan.Plan{Nodes: []plan.Node{{Do: plan.Gather}}}}}
	c.Calls.Live(webtest.LiveCall("talks", "+79120000001", true), webtest.LiveCall("rings", "+79120000002", false), menu)
	_, text := c.Visitor("olga").Get("/live")
	if plain := plainly(text); !strings.Contains(plain, "3 calls now 1 in conversation 1 rings 1 in a menu or waiting") {
		t.Errorf("%s", plain)
	}
}

func TestTheRowsOfATableBeginWithWhatItsTitleSays(t *testing.T) {
	c := webtest.Open(t)
	for range 3 {
		c.Happened(webtest.Now, call.Supposed{By: "anna", Dial: "+79120000001", Answers: []string{"outside"}}) // more calls, but out
	}
	for range 2 {
		c.Happened(webtest.Now, call.Supposed{From: "+79120000002", To: "+74951234568", Answers: []string{"anna"}})
	}
	_, text := c.Visitor("boris").Get("/statistics")
	_, numbers, _ := strings.Cut(text, `id="numbers"`)
	_, rows, _ := strings.Cut(numbers, "<tbody>")
	if plain := plainly(rows); !strings.HasPrefix(plain, "8 (495) 123-45-68 2 ") {
		t.Errorf("%.300s", plain)
	}
}
