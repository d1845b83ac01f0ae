package store_test

import (
	"errors"
	"testing"

	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

func TestADraftIsKeptByEditions(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	acme := s.For("acme")
	d := store.Draft{Author: "ivanov", Base: 1, Document: "one"}
	first, err := acme.SaveDraft(t.Context(), d)
	if err != nil || first.Edition != 1 || first.At.IsZero() {
		t.Fatalf("%+v, %v", first, err)
	}
	if _, err := acme.SaveDraft(t.Context(), d); !errors.Is(err, cause.Conflict) {
		t.Error("another window overwrote it", err)
	}
	first.Document = "two"
	second, err := acme.SaveDraft(t.Context(), first)
	if err != nil || second.Edition != 2 {
		t.Fatalf("%+v, %v", second, err)
	}
	got, err := acme.Draft(t.Context(), "ivanov")
	if err != nil || got.Document != "two" || got.Edition != 2 || got.Base != 1 || !got.At.Equal(second.At) {
		t.Errorf("%+v, %v", got, err)
	}
	all, err := acme.Drafts(t.Context())
	if err != nil || len(all) != 1 || all[0].Author != "ivanov" || all[0].Document != "" {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := acme.SaveDraft(t.Context(), store.Draft{Author: "nobody", Base: 1}); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
	if err := acme.RemoveDraft(t.Context(), "ivanov"); err != nil {
		t.Fatal(err)
	}
	if _, err := acme.Draft(t.Context(), "ivanov"); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
}

func TestADraftGoesWithItsVersionAndItsAuthor(t *testing.T) {
	s := storetest.Open(t)
	c := company("acme")
	apply(t, s, c, 0)
	acme := s.For("acme")
	keep := func() {
		if _, err := acme.SaveDraft(t.Context(), store.Draft{Author: "ivanov", Base: 1, Document: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	keep()
	next := change(c, 1)
	next.Document, next.Draft, next.Passed, next.Failed = "the next", "ivanov", 3, 1
	if _, err := acme.Apply(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if all, err := acme.Drafts(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if v, err := acme.Version(t.Context(), 0); err != nil || v.Passed != 3 || v.Failed != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	keep()
	without := *c
	without.Employees = nil
	last := change(&without, 2)
	last.Document = "nobody is left"
	if _, err := acme.Apply(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	if all, err := acme.Drafts(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("whoever left has a draft: %+v, %v", all, err)
	}
}
