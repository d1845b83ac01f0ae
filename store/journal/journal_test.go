package journal_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store/journal"
)

func fact(call string, at time.Duration, body fmc.Happening) fmc.Fact {
	return fmc.Fact{Company: "acme", Call: fmc.CallID(call), At: at, Body: body}
}

func keep(t *testing.T, l *journal.Log, facts ...fmc.Fact) {
	t.Helper()
	if err := (journal.Journal{Log: l}).Append(facts...); err != nil {
		t.Fatal(err)
	}
}

func TestUnfinishedCallsAreFoundAcrossBoots(t *testing.T) {
	dir := t.TempDir()
	hangUp := fmc.Closed{Cause: cause.Of(cause.Hangup)}
	first, _ := open(t, dir, journal.Options{SegmentSize: 500})
	keep(t, first, fact("a", 0, fmc.Opened{Direction: fmc.Inbound}), fact("b", 0, fmc.Opened{Direction: fmc.Inbound}))
	keep(t, first, fact("a", time.Second, fmc.Stepped{Op: "ring"}), fact("c", 0, fmc.Opened{Direction: fmc.Outbound}))
	keep(t, first, fact("b", time.Second, hangUp), fact("c", time.Second, fmc.Stepped{Op: "talk"}))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, left := open(t, dir, journal.Options{}) // closes c in its recovery, and is killed before it closes a
	keep(t, second, fact("c", 2*time.Second, fmc.Closed{Cause: cause.Of(cause.Interrupted), Interrupted: true}))
	keep(t, second, fact("d", 0, fmc.Opened{Direction: fmc.Inbound}))
	if err := errors.Join(second.Close(), left[0].Close()); err != nil {
		t.Fatal(err)
	}
	left, err := journal.TakeOver(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, b := range left {
			_ = b.Close()
		}
	}()
	open, err := journal.Unfinished(left)
	if err != nil || len(open) != 2 {
		t.Fatalf("%v, %v", open, err)
	}
	if a := open[0]; len(a) != 2 || a[0].Call != "a" || a[1].Kind() != "stepped" || a[1].At != time.Second {
		t.Errorf("a: %+v", a)
	}
	if d := open[1]; len(d) != 1 || d[0].Call != "d" {
		t.Errorf("d: %+v", d)
	}
}

func TestAFactOfALaterBuildIsToldAndTheOthersAreRead(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, journal.Options{})
	later, err := json.Marshal(map[string]any{"v": 99, "kind": "opened", "call": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Append(journal.Draft{Body: later}); err != nil {
		t.Fatal(err)
	}
	keep(t, l, fact("a", 0, fmc.Opened{Direction: fmc.Inbound}))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, left := open(t, dir, journal.Options{})
	calls, err := journal.Unfinished(left)
	if !errors.Is(err, cause.Unsupported) || len(calls) != 1 {
		t.Fatalf("%v, %v", calls, err)
	}
}

func TestAFactWithoutABodyIsRefused(t *testing.T) {
	l, _ := open(t, t.TempDir(), journal.Options{})
	if err := (journal.Journal{Log: l}).Append(fmc.Fact{Call: "a"}); !errors.Is(err, cause.Invalid) || l.State().Last != 0 {
		t.Fatal(err)
	}
}
