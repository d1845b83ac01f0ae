package house

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"roadline/fmc/cause"
)

// socket is the unix socket of the API: only the account that runs the server, and root, may speak to it.
type socket struct {
	path     string
	listener net.Listener
}

// unixPathMost is how long a socket's path may be (unix(7): 108 bytes with the closing zero).
const unixPathMost = 107

// listen makes the socket. A dead server's is replaced, a living one's is not, nor is what is no socket.
func listen(path string) (*socket, error) {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if len(path) > unixPathMost {
		return nil, cause.Errorf(cause.Invalid, "socket %s: the path is %d bytes long, at most %d work: write a shorter \"socket\" in roadline.yaml", path, len(path), unixPathMost)
	}
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		return nil, errors.Join(cause.Errorf(cause.Conflict, "socket %s: another roadline serves there: stop it first, or give this one a \"data\" folder of its own", path), c.Close())
	}
	if is, err := os.Lstat(path); err == nil && is.Mode()&os.ModeSocket == 0 {
		return nil, cause.Errorf(cause.Conflict, "socket %s: what stands there is no socket, and is left alone: write another \"socket\" in roadline.yaml", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, cause.Errorf(cause.Unavailable, "socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "socket: %w: write a \"socket\" in roadline.yaml whose folder is there and may be written to", err)
	}
	return &socket{path, l}, os.Chmod(path, 0o600)
}

// serve answers until ctx is done.
func (s *socket) serve(ctx context.Context, api http.Handler) error {
	return serveHTTP(ctx, s.listener, api)
}

func (s *socket) close() error {
	err := s.listener.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return err
}
