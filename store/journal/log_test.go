package journal_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"roadline/fmc/cause"
	"roadline/store/journal"
)

// open begins a log in dir that is closed at the end of the test.
func open(t testing.TB, dir string, opt journal.Options) (*journal.Log, []*journal.Boot) {
	t.Helper()
	l, left, err := journal.Open(dir, "node", uuid.Must(uuid.NewV7()), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = l.Close()
		for _, b := range left {
			_ = b.Close()
		}
	})
	return l, left
}

// run runs a log until the returned function is called.
func run(t testing.TB, l *journal.Log) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

func appendN(t *testing.T, l *journal.Log, from, to int) {
	t.Helper()
	for n := from; n <= to; n++ {
		if err := l.Append(journal.Draft{Body: body(0, n)}); err != nil {
			t.Fatal(err)
		}
	}
}

func segments(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "node.*", "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestReaderFollowsTheLogThroughItsSegments(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, journal.Options{SegmentSize: 2000})
	r := l.Reader()
	next := uint64(0)
	for round := range 20 {
		appendN(t, l, round*10+1, round*10+10)
		select {
		case <-l.Grown():
		default:
			t.Fatal("the reader was not woken")
		}
		for {
			entries, err := r.Read(next, 3)
			if err != nil {
				t.Fatal(err)
			}
			if len(entries) == 0 {
				break
			}
			for _, e := range entries {
				next++
				if e.Seq != next || string(e.Body) != string(body(0, int(next))) {
					t.Fatalf("entry %d: %q, want %d", e.Seq, e.Body, next)
				}
			}
		}
	}
	if next != 200 || len(segments(t, dir)) < 10 {
		t.Fatalf("read %d of 200 entries in %d segments", next, len(segments(t, dir)))
	}
	for _, after := range []uint64{0, 57, 199, 200} {
		entries, err := r.Read(after, 1)
		if err != nil || len(entries) != int(min(1, 200-after)) || len(entries) == 1 && entries[0].Seq != after+1 {
			t.Errorf("after %d: %v, %v", after, entries, err)
		}
	}
}

func TestASegmentGoesWhenItIsDrainedAndNoOpenCallIsInIt(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, journal.Options{SegmentSize: 1000})
	check := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(what, err)
		}
	}
	appendN(t, l, 1, 20)
	check("open", l.Append(journal.Draft{Body: []byte("{}"), Call: "long", Life: journal.Opens})) // 21
	appendN(t, l, 22, 60)
	before := len(segments(t, dir))
	check("drain a little", l.Drained(20))
	if n := len(segments(t, dir)); n >= before {
		t.Fatalf("%d segments of %d are left of which some were drained", n, before)
	}
	check("drain all", l.Drained(60))
	if got := l.State(); got.Segments != 2 || got.OpenCalls != 1 {
		t.Fatalf("with an open call: %+v, want its segment and the current one", got)
	}
	entries, err := l.Reader().Read(20, 1)
	if err != nil || len(entries) != 1 || entries[0].Seq != 21 {
		t.Fatalf("the open call's entry: %v, %v", entries, err)
	}
	check("close", l.Append(journal.Draft{Body: []byte("{}"), Call: "long", Life: journal.Closes}))
	check("drain again", l.Drained(61))
	if got := l.State(); got.Segments != 1 || got.OpenCalls != 0 {
		t.Fatalf("after its end: %+v", got)
	}
	check("close the log", l.Close())
	if left, _ := filepath.Glob(filepath.Join(dir, "node.*")); len(left) > 0 {
		t.Fatalf("a log that is drained leaves %v", left)
	}
}

func TestALivingFolderIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	first, _ := open(t, dir, journal.Options{})
	appendN(t, first, 1, 5)
	second, left := open(t, dir, journal.Options{})
	if len(left) != 0 {
		t.Fatalf("took over %v from a living process", left)
	}
	appendN(t, first, 6, 10)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	appendN(t, second, 1, 1)
	_, left = open(t, dir, journal.Options{})
	if len(left) != 1 || left[0].ID != first.Boot() || left[0].Node != "node" {
		t.Fatalf("left over: %v, want the first", left)
	}
	if n := len(readAll(t, left[0].Reader())); n != 10 {
		t.Fatalf("%d entries of 10", n)
	}
}

func TestBootsAreTakenOverOldestFirst(t *testing.T) {
	dir := t.TempDir()
	var want []uuid.UUID
	var logs []*journal.Log
	for range 5 {
		l, _ := open(t, dir, journal.Options{})
		want = append(want, l.Boot())
		logs = append(logs, l)
		appendN(t, l, 1, 1)
	}
	for _, l := range logs {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, left := open(t, dir, journal.Options{})
	if len(left) != len(want) {
		t.Fatalf("%d boots of %d", len(left), len(want))
	}
	for i, b := range left {
		if b.ID != want[i] {
			t.Errorf("boot %d: %v, want %v", i, b.ID, want[i])
		}
	}
}

func TestBadNodeNamesAreRefused(t *testing.T) {
	for _, node := range []string{"", "..", "a/b", "-a", "ы", string(make([]byte, 64))} {
		if _, _, err := journal.Open(t.TempDir(), node, uuid.Must(uuid.NewV7()), journal.Options{}); !errors.Is(err, cause.Invalid) {
			t.Errorf("%q: %v", node, err)
		}
	}
}

func TestAnEntryTooLargeIsRefusedWhole(t *testing.T) {
	l, _ := open(t, t.TempDir(), journal.Options{})
	err := l.Append(journal.Draft{Body: []byte("{}")}, journal.Draft{Body: make([]byte, 4<<20+1)})
	if !errors.Is(err, cause.Invalid) || l.State().Last != 0 || !l.Healthy() {
		t.Fatal(err, l.State())
	}
}

// faultyFile fails as its switch says.
type faultyFile struct {
	journal.File
	faults *faults
}

type faults struct {
	write, sync chan error // what the next operations return; a closed or empty channel: they succeed
	torn        bool       // a failing write leaves half of its bytes
}

func (f faultyFile) WriteAt(b []byte, off int64) (int, error) {
	select {
	case err, fails := <-f.faults.write:
		if fails {
			if f.faults.torn {
				_, _ = f.File.WriteAt(b[:len(b)/2], off)
			}
			return len(b) / 2, err
		}
	default:
	}
	return f.File.WriteAt(b, off)
}

func (f faultyFile) Datasync() error {
	select {
	case err, fails := <-f.faults.sync:
		if fails {
			return err
		}
	default:
	}
	return f.File.Datasync()
}

var errDisk = errors.New("input/output error")

// TestAFaultAtAnyStepLosesNothing lets every write and every sync in turn fail, some times in a row, and reads back.
func TestAFaultAtAnyStepLosesNothing(t *testing.T) {
	for _, row := range []struct {
		name string
		torn bool
		sync bool
	}{{"write", false, false}, {"torn write", true, false}, {"sync", false, true}} {
		for step := range 12 {
			for _, times := range []int{1, 2, 5} {
				t.Run(fmt.Sprintf("%s %d fails %d times", row.name, step, times), func(t *testing.T) {
					failAt(t, step, times, row.torn, row.sync)
				})
			}
		}
	}
}

func failAt(t *testing.T, step, times int, torn, syncing bool) {
	dir := t.TempDir()
	f := &faults{write: make(chan error, 100), sync: make(chan error, 100), torn: torn}
	l, _ := open(t, dir, journal.Options{SegmentSize: 1500, SyncEvery: time.Millisecond, HealEvery: time.Millisecond}.WithFiles(
		func(_ string, real journal.File) (journal.File, error) { return faultyFile{real, f}, nil }))
	stop := run(t, l)
	r, read := l.Reader(), uint64(0)
	const entries = 24
	for n := 1; n <= entries; n++ {
		if n == 2*step+1 {
			for range times {
				if syncing {
					f.sync <- errDisk
				} else {
					f.write <- errDisk
				}
			}
		}
		if err := l.Append(journal.Draft{Body: body(0, n)}); err != nil && !errors.Is(err, cause.Unavailable) {
			t.Fatal(err)
		}
		if n%5 == 0 {
			if err := l.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		got, err := r.Read(read, 100)
		if err != nil {
			t.Fatal(err)
		}
		read = follow(t, got, read)
	}
	if err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := r.Read(read, 100)
	if err != nil || follow(t, got, read) != entries || !l.Healthy() || l.State().Synced != entries {
		t.Fatalf("follower: %v, %d entries; %+v", err, follow(t, got, read), l.State())
	}
	if err := errors.Join(stop(), l.Close()); err != nil {
		t.Fatal(err)
	}
	_, left := open(t, dir, journal.Options{})
	if n := len(readAll(t, left[0].Reader())); n != entries {
		t.Fatalf("%d entries of %d after a restart", n, entries)
	}
}

func follow(t *testing.T, got []journal.Entry, last uint64) uint64 {
	t.Helper()
	for _, e := range got {
		last++
		if e.Hole != nil || e.Seq != last || string(e.Body) != string(body(0, int(last))) {
			t.Fatalf("entry %d: %q, hole %v, want %d", e.Seq, e.Body, e.Hole, last)
		}
	}
	return last
}

func TestWhatMemoryCannotHoldIsCounted(t *testing.T) {
	f := &faults{write: make(chan error, 1000)}
	l, _ := open(t, t.TempDir(), journal.Options{Buffer: 1000}.WithFiles(
		func(_ string, real journal.File) (journal.File, error) { return faultyFile{real, f}, nil }))
	f.write <- errDisk
	var noRoom int
	for n := range 40 {
		err := l.Append(journal.Draft{Body: body(0, n)})
		switch {
		case errors.Is(err, cause.NoRoom):
			noRoom++
		case !errors.Is(err, cause.Unavailable) || !errors.Is(err, errDisk):
			t.Fatal(err)
		}
	}
	if s := l.State(); noRoom == 0 || s.Dropped != uint64(noRoom) || s.Buffered > 1000 || s.Last != uint64(40-noRoom) || l.Healthy() {
		t.Fatalf("%d refused, %+v", noRoom, s)
	}
	stop := run(t, l)
	if err := l.Sync(t.Context()); err != nil || !l.Healthy() {
		t.Fatal(err, l.State())
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if n := len(readAll(t, l.Reader())); n != 40-noRoom {
		t.Fatalf("%d entries, want %d", n, 40-noRoom)
	}
}

func TestSyncEndsWithItsContext(t *testing.T) {
	l, _ := open(t, t.TempDir(), journal.Options{})
	appendN(t, l, 1, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Sync(ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, cause.Unavailable) {
		t.Fatal(err)
	}
}

func TestACloseThatLosesEntriesSaysSo(t *testing.T) {
	f := &faults{write: make(chan error, 1000)}
	l, _ := open(t, t.TempDir(), journal.Options{}.WithFiles(
		func(_ string, real journal.File) (journal.File, error) { return faultyFile{real, f}, nil }))
	f.write <- errDisk
	_ = l.Append(journal.Draft{Body: []byte("{}")})
	if err := l.Close(); !errors.Is(err, errDisk) {
		t.Fatal(err)
	}
	if err := l.Append(journal.Draft{Body: []byte("{}")}); !errors.Is(err, cause.Unavailable) {
		t.Fatal(err)
	}
}

func BenchmarkAppend(b *testing.B) {
	l, _ := open(b, b.TempDir(), journal.Options{})
	stop := run(b, l)
	draft := journal.Draft{Body: body(0, 299)}
	b.SetBytes(int64(len(draft.Body)))
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if err := l.Append(draft, draft, draft); err != nil {
			b.Fatal(err)
		}
		if i%4096 == 0 { // the disk keeps up in life; here it must be waited for
			if err := errors.Join(l.Sync(b.Context()), l.Drained(l.State().Last)); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.StopTimer()
	if err := stop(); err != nil {
		b.Fatal(err)
	}
}
