package journal_test

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"roadline/store/journal"
)

// The test binary runs itself again as the process that is killed: the variable names the folder.
const childVar = "JOURNAL_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVar); dir != "" {
		if err := beKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func roomAgain() error {
	return unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY})
}

const writers = 4

// beKilled appends from several goroutines as fast as it can, and tells on standard output what was acknowledged.
func beKilled(dir string) error {
	opt := journal.Options{SegmentSize: 64 << 10}
	if limit, err := strconv.ParseUint(os.Getenv(childVar+"_LIMIT"), 10, 64); err == nil {
		signal.Ignore(syscall.SIGXFSZ)
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: limit, Max: unix.RLIM_INFINITY}); err != nil {
			return err
		}
		return fillUp(dir)
	}
	l, _, err := journal.Open(dir, "node", uuid.Must(uuid.NewV7()), opt)
	if err != nil {
		return err
	}
	go func() { _ = l.Run(neverDone{}) }()
	var mu sync.Mutex
	for w := range writers {
		go func() {
			for n := 0; ; n += 3 {
				call := fmt.Sprintf("%d-%d", w, n)
				err := l.Append(
					journal.Draft{Body: body(w, n), Call: call, Life: journal.Opens},
					journal.Draft{Body: body(w, n+1), Call: call},
					journal.Draft{Body: body(w, n+2), Call: call, Life: journal.Closes})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				mu.Lock()
				fmt.Printf("%d %d\n", w, n+2)
				mu.Unlock()
			}
		}()
	}
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // until the parent is gone
	return nil
}

func body(writer, n int) []byte {
	return fmt.Appendf(nil, `{"writer":%d,"n":%d,"filler":%q}`, writer, n, filler[:n%len(filler)])
}

var filler = strings.Repeat("x", 300)
