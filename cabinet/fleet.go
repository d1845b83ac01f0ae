package cabinet

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"roadline/fmc"
)

// What operators look at: the pages of lines, cards and trunks ask here, as the API's operations do.

// TrunkShown is a trunk that a company's calls go by.
type TrunkShown struct {
	ID      fmc.TrunkID `json:"id"`
	Answers bool        `json:"answers"`
	InUse   int         `json:"in_use"`
	Most    int         `json:"most,omitempty"` // 0: not limited
	Heard   time.Time   `json:"heard,omitzero"` // when something of it last answered
	Out     bool        `json:"out"`            // the company may call by it
}

// Ban is an address that SIP is not taken from.
type Ban struct {
	Addr  netip.Addr // of IPv6 the /64
	Until time.Time
}

// Lines are a company's SIM lines, with those of cards that are in no modem, by id.
func (a *API) Lines(c *fmc.Company) []fmc.LineView { return a.linesOf(c) }

// Line is one of them with how it served; cause.NotFound for another's.
func (a *API) Line(ctx context.Context, c *fmc.Company, id fmc.LineID) (LineDetail, error) {
	l, err := a.lineOf(c, id)
	if err != nil {
		return LineDetail{}, err
	}
	return a.served(ctx, c, l)
}

// AskNetwork asks the network of one of a company's lines by USSD, and waits for the answer.
func (a *API) AskNetwork(ctx context.Context, c *fmc.Company, id fmc.LineID, u USSD) (fmc.USSDAnswer, error) {
	l, err := a.lineOf(c, id)
	if err != nil {
		return fmc.USSDAnswer{}, err
	}
	return a.askNetwork(ctx, c, l, u)
}

// Release lets one of a company's lines take calls again.
func (a *API) Release(c *fmc.Company, id fmc.LineID) error {
	if _, err := a.lineOf(c, id); err != nil {
		return err
	}
	_, err := a.release(c, id)
	return err
}

// Cards are a company's SIM cards: those of its document, and those that it had.
func (a *API) Cards(ctx context.Context, c *fmc.Company) ([]SIMShown, error) { return a.simsOf(ctx, c) }

// Card is everything that is known of one; cause.NotFound for another's.
func (a *API) Card(ctx context.Context, c *fmc.Company, id fmc.ICCID) (SIMDetail, error) {
	return a.simOf(ctx, c, id)
}

// SendMessage accepts a message to be sent: when it returns, the message is on disk.
func (a *API) SendMessage(ctx context.Context, company fmc.CompanyID, s Send) (fmc.Message, error) {
	return a.accept(ctx, company, s)
}

// signalSteps is in how many steps the last day of a card's signal is told: as many as it is kept in.
const signalSteps = 96

// signalsFor is for how long a picture of signals is shown again: they change four times an hour, the wall looks every
// few seconds.
const signalsFor = 5 * time.Minute

// signals are pictures of companies' signals, from memory while they are fresh.
type signals struct {
	mu   sync.Mutex // guards:
	last map[fmc.CompanyID]signalPicture
}

type signalPicture struct {
	at    time.Time
	cards map[fmc.ICCID][]int
}

// Signals are how well a company's cards heard their networks in the last 24 hours, by card, in steps of a quarter of an
// hour, the latest last; in dBm, 0 where it is not known. The caller changes nothing in it.
func (a *API) Signals(ctx context.Context, c *fmc.Company) (map[fmc.ICCID][]int, error) {
	now := a.o.Now()
	a.signals.mu.Lock()
	p, ok := a.signals.last[c.Profile.ID]
	a.signals.mu.Unlock()
	if age := now.Sub(p.at); ok && age >= 0 && age < signalsFor {
		return p.cards, nil
	}
	const day = 24 * time.Hour
	all, err := a.o.Store.For(c.Profile.ID).Signals(ctx, now.Add(-day))
	if err != nil {
		return nil, err
	}
	p = signalPicture{now, map[fmc.ICCID][]int{}}
	for _, s := range all {
		if p.cards[s.SIM] == nil {
			p.cards[s.SIM] = make([]int, signalSteps)
		}
		step := int(s.At.Sub(now.Add(-day)) * signalSteps / day)
		p.cards[s.SIM][min(max(step, 0), signalSteps-1)] = s.DBm
	}
	a.signals.mu.Lock()
	defer a.signals.mu.Unlock()
	if a.signals.last == nil {
		a.signals.last = map[fmc.CompanyID]signalPicture{}
	}
	a.signals.last[c.Profile.ID] = p
	return p.cards, nil
}
