package gsmsim

import (
	"fmt"
	"strings"
	"time"

	"github.com/warthog618/sms"
	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/pdumode"
	"github.com/warthog618/sms/encoding/tpdu"
)

// Numbers of +CMS ERROR, 27.005 §3.2.5, and statuses of reports, 23.040 §9.2.3.15.
const (
	cmsNotSupported = 303
	cmsInvalidPDU   = 304
	cmsNoSIM        = 310
	cmsPIN          = 311
	cmsPUK          = 316
	cmsIndex        = 321
	cmsFull         = 322
	cmsNoNetwork    = 331
	cmsNothingToAck = 340
	cmsUnknown      = 500

	statusDelivered byte = 0x00
	statusExpired   byte = 0x46
)

// deliveries are the PDUs that a text arrives in, with the service centre in front.
func deliveries(from, text, smsc string, reference int, now time.Time, class *int) ([][]byte, error) {
	oa, err := address(from)
	if err != nil {
		return nil, err
	}
	options := []sms.EncoderOption{sms.AsDeliver, sms.WithTemplateOption(tpdu.WithOA(oa))}
	encoder := sms.NewEncoder(options...)
	encoder.ConcatRef = counter(reference)
	parts, err := encoder.Encode([]byte(text))
	if err != nil {
		return nil, err
	}
	var pdus [][]byte
	for i := range parts {
		parts[i].SCTS = tpdu.Timestamp{Time: now}
		if class != nil {
			parts[i].DCS = tpdu.DCS(byte(parts[i].DCS) | 0x10 | byte(*class&3)) //nolint:gosec // two bits
		}
		pdu, err := framed(&parts[i], smsc)
		if err != nil {
			return nil, err
		}
		pdus = append(pdus, pdu)
	}
	return pdus, nil
}

// counter is a reference that was drawn already.
type counter int

// Count is for package sms.
func (c counter) Count() int { return int(c) }

// address is a number, or a name of at most eleven characters.
func address(who string) (tpdu.Address, error) {
	if strings.Trim(who, "+0123456789*#") == "" && who != "" {
		return tpdu.NewAddress(tpdu.FromNumber(who)), nil
	}
	if _, err := gsm7.Encode([]byte(who)); err != nil || who == "" || len([]rune(who)) > 11 {
		return tpdu.Address{}, fmt.Errorf("%q is neither a number nor a name of at most eleven characters of GSM 7 bit", who)
	}
	return tpdu.Address{TOA: 0xd0, Addr: who}, nil
}

// framed is a PDU with the service centre in front.
func framed(t *tpdu.TPDU, smsc string) ([]byte, error) {
	body, err := t.MarshalBinary()
	if err != nil {
		return nil, err
	}
	p := pdumode.PDU{SMSC: pdumode.SMSCAddress{Address: tpdu.NewAddress(tpdu.FromNumber(smsc))}, TPDU: body}
	return p.MarshalBinary()
}

// A part is what a module submitted: a text or one part of one.
type part struct {
	from, to    string
	reference   byte
	wantsReport bool
	ref         int // of the text in parts
	seq, parts  int
	text        string
	tpdu        tpdu.TPDU
}

// submitted reads a SMS-SUBMIT without service centre.
func submitted(b []byte) (part, error) {
	t, err := sms.Unmarshal(b, sms.AsMO)
	if err != nil {
		return part{}, err
	}
	if t.SmsType() != tpdu.SmsSubmit {
		return part{}, fmt.Errorf("it is no SMS-SUBMIT")
	}
	p := part{to: t.DA.Number(), wantsReport: t.FirstOctet.SRR(), seq: 1, parts: 1, tpdu: *t}
	if segments, seq, ref, ok := t.ConcatInfo(); ok {
		p.parts, p.seq, p.ref = segments, seq, ref
	}
	alone := *t // its text by itself: without the header it is no part
	alone.UDH = nil
	text, err := sms.Decode([]*tpdu.TPDU{&alone})
	p.text = string(text)
	return p, err
}

// delivery is the same text as it arrives at a card.
func (p part) delivery(from string, now time.Time, smsc string) ([]byte, error) {
	t, err := tpdu.NewDeliver(tpdu.WithOA(tpdu.NewAddress(tpdu.FromNumber(from))))
	if err != nil {
		return nil, err
	}
	t.DCS, t.PID, t.SCTS = p.tpdu.DCS, p.tpdu.PID, tpdu.Timestamp{Time: now}
	t.SetUDH(p.tpdu.UDH)
	t.SetUD(p.tpdu.UD)
	return framed(t, smsc)
}

// report is the SMS-STATUS-REPORT on the text.
func (p part) report(status byte, sent, done time.Time, smsc string) []byte {
	t := tpdu.TPDU{Direction: tpdu.MT, MR: p.reference, RA: p.tpdu.DA, SCTS: tpdu.Timestamp{Time: sent}, DT: tpdu.Timestamp{Time: done}, ST: status}
	if t.SetSmsType(tpdu.SmsStatusReport) != nil {
		return nil
	}
	pdu, err := framed(&t, smsc)
	if err != nil {
		return nil
	}
	return pdu
}
