package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/fmc/cause"
)

// server is the running server, asked by its socket.
type server struct {
	path   string
	client *http.Client
	key    string // not empty: what is asked is done once, however often it is asked for with it
}

// server returns the server that the flags and the machine file mean. It connects to nothing yet.
func (p *program) server(c *cobra.Command) (*server, error) {
	path := p.socket
	if path == "" {
		m, err := p.machine(c)
		if err != nil {
			return nil, err
		}
		path = m.Socket
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &server{path: path, client: &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}, nil
}

// refused is a server that said no.
type refused struct{ cabinet.Problem }

func (r *refused) Error() string {
	if r.Detail == "" {
		return r.Title
	}
	return r.Detail
}

func (r *refused) Unwrap() error { return r.Err() }

// ask asks for a path of the API, its parts escaped by place, and reads the answer into a value. A nil body asks without
// one. Errors: cause.Unavailable where no server answers, a refused with its kind where one says no.
func (s *server) ask(ctx context.Context, method, path string, body, into any) error {
	answer, err := s.open(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Close() }()
	if err := json.NewDecoder(answer).Decode(into); err != nil {
		return cause.Errorf(cause.Unavailable, "the server at %s answers in a way that this program does not read: %w: are both of one version?", s.path, err)
	}
	return nil
}

// open is ask for an answer that is no JSON; close it. A body that is an io.Reader is sent as it is.
func (s *server) open(ctx context.Context, method, path string, body any) (io.ReadCloser, error) {
	send, plain := body.(io.Reader)
	if body != nil && !plain {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		send = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://roadline"+path, send)
	if err != nil {
		return nil, err
	}
	if s.key != "" {
		r.Header.Set("Idempotency-Key", s.key)
	}
	answer, err := s.client.Do(r)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // without the address, which nobody wrote
		}
		if errors.Is(err, fs.ErrPermission) {
			return nil, cause.Errorf(cause.Denied, "the server's socket %s is closed to this account: run this as root, or as the account that the server runs as", s.path)
		}
		return nil, cause.Errorf(cause.Unavailable, "no server answers at %s: %w: start it with \"roadline serve\", or name its socket with --socket", s.path, err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer.Body, nil
	}
	defer func() { _ = answer.Body.Close() }()
	no := &refused{}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 16<<20)).Decode(&no.Problem); err != nil {
		return nil, cause.Errorf(cause.Unavailable, "the server at %s answers %s", s.path, answer.Status)
	}
	return nil, no
}

// at writes a path of the API, its parts escaped.
func at(format string, ids ...string) string {
	escaped := make([]any, len(ids))
	for i, id := range ids {
		escaped[i] = url.PathEscape(id)
	}
	return fmt.Sprintf("/v1/"+format, escaped...)
}

// serverOf is the server, and the company that a command is about.
func (p *program) serverOf(c *cobra.Command, company string) (*server, string, error) {
	s, err := p.server(c)
	if err != nil {
		return nil, "", err
	}
	id, err := s.company(c, company)
	return s, id, err
}

// company returns the company that a command is about: the one that was named, else the only one that there is.
func (s *server) company(c *cobra.Command, name string) (string, error) {
	if name != "" {
		return name, nil
	}
	var all []cabinet.CompanyShown
	if err := s.ask(c.Context(), http.MethodGet, at("companies"), nil, &all); err != nil {
		return "", err
	}
	switch len(all) {
	case 0:
		return "", cause.Errorf(cause.NotFound, "the server has no company yet: make one with \"roadline apply FILE\"")
	case 1:
		return string(all[0].ID), nil
	}
	var ids []string
	for _, x := range all {
		ids = append(ids, string(x.ID))
	}
	return "", use(c, "which company? there are %s: name one with --company", strings.Join(ids, ", "))
}
