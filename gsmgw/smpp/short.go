package smpp

import (
	"encoding/binary"
	"maps"
	"strings"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"
	"github.com/fiorix/go-smpp/smpp/pdu/pdutlv"

	"roadline/fmc/cause"
)

// short is what submit_sm and deliver_sm carry.
type short struct {
	source, dest address
	class        byte // esm_class
	registered   byte // registered_delivery
	coding       byte // data_coding
	validity     string
	schedule     string
	data         []byte // without its header
	place        place
	header       []byte                // of data, with its length; nil: none
	options      map[pdutlv.Tag][]byte // optional parameters
}

// address is a number or a name with its type: SMPP 3.4 §5.2.5 and §5.2.6.
type address struct {
	ton, npi byte
	text     string
}

// The types of numbers.
const (
	tonInternational = 1
	tonName          = 5 // letters and digits
	npiISDN          = 1
)

// addressOf is a number or a name as it goes over the wire. E.164 goes without its plus.
func addressOf(s string) address {
	switch digits, plus := strings.CutPrefix(s, "+"); {
	case plus:
		return address{tonInternational, npiISDN, digits}
	case s == "" || strings.Trim(s, "0123456789*#") == "":
		return address{text: s, npi: npiISDN}
	default:
		return address{tonName, 0, s}
	}
}

// String is the address as a person writes it: an international number with its plus. Centres that give no type for a long
// number mean that too.
func (a address) String() string {
	digits := a.text != "" && strings.Trim(a.text, "0123456789") == ""
	if digits && (a.ton == tonInternational || a.ton == 0 && len(a.text) > 10) {
		return "+" + a.text
	}
	return a.text
}

// place says which part of which message it is; parts 0: it is whole.
type place struct{ ref, part, parts int }

// The bits of esm_class: SMPP 3.4 §5.2.12.
const (
	classKind         = 0x3c
	classReceipt      = 0x04
	classIntermediate = 0x20
	classHeader       = 0x40 // the data begin with a header
)

// readShort reads a submit_sm or a deliver_sm.
func readShort(b pdu.Body) (short, error) {
	f := b.Fields()
	s := short{
		source: address{octetOf(f, pdufield.SourceAddrTON), octetOf(f, pdufield.SourceAddrNPI), textOf(f, pdufield.SourceAddr)},
		dest:   address{octetOf(f, pdufield.DestAddrTON), octetOf(f, pdufield.DestAddrNPI), textOf(f, pdufield.DestinationAddr)},
		class:  octetOf(f, pdufield.ESMClass), registered: octetOf(f, pdufield.RegisteredDelivery), coding: octetOf(f, pdufield.DataCoding),
		validity: textOf(f, pdufield.ValidityPeriod), schedule: textOf(f, pdufield.ScheduleDeliveryTime), options: map[pdutlv.Tag][]byte{},
	}
	for tag, v := range b.TLVFields() {
		s.options[tag] = v.Bytes()
	}
	if f[pdufield.ShortMessage] == nil {
		return s, cause.Errorf(cause.Invalid, "the PDU ends before its text")
	}
	s.data = f[pdufield.ShortMessage].Bytes()
	if payload, ok := s.options[pdutlv.TagMessagePayload]; ok {
		if len(s.data) > 0 {
			return s, cause.Errorf(cause.Invalid, "the PDU has two texts")
		}
		s.data = payload
	}
	return s, s.parts()
}

// parts takes the header off the data, and reads which part it is, from there or from the optional parameters.
func (s *short) parts() error {
	if s.class&classHeader != 0 {
		n := 0
		if len(s.data) > 0 {
			n = int(s.data[0]) + 1
		}
		if n == 0 || n > len(s.data) {
			return cause.Errorf(cause.Invalid, "the header is longer than the text")
		}
		s.header, s.data = s.data[:n], s.data[n:]
		s.place = placeIn(s.header[1:])
		return nil
	}
	total, part, ref := s.options[pdutlv.TagSarTotalSegments], s.options[pdutlv.TagSarSegmentSeqnum], s.options[pdutlv.TagSarMsgRefNum]
	if len(total) == 1 && len(part) == 1 && len(ref) == 2 {
		s.place = placeOf(int(binary.BigEndian.Uint16(ref)), int(part[0]), int(total[0]))
	}
	return nil
}

// The elements that join parts: 3GPP TS 23.040 §9.2.3.24.1 and §9.2.3.24.8.
const (
	elementParts     = 0x00
	elementPartsWide = 0x08
)

// placeIn reads a header's elements, without the header's length.
func placeIn(header []byte) place {
	for len(header) >= 2 {
		id, n := header[0], int(header[1])
		if len(header) < 2+n {
			break
		}
		v := header[2 : 2+n]
		switch {
		case id == elementParts && n == 3:
			return placeOf(int(v[0]), int(v[2]), int(v[1]))
		case id == elementPartsWide && n == 4:
			return placeOf(int(binary.BigEndian.Uint16(v)), int(v[3]), int(v[2]))
		}
		header = header[2+n:]
	}
	return place{}
}

// placeOf is a place where it can be one.
func placeOf(ref, part, parts int) place {
	if parts < 2 || part < 1 || part > parts {
		return place{}
	}
	return place{ref, part, parts}
}

func octetOf(f pdufield.Map, name pdufield.Name) byte {
	if v, ok := f[name]; ok && v != nil && len(v.Bytes()) > 0 {
		return v.Bytes()[0]
	}
	return 0
}

func textOf(f pdufield.Map, name pdufield.Name) string {
	if v, ok := f[name]; ok && v != nil {
		return strings.ToValidUTF8(strings.TrimRight(string(v.Bytes()), "\x00"), "\uFFFD")
	}
	return ""
}

// write fills a submit_sm or deliver_sm.
func (s short) write(b pdu.Body) (frame, error) {
	f := b.Fields()
	for name, v := range map[pdufield.Name]any{
		pdufield.SourceAddrTON: s.source.ton, pdufield.SourceAddrNPI: s.source.npi, pdufield.SourceAddr: s.source.text,
		pdufield.DestAddrTON: s.dest.ton, pdufield.DestAddrNPI: s.dest.npi, pdufield.DestinationAddr: s.dest.text,
		pdufield.ESMClass: s.class, pdufield.RegisteredDelivery: s.registered, pdufield.DataCoding: s.coding, pdufield.ValidityPeriod: s.validity,
	} {
		if err := f.Set(name, v); err != nil {
			return nil, cause.Errorf(cause.Invalid, "write a PDU: %w", err)
		}
	}
	data := append(append([]byte{}, s.header...), s.data...)
	if len(data) > mostShort {
		s.options = withOption(s.options, pdutlv.TagMessagePayload, data)
		data = nil
	}
	if err := f.Set(pdufield.ShortMessage, data); err != nil {
		return nil, cause.Errorf(cause.Invalid, "write a PDU: %w", err)
	}
	for tag, v := range s.options {
		if err := b.TLVFields().Set(tag, v); err != nil {
			return nil, cause.Errorf(cause.Invalid, "write a PDU: %w", err)
		}
	}
	return frameOf(b)
}

// mostShort is how many octets short_message has at most; longer ones go as message_payload.
const mostShort = 254

func withOption(all map[pdutlv.Tag][]byte, tag pdutlv.Tag, v []byte) map[pdutlv.Tag][]byte {
	more := map[pdutlv.Tag][]byte{tag: v}
	maps.Copy(more, all)
	return more
}

// joined says which part it is.
func (s *short) joined(how Long, p place) {
	if how == SAR {
		s.options = map[pdutlv.Tag][]byte{
			pdutlv.TagSarMsgRefNum:     binary.BigEndian.AppendUint16(nil, uint16(p.ref)), //nolint:gosec // 16 bits, as it came
			pdutlv.TagSarTotalSegments: {byte(p.parts)}, pdutlv.TagSarSegmentSeqnum: {byte(p.part)},
		}
		return
	}
	s.class |= classHeader
	s.header = []byte{5, elementParts, 3, byte(p.ref), byte(p.parts), byte(p.part)}
	if p.ref > 0xff {
		s.header = []byte{6, elementPartsWide, 4, byte(p.ref >> 8), byte(p.ref), byte(p.parts), byte(p.part)}
	}
}
