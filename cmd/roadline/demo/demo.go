// Package demo lets anybody see Roadline work: it starts a real house with a demo company on it, and around it the
// pretend telephone world of demo/outside, whose clients and people call each other over real SIP and RTP until they
// are told to stop. It shows one line for each call, and what to try next. It decides nothing about a call and keeps
// nothing but its folder: what is shown at a call's end is the record as PostgreSQL has it.
//
// Start at New, then Demo.Run. company.go is the demo company and its machine, people.go and clients.go what people do,
// voices.go what they say, day.go who calls when, air.go the mobile network with the company's modems, gateway.go its gateway,
// bank.go its SIM bank, centre.go its message centre, texts.go who writes when, troubles.go what befalls modems, screen.go what is seen of it.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"roadline/cmd/roadline/demo/outside"
	"roadline/cmd/roadline/house"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/hardware/banksim"
	"roadline/hardware/gsmsim"
	"roadline/hardware/gwsim"
)

// Options are how a demo is run. The zero value of each is said at it.
type Options struct {
	Folder  string         // where everything is kept; ".demo"
	Listen  netip.AddrPort // of the server's SIP, beside localhost; port 0, or taken: a free one
	Web     netip.AddrPort // of the cabinet, on localhost; port 0, or taken: a free one; 127.0.0.1:8080
	Program string         // as it is written in what to try next; "roadline"

	Calls   int           // end after so many; 0: never
	For     time.Duration // end after so long; 0: never
	Every   time.Duration // between two calls, on average; 4 s
	Most    int           // calls at a time; 8
	Fails   time.Duration // between two failures of a modem, on average; 50 s; below 0: none fails
	Seed    uint64        // of every chance
	Gateway string        // whose the company's gateway is: goip, dinstar, yeastar, openvox; "goip"
	Past    int           // days before the first start of which calls are made up; 30; below 0: none

	Screen Screen
	Ended  func(outside.Seen) // told what each end of a call lived through; it must not wait; nil: nobody asks
	// Finished is called when no more calls come and all have ended, while the server still runs; nil: nobody asks.
	Finished func(context.Context)
}

// Demo is a house and the world around it.
type Demo struct {
	o       Options
	company *fmc.Company
	listen  []netip.AddrPort // the server's: localhost first
	web     netip.AddrPort
	house   *house.House
	air     *gsmsim.Network // the mobile network
	cards   []*gsmsim.Card  // of the company, in its file's order
	modules []*module       // in it, with the first cards
	box     gwsim.Box       // in it, with the next
	gateway string          // box as the machine's file has it
	bank    *banksim.Bank   // in it, with the last
	remote  []*module       // that the bank's cards can serve
	banks   string          // bank as the machine's file has it
	centre  *centre         // of messages
	world   *outside.Network
	phones  map[string]*outside.Phone // by account
	secrets map[string]string         // by account
	screen  *screen
	ledger  *ledger
	post    *post
	ready   chan struct{}
	logs    []io.Closer
}

// New builds a demo in its folder. It opens the sockets of the carrier and of the phones and starts nothing.
func New(ctx context.Context, o Options) (*Demo, error) {
	o = o.withDefaults()
	d := &Demo{o: o, phones: map[string]*outside.Phone{}, secrets: map[string]string{}, ready: make(chan struct{})}
	if err := d.build(); err != nil {
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if d.world != nil {
			err = errors.Join(err, d.world.Run(gone)) // closes its sockets
		}
		if d.air != nil {
			err = errors.Join(err, d.air.Run(gone)) // closes its terminals
		}
		if d.bank != nil {
			err = errors.Join(err, d.bank.Run(gone)) // closes its port
		}
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (o Options) withDefaults() Options {
	if o.Folder == "" {
		o.Folder = ".demo"
	}
	if o.Program == "" {
		o.Program = "roadline"
	}
	if o.Every == 0 {
		o.Every = 4 * time.Second
	}
	if o.Most == 0 {
		o.Most = 8
	}
	if o.Fails == 0 {
		o.Fails = 50 * time.Second
	}
	if !o.Web.IsValid() {
		o.Web = netip.AddrPortFrom(localhost, 8080)
	}
	if o.Past == 0 {
		o.Past = 30
	}
	if o.Gateway == "" {
		o.Gateway = "goip"
	}
	if o.Ended == nil {
		o.Ended = func(outside.Seen) {}
	}
	return o
}

func (d *Demo) build() (err error) {
	if d.company, err = configs.ReadCompany("acme.yaml", companyFile); err != nil {
		return err
	}
	// PostgreSQL runs as another user where we are root, and must get through to its own folder.
	if err := os.MkdirAll(d.o.Folder, 0o711); err != nil { //nolint:gosec // see above; what is secret in it is closed itself
		return cause.Errorf(cause.Unavailable, "demo folder: %w", err)
	}
	if c, err := net.Dial("unix", d.socket()); err == nil {
		return errors.Join(cause.Errorf(cause.Conflict, "a demo runs in %s: stop it, or name another folder with --data", d.o.Folder), c.Close())
	}
	d.screen = newScreen(d.o.Screen, d.company)
	d.ledger = newLedger(d.screen, d.recorded)
	d.post = newPost(d.screen)
	if d.listen, err = addresses(d.o.Listen); err != nil {
		return err
	}
	if d.web, err = webAddress(d.o.Web); err != nil {
		return err
	}
	if err := d.buildAir(); err != nil {
		return err
	}
	if err := d.buildCentre(); err != nil {
		return err
	}
	if err := d.buildWorld(); err != nil {
		return err
	}
	machine, err := d.writeMachine()
	if err != nil {
		return err
	}
	log, err := d.log("roadline.log")
	if err != nil {
		return err
	}
	d.house, err = house.New(machine, house.Options{
		Log: log, Grace: time.Second, Demo: true, Happenings: d.happenings(),
		Ready: func() { close(d.ready) },
		Watch: func(_, is call.Call, _ []fmc.Fact) {
			d.screen.saw(is)
			if is.Over() {
				d.ledger.ended(is.ID)
			}
		},
	})
	return err
}

// log begins a log file of the demo.
func (d *Demo) log(name string) (*slog.Logger, error) {
	f, err := os.OpenFile(filepath.Join(d.o.Folder, name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "demo: %w", err)
	}
	d.logs = append(d.logs, f)
	return slog.New(slog.NewTextHandler(f, nil)), nil
}

// close closes the log files.
func (d *Demo) close() error {
	var errs []error
	for _, f := range d.logs {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// Run runs the demo until ctx is done, or for as many calls or as long as was asked; then everybody hangs up, the
// server stops, and what came of it all is told. hurry skips the good manners.
func (d *Demo) Run(ctx context.Context, hurry <-chan struct{}) error {
	failed := make(chan error, 7)
	start := func(name string, run func(context.Context) error) (stop context.CancelFunc, stopped <-chan struct{}) {
		own, stop := context.WithCancel(context.WithoutCancel(ctx))
		done := make(chan struct{})
		go func() {
			defer close(done)
			if err := run(own); err != nil {
				failed <- fmt.Errorf("%s: %w", name, err)
			}
		}()
		return stop, done
	}
	stopScreen, screenStopped := start("screen", d.screen.run)
	stopAir, airStopped := start("mobile network", d.air.Run)
	stopWorld, worldStopped := start("pretend world", d.world.Run)
	stopCentre, centreStopped := start("message centre", d.centre.run)
	stopBank, bankStopped := start("SIM bank", d.bank.Run)
	stopBox, boxStopped := start("gateway", d.runGateway)
	stopHouse, houseStopped := start("server", func(ctx context.Context) error { return d.house.Run(ctx, hurry) })

	err := d.day(ctx, hurry, houseStopped)
	stopWorld() // first: the phones say goodbye while the server hears them
	<-worldStopped
	stopHouse()
	<-houseStopped
	stopCentre()
	<-centreStopped
	stopBox()
	<-boxStopped
	stopBank()
	<-bankStopped
	stopAir() // last: to the server it would be the loss of its modems
	<-airStopped
	d.screen.say(d.ledger.summary(d.o, d.post.summary(d.air.Undelivered()))...)
	stopScreen()
	<-screenStopped
	close(failed)
	for other := range failed {
		err = errors.Join(err, other)
	}
	return errors.Join(err, d.close())
}

// day is the demo from its first moment to the record of its last call. It ends early, without an error of its own,
// when ctx is done or the server has stopped.
func (d *Demo) day(ctx context.Context, hurry, stopped <-chan struct{}) error {
	awake, cancel := context.WithCancel(ctx)
	defer cancel()
	var watching sync.WaitGroup
	defer watching.Wait()
	done := make(chan struct{})
	defer close(done)
	watching.Go(func() {
		select {
		case <-stopped:
			cancel()
		case <-done:
		}
	})
	if err := d.begin(awake); err != nil || awake.Err() != nil {
		if awake.Err() != nil {
			return nil
		}
		return err
	}
	d.screen.say(d.welcome()...)
	settling, stopSettling := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSettling()
	company := d.house.Store().For(d.company.Profile.ID)
	watching.Go(func() { d.ledger.settle(settling, company) })
	watching.Go(func() { d.post.settle(settling, company, d.reply) })
	watching.Go(func() { d.watchLines(settling) })
	watching.Go(func() {
		if err := d.remember(settling, d.house.Store()); err != nil {
			d.screen.say(fmt.Sprintf("The calls of the days before are not there: %v", err))
		}
		if err := nameClients(settling, company); err != nil {
			d.screen.say(fmt.Sprintf("The clients have no names: %v", err))
		}
	})
	var beside sync.WaitGroup
	rest, stopBeside := context.WithCancel(awake)
	defer stopBeside()
	beside.Go(func() { d.texts(rest) })
	beside.Go(func() { d.troubles(rest) })
	d.calls(awake)
	stopBeside()
	beside.Wait()
	d.endCalls(settling, hurry)
	d.endTexts(settling, hurry)
	if d.o.Finished != nil {
		d.o.Finished(settling)
	}
	return nil
}

// begin brings everything to the point where calls can come: the server runs and has the company, the phones are
// registered, people can speak.
func (d *Demo) begin(ctx context.Context) error {
	everything, ctx := errgroup.WithContext(ctx)
	everything.Go(func() error { return d.teach(ctx) })
	everything.Go(func() error {
		select {
		case <-d.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := d.setUp(ctx); err != nil {
			return err
		}
		d.world.PowerOn()
		return d.registered(ctx)
	})
	return everything.Wait()
}

// letIn is how long a phone may take to be registered.
const letIn = 30 * time.Second

// registered waits until every phone is.
func (d *Demo) registered(ctx context.Context) error {
	patience := time.NewTimer(letIn)
	defer patience.Stop()
	for account, phone := range d.phones {
		select {
		case <-phone.Up():
		case <-ctx.Done():
			return ctx.Err()
		case <-patience.C:
			return cause.Errorf(cause.Unavailable, "the pretend phone %s is not let in: see %s", account, filepath.Join(d.o.Folder, "outside.log"))
		}
	}
	return nil
}
