package main

import (
	"context"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"roadline/cmd/roadline/demo"
)

// demo runs a company among pretend clients and mobiles.
func (p *program) demo() *cobra.Command {
	var listen, web string
	o := demo.Options{Program: os.Args[0]}
	c := &cobra.Command{
		Use: "demo", Short: "See it work: a demo company, pretend clients and mobiles, real calls", Args: arguments(0, 0, "no arguments"),
		Long: `Run a server with a demo company, and around it a pretend telephone world: a carrier, a mobile network with the company's
modems, gateway and SIM bank, a message centre, mobiles and clients that call each other over real SIP and RTP on loopback
and over AT and PCM on pseudo-terminals, with synthetic speech, and are recorded. It goes on until Ctrl-C; a second one skips the good manners.
Everything is kept in one folder.`,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if o.Listen, err = netip.ParseAddrPort(listen); err != nil {
				return use(c, "--listen %q: write an address of this machine with a port, such as 127.0.0.1:5060", listen)
			}
			if o.Web, err = netip.ParseAddrPort(web); err != nil {
				return use(c, "--web %q: write an address of this machine with a port, such as 127.0.0.1:8080", web)
			}
			switch {
			case o.Every <= 0:
				return use(c, "--every %s: write a time above 0", o.Every)
			case o.For < 0:
				return use(c, "--for %s: write a time, or 0", o.For)
			case o.Calls < 0:
				return use(c, "--calls %d: write a whole number from 0", o.Calls)
			case o.Most < 1:
				return use(c, "--most %d: write a whole number from 1", o.Most)
			}
			o.Screen = demo.Screen{Out: p.out, Zone: p.zone, Now: p.now}
			if size := terminalSize(p.out); size != nil {
				o.Screen.Terminal, o.Screen.Size = true, size
			}
			return runDemo(c.Context(), o)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.Folder, "data", ".demo", "the folder where everything is kept")
	flags.StringVar(&listen, "listen", "127.0.0.1:5060", "where the server speaks SIP; where the port is taken, another one")
	flags.StringVar(&web, "web", "127.0.0.1:8080", "where the cabinet is, on this machine alone; where the port is taken, another one")
	flags.StringVar(&o.Gateway, "gateway", "goip", "whose the company's SIP-GSM gateway is: goip, dinstar, yeastar or openvox")
	flags.IntVar(&o.Past, "past", 30, "days before the first start of which calls are made up; below 0: none")
	flags.IntVar(&o.Calls, "calls", 0, "end after so many calls; 0: go on")
	flags.DurationVar(&o.For, "for", 0, "end after so long, such as 40s; 0: go on")
	flags.DurationVar(&o.Every, "every", 4*time.Second, "the time between two calls, on average")
	flags.IntVar(&o.Most, "most", 8, "how many calls there are at a time, at most")
	flags.DurationVar(&o.Fails, "fails", 50*time.Second, "the time between two failures of a modem, on average; below 0: none fails")
	flags.Uint64Var(&o.Seed, "seed", 1, "of every chance in it")
	return c
}

// runDemo runs a demo: a first signal ends it, a second hurries it.
func runDemo(parent context.Context, o demo.Options) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	ctx, stop := context.WithCancel(context.WithoutCancel(parent))
	defer stop()
	hurry, ended, told := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		for _, do := range []func(){stop, func() { close(hurry) }} {
			select {
			case <-signals:
				do()
			case <-ended:
				return
			}
		}
	}()
	d, err := demo.New(ctx, o)
	if err == nil {
		err = d.Run(ctx, hurry)
	}
	close(ended)
	<-told
	return err
}

// terminalSize returns how the size of a terminal is asked; nil for what is none.
func terminalSize(w io.Writer) func() (columns, rows int) {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	ask := func() (*unix.Winsize, error) { return unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ) } //nolint:gosec // a file's descriptor
	if _, err := ask(); err != nil {
		return nil
	}
	return func() (int, int) {
		size, err := ask()
		if err != nil || size.Col == 0 || size.Row == 0 {
			return 120, 40
		}
		return int(size.Col), int(size.Row)
	}
}
