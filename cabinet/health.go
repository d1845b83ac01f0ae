package cabinet

import "net/http"

// Health is how the node is, part by part.
type Health struct {
	Ready bool         `json:"ready"` // it takes new calls
	Parts []HealthPart `json:"parts"`
}

// HealthPart is one part of it.
type HealthPart struct {
	Name   string `json:"name"`
	Needed bool   `json:"needed"`        // for calls
	Why    string `json:"why,omitempty"` // what is wrong; absent: nothing
}

func (a *API) health(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.o.Node.Health(r.Context()), nil
}
