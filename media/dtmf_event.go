package media

import (
	"encoding/binary"
	"time"
)

// keyLost is after what silence a key whose end was never received counts as released. Packets of a pressed key come
// every 20 to 50 ms (RFC 4733 §2.5.1.2), so that three are missing by then.
const keyLost = 150 * time.Millisecond

// maxPacked is how many events of one packet are read; RFC 4733 §2.5.1.5 gives no bound.
const maxPacked = 8

// keyEvent is one event of an RFC 4733 payload (§2.3): which, whether it is over, how long it was so far in samples.
type keyEvent struct {
	code     uint8
	end      bool
	duration uint16
}

// readKeyEvent reads the first event of a payload.
func readKeyEvent(payload []byte) (keyEvent, bool) {
	if len(payload) < 4 {
		return keyEvent{}, false
	}
	return keyEvent{code: payload[0], end: payload[1]&0x80 != 0, duration: binary.BigEndian.Uint16(payload[2:])}, true
}

// KeyReader tells the keys pressed on one leg from its telephone-event packets (RFC 4733). A key is told once, with the
// first packet of it that arrives, be that its start, an update or its end; what follows of the same press, repeated,
// late, out of order or split in segments, is known by its timestamp. The zero value is ready; its owner is whoever
// reads the port.
type KeyReader struct {
	heard     bool
	stream    uint32        // SSRC of the current press
	timestamp uint32        // RTP timestamp at which it began
	now       keyEvent      // it as last heard
	last      time.Duration // when that was
	voiced    Key           // the last key heard in the voice
	told      [maxPacked]Key
}

// leaked is how long after a key in the voice the first packet of the same press may come: a gateway lets the beginning
// of the tone through before it knows it.
const leaked = 250 * time.Millisecond

// Voiced tells the reader of a key that was heard in the voice of the leg, so that it is not told again when packets of
// the same press follow.
func (r *KeyReader) Voiced(key Key) { r.voiced = key }

// Packet takes one telephone-event packet and returns the keys that it is the first to tell. The slice is valid until
// the next call. Bytes that are no event are ignored.
func (r *KeyReader) Packet(v Voice) []Key {
	told, payload, timestamp := r.told[:0], v.Payload, v.Timestamp
	for range maxPacked {
		event, ok := readKeyEvent(payload)
		if !ok {
			break
		}
		if r.take(event, timestamp, v) && int(event.code) < len(keypad) {
			key := Key{Digit: keypad[event.code], At: v.At, Held: duration(int(event.duration))}
			if key.Digit != r.voiced.Digit || key.At-r.voiced.At > leaked {
				told = append(told, key)
			}
			r.voiced = Key{}
		}
		timestamp += uint32(event.duration) // §2.5.1.5: the next event began when this one ended
		payload = payload[4:]
	}
	return told
}

// take makes an event the current press or a part of it, and reports whether it is a new press.
func (r *KeyReader) take(event keyEvent, timestamp uint32, v Voice) bool {
	switch {
	case r.same(event, timestamp, v):
		if timestamp != r.timestamp { // the next segment
			r.timestamp, r.now.duration = timestamp, 0
		}
		event.duration = max(event.duration, r.now.duration)
		event.end = event.end || r.now.end
	case r.stale(timestamp, v):
		return false
	default:
		r.heard, r.stream, r.timestamp, r.now, r.last = true, v.Stream, timestamp, event, v.At
		return true
	}
	r.now, r.last = event, v.At
	return false
}

// same reports whether an event belongs to the current press. A press longer than 8.19 s comes in segments, each with
// the timestamp at which the one before ended and without a marker (§2.5.1.3); some senders, against the standard, move
// the timestamp with every packet. Both stay closer to the press than a pause between two presses allows.
func (r *KeyReader) same(event keyEvent, timestamp uint32, v Voice) bool {
	if !r.heard || v.Stream != r.stream || event.code != r.now.code {
		return false
	}
	if timestamp == r.timestamp {
		return true
	}
	moved := int32(timestamp - r.timestamp)
	return moved > 0 && moved < int32(r.now.duration)+int32(samples(shortestPause)) &&
		!r.now.end && !v.Marker && v.At-r.last <= keyLost
}

// stale reports whether a timestamp lies shortly before the current press: a packet that was overtaken. One that lies
// long before it comes from a sender that began to count anew.
func (r *KeyReader) stale(timestamp uint32, v Voice) bool {
	behind := int32(r.timestamp - timestamp)
	return r.heard && v.Stream == r.stream && behind > 0 && behind < 10*SampleRate
}

// KeyWriter makes the telephone-event packets of keys sent one after the other (RFC 4733 §2.5.1): from the start of a
// key one packet every 20 ms, all with the timestamp of the start, the last one three times.
type KeyWriter struct {
	digits      string
	tone, pause int // samples
	start       uint32
	at          int // samples since the start of the key
}

// KeyPacket is what KeyWriter sends in one 20 ms frame.
type KeyPacket struct {
	Payload   [4]byte
	Marker    bool   // the first packet of a key
	Timestamp uint32 // when the key began, in the time of the stream
}

// NewKeyWriter makes a writer of digits. The pause is lengthened to the two frames in which the end is repeated. An
// unknown key, or times that a receiver need not take, are cause.Invalid.
func NewKeyWriter(digits string, tone, pause time.Duration) (*KeyWriter, error) {
	if err := checkKeys(digits, tone, pause); err != nil {
		return nil, err
	}
	return &KeyWriter{digits: digits, tone: samples(tone), pause: max(samples(pause), 3*FrameSamples)}, nil
}

// Over reports whether every key and the pause after it were sent.
func (w *KeyWriter) Over() bool { return w.digits == "" }

// Frame is called once every 20 ms with the RTP timestamp of that frame and returns the packet to send in its stead;
// false in the pause, when voice may go, and when all is over.
func (w *KeyWriter) Frame(timestamp uint32) (KeyPacket, bool) {
	if w.Over() {
		return KeyPacket{}, false
	}
	first := w.at == 0
	if first {
		w.start = timestamp
	}
	w.at += FrameSamples
	past := w.at - w.tone // samples since the end
	if past >= 3*FrameSamples {
		if past >= w.pause {
			w.digits, w.at = w.digits[1:], 0
		}
		return KeyPacket{}, false
	}
	p := KeyPacket{Marker: first, Timestamp: w.start}
	p.Payload[0] = eventCode(w.digits[0])
	p.Payload[1] = -rowLevel // volume: the level without its sign (§2.3.4)
	if past >= 0 {
		p.Payload[1] |= 0x80
	}
	binary.BigEndian.PutUint16(p.Payload[2:], uint16(min(w.at, w.tone)))
	return p, true
}

// eventCode is the RFC 4733 event of a digit that checkKeys has admitted.
func eventCode(digit byte) byte {
	for i := range len(keypad) {
		if keypad[i] == digit {
			return byte(i)
		}
	}
	return 0
}
