package modem

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/at"
)

// Options are what a driver needs.
type Options struct {
	Family Family
	AT     func() (io.ReadWriteCloser, error) // opens the port for commands; its Close must end a Read, its Write must have a limit
	PCM    func() (io.ReadWriteCloser, error) // opens the port of the sound; nil: none
	Card   func() (Card, error)               // opens the sound card; nil: none
	Told   func(out bool, line string)        // hears the AT lines without their secrets; it does not wait. nil: nobody asks
	Log    *slog.Logger
	Now    func() time.Time // monotonic
}

// driver is the Modem of every family.
type driver struct {
	family Family
	opts   Options
	log    *slog.Logger
	engine *at.Engine
	events chan Event

	begin sync.Once
	end   sync.Once
	stop  context.CancelFunc // set by begin
	live  sync.WaitGroup     // the goroutines that begin started

	busy   atomic.Bool   // there is a call: the list of calls is asked for
	kick   chan struct{} // ask for it now
	active atomic.Int64  // index of the call that speaks; 0: none known
	ack    atomic.Bool   // +CNMA is wanted for what is not stored

	store sync.Mutex // held over the commands that select a storage and use it
	ussd  ussd

	mu sync.Mutex
	// mu guards:
	err      error
	closed   bool
	identity Identity
	can      Capabilities
	prepared bool // Prepare was sent
	radio    Radio
	dialling context.CancelFunc // ends a Dial that still waits for its OK
	speech   *speech            // the open one
}

// Limits of commands. 27.007 names none; these are the makers' with some to spare.
const (
	shortLimit  = 5 * time.Second
	dialLimit   = 60 * time.Second // some answer OK when it rings only
	answerLimit = 25 * time.Second
	netLimit    = 15 * time.Second  // what the network is asked about
	sendLimit   = 120 * time.Second // +CMGS
	bootLimit   = 20 * time.Second  // +CFUN
)

// The bounds of Events.
const (
	eventRoom = 64
	eventWait = time.Second
)

// Open makes the modem of a family; it opens nothing before Start.
func Open(o Options) Modem {
	d := &driver{
		family: o.Family, opts: o, log: o.Log, can: o.Family.Can,
		events: make(chan Event, eventRoom), kick: make(chan struct{}, 1),
		identity: Identity{Family: o.Family.Name},
	}
	d.engine = at.New(at.Options{Open: o.AT, Forms: append(at.Standard(), o.Family.Forms...), Told: o.Told, Log: o.Log})
	return d
}

// Identity is documented at Modem, as are the other methods.
func (d *driver) Identity() Identity {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.identity
}

func (d *driver) Can() Capabilities {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.can
}

func (d *driver) Events() <-chan Event { return d.events }

func (d *driver) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// run starts the life of the driver, once: the engine, who reads it, and who asks for the list of calls. ctx bounds the
// first Start, not the life. It is false where the life is over.
func (d *driver) run(ctx context.Context) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.err != nil {
		return false
	}
	d.begin.Do(func() {
		life, stop := context.WithCancel(context.WithoutCancel(ctx))
		d.stop = stop
		noted := make(chan struct{}) // why the engine ended stands in err
		d.live.Go(func() {
			defer close(noted)
			if err := d.engine.Run(life); err != nil {
				d.fail(err)
			}
		})
		d.live.Go(func() { newWatch(d).run(noted) })
		d.live.Go(func() { d.poll(life) })
	})
	d.prepared = false
	return true
}

// fail ends the modem; the first reason counts.
func (d *driver) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil && !d.closed {
		d.err = err
	}
	d.stop()
}

// Close waits until all has ended.
func (d *driver) Close() error {
	d.end.Do(func() {
		d.mu.Lock()
		d.closed = true
		stop, speech := d.stop, d.speech
		d.mu.Unlock()
		if speech != nil {
			speech.shut()
		}
		if stop != nil {
			stop()
		} else {
			close(d.events)
		}
	})
	d.live.Wait()
	return nil
}

// Start is documented at Modem.
func (d *driver) Start(ctx context.Context) error {
	if !d.run(ctx) {
		return cause.Errorf(cause.Unavailable, "start %s: the modem is closed", d.family.Name)
	}
	if err := d.give(ctx, Must("E0")); err != nil {
		return err
	}
	// Numbers are read wherever they come; a module that knows texts only gives texts.
	if err := d.give(ctx, append(May("+CMEE=1", "V1"), d.family.Init...)); err != nil {
		return err
	}
	if err := d.identify(ctx); err != nil {
		return err
	}
	d.voice(ctx)
	if err := d.give(ctx, optional(d.family.HangUp)); err != nil {
		return err
	}
	if state, err := d.simState(ctx); err != nil || state != SIMReady {
		return err
	}
	return d.prepare(ctx)
}

// give sends commands in turn.
func (d *driver) give(ctx context.Context, list []Command) error {
	for _, c := range list {
		_, err := d.engine.Command(ctx, c.Text, limit(c, shortLimit))
		if err == nil {
			continue
		}
		if _, refused := errors.AsType[*at.Refused](err); !c.Optional || !refused && d.over() || ctx.Err() != nil {
			return err
		}
		d.log.Debug("optional command refused", "err", err)
	}
	return nil
}

// over says that the modem is lost.
func (d *driver) over() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err != nil || d.closed
}

func limit(c Command, usual time.Duration) time.Duration {
	if c.Limit == 0 {
		return usual
	}
	return c.Limit
}

func optional(list []Command) []Command {
	all := make([]Command, len(list))
	for i, c := range list {
		c.Optional = true
		all[i] = c
	}
	return all
}

// ask gives one command and returns the lines that begin with prefix, and of them all where prefix is empty.
func (d *driver) ask(ctx context.Context, command, prefix string, limit time.Duration) ([]string, error) {
	answer, err := d.engine.Command(ctx, command, limit)
	return withPrefix(answer, prefix), err
}

// Raw is documented at Modem.
func (d *driver) Raw(ctx context.Context, command string) ([]string, error) {
	return d.engine.Command(ctx, command, sendLimit)
}

// Reset is documented at Modem.
func (d *driver) Reset(ctx context.Context, step Step) error {
	list := d.family.Steps[step]
	switch {
	case step == Hail:
		return d.engine.Hail(ctx)
	case len(list) == 0:
		return cause.Errorf(cause.Unsupported, "reset %s: the family has no step %s", d.family.Name, step)
	}
	for _, c := range list {
		_, err := d.engine.Command(ctx, c.Text, limit(c, bootLimit))
		_, refused := errors.AsType[*at.Refused](err)
		switch {
		case step == Restart && err != nil && !refused:
			return nil // a module that boots anew rarely says OK first
		case err != nil && !c.Optional:
			return err
		}
	}
	return nil
}
