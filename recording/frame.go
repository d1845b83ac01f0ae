package recording

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/room"
	"roadline/media"
)

// A tape on disk is a header and frames. All numbers are little-endian.
//
//	header: "RLTAPE01", then one frame of kind 'L' with the label as JSON
//	frame:  length u32 of what follows after the sum, CRC-32C u32 of it, kind u8, body
//	'S' sound: track u8, codec u8, first sample i64 since the tape began, payload as received: one byte a sample
//	'T' track: track u8, side u8, then the leg's id
//	'R' role:  track u8, role u8, of the track's leg; older tapes have none
//	'M' mark:  JSON of room.Mark
//	'G' gap:   track u8, first sample i64, samples u32: sound that was lost on our side
//	'E' end:   length of the tape in samples i64
//
// A frame holds at most a second of one track. A torn frame at the end is cut when the tape is read.
const (
	tapeMagic  = "RLTAPE01"
	tapeSuffix = ".tape"
	frameMost  = 1 << 16
	tapeMost   = 200 * 3600 * media.SampleRate // samples; a frame that lies further off is not ours

	kindLabel byte = 'L'
	kindSound byte = 'S'
	kindTrack byte = 'T'
	kindRole  byte = 'R'
	kindMark  byte = 'M'
	kindGap   byte = 'G'
	kindEnd   byte = 'E'
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// label is room.Label as it stands on disk: the node's clock means nothing after a restart.
type label struct {
	Company fmc.CompanyID `json:"company"`
	Call    fmc.CallID    `json:"call"`
	Began   time.Time     `json:"began"`
	Opened  time.Duration `json:"opened"`
}

// appendFrame appends a frame of a kind with a body.
func appendFrame(buf []byte, kind byte, body ...[]byte) []byte {
	start := len(buf)
	buf = append(buf, 0, 0, 0, 0, 0, 0, 0, 0, kind)
	for _, b := range body {
		buf = append(buf, b...)
	}
	rest := buf[start+8:]
	binary.LittleEndian.PutUint32(buf[start:], uint32(len(rest)))
	binary.LittleEndian.PutUint32(buf[start+4:], crc32.Checksum(rest, castagnoli))
	return buf
}

// sound appends a frame of sound.
func appendSound(buf []byte, track uint8, codec media.Codec, first int64, payload []byte) []byte {
	var head [10]byte
	head[0], head[1] = track, byte(codec)
	binary.LittleEndian.PutUint64(head[2:], uint64(first))
	return appendFrame(buf, kindSound, head[:], payload)
}

func appendGap(buf []byte, track uint8, first int64, samples uint32) []byte {
	var head [13]byte
	head[0] = track
	binary.LittleEndian.PutUint64(head[1:], uint64(first))
	binary.LittleEndian.PutUint32(head[9:], samples)
	return appendFrame(buf, kindGap, head[:])
}

func appendEnd(buf []byte, samples int64) []byte {
	var body [8]byte
	binary.LittleEndian.PutUint64(body[:], uint64(samples))
	return appendFrame(buf, kindEnd, body[:])
}

// frame is one frame as it was read.
type frame struct {
	kind byte
	body []byte
}

// reading is what a tape says, frame by frame.
type reading struct {
	file  *os.File
	r     *bufio.Reader
	label label
	buf   []byte
}

// errTorn says that a tape ends before its label does: the server was killed as it made it, and nobody was told that
// it is ready.
var errTorn = errors.New("the tape ends before its label")

// read opens a tape. A file that does not begin like one is an error of kind cause.Invalid; errTorn: nothing is on it.
func read(path string) (*reading, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t := &reading{file: f, r: bufio.NewReaderSize(f, 1<<16)}
	magic := make([]byte, len(tapeMagic))
	n, _ := io.ReadFull(t.r, magic)
	if string(magic[:n]) != tapeMagic[:n] {
		return nil, errors.Join(cause.Errorf(cause.Invalid, "%s is no tape", path), f.Close())
	}
	first, err := t.next()
	if errors.Is(err, io.ErrUnexpectedEOF) || n < len(tapeMagic) {
		return nil, errors.Join(errTorn, f.Close())
	}
	if err != nil || first.kind != kindLabel || json.Unmarshal(first.body, &t.label) != nil {
		return nil, errors.Join(cause.Errorf(cause.Invalid, "%s has no label", path), f.Close())
	}
	return t, nil
}

// next returns the next frame; io.EOF at the end and where a frame is not whole, which is io.ErrUnexpectedEOF too where
// the file ends within it.
func (t *reading) next() (frame, error) {
	f, err := t.whole()
	if err != nil {
		return frame{}, fmt.Errorf("%w (%w)", io.EOF, err)
	}
	return f, nil
}

func (t *reading) whole() (frame, error) {
	var head [8]byte
	if _, err := io.ReadFull(t.r, head[:]); err != nil {
		return frame{}, io.ErrUnexpectedEOF
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n == 0 || n > frameMost {
		return frame{}, io.EOF
	}
	if cap(t.buf) < int(n) {
		t.buf = make([]byte, frameMost)
	}
	body := t.buf[:n]
	if _, err := io.ReadFull(t.r, body); err != nil {
		return frame{}, io.ErrUnexpectedEOF
	}
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
		return frame{}, io.EOF
	}
	return frame{kind: body[0], body: body[1:]}, nil
}

// place reads where on the timeline something lies; false where no call of ours could be.
func place(b []byte) (int64, bool) {
	at := binary.LittleEndian.Uint64(b)
	return int64(at), at <= tapeMost
}

// sound reads a frame of sound; false for any other, and for one that says nonsense.
func (f frame) sound() (track uint8, codec media.Codec, first int64, payload []byte, ok bool) {
	if f.kind != kindSound || len(f.body) <= 10 {
		return 0, 0, 0, nil, false
	}
	first, ok = place(f.body[2:])
	return f.body[0], media.Codec(f.body[1]), first, f.body[10:], ok
}

// markJSON is a mark as it stands on disk.
func markJSON(m room.Mark) []byte {
	b, err := json.Marshal(m)
	if err != nil { // plain data marshals
		return []byte("{}")
	}
	return b
}
