package webtest

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/doctor"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// Cards of Acme: one that serves, one that was put away, one that is in no modem.
const (
	ReadyCard fmc.ICCID = "8970101234567890123"
	AwayCard  fmc.ICCID = "8970101234567890131"
	LostCard  fmc.ICCID = "8970101234567890149"
)

// simsOfAcme stands in its document.
const simsOfAcme = `sims:
  - {iccid: "8970101234567890123", number: "+79031112233", operator: demo, person: anna, package: {minutes: 500}, mandate: {owner: Ромашка, contract: "17", for: [calls, messages]}, balance: {ussd: "*100#", amount: 'Баланс ([0-9.]+)'}}
  - {iccid: "8970101234567890131", number: "+79031112234", operator: demo, mandate: {owner: Ромашка, contract: "17", for: [calls]}}
  - {iccid: "8970101234567890149", number: "+79031112235", operator: demo}
`

// Fleet is the lines of the node, its trunk and its guard, as a test writes them.
type Fleet struct {
	// Looking, if a test sets it before anybody asks, is called when a network is asked where it takes calls; the network
	// answers when it returns.
	Looking func()

	mu sync.Mutex
	// mu guards:
	released  []fmc.LineID
	restarted []fmc.LineID
	sent      []cabinet.Send
	asked     []string
	moved     []fmc.CardMove
	bans      []cabinet.Ban
}

// Released are the lines that somebody let serve again.
func (f *Fleet) Released() []fmc.LineID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.released)
}

// Restarted are the lines whose modems somebody had boot anew.
func (f *Fleet) Restarted() []fmc.LineID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.restarted)
}

// Sent are the messages that somebody sent.
func (f *Fleet) Sent() []cabinet.Send {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}

// serve gives a node the fleet.
func (f *Fleet) serve(n *cabinet.Node) {
	f.bans = []cabinet.Ban{{Addr: netip.MustParseAddr("203.0.113.7"), Until: Now.Add(time.Hour)}}
	n.Lines = f.lines
	n.Trunks = func(company fmc.CompanyID) []cabinet.TrunkShown {
		return []cabinet.TrunkShown{{ID: "carrier-a", Answers: true, InUse: 2, Most: 30, Heard: Now.Add(-time.Minute), Out: true}}
	}
	n.Release = func(_ fmc.CompanyID, id fmc.LineID) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.released = append(f.released, id)
		return nil
	}
	n.LookForwarding = func(ctx context.Context, _ fmc.CompanyID, id fmc.ICCID, by string) (fmc.ForwardingSeen, error) {
		if f.Looking != nil {
			f.Looking()
		}
		if ctx.Err() != nil {
			return fmc.ForwardingSeen{}, cause.Errorf(cause.Unavailable, "the network did not answer: %w", ctx.Err())
		}
		if id == AwayCard {
			return fmc.ForwardingSeen{}, cause.Errorf(cause.NoRoom, "the card is in a call: ask again when it is over")
		}
		return fmc.ForwardingSeen{SIM: id, Asked: fmc.AskedPerson, By: by, State: fmc.ForwardingRight}, nil
	}
	n.Restart = func(_ context.Context, _ fmc.CompanyID, id fmc.LineID, lose bool) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		if id == AwayCard.Line() && !lose {
			return cause.Errorf(cause.Conflict, "the card is in a call")
		}
		f.restarted = append(f.restarted, id)
		return nil
	}
	n.Programs, n.Banks, n.MoveCard, n.Gateways = programs, f.banks, f.move, gateways
	n.MessageWay = func(c *fmc.Company, o fmc.MessageOrder) (fmc.MessageWay, error) {
		to, err := c.MessagePeer(o.To)
		if err != nil {
			return fmc.MessageWay{}, err
		}
		return c.MessageWay(o, to, []fmc.CentreGrant{{Centre: "mts", Company: c.Profile.ID, Names: []string{"ROMASHKA"}}})
	}
	n.USSD = f.ask
	n.Send = f.send
	n.Bans = func() []cabinet.Ban {
		f.mu.Lock()
		defer f.mu.Unlock()
		return slices.Clone(f.bans)
	}
	n.TryCards = f.tryCards
	n.Unban = func(addr netip.Addr) bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		before := len(f.bans)
		f.bans = slices.DeleteFunc(f.bans, func(b cabinet.Ban) bool { return b.Addr == addr })
		return len(f.bans) < before
	}
	n.Doctor = func(context.Context) []doctor.Finding {
		return []doctor.Finding{
			doctor.In("en", doctor.Finding{Group: "system", Check: "disk", Level: doctor.Well, Values: map[string]string{"folder": "/", "free": "10", "share": "50"}}),
			doctor.In("en", doctor.Finding{Group: "sip", Check: "trunk", Level: doctor.Bad, Values: map[string]string{"trunk": "carrier-b"}}),
			doctor.In("en", doctor.Finding{Group: "recordings", Check: "keep", Level: doctor.Warn, Values: map[string]string{"company": "beta"}}),
			doctor.In("en", doctor.Finding{Group: "recordings", Check: "keep", Level: doctor.Warn, Values: map[string]string{"company": "acme"}}),
		}
	}
}

func (f *Fleet) lines(company fmc.CompanyID) []fmc.LineView {
	if company != "acme" {
		return nil
	}
	ready := fmc.LineView{Name: "left", Family: "huawei", Model: "E1550", IMEI: "350000000000001", State: "ready", Since: Now.Add(-time.Hour), Queue: 1}
	ready.LineState = fmc.LineState{ID: ReadyCard.Line(), Kind: fmc.SIMLine, Ready: true, Free: 1, SIM: &fmc.SIMState{
		ICCID: ReadyCard, Modem: "left", Network: "Demo", SignalDBm: -71, Used: fmc.SIMUsed{MonthTalk: 88 * time.Minute},
	}}
	away := fmc.LineView{Name: "right", State: "quarantined", Since: Now.Add(-10 * time.Minute)}
	away.LineState = fmc.LineState{ID: AwayCard.Line(), Kind: fmc.SIMLine, Why: "the network has no room for its calls", SIM: &fmc.SIMState{ICCID: AwayCard, Modem: "right", SignalDBm: -101}}
	return []fmc.LineView{ready, away}
}

// ask answers as a network with a menu does.
func (f *Fleet) ask(_ context.Context, _ fmc.CompanyID, _ fmc.LineID, text string) (fmc.USSDAnswer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, text)
	switch text {
	case "*100#":
		return fmc.USSDAnswer{Text: "Баланс 320.50 р. 1 - пакеты", Open: true, Mode: 1}, nil
	case "1":
		return fmc.USSDAnswer{Text: "Осталось 412 мин"}, nil
	default:
		return fmc.USSDAnswer{}, cause.Errorf(cause.Unavailable, "the network does not know this")
	}
}

// tryCards has the card that serves call the one that was put away; the one in no modem has nobody.
func (f *Fleet) tryCards(_ *fmc.Company, card fmc.ICCID, _ string) ([]fmc.ShadowPair, error) {
	if card == LostCard {
		return nil, cause.Errorf(cause.Denied, "SIM %s may not be tried: it has no number, no mandate, or shadow.cards leaves it out", card)
	}
	return []fmc.ShadowPair{{From: ReadyCard, To: AwayCard}}, nil
}

func (f *Fleet) send(_ context.Context, _ fmc.CompanyID, from, to, text, by string) (fmc.Message, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if to == "112" {
		return fmc.Message{}, cause.Errorf(cause.Denied, "112 is an emergency number")
	}
	f.sent = append(f.sent, cabinet.Send{From: from, To: to, Text: text, Author: by})
	m := fmc.Message{ID: "019aa000-0000-7000-8000-00000000000b", SIM: ReadyCard, Parts: 1}
	m.Number.E164, m.To.E164 = "+79031112233", to
	return m, nil
}

// Moved are the cards of the bank that somebody moved.
func (f *Fleet) Moved() []fmc.CardMove {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.moved)
}

// gateways are a box that speaks, with a card of Acme, and one that does not.
func gateways(company fmc.CompanyID) []fmc.GatewayView {
	if company != "acme" {
		return nil
	}
	return []fmc.GatewayView{
		{
			Name: "roof", Vendor: "goip", Address: "192.0.2.9", Since: Now.Add(-time.Hour), Lines: []fmc.ModemView{{Name: "gw:roof:1", ICCID: ReadyCard, Company: company, State: "ready"}},
			Quirks: []string{"numbers of events may be negative while the box has no time"},
			Clear:  "GoIP sends the password of each line readable in every datagram, and takes commands from whoever knows it: keep the box in a network of its own",
		},
		{Name: "shed", Vendor: "dinstar", Why: "the box does not answer", Lines: []fmc.ModemView{{Name: "gw:shed:0", State: "gone"}}},
	}
}

// banks is a bank with two cards of Acme: one that serves, one that the bank's server refuses.
func (f *Fleet) banks(company fmc.CompanyID) []fmc.BankView {
	b := fmc.BankView{Bank: "cellar", State: fmc.BankReached, Since: Now.Add(-time.Hour), Modems: []fmc.BankModemView{
		{Modem: "left", Connected: true, Taken: true}, {Modem: "right", Slot: 1}, {Modem: "spare", Slot: 2, Connected: true, Taken: true},
	}}
	if company == "acme" {
		b.Modems[0].SIM = ReadyCard
		b.Slots = []fmc.BankSlotView{
			{BankID: 1, SIM: ReadyCard, Company: company, Spare: AwayCard, Modem: "left", Serves: "left", State: fmc.SlotServing},
			{BankID: 1, Slot: 1, SIM: AwayCard, Company: company, Modem: "right", State: fmc.SlotRefused, Why: "the bank's server does not answer: the card is as it was"},
		}
	}
	return []fmc.BankView{b}
}

func (f *Fleet) move(_ *fmc.Company, m fmc.CardMove) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m.Modem == "spare" {
		return cause.Errorf(cause.Conflict, "another card is to serve %s: free it first", m.Modem)
	}
	f.moved = append(f.moved, m)
	return nil
}

// programs is a program that is bound, and a message centre that cannot be reached.
func programs(fmc.CompanyID) (map[fmc.ProgramID]cabinet.ProgramShown, []cabinet.CentreShown) {
	return map[fmc.ProgramID]cabinet.ProgramShown{"crm": {ID: "crm", Binds: 2, Sent: 4711, Throttled: 12}},
		[]cabinet.CentreShown{{ID: "mts", Waiting: 3, Links: []cabinet.CentreLink{
			{Bind: "transmitter", Up: true, Since: Now.Add(-time.Hour)}, {Bind: "receiver", Why: "not tried yet", Since: Now.Add(-time.Minute)},
		}}}
}
