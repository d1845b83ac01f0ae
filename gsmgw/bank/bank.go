// Package bank has the cards of SIM banks serve the modems that they are wished to serve. A wish comes from a person, or from
// the rule of spares, always with a reason; it is a fact, and outlives the server of the bank and ours. What the server says
// is compared with the wishes again and again, and brought to them by single steps, none of which can have a card serve two
// modems, or a modem be served by two cards, whatever the server says.
//
// It moves no card to disguise what a card is used for: nothing moves without a wish, and the rule of spares moves once, for a
// card that fails. It speaks no REST (hardware/remsim does) and knows of modems what gsmgw shows. Start at Banks; steps.go has
// what is asked of a server, turn.go when.
package bank

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw"
	"roadline/hardware/remsim"
)

// Site is a bank as the machine file has it.
type Site struct {
	Name   fmc.BankID
	Server *remsim.Server
	Cards  []Card
	Modems []Modem
}

// Card is a slot of a bank that is ours, with its card.
type Card struct {
	Slot  remsim.Slot
	ICCID fmc.ICCID // empty: it is learnt when a modem shows it
	Spare fmc.ICCID // serves in its place where it fails; empty: none does
}

// Modem is a modem that has a client in its card's place.
type Modem struct {
	Client remsim.Client
	Port   string // its name in the fleet
}

// Fleet is what is known of modems; *gsmgw.Gateway is one.
type Fleet interface {
	Views() []gsmgw.View
	// Vacate and LookAtCard are documented at gsmgw.Gateway.
	Vacate(port string, lose bool) (done func(), err error)
	LookAtCard(port string)
}

var _ Fleet = (*gsmgw.Gateway)(nil)

// Options are what Banks stand on. All is required but Rules.
type Options struct {
	Sites     []Site
	Fleet     Fleet
	Journal   fmc.Journal
	Companies fmc.Directory
	Owner     func(fmc.ICCID) fmc.CompanyID                // whom the machine grants a card; empty: nobody
	Reached   func(*fmc.Company, *fmc.SIM) []fmc.LimitSeen // the limits that a card is used up to
	File      string                                       // in which the wishes are kept, so that a start without PostgreSQL knows them
	Rules     Rules
	Now       func() time.Time
	Log       *slog.Logger
}

// Rules say how patient one is. Zero values take the default named at each field.
type Rules struct {
	Poll   time.Duration // between two looks at a server; 5 s
	Soon   time.Duration // after something was asked of it; 500 ms
	Away   time.Duration // at most, between two looks at one that is away; 1 min
	Again  time.Duration // until what was refused is tried again; doubled each time; 10 s
	Most   time.Duration // at most; 5 min
	Settle time.Duration // from a card's serving until its modem must have found it; 20 s
	Fails  time.Duration // how long a modem must do without its card before the spare serves; 2 min
}

func (r Rules) withDefaults() Rules {
	return Rules{
		Poll: cmp.Or(r.Poll, 5*time.Second), Soon: cmp.Or(r.Soon, 500*time.Millisecond), Away: cmp.Or(r.Away, time.Minute),
		Again: cmp.Or(r.Again, 10*time.Second), Most: cmp.Or(r.Most, 5*time.Minute), Settle: cmp.Or(r.Settle, 20*time.Second),
		Fails: cmp.Or(r.Fails, 2*time.Minute),
	}
}

// Banks are the SIM banks of the node. Any goroutine may call them.
type Banks struct {
	o     Options
	sites []*site

	moving  sync.Mutex // held by who takes a wish, from its check until it is kept
	writing sync.Mutex // held by who brings the book to disk: views do not wait for it

	mu sync.Mutex
	// mu guards:
	wishes map[fmc.ICCID]wish
	learnt map[fmc.BankID]map[remsim.Slot]fmc.ICCID // of slots of which the file does not say what lies there
}

// wish is the latest that was wished of a card, and for which company.
type wish struct {
	Company fmc.CompanyID `json:"company"`
	fmc.CardMoved
}

// New makes the banks, and reads what was wished of them. It starts nothing.
func New(o Options) (*Banks, error) {
	o.Rules = o.Rules.withDefaults()
	b := &Banks{o: o, wishes: map[fmc.ICCID]wish{}, learnt: map[fmc.BankID]map[remsim.Slot]fmc.ICCID{}}
	for _, s := range o.Sites {
		b.sites = append(b.sites, newSite(b, s))
	}
	if len(b.sites) == 0 {
		return b, nil
	}
	return b, b.read()
}

// Run serves the banks until ctx ends.
func (b *Banks) Run(ctx context.Context) error {
	var end sync.WaitGroup
	for _, s := range b.sites {
		end.Go(func() { s.run(ctx) })
	}
	end.Wait()
	<-ctx.Done()
	return nil
}

// Took takes wishes that an earlier start had, in any order: of a card the latest counts.
func (b *Banks) Took(company fmc.CompanyID, moved ...fmc.CardMoved) {
	b.mu.Lock()
	news := false
	for _, m := range moved {
		if known, ok := b.wishes[m.SIM]; !ok || m.At.After(known.At) {
			b.wishes[m.SIM] = wish{company, m}
			news = true
		}
	}
	b.mu.Unlock()
	if !news || len(b.sites) == 0 {
		return
	}
	if err := b.write(); err != nil {
		b.o.Log.Error("wishes of SIM banks not kept on disk", "err", err)
	}
	for _, s := range b.sites {
		s.hurry()
	}
}

// Move has a card of the company serve a modem of its bank, or none. It is in the journal when it returns; the bank's server
// is asked soon. Errors: not found (the company has no such card, or it lies in none of the banks), invalid (the bank has no
// such modem), denied (no mandate, or a limit of its tariff or day is reached), conflict (another card is to serve there).
func (b *Banks) Move(c *fmc.Company, m fmc.CardMove) error {
	b.moving.Lock()
	defer b.moving.Unlock()
	moved, err := b.check(c, m)
	if err != nil {
		return err
	}
	return b.keep(c.Profile.ID, moved)
}

// keep writes wishes of a company down, all or none, and has them count.
func (b *Banks) keep(company fmc.CompanyID, moved ...fmc.CardMoved) error {
	var facts []fmc.Fact
	for i := range moved {
		m := &moved[i]
		m.At = b.after(m.SIM)
		facts = append(facts, fmc.Fact{Company: company, Body: *m})
		b.o.Log.Info("card of a SIM bank moved", "company", company, "line", string(m.SIM.Line()), "target", m.Modem, "account", m.By, "cause", m.Reason)
	}
	if err := b.o.Journal.Append(facts...); err != nil {
		return err
	}
	b.Took(company, moved...)
	return nil
}

// after is now, or where the clock stands or was set back, just after the last wish of a card: the latest counts. PostgreSQL
// knows no less than a microsecond.
func (b *Banks) after(id fmc.ICCID) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.o.Now().UTC().Truncate(time.Microsecond)
	if last := b.wishes[id].At; !now.After(last) {
		return last.Add(time.Microsecond)
	}
	return now
}

func (b *Banks) check(c *fmc.Company, m fmc.CardMove) (fmc.CardMoved, error) {
	moved := fmc.CardMoved{SIM: m.SIM, Modem: m.Modem, By: m.By, Reason: m.Reason, Lose: m.Lose}
	sim, ok := c.SIM(m.SIM)
	if !ok || b.o.Owner(m.SIM) != c.Profile.ID {
		return moved, cause.Errorf(cause.NotFound, "SIM %s is not among the company's: look at the list", m.SIM)
	}
	s := b.siteOf(m.SIM)
	if s == nil {
		return moved, cause.Errorf(cause.NotFound, "SIM %s lies in none of the SIM banks: name its slot in roadline.yaml", m.SIM)
	}
	moved.Bank = s.Name
	forbidden := b.allowed(c, sim)
	b.mu.Lock()
	defer b.mu.Unlock()
	want := b.wanted(s)
	slot, _ := s.slotOf(m.SIM, b.learnt[s.Name])
	if at, ok := want[slot]; ok {
		moved.Was = s.portOf(at)
	}
	if m.Modem == "" {
		return moved, nil
	}
	if forbidden != "" {
		return moved, cause.Errorf(cause.Denied, "SIM %s is not moved to a modem: %s", m.SIM, forbidden)
	}
	client, ok := s.clientOf(m.Modem)
	if !ok {
		return moved, cause.Errorf(cause.Invalid, "modem %q is not one that the SIM bank %s serves: look at the bank's modems", m.Modem, s.Name)
	}
	for other, at := range want {
		if at == client && other != slot {
			return moved, cause.Errorf(cause.Conflict, "another card is to serve %s: free it first", m.Modem)
		}
	}
	return moved, nil
}

// allowed says in a sentence why a card may not come to serve a modem now, by its mandate or by its limits; "" where it may.
func (b *Banks) allowed(c *fmc.Company, sim *fmc.SIM) string {
	if why := mandated(sim, b.o.Now()); why != "" {
		return why
	}
	if len(b.o.Reached(c, sim)) > 0 {
		return "it is used up to one of its limits"
	}
	return ""
}

// mandated says in a sentence why a card's mandate does not let it serve now; "" where it does.
func mandated(sim *fmc.SIM, now time.Time) string {
	if sim.Mandate.IsZero() {
		return sim.Mandate.Allows(fmc.UseCalls, "", "", now)
	}
	var why string
	for _, use := range sim.Mandate.For {
		if why = sim.Mandate.Allows(use, "", "", now); why == "" {
			return ""
		}
	}
	return cmp.Or(why, "its mandate names no use")
}

// siteOf is the bank that a card lies in.
func (b *Banks) siteOf(id fmc.ICCID) *site {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.sites {
		if _, ok := s.slotOf(id, b.learnt[s.Name]); ok {
			return s
		}
	}
	return nil
}

// wanted is which slot of a bank is to serve which client, by the wishes that still can be: each slot and each client stands
// in it once at most. mu is held.
func (b *Banks) wanted(s *site) map[remsim.Slot]remsim.Client {
	var all []wish
	for id, w := range b.wishes {
		if w.Modem != "" && b.o.Owner(id) == w.Company {
			all = append(all, w)
		}
	}
	slices.SortFunc(all, func(x, y wish) int { return cmp.Or(y.At.Compare(x.At), cmp.Compare(x.SIM, y.SIM)) }) // the latest first
	want, taken := map[remsim.Slot]remsim.Client{}, map[remsim.Client]bool{}
	for _, w := range all {
		slot, lies := s.slotOf(w.SIM, b.learnt[s.Name])
		client, ok := s.clientOf(w.Modem)
		if _, twice := want[slot]; lies && ok && !twice && !taken[client] {
			want[slot], taken[client] = client, true
		}
	}
	return want
}
