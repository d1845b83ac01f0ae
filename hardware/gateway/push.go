package gateway

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"roadline/fmc/cause"
)

// mostHead bounds the head of a push, in octets: a text may stand in its address.
const mostHead = 64 << 10

// Hear serves HTTP at Listen, where the box pushes to, until ctx ends; live has what runs meanwhile. Only the box itself
// reaches hear.
func (o Options) Hear(ctx context.Context, live *sync.WaitGroup, box *Host, hear http.HandlerFunc) error {
	at, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return cause.Errorf(cause.Unavailable, "gateway %s: %w", o.Name, err)
	}
	log := o.Log.With("gateway", o.Name)
	box.Ask(ctx)
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, MaxHeaderBytes: mostHead}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !box.Speaks(r.Context(), r.RemoteAddr) {
			http.Error(w, "unknown sender", http.StatusForbidden)
			return
		}
		hear(w, r)
	})
	live.Go(func() {
		if err := server.Serve(at); err != nil && !errors.Is(err, http.ErrServerClosed) {
			log.Error("pushes are not heard any more", "err", err)
		}
	})
	live.Go(func() {
		<-ctx.Done()
		if err := server.Close(); err != nil {
			log.Debug("server of pushes closed", "err", err)
		}
	})
	return nil
}
