package modem

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"roadline/fmc/cause"
	"roadline/hardware/at"
)

var dialString = regexp.MustCompile(`^\+?[0-9]{1,20}$`)

// Dial is documented at Modem.
func (d *driver) Dial(ctx context.Context, number string) error {
	if !dialString.MatchString(number) {
		return cause.Errorf(cause.Invalid, "dial %q: a number is digits with an optional +", number)
	}
	// The list must be empty, and asking for it lets the last words of the call before pass: a NO CARRIER that comes after
	// its ^CEND would be taken for the end of this ATD.
	calls, err := d.Calls(ctx)
	switch {
	case ifAsked(err) != nil:
		return err
	case len(calls) > 0:
		return cause.Errorf(cause.NoRoom, "dial %s: the modem has a call that is %s", number, calls[0].State)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d.mu.Lock()
	d.dialling = cancel
	d.mu.Unlock()
	// The semicolon makes it a voice call.
	_, err = d.engine.InOrder(ctx, "D"+number+";", dialLimit)
	d.mu.Lock()
	d.dialling = nil
	d.mu.Unlock()
	if r, refused := errors.AsType[*at.Refused](err); refused {
		if _, ended := callResult(r.Final); ended {
			return nil // it was taken, and has ended: the events say so
		}
	}
	return err
}

// Answer is documented at Modem.
func (d *driver) Answer(ctx context.Context) error {
	_, err := d.engine.InOrder(ctx, "A", answerLimit)
	return err
}

// HangUp is documented at Modem. A Dial that still waits for its OK is ended first: it has the wire.
func (d *driver) HangUp(ctx context.Context) error {
	d.mu.Lock()
	if d.dialling != nil {
		d.dialling()
	}
	d.mu.Unlock()
	var failed error
	for _, c := range d.family.HangUp {
		if _, err := d.engine.InOrder(ctx, c.Text, limit(c, netLimit)); err != nil && !c.Optional {
			failed = err
		}
	}
	if ifAsked(failed) != nil || failed == nil {
		return failed
	}
	// Some refuse to hang up where there is nothing to hang up.
	if calls, err := d.Calls(ctx); err == nil && len(calls) == 0 {
		d.askCalls()
		return nil
	}
	return failed
}

// Calls is documented at Modem.
func (d *driver) Calls(ctx context.Context) ([]Call, error) {
	answer, err := d.engine.Command(ctx, "+CLCC", shortLimit)
	if err != nil {
		return nil, err
	}
	var all []Call
	for _, line := range answer {
		if c, ok := listed(line); ok {
			all = append(all, c)
		}
	}
	return all, nil
}

// Press is documented at Modem.
func (d *driver) Press(ctx context.Context, keys string) error {
	for i := range len(keys) {
		if !strings.Contains(d.family.Can.KeysOut, keys[i:i+1]) {
			return cause.Errorf(cause.Invalid, "press %q: the module sends the keys %s", keys, d.family.Can.KeysOut)
		}
	}
	for i := range len(keys) {
		command := fmt.Sprintf("+VTS=%c", keys[i])
		if d.family.Key != nil {
			command = d.family.Key(max(1, int(d.active.Load())), keys[i])
		}
		if _, err := d.engine.Command(ctx, command, shortLimit); err != nil {
			return err
		}
	}
	return nil
}
