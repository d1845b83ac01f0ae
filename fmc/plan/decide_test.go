package plan_test

import (
	"testing"

	"roadline/fmc/plan"
)

func TestPrintThem(t *testing.T) {
	c := acme(t)
	for _, q := range []plan.Request{calling(t), dialling("ivanov-desk", "89120000001"), dialling("ivanov-desk", "112"), dialling("sidorov-soft", "112"), dialling("sidorov-soft", "201")} {
		t.Logf("\n%s", decide(t, c, &world{}, q, monday))
	}
	for _, query := range []plan.Query{{What: plan.AskGroup, Group: "sales"}, {What: plan.AskExtension, Digits: "999", Scenario: "main"}, {What: plan.AskTransfer, Digits: "202", Employee: "ivanov"}, {What: plan.AskConsult, Digits: "89120000002", Employee: "ivanov"}, {What: plan.AskPark, Employee: "ivanov"}, {What: plan.AskOut, Employee: "ivanov", Digits: "89120000002"}} {
		q := calling(t)
		q.Query = query
		t.Logf("%v\n%s", query.What, decide(t, c, &world{}, q, monday))
	}
}
