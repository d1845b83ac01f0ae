package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/ladder"
	"roadline/cabinet/web"
	"roadline/cabinet/web/webtest"
	"roadline/fmc"
	"roadline/fmc/cause"
)

func TestTheCallPageShowsEachRoleItsSides(t *testing.T) {
	c := webtest.Open(t)
	path := "/calls/" + string(c.TracedCall())
	for who, want := range map[string]map[string]int{
		"anna":  {"": 200, "/quality": 200, "/events": 200, "/audit": 200, "/ladder": 403, "/ladder.txt": 403, "/ladder.pcap": 403},
		"boris": {"": 200, "/ladder": 403},
		"olga":  {"": 200, "/ladder": 200, "/ladder.txt": 200, "/ladder.mmd": 200, "/ladder.pcap": 200, "/quality": 200},
		"ivan":  {"": 200, "/events": 200},
		"maria": {"": 403, "/quality": 403},
		"gleb":  {"": 403},
		"admin": {"": 403},
	} {
		v := c.Visitor(who)
		for side, status := range want {
			if got, text := v.Get(path + side); got != status {
				t.Errorf("%s at %s: %d, want %d\n%.2000s", who, side, got, status, text)
			}
		}
	}
}

func TestACallOfAnotherCompanyIsNotThere(t *testing.T) {
	c := webtest.Open(t)
	path := "/calls/" + string(c.TracedCall())
	for _, side := range []string{"", "/ladder", "/events", "/audit", "/quality", "/ladder.txt", "/ladder.pcap"} {
		if got, text := c.Visitor("orlov").Get(path + side); got == http.StatusOK || strings.Contains(text, "9120000001") {
			t.Errorf("%s: %d", side, got)
		}
	}
}

func TestTheLadderIsReadWithoutScripts(t *testing.T) {
	c := webtest.Open(t)
	id := c.TracedCall()
	v := c.Visitor("olga")
	status, text := v.Get("/calls/" + string(id) + "/ladder")
	for _, want := range []string{"INVITE", "486 &lt;b&gt;Busy&lt;/b&gt; (INVITE)", "&lt;script&gt;alert(1)", `<th scope="col" class="lane">`, "<caption"} {
		if status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%d, no %s", status, want)
		}
	}
	if strings.Contains(text, "<script>alert") || strings.Contains(text, "style=") {
		t.Error("what a stranger wrote is obeyed")
	}
	for _, file := range []string{"txt", "mmd", "pcap"} {
		if status, text := v.Get("/calls/" + string(id) + "/ladder." + file); status != http.StatusOK || !strings.Contains(text, "INVITE") {
			t.Errorf("%s: %d %s", file, status, text)
		}
	}
}

func TestAPrivateCallIsItsOwnersAlone(t *testing.T) {
	c := webtest.Open(t)
	id := fmc.CallID("019aaf9e-6d3c-7cc0-8f00-000000000001")
	for at, body := range []fmc.Happening{
		fmc.Opened{Began: webtest.Now.Add(-time.Hour), Direction: fmc.Outbound, Employee: "anna", Account: "anna-desk", Private: true},
		fmc.Closed{Cause: cause.Of(cause.Hangup)},
	} {
		c.Drain(fmc.Fact{Company: "acme", Call: id, At: time.Duration(at) * time.Second, Body: body})
	}
	c.Traces.Note([]fmc.Fact{{Company: "acme", Call: id, Body: fmc.Opened{Private: true}}})
	c.Traces.Told(fmc.LegID{Call: id, N: 1}, fmc.TraceLine{Kind: fmc.TraceSIP, Text: "INVITE sip:+79120000009@x SIP/2.0"})
	for who, want := range map[string]int{"anna": 200, "boris": 404, "ivan": 404, "olga": 404} {
		status, text := c.Visitor(who).Get("/calls/" + string(id))
		if status != want || strings.Contains(text, "9120000009") || strings.Contains(text, "912 000-00-09") {
			t.Errorf("%s: %d", who, status)
		}
	}
}

func TestWhatIfItCameAtAnotherTimeIsAskedOfTheSameEngine(t *testing.T) {
	c := webtest.Open(t)
	id := c.TracedCall()
	v := c.Visitor("boris")
	if status, text := v.Get("/calls/" + string(id) + "?at=2026-11-24+03:00"); status != http.StatusOK || !strings.Contains(text, "If it came at") {
		t.Errorf("at night: %d %.3000s", status, text)
	}
	if status, text := v.Get("/calls/" + string(id) + "?at=soon"); status != http.StatusOK || !strings.Contains(text, `id="wrong-at"`) {
		t.Errorf("a time that is none: %d", status)
	}
}

// TestTheLadderSpeaksEveryLanguage holds the English texts against what the ladder says by itself.
func TestTheLadderSpeaksEveryLanguage(t *testing.T) {
	english, russian := web.LadderWords(t, "en"), web.LadderWords(t, "ru")
	for key, sentence := range ladder.Words() {
		whole := map[string]string{}
		for _, name := range []string{
			"count", "loss", "from", "to", "by", "who", "number", "line", "shown", "why", "version", "op", "outcome", "keys", "mos",
			"heard_loss", "heard_jitter", "heard_mos", "sent_loss", "sent_jitter", "sent_mos",
		} {
			whole[name] = "X" + name
		}
		if got, want := english(ladder.Say{Key: key, Of: whole}), ladder.Fill(sentence, whole); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
		if ru := russian(ladder.Say{Key: key, Of: whole}); ru == "" || strings.HasPrefix(ru, "[") {
			t.Errorf("%s has no Russian words", key)
		}
	}
}
