package alsa

import (
	"errors"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A pseudo-terminal is no sound card, but a device file that can be waited for.
func device(t *testing.T) (master *os.File, d kernel) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	master = os.NewFile(uintptr(fd), "master")
	t.Cleanup(func() { _ = master.Close() })
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	d, err = openFile("/dev/pts/" + strconv.Itoa(n))
	if err != nil {
		t.Fatal(err)
	}
	return master, d
}

func TestADeviceFileIsAskedAgainWhenItHasSomething(t *testing.T) {
	master, d := device(t)
	defer func() { _ = d.close() }()
	if err := d.ioctl(reqPrepare, nil); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("a terminal was prepared for sound: %v", err)
	}
	tries := 0
	err := d.await(time.Minute, func() bool {
		if tries++; tries == 1 {
			if _, err := master.WriteString("x\n"); err != nil {
				t.Error(err)
			}
		}
		return tries == 2
	})
	if err != nil || tries != 2 {
		t.Errorf("%d tries, %v", tries, err)
	}
	if err := d.await(time.Millisecond, func() bool { return false }); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("late: %v", err)
	}
}

func TestADeviceFileThatIsClosedEndsAnAwait(t *testing.T) {
	_, d := device(t)
	waiting, done := make(chan struct{}), make(chan error, 1)
	go func() { // ends with the await, which is waited for
		first := true
		done <- d.await(time.Minute, func() bool {
			if first {
				close(waiting)
				first = false
			}
			return false
		})
	}()
	<-waiting
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if err := d.ioctl(reqPrepare, nil); err == nil || errors.Is(err, unix.EBADF) {
		t.Errorf("ioctl of a closed file: %v", err)
	}
}
