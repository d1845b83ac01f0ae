package media_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"roadline/media"
)

// loadEnv makes the test binary the load of a benchmark: a process of its own, so that getrusage of the other counts
// the relay alone.
const loadEnv = "ROADLINE_MEDIA_LOAD"

// loadPlan is what the load is told; it answers with its peers' ports, is told where they must send, and ends with
// what it saw.
type loadPlan struct {
	Calls   int
	Seconds float64
	CPU     int // to be pinned to; -1: free
}

type loadResult struct {
	Sent, Heard   int
	P50, P99, Max float64 // ms, one way through the relay
}

// load starts the load process and returns the peers of each call, and how to go on.
type load struct {
	cmd *exec.Cmd
	in  *json.Encoder
	out *json.Decoder
}

func startLoad(b *testing.B, plan loadPlan) (*load, [][2]netip.AddrPort) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), loadEnv+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	l := &load{cmd: cmd, in: json.NewEncoder(in), out: json.NewDecoder(bufio.NewReader(out))}
	b.Cleanup(func() { _ = in.Close(); _, _ = io.Copy(io.Discard, out); _ = cmd.Wait() })
	var peers [][2]netip.AddrPort
	if err := l.in.Encode(plan); err != nil {
		b.Fatal(err)
	}
	if err := l.out.Decode(&peers); err != nil {
		b.Fatal(err)
	}
	return l, peers
}

// run tells the load where to send and waits for what it saw.
func (l *load) run(b *testing.B, to [][2]netip.AddrPort) loadResult {
	b.Helper()
	var result loadResult
	if err := l.in.Encode(to); err != nil {
		b.Fatal(err)
	}
	if err := l.out.Decode(&result); err != nil {
		b.Fatal(err)
	}
	return result
}

// beLoad is the main of the load process.
func beLoad() error {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	var plan loadPlan
	if err := in.Decode(&plan); err != nil {
		return err
	}
	if plan.CPU >= 0 {
		var set unix.CPUSet
		set.Set(plan.CPU)
		_ = unix.SchedSetaffinity(0, &set)
	}
	s, err := openSpeakers(plan.Calls)
	if err != nil {
		return err
	}
	if err := out.Encode(s.addrs); err != nil {
		return err
	}
	var to [][2]netip.AddrPort
	if err := in.Decode(&to); err != nil {
		return err
	}
	return out.Encode(s.run(to, plan.Seconds))
}

// speakers are the sockets of the load: 2 per call.
type speakers struct {
	poll   int
	fds    []int
	addrs  [][2]netip.AddrPort
	delays []float64
	result loadResult
}

func openSpeakers(calls int) (*speakers, error) {
	poll, err := unix.EpollCreate1(0)
	if err != nil {
		return nil, err
	}
	s := &speakers{poll: poll, addrs: make([][2]netip.AddrPort, calls)}
	for i := range 2 * calls {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			return nil, err
		}
		if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: loopback.As4()}); err != nil {
			return nil, err
		}
		name, err := unix.Getsockname(fd)
		if err != nil {
			return nil, err
		}
		s.fds = append(s.fds, fd)
		s.addrs[i/2][i%2] = netip.AddrPortFrom(loopback, uint16(name.(*unix.SockaddrInet4).Port))
		if err := unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// run sends 20 ms packets from every speaker, spread evenly over the 20 ms, each bearing the time it left.
func (s *speakers) run(to [][2]netip.AddrPort, seconds float64) loadResult {
	runtime.LockOSThread()
	began := time.Now()
	n, next := len(s.fds), 0
	packet := make([]byte, 12+media.FrameSamples)
	total := int(seconds*50) * n
	for next < total {
		due := int(time.Since(began) * time.Duration(n) / media.FrameTime)
		for ; next < min(due, total); next++ {
			i, round := next%n, next/n
			packet[0], packet[1] = 0x80, 8
			binary.BigEndian.PutUint16(packet[2:], uint16(round))
			binary.BigEndian.PutUint32(packet[4:], uint32(round*media.FrameSamples))
			binary.BigEndian.PutUint32(packet[8:], uint32(i))
			binary.BigEndian.PutUint64(packet[12:], uint64(time.Since(began)))
			_ = unix.Sendto(s.fds[i], packet, 0, &unix.SockaddrInet4{Addr: to[i/2][i%2].Addr().As4(), Port: int(to[i/2][i%2].Port())})
			s.result.Sent++
			if next%8 == 0 {
				s.listen(began, 0)
			}
		}
		s.listen(began, 1)
	}
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
		s.listen(began, 10)
	}
	slices.Sort(s.delays)
	at := func(q float64) float64 {
		if len(s.delays) == 0 {
			return math.NaN()
		}
		return s.delays[min(len(s.delays)-1, int(q*float64(len(s.delays))))]
	}
	s.result.Heard, s.result.P50, s.result.P99, s.result.Max = len(s.delays), at(0.5), at(0.99), at(1)
	return s.result
}

// listen takes what has come, waiting ms for it.
func (s *speakers) listen(began time.Time, ms int) {
	var events [256]unix.EpollEvent
	var buf [2048]byte
	n, err := unix.EpollWait(s.poll, events[:], ms)
	if err != nil {
		return
	}
	for i := range n {
		for {
			size, _, err := unix.Recvfrom(int(events[i].Fd), buf[:], unix.MSG_DONTWAIT)
			if err != nil {
				break
			}
			if size != 12+media.FrameSamples {
				continue // a report, meant for the port above a peer's, which here is another peer
			}
			if left := time.Duration(binary.BigEndian.Uint64(buf[12:])); left > 0 && left <= time.Since(began) { // else it was made up on the way
				s.delays = append(s.delays, float64(time.Since(began)-left)/1e6)
			}
		}
	}
}

// processCPU is the processor time that this process has used.
func processCPU(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
