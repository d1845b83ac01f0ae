package house_test

import (
	"fmt"
	"net"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
)

// TestWhatEachSideSaidIsOnItsTrackAtItsTimeThroughHold has both sides say the time, the mobile put the client on hold and
// back, and looks for every second in the recording.
func TestWhatEachSideSaidIsOnItsTrackAtItsTimeThroughHold(t *testing.T) {
	t.Parallel()
	town := housetest.Start(t, housetest.Setup{Company: crew})
	client, mobile := housetest.NewVoice(t), housetest.NewVoice(t)
	his, hers := housetest.NewToneClock(0), housetest.NewToneClock(20)
	client.Say(his)
	mobile.Say(hers)
	carrier := housetest.SIPp(t, housetest.Run{Scenario: "hold", Port: town.Carrier, Answers: 300 * time.Millisecond, Voice: mobile})
	caller := housetest.SIPp(t, housetest.Run{
		Scenario: "client", To: town.SIP.String(), Number: "+74951234567", From: "+79120000001", Voice: client, Hangs: 17 * time.Second,
	})
	town.Await("they hear each other", func() bool { return mobile.Hears(his) && client.Hears(hers) })
	//lint:ignore forbid the conversation lasts: nothing signals that it has
	<-time.After(4 * time.Second) // speech
	signal(t, carrier)
	town.Await("the client is on hold", func() bool { return held(town) })
	//lint:ignore forbid the conversation lasts: nothing signals that it has
	<-time.After(3 * time.Second) // what is said now is not on tape
	signal(t, carrier)
	town.Await("they hear each other again", func() bool { return !held(town) && mobile.Hears(his) && client.Hears(hers) })
	caller.Wait()

	r := town.Records("acme", 1)[0]
	file := town.File(r)
	housetest.Opens(t, file)
	left, right := housetest.ReadWAV(t, file)
	k := r.Recording.Kept
	zero := r.Opened.Began.Add(k.Opened)
	var talks, holds []fmc.RecordingSpan
	for _, s := range r.Recording.Spans {
		switch s.Kind {
		case fmc.SpanTalk:
			talks = append(talks, s)
		case fmc.SpanHold:
			holds = append(holds, s)
		default:
		}
	}
	if len(talks) != 2 || len(holds) != 1 || holds[0].From > talks[0].To+housetest.Near || holds[0].To < holds[0].From+2*time.Second || talks[1].From < holds[0].To {
		t.Fatalf("spans %+v", r.Recording.Spans)
	}
	for _, s := range talks {
		from, to := r.Opened.Began.Add(s.From+housetest.Near), r.Opened.Began.Add(s.To-housetest.Near)
		if to.Sub(from) < 2*time.Second {
			t.Errorf("the talk of %v shows little", to.Sub(from))
		}
		if missing := his.Missing(left, zero, from, to); missing > housetest.Near {
			t.Errorf("%v of the client's %v is not there", missing, to.Sub(from))
		}
		if missing := hers.Missing(right, zero, from, to); missing > housetest.Near {
			t.Errorf("%v of the mobile's %v is not there", missing, to.Sub(from))
		}
		if a, b := hers.Missing(left, zero, from, to), his.Missing(right, zero, from, to); a < to.Sub(from)/2 || b < to.Sub(from)/2 {
			t.Error("a side is on the other's track")
		}
	}
	from, to := sample(holds[0].From+housetest.Near-k.Opened), sample(holds[0].To-housetest.Near-k.Opened)
	for _, channel := range [][]int16{left, right} {
		for i, v := range channel[from:to] {
			if v != 0 {
				t.Fatalf("there is sound %v into the hold", time.Duration(i)*time.Second/8000)
			}
		}
	}
}

func sample(d time.Duration) int { return int(d.Seconds() * 8000) }

// held reports whether a leg's far end holds.
func held(town *housetest.Town) bool {
	for _, c := range town.Seen() {
		for _, p := range c.Parties {
			if p.Held {
				return true
			}
		}
	}
	return false
}

// signal has the SIPp of hold.xml go on: an INFO of its call, from outside.
func signal(t *testing.T, p *housetest.Peer) {
	t.Helper()
	invite, ok := p.Got("INVITE")
	if !ok {
		t.Fatal("there was no INVITE")
	}
	conn, err := net.Dial("udp4", fmt.Sprintf("127.0.0.1:%d", p.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	text := fmt.Sprintf("INFO sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKgo%d\r\nFrom: <sip:t@127.0.0.1>;tag=t\r\nTo: <sip:x@127.0.0.1>\r\nCall-ID: %s\r\nCSeq: 1 INFO\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
		conn.LocalAddr(), time.Now().UnixNano(), invite.Header("Call-ID"))
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}
