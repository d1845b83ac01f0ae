// Package floor is the least that a relay of RTP can do on this machine: one thread, epoll, recvfrom, a new header, and
// sendto to a peer known beforehand. It checks nothing, counts nothing and never belongs to a call; benchmarks run it
// beside the real relay, so that what they print is a ratio and not the weather of a shared host. Start at Open.
package floor

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Relay is a bare relay between pairs of peers.
type Relay struct {
	poll int
	legs []leg
}

// leg is one socket: what comes in on it goes out by the other's.
type leg struct {
	fd       int
	other    int
	to       unix.RawSockaddrInet4
	ssrc     uint32
	sequence uint16
}

// longestWait is how long the thread sits in the kernel, in milliseconds: past the Go scheduler, as the fastest of the
// reference's floors did.
const longestWait = 5

// Open makes a relay for calls, each between two IPv4 peers, and returns where each peer must send to. Errors are the
// kernel's.
func Open(calls [][2]netip.AddrPort) (*Relay, [][2]netip.AddrPort, error) {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, nil, fmt.Errorf("open the floor: %w", err)
	}
	r := &Relay{poll: poll}
	local := make([][2]netip.AddrPort, len(calls))
	for i, peers := range calls {
		for side, peer := range peers {
			at, err := r.add(peer, side)
			if err != nil {
				r.close()
				return nil, nil, fmt.Errorf("open the floor for %s: %w", peer, err)
			}
			local[i][side] = at
		}
	}
	return r, local, nil
}

// add opens the socket of one side of a call.
func (r *Relay) add(peer netip.AddrPort, side int) (netip.AddrPort, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return netip.AddrPort{}, err
	}
	n := len(r.legs)
	l := leg{fd: fd, other: n + 1 - 2*side, ssrc: uint32(n)}
	l.to.Family, l.to.Addr = unix.AF_INET, peer.Addr().As4()
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&l.to.Port))[:], peer.Port())
	r.legs = append(r.legs, l)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return netip.AddrPort{}, err
	}
	if err := unix.EpollCtl(r.poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(n)}); err != nil {
		return netip.AddrPort{}, err
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}, err
	}
	v4 := name.(*unix.SockaddrInet4)
	return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), uint16(v4.Port)), nil
}

// Run relays until ctx is done, then closes the sockets.
func (r *Relay) Run(ctx context.Context) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer r.close()
	var events [256]unix.EpollEvent
	var buf [2048]byte
	for ctx.Err() == nil {
		n, _, e := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(r.poll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), longestWait, 0, 0)
		if e != 0 {
			continue
		}
		for i := range int(n) {
			r.relay(&r.legs[events[i].Fd], buf[:])
		}
	}
}

// relay carries one datagram across.
func (r *Relay) relay(l *leg, buf []byte) {
	var from unix.RawSockaddrInet4
	size := uint32(unix.SizeofSockaddrInet4)
	n, _, e := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(l.fd), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), unix.MSG_DONTWAIT,
		uintptr(unsafe.Pointer(&from)), uintptr(unsafe.Pointer(&size)))
	if e != 0 || n < 12 {
		return
	}
	out := &r.legs[l.other]
	out.sequence++
	binary.BigEndian.PutUint16(buf[2:], out.sequence)
	binary.BigEndian.PutUint32(buf[8:], out.ssrc)
	_, _, _ = unix.RawSyscall6(unix.SYS_SENDTO, uintptr(out.fd), uintptr(unsafe.Pointer(&buf[0])), n, unix.MSG_DONTWAIT,
		uintptr(unsafe.Pointer(&out.to)), unix.SizeofSockaddrInet4)
}

func (r *Relay) close() {
	for _, l := range r.legs {
		_ = unix.Close(l.fd)
	}
	_ = unix.Close(r.poll)
}
