package gsmgw

import (
	"context"
	"errors"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// Where a card's network takes the calls that the card cannot is a state that the company's document wishes. It is looked at
// and set right, one question at a time, and never while the line has a call.

// tending is how the forwarding of the card in a port is tended.
type tending struct {
	card   fmc.ICCID
	wish   fmc.Forwarding // as the document had it last
	asked  fmc.ForwardingAsked
	next   time.Time // when it is looked at
	failed int       // looks in a row that did not go well
	under  bool      // one is under way
}

// look is one look at a card's forwarding.
type look struct {
	asked fmc.ForwardingAsked
	by    string                          // who asked for it; empty: nobody
	told  func(fmc.ForwardingSeen, error) // nil: nobody waits
}

// Waits of the tending.
const (
	forwardWait  = 10 * time.Minute // for four reasons, each asked twice and set once, of a network that is slow
	forwardSoon  = time.Minute      // after a call that came into a look
	forwardAgain = 10 * time.Minute // after the first look that did not go well; doubled each time
	forwardRest  = 24 * time.Hour   // at most
)

// The nightly look begins between three and five by the company's clock, by card: not all ask at once.
const (
	nightBegins = 3
	nightLasts  = 2 * time.Hour
)

var (
	errInCall   = cause.Errorf(cause.NoRoom, "the card is in a call: ask again when it is over")
	errUnwished = cause.Errorf(cause.Invalid, "the company's document does not say where calls of this card go: say it first, if only that they go nowhere")
	errIgnored  = cause.Errorf(cause.Denied, "the operator says yes, and calls go where they went before: ask it whether the contract has call forwarding")
)

// tend looks at the card's forwarding where that is due.
func (s *slot) tend() {
	now := s.g.o.Now()
	s.alarms.set(forwardAlarm, now.Add(s.g.o.Rules.PollEvery))
	c, sim, ok := s.company()
	t := &s.tended
	if !ok || t.under || s.card.twice { // of two ports that have the card, one tends it
		return
	}
	wish, wanted := c.Wishes(sim)
	switch {
	case !wanted:
		*t = tending{}
		s.g.forgetForwarding(sim.ICCID)
		return
	case t.card != s.card.id || s.g.tendedIn(s.card.id) != s.name:
		*t = tending{card: s.card.id, wish: wish, asked: fmc.AskedFound, next: now}
		s.g.tendsIn(s.card.id, s.name)
	case !maps.Equal(wish, t.wish):
		*t = tending{card: s.card.id, wish: wish, asked: fmc.AskedDocument, next: now}
	}
	if !now.Before(t.next) && s.untended(c, sim) == nil {
		s.lookAt(c, wish, look{asked: t.asked})
	}
}

// untended says why a card's forwarding cannot be looked at now; nil where it can.
func (s *slot) untended(c *fmc.Company, sim *fmc.SIM) error {
	now, home := s.g.o.Now(), c.Profile.Country
	wish, _ := c.Wishes(sim)
	countries := []string{""}
	for _, f := range wish {
		if n, ok := c.NumberOf(f.To); ok {
			countries = append(countries, n.Number.Country)
		}
	}
	for _, country := range countries {
		if why := sim.Mandate.Allows(fmc.UseCalls, country, home, now); why != "" {
			return cause.Errorf(cause.Denied, "%s: look at the company's file", why)
		}
	}
	switch {
	case s.m == nil, !s.up, s.sim.State != modem.SIMReady, !s.registered(sim), s.card.twice:
		return cause.Errorf(cause.Unavailable, "the line is %s: %s", s.look().State, s.look().Why)
	case s.g.draining():
		return cause.Errorf(cause.Unavailable, "the server is stopping")
	}
	return s.disturbed(s.card.id)
}

// disturbed says why the network is not to be asked about a card now; nil where it may be. Anybody may call it: a look asks
// before each command, for another card may have come into the module meanwhile.
func (s *slot) disturbed(id fmc.ICCID) error {
	switch v := s.look(); {
	case s.leased.Load() != nil:
		return errInCall
	case s.vacated.Load():
		return cause.Errorf(cause.Unavailable, "its card is about to be exchanged")
	case v.Card != id, v.State == StateStarting, v.State == StateQuarantined:
		return cause.Errorf(cause.Unavailable, "the card is in no modem")
	}
	return nil
}

// lookAt has the network asked, and told what the document wishes.
func (s *slot) lookAt(c *fmc.Company, wish fmc.Forwarding, l look) {
	seen := fmc.ForwardingSeen{SIM: s.card.id, Asked: l.asked, By: l.by, Generation: c.Generation, Wish: wish, Found: fmc.Forwarding{}, Left: fmc.Forwarding{}}
	m, owner, country := s.m, s.card, c.Profile.Country
	f, can := m.(modem.Forwarder)
	s.under(true)
	done := func(err error) {
		s.under(false)
		seen.At = s.g.o.Now().UTC()
		s.lookedAt(c, owner, &seen, err)
		if l.told != nil {
			l.told(seen, nil)
		}
	}
	if !can || !m.Can().Forward {
		done(cause.Errorf(cause.Unsupported, "%s has no way to ask or set it: set it in a telephone, or put the card into a modem that can", m.Identity().Family))
		return
	}
	s.asker.ask(job{
		how: idle, wait: forwardWait,
		do: func(ctx context.Context) error {
			return forwarder{f, func() error { return s.disturbed(owner.id) }, country}.setRight(ctx, &seen)
		},
		done: done,
	})
}

// under notes that a look goes on, or does not any more. Who chooses lines sees it.
func (s *slot) under(way bool) {
	s.tended.under = way
	s.assess()
}

// forwarder asks and tells a network, as long as the line has no call and its card stays.
type forwarder struct {
	modem.Forwarder
	disturbed func() error
	country   string
}

// setRight asks where calls go, for each reason, and has those go elsewhere that should: what the network then says counts,
// and not that it said yes. What one reason is refused is no matter for the others.
func (f forwarder) setRight(ctx context.Context, seen *fmc.ForwardingSeen) (first error) {
	for i, why := range fmc.ForwardReasons { // in the order of modem.ForwardReason
		err := f.reason(ctx, modem.ForwardReason(i), why, seen)
		if kind := cause.KindOf(err); err != nil && kind != cause.Denied && kind != cause.Unsupported {
			return err
		}
		if first == nil {
			first = err
		}
	}
	return first
}

func (f forwarder) reason(ctx context.Context, n modem.ForwardReason, why fmc.ForwardReason, seen *fmc.ForwardingSeen) error {
	found, err := f.ask(ctx, n)
	if err != nil {
		return err
	}
	seen.Found[why], seen.Left[why] = found, found
	want := seen.Wish[why]
	if seen.Wish.Right(why, found) {
		return nil
	}
	if err := f.disturbed(); err != nil {
		return err
	}
	if err := f.Forward(ctx, n, modem.Forward{Number: want.To, After: want.After}); err != nil {
		return err
	}
	delete(seen.Left, why)
	left, err := f.ask(ctx, n)
	if err != nil {
		return err
	}
	if seen.Left[why] = left; !seen.Wish.Right(why, left) {
		return errIgnored
	}
	return nil
}

func (f forwarder) ask(ctx context.Context, n modem.ForwardReason) (fmc.Forward, error) {
	if err := f.disturbed(); err != nil {
		return fmc.Forward{}, err
	}
	to, err := f.Forwarded(ctx, n)
	if number := callerid.Received(to.Number, f.country); number.E164 != "" {
		to.Number = number.E164
	}
	return fmc.Forward{To: to.Number, After: to.After}, err
}

// lookedAt takes what a look found, and says when the next is.
func (s *slot) lookedAt(c *fmc.Company, owner holder, seen *fmc.ForwardingSeen, err error) {
	now, t := s.g.o.Now(), &s.tended
	seen.State, seen.Why = became(seen, err)
	for _, to := range seen.Found {
		if _, own := c.NumberOf(to.To); to.To != "" && !own && !slices.Contains(seen.Strange, to.To) {
			seen.Strange = append(seen.Strange, to.To)
		}
	}
	slices.Sort(seen.Strange)
	s.log.Info("forwarding looked at", "state", string(seen.State), "cause", seen.Why)
	interrupted := err != nil && cause.KindOf(err) == cause.NoRoom
	if !interrupted || !maps.Equal(seen.Found, seen.Left) || seen.By != "" {
		s.g.note(owner.company, "", *seen)
		s.g.sawForwarding(*seen, interrupted)
	}
	if t.card != owner.id {
		return
	}
	switch {
	case interrupted:
		t.next = now.Add(forwardSoon)
	case err != nil:
		t.asked, t.next = fmc.AskedAgain, now.Add(min(forwardAgain<<min(t.failed, 10), forwardRest))
		t.failed++
	default:
		t.asked, t.next, t.failed = fmc.AskedNight, night(c, owner.id, now), 0
	}
}

// became is what became of a look, and in a sentence why it is not well.
func became(seen *fmc.ForwardingSeen, err error) (fmc.ForwardingState, string) {
	switch kind := cause.KindOf(err); {
	case err == nil && maps.Equal(seen.Found, seen.Left):
		return fmc.ForwardingRight, ""
	case err == nil:
		return fmc.ForwardingSet, ""
	case errors.Is(err, errIgnored):
		return fmc.ForwardingIgnored, sentence(err)
	case kind == cause.Denied:
		return fmc.ForwardingRefused, "the operator refuses forwarding for this card: " + sentence(err)
	case kind == cause.Unsupported || kind == cause.Invalid:
		return fmc.ForwardingCannot, sentence(err)
	case kind == cause.NoRoom:
		return fmc.ForwardingUnheard, "a call came: the rest is looked at when it is over"
	}
	return fmc.ForwardingUnheard, "the network does not say where calls go: " + sentence(err)
}

// night is when a card is looked at next.
func night(c *fmc.Company, id fmc.ICCID, now time.Time) time.Time {
	zone := c.Profile.Zone
	if zone == nil {
		zone = time.UTC
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // it takes all
	later := time.Duration(h.Sum32()%uint32(nightLasts/time.Second)) * time.Second
	here := now.In(zone)
	at := func(days int) time.Time {
		return time.Date(here.Year(), here.Month(), here.Day()+days, nightBegins, 0, 0, 0, zone).Add(later)
	}
	if today := at(0); today.After(now) {
		return today
	}
	return at(1)
}

// LookForwarding looks at a card's forwarding because somebody wants to see it, and sets it right as the document wishes. It
// waits for the network. Errors: not found (no such card of the company), invalid (the document wishes nothing), denied
// (no mandate), busy (the card is in a call), unavailable (the line cannot now).
func (g *Gateway) LookForwarding(ctx context.Context, company fmc.CompanyID, id fmc.ICCID, by string) (fmc.ForwardingSeen, error) {
	c, ok := g.o.Companies.Company(company)
	if !ok {
		return fmc.ForwardingSeen{}, cause.Errorf(cause.NotFound, "there is no company %q on this node", company)
	}
	sim, ok := c.SIM(id)
	if !ok {
		return fmc.ForwardingSeen{}, cause.Errorf(cause.NotFound, "SIM %s is not among the company's: look at the list", id)
	}
	if _, wanted := c.Wishes(sim); !wanted {
		return fmc.ForwardingSeen{}, errUnwished
	}
	type outcome struct {
		seen fmc.ForwardingSeen
		err  error
	}
	answer := make(chan outcome, 1)
	told := func(seen fmc.ForwardingSeen, err error) { answer <- outcome{seen, err} }
	s := g.slotOf(c, sim)
	if s == nil || !s.box.post(func() { s.lookNow(id, look{asked: fmc.AskedPerson, by: by, told: told}) }) {
		return fmc.ForwardingSeen{}, cause.Errorf(cause.Unavailable, "the card is in no modem")
	}
	select {
	case o := <-answer:
		return o.seen, o.err
	case <-ctx.Done():
		return fmc.ForwardingSeen{}, cause.Errorf(cause.Unavailable, "the network did not answer: %w", ctx.Err())
	}
}

// lookNow looks at a card for a person. Since they asked, another may have come into the port, and the document may have
// changed.
func (s *slot) lookNow(id fmc.ICCID, l look) {
	c, sim, ok := s.company()
	if !ok || sim.ICCID != id {
		l.told(fmc.ForwardingSeen{}, cause.Errorf(cause.Unavailable, "the card is in no modem"))
		return
	}
	wish, wanted := c.Wishes(sim)
	if !wanted {
		l.told(fmc.ForwardingSeen{}, errUnwished)
		return
	}
	if s.tended.under {
		l.told(fmc.ForwardingSeen{}, cause.Errorf(cause.NoRoom, "it is being looked at already: wait a minute"))
		return
	}
	if err := s.untended(c, sim); err != nil {
		l.told(fmc.ForwardingSeen{}, err)
		return
	}
	if s.tended.card != id {
		s.tended = tending{card: id, asked: fmc.AskedFound}
	}
	s.tended.wish = wish
	s.g.tendsIn(id, s.name)
	s.lookAt(c, wish, l)
}
