// Package port opens serial devices: the ttys of USB modules, UARTs, and pseudo-terminals in tests. A Port is raw, 8N1,
// ours alone; it says what is wrong with a device and what to do, in words for a person. It knows no AT, never looks for
// devices (hardware/usb does) and starts no goroutine. Start at Open.
//
// It talks termios by golang.org/x/sys/unix instead of a serial library. go.bug.st/serial v1.8.0 reads by select(2) and
// writes by a write(2) that waits for as long as a module likes, and it cannot tell who else has a device. Here the
// descriptor is non-blocking in the runtime's poller: Close ends a Read, a Write has a limit, and a device that
// vanished is an error at once.
package port

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

// DefaultWriteLimit is how long Write waits for a device that takes nothing. An SMS of 340 characters takes 30 ms at
// 115200 bit/s, and a module that is busy with its radio takes nothing for half a second.
const DefaultWriteLimit = 2 * time.Second

// Options say how a port is opened. The zero value serves every module that we know.
type Options struct {
	Baud       int           // bit/s; 0: 115200. USB ttys ignore it
	WriteLimit time.Duration // how long Write may wait; 0: DefaultWriteLimit
}

// Port is an open serial device. Any goroutine may use it; Writes are done one after another.
type Port struct {
	name  string
	limit time.Duration
	file  *os.File

	writing sync.Mutex // held while a Write is on its way
	closed  atomic.Bool
}

// Open opens a device, such as "/dev/ttyUSB2" or one of /dev/serial/by-path, makes it raw and exclusive, and throws away
// what it had buffered. The kinds of error: unavailable (there is no such device, or it is gone), denied (permissions),
// busy (another program has it), invalid (it is no serial device, or no such speed).
func Open(name string, o Options) (*Port, error) {
	speed, ok := speeds[or(o.Baud, 115200)]
	if !ok {
		return nil, cause.Errorf(cause.Invalid, "open %s: %d bit/s is no speed of a serial port: use 115200", name, o.Baud)
	}
	// Without O_NONBLOCK, open(2) of a UART waits for a carrier.
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, refusal(name, err)
	}
	if err := prepare(fd, name, speed); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return &Port{name: name, limit: or(o.WriteLimit, DefaultWriteLimit), file: os.NewFile(uintptr(fd), name)}, nil
}

// Read waits for bytes. It returns an error of kind unavailable when the device vanished or the port was closed; the
// latter is also os.ErrClosed.
func (p *Port) Read(b []byte) (int, error) {
	n, err := p.file.Read(b)
	if err != nil {
		return n, p.lost("read", err)
	}
	return n, nil
}

// Write writes all of b, and waits at most for the limit of Options. An error of kind unavailable says how much the
// device took; when it is also os.ErrDeadlineExceeded, the device is there, but takes nothing.
func (p *Port) Write(b []byte) (int, error) {
	p.writing.Lock()
	defer p.writing.Unlock()
	if err := p.file.SetWriteDeadline(time.Now().Add(p.limit)); err != nil {
		return 0, p.lost("write", err)
	}
	n, err := p.file.Write(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return n, cause.Errorf(cause.Unavailable, "write %s: the device took %d of %d bytes in %v: %w", p.name, n, len(b), p.limit, err)
	}
	if err != nil {
		return n, p.lost("write", err)
	}
	return n, nil
}

// Close gives the device up and ends a Read that waits. A second Close does nothing.
func (p *Port) Close() error {
	if p.closed.Swap(true) {
		return nil
	}
	// The exclusive mark of a pseudo-terminal outlives us for as long as its other end is open.
	if raw, err := p.file.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = unix.IoctlSetInt(int(fd), unix.TIOCNXCL, 0) })
	}
	return p.file.Close()
}

// lost is the error of a port that cannot be used any more. A tty whose device was unplugged reads as at its end, or
// gives EIO; the other end of a pseudo-terminal that was closed likewise.
func (p *Port) lost(tried string, err error) error {
	switch {
	case p.closed.Load(): // the runtime says so in more ways than os.ErrClosed
		return cause.Errorf(cause.Unavailable, "%s %s: the port was closed: %w", tried, p.name, os.ErrClosed)
	case errors.Is(err, io.EOF), errors.Is(err, unix.EIO), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV):
		return cause.Errorf(cause.Unavailable, "%s %s: the device is gone: it was unplugged, lost its power or started anew", tried, p.name)
	default:
		return cause.Errorf(cause.Unavailable, "%s %s: %w", tried, p.name, err)
	}
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
