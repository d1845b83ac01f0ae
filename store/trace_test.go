package store_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// trace runs a keeper of traces until the returned function is called.
func trace(t *testing.T, s *store.Store, o store.TracesOptions) (traces *store.Traces, stop func()) {
	t.Helper()
	o.Every = time.Millisecond
	traces = s.Traces(o)
	return traces, runTraces(t, traces)
}

func runTraces(t *testing.T, traces *store.Traces) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- traces.Run(ctx) }()
	stop = func() {
		cancel()
		err := <-done
		if done <- nil; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// traced is a store with one call of acme, whose facts a keeper of traces has seen up to its last.
func traced(t *testing.T) (s *store.Store, call fmc.CallID, facts []fmc.Fact) {
	t.Helper()
	s = storetest.Open(t)
	apply(t, s, company("acme"), 0)
	call = newCall()
	facts = aCall("acme", call)
	drainAll(t, s, facts...)
	return s, call, facts
}

func sipLine(text string) fmc.TraceLine {
	return fmc.TraceLine{Kind: fmc.TraceSIP, Peer: "UDP 192.0.2.1:5060", Text: text}
}

// texts are the lines of a trace in short.
func texts(t *testing.T, traces *store.Traces, call fmc.CallID) string {
	t.Helper()
	lines, err := traces.Trace(t.Context(), "acme", call)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range lines {
		if l.Kind == fmc.TraceLost {
			l.Text = fmt.Sprintf("%d lost", l.Lost)
		}
		all = append(all, l.Text)
	}
	return strings.Join(all, " ")
}

func TestATraceIsThereWhileItsCallGoesOnAndAfterARestart(t *testing.T) {
	s, call, facts := traced(t)
	traces, stop := trace(t, s, store.TracesOptions{})
	leg := fmc.LegID{Call: call, N: 1}
	traces.Told(leg, sipLine("INVITE")) // before the call has begun
	traces.Note(facts[:1])
	traces.Told(leg, sipLine("200"))
	if got := texts(t, traces, call); got != "INVITE 200" {
		t.Errorf("while it goes on: %s", got)
	}
	traces.Note(facts[1:])
	traces.Told(leg, sipLine("BYE"))
	stop()
	later, _ := trace(t, s, store.TracesOptions{})
	if got := texts(t, later, call); got != "INVITE 200 BYE" {
		t.Errorf("after a restart: %s", got)
	}
}

func TestAKillCostsATraceSecondsAlone(t *testing.T) {
	var late atomic.Int64
	s, err := store.Open(t.Context(), store.Options{DSN: storetest.DSN(t), Clock: func() time.Time { return time.Now().Add(time.Duration(late.Load())) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	apply(t, s, company("acme"), 0)
	call := newCall()
	facts := aCall("acme", call)
	drainAll(t, s, facts...)
	traces, _ := trace(t, s, store.TracesOptions{})
	traces.Note(facts[:1])
	traces.Told(fmc.LegID{Call: call, N: 1}, sipLine("INVITE"))
	late.Store(int64(3 * time.Second))
	after := s.Traces(store.TracesOptions{}) // of the next process: it has nothing in memory
	await(t, "what was said is kept while the call goes on", func() bool { return texts(t, after, call) == "INVITE" })
}

func TestATraceFollowsALegToAnotherCall(t *testing.T) {
	s, call, facts := traced(t)
	other := newCall()
	drainAll(t, s, aCall("acme", other)...)
	traces, _ := trace(t, s, store.TracesOptions{})
	leg := fmc.LegID{Call: other, N: 2}
	traces.Note(facts[:1])
	traces.Note(aCall("acme", other)[:1])
	traces.Told(leg, sipLine("REFER"))
	traces.Note([]fmc.Fact{{Company: "acme", Call: other, Body: fmc.Passed{Leg: leg, To: call}}})
	traces.Told(leg, sipLine("BYE"))
	if here, there := texts(t, traces, call), texts(t, traces, other); here != "BYE" || there != "REFER" {
		t.Errorf("here %q, there %q", here, there)
	}
}

func TestATraceIsBoundedAndSaysWhatIsMissing(t *testing.T) {
	s, call, facts := traced(t)
	traces := s.Traces(store.TracesOptions{})
	traces.Note(facts[:1])
	const told = 5000
	for i := range told {
		traces.Told(fmc.LegID{Call: call, N: 1}, sipLine(fmt.Sprint(i)))
	}
	got := strings.Fields(texts(t, traces, call))
	if len(got) > 2100 || got[0] != "0" || got[len(got)-1] != "4999" {
		t.Fatalf("%d lines, from %s to %s", len(got), got[0], got[len(got)-1])
	}
	lost := fmt.Sprintf("%d lost", told-len(got)+2) // the note is two words
	if all := strings.Join(got, " "); !strings.Contains(all, " "+lost+" ") {
		t.Errorf("no word of %q", lost)
	}
}

func TestOfAPrivateCallNoWordIsKept(t *testing.T) {
	s, call, facts := traced(t)
	traces := s.Traces(store.TracesOptions{})
	leg := fmc.LegID{Call: call, N: 1}
	traces.Told(leg, sipLine("INVITE sip:+79121112233@example.com"))
	opened := facts[0].Body.(fmc.Opened)
	opened.Private = true
	traces.Note([]fmc.Fact{{Company: "acme", Call: call, Body: opened}})
	traces.Told(leg, sipLine("BYE sip:+79121112233@example.com"))
	traces.Told(leg, fmc.TraceLine{Kind: fmc.TraceSound, Sound: &fmc.SoundFigures{Codec: "PCMA"}})
	lines, err := traces.Trace(t.Context(), "acme", call)
	if err != nil || len(lines) != 1 || lines[0].Sound == nil {
		t.Errorf("%v, %v", lines, err)
	}
}

func TestATraceOfAnotherCompanyIsNotFound(t *testing.T) {
	s, call, facts := traced(t)
	apply(t, s, company("beta"), 0)
	traces, stop := trace(t, s, store.TracesOptions{})
	traces.Note(facts[:1])
	traces.Told(fmc.LegID{Call: call, N: 1}, sipLine("INVITE"))
	for range 2 { // from memory, and from the tables
		if lines, err := traces.Trace(t.Context(), "beta", call); cause.KindOf(err) != cause.NotFound {
			t.Errorf("%v, %v", lines, err)
		}
		stop()
	}
}

func TestTracesGoAfterTheirTime(t *testing.T) {
	s, call, facts := traced(t)
	traces, stop := trace(t, s, store.TracesOptions{})
	traces.Note(facts)
	traces.Told(fmc.LegID{Call: call, N: 1}, sipLine("INVITE"))
	stop()
	kept, _ := trace(t, s, store.TracesOptions{Keep: time.Hour})
	if got := texts(t, kept, call); got != "INVITE" {
		t.Fatalf("kept: %q", got)
	}
	gone, _ := trace(t, s, store.TracesOptions{Keep: time.Nanosecond})
	await(t, "the trace is deleted", func() bool { return texts(t, gone, call) == "" })
}

func TestTracesWaitForPostgreSQLAndSayWhatFoundNoRoom(t *testing.T) {
	server := storetest.NewServer(t)
	s := storetest.OpenAt(t, server.DSN())
	apply(t, s, company("acme"), 0)
	first, last := newCall(), newCall()
	drainAll(t, s, append(aCall("acme", first), aCall("acme", last)...)...)
	server.Stop()
	traces := s.Traces(store.TracesOptions{Every: time.Millisecond, Memory: 2200})
	for _, call := range []fmc.CallID{first, last} {
		traces.Note(aCall("acme", call)[:1])
		for i := range 30 {
			traces.Told(fmc.LegID{Call: call, N: 1}, sipLine(fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i)}))))
		}
		runTraces(t, traces)()
	}
	server.Start()
	runTraces(t, traces)()
	later := s.Traces(store.TracesOptions{})
	if got := texts(t, later, first); got != "30 lost" {
		t.Errorf("first: %s", got)
	}
	if got := texts(t, later, last); strings.Count(got, " ") != 29 {
		t.Errorf("last: %s", got)
	}
}

func BenchmarkTold(b *testing.B) {
	s, err := store.Open(b.Context(), store.Options{DSN: "host=nowhere.invalid", Clock: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	traces := s.Traces(store.TracesOptions{})
	line := sipLine(strings.Repeat("Via: SIP/2.0/UDP 192.0.2.1\n", 20))
	b.ReportAllocs()
	for b.Loop() {
		traces.Told(fmc.LegID{Call: "c", N: 1}, line)
	}
}
