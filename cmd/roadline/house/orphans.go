package house

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// orphans are the SIP legs of killed servers whose far ends still talk into nothing. They lie in a file until they are
// hung up, since the records of their calls are closed before: a server that is killed again in between tries anew.
type orphans struct {
	file string
	legs []fmc.Dialog
}

// leave reads what an earlier start did not come to hang up, adds what the last one left, and keeps all of it.
func (o *orphans) leave(legs []fmc.Dialog) error {
	b, err := os.ReadFile(o.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return cause.Errorf(cause.Unavailable, "legs to hang up: %w", err)
	default:
		if err := json.Unmarshal(b, &o.legs); err != nil {
			return cause.Errorf(cause.Invalid, "legs to hang up, %s: %w; remove the file to start without them", o.file, err)
		}
	}
	if len(legs) == 0 {
		return nil
	}
	o.legs = append(o.legs, legs...)
	if b, err = json.Marshal(o.legs); err != nil {
		return err
	}
	return store.WriteFile(o.file, b)
}

// done forgets them: they were hung up, or do not answer.
func (o *orphans) done() error {
	if err := os.Remove(o.file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
