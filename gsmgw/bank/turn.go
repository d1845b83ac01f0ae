package bank

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw"
	"roadline/hardware/modem"
	"roadline/hardware/remsim"
)

// site is one bank as it is served: one goroutine asks its server.
type site struct {
	Site
	banks   *Banks
	hurried chan struct{} // holds one: a wish came

	filed map[remsim.Slot]fmc.ICCID // which card lies where by the machine file; this and the next are not written after newSite
	lies  map[fmc.ICCID]remsim.Slot // the other way round

	places map[remsim.Slot]*place // owned by run
	begun  time.Time              // of run; owned by it
	wait   time.Duration          // between the last two looks at a server that is away; owned by run
	quick  int                    // how often one looked soon again since something was last asked; owned by run
	silent bool                   // the server did not answer a question of this turn: no more are asked in it; owned by run

	mu sync.Mutex
	// mu guards:
	state fmc.BankState
	why   string
	since time.Time // of state
	shown map[remsim.Slot]shown
	there map[remsim.Client]bool // clients that are at the server
}

// shown is how a slot was found at the last look.
type shown struct {
	want   *remsim.Client // as it was then
	serves *remsim.Client
	state  fmc.SlotState
	why    string
}

// place is what is remembered of a slot between two looks.
type place struct {
	want    *remsim.Client // for which the rest holds
	serving time.Time      // since when it does, by the server; zero: it does not
	failing time.Time      // since when its modem does without the card, though it serves; zero: it has it
	refused string         // why the server did not map it last; empty: it did, or was not asked
	asked   patience       // when it is asked again
	looked  patience       // when a modem looks at its card again
}

// patience is when something is tried again, each time later.
type patience struct {
	tries int
	until time.Time
}

func (p *patience) over(now time.Time) bool { return !now.Before(p.until) }

func (p *patience) tried(now time.Time, first, most time.Duration) {
	p.until = now.Add(min(first<<min(p.tries, 16), most))
	p.tries++
}

func newSite(b *Banks, s Site) *site {
	x := &site{
		Site: s, banks: b, hurried: make(chan struct{}, 1), filed: map[remsim.Slot]fmc.ICCID{}, lies: map[fmc.ICCID]remsim.Slot{},
		places: map[remsim.Slot]*place{}, state: fmc.BankUnasked,
	}
	for _, c := range s.Cards {
		x.places[c.Slot] = &place{}
		if c.ICCID != "" {
			x.filed[c.Slot], x.lies[c.ICCID] = c.ICCID, c.Slot
		}
	}
	return x
}

func (s *site) hurry() {
	select {
	case s.hurried <- struct{}{}:
	default:
	}
}

func (s *site) run(ctx context.Context) {
	s.begun = s.banks.o.Now()
	for {
		next := time.NewTimer(s.turn(ctx))
		select {
		case <-ctx.Done():
			next.Stop()
			return
		case <-s.hurried:
			next.Stop()
			s.quick = 0
		case <-next.C:
		}
	}
}

// turn looks at the server once, asks it for what is to be asked now, and returns when to look again.
func (s *site) turn(ctx context.Context) time.Duration {
	rules := s.banks.o.Rules
	p, err := s.Server.Look(ctx)
	if ctx.Err() != nil {
		return rules.Poll
	}
	if err != nil {
		s.stands(fmc.BankAway, sentence(err))
		s.wait = min(max(2*s.wait, rules.Poll), rules.Away)
		return s.wait
	}
	s.wait, s.silent = 0, false
	s.stands(fmc.BankReached, "")
	views := map[string]gsmgw.View{}
	for _, v := range s.banks.o.Fleet.Views() {
		views[v.Port] = v
	}
	g := s.ground(p)
	steps, found := g.steps()
	moves, news := false, false
	all := map[remsim.Slot]shown{}
	for _, c := range s.Cards {
		slot, f := c.Slot, found[c.Slot]
		x := shown{serves: f.serves, why: f.why}
		if want, ok := g.want[slot]; ok {
			x.want = &want
		}
		at := s.at(slot, x.want)
		if st, ok := steps[slot]; ok && !s.overtaken() {
			x.why = s.take(ctx, st, at, views)
			news = news || x.why == ""
		}
		s.observe(slot, at, f, &x, views)
		all[slot] = x
		moves = moves || x.state == fmc.SlotMoving
		news = x.want != nil && s.spared(slot, at, p) || news
	}
	s.mu.Lock()
	s.shown, s.there = all, p.Clients
	s.mu.Unlock()
	if s.quick++; news {
		s.quick = 0
	}
	if news || moves && s.quick < quickLooks {
		return rules.Soon
	}
	return rules.Poll
}

// overtaken reports that what is left of a turn waits for the next: a wish came meanwhile, or the server fell silent, and what
// was worked out is older with each question that it leaves open.
func (s *site) overtaken() bool { return s.silent || len(s.hurried) > 0 }

// quickLooks is how often one looks soon again while a card is on its way.
const quickLooks = 20

// stands notes how the server is.
func (s *site) stands(state fmc.BankState, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state != s.state {
		s.since = s.banks.o.Now()
		s.banks.o.Log.Info("server of a SIM bank changed", "gateway", string(s.Name), "state", string(state), "cause", why)
	}
	s.state, s.why = state, why
}

func (s *site) ground(p remsim.Picture) ground {
	s.banks.mu.Lock()
	defer s.banks.mu.Unlock()
	g := ground{
		want: s.banks.wanted(s), slots: map[remsim.Slot]bool{}, clients: map[remsim.Client]bool{}, unwished: map[remsim.Slot]bool{},
		there: p.Banks, maps: p.Maps,
	}
	for _, c := range s.Cards {
		g.slots[c.Slot] = true
		_, wished := s.banks.wishes[s.cardIn(c.Slot, s.banks.learnt[s.Name])]
		g.unwished[c.Slot] = !wished
	}
	for _, m := range s.Modems {
		g.clients[m.Client] = true
	}
	return g
}

// at is what is remembered of a slot; another wish begins anew.
func (s *site) at(slot remsim.Slot, want *remsim.Client) *place {
	at := s.places[slot]
	if (at.want == nil) != (want == nil) || want != nil && *at.want != *want {
		*at = place{want: want}
	}
	return at
}

// take has the server do one step, and says in a sentence why it does not.
func (s *site) take(ctx context.Context, st step, at *place, views map[string]gsmgw.View) (why string) {
	now, rules := s.banks.o.Now(), s.banks.o.Rules
	if st.unmap {
		return s.takeBack(ctx, st, at)
	}
	if port, why := s.inTheWay(st, views); why != "" {
		if at.looked.over(now) {
			at.looked.tried(now, rules.Settle/4, rules.Most)
			s.banks.o.Fleet.LookAtCard(port)
		}
		return why
	}
	if !at.asked.over(now) {
		return at.refused
	}
	if err := s.Server.Map(ctx, st.slot, st.client); err != nil {
		s.banks.o.Log.Warn("card of a SIM bank not mapped", "gateway", string(s.Name), "line", s.portOf(st.client), "err", err)
		return s.failed(at, err)
	}
	at.refused, at.asked, at.looked = "", patience{}, patience{}
	s.banks.o.Log.Info("card of a SIM bank mapped", "gateway", string(s.Name), "line", s.portOf(st.client))
	return ""
}

// failed notes that the server did not do a step, which is tried again later each time, and says so in a sentence.
func (s *site) failed(at *place, err error) (why string) {
	s.silent = errors.Is(err, cause.Unavailable)
	at.asked.tried(s.banks.o.Now(), s.banks.o.Rules.Again, s.banks.o.Rules.Most)
	at.refused = sentence(err)
	return at.refused
}

// takeBack has a card serve a modem no longer, when nobody calls by it. The line stands still for it, and starts anew: a server
// that refuses is not asked all the time.
func (s *site) takeBack(ctx context.Context, st step, at *place) (why string) {
	if !at.asked.over(s.banks.o.Now()) {
		return at.refused
	}
	port := s.portOf(st.client)
	done, err := s.banks.o.Fleet.Vacate(port, s.mayLose(st))
	if err != nil {
		return "it is taken back when that is over: " + sentence(err)
	}
	defer done()
	if err := s.Server.Unmap(ctx, st.slot); err != nil {
		s.banks.o.Log.Warn("card of a SIM bank not taken back", "gateway", string(s.Name), "line", port, "err", err)
		return s.failed(at, err)
	}
	at.refused, at.asked = "", patience{}
	s.banks.o.Log.Info("card of a SIM bank taken back", "gateway", string(s.Name), "line", port)
	return ""
}

// mayLose reports that whoever wished what a step is for said that a call may be lost: of the card that leaves, or of the one
// that is to come.
func (s *site) mayLose(st step) bool {
	s.banks.mu.Lock()
	defer s.banks.mu.Unlock()
	learnt := s.banks.learnt[s.Name]
	if s.banks.wishes[s.cardIn(st.slot, learnt)].Lose {
		return true
	}
	for slot, client := range s.banks.wanted(s) {
		if client == st.client && s.banks.wishes[s.cardIn(slot, learnt)].Lose {
			return true
		}
	}
	return false
}

// inTheWay says why a card must not get into a modem yet, whatever the server says: a modem of ours shows the card still, or
// the modem that it is for shows another, or, just after our start, one of the bank's has not said yet which it has. It returns
// the port that is to look again.
func (s *site) inTheWay(st step, views map[string]gsmgw.View) (port, why string) {
	id, target := s.card(st.slot), s.portOf(st.client)
	for _, name := range slices.Sorted(maps.Keys(views)) {
		v := views[name]
		if v.Card == id && id != "" && name != target {
			return name, fmt.Sprintf("the modem %s still shows the card: start that modem anew if it does so for long", name)
		}
	}
	if v := views[target]; v.Card != "" && v.Card != id {
		return target, fmt.Sprintf("another card is in %s still: start that modem anew if it is for long", target)
	}
	if s.banks.o.Now().Sub(s.begun) < s.banks.o.Rules.Settle {
		for _, m := range s.Modems {
			if v := views[m.Port]; v.State == "" || v.State == gsmgw.StateAbsent || v.State == gsmgw.StateStarting {
				return m.Port, fmt.Sprintf("the modem %s has not said yet which card it has", m.Port)
			}
		}
	}
	return "", ""
}

// observe works out how a slot is, with what its modem says.
func (s *site) observe(slot remsim.Slot, at *place, f finding, x *shown, views map[string]gsmgw.View) {
	switch {
	case f.left:
		x.state = fmc.SlotOddly
	case x.want == nil && f.serves == nil:
		x.state = fmc.SlotFree
	case at.refused != "" && f.serves == nil:
		x.state = fmc.SlotRefused
	case x.want != nil && f.serves != nil && *f.serves == *x.want && f.active:
		x.state = fmc.SlotServing
	default:
		x.state = fmc.SlotMoving
	}
	serves := f.serves != nil && f.active && (x.state == fmc.SlotServing || x.state == fmc.SlotOddly)
	if !serves {
		at.serving, at.failing = time.Time{}, time.Time{}
		return
	}
	now := s.banks.o.Now()
	if at.serving.IsZero() {
		at.serving = now
		s.banks.o.Fleet.LookAtCard(s.portOf(*f.serves))
	}
	if why := s.odd(slot, at, views[s.portOf(*f.serves)]); why != "" && now.Sub(at.serving) >= s.banks.o.Rules.Settle {
		x.state, x.why = fmc.SlotOddly, why
	}
}

// odd says where a modem shows another card than the one that serves it, by the server; and has it look again meanwhile.
func (s *site) odd(slot remsim.Slot, at *place, v gsmgw.View) string {
	now, rules, id := s.banks.o.Now(), s.banks.o.Rules, s.card(slot)
	if v.Port == "" || v.State == gsmgw.StateAbsent || v.State == gsmgw.StateStarting { // it says nothing of its card
		at.failing = time.Time{}
		return ""
	}
	switch failed := fails(v.SIM.State); {
	case !failed:
		at.failing = time.Time{}
	case at.failing.IsZero():
		at.failing = now
	}
	if v.Card != id && at.looked.over(now) {
		at.looked.tried(now, rules.Settle/4, rules.Most)
		s.banks.o.Fleet.LookAtCard(v.Port)
	}
	switch {
	case v.Card == id:
		return ""
	case v.Card == "":
		return "the server says that the card serves, and the modem finds none: " + string(v.SIM.State)
	case s.filed[slot] == "":
		if now.Sub(at.serving) >= rules.Settle {
			s.learn(slot, v.Card)
		}
		return ""
	case s.banks.o.Owner(v.Card) != s.banks.o.Owner(id):
		return fmt.Sprintf("the machine file says that SIM %s lies there, and the modem shows another company's: put the file right", id)
	}
	return fmt.Sprintf("the machine file says that SIM %s lies there, and the modem shows %s: put the file right", id, v.Card)
}

// fails reports that a card is of no use in its modem, and not for what a network thinks of it.
func fails(state modem.SIMState) bool {
	return state == modem.SIMAbsent || state == modem.SIMFailed || state == modem.SIMPUK
}

// learn notes which card lies in a slot of which the machine file does not say it.
func (s *site) learn(slot remsim.Slot, id fmc.ICCID) {
	s.banks.mu.Lock()
	_, elsewhere := s.slotOf(id, s.banks.learnt[s.Name])
	if !elsewhere {
		s.banks.learn(s.Name, slot, id)
	}
	s.banks.mu.Unlock()
	if elsewhere {
		return
	}
	s.banks.o.Log.Info("card of a SIM bank seen in a modem", "gateway", string(s.Name), "line", string(id.Line()))
	if err := s.banks.write(); err != nil {
		s.banks.o.Log.Error("wishes of SIM banks not kept on disk", "err", err)
	}
}

// sentence is an error's text for a person.
func sentence(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
