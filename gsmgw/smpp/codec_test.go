package smpp

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdutlv"
)

func TestTextsComeBackFromEveryAlphabet(t *testing.T) {
	for _, a := range []Alphabet{GSM7, Latin1} {
		for _, text := range []string{"hello", "Grüße {€}", "Ωμέγα", "Привет 👋", strings.Repeat("é", 400), strings.Repeat("[]", 200)} {
			parts, coding, _ := a.encode(text)
			var got strings.Builder
			for _, p := range parts {
				s, plain := a.decode(coding, p)
				if !plain || len(p) > 160 || len(parts) > 1 && coding == codingDefault && len(p) > 153 || coding == codingUCS2 && len(p) > 140 {
					t.Errorf("%d: a part of %q is %d octets of %d", a, text, len(p), coding)
				}
				got.WriteString(s)
			}
			if got.String() != text {
				t.Errorf("%d: %q came back as %q", a, text, got.String())
			}
		}
	}
}

func TestReceiptsAreReadAsCentresWriteThem(t *testing.T) {
	for _, x := range []struct {
		text  string
		more  map[pdutlv.Tag][]byte
		id    string
		state byte
	}{
		{"id:123 sub:001 dlvrd:001 submit date:2611281000 done date:2611281001 stat:DELIVRD err:000 text:id:9 stat:X", nil, "123", stateDelivered},
		{"ID:a-b Stat:undeliv ERR:042 Text:", nil, "a-b", stateUndeliverable},
		{"whatever", map[pdutlv.Tag][]byte{pdutlv.TagReceiptedMessageID: []byte("77\x00"), pdutlv.TagMessageStateOption: {stateExpired}}, "77", stateExpired},
		{"id:1 stat:NONSENSE", nil, "", 0},
		{"stat:DELIVRD", nil, "", 0},
	} {
		r, ok := readReceipt(short{class: classReceipt, data: []byte(x.text), options: x.more}, GSM7)
		if ok != (x.id != "") || ok && (r.id != x.id || r.state != x.state) {
			t.Errorf("%q is %+v, %v", x.text, r, ok)
		}
	}
	if at := receiptTime("2611281001"); !at.Equal(time.Date(2026, 11, 28, 10, 1, 0, 0, time.UTC)) {
		t.Errorf("the date is %v", at)
	}
}

func TestIDsMeetInOneForm(t *testing.T) {
	for _, x := range []struct {
		form            IDs
		answer, receipt string
		meet            bool
	}{
		{SameIDs, "00AF", "00AF", true},
		{HexAnswers, "00AF", "175", true},
		{HexAnswers, "af", "0000000175", true},
		{DecimalAnswers, "175", "AF", true},
		{SameIDs, "AF", "175", false},
		{HexAnswers, "not a number", "not a number", true},
	} {
		if got := x.form.answered(x.answer) == x.form.receipted(x.receipt); got != x.meet {
			t.Errorf("%d: %q and %q meet: %v", x.form, x.answer, x.receipt, got)
		}
	}
}

func TestValidityIsReadBothWays(t *testing.T) {
	now := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	for s, want := range map[string]time.Time{
		"":                 now.Add(time.Hour),
		"000001000000000R": now.AddDate(0, 0, 1),
		"000000003000000R": now.Add(30 * time.Minute),
		"261128130000012+": now, // at three hours off UTC
		"261128100000000+": now,
	} {
		if got, err := validUntil(s, now, time.Hour); err != nil || !got.Equal(want) {
			t.Errorf("%q is %v, not %v: %v", s, got, want, err)
		}
	}
	for _, s := range []string{"tomorrow", "2611281000000000", "261328100000000+", "26112810000004!+", "261128100000099+"} {
		if got, err := validUntil(s, now, time.Hour); err == nil {
			t.Errorf("%q is read as %v", s, got)
		}
	}
}

// FuzzFrames gives a session whatever a stranger may send: it must neither fall over nor take more than a PDU may hold.
func FuzzFrames(f *testing.F) {
	whole, err := short{source: addressOf("ACME"), dest: addressOf("+79161234567"), class: classHeader, header: []byte{5, 0, 3, 1, 2, 1}, data: []byte("hello")}.write(pdu.NewSubmitSM(nil))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(whole))
	told, err := short{class: classReceipt, data: []byte("id:1 stat:DELIVRD")}.write(delivering())
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(told))
	f.Add([]byte(bare(pdu.EnquireLinkID, 0, 1)))
	f.Add([]byte{0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := bytes.NewReader(stream)
		for {
			fr, err := readFrame(r)
			if err != nil {
				return
			}
			b, err := fr.body()
			if err != nil || fr.id() != pdu.SubmitSMID && fr.id() != pdu.DeliverSMID {
				continue
			}
			s, err := readShort(b)
			if err != nil {
				continue
			}
			_, _ = readReceipt(s, GSM7)
			if text, plain := GSM7.decode(s.coding, s.data); plain && len(text) > 4*len(s.data) {
				t.Errorf("%d octets are a text of %d", len(s.data), len(text))
			}
		}
	})
}
