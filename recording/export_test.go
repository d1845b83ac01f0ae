package recording

import (
	"os"
)

// AppendFrame is for tests that write tapes by hand.
var AppendFrame = appendFrame

// TapeMagic begins a tape.
const TapeMagic = tapeMagic

// Longest reads a tape and returns the most samples that one of its frames holds, and how many frames of sound it has.
func Longest(path string) (samples, frames int, err error) {
	t, err := read(path)
	if err != nil {
		return 0, 0, err
	}
	defer t.file.Close()
	for {
		f, err := t.next()
		if err != nil {
			return samples, frames, nil
		}
		if _, _, _, payload, ok := f.sound(); ok {
			samples, frames = max(samples, len(payload)), frames+1
		}
	}
}

// FillDisk has every open tape write to a device that is full. The recorder must be waiting.
func FillDisk(r *Recorder) error {
	for _, t := range r.tapes {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_ = t.file.Close()
		t.file = full
	}
	return nil
}

// TapRoom is how much a tap holds.
const TapRoom = tapRoom
