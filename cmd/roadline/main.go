// Command roadline is the whole product: serve runs a node; the other commands ask the node that runs, by its socket,
// or read files without any. It maps words to calls of other packages and shows what they return. Each command has a
// file of its own; program.go has what they share.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"roadline/fmc/cause"
)

func main() {
	//lint:ignore forbid the command line's clock, handed to everything it does
	p := &program{in: os.Stdin, out: os.Stdout, err: os.Stderr, zone: time.Local, now: time.Now}
	// A terminal's ^C ends a question; serve has its own way with signals.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := p.execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // what was asked is false, or was refused
	exitUsage  = 2 // it was asked wrongly
	exitAway   = 3 // no server, a part of it is away, or our own mistake
)

// execute runs one command line and returns its exit code.
func (p *program) execute(ctx context.Context, args []string) int {
	//lint:ignore contextcheck a house does not end with the command's context: it stops in its own order
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(p.err, "roadline: given up")
		return exitFailed
	}
	fmt.Fprintln(p.err, "roadline: "+strings.ReplaceAll(err.Error(), "\n", "\nroadline: "))
	if wrong, ok := errors.AsType[*wrongUse](err); ok {
		fmt.Fprintf(p.err, "see roadline help%s\n", strings.TrimPrefix(wrong.command, "roadline"))
		return exitUsage
	}
	switch cause.KindOf(err) {
	case 0, cause.Unavailable:
		return exitAway
	default:
		return exitFailed
	}
}
