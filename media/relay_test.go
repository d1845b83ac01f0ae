package media_test

import (
	"encoding/binary"
	"math"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/pion/rtp"

	"roadline/media"
)

func TestWhatOneLegSaysTheOtherHears(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	_, _, pa, pb := talk(t, ports)
	for i := range 50 {
		fill := byte(i)
		pa.say(fill)
		if got := pb.hear(); got.Payload[0] != fill || got.PayloadType != 8 || len(got.Payload) != media.FrameSamples {
			t.Fatalf("packet %d: %v", i, got)
		}
		pb.say(fill + 100)
		if got := pa.hear(); got.Payload[0] != fill+100 {
			t.Fatalf("packet %d back: %v", i, got)
		}
	}
}

// wave is 16-bit samples of a frequency in Hz, at a peak.
func wave(n int, hertz, peak float64) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(peak * math.Sin(2*math.Pi*hertz*float64(i)/media.SampleRate))
	}
	return out
}

// peakAt is the peak of one frequency in samples, by correlation.
func peakAt(pcm []int16, hertz float64) float64 {
	var re, im float64
	for i, s := range pcm {
		phase := 2 * math.Pi * hertz * float64(i) / media.SampleRate
		re += float64(s) * math.Cos(phase)
		im += float64(s) * math.Sin(phase)
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm))
}

// law is one of the two codecs, both ways.
type law struct {
	codec  media.Codec
	encode func(int16) byte
	decode func(byte) int16
}

// TestAToneComesThroughInEitherLaw: 1004 Hz in (1000 Hz would meet the same eight steps of the law again and again), 1004
// Hz out at the same level and nothing else, whatever law each side
// speaks.
func TestAToneComesThroughInEitherLaw(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, mu := law{media.PCMA, media.EncodeALaw, media.DecodeALaw}, law{media.PCMU, media.EncodeMuLaw, media.DecodeMuLaw}
	for _, laws := range [][2]law{{a, a}, {a, mu}, {mu, a}, {mu, mu}} {
		name := laws[0].codec.String() + " to " + laws[1].codec.String()
		const peak = 8000
		heard := toneThrough(t, ports, laws, wave(50*media.FrameSamples, 1004, peak))
		if l := peakAt(heard, 1004); math.Abs(l-peak) > peak*3/100 {
			t.Errorf("%s: 1004 Hz at %.0f, want %d", name, l, peak)
		}
		for _, other := range []float64{440, 2000, 3000} {
			if l := peakAt(heard, other); l > peak/50 {
				t.Errorf("%s: %.0f Hz at %.0f, want silence", name, other, l)
			}
		}
	}
}

// toneThrough says pcm on one leg in its law and returns what the other hears in its own.
func toneThrough(t *testing.T, ports *media.Ports, laws [2]law, pcm []int16) (heard []int16) {
	t.Helper()
	a, b, pa, pb := talk(t, ports)
	for i, leg := range []*media.Port{a, b} {
		r := [...]*peer{pa, pb}[i].remote()
		r.Codec = laws[i].codec
		leg.Set(r)
	}
	for ; len(pcm) > 0; pcm = pcm[media.FrameSamples:] {
		p := pa.packet(0)
		p.PayloadType = laws[0].codec.PayloadType()
		for j := range p.Payload {
			p.Payload[j] = laws[0].encode(pcm[j])
		}
		pa.send(p)
		got := pb.hear()
		if got.PayloadType != laws[1].codec.PayloadType() {
			t.Fatalf("payload type %d", got.PayloadType)
		}
		for _, s := range got.Payload {
			heard = append(heard, laws[1].decode(s))
		}
	}
	return heard
}

func TestPacketsOfTenToSixtyMillisecondsPassAsTheyAre(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	_, _, pa, pb := talk(t, ports)
	for _, size := range []int{80, 160, 240, 320, 480, 1600} {
		p := pa.packet(9)
		p.Payload = make([]byte, size)
		pa.send(p)
		if got := pb.hear(); len(got.Payload) != size {
			t.Errorf("%d bytes in, %d out", size, len(got.Payload))
		}
	}
}

func TestHeadersOfEveryShapeLeaveBare(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	full := pa.packet(0x21)
	full.CSRC = []uint32{1, 2, 3}
	full.Extension, full.ExtensionProfile = true, rtp.ExtensionProfileOneByte
	if err := full.SetExtension(1, []byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	full.Padding, full.Header.PaddingSize = true, 7
	pa.send(full)
	got := pb.hear()
	if len(got.CSRC) != 0 || got.Extension || got.Padding || len(got.Payload) != media.FrameSamples || got.Payload[159] != 0x21 {
		t.Errorf("%v", got)
	}
	for _, junk := range [][]byte{
		{}, {0x80}, make([]byte, 12), []byte("OPTIONS sip:nm SIP/2.0\r\n\r\n"), // no RTP
		{0x8F, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9},           // 15 CSRC that are not there
		{0x90, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 255, 255}, // an extension that is not there
		{0xA0, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 200},   // more padding than packet
		append([]byte{0x80, 200, 0, 6}, make([]byte, 24)...),    // RTCP gone astray
		append([]byte{0x80, 8, 0, 1}, make([]byte, 8+1601)...),  // more than 200 ms
	} {
		pa.sendBytes(junk)
	}
	heardOnly(t, pa, pb)
	if q := a.Quality(); q.Dropped.Malformed != 9 {
		t.Errorf("%+v", q.Dropped)
	}
}

func TestWhatWasNotAgreedIsNotRelayed(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	pa.say(1)
	before := pb.hear()
	for _, kind := range []uint8{13, 18, 96, 111} { // comfort noise, G.729, anything dynamic
		p := pa.packet(forged)
		p.PayloadType = kind
		pa.send(p)
	}
	empty := pa.packet(0) // keeps a NAT open
	empty.Payload = nil
	pa.send(empty)
	pa.say(2)
	after := pb.hear()
	follows(t, before, after, 6*media.FrameSamples, 0)
	if q := a.Quality(); q.Dropped.Unwanted != 5 || after.Payload[0] != 2 || q.Heard.Lost != 0 {
		t.Errorf("%+v", q)
	}
}

func TestASilentRouteCarriesNothing(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b, pa, pb := talk(t, ports)
	heardOnly(t, pa, pb)
	a.Route(nil)
	pa.say(forged)
	await(t, func() bool { return a.Quality().Heard.Packets == 2 })
	a.Route(&media.Route{Forward: []*media.Port{b}})
	heardOnly(t, pa, pb)
}

func TestThreeLegsHearTheOneThatSpeaks(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b, pa, pb := talk(t, ports)
	c := lease(t, ports, "c")
	pc := newPeer(t, c, "127.0.0.1")
	r := pc.remote()
	r.Codec = media.PCMU
	c.Set(r)
	a.Route(&media.Route{Forward: []*media.Port{b, c, b}}) // b twice: it hears each word once
	for i := range 3 {
		fill := byte(0xD5 + i)
		pa.say(fill)
		if got := pb.hear(); got.Payload[0] != fill {
			t.Errorf("b: %v", got)
		}
		if got := pc.hear(); got.Payload[0] != media.ALawToMuLaw(fill) || got.PayloadType != 0 {
			t.Errorf("c: %v", got)
		}
	}
}

func TestIPv6LegsTalkToIPv4Legs(t *testing.T) {
	v6 := netip.MustParseAddr("::1")
	ports := startPorts(t, newTestClock(), func(o *media.Options) { o.Bind = append(o.Bind, v6) })
	a, err := ports.Lease(media.Want{Addr: v6})
	if err != nil {
		t.Fatal(err)
	}
	b := lease(t, ports, "b")
	pa, pb := newPeer(t, a, "::1"), newPeer(t, b, "127.0.0.1")
	a.Set(pa.remote())
	b.Set(pb.remote())
	a.Route(&media.Route{Forward: []*media.Port{b}})
	b.Route(&media.Route{Forward: []*media.Port{a}})
	for range 6 {
		heardOnly(t, pa, pb)
		heardOnly(t, pb, pa)
	}
	if a.Local().Addr() != v6 || a.Quality().Dropped.Foreign != 0 {
		t.Errorf("%s %+v", a.Local(), a.Quality())
	}
}

// TestTheRelayAllocatesNothing runs packets through the whole path: sockets, learning, counting, keys, tape, relay in
// either law.
func TestTheRelayAllocatesNothing(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b, pa, pb := talk(t, ports)
	other := pb.remote()
	other.Codec = media.PCMU
	b.Set(other)
	tap := media.NewTap("client", time.Second)
	a.Route(&media.Route{Forward: []*media.Port{b}, Tape: tap, Keys: func(media.Key) {}})
	if err := pb.conn.SetReadDeadline(deadline(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	out, in := make([]byte, 172), make([]byte, 2048)
	out[0], out[1] = 0x80, 8
	seq := uint16(0)
	keep := func(media.Chunk) {}
	once := func() {
		seq++
		binary.BigEndian.PutUint16(out[2:], seq)
		binary.BigEndian.PutUint32(out[4:], uint32(seq)*160)
		if _, err := pa.conn.WriteToUDPAddrPort(out, pa.to); err != nil {
			t.Fatal(err)
		}
		if _, _, err := pb.conn.ReadFromUDPAddrPort(in); err != nil {
			t.Fatalf("packet %d: %v: %+v", seq, err, a.Quality())
		}
		if seq%16 == 0 {
			tap.Read(keep)
		}
	}
	for range 100 {
		once()
	}
	if n := allocations(2000, once); n != 0 {
		t.Errorf("%d allocations per packet", n)
	}
	if tap.Dropped() != 0 {
		t.Errorf("%d packets missed the tape", tap.Dropped())
	}
}

// allocations is how many a run costs on average in the whole process, rounded down as testing.AllocsPerRun does, which
// would set GOMAXPROCS to 1: the read loop keeps a processor of its own.
func allocations(runs int, once func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		once()
	}
	runtime.ReadMemStats(&after)
	return (after.Mallocs - before.Mallocs) / uint64(runs)
}

func TestAMistakeInOneLegSilencesThatLegOnly(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	_, _, pa, pb := talk(t, ports)
	c := lease(t, ports, "c")
	pc := newPeer(t, c, "127.0.0.1")
	c.Set(pc.remote())
	c.Route(&media.Route{Into: brokenSink{}})
	pc.say(1)
	await(t, func() bool { return c.Wiring().Into == nil })
	heardOnly(t, pa, pb)
}

type brokenSink struct{}

func (brokenSink) Voice(media.Voice) { panic("a seeded mistake") }
