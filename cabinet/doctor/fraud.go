package doctor

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/plan"
)

// Numbers that belong to nobody: Ofcom and the NANPA keep them free for plays and films.
const (
	nobodyBritish  = "+442079460000"
	nobodyAmerican = "+12025550100"
)

// nobodies are two numbers of nobody, the first outside a company's country.
func (c Company) nobodies() (abroad, other string) {
	if c.Profile.Country == "GB" {
		return nobodyAmerican, nobodyBritish
	}
	return nobodyBritish, nobodyAmerican
}

// mostTried bounds how many calls of strangers are rehearsed for one company: each takes a millisecond.
const mostTried = 2000

// strangers rehearses calls of somebody who is nobody of the company to each of its numbers, with each key in the first
// menu and with a number abroad keyed at once, and asks Decide for a number abroad as each person without any proof:
// none may ring it.
func strangers(ctx context.Context, n Node) []Finding {
	var all []Finding
	tried := 0
	for _, c := range n.Companies {
		for i := range c.Numbers {
			count, leak := c.leaks(ctx, n, &c.Numbers[i])
			tried += count
			if leak {
				all = append(all, found(Bad, "company", string(c.Profile.ID), "number", c.Numbers[i].Number.E164))
			}
			if tried > mostTried {
				break
			}
		}
	}
	if len(all) == 0 && tried > 0 {
		return one(Well, "count", strconv.Itoa(tried))
	}
	return all
}

// leaks reports whether a stranger who calls a number of the company reaches a number abroad, and how many ways it tried.
func (c Company) leaks(ctx context.Context, n Node, x *fmc.Number) (tried int, leak bool) {
	abroad, other := c.nobodies()
	keys := append(strings.Split("0123456789*#", ""), "", strings.TrimPrefix(abroad, "+")+"#")
	for _, k := range keys {
		if ctx.Err() != nil {
			return tried, leak
		}
		s := call.Supposed{From: other, To: x.Number.E164, Keys: k}
		request, err := s.Request(c.Company)
		if err != nil {
			continue
		}
		script, err := s.Script(c.Company)
		if err != nil {
			continue
		}
		tried++
		rehearsed := call.Rehearse(c.Company, c.World, request, n.Now, script)
		if slices.ContainsFunc(rehearsed.Rings, func(r call.Rang) bool { return r.Number.E164 == abroad }) {
			return tried, true
		}
	}
	for i := range c.Employees {
		r := c.dialling(abroad)
		r.Direction, r.To = fmc.Inbound, x.Number
		r.Query = plan.Query{What: plan.AskOut, Employee: c.Employees[i].ID, Digits: abroad, Proof: fmc.ByNothing}
		tried++
		if leadsOut(plan.Decide(c.Company, c.World, r, n.Now), abroad) {
			return tried, true
		}
	}
	return tried, false
}

// dialling is a call to an outside number, as Decide reads it.
func (c Company) dialling(number string) plan.Request {
	return plan.Read(c.Company, plan.Request{Company: c.Profile.ID, Direction: fmc.Outbound, Dialled: number})
}

// leadsOut reports whether a plan rings an outside number.
func leadsOut(p plan.Plan, e164 string) bool {
	return slices.ContainsFunc(p.Nodes, func(n plan.Node) bool {
		return slices.ContainsFunc(n.Tries, func(t plan.Try) bool { return t.Number.E164 == e164 })
	})
}

// abroad counts who may call abroad with nothing that stops a thief who has their password or PIN.
func abroad(_ context.Context, n Node) []Finding {
	var all []Finding
	for _, c := range n.Companies {
		may, capped := 0, 0
		to, _ := c.nobodies()
		for i := range c.Employees {
			e := &c.Employees[i]
			r := c.dialling(to)
			r.Employee, r.Account = e.ID, accountOf(e)
			if !leadsOut(plan.Decide(c.Company, c.World, r, n.Now), to) {
				continue
			}
			may++
			if c.CapsOf(e) != (fmc.Caps{}) {
				capped++
			}
		}
		values := []string{"company", string(c.Profile.ID), "may", strconv.Itoa(may), "people", strconv.Itoa(len(c.Employees))}
		if may > capped {
			all = append(all, found(Warn, values...))
		} else if len(c.Employees) > 0 {
			all = append(all, found(Well, values...))
		}
	}
	return all
}

// accountOf is a SIP account of a person; empty: they have none.
func accountOf(e *fmc.Employee) fmc.AccountID {
	for _, d := range e.Devices {
		if d.Account != "" {
			return d.Account
		}
	}
	return ""
}
