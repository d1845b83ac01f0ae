package main

import (
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
)

func TestALookSaysInALineWhatWasFoundAndWhatWasDone(t *testing.T) {
	p, at := &program{zone: time.UTC}, time.Date(2026, 11, 28, 3, 7, 0, 0, time.UTC)
	for want, look := range map[string]cabinet.LookShown{
		"(night): right; found busy to +74951234567, no reply after 25 s to +74951234567\n": {
			At: at, Asked: fmc.AskedNight, State: fmc.ForwardingRight,
			Found: cabinet.ForwardsTo{Busy: "+74951234567", NoReply: "+74951234567", After: 25}, Left: cabinet.ForwardsTo{Busy: "+74951234567", NoReply: "+74951234567", After: 25},
		},
		"(anna): set; found all to +79990000666; left nowhere; not the company's: +79990000666\n": {
			At: at, Asked: fmc.AskedPerson, By: "anna", State: fmc.ForwardingSet, Found: cabinet.ForwardsTo{Always: "+79990000666"}, Strange: []string{"+79990000666"},
		},
		"unheard: no answer; found not told: busy, no_reply\n": {
			At: at, State: fmc.ForwardingUnheard, Why: "no answer",
			Found: cabinet.ForwardsTo{Unknown: []fmc.ForwardReason{"busy", "no_reply"}}, Left: cabinet.ForwardsTo{Unknown: []fmc.ForwardReason{"busy", "no_reply"}},
		},
	} {
		var out strings.Builder
		if p.writeLook(&out, look); !strings.HasSuffix(out.String(), want) {
			t.Errorf("%q does not end with %q", out.String(), want)
		}
	}
}
