package pdu_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/warthog618/sms/encoding/tpdu"

	"roadline/hardware/pdu"
)

// pools are what random texts are made of.
var pools = map[string]string{
	"basic":    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà",
	"extended": "^{}\\[~]|€\fabc",
	"cyrillic": "Привет, как дела? Ё № 123",
	"emoji":    "😀👍🏽👨‍👩‍👧 ok я",
	"strange":  "\x1b\x00\u200f\ufffd中文\t`",
}

// TestWhatIsWrittenIsReadBack carries random texts as a network does: the module's own reader of TPDUs takes each part
// apart, it goes on as an SMS-DELIVER, and Read puts the text together.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	for name, pool := range pools {
		letters := []rune(pool)
		for seed := range uint64(300) {
			rng := rand.New(rand.NewPCG(seed, 3))
			text := pdu.Text{To: "+491511123456", Reference: uint16(rng.Uint32()), Wide: rng.IntN(2) == 0}
			var b strings.Builder
			for range 1 + rng.IntN(600) {
				b.WriteRune(letters[rng.IntN(len(letters))])
			}
			text.Text = b.String()
			parts, alphabet, err := pdu.Compose(text)
			if err != nil {
				if n, _, _ := pdu.Count(text.Text); n < pdu.MaxParts {
					t.Fatalf("%s %d: %v", name, seed, err)
				}
				continue
			}
			var got strings.Builder
			for i, part := range parts {
				m, err := pdu.Read(carried(t, part))
				if err != nil || m.Alphabet != alphabet {
					t.Fatalf("%s %d: part %d in %s: %v", name, seed, i+1, m.Alphabet, err)
				}
				ref := int(text.Reference)
				if !text.Wide {
					ref &= 0xff
				}
				if len(parts) > 1 && (m.Ref != ref || m.Parts != len(parts) || m.Part != i+1) || len(parts) == 1 && m.Parts != 0 {
					t.Fatalf("%s %d: part %d says %d of %d, reference %d", name, seed, i+1, m.Part, m.Parts, m.Ref)
				}
				if alphabet == pdu.UCS2 && strings.Contains(m.Text, "\ufffd") && !strings.Contains(text.Text, "\ufffd") {
					t.Fatalf("%s %d: part %d cuts a character: %q", name, seed, i+1, m.Text)
				}
				got.WriteString(m.Text)
			}
			if got.String() != text.Text {
				t.Fatalf("%s %d, wide %v, %d parts:\n%q\n%q", name, seed, text.Wide, len(parts), text.Text, got.String())
			}
			if !text.Wide {
				if n, a, left := pdu.Count(text.Text); n != len(parts) || a != alphabet || left < 0 {
					t.Fatalf("%s %d: counted %d parts in %s, %d left", name, seed, n, a, left)
				}
			}
		}
	}
}

// carried is what the far side's module stores of a part.
func carried(t *testing.T, part []byte) []byte {
	t.Helper()
	sent := tpdu.TPDU{Direction: tpdu.MO}
	if err := sent.UnmarshalBinary(part); err != nil {
		t.Fatalf("%X: %v", part, err)
	}
	arrives := tpdu.TPDU{
		Direction: tpdu.MT, FirstOctet: sent.FirstOctet & tpdu.FoUDHI, OA: sent.DA, DCS: sent.DCS, UDH: sent.UDH, UD: sent.UD,
		SCTS: tpdu.Timestamp{Time: time.Date(2026, 10, 22, 12, 3, 34, 0, time.FixedZone("", 2*3600))},
	}
	octets, err := arrives.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if len(part) > 13+4+140 {
		t.Fatalf("%d octets are too many: %X", len(part), part)
	}
	return append([]byte{0}, octets...)
}
