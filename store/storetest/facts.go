package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"roadline/fmc"
	"roadline/store"
	"roadline/store/journal"
)

// BringIn brings facts into a store as a node's are: by a journal, which is drained. It returns when they are there.
func BringIn(t testing.TB, s *store.Store, facts ...fmc.Fact) {
	t.Helper()
	log, left, err := journal.Open(t.TempDir(), "past", uuid.Must(uuid.NewV7()), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := (journal.Journal{Log: log}).Append(facts...); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	drain := s.Drain(log, left, store.DrainOptions{Linger: time.Millisecond})
	over := make(chan error, 1)
	go func() { over <- drain.Run(ctx) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for drain.State().Drained != uint64(len(facts)) {
		select {
		case <-tick.C:
		case err := <-over:
			t.Fatalf("the drain ended before the facts were there: %v", err)
		case <-t.Context().Done():
			t.Fatal("the facts were not brought in")
		}
	}
	stop()
	if err := <-over; err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
}
