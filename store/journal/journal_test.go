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

func TestPromisesThatWereNotKeptAreFoundAcrossBoots(t *testing.T) {
	dir := t.TempDir()
	wanted := fmc.Wanted{Employee: "ivanov", Digits: "89120000001", Due: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC), Round: 1}
	first, _ := open(t, dir, journal.Options{})
	keep(t, first, fact("a", 0, wanted), fact("b", 0, wanted), fact("c", 0, wanted))
	keep(t, first, fact("d", 0, fmc.Opened{Direction: fmc.Outbound, Promised: "a"}))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, left := open(t, dir, journal.Options{}) // took up b, and was killed
	keep(t, second, fact("e", 0, fmc.Opened{Direction: fmc.Outbound, Promised: "b"}))
	if err := errors.Join(second.Close(), left[0].Close()); err != nil {
		t.Fatal(err)
	}
	_, left = open(t, dir, journal.Options{})
	promises, err := journal.Promises(left)
	if err != nil || len(promises) != 1 || promises[0].Call != "c" || promises[0].Body != fmc.Happening(wanted) {
		t.Errorf("%+v, %v", promises, err)
	}
}

// fill has other calls fill a few segments of 1000 bytes.
func fill(t *testing.T, l *journal.Log) {
	t.Helper()
	for range 30 {
		keep(t, l, fact("other", 0, fmc.Stepped{Op: "ring"}))
	}
}

// TestAPromiseOutlivesAStopAfterWhichEverythingIsDrained has PostgreSQL take it all, as it does at every stop.
func TestAPromiseOutlivesAStopAfterWhichEverythingIsDrained(t *testing.T) {
	dir := t.TempDir()
	wanted := fmc.Wanted{Employee: "ivanov", Due: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)}
	for range 3 {
		l, left := open(t, dir, journal.Options{SegmentSize: 1000})
		promises, err := journal.Promises(left)
		if err != nil || len(left) > 0 && len(promises) != 1 {
			t.Fatalf("%d starts left %+v, %v", len(left), promises, err)
		}
		keep(t, l, fact("a", 0, fmc.Opened{Direction: fmc.Inbound}), fact("a", 0, wanted), fact("a", 0, fmc.Closed{Cause: cause.Of(cause.Hangup)}))
		fill(t, l)
		if err := errors.Join(l.Drained(l.State().Last), l.Close()); err != nil {
			t.Fatal(err)
		}
		for _, b := range left { // the second start is killed before it wrote it anew
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	l, left := open(t, dir, journal.Options{})
	if promises, err := journal.Promises(left); err != nil || len(promises) != 1 || promises[0].Body != fmc.Happening(wanted) {
		t.Errorf("%+v, %v", promises, err)
	}
	keep(t, l, fact("a", 0, wanted), fact("b", 0, fmc.Opened{Direction: fmc.Outbound, Promised: "a"}), fact("b", 0, fmc.Closed{Cause: cause.Of(cause.Hangup)}))
	if err := errors.Join(l.Drained(l.State().Last), l.Close()); err != nil {
		t.Fatal(err)
	}
	for _, b := range left {
		if err := b.Remove(); err != nil {
			t.Fatal(err)
		}
	}
	if _, left := open(t, dir, journal.Options{}); len(left) > 0 {
		t.Errorf("a log whose promises are kept leaves %d", len(left))
	}
}

// TestAPromiseThatWasKeptIsNotKeptAgain has a long call hold the segment in which a promise stands, and PostgreSQL take the
// one in which it was kept.
func TestAPromiseThatWasKeptIsNotKeptAgain(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, journal.Options{SegmentSize: 1000})
	keep(t, l, fact("long", 0, fmc.Opened{Direction: fmc.Inbound}), fact("a", 0, fmc.Wanted{Employee: "ivanov"}))
	fill(t, l)
	keep(t, l, fact("b", 0, fmc.Opened{Direction: fmc.Outbound, Promised: "a"}), fact("b", 0, fmc.Closed{Cause: cause.Of(cause.Hangup)}))
	fill(t, l)
	if err := l.Drained(l.State().Last); err != nil {
		t.Fatal(err)
	}
	if s := l.State(); s.Segments != 3 || s.OpenCalls != 1 {
		t.Fatalf("%+v: the promise's segment, that in which it was kept, and the current one should be left", s)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, left := open(t, dir, journal.Options{})
	if promises, err := journal.Promises(left); err != nil || len(promises) != 0 {
		t.Errorf("%+v, %v", promises, err)
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

// ofMessage is a fact of a message, a second after another.
func ofMessage(id string, n int, body func(at time.Time) fmc.Happening) fmc.Fact {
	at := time.Date(2026, 11, 28, 12, 0, n, 0, time.UTC)
	return fmc.Fact{Company: "acme", Message: fmc.MessageID(id), Body: body(at)}
}

func accepted(at time.Time) fmc.Happening {
	return fmc.MessageAccepted{At: at, SIM: "8970", Text: "hello", PDUs: []string{"01"}}
}
func tried(at time.Time) fmc.Happening  { return fmc.MessageTried{At: at, Part: 1} }
func passed(at time.Time) fmc.Happening { return fmc.MessagePassed{At: at, Part: 1, Reference: 7} }
func sent(at time.Time) fmc.Happening {
	return fmc.MessageSettled{At: at, State: fmc.MessageSent}
}

func came(at time.Time) fmc.Happening {
	return fmc.MessageCame{At: at, SIM: "8970", From: "Bank", Text: "hello", Key: "k"}
}

func TestUnfinishedMessagesAreFoundAcrossBootsAndCallsBesideThem(t *testing.T) {
	dir := t.TempDir()
	first, _ := open(t, dir, journal.Options{SegmentSize: 500})
	keep(t, first, fact("call", 0, fmc.Opened{Direction: fmc.Inbound}), ofMessage("a", 0, accepted), ofMessage("b", 1, accepted), ofMessage("in", 2, came))
	keep(t, first, ofMessage("a", 3, tried), ofMessage("c", 4, accepted), ofMessage("b", 5, tried), ofMessage("b", 6, passed), ofMessage("b", 7, sent))
	keep(t, first, fmc.Fact{Company: "acme", Body: fmc.SIMSeen{SIM: "8970", State: "ready"}})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, left := open(t, dir, journal.Options{})
	open1, err := journal.UnfinishedMessages(left)
	if err != nil || len(open1) != 2 || open1[0][0].Message != "a" || len(open1[0]) != 2 || open1[1][0].Message != "c" || len(open1[1]) != 1 {
		t.Fatalf("%+v, %v", open1, err)
	}
	calls, err := journal.Unfinished(left)
	if err != nil || len(calls) != 1 || calls[0][0].Call != "call" {
		t.Fatalf("%+v, %v", calls, err)
	}
	// It takes both on, goes on with c, and is killed before the first boot is removed.
	for _, facts := range open1 {
		keep(t, second, facts...)
	}
	keep(t, second, ofMessage("c", 8, tried), ofMessage("c", 9, passed), ofMessage("c", 10, sent))
	if err := errors.Join(second.Close(), left[0].Close()); err != nil {
		t.Fatal(err)
	}
	left, err = journal.TakeOver(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, b := range left {
			_ = b.Close()
		}
	}()
	open2, err := journal.UnfinishedMessages(left)
	if err != nil || len(open2) != 1 {
		t.Fatalf("%+v, %v", open2, err)
	}
	if r := fmc.FoldMessage(open2[0]); r.ID != "a" || len(r.Parts) != 1 || r.Parts[0].State != fmc.PartTried || r.Parts[0].Tries != 1 {
		t.Errorf("%+v", r)
	}
}

func TestASegmentStaysWhileAMessageInItIsToBeSent(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, journal.Options{SegmentSize: 1000})
	keep(t, l, ofMessage("a", 0, accepted))
	appendN(t, l, 1, 60)
	keep(t, l, ofMessage("in", 1, came))
	appendN(t, l, 61, 120)
	if err := l.Drained(l.State().Last); err != nil {
		t.Fatal(err)
	}
	if s := l.State(); s.Segments != 2 || s.OpenCalls != 1 {
		t.Fatalf("%+v: the message's segment and the current one should be left", s)
	}
	keep(t, l, ofMessage("a", 2, tried), ofMessage("a", 3, passed), ofMessage("a", 4, sent))
	if err := l.Drained(l.State().Last); err != nil {
		t.Fatal(err)
	}
	if s := l.State(); s.Segments != 1 || s.OpenCalls != 0 {
		t.Fatalf("%+v: only the current segment should be left", s)
	}
}

func TestFactsThatWereWrittenAnewAgainAndAgainAreReturnedOnce(t *testing.T) {
	dir := t.TempDir()
	facts := []fmc.Fact{ofMessage("a", 0, accepted), ofMessage("a", 1, tried)}
	for range 12 { // killed so often before PostgreSQL took anything
		l, left := open(t, dir, journal.Options{})
		for _, known := range openMessages(t, left) {
			keep(t, l, known...)
		}
		keep(t, l, facts...)
		facts = nil
		errs := []error{l.Close()}
		for _, b := range left {
			errs = append(errs, b.Close())
		}
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	_, left := open(t, dir, journal.Options{})
	if all := openMessages(t, left); len(left) != 12 || len(all) != 1 || len(all[0]) != 2 {
		t.Fatalf("%d boots, %d messages, the first of %d facts", len(left), len(all), len(all[0]))
	}
}

// openMessages are the messages that boots left open.
func openMessages(t *testing.T, left []*journal.Boot) [][]fmc.Fact {
	t.Helper()
	all, err := journal.UnfinishedMessages(left)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWishesOfEarlierStartsAreFoundInTheirOrder(t *testing.T) {
	dir := t.TempDir()
	set := func(kind fmc.ModeKind) fmc.ModeSet {
		return fmc.ModeSet{Employee: "ivanov", Mode: fmc.Mode{Kind: kind}}
	}
	l, _ := open(t, dir, journal.Options{})
	moved := fmc.CardMoved{SIM: "8970", Modem: "left"}
	keep(t, l, fact("", 0, moved), fact("", 0, set(fmc.Undisturbed)), fact("a", 0, fmc.Opened{Direction: fmc.Inbound}), fact("a", time.Second, set(fmc.MobileOnly)))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, left := open(t, dir, journal.Options{})
	found, err := journal.Wishes(left)
	if err != nil || len(found) != 3 || found[0].Body != fmc.Happening(moved) || found[1].Body != fmc.Happening(set(fmc.Undisturbed)) ||
		found[2].Body != fmc.Happening(set(fmc.MobileOnly)) {
		t.Fatalf("%+v, %v", found, err)
	}
}
