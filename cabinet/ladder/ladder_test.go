package ladder_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roadline/cabinet/ladder"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ms = time.Millisecond

// story is a call that came by a trunk and went to a person by a SIM: what a real one told, in short.
func story() ladder.Story {
	const id = fmc.CallID("call")
	client, person := fmc.LegID{Call: id, N: 1}, fmc.LegID{Call: id, N: 2}
	from, mobile, office := callerid.Number{E164: "+79120000001"}, callerid.Number{E164: "+79161234567"}, callerid.Number{E164: "+74951234567"}
	hangUp := cause.Of(cause.Hangup)
	s := ladder.Story{
		Record: fmc.Record{
			ID: id, Company: "acme", Opened: fmc.Opened{Began: time.Date(2026, 11, 22, 9, 1, 0, 0, time.UTC), From: from, To: office, Trunk: "carrier-a"},
			Legs: []fmc.LegRecord{
				{LegBegan: fmc.LegBegan{Leg: client, Offered: true, Role: fmc.Client, Number: from, Line: "trunk:carrier-a"}, Talked: []fmc.Stay{{From: 9 * time.Second, To: 24 * time.Second}}},
				{LegBegan: fmc.LegBegan{Leg: person, Role: fmc.Worker, Employee: "anna", Device: "anna/mobile", Number: mobile, Line: "sim:8970"}, Began: 30 * ms, Talked: []fmc.Stay{{From: 9 * time.Second, To: 24 * time.Second}}},
			},
		},
		Person: func(e fmc.EmployeeID) string { return map[fmc.EmployeeID]string{"anna": "Anna"}[e] },
	}
	fact := func(at time.Duration, body fmc.Happening) {
		s.Facts = append(s.Facts, fmc.Fact{Company: "acme", Call: id, At: at, Body: body})
	}
	sip := func(at time.Duration, out bool, text string) {
		s.Trace = append(s.Trace, fmc.TraceLine{At: at, Leg: client, Kind: fmc.TraceSIP, Out: out, Peer: "UDP 192.0.2.1:5060", Text: text})
	}
	at := func(at time.Duration, out bool, text string) {
		s.Trace = append(s.Trace, fmc.TraceLine{At: at, Leg: person, Kind: fmc.TraceAT, Out: out, Peer: "usb:1-1", Text: text})
	}
	sound := func(at time.Duration, leg fmc.LegID, heard, lost int, mos float64) {
		s.Trace = append(s.Trace, fmc.TraceLine{At: at, Leg: leg, Kind: fmc.TraceSound, Sound: &fmc.SoundFigures{
			Codec: "PCMA", Heard: fmc.SoundStream{Packets: uint64(heard), Lost: int64(lost), Jitter: 4 * ms, MOS: mos}, Sent: fmc.SoundStream{Packets: uint64(heard)},
		}})
	}
	sip(0, false, "INVITE sip:+74951234567@192.0.2.10 SIP/2.0\nCSeq: 1 INVITE\nContent-Type: application/sdp\n\nv=0\nm=audio 9 RTP/AVP 8\n")
	sip(1*ms, true, "SIP/2.0 100 Trying\nCSeq: 1 INVITE\n")
	fact(2*ms, s.Record.Opened)
	fact(3*ms, fmc.Planned{Generation: 14})
	fact(3*ms, fmc.Stepped{Op: "ring"})
	fact(30*ms, s.Record.Legs[1].LegBegan)
	fact(31*ms, fmc.LegIs{Leg: person, Link: fmc.Dialing, Line: "sim:8970"})
	at(32*ms, true, "ATD+79xxxxxxx67;")
	at(60*ms, false, "OK")
	for i := range 5 {
		at(time.Duration(500+500*i)*ms, true, "AT+CLCC")
		at(time.Duration(505+500*i)*ms, false, "+CLCC: 1,0,3,0,0")
		at(time.Duration(506+500*i)*ms, false, "OK")
	}
	fact(3100*ms, fmc.LegIs{Leg: person, Link: fmc.Alerting})
	fact(9*time.Second, fmc.LegIs{Leg: person, Link: fmc.Up})
	sip(9010*ms, true, "SIP/2.0 200 OK\nCSeq: 1 INVITE\n\nv=0\n")
	sip(9020*ms, false, "ACK sip:roadline@192.0.2.10 SIP/2.0\nCSeq: 1 ACK\n")
	fact(9030*ms, fmc.Talking{Talks: []fmc.Conversation{{Legs: []fmc.LegID{client, person}, Tape: true}}})
	for i := 1; i <= 3; i++ {
		sound(time.Duration(9+5*i)*time.Second, client, 250*i, 0, 4.3)
		sound(time.Duration(9+5*i)*time.Second, person, 250*i, 0, 4.1)
	}
	sip(24*time.Second, false, "BYE sip:roadline@192.0.2.10 SIP/2.0\nCSeq: 2 BYE\nReason: Q.850;cause=16\n")
	sip(24010*ms, true, "SIP/2.0 200 OK\nCSeq: 2 BYE\n")
	fact(24020*ms, fmc.LegIs{Leg: client, Link: fmc.Gone, Cause: &hangUp})
	fact(24030*ms, fmc.Closed{Cause: hangUp, By: client})
	return s
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what was drawn:\n%s", file, got)
	}
}

func TestALadderIsDrawnAsTextAndAsMermaid(t *testing.T) {
	l := ladder.Build(story())
	golden(t, "ladder.txt", l.Text(false))
	golden(t, "ladder_raw.txt", l.Text(true))
	golden(t, "ladder.mmd", l.Mermaid())
}

func TestAPromiseThatALaterStartTookUpStandsOnce(t *testing.T) {
	s := story()
	due := s.Record.Opened.Began.Add(time.Minute)
	for _, w := range []fmc.Wanted{{Employee: "ivanov", Due: due}, {Employee: "ivanov", Due: due}, {Employee: "ivanov", Due: due.Add(time.Minute)}, {Employee: "ivanov"}, {Employee: "ivanov"}} {
		s.Facts = append(s.Facts, fmc.Fact{Company: "acme", Call: s.Record.ID, At: 24 * time.Second, Body: w})
	}
	promises := 0
	for _, row := range ladder.Build(s).Rows {
		if row.Say.Key == "called_back" {
			promises++
		}
	}
	if promises != 4 {
		t.Errorf("%d promises, want the one that was taken up once, one for a later time, and those of a version that wrote no time", promises)
	}
}

func TestALadderOfManyWhoRingStaysReadable(t *testing.T) {
	s := story()
	for i := range 30 {
		leg := fmc.LegID{Call: "call", N: 10 + i}
		s.Record.Legs = append(s.Record.Legs, fmc.LegRecord{LegBegan: fmc.LegBegan{Leg: leg, Role: fmc.Worker, Device: "boris/sip"}})
		s.Facts = append(s.Facts, fmc.Fact{At: time.Second, Body: fmc.LegIs{Leg: leg, Link: fmc.Alerting}})
	}
	l := ladder.Build(s)
	if len(l.Lanes) != 8 || l.Lanes[2].Name != "anna/mobile" || l.Lanes[7].Name != "…" {
		t.Errorf("lanes %+v", l.Lanes)
	}
	for _, r := range l.Rows {
		if r.From >= len(l.Lanes) || r.To >= len(l.Lanes) {
			t.Fatalf("%+v is beside the lanes", r)
		}
	}
}

func TestHostileTextStaysText(t *testing.T) {
	s := story()
	s.Person = func(fmc.EmployeeID) string { return "{why}]<script>\x1b[31m\u202e\nNote over L0: forged" }
	s.Trace[0].Text = "INVITE;x sip:\x07 SIP/2.0\nReason: a\u2028b\n"
	s.Record.Legs[0].Number.E164 = "+7;\n  L9->>L9: forged %%{init}%%"
	s.Record.Legs[0].Device = "x;\n  L9->>L9: forged %%{init}%%"
	l := ladder.Build(s)
	for _, line := range strings.Split(l.Mermaid(), "\n") {
		if strings.HasPrefix(line, "Note over") || strings.HasPrefix(line, "  L9") || strings.Contains(line, "%%{") || strings.Contains(line, "<script") {
			t.Errorf("forged: %s", line)
		}
	}
	if text := l.Text(false); strings.ContainsAny(text, "\x1b\x07\u202e\u2028") {
		t.Errorf("a terminal would obey: %q", text)
	}
}

// TestEverySentenceThatIsSaidIsThere fails where a key has no words, or a name in them no value is ever given for.
func TestEverySentenceThatIsSaidIsThere(t *testing.T) {
	for _, r := range ladder.Build(story()).Rows {
		if r.Say.Key != "" && (r.Say.English() == "" || strings.ContainsAny(r.Say.English(), "{}[]")) {
			t.Errorf("%+v says %q", r.Say, r.Say.English())
		}
	}
}

func TestTheVerdictNamesWhatWasWorst(t *testing.T) {
	const client, person = 1, 2
	type sound struct {
		leg, at    int
		heard      uint64
		lost       int64
		mos        float64
		sent, gone int64
	}
	for _, row := range []struct {
		name   string
		sounds []sound
		hold   bool
		want   string
		grade  ladder.Grade
	}{
		{"good", []sound{{client, 14, 250, 0, 4.3, 250, 0}, {client, 24, 750, 1, 4.3, 750, 0}}, false, "Good sound both ways: MOS 4.3 at worst.", ladder.Good},
		{"one-way audio", []sound{{client, 14, 250, 0, 4.3, 250, 0}, {client, 19, 250, 0, 4.3, 500, 0}, {client, 24, 250, 0, 4.3, 750, 0}}, false, "One-way audio from 0:14: nothing came from +79120000001.", ladder.Poor},
		{"nothing at all", []sound{{client, 14, 0, 0, 0, 250, 0}, {client, 24, 0, 0, 0, 750, 0}}, false, "Nothing at all came from +79120000001.", ladder.Poor},
		{"a gap", []sound{{person, 14, 250, 0, 4.3, 250, 0}, {person, 19, 250, 0, 4.3, 500, 0}, {person, 24, 500, 0, 4.3, 750, 0}}, false, "Nothing came from Anna from 0:14 to 0:19.", ladder.Poor},
		{"silence on hold is no fault", []sound{{client, 14, 250, 0, 4.3, 250, 0}, {client, 19, 250, 0, 4.3, 500, 0}, {client, 24, 500, 0, 4.3, 750, 0}}, true, "Good sound both ways: MOS 4.3 at worst.", ladder.Good},
		{"loss on the way to the client", []sound{{client, 14, 250, 0, 4.3, 250, 0}, {client, 19, 500, 0, 4.3, 500, 50}, {client, 24, 750, 0, 4.3, 750, 50}}, false, "16.7 % of the sound to +79120000001 was lost between 0:14 and 0:19.", ladder.Poor},
		{"a bad line", []sound{{person, 14, 250, 0, 3.2, 250, 0}, {person, 24, 750, 0, 3.2, 750, 0}}, false, "Poor sound from Anna: MOS 3.2.", ladder.Poor},
		{"a bearable one", []sound{{person, 14, 250, 0, 3.9, 250, 0}, {person, 24, 750, 0, 3.9, 750, 0}}, false, "Bearable sound: MOS 3.9 at worst, from Anna.", ladder.Fair},
		{"no trace", nil, false, "Nothing is known of the sound: no trace was kept of this call.", ladder.Unknown},
	} {
		s := story()
		s.Trace = nil
		for _, x := range row.sounds {
			s.Trace = append(s.Trace, fmc.TraceLine{At: time.Duration(x.at) * time.Second, Leg: fmc.LegID{Call: "call", N: x.leg}, Kind: fmc.TraceSound, Sound: &fmc.SoundFigures{
				Heard: fmc.SoundStream{Packets: x.heard, Lost: x.lost, MOS: x.mos}, Sent: fmc.SoundStream{Packets: uint64(x.sent), Lost: x.gone},
			}})
		}
		if row.hold {
			s.Record.Recording.Spans = []fmc.RecordingSpan{{Kind: fmc.SpanHold, From: 14 * time.Second, To: 19 * time.Second, Leg: fmc.LegID{Call: "call", N: client}}}
		}
		if q := ladder.Listen(s); q.Verdict.English() != row.want || q.Grade != row.grade {
			t.Errorf("%s: %s: %q, want %s: %q", row.name, q.Grade, q.Verdict.English(), row.grade, row.want)
		}
	}
	s := story()
	s.Record.Legs[0].Talked, s.Record.Legs[1].Talked = nil, nil
	if q := ladder.Listen(s); q.Verdict.Key != "verdict_none" {
		t.Errorf("nobody talked: %+v", q)
	}
}
