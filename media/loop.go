package media

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

// loop is one read loop: a thread that waits for all sockets of its ports and serves what has come. It owns the inbound
// half of its ports and alone closes their sockets, so that no packet is ever read from a number that already belongs
// to another call.
type loop struct {
	owner *Ports
	poll  int          // epoll
	ports atomic.Int32 // how many it serves

	mu     sync.Mutex // guards:
	posted []change
	closed bool

	// owned by run
	taken   []change
	sockets []socket // by the number that epoll returns
	unused  []int32  // numbers free again
	events  [128]unix.EpollEvent
	buf     [2048]byte
	other   [rtpHeader + maxPayload]byte // a payload in the other law
	from    sockaddr
	serving *Port
}

// change asks a loop to take a port or to close it.
type change struct {
	port *Port
	add  bool
}

// socket is one of a port's two.
type socket struct {
	port *Port
	rtcp bool
}

func newLoop(owner *Ports) (*loop, error) {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "make a media loop: %w", err)
	}
	return &loop{owner: owner, poll: poll}, nil
}

// post hands a change to the loop's thread, which looks at it after its next wait, at most 5 ms later. After the loop has ended a port is closed at once.
func (l *loop) post(c change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		if !c.add {
			c.port.pair.close()
		}
		return
	}
	if c.add {
		l.ports.Add(1)
	} else {
		l.ports.Add(-1)
	}
	l.posted = append(l.posted, c)
}

// close frees what is left after run, or where run never came.
func (l *loop) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	for _, c := range l.posted {
		if !c.add {
			c.port.pair.close()
		}
	}
	l.posted = nil
	_ = unix.Close(l.poll)
}

// run serves until ctx is done. The goroutine keeps its thread: the wait does not go through the Go scheduler.
func (l *loop) run(ctx context.Context) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for ctx.Err() == nil {
		l.change()
		l.round(l.wait())
	}
	return nil
}

// change takes and closes ports, as was posted.
func (l *loop) change() {
	l.mu.Lock()
	l.taken, l.posted = l.posted, l.taken[:0]
	l.mu.Unlock()
	for _, c := range l.taken {
		if c.add {
			l.add(c.port)
		} else {
			l.remove(c.port)
		}
	}
	clear(l.taken)
}

func (l *loop) add(p *Port) {
	p.slots = [2]int32{l.number(socket{port: p}), l.number(socket{port: p, rtcp: true})}
	for i, fd := range [2]int{p.pair.rtp, p.pair.rtcp} {
		if err := unix.EpollCtl(l.poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: p.slots[i]}); err != nil {
			l.owner.opts.Log.Error("media port is deaf: the kernel refused to watch it", "leg", p.String(), "cause", err)
		}
	}
}

// number finds a free place for a socket.
func (l *loop) number(s socket) int32 {
	if n := len(l.unused); n > 0 {
		i := l.unused[n-1]
		l.unused = l.unused[:n-1]
		l.sockets[i] = s
		return i
	}
	l.sockets = append(l.sockets, s)
	return int32(len(l.sockets) - 1)
}

// remove closes a port's sockets, which also drops what their queues still hold, and lets the numbers rest.
func (l *loop) remove(p *Port) {
	p.pair.close()       // the kernel takes a closed socket off the epoll (epoll(7))
	p.in.ears.Store(nil) // the leg's last transaction keeps the port for half a minute (RFC 3261 §17), and this is most of it
	for _, i := range p.slots {
		l.sockets[i] = socket{}
		l.unused = append(l.unused, i)
	}
	l.owner.release(p.pair.local)
}

// round serves one datagram of each socket that has some: a flood on one port does not starve the others.
func (l *loop) round(n int) {
	defer l.survive()
	for i := range n {
		s := l.sockets[l.events[i].Fd]
		fd := s.port.pair.rtp
		if s.rtcp {
			fd = s.port.pair.rtcp
		}
		size := receive(fd, l.buf[:], &l.from)
		if size < 0 {
			continue
		}
		l.serving = s.port
		if s.rtcp {
			s.port.receivedRTCP(l.buf[:size], l.from.addrPort(), l.owner.opts.Now())
		} else {
			s.port.received(l.buf[:size], l.from.addrPort(), l.owner.opts.Now())
		}
	}
}

// survive keeps a mistake in one leg's processing from taking the other calls along: the leg goes silent and deaf until it
// is set anew, the rest of the round comes again, since epoll is level-triggered.
func (l *loop) survive() {
	if r := recover(); r != nil {
		l.serving.mistaken(r)
	}
}

// longestWait, in milliseconds, bounds how long the thread sits in the kernel, where the Go scheduler does not know of
// it.
const longestWait = 5

// wait returns how many sockets have something. It goes past the Go scheduler, whose bookkeeping costs up to a quarter of
// a packet's price at 100 calls; Run makes up for the processor that the thread keeps. The garbage collector is not held
// up: its signal interrupts the wait (measured: stopping takes 0.2 ms, as without). Nor does it nap between rounds: the
// more there is to do, the more one wait returns, and naps of 0.25 to 1 ms saved nothing steady beside their delay.
func (l *loop) wait() int {
	n, _, e := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(l.poll), uintptr(unsafe.Pointer(&l.events[0])), uintptr(len(l.events)),
		longestWait, 0, 0)
	if e != 0 {
		return 0
	}
	return int(n)
}
