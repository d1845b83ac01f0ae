package media_test

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"roadline/media"
)

// line is a device and what speaks to it, in turns of 20 ms.
type line struct {
	clock        *stillClock
	node, device *media.PCM
}

func newLine(t *testing.T) line {
	t.Helper()
	ports, clock := startStill(t)
	l := line{clock: clock, node: leasePCM(t, ports, "node", nil), device: leasePCM(t, ports, "modem", nil)}
	l.node.Port().Route(&media.Route{Forward: []*media.Port{l.device.Port()}})
	l.device.Port().Route(&media.Route{Forward: []*media.Port{l.node.Port()}})
	return l
}

// talk lets both say a sound of a peak for a time; peak 0 is silence.
func (l line) talk(d time.Duration, node, device float64) {
	var frame [media.FrameSamples]int16
	for range d / media.FrameTime {
		l.clock.pass(media.FrameTime)
		l.node.Say(frameOf(wave(media.FrameSamples, 500, node), 0))
		if l.device.Say(frameOf(wave(media.FrameSamples, 500, device), 0)) {
			l.device.Hear(&frame)
		}
	}
}

func TestSpeechIsSeenInEachDirectionByItself(t *testing.T) {
	l := newLine(t)
	if s := l.device.Port().Quality().Speech; !s.Measured || s.Both() || s.Said != (media.Talk{}) || s.Heard != (media.Talk{}) {
		t.Errorf("before anything: %+v", s)
	}
	l.talk(2*time.Second, 0, 5000)
	l.talk(3*time.Second, 20, 20) // a quiet line's noise, -62 dBm0
	s := l.device.Port().Quality().Speech
	if s.Both() || s.Said != (media.Talk{For: 2 * time.Second, Quiet: 3 * time.Second}) || s.Heard != (media.Talk{Quiet: 5 * time.Second}) {
		t.Errorf("one way: %+v", s)
	}
	l.talk(time.Second, 300, 0) // quiet words, -38 dBm0
	s = l.device.Port().Quality().Speech
	if !s.Both() || s.Heard.For < 900*time.Millisecond || s.Heard.Quiet > 40*time.Millisecond || s.Said.Quiet != 4*time.Second {
		t.Errorf("both ways: %+v", s)
	}
	if s := l.node.Port().Quality().Speech; s.Said.For != time.Second {
		t.Errorf("the node said: %+v", s)
	}
}

func TestAClickIsNoSpeech(t *testing.T) {
	l := newLine(t)
	l.talk(time.Second, 5000, 0)
	l.talk(40*time.Millisecond, 0, 20000)
	l.talk(time.Second, 5000, 0)
	if s := l.device.Port().Quality().Speech; s.Both() {
		t.Errorf("%+v", s)
	}
}

func TestALegOfAnotherKindMeasuresNoSpeech(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	heardOnly(t, pa, pb)
	if q := a.Quality(); q.Speech != (media.Speech{}) || q.Sent.MOS != 0 || q.Worse() != q.MOS {
		t.Errorf("%+v", q)
	}
}

// TestAGoodMobileLineIsRatedAsOne: GSM EFR over a clean line gives R = 93.2 - 5 - delay, a MOS of about 4.2.
func TestAGoodMobileLineIsRatedAsOne(t *testing.T) {
	l := newLine(t)
	if q := l.device.Port().Quality(); q.MOS != 0 || q.Sent.MOS != 0 || q.Worse() != 0 {
		t.Errorf("before anything: %+v", q)
	}
	l.talk(20*time.Second, 5000, 5000)
	if q := l.device.Port().Quality(); q.MOS < 4.1 || q.MOS > 4.3 || q.Sent.MOS < 4.1 || q.Sent.MOS > 4.3 || q.Worse() != min(q.MOS, q.Sent.MOS) {
		t.Errorf("MOS %.2f and %.2f", q.MOS, q.Sent.MOS)
	}
}

func TestWhatADeviceMissesLowersTheScoreOfThatDirectionOnly(t *testing.T) {
	l := newLine(t)
	for range 20 { // one second of ten is not given by the device
		l.talk(time.Second, 5000, 5000)
		for range 5 {
			l.clock.pass(media.FrameTime)
			l.node.Say(frameOf(wave(media.FrameSamples, 500, 5000), 0))
		}
	}
	q := l.device.Port().Quality()
	if q.Heard.Lost < 80 || q.MOS > 3 || q.Sent.MOS < 4.1 || q.Worse() != q.MOS {
		t.Errorf("MOS %.2f and %.2f, %+v %+v", q.MOS, q.Sent.MOS, q.Heard, l.device.Figures())
	}
}

func TestWhatADeviceHearsMadeUpLowersTheScoreOfThatDirectionOnly(t *testing.T) {
	l := newLine(t)
	var frame [media.FrameSamples]int16
	for n := range 1000 {
		l.clock.pass(media.FrameTime)
		sound := frameOf(wave(media.FrameSamples, 500, 5000), 0)
		if n%10 != 5 { // one packet of ten is lost on the way to the device
			l.node.Port().Route(&media.Route{Forward: []*media.Port{l.device.Port()}})
		} else {
			l.node.Port().Route(nil)
		}
		l.node.Say(sound)
		l.device.Say(sound)
		l.device.Hear(&frame)
	}
	q, f := l.device.Port().Quality(), l.device.Figures()
	if f.Concealed < 80 || f.Concealed > 130 || q.Sent.MOS > 3.6 || q.MOS < 4.1 || q.Worse() != q.Sent.MOS {
		t.Errorf("MOS %.2f and %.2f, %+v", q.MOS, q.Sent.MOS, f)
	}
}

// TestAPhoneTellsHowItHears: by its reports, once one has come back.
func TestAPhoneTellsHowItHears(t *testing.T) {
	good, bad := rated(t, 0), rated(t, 40)
	if good < 4.2 || bad > 3.9 || bad < 1 {
		t.Errorf("MOS %.2f, and %.2f with 40 of 100 lost", good, bad)
	}
}

// rated is how a phone hears that reports so many of a hundred packets lost.
func rated(t *testing.T, lost uint32) float64 {
	t.Helper()
	clock := newTestClock()
	clock.pass(time.Hour)
	ports := startPorts(t, clock, nil)
	a, _, pa, pb := talk(t, ports)
	var ssrc uint32
	for range 100 {
		pb.say(1)
		ssrc = pa.hear().SSRC
	}
	now := clock.now()
	sent := uint32(now/time.Second)<<16 | uint32(now%time.Second<<16/time.Second) // RFC 3550 §4: the middle of an NTP time
	pa.report(&rtcp.ReceiverReport{SSRC: pa.ssrc, Reports: []rtcp.ReceptionReport{{SSRC: ssrc, LastSenderReport: sent, TotalLost: lost}}})
	await(t, func() bool { return a.Quality().RTT != 0 })
	return a.Quality().Sent.MOS
}
