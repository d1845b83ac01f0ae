package webtest

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// TracedCall has a client's call to sales happen, with what passed on its wires, a hostile message among it.
func (c *Cabinet) TracedCall() fmc.CallID {
	c.T.Helper()
	id := c.Happened(Now.Add(-time.Hour), call.Supposed{From: "+79120000001", To: "+74951234567"})
	leg := fmc.LegID{Call: id, N: 1}
	c.Traces.Note([]fmc.Fact{{Company: "acme", Call: id, Body: fmc.Opened{}}})
	c.Traces.Told(leg, fmc.TraceLine{Kind: fmc.TraceSIP, Peer: "UDP 192.0.2.1:5060", Text: "INVITE sip:+74951234567@192.0.2.10 SIP/2.0\nFrom: \"<script>alert(1)</script>\" <sip:x@y>\nCSeq: 1 INVITE\n"})
	c.Traces.Told(leg, fmc.TraceLine{Kind: fmc.TraceSIP, Out: true, Peer: "UDP 192.0.2.1:5060", Text: "SIP/2.0 486 <b>Busy</b>\nCSeq: 1 INVITE\n"})
	c.Traces.Told(leg, fmc.TraceLine{Kind: fmc.TraceSound, Sound: &fmc.SoundFigures{Codec: "PCMA", Heard: fmc.SoundStream{Packets: 250, Lost: 50, MOS: 3.1}, Sent: fmc.SoundStream{Packets: 250}}})
	return id
}

// talk is a recording of so many seconds as the recorder delivers it: on the left the client speaks in the first third,
// on the right we do in the last; in between nobody.
func talk(seconds int) []byte {
	const rate = 8000
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(seconds*rate*4+36))
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x40\x1f\x00\x00\x00\x7d\x00\x00\x04\x00\x10\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(seconds*rate*4))
	for i := range seconds * rate {
		var sides [2]float64
		wave := math.Sin(2*math.Pi*440*float64(i)/rate) * (0.6 + 0.4*math.Sin(float64(i)/900))
		switch 3 * i / (seconds * rate) {
		case 0:
			sides[0] = wave
		case 2:
			sides[1] = wave
		}
		for _, v := range sides {
			b = binary.LittleEndian.AppendUint16(b, uint16(int16(12000*v)))
		}
	}
	return b
}

// Recorded has a client's call be answered by anna at a time, with its recording on disk.
func (c *Cabinet) Recorded(at time.Time, from string) fmc.CallID {
	c.T.Helper()
	file := fmt.Sprintf("acme/%d.wav", at.UnixNano())
	path := filepath.Join(c.Folder, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		c.T.Fatal(err)
	}
	if err := os.WriteFile(path, talk(30), 0o600); err != nil {
		c.T.Fatal(err)
	}
	return c.Happened(at, call.Supposed{From: from, To: "+74951234568", Answers: []string{"anna"}}, fmc.Kept{File: file, Length: 30 * time.Second})
}

// SeedCalls gives acme some days of calls: answered, missed, and one that was missed twice.
func (c *Cabinet) SeedCalls() (first fmc.CallID) {
	c.T.Helper()
	first = c.Recorded(Now.Add(-30*time.Minute), "+79120000001")
	c.Recorded(Now.Add(-26*time.Hour), "+79120000002")
	for i, from := range []string{"+79120000003", "+79120000003", "+79120000004"} {
		c.Happened(Now.Add(time.Duration(-40-i)*time.Minute), call.Supposed{From: from, To: "+74951234567"})
	}
	return first
}

// LiveCall is a call of a client that rings for Anna, or in which she talks.
func LiveCall(id fmc.CallID, from string, talks bool) call.Call {
	c := call.New(id, Now, plan.Request{Company: "acme", Direction: fmc.Inbound, From: callerid.Number{E164: from}, To: callerid.Number{E164: "+74951234567"}})
	client, anna := fmc.LegID{Call: id, N: 1}, fmc.LegID{Call: id, N: 2}
	c.Parties = []call.Party{
		{Leg: client, Role: fmc.Client, Link: fmc.Up, Line: "trunk:carrier-a", Number: callerid.Number{E164: from}},
		{Leg: anna, Role: fmc.Worker, Link: fmc.Alerting, Who: call.Who{Employee: "anna", Group: "sales", Device: "anna/mobile"}},
	}
	c.Threads = []call.Thread{{Plan: plan.Plan{Nodes: []plan.Node{{Do: plan.Ring, Group: "sales"}}}}}
	if talks {
		c.Now, c.Parties[1].Link, c.Tape.State = 9*time.Second, fmc.Up, fmc.TapeReady
		c.Wiring.Talks = []call.Talk{{Legs: []fmc.LegID{client, anna}, Tape: true}}
	}
	return c
}

// Dialling is a call that Anna wanted, at each step of its life.
func Dialling(step string) (call.Call, error) {
	phone := call.Party{Role: fmc.Worker, Who: call.Who{Employee: "anna", Device: "anna/mobile"}, Link: fmc.Up, Assent: fmc.Granted}
	client := call.Party{Role: fmc.Client, Link: fmc.Alerting, Number: callerid.Number{E164: "+79160000001"}}
	c := call.Call{
		ID: Begun, Company: "acme", Began: Now,
		Request: plan.Request{Company: "acme", Direction: fmc.Outbound, Employee: "anna", To: callerid.Number{E164: "+79160000001"}, Dialled: "+79160000001"},
	}
	switch step {
	case "rings":
		phone.Link, phone.Assent = fmc.Alerting, fmc.Awaited
		c.Parties = []call.Party{phone}
	case "taken":
		phone.Assent = fmc.Awaited
		c.Parties = []call.Party{phone}
	case "dialling":
		c.Parties = []call.Party{phone, client}
	case "talks":
		client.Link = fmc.Up
		c.Parties = []call.Party{phone, client}
		c.Wiring.Talks = []call.Talk{{}}
	case "unanswered":
		phone.Link = fmc.Gone
		c.Parties = []call.Party{phone}
		c.End = &call.Ending{Cause: cause.Cause{Meaning: cause.NoAnswer}}
	case "over":
		c.End = &call.Ending{Cause: cause.Cause{Meaning: cause.Hangup}}
	default:
		return c, fmt.Errorf("no step %q", step)
	}
	return c, nil
}
