package gsmsim

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

// A pty is a pseudo-terminal whose slave is raw. The slave is kept open on our side too, so that its settings stay while
// nobody else has it, as those of a serial port do.
type pty struct {
	master, slave *os.File
	path          string // of the slave: /dev/pts/7
}

func openPTY() (*pty, error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "open a pseudo-terminal: %w", err)
	}
	p := &pty{master: os.NewFile(uintptr(fd), "/dev/ptmx")} //nolint:gosec // a descriptor is no large number
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		p.path = fmt.Sprintf("/dev/pts/%d", number)
		p.slave, err = os.OpenFile(p.path, os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err == nil {
		err = raw(p.slave)
	}
	if err != nil {
		p.close()
		return nil, cause.Errorf(cause.Unavailable, "set up a pseudo-terminal: %w", err)
	}
	return p, nil
}

// raw takes from a terminal all that it does by itself.
func raw(f *os.File) error {
	t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS) //nolint:gosec // a descriptor is no large number
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B115200
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, t) //nolint:gosec // as above
}

// write gives out what the terminal takes now and returns how much that was: a module does not wait for its reader.
func (p *pty) write(b []byte) int {
	conn, err := p.master.SyscallConn()
	if err != nil {
		return 0 // closed
	}
	written := 0
	err = conn.Write(func(fd uintptr) bool {
		n, err := unix.Write(int(fd), b) //nolint:gosec // as above
		if err == nil {
			written = n
		}
		return !errors.Is(err, unix.EINTR)
	})
	if err != nil {
		return 0
	}
	return written
}

// share takes back an exclusive hold that somebody left when he closed the terminal: ours keeps it from ending.
func (p *pty) share() {
	_ = unix.IoctlSetInt(int(p.slave.Fd()), unix.TIOCNXCL, 0) //nolint:gosec // as above; of a closed one there is nothing to take back
}

func (p *pty) close() {
	_ = p.master.Close()
	if p.slave != nil {
		_ = p.slave.Close()
	}
}
