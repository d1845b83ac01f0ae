package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store/safefile"
)

// Registration is one place where an account's phone can be reached. What the registrar needs to reach it is its own.
type Registration struct {
	Company fmc.CompanyID   `json:"company"` // empty: a gateway's port, which is kept on disk alone
	Account fmc.AccountID   `json:"account"`
	Key     string          `json:"key"` // what makes it the same one when it comes again
	Expires time.Time       `json:"expires"`
	Body    json.RawMessage `json:"body"`
}

// RegistrationsOptions of Registrations.
type RegistrationsOptions struct {
	Node  fmc.NodeID
	File  string        // where they are kept for a restart
	Every time.Duration // how often what changed is written; 0: 1 s
}

// Registrations writes behind what the node's registrar holds, to local disk for a restart, and to PostgreSQL for the
// pages. The registrar's memory serves; nothing here is waited for.
type Registrations struct {
	store *Store
	opt   RegistrationsOptions
	log   *slog.Logger

	mu      sync.Mutex // guards:
	all     map[registrationKey]Registration
	changed map[registrationKey]struct{} // not in PostgreSQL yet
	stale   bool                         // the file is older
}

type registrationKey struct {
	company fmc.CompanyID
	account fmc.AccountID
	key     string
}

func (r Registration) id() registrationKey { return registrationKey{r.Company, r.Account, r.Key} }

// Registrations returns the keeper of a node's registrations.
func (s *Store) Registrations(opt RegistrationsOptions) *Registrations {
	defaultTo(&opt.Every, time.Second)
	return &Registrations{
		store: s, opt: opt, log: s.opt.Log,
		all: map[registrationKey]Registration{}, changed: map[registrationKey]struct{}{},
	}
}

// Load brings in and returns what was kept on disk and has not expired. No file is no error.
func (r *Registrations) Load() ([]Registration, error) {
	b, err := os.ReadFile(r.opt.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("registrations on disk: %w", err)
	}
	var kept []Registration
	if err := json.Unmarshal(b, &kept); err != nil {
		return nil, cause.Errorf(cause.Invalid, "registrations on disk %s: %w", r.opt.File, err)
	}
	now := r.store.opt.Clock()
	kept = slices.DeleteFunc(kept, func(k Registration) bool { return !k.Expires.After(now) })
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range kept {
		r.all[k.id()] = k
	}
	return kept, nil
}

// Keep notes a registration, new or renewed. It does not wait.
func (r *Registrations) Keep(k Registration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all[k.id()] = k
	r.note(k.id())
}

// Drop notes that a registration is gone. It does not wait.
func (r *Registrations) Drop(company fmc.CompanyID, account fmc.AccountID, key string) {
	id := registrationKey{company, account, key}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, id)
	r.note(id)
}

// note notes what is to be written. mu is held.
func (r *Registrations) note(id registrationKey) {
	if r.stale = true; id.company != "" {
		r.changed[id] = struct{}{}
	}
}

// Run writes behind until ctx is done, and then once more to disk.
func (r *Registrations) Run(ctx context.Context) error {
	tick := time.NewTicker(r.opt.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return r.toDisk()
		case <-tick.C:
		}
		if err := r.toDisk(); err != nil {
			r.log.Error("registrations not kept on disk", "err", err)
		}
		select {
		case <-r.store.ready:
			r.toPostgres(ctx)
		default:
		}
	}
}

// toDisk writes the file where it is stale; what has expired is forgotten.
func (r *Registrations) toDisk() error {
	now := r.store.opt.Clock()
	r.mu.Lock()
	if !r.stale {
		r.mu.Unlock()
		return nil
	}
	kept := []Registration{}
	for id, k := range r.all {
		if !k.Expires.After(now) {
			delete(r.all, id)
			r.note(id)
			continue
		}
		kept = append(kept, k)
	}
	r.stale = false
	r.mu.Unlock()
	slices.SortFunc(kept, func(a, b Registration) int {
		return strings.Compare(string(a.Account)+"\x00"+a.Key, string(b.Account)+"\x00"+b.Key)
	})
	b, err := json.Marshal(kept)
	if err == nil {
		err = safefile.Write(r.opt.File, b)
	}
	if err != nil {
		r.mu.Lock()
		r.stale = true
		r.mu.Unlock()
		return fmt.Errorf("registrations: %w", err)
	}
	return nil
}

// toPostgres writes what changed. What PostgreSQL refuses, as for a company that it does not have, stays on disk only.
func (r *Registrations) toPostgres(ctx context.Context) {
	r.mu.Lock()
	changed := r.changed
	r.changed = map[registrationKey]struct{}{}
	b := &pgx.Batch{}
	for id := range changed {
		b.Queue("delete from registration where company = $1 and account = $2 and key = $3", id.company, id.account, id.key)
		if k, there := r.all[id]; there {
			b.Queue("insert into registration (company, account, key, node, expires, body) values ($1, $2, $3, $4, $5, $6)",
				k.Company, k.Account, k.Key, r.opt.Node, k.Expires.UTC(), []byte(k.Body))
		}
	}
	r.mu.Unlock()
	if b.Len() == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, r.store.opt.ConnectTimeout)
	defer cancel()
	err := r.store.node.SendBatch(ctx, b).Close()
	if err == nil {
		return
	}
	if refused(err) {
		r.log.Warn("registrations refused by PostgreSQL", "count", len(changed), "err", err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range changed {
		r.changed[id] = struct{}{}
	}
}

// Registrations returns the company's phones that are registered, by account.
func (t *Tenant) Registrations(ctx context.Context) (all []Registration, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select company, account, key, expires, body from registration where company = $1 and expires > $2 order by account, key",
			t.id, t.store.opt.Clock().UTC())
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Registration])
		return err
	})
	return all, err
}
