package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// typed waits until a line was typed at a terminal, or ctx ends, as by ^C. Where standard input is no terminal it does not
// wait.
func (p *program) typed(ctx context.Context) error {
	if !p.terminal() {
		return nil
	}
	ended, end, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("terminal: %w", err)
	}
	defer func() { _ = errors.Join(ended.Close(), end.Close()) }()
	defer context.AfterFunc(ctx, func() { _, _ = end.Write([]byte{0}) })() // a pipe that is closed takes nothing
	wait := []unix.PollFd{{Fd: int32(p.in.(*os.File).Fd()), Events: unix.POLLIN}, {Fd: int32(ended.Fd()), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(wait, -1); !errors.Is(err, unix.EINTR) {
			return errors.Join(err, ctx.Err())
		}
	}
}

// terminal reports that a person sits at standard input.
func (p *program) terminal() bool {
	f, ok := p.in.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS) // a file's descriptor
	return err == nil
}

// hide asks a person at a terminal, and has the terminal not show what is typed until the returned function is called.
// Where standard input is no terminal it does nothing.
func (p *program) hide(question string) (show func(), err error) {
	f, ok := p.in.(*os.File)
	if !ok {
		return func() {}, nil
	}
	fd := int(f.Fd()) // a file's descriptor
	was, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return func() {}, nil // no terminal
	}
	fmt.Fprint(p.err, question)
	hidden := *was
	hidden.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &hidden); err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	return func() {
		_ = unix.IoctlSetTermios(fd, unix.TCSETS, was)
		fmt.Fprintln(p.err)
	}, nil
}
