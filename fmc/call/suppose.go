package call

import (
	"strings"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// How people behave who take a supposed call.
const (
	picksUp  = time.Second // after the device was dialled
	confirms = time.Second // after that
	speaks   = 10 * time.Second
)

// Supposed is a call that somebody asks about, in the words in which people ask: a client calls a number of the company,
// or a person of the company dials.
type Supposed struct {
	From, To string   // a client's number, empty for a hidden one; a number of the company, empty where it has one alone
	By, Dial string   // a person or an account; what is dialled
	Show     string   // the number that they choose to be seen; empty: as the rules say
	Keys     string   // pressed in the first menu; behind a space, in the next
	Answers  []string // people and groups who pick up at once; "outside" for whoever is called there
}

// Request is the supposed call as Decide is asked about it. Errors are of kind cause.Invalid.
func (s Supposed) Request(c *fmc.Company) (plan.Request, error) {
	switch {
	case s.By != "" && s.Dial == "":
		return plan.Request{}, cause.Errorf(cause.Invalid, "what does %s dial? say it beside who calls", s.By)
	case s.By == "" && s.Dial != "":
		return plan.Request{}, cause.Errorf(cause.Invalid, "who dials %s? name a person or an account", s.Dial)
	case s.By != "" && (s.From != "" || s.To != ""):
		return plan.Request{}, cause.Errorf(cause.Invalid, "either a client calls from a number to a number, or a person dials: not both")
	case s.By == "" && s.Show != "":
		return plan.Request{}, cause.Errorf(cause.Invalid, "who shows %s? only a person who dials chooses the number that is seen", s.Show)
	case s.By != "":
		return s.out(c)
	default:
		return s.in(c)
	}
}

func (s Supposed) in(c *fmc.Company) (plan.Request, error) {
	t := fmc.Test{}
	if s.From != "" {
		from, err := callerid.Read(s.From, c.Profile.Country)
		if err != nil {
			return plan.Request{}, err
		}
		t.From = from.Canonical()
	}
	if s.To == "" && len(c.Numbers) == 1 {
		t.To = c.Numbers[0].Number
		return requestOf(c, t), nil
	}
	to, err := callerid.Read(s.To, c.Profile.Country)
	if err == nil {
		if _, own := c.NumberOf(to.E164); own {
			t.To = to.Canonical()
			return requestOf(c, t), nil
		}
	}
	var own []string
	for _, n := range c.Numbers {
		own = append(own, n.Number.E164)
	}
	numbers := strings.Join(own, ", ")
	switch {
	case len(own) == 0:
		return plan.Request{}, cause.Errorf(cause.Invalid, "company %s has no number that could be called", c.Profile.ID)
	case s.To == "":
		return plan.Request{}, cause.Errorf(cause.Invalid, "which number is called? company %s has %s", c.Profile.ID, numbers)
	default:
		return plan.Request{}, cause.Errorf(cause.Invalid, "%q is no number of company %s: its numbers are %s", s.To, c.Profile.ID, numbers)
	}
}

func (s Supposed) out(c *fmc.Company) (plan.Request, error) {
	account := fmc.AccountID(s.By)
	if e, ok := c.Employee(fmc.EmployeeID(s.By)); ok {
		for _, d := range e.Devices {
			if d.Account != "" {
				account = d.Account
			}
		}
		if _, _, ok := c.Account(account); !ok {
			return plan.Request{}, cause.Errorf(cause.Invalid, "%s has no SIP account to call from", s.By)
		}
	}
	if _, _, ok := c.Account(account); !ok {
		return plan.Request{}, cause.Errorf(cause.Invalid, "company %s has no person or account %q", c.Profile.ID, s.By)
	}
	r := requestOf(c, fmc.Test{Account: account, Dial: s.Dial})
	if s.Show != "" {
		show, err := callerid.Read(s.Show, c.Profile.Country)
		if err != nil {
			return plan.Request{}, err
		}
		r.Show = show.Canonical()
	}
	return r, nil
}

// requestOf is a test's call as the SIP side would bring it.
func requestOf(c *fmc.Company, t fmc.Test) plan.Request {
	// A carrier of the country is supposed: it checks the number that calls.
	r := plan.Request{Company: c.Profile.ID, Direction: fmc.Inbound, From: t.From, To: t.To, Trust: fmc.TrustCarrier}
	if t.Account != "" {
		return plan.Read(c, plan.Request{Company: c.Profile.ID, Direction: fmc.Outbound, Account: t.Account, Dialled: t.Dial})
	}
	if n, ok := c.NumberOf(t.To.E164); ok {
		if r.Trunk = n.Trunk; n.SIM != "" {
			r.Line = n.SIM.Line()
		}
	}
	if r.From.IsZero() {
		r.From = callerid.Number{Kind: callerid.Hidden}
	}
	return r
}

// Script is how the people of the supposed call behave.
func (s Supposed) Script(c *fmc.Company) (Script, error) {
	script := Script{Caller: Caller{Talked: speaks}}
	if s.Keys != "" {
		for i, keys := range strings.Fields(s.Keys) {
			script.Caller.Keys = append(script.Caller.Keys, Keys{Menu: i, After: time.Second, Keys: keys})
		}
	}
	for _, who := range s.Answers {
		if !script.answers(c, who) {
			return Script{}, cause.Errorf(cause.Invalid, "company %s has no person or group %q who could answer", c.Profile.ID, who)
		}
	}
	return script, nil
}

// answers has a person, a group, or "outside" pick up at once and confirm; false where there is no such.
func (s *Script) answers(c *fmc.Company, who string) bool {
	at := Behaviour{Answers: picksUp, Key: "1", KeyIn: confirms}
	if who == "outside" {
		s.Outside = map[string]Behaviour{"": at}
		return true
	}
	people := c.Members(fmc.GroupID(who))
	if e, ok := c.Employee(fmc.EmployeeID(who)); ok {
		people = append(people, e)
	}
	if s.Devices == nil {
		s.Devices = map[fmc.DeviceID]Behaviour{}
	}
	for _, e := range people {
		for _, d := range e.Devices {
			s.Devices[d.ID] = at
		}
	}
	_, group := c.Group(fmc.GroupID(who))
	return group || len(people) > 0
}
