package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"roadline/media"
)

// speakers are the sockets of the load: one per party, each sending 20 ms of A-law with the time it left in it.
type speakers struct {
	poll   int
	fds    []int
	to     []unix.SockaddrInet4
	delays []float32 // ms
	sent   int
	rounds int // spoken so far: sequence and timestamp go on
}

// listenAt opens a speaker on each port that SIPp named in its SDP, towards the port that the product named in its own.
func listenAt(pairs []pair) (*speakers, error) {
	poll, err := unix.EpollCreate1(0)
	if err != nil {
		return nil, err
	}
	s := &speakers{poll: poll}
	for _, p := range pairs {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			s.close()
			return nil, err
		}
		s.fds = append(s.fds, fd)
		if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: int(p.ours)}); err != nil {
			s.close()
			return nil, fmt.Errorf("port %d: %w", p.ours, err)
		}
		s.to = append(s.to, unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: int(p.theirs)})
		if err := unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}); err != nil { //nolint:gosec // a descriptor
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// free opens speakers on ports that the kernel chooses, and returns where they are.
func free(n int) (*speakers, []netip.AddrPort, error) {
	s, err := listenAt(make([]pair, n))
	if err != nil {
		return nil, nil, err
	}
	at := make([]netip.AddrPort, n)
	for i, fd := range s.fds {
		name, err := unix.Getsockname(fd)
		if err != nil {
			return nil, nil, err
		}
		at[i] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(name.(*unix.SockaddrInet4).Port)) //nolint:forcetypeassert,gosec // an IPv4 socket's
	}
	return s, at, nil
}

func (s *speakers) close() {
	for _, fd := range s.fds {
		_ = unix.Close(fd)
	}
	_ = unix.Close(s.poll)
}

// traffic is what the speakers heard of each other.
type traffic struct {
	sent, heard int
	p50, p99    float64 // one-way delay through the relay, ms
}

func (t traffic) loss() float64 { return 1 - float64(t.heard)/float64(max(1, t.sent)) }

// talk has everybody speak for some time, spread evenly over each 20 ms.
func (s *speakers) talk(seconds float64) traffic {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s.delays = make([]float32, 0, int(seconds*50)*len(s.fds))
	s.sent = 0
	began := time.Now()
	n, next := len(s.fds), 0
	packet := make([]byte, 12+media.FrameSamples)
	total := int(seconds*50) * n
	for next < total {
		due := int(time.Since(began) * time.Duration(n) / media.FrameTime)
		for ; next < min(due, total); next++ {
			i, round := next%n, s.rounds+next/n
			packet[0], packet[1] = 0x80, 8
			binary.BigEndian.PutUint16(packet[2:], uint16(round))                    //nolint:gosec // wraps as RTP does
			binary.BigEndian.PutUint32(packet[4:], uint32(round*media.FrameSamples)) //nolint:gosec // wraps as RTP does
			binary.BigEndian.PutUint32(packet[8:], uint32(i+1))                      //nolint:gosec // small
			binary.BigEndian.PutUint64(packet[12:], uint64(time.Since(began)))       //nolint:gosec // positive
			if unix.Sendto(s.fds[i], packet, 0, &s.to[i]) == nil {
				s.sent++
			}
			if next%8 == 0 {
				s.listen(began, 0)
			}
		}
		s.listen(began, 1)
	}
	s.rounds += total / n
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
		s.listen(began, 10)
	}
	slices.Sort(s.delays)
	at := func(q float64) float64 {
		if len(s.delays) == 0 {
			return math.NaN()
		}
		return float64(s.delays[min(len(s.delays)-1, int(q*float64(len(s.delays))))])
	}
	return traffic{sent: s.sent, heard: len(s.delays), p50: at(0.5), p99: at(0.99)}
}

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
			if stamp := binary.BigEndian.Uint64(buf[12:]); size == 12+media.FrameSamples && stamp < uint64(time.Hour) { // speech of ours, not a tone of the product's
				s.delays = append(s.delays, float32(time.Since(began)-time.Duration(stamp))/1e6) //nolint:gosec // checked above
			}
		}
	}
}

// aim sets where a speaker speaks to.
func (s *speakers) aim(i int, to netip.AddrPort) {
	s.to[i] = unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())}
}

// threadCPU is the processor time that this thread has used.
func threadCPU() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
