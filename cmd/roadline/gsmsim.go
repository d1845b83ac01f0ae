package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"roadline/hardware/gsmsim"
)

// simulated is what roadline gsmsim is asked for.
type simulated struct {
	models, subscribers []string
	number, pin, puk    string
	dir, tcp            string
	pace                float64
}

// gsmsim runs a simulated mobile network with modems in it.
func (p *program) gsmsim() *cobra.Command {
	var o simulated
	c := &cobra.Command{
		Use: "gsmsim", Short: "Run a simulated mobile network: modems on pseudo-terminals, for any AT tool", Args: arguments(0, 0, "no arguments"),
		Long: `Run a mobile network that does not exist, with modems plugged into this machine: ports that speak AT as a family of modems
does, calls with sound, texts, USSD, and faults. The ports are printed, one a line; orders are read from standard input,
one a line, help lists them. It goes on until Ctrl-C.`,
		RunE: func(c *cobra.Command, _ []string) error { return p.simulate(c, o) },
	}
	flags := c.Flags()
	flags.StringSliceVar(&o.models, "model", []string{"huawei-e173"}, "the modems to plug in, each with a card of its own: huawei-e173, sim7600, sim800, ec25, generic")
	flags.StringVar(&o.number, "number", "", "the number of the first modem's card, as +79991234567 (default made up)")
	flags.StringVar(&o.pin, "pin", "", "the PIN of every card (default none)")
	flags.StringVar(&o.puk, "puk", "12345678", "the PUK of every card that has a PIN")
	flags.StringVar(&o.dir, "dir", filepath.Join(os.TempDir(), "roadline-gsmsim"), "the folder where the ports appear")
	flags.StringSliceVar(&o.subscribers, "subscribers", nil, "who can be called, as NUMBER=WAY with a way of answers, ignores, busy, refuses, away, off, voicemail")
	flags.StringVar(&o.tcp, "tcp", "", "serve the first modem's AT port at this address too, such as 127.0.0.1:12345")
	flags.Float64Var(&o.pace, "pace", 1, "by what the network's times are multiplied; sound keeps its own")
	return c
}

// simulate runs the network until a signal or ctx ends it.
func (p *program) simulate(c *cobra.Command, o simulated) error {
	if o.pace <= 0 {
		return use(c, "--pace %v: write a number above 0", o.pace)
	}
	network, err := gsmsim.New(gsmsim.Options{Now: p.now, Log: slog.New(slog.NewTextHandler(p.err, nil)), Dir: o.dir, Pace: o.pace})
	if err != nil {
		return err
	}
	if err := o.people(c, network); err != nil {
		return err
	}
	if err := o.plug(c, network, p); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return p.serveNetwork(ctx, c, network, o.tcp)
}

// people adds those who can be called.
func (o simulated) people(c *cobra.Command, network *gsmsim.Network) error {
	ways := gsmsim.Behaviours()
	for _, s := range o.subscribers {
		number, way, _ := strings.Cut(s, "=")
		b, known := ways[way]
		if !known || strings.Trim(number, "+0123456789") != "" || number == "" {
			return use(c, "--subscribers %q: write NUMBER=WAY; the ways are %s", s, strings.Join(slices.Sorted(maps.Keys(ways)), ", "))
		}
		network.Subscriber(number, b)
	}
	return nil
}

// plug plugs the modems in and says where their ports are.
func (o simulated) plug(c *cobra.Command, network *gsmsim.Network, p *program) error {
	if o.number != "" && (o.number[0] != '+' || strings.Trim(o.number[1:], "0123456789") != "") {
		return use(c, "--number %q: write it with + and digits", o.number)
	}
	if o.pin != "" && (len(o.pin) < 4 || len(o.pin) > 8 || strings.Trim(o.pin, "0123456789") != "") {
		return use(c, "--pin: write 4 to 8 digits")
	}
	if o.pin != "" && (len(o.puk) != 8 || strings.Trim(o.puk, "0123456789") != "") {
		return use(c, "--puk: write 8 digits")
	}
	for i, name := range o.models {
		model, err := gsmsim.MakeNamed(name)
		if err != nil {
			return use(c, "--model: %w", err)
		}
		card := gsmsim.NewCard(i + 1)
		if i == 0 && o.number != "" {
			card.Number = o.number
		}
		if o.pin != "" {
			card.PIN, card.PUK = o.pin, o.puk
		}
		device, err := network.Plug(model, card)
		if err != nil {
			return err
		}
		for _, face := range model.Interfaces {
			fmt.Fprintf(p.out, "%d %s %s %s %s\n", i+1, name, card.Number, face.Role, device.Port(face.Role))
		}
	}
	return nil
}

// serveNetwork runs the network, and what is typed and who connects to it.
func (p *program) serveNetwork(parent context.Context, c *cobra.Command, network *gsmsim.Network, tcp string) error {
	ctx, stop := context.WithCancel(parent)
	defer stop()
	var parts sync.WaitGroup
	defer parts.Wait()
	defer stop()
	if tcp != "" {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", tcp)
		if err != nil {
			return use(c, "--tcp %q: %w", tcp, err)
		}
		fmt.Fprintf(p.out, "1 tcp %s\n", listener.Addr())
		parts.Go(func() {
			if err := network.Devices()[0].Serve(ctx, listener); err != nil {
				fmt.Fprintln(p.err, err)
				stop()
			}
		})
	}
	typed := lines(ctx, p)
	parts.Go(func() {
		console := &gsmsim.Console{Net: network, Out: p.out}
		for {
			select {
			case line, more := <-typed:
				if !more {
					return
				}
				if err := console.Do(line); err != nil {
					fmt.Fprintln(p.err, err)
				}
			case <-ctx.Done():
				return
			}
		}
	})
	return network.Run(ctx)
}

// lines are what is typed. Nothing can wake a reader of standard input: its goroutine ends with the next line or with
// the program.
func lines(ctx context.Context, p *program) <-chan string {
	typed := make(chan string)
	go func() {
		defer close(typed)
		for in := bufio.NewScanner(p.in); in.Scan(); {
			select {
			case typed <- in.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return typed
}
