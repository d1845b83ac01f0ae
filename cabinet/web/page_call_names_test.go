package web_test

import (
	"net/http"
	"strings"
	"testing"

	"roadline/cabinet/web/webtest"
)

func TestACallTellsOfLinesAndNumbersAsPeopleKnowThem(t *testing.T) {
	c := webtest.Open(t)
	path := "/calls/" + string(c.TracedCall())
	v := c.Visitor("olga")
	for side, want := range map[string]string{"/events": "8 (912) 000-00-01", "/ladder": `class="lane">8 (912) 000-00-01`, "": "8 (495) 123-45-67"} {
		status, text := v.Get(path + side)
		text, _, _ = strings.Cut(strings.ReplaceAll(text, "\u00a0", " "), `<template class="text">`) // what is copied keeps the ids
		if status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%q: %d, no %s\n%.4000s", side, status, want, text)
		}
		for _, id := range []string{"number:+7495", "trunk:", "from +7912", "About</th><td>anna"} {
			if strings.Contains(text, id) {
				t.Errorf("%q tells of %s", side, id)
			}
		}
	}
}

func TestTheBarOfAPhoneHasFourPlacesAndAllOthersBehindOne(t *testing.T) {
	c := webtest.Open(t)
	for _, who := range []string{"anna", "ivan", "boris", "maria", "gleb", "olga", "admin"} {
		_, text := c.Visitor(who).Get("/me")
		small := strings.Count(text, `<li class="small">`)
		more := strings.Contains(text, `<li class="more">`)
		if others := strings.Count(text, "data-key=") > small; small < 2 || small > 4 || more != others {
			t.Errorf("%s: %d places in the bar, others behind it: %v, shown: %v", who, small, others, more)
		}
	}
}
