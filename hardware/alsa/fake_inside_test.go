package alsa

import (
	"os"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A pcm plays one device file of a card as sound/core/pcm_native.c does: states, a ring that fills and drains, errors.
type pcm struct {
	t       *testing.T
	capture bool
	// what the card can do
	channels, rates, periods [2]uint32
	step                     uint32 // of periods; 0: any

	mu      sync.Mutex
	state   string
	frames  int // channels of the set-up
	period  int
	buffer  int // frames of the ring
	soft    swParams
	ring    []int16 // capture: what waits to be read; playback: what waits to be played
	said    []string
	fail    map[uintptr][]error // of the next requests
	changed chan struct{}
	closed  chan struct{}
}

func newPCM(t *testing.T, capture bool) *pcm {
	return &pcm{
		t: t, capture: capture, state: "open", channels: [2]uint32{1, 1}, rates: [2]uint32{8000, 48000}, periods: [2]uint32{8, 4096},
		fail: map[uintptr][]error{}, changed: make(chan struct{}, 1), closed: make(chan struct{}),
	}
}

var requestNames = map[uintptr]string{
	reqRefine: "refine", reqHWParams: "hw_params", reqSWParams: "sw_params", reqPrepare: "prepare", reqStart: "start", reqWrite: "write", reqRead: "read",
}

func (p *pcm) ioctl(request uintptr, argument unsafe.Pointer) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := requestNames[request]
	if name == "" {
		p.t.Errorf("unknown request %x", request)
		return unix.ENOTTY
	}
	p.said = append(p.said, name)
	if list := p.fail[request]; len(list) > 0 {
		p.fail[request] = list[1:]
		return list[0]
	}
	if p.state == "gone" {
		return unix.ENODEV
	}
	switch request {
	case reqRefine, reqHWParams:
		return p.parameters(request, (*hwParams)(argument))
	case reqSWParams:
		p.soft = *(*swParams)(argument)
		if p.soft.availMin == 0 || p.soft.stopThreshold == 0 {
			return unix.EINVAL
		}
		return nil
	case reqPrepare:
		p.state, p.ring = "prepared", nil
		return nil
	case reqStart:
		if p.state != "prepared" {
			return unix.EBADFD
		}
		p.state = "running"
		return nil
	default:
		return p.transfer((*xferi)(argument))
	}
}

func (p *pcm) parameters(request uintptr, h *hwParams) error {
	if h.masks[maskAccess] != (mask{1 << accessInterleaved}) || h.masks[maskFormat] != (mask{1 << formatS16LE}) || h.requested == 0 {
		p.t.Errorf("no parameters of interleaved 16-bit sound: %v", h.masks)
	}
	for which, can := range map[int][2]uint32{intervalChannels: p.channels, intervalRate: p.rates, intervalPeriodSize: p.periods, intervalBufferSize: {16, 1 << 16}} {
		i := &h.intervals[which]
		i.min, i.max = max(i.min, can[0]), min(i.max, can[1])
		if i.min > i.max || which == intervalPeriodSize && p.step > 0 && i.min == i.max && i.min%p.step != 0 {
			return unix.EINVAL
		}
	}
	if request == reqHWParams { // the kernel chooses the least period and the largest buffer that are left
		h.intervals[intervalPeriodSize].max = h.intervals[intervalPeriodSize].min
		h.intervals[intervalBufferSize].min = h.intervals[intervalBufferSize].max
		p.state, p.frames = "setup", int(h.intervals[intervalChannels].min)
		p.period, p.buffer = int(h.intervals[intervalPeriodSize].min), int(h.intervals[intervalBufferSize].min)
	}
	return nil
}

func (p *pcm) transfer(x *xferi) error {
	switch p.state {
	case "prepared", "running":
	case "xrun":
		return unix.EPIPE
	default:
		return unix.EBADFD
	}
	samples := unsafe.Slice((*int16)(x.buf), int(x.frames)*p.frames)
	room := len(p.ring)
	if !p.capture {
		room = p.buffer*p.frames - len(p.ring)
	}
	n := min(room, len(samples))
	if n == 0 {
		return unix.EAGAIN
	}
	if p.capture {
		copy(samples, p.ring[:n])
		p.ring = p.ring[n:]
	} else {
		p.ring = append(p.ring, samples[:n]...)
		if uint(len(p.ring)/p.frames) >= p.soft.startThreshold {
			p.state = "running"
		}
	}
	x.result = n / p.frames
	return nil
}

func (p *pcm) await(limit time.Duration, try func() bool) error {
	late := time.NewTimer(limit)
	defer late.Stop()
	for !try() {
		select {
		case <-p.changed:
		case <-late.C:
			return os.ErrDeadlineExceeded
		case <-p.closed:
			return os.ErrClosed
		}
	}
	return nil
}

func (p *pcm) close() error {
	close(p.closed)
	return nil
}

// hear lets samples come; what finds no room stops the stream.
func (p *pcm) hear(samples ...int16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ring = append(p.ring, samples...); len(p.ring) > p.buffer*p.frames {
		p.state = "xrun"
	}
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// play takes samples out of the ring as the card's clock does; with nothing left the stream stops.
func (p *pcm) play(samples int) []int16 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state != "running" {
		return nil
	}
	n := min(samples, len(p.ring))
	played := slices.Clone(p.ring[:n])
	if p.ring = p.ring[n:]; len(p.ring) == 0 {
		p.state = "xrun"
	}
	return played
}

// is sets the state from outside.
func (p *pcm) is(state string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = state
}

// dialogue is what was asked of the card since the last time.
func (p *pcm) dialogue() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	said := p.said
	p.said = nil
	return said
}

// android is a card with these device files.
func android(t *testing.T, in, out *pcm) *Stream {
	t.Helper()
	s, err := open(Card{Number: 1, ID: "Android"}, files(in, out))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func files(in, out *pcm) func(string) (kernel, error) {
	return func(path string) (kernel, error) {
		switch path {
		case "/dev/snd/pcmC1D0c":
			return in, nil
		case "/dev/snd/pcmC1D0p":
			return out, nil
		default:
			return nil, unix.ENOENT
		}
	}
}
