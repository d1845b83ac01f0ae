package media_test

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/media"
)

// stillClock is time that passes only when a test says so.
type stillClock struct{ at atomic.Int64 }

func (c *stillClock) now() time.Duration   { return time.Duration(c.at.Load()) }
func (c *stillClock) pass(d time.Duration) { c.at.Add(int64(d)) }

func startStill(t testing.TB) (*media.Ports, *stillClock) {
	t.Helper()
	clock := &stillClock{}
	clock.pass(time.Hour)
	return startPorts(t, newTestClock(), func(o *media.Options) { o.Now = clock.now }), clock
}

func leasePCM(t testing.TB, ports *media.Ports, name string, keys func(media.Key)) *media.PCM {
	t.Helper()
	d, err := ports.LeasePCM(name, keys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// frameOf is the n-th frame of a sound.
func frameOf(pcm []int16, n int) *[media.FrameSamples]int16 {
	return (*[media.FrameSamples]int16)(pcm[n*media.FrameSamples:])
}

// coarse is samples as G.711 carries them.
func coarse(pcm []int16) []int16 {
	out := slices.Clone(pcm)
	for i, s := range out {
		out[i] = media.DecodeALaw(media.EncodeALaw(s))
	}
	return out
}

func TestADeviceAndAPhoneHearEachOther(t *testing.T) {
	ports, clock := startStill(t)
	d := leasePCM(t, ports, "modem", nil)
	a := lease(t, ports, "phone")
	pa := newPeer(t, a, "127.0.0.1")
	a.Set(pa.remote())
	d.Port().Route(&media.Route{Forward: []*media.Port{a}})
	a.Route(&media.Route{Forward: []*media.Port{d.Port()}})

	const frames, peak = 100, 8000
	there, back := wave(frames*media.FrameSamples, 1004, peak), wave(frames*media.FrameSamples, 440, peak)
	var phone, device []int16
	var frame [media.FrameSamples]int16
	for n := range frames {
		clock.pass(media.FrameTime)
		if !d.Say(frameOf(there, n)) {
			t.Fatal("in time, and owed nothing")
		}
		got := pa.hear()
		if got.PayloadType != 8 || got.Marker != (n == 0) {
			t.Fatalf("frame %d: %v", n, got)
		}
		for _, s := range got.Payload {
			phone = append(phone, media.DecodeALaw(s))
		}
		p := pa.packet(0)
		for i, s := range frameOf(back, n) {
			p.Payload[i] = media.EncodeALaw(s)
		}
		d.Hear(&frame)
		device = append(device, frame[:]...)
		pa.send(p)
		await(t, func() bool { return d.Port().Quality().Sent.Packets == uint64(n+1) })
	}
	if !slices.Equal(phone, coarse(there)) {
		t.Error("the phone hears something else than the device said")
	}
	const delay = media.FrameSamples // sent just after the device took a frame: it is heard with the next but one
	if want := coarse(back); !slices.Equal(device[2*delay:], want[:len(want)-2*delay]) && !slices.Equal(device[delay:], want[:len(want)-delay]) {
		t.Errorf("the device hears 440 Hz at %.0f, want %d, and not sample for sample what the phone said", peakAt(device[1600:], 440), peak)
	}
	q, f := d.Port().Quality(), d.Figures()
	if q.Heard.Packets != frames || q.Heard.Lost != 0 || q.Sent.Packets != frames || f.Said != frames || f.Heard != frames || f.Missing+f.Late+f.Dropped+f.Concealed != 0 || f.Silent > 2 {
		t.Errorf("%+v %+v", q, f)
	}
	if !q.Speech.Measured || !q.Speech.Both() || q.Speech.Said.For != frames*media.FrameTime || q.Speech.Heard.For < (frames-3)*media.FrameTime {
		t.Errorf("%+v", q.Speech)
	}
}

func TestADeviceIsHeardByAPhoneOfTheOtherLaw(t *testing.T) {
	ports, clock := startStill(t)
	d := leasePCM(t, ports, "modem", nil)
	a := lease(t, ports, "phone")
	pa := newPeer(t, a, "127.0.0.1")
	r := pa.remote()
	r.Codec = media.PCMU
	a.Set(r)
	d.Port().Route(&media.Route{Forward: []*media.Port{a}})
	a.Route(&media.Route{Forward: []*media.Port{d.Port()}})
	pcm := wave(20*media.FrameSamples, 1004, 8000)
	var heard []int16
	var frame [media.FrameSamples]int16
	for n := range 20 {
		clock.pass(media.FrameTime)
		d.Say(frameOf(pcm, n))
		d.Hear(&frame)
		got := pa.hear()
		for _, s := range got.Payload {
			heard = append(heard, media.DecodeMuLaw(s))
		}
		if got.PayloadType != 0 {
			t.Fatalf("payload type %d", got.PayloadType)
		}
		got.SSRC = pa.ssrc
		pa.send(got) // the phone is its own echo
		await(t, func() bool { return d.Port().Quality().Sent.Packets == uint64(n+1) })
	}
	if l := peakAt(heard, 1004); math.Abs(l-8000) > 240 {
		t.Errorf("1004 Hz at %.0f", l)
	}
	if d.Hear(&frame); math.Abs(peakAt(frame[:], 1000)-8000) > 400 {
		t.Errorf("back at %.0f", peakAt(frame[:], 1000))
	}
}

func TestKeysThatSoundOnADeviceAreTold(t *testing.T) {
	ports, clock := startStill(t)
	d := leasePCM(t, ports, "modem", nil)
	sink, keys := keyLog()
	d.Port().Route(&media.Route{Keys: sink})
	tones, err := media.NewKeyTones("1*0#", 100*time.Millisecond, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	var sound [media.FrameSamples]byte
	var frame [media.FrameSamples]int16
	for tones.Frame(&sound) {
		for i, b := range sound {
			frame[i] = media.DecodeALaw(b)
		}
		clock.pass(media.FrameTime)
		d.Say(&frame)
	}
	for _, want := range "1*0#" {
		if k := <-keys; k.Digit != byte(want) {
			t.Errorf("heard %c, want %c", k.Digit, want)
		}
	}
}

func TestKeysForADeviceComeOutAsKeysAndNotAsSound(t *testing.T) {
	ports, clock := startStill(t)
	sink, keys := keyLog()
	d := leasePCM(t, ports, "modem", sink)
	a := lease(t, ports, "phone")
	pa := newPeer(t, a, "127.0.0.1")
	a.Set(pa.remote())
	a.Route(&media.Route{Forward: []*media.Port{d.Port()}, ForwardKeys: true})
	var frame [media.FrameSamples]int16
	sent := 0
	for range 3 {
		for _, p := range append(pa.press(5), pa.press(11)...) {
			pa.send(p)
			pa.send(p)
			sent++
			await(t, func() bool { return a.Quality().Heard.Packets == uint64(sent) })
			clock.pass(media.FrameTime)
			if d.Hear(&frame); frame != [media.FrameSamples]int16{} {
				t.Fatal("a key is heard")
			}
		}
	}
	for _, want := range "5#5#5#" {
		if k := <-keys; k.Digit != byte(want) {
			t.Errorf("key %c, want %c", k.Digit, want)
		}
	}
	if len(keys) != 0 {
		t.Errorf("%d keys too many", len(keys))
	}
}

func TestKeysPressedOnADeviceComeOutAsKeys(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	sink, keys := keyLog()
	d := leasePCM(t, ports, "modem", sink)
	if err := d.Port().Press("17", media.UsualTone, media.UsualPause); err != nil {
		t.Fatal(err)
	}
	if one, seven := <-keys, <-keys; one.Digit != '1' || seven.Digit != '7' {
		t.Errorf("%c and %c", one.Digit, seven.Digit)
	}
	deaf := leasePCM(t, ports, "modem without keys", nil)
	if err := deaf.Port().Press("1", media.UsualTone, media.UsualPause); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { return deaf.Port().Quality().Sent.Packets == 7 })
}

// TestADeviceIsMixedWithPhones: three in a conference on the real clock, one of them a device.
func TestADeviceIsMixedWithPhones(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	d := leasePCM(t, ports, "modem", nil)
	legs := []*media.Port{d.Port(), lease(t, ports, "b"), lease(t, ports, "c")}
	mixer := media.NewMixer()
	var peers []*peer
	for i, leg := range legs {
		if i > 0 {
			peers = append(peers, newPeer(t, leg, "127.0.0.1"))
			leg.Set(peers[i-1].remote())
		}
		seat := mixer.Join(leg.String())
		leg.Route(&media.Route{Into: seat, Hear: media.NewPlay(seat, nil)})
	}
	hertz := []float64{500, 800, 1100}
	const frames, amplitude = 100, 4000
	var sounds [3][]int16
	for i, h := range hertz {
		sounds[i] = wave(frames*media.FrameSamples, h, amplitude)
	}
	var device []int16
	var frame [media.FrameSamples]int16
	ticker := time.NewTicker(media.FrameTime)
	defer ticker.Stop()
	for n := range frames {
		<-ticker.C
		d.Say(frameOf(sounds[0], n))
		if d.Hear(&frame) {
			device = append(device, frame[:]...)
		}
		for i, p := range peers {
			k := p.packet(0)
			for j, s := range frameOf(sounds[i+1], n) {
				k.Payload[j] = media.EncodeALaw(s)
			}
			p.send(k)
		}
	}
	var phone []int16
	for len(phone) < 80*media.FrameSamples {
		for _, s := range peers[0].hear().Payload {
			phone = append(phone, media.DecodeALaw(s))
		}
	}
	if len(device) < 70*media.FrameSamples {
		t.Fatalf("the device heard %d samples", len(device))
	}
	for who, sound := range map[int][]int16{0: device, 1: phone} {
		loudest := [3]float64{}
		for at := 20 * media.FrameSamples; at+8*media.FrameSamples <= len(sound); at += 8 * media.FrameSamples {
			for i, h := range hertz { // by windows, since a frame that is made up breaks the phase
				loudest[i] = max(loudest[i], peakAt(sound[at:at+8*media.FrameSamples], h))
			}
		}
		for i, l := range loudest {
			if own := i == who; own != (l < 100) || !own && math.Abs(l-amplitude) > 400 {
				t.Errorf("%s hears %.0f Hz at %.0f", legs[who], hertz[i], l)
			}
		}
	}
}

// TestTheTapeHoldsWhatTheDeviceSaid: sample for sample, also what came late and in a burst.
func TestTheTapeHoldsWhatTheDeviceSaid(t *testing.T) {
	ports, clock := startStill(t)
	d := leasePCM(t, ports, "modem", nil)
	tap := media.NewTap("client", 4*time.Second)
	d.Port().Route(&media.Route{Tape: tap})
	pcm := wave(100*media.FrameSamples, 700, 12000)
	for n := range 100 {
		switch {
		case n < 40:
			clock.pass(media.FrameTime)
		case n == 40:
			clock.pass(20 * media.FrameTime)
		case n >= 60:
			clock.pass(media.FrameTime)
		}
		d.Say(frameOf(pcm, n))
	}
	var taped []int16
	stamp := uint32(0)
	tap.Read(func(c media.Chunk) {
		if len(taped) > 0 && (c.Timestamp != stamp || c.Marker) {
			t.Errorf("after %d samples: %d after %d, marker %t", len(taped), c.Timestamp, stamp, c.Marker)
		}
		stamp = c.Timestamp + media.FrameSamples
		for _, b := range c.Payload {
			taped = append(taped, media.DecodeALaw(b))
		}
	})
	if !slices.Equal(taped, coarse(pcm)) {
		t.Errorf("%d samples on tape, want %d, as they were said", len(taped), len(pcm))
	}
}

func TestAClosedDeviceIsDeafAndMute(t *testing.T) {
	ports, clock := startStill(t)
	d, far := leasePCM(t, ports, "modem", nil), leasePCM(t, ports, "far", nil)
	d.Port().Route(&media.Route{Forward: []*media.Port{far.Port()}})
	if u := ports.Usage(); u.Devices != 2 || u.Leased != 0 {
		t.Errorf("%+v", u)
	}
	loud := wave(media.FrameSamples, 1000, 8000)
	d.Close()
	d.Close()
	clock.pass(media.FrameTime)
	var frame [media.FrameSamples]int16
	if d.Say(frameOf(loud, 0)) || d.Hear(&frame) || d.Figures().Said != 0 || far.Port().Quality().Sent.Packets != 0 {
		t.Errorf("%+v", d.Figures())
	}
	far.Port().Route(&media.Route{Forward: []*media.Port{d.Port()}})
	far.Say(frameOf(loud, 0))
	if q := d.Port().Quality(); q.Sent.Packets != 0 {
		t.Errorf("%+v", q)
	}
	if u := ports.Usage(); u.Devices != 1 {
		t.Errorf("%+v", u)
	}
}

func TestPortsThatStopTakeTheirDevicesAlong(t *testing.T) {
	var ports *media.Ports
	var d *media.PCM
	t.Run("runs", func(t *testing.T) {
		ports = startPorts(t, newTestClock(), nil)
		d, _ = ports.LeasePCM("modem", nil)
	})
	if d.Say(&[media.FrameSamples]int16{}) {
		t.Error("it is still heard")
	}
	if _, err := ports.LeasePCM("late", nil); !errors.Is(err, cause.Unavailable) {
		t.Errorf("%v", err)
	}
}

func TestAMistakeInADevicesLegSilencesThatLegOnly(t *testing.T) {
	var log bytes.Buffer
	clock := &stillClock{}
	ports := startPorts(t, newTestClock(), func(o *media.Options) {
		o.Now, o.Log = clock.now, slog.New(slog.NewTextHandler(&log, nil))
	})
	d, far := leasePCM(t, ports, "modem", nil), leasePCM(t, ports, "far", nil)
	d.Port().Route(&media.Route{Into: brokenSink{}})
	var frame [media.FrameSamples]int16
	clock.pass(time.Second)
	d.Say(&frame)
	d.Port().Route(&media.Route{Forward: []*media.Port{far.Port()}})
	clock.pass(media.FrameTime)
	d.Say(&frame)
	if q := d.Port().Quality(); q.Dropped.Unwanted != 1 || far.Port().Quality().Sent.Packets != 0 {
		t.Errorf("%+v", q)
	}
	if !bytes.Contains(log.Bytes(), []byte("leg=modem")) {
		t.Errorf("log: %s", log.String())
	}
}

// TestADeviceMayBeUsedFromManySides: what says, hears, asks, wires and closes may meet.
func TestADeviceMayBeUsedFromManySides(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	d, far := leasePCM(t, ports, "modem", func(media.Key) {}), leasePCM(t, ports, "far", nil)
	far.Port().Route(&media.Route{Forward: []*media.Port{d.Port()}})
	loud := wave(media.FrameSamples, 1000, 8000)
	var all sync.WaitGroup
	for _, do := range []func(n int){
		func(int) { d.Say(frameOf(loud, 0)) },
		func(int) { var frame [media.FrameSamples]int16; d.Hear(&frame) },
		func(int) { far.Say(frameOf(loud, 0)) },
		func(int) { d.Figures(); d.Port().Quality() },
		func(n int) {
			d.Port().Route(&media.Route{Forward: []*media.Port{far.Port()}, Keys: func(media.Key) {}})
			if n == 400 {
				d.Close()
			}
		},
	} {
		all.Go(func() {
			for n := range 500 {
				do(n)
			}
		})
	}
	all.Wait()
	if (d.Port().Local() != netip.AddrPort{}) || d.Port().String() != "modem" {
		t.Errorf("%v %v", d.Port().Local(), d.Port())
	}
}
