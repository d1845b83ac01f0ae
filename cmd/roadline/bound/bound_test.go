package bound_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"roadline/cmd/roadline/bound"
	"roadline/cmd/roadline/house/housetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAProgramOutlivesTheThreadThatBeganIt(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("cat")
	in, bad := cmd.StdinPipe()
	out, wrong := cmd.StdoutPipe()
	if bad != nil || wrong != nil {
		t.Fatal(bad, wrong)
	}
	began := make(chan error)
	var thread int
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		thread = unix.Gettid()
		began <- bound.Begin(cmd)
	}()
	if err := <-began; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	if thread != os.Getpid() { // the first thread never ends
		housetest.Await(t, "the thread ends", func() bool {
			_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", thread))
			return err != nil
		})
	}
	if _, err := fmt.Fprintln(in, "here"); err != nil {
		t.Fatal(err)
	}
	if said, err := bufio.NewReader(out).ReadString('\n'); err != nil || said != "here\n" {
		t.Errorf("the program says %q, %v", said, err)
	}
}

func TestTheSignalOfItsDeathIsTheOneThatIsSet(t *testing.T) {
	t.Parallel()
	for set, want := range map[syscall.Signal]syscall.Signal{0: syscall.SIGKILL, syscall.SIGTERM: syscall.SIGTERM} {
		cmd := exec.Command("true")
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: set}
		if err := bound.Begin(cmd); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil || cmd.SysProcAttr.Pdeathsig != want {
			t.Errorf("set %v: %v, %v; want %v", set, cmd.SysProcAttr.Pdeathsig, err, want)
		}
	}
}

func TestAProgramThatIsNotThereIsTold(t *testing.T) {
	t.Parallel()
	if err := bound.Begin(exec.Command("/nowhere/at/all")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program that is not there: %v", err)
	}
}
