package house

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store/safefile"
)

// orphans are the SIP legs of killed servers whose far ends still talk into nothing. They lie in a file until they are
// hung up, since the records of their calls are closed before: a server that is killed again in between tries anew.
type orphans struct {
	file string
	legs []fmc.Dialog
}

// leave reads what an earlier start did not come to hang up, adds what the last one left, and keeps all of it. After an
// error the legs are those that it knows of.
func (o *orphans) leave(legs []fmc.Dialog) error {
	b, err := os.ReadFile(o.file)
	if err == nil {
		err = json.Unmarshal(b, &o.legs)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		err = cause.Errorf(cause.Invalid, "legs that an earlier start did not hang up, %s: %w", o.file, err)
	}
	if len(legs) == 0 {
		return err
	}
	o.legs = append(o.legs, legs...)
	b, bad := json.Marshal(o.legs)
	if bad == nil {
		bad = safefile.Write(o.file, b)
	}
	return errors.Join(err, bad)
}

// done forgets them: they were hung up, or do not answer.
func (o *orphans) done() error {
	if err := os.Remove(o.file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
