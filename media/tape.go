package media

import (
	"encoding/binary"
	"sync/atomic"
	"time"
)

// Tap carries one leg's voice from its port to the recorder: a bounded ring that one writer fills, the port's read
// loop, and one reader empties, the recorder's goroutine, without a lock and without waking anybody. A full ring drops
// the packet and counts it; the relay never waits. One Tap serves one Port; a party that moves to another leg gets
// another Tap of the same track.
type Tap struct {
	track   string
	ring    []byte
	head    atomic.Uint64 // written by the read loop: bytes put in since the beginning
	tail    atomic.Uint64 // written by the reader: bytes taken out since the beginning
	dropped atomic.Uint64 // packets
	missed  uint32        // owned by the read loop: packets dropped since the last one that fitted
	joint   []byte        // owned by the reader: a payload that lay around the end of the ring
}

// Chunk is one packet on tape. Timestamp and Stream order it among its neighbours, At anchors it on our clock.
type Chunk struct {
	Voice
	Missed int // packets that the ring had to drop just before this one: a gap to be named
}

// chunkHeader is the room a chunk takes in the ring besides its payload.
const chunkHeader = 28

// NewTap makes a tap for a track ("client", "employee", "third") whose ring holds about room of G.711 in 20 ms
// packets; at least 200 ms. The reader should come at least twice in that time.
func NewTap(track string, room time.Duration) *Tap {
	room = max(room, 200*time.Millisecond)
	return &Tap{track: track, ring: make([]byte, int(room/FrameTime)*(FrameSamples+chunkHeader))}
}

// Track is the name of the track that the tap feeds.
func (t *Tap) Track() string { return t.track }

// Dropped is how many packets did not fit since the beginning. After the last Read it also counts those that no Chunk
// names because none came after them.
func (t *Tap) Dropped() uint64 { return t.dropped.Load() }

// Voice puts a packet in, or counts it as dropped. Only the port's read loop calls it.
func (t *Tap) Voice(v Voice) {
	head := t.head.Load()
	need := uint64(chunkHeader + len(v.Payload))
	if need > uint64(len(t.ring))-(head-t.tail.Load()) {
		t.missed++
		t.dropped.Add(1)
		return
	}
	var h [chunkHeader]byte
	h[0] = byte(v.Codec)
	if v.Marker {
		h[1] = 1
	}
	binary.LittleEndian.PutUint16(h[2:], v.Sequence)
	binary.LittleEndian.PutUint32(h[4:], v.Timestamp)
	binary.LittleEndian.PutUint32(h[8:], v.Stream)
	binary.LittleEndian.PutUint64(h[12:], uint64(v.At))
	binary.LittleEndian.PutUint32(h[20:], t.missed)
	binary.LittleEndian.PutUint32(h[24:], uint32(len(v.Payload)))
	t.put(head, h[:])
	t.put(head+chunkHeader, v.Payload)
	t.missed = 0
	t.head.Store(head + need)
}

// Read gives everything that has arrived to each, in order of arrival, and frees its room; it returns how many chunks
// there were. Payload is valid only within the call. It never waits; one goroutine reads.
func (t *Tap) Read(each func(Chunk)) int {
	n := 0
	for tail, head := t.tail.Load(), t.head.Load(); tail != head; n++ {
		var h [chunkHeader]byte
		t.get(h[:], tail)
		size := binary.LittleEndian.Uint32(h[24:])
		payload := t.view(tail+chunkHeader, uint64(size))
		each(Chunk{Missed: int(binary.LittleEndian.Uint32(h[20:])), Voice: Voice{
			Codec:     Codec(h[0]),
			Marker:    h[1] == 1,
			Sequence:  binary.LittleEndian.Uint16(h[2:]),
			Timestamp: binary.LittleEndian.Uint32(h[4:]),
			Stream:    binary.LittleEndian.Uint32(h[8:]),
			At:        time.Duration(binary.LittleEndian.Uint64(h[12:])),
			Payload:   payload,
		}})
		tail += chunkHeader + uint64(size)
		t.tail.Store(tail)
	}
	return n
}

// place is where in the ring a byte lies. The ring is as long as it must be and no power of two: it is most of what a
// recorded call takes in memory.
func (t *Tap) place(at uint64) uint64 { return at % uint64(len(t.ring)) }

// put copies b into the ring at place at, around its end.
func (t *Tap) put(at uint64, b []byte) {
	n := copy(t.ring[t.place(at):], b)
	copy(t.ring, b[n:])
}

// view is size bytes at place at: the ring itself, or a copy where they lie around its end.
func (t *Tap) view(at, size uint64) []byte {
	if from := t.place(at); from+size <= uint64(len(t.ring)) {
		return t.ring[from : from+size]
	}
	if uint64(cap(t.joint)) < size {
		t.joint = make([]byte, max(size, FrameSamples))
	}
	t.get(t.joint[:size], at)
	return t.joint[:size]
}

// get copies from the ring at place at into b, around its end.
func (t *Tap) get(b []byte, at uint64) {
	n := copy(b, t.ring[t.place(at):])
	copy(b[n:], t.ring)
}
