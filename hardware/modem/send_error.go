package modem

import (
	"errors"
	"slices"

	"roadline/fmc/cause"
)

// SendError is why Send did not bring a reference.
type SendError struct {
	// CMS is what the module gave as +CMS ERROR; 0: it gave none.
	CMS int
	// Uncertain: the module had the whole PDU, and whether the network has it is not known.
	Uncertain bool
	Err       error
}

func (e *SendError) Error() string { return e.Err.Error() }
func (e *SendError) Unwrap() error { return e.Err }

// Uncertain reports that a message may have gone out, or not. Any error of Send that is no SendError says that it did
// not.
func Uncertain(err error) bool {
	e, ok := errors.AsType[*SendError](err)
	return ok && e.Uncertain
}

// temporary are the +CMS errors after which the same message may go later: 3GPP TS 27.005 §3.2.5, TS 24.011 annex E.
var temporary = []int{
	38, 41, 42, 47, // network out of order, temporary failure, congestion, resources unavailable
	320, 322, // memory failure, memory full
	331, 332, // no network service, network time-out
	500, // unknown
}

// Temporary reports that the network did not take a message for now, and that the same may go later.
func Temporary(err error) bool {
	e, ok := errors.AsType[*SendError](err)
	return ok && !e.Uncertain && (e.CMS == 0 || slices.Contains(temporary, e.CMS))
}

// The +CMS errors of a card that is not there, locked, busy or wrong: 3GPP TS 27.005 §3.2.5.
const (
	firstOfCard = 310
	lastOfCard  = 318
)

// Unready reports that no network saw a message: the port, the module or the card was not ready for it.
func Unready(err error) bool {
	e, ok := errors.AsType[*SendError](err)
	if !ok {
		return cause.KindOf(err) != cause.Invalid
	}
	return !e.Uncertain && e.CMS >= firstOfCard && e.CMS <= lastOfCard
}
