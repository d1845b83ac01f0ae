package recording

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/media"
)

// render makes the stereo file of a tape beside it and describes it. It reads the tape twice: once for its length, and
// once, second by second, for its sound.
func render(path, spool string) (label, fmc.Kept, error) {
	shape, err := measure(path)
	if err != nil {
		return label{}, fmc.Kept{}, err
	}
	file := strings.TrimSuffix(path, tapeSuffix) + ".wav"
	sum, size, err := shape.writeWAV(path, file)
	if err != nil {
		return label{}, fmc.Kept{}, err
	}
	within, err := filepath.Rel(spool, file)
	if err != nil {
		return label{}, fmc.Kept{}, err
	}
	return shape.label, fmc.Kept{
		Salvage: !shape.ended, File: within, Bytes: size, SHA256: sum, Opened: shape.label.Opened, Length: durationOf(shape.samples), Gaps: shape.gaps,
	}, nil
}

func durationOf(samples int64) time.Duration {
	return time.Duration(samples) * time.Second / media.SampleRate
}

// shape is what a tape holds, without its sound.
type shape struct {
	label   label
	sides   [256]fmc.Side
	legs    [256]fmc.LegID
	samples int64
	ended   bool // as it should: else the server was killed, or the disk would take no more
	gaps    []fmc.RecordingSpan
}

// measure reads a tape for its length, its tracks and its gaps. A tape without an end, of a server that was killed, is
// as long as its sound.
func measure(path string) (*shape, error) {
	t, err := read(path)
	if err != nil {
		return nil, err
	}
	defer t.file.Close()
	s := &shape{label: t.label}
	end := int64(-1)
	for {
		f, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		s.take(f, &end)
	}
	if s.ended = end >= 0; s.ended {
		s.samples = end
	}
	return s, nil
}

func (s *shape) take(f frame, end *int64) {
	if _, _, first, payload, ok := f.sound(); ok {
		s.samples = max(s.samples, first+int64(len(payload)))
	}
	switch {
	case f.kind == kindTrack && len(f.body) > 2:
		s.sides[f.body[0]] = fmc.Side(f.body[1])
		_ = s.legs[f.body[0]].UnmarshalText(f.body[2:])
	case f.kind == kindGap && len(f.body) == 13:
		if from, ok := place(f.body[1:]); ok {
			s.gap(f.body[0], from, from+int64(binary.LittleEndian.Uint32(f.body[9:])))
		}
	case f.kind == kindEnd && len(f.body) == 8:
		if at, ok := place(f.body); ok {
			*end = at
		}
	}
}

// gap names a stretch of a track that was lost.
func (s *shape) gap(track uint8, from, to int64) {
	s.gaps = append(s.gaps, fmc.RecordingSpan{
		Kind: fmc.SpanGap, From: s.label.Opened + durationOf(from), To: s.label.Opened + durationOf(to), Leg: s.legs[track], Why: "The recorder could not keep up.",
	})
}

// window is how much of both channels is held in memory while a file is made: frames of two tracks lie within a few
// seconds of each other on a tape.
const window = 30 * media.SampleRate

// mixer lays sound on two channels and writes them out in order.
type mixer struct {
	out     *bufio.Writer
	start   int64 // of the window
	samples int64 // of the whole file
	left    []int16
	right   []int16
	err     error
}

// writeWAV writes the file under another name first, so that a file that is there is whole.
func (s *shape) writeWAV(tape, file string) (sum string, size int64, err error) {
	t, err := read(tape)
	if err != nil {
		return "", 0, err
	}
	defer t.file.Close()
	f, err := os.OpenFile(file+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", 0, err
	}
	hash := sha256.New()
	m := &mixer{out: bufio.NewWriterSize(io.MultiWriter(f, hash), 1<<16), samples: s.samples, left: make([]int16, window), right: make([]int16, window)}
	m.header()
	for {
		x, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if track, codec, first, payload, ok := x.sound(); ok {
			m.lay(s.sides[track], codec, first, payload)
		}
	}
	m.slide(m.samples)
	if err := errors.Join(m.err, m.out.Flush(), f.Sync(), f.Close()); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(hash.Sum(nil)), 44 + 4*s.samples, os.Rename(file+".part", file)
}

// header writes RIFF/WAVE for two channels of 16-bit PCM at 8 kHz. Sizes that 32 bits cannot hold are written as the
// largest: readers then read to the end.
func (m *mixer) header() {
	data := uint32(min(4*m.samples, math.MaxUint32-36))
	h := make([]byte, 0, 44)
	h = append(h, "RIFF"...)
	h = binary.LittleEndian.AppendUint32(h, data+36)
	h = append(h, "WAVEfmt "...)
	h = binary.LittleEndian.AppendUint32(h, 16)
	h = binary.LittleEndian.AppendUint16(h, 1) // PCM
	h = binary.LittleEndian.AppendUint16(h, 2) // channels
	h = binary.LittleEndian.AppendUint32(h, media.SampleRate)
	h = binary.LittleEndian.AppendUint32(h, media.SampleRate*4)
	h = binary.LittleEndian.AppendUint16(h, 4)
	h = binary.LittleEndian.AppendUint16(h, 16)
	h = append(h, "data"...)
	h = binary.LittleEndian.AppendUint32(h, data)
	_, m.err = m.out.Write(h)
}

// lay puts sound on its channel; of a third party on both.
func (m *mixer) lay(side fmc.Side, codec media.Codec, first int64, payload []byte) {
	if last := first + int64(len(payload)); last > m.start+window {
		m.slide(last - window/2)
	}
	for i, b := range payload {
		at := first + int64(i) - m.start
		if at < 0 || at >= window {
			continue
		}
		v := media.DecodeALaw(b)
		if codec == media.PCMU {
			v = media.DecodeMuLaw(b)
		}
		if side != fmc.Right {
			m.left[at] = add(m.left[at], v)
		}
		if side != fmc.Left {
			m.right[at] = add(m.right[at], v)
		}
	}
}

func add(a, b int16) int16 {
	return int16(max(math.MinInt16, min(math.MaxInt16, int32(a)+int32(b))))
}

// slide writes everything before a sample out and moves the window there.
func (m *mixer) slide(to int64) {
	to = min(to, m.samples)
	var b [4]byte
	for m.start < to {
		n := min(to-m.start, window)
		for i := range n {
			binary.LittleEndian.PutUint16(b[:], uint16(m.left[i]))
			binary.LittleEndian.PutUint16(b[2:], uint16(m.right[i]))
			if _, err := m.out.Write(b[:]); err != nil && m.err == nil {
				m.err = err
			}
		}
		copy(m.left, m.left[n:])
		copy(m.right, m.right[n:])
		clear(m.left[window-n:])
		clear(m.right[window-n:])
		m.start += n
	}
}
