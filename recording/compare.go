package recording

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Remove takes the files of a recording that is gone off the disk, with everything that was made of it and lies beside
// it, and writes so. It may be called again after a kill, at any point: then nothing is left to remove.
func (r *Retention) Remove(ctx context.Context, company fmc.CompanyID, call fmc.CallID) error {
	files, err := r.o.Archive.Gone(ctx, company, call)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return cause.Errorf(cause.Invalid, "the recording of call %s has no files", call)
	}
	if err := r.unlink(company, call, path.Dir(files[0])); err != nil {
		return err
	}
	return r.o.Archive.Removed(ctx, company, call)
}

// unlink removes everything in a folder that is named after a call. No path leads out of the company's own.
func (r *Retention) unlink(company fmc.CompanyID, call fmc.CallID, folder string) error {
	root, err := os.OpenRoot(filepath.Join(r.o.Folder, string(company)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return cause.Errorf(cause.Unavailable, "recordings of company %s: %w", company, err)
	}
	defer func() { _ = root.Close() }()
	inside, ok := strings.CutPrefix(path.Clean(folder), string(company))
	if !ok {
		return cause.Errorf(cause.Invalid, "the recording of call %s is not in the company's folder", call)
	}
	day := path.Join(".", inside)
	entries, err := fs.ReadDir(root.FS(), day)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if callOf(e.Name()) == call && filepath.Ext(e.Name()) != tapeSuffix {
			err = errors.Join(err, root.Remove(path.Join(day, e.Name())))
		}
	}
	if err != nil {
		return cause.Errorf(cause.Unavailable, "remove the recording of call %s: %w", call, err)
	}
	return nil
}

// idLength is how long a call's id is: a UUID as text. What follows it in a file's name says what of the call it is.
const idLength = 36

// callOf is the call that a file is named after.
func callOf(name string) fmc.CallID { return fmc.CallID(name[:min(idLength, len(name))]) }

// settled is how long a file must lie before it is missed in the archive: the journal, and a PostgreSQL that is away,
// may be behind.
const settled = 24 * time.Hour

// found is what of one call lies on the disk.
type found struct {
	bytes int64
	names []string
	sound bool // the stereo file is there
	young bool // something of it is fresh, or still in the making
}

// Compare holds what lies on the disk of a company against what is written of it: it writes the real sizes, removes what
// is left of recordings that are gone, and tells of files that nobody knows and of recordings whose files are missing.
func (r *Retention) Compare(ctx context.Context, company fmc.CompanyID) error {
	days, err := r.daysOf(ctx, company)
	if err != nil {
		return err
	}
	var stray, missing []string
	for _, day := range days {
		if ctx.Err() != nil {
			return nil
		}
		s, m, err := r.compareDay(ctx, company, day)
		if err != nil {
			return err
		}
		stray, missing = append(stray, s...), append(missing, m...)
	}
	for kind, all := range map[fmc.AlarmKind][]string{fmc.AlarmStrayFile: stray, fmc.AlarmNoFile: missing} {
		if len(all) == 0 {
			err = r.o.Alarms.Clear(ctx, company, kind, "")
		} else {
			r.o.Log.Error("recordings and their files differ", "company", company, "text", string(kind), "count", len(all), "target", all[0])
			err = r.o.Alarms.Raise(ctx, fmc.Alarm{Company: company, Kind: kind, Values: map[string]string{"count": strconv.Itoa(len(all)), "example": all[0]}})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// daysOf are the days of which there is something on the disk, or should be.
func (r *Retention) daysOf(ctx context.Context, company fmc.CompanyID) ([]time.Time, error) {
	all := map[time.Time]bool{}
	entries, err := os.ReadDir(filepath.Join(r.o.Folder, string(company)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, cause.Errorf(cause.Unavailable, "recordings of company %s: %w", company, err)
	}
	for _, e := range entries {
		if day, err := time.Parse(time.DateOnly, e.Name()); err == nil {
			all[day] = true
		}
	}
	stored, err := r.o.Archive.Days(ctx, company)
	for _, d := range stored {
		all[d.Day.UTC()] = true
	}
	return slices.SortedFunc(maps.Keys(all), time.Time.Compare), err
}

// compareDay compares one day. stray and missing are paths of files within the recordings' folder.
func (r *Retention) compareDay(ctx context.Context, company fmc.CompanyID, day time.Time) (stray, missing []string, err error) {
	folder := path.Join(string(company), day.Format(time.DateOnly))
	filed, err := r.o.Archive.Day(ctx, company, day) // before the look: a recording is filed after its file is there
	if err != nil {
		return nil, nil, err
	}
	disk, err := r.look(folder)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range filed {
		lies, there := disk[f.Call]
		delete(disk, f.Call)
		switch {
		case f.Gone && there && f.Removed:
			err = r.unlink(company, f.Call, folder)
		case f.Gone:
		case !there || !lies.sound:
			if _, kept := r.o.Archive.Gone(ctx, company, f.Call); kept == nil {
				continue // it went meanwhile
			}
			missing = append(missing, f.File)
			if !f.Lost {
				err = r.o.Archive.Found(ctx, company, f.Call, 0)
			}
		case lies.bytes != f.Bytes || f.Lost:
			err = r.o.Archive.Found(ctx, company, f.Call, lies.bytes)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	for _, lies := range disk {
		if !lies.young {
			stray = append(stray, path.Join(folder, lies.names[0]))
		}
	}
	slices.Sort(stray)
	return stray, missing, nil
}

// look lists what lies in a folder by call.
func (r *Retention) look(folder string) (map[fmc.CallID]found, error) {
	all := map[fmc.CallID]found{}
	entries, err := os.ReadDir(filepath.Join(r.o.Folder, folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, cause.Errorf(cause.Unavailable, "recordings in %s: %w", folder, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue // it went meanwhile
		}
		call := callOf(e.Name())
		x := all[call]
		x.names = append(x.names, e.Name())
		x.sound = x.sound || e.Name() == string(call)+".wav"
		making := filepath.Ext(e.Name()) == tapeSuffix || filepath.Ext(e.Name()) == partOfSuffix
		x.young = x.young || making || r.o.Now().Sub(info.ModTime()) < settled
		if !making {
			x.bytes += info.Size()
		}
		all[call] = x
	}
	return all, nil
}
