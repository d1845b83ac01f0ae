package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"roadline/configs"
	"roadline/fmc/cause"
	"roadline/hardware"
	"roadline/hardware/modem"
	"roadline/hardware/port"
	"roadline/hardware/usb"
)

// The commands of this file talk to a module themselves: no server may have it at the time, and the port says so if one
// has.

// probed is what a module says of itself.
type probed struct {
	Name     string             `json:"name"`
	Path     string             `json:"path"`
	Identity modem.Identity     `json:"identity"`
	Can      modem.Capabilities `json:"can"`
	SIM      modem.SIM          `json:"sim"`
	Radio    modem.Radio        `json:"radio"`
	Quirks   []string           `json:"quirks,omitempty"` // of its family
	Trouble  string             `json:"trouble,omitempty"`
}

// probeModem asks modules what they are and can, and prints what is declared of their families.
func (p *program) probeModem() *cobra.Command {
	var family string
	c := &cobra.Command{
		Use:   "probe [PORT...]",
		Short: "Ask modems what they are and what they can; without a port, those of the machine's file or of USB",
		Example: `  roadline modem probe
  roadline modem probe /dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.2-port0 --family huawei`,
		Args: arguments(0, 64, "ports"),
		RunE: func(c *cobra.Command, args []string) error {
			plugs, err := p.plugsOf(c, args, family)
			if err != nil {
				return err
			}
			all, silent := make([]probed, 0, len(plugs)), 0
			for _, plug := range plugs {
				x := probe(c.Context(), plug)
				if all = append(all, x); x.Trouble != "" {
					silent++
				}
			}
			if len(all) == 0 {
				return cause.Errorf(cause.NotFound, "no modem is plugged in that a family knows: name its AT port")
			}
			err = p.show(all, func(w io.Writer) {
				for _, x := range all {
					writeProbed(w, x)
				}
			})
			if err == nil && silent > 0 {
				return failed("%d of %d ports are in trouble", silent, len(all))
			}
			return err
		},
	}
	c.Flags().StringVar(&family, "family", "", "do not ask which family it is of")
	return c
}

// plugsOf are the ports that are named, or those of the machine.
func (p *program) plugsOf(c *cobra.Command, args []string, family string) ([]hardware.Plug, error) {
	if family != "" {
		if _, err := hardware.FamilyNamed(family); err != nil {
			return nil, use(c, "%w", err)
		}
	}
	m, err := p.machine(c)
	if err != nil {
		return nil, err
	}
	wanted := hardware.WantedOf(m.Modems, func(x configs.Modem) hardware.Wanted {
		return hardware.Wanted{Name: x.Name, At: x.At, Family: x.Family, PCM: x.PCM}
	})
	if len(args) > 0 {
		wanted = nil
		for _, a := range args {
			wanted = append(wanted, hardware.Wanted{At: a, Family: family})
		}
	}
	plugs := hardware.NewPlugs(usb.Bus{Root: "/"}, wanted, slog.New(slog.DiscardHandler), p.now)
	if err := plugs.Look(); err != nil {
		return nil, err
	}
	return plugs.List(), nil
}

// probeLimit bounds how long one module may take.
const probeLimit = time.Minute

func probe(ctx context.Context, plug hardware.Plug) probed {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	x := probed{Name: plug.Name, Path: plug.Path}
	m, err := plug.Open(ctx)
	if err != nil {
		x.Trouble = err.Error()
		return x
	}
	err = ask(ctx, m, &x)
	if err = errors.Join(err, closeModem(m)); err != nil {
		x.Trouble = err.Error()
	}
	if f, err := hardware.FamilyNamed(x.Identity.Family); err == nil {
		x.Quirks = f.Quirks
	}
	return x
}

// ask asks a module everything that changes nothing.
func ask(ctx context.Context, m modem.Modem, x *probed) error {
	err := m.Start(ctx)
	x.Identity, x.Can = m.Identity(), m.Can()
	if err != nil {
		return err
	}
	if x.SIM, err = m.SIM(ctx); err != nil || x.SIM.State != modem.SIMReady {
		return err
	}
	x.Radio, err = m.Radio(ctx)
	return err
}

// closeModem closes a module whose events nobody wanted.
func closeModem(m modem.Modem) error {
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for range m.Events() { // it waits for a reader
		}
	}()
	err := m.Close()
	<-heard
	return err
}

func writeProbed(w io.Writer, x probed) {
	id, can := x.Identity, x.Can
	fmt.Fprintf(w, "%s", x.Name)
	if x.Path != "" && x.Path != x.Name {
		fmt.Fprintf(w, " at %s", x.Path)
	}
	fmt.Fprintln(w)
	if x.Trouble != "" {
		fmt.Fprintf(w, "  trouble     %s\n", x.Trouble)
	}
	if id.Family == "" {
		return
	}
	line := func(name, value string) {
		if value = strings.TrimSpace(value); value != "" {
			fmt.Fprintf(w, "  %-11s %s\n", name, value)
		}
	}
	line("family", id.Family)
	line("model", id.Maker+" "+id.Model+" "+id.Revision)
	line("imei", id.IMEI)
	line("voice", string(can.Voice))
	line("can", strings.Join(words(can), ", "))
	line("keys", can.KeysOut)
	line("proved", can.Proved)
	line("sim", fmt.Sprintf("%s %s", x.SIM.State, x.SIM.ICCID))
	if x.SIM.State == modem.SIMReady {
		line("network", fmt.Sprintf("%s, %s, %s, %s", x.Radio.Registration, dash(x.Radio.Operator), dash(x.Radio.Access), strength(x.Radio.SignalDBm)))
	}
	for _, q := range x.Quirks {
		line("quirk", q)
	}
}

// words are what a module can, by name.
func words(c modem.Capabilities) []string {
	var all []string
	for _, x := range []struct {
		name string
		can  bool
	}{{"sms", c.SMS}, {"ussd", c.USSD}, {"hold", c.Hold}, {"hears keys", c.KeysIn}, {"call forwarding", c.Forward}, {"tells PIN attempts", c.Attempts}} {
		if x.can {
			all = append(all, x.name)
		}
	}
	return all
}

// recordModem writes a transcript of a module: what it answers to the questions of its family, and what it says while
// somebody calls it or writes to it.
func (p *program) recordModem() *cobra.Command {
	var family string
	var lasts time.Duration
	c := &cobra.Command{
		Use:   "record PORT FILE",
		Short: "Write a transcript of a modem, numbers and cards masked: for testdata, or to be sent with a question",
		Example: `  roadline modem record /dev/ttyUSB2 e173.at             # then call it, write to it; ^C ends it
  roadline modem record /dev/ttyUSB2 - --for 10s`,
		Args: arguments(2, 2, "a port and a file, - for the screen"),
		RunE: func(c *cobra.Command, args []string) error {
			f := hardware.Families()[len(hardware.Families())-1]
			if family != "" {
				var err error
				if f, err = hardware.FamilyNamed(family); err != nil {
					return use(c, "%w", err)
				}
			}
			out := io.WriteCloser(nopCloser{p.out})
			if args[1] != "-" {
				file, err := os.OpenFile(args[1], os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
				if err != nil {
					return use(c, "%w", err)
				}
				out = file
			}
			return errors.Join(p.record(c.Context(), f, args[0], out, lasts), out.Close())
		},
	}
	c.Flags().StringVar(&family, "family", "", "whose questions are asked; default: those of every modem")
	c.Flags().DurationVar(&lasts, "for", 0, "how long to listen; default: until ^C")
	return c
}

// record asks a module everything once, and listens.
func (p *program) record(ctx context.Context, f modem.Family, name string, out io.Writer, lasts time.Duration) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	if lasts > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, lasts)
		defer cancel()
	}
	m := modem.Open(modem.Options{Family: f, Log: slog.New(slog.DiscardHandler), Now: p.now, AT: func() (io.ReadWriteCloser, error) {
		opened, err := port.Open(name, port.Options{})
		if err != nil {
			return nil, err
		}
		return modem.Record(opened, out), nil
	}})
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for ev := range m.Events() {
			fmt.Fprintf(p.err, "%T\n", ev)
		}
	}()
	x := probed{}
	err := ask(ctx, m, &x)
	if err == nil {
		fmt.Fprintln(p.err, "recording: call it, write to it; ^C ends")
		select {
		case <-ctx.Done():
		case <-heard:
			err = m.Err()
		}
	}
	err = errors.Join(err, m.Close())
	<-heard
	return err
}

// nopCloser is a writer that stays open.
type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
