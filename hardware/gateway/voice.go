package gateway

import (
	"context"

	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// Choice is a way in which a box lets whoever calls choose the port.
type Choice string

// The ways. Calls that come in are told apart the same way: by the account that the box calls with, by the prefix that it
// puts before the number called, or by Route.Hotline, which is set per port in every vendor's web pages.
const (
	ByAccount Choice = "account" // each port registers a SIP account of its own with us
	ByPrefix  Choice = "prefix"  // digits before the number, which the box takes off
	ByTrunk   Choice = "trunk"   // each port listens at a SIP port of its own
)

// Route is how a call is put on a line, and how one that comes is known to be of it.
type Route struct {
	By      Choice
	Account string // ByAccount: the user that the port registers as
	Prefix  string // ByPrefix
	Address string // host:port of the box's SIP; of the line itself where By is ByTrunk
	Hotline string // the number that the box calls for whoever calls this line; empty: told by Account
}

// Voice is the speech side of one line: it is given by whoever owns SIP, and knows the line's Route.
type Voice interface {
	// Place sends a call out by the line; that the invitation went out is all that nil says. number is digits with an
	// optional +, and the Dialog is not answered yet.
	Place(ctx context.Context, number string) (Dialog, error)
	// Take has the calls that come on the line given to take, until stop. Without anybody to take them they are refused as
	// unavailable. take does not wait.
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
