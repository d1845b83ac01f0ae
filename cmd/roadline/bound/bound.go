// Package bound starts programs that do not outlive the one that started them, whatever becomes of it: the peers of live
// tests, and what the benchmark measures and measures with. Start at Begin.
package bound

import (
	"errors"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Begin starts a program that is killed when this one ends; by the signal that is set in the command, if one is. The kernel does
// so already when the thread ends that forked it, and threads do end here (that of a private PostgreSQL's start): this one is kept
// until the program has ended.
func Begin(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	if cmd.SysProcAttr.Pdeathsig == 0 {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	}
	began := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err != nil {
			began <- err
			return
		}
		pid := cmd.Process.Pid
		began <- nil
		// It is left to be waited for by whoever began it; who did so first leaves nothing to see.
		for errors.Is(unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
		}
	}()
	return <-began
}
