package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

func sessionOf(id fmc.CompanyID) string { return "session-of-" + string(id) }
func linkOf(id fmc.CompanyID) string    { return "link-of-" + string(id) }
func tokenOf(id fmc.CompanyID) string   { return "token-of-" + string(id) }

// letIn gives a company one of everything by which people come in, and what follows from that.
func letIn(t *testing.T, s *store.Store, of foreign) {
	t.Helper()
	id, who := of.company.Profile.ID, of.person()
	tenant, until := s.For(id), time.Now().Add(time.Hour)
	_, _, once := tenant.Once(t.Context(), string(who), "key", "request")
	for _, err := range []error{
		once,
		tenant.Answered(t.Context(), string(who), "key", store.Answer{Status: 200, Body: []byte("theirs")}),
		tenant.SetPassword(t.Context(), who, "a good password"),
		tenant.SetCodes(t.Context(), who, []byte("sealed"), 1, []string{"RECOVERY00"}),
		s.Operator().KeepSession(t.Context(), "key-of-"+string(id), store.Session{ID: sessionOf(id), Company: id, Employee: who, Expires: until}, []byte("{}")),
		tenant.Invite(t.Context(), linkOf(id), store.Invitation{Employee: who, By: "x", Expires: until}),
		tenant.AddToken(t.Context(), "secret-of-"+string(id), store.Token{ID: tokenOf(id), Employee: who, Name: "n", Rights: []string{"calls.read"}, Expires: until}),
		tenant.Audit(t.Context(), &store.AuditEntry{Who: string(who), What: "x"}),
		tenant.AddRecordingLink(t.Context(), "play-of-"+string(id), store.RecordingLink{ID: "l-" + string(id), Call: of.call, Expires: until}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// withPassword gives a company with one person who has a password.
func withPassword(t *testing.T) (*store.Store, *store.Tenant) {
	t.Helper()
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	tenant := s.For("acme")
	if err := tenant.SetPassword(t.Context(), "ivanov", "a good password"); err != nil {
		t.Fatal(err)
	}
	return s, tenant
}

func TestAPasswordIsKnownAgainAndNoOther(t *testing.T) {
	s, tenant := withPassword(t)
	for _, row := range []struct {
		company  fmc.CompanyID
		who      fmc.EmployeeID
		password string
		want     bool
	}{
		{"acme", "ivanov", "a good password", true},
		{"acme", "ivanov", "a bad password", false},
		{"acme", "ivanov", "", false},
		{"acme", "nobody", "a good password", false},
		{"beta", "ivanov", "a good password", false},
	} {
		got, _, err := s.Operator().RightPassword(t.Context(), row.company, row.who, row.password)
		if got != row.want || err != nil {
			t.Errorf("%s of %s with %q: %v, %v", row.who, row.company, row.password, got, err)
		}
	}
	if err := tenant.SetPassword(t.Context(), "nobody", "a good password"); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
}

func TestANewPasswordEndsSessionsLinksAndPersonalTokens(t *testing.T) {
	s, tenant := withPassword(t)
	o, until := s.Operator(), time.Now().Add(time.Hour)
	for _, err := range []error{
		tenant.AddToken(t.Context(), "mine", store.Token{ID: "t", Employee: "ivanov", Rights: []string{}, Expires: until}),
		tenant.AddToken(t.Context(), "service", store.Token{ID: "u", Employee: "ivanov", Service: true, Rights: []string{}, Expires: until}),
		o.KeepSession(t.Context(), "k", store.Session{ID: "s", Company: "acme", Employee: "ivanov", Expires: until}, []byte("{}")),
		tenant.Invite(t.Context(), "link", store.Invitation{Employee: "ivanov", Expires: until}),
		tenant.SetPassword(t.Context(), "ivanov", "another password"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, found, err := o.SessionData(t.Context(), "k", time.Hour); found || err != nil {
		t.Error("the session goes on", err)
	}
	if _, err := o.Invitation(t.Context(), "link"); !errors.Is(err, cause.NotFound) {
		t.Error("the link is still good", err)
	}
	if _, _, err := o.TokenOf(t.Context(), "mine"); !errors.Is(err, cause.NotFound) {
		t.Error("the token is still good", err)
	}
	if _, _, err := o.TokenOf(t.Context(), "service"); err != nil {
		t.Error("the service's token", err)
	}
}

func TestWhoIsKeptOutHasNothingLeftToComeInBy(t *testing.T) {
	s := storetest.Open(t)
	of := fill(t, s, "acme")
	tenant, until := s.For("acme"), time.Now().Add(time.Hour)
	for secret, by := range map[string]string{"theirs": string(of.person()), "a service's": "token crm"} {
		if err := tenant.AddRecordingLink(t.Context(), secret, store.RecordingLink{ID: secret, Call: of.call, By: by, Expires: until}); err != nil {
			t.Fatal(err)
		}
	}
	if err := tenant.RemoveLogin(t.Context(), of.person()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Operator().Invitation(t.Context(), linkOf("acme")); !errors.Is(err, cause.NotFound) {
		t.Error("the link is still good", err)
	}
	if _, _, err := s.Operator().RecordingLinkOf(t.Context(), "theirs"); !errors.Is(err, cause.NotFound) {
		t.Error("what the person shared is still heard", err)
	}
	if _, _, err := s.Operator().RecordingLinkOf(t.Context(), "a service's"); err != nil {
		t.Error("what a service shared", err)
	}
	if err := tenant.RemoveLogin(t.Context(), of.person()); !errors.Is(err, cause.NotFound) {
		t.Error("there was nothing left:", err)
	}
}

func TestAnInvitationIsTakenBackBeforeThereIsAPassword(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	tenant := s.For("acme")
	if err := tenant.Invite(t.Context(), "link", store.Invitation{Employee: "ivanov", By: "petrova", Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := tenant.RemoveLogin(t.Context(), "ivanov"); err != nil {
		t.Fatal(err)
	}
	if err := tenant.Redeem(t.Context(), "link", "a good password"); !errors.Is(err, cause.NotFound) {
		t.Error("it is still good:", err)
	}
}

func TestOnlyWhoHasAPasswordAsksForAnother(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	tenant := s.For("acme")
	forgot := store.Invitation{Employee: "ivanov", By: "ivanov", Expires: time.Now().Add(time.Hour), Reset: true}
	if err := tenant.Invite(t.Context(), "never had one", forgot); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
	if err := tenant.SetPassword(t.Context(), "ivanov", "a good password"); err != nil {
		t.Fatal(err)
	}
	if err := tenant.Invite(t.Context(), "has one", forgot); err != nil {
		t.Error(err)
	}
	if err := tenant.RemoveLogin(t.Context(), "ivanov"); err != nil {
		t.Fatal(err)
	}
	if err := tenant.Redeem(t.Context(), "has one", "another password"); !errors.Is(err, cause.NotFound) {
		t.Error("a link from before is still good:", err)
	}
	if err := tenant.Invite(t.Context(), "is kept out", forgot); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
}

// TestWhoAsksForALetterAtTheMomentTheyAreKeptOutGetsNone has both happen at once, again and again: whichever is first, no
// link is left.
func TestWhoAsksForALetterAtTheMomentTheyAreKeptOutGetsNone(t *testing.T) {
	s, tenant := withPassword(t)
	for range 20 {
		if err := tenant.SetPassword(t.Context(), "ivanov", "a good password"); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			forgot := store.Invitation{Employee: "ivanov", By: "ivanov", Expires: time.Now().Add(time.Hour), Reset: true}
			if err := tenant.Invite(t.Context(), "link", forgot); err != nil && !errors.Is(err, cause.NotFound) {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if err := tenant.RemoveLogin(t.Context(), "ivanov"); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if _, err := s.Operator().Invitation(t.Context(), "link"); !errors.Is(err, cause.NotFound) {
			t.Fatal("the link is good", err)
		}
	}
}

func TestWhoLeavesTheDocumentCannotComeBackByWhatTheyHad(t *testing.T) {
	s, tenant := withPassword(t)
	o, until := s.Operator(), time.Now().Add(time.Hour)
	for _, err := range []error{
		o.KeepSession(t.Context(), "k", store.Session{ID: "s", Company: "acme", Employee: "ivanov", Expires: until}, []byte("{}")),
		tenant.AddToken(t.Context(), "mine", store.Token{ID: "t", Employee: "ivanov", Rights: []string{}, Expires: until}),
		tenant.AddToken(t.Context(), "service", store.Token{ID: "u", Employee: "ivanov", Service: true, Rights: []string{}, Expires: until}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	c := company("acme")
	c.Employees, c.Profile.Name = nil, "without"
	apply(t, s, c, 1)
	apply(t, s, company("acme"), 2) // and is written again
	if right, _, err := o.RightPassword(t.Context(), "acme", "ivanov", "a good password"); right || err != nil {
		t.Error("the old password is good", err)
	}
	if _, found, err := o.SessionData(t.Context(), "k", time.Hour); found || err != nil {
		t.Error("the session goes on", err)
	}
	if _, _, err := o.TokenOf(t.Context(), "mine"); !errors.Is(err, cause.NotFound) {
		t.Error("the token is good", err)
	}
	if _, k, err := o.TokenOf(t.Context(), "service"); err != nil || k.ID != "u" || k.Seen != nil {
		t.Errorf("the service's token: %+v %v", k, err)
	}
}

func TestAttemptsAtOnceCountEachOther(t *testing.T) {
	s, _ := withPassword(t)
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		seen = map[int]bool{}
	)
	try := func(address string) (store.Tries, error) {
		return s.Operator().Try(t.Context(), store.Attempt{Company: "acme", Login: "ivanov", Address: address}, manyTries)
	}
	for range 8 {
		wg.Go(func() {
			tries, err := try("192.0.2.1")
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			seen[tries.Login] = true
		})
	}
	wg.Wait()
	next, err := try("192.0.2.2")
	if err != nil || next.Login != 8 || next.Here != 0 || next.Address != 0 {
		t.Errorf("%+v, %v", next, err)
	}
	if err := s.Operator().Tried(t.Context(), next.ID); err != nil {
		t.Fatal(err)
	}
	last, err := try("192.0.2.1")
	if err != nil || last.Login != 8 || last.Here != 8 || last.Address != 8 {
		t.Errorf("who comes in from elsewhere forgives nothing: %+v, %v", last, err)
	}
	if err := s.Operator().Tried(t.Context(), last.ID); err != nil {
		t.Fatal(err)
	}
	if again, err := try("192.0.2.1"); err != nil || again.Login != 0 || again.Here != 0 {
		t.Errorf("%+v, %v", again, err)
	}
}

// manyTries are limits that no test reaches.
var manyTries = store.Limits{Within: time.Hour, Here: 100, Address: 100, Longer: time.Hour, Login: 100}

func TestAnAttemptIsRefusedAtEachLimitAndIsNotCountedThen(t *testing.T) {
	s, _ := withPassword(t)
	for name, row := range map[string]struct {
		change  func(*store.Limits)
		between func(*store.Attempt) // what differs in the attempts before
		free    store.Attempt        // is looked at all the same
	}{
		"here":       {func(l *store.Limits) { l.Here = 2 }, func(*store.Attempt) {}, store.Attempt{Company: "acme", Login: "here", Address: "elsewhere"}},
		"address":    {func(l *store.Limits) { l.Address = 2 }, func(a *store.Attempt) { a.Login = "another's" }, store.Attempt{Company: "acme", Login: "address", Address: "elsewhere"}},
		"everywhere": {func(l *store.Limits) { l.Login = 2 }, func(a *store.Attempt) { a.Address = "somewhere" }, store.Attempt{Company: "acme", Login: "petrova", Address: "everywhere"}},
	} {
		l, a := manyTries, store.Attempt{Company: "acme", Login: name, Address: name}
		row.change(&l)
		before := a
		row.between(&before)
		for range 2 {
			if tries, err := s.Operator().Try(t.Context(), before, l); err != nil || tries.ID == 0 {
				t.Errorf("%s: %+v, %v", name, tries, err)
			}
		}
		for range 3 {
			if tries, err := s.Operator().Try(t.Context(), a, l); err != nil || tries.ID != 0 || max(tries.Here, tries.Address, tries.Login) != 2 {
				t.Errorf("%s: %+v, %v", name, tries, err)
			}
		}
		if tries, err := s.Operator().Try(t.Context(), row.free, l); err != nil || tries.ID == 0 {
			t.Errorf("%s keeps out others too: %+v, %v", name, tries, err)
		}
	}
}

func TestACodeIsTakenOnce(t *testing.T) {
	s, tenant := withPassword(t)
	o := s.Operator()
	if ok, err := o.TakeCode(t.Context(), "acme", "ivanov", 5); ok || err != nil {
		t.Error("taken though none are asked for", err)
	}
	if err := tenant.SetCodes(t.Context(), "ivanov", []byte("sealed"), 10, []string{"RECOVERY00", "RECOVERY01"}); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		step int64
		want bool
	}{{10, false}, {9, false}, {11, true}, {11, false}, {13, true}, {12, false}} {
		if ok, err := o.TakeCode(t.Context(), "acme", "ivanov", row.step); ok != row.want || err != nil {
			t.Errorf("step %d: %v, %v", row.step, ok, err)
		}
	}
	for _, want := range []bool{true, false} {
		if ok, err := o.TakeRecovery(t.Context(), "acme", "ivanov", "RECOVERY01"); ok != want || err != nil {
			t.Errorf("%v, %v", ok, err)
		}
	}
	if all, err := tenant.Logins(t.Context()); err != nil || all["ivanov"].Recovery != 1 || all["ivanov"].Codes == nil {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestALinkSetsAPasswordOnce(t *testing.T) {
	s, tenant := withPassword(t)
	if err := tenant.Invite(t.Context(), "link", store.Invitation{Employee: "ivanov", By: "petrova", Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		good int
	)
	for range 4 {
		wg.Go(func() {
			err := tenant.Redeem(t.Context(), "link", "chosen by a link")
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				good++
			} else if !errors.Is(err, cause.NotFound) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if good != 1 {
		t.Errorf("used %d times", good)
	}
	if right, _, err := s.Operator().RightPassword(t.Context(), "acme", "ivanov", "chosen by a link"); !right || err != nil {
		t.Error("it does not open", err)
	}
	if err := tenant.Invite(t.Context(), "late", store.Invitation{Employee: "ivanov", Expires: time.Now().Add(-time.Minute)}); err != nil {
		t.Fatal(err)
	}
	if err := tenant.Redeem(t.Context(), "late", "chosen too late"); !errors.Is(err, cause.NotFound) {
		t.Error("out of date, and used", err)
	}
}

func TestASessionThatIsIdleEnds(t *testing.T) {
	s, tenant := withPassword(t)
	o := s.Operator()
	if err := o.KeepSession(t.Context(), "k", store.Session{ID: "s", Company: "acme", Employee: "ivanov", Expires: time.Now().Add(time.Hour)}, []byte("data")); err != nil {
		t.Fatal(err)
	}
	if data, found, err := o.SessionData(t.Context(), "k", time.Hour); !found || string(data) != "data" || err != nil {
		t.Errorf("%q %v %v", data, found, err)
	}
	if _, found, err := o.SessionData(t.Context(), "k", -time.Second); found || err != nil {
		t.Error("an idle one is found", err)
	}
	if all, err := tenant.Sessions(t.Context(), "ivanov"); err != nil || len(all) != 1 || all[0].ID != "s" {
		t.Errorf("%+v, %v", all, err)
	}
	if err := tenant.EndSessions(t.Context(), "ivanov", "s"); err != nil {
		t.Fatal(err)
	}
	if err := tenant.EndSession(t.Context(), "ivanov", "s"); err != nil {
		t.Error("the one that was to stay is gone", err)
	}
	if err := tenant.EndSession(t.Context(), "ivanov", "s"); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
}

func TestASessionThatEndedIsNotKeptAgain(t *testing.T) {
	s, tenant := withPassword(t)
	o, until := s.Operator(), time.Now().Add(time.Hour)
	for _, err := range []error{
		o.KeepSession(t.Context(), "k", store.Session{ID: "s", Company: "acme", Employee: "ivanov", Expires: until}, []byte("data")),
		o.ChangeSession(t.Context(), "k", until, []byte("more")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if data, found, err := o.SessionData(t.Context(), "k", time.Hour); !found || string(data) != "more" || err != nil {
		t.Errorf("%q %v %v", data, found, err)
	}
	if err := tenant.EndSession(t.Context(), "ivanov", "s"); err != nil {
		t.Fatal(err)
	}
	if err := o.ChangeSession(t.Context(), "k", until, []byte("data")); err != nil {
		t.Error(err)
	}
	if _, found, err := o.SessionData(t.Context(), "k", time.Hour); found || err != nil {
		t.Error("it goes on", err)
	}
}

func TestAChangeAndItsEntryAreThereTogether(t *testing.T) {
	_, tenant := withPassword(t)
	entry := &store.AuditEntry{Who: "petrova", What: "token.make"}
	ctx := store.Audited(t.Context(), entry)
	if err := tenant.AddToken(ctx, "x", store.Token{ID: "t", Employee: "nobody", Rights: []string{}, Expires: time.Now().Add(time.Hour)}); !errors.Is(err, cause.NotFound) {
		t.Fatal(err)
	}
	if all, err := tenant.AuditEntries(t.Context(), store.AuditFilter{}); err != nil || len(all) != 0 || entry.ID != 0 {
		t.Errorf("nothing was done, and noted: %+v, %v", all, err)
	}
	store.Auditing(ctx).Object, store.Auditing(ctx).After = "t", map[string]string{"name": "n"}
	if err := tenant.AddToken(ctx, "x", store.Token{ID: "t", Employee: "ivanov", Name: "n", Rights: []string{}, Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := tenant.RevokeToken(ctx, "t"); err != nil { // the request's second change: the entry stands already
		t.Fatal(err)
	}
	if err := tenant.Audit(ctx, entry); err != nil {
		t.Fatal(err)
	}
	all, err := tenant.AuditEntries(t.Context(), store.AuditFilter{Of: "petrova"})
	if err != nil || len(all) != 1 || all[0].Who != "petrova" || all[0].Object != "t" || all[0].ID != entry.ID {
		t.Fatalf("%+v, %v", all, err)
	}
	if more, err := tenant.AuditEntries(t.Context(), store.AuditFilter{Before: all[0].ID}); err != nil || len(more) != 0 {
		t.Errorf("%+v, %v", more, err)
	}
	if store.Auditing(t.Context()).Who != "" {
		t.Error("an entry without a request")
	}
}

func TestARequestThatComesAgainIsAnsweredAsBefore(t *testing.T) {
	_, tenant := withPassword(t)
	if _, again, err := tenant.Once(t.Context(), "ivanov", "k", "make a call"); again || err != nil {
		t.Fatal(again, err)
	}
	if _, _, err := tenant.Once(t.Context(), "ivanov", "k", "make a call"); !errors.Is(err, cause.Conflict) || !strings.Contains(err.Error(), "still being worked on") {
		t.Error(err)
	}
	if err := tenant.Answered(t.Context(), "ivanov", "k", store.Answer{Status: 201, Kind: "application/json", Body: []byte("made")}); err != nil {
		t.Fatal(err)
	}
	if kept, again, err := tenant.Once(t.Context(), "ivanov", "k", "make a call"); !again || err != nil || kept.Status != 201 || string(kept.Body) != "made" {
		t.Errorf("%+v %v %v", kept, again, err)
	}
	if _, _, err := tenant.Once(t.Context(), "ivanov", "k", "make another call"); !errors.Is(err, cause.Conflict) || !strings.Contains(err.Error(), "another request") {
		t.Error(err)
	}
	if _, again, err := tenant.Once(t.Context(), "petrova", "k", "make another call"); again || err != nil {
		t.Error("another person's key", again, err)
	}
	if err := tenant.Answered(t.Context(), "petrova", "k", store.Answer{Status: 503}); err != nil {
		t.Fatal(err)
	}
	if _, again, err := tenant.Once(t.Context(), "petrova", "k", "make another call"); again || err != nil {
		t.Error("our own failure is kept", again, err)
	}
}

func TestALinkToARecordingCountsAndEnds(t *testing.T) {
	s := storetest.Open(t)
	of := fill(t, s, "acme")
	tenant := s.For("acme")
	if err := tenant.PlayRecordingLink(t.Context(), "l-acme"); err != nil {
		t.Fatal(err)
	}
	company, l, err := s.Operator().RecordingLinkOf(t.Context(), "play-of-acme")
	if err != nil || company != "acme" || l.Call != of.call || l.Plays != 1 {
		t.Fatalf("%s %+v %v", company, l, err)
	}
	if err := tenant.RevokeRecordingLink(t.Context(), of.call, "l-acme"); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"play-of-acme", "", "l1"} {
		if _, _, err := s.Operator().RecordingLinkOf(t.Context(), secret); !errors.Is(err, cause.NotFound) {
			t.Errorf("%q: %v", secret, err)
		}
	}
}

func TestWhatHasRunOutIsSwept(t *testing.T) {
	s, tenant := withPassword(t)
	o, gone := s.Operator(), time.Now().Add(-time.Minute)
	for _, err := range []error{
		o.KeepSession(t.Context(), "k", store.Session{ID: "s", Company: "acme", Employee: "ivanov", Expires: gone}, []byte("{}")),
		tenant.Invite(t.Context(), "late", store.Invitation{Employee: "ivanov", Expires: gone}),
		o.Sweep(t.Context(), time.Now().Add(time.Hour)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if tries, err := o.Try(t.Context(), store.Attempt{Company: "acme", Login: "ivanov", Address: "x"}, manyTries); err != nil || tries.Login != 0 {
		t.Errorf("%+v, %v", tries, err)
	}
}

func TestAListenIsOneEntryHoweverManyPartsItHas(t *testing.T) {
	_, tenant := withPassword(t)
	for i, want := range []bool{true, false, false} {
		fresh, err := tenant.AuditListen(t.Context(), &store.AuditEntry{Who: "ivanov", What: "recordings.listen", Object: "a call"})
		if err != nil || fresh != want {
			t.Errorf("%d: %v, %v", i, fresh, err)
		}
	}
	for _, e := range []store.AuditEntry{
		{Who: "petrov", What: "recordings.listen", Object: "a call"},
		{Who: "ivanov", What: "recordings.listen", Object: "another call"},
	} {
		if fresh, err := tenant.AuditListen(t.Context(), &e); err != nil || !fresh {
			t.Errorf("%+v: %v, %v", e, fresh, err)
		}
	}
}
