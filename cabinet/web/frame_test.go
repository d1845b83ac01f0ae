package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"roadline/cabinet/access"
	"roadline/cabinet/web"
	"roadline/cabinet/web/webtest"
)

// wild is every {…} of a route's path.
var wild = regexp.MustCompile(`\{[^}]*\}`)

// Whoever lacks the right of a page is told so, whoever has it is not, and whoever did not sign in is asked to; the table
// of rights says who is who.
func TestEveryPageAsksForItsRight(t *testing.T) {
	c := webtest.Open(t)
	company, _ := c.Directory.Company("acme")
	stranger := c.Visitor("")
	for name := range webtest.Roles {
		person := c.Visitor(name)
		viewer, _ := access.ViewerOf(company, "")
		for i := range company.Employees {
			if string(company.Employees[i].ID) == name {
				viewer, _ = access.ViewerOf(company, company.Employees[i].ID)
			}
		}
		for _, r := range web.Routes() {
			if r.Right == "" {
				continue
			}
			path := wild.ReplaceAllString(strings.ReplaceAll(r.Path, "{$}", ""), "no-such-thing")
			status := person.Status(r.Method, path)
			if denied := status == http.StatusForbidden; denied == viewer.May(r.Right) || status >= 500 {
				t.Errorf("%s: %s %s: %d", name, r.Method, path, status)
			}
			if status := stranger.Status(r.Method, path); name == "anna" && r.Method == http.MethodGet && status != http.StatusSeeOther || status != http.StatusSeeOther && status != http.StatusForbidden {
				t.Errorf("a stranger: %s %s: %d", r.Method, path, status)
			}
		}
	}
}

func TestTheLogTellsNoSecretOfAPasswordsLink(t *testing.T) {
	c := webtest.Open(t)
	c.Store.Close()
	status := c.Visitor("").Status(http.MethodGet, "/password/MNBVCXZ")
	if said := c.Log.String(); status < 500 || !strings.Contains(said, "target=/password/…") || strings.Contains(said, "MNBVCXZ") {
		t.Errorf("%d %s", status, said)
	}
}

func TestAnswersForbidWhatNoPageOfOursNeeds(t *testing.T) {
	c := webtest.Open(t)
	for _, path := range []string{"/", "/sign-in", "/no-such-page", "/assets/no-such-file.js"} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+path, nil)
		w, err := c.Visitor("anna").Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Body.Close()
		policy := w.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
			if got := w.Header.Get(header); got != want {
				t.Errorf("%s: %s: %q", path, header, got)
			}
		}
	}
}

// What the policy forbids stands in no page: it would be dead, and a hole where the policy is not kept.
var forbidden = regexp.MustCompile(`(?i)<[^>]+\s(style|on[a-z]+|hx-on[^=]*|href="javascript:[^"]*)=|<style|<script(>|[^>]*[^c]>)[^<]`)

func TestPagesHoldNoScriptAndNoStyle(t *testing.T) {
	c := webtest.Open(t)
	for name := range webtest.Roles {
		person := c.Visitor(name)
		for _, path := range menuOf(person) {
			status, text := person.Get(path)
			if found := forbidden.FindString(text); found != "" || status != http.StatusOK {
				t.Errorf("%s: %s: %d %q", name, path, status, found)
			}
		}
	}
}

var menuLink = regexp.MustCompile(`<a href="([^"]*)" data-key=`)

// menuOf are the paths of a person's menu.
func menuOf(v *webtest.Visitor) []string {
	_, text := v.Get("/")
	var all []string
	for _, m := range menuLink.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

func TestAFormOfAnotherSiteDoesNothing(t *testing.T) {
	c := webtest.Open(t)
	v := c.Visitor("anna")
	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"} {
		v.Header.Del("Sec-Fetch-Site")
		v.Header.Del("Origin")
		v.Header.Set(header, value)
		if header == "Origin" {
			v.Header.Set("Sec-Fetch-Site", "same-site")
		}
		if status, text := v.Post("/sign-out", nil); status != http.StatusForbidden {
			t.Errorf("%s: %s: %d %s", header, value, status, text)
		}
	}
	v.Header.Del("Origin")
	v.Header.Del("Sec-Fetch-Site")
	if status, text := v.Get("/"); status != http.StatusOK || !strings.Contains(text, "Анна") {
		t.Errorf("signed out after all: %d", status)
	}
}

// A stranger's page may have a name of its own lead to this machine: then its requests are of the same site for the browser.
func TestADemoAnswersByItsOwnNameAlone(t *testing.T) {
	c := webtest.Open(t)
	for host, want := range map[string]int{
		"elsewhere.example": http.StatusForbidden, "127.0.0.1.elsewhere.example:8080": http.StatusForbidden, "192.0.2.1:8080": http.StatusForbidden,
		"localhost:8080": http.StatusOK, "LOCALHOST": http.StatusOK, "[::1]:8080": http.StatusOK, "127.0.0.1": http.StatusOK,
	} {
		for _, path := range []string{"/sign-in", "/?demo=anna"} {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+path, nil)
			r.Host = host
			w, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(w.Body)
			_ = w.Body.Close()
			if refused := w.StatusCode == http.StatusForbidden; refused != (want == http.StatusForbidden) || w.StatusCode >= 500 || refused && (len(w.Cookies()) > 0 || !strings.Contains(string(text), "http://127.0.0.1")) {
				t.Errorf("%s%s: %s %v\n%.2000s", host, path, w.Status, w.Cookies(), text)
			}
		}
	}
}

func TestALinkOnAnotherSiteLetsNobodyIntoADemo(t *testing.T) {
	v := webtest.Open(t).Visitor("")
	v.Header.Set("Sec-Fetch-Site", "cross-site")
	if status, text := v.Get("/?demo=anna"); status != http.StatusForbidden || !strings.Contains(text, "Another site led here") {
		t.Errorf("%d %.2000s", status, text)
	}
	v.Header.Del("Sec-Fetch-Site")
	if at := v.Status(http.MethodGet, "/me"); at != http.StatusSeeOther {
		t.Errorf("signed in after all: %d", at)
	}
}

func TestATooLargeFormIsRefusedInWords(t *testing.T) {
	v := webtest.Open(t).Visitor("")
	status, text := v.Post("/sign-in", url.Values{"login": {strings.Repeat("x", 9<<20)}})
	if status != http.StatusBadRequest || !strings.Contains(text, "larger than") {
		t.Errorf("%d %.200s", status, text)
	}
}

func TestAnUnknownPageSaysSoWithAnID(t *testing.T) {
	c := webtest.Open(t)
	for _, v := range []*webtest.Visitor{c.Visitor(""), c.Visitor("anna")} {
		for _, path := range []string{"/nothing", "/calls/../../etc/passwd", "/assets/..%2f..%2fgo.mod", "/%00", "/sign-in/%2e%2e/x"} {
			status, text := v.Get(path)
			if status != http.StatusNotFound && !strings.Contains(text, "<h1") || strings.Contains(text, "module roadline") {
				t.Errorf("%s: %d %.100s", path, status, text)
			}
		}
		_, text := v.Get("/nothing")
		if !strings.Contains(text, "There is no page at this address.") || !regexp.MustCompile(`<code>[A-Z2-7]{6}</code>`).MatchString(text) {
			t.Errorf("%s", text)
		}
	}
}

func TestWhereToGoOnAfterASignInStaysOnThisSite(t *testing.T) {
	c := webtest.Open(t)
	for _, then := range []string{"//elsewhere.example", "https://elsewhere.example", `/\elsewhere.example`, "javascript:alert(1)", "/\n/x"} {
		v := c.Visitor("anna")
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+"/sign-in?"+url.Values{"then": {then}}.Encode(), nil)
		if at := v.Leads(r); at != "/" {
			t.Errorf("%q leads to %q", then, at)
		}
	}
}

// Every word of a page is a text: in a language whose every letter is changed, no plain Latin word is left but what people
// and the machine are called. Esperanto stands in for that language.
func TestEveryWordOfAPageIsATranslatedText(t *testing.T) {
	c := webtest.Open(t)
	if err := c.Site.Pretend("eo", accented); err != nil {
		t.Fatal(err)
	}
	for name := range webtest.Roles {
		v := c.Visitor(name)
		v.Header.Set("Cookie", "look=lang=eo")
		for _, path := range menuOf(v) {
			_, text := v.Get(path)
			for _, word := range plainWords(text) {
				t.Errorf("%s: %s: %q", name, path, word)
			}
		}
	}
}

// accented changes every Latin letter of a text, but for the names of its values.
func accented(text string) string {
	var b strings.Builder
	inside := 0
	for _, r := range text {
		switch {
		case r == '{':
			inside++
		case r == '}':
			inside--
		case inside == 0 && r >= 'a' && r <= 'z':
			r += 'à' - 'a'
		case inside == 0 && r >= 'A' && r <= 'Z':
			r += 'À' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

var (
	untranslated = regexp.MustCompile(`(?s)<(head|code|pre|option)\b.*?</(head|code|pre|option)>|<(\w+)[^>]* (translate="no"|lang="en")[^>]*>.*?</\w+>`)
	tags         = regexp.MustCompile(`<[^>]*>`)
	latin        = regexp.MustCompile(`[A-Za-z]{2,}`)
	names        = map[string]bool{"Roadline": true, "SIP": true, "SIM": true, "AT": true, "RTP": true, "CSV": true, "ICCID": true, "amp": true, "lt": true, "gt": true, "quot": true}
)

// plainWords are the Latin words between the tags of a page.
func plainWords(page string) []string {
	var all []string
	for _, word := range latin.FindAllString(tags.ReplaceAllString(untranslated.ReplaceAllString(page, " "), " "), -1) {
		if !names[word] {
			all = append(all, word)
		}
	}
	return all
}

// What a browser loads at first stays small: reference for the figures is the budget of the design.
func TestWhatAPageLoadsStaysWithinItsBudget(t *testing.T) {
	text, err := os.ReadFile("dist/manifest.json")
	if err != nil {
		t.Skip("scripts and styles are not built: run make web")
	}
	var files map[string]string
	if err := json.Unmarshal(text, &files); err != nil {
		t.Fatal(err)
	}
	c := webtest.Open(t)
	for name, most := range map[string]int64{"cabinet.js": 30_000, "cabinet.css": 14_000, "icons.svg": 8_000} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+"/assets/"+files[name], nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w, err := c.Visitor("").Do(r)
		if err != nil {
			t.Fatal(err)
		}
		size, err := io.Copy(io.Discard, w.Body)
		_ = w.Body.Close()
		if err != nil || w.StatusCode != http.StatusOK || size > most || w.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(w.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, %d bytes of at most %d, %v %v", name, w.StatusCode, size, most, w.Header, err)
		}
	}
}

// says reports whether all words stand in a text.
func says(text string, words ...string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
