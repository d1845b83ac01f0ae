package recording

import (
	"time"

	"roadline/fmc"
	"roadline/media"
)

const (
	samplesPerMs = media.SampleRate / 1000
	frameSamples = media.SampleRate            // a frame holds at most a second
	skewStep     = 20 * samplesPerMs           // a track is moved when it is off by more
	skewWindow   = 5 * time.Second             // over which the least delay is looked for
	jumpSamples  = int64(2 * media.SampleRate) // a timestamp further off than this starts anew
	lossUnit     = int64(media.FrameSamples)   // how long a packet that we dropped was, as far as we know
)

func samplesOf(d time.Duration) int64 { return int64(d) * media.SampleRate / int64(time.Second) }

// track is what one leg said, laid on the call's timeline. Its packets' own timestamps say how they follow each other;
// when they arrived says where on our clock that is. The two clocks drift apart, and packets only ever come late, never
// early: so the least delay of the last seconds is what the track is held to.
type track struct {
	number uint8
	leg    fmc.LegID
	role   fmc.Role
	side   fmc.Side
	tap    *media.Tap

	// owned by the recorder
	anchored bool
	stream   uint32
	stamp    uint32 // of the packet last seen
	at       int64  // where on the timeline that stamp lies
	end      int64  // of what was written
	floor    int64  // what lies before is written: a track that was moved back is not laid over itself
	named    uint64 // dropped packets that a gap stands for
	least    int64  // least delay in this window, in samples: arrival less place
	since    time.Duration
	sound    []byte // a frame in the making
	codec    media.Codec
	first    int64
}

// drain lays what arrived on the timeline that begins at zero of the node's clock, as frames.
func (x *track) drain(buf []byte, zero time.Duration) []byte {
	x.tap.Read(func(c media.Chunk) {
		if c.Missed > 0 {
			buf = x.flush(buf)
			buf = x.gap(buf, uint64(c.Missed))
		}
		buf = x.take(buf, c, zero)
	})
	return x.flush(buf)
}

// gap names packets that were dropped.
func (x *track) gap(buf []byte, packets uint64) []byte {
	x.named += packets
	return appendGap(buf, x.number, x.end, uint32(int64(packets)*lossUnit))
}

// close names what was dropped and never named, since nothing came after it.
func (x *track) close(buf []byte) []byte {
	if dropped := x.tap.Dropped(); dropped > x.named {
		return x.gap(buf, dropped-x.named)
	}
	return buf
}

// take places one packet.
func (x *track) take(buf []byte, c media.Chunk, zero time.Duration) []byte {
	arrived := samplesOf(c.At - zero)
	step := int64(int32(c.Timestamp - x.stamp))
	if !x.anchored || c.Stream != x.stream || step > jumpSamples || step < -jumpSamples {
		x.anchor(c, arrived-int64(len(c.Payload)))
	} else {
		x.at += step
		x.stamp = c.Timestamp
		x.hold(c, arrived-int64(len(c.Payload)))
	}
	payload, at := c.Payload, x.at
	if at < x.floor { // written already, or before the tape was opened
		if x.floor-at >= int64(len(payload)) {
			return buf
		}
		payload, at = payload[x.floor-at:], x.floor
	}
	if len(x.sound) > 0 && (at != x.first+int64(len(x.sound)) || c.Codec != x.codec || len(x.sound)+len(payload) > frameSamples) {
		buf = x.flush(buf)
	}
	if len(x.sound) == 0 {
		x.first, x.codec = at, c.Codec
	}
	x.sound = append(x.sound, payload...)
	x.end = max(x.end, at+int64(len(payload)))
	return buf
}

// anchor begins to count a stream: what arrives now was said now.
func (x *track) anchor(c media.Chunk, arrived int64) {
	x.anchored, x.stream, x.stamp, x.at = true, c.Stream, c.Timestamp, arrived
	x.least, x.since, x.floor = 0, c.At, x.end
}

// hold keeps the track to the least delay of the last seconds. A delay below nothing says that the packet before came
// late: the track is moved at once. One that grew is a clock that runs slower than ours, or a longer way: the track is
// moved when the window is over.
func (x *track) hold(c media.Chunk, arrived int64) {
	delay := arrived - x.at
	if delay < -skewStep {
		x.at += delay
		x.least, x.since, x.floor = 0, c.At, x.end
		return
	}
	x.least = min(x.least, delay)
	if c.At-x.since < skewWindow {
		return
	}
	if x.least > skewStep {
		x.at += x.least
	}
	x.least, x.since = delay, c.At
}

// flush ends the frame in the making.
func (x *track) flush(buf []byte) []byte {
	if len(x.sound) == 0 {
		return buf
	}
	buf = appendSound(buf, x.number, x.codec, x.first, x.sound)
	x.sound = x.sound[:0]
	return buf
}
