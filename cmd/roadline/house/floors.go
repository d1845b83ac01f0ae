package house

import (
	"context"
	"errors"
	"fmt"
	"time"

	"roadline/fmc/cause"
)

// floor is one part that runs, from its start until the parts above it have stopped.
type floor struct {
	name string
	stop context.CancelFunc
	done chan struct{}
}

// floors are the running parts, the lowest first.
type floors struct {
	all    []floor
	failed chan error // the first part that ended by itself
}

// add starts a part on top of the others. It ends in its turn, not with ctx.
func (f *floors) add(ctx context.Context, name string, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	f.all = append(f.all, floor{name, cancel, done})
	go func() {
		defer close(done)
		err := run(ctx)
		if err != nil && ctx.Err() == nil {
			select {
			case f.failed <- fmt.Errorf("%s: %w", name, err):
			default:
			}
		}
	}()
}

// down stops the parts from the top, each after the ones above it, as far as the named one.
func (f *floors) down(to string) {
	for len(f.all) > 0 {
		top := f.all[len(f.all)-1]
		if top.name == to {
			return
		}
		top.stop()
		<-top.done
		f.all = f.all[:len(f.all)-1]
	}
}

// Run runs the house until ctx is done, and stops it in order: new calls are refused with 503, those that go on may end
// by themselves for a while (hurry skips that), then they are hung up; then recordings are closed, the journal, the
// store. It returns when nothing of it runs any more.
func (h *House) Run(ctx context.Context, hurry <-chan struct{}) error {
	f := &floors{failed: make(chan error, 1)}
	if h.private != nil {
		f.add(ctx, "postgresql", h.private.Run)
	}
	f.add(ctx, "store", func(ctx context.Context) error {
		if h.private != nil { // ours says when it is there: no growing pauses between tries
			_ = h.private.Ready(ctx)
		}
		return errors.Join(h.store.Run(ctx), wait(ctx))
	})
	f.add(ctx, "journal", h.journal.Run)
	f.add(ctx, "directory", h.directory.Run)
	f.add(ctx, "registrations", h.phones.Run)
	f.add(ctx, "watchers", h.serveWatching)
	f.add(ctx, "pulse", h.meters.feel)
	f.add(ctx, "pace", pace)
	f.add(ctx, "traces", h.traces.Run)
	f.add(ctx, "modes", h.modes.Run)
	err := h.open(ctx, f)
	switch {
	case err != nil && ctx.Err() != nil:
		err = nil // told to stop before calls were taken
	case err == nil:
		select {
		case <-ctx.Done():
		case err = <-f.failed:
		}
		h.letGo(ctx, hurry)
	}
	f.down("")
	h.store.Close()
	return errors.Join(err, h.listener.close(), h.journal.Close())
}

func wait(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// open brings in what an earlier start left, and then lets calls come.
func (h *House) open(ctx context.Context, f *floors) error {
	left, err := h.recover()
	if err != nil {
		return err
	}
	promises, err := h.promised()
	if err != nil {
		return err
	}
	f.add(ctx, "drain", h.drain.Run) // it removes the journals that recover reads
	if err := h.words.Start(ctx); err != nil {
		return err
	}
	if err := h.agent.Bind(); err != nil {
		return fmt.Errorf("%w: write addresses of this machine that nothing else listens at under \"sip\" in roadline.yaml", err)
	}
	f.add(ctx, "ports", h.ports.Run)
	f.add(ctx, "recorder", h.recorder.Run)
	f.add(ctx, "measures", h.measure)
	f.add(ctx, "calls", h.calls.Run)
	f.add(ctx, "sip", h.agent.Run)
	f.add(ctx, "legs", h.legs.Run)
	f.add(ctx, "plugs", h.plugs.Run)
	f.add(ctx, "gateways", h.boxes.run)
	f.add(ctx, "gsm", h.gsm.Run)
	f.add(ctx, "card checks", h.tryCards)
	f.add(ctx, "banks", h.banks.Run)
	f.add(ctx, "message centres", h.centres.Run)
	f.add(ctx, "programs", h.tellPrograms)
	f.add(ctx, "texts", h.texts.Run)
	f.add(ctx, "jobs", h.jobs.Run)
	f.add(ctx, "retention", h.retain)
	f.add(ctx, "alarms", h.lookOut)
	f.add(ctx, "orphans", func(ctx context.Context) error {
		n := len(left.legs)
		if n == 0 {
			return nil
		}
		h.log.Info("orphan legs hung up", "state", fmt.Sprintf("%d of %d", h.legs.Orphans(ctx, left.legs), n))
		if ctx.Err() != nil {
			return nil // the next start goes on
		}
		return left.done()
	})
	f.add(ctx, "webhooks", h.hooks.Run)
	f.add(ctx, "line news", h.watchLines)
	f.add(ctx, "line signals", h.sampleSignals)
	f.add(ctx, "memory", h.remember)
	f.add(ctx, "sounds", h.words.Run)
	f.add(ctx, "api", func(ctx context.Context) error { return h.listener.serve(ctx, h.api) })
	if h.site != nil {
		f.add(ctx, "door", h.door.Run)
		f.add(ctx, "web", func(ctx context.Context) error { return serveHTTP(ctx, h.browsers, h.site) })
	}
	f.add(ctx, "news", h.news.Run) // on top of all who serve it: their streams end before they do
	f.add(ctx, "supervisor", h.beat)
	h.calls.Resume(promises, time.Now())
	h.tellSupervisor("READY=1")
	if h.o.Ready != nil {
		h.o.Ready()
	}
	h.log.Info("taking calls", "state", h.agent.Addrs().String())
	return nil
}

// letGo ends the calls.
func (h *House) letGo(ctx context.Context, hurry <-chan struct{}) {
	h.draining.Store(true)
	h.tellSupervisor("STOPPING=1")
	h.legs.Drain()
	h.gsm.Drain()
	h.calls.Drain()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.o.Grace)
	defer cancel()
	go func() {
		select {
		case <-hurry:
			cancel()
		case <-grace.Done():
		}
	}()
	if h.calls.Wait(grace) == nil {
		return
	}
	h.calls.HangUp(cause.Because(cause.Interrupted, "The server is stopping."))
	last, done := context.WithTimeout(context.WithoutCancel(ctx), 40*time.Second)
	defer done()
	if err := h.calls.Wait(last); err != nil {
		h.log.Error("calls left at the stop", "cause", err)
	}
}
