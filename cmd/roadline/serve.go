package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"roadline/cmd/roadline/house"
	"roadline/configs"
)

// serve runs a node until it is told to stop.
func (p *program) serve() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Run the whole service on this machine", Args: arguments(0, 0, "no arguments"),
		Long: `Run the whole service on this machine, until SIGINT or SIGTERM. At the first signal new calls are refused and those
that go on may end by themselves for half a minute; at the second they are hung up. An empty machine file is a working
one: it listens on loopback and private addresses and keeps everything in the folder "data".`,
		RunE: func(c *cobra.Command, _ []string) error {
			m, err := p.machine(c)
			if err != nil {
				return err
			}
			if p.socket != "" {
				m.Socket = p.socket
			}
			signals := make(chan os.Signal, 2)
			signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
			defer signal.Stop(signals)
			o := house.Options{Log: logger(m.Log, p.err), File: p.read, Supervisor: house.SupervisorOf(os.Getenv)}
			return run(context.WithoutCancel(c.Context()), m, o, signals) // it has its own way to stop
		},
	}
}

// run runs a house: a first signal stops it, a second hurries it.
func run(ctx context.Context, m *configs.Machine, o house.Options, signals <-chan os.Signal) error {
	h, err := house.New(m, o)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	hurry, ended := make(chan struct{}), make(chan struct{})
	told := make(chan struct{})
	go func() {
		defer close(told)
		for _, do := range []func(){stop, func() { close(hurry) }} {
			select {
			case s := <-signals:
				o.Log.Info("told to stop", "signal", s.String())
				do()
			case <-ended:
				return
			}
		}
	}()
	err = h.Run(ctx, hurry)
	close(ended)
	<-told
	stop()
	return err
}

// levels are the words of the machine file.
var levels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

// logger writes as the machine file says.
func logger(l configs.Log, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: levels[l.Level]}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
