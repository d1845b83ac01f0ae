package recording

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"roadline/fmc/cause"
	"roadline/media"
)

// Peaks are how loud a recording is from moment to moment, for whoever draws it without its sound. Encoded they are
//
//	version u8 (1), peaks a second u8, channels u8, 0, length of the recording in ms u32, then the peaks of each channel
//
// in little-endian order; a peak is the largest amplitude of its tenth of a second, from 0 to 127.
const (
	peaksVersion = 1
	peaksRate    = 10 // a second
	peaksHeader  = 8
	peakSamples  = media.SampleRate / peaksRate
	peaksSuffix  = ".peaks"
)

// PeaksOf is the name of the file that holds a recording's peaks: it lies beside the recording and goes with it.
func PeaksOf(file string) string { return file + peaksSuffix }

// Peaks returns the encoded peaks of a recording of two channels. A file that is no recording of ours is
// cause.Unsupported.
func Peaks(file io.ReaderAt) ([]byte, error) {
	if err := stereoOfOurs(file); err != nil {
		return nil, err
	}
	const frame = 2 * sampleBytes
	var (
		channels [2][]byte
		samples  int64
		chunk    [peakSamples * frame]byte
		sound    = bufio.NewReaderSize(io.NewSectionReader(file, wavHeader, tapeMost*frame), 1<<16)
	)
	for {
		n, err := io.ReadFull(sound, chunk[:])
		if n >= frame {
			for i := range channels {
				channels[i] = append(channels[i], peak(chunk[i*sampleBytes:n/frame*frame], frame))
			}
			samples += int64(n / frame)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return nil, cause.Errorf(cause.Unavailable, "read a recording: %w", err)
		}
	}
	encoded := []byte{peaksVersion, peaksRate, byte(len(channels)), 0}
	encoded = binary.LittleEndian.AppendUint32(encoded, uint32(durationOf(samples)/time.Millisecond)) //nolint:gosec // at most tapeMost
	return append(append(encoded, channels[0]...), channels[1]...), nil
}

// peak is the largest amplitude of the samples that stand every so many bytes, of 127.
func peak(b []byte, step int) byte {
	most := 0
	for i := 0; i+sampleBytes <= len(b); i += step {
		v := int(int16(binary.LittleEndian.Uint16(b[i:])))
		most = max(most, v, -v)
	}
	return byte(min(most>>8, 127))
}

// stereoOfOurs refuses a file that does not begin as the recorder's do.
func stereoOfOurs(file io.ReaderAt) error {
	const format = 8 // where the format begins, after the file's size, and 40 where that of the samples does
	var head [wavHeader]byte
	if _, err := file.ReadAt(head[:], 0); err != nil || !bytes.Equal(head[format:40], appendHeader(nil, 2, 0)[format:40]) {
		return cause.Errorf(cause.Unsupported, "the file is no recording of two channels of 16 bits at %d Hz", media.SampleRate)
	}
	return nil
}

// drawPeaks makes the file of peaks beside a recording.
func drawPeaks(file string) error {
	wav, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = wav.Close() }()
	peaks, err := Peaks(wav)
	if err != nil {
		return fmt.Errorf("peaks of %s: %w", file, err)
	}
	part := PeaksOf(file) + partOfSuffix
	if err := os.WriteFile(part, peaks, 0o600); err != nil {
		return err
	}
	return os.Rename(part, PeaksOf(file))
}
