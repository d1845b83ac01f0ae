package house

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"roadline/cabinet"
	"roadline/fmc/cause"
	"roadline/recording"
)

// soundness is one part of the node's health.
type soundness struct {
	name  string
	needs bool // calls need it: without it the node is not ready
	check func(*House, context.Context) error
}

// soundnesses are what health is made of. The database is not needed for calls: without it the journal keeps what
// happens, and the directory on disk what is known.
var soundnesses = []soundness{
	{"calls", true, func(h *House, _ context.Context) error {
		if h.draining.Load() {
			return cause.Errorf(cause.Unavailable, "the server is stopping: no new calls are taken")
		}
		return nil
	}},
	{"sip", true, func(h *House, _ context.Context) error {
		if a := h.agent.Addrs(); len(a.UDP)+len(a.TCP) == 0 {
			return cause.Errorf(cause.Unavailable, "nothing listens for SIP")
		}
		return nil
	}},
	{"journal", true, func(h *House, _ context.Context) error { return h.journal.State().Why }},
	{"disk", true, func(h *House, _ context.Context) error { return h.roomLeft() }},
	{"database", false, func(h *House, ctx context.Context) error { return h.store.Operator().Reachable(ctx) }},
	{"drain", false, func(h *House, _ context.Context) error { return h.drain.State().Why }},
	{"directory", false, func(h *House, _ context.Context) error {
		if !h.directory.State().Live {
			return cause.Errorf(cause.Unavailable, "PostgreSQL is not heard of: companies are as last known")
		}
		return nil
	}},
}

// healthWait is how long one look at the node's health may take.
const healthWait = 3 * time.Second

// Health is how the node is, part by part.
func (h *House) Health(ctx context.Context) cabinet.Health {
	ctx, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	all := cabinet.Health{Ready: true}
	for _, s := range soundnesses {
		part := cabinet.HealthPart{Name: s.name, Needed: s.needs}
		if err := s.check(h, ctx); err != nil {
			part.Why = err.Error()
			all.Ready = all.Ready && !s.needs
		}
		all.Parts = append(all.Parts, part)
	}
	return all
}

// disk is how much room a disk has.
type disk struct{ free, size int64 }

func diskOf(folder string) (disk, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return disk{}, cause.Errorf(cause.Unavailable, "the disk of %s: %w", folder, err)
	}
	block := int64(s.Bsize)                                                        //nolint:unconvert // its size differs by machine
	return disk{free: int64(s.Bavail) * block, size: int64(s.Blocks) * block}, nil //nolint:gosec // disks are smaller
}

// folders are where the node writes.
func (h *House) folders() map[string]string {
	return map[string]string{"data": h.m.Data, "recordings": h.m.Recording.Spool}
}

// leastRoom is how much must be free on a disk for new calls: less, and the journal or a recording soon fails.
const leastRoom = 100 << 20

func (h *House) roomLeft() error {
	for name, folder := range h.folders() {
		d, err := diskOf(folder)
		if err != nil {
			return err
		}
		if d.free < leastRoom {
			return cause.Errorf(cause.NoRoom, "the disk of %s (%s) has %s left", name, folder, recording.Room(d.free))
		}
	}
	return nil
}

// watching are the routes of the listener for figures and health.
func (h *House) watching() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", h.meters.handler())
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { answerHealth(w, h.Health(r.Context()), false) })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		answerHealth(w, h.Health(r.Context()), r.URL.Query().Has("verbose"))
	})
	return mux
}

// answerHealth tells what is wrong, a line each, or as JSON everything.
func answerHealth(w http.ResponseWriter, x cabinet.Health, verbose bool) {
	status := http.StatusOK
	if !x.Ready {
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Cache-Control", "no-store")
	if verbose {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		_ = e.Encode(x) // who asked may have gone
		return
	}
	var text strings.Builder
	for _, p := range x.Parts {
		switch {
		case p.Why == "":
		case p.Needed:
			fmt.Fprintf(&text, "not ready: %s: %s\n", p.Name, p.Why)
		default:
			fmt.Fprintf(&text, "calls go on without: %s: %s\n", p.Name, p.Why)
		}
	}
	if text.Len() == 0 {
		text.WriteString("ready\n")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text.String()))
}

// serveWatching serves figures and health until ctx is done, if the machine file says where.
func (h *House) serveWatching(ctx context.Context) error {
	if h.watchers == nil {
		return wait(ctx)
	}
	return serveHTTP(ctx, h.watchers, h.watching())
}

// listenWatching opens the listener for figures and health, if the machine file names one.
func (h *House) listenWatching() error {
	at := h.m.Metrics.Listen
	if !at.IsValid() {
		return nil
	}
	l, err := net.Listen("tcp", at.String())
	if err != nil {
		return cause.Errorf(cause.Unavailable, "metrics: %w: write another address in \"metrics: {listen: …}\" of roadline.yaml", err)
	}
	h.watchers = l
	return nil
}

// lastAnswers is how long what was asked before a stop may take.
const lastAnswers = 5 * time.Second

// serveHTTP answers on a listener until ctx is done. Whoever takes longer than lastAnswers then is cut off.
func serveHTTP(ctx context.Context, l net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute, IdleTimeout: time.Minute}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastAnswers)
		defer cancel()
		err := server.Shutdown(last)
		if err != nil {
			err = errors.Join(err, server.Close())
		}
		done <- err
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-done
}
