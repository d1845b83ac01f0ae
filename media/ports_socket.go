package media

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// socketPair is the two sockets of a leg: RTP on an even port, RTCP on the odd one above (RFC 3550 §11).
type socketPair struct {
	local     netip.AddrPort // of RTP
	rtp, rtcp int
}

// openPair opens both sockets without blocking mode. The error is the kernel's.
func openPair(local netip.AddrPort) (socketPair, error) {
	rtp, err := openSocket(local)
	if err != nil {
		return socketPair{}, err
	}
	rtcp, err := openSocket(netip.AddrPortFrom(local.Addr(), local.Port()+1))
	if err != nil {
		_ = unix.Close(rtp)
		return socketPair{}, err
	}
	return socketPair{local: local, rtp: rtp, rtcp: rtcp}, nil
}

func (s socketPair) close() {
	_ = unix.Close(s.rtp)
	_ = unix.Close(s.rtcp)
}

func openSocket(local netip.AddrPort) (int, error) {
	family, addr := unix.AF_INET, unix.Sockaddr(nil)
	if local.Addr().Is6() {
		family, addr = unix.AF_INET6, &unix.SockaddrInet6{Addr: local.Addr().As16(), Port: int(local.Port())}
	} else {
		addr = &unix.SockaddrInet4{Addr: local.Addr().As4(), Port: int(local.Port())}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	// Expedited forwarding (RFC 3246), the usual mark of voice; a kernel that refuses it still carries the call.
	if family == unix.AF_INET6 {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, 46<<2)
	} else {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TOS, 46<<2)
	}
	if err := unix.Bind(fd, addr); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func isAddrInUse(err error) bool { return errors.Is(err, unix.EADDRINUSE) }

// sockaddr is an address as the kernel wants it, made once per peer and not per packet.
type sockaddr struct {
	raw  unix.RawSockaddrInet6 // the larger of the two families
	size uint32                // 0: no address
}

func toSockaddr(a netip.AddrPort) (s sockaddr) {
	if !a.IsValid() || a.Port() == 0 || a.Addr().IsUnspecified() {
		return s
	}
	if ip := a.Addr().Unmap(); ip.Is4() {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.raw))
		v4.Family, v4.Addr = unix.AF_INET, ip.As4()
		binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&v4.Port))[:], a.Port())
		s.size = unix.SizeofSockaddrInet4
		return s
	}
	s.raw.Family, s.raw.Addr = unix.AF_INET6, a.Addr().As16()
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&s.raw.Port))[:], a.Port())
	s.size = unix.SizeofSockaddrInet6
	return s
}

func (s *sockaddr) addrPort() netip.AddrPort {
	port := binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&s.raw.Port))[:])
	if s.raw.Family == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(&s.raw)).Addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(s.raw.Addr), port)
}

// send is sendto(2) past the Go scheduler: it never blocks, and the scheduler's bookkeeping would cost more than a tenth
// of a packet's whole price.
func send(fd int, b []byte, to *sockaddr) bool {
	_, _, e := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&to.raw)), uintptr(to.size))
	return e == 0
}

// receive is recvfrom(2), likewise; n < 0 is an error or nothing to read.
func receive(fd int, b []byte, from *sockaddr) (n int) {
	from.size = unix.SizeofSockaddrInet6
	r, _, e := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&from.raw)), uintptr(unsafe.Pointer(&from.size)))
	if e != 0 {
		return -1
	}
	return int(r)
}
