package tally_test

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/cabinet/tally"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// now is a Monday morning in Moscow.
var now = time.Date(2026, time.November, 23, 7, 0, 0, 0, time.UTC)

const acmeFile = `company: acme
name: Acme
country: RU
timezone: Europe/Moscow
numbers:
  - {e164: "+74951234567", trunk: carrier-a, owner: ivanov, proof: {contract: "17", from: 2026-01-01}}
employees:
  - {id: ivanov, name: Ivan, extension: "201", account: {sip: ivanov-desk}, mobile: "+79161234567", roles: [manager]}
  - {id: orlov, name: Oleg, extension: "202"}
recording: {policy: all}
`

// counted is a counter on a real store in which two clients called: one talked with Ivanov, nobody took the other's call.
func counted(t *testing.T) (tally.Counter, *fmc.Company) {
	t.Helper()
	s := storetest.Open(t)
	directory := s.Directory(store.DirectoryOptions{
		File:  filepath.Join(t.TempDir(), "directory.json"),
		Parse: func(text string) (*fmc.Company, error) { return configs.ReadCompany("stored", []byte(text)) },
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = directory.Run(ctx) })
	t.Cleanup(running.Wait)
	t.Cleanup(cancel)
	clock := func() time.Time { return now }
	archive := document.New(document.Options{
		Store: s, Directory: directory, Now: clock, Log: slog.New(slog.DiscardHandler),
		Reach:   func(*fmc.Company, fmc.DeviceID) []fmc.LineState { return nil },
		Granted: func(*fmc.Company) error { return nil },
		Speak:   func(context.Context, *fmc.Company) (func(), error) { return func() {}, nil },
	})
	done, err := archive.Apply(t.Context(), "acme", document.Apply{Document: acmeFile, Author: "a", Reason: "r"})
	if err != nil || !done.InForce {
		t.Fatal(done, err)
	}
	c, _ := directory.Company("acme")
	for _, answers := range [][]string{{"ivanov"}, nil} {
		supposed := call.Supposed{From: "+79120000001", Answers: answers}
		r, err := supposed.Request(c)
		if err != nil {
			t.Fatal(err)
		}
		script, err := supposed.Script(c)
		if err != nil {
			t.Fatal(err)
		}
		r.Call = fmc.CallID(uuid.Must(uuid.NewV7()).String())
		storetest.BringIn(t, s, call.Rehearse(c, call.Quiet(c, nil), r, now, script).Facts...)
	}
	return tally.Counter{Store: s, Directory: directory, Now: clock}, c
}

func TestWhatIsCountedOfADayIsCountedOfItsPeopleAndNumbers(t *testing.T) {
	counter, c := counted(t)
	v, _ := access.ViewerOf(c, "ivanov")
	s, err := counter.Statistics(t.Context(), v, url.Values{"from": {"2026-11-22"}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Now.In != 2 || s.Now.Answered != 1 || s.Now.MeanTalk() <= 0 || s.To != "2026-11-23" || s.Before.Calls() != 0 {
		t.Errorf("%+v", s)
	}
	if len(s.Days) != 2 || s.Days[0].In != 0 || s.Days[1].In != 2 || s.Week[time.Monday][10].In != 2 {
		t.Errorf("%+v", s.Days)
	}
	if len(s.People) == 0 || s.People[0].Who != "ivanov" || len(s.Numbers) != 1 || s.Numbers[0].Who != "+74951234567" || s.Numbers[0].In != 2 {
		t.Errorf("%+v, %+v", s.People, s.Numbers)
	}
}

func TestWhoMaySeeTheirOwnCallsAloneCountsThoseAlone(t *testing.T) {
	counter, c := counted(t)
	v, _ := access.ViewerOf(c, "orlov")
	s, err := counter.Statistics(t.Context(), v, url.Values{})
	if err != nil || s.Scope.Employee != "orlov" || s.Now.In != 0 || len(s.Numbers)+len(s.People) > 0 {
		t.Errorf("%+v, %v", s, err)
	}
	for name, row := range map[string]struct {
		asked url.Values
		want  cause.Kind
	}{
		"another's":  {url.Values{"employee": {"ivanov"}}, cause.Denied},
		"a number's": {url.Values{"number": {"+74951234567"}}, cause.Denied},
		"of two":     {url.Values{"employee": {"orlov"}, "number": {"+74951234567"}}, cause.Invalid},
		"no day":     {url.Values{"from": {"monday"}}, cause.Invalid},
		"backwards":  {url.Values{"from": {"2026-11-24"}, "to": {"2026-11-23"}}, cause.Invalid},
		"unknown":    {url.Values{"colour": {"red"}}, cause.Invalid},
	} {
		if _, err := counter.Statistics(t.Context(), v, row.asked); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOfNothingNoMeanIsMade(t *testing.T) {
	if c := (tally.Count{}); c.MeanTalk() != 0 || c.MeanWait() != 0 || c.Loss() != 0 {
		t.Errorf("%v, %v, %v", c.MeanTalk(), c.MeanWait(), c.Loss())
	}
	if l := (tally.LineCount{Tries: 4, Up: 2, Talked: 30}); l.Answered() != 0.5 || l.MeanTalk() != 15 {
		t.Errorf("%v, %v", l.Answered(), l.MeanTalk())
	}
}
