package port_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
	"roadline/hardware/port"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// terminal opens a pseudo-terminal: the side that plays the module, and the name of the other.
func terminal(t *testing.T) (module *os.File, name string) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	module = os.NewFile(uintptr(fd), "module")
	t.Cleanup(func() { _ = module.Close() })
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	return module, "/dev/pts/" + strconv.Itoa(n)
}

func open(t *testing.T, name string, o port.Options) *port.Port {
	t.Helper()
	p, err := port.Open(name, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func TestEveryByteGoesThroughUnchangedBothWays(t *testing.T) {
	module, name := terminal(t)
	p := open(t, name, port.Options{})
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, way := range []struct {
		name string
		from io.Writer
		to   io.Reader
	}{{"to the module", p, module}, {"from the module", module, p}} {
		if n, err := way.from.Write(all); n != len(all) || err != nil {
			t.Fatalf("%s: wrote %d: %v", way.name, n, err)
		}
		got := make([]byte, len(all))
		if _, err := io.ReadFull(way.to, got); err != nil || !bytes.Equal(got, all) {
			t.Errorf("%s: %x, %v", way.name, got, err)
		}
	}
}

func TestADeviceThatVanishesEndsARead(t *testing.T) {
	module, name := terminal(t)
	p := open(t, name, port.Options{})
	read := inBackground(p)
	if err := module.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-read; !errors.Is(err, cause.Unavailable) || errors.Is(err, os.ErrClosed) || !strings.Contains(err.Error(), "the device is gone") {
		t.Errorf("read: %v", err)
	}
	if _, err := p.Write([]byte("AT\r")); !errors.Is(err, cause.Unavailable) {
		t.Errorf("write: %v", err)
	}
}

func TestCloseEndsAReadAndIsDoneOnce(t *testing.T) {
	_, name := terminal(t)
	p := open(t, name, port.Options{})
	read := inBackground(p)
	for range 2 {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-read; !errors.Is(err, cause.Unavailable) || !errors.Is(err, os.ErrClosed) {
		t.Errorf("read: %v", err)
	}
	if _, err := p.Write([]byte("x")); !errors.Is(err, os.ErrClosed) || !errors.Is(err, cause.Unavailable) {
		t.Errorf("write to a closed port: %v", err)
	}
}

// inBackground reads once and gives the error.
func inBackground(p *port.Port) <-chan error {
	done := make(chan error, 1)
	go func() { // ends with the read, which every caller waits for
		_, err := p.Read(make([]byte, 16))
		done <- err
	}()
	return done
}

func TestAWriteDoesNotWaitLongerThanItsLimit(t *testing.T) {
	_, name := terminal(t)
	p := open(t, name, port.Options{WriteLimit: 30 * time.Millisecond})
	n, err := p.Write(make([]byte, 1<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.Is(err, cause.Unavailable) || n == 0 || n == 1<<20 {
		t.Fatalf("wrote %d: %v", n, err)
	}
	if want := strconv.Itoa(n) + " of 1048576 bytes in 30ms"; !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err := p.Write(nil); err != nil {
		t.Errorf("the port of a device that takes nothing is still open: %v", err)
	}
}

func TestWhatADeviceSaidBeforeIsNotHeard(t *testing.T) {
	module, name := terminal(t)
	if _, err := module.WriteString("old sound\n"); err != nil {
		t.Fatal(err)
	}
	before, err := unix.Open(name, unix.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(before) }()
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(before), Events: unix.POLLIN}}, 5000); n != 1 || err != nil { // it has arrived
		t.Fatal(n, err)
	}
	p := open(t, name, port.Options{})
	if _, err := module.WriteString("new"); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 16)
	if n, err := p.Read(b); err != nil || string(b[:n]) != "new" {
		t.Fatalf("%q, %v", b[:n], err)
	}
}

func TestAPortIsRawWithoutFlowControl(t *testing.T) {
	module, name := terminal(t)
	open(t, name, port.Options{Baud: 460800})
	got, err := unix.IoctlGetTermios(int(module.Fd()), unix.TCGETS) // a pseudo-terminal shows its other side's
	if err != nil {
		t.Fatal(err)
	}
	if got.Lflag&(unix.ECHO|unix.ICANON|unix.ISIG) != 0 || got.Oflag&unix.OPOST != 0 || got.Iflag&(unix.ICRNL|unix.IXON) != 0 {
		t.Errorf("not raw: %+v", got)
	}
	if got.Cflag&(unix.CRTSCTS|unix.HUPCL|unix.PARENB) != 0 || got.Cflag&unix.CSIZE != unix.CS8 || got.Cflag&unix.CBAUD != unix.B460800 {
		t.Errorf("not 8N1 at 460800: cflag %o", got.Cflag)
	}
}

func TestAPortIsOpenedOnceAtATime(t *testing.T) {
	_, name := terminal(t)
	first := open(t, name, port.Options{})
	if _, err := port.Open(name, port.Options{}); !errors.Is(err, cause.NoRoom) || !strings.Contains(err.Error(), "another program has it") {
		t.Fatalf("%v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, name, port.Options{})
}

func TestWhoHasAPortIsNamed(t *testing.T) {
	for program, want := range map[string]string{
		"minicom":      "minicom (process ",
		"ModemManager": "ID_MM_DEVICE_IGNORE",
	} {
		_, name := terminal(t)
		holder := hold(t, program, name)
		_, err := port.Open(name, port.Options{})
		if !errors.Is(err, cause.NoRoom) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", program, err)
		}
		if err := holder.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = holder.Wait()
		if os.Geteuid() == 0 { // others are kept out by the kernel until the far side closes, too
			p, err := port.Open(name, port.Options{})
			if err != nil {
				t.Errorf("after %s was killed: %v", program, err)
				continue
			}
			_ = p.Close()
		}
	}
}

// hold starts a program of that name which has the device open, exclusively.
func hold(t *testing.T, program, device string) *exec.Cmd {
	t.Helper()
	cat, err := os.ReadFile("/bin/cat")
	if err != nil {
		t.Skip(err)
	}
	path := filepath.Join(t.TempDir(), program)
	if err := os.WriteFile(path, cat, 0o755); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	tty := os.NewFile(uintptr(fd), device)
	defer func() { _ = tty.Close() }()
	if err := unix.IoctlSetInt(fd, unix.TIOCEXCL, 0); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path)
	c.Stdin = tty
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	return c
}

func TestWhatIsNoSerialDeviceIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, kind := range map[string]cause.Kind{
		"/dev/null": cause.Invalid, file: cause.Invalid, filepath.Dir(file): cause.Invalid, "/dev/ttyUSB99": cause.Unavailable,
	} {
		if _, err := port.Open(name, port.Options{}); !errors.Is(err, kind) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %v", name, err, kind)
		}
	}
	_, name := terminal(t)
	if _, err := port.Open(name, port.Options{Baud: 1234}); !errors.Is(err, cause.Invalid) {
		t.Errorf("1234 bit/s: %v", err)
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	for errno, want := range map[error]struct {
		kind   cause.Kind
		remedy string
	}{
		unix.EACCES:      {cause.Denied, "group dialout"},
		unix.EPERM:       {cause.Denied, "group dialout"},
		unix.EBUSY:       {cause.NoRoom, "another program has it"},
		unix.EWOULDBLOCK: {cause.NoRoom, "another program has it"},
		unix.ENOENT:      {cause.Unavailable, "plug it in"},
		unix.ENODEV:      {cause.Unavailable, "plug it in"},
		unix.EIO:         {cause.Unavailable, "plug it in"},
		unix.ENOTTY:      {cause.Invalid, "/dev/serial/by-path"},
		unix.EMFILE:      {cause.Unavailable, "too many open files"},
	} {
		if err := port.Refusal("/dev/ttyUSB2", errno); !errors.Is(err, want.kind) || !strings.Contains(err.Error(), want.remedy) || !errors.Is(err, errno) {
			t.Errorf("%v: %v", errno, err)
		}
	}
}

func TestAHolderThatNobodySeesIsGuessed(t *testing.T) {
	proc := t.TempDir()
	run := func(pid, name string) {
		dir := filepath.Join(proc, pid)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "comm"), []byte(name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run("1", "systemd")
	if got := port.Advice(proc); !strings.Contains(got, "could not be seen") {
		t.Error(got)
	}
	run("812", "brltty")
	if got := port.Advice(proc); !strings.HasPrefix(got, "most likely brltty") {
		t.Error(got)
	}
	run("813", "ModemManager")
	if got := port.Advice(proc); !strings.Contains(got, "ID_MM_DEVICE_IGNORE") {
		t.Error(got)
	}
}
