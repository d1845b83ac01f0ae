package document_test

import (
	"slices"
	"strings"
	"testing"

	"roadline/cabinet/document/documenttest"
	"roadline/configs"
	"roadline/fmc/call"
)

func TestTheCallsOfTheLastDaysAreDecidedAgainOnADraft(t *testing.T) {
	d := documenttest.Open(t, now)
	d.Apply(documenttest.StaffFile)
	c, err := configs.ReadCompany("x", []byte(documenttest.StaffFile))
	if err != nil {
		t.Fatal(err)
	}
	in := d.Happened(c, call.Supposed{From: "+79120000001", Answers: []string{"ivanov"}})
	d.Happened(c, call.Supposed{By: "ivanov", Dial: "89120000001", Answers: []string{"outside"}})
	v := documenttest.Viewer(t, d.Store, "ivanov")
	draft, err := d.Archive.EditDraft(t.Context(), v, set("Acme and sons", "name"))
	if err != nil {
		t.Fatal(err)
	}
	x, err := d.Archive.ReplayDraft(t.Context(), v, draft)
	if err != nil || x.Calls != 2 || x.Same != 2 || len(x.Differ) != 0 || x.More {
		t.Errorf("%+v, %v", x, err)
	}
	if draft, err = d.Archive.EditDraft(t.Context(), v, configs.Change{Place: []string{"employees", "ivanov", "mobile"}}); err != nil {
		t.Fatal(err)
	}
	x, err = d.Archive.ReplayDraft(t.Context(), v, draft)
	if err != nil || x.Calls != 2 || x.Same != 1 || len(x.Differ) != 1 {
		t.Fatalf("%+v, %v", x, err)
	}
	other := x.Differ[0]
	mobile := func(line string) bool { return strings.Contains(line, "ivanov/mobile") }
	if other.ID != in || other.Client != "+79120000001" || other.Number != "+74951234567" || !slices.ContainsFunc(other.Differences, mobile) {
		t.Errorf("%+v", other)
	}
}
