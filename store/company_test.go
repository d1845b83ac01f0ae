package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

func TestEveryAppliedDocumentIsAVersion(t *testing.T) {
	s := storetest.Open(t)
	acme := company("acme")
	if g := apply(t, s, acme, 0); g != 1 {
		t.Fatalf("the first is generation %d", g)
	}
	first := document(acme)
	acme.Profile.Name = "Acme Construction"
	if g := apply(t, s, acme, 1); g != 2 {
		t.Fatalf("the second is generation %d", g)
	}
	if g := apply(t, s, acme, 2); g != 2 {
		t.Fatalf("the same document made generation %d", g)
	}
	versions, err := s.For("acme").Versions(t.Context())
	if err != nil || len(versions) != 2 || versions[0].Generation != 2 || versions[1].Author != "admin" || versions[1].Reason != "test" || versions[1].At.IsZero() {
		t.Fatalf("%+v, %v", versions, err)
	}
	newest, err := s.For("acme").Version(t.Context(), 0)
	if err != nil || newest.Generation != 2 || newest.Document != document(acme) {
		t.Fatalf("%+v, %v", newest, err)
	}
	old, err := s.For("acme").Version(t.Context(), 1)
	if err != nil || old.Document != first {
		t.Fatalf("%+v, %v", old, err)
	}
	all, err := s.Operator().Companies(t.Context())
	if err != nil || len(all) != 1 || all[0].Name != "Acme Construction" || all[0].Realm != "acme" || all[0].Generation != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
}

func TestAStaleBaseIsAConflictAndChangesNothing(t *testing.T) {
	s := storetest.Open(t)
	acme := company("acme")
	apply(t, s, acme, 0)
	for _, base := range []int64{0, 2} {
		changed := company("acme")
		changed.Profile.Name, changed.Employees = "Other", nil
		_, err := s.For("acme").Apply(t.Context(), change(changed, base))
		if !errors.Is(err, cause.Conflict) || !strings.Contains(err.Error(), "stale") {
			t.Fatalf("base %d: %v", base, err)
		}
	}
	if _, err := s.For("new").Apply(t.Context(), change(company("new"), 3)); !errors.Is(err, cause.Conflict) {
		t.Fatal(err)
	}
	newest, err := s.For("acme").Version(t.Context(), 0)
	if err != nil || newest.Generation != 1 || newest.Document != document(acme) {
		t.Fatalf("%+v, %v", newest, err)
	}
}

func TestOfAppliesAtOnceOneWins(t *testing.T) {
	s := storetest.Open(t)
	for _, base := range []int64{0, 1} {
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() {
				c := company("acme")
				c.Profile.Name = "Acme " + strings.Repeat("I", i+1) + strings.Repeat("V", int(base))
				_, errs[i] = s.For("acme").Apply(t.Context(), change(c, base))
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, cause.Conflict):
				t.Error(err)
			}
		}
		if won != 1 {
			t.Fatalf("base %d: %d of %d won", base, won, len(errs))
		}
	}
}

// TestARefusedApplyLeavesNothing applies documents that the database refuses at the last of its rows.
func TestARefusedApplyLeavesNothing(t *testing.T) {
	s := storetest.Open(t)
	acme, beta := company("acme"), company("beta")
	apply(t, s, acme, 0)
	for name, spoil := range map[string]func(*fmc.Company){
		"number of another company": func(c *fmc.Company) {
			c.Numbers = append(c.Numbers, fmc.Number{Number: callerid.Number{E164: numberOf("acme")}, Trunk: "carrier-a"})
		},
		"account of another company": func(c *fmc.Company) { c.Employees[0].Devices[0].Account = "acme-ivanov" },
	} {
		t.Run(name, func(t *testing.T) {
			c := company("beta")
			spoil(c)
			_, err := s.For("beta").Apply(t.Context(), change(c, 0))
			if !errors.Is(err, cause.Conflict) || strings.Contains(strings.ReplaceAll(err.Error(), "acme-ivanov", ""), "acme") {
				t.Fatalf("%v", err)
			}
			if _, err := s.For("beta").Version(t.Context(), 0); !errors.Is(err, cause.NotFound) {
				t.Fatalf("something of it is there: %v", err)
			}
		})
	}
	apply(t, s, beta, 0)
	if _, err := s.For("beta").Apply(t.Context(), change(company("acme"), 1)); !errors.Is(err, cause.NotFound) {
		t.Fatalf("another company's document: %v", err)
	}
	if _, err := s.For("beta").Apply(t.Context(), store.Change{Base: 1, Company: beta}); !errors.Is(err, cause.Invalid) {
		t.Fatalf("no author: %v", err)
	}
}

func TestTheSameNumberOnAnotherTrunkIsAnotherNumber(t *testing.T) {
	s := storetest.Open(t)
	acme, beta := company("acme"), company("beta")
	acme.Numbers[0].Number.E164 = office
	beta.Numbers[0].Number.E164, beta.Numbers[0].Trunk = office, "carrier-b"
	apply(t, s, acme, 0)
	apply(t, s, beta, 0)
}

func TestASecretOutlivesAppliesAndARename(t *testing.T) {
	s := storetest.Open(t)
	acme := company("acme")
	apply(t, s, acme, 0)
	tenant := s.For("acme")
	secret := store.Secret{SHA256: strings.Repeat("a", 64), MD5: strings.Repeat("b", 32)}
	if err := tenant.SetSecret(t.Context(), "acme-ivanov", secret); err != nil {
		t.Fatal(err)
	}
	if err := tenant.SetSecret(t.Context(), "acme-nobody", secret); !errors.Is(err, cause.NotFound) {
		t.Fatal(err)
	}
	acme.Profile.Name = "Renamed"
	acme.Employees[0], acme.Employees[1] = acme.Employees[1], acme.Employees[0]
	apply(t, s, acme, 1)
	accounts, err := tenant.Accounts(t.Context())
	if err != nil || len(accounts) != 1 || accounts[0].SecretAt == nil || accounts[0].Employee != "ivanov" {
		t.Fatalf("%+v, %v", accounts, err)
	}
	if realm, err := tenant.Realm(t.Context()); err != nil || realm != "acme" {
		t.Fatalf("%q, %v", realm, err)
	}
	acme.Employees = acme.Employees[:1] // petrov: the account goes with its person
	apply(t, s, acme, 2)
	if accounts, err := tenant.Accounts(t.Context()); err != nil || len(accounts) != 0 {
		t.Fatalf("%+v, %v", accounts, err)
	}
}
