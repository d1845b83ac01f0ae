package gsmgw

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// slot is a port with whatever is plugged in: the life of a line. One goroutine owns it; what others want comes through
// its inbox, what the module is asked goes through its hands.
type slot struct {
	g      *Gateway
	name   string               // of the port
	port   atomic.Pointer[Port] // as it was found last
	retire context.CancelFunc
	box    *inbox
	log    *slog.Logger
	view   atomic.Pointer[View]
	leased atomic.Pointer[leg] // the call that has the line; taken by lease, given back by free

	vacated atomic.Bool // its card is exchanged from outside: it is not leased meanwhile

	// owned by the slot's goroutine
	plugged                // the module that is there now
	health  health         // survives the module
	alarms  alarms         // what is due when
	text    texting        // messages
	talk    *talk          // the call that it carries; nil: none
	after   func()         // takes the line when the shadow call that gave way has left it; nil: nobody waits
	doubt   *doubt         // rings, and may be a shadow call's; nil: none
	pumps   sync.WaitGroup // the goroutine of its speech
	tended  tending        // where the card's network takes the calls that it cannot
	balance time.Time      // when the card is asked again
	told    int            // how often the module told how it stands: an answer that was on its way meanwhile may be old
	last    holder         // of the card that was here last: health is its own
	noted   State          // of the card's line, as its history has it; empty: not yet
	network string         // of the card when it was seen last: MCC and MNC
	keeper  *hands         // writes what came outside a storage; lives as long as the slot
}

// plugged is a module and what was learnt of it. The zero value: none is there.
type plugged struct {
	m      modem.Modem
	hands  *hands
	asker  *hands // asks the network by USSD, which takes its time: the wire is free meanwhile
	texter *hands // gives a gateway whole texts, and waits for the network: calls go on meanwhile
	sim    modem.SIM
	card   holder
	radio  modem.Radio
	locked string // why the card stays locked
	up     bool   // Start has gone through
	lost   error  // why there is no module, or it is of no use
}

// holder is whose the card is.
type holder struct {
	id      fmc.ICCID
	company fmc.CompanyID // empty: the machine grants this card to nobody
	twice   bool          // it is in another port too
}

func newSlot(g *Gateway, p Port, retire context.CancelFunc) *slot {
	s := &slot{g: g, name: p.Name, retire: retire, box: newInbox(), log: g.log.With("line", p.Name)}
	s.port.Store(&p)
	s.keeper = newHands(s.box)
	s.view.Store(&View{Port: p.Name, State: StateAbsent, Why: "the port was not opened yet", Since: g.o.Now()})
	return s
}

// mostWait bounds how long a port that failed is left alone.
const mostWait = 15 * time.Second

// lived is how long a module must have served for its loss to be no sign of a port that cannot be used.
const lived = time.Minute

// run opens the port again and again, and serves what is in it.
func (s *slot) run(ctx context.Context) {
	s.pumps.Go(func() { s.keeper.run(ctx) })
	wait := s.g.o.Rules.ReopenFirst
	for ctx.Err() == nil {
		began := s.g.o.Now()
		m, err := s.port.Load().Open(ctx)
		if err != nil {
			s.plugged = plugged{lost: err}
			s.assess()
		} else {
			s.serve(ctx, m)
		}
		if s.g.o.Now().Sub(began) > lived {
			wait = s.g.o.Rules.ReopenFirst
		}
		s.pause(ctx, wait)
		wait = min(2*wait, mostWait)
	}
	s.pumps.Wait()
	for _, f := range s.box.close() {
		f()
	}
}

// pause waits, and tells whoever wants something meanwhile that nothing is there.
func (s *slot) pause(ctx context.Context, d time.Duration) {
	over := time.NewTimer(d)
	defer over.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-over.C:
			return
		case <-s.box.wake:
			s.work()
		}
	}
}

func (s *slot) work() {
	for _, f := range s.box.take() {
		f()
	}
}

// serve lives with one module, from its opening to its loss.
func (s *slot) serve(ctx context.Context, m modem.Modem) {
	inside, stop := context.WithCancel(ctx)
	s.plugged = plugged{m: m, hands: newHands(s.box), asker: newHands(s.box), texter: newHands(s.box)}
	s.mayBeAnother()
	var end sync.WaitGroup
	end.Go(func() { s.hands.run(inside) })
	end.Go(func() { s.asker.run(inside) })
	end.Go(func() { s.texter.run(inside) })
	ended := make(chan struct{})
	end.Go(func() {
		defer close(ended)
		for ev := range m.Events() {
			s.box.post(func() { s.heard(ev) })
		}
	})
	s.alarms = alarms{}
	s.bringUp()
	for alive := true; alive && ctx.Err() == nil; {
		next := s.alarms.timer(s.g.o.Now())
		select {
		case <-ctx.Done():
		case <-ended:
			alive = false
		case <-s.box.wake:
			s.work()
		case <-next.C:
			s.due()
		}
		next.Stop()
	}
	if ctx.Err() == nil {
		s.log.Warn("modem lost", "err", m.Err())
	}
	s.gone(m)
	stop()
	if err := m.Close(); err != nil {
		s.log.Debug("modem closed", "err", err)
	}
	end.Wait()
	s.work() // what the hands gave up
	s.plugged = plugged{lost: s.lost}
	s.assess()
}

// gone takes leave of a module.
func (s *slot) gone(m modem.Modem) {
	why := m.Err()
	if why == nil {
		why = errModuleGone
	}
	s.lost = why
	s.m, s.up, s.doubt = nil, false, nil
	card := s.card.id
	s.leave("gone", sentence(why))
	s.assess()
	if l := s.leased.Load(); l != nil {
		s.lostCall(l, s.unplugged(card))
	}
}

// bringUp starts the module, looks at its card, unlocks it where that is safe, and sees how it stands with the network.
func (s *slot) bringUp() {
	if s.m == nil {
		return
	}
	s.up = false
	s.assess()
	m, told := s.m, s.told
	var sim modem.SIM
	var locked string
	var radio modem.Radio
	s.hands.ask(job{
		how: soon, wait: startWait,
		do: func(ctx context.Context) error {
			if err := m.Start(ctx); err != nil {
				return err
			}
			var err error
			if sim, locked, err = s.unlock(ctx, m); err != nil {
				return err
			}
			if sim.State != modem.SIMReady {
				return nil
			}
			radio, err = m.Radio(ctx)
			return err
		},
		done: func(err error) {
			if s.m != m {
				return
			}
			if err != nil {
				s.troubled(err, "the modem could not be started")
				return
			}
			if s.started(sim, radio, locked); s.told != told {
				s.poll()
			}
		},
	})
}

// startWait bounds the start of a module: most of it is the card, which is slow after a reset.
const startWait = 2 * time.Minute

// started takes what bringUp found.
func (s *slot) started(sim modem.SIM, radio modem.Radio, locked string) {
	s.up, s.sim, s.radio, s.locked = true, sim, radio, locked
	s.health.answered()
	if sim.State == modem.SIMAbsent || sim.State == modem.SIMFailed {
		s.leave("gone", "the card is not there any more")
	}
	s.own(fmc.ICCID(sim.ICCID))
	s.alarms.set(pollAlarm, s.g.o.Now().Add(s.g.o.Rules.PollEvery))
	s.assess()
	if s.card.id != "" || sim.State == modem.SIMAbsent || sim.State == modem.SIMFailed {
		s.keepEarly()
	}
	if sim.State == modem.SIMReady {
		s.catchUp()
		s.leftover()
	} else if sim.State == modem.SIMBusy || sim.State == modem.SIMUnknown {
		s.alarms.set(startAlarm, s.g.o.Now().Add(2*time.Second))
	}
}

// own finds out whose the card is, and takes note where it came from elsewhere.
func (s *slot) own(id fmc.ICCID) {
	if id == s.card.id && id != "" {
		s.last = s.card
		return
	}
	if id == "" { // a card that does not say yet which it is
		return
	}
	s.leave("gone", "another card is in the port")
	card, _ := s.g.card(id)
	s.card = holder{id: id, company: card.Company}
	s.claim()
	if id != s.last.id {
		s.health, s.balance = health{}, time.Time{}
	}
	s.last, s.noted, s.network = s.card, "", ""
	s.seen("found", "")
}

// mayBeAnother takes that what comes next may be of another card, until it is known which is in.
func (s *slot) mayBeAnother() {
	s.last.company = ""
	s.text.sat++
}

// claim makes this the port of the card, unless another is.
func (s *slot) claim() {
	if s.card.id == "" {
		return
	}
	s.g.mu.Lock()
	defer s.g.mu.Unlock()
	other := s.g.cards[s.card.id]
	if s.card.twice = other != nil && other != s; !s.card.twice {
		s.g.cards[s.card.id] = s
	}
}

// leave gives the card up: it may be found elsewhere.
func (s *slot) leave(state, why string) {
	if s.card.id == "" {
		return
	}
	s.seen(state, why)
	s.g.mu.Lock()
	if s.g.cards[s.card.id] == s {
		delete(s.g.cards, s.card.id)
	}
	s.g.mu.Unlock()
	s.card = holder{}
}

// seen writes the card's history.
func (s *slot) seen(state, why string) {
	s.log.Info("card seen", "state", state, "cause", why)
	s.network = s.networkNow()
	if _, ok := s.g.o.Companies.Company(s.card.company); !ok {
		return // nobody's, or of a company that has no document yet
	}
	seen := fmc.SIMSeen{At: s.g.o.Now().UTC(), SIM: s.card.id, IMSI: s.sim.IMSI, Modem: s.name, State: state, Why: why, Network: s.network}
	if s.m != nil {
		seen.IMEI = s.m.Identity().IMEI
	}
	s.g.note(s.card.company, "", seen)
}

// heard takes what the module says unasked.
func (s *slot) heard(ev modem.Event) {
	switch ev := ev.(type) {
	case modem.Ringing:
		s.rang(ev)
	case modem.CallIs:
		s.callIs(ev)
	case modem.Keyed: // the sound says it too, and is believed
	case modem.Arrived:
		s.arrived(ev.Place)
	case modem.Delivered:
		s.delivered(ev)
	case modem.TextCame:
		s.gave(ev, ev.Token, ev.Of)
	case modem.TextReported:
		s.gave(ev, ev.Token, ev.Of)
	case modem.Full:
		s.log.Warn("storage of the card is full", "state", ev.Storage)
		s.sweep()
	case modem.RadioIs:
		if s.radio.Voice && !ev.Voice { // the line knows of circuits only: whether calls go over LTE is asked
			s.poll()
			return
		}
		s.told++
		s.radioIs(ev.Radio)
	case modem.SIMIs:
		s.simIs(ev.State)
	case modem.Asked:
		s.log.Info("the network said something by USSD unasked", "count", len(ev.Text))
	case modem.Rebooted:
		s.rebooted()
	}
}

// simIs takes a change of the card.
func (s *slot) simIs(state modem.SIMState) {
	if state == s.sim.State {
		return
	}
	s.log.Info("card changed", "state", string(state))
	if l := s.leased.Load(); l != nil && state == modem.SIMAbsent {
		s.lostCall(l, s.pulled())
	}
	if state == modem.SIMAbsent || state == modem.SIMFailed {
		s.leave("gone", "the card was pulled")
		s.mayBeAnother()
		s.sim = modem.SIM{State: state, Attempts: -1}
		s.assess()
		return
	}
	if s.sim.State == modem.SIMAbsent || s.sim.State == modem.SIMFailed {
		s.mayBeAnother()
	}
	s.bringUp()
}

// rebooted takes a module that began anew by itself: whatever went on is over.
func (s *slot) rebooted() {
	s.log.Warn("modem started anew by itself")
	if l := s.leased.Load(); l != nil {
		s.lostCall(l, cause.Because(cause.Lost, "The modem in %s started anew in the call; SIM %s is in it.", s.name, s.card.id))
	}
	if s.doubt != nil {
		s.callIs(modem.CallIs{Call: modem.Call{State: modem.CallEnded}})
	}
	s.last.company = "" // until it is seen that the card is the same
	s.bringUp()
}

// radioIs takes how the module stands with the network.
func (s *slot) radioIs(r modem.Radio) {
	if r.Operator == "" {
		r.Operator, r.Network = s.radio.Operator, s.radio.Network
	}
	s.radio = r
	s.assess()
	s.send()
}

// due does what is due.
func (s *slot) due() {
	for _, a := range s.alarms.ring(s.g.o.Now()) {
		switch a {
		case pollAlarm:
			s.poll()
		case sweepAlarm:
			s.sweep()
		case sendAlarm:
			s.send()
		case startAlarm:
			s.startWhenQuiet()
		case callAlarm:
			s.watch()
		case trialAlarm:
			s.lookAgain()
		case balanceAlarm:
			s.askBalance()
		case forwardAlarm:
			s.tend()
		}
	}
}

// lookAgain sees whether the company's document, or the end of a rest, has changed the line's state.
func (s *slot) lookAgain() {
	before := s.look().State
	s.assess()
	if before == StateNoMandate && s.look().State != before {
		s.catchUp()
	}
}

// catchUp does what waited while the card could not be used.
func (s *slot) catchUp() {
	s.sweep()
	s.send()
	s.askBalance()
	s.tend()
}

// startWhenQuiet brings the module up, which hangs up whatever it has: not in a call.
func (s *slot) startWhenQuiet() {
	if s.talk != nil {
		s.alarms.set(startAlarm, s.g.o.Now().Add(time.Minute))
		return
	}
	s.bringUp()
}

// poll asks the module how it stands: with the network, or, without a card that is ready, with the card.
func (s *slot) poll() {
	twice := s.card.twice
	s.claim()
	s.alarms.set(pollAlarm, s.g.o.Now().Add(s.g.o.Rules.PollEvery))
	if twice && !s.card.twice {
		s.assess()
		s.catchUp()
	}
	if s.up && s.sim.State != modem.SIMReady {
		s.pollCard()
		return
	}
	m, told := s.m, s.told
	var radio modem.Radio
	s.hands.ask(job{
		how: idle, wait: 20 * time.Second,
		do: func(ctx context.Context) (err error) {
			radio, err = m.Radio(ctx)
			return err
		},
		done: func(err error) {
			switch {
			case s.m != m || !s.up:
			case err != nil:
				s.troubled(err, "the modem does not say how it stands with the network")
			default:
				s.health.answered()
				if s.radioIs(radio); s.told != told {
					s.poll()
				}
			}
		},
	})
}

// pollCard asks for the card: not every module says that one was put in.
func (s *slot) pollCard() {
	m := s.m
	var sim modem.SIM
	s.hands.ask(job{
		how: idle, wait: 20 * time.Second,
		do: func(ctx context.Context) (err error) {
			sim, err = m.SIM(ctx)
			return err
		},
		done: func(err error) {
			switch {
			case s.m != m || !s.up:
			case err != nil:
				s.troubled(err, "the modem does not say how its card is")
			default:
				s.health.answered()
				if sim.State != s.sim.State {
					s.startWhenQuiet()
				}
			}
		},
	})
}

// company is whose the card is, as its document has the card now; false where it does not have it.
func (s *slot) company() (*fmc.Company, *fmc.SIM, bool) {
	if s.card.company == "" {
		return nil, nil, false
	}
	c, ok := s.g.o.Companies.Company(s.card.company)
	if !ok {
		return nil, nil, false
	}
	sim, ok := c.SIM(s.card.id)
	return c, sim, ok
}

// alarms are the moments at which something of a slot is due.
type alarms [alarmKinds]time.Time

type alarmKind int

const (
	pollAlarm alarmKind = iota
	sweepAlarm
	sendAlarm
	startAlarm
	callAlarm
	trialAlarm
	balanceAlarm
	forwardAlarm
)

const alarmKinds = int(forwardAlarm) + 1

func (a *alarms) set(k alarmKind, at time.Time) { a[k] = at }

func (a *alarms) stop(k alarmKind) { a[k] = time.Time{} }

// timer fires when the earliest is due.
func (a *alarms) timer(now time.Time) *time.Timer {
	wait := time.Hour
	for _, at := range a {
		if !at.IsZero() {
			wait = min(wait, max(0, at.Sub(now)))
		}
	}
	return time.NewTimer(wait)
}

// ring returns what is due, once.
func (a *alarms) ring(now time.Time) []alarmKind {
	var due []alarmKind
	for k := range a {
		if !a[k].IsZero() && !a[k].After(now) {
			due = append(due, alarmKind(k))
			a[k] = time.Time{}
		}
	}
	return slices.Clip(due)
}
