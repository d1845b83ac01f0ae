package store_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/safefile"
	"roadline/store/storetest"
)

func TestAPINIsProvedByTheDirectory(t *testing.T) {
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	apply(t, s, company("acme"), 0)
	apply(t, s, company("beta"), 0)
	file := t.TempDir() + "/directory.json"
	d := directory(t, s, file)
	stop := follow(t, d)
	acme, pins := s.For("acme"), store.PINs{Directory: d}
	if err := acme.SetPIN(t.Context(), "ivanov", "2580"); err != nil {
		t.Fatal(err)
	}
	await(t, "the directory has it", func() bool { return pins.Has("acme", "ivanov") })
	hash, _ := d.PIN("acme", "ivanov")
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(hash, "2580") {
		t.Error(hash)
	}
	for _, row := range []struct {
		company fmc.CompanyID
		who     fmc.EmployeeID
		digits  string
		right   bool
	}{
		{"acme", "ivanov", "2580", true},
		{"acme", "ivanov", "2581", false},
		{"acme", "ivanov", "", false},
		{"acme", "ivanov", "25800", false},
		{"acme", "petrov", "2580", false},
		{"acme", "petrov", "", false},
		{"beta", "ivanov", "2580", false},
		{"", "", "", false},
	} {
		if got := pins.Right(row.company, row.who, row.digits); got != row.right {
			t.Errorf("%+v", row)
		}
	}
	if pins.Has("acme", "petrov") || pins.Has("beta", "ivanov") {
		t.Error("who has none has one")
	}
	stop()
	again := directory(t, s, file) // a start without PostgreSQL
	if err := again.Load(); err != nil || !(store.PINs{Directory: again}).Right("acme", "ivanov", "2580") {
		t.Error("it is not kept on disk", err)
	}
}

func TestAPINIsSetAnewAndTakenAway(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	d := directory(t, s, t.TempDir()+"/directory.json")
	follow(t, d)
	acme, pins := s.For("acme"), store.PINs{Directory: d}
	for _, pin := range []string{"2580", "9173"} {
		if err := acme.SetPIN(t.Context(), "ivanov", pin); err != nil {
			t.Fatal(err)
		}
		await(t, "it is the new one", func() bool { return pins.Right("acme", "ivanov", pin) })
	}
	if at, err := acme.PINSetAt(t.Context()); err != nil || len(at) != 1 || at["ivanov"].IsZero() {
		t.Error(at, err)
	}
	if err := acme.RemovePIN(t.Context(), "ivanov"); err != nil {
		t.Fatal(err)
	}
	await(t, "it is gone", func() bool { return !pins.Has("acme", "ivanov") })
	if err := acme.RemovePIN(t.Context(), "ivanov"); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
	if err := acme.SetPIN(t.Context(), "nobody", "2580"); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
}

func TestWhoLeavesTheCompanyLeavesNoPIN(t *testing.T) {
	s := storetest.Open(t)
	c := company("acme")
	apply(t, s, c, 0)
	acme := s.For("acme")
	for _, who := range []fmc.EmployeeID{"ivanov", "petrov"} {
		if err := acme.SetPIN(t.Context(), who, "2580"); err != nil {
			t.Fatal(err)
		}
	}
	c.Employees = c.Employees[:1]
	apply(t, s, c, 1)
	if at, err := acme.PINSetAt(t.Context()); err != nil || len(at) != 1 || at["ivanov"].IsZero() {
		t.Error(at, err)
	}
	if err := acme.SetPIN(t.Context(), "petrov", "2580"); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
}

func TestAHashThatCannotBeReadIsNobodysPIN(t *testing.T) {
	s := storetest.Open(t)
	const salt, key = "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for name, hash := range map[string]string{
		"empty":            "",
		"something else":   "$2y$10$" + salt,
		"another version":  "$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + key,
		"no passes":        "$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key,
		"no threads":       "$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + key,
		"all the memory":   "$argon2id$v=19$m=4294967295,t=2,p=1$" + salt + "$" + key,
		"for ever":         "$argon2id$v=19$m=19456,t=4294967295,p=1$" + salt + "$" + key,
		"a short key":      "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key[:20],
		"a short salt":     "$argon2id$v=19$m=19456,t=2,p=1$" + salt[:8] + "$" + key,
		"no base64":        "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key[:42] + "!",
		"the key is nulls": "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key,
	} {
		file := t.TempDir() + "/directory.json"
		kept := `{"version":1,"companies":[{"id":"acme","realm":"acme","generation":1,"changed":1,"document":"company: acme\n","pins":[{"employee":"ivanov","hash":"` + hash + `"}]}]}`
		if err := safefile.Write(file, []byte(kept)); err != nil {
			t.Fatal(err)
		}
		d := directory(t, s, file)
		if err := d.Load(); err != nil {
			t.Fatal(name, err)
		}
		pins := store.PINs{Directory: d}
		if !pins.Has("acme", "ivanov") || pins.Right("acme", "ivanov", "2580") || pins.Right("acme", "ivanov", "") {
			t.Errorf("%s: a PIN is right", name)
		}
	}
}

func TestManyPINsAtOnceWaitForTheirTurn(t *testing.T) {
	s := storetest.Open(t)
	file := t.TempDir() + "/directory.json"
	synctest.Test(t, func(t *testing.T) {
		d := directory(t, s, file)
		done := d.BusyWithPINs()
		var tried atomic.Int32
		for range 5 {
			go func() {
				if (store.PINs{Directory: d}).Right("acme", "ivanov", "2580") {
					t.Error("a PIN of nobody is right")
				}
				tried.Add(1)
			}()
		}
		if synctest.Wait(); tried.Load() != 0 {
			t.Errorf("%d are tried beyond those that may be", tried.Load())
		}
		done()
		if synctest.Wait(); tried.Load() != 5 {
			t.Errorf("%d of 5 had their turn", tried.Load())
		}
	})
}
