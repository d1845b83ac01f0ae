package cabinet_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"roadline/fmc"
)

// sentenceWords are words that every English sentence has one of.
var sentenceWords = regexp.MustCompile(`(?i)(^|[\s"])(the|is|are|was|were|not|no|of|for|it|this|that|with|nobody|write|there)([\s.,;:]|$)`)

// What a program is told in words comes in the language that it asks for; what it decides by does not change.
func TestTheAPISpeaksTheLanguageThatIsAskedFor(t *testing.T) {
	x := newOffice(t)
	ru := []string{"Accept-Language", "ru-RU,en;q=0.5"}
	for _, q := range []struct {
		who    fmc.EmployeeID
		method string
		request
	}{
		{"", http.MethodGet, request{path: "/calls"}},
		{"maria", http.MethodGet, request{path: "/sims"}},
		{"olga", http.MethodGet, request{path: "/calls/no-such-call"}},
		{"olga", http.MethodGet, request{path: "/calls?status=odd"}},
		{"olga", http.MethodGet, request{path: "/calls?limit=nine"}},
		{"olga", http.MethodGet, request{path: "/calls?colour=red"}},
		{"olga", http.MethodGet, request{path: "/nothing"}},
		{"olga", http.MethodPatch, request{path: "/calls"}},
		{"clara", http.MethodPut, request{path: "/document", headers: []string{"If-Match", `"99"`}, body: map[string]any{"document": "company: acme\ncolour: red\n", "reason": "test"}}},
		{"clara", http.MethodPost, request{path: "/explain", body: map[string]any{"at": "soon"}}},
	} {
		q.headers = append(q.headers, ru...)
		w := x.send(q.who, q.method, q.request)
		p := x.problem(q.who, q.method, q.request)
		if w.Header().Get("Content-Language") != "ru" || !strings.Contains(w.Header().Get("Vary"), "Accept-Language") || !strings.HasPrefix(p.Type, "urn:roadline:") {
			t.Errorf("%s %s: %v", q.method, q.path, w.Header())
		}
		if text := p.Title + "\n" + p.Detail; sentenceWords.MatchString(text) {
			t.Errorf("%s %s: %s", q.method, q.path, text)
		}
	}
	q := request{path: "/calls/" + string(x.call), headers: ru}
	if w := x.send("olga", http.MethodGet, q); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"why":"Положили трубку."`) || !strings.Contains(w.Body.String(), "звонить") || !strings.Contains(w.Body.String(), `"cause":"hangup (16)"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := x.send("olga", http.MethodGet, request{path: q.path}); !strings.Contains(w.Body.String(), "A person hung up.") || w.Header().Get("Content-Language") != "en" {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
	w := x.send("clara", http.MethodPost, request{path: "/explain", headers: ru, body: map[string]any{"from": "+79120000001", "to": "+74951234567"}})
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "компания записывает такие звонки") || sentenceWords.MatchString(w.Body.String()) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
