package web_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"roadline/cabinet/web"
	"roadline/cabinet/web/webtest"
	"roadline/store"
)

// How our source writes an operation's name into the audit, as a literal.
var (
	inSource    = regexp.MustCompile(`(?:access\.Entry\(ctx, |access\.Entry\(v\.ctx\(\), |\baudited\(|\bdeed\(ctx, |AuditEntry\{.*What: )"([a-z.-]*[a-z])"`)
	inBoard     = regexp.MustCompile(`BoardAct = "([a-z-]+)"`)
	ofNode      = regexp.MustCompile(`\{"(GET|POST|PUT|DELETE) /v1/companies/\{company\}/(\S+)", `)
	ofDocument  = regexp.MustCompile(`(?s)\n    (post|put|delete):\n(?:      [^\n]*\n)*?      operationId: (\S+)`)
	onlyAsks    = map[string]bool{"POST explain": true, "clients.check": true, "document.check": true, "document.explain": true}
	nodeListens = regexp.MustCompile(`/recording$|/sound$|/mandates$`)
)

// written are the names that the audit may have, by where each is written.
func written(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	note := func(where, name string) {
		if !onlyAsks[name] {
			all[name] = where
		}
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == "node_modules" {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range inSource.FindAllSubmatch(text, -1) {
			note(path, string(m[1]))
		}
		for _, m := range inBoard.FindAllSubmatch(text, -1) {
			note(path, "calls."+string(m[1]))
		}
		for _, m := range ofNode.FindAllSubmatch(text, -1) {
			switch method, rest := string(m[1]), string(m[2]); {
			case method != "GET":
				note(path, method+" "+rest)
			case nodeListens.MatchString(rest):
				note(path, rest)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range ofDocument.FindAllSubmatch(document, -1) {
		note("openapi.yaml", string(m[2]))
	}
	return all
}

func TestEveryDeedThatTheAuditMayHaveHasItsWords(t *testing.T) {
	names := written(t)
	for _, one := range []string{"sign-in", "calls.grab", "message.codes", "tags.add", "draft.change", "POST messages", "webhooks.rotate", "recordings.hold", "voicemail/{call}/{n}/sound"} {
		if names[one] == "" {
			t.Errorf("the source writes %q into the audit, and this test does not see it", one)
		}
	}
	texts, err := web.Texts("en") // TestEveryTextStandsInEnglishAndRussian has the Russian ones
	if err != nil {
		t.Fatal(err)
	}
	for name, where := range names {
		if key := web.DeedKey(name); texts[key] == nil {
			t.Errorf("%s writes %q into the audit: give it a row in deeds, or in nodeDeeds, and a text in locales/*/deeds.toml", where, name)
		}
	}
}

func TestTheAuditSpeaksOfDeedsAndOfPeopleByName(t *testing.T) {
	c := webtest.Open(t)
	admin, reader := c.Visitor("admin"), russian(c, "admin")
	for _, e := range []store.AuditEntry{
		{Who: "admin", What: "people.shut-out", Object: "anna"},
		{Who: "machine", What: "PUT employees/{employee}/pin", Object: "anna"},
		{Who: "link 7", What: "links.play", Object: "call-1"},
		{Who: "machine", What: "an earlier deed", Object: "groups.sales"},
	} {
		if err := c.Store.For("acme").Audit(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		v    *webtest.Visitor
		path string
		want []string
	}{
		{admin, "/audit", []string{"Shut a person out</td>", "Set a PIN</td>", "The machine", "an earlier deed</td>", ">Анна Петрова</span></td>", "Somebody by a link"}},
		{reader, "/audit?what=people.shut-out", []string{"Закрытие доступа сотруднику</td>", `<option value="people.shut-out" selected>`}},
		{reader, "/audit?what=PUT+employees%2F%7Bemployee%7D%2Fpin", []string{"Новый ПИН</td>", "selected>Новый ПИН (командой на узле)"}},
		{reader, "/audit?what=nothing", []string{`<option value="nothing" selected>`}},
	} {
		if _, text := x.v.Get(x.path); !says(text, x.want...) {
			_, rows, _ := strings.Cut(text, "<tbody>")
			rows, _, _ = strings.Cut(rows, "</tbody>")
			t.Errorf("%s does not say %q:\n%s", x.path, x.want, rows)
		}
	}
}
