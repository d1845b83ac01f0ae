package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"roadline/fmc/cause"
)

// JobSchema is where River keeps its jobs: a schema of its own, that the cabinet's role may not enter.
const JobSchema = "river"

// jobLock is the advisory lock under which River's tables are made. River itself takes none.
const jobLock = 0x726f61646a6f6273 // "roadjobs"

// NodeConns are the node's connections, for store/jobs.
func (s *Store) NodeConns() *pgxpool.Pool { return s.node }

// migrateJobs brings River's tables up to date.
func (s *Store) migrateJobs(ctx context.Context) error {
	conn, err := s.node.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("bring the tables of jobs up to date: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(jobLock)); err != nil {
		return fmt.Errorf("wait for the turn to make the tables of jobs: %w", err)
	}
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", int64(jobLock)) }()
	if _, err := conn.Exec(ctx, "create schema if not exists "+JobSchema); err != nil {
		return fmt.Errorf("make the schema of jobs: %w", err)
	}
	tables, err := rivermigrate.New(riverpgxv5.New(s.node), &rivermigrate.Config{Schema: JobSchema, Logger: s.opt.Log})
	if err != nil {
		return err
	}
	known := tables.AllVersions()
	wants, has, made := known[len(known)-1].Version, 0, false
	if err := conn.QueryRow(ctx, "select to_regclass($1) is not null", JobSchema+".river_migration").Scan(&made); err != nil {
		return fmt.Errorf("look at the tables of jobs: %w", err)
	}
	if made { // River itself only fails on a version that it does not know
		if err := conn.QueryRow(ctx, "select coalesce(max(version), 0) from "+JobSchema+".river_migration").Scan(&has); err != nil {
			return fmt.Errorf("look at the tables of jobs: %w", err)
		}
	}
	if has > wants {
		return cause.Errorf(cause.Unsupported, "the database has the tables of jobs in version %d and this program knows %d: start the version that made them", has, wants)
	}
	if has == wants {
		return nil
	}
	if _, err := tables.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("bring the tables of jobs up to date: %w", err)
	}
	return nil
}
