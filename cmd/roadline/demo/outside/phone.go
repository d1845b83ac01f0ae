package outside

import (
	"net/netip"
	"sync/atomic"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/plan"
	"roadline/sipcore"
	"roadline/sipcore/digest"
)

// ownNumber is the number that every phone shows; the server asks who calls by password, not by number.
const ownNumber = "+70000000000"

// retry is how long a phone waits that was not let in: its account may be a moment old.
const retry = 200 * time.Millisecond

// Phone is a SIP phone that registers at the server.
type Phone struct {
	network      *Network
	exchange     *exchange
	account      string
	owner        Subscriber // one call at a time
	registration *sipcore.Registration
	registered   atomic.Bool
	up           chan struct{} // closed at the first registration
}

// Phone adds a phone; before Run. PowerOn switches it on.
func (n *Network) Phone(server netip.AddrPort, account, password string, answers Habit) (*Phone, error) {
	p := &Phone{network: n, account: account, owner: Subscriber{Answers: answers, Lines: 1}, up: make(chan struct{})}
	var err error
	if p.exchange, err = n.newExchange("phone", p.called); err != nil {
		return nil, err
	}
	login := digest.Login{Name: account, Password: password}
	if err := p.exchange.towards(server, login, anybody{}); err != nil {
		return nil, err
	}
	p.registration, err = p.exchange.agent.NewRegistration(sipcore.RegistrationOptions{
		Registrar: server.String(), Login: login, Retry: retry, Told: p.told,
	})
	if err != nil {
		return nil, err
	}
	n.phones = append(n.phones, p)
	return p, nil
}

// told notes how a registration came out.
func (p *Phone) told(err error) {
	if err != nil {
		p.network.o.Log.Warn("phone not registered", "account", p.account, "err", err)
		return
	}
	if !p.registered.Swap(true) {
		close(p.up)
	}
}

// Up is closed once the phone is registered.
func (p *Phone) Up() <-chan struct{} { return p.up }

// called rings the phone.
func (p *Phone) called(leg call.Leg, r plan.Request) error {
	if err := p.network.engage(&p.owner); err != nil {
		return err
	}
	l := p.network.newLine(Seen{Number: p.account, Other: r.From.String(), Called: true})
	l.free = func() { p.network.disengage(&p.owner) }
	p.network.called(l, leg, p.owner.Answers)
	return nil
}

// Call dials what somebody keyed: an extension, or a number as people dial it. Errors: cause.NoRoom while the phone is
// in a call.
func (p *Phone) Call(dialled string, does Habit) (*Line, error) {
	if err := p.network.engage(&p.owner); err != nil {
		return nil, err
	}
	l := p.network.newLine(Seen{Number: p.account, Other: dialled})
	l.free = func() { p.network.disengage(&p.owner) }
	own := callerid.Number{E164: ownNumber}.Canonical()
	to := callerid.Received(dialled, p.network.o.Country)
	p.network.begin(l, p.exchange, to, callerid.Shown{From: own, Asserted: own}, does)
	return l, nil
}

// anybody is the directory of a phone.
type anybody struct{}

// Company implements fmc.Directory: there is none.
func (anybody) Company(fmc.CompanyID) (*fmc.Company, bool) { return nil, false }

// Called implements fmc.Directory: whatever number the server calls a phone by is the phone's.
func (anybody) Called(fmc.TrunkID, string) (*fmc.Company, bool) { return owner(ownNumber), true }
