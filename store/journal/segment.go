package journal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/google/uuid"

	"roadline/fmc/cause"
)

// A segment is a file: a header, then entries without padding. Numbers are little endian.
//
//	header  4 magic  2 version  2 reserved  8 segment number  8 first seq  16 boot  4 CRC-32C of the 40 bytes before
//	entry   4 mark   4 length of the body   8 seq  4 CRC-32C of boot, length, seq and body   body
//
// The mark begins and ends with bytes that no UTF-8 text holds, so that the scan for the next entry after a damaged
// one does not stop inside the JSON of a body. The boot in the sum keeps an old disk block from passing for an entry.
const (
	version     = 1
	headerSize  = 44
	entryHead   = 20
	maxBody     = 4 << 20 // bytes; a fact is some hundred, a stored plan some thousand
	headerMagic = "RLJS"
)

var (
	mark       = [4]byte{0xFF, 'R', 'J', 0xFE}
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// appendHeader appends a segment's header.
func appendHeader(b []byte, boot uuid.UUID, number, first uint64) []byte {
	start := len(b)
	b = append(b, headerMagic...)
	b = binary.LittleEndian.AppendUint16(b, version)
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = binary.LittleEndian.AppendUint64(b, number)
	b = binary.LittleEndian.AppendUint64(b, first)
	b = append(b, boot[:]...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// readHeader returns the first seq of a segment; ok is false for a header that is short or damaged. A whole header of
// a later version is cause.Unsupported: such a segment must not be touched.
func readHeader(b []byte, boot uuid.UUID) (first uint64, ok bool, err error) {
	if len(b) < headerSize || string(b[:4]) != headerMagic {
		return 0, false, nil
	}
	if crc32.Checksum(b[:headerSize-4], castagnoli) != binary.LittleEndian.Uint32(b[headerSize-4:]) {
		return 0, false, nil
	}
	if v := binary.LittleEndian.Uint16(b[4:]); v != version {
		return 0, false, cause.Errorf(cause.Unsupported, "segment format %d, this program reads %d: start the version that wrote it", v, version)
	}
	if !bytes.Equal(b[24:40], boot[:]) {
		return 0, false, nil
	}
	return binary.LittleEndian.Uint64(b[16:]), true, nil
}

// appendEntry appends one entry.
func appendEntry(b []byte, boot uuid.UUID, seq uint64, body []byte) ([]byte, error) {
	if len(body) > maxBody {
		return b, cause.Errorf(cause.Invalid, "journal entry of %d bytes: at most %d", len(body), maxBody)
	}
	b = append(b, mark[:]...)
	start := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body))) //nolint:gosec // maxBody fits
	b = binary.LittleEndian.AppendUint64(b, seq)
	b = binary.LittleEndian.AppendUint32(b, sum(boot, b[start:start+12], body))
	return append(b, body...), nil
}

func sum(boot uuid.UUID, lengthAndSeq, body []byte) uint32 {
	c := crc32.Update(0, castagnoli, boot[:])
	c = crc32.Update(c, castagnoli, lengthAndSeq)
	return crc32.Update(c, castagnoli, body)
}

// parseEntry reads the entry at the beginning of b; size is 0 where none stands there whole and undamaged.
func parseEntry(b []byte, boot uuid.UUID) (seq uint64, body []byte, size int) {
	if len(b) < entryHead || !bytes.Equal(b[:4], mark[:]) {
		return 0, nil, 0
	}
	length := binary.LittleEndian.Uint32(b[4:])
	if length > maxBody || int(length) > len(b)-entryHead {
		return 0, nil, 0
	}
	seq = binary.LittleEndian.Uint64(b[8:])
	body = b[entryHead : entryHead+int(length)]
	if seq == 0 || seq == math.MaxUint64 || sum(boot, b[4:16], body) != binary.LittleEndian.Uint32(b[16:]) {
		return 0, nil, 0
	}
	return seq, body, entryHead + int(length)
}

// nextEntry returns the offset of the first whole entry at or after from, or -1.
func nextEntry(b []byte, from int, boot uuid.UUID) int {
	for from < len(b) {
		i := bytes.Index(b[from:], mark[:])
		if i < 0 {
			return -1
		}
		if _, _, size := parseEntry(b[from+i:], boot); size > 0 {
			return from + i
		}
		from += i + 1
	}
	return -1
}

func segmentName(number uint64) string { return fmt.Sprintf("%08d.seg", number) }
