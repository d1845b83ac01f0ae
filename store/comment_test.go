package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// commented is a company with one call and a comment of ivanov's on a moment of it.
func commented(t *testing.T) (*store.Store, fmc.CallID, store.Comment, string) {
	t.Helper()
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	apply(t, s, company("acme"), 0)
	call, moment := newCall(), 72*time.Second
	drainAll(t, s, aCall("acme", call)...)
	c, err := s.For("acme").AddComment(t.Context(), store.Comment{Call: call, Author: "ivanov", Moment: &moment, Body: "a complaint about the delivery"})
	if err != nil {
		t.Fatal(err)
	}
	return s, call, c, dsn
}

func TestACommentStandsAtItsMoment(t *testing.T) {
	s, call, c, _ := commented(t)
	acme := s.For("acme")
	if _, err := acme.AddComment(t.Context(), store.Comment{Call: call, Author: "petrov", Body: "on the whole call"}); err != nil {
		t.Fatal(err)
	}
	all, err := acme.Comments(t.Context(), call)
	if err != nil || len(all) != 2 || *all[0].Moment != 72*time.Second || all[0].Author != "ivanov" || all[1].Moment != nil || all[0].ID != c.ID {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := acme.AddComment(t.Context(), store.Comment{Call: "none", Author: "ivanov", Body: "x"}); !errors.Is(err, cause.NotFound) {
		t.Errorf("on a call that is not there: %v", err)
	}
}

func TestWhatACommentSaidBeforeIsKept(t *testing.T) {
	s, call, c, dsn := commented(t)
	acme := s.For("acme")
	if err := acme.EditComment(t.Context(), c.ID, "petrov", "mine"); !errors.Is(err, cause.Denied) {
		t.Errorf("another's: %v", err)
	}
	for _, body := range []string{"a complaint", "a complaint", "praise"} {
		if err := acme.EditComment(t.Context(), c.ID, "ivanov", body); err != nil {
			t.Fatal(err)
		}
	}
	all, _ := acme.Comments(t.Context(), call)
	if len(all) != 1 || all[0].Body != "praise" || all[0].Edited == nil {
		t.Errorf("%+v", all)
	}
	if past := query[[]string](t, dsn, "select array_agg(body order by at) from comment_past"); !slices.Equal(past, []string{"a complaint about the delivery", "a complaint"}) {
		t.Errorf("before that it said %q", past)
	}
}

func TestADeletedCommentLeavesThatItWasThere(t *testing.T) {
	s, call, c, _ := commented(t)
	acme := s.For("acme")
	if err := acme.DeleteComment(t.Context(), c.ID, "petrov"); err != nil {
		t.Fatal(err)
	}
	all, _ := acme.Comments(t.Context(), call)
	if len(all) != 1 || all[0].Body != "" || all[0].Deleted == nil || all[0].DeletedBy != "petrov" {
		t.Errorf("%+v", all)
	}
	for name, err := range map[string]error{
		"deleted again": acme.DeleteComment(t.Context(), c.ID, "ivanov"),
		"changed":       acme.EditComment(t.Context(), c.ID, "ivanov", "x"),
	} {
		if !errors.Is(err, cause.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if marks, err := acme.MarksOf(t.Context(), []fmc.CallID{call}); err != nil || len(marks) != 0 {
		t.Errorf("the list shows %+v, %v", marks, err)
	}
	if found, err := acme.Find(t.Context(), "complaint"); err != nil || len(found.Calls) != 0 {
		t.Errorf("it is found: %+v, %v", found, err)
	}
}

func TestASearchFindsPeopleAndWhatWasWritten(t *testing.T) {
	s, call, _, _ := commented(t)
	acme := s.For("acme")
	for text, want := range map[string]store.Found{
		"COMPLAINT": {Calls: []fmc.CallID{call}, People: []fmc.EmployeeID{}},
		"ivan iv":   {People: []fmc.EmployeeID{"ivanov"}, Calls: []fmc.CallID{}},
		"%":         {People: []fmc.EmployeeID{}, Calls: []fmc.CallID{}},
		"_":         {People: []fmc.EmployeeID{}, Calls: []fmc.CallID{}},
		`\`:         {People: []fmc.EmployeeID{}, Calls: []fmc.CallID{}},
	} {
		found, err := acme.Find(t.Context(), text)
		if err != nil || !slices.Equal(found.Calls, want.Calls) || !slices.Equal(found.People, want.People) {
			t.Errorf("%q: %+v, %v", text, found, err)
		}
		lines, err := acme.Calls(t.Context(), store.CallFilter{Found: &found})
		if err != nil || len(lines) != min(1, len(found.Calls)+len(found.People)) {
			t.Errorf("%q: %d calls, %v", text, len(lines), err)
		}
	}
}

func TestACallIsMarkedWithWords(t *testing.T) {
	s, call, _, _ := commented(t)
	acme := s.For("acme")
	for _, tag := range []string{"sold", "complaint", "sold"} {
		if err := acme.TagCall(t.Context(), call, tag, "ivanov"); err != nil {
			t.Fatal(err)
		}
	}
	marks, err := acme.MarksOf(t.Context(), []fmc.CallID{call, newCall()})
	if err != nil || len(marks) != 1 || !slices.Equal(marks[call].Tags, []string{"complaint", "sold"}) || marks[call].Comments != 1 {
		t.Errorf("%+v, %v", marks, err)
	}
	if tags, err := acme.Tags(t.Context(), nil); err != nil || len(tags) != 2 {
		t.Errorf("%v, %v", tags, err)
	}
	private := newCall()
	drainAll(t, s, fmc.Fact{Company: "acme", Call: private, Body: fmc.Opened{
		Began: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), Direction: fmc.Outbound, Employee: "ivanov", Private: true,
	}})
	if err := acme.TagCall(t.Context(), private, "doctor", "ivanov"); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		within *store.Within
		want   []string
	}{
		"everybody's":   {nil, []string{"complaint", "sold"}},
		"one's own":     {&store.Within{People: []fmc.EmployeeID{"ivanov"}}, []string{"complaint", "sold"}},
		"of the group":  {&store.Within{Groups: []fmc.GroupID{"sales"}}, []string{"complaint", "sold"}},
		"a colleague's": {&store.Within{People: []fmc.EmployeeID{"petrov"}, Nobodys: []fmc.GroupID{"sales"}}, nil},
	} {
		if tags, err := acme.Tags(t.Context(), row.within); err != nil || !slices.Equal(tags, row.want) {
			t.Errorf("%s: %v, %v", name, tags, err)
		}
	}
	if lines, err := acme.Calls(t.Context(), store.CallFilter{Tag: "sold"}); err != nil || len(lines) != 1 {
		t.Errorf("%v, %v", lines, err)
	}
	if err := acme.UntagCall(t.Context(), call, "sold"); err != nil {
		t.Error(err)
	}
	if lines, err := acme.Calls(t.Context(), store.CallFilter{Tag: "sold"}); err != nil || len(lines) != 0 {
		t.Errorf("%v, %v", lines, err)
	}
	for name, err := range map[string]error{
		"a word that it has not":  acme.UntagCall(t.Context(), call, "sold"),
		"a call that is not here": acme.TagCall(t.Context(), "none", "sold", "ivanov"),
	} {
		if !errors.Is(err, cause.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAViewIsSavedOverTheOneOfItsName(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	acme := s.For("acme")
	for _, v := range []store.SavedView{{"Complaints", "tag=complaint"}, {"Long", "talk=600"}, {"Complaints", "tag=complaint&taped=1"}} {
		if err := acme.SaveView(t.Context(), "ivanov", v); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := acme.SavedViews(t.Context(), "ivanov"); err != nil || !slices.Equal(all, []store.SavedView{{"Complaints", "tag=complaint&taped=1"}, {"Long", "talk=600"}}) {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := acme.SavedViews(t.Context(), "petrov"); err != nil || len(all) != 0 {
		t.Errorf("another's: %+v, %v", all, err)
	}
	if err := acme.DeleteView(t.Context(), "ivanov", "Long"); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"deleted again":          acme.DeleteView(t.Context(), "ivanov", "Long"),
		"of nobody's":            acme.SaveView(t.Context(), "nobody", store.SavedView{Name: "x"}),
		"deleted for petrov too": acme.DeleteView(t.Context(), "petrov", "Complaints"),
	} {
		if !errors.Is(err, cause.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range 49 {
		if err := acme.SaveView(t.Context(), "ivanov", store.SavedView{Name: string(rune('a' + i))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := acme.SaveView(t.Context(), "ivanov", store.SavedView{Name: "one more"}); !errors.Is(err, cause.NoRoom) {
		t.Errorf("the fifty-first: %v", err)
	}
}

// leaveMarks has ivanov comment on a company's call, twice, and mark it, and somebody save a view. It returns the comment.
func leaveMarks(t *testing.T, s *store.Store, of foreign) string {
	t.Helper()
	tenant := s.For(of.company.Profile.ID)
	c, err := tenant.AddComment(t.Context(), store.Comment{Call: of.call, Author: "ivanov", Body: "a complaint"})
	if err := errors.Join(err, tenant.EditComment(t.Context(), c.ID, "ivanov", "a complaint, settled"), tenant.TagCall(t.Context(), of.call, "complaint", "ivanov"),
		tenant.SetClients(t.Context(), "ivanov", store.Client{Number: client, Name: "Petrov", Firm: "Romashka"}),
		tenant.SetCallResult(t.Context(), store.CallResult{Call: of.call, Result: "agreed", Author: "ivanov"}),
		tenant.SetReview(t.Context(), store.Review{Call: of.call, Reviewer: "petrov", Score: 4, Body: "well asked"}),
		tenant.SaveView(t.Context(), of.person(), store.SavedView{Name: "mine", Query: "tag=complaint"})); err != nil {
		t.Fatal(err)
	}
	return c.ID
}
