package smpp

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

// Bind is what a link is for.
type Bind string

// The three ways to bind.
const (
	Transceiver Bind = "transceiver"
	Transmitter Bind = "transmitter"
	Receiver    Bind = "receiver"
)

// Long says how a message in parts is sent.
type Long string

// The ways.
const (
	UDH     Long = "udh"     // a header in the text
	SAR     Long = "sar"     // sar_* parameters
	Payload Long = "payload" // whole, as message_payload
)

// Centre is our account at a message centre.
type Centre struct {
	ID         fmc.CentreID
	Address    string      // host and port
	TLS        *tls.Config // nil: without
	SystemID   string
	SystemType string
	Password   func() (string, error)
	Binds      []Bind // one link each
	Alphabet   Alphabet
	Long       Long
	IDs        IDs
	Terms      Terms
	Grants     []fmc.CentreGrant
}

// CentreOptions are what Centres stand on. All is required but where the field says otherwise.
type CentreOptions struct {
	Centres    []Centre
	Journal    fmc.Journal
	Companies  fmc.Directory
	NewMessage func() fmc.MessageID
	// Came is told of every message that came, once it is on disk; of one in parts, of each. nil: nobody asks.
	Came func(fmc.CompanyID, fmc.MessageCame)
	// Doubts waits until it is known what a centre gave an earlier process of ours, of which it may not know that we have it.
	// It is given up with ctx. nil: nothing.
	Doubts func(context.Context, fmc.CentreID) []string
	// Stands is told every standsEvery that a link stands by which a centre gives us messages, and once that it has ended with
	// nothing in doubt. nil: nobody asks.
	Stands func(centre fmc.CentreID, stands bool)
	Dial   func(ctx context.Context, c *Centre) (net.Conn, error) // nil: TCP, or TLS
	Now    func() time.Time
	Log    *slog.Logger
}

// Centres are the message centres that the node is a client of.
type Centres struct {
	o   CentreOptions
	log *slog.Logger
	all []*centre
}

// centre is one of them.
type centre struct {
	Centre
	o      *CentreOptions
	log    *slog.Logger
	queue  *queue
	doubts *doubts
	recall sync.Once // what an earlier process took

	mu    sync.Mutex // guards:
	links map[Bind]LinkState
}

// LinkState is how a link to a centre stands.
type LinkState struct {
	Up    bool
	Why   string // it is not
	Since time.Time
}

// CentreState is how a centre stands.
type CentreState struct {
	ID      fmc.CentreID
	Links   map[Bind]LinkState
	Waiting int // messages that are not settled
}

// NewCentres makes them; Run links.
func NewCentres(o CentreOptions) *Centres {
	c := &Centres{o: o, log: o.Log}
	if c.o.Dial == nil {
		c.o.Dial = dial
	}
	for _, account := range o.Centres {
		c.all = append(c.all, &centre{
			Centre: account, o: &c.o, log: o.Log.With("gateway", string(account.ID)), queue: newQueue(), doubts: newDoubts(), links: map[Bind]LinkState{},
		})
	}
	return c
}

// dial connects to a centre.
func dial(ctx context.Context, c *Centre) (net.Conn, error) {
	d := net.Dialer{Timeout: c.Terms.withDefaults().Answer}
	if c.TLS == nil {
		return d.DialContext(ctx, "tcp", c.Address)
	}
	return (&tls.Dialer{NetDialer: &d, Config: c.TLS}).DialContext(ctx, "tcp", c.Address)
}

// Run keeps the links up until ctx is done, and then unbinds.
func (c *Centres) Run(ctx context.Context) error {
	var links sync.WaitGroup
	for _, x := range c.all {
		for _, bind := range x.Binds {
			links.Go(func() { x.keepUp(ctx, bind) })
		}
		links.Go(func() { x.expire(ctx) })
	}
	links.Wait()
	<-ctx.Done()
	return nil
}

// Grants are what a company may use the centres for.
func (c *Centres) Grants(company fmc.CompanyID) []fmc.CentreGrant {
	var all []fmc.CentreGrant
	for _, x := range c.all {
		for _, g := range x.Grants {
			if g.Company == company {
				all = append(all, g)
			}
		}
	}
	return all
}

// States are how the centres stand that a company may use; of the empty company all.
func (c *Centres) States(company fmc.CompanyID) []CentreState {
	var all []CentreState
	for _, x := range c.all {
		if company != "" && !x.grants(company) {
			continue
		}
		x.mu.Lock()
		s := CentreState{ID: x.ID, Links: map[Bind]LinkState{}, Waiting: x.queue.waiting()}
		for b, l := range x.links {
			s.Links[b] = l
		}
		x.mu.Unlock()
		all = append(all, s)
	}
	return all
}

func (x *centre) grants(company fmc.CompanyID) bool {
	for _, g := range x.Grants {
		if g.Company == company {
			return true
		}
	}
	return false
}

// owner is the company that a number or a name is granted to, or the one company that there is a grant for.
func (x *centre) owner(to string) (fmc.CompanyID, bool) {
	for _, g := range x.Grants {
		if g.MaySend(to) {
			return g.Company, true
		}
		if n := callerid.Received(to, x.country(g.Company)); n.E164 != "" && g.MaySend(n.E164) {
			return g.Company, true
		}
	}
	if len(x.Grants) == 1 {
		return x.Grants[0].Company, true
	}
	return "", false
}

// country is that of a company whose numbers are read by it.
func (x *centre) country(company fmc.CompanyID) string {
	if c, ok := x.o.Companies.Company(company); ok {
		return c.Profile.Country
	}
	return ""
}

// of returns a centre.
func (c *Centres) of(id fmc.CentreID) (*centre, bool) {
	for _, x := range c.all {
		if x.ID == id {
			return x, true
		}
	}
	return nil, false
}

// note writes a fact of a message.
func (x *centre) note(company fmc.CompanyID, id fmc.MessageID, bodies ...fmc.Happening) {
	facts := make([]fmc.Fact, len(bodies))
	for i, b := range bodies {
		facts[i] = fmc.Fact{Company: company, Message: id, Body: b}
	}
	if err := x.o.Journal.Append(facts...); err != nil {
		x.log.Error("fact not kept", "company", company, "err", err)
	}
}
