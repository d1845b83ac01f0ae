package media_test

import (
	"testing"
	"time"

	"github.com/pion/rtp"

	"roadline/media"
)

// press is the telephone-event packets of one key of 100 ms, as phones send them: five updates and the end three times.
func (r *peer) press(code byte) []*rtp.Packet {
	var out []*rtp.Packet
	start := r.ts
	for i := range 8 {
		p := r.packet(0)
		held := min(i+1, 5) * media.FrameSamples
		p.PayloadType, p.Timestamp, p.Marker = 101, start, i == 0
		p.Payload = []byte{code, 10, byte(held >> 8), byte(held)}
		if i >= 5 {
			p.Payload[1] |= 0x80
		}
		out = append(out, p)
	}
	r.ts = start + 5*media.FrameSamples
	return out
}

// keyLog gathers keys as a room would: without blocking the read loop.
func keyLog() (func(media.Key), chan media.Key) {
	keys := make(chan media.Key, 64)
	return func(k media.Key) { keys <- k }, keys
}

func TestAKeyIsToldOnceAndKeptFromTheOtherSide(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b, pa, pb := talk(t, ports)
	sink, keys := keyLog()
	tap := media.NewTap("client", time.Second)
	a.Route(&media.Route{Forward: []*media.Port{b}, Keys: sink, Tape: tap})
	pa.say(1)
	before := pb.hear()
	sent := pa.press(5)
	for _, p := range sent {
		pa.send(p)
		pa.send(p) // every packet comes twice
	}
	pa.say(2)
	after := pb.hear()
	if k := <-keys; k.Digit != '5' || k.InVoice || len(keys) != 0 {
		t.Errorf("%+v, and %d more", k, len(keys))
	}
	// The other side sees no key, no hole where the key was, and the time that it took.
	follows(t, before, after, 6*media.FrameSamples, 0)
	if after.Payload[0] != 2 || after.PayloadType != 8 {
		t.Errorf("%v", after)
	}
	if n := tap.Read(func(c media.Chunk) {
		if c.Payload[0] != 1 && c.Payload[0] != 2 {
			t.Errorf("on tape: % x", c.Payload[:4])
		}
	}); n != 2 {
		t.Errorf("%d packets on tape", n)
	}
	if q := a.Quality(); q.Heard.Events != 8 || q.Heard.Duplicates != 8 || q.Heard.Lost != 0 {
		t.Errorf("%+v", q.Heard)
	}
}

func TestKeysAreForwardedByTheOtherSidesNumber(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b, pa, pb := talk(t, ports)
	r := pb.remote()
	r.EventIn, r.EventOut = 96, 96
	b.Set(r)
	a.Route(&media.Route{Forward: []*media.Port{b}, ForwardKeys: true})
	pa.say(1)
	before := pb.hear()
	sent := pa.press(11)
	for i, p := range sent {
		pa.send(p)
		got := pb.hear()
		if got.PayloadType != 96 || got.SequenceNumber != before.SequenceNumber+1+uint16(i) || got.Timestamp != before.Timestamp+media.FrameSamples ||
			got.Marker != (i == 0) || string(got.Payload) != string(p.Payload) {
			t.Fatalf("packet %d: %v", i, got)
		}
	}
	pa.say(2)
	if got := pb.hear(); got.Timestamp != before.Timestamp+6*media.FrameSamples || got.SequenceNumber != before.SequenceNumber+9 {
		t.Errorf("%v after %v", got, before)
	}
}

func TestKeysDoNotReachALegThatTakesNone(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b, pa, pb := talk(t, ports)
	r := pb.remote()
	r.EventIn, r.EventOut = 0, 0
	b.Set(r)
	a.Route(&media.Route{Forward: []*media.Port{b}, ForwardKeys: true})
	pa.say(1)
	before := pb.hear()
	for _, p := range pa.press(3) {
		pa.send(p)
	}
	pa.say(2)
	follows(t, before, pb.hear(), 6*media.FrameSamples, 0)
}

// dial says the sound of keys, as a mobile does whose network knows no RFC 4733.
func (r *peer) dial(t *testing.T, digits string) {
	t.Helper()
	tones, err := media.NewKeyTones(digits, 100*time.Millisecond, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	var frame [media.FrameSamples]byte
	for tones.Frame(&frame) {
		p := r.packet(0)
		copy(p.Payload, frame[:])
		r.send(p)
	}
}

func TestKeysInTheVoiceAreTold(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, _ := talk(t, ports)
	sink, keys := keyLog()
	a.Route(&media.Route{Keys: sink})
	pa.dial(t, "1*0#")
	for _, want := range "1*0#" {
		if k := <-keys; k.Digit != byte(want) || !k.InVoice {
			t.Errorf("heard %+v, want %c", k, want)
		}
	}
}

// TestTheFirstTelephoneEventLatchesTheLeg: a phone that sends both the event and its sound presses once (FLOWS E0).
func TestTheFirstTelephoneEventLatchesTheLeg(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, _ := talk(t, ports)
	sink, keys := keyLog()
	a.Route(&media.Route{Keys: sink})
	for _, p := range pa.press(1) {
		pa.send(p)
	}
	pa.dial(t, "2")
	for _, p := range pa.press(3) {
		pa.send(p)
	}
	if one, three := <-keys, <-keys; one.Digit != '1' || three.Digit != '3' {
		t.Errorf("heard %c and %c", one.Digit, three.Digit)
	}
}

func TestKeysOfALegThatNobodyListensToAreLost(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, _ := talk(t, ports)
	a.Route(nil)
	for _, p := range pa.press(1) {
		pa.send(p)
	}
	await(t, func() bool { return a.Quality().Heard.Events == 8 })
	sink, keys := keyLog()
	a.Route(&media.Route{Keys: sink})
	for _, p := range pa.press(2) {
		pa.send(p)
	}
	if k := <-keys; k.Digit != '2' {
		t.Errorf("heard %c", k.Digit)
	}
}
