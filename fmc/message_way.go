package fmc

import (
	"fmt"
	"slices"
	"strings"

	"roadline/callerid"
	"roadline/fmc/cause"
)

// MessageRule says by what messages leave that fit all of its conditions.
type MessageRule struct {
	To      []string // beginnings of E.164 numbers; none: any
	From    []string // E.164 numbers or names; none: any
	Program ProgramID
	By      []MessageBy // the first that may send as the sender
}

// MessageBy is one kind of way: the company's SIM cards, or a message centre.
type MessageBy struct {
	SIM    bool
	Centre CentreID
}

// String names it as a company file does.
func (b MessageBy) String() string {
	if b.SIM {
		return "sim"
	}
	return string(b.Centre)
}

// MessageOrder is a message that somebody wants sent.
type MessageOrder struct {
	From    string // a number or a name of the company, or the ICCID of a card; empty: whichever may
	To      string
	Text    string
	By      string // who wants it
	Program ProgramID
	Receipt byte        // registered_delivery of a program's, SMPP 3.4 §5.2.17; 0: it is told nothing
	Part    MessagePart // of a message that its sender cut itself
	Why     string      // the reason of the choice of its way, as MessageWay gave it
	Shadow  ShadowID    // of the attempt that sends it; empty: somebody writes to somebody
}

// MessagePart says which part of which message it is; Parts 0: it is whole.
type MessagePart struct{ Ref, Part, Parts int }

// MessageWay is by what a message leaves, and why.
type MessageWay struct {
	By   MessageBy
	From string // as MessageOrder.From; by a centre the number or name that it shows
	Why  string // a sentence
}

// MessageWay decides by what a message leaves. grants are what the machine lets the company use. A number that has a SIM
// answers from that SIM, whatever the rules say; then the first rule that fits; then whoever may send as the number. A pure
// function.
func (c *Company) MessageWay(o MessageOrder, to callerid.Number, grants []CentreGrant) (MessageWay, error) {
	sender := o.From
	if n := callerid.Received(o.From, c.Profile.Country); n.E164 != "" {
		sender = n.E164
	}
	if p, ok := c.Program(o.Program); ok && !p.MaySend(sender) {
		return MessageWay{}, cause.Errorf(cause.NotFound, "program %s may not send as %q: its company's file names what it may send as", p.ID, o.From)
	}
	if s, ok := find(c.SIMs, func(s *SIM) bool { return o.From != "" && (string(s.ICCID) == o.From || s.Number.E164 == sender) }); ok {
		return MessageWay{MessageBy{SIM: true}, o.From, fmt.Sprintf("%s is on a SIM, which answers for it", s.Number.E164)}, nil
	}
	for i, r := range c.Rules.Messages {
		if r.fits(sender, to, o.Program) {
			return c.byRule(i, r, sender, grants)
		}
	}
	return c.byGrant(sender, grants)
}

func (r MessageRule) fits(sender string, to callerid.Number, program ProgramID) bool {
	begins := func(prefix string) bool { return strings.HasPrefix(to.E164, prefix) }
	return (len(r.To) == 0 || slices.ContainsFunc(r.To, begins)) && (len(r.From) == 0 || slices.Contains(r.From, sender)) &&
		(r.Program == "" || r.Program == program)
}

// byRule takes the first of a rule's ways that may send as the sender.
func (c *Company) byRule(i int, r MessageRule, sender string, grants []CentreGrant) (MessageWay, error) {
	for _, by := range r.By {
		if by.SIM {
			if sender == "" && len(c.SIMs) > 0 {
				return MessageWay{by, "", fmt.Sprintf("rule %d of message_rules: by SIM", i+1)}, nil
			}
			continue
		}
		for _, g := range grants {
			if from, ok := g.shows(sender); ok && g.Centre == by.Centre {
				return MessageWay{by, from, fmt.Sprintf("rule %d of message_rules: by %s", i+1, by)}, nil
			}
		}
	}
	return MessageWay{}, cause.Errorf(cause.Denied, "rule %d of message_rules fits, and none of %v may send as %q: correct the rule, or the sender", i+1, r.By, sender)
}

// byGrant takes whatever may send as the sender.
func (c *Company) byGrant(sender string, grants []CentreGrant) (MessageWay, error) {
	if sender == "" && len(c.SIMs) > 0 {
		return MessageWay{MessageBy{SIM: true}, "", "no rule fits: the first SIM that may"}, nil
	}
	for _, g := range grants {
		if from, ok := g.shows(sender); ok {
			return MessageWay{MessageBy{Centre: g.Centre}, from, fmt.Sprintf("no rule fits: centre %s may send as %s", g.Centre, from)}, nil
		}
	}
	if sender == "" {
		return MessageWay{}, cause.Errorf(cause.NotFound, "the company has no SIM card and no message centre to send by")
	}
	return MessageWay{}, cause.Errorf(cause.NotFound, "the company has nothing that may send as %q: see \"sims\" of its file and \"smpp\" of roadline.yaml", sender)
}

// shows is what a centre shows for a sender; the first that it may for none.
func (g CentreGrant) shows(sender string) (string, bool) {
	switch {
	case sender != "":
		return sender, g.MaySend(sender)
	case len(g.Numbers) > 0:
		return g.Numbers[0].E164, true
	case len(g.Names) > 0:
		return g.Names[0], true
	}
	return "", false
}

// MessagePeer reads whom a message goes to, and refuses whom the company does not call.
func (c *Company) MessagePeer(to string) (callerid.Number, error) {
	country := c.Profile.Country
	if callerid.IsEmergency(to, country) {
		return callerid.Number{}, cause.Errorf(cause.Denied, "%s is an emergency number: call it on a telephone", to)
	}
	n, err := callerid.Read(to, country)
	if err != nil {
		return n, err
	}
	switch n.Class(country) {
	case callerid.ToEmergency:
		return n, cause.Errorf(cause.Denied, "%s is an emergency number: call it on a telephone", to)
	case callerid.DomesticPremium, callerid.AbroadPremium:
		if !c.Rules.Dialling.Premium {
			return n, cause.Errorf(cause.Denied, "%s is a premium number, which the company does not allow", to)
		}
	case callerid.Internal, callerid.Unclassed:
		return n, cause.Errorf(cause.Invalid, "%s is no number that takes messages: write it with its country, such as +79161234567", to)
	case callerid.ToService, callerid.DomesticFixed, callerid.DomesticMobile, callerid.DomesticFree, callerid.DomesticShared, callerid.Abroad:
	}
	return n, nil
}
