package modem_test

import (
	"errors"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/modem"
	"roadline/hardware/modemtest"
)

const desk = "+74951234567"

func forwarder(t *testing.T, p *modemtest.Player) modem.Forwarder {
	t.Helper()
	f, ok := p.Modem.(modem.Forwarder)
	if !ok {
		t.Fatal("the driver forwards nothing")
	}
	return f
}

func TestWhereCallsGoIsReadInAllForms(t *testing.T) {
	for name, row := range map[string]struct {
		lines []string
		want  modem.Forward
	}{
		"by class":                {[]string{`+CCFC: 1,1,"+74951234567",145`, `+CCFC: 0,2`, `+CCFC: 0,4`, "OK"}, modem.Forward{Number: desk}},
		"voice last":              {[]string{`+CCFC: 1,4,"+70000000000",145`, `+CCFC: 0,1`, "OK"}, modem.Forward{}},
		"all classes at once":     {[]string{`+CCFC: 0,7`, "OK"}, modem.Forward{}},
		"every class there is":    {[]string{`+CCFC: 0,255`, "OK"}, modem.Forward{}},
		"with its time":           {[]string{`+CCFC: 1,1,"+74951234567",145,,,20`, "OK"}, modem.Forward{Number: desk, After: 20 * time.Second}},
		"with subaddress":         {[]string{`+CCFC: 1,1,"+74951234567",145,"",128,15`, "OK"}, modem.Forward{Number: desk, After: 15 * time.Second}},
		"plus lost":               {[]string{`+CCFC: 1,1,"74951234567",145`, "OK"}, modem.Forward{Number: desk}},
		"national":                {[]string{`+CCFC: 1,1,"84951234567",129`, "OK"}, modem.Forward{Number: "84951234567"}},
		"without quotes":          {[]string{`+CCFC: 1,1,+74951234567,145`, "OK"}, modem.Forward{Number: desk}},
		"registered, not active":  {[]string{`+CCFC: 0,1,"+74951234567",145`, "OK"}, modem.Forward{}},
		"status alone":            {[]string{`+CCFC: 0`, "OK"}, modem.Forward{}},
		"another line in between": {[]string{`^RSSI: 20`, `+CCFC: 1,1,"+74951234567",145`, "OK"}, modem.Forward{Number: desk}},
	} {
		t.Run(name, func(t *testing.T) {
			plain(t, func(t *testing.T, p *modemtest.Player) {
				p.Again("+CCFC=1,2", row.lines...)
				if got, err := forwarder(t, p).Forwarded(t.Context(), modem.ForwardBusy); err != nil || got != row.want {
					t.Errorf("%+v, %v", got, err)
				}
			})
		})
	}
}

func TestWhatDoesNotSayWhereCallsGoIsAnError(t *testing.T) {
	for name, row := range map[string]struct {
		lines []string
		kind  cause.Kind
	}{
		"OK alone":              {[]string{"OK"}, cause.Unavailable},
		"other classes alone":   {[]string{`+CCFC: 0,2`, "OK"}, cause.Unavailable},
		"active and no number":  {[]string{`+CCFC: 1,1`, "OK"}, cause.Unavailable},
		"an empty number":       {[]string{`+CCFC: 1,1,"",129`, "OK"}, cause.Unavailable},
		"garbage":               {[]string{`+CCFC: yes,"`, "OK"}, cause.Unavailable},
		"silence":               {nil, cause.Unavailable},
		"silence in the middle": {[]string{`+CCFC: 0,2`}, cause.Unavailable},
		"no network":            {[]string{"+CME ERROR: 30"}, cause.Unavailable},
		"not allowed":           {[]string{"+CME ERROR: 3"}, cause.Denied},
		"unknown":               {[]string{"+CME ERROR: 100"}, cause.Denied},
		"in words":              {[]string{"+CME ERROR: SS subscription violation"}, cause.Denied},
		"ERROR":                 {[]string{"ERROR"}, cause.Unsupported},
		"Huawei's ERROR":        {[]string{"COMMAND NOT SUPPORT"}, cause.Unsupported},
	} {
		t.Run(name, func(t *testing.T) {
			plain(t, func(t *testing.T, p *modemtest.Player) {
				p.Again("+CCFC=3,2", row.lines...)
				p.Again("+CCFC=3,2,,,1", row.lines...)
				if got, err := forwarder(t, p).Forwarded(t.Context(), modem.ForwardUnreachable); !errors.Is(err, row.kind) {
					t.Errorf("%+v, %v", got, err)
				}
			})
		})
	}
}

func TestCallsAreForwardedInTheFormThatAModuleTakes(t *testing.T) {
	busy, slow := modem.Forward{Number: desk}, modem.Forward{Number: desk, After: 20 * time.Second}
	for name, row := range map[string]struct {
		why     modem.ForwardReason
		to      modem.Forward
		refused map[string]string
		sent    []string
		kind    error
	}{
		"busy":                      {modem.ForwardBusy, busy, nil, []string{`+CCFC=1,3,"+74951234567",145,1`}, nil},
		"no reply, with its time":   {modem.ForwardNoReply, slow, nil, []string{`+CCFC=2,3,"+74951234567",145,1,,,20`}, nil},
		"nowhere":                   {modem.ForwardUnreachable, modem.Forward{}, nil, []string{`+CCFC=3,4`}, nil},
		"the class is not taken":    {modem.ForwardBusy, busy, map[string]string{`+CCFC=1,3,"+74951234567",145,1`: "ERROR"}, []string{`+CCFC=1,3,"+74951234567",145,1`, `+CCFC=1,3,"+74951234567",145`}, nil},
		"nor that with a time":      {modem.ForwardNoReply, slow, map[string]string{`+CCFC=2,3,"+74951234567",145,1,,,20`: "+CME ERROR: 50"}, []string{`+CCFC=2,3,"+74951234567",145,1,,,20`, `+CCFC=2,3,"+74951234567",145,,,,20`}, nil},
		"erasing wants the class":   {modem.ForwardAlways, modem.Forward{}, map[string]string{`+CCFC=0,4`: "+CME ERROR: 4"}, []string{`+CCFC=0,4`, `+CCFC=0,4,,,1`}, nil},
		"the network is asked once": {modem.ForwardBusy, busy, map[string]string{`+CCFC=1,3,"+74951234567",145,1`: "+CME ERROR: 3"}, []string{`+CCFC=1,3,"+74951234567",145,1`}, cause.Denied},
		"no number":                 {modem.ForwardBusy, modem.Forward{Number: `1";+CFUN=0`}, nil, nil, cause.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			plain(t, func(t *testing.T, p *modemtest.Player) {
				for len(p.Heard) > 0 {
					<-p.Heard
				}
				for order, final := range row.refused {
					p.Again(order, final)
				}
				if err := forwarder(t, p).Forward(t.Context(), row.why, row.to); !errors.Is(err, row.kind) {
					t.Errorf("%v, want %v", err, row.kind)
				}
				for _, want := range row.sent {
					if got := <-p.Heard; got != want {
						t.Errorf("%q was sent, not %q", got, want)
					}
				}
				if len(p.Heard) > 0 {
					t.Errorf("and %q", <-p.Heard)
				}
			})
		})
	}
}
