package gsmsim

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

// watch learns who opens and closes the ports, by inotify: what a module says while nobody has its port open is lost, as
// it is on a real one, and a hold that a reader left behind ends with him.
type watch struct {
	net    *Network
	events *os.File
	ports  map[int32]*port // by watch descriptor
}

func newWatch(n *Network) (*watch, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "watch the simulated ports: %w", err)
	}
	return &watch{net: n, events: os.NewFile(uintptr(fd), "inotify"), ports: map[int32]*port{}}, nil //nolint:gosec // a descriptor is no large number
}

// add begins to watch a port.
func (w *watch) add(p *port) error {
	conn, err := w.events.SyscallConn()
	if err != nil {
		return err
	}
	var id int
	if e := conn.Control(func(fd uintptr) {
		id, err = unix.InotifyAddWatch(int(fd), p.pty.path, unix.IN_OPEN|unix.IN_CLOSE) //nolint:gosec // as above
	}); e != nil {
		return e
	}
	if err == nil {
		w.ports[int32(id)] = p //nolint:gosec // the kernel counts them in 32 bits
	}
	return err
}

// remove forgets a port that is closed; its watch ends with its terminal.
func (w *watch) remove(p *port) {
	for id, watched := range w.ports {
		if watched == p {
			delete(w.ports, id)
		}
	}
}

func (w *watch) close() { _ = w.events.Close() }

func (w *watch) read() {
	buf := make([]byte, 4096)
	for {
		n, err := w.events.Read(buf)
		if err != nil {
			if !errors.Is(err, os.ErrClosed) {
				w.net.opts.Log.Error("the watch over simulated ports ended", "err", err)
			}
			return
		}
		w.net.mu.Lock()
		for at := 0; at+unix.SizeofInotifyEvent <= n; {
			e := (*unix.InotifyEvent)(unsafe.Pointer(&buf[at])) //nolint:gosec // the kernel's own layout
			w.note(e)
			at += unix.SizeofInotifyEvent + int(e.Len)
		}
		w.net.mu.Unlock()
	}
}

func (w *watch) note(e *unix.InotifyEvent) {
	p := w.ports[e.Wd]
	switch {
	case e.Mask&unix.IN_IGNORED != 0:
		delete(w.ports, e.Wd)
	case p == nil:
	case e.Mask&unix.IN_OPEN != 0:
		p.readers++
	case p.readers > 0:
		if p.readers--; p.readers == 0 {
			p.heard = false
			p.pty.share()
		}
	}
}
