package document_test

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

func TestMain(m *testing.M) { storetest.Main(m) }

// now is a Monday morning in Moscow.
var now = time.Date(2026, time.November, 23, 7, 0, 0, 0, time.UTC)

// staffFile is a company with two administrators and tests of its own.
const staffFile = `# Acme's staff.
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

func viewer(t *testing.T, d *desk, who fmc.EmployeeID) access.Viewer {
	t.Helper()
	v, err := d.store.For("acme").Version(t.Context(), 0)
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

// desk is an archive on a real store, with companies that the machine grants everything.
type desk struct {
	t       *testing.T
	archive *document.Archive
	store   *store.Store
}

// nobody is busy.
type nobody struct{}

func (nobody) World(c *fmc.Company, _ time.Time) plan.World { return call.Quiet(c, nil) }

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, store: storetest.Open(t)}
	directory := d.store.Directory(store.DirectoryOptions{
		File:  filepath.Join(t.TempDir(), "directory.json"),
		Parse: func(text string) (*fmc.Company, error) { return configs.ReadCompany("stored", []byte(text)) },
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = directory.Run(ctx) })
	t.Cleanup(running.Wait)
	t.Cleanup(cancel)
	reach := func(*fmc.Company, fmc.DeviceID) []fmc.LineState {
		return []fmc.LineState{{ID: "trunk:carrier-a", Kind: fmc.TrunkLine, Trunk: "carrier-a", Ready: true}}
	}
	d.archive = document.New(document.Options{
		Store: d.store, Directory: directory, Calls: nobody{}, Reach: reach,
		Granted: func(*fmc.Company) error { return nil },
		Lasts:   func(fmc.CompanyID, fmc.PromptID) time.Duration { return 3 * time.Second },
		Speak:   func(context.Context, *fmc.Company) (func(), error) { return func() {}, nil },
		Now:     func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	})
	return d
}

// apply makes a document Acme's first version.
func (d *desk) apply(text string) {
	d.t.Helper()
	if _, err := d.archive.Apply(d.t.Context(), "acme", document.Apply{Document: text, Author: "a", Reason: "r"}); err != nil {
		d.t.Fatal(err)
	}
}

// supposed has a call of a company happen, and returns its id.
func (d *desk) supposed(c *fmc.Company, s call.Supposed) fmc.CallID {
	d.t.Helper()
	c.Generation = 1
	r, err := s.Request(c)
	if err != nil {
		d.t.Fatal(err)
	}
	script, err := s.Script(c)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Call = fmc.CallID(uuid.Must(uuid.NewV7()).String())
	storetest.BringIn(d.t, d.store, call.Rehearse(c, call.Quiet(c, nil), r, now, script).Facts...)
	return r.Call
}
