package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// set is a mode of ivanov's, set so many minutes after noon.
func set(minutes int, kind fmc.ModeKind, until time.Time) fmc.ModeSet {
	return fmc.ModeSet{At: noon.Add(time.Duration(minutes) * time.Minute), Employee: "ivanov", Mode: fmc.Mode{Kind: kind, Until: until}, By: "ivanov"}
}

func TestTheLatestModeOfAPersonIsKeptInPostgreSQL(t *testing.T) {
	s, a := acme(t)
	apply(t, s, company("beta"), 0)
	until := noon.Add(3 * time.Hour)
	drainAll(t, s, about("acme", "", set(1, fmc.Undisturbed, until)),
		fmc.Fact{Company: "acme", Call: newCall(), Body: set(2, fmc.MobileOnly, time.Time{})},
		about("acme", "", set(0, fmc.Available, time.Time{})), about("beta", "", set(9, fmc.Undisturbed, until)))
	all, err := a.Modes(t.Context())
	if err != nil || len(all) != 1 || all[0] != set(2, fmc.MobileOnly, time.Time{}) {
		t.Fatalf("%+v, %v", all, err)
	}
	drainAll(t, s, about("acme", "", set(3, fmc.Undisturbed, until)))
	if all, err = a.Modes(t.Context()); err != nil || len(all) != 1 || all[0] != set(3, fmc.Undisturbed, until) {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err = s.For("nobody").Modes(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestModesComeThroughARestartWithoutPostgreSQL(t *testing.T) {
	s := unreached(t)
	file := filepath.Join(t.TempDir(), "modes.json")
	m := s.Modes(file)
	if err := m.Load(); err != nil {
		t.Fatal(err)
	}
	before := m.Of("acme")
	m.Took("acme", set(2, fmc.Undisturbed, time.Time{}), set(1, fmc.MobileOnly, time.Time{}))
	m.Took("beta", set(5, fmc.MobileOnly, time.Time{}))
	if len(before) > 0 || m.Of("acme").At("ivanov", noon).Kind != fmc.Undisturbed || m.Of("acme").At("petrov", noon) != (fmc.Mode{}) {
		t.Errorf("%+v, before %+v", m.Of("acme"), before)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := m.Run(ctx); err != nil {
		t.Fatal(err)
	}
	again := s.Modes(file)
	if err := again.Load(); err != nil || again.Of("acme")["ivanov"] != set(2, fmc.Undisturbed, time.Time{}) || again.Of("beta").At("ivanov", noon).Kind != fmc.MobileOnly {
		t.Fatalf("%+v, %v", again.Of("acme"), err)
	}
	again.Took("acme", set(0, fmc.MobileOnly, time.Time{})) // PostgreSQL, late
	if again.Of("acme").At("ivanov", noon).Kind != fmc.Undisturbed {
		t.Error("an older mode took the place of a newer one")
	}
}

func TestAModeThatEndedIsNoneAndABrokenFileIsTold(t *testing.T) {
	quiet := set(0, fmc.Undisturbed, noon.Add(time.Hour))
	modes := fmc.Modes{"ivanov": quiet}
	if modes.At("ivanov", noon.Add(time.Hour-1)) != quiet.Mode || modes.At("ivanov", noon.Add(time.Hour)) != (fmc.Mode{}) {
		t.Error("it does not end when it says")
	}
	file := filepath.Join(t.TempDir(), "modes.json")
	if err := os.WriteFile(file, []byte(`{"acme": [{"kind": "loud"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unreached(t).Modes(file).Load(); !errors.Is(err, cause.Invalid) {
		t.Error(err)
	}
	unwritable := unreached(t).Modes(filepath.Join(t.TempDir(), "gone", "modes.json"))
	unwritable.Took("acme", quiet)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := unwritable.Run(ctx); err == nil {
		t.Error("nobody was told that the modes are not on disk")
	}
}

// unreached is a store whose PostgreSQL is not there.
func unreached(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DSN: "host=127.0.0.1 port=1", Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}
