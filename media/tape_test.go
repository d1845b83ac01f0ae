package media_test

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"roadline/media"
)

func TestTheTapeHasEveryPacketAsItCame(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, nil)
	a, b, pa, pb := talk(t, ports)
	tap := media.NewTap("client", time.Second)
	a.Route(&media.Route{Forward: []*media.Port{b}, Tape: tap})
	from := clock.now()
	for i := range 10 {
		p := pa.packet(byte(i))
		p.Marker = i == 0
		if i >= 5 {
			p.PayloadType = 0
		}
		pa.send(p)
		pb.hear()
	}
	till := clock.now()
	i := 0
	n := tap.Read(func(c media.Chunk) {
		codec := media.PCMA
		if i >= 5 {
			codec = media.PCMU
		}
		if c.Payload[0] != byte(i) || len(c.Payload) != 160 || c.Codec != codec || c.Marker != (i == 0) || c.Missed != 0 || c.Stream != pa.ssrc ||
			c.Sequence != pa.seq-10+uint16(i) || c.Timestamp != pa.ts-1600+uint32(i)*160 || c.At < from || c.At > till {
			t.Errorf("packet %d: %+v", i, c.Voice)
		}
		from = c.At
		i++
	})
	if n != 10 || tap.Read(func(media.Chunk) { t.Error("read twice") }) != 0 || tap.Track() != "client" {
		t.Errorf("%d packets", n)
	}
}

func TestAFullRingCountsWhatItDropsAndNamesTheGap(t *testing.T) {
	tap := media.NewTap("client", 200*time.Millisecond)
	payload := make([]byte, 160)
	kept := 0
	for i := 0; tap.Dropped() == 0; i++ {
		tap.Voice(media.Voice{Sequence: uint16(i), Payload: payload})
		kept = i
	}
	tap.Voice(media.Voice{Payload: payload})
	if kept < 10 {
		t.Errorf("a ring for 200 ms keeps %d packets", kept)
	}
	if n := tap.Read(func(c media.Chunk) {
		if c.Missed != 0 {
			t.Errorf("missed %d before %d", c.Missed, c.Sequence)
		}
	}); n != kept {
		t.Errorf("read %d, want %d", n, kept)
	}
	tap.Voice(media.Voice{Sequence: 999, Payload: payload})
	tap.Voice(media.Voice{Sequence: 1000, Payload: payload})
	var missed []int
	tap.Read(func(c media.Chunk) { missed = append(missed, c.Missed) })
	if len(missed) != 2 || missed[0] != 2 || missed[1] != 0 || tap.Dropped() != 2 {
		t.Errorf("missed %v, dropped %d", missed, tap.Dropped())
	}
}

// TestWhatGoesIntoTheRingComesOutOrIsCounted: writer and reader at once, packets of any length.
func TestWhatGoesIntoTheRingComesOutOrIsCounted(t *testing.T) {
	const packets = 20000
	tap := media.NewTap("client", 200*time.Millisecond)
	var writer sync.WaitGroup
	written := make(chan struct{})
	writer.Go(func() {
		defer close(written)
		random := rand.New(rand.NewPCG(1, 2))
		for i := range uint32(packets) {
			tap.Voice(media.Voice{Timestamp: i, Payload: bytes.Repeat([]byte{byte(i)}, 1+random.IntN(480))})
		}
	})
	next, read := uint32(0), 0
	check := func(c media.Chunk) {
		next += uint32(c.Missed)
		if c.Timestamp != next || len(bytes.Trim(c.Payload, string([]byte{byte(next)}))) != 0 && next&0xFF < 0x80 {
			t.Fatalf("packet %d is %d: % x", next, c.Timestamp, c.Payload)
		}
		next++
		read++
	}
	for done := false; !done; {
		select {
		case <-written:
			done = true
		default:
		}
		tap.Read(check)
	}
	writer.Wait()
	if uint64(read)+tap.Dropped() != packets || read == 0 {
		t.Errorf("%d read and %d dropped of %d", read, tap.Dropped(), packets)
	}
}
