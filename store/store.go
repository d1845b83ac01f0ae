// Package store keeps what must outlive a call: the company versions, the facts and the call records that are folded
// from them, in PostgreSQL, and the directory of companies in memory and on local disk. All SQL stands here. Nothing
// that a call needs to go on waits for it: facts go to store/journal first and are drained from there. It decides
// nothing and knows no page. Start at Store: For has what one company may ask, Operator what the node may, Drain brings
// the journal in, Directory takes the companies out; Private is the server that one machine starts for itself.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Options of a Store. Zero values are the product's, but for DSN and Clock.
type Options struct {
	DSN            string           // of PostgreSQL, as libpq reads it
	Clock          func() time.Time // stamps what is written
	Log            *slog.Logger     // nil: nothing is told
	NodeConns      int              // connections for drain, directory, jobs and operator; 0: 8
	CabinetConns   int              // connections for what companies ask; 0: 8
	ConnectTimeout time.Duration    // 0: 5 s
	Patience       time.Duration    // what a transaction of alarms, webhooks or the archive may take; 0: 15 s
	Retry          time.Duration    // how soon a server that refused is asked again at first; 0: 200 ms
	RetryMost      time.Duration    // and at most; 0: 5 s
}

func (o Options) withDefaults() Options {
	defaultTo(&o.NodeConns, 8)
	defaultTo(&o.CabinetConns, 8)
	defaultTo(&o.ConnectTimeout, 5*time.Second)
	defaultTo(&o.Patience, 15*time.Second)
	defaultTo(&o.Retry, 200*time.Millisecond)
	defaultTo(&o.RetryMost, 5*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func defaultTo[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

// Store is PostgreSQL. It need not be there when a Store is made: Run waits for it.
type Store struct {
	opt     Options
	node    *pgxpool.Pool // sees every company
	cabinet *pgxpool.Pool // sees the company that its transaction names, and no secret
	ready   chan struct{} // closed when the schema is up to date
	trial   chan struct{} // a place for each password that is tried now
}

// cabinetRole is made by the migrations.
const cabinetRole = "roadline_cabinet"

// statementMost is how long one query of a page may run.
const statementMost = 30 * time.Second

// Open makes a Store; it connects to nothing yet. Close it.
func Open(ctx context.Context, opt Options) (*Store, error) {
	opt = opt.withDefaults()
	if opt.Clock == nil {
		return nil, cause.Errorf(cause.Invalid, "open store: no clock")
	}
	node, err := newPool(ctx, opt, opt.NodeConns, nil)
	if err != nil {
		return nil, err
	}
	cabinet, err := newPool(ctx, opt, opt.CabinetConns, map[string]string{
		"role": cabinetRole, "statement_timeout": strconv.FormatInt(statementMost.Milliseconds(), 10),
		// What is asked for decides which index serves: a day, a client, a person with ten calls or ten thousand.
		"plan_cache_mode": "force_custom_plan",
	})
	if err != nil {
		node.Close()
		return nil, err
	}
	return &Store{opt: opt, node: node, cabinet: cabinet, ready: make(chan struct{}), trial: make(chan struct{}, passwordsAtOnce)}, nil
}

func newPool(ctx context.Context, opt Options, conns int, params map[string]string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(opt.DSN)
	if err != nil {
		return nil, cause.Errorf(cause.Invalid, "address of PostgreSQL: %w: write \"database\" in roadline.yaml as libpq reads it, such as \"host=db.example user=roadline dbname=roadline\"", err)
	}
	cfg.MaxConns = int32(conns) //nolint:gosec // small
	cfg.MinConns, cfg.MinIdleConns = 0, 0
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.MaxConnLifetimeJitter = 5 * time.Minute
	cfg.PingTimeout = 2 * time.Second
	cfg.ConnConfig.ConnectTimeout = opt.ConnectTimeout
	cfg.ConnConfig.RuntimeParams["application_name"] = "roadline"
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	for name, value := range params {
		cfg.ConnConfig.RuntimeParams[name] = value
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return pool, nil
}

// Close closes the connections. What runs on them must have ended.
func (s *Store) Close() {
	s.cabinet.Close()
	s.node.Close()
}

// Run waits for PostgreSQL and brings its schema up to date, however long that takes, and returns. An error is one that
// waiting does not mend: a schema of a later version.
func (s *Store) Run(ctx context.Context) error {
	for wait := s.opt.Retry; ; wait = min(2*wait, s.opt.RetryMost) {
		err := s.migrate(ctx)
		if err == nil {
			close(s.ready)
			s.opt.Log.Info("store ready")
			return nil
		}
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, cause.Unsupported) {
			return err
		}
		s.opt.Log.Warn("store waits for PostgreSQL", "err", err, "dur", wait)
		if !pause(ctx, wait) {
			return nil
		}
	}
}

// Ready waits until Run has brought the schema up to date.
func (s *Store) Ready(ctx context.Context) error {
	select {
	case <-s.ready:
		return nil
	case <-ctx.Done():
		return cause.Errorf(cause.Unavailable, "PostgreSQL is not ready: %w", ctx.Err())
	}
}

// pause waits, and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// patient is ctx with an end, for a transaction of the node. A server that hangs without a word would else keep one
// connection after another, until the drain has none.
func (s *Store) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.opt.Patience)
}

// thorough is patient for what goes over many rows.
func (s *Store) thorough(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 4*s.opt.Patience)
}

// sweepSome deletes what is older than a moment, at most so many rows, and returns how many those were.
func (s *Store) sweepSome(ctx context.Context, sql string, before time.Time, most int64) (n int64, err error) {
	ctx, cancel := s.thorough(ctx)
	defer cancel()
	done, err := s.node.Exec(ctx, sql, before, most)
	return done.RowsAffected(), err
}

// For returns what a company may ask: every method sees this company only.
func (s *Store) For(company fmc.CompanyID) *Tenant { return &Tenant{store: s, id: company} }

// Operator returns what the node asks across companies.
func (s *Store) Operator() *Operator { return &Operator{store: s} }

// Tenant is one company's view of the store. What is another company's is not found.
type Tenant struct {
	store *Store
	id    fmc.CompanyID
}

// in runs do in a transaction of the cabinet's pool that sees this company's rows alone. What changes something takes the
// context's audit entry along.
func (t *Tenant) in(ctx context.Context, mode pgx.TxAccessMode, do func(pgx.Tx) error) error {
	tx, err := t.begin(ctx, mode)
	if err == nil {
		written := func() {}
		err = do(tx)
		if err == nil && mode == pgx.ReadWrite {
			written, err = t.audited(ctx, tx)
		}
		if err == nil {
			err = tx.Commit(ctx)
		}
		if err == nil {
			written()
		}
		_ = tx.Rollback(ctx) // after a commit it does nothing
	}
	if err != nil {
		return fmt.Errorf("company %s: %w", t.id, explain(err))
	}
	return nil
}

// begin begins the transaction. A server that was started again leaves dead connections in the pool: they are passed
// over, since nothing was done on them yet.
func (t *Tenant) begin(ctx context.Context, mode pgx.TxAccessMode) (tx pgx.Tx, err error) {
	for range t.store.opt.CabinetConns + 1 {
		tx, err = t.store.cabinet.BeginTx(ctx, pgx.TxOptions{AccessMode: mode})
		if err == nil {
			if _, err = tx.Exec(ctx, "select set_config('app.company', $1, true)", string(t.id)); err == nil {
				return tx, nil
			}
			_ = tx.Rollback(ctx)
		}
		_, said := errors.AsType[*pgconn.PgError](err)
		_, unreached := errors.AsType[*pgconn.ConnectError](err)
		if said || unreached || ctx.Err() != nil {
			return nil, err
		}
	}
	return nil, err
}

// Operator is the node's view of the store, across companies.
type Operator struct{ store *Store }
