package main

import (
	"strings"
	"testing"
)

func TestAPasswordForTheCabinetIsSetByTheCommandLine(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	right := func(password string) bool {
		ok, _, err := n.house.Store().Operator().RightPassword(t.Context(), "acme", "petrov", password)
		if err != nil {
			t.Error(err)
		}
		return ok
	}
	s := runWith(t, "a horse of steel\r\nmore\n", "--config", n.config, "user", "password", "acme", "petrov")
	if s.code != exitOK || s.out != "petrov has a new password for the cabinet\n" || !right("a horse of steel") {
		t.Fatal(s)
	}
	for in, want := range map[string]string{"": "no password", "short\n": "write 10 characters", "password123\n": "guessed first"} {
		s := runWith(t, in, "--config", n.config, "user", "password", "acme", "petrov")
		if s.code == exitOK || !strings.Contains(s.err, want) || s.out != "" {
			t.Errorf("%q: %s", in, s)
		}
	}
	made, ok := strings.CutPrefix(n.must("user", "password", "acme", "petrov", "--generate"), "petrov has a new password for the cabinet: ")
	if !ok || !right(strings.TrimSpace(made)) || right("a horse of steel") {
		t.Errorf("%q", made)
	}
	if out := n.must("user", "password", "acme", "petrov", "--remove"); out != "petrov cannot sign in to the cabinet any more\n" || right(strings.TrimSpace(made)) {
		t.Error(out)
	}
	if s := n.run("user", "password", "acme", "petrov", "--remove"); s.code != exitFailed {
		t.Error(s)
	}
	if s := n.run("user", "invite", "acme", "petrov"); s.code == exitOK || !strings.Contains(s.err, "no cabinet in the web") {
		t.Error(s)
	}
	if text := n.must("export", "acme") + n.log.String(); strings.Contains(text, "horse") || strings.Contains(text, "argon2") {
		t.Error("a password is in the document or the log")
	}
}
