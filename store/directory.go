package store

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// DirectoryOptions of a Directory.
type DirectoryOptions struct {
	File  string                                      // where the last state is kept for a start without PostgreSQL
	Parse func(document string) (*fmc.Company, error) // what a document says; its Generation is set here
	Check time.Duration                               // how often PostgreSQL is asked though it told nothing; 0: 15 s
}

// Directory is the companies in memory: one immutable snapshot that whoever asks reads without waiting. Run keeps it
// what PostgreSQL has; a file on disk stands in for PostgreSQL at a start without it.
type Directory struct {
	store *Store
	opt   DirectoryOptions
	log   *slog.Logger
	now   atomic.Pointer[snapshot]
	live  atomic.Bool   // PostgreSQL was heard of at the last check
	trial chan struct{} // a place for each PIN that is tried now
}

var _ fmc.Directory = (*Directory)(nil)

// Account is a SIP account as the directory knows it.
type Account struct {
	Name     fmc.AccountID
	Company  fmc.CompanyID
	Employee fmc.EmployeeID
	Device   fmc.DeviceID
	Realm    string // of the company, for ever
	Secret   Secret
}

// snapshot is a state of the directory. Nothing in it is changed once it is published.
type snapshot struct {
	companies map[fmc.CompanyID]*listed
	called    map[calledKey]fmc.CompanyID
	accounts  map[fmc.AccountID]Account
	pins      map[person]string // hashes
	realms    []string
}

type person struct {
	company  fmc.CompanyID
	employee fmc.EmployeeID
}

type calledKey struct {
	trunk fmc.TrunkID
	e164  string
}

// listed is a company in the directory: what is kept on disk, and what it was read as.
type listed struct {
	kept    keptCompany
	company *fmc.Company // nil: no version of it could be read
	why     error        // why the newest version could not be read
}

// DirectoryState is what is known of a Directory at an instant.
type DirectoryState struct {
	Live      bool // PostgreSQL was heard of at the last check; else this is its last known state
	Companies int
	Unread    map[fmc.CompanyID]error // companies whose newest version this program cannot read: an older one serves, or none
}

// Directory returns the directory of the companies in the store, empty until Load or Run.
func (s *Store) Directory(opt DirectoryOptions) *Directory {
	defaultTo(&opt.Check, 15*time.Second)
	d := &Directory{store: s, opt: opt, log: s.opt.Log, trial: make(chan struct{}, pinsAtOnce)}
	d.now.Store(index(nil))
	return d
}

// Company implements fmc.Directory.
func (d *Directory) Company(id fmc.CompanyID) (*fmc.Company, bool) {
	l, ok := d.now.Load().companies[id]
	if !ok || l.company == nil {
		return nil, false
	}
	return l.company, true
}

// Called implements fmc.Directory.
func (d *Directory) Called(trunk fmc.TrunkID, e164 string) (*fmc.Company, bool) {
	s := d.now.Load()
	id, ok := s.called[calledKey{trunk, e164}]
	if !ok {
		return nil, false
	}
	return s.companies[id].company, true
}

// Companies returns every company that can be served, in the order of their ids.
func (d *Directory) Companies() []*fmc.Company {
	s := d.now.Load()
	var all []*fmc.Company
	for _, id := range slices.Sorted(maps.Keys(s.companies)) {
		if c := s.companies[id].company; c != nil {
			all = append(all, c)
		}
	}
	return all
}

// Account returns the account of an authentication name.
func (d *Directory) Account(name string) (Account, bool) {
	a, ok := d.now.Load().accounts[fmc.AccountID(name)]
	return a, ok
}

// PIN returns what is kept of a person's PIN, as SetPIN made it.
func (d *Directory) PIN(company fmc.CompanyID, employee fmc.EmployeeID) (hash string, ok bool) {
	hash, ok = d.now.Load().pins[person{company, employee}]
	return hash, ok
}

// Realms returns the realms of all companies, sorted. The caller does not change them.
func (d *Directory) Realms() []string { return d.now.Load().realms }

// State returns what is known of the directory itself.
func (d *Directory) State() DirectoryState {
	s := d.now.Load()
	state := DirectoryState{Live: d.live.Load(), Companies: len(s.companies), Unread: map[fmc.CompanyID]error{}}
	for id, l := range s.companies {
		if l.why != nil {
			state.Unread[id] = l.why
		}
	}
	return state
}

// index makes a snapshot.
func index(companies map[fmc.CompanyID]*listed) *snapshot {
	s := &snapshot{companies: companies, called: map[calledKey]fmc.CompanyID{}, accounts: map[fmc.AccountID]Account{}, pins: map[person]string{}}
	for _, l := range companies {
		s.realms = append(s.realms, l.kept.Realm)
		if l.why != nil {
			s.add(l)
		}
	}
	for _, l := range companies { // what another company has since given up is the newer one's
		if l.why == nil {
			s.add(l)
		}
	}
	slices.Sort(s.realms)
	return s
}

func (s *snapshot) add(l *listed) {
	if l.company == nil {
		return
	}
	for _, n := range l.company.Numbers {
		s.called[calledKey{n.Trunk, n.Number.E164}] = l.kept.ID
	}
	for _, a := range l.kept.Accounts {
		s.accounts[a.Name] = Account{a.Name, l.kept.ID, a.Employee, a.Device, l.kept.Realm, Secret{a.SHA256, a.MD5}}
	}
	for _, p := range l.kept.PINs {
		s.pins[person{l.kept.ID, p.Employee}] = p.Hash
	}
}

// Run keeps the directory what PostgreSQL has, until ctx is done.
func (d *Directory) Run(ctx context.Context) error {
	if d.store.Ready(ctx) != nil {
		return nil
	}
	for wait := d.store.opt.Retry; ; wait = min(2*wait, d.store.opt.RetryMost) {
		err := d.follow(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if d.live.Swap(false) {
			wait = d.store.opt.Retry
			d.log.Warn("directory no longer hears of PostgreSQL and serves what it knows", "err", err)
		}
		if !pause(ctx, wait) {
			return nil
		}
	}
}

// follow listens, brings in everything that changed since, and then what each notice tells of.
func (d *Directory) follow(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, d.store.node.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() {
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(bye)
	}()
	err = d.bounded(ctx, func(ctx context.Context) error {
		_, err := conn.Exec(ctx, "listen "+changedChannel)
		return err
	})
	if err != nil {
		return err
	}
	for {
		// Notices are lost with a connection and may come late: each only says that it is time to compare.
		if err := d.bounded(ctx, func(ctx context.Context) error { return d.compare(ctx, conn) }); err != nil {
			return err
		}
		if !d.live.Swap(true) {
			d.log.Info("directory follows PostgreSQL", "count", len(d.now.Load().companies))
		}
		quiet, cancel := context.WithTimeout(ctx, d.opt.Check)
		_, err := conn.WaitForNotification(quiet)
		cancel()
		if err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) || conn.IsClosed()) {
			return err
		}
	}
}

// bounded keeps a frozen server from holding the directory.
func (d *Directory) bounded(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d.store.opt.ConnectTimeout)
	defer cancel()
	return do(ctx)
}

// compare brings in the companies that differ from what is known and keeps the result on disk.
func (d *Directory) compare(ctx context.Context, conn *pgx.Conn) error {
	var fresh []keptCompany
	known := d.now.Load().companies
	err := pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select id, realm, generation, changed from company")
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k keptCompany, err error) {
			return k, row.Scan(&k.ID, &k.Realm, &k.Generation, &k.Changed)
		})
		if err != nil {
			return err
		}
		for _, k := range all {
			if l := known[k.ID]; l == nil || l.kept.Changed != k.Changed || l.kept.Generation != k.Generation || l.kept.Realm != k.Realm {
				fresh = append(fresh, k)
			}
		}
		if err := fetchKept(ctx, tx, fresh); err != nil {
			return err
		}
		return d.fetchOlder(ctx, tx, fresh)
	})
	if err != nil || len(fresh) == 0 {
		return err
	}
	d.publish(fresh)
	d.keep()
	return nil
}

// fetchKept fills in the documents, the accounts and the PINs.
func fetchKept(ctx context.Context, tx pgx.Tx, companies []keptCompany) error {
	if len(companies) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	for i := range companies {
		k := &companies[i]
		b.Queue("select document from company_version where company = $1 and generation = $2", k.ID, k.Generation).QueryRow(func(row pgx.Row) error {
			return row.Scan(&k.Document)
		})
		b.Queue("select name, employee, device, coalesce(ha1_sha256, ''), coalesce(ha1_md5, '') from account where company = $1 order by name", k.ID).Query(
			func(rows pgx.Rows) (err error) {
				k.Accounts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[keptAccount])
				return err
			})
		b.Queue("select employee, hash from pin where company = $1 order by employee", k.ID).Query(func(rows pgx.Rows) (err error) {
			k.PINs, err = pgx.CollectRows(rows, pgx.RowToStructByPos[keptPIN])
			return err
		})
	}
	return tx.SendBatch(ctx, b).Close()
}

// olderMost is how many versions are tried where the newest cannot be read.
const olderMost = 20

// fetchOlder finds the newest version that can be read of companies whose newest cannot: a build that was taken back to
// an older one goes on serving what it knows.
func (d *Directory) fetchOlder(ctx context.Context, tx pgx.Tx, companies []keptCompany) error {
	for i := range companies {
		k := &companies[i]
		if _, err := d.parse(k.ID, keptVersion{k.Generation, k.Document}); err == nil {
			continue
		}
		rows, err := tx.Query(ctx, "select generation, document from company_version where company = $1 and generation < $2 order by generation desc limit $3",
			k.ID, k.Generation, olderMost)
		if err != nil {
			return err
		}
		older, err := pgx.CollectRows(rows, pgx.RowToStructByPos[keptVersion])
		if err != nil {
			return err
		}
		if n := slices.IndexFunc(older, func(v keptVersion) bool { _, err := d.parse(k.ID, v); return err == nil }); n >= 0 {
			k.Older = &older[n]
		}
	}
	return nil
}

// parse reads a version of a company's document.
func (d *Directory) parse(id fmc.CompanyID, v keptVersion) (*fmc.Company, error) {
	c, err := d.opt.Parse(v.Document)
	if err != nil {
		return nil, err
	}
	if c.Profile.ID != id {
		return nil, cause.Errorf(cause.Invalid, "the document is of company %q", c.Profile.ID)
	}
	c.Generation = v.Generation
	return c, nil
}

// publish puts a new snapshot in place, with these companies new or changed.
func (d *Directory) publish(fresh []keptCompany) {
	companies := maps.Clone(d.now.Load().companies)
	if companies == nil {
		companies = map[fmc.CompanyID]*listed{}
	}
	for _, k := range fresh {
		companies[k.ID] = d.read(k, companies[k.ID])
	}
	d.now.Store(index(companies))
}

// read makes a company of its document; where that cannot be read an older version serves.
func (d *Directory) read(k keptCompany, before *listed) *listed {
	l := &listed{kept: k}
	if before != nil && before.why == nil && before.kept.Generation == k.Generation {
		l.company = before.company
		return l
	}
	if l.company, l.why = d.parse(k.ID, keptVersion{k.Generation, k.Document}); l.why == nil {
		return l
	}
	d.log.Error("a company's document cannot be read, an older one serves", "company", k.ID, "version", k.Generation, "err", l.why)
	if k.Older != nil {
		l.company, _ = d.parse(k.ID, *k.Older) // nil: none serves
	}
	return l
}
