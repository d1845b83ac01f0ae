package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store/safefile"
)

// Modes are how the people of the node's companies wish to be rung: the memory that calls ask, so that nothing waits for
// PostgreSQL. Whoever sets one appends the fact to the journal and then tells it here. A file on disk brings them through
// a restart without PostgreSQL, written behind.
type Modes struct {
	file  string
	log   *slog.Logger
	stale chan struct{} // holds one where the file is older than the memory

	mu  sync.Mutex                  // guards:
	all map[fmc.CompanyID]fmc.Modes // of each company replaced, never changed: calls read it without the lock
}

// Modes returns the keeper of modes, empty until Load and Took.
func (s *Store) Modes(file string) *Modes {
	return &Modes{file: file, log: s.opt.Log, stale: make(chan struct{}, 1), all: map[fmc.CompanyID]fmc.Modes{}}
}

// Of returns the modes of a company's people. It does not wait; nobody changes what it returns.
func (m *Modes) Of(company fmc.CompanyID) fmc.Modes {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.all[company]
}

// Took takes modes that were set, in any order: of a person's the latest counts.
func (m *Modes) Took(company fmc.CompanyID, set ...fmc.ModeSet) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.take(company, set) {
		select {
		case m.stale <- struct{}{}:
		default:
		}
	}
}

// take reports whether something was news. mu is held.
func (m *Modes) take(company fmc.CompanyID, set []fmc.ModeSet) (news bool) {
	next := maps.Clone(m.all[company])
	if next == nil {
		next = fmc.Modes{}
	}
	for _, s := range set {
		if known, ok := next[s.Employee]; ok && !s.At.After(known.At) {
			continue
		}
		next[s.Employee], news = s, true
	}
	if news {
		m.all[company] = next
	}
	return news
}

// Load brings in what was kept on disk. No file is no error.
func (m *Modes) Load() error {
	b, err := os.ReadFile(m.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("modes on disk: %w", err)
	}
	var kept map[fmc.CompanyID][]fmc.ModeSet
	if err := json.Unmarshal(b, &kept); err != nil {
		return cause.Errorf(cause.Invalid, "modes on disk %s: %w", m.file, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for company, set := range kept {
		m.take(company, set)
	}
	return nil
}

// Run writes the file behind until ctx is done, and then once more. What cannot be written is told, and tried again with the
// next change and at the end: it costs a restart without PostgreSQL alone, since the journal has the fact.
func (m *Modes) Run(ctx context.Context) error {
	behind := false // the last try failed
	for {
		select {
		case <-ctx.Done():
			if !behind && len(m.stale) == 0 {
				return nil
			}
			return m.toDisk()
		case <-m.stale:
			err := m.toDisk()
			if behind = err != nil; behind {
				m.log.Error("modes not kept on disk", "err", err)
			}
		}
	}
}

func (m *Modes) toDisk() error {
	m.mu.Lock()
	kept := make(map[fmc.CompanyID][]fmc.ModeSet, len(m.all))
	for company, modes := range m.all {
		for _, s := range modes {
			kept[company] = append(kept[company], s)
		}
	}
	m.mu.Unlock()
	b, err := json.Marshal(kept)
	if err == nil {
		err = safefile.Write(m.file, b)
	}
	if err != nil {
		return fmt.Errorf("modes: %w", err)
	}
	return nil
}

const upsertMode = `insert into mode (company, employee, kind, until, at, author) values ($1, $2, $3, $4, $5, $6)
	on conflict (company, employee) do update set kind = excluded.kind, until = excluded.until, at = excluded.at, author = excluded.author
	where mode.at <= excluded.at`

func queueMode(q *pgx.Batch, f fmc.Fact, m fmc.ModeSet) {
	q.Queue(upsertMode, f.Company, text(string(m.Employee)), m.Kind.String(), momentOrNull(m.Until), m.At.UTC(), text(m.By))
}

// Modes returns how the company's people set their modes last, in the order of their ids: what outlives a node's disk.
func (t *Tenant) Modes(ctx context.Context) (all []fmc.ModeSet, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select employee, kind, until, at, author from mode where company = $1 order by employee", t.id)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, readMode)
		return err
	})
	return all, err
}

func readMode(row pgx.CollectableRow) (m fmc.ModeSet, err error) {
	var (
		kind  string
		until *time.Time
	)
	if err := row.Scan(&m.Employee, &kind, &until, &m.At, &m.By); err != nil {
		return m, err
	}
	if m.At = m.At.UTC(); until != nil {
		m.Until = until.UTC()
	}
	return m, m.Kind.UnmarshalText([]byte(kind))
}
