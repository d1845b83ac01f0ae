package store_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/store"
	"roadline/store/storetest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(privateVar); dir != "" {
		if err := runPrivateUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	storetest.Main(m)
}

const (
	office = "+74951234567"
	client = "+79121112233"
)

// company is a small company with that id: one number, two people, accounts named after the company.
func company(id fmc.CompanyID) *fmc.Company {
	return &fmc.Company{
		Profile: fmc.Profile{ID: id, Name: "The " + string(id), Country: "RU", Language: "en", Zone: time.UTC},
		Numbers: []fmc.Number{{Number: callerid.Number{E164: numberOf(id)}, Trunk: "carrier-a"}},
		Employees: []fmc.Employee{
			{ID: "ivanov", Name: "Ivan Ivanov", Extension: "201", Devices: []fmc.Device{
				{ID: "ivanov/sip", Kind: fmc.SIPPhone, Account: fmc.AccountID(id) + "-ivanov"},
				{ID: "ivanov/mobile", Kind: fmc.Mobile, Number: callerid.Number{E164: "+79161234567"}},
			}},
			{ID: "petrov", Name: "Pyotr Petrov", Extension: "202"},
		},
	}
}

// numberOf is a number of that company alone.
func numberOf(id fmc.CompanyID) string {
	sum := 0
	for _, b := range []byte(id) {
		sum = sum*31 + int(b)
	}
	return fmt.Sprintf("+7495%07d", sum%10_000_000)
}

// apply applies a company on a base generation and returns the new one.
func apply(t testing.TB, s *store.Store, c *fmc.Company, base int64) int64 {
	t.Helper()
	generation, err := s.For(c.Profile.ID).Apply(t.Context(), change(c, base))
	if err != nil {
		t.Fatal(err)
	}
	return generation
}

func change(c *fmc.Company, base int64) store.Change {
	return store.Change{Base: base, Document: document(c), Company: c, Author: "admin", Reason: "test"}
}

// document stands in for the company file: the store does not look into it.
func document(c *fmc.Company) string {
	text := "company: " + string(c.Profile.ID) + "\nname: " + c.Profile.Name + "\n"
	for _, n := range c.Numbers {
		text += "number: " + n.Number.E164 + "\n"
	}
	for _, e := range c.Employees {
		text += "employee: " + string(e.ID) + "\n"
	}
	return text
}

// within is the test's context with an end.
func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
