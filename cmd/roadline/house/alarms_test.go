package house

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"roadline/configs"
	"roadline/fmc"
	"roadline/gsmgw"
	"roadline/gsmgw/bank"
	"roadline/hardware/remsim"
	"roadline/sipcore"
	"roadline/store"
	"roadline/store/storetest"
)

// openAlarms are the alarms that go on, by what and of what.
func openAlarms(t *testing.T, s *store.Store) (all []string) {
	t.Helper()
	open, err := s.For("acme").Alarms(t.Context(), store.AlarmFilter{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range open {
		all = append(all, string(x.Kind)+" "+x.About)
	}
	slices.Sort(all)
	return all
}

func TestAnAlarmOfWhatIsThereNoMoreIsCleared(t *testing.T) {
	c := (&fmc.Company{Profile: fmc.Profile{ID: "acme", Name: "Acme", Country: "RU", Language: "en", Zone: time.UTC}}).Indexed()
	s := storetest.Open(t)
	if _, err := s.For("acme").Apply(t.Context(), store.Change{Document: "x", Company: c, Author: "test", Reason: "test"}); err != nil {
		t.Fatal(err)
	}
	h := &House{m: &configs.Machine{}, store: s, alarms: s.Alarms(nil), trunks: &sipcore.Trunks{}, banks: &bank.Banks{}, log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	raise := func(kind fmc.AlarmKind, about string) {
		t.Helper()
		if err := h.alarms.Raise(t.Context(), fmc.Alarm{Company: "acme", Kind: kind, About: about, Values: map[string]string{}}); err != nil {
			t.Fatal(err)
		}
	}
	raise(fmc.AlarmLineDown, "sim:one")
	raise(fmc.AlarmTrunkDown, "carrier-a")
	raise(fmc.AlarmBalanceLow, "one")
	raise(fmc.AlarmBalanceLow, "two")
	raise(fmc.AlarmNoFile, "")
	l := newLookout(h)
	l.forget(t.Context(), "acme", map[troubleKey]bool{{"acme", fmc.AlarmBalanceLow, "two"}: true})
	if got, want := openAlarms(t, s), []string{"balance_low two", "no_file "}; !slices.Equal(got, want) {
		t.Errorf("of before the start %q go on, want %q", got, want)
	}
	raise(fmc.AlarmLineDown, "sim:two")
	l.told[troubleKey{"acme", fmc.AlarmLineDown, "sim:two"}] = true
	l.told[troubleKey{"acme", fmc.AlarmBalanceLow, "two"}] = true
	l.look(t.Context(), c, time.Now()) // it has no lines, trunks or watched cards
	if got, want := openAlarms(t, s), []string{"no_file "}; !slices.Equal(got, want) || len(l.told)+len(l.first) > 0 {
		t.Errorf("%q go on, want %q; kept in mind are %v", got, want, l.told)
	}
}

// noModems is a fleet without any.
type noModems struct{ bank.Fleet }

func (noModems) Views() []gsmgw.View { return nil }

// An alarm of before a start is not over because nobody has asked the bank's server yet: it would be told anew.
func TestOfABankThatWasNotAskedYetWhatWasToldStays(t *testing.T) {
	c := &fmc.Company{Profile: fmc.Profile{ID: "acme"}}
	banks, err := bank.New(bank.Options{
		Sites: []bank.Site{{Name: "north", Cards: []bank.Card{{Slot: remsim.Slot{Bank: 1}, ICCID: "8970101234567890123"}}}, {Name: "empty"}},
		Fleet: noModems{}, Owner: func(fmc.ICCID) fmc.CompanyID { return "acme" }, File: filepath.Join(t.TempDir(), "banks.json"), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := seenOf("acme")
	(&House{banks: banks}).bankTroubles(c, s)
	if key := (troubleKey{"acme", fmc.AlarmBankAway, "north"}); len(s.named) != 1 || !s.named[key] || len(s.well)+len(s.bad) != 0 {
		t.Errorf("%+v", s)
	}
}
