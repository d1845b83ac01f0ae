package gwsim

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"

	"roadline/fmc/cause"
)

// speech is the RTP of one call: G.711 A-law in packets of 20 ms, keys as RFC 4733 says them. What is said to it waits for
// the simulated network's clock.
type speech struct {
	conn *net.UDPConn
	ssrc uint32

	mu sync.Mutex
	// mu guards:
	peer    *net.UDPAddr // nil: not known yet
	keys    byte         // payload type of their keys; 0: none
	key     func(byte)
	lastKey uint32    // time stamp of the key that was told last
	waiting [][]int16 // frames that came, the oldest first
	rest    []int16   // samples that do not fill a frame
	seq     uint16
	stamp   uint32
}

const (
	rtpHeader    = 12
	payloadALaw  = 8
	payloadKeys  = 101
	frameSamples = 160
	mostWaiting  = 10 // frames; those beyond push the oldest out
)

func newSpeech(ip net.IP) (*speech, error) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: ip})
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "RTP of a simulated gateway: %w", err)
	}
	return &speech{conn: conn, ssrc: rand.Uint32()}, nil //nolint:gosec // it only tells streams apart
}

func (s *speech) close() { _ = s.conn.Close() } // ends read

// sdp describes our side, the same each time: RFC 4566.
func (s *speech) sdp() string {
	at := s.conn.LocalAddr().(*net.UDPAddr)
	return fmt.Sprintf("v=0\r\no=gateway 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 8 101\r\n"+
		"a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n", at.IP, at.IP, at.Port)
}

// aim takes where the other side wants to hear, from its description.
func (s *speech) aim(sdp string) {
	var ip net.IP
	port, keys := 0, 0
	for line := range strings.Lines(sdp) {
		switch f := strings.Fields(strings.TrimSpace(line)); {
		case len(f) == 3 && f[0] == "c=IN":
			ip = net.ParseIP(f[2])
		case len(f) >= 3 && f[0] == "m=audio":
			port, _ = strconv.Atoi(f[1])
		case len(f) == 2 && strings.HasPrefix(f[0], "a=rtpmap:") && strings.HasPrefix(f[1], "telephone-event"):
			keys, _ = strconv.Atoi(strings.TrimPrefix(f[0], "a=rtpmap:"))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ip != nil && port > 0 {
		s.peer = &net.UDPAddr{IP: ip, Port: port}
	}
	if keys > 95 && keys < 128 {
		s.keys = byte(keys)
	}
}

// pressed has the keys that come told.
func (s *speech) pressed(key func(byte)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
}

// read takes packets until the call ends.
func (s *speech) read() {
	packet := make([]byte, 2048)
	for {
		n, _, err := s.conn.ReadFromUDP(packet)
		if err != nil {
			return
		}
		if n > rtpHeader && packet[0]>>6 == 2 {
			s.heard(packet[1]&0x7f, binary.BigEndian.Uint32(packet[4:]), packet[rtpHeader+4*int(packet[0]&0x0f):n])
		}
	}
}

const keyNames = "0123456789*#ABCD"

func (s *speech) heard(kind byte, stamp uint32, payload []byte) {
	s.mu.Lock()
	if kind == payloadALaw {
		s.frames(payload)
	}
	tell := kind == s.keys && kind != 0 && len(payload) >= 4 && int(payload[0]) < len(keyNames) && stamp != s.lastKey
	key := s.key
	if tell {
		s.lastKey = stamp
	}
	s.mu.Unlock()
	if tell && key != nil {
		key(keyNames[payload[0]])
	}
}

// frames cuts what came into frames. mu is held.
func (s *speech) frames(payload []byte) {
	for _, b := range payload {
		s.rest = append(s.rest, linear(b))
	}
	for len(s.rest) >= frameSamples {
		s.waiting = append(s.waiting, s.rest[:frameSamples:frameSamples])
		s.rest = s.rest[frameSamples:]
	}
	if over := len(s.waiting) - mostWaiting; over > 0 {
		s.waiting = s.waiting[over:]
	}
}

// next is what goes into the simulated network: silence where nothing came.
func (s *speech) next(f *[frameSamples]int16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(f[:])
	if len(s.waiting) > 0 {
		copy(f[:], s.waiting[0])
		s.waiting = s.waiting[1:]
	}
}

// send sends what the simulated network says.
func (s *speech) send(f *[frameSamples]int16) {
	packet := make([]byte, rtpHeader, rtpHeader+frameSamples)
	packet[0], packet[1] = 2<<6, payloadALaw
	s.mu.Lock()
	peer := s.peer
	binary.BigEndian.PutUint16(packet[2:], s.seq)
	binary.BigEndian.PutUint32(packet[4:], s.stamp)
	s.seq++
	s.stamp += frameSamples
	s.mu.Unlock()
	binary.BigEndian.PutUint32(packet[8:], s.ssrc)
	for _, v := range f {
		packet = append(packet, aLaw(v))
	}
	if peer != nil {
		_, _ = s.conn.WriteToUDP(packet, peer) // what is lost is lost
	}
}

// aLaw is a sample by ITU-T G.711 table 1a, with the even bits inverted.
func aLaw(v int16) byte {
	sign, x := byte(0x80), int(v)>>3 // 13 bits
	if x < 0 {
		sign, x = 0, -x-1
	}
	segment := 0
	for x>>(segment+5) != 0 && segment < 7 {
		segment++
	}
	step := x >> 1
	if segment > 0 {
		step = x >> segment
	}
	return (sign | byte(segment<<4) | byte(step&0x0f)) ^ 0x55 //nolint:gosec // seven bits
}

// linear is the sample of an octet.
func linear(b byte) int16 {
	b ^= 0x55
	segment, x := int(b>>4&7), int(b&0x0f)<<4+8
	if segment > 0 {
		x = (x + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		x = -x
	}
	return int16(x) //nolint:gosec // at most 32256
}
