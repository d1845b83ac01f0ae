package cabinet_test

import (
	"context"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/doctor"
)

func TestTheDoctorIsAskedAnewAfterAMinute(t *testing.T) {
	o, asked, at := newDesk(t).options, 0, now
	o.Now = func() time.Time { return at }
	gone, leave := context.WithCancel(t.Context())
	defer leave()
	o.Node.Doctor = func(context.Context) []doctor.Finding {
		if asked++; asked == 1 {
			leave()
		}
		return []doctor.Finding{{Check: "drain"}, {Check: "keep", Values: map[string]string{"company": "beta"}}}
	}
	a := cabinet.New(o)
	if _, _, err := a.Findings(gone, access.Viewer{Company: "acme"}); err != nil || asked != 1 { // who left in the middle leaves nothing behind
		t.Errorf("asked %d times, %v", asked, err)
	}
	for _, row := range []struct {
		after time.Duration
		asked int
	}{{0, 2}, {59 * time.Second, 2}, {time.Second, 3}} {
		at = at.Add(row.after)
		found, when, err := a.Findings(t.Context(), access.Viewer{Company: "acme"})
		if err != nil || asked != row.asked || len(found) != 1 || found[0].Check != "drain" || at.Sub(when) >= time.Minute {
			t.Errorf("after %s: asked %d times, %+v at %s, %v", row.after, asked, found, when, err)
		}
	}
}
