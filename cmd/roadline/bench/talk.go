package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"roadline/media"
)

// speechPort is a module's port for speech, of which this program is the module: S16LE, 320 bytes each way every 20 ms.
type speechPort struct {
	master int
	slave  *os.File // kept open, so that the terminal's settings stay
	path   string
}

func openSpeechPort() (*speechPort, error) {
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open a pseudo-terminal: %w", err)
	}
	p := &speechPort{master: master}
	name, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		p.path = fmt.Sprintf("/dev/pts/%d", name)
		p.slave, err = os.OpenFile(p.path, os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err == nil {
		err = raw(int(p.slave.Fd())) //nolint:gosec // a descriptor
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("set up a pseudo-terminal: %w", err)
	}
	return p, nil
}

func raw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag, t.Cflag = 0, 0, 0, unix.CS8|unix.CREAD|unix.CLOCAL|unix.B115200
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}

// share takes back the exclusive hold that the product had in its last call.
func (p *speechPort) share() {
	_ = unix.IoctlSetInt(int(p.slave.Fd()), unix.TIOCNXCL, 0) //nolint:gosec // a descriptor
}

func (p *speechPort) close() {
	_ = unix.Close(p.master)
	if p.slave != nil {
		_ = p.slave.Close()
	}
}

const (
	frameBytes = 2 * media.FrameSamples
	// lateLoad is from when on the load's own lateness counts: what it delays is no fault of the product's.
	lateLoad = 5 * time.Millisecond
	// recent is how many frames are told apart: what is older than that, 240 ms, is taken for a younger one.
	recent = 12
)

// tones are sounds of one level each, loud ones, by which a frame is known again wherever it is cut: recent ones for each
// line and direction.
var tones = func() (all []byte) {
	for b := range 256 {
		if level := media.DecodeALaw(byte(b)); level > 300 || level < -300 {
			all = append(all, byte(b))
		}
	}
	return all
}()

// talk is speech both ways between SIP parties and modules. Which party speaks with which module is heard, not known: the
// tones say whose a frame is.
type talk struct {
	sockets *speakers
	ports   []*speechPort
	began   time.Time
	round   int // of frames sent, for life

	said   [2][modules][recent]time.Duration // when a frame left a party, and a module
	rest   [modules][]byte                   // that a module was given and is no frame yet
	given  [modules]int                      // frames since the module's last tick
	used   [modules]bool                     // the module is in a call
	to     sorted                            // ms from a party's sending to the module's port
	from   sorted                            // and back
	steps  int                               // of the load
	late   int                               // of them, those that the load itself made too late
	ticks  int                               // of modules that are in a call
	missed int                               // ticks for which a module had no frame, or one of silence
}

func newTalk(s *speakers, ports []*speechPort) *talk {
	return &talk{sockets: s, ports: ports, began: time.Now()}
}

// watch has the poll of the sockets see the ports, too.
func (t *talk) watch() error {
	for _, p := range t.ports {
		if err := unix.EpollCtl(t.sockets.poll, unix.EPOLL_CTL_ADD, p.master, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(p.master)}); err != nil { //nolint:gosec // a descriptor
			return err
		}
	}
	return nil
}

func (t *talk) now() time.Duration { return time.Since(t.began) }

// forget begins the figures anew.
func (t *talk) forget() {
	t.to, t.from, t.steps, t.late, t.ticks, t.missed = nil, nil, 0, 0, 0, 0
	t.given = [modules]int{1, 1, 1, 1, 1, 1, 1, 1}
}

// speak has every party and every module say a frame each 20 ms, parties between modules.
func (t *talk) speak(seconds float64) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const steps = 2 * modules
	start, total := t.now(), int(seconds*50)*steps
	for next := 0; next < total; next++ {
		for due := start + time.Duration(next)*media.FrameTime/steps; t.now() < due; {
			t.listen(1)
		}
		if t.steps++; t.now()-start > time.Duration(next)*media.FrameTime/steps+lateLoad {
			t.late++
		}
		t.listen(0)
		round, i := t.round+next/steps, next%steps/2
		if next%2 == 0 {
			t.module(i, round)
		} else if i < len(t.sockets.fds) {
			t.party(i, round)
		}
	}
	t.round += total / steps
	for end := t.now() + 5*time.Millisecond; t.now() < end; {
		t.listen(1)
	}
}

// tone is what a frame of a line sounds like: of a party in the first half of the tones, of a module too, since they never
// hear themselves.
func tone(line, round int) byte { return tones[line*recent+round%recent] }

// known says of which line a tone is, and its place among the recent.
func known(b byte) (line, at int, ok bool) {
	i := slices.Index(tones, b)
	return i / recent, i % recent, i >= 0 && i < modules*recent
}

// module is a tick of a module: it plays what it was given since the last, and gives what it hears.
func (t *talk) module(i, round int) {
	if t.used[i] {
		t.ticks++
		if t.given[i] == 0 {
			t.missed++
		}
		t.given[i] = max(0, t.given[i]-1)
	}
	var frame [frameBytes]byte
	level := media.DecodeALaw(tone(i, round))
	for at := 0; at < frameBytes; at += 2 {
		binary.LittleEndian.PutUint16(frame[at:], uint16(level)) //nolint:gosec // two's complement
	}
	t.said[1][i][round%recent] = t.now()
	_, _ = unix.Write(t.ports[i].master, frame[:]) // nobody listens where no call is
}

// party sends a packet of a SIP party.
func (t *talk) party(i, round int) {
	var packet [12 + media.FrameSamples]byte
	packet[0], packet[1] = 0x80, 8
	binary.BigEndian.PutUint16(packet[2:], uint16(round))                    //nolint:gosec // wraps as RTP does
	binary.BigEndian.PutUint32(packet[4:], uint32(round*media.FrameSamples)) //nolint:gosec // wraps as RTP does
	binary.BigEndian.PutUint32(packet[8:], uint32(i+1))                      //nolint:gosec // small
	for at := 12; at < len(packet); at++ {
		packet[at] = tone(i, round)
	}
	t.said[0][i][round%recent] = t.now()
	_ = unix.Sendto(t.sockets.fds[i], packet[:], 0, &t.sockets.to[i])
}

// listen takes what has come, and waits so many ms for it.
func (t *talk) listen(ms int) {
	var events [2 * modules]unix.EpollEvent
	n, err := unix.EpollWait(t.sockets.poll, events[:], ms)
	if err != nil {
		return
	}
	var buf [4096]byte
	for _, ev := range events[:n] {
		fd := int(ev.Fd)
		if i := slices.IndexFunc(t.ports, func(p *speechPort) bool { return p.master == fd }); i >= 0 {
			if got, err := unix.Read(fd, buf[:]); err == nil && got > 0 {
				t.atModule(i, buf[:got])
			}
			continue
		}
		for {
			size, _, err := unix.Recvfrom(fd, buf[:], unix.MSG_DONTWAIT)
			if err != nil {
				break
			}
			if size == 12+media.FrameSamples {
				t.atParty(buf[12])
			}
		}
	}
}

// atParty takes a packet that came to a party: a module's frame, as it was.
func (t *talk) atParty(first byte) {
	if line, at, ok := known(first); ok && t.said[1][line][at] > 0 {
		t.from = append(t.from, float64(t.now()-t.said[1][line][at])/1e6)
	}
}

// atModule takes what the product gave a module. A frame begins somewhere in one of a party's: that one's sending is when
// its first sample could have come.
func (t *talk) atModule(i int, b []byte) {
	t.used[i] = true
	now := t.now()
	t.rest[i] = append(t.rest[i], b...)
	for len(t.rest[i]) >= frameBytes {
		frame := t.rest[i][:frameBytes]
		t.rest[i] = t.rest[i][frameBytes:]
		first := media.EncodeALaw(sample(frame, 0))
		line, at, ok := known(first)
		if !ok { // silence: it comes in place of speech that is late
			continue
		}
		t.given[i]++
		same := 1
		for same < media.FrameSamples && media.EncodeALaw(sample(frame, same)) == first {
			same++
		}
		offset := time.Duration(media.FrameSamples-same) * time.Second / media.SampleRate
		if left := t.said[0][line][at]; left > 0 {
			t.to = append(t.to, float64(now-left-offset)/1e6)
		}
	}
}

func sample(frame []byte, i int) int16 {
	return int16(binary.LittleEndian.Uint16(frame[2*i:])) //nolint:gosec // two's complement
}

// spoken is what was measured of a talk.
type spoken struct {
	cost     float64 // ms of CPU per line-second
	to, from sorted  // delay, ms
	missed   int     // underruns
	minutes  float64 // of lines
	late     float64 // share of what the load did that was late by itself
}

func (t *talk) spoken(seconds float64) spoken {
	slices.Sort(t.to)
	slices.Sort(t.from)
	return spoken{to: t.to, from: t.from, missed: t.missed, minutes: float64(t.ticks) / 50 / 60, late: float64(t.late) / float64(max(1, t.steps))}
}

// rate is the underruns of a line in an hour.
func (s spoken) rate() string { return fmt.Sprintf("%.1f an hour", float64(s.missed)/s.minutes*60) }

// sorted are figures from the least to the most.
type sorted []float64

// at is the figure under which that share of them lies; 0 where there are none.
func (s sorted) at(share float64) float64 {
	if len(s) == 0 {
		return 0
	}
	return s[min(len(s)-1, int(share*float64(len(s))))]
}
