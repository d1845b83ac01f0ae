package modem

import (
	"io"
	"sync/atomic"
)

// serialCard is a speech port: raw samples without a frame around them. Reads are short, and a module whose buffer ran
// over may have lost an odd count of bytes: from then on low and high bytes change places, which is loud static.
type serialCard struct {
	port   io.ReadWriteCloser
	thrown atomic.Int64 // bytes, to mend the stream

	// owned by Read
	buf     [frameBytes]byte
	have    int // bytes in buf
	shifted int // frames in a row that look shifted
}

// shiftedFrames is how many frames in a row must look shifted: 60 ms.
const shiftedFrames = 3

// Read waits for a frame. While the stream looks shifted it gives silence instead of static.
func (c *serialCard) Read(f *[160]int16) error {
	n, err := io.ReadFull(c.port, c.buf[c.have:])
	c.have += n
	if err != nil {
		return err
	}
	c.have = 0
	toFrame(&c.buf, f)
	if !looksShifted(&c.buf, f) {
		c.shifted = 0
		return nil
	}
	*f = [160]int16{}
	if c.shifted++; c.shifted == shiftedFrames {
		c.shifted = 0
		c.thrown.Add(1)
		copy(c.buf[:], c.buf[1:]) // the next frame begins a byte later
		c.have = frameBytes - 1
	}
	return nil
}

// Write gives a frame to the port.
func (c *serialCard) Write(f *[160]int16) error {
	var b [frameBytes]byte
	fromFrame(f, &b)
	_, err := c.port.Write(b[:])
	return err
}

// Close closes the port.
func (c *serialCard) Close() error { return c.port.Close() }

// Speech is smooth: from sample to sample it moves by little, since its high bytes do. Shifted by a byte, the fast low
// bytes are in the place of the high ones, and it jumps all over the range. A frame looks shifted when it jumps by more
// than an eighth of full scale in the mean, and the same bytes read one later move by less than a quarter of that.
const (
	staticJump  = 4096
	smootherBy  = 4
	pairsJudged = 158
)

func looksShifted(b *[frameBytes]byte, f *[160]int16) bool {
	jumps := 0
	for i := range pairsJudged {
		jumps += distance(f[i], f[i+1])
	}
	if jumps < staticJump*pairsJudged {
		return false
	}
	other := 0
	for i := range pairsJudged {
		other += distance(sampleAt(b, 2*i+1), sampleAt(b, 2*i+3))
	}
	return other*smootherBy < jumps
}

func sampleAt(b *[frameBytes]byte, i int) int16 {
	return int16(uint16(b[i]) | uint16(b[i+1])<<8) //nolint:gosec // two's complement
}

func distance(a, b int16) int {
	d := int(a) - int(b)
	if d < 0 {
		return -d
	}
	return d
}
