// Package safefile writes files whole or not at all, so that a power loss takes back nothing that was written. It knows nothing
// of what is in them, and reads none. Start at Write.
package safefile

import (
	"errors"
	"os"
	"path/filepath"
)

// Write puts a file in place of the one of its name, for our own eyes only. Where it returns nil the file is on disk, and its
// name too.
func Write(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	d, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
