package media

import "time"

// The measures of a gate.
const (
	lookAhead   = 60 * SampleRate / 1000 // 60 ms: a key is told 40 to 60 ms after its tone began
	staleAfter  = 2 * 60 * time.Millisecond
	gatePackets = 8 // how many are held: 60 ms in packets of 10 ms, and one more
)

// Gate keeps the keys that sound in a leg's voice from whoever hears the leg, and from its tape: where they sound there
// is silence. To know a tone before any of it has passed, it holds what the leg says for 60 ms. On a leg that agreed on
// telephone-events it holds nothing as long as the leg keeps to them, and lets through what sounds before a key is
// known, 40 ms at most; after the first such key it holds as on any other.
//
// A Gate belongs to one talk of one leg. It keeps what it holds when the Route that carries it is replaced by another
// that carries it too; with another Gate, or none, that is lost, so that nobody hears what was said to others before. It
// starts no goroutine and has no clock: what comes in pushes out what came before. It is owned by the port's read loop.
type Gate struct {
	held    [gatePackets]held
	first   int // index of the oldest
	count   int
	samples int // in all of them
}

// held is a packet in a gate.
type held struct {
	voice  Voice
	packet packet
	tape   *Tap  // on which tape the leg was as it came
	from   int64 // where it begins in what the detector was fed
	buf    [rtpHeader + maxPayload]byte
}

// NewGate makes a gate that holds nothing yet.
func NewGate() *Gate { return &Gate{} }

// gated carries one audio packet through the Gate of the leg's Route.
func (p *Port) gated(r *Route, v Voice, k packet) {
	ears := p.in.ears.Load()
	r.Gate.take(v, k, r.Tape, ears.at())
	p.listen(r, v)
	for _, s := range ears.sounds {
		r.Gate.silence(s)
	}
	depth := lookAhead
	if p.remote.Load().EventIn != 0 && !p.in.voiced {
		depth = 0
	}
	p.open(r, depth, v.At)
}

// open lets everything go that the leg has gone on speaking after for depth samples.
func (p *Port) open(r *Route, depth int, now time.Duration) {
	for h := r.Gate.next(depth, now); h != nil; h = r.Gate.next(depth, now) {
		p.carry(r, h.tape, h.voice, h.packet, now)
	}
}

// take holds a packet. There is always room: open leaves some.
func (g *Gate) take(v Voice, k packet, tape *Tap, from int64) {
	h := &g.held[(g.first+g.count)%gatePackets]
	n := copy(h.buf[rtpHeader:], v.Payload)
	h.voice, h.packet, h.tape, h.from = v, k, tape, from
	h.voice.Payload, h.packet.buf = h.buf[rtpHeader:rtpHeader+n], h.buf[:rtpHeader+n]
	g.count++
	g.samples += n
}

// next takes the oldest packet out, if it may go: its look-ahead is complete, it would only get older since nothing came
// after it, or there is no room for another. It is valid until the next take.
func (g *Gate) next(depth int, now time.Duration) *held {
	if g.count == 0 {
		return nil
	}
	h := &g.held[g.first]
	n := len(h.voice.Payload)
	if g.samples-n < depth && g.count < gatePackets && now-h.voice.At < staleAfter {
		return nil
	}
	g.first = (g.first + 1) % gatePackets
	g.count--
	g.samples -= n
	return h
}

// silence silences a stretch of what is held.
func (g *Gate) silence(s span) {
	for i := range g.count {
		h := &g.held[(g.first+i)%gatePackets]
		payload := h.voice.Payload
		from, to := max(0, s.from-h.from), min(int64(len(payload)), s.to-h.from)
		quiet := byte(Silence)
		if h.voice.Codec == PCMU {
			quiet = muSilence
		}
		for at := from; at < to; at++ {
			payload[at] = quiet
		}
	}
}
