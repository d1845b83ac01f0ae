package house_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"roadline/cmd/roadline/house/housetest"
)

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
		began <- housetest.Begin(cmd)
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
