package port

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

// speeds are the speeds that UART modules are set to. USB ttys take any.
var speeds = map[int]uint32{
	9600: unix.B9600, 19200: unix.B19200, 38400: unix.B38400, 57600: unix.B57600,
	115200: unix.B115200, 230400: unix.B230400, 460800: unix.B460800, 921600: unix.B921600,
}

// prepare makes an open descriptor ours alone and raw.
func prepare(fd int, name string, speed uint32) error {
	if err := claim(fd, name); err != nil {
		return err
	}
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return refusal(name, err)
	}
	*t = raw(*t, speed)
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		return refusal(name, err)
	}
	// What a module said before we were there belongs to nobody's question.
	if err := unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIOFLUSH); err != nil {
		return refusal(name, err)
	}
	return nil
}

// claim makes the device exclusive. TIOCEXCL keeps other users out, but not root; the lock keeps a second Roadline out
// whoever runs it.
func claim(fd int, name string) error {
	exclusive, err := unix.IoctlGetInt(fd, unix.TIOCGEXCL)
	if err != nil {
		return refusal(name, err)
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return refusal(name, err)
	}
	if exclusive != 0 && len(holders(procfs, fd)) > 0 { // we are root; without a holder it is left from a process that was killed
		return refusal(name, unix.EBUSY)
	}
	if err := unix.IoctlSetInt(fd, unix.TIOCEXCL, 0); err != nil {
		return refusal(name, err)
	}
	return nil
}

// raw is cfmakeraw(3) with 8N1, for one byte at least. There is no flow control: USB ttys have none, and three wires to a
// UART module carry none, so that CTS would never come. HUPCL is off: a DTR that drops at Close hangs up on some modules
// and resets some boards.
func raw(t unix.Termios, speed uint32) unix.Termios {
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON | unix.IXOFF
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag &^= unix.CSIZE | unix.PARENB | unix.CSTOPB | unix.CRTSCTS | unix.HUPCL | unix.CBAUD
	t.Cflag |= unix.CS8 | unix.CREAD | unix.CLOCAL | speed
	t.Ispeed, t.Ospeed = speed, speed
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return t
}

// refusal turns what the kernel said about a device into words and a remedy.
func refusal(name string, err error) error {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO), errors.Is(err, unix.EIO):
		return cause.Errorf(cause.Unavailable, "open %s: the device is not there: plug it in, or wait until it has started (%w)", name, err)
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return cause.Errorf(cause.Denied, "open %s: no permission: add the user that Roadline runs as to the group dialout, and start it anew (%w)", name, err)
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EWOULDBLOCK):
		return cause.Errorf(cause.NoRoom, "open %s: another program has it: %s (%w)", name, advice(procfs, holdersOf(procfs, name)), err)
	case errors.Is(err, unix.ENOTTY), errors.Is(err, unix.EISDIR), errors.Is(err, unix.EINVAL):
		return cause.Errorf(cause.Invalid, "open %s: this is no serial device: name one of /dev/serial/by-path (%w)", name, err)
	default:
		return cause.Errorf(cause.Unavailable, "open %s: %w", name, err)
	}
}

// grabbers are programs that are known to take the ports of modules, and how each is kept off.
var grabbers = map[string]string{
	"ModemManager": `ModemManager: give the module the udev rule ENV{ID_MM_DEVICE_IGNORE}="1", or stop the service`,
	"brltty":       "brltty, which takes adapters for Braille displays: remove it",
}

// advice says who has a device and what to do about it. Without root we see our own processes' files only, but the names
// of all.
func advice(proc string, list []holder) string {
	var names []string
	for _, h := range list {
		if remedy := grabbers[h.name]; remedy != "" {
			return remedy
		}
		names = append(names, fmt.Sprintf("%s (process %d)", h.name, h.pid))
	}
	if len(names) > 0 {
		return strings.Join(names, ", ") + ": stop it"
	}
	for _, name := range slices.Sorted(maps.Keys(grabbers)) {
		if runs(proc, name) {
			return "most likely " + grabbers[name]
		}
	}
	return "which one could not be seen: ask with fuser as root"
}
