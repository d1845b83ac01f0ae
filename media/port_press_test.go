package media_test

import (
	"errors"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/media"
)

func TestKeysAreSentAsTelephoneEventsAmongTheStream(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	pb.say(1)
	before := pa.hear()
	if err := a.Press("5#", 100*time.Millisecond, 80*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	var reader media.KeyReader
	var heard []byte
	for range 2 * 7 { // 5 frames of 100 ms, the last of them the end, and the end twice more
		p := pa.hear()
		if p.PayloadType != 101 || p.SSRC != before.SSRC || p.SequenceNumber != before.SequenceNumber+1 {
			t.Fatalf("%v after %v", p, before)
		}
		for _, k := range reader.Packet(media.Voice{Stream: p.SSRC, Timestamp: p.Timestamp, Marker: p.Marker, Payload: p.Payload}) {
			heard = append(heard, k.Digit)
		}
		before = p
	}
	if string(heard) != "5#" {
		t.Errorf("heard %q", heard)
	}
	for talking := false; !talking; { // talk goes on, in the same stream, after the keys
		pb.say(2)
		p, ok := pa.listen(10 * time.Millisecond)
		if talking = ok; ok && (p.PayloadType != 8 || p.SequenceNumber != before.SequenceNumber+1 || int32(p.Timestamp-before.Timestamp) < 7*media.FrameSamples) {
			t.Errorf("%v after %v", p, before)
		}
	}
}

func TestKeysToALegWithoutTelephoneEventsAreSound(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a := lease(t, ports, "a")
	pa := newPeer(t, a, "127.0.0.1")
	r := pa.remote()
	r.EventIn, r.EventOut = 0, 0
	a.Set(r)
	if err := a.Press("12x", media.UsualTone, media.UsualPause); !errors.Is(err, cause.Invalid) {
		t.Errorf("x is no key: %v", err)
	}
	if err := a.Press("12", media.UsualTone, media.UsualPause); err != nil {
		t.Fatal(err)
	}
	ears := media.NewDetector()
	var heard []byte
	for len(heard) < 2 {
		p := pa.hear()
		for _, k := range ears.Voice(media.Voice{Payload: p.Payload}) {
			heard = append(heard, k.Digit)
		}
	}
	if string(heard) != "12" {
		t.Errorf("heard %q", heard)
	}
}

// TestKeysPressedOneAfterTheOtherKeepTheirOrder: a person's keys are sent on one by one, faster than they can sound.
func TestKeysPressedOneAfterTheOtherKeepTheirOrder(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, _ := talk(t, ports)
	for _, key := range "*3*1#" {
		if err := a.Press(string(key), 40*time.Millisecond, 40*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	var reader media.KeyReader
	var heard []byte
	for len(heard) < 5 {
		p := pa.hear()
		for _, k := range reader.Packet(media.Voice{Stream: p.SSRC, Timestamp: p.Timestamp, Marker: p.Marker, Payload: p.Payload}) {
			heard = append(heard, k.Digit)
		}
	}
	if string(heard) != "*3*1#" {
		t.Errorf("heard %q", heard)
	}
}

func TestKeysForALegThatCannotTakeThemAllAreRefused(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, _, _ := talk(t, ports)
	var err error
	for range 100 {
		if err = a.Press("1", time.Second, time.Second); err != nil {
			break
		}
	}
	if !errors.Is(err, cause.NoRoom) {
		t.Errorf("a hundred presses: %v", err)
	}
}
