package cabinet

import (
	"net/http"
	"time"
)

// Patterns are the routes, for the test that walks them all.
func Patterns() []string {
	var all []string
	for _, r := range routes {
		all = append(all, r.pattern)
	}
	return all
}

// Answer adds a route that only a test has.
func (a *API) Answer(pattern string, do func() (any, error)) {
	a.answer(pattern, func(*API, *http.Request) (any, error) { return do() })
}

// Patience sets how long a reader of a stream may take for one batch.
func (n *News) Patience(d time.Duration) { n.patience = d }
