package plan_test

import (
	"encoding/json"
	"testing"

	"roadline/fmc/plan"
)

func TestPrintThem(t *testing.T) {
	c := acme(t)
	for _, q := range []plan.Request{calling(t), dialling("ivanov-desk", "89120000001"), dialling("ivanov-desk", "112"), dialling("sidorov-soft", "112"), dialling("sidorov-soft", "201")} {
		p := decide(t, c, &world{}, q, monday)
		b, _ := json.MarshalIndent(p, "", " ")
		t.Logf("%s", b)
	}
	q := calling(t)
	q.Query = plan.Query{What: plan.AskGroup, Group: "sales"}
	b, _ := json.MarshalIndent(decide(t, c, &world{}, q, monday), "", " ")
	t.Logf("%s", b)
}
