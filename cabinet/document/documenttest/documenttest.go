// Package documenttest opens the archive of company documents on a real store, for the tests of document and of those that
// build on it.
package documenttest

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/plan"
	"roadline/store"
	"roadline/store/storetest"
)

// StaffFile is Acme with two administrators and tests of its own.
const StaffFile = `# Acme's staff.
company: acme
name: Acme
country: RU
timezone: Europe/Moscow

numbers:
  - {e164: "+74951234567", trunk: carrier-a, owner: ivanov, proof: {contract: "17", from: 2026-01-01}}
employees:
  # The boss.
  - {id: ivanov, name: Ivan, extension: "201", account: {sip: ivanov-desk}, mobile: "+79161234567", roles: [administrator]}
  - id: petrov
    name: Pyotr
    extension: "202"   # next to the boss
    roles: [administrator]
  - {id: orlov, name: Oleg}
groups:
  - {id: sales, name: Продажи}
recording: {policy: all}
tests:
  - {at: "2026-11-23 10:00", from: "+79120000001", to: "+74951234567", expect: {reaches: ivanov}}
`

// Desk is an archive with companies that the machine grants everything.
type Desk struct {
	t         testing.TB
	now       time.Time
	Archive   *document.Archive
	Store     *store.Store
	Directory *store.Directory
}

// nobody is busy.
type nobody struct{}

func (nobody) World(c *fmc.Company, _ time.Time) plan.World { return call.Quiet(c, nil) }

// Open makes a desk at which it is now, until the test ends.
func Open(t testing.TB, now time.Time) *Desk {
	t.Helper()
	d := &Desk{t: t, now: now, Store: storetest.Open(t)}
	d.Directory = Directory(t, d.Store)
	d.Archive = document.New(document.Options{
		Store: d.Store, Directory: d.Directory, Calls: nobody{}, Reach: Reach,
		Granted: func(*fmc.Company) error { return nil },
		Lasts:   func(fmc.CompanyID, fmc.PromptID) time.Duration { return 3 * time.Second },
		Speak:   func(context.Context, *fmc.Company) (func(), error) { return func() {}, nil },
		Now:     func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	})
	return d
}

// Directory is a store's directory of companies, kept true until the test ends.
func Directory(t testing.TB, s *store.Store) *store.Directory {
	t.Helper()
	directory := s.Directory(store.DirectoryOptions{
		File:  filepath.Join(t.TempDir(), "directory.json"),
		Parse: func(text string) (*fmc.Company, error) { return configs.ReadCompany("stored", []byte(text)) },
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = directory.Run(ctx) })
	t.Cleanup(running.Wait)
	t.Cleanup(cancel)
	return directory
}

// Reach is a node with one line that is ready, to Acme's carrier.
func Reach(*fmc.Company, fmc.DeviceID) []fmc.LineState {
	return []fmc.LineState{{ID: "trunk:carrier-a", Kind: fmc.TrunkLine, Trunk: "carrier-a", Ready: true}}
}

// Apply makes a document Acme's first version.
func (d *Desk) Apply(text string) {
	d.t.Helper()
	done, err := d.Archive.Apply(d.t.Context(), "acme", document.Apply{Document: text, Author: "a", Reason: "r"})
	if err != nil || !done.InForce {
		d.t.Fatal(done, err)
	}
}

// Happened has a call of a company happen now, under its first version, and returns its id.
func (d *Desk) Happened(c *fmc.Company, s call.Supposed) fmc.CallID {
	d.t.Helper()
	c.Generation = 1
	id, facts := Facts(d.t, c, s, d.now)
	storetest.BringIn(d.t, d.Store, facts...)
	return id
}

// Facts are those of a call that happens to a company at some time as is supposed.
func Facts(t testing.TB, c *fmc.Company, s call.Supposed, at time.Time) (fmc.CallID, []fmc.Fact) {
	t.Helper()
	r, err := s.Request(c)
	if err != nil {
		t.Fatal(err)
	}
	script, err := s.Script(c)
	if err != nil {
		t.Fatal(err)
	}
	r.Call = fmc.CallID(uuid.Must(uuid.NewV7()).String())
	return r.Call, call.Rehearse(c, call.Quiet(c, nil), r, at, script).Facts
}

// Viewer is somebody of Acme as its newest version has them.
func Viewer(t testing.TB, s *store.Store, who fmc.EmployeeID) access.Viewer {
	t.Helper()
	v, err := s.For("acme").Version(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	c, err := configs.ReadCompany("acme", []byte(v.Document))
	if err != nil {
		t.Fatal(err)
	}
	x, ok := access.ViewerOf(c, who)
	if !ok {
		t.Fatalf("there is no %s", who)
	}
	return x
}
