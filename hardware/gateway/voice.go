package gateway

import (
	"context"

	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// Voice is the speech side of one line: it is given by whoever owns SIP, and knows how a call is put on the line.
type Voice interface {
	// Place sends a call out by the line; that the invitation went out is all that nil says. number is digits with an
	// optional +, and the Dialog is not answered yet.
	Place(ctx context.Context, number string) (Dialog, error)
	// Take has the calls that come on the line given to take, until stop has returned. Without anybody to take them they are
	// refused as unavailable. take does not wait, and asks nothing of the Voice.
	Take(take func(Dialog)) (stop func())
}

// Dialog is one call of a line, out or in.
type Dialog interface {
	// Caller is who calls, as the box says it; of a call out both are empty.
	Caller() (number string, hidden bool)
	// Steps are how far it is, in order: alerting, active, ended. The channel is closed after ended, which always comes, with
	// its cause. It has room for all of them: whoever sends never waits.
	Steps() <-chan Step
	Answer(context.Context) error
	// HangUp ends it: CANCEL, BYE or a refusal. One that has ended is no error.
	HangUp(context.Context) error
	Press(ctx context.Context, keys string) error
	// Speech opens its sound; see modem.Speech: the packets that arrive are the clock.
	Speech(context.Context) (modem.Speech, error)
}

// Step is how far a Dialog is.
type Step struct {
	State modem.CallState // CallAlerting, CallActive or CallEnded
	Cause cause.Cause     // of CallEnded
}
