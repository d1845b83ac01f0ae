package cabinet

import (
	"context"
	"net/http"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
)

// LiveShown is a call that goes on.
type LiveShown struct {
	ID        fmc.CallID    `json:"id"`
	Began     time.Time     `json:"began"`
	Direction string        `json:"direction"`
	From      string        `json:"from"`
	To        string        `json:"to"`
	Name      string        `json:"client_name,omitempty"` // who the client is, where somebody wrote it
	Doing     string        `json:"doing"`                 // what the contact's plan is at
	Tape      fmc.TapeState `json:"tape"`
	Parties   []PartyShown  `json:"parties"`
}

// PartyShown is one party of a live call.
type PartyShown struct {
	Leg      fmc.LegID      `json:"leg"`
	Role     fmc.Role       `json:"role"`
	Employee fmc.EmployeeID `json:"employee,omitempty"`
	Device   fmc.DeviceID   `json:"device,omitempty"`
	Link     fmc.Link       `json:"link"`
	Assent   fmc.Assent     `json:"assent,omitempty"`
	Held     bool           `json:"held,omitempty"`
}

// live returns the company's calls that go on, the oldest first, from the node's memory: those of nobody alone, or with
// parameter private those of that person alone.
func (a *API) live(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "private")
	if err != nil {
		return nil, err
	}
	private := fmc.EmployeeID(q.Get("private"))
	return a.liveOf(r.Context(), c.Profile.ID, func(x call.Call) bool {
		return x.Request.Private == (private != "") && (private == "" || private == x.Request.Employee)
	}), nil
}

// liveOf are the calls of a company that go on and are to be kept, the oldest first.
func (a *API) liveOf(ctx context.Context, company fmc.CompanyID, keep func(call.Call) bool) []LiveShown {
	shown := []LiveShown{}
	var clients []string
	for _, x := range a.o.Calls.Calls() {
		if x.Company == company && keep(x) {
			shown, clients = append(shown, showLive(x)), append(clients, liveClient(x).E164)
		}
	}
	called := a.calledNow(ctx, company, clients)
	for i, n := range clients {
		shown[i].Name = called[n]
	}
	return shown
}

// liveClient is the client of a call that goes on; zero: it is internal or private.
func liveClient(c call.Call) callerid.Number {
	switch {
	case c.Request.Private:
		return callerid.Number{}
	case c.Request.Direction == fmc.Inbound:
		return c.Request.From
	case c.Request.Direction == fmc.Outbound:
		return c.Request.To
	default:
		return callerid.Number{}
	}
}

func showLive(c call.Call) LiveShown {
	shown := LiveShown{
		ID: c.ID, Began: c.Began.UTC(), Direction: c.Request.Direction.String(), From: c.Request.From.String(), To: c.Request.To.String(),
		Tape: c.Tape.State, Parties: []PartyShown{},
	}
	if shown.To == "" {
		shown.To = c.Request.Dialled
	}
	switch {
	case c.End != nil:
		shown.Doing = "end"
	case len(c.Threads) > 0:
		n := c.Threads[0].Node()
		shown.Doing = n.Do.String()
		if whom := string(n.Group) + string(n.Person); whom != "" {
			shown.Doing += " " + whom
		}
	}
	for _, p := range c.Parties {
		shown.Parties = append(shown.Parties, PartyShown{
			Leg: p.Leg, Role: p.Role, Employee: p.Who.Employee, Device: p.Who.Device, Link: p.Link, Assent: p.Assent, Held: p.Held || p.OnHold,
		})
	}
	return shown
}
