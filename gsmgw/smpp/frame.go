package smpp

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/fiorix/go-smpp/smpp/pdu"

	"roadline/fmc/cause"
)

// A frame is one PDU as it goes over the wire: a header of sixteen octets, and its body.
type frame []byte

// headerLength is the length of a PDU's header, SMPP 3.4 §3.2.
const headerLength = 16

// most is the longest PDU that is read or written: what the codec takes. It holds a message_payload of some 3,900 octets.
const most = pdu.MaxSize

// readFrame reads one PDU. An error of kind cause.Invalid says that its length cannot be true, after which nothing on the
// link can be read any more; the frame is then the header alone.
func readFrame(r io.Reader) (frame, error) {
	header := make(frame, headerLength)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(header)
	if n < headerLength || n > most {
		return header, cause.Errorf(cause.Invalid, "a PDU of %d octets: it has %d to %d", n, headerLength, most)
	}
	f := make(frame, n)
	copy(f, header)
	_, err := io.ReadFull(r, f[headerLength:])
	return f, err
}

func (f frame) id() pdu.ID       { return pdu.ID(binary.BigEndian.Uint32(f[4:])) }
func (f frame) sequence() uint32 { return binary.BigEndian.Uint32(f[12:]) }

// status is what an answer says. A generic_nack is never a yes, SMPP 3.4 §4.3.
func (f frame) status() pdu.Status {
	s := pdu.Status(binary.BigEndian.Uint32(f[8:]))
	if s == statusOK && f.id() == pdu.GenericNACKID {
		return statusCommand
	}
	return s
}

// numbered is the frame with another sequence number.
func (f frame) numbered(n uint32) frame {
	g := bytes.Clone(f)
	binary.BigEndian.PutUint32(g[12:], n)
	return g
}

// body reads the frame's fields. An error says that they cannot be read; the link goes on. A deliver_sm is read as the
// submit_sm that it looks like: the codec would take a header out of its text.
func (f frame) body() (pdu.Body, error) {
	if f.id() == pdu.DeliverSMID {
		f = bytes.Clone(f)
		binary.BigEndian.PutUint32(f[4:], uint32(pdu.SubmitSMID))
	}
	b, err := pdu.Decode(bytes.NewReader(f))
	if err != nil {
		return nil, cause.Errorf(cause.Invalid, "read a PDU: %w", err)
	}
	return b, nil
}

// answers reports that it is a response to a request, a generic_nack among them.
func (f frame) answers() bool { return f.id()&responseBit != 0 }

// responseBit is set in the command id of every response.
const responseBit pdu.ID = 0x80000000

// bare is a PDU without a body.
func bare(id pdu.ID, status pdu.Status, sequence uint32) frame {
	f := make(frame, headerLength)
	binary.BigEndian.PutUint32(f, headerLength)
	binary.BigEndian.PutUint32(f[4:], uint32(id))
	binary.BigEndian.PutUint32(f[8:], uint32(status))
	binary.BigEndian.PutUint32(f[12:], sequence)
	return f
}

// unserved refuses a command that is not served here: one of SMPP 3.4 by its own response, without a body as every response
// that says no, and one that is none by a generic_nack, §4.3.
func unserved(f frame) frame {
	switch f.id() {
	case pdu.DataSMID, pdu.QuerySMID, pdu.CancelSMID, pdu.ReplaceSMID, pdu.SubmitMultiID, pdu.SubmitSMID, pdu.DeliverSMID:
		return bare(f.id()|responseBit, statusCommand, f.sequence())
	default:
		return bare(pdu.GenericNACKID, statusCommand, f.sequence())
	}
}

// delivering is a deliver_sm to be filled. The codec's own has an octet more where its text has no header.
func delivering() pdu.Body {
	b := pdu.NewSubmitSM(nil)
	b.Header().ID = pdu.DeliverSMID
	return b
}

// frameOf writes a PDU of the codec's.
func frameOf(b pdu.Body) (frame, error) {
	var w bytes.Buffer
	if err := b.SerializeTo(&w); err != nil {
		return nil, cause.Errorf(cause.Invalid, "write a PDU: %w", err)
	}
	if w.Len() > most {
		return nil, cause.Errorf(cause.Invalid, "a PDU of %d octets: at most %d go", w.Len(), most)
	}
	return w.Bytes(), nil
}
