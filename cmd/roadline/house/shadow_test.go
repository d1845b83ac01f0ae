package house_test

import (
	"net/http"
	"testing"

	"roadline/cabinet"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
)

// TestOwnCardsTryEachOtherAndNobodyElseHearsOfIt has a card of one module call and write to that of another.
func TestOwnCardsTryEachOtherAndNobodyElseHearsOfIt(t *testing.T) {
	t.Parallel()
	mobiles := housetest.MobilesAt(t, quickTexts)
	one, other := gsmsim.NewCard(1), gsmsim.NewCard(2)
	mobiles.Plugs(gsmsim.EC25, one)
	mobiles.Plugs(gsmsim.SIM7600, other)
	x := texters(t, mobiles, "", []*gsmsim.Card{one, other})
	x.Line("acme", one)
	x.Line("acme", other)
	var begun cabinet.ShadowBegun
	x.must(http.MethodPost, "lines/shadow", cabinet.ShadowAsked{ShadowWish: cabinet.ShadowWish{ICCID: fmc.ICCID(one.ICCID)}, By: "anna"}, &begun)
	if len(begun.Pairs) != 2 {
		t.Fatalf("who calls whom: %+v", begun)
	}
	var shown cabinet.ShadowShown
	x.Await("one card has called the other", func() bool {
		x.must(http.MethodGet, "lines/shadow", nil, &shown)
		n := len(shown.Attempts)
		return n > 0 && shown.Attempts[n-1].State != "running"
	})
	a := shown.Attempts[len(shown.Attempts)-1]
	if a.State != "well" || a.By != "anna" || a.Call.There.Lost > 20 || a.Call.Back.Lost > 20 || !a.Text.Reported {
		t.Errorf("%q: %+v, there %+v, back %+v, %+v", a.Verdict, a.Call, a.Call.There, a.Call.Back, a.Text)
	}
	var calls struct {
		Calls []struct{} `json:"calls"`
	}
	var messages struct {
		Messages []struct{} `json:"messages"`
	}
	x.must(http.MethodGet, "calls", nil, &calls)
	x.must(http.MethodGet, "messages", nil, &messages)
	if len(calls.Calls)+len(messages.Messages) > 0 {
		t.Errorf("%d calls and %d messages are listed", len(calls.Calls), len(messages.Messages))
	}
}
