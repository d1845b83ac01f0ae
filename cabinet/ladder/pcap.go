package ladder

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"roadline/fmc"
)

// The file is that of libpcap, its classic form: a head, and for each packet a head of its own.
const (
	pcapMagic   = 0xa1b2c3d4 // times in microseconds, in the order of bytes that the file is in
	pcapRaw     = 101        // LINKTYPE_RAW: each packet begins with its IP header
	pcapMost    = 65535
	protocolUDP = 17
	hops        = 64
	portSIP     = 5060 // ours: which of our sockets it was, the trace does not say
)

// PCAP writes the SIP messages of a call as a file that Wireshark and sngrep read. The trace keeps texts and not packets:
// what stands around them is made up, each message a UDP packet to or from its peer, ours at the address of loopback.
func PCAP(s Story) []byte {
	out := binary.LittleEndian.AppendUint32(nil, pcapMagic)
	out = binary.LittleEndian.AppendUint16(out, 2) // version 2.4
	out = binary.LittleEndian.AppendUint16(out, 4)
	out = append(out, make([]byte, 8)...) // UTC, and an accuracy that nobody sets
	out = binary.LittleEndian.AppendUint32(out, pcapMost)
	out = binary.LittleEndian.AppendUint32(out, pcapRaw)
	for _, l := range s.Trace {
		if l.Kind != fmc.TraceSIP {
			continue
		}
		packet := packetOf(l)
		at := s.Record.Opened.Began.Add(l.At)
		out = binary.LittleEndian.AppendUint32(out, uint32(at.Unix())) //nolint:gosec // until 2106
		out = binary.LittleEndian.AppendUint32(out, uint32(at.Nanosecond()/1000))
		out = binary.LittleEndian.AppendUint32(out, uint32(len(packet))) //nolint:gosec // at most pcapMost
		out = binary.LittleEndian.AppendUint32(out, uint32(len(packet))) //nolint:gosec // likewise
		out = append(out, packet...)
	}
	return out
}

// packetOf is a message in a UDP packet in an IP packet.
func packetOf(l fmc.TraceLine) []byte {
	_, at, _ := strings.Cut(l.Peer, " ") // behind the transport
	peer, err := netip.ParseAddrPort(at)
	if err != nil {
		peer = netip.AddrPortFrom(netip.IPv4Unspecified(), portSIP)
	}
	us := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if peer = netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port()); peer.Addr().Is6() {
		us = netip.IPv6Loopback()
	}
	from, to := peer, netip.AddrPortFrom(us, portSIP)
	if l.Out {
		from, to = to, from
	}
	text := onTheWire(l.Text)
	udp := datagram(from, to, text[:min(len(text), pcapMost-60)]) // with room for both heads
	return append(ipHead(from.Addr(), to.Addr(), len(udp)), udp...)
}

// ipHead is the IP header before so many bytes.
func ipHead(from, to netip.Addr, size int) []byte {
	var b []byte
	if from.Is4() {
		b = append(b, 0x45, 0)                                // version 4, a header of five words
		b = binary.BigEndian.AppendUint16(b, uint16(20+size)) //nolint:gosec // at most pcapMost
		b = append(b, 0, 0, 0, 0, hops, protocolUDP, 0, 0)
		b = append(append(b, from.AsSlice()...), to.AsSlice()...)
		binary.BigEndian.PutUint16(b[10:], checksum(b))
		return b
	}
	b = append(b, 0x60, 0, 0, 0)                       // version 6
	b = binary.BigEndian.AppendUint16(b, uint16(size)) //nolint:gosec // at most pcapMost
	b = append(b, protocolUDP, hops)
	return append(append(b, from.AsSlice()...), to.AsSlice()...)
}

// datagram is a UDP packet. Its checksum covers addresses of IP too: RFC 768, RFC 8200 §8.1.
func datagram(from, to netip.AddrPort, text string) []byte {
	size := uint16(8 + len(text)) //nolint:gosec // at most pcapMost
	b := binary.BigEndian.AppendUint16(nil, from.Port())
	b = binary.BigEndian.AppendUint16(b, to.Port())
	b = binary.BigEndian.AppendUint16(b, size)
	b = append(append(b, 0, 0), text...)
	covered := append(from.Addr().AsSlice(), to.Addr().AsSlice()...)
	covered = append(covered, 0, protocolUDP)
	covered = binary.BigEndian.AppendUint16(covered, size)
	sum := checksum(append(covered, b...))
	if sum == 0 {
		sum = 0xffff // 0 would say that there is none
	}
	binary.BigEndian.PutUint16(b[6:], sum)
	return b
}

// checksum is the internet's: RFC 1071.
func checksum(b []byte) uint16 {
	var sum uint32
	for i, c := range b {
		sum += uint32(c) << (8 * (1 - i%2))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum) //nolint:gosec // folded to 16 bits
}

// onTheWire is a message of a trace as it may stand on a wire: its lines end as SIP's do, and what it says of its length
// is true though secrets were cut out of it.
func onTheWire(text string) string {
	head, body, _ := strings.Cut(text, "\n\n")
	body = strings.ReplaceAll(body, "\n", "\r\n")
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(head, "\n"), "\n") {
		if name, _, _ := strings.Cut(line, ":"); strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "l") {
			line = fmt.Sprintf("%s: %d", name, len(body))
		}
		b.WriteString(line + "\r\n")
	}
	return b.String() + "\r\n" + body
}
