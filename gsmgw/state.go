package gsmgw

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/hardware/modem"
)

// State is how a port and its line are, in one word for a person.
type State string

// The states.
const (
	StateAbsent      State = "absent"      // nothing is plugged in, or it cannot be opened
	StateStarting    State = "starting"    // the module is being brought up
	StateNoCard      State = "no card"     // there is no SIM in it, or it cannot be read
	StatePIN         State = "pin"         // the card wants a PIN that we do not try
	StatePUK         State = "puk"         // the card wants its PUK
	StateStranger    State = "stranger"    // a card that the machine grants to nobody
	StateTwice       State = "twice"       // the same card is in two ports
	StateNoMandate   State = "no mandate"  // the company's document does not have the card, or no mandate for it
	StateSearching   State = "searching"   // not registered
	StateWeak        State = "weak"        // too little signal for a call
	StateReady       State = "ready"       // takes calls
	StateCalling     State = "calling"     // in a call
	StateCooling     State = "cooling"     // waits after failures
	StateQuarantined State = "quarantined" // put away after failures
)

// View is an immutable picture of a port and its line.
type View struct {
	Port   string
	State  State
	Why    string // in a sentence, where the line does not serve
	WayOut string // what a person can do about it
	Since  time.Time
	Module modem.Identity
	Can    modem.Capabilities
	Whole  bool // it takes whole texts only
	SIM    modem.SIM
	Radio  modem.Radio
	Card   fmc.ICCID     // empty: none, or not read
	Owner  fmc.CompanyID // empty: nobody
	Call   fmc.LegID     // that has the line
	Shadow bool          // a shadow call has the line, and gives way to any other
	Asking bool          // the network is asked where calls go: the module takes no command before it answers
}

func (s *slot) look() *View { return s.view.Load() }

// assess works out how the line is, and publishes it.
func (s *slot) assess() {
	v := View{Port: s.name, SIM: s.sim, Radio: s.radio, Card: s.card.id, Owner: s.card.company, Asking: s.tended.under}
	if s.m != nil {
		v.Module, v.Can = s.m.Identity(), s.m.Can()
		_, v.Whole = s.m.(modem.Texter)
	}
	if l := s.leased.Load(); l != nil {
		v.Call, v.Shadow = l.id, l.shadow != nil
	}
	v.State, v.Why, v.WayOut = s.judge()
	old := s.view.Load()
	if v.Since = old.Since; v.State != old.State {
		v.Since = s.g.o.Now()
		s.log.Info("line changed", "state", string(v.State), "cause", v.Why)
	}
	// A call is no state of the card: its record tells of it. That it is in another country's network is.
	if s.card.id != "" && v.State != StateCalling && (v.State != s.noted || s.moved()) {
		s.noted = v.State
		s.seen(string(v.State), v.Why)
	}
	s.view.Store(&v)
	if v.State == StateNoMandate && s.alarms[trialAlarm].IsZero() {
		s.alarms.set(trialAlarm, s.g.o.Now().Add(documentEvery))
	}
}

// networkNow is the network that the card is registered to, by its MCC and MNC; empty: none, or the module does not tell.
func (s *slot) networkNow() string {
	if s.m == nil || !s.up || s.radio.Registration != modem.Home && s.radio.Registration != modem.Roaming {
		return ""
	}
	return s.radio.Network
}

// moved reports that the card is in another country's network than when it was seen last.
func (s *slot) moved() bool {
	network := s.networkNow()
	return network != "" && callerid.NetworkCountry(network) != callerid.NetworkCountry(s.network)
}

// documentEvery is how often a card that the company's document does not allow looks whether it does now.
const documentEvery = time.Second

// judge is the state of the line, the reason and the way out, the gravest first.
func (s *slot) judge() (state State, why, wayOut string) {
	switch {
	case s.m == nil:
		return StateAbsent, "nothing answers in the port: " + sentence(s.lost), "plug the modem in, or look at what the port says"
	case !s.up:
		if s.g.o.Now().Before(s.health.away) {
			return s.quarantined()
		}
		return StateStarting, "the modem is being brought up", "wait"
	}
	if state, why, wayOut = s.judgeCard(); state != "" {
		return state, why, wayOut
	}
	now := s.g.o.Now()
	switch {
	case s.leased.Load() != nil:
		return StateCalling, "the card is in a call", ""
	case now.Before(s.health.away):
		return s.quarantined()
	case now.Before(s.health.cool):
		return StateCooling, fmt.Sprintf("it rests until %s: %s", s.health.cool.UTC().Format(time.TimeOnly), s.health.why), "wait, or release the line"
	case !s.radio.Voice:
		return StateSearching, "the network does not give it voice: " + registrationWords(s.radio.Registration), "look at antenna, operator and contract"
	case s.weak():
		return StateWeak, fmt.Sprintf("the signal is too weak for a call: %d dBm", s.radio.SignalDBm), "move the antenna"
	}
	return StateReady, "", ""
}

// judgeCard is judge for what the card alone forbids; "" where it forbids nothing.
func (s *slot) judgeCard() (state State, why, wayOut string) {
	switch s.sim.State {
	case modem.SIMReady:
	case modem.SIMPIN:
		return StatePIN, s.locked, "give the PIN in the machine's file, or enter it in a telephone"
	case modem.SIMPUK:
		return StatePUK, "the card is blocked and wants its PUK", "unblock it in a telephone"
	case modem.SIMAbsent, modem.SIMFailed, modem.SIMLocked, modem.SIMBusy, modem.SIMUnknown:
		return StateNoCard, "there is no card that can be used: " + string(s.sim.State), "put a card in"
	}
	_, sim, ok := s.company()
	switch {
	case s.card.company == "":
		return StateStranger, "the machine grants this card to nobody", "add it to sims in roadline.yaml, or take it out"
	case s.card.twice:
		return StateTwice, "the same card is in another port", "take one of them out"
	case !ok:
		return StateNoMandate, "the company's document does not have this card", "add it, with its mandate, to sims in the company's file"
	case sim.Mandate.IsZero():
		return StateNoMandate, "no mandate is on file for this SIM", "add its mandate to the company's file"
	}
	return "", "", ""
}

func (s *slot) quarantined() (state State, why, wayOut string) {
	return StateQuarantined, s.health.why, fmt.Sprintf("mend it and release the line; else it is tried again at %s", s.health.away.UTC().Format(time.TimeOnly))
}

func (s *slot) weak() bool {
	if s.radio.SignalDBm == 0 {
		return false
	}
	least := s.g.o.Rules.SignalDBm
	if s.look().State == StateWeak {
		least += s.g.o.Rules.SlackDB
	}
	return s.radio.SignalDBm < least
}

func registrationWords(r modem.Registration) string {
	switch r {
	case modem.Searching:
		return "it is searching"
	case modem.Refused:
		return "the network refuses the card"
	case modem.EmergencyOnly:
		return "emergency calls only"
	case modem.Home, modem.Roaming:
		return "registered, but without a way for voice"
	case modem.NotRegistered:
	}
	return "it is not registered"
}

// Lines are the SIM lines of a company, as Decide asks for them.
func (g *Gateway) Lines(company *fmc.Company) []fmc.LineState {
	var all []fmc.LineState
	for i := range company.SIMs {
		all = append(all, g.line(company, &company.SIMs[i]))
	}
	return all
}

func (g *Gateway) line(company *fmc.Company, sim *fmc.SIM) fmc.LineState {
	l := fmc.LineState{ID: sim.ICCID.Line(), Kind: fmc.SIMLine, SIM: &fmc.SIMState{ICCID: sim.ICCID, Used: g.uses.used(company, sim, g.o.Now()), MOS: g.uses.mos(sim.ICCID)}}
	v, ok := g.where(sim.ICCID)
	if !ok || v.Owner != company.Profile.ID {
		l.Why = "the card is in no modem"
		return l
	}
	l.SIM.Modem, l.SIM.Network = v.Port, v.Radio.Operator
	l.SIM.Roaming, l.SIM.SignalDBm = v.Radio.Registration == modem.Roaming, v.Radio.SignalDBm
	switch {
	case v.Can.Voice == modem.NoVoice:
		l.Why = "the modem carries no speech"
	case v.State != StateReady && !(v.State == StateCalling && v.Shadow):
		l.Why = cmp.Or(v.Why, string(v.State))
	case g.draining():
		l.Why = "the server is stopping"
	default:
		l.Ready, l.Free = true, 1
		l.SIM.Shadow, l.SIM.Asking = v.Shadow, v.Asking
	}
	return l
}

// where is the port in which a card sits.
func (g *Gateway) where(id fmc.ICCID) (*View, bool) {
	g.mu.Lock()
	s := g.cards[id]
	g.mu.Unlock()
	if s == nil {
		return nil, false
	}
	return s.look(), true
}

// Views are all ports, by name.
func (g *Gateway) Views() []View {
	g.mu.Lock()
	all := make([]View, 0, len(g.slots))
	for _, s := range g.slots {
		all = append(all, *s.look())
	}
	g.mu.Unlock()
	slices.SortFunc(all, func(a, b View) int { return cmp.Compare(a.Port, b.Port) })
	return all
}
