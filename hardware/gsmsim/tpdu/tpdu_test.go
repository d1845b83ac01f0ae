package tpdu

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The vectors are those that ofono, smstools and gammu wrote.
func TestWhatOthersSubmitIsRead(t *testing.T) {
	for _, row := range []struct{ pdu, to, text string }{
		{"110006919451110000A705E8329BFD06", "+491511", "hello"},
		{"110006919451110000FF04E834680F", "+491511", "hi ä"},
		{"110006919451110000FF0FC8329BFD0699E5EF3668DE9E9301", "+491511", "Hello from smsd"},
	} {
		b, err := hex.DecodeString(row.pdu)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Submitted(b)
		if err != nil || p.To != row.to || p.Text != row.text || p.Parts != 1 {
			t.Errorf("%s is %q to %s, in %d parts (%v)", row.pdu, p.Text, p.To, p.Parts, err)
		}
	}
}

func TestADeliveryIsThatOfTheReference(t *testing.T) {
	sent := time.Date(2026, 10, 22, 12, 3, 34, 0, time.FixedZone("", 2*3600))
	pdus, err := Deliveries("+491511123456", "hello", "+49177160000", 1, sent, nil)
	if err != nil {
		t.Fatal(err)
	}
	// As gammu and smstools read it, but for the bit that says that no more messages wait.
	want := "0791947117 0600F0000C9194511121436500006201222130438005E8329BFD06"
	if got := fmt.Sprintf("%X", pdus[0]); len(pdus) != 1 || got != strings.ReplaceAll(want, " ", "") {
		t.Errorf("the PDU is %s", got)
	}
}

func TestSeptetsArePackedAsTheStandardPacksThem(t *testing.T) {
	for text, want := range map[string]string{
		"hello": "E8329BFD06", "hellohello": "E8329BFD4697D9EC37", "*100#": "AA180C3602", "*111*1#": "AA582CA68A8D00",
	} {
		septets, ok := Septets(text)
		if got := fmt.Sprintf("%X", Pack(septets, 0)); !ok || got != want {
			t.Errorf("%s is %s, it should be %s", text, got, want)
		}
		if got := Text(Unpack(Pack(septets, 1), len(septets), 1)); got != text {
			t.Errorf("%s comes back as %s", text, got)
		}
	}
	all := string(gsmAlphabet[:escapeSeptet]) + string(gsmAlphabet[escapeSeptet+1:]) + "^{}\\[~]|€\f"
	if septets, ok := Septets(all); !ok || Text(septets) != all {
		t.Error("the alphabet does not come back")
	}
}

func TestPartsNeverCutACharacter(t *testing.T) {
	now := time.Date(2026, 10, 22, 12, 0, 0, 0, time.FixedZone("", -3*3600-1800))
	for _, text := range []string{
		strings.Repeat("a", 152) + "€" + strings.Repeat("b", 20),
		strings.Repeat("я", 66) + "😀" + strings.Repeat("ю", 20),
		strings.Repeat("x", 160), strings.Repeat("x", 161), strings.Repeat("я", 70), strings.Repeat("я", 71), "",
	} {
		pdus, err := Deliveries("+7999", text, "+7", 7, now, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for i, pdu := range pdus {
			// A delivery is read as a submission whose address and times stand elsewhere.
			body := pdu[1+int(pdu[0]):]
			p := Part{first: body[0], rest: append(append([]byte{}, body[5:7]...), body[14:]...), Seq: 1, Parts: 1}
			if err := p.read(); err != nil || p.Parts != len(pdus) || p.Seq != i+1 {
				t.Errorf("part %d of %d reads as %d of %d (%v)", i+1, len(pdus), p.Seq, p.Parts, err)
			}
			got += p.Text
		}
		if got != text {
			t.Errorf("%q came back as %q", text, got)
		}
	}
}

func TestBrokenSubmissionsAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "00", "0100", "0400069194511100000568656C6C6F", "110006919451110000A7", "110006919451110000A706E8329BFD06", "110006919451110000A705E8329BFD",
		"51000691945111000 0A70305FFFF",
	} {
		b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if p, err := Submitted(b); err == nil {
			t.Errorf("%s is taken as %q", text, p.Text)
		}
	}
}

func FuzzASubmissionOfAnyKind(f *testing.F) {
	for _, seed := range []string{"110006919451110000A705E8329BFD06", "510006919451110008A70C0500030102010043004400450046", "11000BD0", "01"} {
		b, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		if p, err := Submitted(b); err == nil {
			_, _ = p.Delivery("+7999", time.Unix(0, 0), "+7")
		}
	})
}
