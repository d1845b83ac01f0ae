package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// parse reads what document writes.
func parse(text string) (*fmc.Company, error) {
	if strings.Contains(text, "unreadable") {
		return nil, errors.New("line 2: unreadable")
	}
	c := &fmc.Company{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "company":
			c.Profile.ID = fmc.CompanyID(value)
		case "name":
			c.Profile.Name = value
		case "number":
			c.Numbers = append(c.Numbers, fmc.Number{Number: callerid.Number{E164: value}, Trunk: "carrier-a"})
		case "employee":
			c.Employees = append(c.Employees, fmc.Employee{ID: fmc.EmployeeID(value)})
		}
	}
	return c, nil
}

func directory(t *testing.T, s *store.Store, file string) *store.Directory {
	t.Helper()
	return s.Directory(store.DirectoryOptions{File: file, Parse: parse, Check: 200 * time.Millisecond})
}

func follow(t *testing.T, d *store.Directory) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func awaitGeneration(t *testing.T, d *store.Directory, id fmc.CompanyID, generation int64) *fmc.Company {
	t.Helper()
	var c *fmc.Company
	await(t, fmt.Sprintf("generation %d of %s is in the directory", generation, id), func() (ok bool) {
		c, ok = d.Company(id)
		return ok && c.Generation == generation
	})
	return c
}

func TestTheDirectoryFollowsWhatIsApplied(t *testing.T) {
	s := storetest.Open(t)
	acme := company("acme")
	apply(t, s, acme, 0)
	d := directory(t, s, filepath.Join(t.TempDir(), "directory.json"))
	follow(t, d)
	awaitGeneration(t, d, "acme", 1)
	acme.Profile.Name = "Acme II"
	acme.Numbers[0].Number.E164 = office
	apply(t, s, acme, 1)
	apply(t, s, company("beta"), 0)
	if c := awaitGeneration(t, d, "acme", 2); c.Profile.Name != "Acme II" {
		t.Errorf("%+v", c.Profile)
	}
	awaitGeneration(t, d, "beta", 1)
	if c, ok := d.Called("carrier-a", office); !ok || c.Profile.ID != "acme" {
		t.Errorf("called: %v, %v", c, ok)
	}
	for _, nobody := range []struct {
		trunk fmc.TrunkID
		e164  string
	}{{"carrier-b", office}, {"carrier-a", numberOf("acme")}, {"", office}, {"carrier-a", ""}} {
		if c, ok := d.Called(nobody.trunk, nobody.e164); ok {
			t.Errorf("%v reaches %s", nobody, c.Profile.ID)
		}
	}
	if got := d.Companies(); len(got) != 2 || got[0].Profile.ID != "acme" || got[1].Profile.ID != "beta" {
		t.Errorf("%v", got)
	}
	if got := d.Realms(); len(got) != 2 || got[0] != "acme" {
		t.Errorf("%v", got)
	}
	a, ok := d.Account("acme-ivanov")
	if !ok || a.Company != "acme" || a.Employee != "ivanov" || a.Device != "ivanov/sip" || a.Realm != "acme" || a.Secret != (store.Secret{}) {
		t.Errorf("%+v, %v", a, ok)
	}
	secret := store.Secret{SHA256: "abc"}
	if err := s.For("acme").SetSecret(t.Context(), "acme-ivanov", secret); err != nil {
		t.Fatal(err)
	}
	await(t, "the secret is in the directory", func() bool {
		a, _ := d.Account("acme-ivanov")
		return a.Secret == secret
	})
	if _, ok := d.Account("acme-nobody"); ok {
		t.Error("an account that nobody has")
	}
}

func TestAStartWithoutPostgresKnowsTheCompanies(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	if err := s.For("acme").SetSecret(t.Context(), "acme-ivanov", store.Secret{MD5: "abc"}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "directory.json")
	d := directory(t, s, file)
	stop := follow(t, d)
	awaitGeneration(t, d, "acme", 1)
	await(t, "it is kept on disk", func() bool {
		b, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(b), "abc")
	})
	stop()
	away, err := store.Open(t.Context(), store.Options{DSN: "host=/nowhere dbname=x", Clock: time.Now, Retry: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(away.Close)
	again := directory(t, away, file)
	if err := again.Load(); err != nil {
		t.Fatal(err)
	}
	c, ok := again.Called("carrier-a", numberOf("acme"))
	if !ok || c.Profile.ID != "acme" || c.Generation != 1 {
		t.Fatalf("%v, %v", c, ok)
	}
	if a, ok := again.Account("acme-ivanov"); !ok || a.Secret.MD5 != "abc" {
		t.Fatalf("%+v, %v", a, ok)
	}
	if again.State().Live {
		t.Error("live without PostgreSQL")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
}

func TestADirectoryFileThatCannotBeReadIsTold(t *testing.T) {
	s := storetest.Open(t)
	file := filepath.Join(t.TempDir(), "directory.json")
	for text, kind := range map[string]cause.Kind{"{": cause.Invalid, `{"version":7}`: cause.Unsupported} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		d := directory(t, s, file)
		if err := d.Load(); !errors.Is(err, kind) || len(d.Companies()) != 0 {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestTheDirectoryMissesNothingWhileItsConnectionIsDown cuts the connection, changes a company, and lets it reconnect.
func TestTheDirectoryMissesNothingWhileItsConnectionIsDown(t *testing.T) {
	server := storetest.NewServer(t)
	s := storetest.OpenAt(t, server.DSN())
	acme := company("acme")
	apply(t, s, acme, 0)
	d := directory(t, s, filepath.Join(t.TempDir(), "directory.json"))
	follow(t, d)
	awaitGeneration(t, d, "acme", 1)
	for generation, away := range map[int64]struct{ go_, back func() }{
		0: {server.Stop, server.Start},
		1: {server.Freeze, server.Thaw},
	} {
		away.go_()
		await(t, "the directory notices", func() bool { return !d.State().Live })
		if _, ok := d.Company("acme"); !ok {
			t.Fatal("the directory forgot a company")
		}
		away.back()
		acme.Profile.Name += "I"
		base, _ := d.Company("acme")
		next := apply(t, s, acme, base.Generation)
		awaitGeneration(t, d, "acme", next)
		await(t, fmt.Sprintf("it is live again (%d)", generation), func() bool { return d.State().Live })
	}
}

func TestADocumentThatCannotBeReadLeavesTheOneBefore(t *testing.T) {
	s := storetest.Open(t)
	acme := company("acme")
	apply(t, s, acme, 0)
	file := filepath.Join(t.TempDir(), "directory.json")
	d := directory(t, s, file)
	stop := follow(t, d)
	awaitGeneration(t, d, "acme", 1)
	acme.Profile.Name = "unreadable"
	acme.Numbers[0].Number.E164 = office
	apply(t, s, acme, 1)
	await(t, "it is told", func() bool { return d.State().Unread["acme"] != nil })
	serves := func(d *store.Directory) {
		t.Helper()
		if c, ok := d.Company("acme"); !ok || c.Generation != 1 || c.Profile.Name != "The acme" {
			t.Fatalf("%v, %v", c, ok)
		}
	}
	serves(d)
	stop()
	fromDisk := directory(t, s, file)
	if err := fromDisk.Load(); err != nil {
		t.Fatal(err)
	}
	serves(fromDisk)
	d = directory(t, s, filepath.Join(t.TempDir(), "another.json")) // as on a machine that never saw the first
	follow(t, d)
	await(t, "it is told again", func() bool { return d.State().Unread["acme"] != nil })
	serves(d)
	// what it gave up in the version that cannot be read belongs to whoever took it
	beta := company("beta")
	beta.Numbers[0].Number.E164 = numberOf("acme")
	apply(t, s, beta, 0)
	awaitGeneration(t, d, "beta", 1)
	if c, ok := d.Called("carrier-a", numberOf("acme")); !ok || c.Profile.ID != "beta" {
		t.Fatalf("%v, %v", c, ok)
	}
	acme.Profile.Name = "Acme"
	apply(t, s, acme, 2)
	awaitGeneration(t, d, "acme", 3)
	if unread := d.State().Unread; len(maps.Clone(unread)) != 0 {
		t.Errorf("%v", unread)
	}
}

func TestReadersSeeOneWholeSnapshot(t *testing.T) {
	s := storetest.Open(t)
	acme := company("acme")
	apply(t, s, acme, 0)
	d := directory(t, s, filepath.Join(t.TempDir(), "directory.json"))
	follow(t, d)
	awaitGeneration(t, d, "acme", 1)
	ctx, cancel := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for last := int64(0); ctx.Err() == nil; {
				c, ok := d.Called("carrier-a", numberOf("acme"))
				if !ok || c.Generation < last || c.Profile.Name != fmt.Sprint("Acme ", c.Generation) && c.Generation > 1 {
					t.Errorf("saw %+v, %v", c, ok)
					return
				}
				last = c.Generation
			}
		})
	}
	for g := int64(1); g <= 20; g++ {
		acme.Profile.Name = fmt.Sprint("Acme ", g+1)
		apply(t, s, acme, g)
	}
	awaitGeneration(t, d, "acme", 21)
	cancel()
	readers.Wait()
}
