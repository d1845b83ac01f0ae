package recording

import (
	"cmp"
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
	name  string // of one of its files
	sound bool   // the stereo file is there
	young bool   // something of it is fresh, or still in the making
}

// differences are how many files, or recordings, are not as they should be, and the path of the first within the
// recordings' folder.
type differences struct {
	count   int
	example string
}

func (d *differences) add(path string) {
	d.count++
	if d.example == "" || path < d.example {
		d.example = path
	}
}

// Compare holds what lies on the disk of a company against what is written of it: it writes the real sizes, removes what
// is left of recordings that are gone, and tells of files that nobody knows and of recordings whose files are missing.
// It has one day of the disk in memory at a time, and a page of what is written.
func (r *Retention) Compare(ctx context.Context, company fmc.CompanyID) error {
	days, err := r.daysOf(ctx, company)
	if err != nil {
		return err
	}
	var stray, missing differences
	for _, day := range days {
		if ctx.Err() != nil {
			return nil
		}
		if err := r.compareDay(ctx, company, day, &stray, &missing); err != nil {
			return err
		}
	}
	for kind, all := range map[fmc.AlarmKind]differences{fmc.AlarmStrayFile: stray, fmc.AlarmNoFile: missing} {
		if all.count == 0 {
			err = r.o.Alarms.Clear(ctx, company, kind, "")
		} else {
			r.o.Log.Error("recordings and their files differ", "company", company, "text", string(kind), "count", all.count, "target", all.example)
			err = r.o.Alarms.Raise(ctx, fmc.Alarm{Company: company, Kind: kind, Values: map[string]string{"count": strconv.Itoa(all.count), "example": all.example}})
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

// compareDay compares one day.
func (r *Retention) compareDay(ctx context.Context, company fmc.CompanyID, day time.Time, stray, missing *differences) error {
	folder := path.Join(string(company), day.Format(time.DateOnly))
	disk, err := r.look(folder)
	if err != nil {
		return err
	}
	for after := (fmc.Filed{}); ; {
		filed, err := r.o.Archive.Day(ctx, company, day, after)
		if err != nil {
			return err
		}
		if len(filed) == 0 {
			break
		}
		if err := r.comparePage(ctx, company, folder, filed, disk, missing); err != nil {
			return err
		}
		after = filed[len(filed)-1]
	}
	for _, lies := range disk {
		if !lies.young {
			stray.add(path.Join(folder, lies.name))
		}
	}
	return nil
}

// comparePage compares recordings of one day with what lies on the disk, and takes them out of it. The sizes that are
// written otherwise are written at once.
func (r *Retention) comparePage(ctx context.Context, company fmc.CompanyID, folder string, filed []fmc.Filed, disk map[fmc.CallID]found, missing *differences) error {
	var sizes []fmc.FoundSize
	files := map[fmc.CallID]string{} // of those that seem to be missing
	for _, f := range filed {
		lies, there := disk[f.Call]
		delete(disk, f.Call)
		switch {
		case f.Gone && there && f.Removed:
			if err := r.unlink(company, f.Call, folder); err != nil {
				return err
			}
		case f.Gone:
		case lies.sound && (lies.bytes != f.Bytes || f.Lost):
			sizes = append(sizes, fmc.FoundSize{Call: f.Call, Bytes: lies.bytes})
		case !lies.sound && r.absent(f.File):
			sizes, files[f.Call] = append(sizes, fmc.FoundSize{Call: f.Call}), f.File
		}
	}
	if len(sizes) == 0 {
		return nil
	}
	kept, err := r.o.Archive.Found(ctx, company, sizes)
	if err != nil {
		return err
	}
	for _, call := range kept { // the others went meanwhile
		if file, is := files[call]; is {
			missing.add(file)
		}
	}
	return nil
}

// absent asks the disk anew: a recording may have been filed after the look at its folder.
func (r *Retention) absent(file string) bool {
	_, err := os.Stat(filepath.Join(r.o.Folder, file))
	return errors.Is(err, fs.ErrNotExist)
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
		x.name = cmp.Or(x.name, e.Name())
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
