package media

import (
	"encoding/binary"
	"log/slog"
	"net/netip"
	"testing"
	"time"
)

// FuzzDatagrams: no bytes that a stranger or a peer can send may panic a leg, and what is relayed of them is RTP of our
// own making. It works inside the package to have no network between.
func FuzzDatagrams(f *testing.F) {
	f.Add([]byte{0x80, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xD5}, []byte{0x81, 201, 0, 7})
	f.Add([]byte{0xB1, 101, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xBE, 0xDE, 0, 1, 0x10, 9, 0, 0, 5, 0x8A, 3, 0x20, 1}, []byte{0x80, 200, 0, 6})
	var now time.Duration
	ports, err := NewPorts(Options{Bind: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, Now: func() time.Duration { return now }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(ports.stop)
	from := netip.MustParseAddrPort("127.0.0.9:4000")
	f.Fuzz(func(t *testing.T, rtp, rtcp []byte) {
		rtp, rtcp = rtp[:min(len(rtp), 2048)], rtcp[:min(len(rtcp), 2048)] // as the loop reads them
		a, err := ports.Lease(Want{})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		defer ports.loops[0].change()
		tap, sink, gate := NewTap("client", 0), &lastVoice{}, (*Gate)(nil)
		if len(rtp)%2 == 0 {
			gate = NewGate()
		}
		now += time.Minute
		a.Set(Remote{RTP: from, Codec: PCMU, EventIn: 101, EventOut: 101, Direction: SendRecv})
		a.Route(&Route{Forward: []*Port{a}, ForwardKeys: true, Keys: func(Key) {}, Tape: tap, Into: sink, Gate: gate})
		for i := range 8 { // again and again with the next number, so that probation is passed
			b := make([]byte, len(rtp), 2048)
			copy(b, rtp)
			if len(b) > 4 {
				binary.BigEndian.PutUint16(b[2:], binary.BigEndian.Uint16(b[2:])+uint16(i))
			}
			a.received(b, from, now)
			a.receivedRTCP(rtcp, from, now)
		}
		tap.Read(func(c Chunk) {
			if len(c.Payload) == 0 || len(c.Payload) > maxPayload {
				t.Errorf("%d bytes on tape", len(c.Payload))
			}
		})
		if q := a.Quality(); q.Heard.Packets > 8 || q.Heard.Lost < 0 || q.MOS < 0 || q.MOS > 5 {
			t.Errorf("%+v", q)
		}
	})
}

// lastVoice is a mixer's input that looks at every byte.
type lastVoice struct{ sum int }

func (l *lastVoice) Voice(v Voice) {
	for _, b := range v.Payload {
		l.sum += int(b)
	}
}
