package banksim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// prefix is the path of the interface.
const prefix = "/api/backend/v1/"

type component struct {
	Type     string `json:"type_"`
	Name     string `json:"name"`
	Software string `json:"software"`
	Version  string `json:"swVersion"`
}

type connection struct {
	Peer  string    `json:"peer"`
	State string    `json:"state"`
	Who   component `json:"component_id"`
}

type bankd struct {
	connection
	Bank  int `json:"bankId"`
	Slots int `json:"numberOfSlots"`
}

type slotmap struct {
	Bank   *Slot   `json:"bank"`
	Client *Client `json:"client"`
	State  string  `json:"state,omitempty"`
}

// ServeHTTP is the interface.
func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.advance()
	hangs, away, half, gibberish := b.faults[Hangs], b.faults[Away], b.faults[Half], b.faults[Gibberish]
	b.mu.Unlock()
	if hangs {
		<-r.Context().Done()
	}
	if hangs || away {
		panic(http.ErrAbortHandler)
	}
	status, answer := b.answer(r)
	if gibberish {
		answer = []byte("<html>it works</html>")
	}
	if len(answer) > 0 {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	w.WriteHeader(status)
	if half {
		answer = answer[:len(answer)/2]
	}
	_, _ = w.Write(answer) // who asked may have gone
	if half {
		panic(http.ErrAbortHandler)
	}
}

func (b *Bank) answer(r *http.Request) (status int, answer []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	what, id, one := strings.Cut(strings.TrimPrefix(r.URL.Path, prefix), "/")
	switch route := r.Method + " " + what; {
	case !strings.HasPrefix(r.URL.Path, prefix):
	case route == "GET restart-counter" && !one:
		return http.StatusOK, nil // it counts nothing
	case route == "GET banks" && !one:
		return list("banks", b.bankds())
	case route == "GET banks":
		return of(b.bankds(), id, func(x bankd) int { return x.Bank })
	case route == "GET clients" && !one:
		return list("clients", b.clients())
	case route == "GET clients":
		return of(b.clients(), id, func(connection) int { return 0 }) // it looks a client up by the number of its bank, which it has none of
	case route == "GET slotmaps" && !one:
		return list("slotmaps", b.list())
	case route == "POST slotmaps" && !one:
		return b.post(r), nil
	case route == "DELETE slotmaps" && one:
		return b.remove(id), nil
	case route == "POST global-reset" && !one:
		for len(b.maps) > 0 {
			b.forget(0)
		}
		return http.StatusOK, nil
	}
	return http.StatusNotFound, nil
}

func list[T any](what string, all []T) (int, []byte) {
	text, err := json.Marshal(map[string][]T{what: append([]T{}, all...)})
	if err != nil { // what it is made of marshals
		return http.StatusInternalServerError, nil
	}
	return http.StatusOK, text
}

// of is one of them by its number: an unknown one is answered with nothing, and 200.
func of[T any](all []T, id string, number func(T) int) (int, []byte) {
	n, _ := strconv.Atoi(id) // as strtoul: what is no number is 0
	if n > 0xffff {
		return http.StatusBadRequest, nil
	}
	i := slices.IndexFunc(all, func(x T) bool { return number(x) == n })
	if i < 0 {
		return http.StatusOK, nil
	}
	text, err := json.Marshal(all[i])
	if err != nil {
		return http.StatusInternalServerError, nil
	}
	return http.StatusOK, text
}

// bankds are the banks, in the order of their numbers.
func (b *Bank) bankds() (all []bankd) {
	slots := map[int]int{}
	for s := range b.o.Cards {
		slots[s.Bank] = max(slots[s.Bank], s.Slot+1)
	}
	for n, many := range slots {
		all = append(all, bankd{connection{fmt.Sprintf("B%d", n), "CONNECTED_BANKD", component{"remsimBankd", "fixme-name", "remsim-bankd", "1.0.0"}}, n, many})
	}
	slices.SortFunc(all, func(x, y bankd) int { return x.Bank - y.Bank })
	return all
}

func (b *Bank) clients() (all []connection) {
	for _, c := range b.ordered() {
		all = append(all, connection{fmt.Sprintf("C%d:%d", c.Client, c.Slot), "CONNECTED_CLIENT", component{"remsimClient", "fixme-name", "remsim-client", "1.0.0"}})
	}
	return all
}

// ordered are the clients in the order of their numbers.
func (b *Bank) ordered() (all []Client) {
	for c := range b.o.Modules {
		all = append(all, c)
	}
	slices.SortFunc(all, func(x, y Client) int { return (x.Client-y.Client)<<10 + x.Slot - y.Slot })
	return all
}

func (b *Bank) list() (all []slotmap) {
	if b.faults[Amnesia] {
		return nil
	}
	for _, m := range b.maps {
		all = append(all, slotmap{&m.slot, &m.client, stateNames[m.state]})
		if !b.faults[Twice] {
			continue
		}
		for _, c := range b.ordered() {
			if c != m.client {
				all = append(all, slotmap{&m.slot, &c, stateNames[isActive]})
				break
			}
		}
	}
	return all
}

// post takes a map. slotmap_add refuses a second one of a slot or of a client; whether there are such it does not ask.
func (b *Bank) post(r *http.Request) int {
	text, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	var x slotmap
	if err != nil || json.Unmarshal(text, &x) != nil || x.Bank == nil || x.Client == nil || b.faults[Refuses] {
		return http.StatusBadRequest
	}
	for _, m := range b.maps {
		if m.slot == *x.Bank || m.client == *x.Client {
			return http.StatusBadRequest
		}
	}
	b.maps = append(b.maps, &mapping{slot: *x.Bank, client: *x.Client, since: b.o.Now()})
	b.posts++
	return http.StatusCreated
}

func (b *Bank) remove(id string) int {
	n, _ := strconv.Atoi(id)
	for i, m := range b.maps {
		if m.slot.Bank<<16|m.slot.Slot == n {
			b.forget(i)
			return http.StatusOK
		}
	}
	return http.StatusNotFound
}

// forget takes a map off the list at once, as _slotmap_mark_deleted does; the bank hears of it later, or never.
func (b *Bank) forget(i int) {
	m := b.maps[i]
	b.maps = slices.Delete(b.maps, i, i+1)
	switch m.state {
	case isTold:
		b.ghost(m)
	case isActive:
		m.state, m.since = isLeaving, b.o.Now()
		b.off = append(b.off, m)
	case isNew, isLeaving, isGhost:
	}
}

// ghost has the bank carry out what the server knows nothing of any more.
func (b *Bank) ghost(m *mapping) {
	b.put(m)
	m.state = isGhost
	b.off = append(b.off, m)
}
