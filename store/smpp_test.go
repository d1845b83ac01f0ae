package store_test

import (
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// byCentre is a message that a centre took, of some parts called after it, asked for by a program that wants a receipt.
func byCentre(company fmc.CompanyID, id fmc.MessageID, remote string, receipt byte, settled fmc.MessageState) []fmc.Fact {
	a := fmc.MessageAccepted{
		At: noon, Number: russian(numberOf(company)), To: russian(client), Text: "hello", By: "program crm", Until: noon.Add(time.Hour), Report: true,
		PDUs: []string{"00"}, Centre: "mts", Why: "rule 1", Program: "crm", Receipt: receipt,
	}
	facts := []fmc.Fact{about(company, id, a), about(company, id, fmc.MessageTried{At: noon, Part: 1})}
	if remote != "" {
		facts = append(facts, about(company, id, fmc.MessagePassed{At: noon, Part: 1, ID: remote}))
	}
	return append(facts, about(company, id, fmc.MessageSettled{At: noon, State: settled}))
}

func receipt(company fmc.CompanyID, remote string, at time.Time, status byte) fmc.Fact {
	return about(company, newMessage(), fmc.MessageReported{
		At: at, To: client, Status: status, Done: at, PDU: "00", Key: remote + at.String(), Centre: "mts", ID: remote,
	})
}

// refusedByProgram leaves a company something that its program refused, and its program a secret.
func refusedByProgram(t *testing.T, s *store.Store, company fmc.CompanyID) int64 {
	t.Helper()
	drainAll(t, s, byCentre(company, newMessage(), "", 1, fmc.MessageFailed)...)
	if _, _, err := s.For(company).MakeProgramSecret(t.Context(), "crm", "admin"); err != nil {
		t.Fatal(err)
	}
	taken := takes(t, s, company)
	settles(t, s, taken, fmc.DeliveryFailed)
	return taken[0].N
}

func takes(t *testing.T, s *store.Store, company fmc.CompanyID) []fmc.Delivery {
	t.Helper()
	all, err := s.Operator().TakeDeliveries(t.Context(), fmc.ProgramRef{Company: company, Program: "crm"}, 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func settles(t *testing.T, s *store.Store, all []fmc.Delivery, state fmc.DeliveryState) {
	t.Helper()
	var outcomes []fmc.DeliveryOutcome
	for _, d := range all {
		outcomes = append(outcomes, fmc.DeliveryOutcome{N: d.N, Company: d.Company, State: state, Why: "so", Due: noon})
	}
	if err := s.Operator().SettleDeliveries(t.Context(), outcomes); err != nil {
		t.Fatal(err)
	}
}

func toldStates(all []fmc.Delivery) (told []fmc.MessageState) {
	for _, d := range all {
		told = append(told, d.State)
	}
	return told
}

func TestAReceiptFindsItsMessageByTheCentresID(t *testing.T) {
	s, a := acme(t)
	first, second, early := newMessage(), newMessage(), newMessage()
	facts := slices.Concat(
		byCentre("acme", first, "A1", 1, fmc.MessageSent), byCentre("acme", second, "A2", 1, fmc.MessageSent),
		[]fmc.Fact{receipt("acme", "A2", noon.Add(time.Second), 0x43), receipt("acme", "A1", noon.Add(time.Minute), 0), receipt("acme", "A3", noon.Add(-time.Second), 0)},
		byCentre("acme", early, "A3", 1, fmc.MessageSent), // its receipt was quicker
	)
	drainAll(t, s, facts...)
	for id, want := range map[fmc.MessageID]fmc.MessageState{first: fmc.MessageDelivered, second: fmc.MessageUndelivered, early: fmc.MessageDelivered} {
		m, err := a.Message(t.Context(), id)
		if err != nil || m.State != want || m.Centre != "mts" || m.Why != "rule 1" || m.Program != "crm" {
			t.Errorf("it is %s by %q, for %q, of %q, not %s: %v", m.State, m.Centre, m.Why, m.Program, want, err)
		}
	}
	if got := toldStates(takes(t, s, "acme")); len(got) != 3 {
		t.Errorf("the program is told %v", got)
	}
}

func TestAProgramIsToldWhatItAskedFor(t *testing.T) {
	for _, x := range []struct {
		name    string
		receipt byte
		settled fmc.MessageState
		status  int // of a report; below 0: none comes
		want    []fmc.MessageState
	}{
		{"nothing", 0, fmc.MessageSent, 0, nil},
		{"the end", 1, fmc.MessageSent, 0, []fmc.MessageState{fmc.MessageDelivered}},
		{"the end, and what comes before", 17, fmc.MessageSent, 0, []fmc.MessageState{fmc.MessageSent, fmc.MessageDelivered}},
		{"failures alone, and it failed", 2, fmc.MessageFailed, -1, []fmc.MessageState{fmc.MessageFailed}},
		{"failures alone, and it did not", 2, fmc.MessageSent, 0, nil},
		{"uncertain", 1, fmc.MessageUncertain, -1, []fmc.MessageState{fmc.MessageUncertain}},
		{"not over yet", 1, fmc.MessageSent, -1, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, _ := acme(t)
			remote := ""
			if x.settled == fmc.MessageSent {
				remote = "B1"
			}
			drainAll(t, s, byCentre("acme", newMessage(), remote, x.receipt, x.settled)...)
			if x.status >= 0 {
				drainAll(t, s, receipt("acme", "B1", noon.Add(time.Minute), byte(x.status)))
			}
			if got := toldStates(takes(t, s, "acme")); !slices.Equal(got, x.want) {
				t.Errorf("it is told %v, not %v", got, x.want)
			}
		})
	}
}

// withProgram is a company whose program gets what comes to its number.
func withProgram() *fmc.Company {
	c := company("acme")
	c.Programs = []fmc.Program{{ID: "crm"}}
	for _, n := range c.Numbers {
		c.Programs[0].Numbers = append(c.Programs[0].Numbers, n.Number)
	}
	return c
}

// one is a directory of one company.
type oneCompany struct{ c *fmc.Company }

func (o oneCompany) Company(id fmc.CompanyID) (*fmc.Company, bool) { return o.c, id == o.c.Profile.ID }

func (o oneCompany) Called(fmc.TrunkID, string) (*fmc.Company, bool) { return nil, false }

func TestAProgramGetsAMessageOnceAllOfItIsThere(t *testing.T) {
	s, _ := acme(t)
	drain := func(facts ...fmc.Fact) {
		t.Helper()
		j, left := openLog(t, t.TempDir())
		keep(t, j, facts...)
		options := quick
		options.Directory = oneCompany{withProgram()}
		d := s.Drain(j.Log, left, options)
		stop := startDrain(t, d)
		awaitDrained(t, d, j)
		stop()
	}
	came := func(n, of int, text string) fmc.Fact {
		p := part(n, n, of, 7, text)
		p.SIM, p.Centre, p.Number = "", "mts", russian(numberOf("acme"))
		return about("acme", newMessage(), p)
	}
	drain(came(2, 2, "world"))
	if got := takes(t, s, "acme"); len(got) != 0 {
		t.Fatalf("half a message was given: %+v", got)
	}
	drain(came(1, 2, "hello "))
	got := takes(t, s, "acme")
	if len(got) != 1 || got[0].Text != "hello world" || got[0].From != client || got[0].To != numberOf("acme") || got[0].State != fmc.MessageReceived {
		t.Fatalf("it was given %+v", got)
	}
	settles(t, s, got, fmc.DeliveryDone)
	drain(came(1, 2, "hello ")) // the same again
	if got := takes(t, s, "acme"); len(got) != 0 {
		t.Errorf("it was given again: %+v", got)
	}
}

func TestWhatACentreGaveLatelyIsKnownByWhatIsInIt(t *testing.T) {
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	apply(t, s, company("acme"), 0)
	apply(t, s, company("beta"), 0)
	came := func(to fmc.CompanyID, centre fmc.CentreID, seconds, n, of int, sum string) fmc.Fact {
		p := part(seconds, n, of, of, sum)
		p.SIM, p.Centre, p.Number, p.Key = "", centre, russian(numberOf(to)), sum+"."+string(newMessage())
		return about(to, newMessage(), p)
	}
	drainAll(
		t, s, came("acme", "mts", 0, 0, 0, "long-ago"), came("acme", "mts", 61, 0, 0, "yes"), came("acme", "mts", 62, 0, 0, "yes"),
		came("acme", "mts", 70, 1, 2, "half"), came("acme", "mts", 110, 2, 2, "other-half"), came("beta", "mts", 121, 0, 0, "last"),
		came("acme", "tele", 120, 0, 0, "of-another-centre"),
	)
	for _, x := range []struct {
		name string
		now  time.Time
		want []string
	}{
		{"soon after", noon.Add(time.Hour), []string{"half", "last", "other-half", "yes"}}, // 61 s are out of the minute, 62 s are in
		{"days later", noon.Add(48 * time.Hour), nil},                                      // however long ago the link stood
	} {
		t.Run(x.name, func(t *testing.T) {
			at, err := store.Open(t.Context(), store.Options{DSN: dsn, Clock: func() time.Time { return x.now }})
			if err != nil {
				t.Fatal(err)
			}
			defer at.Close()
			sums, err := at.Operator().TakenLately(t.Context(), "mts", noon.Add(61*time.Second))
			slices.Sort(sums)
			if err != nil || !slices.Equal(sums, x.want) {
				t.Errorf("lately there came %v, %v, not %v", sums, err, x.want)
			}
		})
	}
}

func TestWhatWasNotGivenKeepsItsPlaceAndWhatWasRefusedDoesNot(t *testing.T) {
	s, _ := acme(t)
	for range 3 {
		drainAll(t, s, byCentre("acme", newMessage(), "", 1, fmc.MessageFailed)...)
	}
	order := func() (all []int64) {
		for _, d := range takes(t, s, "acme") {
			all = append(all, d.N)
		}
		return all
	}
	settle := func(n int64, due time.Time) {
		t.Helper()
		if err := s.Operator().SettleDeliveries(t.Context(), []fmc.DeliveryOutcome{{N: n, Company: "acme", State: fmc.DeliveryWaiting, Due: due}}); err != nil {
			t.Fatal(err)
		}
	}
	first := order()
	if len(first) != 3 || !slices.IsSorted(first) {
		t.Fatalf("taken as %v", first)
	}
	settle(first[2], time.Time{})
	settle(first[1], time.Time{})
	settle(first[0], noon.Add(time.Second)) // it fell due at noon, as all did
	if got, want := order(), []int64{first[1], first[2], first[0]}; !slices.Equal(got, want) {
		t.Errorf("taken again as %v, not %v", got, want)
	}
}

func TestWhatAKilledServerHadOutIsToldAgainOrUncertain(t *testing.T) {
	s, a := acme(t)
	drainAll(t, s, byCentre("acme", newMessage(), "", 1, fmc.MessageFailed)...)
	if got := takes(t, s, "acme"); len(got) != 1 {
		t.Fatalf("taken: %+v", got)
	}
	if err := s.Operator().RecoverDeliveries(t.Context()); err != nil {
		t.Fatal(err)
	}
	takes(t, s, "acme") // whatever comes of it
	if err := s.Operator().ReturnDeliveries(t.Context(), fmc.ProgramRef{Company: "acme", Program: "crm"}); err != nil {
		t.Fatal(err)
	}
	again := takes(t, s, "acme")
	if len(again) != 1 || again[0].Tries != 2 { // what was not given is no try
		t.Fatalf("the receipt is told again as %+v", again)
	}
	settles(t, s, again, fmc.DeliveryUncertain)
	if all, err := a.ProgramDeliveries(t.Context(), []fmc.DeliveryState{fmc.DeliveryUncertain}); err != nil || len(all) != 1 || all[0].Why != "so" {
		t.Fatalf("uncertain are %+v, %v", all, err)
	}
	if err := a.RepeatDelivery(t.Context(), again[0].N); err != nil {
		t.Fatal(err)
	}
	if due, err := s.Operator().DeliveriesDue(t.Context()); err != nil || len(due) != 1 {
		t.Errorf("due are %v, %v", due, err)
	}
}

func TestAProgramBindsWithItsOwnSecretAlone(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	apply(t, s, company("beta"), 0)
	first, password, err := s.For("acme").MakeProgramSecret(t.Context(), "a-program-with-a-long-name", "admin")
	if err != nil || len(first.SystemID) > 15 || len(password) != 8 {
		t.Fatalf("it binds as %q with %q: %v", first.SystemID, password, err)
	}
	who, err := s.Operator().ProgramOf(t.Context(), first.SystemID, password)
	if err != nil || who != (fmc.ProgramRef{Company: "acme", Program: "a-program-with-a-long-name"}) {
		t.Fatalf("it is %v, %v", who, err)
	}
	second, newer, err := s.For("acme").MakeProgramSecret(t.Context(), "a-program-with-a-long-name", "admin")
	if err != nil || second.SystemID != first.SystemID {
		t.Fatalf("with a new secret it binds as %q: %v", second.SystemID, err)
	}
	for _, wrong := range [][2]string{{first.SystemID, password}, {first.SystemID, ""}, {"nobody", newer}, {"", ""}} {
		if _, err := s.Operator().ProgramOf(t.Context(), wrong[0], wrong[1]); cause.KindOf(err) != cause.Denied {
			t.Errorf("%v binds: %v", wrong, err)
		}
	}
	if all, err := s.For("beta").ProgramSecrets(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("another company sees %v, %v", all, err)
	}
}
