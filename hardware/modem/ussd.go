package modem

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/ucs2"

	"roadline/fmc/cause"
	"roadline/hardware/at"
)

// ussd is the session with the network; there is one at a time.
type ussd struct {
	asking sync.Mutex // held by Ask

	mu sync.Mutex
	// mu guards:
	answer chan USSD // who waits
	works  int       // the coding that was understood; 1 is the family's first, 0: none was tried
}

// The tables of the library are made at their first use, without a lock: here, before anybody runs beside another.
var (
	letters = gsm7.NewEncoder()
	signs   = gsm7.NewDecoder()
)

func encode(text string) ([]byte, error) {
	e := letters
	return e.Encode([]byte(text))
}

func decode(septets []byte) ([]byte, error) {
	d := signs
	return d.Decode(septets)
}

// longestNumber: so many decimal digits in a row are no packed text; of 20 hex digits all are decimal once in 12,000 times.
const longestNumber = 20

// ussdLimit is how long the network may take for an answer.
const ussdLimit = netLimit * 4

// answered gives the answer to who waits for it; false: nobody does.
func (u *ussd) answered(said USSD) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.answer == nil {
		return false
	}
	u.answer <- said // has room for one
	u.answer = nil
	return true
}

func (u *ussd) expect(answer chan USSD) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.answer = answer
}

// Ask is documented at Modem. The forms of the family are tried until one is understood.
func (d *driver) Ask(ctx context.Context, text string) (USSD, error) {
	if text == "" || len(text) > 182 || strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, `"`) {
		return USSD{}, cause.Errorf(cause.Invalid, "ask by USSD: %q is no USSD string", text)
	}
	d.ussd.asking.Lock()
	defer d.ussd.asking.Unlock()
	d.ussd.mu.Lock()
	works := d.ussd.works
	d.ussd.mu.Unlock()
	if works > 0 {
		return d.askAs(ctx, d.family.USSD[works-1], text)
	}
	last := USSD{}
	err := cause.Errorf(cause.Unsupported, "ask by USSD: the family has none")
	for i, coding := range d.family.USSD {
		last, err = d.askAs(ctx, coding, text)
		if _, refused := errors.AsType[*at.Refused](err); refused || err == nil && last.Mode == 4 {
			continue
		}
		if err == nil {
			d.ussd.mu.Lock()
			d.ussd.works = i + 1
			d.ussd.mu.Unlock()
		}
		break
	}
	return last, err
}

func (d *driver) askAs(ctx context.Context, coding Coding, text string) (USSD, error) {
	encoded, err := encodeUSSD(coding, text)
	if err != nil {
		return USSD{}, err
	}
	if coding == UCS2 {
		if _, err := d.engine.Command(ctx, `+CSCS="UCS2"`, shortLimit); err != nil {
			return USSD{}, err
		}
		defer d.plainSet(ctx)
	}
	answer := make(chan USSD, 1)
	d.ussd.expect(answer)
	defer d.ussd.expect(nil)
	ctx, cancel := context.WithTimeout(ctx, ussdLimit)
	defer cancel()
	if _, err := d.engine.Command(ctx, `+CUSD=1,"`+encoded+`",15`, ussdLimit); err != nil {
		return USSD{}, err
	}
	select {
	case u := <-answer:
		return u, nil
	case <-ctx.Done():
		return USSD{}, cause.Errorf(cause.Unavailable, "ask by USSD: the network does not answer: %w", ctx.Err())
	}
}

// plainSet goes back to the character set in which names and numbers are read.
func (d *driver) plainSet(ctx context.Context) {
	if _, err := d.engine.Command(context.WithoutCancel(ctx), `+CSCS="GSM"`, shortLimit); err != nil {
		d.log.Warn("character set stays UCS2", "err", err)
	}
}

// Cancel is documented at Modem.
func (d *driver) Cancel(ctx context.Context) error {
	_, err := d.engine.Command(ctx, "+CUSD=2", netLimit)
	return err
}

// encodeUSSD: 27.007 §7.15 leaves the form to +CSCS; makers leave it to themselves.
func encodeUSSD(coding Coding, text string) (string, error) {
	switch coding {
	case Packed:
		septets, err := encode(text)
		if err != nil {
			return "", cause.Errorf(cause.Invalid, "ask by USSD: %q: %w", text, err)
		}
		return strings.ToUpper(hex.EncodeToString(gsm7.Pack7BitUSSD(septets, 0))), nil
	case UCS2:
		return strings.ToUpper(hex.EncodeToString(ucs2.Encode([]rune(text)))), nil
	case Plain:
		return text, nil
	default:
		return "", cause.Errorf(cause.Unsupported, "ask by USSD: there is no coding %d", coding)
	}
}

// ussdAnswer reads `<m>[,"<text>"[,<dcs>]]`.
func ussdAnswer(f []at.Field) (u USSD, ok bool) {
	mode, ok := f[0].Number()
	if !ok {
		return USSD{}, false
	}
	u = USSD{Mode: mode, Open: mode == 1}
	if len(f) > 1 {
		dcs := 15
		if len(f) > 2 {
			if n, ok := f[2].Number(); ok {
				dcs = n
			}
		}
		u.Text = decodeUSSD(f[1].Text, dcs)
	}
	return u, true
}

// decodeUSSD reads a text by its coding scheme (23.038 §5) where it is hex, and takes it as it stands where it is not.
// Firmware that says 15 and writes UCS2 is common, so a text that looks like UCS2 is read as that.
func decodeUSSD(text string, dcs int) string {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) == 0 {
		return plainText(text)
	}
	alphabet := 0
	switch {
	case dcs&0xC0 == 0x40:
		alphabet = dcs >> 2 & 3
	case dcs == 17: // UCS2, preceded by two characters of language
		alphabet = 2
	}
	switch {
	case alphabet == 2 || looksUCS2(raw):
		runes, err := ucs2.Decode(raw)
		if err != nil {
			return text
		}
		return string(runes)
	case alphabet == 1:
		return string(raw)
	case len(text) <= longestNumber && onlyDigits(text) == text: // a number that is all of the answer
		return text
	}
	plain, err := decode(gsm7.Unpack7BitUSSD(raw, 0))
	if err != nil || !readable(plain) {
		return text
	}
	return string(plain)
}

// plainText reads what is not hex. With +CSCS="GSM" letters that ASCII does not have are control characters, as in
// 23.038 §6.2.1; some firmware writes ISO 8859-1 instead (SIM800 R14.18).
func plainText(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' }) {
		if plain, err := decode([]byte(text)); err == nil {
			return string(plain)
		}
	}
	if utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		b.WriteRune(rune(text[i]))
	}
	return b.String()
}

// looksUCS2: in Latin and Cyrillic texts the first octet of each pair is 00, 04 or 20 (punctuation).
func looksUCS2(raw []byte) bool {
	if len(raw)%2 != 0 {
		return false
	}
	for i := 0; i < len(raw); i += 2 {
		if raw[i] != 0 && raw[i] != 4 && raw[i] != 0x20 {
			return false
		}
	}
	return true
}

func readable(text []byte) bool {
	for _, r := range string(text) {
		if !unicode.IsPrint(r) && r != '\n' && r != '\r' {
			return false
		}
	}
	return true
}
