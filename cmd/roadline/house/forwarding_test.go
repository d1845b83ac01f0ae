package house

import (
	"maps"
	"slices"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/gsmgw"
)

func TestWhoseCallsGoAstrayAndWhoseCannotBeForwardedIsTold(t *testing.T) {
	const office, thief = "+74951234567", "+79990000666"
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	card := &fmc.SIM{ICCID: "one", Number: callerid.Received("+79031112233", "RU")}
	acme := (&fmc.Company{Profile: fmc.Profile{ID: "acme"}, SIMs: []fmc.SIM{*card}}).Indexed()
	wish, nowhere := fmc.Forwarding{fmc.ForwardBusy: {To: office}}, fmc.Forwarding{}
	look := func(ago time.Duration, state fmc.ForwardingState, left string) fmc.ForwardingSeen {
		return fmc.ForwardingSeen{At: now.Add(-ago), SIM: "one", State: state, Why: "why", Left: fmc.Forwarding{fmc.ForwardBusy: {To: left}}}
	}
	stolen := func(ago time.Duration, state fmc.ForwardingState, left string) fmc.ForwardingSeen {
		seen := look(ago, state, left)
		seen.Found, seen.Strange = fmc.Forwarding{fmc.ForwardBusy: {To: thief}}, []string{thief}
		return seen
	}
	unheard := look(0, fmc.ForwardingUnheard, "")
	unheard.Left = fmc.Forwarding{}
	doubtful := stolen(2*divertedTold, fmc.ForwardingUnheard, "")
	doubtful.Left = fmc.Forwarding{} // it was told, and did not say what it made of it
	const f, d = fmc.AlarmForwarding, fmc.AlarmDiverted
	for name, row := range map[string]struct {
		wish      fmc.Forwarding
		of        gsmgw.Forwarded
		bad, well []fmc.AlarmKind
	}{
		"nobody looked":               {wish, gsmgw.Forwarded{}, nil, nil},
		"right":                       {wish, gsmgw.Forwarded{Last: look(0, fmc.ForwardingRight, office)}, nil, []fmc.AlarmKind{d, f}},
		"set":                         {wish, gsmgw.Forwarded{Last: look(0, fmc.ForwardingSet, office)}, nil, []fmc.AlarmKind{d, f}},
		"refused":                     {wish, gsmgw.Forwarded{Last: look(0, fmc.ForwardingRefused, "")}, []fmc.AlarmKind{f}, []fmc.AlarmKind{d}},
		"ignored":                     {wish, gsmgw.Forwarded{Last: look(0, fmc.ForwardingIgnored, "")}, []fmc.AlarmKind{f}, []fmc.AlarmKind{d}},
		"no way":                      {wish, gsmgw.Forwarded{Last: look(0, fmc.ForwardingCannot, "")}, []fmc.AlarmKind{f}, []fmc.AlarmKind{d}},
		"no way, and none wanted":     {nowhere, gsmgw.Forwarded{Last: look(0, fmc.ForwardingCannot, "")}, nil, []fmc.AlarmKind{d, f}},
		"silence after all":           {wish, gsmgw.Forwarded{Last: unheard}, nil, []fmc.AlarmKind{d}},
		"silence for long":            {wish, gsmgw.Forwarded{Last: unheard, Unheard: unheardTold}, []fmc.AlarmKind{f}, []fmc.AlarmKind{d}},
		"silence, not for long yet":   {wish, gsmgw.Forwarded{Last: unheard, Unheard: unheardTold - 1}, nil, []fmc.AlarmKind{d}},
		"long silence, none wanted":   {nowhere, gsmgw.Forwarded{Last: unheard, Unheard: unheardTold}, nil, []fmc.AlarmKind{d, f}},
		"silence, and none wanted":    {nowhere, gsmgw.Forwarded{Last: unheard}, nil, []fmc.AlarmKind{d, f}},
		"stolen and set right":        {wish, gsmgw.Forwarded{Last: stolen(time.Hour, fmc.ForwardingSet, office), Strange: stolen(time.Hour, fmc.ForwardingSet, office)}, []fmc.AlarmKind{d}, []fmc.AlarmKind{f}},
		"stolen and right since":      {wish, gsmgw.Forwarded{Last: look(0, fmc.ForwardingRight, office), Strange: stolen(divertedTold, fmc.ForwardingSet, office)}, nil, []fmc.AlarmKind{d, f}},
		"stolen and left so":          {wish, gsmgw.Forwarded{Last: stolen(divertedTold, fmc.ForwardingIgnored, thief), Strange: stolen(divertedTold, fmc.ForwardingIgnored, thief)}, []fmc.AlarmKind{d, f}, nil},
		"stolen, then silence":        {wish, gsmgw.Forwarded{Last: unheard, Strange: stolen(divertedTold, fmc.ForwardingIgnored, thief)}, []fmc.AlarmKind{d}, nil},
		"stolen, and not known since": {wish, gsmgw.Forwarded{Last: unheard, Strange: doubtful}, []fmc.AlarmKind{d}, nil},
	} {
		s := seenOf("acme")
		forwardingSeen(acme, card, row.wish, row.of, now, s)
		bad, well := kindsOf(slices.Collect(maps.Keys(s.bad))), kindsOf(slices.Collect(maps.Keys(s.well)))
		if !slices.Equal(bad, row.bad) || !slices.Equal(well, row.well) || len(s.named) != 2 {
			t.Errorf("%s: wrong is %v, want %v; well is %v, want %v; named are %v", name, bad, row.bad, well, row.well, s.named)
		}
		if x := s.bad[troubleKey{"acme", d, "one"}]; slices.Contains(row.bad, d) && (x.Values["number"] != thief || x.Values["line"] != card.Number.E164) {
			t.Errorf("%s: %v", name, x.Values)
		}
		if x := s.bad[troubleKey{"acme", f, "one"}]; slices.Contains(row.bad, f) && x.Values["why"] != "why" {
			t.Errorf("%s: %v", name, x.Values)
		}
	}
}

func TestACardWithoutANumberIsNamedByWhatIsPrintedOnIt(t *testing.T) {
	acme, now := (&fmc.Company{Profile: fmc.Profile{ID: "acme"}, SIMs: []fmc.SIM{{ICCID: "bare"}}}).Indexed(), time.Now()
	s := seenOf("acme")
	forwardingSeen(acme, &acme.SIMs[0], fmc.Forwarding{fmc.ForwardBusy: {To: "+74951234567"}}, gsmgw.Forwarded{Last: fmc.ForwardingSeen{At: now, State: fmc.ForwardingRefused}}, now, s)
	if x := s.bad[troubleKey{"acme", fmc.AlarmForwarding, "bare"}]; x.Values["line"] != "bare" {
		t.Errorf("%v", x.Values)
	}
}

func kindsOf(keys []troubleKey) (kinds []fmc.AlarmKind) {
	for _, k := range keys {
		kinds = append(kinds, k.kind)
	}
	slices.Sort(kinds)
	return kinds
}
