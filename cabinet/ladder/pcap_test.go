package ladder_test

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/ladder"
	"roadline/fmc"
)

// captured is one packet as a reader of captures sees it.
type captured struct {
	at       time.Time
	from, to netip.AddrPort
	text     string
}

// readCapture reads a classic capture of raw IP packets, and checks every length and sum in it.
func readCapture(t *testing.T, file []byte) (all []captured) {
	t.Helper()
	le, be := binary.LittleEndian, binary.BigEndian
	if len(file) < 24 || le.Uint32(file) != 0xa1b2c3d4 || le.Uint16(file[4:]) != 2 || le.Uint16(file[6:]) != 4 || le.Uint32(file[20:]) != 101 {
		t.Fatalf("the head of the file is % x", file[:min(len(file), 24)])
	}
	for rest := file[24:]; len(rest) > 0; {
		size := le.Uint32(rest[8:])
		if size != le.Uint32(rest[12:]) || uint32(len(rest)-16) < size {
			t.Fatalf("a packet of %d bytes, %d are there", size, len(rest)-16)
		}
		c := captured{at: time.Unix(int64(le.Uint32(rest)), int64(le.Uint32(rest[4:]))*1000).UTC()}
		ip := rest[16 : 16+size]
		rest = rest[16+size:]
		var from, to netip.Addr
		var udp, covered []byte
		switch ip[0] >> 4 {
		case 4:
			if int(be.Uint16(ip[2:])) != len(ip) || ip[9] != 17 || sumOf(ip[:20]) != 0xffff {
				t.Fatalf("an IP header % x before %d bytes", ip[:20], len(ip)-20)
			}
			from, to, udp, covered = netip.AddrFrom4([4]byte(ip[12:])), netip.AddrFrom4([4]byte(ip[16:])), ip[20:], ip[12:20]
		case 6:
			if int(be.Uint16(ip[4:])) != len(ip)-40 || ip[6] != 17 {
				t.Fatalf("an IP header % x before %d bytes", ip[:40], len(ip)-40)
			}
			from, to, udp, covered = netip.AddrFrom16([16]byte(ip[8:])), netip.AddrFrom16([16]byte(ip[24:])), ip[40:], ip[8:40]
		default:
			t.Fatalf("no IP packet: % x", ip[:20])
		}
		whole := append(append(append([]byte{}, covered...), 0, 17, udp[4], udp[5]), udp...)
		if int(be.Uint16(udp[4:])) != len(udp) || sumOf(whole) != 0xffff {
			t.Fatalf("a UDP header % x before %d bytes", udp[:8], len(udp)-8)
		}
		c.from, c.to = netip.AddrPortFrom(from, be.Uint16(udp)), netip.AddrPortFrom(to, be.Uint16(udp[2:]))
		c.text = string(udp[8:])
		all = append(all, c)
	}
	return all
}

// sumOf is the sum of words in one's complement: all ones where a checksum among them is right.
func sumOf(b []byte) uint32 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		word := uint32(b[i]) << 8
		if i+1 < len(b) {
			word |= uint32(b[i+1])
		}
		sum += word
		sum = sum>>16 + sum&0xffff
	}
	return sum
}

func TestACaptureHoldsWhatWasSaidOnTheWire(t *testing.T) {
	s := story()
	all := readCapture(t, ladder.PCAP(s))
	if len(all) != 6 {
		t.Fatalf("%d packets, and six SIP messages were said", len(all))
	}
	client, us := netip.MustParseAddrPort("192.0.2.1:5060"), netip.MustParseAddrPort("127.0.0.1:5060")
	first, answer := all[0], all[2]
	if first.from != client || first.to != us || !first.at.Equal(s.Record.Opened.Began) || !strings.HasSuffix(first.text, "application/sdp\r\n\r\nv=0\r\nm=audio 9 RTP/AVP 8\r\n") {
		t.Errorf("the INVITE: %+v", first)
	}
	if answer.from != us || answer.to != client || !answer.at.Equal(s.Record.Opened.Began.Add(9010*ms)) {
		t.Errorf("its answer: %+v", answer)
	}
	if ack := all[3].text; ack != "ACK sip:roadline@192.0.2.10 SIP/2.0\r\nCSeq: 1 ACK\r\n\r\n" {
		t.Errorf("a message without a body: %q", ack)
	}
}

func TestACaptureIsReadWhateverStandsInTheTrace(t *testing.T) {
	began := time.Date(2026, 11, 22, 9, 1, 0, 123456789, time.UTC)
	s := ladder.Story{Record: fmc.Record{Opened: fmc.Opened{Began: began}}}
	for _, l := range []struct{ peer, text string }{
		{"TLS [2001:db8::9]:5061", "BYE sip:x SIP/2.0\nContent-Length: 999\n\nabc\n"},
		{"UDP [::ffff:192.0.2.7]:5080", "BYE sip:x SIP/2.0\nl:7\n"},
		{"", "odd"},
		{"UDP nowhere", ""},
		{"UDP 192.0.2.1:5060", strings.Repeat("x", 70_000)},
	} {
		s.Trace = append(s.Trace, fmc.TraceLine{Kind: fmc.TraceSIP, Peer: l.peer, Text: l.text})
	}
	s.Trace = append(s.Trace, fmc.TraceLine{Kind: fmc.TraceLost, Lost: 3}, fmc.TraceLine{Kind: fmc.TraceAT, Text: "OK"})
	all := readCapture(t, ladder.PCAP(s))
	if len(all) != 5 {
		t.Fatalf("%d packets", len(all))
	}
	if c := all[0]; c.from.String() != "[2001:db8::9]:5061" || c.to.String() != "[::1]:5060" || c.text != "BYE sip:x SIP/2.0\r\nContent-Length: 5\r\n\r\nabc\r\n" || c.at.Nanosecond() != 123456000 {
		t.Errorf("%+v", c)
	}
	if c := all[1]; c.from.String() != "192.0.2.7:5080" || !strings.Contains(c.text, "\r\nl: 0\r\n\r\n") {
		t.Errorf("%+v", c)
	}
	if c := all[2]; c.from.String() != "0.0.0.0:5060" || c.text != "odd\r\n\r\n" {
		t.Errorf("%+v", c)
	}
	if empty := readCapture(t, ladder.PCAP(ladder.Story{})); len(empty) != 0 {
		t.Errorf("of a call without a trace: %+v", empty)
	}
}
