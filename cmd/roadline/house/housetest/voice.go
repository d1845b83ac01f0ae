package housetest

import (
	"encoding/binary"
	"math"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/media"
	"roadline/media/sdp"
)

// Voice is one end of a conversation by RTP: it speaks to wherever it is spoken to from, presses keys, and keeps what it
// hears at the second it heard it.
type Voice struct {
	conn  *net.UDPConn
	began time.Time
	stop  chan struct{}
	done  sync.WaitGroup

	mu    sync.Mutex // guards:
	peer  netip.AddrPort
	says  media.Source
	keys  []byte
	heard []byte // A-law by the time of arrival; Silence where nothing came
	first time.Time
	sent  time.Time // the first packet that we sent
	count int
	told  []byte // keys that came by RFC 4733
	stamp uint32 // of the latest of them
}

// NewVoice opens a voice that is silent until Say.
func NewVoice(t testing.TB) *Voice {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	v := &Voice{conn: conn, began: time.Now(), stop: make(chan struct{})}
	v.done.Add(2)
	go v.listen()
	go v.speak()
	t.Cleanup(v.Close)
	return v
}

// Port is where it listens.
func (v *Voice) Port() int { return v.conn.LocalAddr().(*net.UDPAddr).Port } //nolint:forcetypeassert // a UDP socket's

// Close ends the voice.
func (v *Voice) Close() {
	select {
	case <-v.stop:
		return
	default:
	}
	close(v.stop)
	_ = v.conn.Close()
	v.done.Wait()
}

// Say has it say something from now on.
func (v *Voice) Say(s media.Source) {
	v.mu.Lock()
	v.says = s
	v.mu.Unlock()
}

// SpeaksTo has it speak where the SDP of a message says, before it was spoken to itself.
func (v *Voice) SpeaksTo(m Message) {
	_, body, _ := strings.Cut(m.Text, "\r\n\r\n")
	s, err := sdp.Parse([]byte(body))
	if err != nil || len(s.Media) == 0 {
		return
	}
	v.mu.Lock()
	v.peer = netip.AddrPortFrom(s.Media[0].Addr, s.Media[0].Port)
	v.mu.Unlock()
}

// Press presses keys by RFC 4733, one after the other, as soon as it knows whom it speaks to.
func (v *Voice) Press(keys string) {
	v.mu.Lock()
	v.keys = append(v.keys, keys...)
	v.mu.Unlock()
}

// Heard returns what it heard since it was opened, one byte a sample.
func (v *Voice) Heard() []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]byte(nil), v.heard...)
}

// First says when it was first spoken to; zero: never.
func (v *Voice) First() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.first
}

// Count is how many packets it heard.
func (v *Voice) Count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.count
}

// Hears reports whether it hears what a clock says now.
func (v *Voice) Hears(c *ToneClock) bool {
	heard := v.Heard()
	if len(heard) < media.SampleRate/10 {
		return false
	}
	tail := make([]int16, media.SampleRate/10)
	for i, b := range heard[len(heard)-len(tail):] {
		tail[i] = media.DecodeALaw(b)
	}
	now := len(c.Said()) - 1
	return now >= 0 && (c.Hears(tail, now) || now > 0 && c.Hears(tail, now-1))
}

// Began is the time of the first sample of Heard.
func (v *Voice) Began() time.Time { return v.began }

// Spoke is when it first spoke.
func (v *Voice) Spoke() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.sent
}

func (v *Voice) listen() {
	defer v.done.Done()
	buf := make([]byte, 2048)
	for {
		n, from, err := v.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if n < 12 || buf[0]>>6 != 2 {
			continue
		}
		now := time.Now()
		v.mu.Lock()
		v.peer = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if v.first.IsZero() {
			v.first = now
		}
		v.count++
		switch pt := buf[1] & 0x7f; {
		case pt == media.PCMA.PayloadType():
			v.lay(int(now.Sub(v.began).Seconds()*media.SampleRate)-(n-12), buf[12:n])
		case pt == eventType && n >= 16:
			v.key(buf[12], binary.BigEndian.Uint32(buf[4:]))
		}
		v.mu.Unlock()
	}
}

// key notes a key: all packets of one have its stamp. mu is held.
func (v *Voice) key(event byte, stamp uint32) {
	if len(v.told) > 0 && v.stamp == stamp || int(event) >= len(eventKeys) {
		return
	}
	v.told, v.stamp = append(v.told, eventKeys[event]), stamp
}

// eventType is the payload type of keys in SIPp's answers and offers, eventKeys are the keys by their events.
const (
	eventType = 101
	eventKeys = "0123456789*#ABCD"
)

// Keys are those that the other side sent by RFC 4733.
func (v *Voice) Keys() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return string(v.told)
}

// lay puts what was heard at its place. mu is held.
func (v *Voice) lay(at int, payload []byte) {
	at = max(at, 0)
	if d := len(v.heard) - at; d > 0 && d < 400 || d < 0 && d > -400 { // packets that follow each other follow each other
		at = len(v.heard)
	}
	for len(v.heard) < at {
		v.heard = append(v.heard, media.Silence)
	}
	v.heard = append(v.heard[:at], payload...)
}

func (v *Voice) speak() {
	defer v.done.Done()
	tick := time.NewTicker(media.FrameTime)
	defer tick.Stop()
	packet := make([]byte, 12, 172)
	packet[0] = 0x80
	binary.BigEndian.PutUint32(packet[8:], 0x1badb002^uint32(v.Port()))
	sequence, stamp := uint16(1000), uint32(5000)
	var keys *media.KeyWriter
	for due := time.Now(); ; due = due.Add(media.FrameTime) {
		// Its clock goes evenly, as a telephone's does: what could not be sent in time is sent late, not left out.
		for time.Now().Before(due) {
			select {
			case <-v.stop:
				return
			case <-tick.C:
			}
		}
		select {
		case <-v.stop:
			return
		default:
		}
		v.mu.Lock()
		peer, says := v.peer, v.says
		if keys == nil && len(v.keys) > 0 && peer.IsValid() {
			keys, _ = media.NewKeyWriter(string(v.keys), media.UsualTone, media.UsualPause)
			v.keys = nil
		}
		v.mu.Unlock()
		stamp += media.FrameSamples
		if !peer.IsValid() {
			continue
		}
		var frame [media.FrameSamples]byte
		for i := range frame {
			frame[i] = media.Silence
		}
		body, pt, at := frame[:], media.PCMA.PayloadType(), stamp
		if keys != nil {
			k, ok := keys.Frame(stamp)
			if keys.Over() {
				keys = nil
			}
			if ok {
				body, pt, at = k.Payload[:], eventType, k.Timestamp
				if k.Marker {
					pt |= 0x80
				}
			}
		} else if says != nil {
			if c, ok := says.(*ToneClock); ok {
				c.frame(&frame, due)
			} else if !says.Frame(&frame) {
				v.Say(nil)
			}
		}
		sequence++
		packet[1] = pt
		binary.BigEndian.PutUint16(packet[2:], sequence)
		binary.BigEndian.PutUint32(packet[4:], at)
		if _, err := v.conn.WriteToUDPAddrPort(append(packet[:12], body...), peer); err == nil {
			v.mu.Lock()
			if v.sent.IsZero() {
				v.sent = time.Now()
			}
			v.mu.Unlock()
		}
	}
}

// sine is a tone for ever.
type sine struct {
	hertz float64
	n     int
}

// Sine is a tone of some pitch, at a level of speech, for ever.
func Sine(hertz float64) media.Source { return &sine{hertz: hertz} }

func (s *sine) Frame(dst *[media.FrameSamples]byte) bool {
	for i := range dst {
		dst[i] = media.EncodeALaw(int16(8000 * math.Sin(2*math.Pi*s.hertz*float64(s.n)/media.SampleRate)))
		s.n++
	}
	return true
}

// Level is how strong a pitch is in A-law samples, as the amplitude of its sine in 16-bit samples (Goertzel).
func Level(alaw []byte, hertz float64) float64 {
	samples := make([]int16, len(alaw))
	for i, b := range alaw {
		samples[i] = media.DecodeALaw(b)
	}
	return LevelPCM(samples, hertz)
}

// LevelPCM is Level of 16-bit samples.
func LevelPCM(samples []int16, hertz float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	var re, im float64
	for i, s := range samples {
		phase := 2 * math.Pi * hertz * float64(i) / media.SampleRate
		re += float64(s) * math.Cos(phase)
		im -= float64(s) * math.Sin(phase)
	}
	return 2 * math.Hypot(re, im) / float64(len(samples))
}

// Loudest is the greatest Level of a pitch in any stretch of 400 ms: speech that is played holds no pitch
// so long.
func Loudest(alaw []byte, hertz float64) float64 {
	const stretch = media.SampleRate * 2 / 5
	best := 0.0
	for at := 0; at+stretch <= len(alaw); at += stretch {
		best = max(best, Level(alaw[at:at+stretch], hertz))
	}
	return best
}

// LoudestPCM is Loudest of 16-bit samples.
func LoudestPCM(samples []int16, hertz float64) float64 {
	const stretch = media.SampleRate * 2 / 5
	best := 0.0
	for at := 0; at+stretch <= len(samples); at += stretch {
		best = max(best, LevelPCM(samples[at:at+stretch], hertz))
	}
	return best
}

// ReadMono reads a recording of one party, by sox.
func ReadMono(t testing.TB, file string) []int16 {
	t.Helper()
	raw, err := exec.Command("sox", file, "-t", "s16", "-c", "1", "-").Output()
	if err != nil {
		t.Fatalf("sox does not read %s: %v", file, err)
	}
	samples := make([]int16, len(raw)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return samples
}

// ReadWAV reads the two channels of a recording, by sox: what a person would open it with.
func ReadWAV(t testing.TB, file string) (left, right []int16) {
	t.Helper()
	raw, err := exec.Command("sox", file, "-t", "s16", "-").Output()
	if err != nil {
		t.Fatalf("sox does not read %s: %v", file, err)
	}
	for i := 0; i+3 < len(raw); i += 4 {
		left = append(left, int16(binary.LittleEndian.Uint16(raw[i:])))
		right = append(right, int16(binary.LittleEndian.Uint16(raw[i+2:])))
	}
	return left, right
}
