package media

import (
	"math/rand/v2"
	"sync/atomic"

	"roadline/fmc/cause"
)

// PCM joins a device that speaks linear PCM, for example a radio module, to a Port: what the device gives is what the
// leg says, and what the leg hears is given to the device. Everything else in the node sees a Port like any other: it is
// wired by a Route, relayed, mixed, taped, searched for keys and measured.
//
// There is no socket between the two. The goroutine that reads the device is the port's read loop: it owns the inbound
// half, and what it says goes out to the other legs before Say returns, with nobody to wake and no queue to wait in. What
// the leg is sent (by another port's loop or by the clock, numbered as one RTP stream for life, as for every leg) is put
// into a jitter buffer instead of being written to a socket, and the device takes it from there at its own pace. RTP over
// the loopback was the other way: it costs four system calls and two wake-ups a frame, adds the loop's delay, and would
// show the losses of a socket's queue as if they were the radio's.
type PCM struct {
	port *Port
	keys func(Key)

	// owned by the goroutine that calls Say
	pace     pace
	stream   uint32 // SSRC of what it says, by which tape and mixers know it
	sequence uint16
	buf      [rtpHeader + FrameSamples]byte
	other    [rtpHeader + maxPayload]byte // the frame in the other law

	reader KeyReader // guarded by the mutex of the port's stream
	ear    jitter    // what the device is to hear

	said, missing, late, heard, silent atomic.Uint64 // frames
	mouth, head                        speechMeter   // of what it says, and what it hears
}

// devicePayload is the number that RFC 4733 has on the stream to a device: any that is no codec's.
const devicePayload = 101

// LeasePCM makes a leg for a device, which is heard and spoken to at once and for good; only Close ends it. The name is
// for logs and printed chains. keys is told of each key that is sent to the leg, by another leg's RFC 4733 packets or by
// Port.Press, and that the device must send in its own way: it runs on the sender's goroutine, with a lock held, and
// neither blocks nor allocates; nil: keys are lost. Errors: cause.Unavailable after Run has ended.
func (ps *Ports) LeasePCM(name string, keys func(Key)) (*PCM, error) {
	d := &PCM{keys: keys, stream: rand.Uint32(), sequence: uint16(rand.Uint32())}
	d.ear.reset()
	p := newPort(ps, Want{Name: name}, socketPair{rtp: -1, rtcp: -1})
	p.device, p.out.device, d.port = d, d, p
	p.in.other = &d.other
	p.Set(Remote{Codec: PCMA, EventOut: devicePayload, Direction: SendRecv})

	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.stopped {
		return nil, cause.Errorf(cause.Unavailable, "lease a media port: the server is stopping")
	}
	ps.enlist(p)
	return d, nil
}

// Port is the leg's port, to be wired.
func (d *PCM) Port() *Port { return d.port }

// Close ends the leg and its port, as Port.Close does: what is said is not heard any more, and there is nothing to hear.
// Any goroutine may call it, while others say and hear. A second Close does nothing.
func (d *PCM) Close() { d.port.Close() }

// Say takes 20 ms that the device gave: as soon as it gave them, one frame after the other, from one goroutine. It reports
// whether the device is to be given a frame in return. A frame that comes late after a stall of ours is owed none: the
// device went on without us and has played something else meanwhile; what it were given for it now would wait in the
// device's own queue and make everything after it later. Say neither waits nor allocates.
func (d *PCM) Say(frame *[FrameSamples]int16) (owed bool) {
	p := d.port
	if p.closed.Load() {
		return false
	}
	now := p.now()
	late, missing := d.pace.frame(now)
	d.missing.Add(uint64(missing))
	if d.said.Add(1) == 1 {
		missing = 1 // for the marker: something begins
	}
	if owed = late <= lateFrame; !owed {
		d.late.Add(1)
	}
	d.mouth.frame(frame, now)
	payload := d.buf[rtpHeader:]
	for i, s := range frame {
		payload[i] = EncodeALaw(s)
	}
	d.carry(Voice{
		Codec: PCMA, Marker: missing > 0, Sequence: d.sequence, Timestamp: d.pace.stamp, Stream: d.stream, At: now, Payload: payload,
	})
	d.sequence++
	return owed
}

// carry counts a frame and sends it along the port's Route.
func (d *PCM) carry(v Voice) {
	p := d.port
	defer d.survive()
	c := &p.count
	if c.packets.Add(1) == 1 {
		c.first.Store(int64(v.At))
	}
	c.bytes.Add(uint64(len(v.Payload)))
	c.last.Store(int64(v.At))
	c.lost.Store(int64(d.missing.Load()))
	p.in.arrivals.time(v.Timestamp, v.At)
	c.jitter.Store(p.in.arrivals.jitter)
	p.in.count++
	if !p.remote.Load().Direction.Receives() {
		c.unwanted.Add(1)
		return
	}
	p.voice(d.buf[:], v)
}

// survive keeps a mistake in the leg's processing to the leg, as the read loops do.
func (d *PCM) survive() {
	if r := recover(); r != nil {
		d.port.mistaken(r)
	}
}

// Hear gives the next 20 ms that the device is to hear: one for each frame that it is owed, from one goroutine, which may
// be another than Say's. false: there is nothing to hear now, or nothing but silence, and frame is silence. It neither
// waits nor allocates.
//
// What arrives waits here for 7 to 30 ms, longer where it arrives unevenly. The device's clock is not the sender's: now
// and then a frame is left out or lengthened, a quiet one where there is one within ten seconds.
func (d *PCM) Hear(frame *[FrameSamples]int16) bool {
	if d.port.closed.Load() {
		clear(frame[:])
		return false
	}
	now := d.port.now()
	d.heard.Add(1)
	if !d.ear.takeAt(frame, now) {
		d.silent.Add(1)
		clear(frame[:])
		return false
	}
	d.head.frame(frame, now)
	return true
}

// sent takes a packet of the leg's stream in place of the network. The stream's mutex is held.
func (d *PCM) sent(v Voice, event bool) {
	if !event {
		d.ear.put(v)
		return
	}
	for _, key := range d.reader.Packet(v) {
		if d.keys != nil {
			d.keys(key)
		}
	}
}
