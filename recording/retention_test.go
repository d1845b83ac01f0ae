package recording_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"roadline/fmc"
	"roadline/recording"
)

// ledger is an archive and the alarms in memory. What is disposed of is removed when the test says so.
type ledger struct {
	filed   map[fmc.CallID]*entry
	alarms  map[fmc.AlarmKind]map[string]string
	removes []fmc.CallID // asked for
	asked   int          // how often, to compare
	away    error        // the database is
}

type entry struct {
	day     time.Time
	group   fmc.GroupID
	files   []string
	bytes   int64
	held    bool
	why     string // gone
	removed bool
	lost    bool
}

func (l *ledger) Days(context.Context, fmc.CompanyID) (all []fmc.StoredDay, err error) {
	for _, e := range l.filed {
		if e.why != "" {
			continue
		}
		d := fmc.StoredDay{Day: e.day, Group: e.group, Recordings: 1, Bytes: e.bytes}
		if e.held {
			d.Held = e.bytes
		}
		all = append(all, d)
	}
	return all, l.away
}

func (l *ledger) Dispose(_ context.Context, _ fmc.CompanyID, d fmc.Disposal) (n int, bytes int64, err error) {
	for _, call := range slices.SortedFunc(maps.Keys(l.filed), func(a, b fmc.CallID) int { return l.filed[a].day.Compare(l.filed[b].day) }) {
		e := l.filed[call]
		of := e.group == d.Class.Group
		if d.Class.Group == "" {
			of = !slices.Contains(d.Class.Not, e.group)
		}
		if !of || e.held || e.why != "" || !e.day.Before(d.Before) || d.Bytes > 0 && bytes >= d.Bytes {
			continue
		}
		e.why = d.Why
		l.removes = append(l.removes, call)
		n, bytes = n+1, bytes+e.bytes
	}
	return n, bytes, l.away
}

func (l *ledger) RemoveLeft(context.Context, fmc.CompanyID) error {
	for call, e := range l.filed {
		if e.why != "" && !e.removed && !slices.Contains(l.removes, call) {
			l.removes = append(l.removes, call)
		}
	}
	return l.away
}

func (l *ledger) Gone(_ context.Context, _ fmc.CompanyID, call fmc.CallID) ([]string, error) {
	e := l.filed[call]
	if e == nil || e.why == "" {
		return nil, errors.New("it is kept")
	}
	return e.files, l.away
}

func (l *ledger) Removed(_ context.Context, _ fmc.CompanyID, call fmc.CallID) error {
	if l.away == nil {
		l.filed[call].removed = true
	}
	return l.away
}

// ledgerPage is how many recordings a page of the ledger has.
const ledgerPage = 3

func (l *ledger) Day(_ context.Context, _ fmc.CompanyID, day time.Time, after fmc.Filed) (page []fmc.Filed, err error) {
	l.asked++
	for _, call := range slices.Sorted(maps.Keys(l.filed)) {
		if e := l.filed[call]; e.day.Equal(day) && call > after.Call && len(page) < ledgerPage {
			page = append(page, fmc.Filed{Call: call, At: e.day, File: e.files[0], Bytes: e.bytes, Gone: e.why != "", Removed: e.removed, Lost: e.lost})
		}
	}
	return page, l.away
}

func (l *ledger) Found(_ context.Context, _ fmc.CompanyID, sizes []fmc.FoundSize) (kept []fmc.CallID, err error) {
	l.asked++
	for _, x := range sizes {
		e := l.filed[x.Call]
		if e.why != "" {
			continue
		}
		if e.lost = x.Bytes == 0; x.Bytes > 0 {
			e.bytes = x.Bytes
		}
		kept = append(kept, x.Call)
	}
	return kept, l.away
}

func (l *ledger) Raise(_ context.Context, a fmc.Alarm) error {
	l.alarms[a.Kind] = a.Values
	return l.away
}

func (l *ledger) Clear(_ context.Context, _ fmc.CompanyID, kind fmc.AlarmKind, _ string) error {
	delete(l.alarms, kind)
	return l.away
}

// shelf is a retention of one company over a folder.
type shelf struct {
	*recording.Retention
	*ledger
	t       *testing.T
	folder  string
	company *fmc.Company
}

func newShelf(t *testing.T, rule fmc.KeepRule) *shelf {
	t.Helper()
	x := &shelf{
		t: t, folder: t.TempDir(), ledger: &ledger{filed: map[fmc.CallID]*entry{}, alarms: map[fmc.AlarmKind]map[string]string{}},
		company: &fmc.Company{Profile: fmc.Profile{ID: "acme"}, Rules: fmc.Rules{Recording: fmc.RecordingRule{Keep: rule}}},
	}
	x.Retention = recording.NewRetention(recording.RetentionOptions{
		Folder: x.folder, Archive: x.ledger, Alarms: x.ledger, Companies: func() []*fmc.Company { return []*fmc.Company{x.company} },
		Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	return x
}

// call is an id as calls have them.
func callID(n byte) fmc.CallID {
	return fmc.CallID("01930000-0000-7000-8000-0000000000" + string([]byte{'0' + n/10, '0' + n%10}))
}

// file puts a recording of 100 bytes on the disk, with a track and peaks beside it, and into the archive.
func (x *shelf) file(n byte, daysAgo int, group fmc.GroupID) fmc.CallID {
	x.t.Helper()
	call, day := callID(n), noon.Truncate(24*time.Hour).AddDate(0, 0, -daysAgo)
	name := "acme/" + day.Format(time.DateOnly) + "/" + string(call)
	for suffix, size := range map[string]int{".wav": 60, "-1-client.wav": 30, ".peaks": 10} {
		x.put(name+suffix, size)
	}
	x.filed[call] = &entry{day: day, group: group, files: []string{name + ".wav", name + "-1-client.wav"}, bytes: 100}
	return call
}

// put puts an old file on the disk.
func (x *shelf) put(name string, size int) {
	x.t.Helper()
	at := filepath.Join(x.folder, name)
	err := os.MkdirAll(filepath.Dir(at), 0o700)
	if err == nil {
		err = os.WriteFile(at, bytes.Repeat([]byte{1}, size), 0o600)
	}
	if err == nil {
		err = os.Chtimes(at, noon.AddDate(0, 0, -7), noon.AddDate(0, 0, -7))
	}
	if err != nil {
		x.t.Fatal(err)
	}
}

// of are the files of a call on the disk.
func (x *shelf) of(call fmc.CallID) (names []string) {
	x.t.Helper()
	err := filepath.WalkDir(x.folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), string(call)) {
			names = append(names, d.Name())
		}
		return err
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return names
}

// sweep sweeps and does what the archive asks for.
func (x *shelf) sweep() {
	x.t.Helper()
	if err := x.Sweep(x.t.Context(), x.company); err != nil {
		x.t.Fatal(err)
	}
	for _, call := range x.removes {
		if err := x.Remove(x.t.Context(), "acme", call); err != nil {
			x.t.Fatal(err)
		}
	}
	x.removes = nil
}

func TestARecordingGoesWhenItsTimeIsOver(t *testing.T) {
	x := newShelf(t, fmc.KeepRule{Usual: fmc.Term{Days: 10}, Groups: map[fmc.GroupID]fmc.Term{"sales": {Months: 1}, "board": {}}})
	old, young, sales, oldSales, board, held := x.file(1, 12, ""), x.file(2, 9, ""), x.file(3, 12, "sales"), x.file(4, 40, "sales"), x.file(5, 4000, "board"), x.file(6, 50, "")
	x.filed[held].held = true
	x.sweep()
	for call, why := range map[fmc.CallID]string{old: "keep default 10d", young: "", sales: "", oldSales: "keep sales 1m", board: "", held: ""} {
		if e := x.filed[call]; e.why != why || e.removed != (why != "") || (len(x.of(call)) == 0) != e.removed {
			t.Errorf("%s: %+v, files %v, want %q", call, e, x.of(call), why)
		}
	}
	if len(x.alarms) != 0 {
		t.Errorf("alarms %v", x.alarms)
	}
}

func TestRoomIsMadeFromTheShortestTermOn(t *testing.T) {
	x := newShelf(t, fmc.KeepRule{Usual: fmc.Term{Years: 1}, Groups: map[fmc.GroupID]fmc.Term{"sales": {Years: 3}}, Quota: 350})
	sales, usual, younger, held := x.file(1, 50, "sales"), x.file(2, 20, ""), x.file(3, 10, ""), x.file(4, 30, "")
	x.filed[held].held = true
	x.sweep()
	if x.filed[usual].why != "quota 350 B" || x.filed[sales].why+x.filed[younger].why+x.filed[held].why != "" {
		t.Errorf("%+v", x.filed)
	}
	if a := x.alarms[fmc.AlarmQuotaReached]; a["deleted"] != "100 B" || a["classes"] != fmc.UsualClass || x.alarms[fmc.AlarmQuotaNear] == nil || x.alarms[fmc.AlarmQuotaHeld] != nil {
		t.Errorf("alarms %v", x.alarms)
	}
	if u := x.Usages()["acme"]; u.Bytes != 300 || u.Held != 100 {
		t.Errorf("%+v", u)
	}
	x.company.Rules.Recording.Keep.Quota = 1000
	x.sweep()
	if len(x.alarms) != 0 {
		t.Errorf("with room again: %v", x.alarms)
	}
}

func TestWhatIsHeldStaysEvenWhereThereIsNoRoom(t *testing.T) {
	x := newShelf(t, fmc.KeepRule{Quota: 150})
	for n := range byte(3) {
		x.filed[x.file(n, 5, "")].held = true
	}
	x.sweep()
	if x.alarms[fmc.AlarmQuotaHeld] == nil || len(x.removes) != 0 {
		t.Errorf("alarms %v", x.alarms)
	}
}

func TestEightyPercentAreToldWithTheDayOnWhichItIsFull(t *testing.T) {
	x := newShelf(t, fmc.KeepRule{Quota: 1200})
	for n := range byte(10) {
		x.file(n, int(n)+1, "")
	}
	x.sweep()
	a := x.alarms[fmc.AlarmQuotaNear]
	if a["share"] != "83" || a["used"] != "1 kB" || a["full"] != "2026-11-30" {
		t.Errorf("%v", a)
	}
}

func TestAKillInTheMiddleOfADeletionLeavesNothingBehind(t *testing.T) {
	x := newShelf(t, fmc.KeepRule{Usual: fmc.Term{Days: 1}})
	call := x.file(1, 5, "")
	x.filed[call].why = "keep default 1d" // the tombstone was written, and one file removed
	if err := os.Remove(filepath.Join(x.folder, x.filed[call].files[0])); err != nil {
		t.Fatal(err)
	}
	x.sweep()
	if e := x.filed[call]; !e.removed || len(x.of(call)) != 0 {
		t.Errorf("%+v %v", e, x.of(call))
	}
	if err := x.Remove(t.Context(), "acme", call); err != nil {
		t.Errorf("a removal that comes twice: %v", err)
	}
}

func TestWhatIsKeptIsNotRemoved(t *testing.T) {
	x := newShelf(t, fmc.KeepRule{})
	call := x.file(1, 5, "")
	if err := x.Remove(t.Context(), "acme", call); err == nil || len(x.of(call)) != 3 {
		t.Errorf("%v, files %v", err, x.of(call))
	}
	for _, file := range []string{"beta/2026-11-23/" + string(call) + ".wav", "acme/../beta/" + string(call) + ".wav", "../" + string(call) + ".wav"} {
		x.filed[call].why, x.filed[call].files = "x", []string{file}
		if err := x.Remove(t.Context(), "acme", call); err == nil && len(x.of(call)) != 3 {
			t.Errorf("%s leads out of the company's folder", file)
		}
	}
}

func TestWhereTheDatabaseIsAwayNothingIsRemoved(t *testing.T) {
	x := newShelf(t, fmc.KeepRule{Usual: fmc.Term{Days: 1}})
	call := x.file(1, 5, "")
	x.away = errors.New("PostgreSQL is away")
	if err := x.Sweep(t.Context(), x.company); err == nil || len(x.of(call)) != 3 {
		t.Errorf("%v, files %v", err, x.of(call))
	}
}

func TestTheDiskIsHeldAgainstTheArchive(t *testing.T) {
	x := newShelf(t, fmc.KeepRule{})
	right, lost, grown, back := x.file(1, 5, ""), x.file(2, 5, ""), x.file(3, 5, ""), x.file(4, 6, "")
	for _, file := range x.filed[lost].files {
		if err := os.Remove(filepath.Join(x.folder, file)); err != nil {
			t.Fatal(err)
		}
	}
	x.put(x.filed[grown].files[1], 50)
	x.filed[back].why, x.filed[back].removed = "x", true // it was brought back from a copy of the disk
	x.put("acme/2026-11-20/"+string(callID(9))+".wav", 10)
	x.put("acme/2026-11-20/"+string(callID(8))+".tape", 10) // on its way
	compare := func() {
		t.Helper()
		if err := x.Compare(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
	}
	compare()
	if x.filed[right].bytes != 100 || !x.filed[lost].lost || x.filed[grown].bytes != 120 || len(x.of(back)) != 0 {
		t.Errorf("%+v %+v %+v, back: %v", x.filed[right], x.filed[lost], x.filed[grown], x.of(back))
	}
	stray, missing := x.alarms[fmc.AlarmStrayFile], x.alarms[fmc.AlarmNoFile]
	if stray["count"] != "1" || !strings.Contains(stray["example"], string(callID(9))) || missing["count"] != "1" || missing["example"] != x.filed[lost].files[0] {
		t.Errorf("alarms %v", x.alarms)
	}
	for _, suffix := range []string{".wav", "-1-client.wav"} {
		x.put("acme/2026-11-23/"+string(lost)+suffix, 45)
	}
	x.filed[callID(9)] = &entry{day: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), files: []string{"acme/2026-11-20/" + string(callID(9)) + ".wav"}}
	compare()
	if x.filed[lost].lost || len(x.alarms) != 0 {
		t.Errorf("%+v, alarms %v", x.filed[lost], x.alarms)
	}
}

// TestMissingRecordingsAreAskedForByThePage: each of hundreds of thousands asked for by itself kept a start busy for
// minutes.
func TestMissingRecordingsAreAskedForByThePage(t *testing.T) {
	x := newShelf(t, fmc.KeepRule{})
	day := noon.Truncate(24 * time.Hour)
	for n := range byte(30) {
		x.filed[callID(n)] = &entry{day: day, files: []string{"acme/" + day.Format(time.DateOnly) + "/" + string(callID(n)) + ".wav"}, bytes: 100}
	}
	for range 2 { // the second time they are known to be missing
		x.asked = 0
		if err := x.Compare(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
		missing := x.alarms[fmc.AlarmNoFile]
		if most := 2*30/ledgerPage + 1; x.asked > most || missing["count"] != "30" || missing["example"] != x.filed[callID(0)].files[0] {
			t.Errorf("asked %d times, at most %d; alarm %v", x.asked, most, missing)
		}
	}
}

// hasty files a recording after the folder was looked at, and deletes another between the page and what is written of it.
type hasty struct {
	*shelf
	deletes fmc.CallID
}

func (h hasty) Day(ctx context.Context, company fmc.CompanyID, day time.Time, after fmc.Filed) ([]fmc.Filed, error) {
	if after.Call == "" {
		h.file(2, 5, "")
	}
	return h.shelf.Day(ctx, company, day, after)
}

func (h hasty) Found(ctx context.Context, company fmc.CompanyID, sizes []fmc.FoundSize) ([]fmc.CallID, error) {
	h.filed[h.deletes].why = "keep default 1d"
	return h.shelf.Found(ctx, company, sizes)
}

func TestWhatIsFiledOrDeletedDuringTheLookIsNotMissed(t *testing.T) {
	x := newShelf(t, fmc.KeepRule{})
	deleted := x.file(1, 5, "")
	for _, name := range x.of(deleted) {
		if err := os.Remove(filepath.Join(x.folder, filepath.Dir(x.filed[deleted].files[0]), name)); err != nil {
			t.Fatal(err)
		}
	}
	r := recording.NewRetention(recording.RetentionOptions{
		Folder: x.folder, Archive: hasty{x, deleted}, Alarms: x.ledger, Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err := r.Compare(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if len(x.alarms) != 0 || x.filed[callID(2)].lost || x.filed[deleted].lost {
		t.Errorf("%v %+v %+v", x.alarms, x.filed[callID(2)], x.filed[deleted])
	}
}

func TestASweepIsMadeEveryHourAndWhenItIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sweeps atomic.Int32
		l := &ledger{alarms: map[fmc.AlarmKind]map[string]string{}}
		r := recording.NewRetention(recording.RetentionOptions{
			Folder: t.TempDir(), Archive: l, Alarms: l, Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Companies: func() []*fmc.Company { sweeps.Add(1); return []*fmc.Company{{Profile: fmc.Profile{ID: "acme"}}} },
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		synctest.Wait()
		r.Ask()
		r.Ask()
		synctest.Wait()
		if n := sweeps.Load(); n != 2 && n != 3 { // the first one may have taken a wish already when the other came
			t.Errorf("%d sweeps after the start and two wishes", n)
		}
		before := sweeps.Load()
		time.Sleep(2*time.Hour + time.Second)
		synctest.Wait()
		if n := sweeps.Load() - before; n != 2 {
			t.Errorf("%d sweeps in two hours", n)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
