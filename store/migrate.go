package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"roadline/fmc/cause"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date; several nodes that start at once take turns.
func (s *Store) migrate(ctx context.Context) (err error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	turns, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(s.node)
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(turns), goose.WithSlog(s.opt.Log))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	has, wants, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("look at the schema: %w", err)
	}
	if has > wants {
		return cause.Errorf(cause.Unsupported, "the database has schema %d and this program knows %d: start the version that made it", has, wants)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the schema up to date: %w", err)
	}
	return s.migrateJobs(ctx)
}
