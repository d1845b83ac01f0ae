package plan_test

import (
	"fmt"
	"testing"

	"roadline/fmc"
	"roadline/fmc/plan"
)

// hundred is a company of a hundred people in ten groups, each with a phone and a mobile.
func hundred(b *testing.B, s fmc.Strategy) *fmc.Company {
	c := acme(b)
	c.Groups[0].Strategy = s
	c.Employees = nil
	for i := range 100 {
		id := fmc.EmployeeID(fmt.Sprintf("e%d", i))
		group := fmc.GroupID("sales")
		if i%10 != 0 {
			group = fmc.GroupID(fmt.Sprintf("g%d", i%10))
		}
		c.Employees = append(c.Employees, fmc.Employee{
			ID: id, Extension: fmt.Sprint(300 + i), Groups: []fmc.GroupID{group}, Hours: "work", Devices: []fmc.Device{
				{ID: fmc.DeviceID(id + "/sip"), Kind: fmc.SIPPhone, Account: fmc.AccountID(id), Fixed: true, Site: "office"},
				{ID: fmc.DeviceID(id + "/mobile"), Kind: fmc.Mobile, Number: number(b, fmt.Sprintf("+791612345%02d", i))},
			},
		})
	}
	return c
}

// office is a world where phones are registered and both trunks are ready.
type office struct {
	world
	phone  []fmc.LineState
	trunks []fmc.LineState
}

func (w *office) Lines(id fmc.DeviceID) []fmc.LineState {
	if id[len(id)-3:] == "sip" {
		return w.phone
	}
	return w.trunks
}

func BenchmarkDecide(b *testing.B) {
	w := &office{trunks: trunks(), phone: []fmc.LineState{{ID: "sip:x", Kind: fmc.AccountLine, Ready: true}}}
	group := calling(b)
	group.Query, group.So.Noticed = plan.Query{What: plan.AskGroup, Group: "sales"}, true
	for _, row := range []struct {
		name     string
		strategy fmc.Strategy
		q        plan.Request
	}{
		{"a client's call", fmc.Hunt, calling(b)},
		{"a hunting group of ten", fmc.Hunt, group},
		{"a group of ten at once", fmc.RingAll, group},
		{"a call out", fmc.Hunt, dialling("e7", "89120000001")},
		{"an internal call", fmc.Hunt, dialling("e7", "301")},
		{"an emergency call", fmc.Hunt, dialling("e7", "112")},
	} {
		b.Run(row.name, func(b *testing.B) {
			c := hundred(b, row.strategy)
			if err := plan.Decide(c, w, row.q, monday).Check(); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				plan.Decide(c, w, row.q, monday)
			}
		})
	}
}
