package media_test

import (
	"testing"

	"roadline/media"
)

// lawRow is a segment of ITU-T G.711 tables 1a and 2a: where it ends, and the width of its steps.
type lawRow struct{ end, step int }

// In the units of the tables: 4096 for A-law, 8159 for µ-law.
var (
	aLawRows  = []lawRow{{32, 2}, {64, 2}, {128, 4}, {256, 8}, {512, 16}, {1024, 32}, {2048, 64}, {4096, 128}}
	muLawRows = []lawRow{{31, 2}, {95, 4}, {223, 8}, {479, 16}, {991, 32}, {2015, 64}, {4063, 128}, {8159, 256}}
)

// decisions lists, for the positive half, the interval bounds of a law: value n lies from bounds[n] to bounds[n+1].
// The first µ-law step is half as wide, since its value is zero.
func decisions(rows []lawRow, first int) []int {
	bounds := []int{0, first}
	for _, row := range rows {
		for bounds[len(bounds)-1] < row.end {
			bounds = append(bounds, bounds[len(bounds)-1]+row.step)
		}
	}
	return bounds
}

// reference encodes one sample by searching the table.
func reference(bounds []int, sample, unit int) (n int) {
	for n < len(bounds)-2 && sample >= bounds[n+1]*unit {
		n++
	}
	return n
}

func TestEverySampleIsEncodedAsTheTablesOfG711Say(t *testing.T) {
	aLaw, muLaw := decisions(aLawRows, 2), decisions(muLawRows, 1)
	if len(aLaw) != 129 || len(muLaw) != 129 {
		t.Fatal("the tables have 128 intervals a side:", len(aLaw)-1, len(muLaw)-1)
	}
	for s := -32768; s <= 32767; s++ {
		want := byte(reference(aLaw, s, 8)|0x80) ^ 0x55
		wantMu := byte(reference(muLaw, s, 4)|0x80) ^ 0x7F
		if s < 0 {
			want, wantMu = byte(reference(aLaw, ^s, 8))^0x55, byte(reference(muLaw, ^s, 4))^0x7F
		}
		if got := media.EncodeALaw(int16(s)); got != want {
			t.Fatalf("A-law of %d: %02x, want %02x", s, got, want)
		}
		if got := media.EncodeMuLaw(int16(s)); got != wantMu {
			t.Fatalf("µ-law of %d: %02x, want %02x", s, got, wantMu)
		}
	}
}

func TestALawAndMuLawBecomeEachOtherByTheirValue(t *testing.T) {
	for i := range 256 {
		if got, want := media.ALawToMuLaw(byte(i)), media.EncodeMuLaw(media.DecodeALaw(byte(i))); got != want {
			t.Errorf("A-law %02x as µ-law: %02x, want %02x", i, got, want)
		}
		if got, want := media.MuLawToALaw(byte(i)), media.EncodeALaw(media.DecodeMuLaw(byte(i))); got != want {
			t.Errorf("µ-law %02x as A-law: %02x, want %02x", i, got, want)
		}
	}
}

func TestEveryByteDecodesToTheMiddleOfItsInterval(t *testing.T) {
	aLaw, muLaw := decisions(aLawRows, 2), decisions(muLawRows, 1)
	for n := range 128 {
		a := (aLaw[n] + aLaw[n+1]) * 8 / 2
		mu := (muLaw[n] + muLaw[n+1]) * 4 / 2
		if n == 0 {
			mu = 0
		}
		if got := media.DecodeALaw(byte(n|0x80) ^ 0x55); int(got) != a {
			t.Errorf("A-law +%d: %d, want %d", n, got, a)
		}
		if got := media.DecodeALaw(byte(n) ^ 0x55); int(got) != -a {
			t.Errorf("A-law -%d: %d, want %d", n, got, -a)
		}
		if got := media.DecodeMuLaw(byte(n|0x80) ^ 0x7F); int(got) != mu {
			t.Errorf("µ-law +%d: %d, want %d", n, got, mu)
		}
		if got := media.DecodeMuLaw(byte(n) ^ 0x7F); int(got) != -mu {
			t.Errorf("µ-law -%d: %d, want %d", n, got, -mu)
		}
	}
}

func TestDecodingAndEncodingAgainChangesNothing(t *testing.T) {
	for i := range 256 {
		b := byte(i)
		if got := media.EncodeALaw(media.DecodeALaw(b)); got != b {
			t.Errorf("A-law %02x became %02x", b, got)
		}
	}
}
