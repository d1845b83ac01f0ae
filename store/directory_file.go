package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store/safefile"
)

// keptCompany is what the directory keeps of a company on disk.
type keptCompany struct {
	ID         fmc.CompanyID `json:"id"`
	Realm      string        `json:"realm"`
	Generation int64         `json:"generation"`
	Changed    int64         `json:"changed"`
	Document   string        `json:"document"`
	Accounts   []keptAccount `json:"accounts"`
	PINs       []keptPIN     `json:"pins,omitempty"`
	Older      *keptVersion  `json:"older,omitempty"` // what serves where Document cannot be read
}

// keptVersion is an older version of a company's document.
type keptVersion struct {
	Generation int64  `json:"generation"`
	Document   string `json:"document"`
}

type keptAccount struct {
	Name     fmc.AccountID  `json:"name"`
	Employee fmc.EmployeeID `json:"employee"`
	Device   fmc.DeviceID   `json:"device"`
	SHA256   string         `json:"sha256,omitempty"`
	MD5      string         `json:"md5,omitempty"`
}

type keptPIN struct {
	Employee fmc.EmployeeID `json:"employee"`
	Hash     string         `json:"hash"`
}

// keptFile is the file. It holds what proves a phone to us, and is for our own eyes only.
type keptFile struct {
	Version   int           `json:"version"`
	Companies []keptCompany `json:"companies"`
}

const keptFormat = 1

// Load brings in what was kept on disk. No file, as at the first start, is no error; one that cannot be read is, and
// the directory stays as it is until PostgreSQL is heard of.
func (d *Directory) Load() error {
	var f keptFile
	b, err := os.ReadFile(d.opt.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("directory on disk: %w", err)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return cause.Errorf(cause.Invalid, "directory on disk %s: %w", d.opt.File, err)
	}
	if f.Version != keptFormat {
		return cause.Errorf(cause.Unsupported, "directory on disk %s is of version %d, this program reads %d", d.opt.File, f.Version, keptFormat)
	}
	d.publish(f.Companies)
	return nil
}

// keep writes what is known to disk. A failure costs a start without PostgreSQL, not this run: it is told only.
func (d *Directory) keep() {
	f := keptFile{Version: keptFormat}
	companies := d.now.Load().companies
	for _, id := range slices.Sorted(maps.Keys(companies)) {
		f.Companies = append(f.Companies, companies[id].kept)
	}
	b, err := json.Marshal(f)
	if err == nil {
		err = safefile.Write(d.opt.File, b)
	}
	if err != nil {
		d.log.Error("directory not kept on disk", "file", d.opt.File, "err", err)
	}
}
