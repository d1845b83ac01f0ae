package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"roadline/cabinet"
	"roadline/cabinet/doctor"
	"roadline/configs"
	"roadline/fmc/call"
)

// TestWhatTheDatabaseRefusedIsListedAndComesBack has a call of a company that the database does not know yet.
func TestWhatTheDatabaseRefusedIsListedAndComesBack(t *testing.T) {
	n := newNode(t)
	if s := n.run("quarantine", "list"); s.code != exitOK || s.out != "N  AT  KIND  COMPANY  OF  REASON\n" {
		t.Error(s)
	}
	c, err := configs.ReadCompany("acme.yaml", []byte(acmeFile))
	if err != nil {
		t.Fatal(err)
	}
	n.happened(c, answeredCall, monday, call.Supposed{From: "+79120000001", Keys: "1", Answers: []string{"petrov"}})
	var all []cabinet.AsideShown
	if err := json.Unmarshal([]byte(n.must("quarantine", "list", "-o", "json")), &all); err != nil || len(all) != 1 || all[0].Call != answeredCall || all[0].Company != "acme" || all[0].Kind != "record" || all[0].Reason == "" {
		t.Fatalf("%+v, %v", all, err)
	}
	if s := n.run("quarantine", "list"); !strings.Contains(s.out, string(answeredCall)) || !strings.Contains(s.out, "call_record") {
		t.Error(s)
	}
	var x cabinet.Examined
	if err := json.Unmarshal([]byte(n.run("doctor", "-o", "json").out), &x); err != nil || !tells(x, "quarantine", doctor.Warn) {
		t.Errorf("the doctor says nothing of it: %+v, %v", x, err)
	}
	if s := n.run("quarantine", "retry"); s.code != exitFailed || !strings.Contains(s.out, "brought in: 0") || !strings.Contains(s.err, "1 are not taken still") {
		t.Error(s)
	}
	if s := n.apply("acme.yaml", acmeFile); s.code != exitOK {
		t.Fatal(s)
	}
	if s := n.run("quarantine", "retry", fmt.Sprint(all[0].N), fmt.Sprint(all[0].N)); s.code != exitOK || !strings.Contains(s.out, "brought in: 1") {
		t.Error(s)
	}
	if s := n.run("call", "show", "--company", "acme", string(answeredCall)); s.code != exitOK {
		t.Error(s)
	}
	for line, want := range map[string]struct {
		code int
		says string
	}{
		"quarantine retry 7":                           {exitFailed, "not all of these are put aside"},
		"quarantine dismiss 7":                         {exitFailed, "nothing that is put aside has the number 7"},
		"quarantine dismiss x":                         {exitUsage, "roadline quarantine list shows"},
		"quarantine dismiss":                           {exitUsage, "it takes numbers"},
		"quarantine retry 9999999999999999999 -o json": {exitUsage, "is no number"},
	} {
		if s := n.run(strings.Fields(line)...); s.code != want.code || !strings.Contains(s.err, want.says) {
			t.Errorf("%s: %s", line, s)
		}
	}
}

func tells(x cabinet.Examined, check string, level doctor.Level) bool {
	for _, f := range x.Findings {
		if f.Check == check && f.Level == level {
			return true
		}
	}
	return false
}

func TestAHoleIsDismissed(t *testing.T) {
	socket, asked := answering(t, map[string]any{"POST /v1/quarantine/12/dismiss": struct{}{}, "POST /v1/quarantine/13/dismiss": struct{}{}})
	s := runWith(t, "", "quarantine", "dismiss", "12", "13", "--socket", socket)
	if s.code != exitOK || s.out != "number 12 is dismissed\nnumber 13 is dismissed\n" || len(*asked) != 2 || !strings.Contains((*asked)[0], "by:") {
		t.Error(s, *asked)
	}
}
