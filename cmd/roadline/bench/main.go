// Command bench measures the product from outside, beside the floor of the machine it runs on: roadline serve on one
// core, SIPp and the speakers of this program on the other, over loopback. It prints the table of docs/performance.md.
// Every load is bounded in count and time and stops by itself. Start at main; rows.go has what is measured.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	productCPU = 0
	loadCPU    = 1
)

func main() {
	program := flag.String("program", "bin/roadline", "the product")
	out := flag.String("out", "", "write the table to this page too")
	only := flag.String("only", "", "calls, signalling, gsm, smpp, gateways, pages or browser: measure that alone")
	quick := flag.Bool("quick", false, "a tenth of the time: to see that it runs, not to quote")
	flag.Parse()
	if err := run(*program, *out, *only, *quick); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //lint:ignore forbid this is a command of its own
	}
}

func run(program, out, only string, quick bool) error {
	if runtime.NumCPU() < 2 {
		return errors.New("two cores are needed: one for the product, one for the load")
	}
	for _, needed := range []string{"sipp", "taskset"} {
		if _, err := exec.LookPath(needed); err != nil {
			return fmt.Errorf("%s is missing: run make setup", needed)
		}
	}
	if err := pin(loadCPU); err != nil {
		return err
	}
	if err := mayOpen(4096); err != nil {
		return err
	}
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	b := &bench{program: program, only: only, seconds: 10, minute: time.Minute, calls: 1_000_000}
	if quick {
		b.seconds, b.minute, b.calls = 2, 6*time.Second, 100_000
	}
	if err := b.all(); err != nil {
		return err
	}
	page := b.page()
	if _, err := os.Stdout.WriteString(page); err != nil {
		return err
	}
	if out != "" {
		return os.WriteFile(out, []byte(page), 0o644) //nolint:gosec // a page of docs
	}
	return nil
}

// mayOpen makes sure that so many files can be open at a time: a socket for each party, here and in the product.
func mayOpen(files uint64) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if limit.Max < files {
		return fmt.Errorf("only %d files may be open, %d are needed: raise the limit with ulimit -n", limit.Max, files)
	}
	limit.Cur = limit.Max
	return unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
}

// onCore is a program that runs on one core.
func onCore(cpu int, program string, args ...string) *exec.Cmd {
	return exec.Command("taskset", append([]string{"-c", strconv.Itoa(cpu), program}, args...)...) //nolint:gosec // programs of ours
}

// pin binds this process to one core.
func pin(cpu int) error {
	var set unix.CPUSet
	set.Set(cpu)
	return unix.SchedSetaffinity(0, &set)
}

// model is the processor's name.
func model() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
			return strings.TrimSpace(v)
		}
	}
	return "unknown processor"
}
