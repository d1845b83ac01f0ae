package document_test

import (
	"slices"
	"strings"
	"testing"

	"roadline/configs"
	"roadline/fmc/call"
)

func TestTheCallsOfTheLastDaysAreDecidedAgainOnADraft(t *testing.T) {
	d := newDesk(t)
	d.apply(staffFile)
	c, err := configs.ReadCompany("x", []byte(staffFile))
	if err != nil {
		t.Fatal(err)
	}
	in := d.supposed(c, call.Supposed{From: "+79120000001", Answers: []string{"ivanov"}})
	d.supposed(c, call.Supposed{By: "ivanov", Dial: "89120000001", Answers: []string{"outside"}})
	v := viewer(t, d, "ivanov")
	draft, err := d.archive.EditDraft(t.Context(), v, set("Acme and sons", "name"))
	if err != nil {
		t.Fatal(err)
	}
	x, err := d.archive.ReplayDraft(t.Context(), v, draft)
	if err != nil || x.Calls != 2 || x.Same != 2 || len(x.Differ) != 0 || x.More {
		t.Errorf("%+v, %v", x, err)
	}
	if draft, err = d.archive.EditDraft(t.Context(), v, configs.Change{Place: []string{"employees", "ivanov", "mobile"}}); err != nil {
		t.Fatal(err)
	}
	x, err = d.archive.ReplayDraft(t.Context(), v, draft)
	if err != nil || x.Calls != 2 || x.Same != 1 || len(x.Differ) != 1 {
		t.Fatalf("%+v, %v", x, err)
	}
	other := x.Differ[0]
	mobile := func(line string) bool { return strings.Contains(line, "ivanov/mobile") }
	if other.ID != in || other.Client != "+79120000001" || other.Number != "+74951234567" || !slices.ContainsFunc(other.Differences, mobile) {
		t.Errorf("%+v", other)
	}
}
