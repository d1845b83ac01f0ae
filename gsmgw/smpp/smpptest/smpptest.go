// Package smpptest is the far side of SMPP links, for tests and measurements: message centres and programs. It reads and
// writes the wire without any of the product's code, so that the two cannot be wrong in the same way. Start at Far.
package smpptest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
)

// The commands and statuses that far sides use: SMPP 3.4 §5.1.2 and §5.1.3.
const (
	SubmitSM  uint32 = 0x00000004
	DeliverSM uint32 = 0x00000005

	bindTransceiver uint32 = 0x00000009
	unbind          uint32 = 0x00000006
	response        uint32 = 0x80000000

	ok        uint32 = 0x00
	system    uint32 = 0x08
	queueFull uint32 = 0x14
	throttled uint32 = 0x58
)

// frame is one PDU.
type frame struct {
	id, status, seq uint32
	body            []byte
}

func (f frame) bytes() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(16+len(f.body))) //nolint:gosec // short
	for _, n := range []uint32{f.id, f.status, f.seq} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return append(b, f.body...)
}

func read(r io.Reader) (f frame, err error) {
	var head [16]byte
	if _, err = io.ReadFull(r, head[:]); err != nil {
		return f, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < 16 || n > 1<<16 {
		return f, errors.New("a PDU of no length")
	}
	f = frame{id: binary.BigEndian.Uint32(head[4:]), status: binary.BigEndian.Uint32(head[8:]), seq: binary.BigEndian.Uint32(head[12:]), body: make([]byte, n-16)}
	_, err = io.ReadFull(r, f.body)
	return f, err
}

// zero ends strings on the wire.
func zero(texts ...string) []byte {
	var b []byte
	for _, t := range texts {
		b = append(append(b, t...), 0)
	}
	return b
}

// The classes of short messages: esm_class, SMPP 3.4 §5.2.12.
const (
	Plain   byte = 0
	Receipt byte = 4
)

// Short is a short message: the body of a submit_sm or deliver_sm.
type Short struct {
	From, To string // international numbers without +
	Class    byte
	Text     string // at most 255 octets
}

// bytes has it with a final receipt wanted: SMPP 3.4 §4.4.1.
func (s Short) bytes() []byte {
	b := slices.Concat([]byte{0, 1, 1}, zero(s.From), []byte{1, 1}, zero(s.To), []byte{s.Class, 0, 0, 0, 0, 1, 0, 0, 0, byte(len(s.Text))}) //nolint:gosec // short
	return append(b, s.Text...)
}

func readShort(body []byte) (s Short) {
	b := bytes.NewBuffer(body)
	cut := func(skip int) string {
		b.Next(skip)
		t, _ := b.ReadString(0)
		return t[:max(0, len(t)-1)]
	}
	cut(0)
	s.From, s.To = cut(2), cut(2)
	if class := b.Next(1); len(class) == 1 {
		s.Class = class[0]
	}
	b.Next(2)
	cut(0)
	cut(0)
	b.Next(4)
	if n := b.Next(1); len(n) == 1 {
		s.Text = string(b.Next(int(n[0])))
	}
	return s
}

// DeliveredText is what a centre says when a message has arrived: SMPP 3.4, appendix B.
func DeliveredText(id string) string {
	return "id:" + id + " sub:001 dlvrd:001 submit date:2611281000 done date:2611281001 stat:DELIVRD err:000 text:"
}

// ReadReceipt reads of which message a receipt is, and what became of it; false: it is none.
func ReadReceipt(text string) (id, state string, is bool) {
	rest, is := strings.CutPrefix(text, "id:")
	id, rest, _ = strings.Cut(rest, " ")
	_, rest, stands := strings.Cut(rest, " stat:")
	state, _, _ = strings.Cut(rest, " ")
	return id, state, is && stands
}
