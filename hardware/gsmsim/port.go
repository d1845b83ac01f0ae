package gsmsim

import (
	"fmt"
	"os"
	"path/filepath"

	"roadline/fmc/cause"
)

// A port is one serial port of a device, on a pseudo-terminal that changes when the device appears anew.
type port struct {
	device  *Device
	face    Interface
	link    string   // in Options.Dir
	pty     *pty     // nil: it is not there
	spare   *pty     // the next one, opened before this is closed, so that its name is another
	readers int      // how many have it open, beside us
	heard   bool     // somebody wrote, so somebody reads, though the watch has not said so yet
	tty     *session // of a port for commands
}

// linkName is what /dev/serial/by-path would call a port: it stays when the terminal's name changes.
func (d *Device) linkName(i Interface) string {
	return fmt.Sprintf("pci-0000:00:14.0-usb-0:%s:1.%d-port0", d.path, i.Number)
}

// openPorts makes the terminals of a device and their links.
func (d *Device) openPorts() error {
	for _, p := range d.ports {
		fresh := p.spare
		p.spare = nil
		if fresh == nil {
			var err error
			if fresh, err = openPTY(); err != nil {
				d.closePorts()
				return err
			}
		}
		p.pty, p.readers, p.heard = fresh, 0, false
		next := p.link + ".new"
		_ = os.Remove(next)
		if err := os.Symlink(fresh.path, next); err != nil {
			d.closePorts()
			return cause.Errorf(cause.Unavailable, "link a simulated port: %w", err)
		}
		if err := os.Rename(next, p.link); err != nil {
			d.closePorts()
			return cause.Errorf(cause.Unavailable, "link a simulated port: %w", err)
		}
	}
	return nil
}

// startPorts lets a device listen; before Run nobody listens yet.
func (d *Device) startPorts() {
	if d.net.stage != running {
		return
	}
	for _, p := range d.ports {
		if p.pty == nil {
			continue
		}
		if err := d.net.watch.add(p); err != nil {
			d.net.opts.Log.Error("a simulated port is not watched", "err", err)
			p.readers = 1 // whatever is said is written
		}
		now := p.pty
		d.net.readers.Go(func() { p.read(now) })
	}
}

// closePorts takes the ports away: their readers see a hang-up.
func (d *Device) closePorts() {
	for _, p := range d.ports {
		if p.pty == nil {
			continue
		}
		if d.net.stage == running {
			if spare, err := openPTY(); err == nil {
				p.spare = spare
			}
		} else if p.spare != nil {
			p.spare.close()
			p.spare = nil
		}
		if d.net.watch != nil {
			d.net.watch.remove(p)
		}
		_ = os.Remove(p.link)
		p.pty.close()
		p.pty = nil
		if p.tty != nil {
			p.tty.reset()
		}
	}
}

// read takes what is written to a terminal until it is closed.
func (p *port) read(from *pty) {
	buf := make([]byte, 4096)
	n := p.device.net
	for {
		count, err := from.master.Read(buf)
		if err != nil {
			return
		}
		n.mu.Lock()
		if p.pty != from {
			n.mu.Unlock()
			return
		}
		p.heard = true
		if p.tty != nil {
			p.tty.take(buf[:count])
		} else {
			p.device.speech.take(buf[:count])
		}
		n.mu.Unlock()
	}
}

// open says that somebody would get what is said now.
func (p *port) open() bool { return p.pty != nil && (p.readers > 0 || p.heard) }

// write says b, as far as there is room.
func (p *port) write(b []byte) int {
	if p.pty == nil {
		return 0
	}
	return p.pty.write(b)
}

// newPorts are the ports of a device that is not plugged in yet.
func (d *Device) newPorts() []*port {
	var ports []*port
	for _, face := range d.model.Interfaces {
		p := &port{device: d, face: face, link: filepath.Join(d.net.opts.Dir, d.linkName(face))}
		if face.Role != PCM {
			p.tty = newSession(d, p)
		}
		ports = append(ports, p)
	}
	return ports
}
