package journal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"roadline/store/journal"
)

// written makes a folder with a boot of a few entries and returns the path of its only segment and the entries' ends.
func written(t testing.TB, dir string, entries int) (segment string, ends []int64) {
	t.Helper()
	l, _ := open(t, dir, journal.Options{})
	for n := 1; n <= entries; n++ {
		if err := l.Append(journal.Draft{Body: body(0, n)}); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, size(t, dir))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return only(t, dir), ends
}

func only(t testing.TB, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "node.*", "*.seg"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	return names[0]
}

func size(t testing.TB, dir string) int64 {
	t.Helper()
	info, err := os.Stat(only(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestATailTornAnywhereIsCut(t *testing.T) {
	source := t.TempDir()
	path, ends := written(t, source, 4)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for torn := range int64(len(whole)) {
		dir := t.TempDir()
		place(t, source, dir, whole[:torn])
		_, left := open(t, dir, journal.Options{})
		want := 0
		for _, end := range ends {
			if end <= torn {
				want++
			}
		}
		if n := len(readAll(t, left[0].Reader())); n != want {
			t.Fatalf("torn at %d: %d entries, want %d", torn, n, want)
		}
		clean := torn == 0 || torn == ends[0]-(ends[1]-ends[0])+1 || want > 0 && torn == ends[want-1]
		if cuts := left[0].Cut; len(cuts) > 1 || clean && len(cuts) > 0 && cuts[0].Bytes == 0 {
			t.Fatalf("torn at %d: cut %+v", torn, cuts)
		}
		for _, c := range left[0].Cut {
			kept, err := os.ReadFile(c.Kept)
			if err != nil || !bytes.Equal(kept, whole[c.Offset:torn]) {
				t.Fatalf("torn at %d: kept %d bytes of %d, %v", torn, len(kept), torn-c.Offset, err)
			}
		}
	}
}

// place puts data in dir as the segment of the boot in source.
func place(t testing.TB, source, dir string, data []byte) {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(source, "node.*"))
	if err != nil || len(folders) != 1 {
		t.Fatal(folders, err)
	}
	folder := filepath.Join(dir, filepath.Base(folders[0]))
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "00000001.seg"), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDamageInTheMiddleIsAHole turns one bit at every offset: the entries beside it are read, and the damaged one is
// reported with its bytes.
func TestDamageInTheMiddleIsAHole(t *testing.T) {
	source := t.TempDir()
	path, ends := written(t, source, 4)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		data := bytes.Clone(whole)
		data[at] ^= 0x10
		dir := t.TempDir()
		place(t, source, dir, data)
		_, left := open(t, dir, journal.Options{})
		if len(left) == 0 {
			if at < 4 || at > 5 {
				t.Fatalf("bit at %d: the boot was left alone", at)
			}
			continue // the version
		}
		entries, err := left[0].Reader().Read(0, 10)
		if err != nil {
			t.Fatal(err)
		}
		var sound, lost uint64
		for _, e := range entries {
			if e.Hole == nil {
				sound++
				if string(e.Body) != string(body(0, int(e.Seq))) {
					t.Fatalf("bit at %d: entry %d is %q", at, e.Seq, e.Body)
				}
				continue
			}
			lost += e.Hole.To - e.Seq + 1
			if !bytes.Contains(e.Hole.Raw, data[at:at+1]) || len(e.Hole.Raw) < int(ends[1]-ends[0])-1 {
				t.Fatalf("bit at %d: hole %+v", at, e.Hole)
			}
		}
		switch {
		case int64(at) >= ends[2]: // the last entry: cut like a torn tail, but put aside
			if sound != 3 || lost != 0 || len(left[0].Cut) != 1 || left[0].Cut[0].Kept == "" {
				t.Fatalf("bit at %d: %d sound, %d lost, cut %+v", at, sound, lost, left[0].Cut)
			}
		case at < 44:
			if sound != 4 {
				t.Fatalf("bit at %d of the header: %d sound", at, sound)
			}
		default:
			if sound != 3 || lost != 1 {
				t.Fatalf("bit at %d: %d sound, %d lost", at, sound, lost)
			}
		}
	}
}

func TestAMissingSegmentIsAHole(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, journal.Options{SegmentSize: 1000})
	appendN(t, l, 1, 60)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(segments(t, dir)[2]); err != nil {
		t.Fatal(err)
	}
	_, left := open(t, dir, journal.Options{})
	entries, err := left[0].Reader().Read(0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var next, holes uint64 = 1, 0
	for _, e := range entries {
		if e.Seq != next {
			t.Fatalf("entry %d, want %d", e.Seq, next)
		}
		if next++; e.Hole != nil {
			holes++
			next = e.Hole.To + 1
		}
	}
	if next != 61 || holes != 1 {
		t.Fatalf("%d entries, %d holes", next-1, holes)
	}
}

func TestAnEmptySegmentAfterAKillIsHarmless(t *testing.T) {
	source := t.TempDir()
	first, _ := written(t, source, 3)
	for _, size := range []int{0, 10, 44} {
		path := filepath.Join(filepath.Dir(first), "00000002.seg")
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		_, left := open(t, source, journal.Options{})
		if n := len(readAll(t, left[0].Reader())); n != 3 {
			t.Fatalf("%d zeros: %d entries", size, n)
		}
		_ = left[0].Close()
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzAnyBytesAreReadWithoutHarm(f *testing.F) {
	source := f.TempDir()
	path, ends := written(f, source, 3)
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:ends[1]+7])
	f.Add(append(bytes.Clone(whole[:ends[0]]), whole[ends[1]:]...))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		place(t, source, dir, data)
		left, err := journal.TakeOver(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range left {
			r, last := b.Reader(), uint64(0)
			for {
				entries, err := r.Read(last, 2)
				if err != nil {
					t.Fatal(err)
				}
				if len(entries) == 0 {
					break
				}
				for _, e := range entries {
					if e.Seq != last+1 {
						t.Fatalf("entry %d behind %d", e.Seq, last)
					}
					if last = e.Seq; e.Hole != nil {
						last = e.Hole.To
					}
				}
			}
			if err := b.Remove(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
