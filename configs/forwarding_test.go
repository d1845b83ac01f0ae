package configs_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"roadline/configs"
	"roadline/fmc"
)

const forwarding = `company: acme
country: RU
numbers:
  - {e164: "+74951234567", trunk: a}
  - {e164: "+74951234568", trunk: a, stands_for: "8970101234567890149"}
  - {e164: "+79031112244", sim: "8970101234567890131", access: call-back}
sims:
  - {iccid: "8970101234567890123", number: "+79031112233"}
  - {iccid: "8970101234567890131", number: "+79031112244"}
  - {iccid: "8970101234567890149", number: "+79031112255", forward: {}}
forwarding: {busy: "+74951234567", no_reply: "8 495 123-45-67", unreachable: "+74951234567"}
`

func TestCardsForwardAsTheCompanyHasItOrAsTheyHaveIt(t *testing.T) {
	c := company(t, forwarding)
	all := fmc.Forwarding{fmc.ForwardBusy: {To: "+74951234567"}, fmc.ForwardNoReply: {To: "+74951234567", After: 25 * time.Second}, fmc.ForwardUnreachable: {To: "+74951234567"}}
	calledBack := maps.Clone(all)
	delete(calledBack, fmc.ForwardBusy)
	for card, want := range map[fmc.ICCID]fmc.Forwarding{"8970101234567890123": all, "8970101234567890131": calledBack, "8970101234567890149": {}} {
		s, _ := c.SIM(card)
		if wish, ok := c.Wishes(s); !ok || !maps.Equal(wish, want) {
			t.Errorf("%s: %v %v", card, wish, ok)
		}
	}
	if n, _ := c.NumberOf("+74951234568"); n.StandsFor != "8970101234567890149" {
		t.Errorf("%+v", n)
	}
	bare := company(t, strings.SplitAfter(forwarding, "forward: {}}\n")[0])
	s, _ := bare.SIM("8970101234567890123")
	if wish, ok := bare.Wishes(s); ok {
		t.Errorf("nobody said anything, and it wishes %v", wish)
	}
}

func TestWhereACardForwardsIsWrittenIntoTheDocument(t *testing.T) {
	wish := fmc.Forwarding{fmc.ForwardBusy: {To: "+74951234567"}, fmc.ForwardNoReply: {To: "+74951234567", After: 30 * time.Second}}
	text, err := configs.EditCompany(forwarding, configs.Forward("8970101234567890123", wish))
	if err != nil || !strings.Contains(text, `number: "+79031112233", forward: {busy: "+74951234567", no_reply: "+74951234567", after: 30s}}`) {
		t.Fatalf("%v\n%s", err, text)
	}
	c := company(t, text)
	if s, _ := c.SIM("8970101234567890123"); !maps.Equal(s.Forward, wish) {
		t.Errorf("%v", s.Forward)
	}
	if text, err = configs.EditCompany(text, configs.Forward("8970101234567890123", nil)); err != nil || text != forwarding {
		t.Errorf("%v\n%s", err, text)
	}
	text, err = configs.EditCompany(forwarding, configs.Forward("8970101234567890123", fmc.Forwarding{}))
	if err != nil || !strings.Contains(text, `number: "+79031112233", forward: {}}`) {
		t.Errorf("%v\n%s", err, text)
	}
}
