package configs_test

import (
	"slices"
	"testing"
	"time"

	"roadline/configs"
	"roadline/fmc"
)

func TestResultsAreNamedByTheCompany(t *testing.T) {
	const head = "company: acme\ncountry: RU\nlanguage: ru\n"
	ids := func(c *fmc.Company) (all []string) {
		for _, r := range c.CallResults() {
			all = append(all, r.ID)
		}
		return all
	}
	usual, err := configs.ReadCompany("acme.yaml", []byte(head))
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(usual); !slices.Equal(got, []string{"agreed", "thinking", "solved", "refused"}) {
		t.Errorf("%q", got)
	}
	own, err := configs.ReadCompany("acme.yaml", []byte(head+`results:
  - {id: visit, name: {en: Visit agreed, ru: Записались}}
  - {id: later, name: Later, call_back: 24h}
  - {id: refused, closes: true}
  - {id: only, name: {en: Only}}
`))
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(own); !slices.Equal(got, []string{"visit", "later", "refused", "only"}) {
		t.Errorf("%q", got)
	}
	if r, ok := own.CallResult("later"); !ok || r.CallBack != 24*time.Hour || r.Closes {
		t.Errorf("%+v", r)
	}
	if r, ok := own.CallResult("refused"); !ok || !r.Closes {
		t.Errorf("%+v", r)
	}
	if r, ok := own.CallResult("agreed"); ok {
		t.Errorf("it is offered: %+v", r)
	}
	for _, x := range []struct{ id, language, want string }{
		{"visit", "ru", "Записались"},
		{"visit", "en", "Visit agreed"},
		{"visit", "th", "Записались"},
		{"later", "ru", "Later"},
		{"refused", "ru", "Не интересно"},
		{"refused", "sw", "Not interested"},
		{"only", "ru", "Only"},
		{"agreed", "ru", "Договорились"},
		{"gone", "ru", "gone"},
	} {
		if got := own.ResultName(x.id, x.language); got != x.want {
			t.Errorf("%s in %s: %q, want %q", x.id, x.language, got, x.want)
		}
	}
}
