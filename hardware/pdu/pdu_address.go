package pdu

import (
	"strings"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/tpdu"
)

// halfOctets are the digits of 3GPP TS 23.040 §9.1.2.3; the last one fills.
const halfOctets = "0123456789*#abc"

// number reads n digits, the lower half of an octet first.
func number(toa byte, octets []byte, n int) string {
	var s strings.Builder
	if tpdu.TypeOfNumber(toa>>4&7) == tpdu.TonInternational {
		s.WriteByte('+')
	}
	for i := range n {
		half := octets[i/2] >> (4 * (i % 2)) & 0xf
		if int(half) < len(halfOctets) {
			s.WriteByte(halfOctets[half])
		}
	}
	if s.String() == "+" {
		return ""
	}
	return s.String()
}

// name reads a name in packed septets that takes n half octets.
func name(octets []byte, n int) string {
	septets := gsm7.Unpack7Bit(octets, 0)
	septets = septets[:min(len(septets), n*4/7)]
	// Seven characters leave room for an eighth, and some senders count it in.
	if last := len(septets) - 1; len(septets)%8 == 0 && last >= 0 && septets[last] == 0 {
		septets = septets[:last]
	}
	return readSeptets(septets, 0, 0)
}
