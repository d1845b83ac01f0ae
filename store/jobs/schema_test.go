package jobs_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

func TestTheCabinetSeesNoJob(t *testing.T) {
	s := storetest.Open(t)
	err := pgx.BeginFunc(t.Context(), s.NodeConns(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "set local role roadline_cabinet"); err != nil {
			t.Error(err)
		}
		_, err := tx.Exec(t.Context(), "select * from "+store.JobSchema+".river_job")
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("%v", err)
	}
}

func TestTablesOfALaterVersionAreLeftAlone(t *testing.T) {
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	_, err := s.NodeConns().Exec(t.Context(), "insert into "+store.JobSchema+".river_migration (line, version) select 'main', max(version) + 1 from "+store.JobSchema+".river_migration")
	if err != nil {
		t.Fatal(err)
	}
	older, err := store.Open(t.Context(), store.Options{DSN: dsn, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(older.Close)
	if err := older.Run(t.Context()); !errors.Is(err, cause.Unsupported) || !strings.Contains(err.Error(), "tables of jobs") {
		t.Errorf("%v", err)
	}
}
