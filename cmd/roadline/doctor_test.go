package main

import (
	"encoding/json"
	"strings"
	"testing"

	"roadline/cabinet"
	"roadline/cabinet/doctor"
)

func TestTheDoctorLooksAtTheServerAndWithoutOneAtTheMachine(t *testing.T) {
	n := newNode(t)
	s := n.run("doctor", "-o", "json")
	var x cabinet.Examined
	if err := json.Unmarshal([]byte(s.out), &x); err != nil || len(x.Findings) < 5 {
		t.Fatalf("%v: %s %s", err, s.out, s.err)
	}
	want := map[doctor.Level]int{doctor.Well: exitOK, doctor.Warn: exitAway, doctor.Bad: exitFailed}[x.Level]
	if s.code != want {
		t.Errorf("exit %d at level %s, want %d", s.code, x.Level, want)
	}
	if s := n.run("doctor", "--all"); !strings.Contains(s.out, "database\n  ok   PostgreSQL") {
		t.Errorf("%s", s.out)
	}
	away := n.run("--socket", t.TempDir()+"/none", "doctor")
	if away.code != exitFailed || !strings.Contains(away.out, "No server answers at") || !strings.Contains(away.out, "systemctl start roadline") {
		t.Errorf("%d %s %s", away.code, away.out, away.err)
	}
}
