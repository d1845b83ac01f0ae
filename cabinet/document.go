package cabinet

import (
	"net/http"
	"strconv"

	"roadline/cabinet/document"
	"roadline/fmc/cause"
)

// apply makes a document the company's newest version, all of it or nothing.
func (a *API) apply(r *http.Request) (any, error) {
	id, err := companyIn(r)
	if err != nil {
		return nil, err
	}
	var c document.Apply
	if err := read(r, &c); err != nil {
		return nil, err
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	return a.Documents.Apply(r.Context(), id, c)
}

// document returns the text of the newest version, or of the one asked for.
func (a *API) document(r *http.Request) (any, error) {
	id, err := companyIn(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "generation")
	if err != nil {
		return nil, err
	}
	var generation int64
	if text := q.Get("generation"); text != "" {
		if generation, err = strconv.ParseInt(text, 10, 64); err != nil || generation < 1 {
			return nil, cause.Errorf(cause.Invalid, "generation %q: write a whole number from 1", text)
		}
	}
	v, err := a.o.Store.For(id).Version(r.Context(), generation)
	if err != nil {
		return nil, err
	}
	return document.Show(v), nil
}

func (a *API) versions(r *http.Request) (any, error) {
	id, err := companyIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	all, err := a.o.Store.For(id).Versions(r.Context())
	if err != nil {
		return nil, err
	}
	shown := make([]document.VersionShown, 0, len(all))
	for _, v := range all {
		shown = append(shown, document.Show(v))
	}
	return shown, nil
}

// explain says what would happen, on the version that serves.
func (a *API) explain(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	var q document.Question
	if err := read(r, &q); err != nil {
		return nil, err
	}
	return a.Documents.Suppose(c, q)
}

// again answers with every plan of a call decided anew.
func (a *API) again(r *http.Request) (any, error) {
	id, call, err := a.callIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := a.recordIn(r, id, call); err != nil {
		return nil, err
	}
	return a.Documents.DecideAgain(r.Context(), id, call)
}
