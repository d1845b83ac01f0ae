package outside

import (
	"net/netip"

	"github.com/google/uuid"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/plan"
	"roadline/sipcore"
	"roadline/sipcore/digest"
)

// The server, as the exchanges know it.
const (
	serverTrunk fmc.TrunkID = "server"
	serverLine  fmc.LineID  = "trunk:server"
)

// exchange is one SIP user agent of the world: the carrier's switch, or one phone.
type exchange struct {
	network *Network
	agent   *sipcore.Agent
	legs    *sipcore.Legs // after towards
	rings   func(call.Leg, plan.Request) error
}

// newExchange makes an agent and opens its socket.
func (n *Network) newExchange(product string, rings func(call.Leg, plan.Request) error) (*exchange, error) {
	agent, err := sipcore.New(sipcore.Options{
		Listen: sipcore.Listen{UDP: []netip.AddrPort{netip.AddrPortFrom(n.o.Addr, 0)}}, Log: n.o.Log, Now: n.o.Now, Product: "pretend-" + product,
	})
	if err != nil {
		return nil, err
	}
	return &exchange{network: n, agent: agent, rings: rings}, agent.Bind()
}

// towards makes the exchange's line to the server.
func (x *exchange) towards(server netip.AddrPort, login digest.Login, numbers fmc.Directory) error {
	form := callerid.Form{Country: x.network.o.Country, Sources: []callerid.Source{callerid.SourceAsserted, callerid.SourceFrom}}
	if login.Name != "" {
		form.Carry = callerid.CarryAsserted // From is the account
	}
	trunks, err := sipcore.NewTrunks([]sipcore.Trunk{{
		ID: serverTrunk, Form: form, Login: login, Targets: []string{server.String()}, Health: sipcore.Health{Every: -1},
		Sources: []sipcore.Source{{Prefix: netip.PrefixFrom(server.Addr(), server.Addr().BitLen()), Port: server.Port()}},
		Profile: sipcore.Profile{EarlyMedia: true},
	}}, x.agent)
	if err != nil {
		return err
	}
	x.legs, err = sipcore.NewLegs(x.agent, sipcore.LegOptions{
		Calls: x, Ports: x.network.ports, Companies: numbers, Trunks: trunks,
		Owner:   func(fmc.AccountID) (fmc.CompanyID, bool) { return "", false },
		NewCall: func() fmc.CallID { return fmc.CallID(uuid.NewString()) },
	})
	return err
}

// Offer implements sipcore.Calls.
func (x *exchange) Offer(l call.Leg, r plan.Request) error { return x.rings(l, r) }

// Post implements sipcore.Calls.
func (x *exchange) Post(id fmc.LegID, ev call.Event) { x.network.post(id, ev) }

// subscribers are the directory of the carrier.
type subscribers struct{ *Network }

// Company implements fmc.Directory: there is none.
func (subscribers) Company(fmc.CompanyID) (*fmc.Company, bool) { return nil, false }

// Called implements fmc.Directory: whoever has a number owns it, and may show it.
func (s subscribers) Called(_ fmc.TrunkID, e164 string) (*fmc.Company, bool) {
	if _, ok := s.subscriber(e164); !ok {
		return nil, false
	}
	return owner(e164), true
}

// owner is a company of one number.
func owner(e164 string) *fmc.Company {
	return &fmc.Company{
		Profile: fmc.Profile{ID: "subscriber"},
		Numbers: []fmc.Number{{Number: callerid.Number{E164: e164}, Proof: callerid.Proof{Number: e164, Kind: callerid.Declared}}},
	}
}

var _ sipcore.Calls = (*exchange)(nil)
