package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"roadline/configs"
	"roadline/fmc"
)

func TestAModeIsSetByTheCommandLineAndOutlivesARestartWithoutPostgreSQL(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	kind := func(who fmc.EmployeeID) fmc.ModeKind {
		return n.house.Calls().World(n.company("acme"), time.Now()).Mode(who).Kind
	}
	if out := n.must("user", "mode", "acme", "petrov", "dnd", "--for", "2h"); !strings.HasPrefix(out, "petrov does not wish to be disturbed until 20") {
		t.Error(out)
	}
	if out := n.must("user", "modes"); !strings.Contains(out, "ivanov    Ivan   is available") || !strings.Contains(out, "petrov    Pyotr  does not wish to be disturbed until 20") {
		t.Error(out)
	}
	if kind("petrov") != fmc.Undisturbed || kind("ivanov") != fmc.Available {
		t.Error("the calls do not know it")
	}
	for want, args := range map[string][]string{
		"write on, mobile or dnd": {"petrov", "off"}, "write one of them": {"petrov", "dnd", "--for", "1h", "--until", "18:30"}, "no person \"nobody\"": {"nobody", "dnd"},
	} {
		if s := n.run(append([]string{"user", "mode", "acme"}, args...)...); s.code != exitFailed || !strings.Contains(s.err, want) {
			t.Errorf("%v: %s", args, s)
		}
	}
	if err := n.stop(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(n.config)
	if err != nil {
		t.Fatal(err)
	}
	m, err := configs.ReadMachine(n.config, text)
	if err != nil {
		t.Fatal(err)
	}
	m.Database = "host=127.0.0.1 port=1"
	n.startAlone(m)
	if kind("petrov") != fmc.Undisturbed {
		t.Error("a restart without PostgreSQL forgot it")
	}
	if out := n.must("user", "mode", "acme", "petrov", "on"); out != "petrov is available\n" || kind("petrov") != fmc.Available {
		t.Error(out)
	}
}
