package journal_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"roadline/store/journal"
)

type neverDone struct{ context.Context }

func (neverDone) Done() <-chan struct{} { return nil }

// TestNothingAcknowledgedIsLostByKill kills a journal under load at random instants: what Append had acknowledged is
// read back, once, in order, and nothing that was not appended.
func TestNothingAcknowledgedIsLostByKill(t *testing.T) {
	kills := 100
	if testing.Short() {
		kills = 10
	}
	total := 0
	for i := range kills {
		dir := t.TempDir()
		acked := killed(t, dir, time.Duration(rand.IntN(25_000))*time.Microsecond)
		read := readBoots(t, dir)
		for w := range writers {
			if read[w] < acked[w] {
				t.Fatalf("kill %d: writer %d had %d acknowledged, %d read back", i, w, acked[w], read[w])
			}
			if inFlight := read[w] - acked[w]; inFlight > 3 { // one append that could not be told any more
				t.Fatalf("kill %d: writer %d had %d acknowledged, but %d read back", i, w, acked[w], read[w])
			}
			total += acked[w]
		}
	}
	t.Logf("%d kills, %d acknowledged entries", kills, total)
	if total < kills {
		t.Fatalf("only %d entries in %d kills: the test shows nothing", total, kills)
	}
}

// killed runs a child until the delay after its first acknowledgement, and returns how many entries of each writer
// were acknowledged.
func killed(t *testing.T, dir string, after time.Duration) [writers]int {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+dir)
	cmd.Stderr = os.Stderr
	hold, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = hold.Close() }()
	var (
		acked [writers]int
		lines = bufio.NewReader(out)
		kill  *time.Timer
	)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // a line that the kill tore is not an acknowledgement
		}
		if kill == nil {
			kill = time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
			defer kill.Stop()
		}
		var w, n int
		if _, err := fmt.Sscanf(line, "%d %d", &w, &n); err != nil {
			t.Fatalf("child says %q", line)
		}
		acked[w] = n + 1
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return acked
}

// readBoots takes over what is in the folder and returns how many entries there are of each writer.
func readBoots(t *testing.T, dir string) [writers]int {
	t.Helper()
	l, left, err := journal.Open(dir, "node", uuid.Must(uuid.NewV7()), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	var read [writers]int
	for _, b := range left {
		for _, e := range readAll(t, b.Reader()) {
			var in struct{ Writer, N int }
			if err := json.Unmarshal(e.Body, &in); err != nil {
				t.Fatalf("entry %d: %q: %v", e.Seq, e.Body, err)
			}
			if in.N != read[in.Writer] {
				t.Fatalf("entry %d: writer %d number %d, want %d", e.Seq, in.Writer, in.N, read[in.Writer])
			}
			read[in.Writer]++
		}
		if err := b.Remove(); err != nil {
			t.Fatal(err)
		}
	}
	return read
}

// readAll reads all entries and fails on a hole.
func readAll(t *testing.T, r *journal.Reader) []journal.Entry {
	t.Helper()
	var all []journal.Entry
	for {
		after := uint64(len(all))
		entries, err := r.Read(after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			return all
		}
		for i, e := range entries {
			if e.Hole != nil || e.Seq != after+uint64(i)+1 {
				t.Fatalf("entry %d at place %d: hole %v", e.Seq, after+uint64(i)+1, e.Hole)
			}
		}
		all = append(all, entries...)
	}
}

// fillUp runs in a child whose files may not grow: it appends until the disk refuses, goes on in memory, is given
// room, and says how many entries it appended.
func fillUp(dir string) error {
	l, _, err := journal.Open(dir, "node", uuid.Must(uuid.NewV7()), journal.Options{HealEvery: time.Millisecond})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	n, refused := 0, 0
	for ; n < 2000; n++ {
		if l.Append(journal.Draft{Body: body(0, n)}) != nil {
			refused++
		}
	}
	if refused == 0 {
		return fmt.Errorf("appended without an error on a full disk")
	}
	if err := roomAgain(); err != nil {
		return err
	}
	if err := l.Sync(ctx); err != nil {
		return err
	}
	if !l.Healthy() {
		return fmt.Errorf("on disk, but not healthy: %w", l.State().Why)
	}
	stop()
	if err := <-done; err != nil {
		return err
	}
	fmt.Println(n)
	return l.Close()
}

// TestFullDiskHeals runs a journal into a limit of file size and lifts the limit: nothing is lost.
func TestFullDiskHeals(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+dir, childVar+"_LIMIT=10000")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(out)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	var appended int
	if _, err := fmt.Sscan(string(said), &appended); err != nil {
		t.Fatalf("child said %q", said)
	}
	if read := readBoots(t, dir); read[0] != appended || appended != 2000 {
		t.Fatalf("%d appended, %d read back", appended, read[0])
	}
}
