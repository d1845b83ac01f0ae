// Package remsim asks an osmo-remsim-server, by its REST interface, which card of a bank serves which client, and has it map
// and unmap them: it is the client of that interface and nothing else. It decides no map, speaks no RSPRO, and moves no
// APDU. Start at NewServer.
//
// What the interface does not say itself is from osmo-remsim 1.0.0, src/server/rest_api.c and what was seen of it. It knows
// no login: the address must be one that nobody else reaches.
package remsim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"roadline/fmc/cause"
)

// Slot is a place for a card: a bank, as the server numbers them, and a slot of it.
type Slot struct {
	Bank int `json:"bankId"`
	Slot int `json:"slotNr"`
}

func (s Slot) String() string { return fmt.Sprintf("%d/%d", s.Bank, s.Slot) }

// Client is what sits where a modem's card would: its number, and a slot of it.
type Client struct {
	Client int `json:"clientId"`
	Slot   int `json:"slotNr"`
}

func (c Client) String() string { return fmt.Sprintf("%d/%d", c.Client, c.Slot) }

// Map says that the card in a slot serves a client.
type Map struct {
	Slot   Slot   `json:"bank"`
	Client Client `json:"client"`
	State  State  `json:"state"`
}

// State is how far a map has come.
type State string

// The states of a map. One that was deleted leaves the list at once: the last two were never seen there.
const (
	New            State = "NEW"            // the bank is not there, or was not told yet
	Unacknowledged State = "UNACKNOWLEDGED" // the bank was told
	Active         State = "ACTIVE"
	DeleteWanted   State = "DELETE_REQ"
	Deleting       State = "DELETING"
)

// Picture is what the server says at one moment.
type Picture struct {
	Banks   map[int]int // that are connected: how many slots each has
	Clients map[Client]bool
	Maps    []Map // in the server's order; whether it contradicts itself was not looked at
}

// most is the highest number that the protocol has for clients and slots: RSPRO.asn.
const most = 1023

// Server is a server's interface. Any goroutine may call it; a call ends after a few seconds at the latest. Its errors are
// unavailable where the server was not reached or answered what it should not, conflict where it refused.
type Server struct {
	at   *url.URL
	http *http.Client
}

// patience bounds one question. The server answers out of its memory.
const patience = 5 * time.Second

// mostAnswer bounds what is read of an answer: a thousand maps fit several times.
const mostAnswer = 1 << 20

// NewServer returns the server at an address such as "http://192.0.2.7:9997". by carries the questions; nil: as usual.
func NewServer(address string, by http.RoundTripper) (*Server, error) {
	at, err := url.Parse(address)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || strings.Trim(at.Path, "/") != "" || at.RawQuery != "" || at.User != nil {
		return nil, cause.Errorf(cause.Invalid, "the address of a bank's server %q: write it as \"http://192.0.2.7:9997\"", address)
	}
	at.Path = ""
	return &Server{at: at, http: &http.Client{
		Transport: by, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Look asks for banks, clients and maps.
func (s *Server) Look(ctx context.Context) (Picture, error) {
	var (
		banks struct {
			Banks []struct {
				State string `json:"state"`
				Bank  int    `json:"bankId"`
				Slots int    `json:"numberOfSlots"`
			} `json:"banks"`
		}
		clients struct {
			Clients []struct {
				Peer  string `json:"peer"`
				State string `json:"state"`
			} `json:"clients"`
		}
		maps struct {
			Maps *[]Map `json:"slotmaps"`
		}
	)
	for _, x := range []struct {
		what string
		into any
	}{{"banks", &banks}, {"clients", &clients}, {"slotmaps", &maps}} {
		if err := s.get(ctx, x.what, x.into); err != nil {
			return Picture{}, err
		}
	}
	if maps.Maps == nil { // no map is an empty list: what has none is no answer
		return Picture{}, cause.Errorf(cause.Unavailable, "the bank's server does not say which cards it maps")
	}
	p := Picture{Banks: map[int]int{}, Clients: map[Client]bool{}, Maps: *maps.Maps}
	for _, b := range banks.Banks {
		if b.State == "CONNECTED_BANKD" {
			p.Banks[b.Bank] = b.Slots
		}
	}
	for _, c := range clients.Clients {
		if id, ok := clientNamed(c.Peer); ok && c.State == "CONNECTED_CLIENT" {
			p.Clients[id] = true
		}
	}
	for _, m := range p.Maps {
		if m.State == "" || !within(m.Slot.Bank) || !within(m.Slot.Slot) || !within(m.Client.Client) || !within(m.Client.Slot) {
			return Picture{}, cause.Errorf(cause.Unavailable, "the bank's server names a map that cannot be: %s to %s, %q", m.Slot, m.Client, m.State)
		}
	}
	return p, nil
}

func within(n int) bool { return n >= 0 && n <= most }

// clientNamed reads the name of a connection, "C10:0": the list of clients has their numbers nowhere else, and the question
// for one of them looks them up by a bank's number.
func clientNamed(peer string) (c Client, ok bool) {
	client, slot, found := strings.Cut(strings.TrimPrefix(peer, "C"), ":")
	var errs [2]error
	c.Client, errs[0] = strconv.Atoi(client)
	c.Slot, errs[1] = strconv.Atoi(slot)
	return c, found && strings.HasPrefix(peer, "C") && errors.Join(errs[:]...) == nil && within(c.Client) && within(c.Slot)
}

// Map has the card in a slot serve a client. The server refuses a second map of either with the same answer as nonsense: look
// first.
func (s *Server) Map(ctx context.Context, slot Slot, c Client) error {
	body, err := json.Marshal(map[string]any{"bank": slot, "client": c})
	if err != nil {
		return fmt.Errorf("map %s to %s: %w", slot, c, err)
	}
	status, err := s.ask(ctx, http.MethodPost, "slotmaps", body, nil)
	if err == nil && status != http.StatusCreated {
		err = refused(status)
	}
	if err != nil {
		return fmt.Errorf("map the card in %s to client %s: %w", slot, c, err)
	}
	return nil
}

// Unmap takes back the map of a slot. One that is not there is no error: that is what was wanted. A map that is
// Unacknowledged must not be taken back: the server would forget it, and never tell the bank.
func (s *Server) Unmap(ctx context.Context, slot Slot) error {
	status, err := s.ask(ctx, http.MethodDelete, "slotmaps/"+strconv.Itoa(slot.Bank<<16|slot.Slot), nil, nil)
	if err == nil && status != http.StatusOK && status != http.StatusNotFound {
		err = refused(status)
	}
	if err != nil {
		return fmt.Errorf("take back the map of the card in %s: %w", slot, err)
	}
	return nil
}

func refused(status int) error {
	return cause.Errorf(cause.Conflict, "the bank's server refused with status %d", status)
}

func (s *Server) get(ctx context.Context, what string, into any) error {
	status, err := s.ask(ctx, http.MethodGet, what, nil, into)
	if err == nil && status != http.StatusOK {
		err = cause.Errorf(cause.Unavailable, "the bank's server answers with status %d: is osmo-remsim-server's REST interface at this address?", status)
	}
	if err != nil {
		return fmt.Errorf("ask for %s: %w", what, err)
	}
	return nil
}

// ask asks one question, and reads a good answer's JSON where somebody wants it.
func (s *Server) ask(ctx context.Context, method, what string, body []byte, into any) (int, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.at.JoinPath("api/backend/v1", what).String(), bytes.NewReader(body))
	if err != nil {
		return 0, cause.Errorf(cause.Invalid, "a question to the bank's server: %w", err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := s.http.Do(r)
	if err != nil {
		return 0, cause.Errorf(cause.Unavailable, "the bank's server does not answer: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read, or is of no use
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer+1))
	switch {
	case err != nil:
		return 0, cause.Errorf(cause.Unavailable, "the bank's server broke off in its answer: %w", err)
	case len(text) > mostAnswer:
		return 0, cause.Errorf(cause.Unavailable, "the bank's server answers more than %d bytes", mostAnswer)
	case into == nil || answer.StatusCode != http.StatusOK:
		return answer.StatusCode, nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return 0, cause.Errorf(cause.Unavailable, "the bank's server answers what is no answer: %w", err)
	}
	return answer.StatusCode, nil
}
