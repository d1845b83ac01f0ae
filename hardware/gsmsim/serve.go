package gsmsim

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

// Serve gives the device's port for commands to whoever connects, one after the other, until ctx ends; ofono's phonesim
// driver wants its modem so. It closes the listener.
func (d *Device) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	defer l.Close()
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return cause.Errorf(cause.Unavailable, "serve %s by TCP: %w", d.model.Name, err)
		}
		if err := d.bridge(ctx, conn); err != nil {
			d.net.opts.Log.Error("a simulated port is not served", "err", err)
		}
	}
}

// bridge copies between a connection and the port until one of them ends.
func (d *Device) bridge(ctx context.Context, conn net.Conn) error {
	defer conn.Close()
	tty, err := os.OpenFile(d.Port(AT), os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return cause.Errorf(cause.Unavailable, "open the port of %s: %w", d.model.Name, err)
	}
	var once sync.Once
	end := func() {
		once.Do(func() {
			_ = conn.Close()
			_ = tty.Close()
		})
	}
	defer context.AfterFunc(ctx, end)()
	var copies sync.WaitGroup
	for _, way := range []struct {
		to   io.Writer
		from io.Reader
	}{{conn, tty}, {tty, conn}} {
		copies.Go(func() {
			defer end()
			if _, err := io.Copy(way.to, way.from); err != nil && !errors.Is(err, net.ErrClosed) {
				d.net.opts.Log.Debug("a bridge to a simulated port ended", "err", err)
			}
		})
	}
	copies.Wait()
	return nil
}
