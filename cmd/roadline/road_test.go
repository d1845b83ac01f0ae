package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// roadFacts is a call with everything that a person on the road leaves: they were known by their PIN, sent a text, missed
// a client who refused the recording and left a message.
func roadFacts() []fmc.Fact {
	began := monday.AddDate(0, 0, 3)
	client := callerid.Number{E164: "+79120000005", Country: "RU"}
	leg := func(n int) fmc.LegID { return fmc.LegID{Call: roadCall, N: n} }
	hangUp := cause.Of(cause.Hangup)
	var facts []fmc.Fact
	for _, f := range []struct {
		at   time.Duration
		body fmc.Happening
	}{
		{0, fmc.Opened{Began: began, Direction: fmc.Inbound, Trunk: "carrier-a", From: client, To: callerid.Number{E164: "+74951234567", Country: "RU"}}},
		{0, fmc.LegBegan{Leg: leg(1), Offered: true, Role: fmc.Client, Number: client}},
		{4 * time.Second, fmc.Announced{Leg: leg(1), Prompt: "recording-notice", Version: "3f2a", Language: "ru", From: time.Second}},
		{5 * time.Second, fmc.RefusedTape{Leg: leg(1), Key: "9"}},
		{6 * time.Second, fmc.LegBegan{Leg: leg(2), Role: fmc.Worker, Employee: "petrov", Group: "sales", Device: "petrov/mobile", Number: callerid.Number{E164: "+79167654321"}, Line: "trunk:carrier-a"}},
		{6 * time.Second, fmc.Texted{Employee: "petrov", To: callerid.Number{E164: "+79167654321"}, Text: "+7 912 000-00-05 calls\x1b[2J"}},
		{7 * time.Second, fmc.Recognised{Leg: leg(2), Employee: "petrov", Device: "petrov/mobile", By: fmc.ByPIN}},
		{8 * time.Second, fmc.Alerted{Alert: fmc.Alert{Kind: "pin_wrong", Employee: "petrov", About: "+79167654321", Text: "A wrong PIN was keyed.", Person: true}}},
		{18 * time.Second, fmc.Mailed{Leg: leg(1), Employee: "petrov", Group: "sales", From: 10 * time.Second}},
		{19 * time.Second, fmc.LegIs{Leg: leg(1), Link: fmc.Gone, Cause: &hangUp}},
		{19 * time.Second, fmc.LegIs{Leg: leg(2), Link: fmc.Gone, Cause: &hangUp}},
		{19 * time.Second, fmc.Closed{Cause: hangUp, By: leg(1)}},
		{19 * time.Second, fmc.Kept{File: "acme/2026-11-19/" + string(roadCall) + ".wav", Bytes: 4, SHA256: "-", Length: 19 * time.Second}},
	} {
		facts = append(facts, fmc.Fact{Company: "acme", Call: roadCall, At: f.at, Body: f.body})
	}
	return facts
}

// onTheRoad is a node whose company had such a call.
func onTheRoad(t *testing.T) *node {
	t.Helper()
	n := newNode(t)
	if s := n.apply("acme.yaml", acmeFile); s.code != exitOK {
		t.Fatal(s)
	}
	n.drain(roadFacts())
	folder := filepath.Join(n.dir, "data", "recordings", "acme", "2026-11-19")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	const size = 19 * 8000 * 4
	wav := binary.LittleEndian.AppendUint32([]byte("RIFF"), size+36)
	wav = append(wav, "WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x40\x1f\x00\x00\x00\x7d\x00\x00\x04\x00\x10\x00data"...)
	wav = append(binary.LittleEndian.AppendUint32(wav, size), make([]byte, size)...)
	if err := os.WriteFile(filepath.Join(folder, string(roadCall)+".wav"), wav, 0o600); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWhatHappenedOnTheRoadIsListedAndSeenTo(t *testing.T) {
	n := onTheRoad(t)
	file := filepath.Join(n.dir, "message.wav")
	var all strings.Builder
	for _, line := range []string{
		"alerts acme", "alerts --kind cap", "alerts --from 2026-11-19 --limit 1", "alerts --from noon", "alerts acme -o json",
		"mail list", "mail list acme --new true --employee petrov", "mail list acme --new perhaps", "mail listen " + string(roadCall) + " -w " + file, "mail listen " + string(roadCall) + " 1",
		"mail heard " + string(roadCall) + " --by petrov", "mail list --new true", "mail heard " + string(roadCall) + " 3 --by petrov",
		"missed list acme --state open", "missed take " + string(roadCall) + " ivanov", "missed take " + string(roadCall) + " nobody", "missed list --owner ivanov",
		"missed close " + string(roadCall) + " --by ivanov --reason spam", "missed close " + string(roadCall) + " --by petrov --reason spam", "missed list acme", "missed list acme --state lost",
		"call show " + string(roadCall), "call minutes " + string(roadCall), "call trace " + string(roadCall), "call trace " + string(roadCall) + " --mermaid", "user pins", "call make acme petrov 112", "call make acme petrov x", "call do " + string(roadCall) + " hold", "call do " + string(roadCall) + " dance",
	} {
		s := n.run(strings.Fields(line)...)
		all.WriteString("# " + strings.ReplaceAll(line, n.dir, "<folder>") + "\n" + s.String() + "\n")
	}
	golden(t, "road", all.String())
	if wav, err := os.ReadFile(file); err != nil || len(wav) != 44+8*16000 {
		t.Errorf("%d bytes of a message, %v", len(wav), err)
	}
}

func TestAPINIsSetByTheCommandLineAndKnownToTheNode(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	pins := store.PINs{Directory: n.house.Directory()}
	s := runWith(t, "2904\r\nmore\n", "--config", n.config, "user", "pin", "acme", "petrov")
	if s.code != exitOK || s.out != "petrov has a new PIN\n" {
		t.Fatal(s)
	}
	n.until("the directory has it", func() bool { return pins.Right("acme", "petrov", "2904") })
	if out := n.must("user", "pins"); !strings.Contains(out, "ivanov    Ivan   none") || !strings.Contains(out, "petrov    Pyotr  20") {
		t.Error(out)
	}
	for in, want := range map[string]string{"": "no PIN", "1234\n": "guessed first", "29o4\n": "4 to 8 digits"} {
		s := runWith(t, in, "--config", n.config, "user", "pin", "acme", "petrov")
		if s.code == exitOK || !strings.Contains(s.err, want) || s.out != "" {
			t.Errorf("%q: %s", in, s)
		}
	}
	if text := n.must("export", "acme") + n.log.String(); strings.Contains(text, "2904") || strings.Contains(text, "argon2") {
		t.Error("a PIN is in the document or the log")
	}
	if out := n.must("user", "pin", "acme", "petrov", "--remove"); out != "petrov has no PIN any more\n" {
		t.Error(out)
	}
	n.until("it is gone", func() bool { return !pins.Has("acme", "petrov") })
	if s := n.run("user", "pin", "acme", "petrov", "--remove"); s.code != exitFailed {
		t.Error(s)
	}
}

func TestAPersonIsCalledWhenTheyWantACall(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	out := n.must("call", "make", "acme", "petrov", "8 912 000 00 01")
	m := regexp.MustCompile(`^call ([0-9a-f-]{36}): petrov is called, and then \+79120000001\n$`).FindStringSubmatch(out)
	if m == nil {
		t.Fatal(out)
	}
	n.until("the call is in PostgreSQL", func() bool { return strings.Contains(n.must("calls", "acme", "--employee", "petrov"), m[1]) })
}

func TestARestartGivesNobodyTheDaysCallsOnceMore(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	hourAgo := time.Now().Add(-time.Hour)
	id := fmc.CallID("019aa000-0000-7000-8000-0000000000aa")
	leg := func(i int) fmc.LegID { return fmc.LegID{Call: id, N: i} }
	client, hangUp := callerid.Number{E164: "+79120000005", Country: "RU"}, cause.Of(cause.Hangup)
	var facts []fmc.Fact
	for at, body := range []fmc.Happening{
		fmc.Opened{Began: hourAgo, Direction: fmc.Outbound, Employee: "petrov", From: callerid.Number{E164: "+79167654321"}},
		fmc.LegBegan{Leg: leg(1), Offered: true, Role: fmc.Worker, Employee: "petrov"},
		fmc.Recognised{Leg: leg(1), Employee: "petrov", By: fmc.ByPIN},
		fmc.LegBegan{Leg: leg(2), Role: fmc.Client, Number: client},
		fmc.LegIs{Leg: leg(2), Link: fmc.Up},
		fmc.LegIs{Leg: leg(2), Link: fmc.Gone, Cause: &hangUp},
		fmc.Closed{Cause: hangUp},
	} {
		facts = append(facts, fmc.Fact{Company: "acme", Call: id, At: time.Duration(at) * time.Minute, Body: body})
	}
	n.drain(facts)
	if err := n.stop(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(n.config)
	if err != nil {
		t.Fatal(err)
	}
	m, err := configs.ReadMachine(n.config, text)
	if err != nil {
		t.Fatal(err)
	}
	n.start(m)
	n.until("what petrov did before is remembered", func() bool {
		world := n.house.Calls().World(n.company("acme"), time.Now())
		was := world.Caller("petrov", callerid.Number{E164: "+79167654321"}, callerid.Number{})
		other := world.Caller("ivanov", callerid.Number{}, callerid.Number{})
		sameDay := hourAgo.In(n.company("acme").Profile.Zone).Day() == time.Now().In(n.company("acme").Profile.Zone).Day()
		return was.Ever && was.Proved > 0 && (!sameDay || was.Spent == fmc.Spent{Calls: 1, Talk: time.Minute}) && !other.Ever
	})
}
