package gsmgw

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// ussdWait is how long the network may take with one answer.
const ussdWait = 2 * time.Minute

// mostUSSD is how many characters a USSD string has at most: 3GPP TS 23.038 §6.1.2.3, 160 octets of 7 bits.
const mostUSSD = 182

// mandated says why a card may not be used at all; "" where it may be used for something.
func mandated(c *fmc.Company, sim *fmc.SIM, now time.Time) string {
	why := sim.Mandate.Allows(fmc.UseCalls, "", c.Profile.Country, now)
	if why == "" {
		return ""
	}
	return sim.Mandate.Allows(fmc.UseMessages, "", c.Profile.Country, now)
}

// slotOf is the port that has a card of the company; nil: the card is in none, or was granted to somebody else.
func (g *Gateway) slotOf(c *fmc.Company, sim *fmc.SIM) *slot {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.cards[sim.ICCID]
	if card, ok := g.card(sim.ICCID); !ok || card.Company != c.Profile.ID {
		return nil
	}
	return s
}

// Ask sends a USSD string by a line of a company, or an answer within the session that is open, and waits for what the
// network says; an empty text ends the session. Errors: not found (no such line of the company), unavailable (the line cannot now), invalid.
func (g *Gateway) Ask(ctx context.Context, company fmc.CompanyID, line fmc.LineID, text string) (fmc.USSDAnswer, error) {
	c, ok := g.o.Companies.Company(company)
	if !ok {
		return fmc.USSDAnswer{}, cause.Errorf(cause.NotFound, "there is no company %q on this node", company)
	}
	sim, ok := simOf(c, line)
	if !ok {
		return fmc.USSDAnswer{}, cause.Errorf(cause.NotFound, "the company has no line %s: see roadline line list", line)
	}
	if utf8.RuneCountInString(text) > mostUSSD {
		return fmc.USSDAnswer{}, cause.Errorf(cause.Invalid, "USSD: write a code such as *100#, or an answer of at most %d characters", mostUSSD)
	}
	if why := mandated(c, sim, g.o.Now()); why != "" {
		return fmc.USSDAnswer{}, cause.Errorf(cause.Denied, "%s: look at the company's file", why)
	}
	s := g.slotOf(c, sim)
	answer := make(chan error, 1)
	var said modem.USSD
	if s == nil || !s.box.post(func() { s.ask(text, &said, answer) }) {
		return fmc.USSDAnswer{}, cause.Errorf(cause.Unavailable, "the card is in no modem")
	}
	select {
	case err := <-answer:
		return fmc.USSDAnswer{Text: said.Text, Open: said.Open, Mode: said.Mode}, err
	case <-ctx.Done():
		return fmc.USSDAnswer{}, cause.Errorf(cause.Unavailable, "the network did not answer: %w", ctx.Err())
	}
}

func simOf(c *fmc.Company, line fmc.LineID) (*fmc.SIM, bool) {
	for i := range c.SIMs {
		if c.SIMs[i].ICCID.Line() == line || string(c.SIMs[i].ICCID) == string(line) {
			return &c.SIMs[i], true
		}
	}
	return nil, false
}

// ask has the module ask the network. into is written before the answer is sent.
func (s *slot) ask(text string, into *modem.USSD, answer chan<- error) {
	switch {
	case s.m == nil || !s.up || s.sim.State != modem.SIMReady:
		answer <- cause.Errorf(cause.Unavailable, "the line is %s: %s", s.look().State, s.look().Why)
		return
	case s.talk != nil:
		answer <- cause.Errorf(cause.NoRoom, "the card is in a call: ask again when it is over")
		return
	}
	m, owner := s.m, s.card
	s.asker.ask(job{
		how: soon, wait: ussdWait,
		do: func(ctx context.Context) (err error) {
			if text == "" {
				return m.Cancel(ctx)
			}
			*into, err = m.Ask(ctx, text)
			return err
		},
		done: func(err error) {
			if err == nil && text != "" {
				s.g.note(owner.company, "", fmc.USSDSeen{At: s.g.o.Now().UTC(), SIM: owner.id, Text: into.Text, Open: into.Open})
			}
			answer <- err
		},
	})
}

// Waits before a card is asked for its balance that cannot be asked now, or that did not answer.
const (
	balanceSoon  = time.Minute
	balanceAgain = 10 * time.Minute
)

// askBalance asks the card for its balance, where its document says how and the time has come.
func (s *slot) askBalance() {
	c, sim, ok := s.company()
	now := s.g.o.Now()
	if !ok || sim.Balance.USSD == "" {
		return
	}
	if !s.up || s.sim.State != modem.SIMReady || !s.registered(sim) || s.talk != nil || now.Before(s.balance) || mandated(c, sim, now) != "" {
		s.alarms.set(balanceAlarm, later(now.Add(balanceSoon), s.balance))
		return
	}
	s.balance = now.Add(s.g.o.Rules.AskEvery)
	s.alarms.set(balanceAlarm, s.balance)
	m, owner, how := s.m, s.card, sim.Balance
	var said modem.USSD
	s.asker.ask(job{
		how: idle, wait: ussdWait,
		do: func(ctx context.Context) (err error) {
			if said, err = m.Ask(ctx, how.USSD); err == nil && said.Open {
				err = m.Cancel(ctx)
			}
			return err
		},
		done: func(err error) {
			if err != nil {
				s.log.Warn("balance not told", "err", err)
				s.balance = s.g.o.Now().Add(balanceAgain)
				s.alarms.set(balanceAlarm, s.balance)
				return
			}
			seen := ReadBalance(how, said.Text)
			seen.At, seen.SIM = s.g.o.Now().UTC(), owner.id
			s.g.note(owner.company, "", seen)
		},
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// ReadBalance reads an answer by the patterns of a card. What does not fit is left empty: the answer itself stays.
func ReadBalance(how fmc.BalanceQuery, answer string) fmc.BalanceSeen {
	seen := fmc.BalanceSeen{Answer: answer, Amount: decimal(group(how.Amount, answer))}
	if n, err := strconv.Atoi(group(how.Minutes, answer)); err == nil {
		seen.Minutes = &n
	}
	return seen
}

// group is what the one group of a pattern holds.
func group(pattern, text string) string {
	if pattern == "" {
		return ""
	}
	re, err := regexp.Compile(pattern) // configs has checked it
	if err != nil {
		return ""
	}
	if m := re.FindStringSubmatch(text); len(m) > 1 {
		return m[1]
	}
	return ""
}

// decimal reads an amount as networks write it: "1 234,56", "-12.5", "1,234.50". Empty for what is none.
func decimal(s string) string {
	s = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "").Replace(s)
	last := strings.LastIndexAny(s, ".,")
	var b strings.Builder
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9', r == '-' && i == 0:
			b.WriteRune(r)
		case (r == '.' || r == ',') && i == last && len(s)-last <= 3:
			b.WriteByte('.')
		case r == '.' || r == ',':
		default:
			return ""
		}
	}
	if _, err := strconv.ParseFloat(b.String(), 64); err != nil {
		return ""
	}
	return b.String()
}

// ReleaseLine ends whatever keeps a company's line from taking calls: a person has looked at it.
func (g *Gateway) ReleaseLine(company fmc.CompanyID, line fmc.LineID) error {
	c, ok := g.o.Companies.Company(company)
	if !ok {
		return cause.Errorf(cause.NotFound, "there is no company %q on this node", company)
	}
	sim, ok := simOf(c, line)
	if !ok {
		return cause.Errorf(cause.NotFound, "the company has no line %s: see roadline line list", line)
	}
	s := g.slotOf(c, sim)
	if s == nil || !s.box.post(s.releaseLine) {
		return cause.Errorf(cause.Unavailable, "the card is in no modem")
	}
	return nil
}
