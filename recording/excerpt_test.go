package recording_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/recording"
)

// stereo is a recording of so many seconds: on the left each sample says in which second it is, on the right 1000.
func stereo(seconds int) []byte {
	size := seconds * 8000 * 4
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(size+36))
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x40\x1f\x00\x00\x00\x7d\x00\x00\x04\x00\x10\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	for i := range seconds * 8000 {
		b = binary.LittleEndian.AppendUint16(b, uint16(i/8000))
		b = binary.LittleEndian.AppendUint16(b, 1000)
	}
	return b
}

func TestAPartOfARecordingIsAFileOfOneChannel(t *testing.T) {
	wav, err := recording.Excerpt(bytes.NewReader(stereo(5)), 2*time.Second, 4*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if len(wav) != 44+2*16000 || binary.LittleEndian.Uint32(wav[40:]) != 32000 || binary.LittleEndian.Uint16(wav[22:]) != 1 || binary.LittleEndian.Uint32(wav[4:]) != uint32(len(wav)-8) {
		t.Fatalf("%d bytes, % x", len(wav), wav[:44])
	}
	if first, last := binary.LittleEndian.Uint16(wav[44:]), binary.LittleEndian.Uint16(wav[len(wav)-2:]); first != 1002 || last != 1003 {
		t.Errorf("from %d to %d", first, last)
	}
}

func TestAPartEndsWithTheRecording(t *testing.T) {
	wav, err := recording.Excerpt(bytes.NewReader(stereo(2)), -time.Second, time.Hour)
	if err != nil || len(wav) != 44+2*16000 {
		t.Errorf("%d bytes, %v", len(wav), err)
	}
}

func TestWhatIsNoPartIsRefused(t *testing.T) {
	for name, row := range map[string]struct {
		file     []byte
		from, to time.Duration
		kind     cause.Kind
	}{
		"behind the end": {stereo(1), 2 * time.Second, 3 * time.Second, cause.NotFound},
		"nothing":        {stereo(1), time.Second, time.Second, cause.NotFound},
		"backwards":      {stereo(1), time.Second, 0, cause.NotFound},
		"empty":          {nil, 0, time.Second, cause.Unsupported},
		"something else": {[]byte(strings.Repeat("x", 100)), 0, time.Second, cause.Unsupported},
	} {
		if wav, err := recording.Excerpt(bytes.NewReader(row.file), row.from, row.to); !errors.Is(err, row.kind) || wav != nil {
			t.Errorf("%s: %d bytes, %v", name, len(wav), err)
		}
	}
}
