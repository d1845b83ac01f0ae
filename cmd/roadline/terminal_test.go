package main

import (
	"context"
	"errors"
	"io"
	"testing"

	"golang.org/x/sys/unix"
)

// called is a screen that calls a function when something is first written to it.
type called func()

func (c called) Write(b []byte) (int, error) {
	c()
	return len(b), nil
}

func TestAQuestionForASecretIsGivenUpAndTheTerminalShowsWhatIsTypedAgain(t *testing.T) {
	_, in := pseudo(t)
	ctx, stop := context.WithCancel(t.Context())
	p := &program{in: in, err: called(stop)} // ^C as soon as the question stands there
	if secret, err := p.secret(ctx, "password: "); secret != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v", secret, err)
	}
	if is, err := unix.IoctlGetTermios(int(in.Fd()), unix.TCGETS); err != nil || is.Lflag&unix.ECHO == 0 {
		t.Errorf("the terminal is left dark: %v", err)
	}
}

func TestASecretIsReadFromATerminal(t *testing.T) {
	keys, in := pseudo(t)
	if _, err := keys.WriteString("correct horse\nmore\n"); err != nil {
		t.Fatal(err)
	}
	p := &program{in: in, err: io.Discard}
	if secret, err := p.secret(t.Context(), "password: "); secret != "correct horse" || err != nil {
		t.Errorf("%q, %v", secret, err)
	}
}
