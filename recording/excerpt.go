package recording

import (
	"encoding/binary"
	"errors"
	"io"
	"time"

	"roadline/fmc/cause"
)

// excerptMost is how long a part of a recording is at most: a message is shorter, and the part is held in memory.
const excerptMost = 30 * time.Minute

// Excerpt returns a part of a recording, both of its channels mixed into one, as a WAV file of 16-bit PCM. from and to
// are counted from the recording's beginning; what lies beyond its end, or more than half an hour after from, is left
// out. A file that is no recording of ours is cause.Unsupported, a part in which there is nothing cause.NotFound.
func Excerpt(file io.ReaderAt, from, to time.Duration) ([]byte, error) {
	if err := stereoOfOurs(file); err != nil {
		return nil, err
	}
	from = max(from, 0)
	first, last := samplesOf(from), samplesOf(min(to, from+excerptMost))
	if last <= first {
		return nil, cause.Errorf(cause.NotFound, "there is nothing of the recording from %s to %s", from, to)
	}
	const frame = 2 * sampleBytes
	stereo := make([]byte, frame*(last-first))
	n, err := file.ReadAt(stereo, wavHeader+frame*first)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, cause.Errorf(cause.Unavailable, "read a recording: %w", err)
	}
	if n < frame {
		return nil, cause.Errorf(cause.NotFound, "the recording ends before %s", from)
	}
	return monoWAV(stereo[:n/frame*frame]), nil
}

// monoWAV mixes two channels into one.
func monoWAV(stereo []byte) []byte {
	size := len(stereo) / 2
	b := appendHeader(make([]byte, 0, wavHeader+size), 1, int64(size))
	for i := 0; i < len(stereo); i += 2 * sampleBytes {
		left, right := int16(binary.LittleEndian.Uint16(stereo[i:])), int16(binary.LittleEndian.Uint16(stereo[i+sampleBytes:]))
		b = binary.LittleEndian.AppendUint16(b, uint16(add(left, right)))
	}
	return b
}
