package cause

import (
	"errors"
	"fmt"
)

// Kind sorts errors by what the one who asked can do about them. A Kind is itself an error, so that
// errors.Is(err, cause.NotFound) asks for it.
type Kind uint8

// The kinds of error.
const (
	Invalid     Kind = iota + 1 // what was given is wrong: mend it and ask again
	NotFound                    // there is no such thing, or it is not yours
	Denied                      // you may not
	Conflict                    // somebody else changed it first: look and ask again
	NoRoom                      // everything is taken: try again later
	Unavailable                 // a part is away: try again later
	Unsupported                 // this build or device cannot
	kinds
)

var kindNames = [kinds]string{"", "invalid", "not found", "denied", "conflict", "busy", "unavailable", "unsupported"}

// Error makes a Kind usable as the target of errors.Is.
func (k Kind) Error() string {
	if k < kinds {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// kindError is an error of a kind. Its text says what was tried, on what, and what to do.
type kindError struct {
	kind Kind
	err  error
}

func (e *kindError) Error() string        { return e.err.Error() }
func (e *kindError) Unwrap() error        { return e.err }
func (e *kindError) Is(target error) bool { return target == e.kind } //nolint:errorlint // a Kind is compared by value

// Errorf makes an error of a kind; %w wraps as in fmt.Errorf.
func Errorf(k Kind, format string, args ...any) error {
	return &kindError{kind: k, err: fmt.Errorf(format, args...)}
}

// KindOf returns the kind of the outermost error in the chain that has one, else 0.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*kindError](err); ok {
		return e.kind
	}
	if k, ok := errors.AsType[Kind](err); ok {
		return k
	}
	return 0
}
