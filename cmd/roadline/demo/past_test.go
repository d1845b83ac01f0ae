package demo

import (
	"testing"
	"time"

	"roadline/configs"
	"roadline/fmc"
)

// TestThePastIsLikeALife makes four weeks up and looks at what a manager would notice.
func TestThePastIsLikeALife(t *testing.T) {
	c, err := configs.ReadCompany("acme.yaml", companyFile)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	d := &Demo{o: Options{Seed: 1, Past: 28}, company: c}
	byCall, order := map[fmc.CallID][]fmc.Fact{}, []fmc.CallID(nil)
	for _, f := range d.past(now) {
		if len(byCall[f.Call]) == 0 {
			order = append(order, f.Call)
		}
		byCall[f.Call] = append(byCall[f.Call], f)
	}
	began := map[fmc.Status]int{}
	weekend, last := 0, time.Time{}
	for _, id := range order {
		r := fmc.Fold(byCall[id])
		if r.Opened.Began.Before(last) || r.Opened.Began.After(now) {
			t.Fatalf("call %s began %s, after one of %s", id, r.Opened.Began, last)
		}
		last = r.Opened.Began
		began[r.Status]++
		if day := r.Opened.Began.In(c.Profile.Zone).Weekday(); day == time.Saturday || day == time.Sunday {
			weekend++
		}
	}
	for status, share := range map[fmc.Status][2]int{
		fmc.StatusAnswered: {50, 95}, fmc.StatusMissed: {1, 25}, fmc.StatusNotAnswered: {2, 25}, fmc.StatusOpen: {0, 0}, fmc.StatusFailed: {0, 0},
	} {
		if n := 100 * began[status] / len(order); n < share[0] || n > share[1] {
			t.Errorf("%s: %d of %d calls", status, began[status], len(order))
		}
	}
	if len(order) < 1000 || weekend > len(order)/10 {
		t.Errorf("%d calls, %d at weekends", len(order), weekend)
	}
	t.Logf("%d calls: %v", len(order), began)
}
