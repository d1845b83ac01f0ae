package recording_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roadline/fmc/cause"
	"roadline/recording"
)

// readPeaks takes encoded peaks apart.
func readPeaks(t *testing.T, b []byte) (length time.Duration, left, right []byte) {
	t.Helper()
	if len(b) < 8 || !bytes.Equal(b[:4], []byte{1, 10, 2, 0}) {
		t.Fatalf("% x", b[:min(8, len(b))])
	}
	bins := (len(b) - 8) / 2
	return time.Duration(binary.LittleEndian.Uint32(b[4:])) * time.Millisecond, b[8 : 8+bins], b[8+bins:]
}

func TestPeaksAreTheLoudestOfEachTenthOfASecond(t *testing.T) {
	file := stereo(2)[:44+4*(8000+8000/20)] // a second, and half a tenth
	loud := func(at, channel int, v int16) { binary.LittleEndian.PutUint16(file[44+4*at+2*channel:], uint16(v)) }
	loud(100, 0, -32768)
	loud(800, 0, 12800)
	loud(8399, 1, -25600)
	b, err := recording.Peaks(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	length, left, right := readPeaks(t, b)
	if length != 1050*time.Millisecond || len(left) != 11 || len(right) != 11 {
		t.Fatalf("%s, %d and %d peaks", length, len(left), len(right))
	}
	if left[0] != 127 || left[1] != 50 || left[2] != 0 || right[0] != 1000>>8 || right[10] != 100 {
		t.Errorf("left %v, right %v", left, right)
	}
}

func TestWhatIsNoRecordingHasNoPeaks(t *testing.T) {
	for _, file := range []string{"", strings.Repeat("x", 100)} {
		if b, err := recording.Peaks(strings.NewReader(file)); !errors.Is(err, cause.Unsupported) || b != nil {
			t.Errorf("%q: %v, %v", file, b, err)
		}
	}
	if b, err := recording.Peaks(bytes.NewReader(stereo(1)[:44])); err != nil || len(b) != 8 {
		t.Errorf("of an empty one: %v, %v", b, err)
	}
}

func TestADeliveredRecordingHasItsPeaksBesideIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, t.TempDir()).run()
		tape := d.ready("spoken")
		wait(1500 * time.Millisecond)
		tape.Close(d.now())
		wait(time.Second)
		x := d.one()
		b, err := os.ReadFile(recording.PeaksOf(d.path(x)))
		if err != nil {
			t.Fatal(err)
		}
		if length, _, _ := readPeaks(t, b); length != x.Kept.Length || length < 1500*time.Millisecond {
			t.Errorf("%s of %s", length, x.Kept.Length)
		}
	})
}
