package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

func registrations(t *testing.T, s *store.Store, file string) (r *store.Registrations, stop func()) {
	t.Helper()
	r = s.Registrations(store.RegistrationsOptions{Node: "node", File: file, Every: time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return r, stop
}

func keepRegistration(t *testing.T, s *store.Store, k store.Registration) {
	t.Helper()
	r, stop := registrations(t, s, filepath.Join(t.TempDir(), "registrations.json"))
	r.Keep(k)
	awaitRegistered(t, s, k, 1)
	stop()
}

func awaitRegistered(t *testing.T, s *store.Store, k store.Registration, want int) {
	t.Helper()
	await(t, "the registration is written behind", func() bool {
		all, err := s.For(k.Company).Registrations(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(all) == want
	})
}

func TestRegistrationsSurviveARestartOnDisk(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	file := filepath.Join(t.TempDir(), "registrations.json")
	r, stop := registrations(t, s, file)
	k := store.Registration{Company: "acme", Account: "acme-ivanov", Key: "one", Expires: time.Now().Add(time.Hour), Body: []byte(`{"contact":"sip:x"}`)}
	two, old, ghost, port := k, k, k, k
	two.Key, old.Key, ghost.Company, port.Company, port.Key = "two", "old", "ghost", "", "port"
	old.Expires = time.Now().Add(-time.Second)
	for _, each := range []store.Registration{k, two, old, port} { // port: of a gateway, on disk alone
		r.Keep(each)
	}
	awaitRegistered(t, s, k, 2)
	r.Drop("acme", "acme-ivanov", "two")
	awaitRegistered(t, s, k, 1)
	r.Keep(ghost) // of a company that PostgreSQL does not have: on disk all the same
	stop()
	again, _ := registrations(t, s, file)
	back, err := again.Load()
	if err != nil || len(back) != 3 || back[0].Key != "one" || string(back[0].Body) != string(k.Body) || !back[0].Expires.Equal(k.Expires) {
		t.Fatalf("%+v, %v", back, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
}

func TestABrokenFileOfRegistrationsIsTold(t *testing.T) {
	s := storetest.Open(t)
	file := filepath.Join(t.TempDir(), "registrations.json")
	r, _ := registrations(t, s, file)
	if back, err := r.Load(); err != nil || len(back) != 0 {
		t.Fatal("no file:", back, err)
	}
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Load(); !errors.Is(err, cause.Invalid) {
		t.Fatal(err)
	}
}
