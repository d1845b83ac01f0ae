package fmc

import (
	"cmp"
	"slices"
	"time"
)

// Result is what may have come of a call, as whoever talked says.
type Result struct {
	ID   string            // it stands with the call, whatever the result is called later
	Name map[string]string // by language; under "" in every other
	// CallBack is after how long the client is to be called back, where nobody says when; 0: it promises nothing.
	CallBack time.Duration
	Closes   bool // nobody need call the client back any more
}

// usualResults are those of a company that names none of its own.
var usualResults = []Result{
	{ID: "agreed", Name: map[string]string{"": "Agreed", "ru": "Договорились"}},
	{ID: "thinking", Name: map[string]string{"": "Thinks it over", "ru": "Думает"}},
	{ID: "solved", Name: map[string]string{"": "Question answered", "ru": "Вопрос решён"}},
	{ID: "refused", Name: map[string]string{"": "Not interested", "ru": "Не интересно"}},
}

// UsualResult is a result that needs no name in a company's file; false: it is none.
func UsualResult(id string) (Result, bool) { return resultIn(usualResults, id) }

// CallResults are what may come of the company's calls, in the order in which people are offered them.
func (c *Company) CallResults() []Result {
	if len(c.Results) == 0 {
		return usualResults
	}
	return c.Results
}

// CallResult is a result that people are offered; false: it is none, or none any more.
func (c *Company) CallResult(id string) (Result, bool) { return resultIn(c.CallResults(), id) }

func resultIn(all []Result, id string) (Result, bool) {
	if i := slices.IndexFunc(all, func(r Result) bool { return r.ID == id }); i >= 0 {
		return all[i], true
	}
	return Result{}, false
}

// ResultName is what a result is called in a language. One that the company removed goes by its usual name, or by its id.
func (c *Company) ResultName(id, language string) string {
	r, ok := c.CallResult(id)
	if !ok {
		r, _ = UsualResult(id)
	}
	return cmp.Or(r.Name[language], r.Name[""], r.Name[c.Profile.Language], r.Name["en"], id)
}
