package pdu

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/warthog618/sms/encoding/tpdu"

	"roadline/fmc/cause"
)

// MaxParts is how many parts a message may have. Each is paid for, and each can get lost.
const MaxParts = 10

// Text is a message to be sent.
type Text struct {
	To       string        // 1 to 20 digits; with + it is international, without it is dialled as it stands
	Text     string        // UTF-8
	Report   bool          // a delivery report is wanted
	Validity time.Duration // how long the centre tries; rounded down to what can be said, 5 minutes at least; 0: as long as it can
	// Reference tells the parts of one message from those of the next to the same number: count it up for each message in
	// parts. Wide carries 16 bits of it, not 8, and costs one character a part.
	Reference uint16
	Wide      bool
	// Part of Parts, where whoever wrote the message cut it: what is composed is this one. Parts 0: it is whole.
	Part, Parts int
}

// Compose writes a message as SMS-SUBMIT TPDUs, one a part, without a service centre. The errors are of kind invalid and
// say what to do.
func Compose(t Text) (parts [][]byte, alphabet Alphabet, err error) {
	to, err := address(t.To)
	if err != nil {
		return nil, "", err
	}
	if !utf8.ValidString(t.Text) {
		return nil, "", cause.Errorf(cause.Invalid, "the text is not UTF-8: send it as UTF-8")
	}
	if t.Text == "" {
		return nil, "", cause.Errorf(cause.Invalid, "the text is empty: write one")
	}
	units, alphabet := spell(t.Text)
	chunks := cut(units, alphabet, t.Wide)
	if t.Parts > 1 {
		return t.one(to, alphabet, chunks)
	}
	if len(chunks) > MaxParts {
		return nil, "", cause.Errorf(cause.Invalid, "the text takes %d parts and may take %d: shorten it, or send it as several messages", len(chunks), MaxParts)
	}
	for i, chunk := range chunks {
		part := t.submit(to, alphabet)
		part.UD = chunk
		if len(chunks) > 1 {
			part.SetUDH(tpdu.UserDataHeader{t.element(len(chunks), i+1)})
		}
		octets, err := part.MarshalBinary()
		if err != nil {
			return nil, "", cause.Errorf(cause.Invalid, "write part %d of %d: %w", i+1, len(chunks), err)
		}
		parts = append(parts, octets)
	}
	return parts, alphabet, nil
}

// one composes a part that its writer cut.
func (t Text) one(to tpdu.Address, alphabet Alphabet, chunks [][]byte) (parts [][]byte, _ Alphabet, err error) {
	room, _ := roomOf(alphabet, true, t.Wide)
	if len(chunks) != 1 || len(chunks[0]) > room || t.Part < 1 || t.Part > t.Parts || t.Parts > 255 {
		return nil, "", cause.Errorf(cause.Invalid, "part %d of %d is longer than a part may be: cut the text into shorter ones", t.Part, t.Parts)
	}
	part := t.submit(to, alphabet)
	part.UD = chunks[0]
	part.SetUDH(tpdu.UserDataHeader{t.element(t.Parts, t.Part)})
	octets, err := part.MarshalBinary()
	if err != nil {
		return nil, "", cause.Errorf(cause.Invalid, "write part %d of %d: %w", t.Part, t.Parts, err)
	}
	return [][]byte{octets}, alphabet, nil
}

// Count says what a text costs: parts, the alphabet, and how many characters of it the last part still takes (those that
// count twice, twice). It counts on; only Compose refuses what is too long.
func Count(text string) (parts int, alphabet Alphabet, left int) {
	units, alphabet := spell(text)
	chunks := cut(units, alphabet, false)
	room, unit := roomOf(alphabet, len(chunks) > 1, false)
	if len(chunks) == 0 {
		return 0, alphabet, room / unit
	}
	return len(chunks), alphabet, (room - len(chunks[len(chunks)-1])) / unit
}

// address is the number of 3GPP TS 23.040 §9.1.2.5.
func address(number string) (tpdu.Address, error) {
	digits, international := strings.CutPrefix(number, "+")
	if strings.Trim(digits, "0123456789") != "" {
		return tpdu.Address{}, cause.Errorf(cause.Invalid, "number %q: write only digits, with a + in front where it is international", number)
	}
	if digits == "" || len(digits) > 20 {
		return tpdu.Address{}, cause.Errorf(cause.Invalid, "number %q has %d digits: write 1 to 20", number, len(digits))
	}
	a := tpdu.NewAddress()
	a.SetNumberingPlan(tpdu.NpISDN)
	if international {
		a.SetTypeOfNumber(tpdu.TonInternational)
	}
	a.Addr = digits
	return a, nil
}

// submit is a part without its text. Its message reference is the module's to give.
func (t Text) submit(to tpdu.Address, alphabet Alphabet) tpdu.TPDU {
	p := tpdu.TPDU{Direction: tpdu.MO, FirstOctet: tpdu.FirstOctet(0).WithMTI(tpdu.MtSubmit), DA: to}
	if t.Report {
		p.FirstOctet |= tpdu.FoSRR
	}
	if alphabet == UCS2 {
		p.DCS = tpdu.DcsUCS2Data
	}
	validity := t.Validity
	switch {
	case validity == 0:
		validity = 63 * 7 * 24 * time.Hour // the longest that there is
	case validity < 10*time.Minute:
		validity = 0 // of 5 minutes the module makes 10, of 0 it makes 5
	}
	var vp tpdu.ValidityPeriod
	vp.SetRelative(validity)
	p.SetVP(vp)
	return p
}

// element says which part of which message it is (3GPP TS 23.040 §9.2.3.24.1 and §9.2.3.24.8).
func (t Text) element(total, part int) tpdu.InformationElement {
	if t.Wide {
		return tpdu.InformationElement{ID: wideConcatenation, Data: []byte{byte(t.Reference >> 8), byte(t.Reference), byte(total), byte(part)}}
	}
	return tpdu.InformationElement{ID: concatenation, Data: []byte{byte(t.Reference), byte(total), byte(part)}}
}

// roomOf is how much user data a part has room for, in septets or octets, and how much of it one character takes.
func roomOf(a Alphabet, several, wide bool) (room, unit int) {
	header := 0 // with its length
	switch {
	case several && wide:
		header = 7
	case several:
		header = 6
	}
	if a == GSM7 {
		return (140 - header) * 8 / 7, 1
	}
	return (140 - header) &^ 1, 2
}

// cut lays characters into parts, none of them over an edge.
func cut(units [][]byte, a Alphabet, wide bool) [][]byte {
	whole := 0
	for _, u := range units {
		whole += len(u)
	}
	room, _ := roomOf(a, false, wide)
	if whole > room {
		room, _ = roomOf(a, true, wide)
	}
	var chunks [][]byte
	for i, u := range units {
		if last := len(chunks) - 1; i == 0 || len(chunks[last])+len(u) > room {
			chunks = append(chunks, u)
		} else {
			chunks[last] = append(chunks[last], u...)
		}
	}
	return chunks
}
