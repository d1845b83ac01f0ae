package recording

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"math"
	"os"

	"roadline/media"
)

const (
	wavHeader    = 44 // bytes
	sampleBytes  = 2
	partOfSuffix = ".part" // of a file in the making: one that is there without it is whole
)

// window is how much of a channel is held in memory while a file is made: frames of two tracks lie within a few seconds
// of each other on a tape.
const window = 30 * media.SampleRate

// sheet is a WAV file in the making: sound is laid on its channels, out of order within the window, and written in order.
type sheet struct {
	path     string
	file     *os.File
	hash     hash.Hash
	out      *bufio.Writer
	channels [][]int16
	start    int64 // of the window
	samples  int64 // of the whole file, a channel
	err      error
}

// newSheet begins a file of a length.
func newSheet(path string, channels int, samples int64) (*sheet, error) {
	f, err := os.OpenFile(path+partOfSuffix, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	s := &sheet{path: path, file: f, hash: sha256.New(), samples: samples}
	s.out = bufio.NewWriterSize(io.MultiWriter(f, s.hash), 1<<16)
	for range channels {
		s.channels = append(s.channels, make([]int16, window))
	}
	_, s.err = s.out.Write(appendHeader(nil, channels, s.frame()*samples))
	return s, nil
}

// frame is how many bytes the channels take for one sample each.
func (s *sheet) frame() int64 { return int64(sampleBytes * len(s.channels)) }

// appendHeader appends RIFF/WAVE for 16-bit PCM at 8 kHz with so many bytes of samples. Sizes that 32 bits cannot hold
// are written as the largest: readers then read to the end.
func appendHeader(b []byte, channels int, size int64) []byte {
	data := uint32(min(size, math.MaxUint32-(wavHeader-8)))
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, data+wavHeader-8)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1) // PCM
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, media.SampleRate)
	b = binary.LittleEndian.AppendUint32(b, uint32(media.SampleRate*channels*sampleBytes))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels*sampleBytes))
	b = binary.LittleEndian.AppendUint16(b, 8*sampleBytes)
	b = append(b, "data"...)
	return binary.LittleEndian.AppendUint32(b, data)
}

// lay adds sound to some channels.
func (s *sheet) lay(onto []bool, codec media.Codec, first int64, payload []byte) {
	if last := first + int64(len(payload)); last > s.start+window {
		s.slide(last - window/2)
	}
	for i, b := range payload {
		at := first + int64(i) - s.start
		if at < 0 || at >= window {
			continue
		}
		v := media.DecodeALaw(b)
		if codec == media.PCMU {
			v = media.DecodeMuLaw(b)
		}
		for c, channel := range s.channels {
			if onto[c] {
				channel[at] = add(channel[at], v)
			}
		}
	}
}

func add(a, b int16) int16 {
	return int16(max(math.MinInt16, min(math.MaxInt16, int32(a)+int32(b))))
}

// slide writes everything before a sample out and moves the window there.
func (s *sheet) slide(to int64) {
	to = min(to, s.samples)
	var b [sampleBytes]byte
	for s.start < to {
		n := min(to-s.start, window)
		for i := range n {
			for _, channel := range s.channels {
				binary.LittleEndian.PutUint16(b[:], uint16(channel[i]))
				if _, err := s.out.Write(b[:]); err != nil && s.err == nil {
					s.err = err
				}
			}
		}
		for _, channel := range s.channels {
			copy(channel, channel[n:])
			clear(channel[window-n:])
		}
		s.start += n
	}
}

// finish writes the rest, makes the file whole under its name, and tells its sum and size.
func (s *sheet) finish() (sum string, size int64, err error) {
	s.slide(s.samples)
	if err := errors.Join(s.err, s.out.Flush(), s.file.Sync(), s.file.Close()); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(s.hash.Sum(nil)), wavHeader + s.frame()*s.samples, os.Rename(s.path+partOfSuffix, s.path)
}

// abandon gives a file up that will not be whole.
func (s *sheet) abandon() { _ = errors.Join(s.file.Close(), os.Remove(s.path+partOfSuffix)) }
