package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

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
