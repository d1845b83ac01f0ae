package alsa

import (
	"errors"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

// A kernel is an open device file of a card, in one direction. The kernel proper is deviceFile; tests play others.
type kernel interface {
	// ioctl never waits. Its errors are errnos.
	ioctl(request uintptr, argument unsafe.Pointer) error
	// await calls try, at once and whenever the device may be ready, until it returns true. It fails with
	// os.ErrDeadlineExceeded after limit, and when the device is closed meanwhile.
	await(limit time.Duration, try func() bool) error
	close() error
}

// deviceFile waits in the runtime's poller, so that close ends an await and no thread is held.
type deviceFile struct {
	file *os.File
	raw  syscall.RawConn
}

func openFile(path string) (kernel, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, refusal(path, err)
	}
	f := os.NewFile(uintptr(fd), path)
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "open %s: %w", path, errors.Join(err, f.Close()))
	}
	return &deviceFile{file: f, raw: raw}, nil
}

func (d *deviceFile) ioctl(request uintptr, argument unsafe.Pointer) error {
	for {
		var errno unix.Errno
		err := d.raw.Control(func(fd uintptr) {
			_, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, request, uintptr(argument))
		})
		switch {
		case err != nil:
			return err
		case errno == 0:
			return nil
		case errno != unix.EINTR:
			return errno
		}
	}
}

func (d *deviceFile) await(limit time.Duration, try func() bool) error {
	if err := d.file.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	return d.raw.Read(func(uintptr) bool { return try() })
}

func (d *deviceFile) close() error { return d.file.Close() }

// refusal turns what the kernel said about a device file into words and a remedy.
func refusal(path string, err error) error {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return cause.Errorf(cause.Unavailable, "open %s: the card is not there: the module may still be starting, or its sound is off (%w)", path, err)
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return cause.Errorf(cause.Denied, "open %s: no permission: add the user that Roadline runs as to the group audio, and start it anew (%w)", path, err)
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EAGAIN): // the latter where the file is opened without waiting
		return cause.Errorf(cause.NoRoom, "open %s: another program has the card: stop PulseAudio or PipeWire, or have them ignore it (%w)", path, err)
	default:
		return cause.Errorf(cause.Unavailable, "open %s: %w", path, err)
	}
}
