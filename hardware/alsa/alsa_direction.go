package alsa

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

// A direction is one of a card's two streams, set up and prepared.
type direction struct {
	kernel   kernel
	capture  bool
	channels int   // 1, or 2 where the card has no other
	call     xferi // of the transfer that goes on
}

// start opens a device file and sets it up; a stream that listens runs from then on, one that speaks begins by itself.
func start(path string, capture bool, opener func(string) (kernel, error)) (direction, error) {
	k, err := opener(path)
	if err != nil {
		return direction{}, err
	}
	d := direction{kernel: k, capture: capture}
	if err := d.setUp(); err != nil {
		_ = k.close()
		if cause.KindOf(err) == 0 {
			err = cause.Errorf(cause.Unavailable, "set up %s: %w", path, err)
		}
		return direction{}, err
	}
	return d, nil
}

func (d *direction) setUp() error {
	p, err := d.negotiate()
	if err != nil {
		return err
	}
	if err := d.kernel.ioctl(reqHWParams, unsafe.Pointer(&p)); err != nil {
		return err
	}
	period := uint(p.intervals[intervalPeriodSize].min)
	buffer := uint(p.intervals[intervalBufferSize].min)
	s := swParams{
		periodStep: 1, xferAlign: 1,
		availMin:       min(frameSamples, max(period, 1)),
		startThreshold: min(lead*frameSamples, max(buffer, 1)),
		stopThreshold:  buffer, // ran over or dry: stop, and say so
	}
	if d.capture {
		s.startThreshold = 1
	}
	if err := d.kernel.ioctl(reqSWParams, unsafe.Pointer(&s)); err != nil {
		return err
	}
	return d.revive()
}

// negotiate finds parameters that the card agrees to: 16 bits at 8000 Hz, one channel or else two, periods of a frame.
func (d *direction) negotiate() (hwParams, error) {
	for _, channels := range []int{1, 2} {
		p := anyParams()
		p.choose(maskAccess, accessInterleaved)
		p.choose(maskFormat, formatS16LE)
		p.choose(maskSubformat, subformatStandard)
		p.fix(intervalRate, rate)
		p.fix(intervalChannels, uint32(channels))
		switch err := d.refine(&p); {
		case errors.Is(err, unix.EINVAL):
			continue
		case err != nil:
			return p, err
		}
		d.channels = channels
		for _, size := range []struct {
			which int
			want  uint32
		}{{intervalPeriodSize, frameSamples}, {intervalBufferSize, ring * frameSamples}} {
			narrower := p
			narrower.near(size.which, size.want)
			// Where the card cannot do the size just so, the kernel chooses.
			switch err := d.refine(&narrower); {
			case err == nil:
				p = narrower
			case !errors.Is(err, unix.EINVAL):
				return p, err
			}
		}
		return p, nil
	}
	return hwParams{}, cause.Errorf(cause.Unsupported, "the card cannot do 16 bits at %d Hz: switch the module's sound to narrow band", rate)
}

// refine asks the card what is left of the parameters.
func (d *direction) refine(p *hwParams) error {
	p.requested = ^uint32(0)
	return d.kernel.ioctl(reqRefine, unsafe.Pointer(p))
}

// revive makes a stream that was just set up, or broke, ready.
func (d *direction) revive() error {
	if err := d.kernel.ioctl(reqPrepare, nil); err != nil {
		return err
	}
	if d.capture {
		return d.kernel.ioctl(reqStart, nil)
	}
	return nil
}

// transfer reads or writes samples and says how many frames of all channels went; the card may take less than all.
func (d *direction) transfer(samples []int16) (int, error) {
	request := uintptr(reqWrite)
	if d.capture {
		request = reqRead
	}
	frames := len(samples) / d.channels
	d.call = xferi{buf: unsafe.Pointer(unsafe.SliceData(samples)), frames: uint(frames)}
	if err := d.kernel.ioctl(request, unsafe.Pointer(&d.call)); err != nil {
		return 0, err
	}
	return min(max(d.call.result, 0), frames), nil
}
