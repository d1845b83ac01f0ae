package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"roadline/cabinet/document"
	"roadline/fmc/cause"
)

func TestAFileIsAppliedExportedAndListed(t *testing.T) {
	n := newNode(t)
	var all strings.Builder
	tell := func(s said) { all.WriteString(s.String() + "\n") }
	tell(n.apply("acme.yaml", acmeFile))
	changed := strings.NewReplacer("+79167654321", "+79167654322", "strategy: hunt", "strategy: ring-all, ring: 20s", `name: Pyotr`, `name: Pyotr Petrov`).Replace(acmeFile)
	changed += "dialling: {abroad: true, countries: [BY, KZ]}\n"
	tell(n.apply("acme.yaml", changed, "--dry-run"))
	tell(n.apply("acme.yaml", changed, "--override", "petrov is on leave"))
	tell(n.apply("acme.yaml", changed+"\n# a word\n", "--override", "petrov is on leave"))
	tell(n.run("export", "acme", "--list"))
	golden(t, "apply", all.String())
	if text := n.must("export", "acme", "--generation", "1"); text != acmeFile {
		t.Errorf("exported %q", text)
	}
	var v document.VersionShown
	if err := json.Unmarshal([]byte(n.must("export", "acme", "-o", "json")), &v); err != nil || v.Generation != 3 || v.Author != "tester" {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestExportThenApplyChangesNothing(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	text := n.must("export", "acme")
	if text != acmeFile {
		t.Fatalf("exported %q", text)
	}
	s := n.apply("back.yaml", text)
	if s.code != exitOK || s.out != "acme: nothing changes, generation 1 stands\n" {
		t.Fatal(s)
	}
	if list := n.must("export", "acme", "--list"); strings.Count(list, "\n") != 2 {
		t.Fatal(list)
	}
}

func TestAStaleBaseIsRefused(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	n.apply("acme.yaml", acmeFile+"# two\n")
	for _, base := range []string{"0", "1", "3"} {
		s := n.apply("acme.yaml", strings.Replace(acmeFile, "Ivan", "Igor", 1), "--base", base)
		if s.code != exitFailed || !strings.Contains(s.err, "base generation "+base+" is stale, tester applied 2 at ") || s.out != "" {
			t.Errorf("base %s: %s", base, s)
		}
	}
	if text := n.must("export", "acme"); text != acmeFile+"# two\n" {
		t.Fatal("it was changed")
	}
}

func TestABadFileIsRefusedWithItsPlaceAndNothingIsApplied(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	bad := strings.NewReplacer(`"202"`, `"201"`, "hunt", "hurnt", "reaches: petrov", "reaches: nobody").Replace(acmeFile)
	path := n.write("bad.yaml", bad)
	s := n.run("apply", path, "--reason", "x")
	golden(t, "apply_bad", s.String())
	// The same by the API, past the command line's own look at it.
	err := n.server().ask(t.Context(), http.MethodPut, at("companies/acme/document"), document.Apply{Document: bad, File: path, Base: 1, Author: "a", Reason: "x"}, &struct{}{})
	if !errors.Is(err, cause.Invalid) || err.Error() != strings.ReplaceAll(strings.TrimSuffix(s.err, "\n"), "roadline: ", "") {
		t.Errorf("the API says %v", err)
	}
	if text := n.must("export", "acme"); text != acmeFile {
		t.Fatal("it was changed")
	}
}

// server is the API of the node, as the commands ask it.
func (n *node) server() *server {
	n.t.Helper()
	p := &program{socket: filepath.Join(n.dir, "data", "roadline.sock")}
	s, err := p.server(nil)
	if err != nil {
		n.t.Fatal(err)
	}
	return s
}

func TestADocumentThatFailsItsOwnTestsIsAppliedOnlyWithAReason(t *testing.T) {
	n := newNode(t)
	text := strings.Replace(acmeFile, "within: 40s", "within: 10s", 1)
	s := n.apply("acme.yaml", text)
	golden(t, "apply_fails", s.String())
	if s := n.run("export", "acme"); s.code != exitFailed {
		t.Fatalf("it was applied: %s", s)
	}
	if s := n.apply("acme.yaml", text, "--dry-run"); s.code != exitFailed || !strings.Contains(s.err, "1 of 1 tests fail") {
		t.Fatal(s)
	}
	if s := n.apply("acme.yaml", text, "--override", "we start slowly"); s.code != exitOK {
		t.Fatal(s)
	}
	if list := n.must("export", "acme", "--list"); !strings.Contains(list, "a test (tests overridden: we start slowly)") {
		t.Fatal(list)
	}
}

func TestWhatTheMachineDoesNotGrantIsRefused(t *testing.T) {
	n := newNode(t)
	s := n.apply("acme.yaml", strings.ReplaceAll(acmeFile, "+74951234567", "+74952222222"))
	if s.code != exitFailed || !strings.Contains(s.err, "number +74952222222: the machine does not grant it to company acme on trunk carrier-a: ask its operator") {
		t.Error(s)
	}
	s = n.apply("gamma.yaml", strings.ReplaceAll(acmeFile, "company: acme", "company: gamma"))
	if s.code != exitFailed || !strings.Contains(s.err, "the machine grants company gamma nothing on trunk \"carrier-a\"") {
		t.Error(s)
	}
	if s := n.run("calls"); !strings.Contains(s.err, "the server has no company yet") || s.code != exitFailed {
		t.Error(s)
	}
}

func TestAnAccountNameOfAnotherCompanyIsAConflict(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	s := n.apply("beta.yaml", strings.Replace(betaFile, "orlov-desk", "ivanov-desk", 1))
	if s.code != exitFailed || !strings.Contains(s.err, "a SIP account name is taken on this node: choose another") || strings.Contains(s.err, "acme") {
		t.Error(s)
	}
	if s := n.run("export", "beta"); s.code != exitFailed {
		t.Error(s)
	}
}

func TestAnApplySaysWhoAndWhy(t *testing.T) {
	n := newNode(t)
	file := n.write("acme.yaml", acmeFile)
	if s := n.run("apply", file); s.code != exitUsage || !strings.Contains(s.err, "--reason is missing") {
		t.Error(s)
	}
	t.Setenv("SUDO_USER", "anna")
	n.must("apply", file, "--reason", "new")
	if list := n.must("export", "acme", "--list"); !strings.Contains(list, "anna") || !strings.Contains(list, "new") {
		t.Error(list)
	}
}
