package store_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// empty returns the address of an empty database on the server of dsn, of that owner.
func empty(t *testing.T, dsn, name, owner string) string {
	t.Helper()
	mustExec(t, dsn, "create database "+name+" owner "+owner)
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), dsn)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close(context.Background()) }()
		if _, err := conn.Exec(context.Background(), "drop database "+name+" with (force)"); err != nil {
			t.Error(err)
		}
	})
	return dsn + " dbname=" + name
}

func TestNodesThatStartTogetherMakeTheSchemaOnce(t *testing.T) {
	dsn := empty(t, storetest.DSN(t), "together", "roadline")
	var wg sync.WaitGroup
	for range 4 {
		s, err := store.Open(t.Context(), store.Options{DSN: dsn, Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		wg.Go(func() {
			if err := s.Run(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := query[int](t, dsn, "select count(*) from goose_db_version where version_id = 1"); n != 1 {
		t.Errorf("made %d times", n)
	}
}

// TestAnOrdinaryOwnerIsEnough runs on an external server as a user who is no superuser: the forced row-level security
// binds that user too.
func TestAnOrdinaryOwnerIsEnough(t *testing.T) {
	admin := storetest.DSN(t)
	mustExec(t, admin, "create role plain login createrole")
	t.Cleanup(func() { // behind the database's own
		conn, err := pgx.Connect(context.Background(), admin)
		if err == nil {
			_, err = conn.Exec(context.Background(), "drop role plain")
			err = errors.Join(err, conn.Close(context.Background()))
		}
		if err != nil {
			t.Error(err)
		}
	})
	s := storetest.OpenAt(t, empty(t, admin, "ordinary", "plain")+" user=plain")
	of := fill(t, s, "acme")
	if r, err := s.For("acme").Call(t.Context(), of.call); err != nil || r.Status != fmc.StatusAnswered {
		t.Errorf("%+v, %v", r.Status, err)
	}
	if _, err := s.For("beta").Call(t.Context(), of.call); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
}

func TestASchemaOfALaterVersionIsRefused(t *testing.T) {
	dsn := storetest.DSN(t)
	mustExec(t, dsn, "insert into goose_db_version (version_id, is_applied) values (9999, true)")
	s, err := store.Open(t.Context(), store.Options{DSN: dsn, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.Run(t.Context()); !errors.Is(err, cause.Unsupported) {
		t.Fatal(err)
	}
}

func TestABadAddressIsExplained(t *testing.T) {
	_, err := store.Open(t.Context(), store.Options{DSN: "host=x port=many", Clock: time.Now})
	if !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), "address of PostgreSQL") {
		t.Fatal(err)
	}
}
