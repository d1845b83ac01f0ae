package gsmsim_test

import (
	"strings"
	"testing"

	"roadline/hardware/gsmsim"
)

func TestTheConsoleDoesWhatItIsTold(t *testing.T) {
	n := world(t, patiently)
	out := &log{}
	console := &gsmsim.Console{Net: n, Out: out}
	if err := console.Do("state"); err == nil {
		t.Error("there is a state of no device")
	}
	card := gsmsim.NewCard(1)
	plug(t, n, gsmsim.Generic, gsmsim.NewCard(7))
	d := plug(t, n, gsmsim.HuaweiE173, card)
	l := open(t, d.Port(gsmsim.AT))
	l.at("ATE0;+CLIP=1;+CNMI=2,1,0,0,0")
	do := func(line string) {
		t.Helper()
		if err := console.Do(line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	do("")
	do("use 2")
	do("call +79030000001")
	l.expect(`+CLIP: "+79030000001",145`)
	l.at("ATA")
	do("press 5")
	do("hangup")
	l.expect("NO CARRIER")
	do("text Roadnet hello there")
	l.expect("+CMTI: \"SM\",1\r\n")
	do("signal 7")
	l.expect("^RSSI:7\r\n")
	do("fault weak-signal on")
	l.expect("^RSSI:1\r\n")
	do("fault weak-signal off")
	do("fault")
	n.Subscriber("+79160000001", gsmsim.Behaviour{Does: gsmsim.Ignores})
	l.at("ATD+79160000001;")
	l.expect("^CONF:1\r\n")
	do("answer")
	l.expect("^CONN:1,0\r\n")
	do("drop 38")
	l.expect("^CEND:1,0,104,38\r\n")
	l.submit(hello, "+CMGS: 1\r\n")
	until(t, "the text has arrived", func() bool { return len(n.Inbox("+491511")) == 1 })
	do("inbox +491511")
	do("unplug")
	l.hangup()
	do("replug")
	do("reset")
	until(t, "the device is back", d.Started)
	do("state")
	do("help")
	for _, want := range []string{"lost-ok", card.Number + ": hello", "huawei-e173  IMEI " + d.IMEI(), "fault NAME on|off"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %q in\n%s", want, out)
		}
	}
}

func TestTheConsoleSaysWhatIsWrong(t *testing.T) {
	n := world(t)
	console := &gsmsim.Console{Net: n, Out: t.Output()}
	plug(t, n, gsmsim.Generic, nil)
	for line, want := range map[string]string{
		"dance":                "help lists",
		"use":                  "write: use N",
		"use 2":                "devices 1 to 1",
		"call +7903":           "with a card",
		"press 5":              "nobody calls",
		"hangup":               "nobody calls",
		"answer":               "no telephone rings",
		"text A":               "write: text",
		"text A b":             "no card",
		"fault tired":          "tired",
		"fault weak-signal":    "on|off",
		"fault weak-signal no": "on|off",
		"signal 40":            "1 to 31",
		"drop x":               "1 to 127",
	} {
		if err := console.Do(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, it should say %q", line, err, want)
		}
	}
}
