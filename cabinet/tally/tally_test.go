package tally_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/document/documenttest"
	"roadline/cabinet/tally"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
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
	d := documenttest.Open(t, now)
	d.Apply(acmeFile)
	c, _ := d.Directory.Company("acme")
	for _, answers := range [][]string{{"ivanov"}, nil} {
		d.Happened(c, call.Supposed{From: "+79120000001", Answers: answers})
	}
	return tally.Counter{Store: d.Store, Directory: d.Directory, Now: func() time.Time { return now }}, c
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
