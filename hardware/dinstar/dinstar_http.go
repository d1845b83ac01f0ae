package dinstar

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
)

// answer is what every answer of the box has; the rest depends on what was asked.
type answer struct {
	ErrorCode int    `json:"error_code"`
	Serial    string `json:"sn"`
}

// The codes of answers: the vendor's paper, §2.
const (
	codeOK       = 200
	codeAccepted = 202
	codeInvalid  = 400
	codeTooMany  = 413
	codeNoPort   = 550
)

// records are the records of a list that can be read: one that cannot, of one port, spoils none of the others.
type records[T any] struct {
	all []T
	odd int // that cannot be read
}

// UnmarshalJSON reads a list.
func (r *records[T]) UnmarshalJSON(text []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*r = records[T]{}
	for _, one := range list {
		var x *T
		if err := json.Unmarshal(one, &x); err != nil || x == nil {
			r.odd++
			continue
		}
		r.all = append(r.all, *x)
	}
	return nil
}

// odd says that the box told what cannot be read.
func (d *driver) odd(count int) {
	if count > 0 {
		d.log.Warn("gateway told what is not understood, and it is passed over", "count", count)
	}
}

// mostAnswer bounds an answer, and what is pushed.
const mostAnswer = 4 << 20

// get asks by GET. A comma is written %2C, as url.Values does: with a raw one real firmware refuses the digest.
func (d *driver) get(ctx context.Context, path string, query url.Values, into any) error {
	return d.do(ctx, http.MethodGet, path+"?"+query.Encode(), nil, into)
}

// post asks by POST.
func (d *driver) post(ctx context.Context, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return cause.Errorf(cause.Invalid, "%s: %w", path, err)
	}
	return d.do(ctx, http.MethodPost, path, text, into)
}

// errUnsent is the error of an order that the box cannot have heard, or refused.
type errUnsent struct{ error }

func (e errUnsent) Unwrap() error { return e.error }

// unsent reports that the box cannot have heard the order.
func unsent(err error) bool {
	_, ok := errors.AsType[errUnsent](err)
	return ok
}

// do asks once.
func (d *driver) do(ctx context.Context, method, path string, body []byte, into any) error {
	if err := d.open(); err != nil {
		return errUnsent{err}
	}
	ctx, reached := gateway.Reached(ctx)
	req, err := http.NewRequestWithContext(ctx, method, d.base+path, bytes.NewReader(body))
	if err != nil {
		return errUnsent{cause.Errorf(cause.Invalid, "%s: %w", path, err)}
	}
	req.Header.Set("Content-Type", "application/json")
	what, _, _ := strings.Cut(path, "?")
	res, err := d.client.Do(req)
	if err != nil {
		if cause.KindOf(err) != cause.Denied { // it has another certificate
			err = cause.Errorf(cause.Unavailable, "%s: %w", what, err)
		}
		if !reached() {
			return errUnsent{err}
		}
		return err
	}
	defer func() { _ = res.Body.Close() }() // it was read
	text, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	switch {
	case res.StatusCode == http.StatusUnauthorized:
		return errUnsent{d.refused()}
	case err != nil:
		return cause.Errorf(cause.Unavailable, "%s: %w", what, err)
	case res.StatusCode != http.StatusOK:
		return cause.Errorf(cause.Unavailable, "%s: the gateway answers %s", what, res.Status)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return cause.Errorf(cause.Unavailable, "%s: the gateway's answer is not understood: %w", what, err)
	}
	return nil
}

// refused notes that the box refuses the password.
func (d *driver) refused() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shut = d.o.Now().Add(authPause)
	return cause.Errorf(cause.Denied, "the gateway refuses user %s with this password: it is asked again in %s", d.o.User, authPause)
}

// open says why the box is not asked now.
func (d *driver) open() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.o.Now().Before(d.shut) {
		return cause.Errorf(cause.Denied, "the gateway refused user %s with this password", d.o.User)
	}
	return nil
}

// judge is what the code of an answer means for an order.
func (a answer) judge() error {
	switch a.ErrorCode {
	case codeOK, codeAccepted:
		return nil
	case codeInvalid:
		return cause.Errorf(cause.Invalid, "the gateway does not understand the order")
	case codeTooMany:
		return cause.Errorf(cause.NoRoom, "the gateway has too much to do")
	case codeNoPort:
		return cause.Errorf(cause.Unavailable, "the port cannot be used now")
	}
	return cause.Errorf(cause.Unavailable, "the gateway answers with code %d", a.ErrorCode)
}

// refused reports that the box certainly did not take an order: by the code of its answer that says why.
func (a answer) refused() bool {
	return a.ErrorCode == codeInvalid || a.ErrorCode == codeTooMany || a.ErrorCode == codeNoPort
}

// ports is the query for all our ports.
func (d *driver) ports() string {
	all := make([]string, len(d.lines))
	for i, l := range d.lines {
		all[i] = strconv.Itoa(l.number)
	}
	return strings.Join(all, ",")
}
