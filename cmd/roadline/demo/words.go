package demo

import (
	"fmt"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// words say of a company's calls where they are and what came of them.
type words struct{ company *fmc.Company }

// client is the outside party's number; of a call within the company what was dialled.
func (w words) client(d fmc.Direction, from, to, dialled string) string {
	switch {
	case d == fmc.Inbound && from == "":
		return "hidden"
	case d == fmc.Inbound:
		return from
	case to != "":
		return to
	case dialled != "":
		return dialled
	default:
		return "-"
	}
}

// doing says where a call is now; empty where it is nowhere, as while it asks what is next.
func (w words) doing(c call.Call) string {
	if c.End != nil {
		return "has ended: its record is being kept"
	}
	if len(c.Threads) == 0 {
		return ""
	}
	t := c.Threads[0]
	n := t.Node()
	switch n.Do {
	case plan.Say:
		if n.Notice {
			return w.by(c) + "the client hears the notice"
		}
		return "hears: " + spokenWord(n.Say)
	case plan.Gather:
		if c.Request.Direction == fmc.Outbound {
			return w.by(c) + "keys whom to call"
		}
		return "hears the menu"
	case plan.Ring:
		return w.by(c) + w.ringing(c)
	case plan.Wait:
		return "waits in the line of " + w.group(n.Group)
	case plan.Talk:
		return w.talking(c)
	case plan.Mail:
		return "leaves a message for " + w.target(n.Group, n.Person)
	case plan.Park:
		return "is parked"
	default: // Ask, Give, End take no time
		return ""
	}
}

// wanted is the number outside that a person of the company is calling; empty where none is called now.
func (w words) wanted(c call.Call) string {
	if c.Request.Direction != fmc.Outbound || len(c.Threads) == 0 {
		return ""
	}
	for _, t := range c.Threads[0].Node().Tries {
		if t.Role == fmc.Client {
			return t.Number.E164
		}
	}
	return ""
}

// by begins what is said of a call that one of the company makes.
func (w words) by(c call.Call) string {
	if c.Request.Employee == "" {
		return ""
	}
	return w.person(c.Request.Employee) + ": "
}

// ringing says who is being called, and how far they are.
func (w words) ringing(c call.Call) string {
	var parts []string
	for _, a := range c.Threads[0].Tries {
		p, ok := c.Party(a.Leg)
		if !ok || a.State == call.Withdrawn {
			continue
		}
		parts = append(parts, w.party(p)+" "+linkWord(p))
	}
	if len(parts) == 0 {
		return "looks for somebody"
	}
	return strings.Join(parts, ", ")
}

func linkWord(p call.Party) string {
	switch {
	case p.Link == fmc.Up && p.Assent == fmc.Awaited:
		return "must press 1"
	case p.Link == fmc.Up:
		return "picked up"
	case p.Link == fmc.Alerting:
		return "rings"
	default:
		return "is called"
	}
}

// talking says who speaks.
func (w words) talking(c call.Call) string {
	var who []string
	for _, t := range c.Wiring.Talks {
		for _, id := range t.Legs {
			if p, ok := c.Party(id); ok && p.Role == fmc.Worker {
				who = append(who, w.party(p))
			}
		}
	}
	if len(who) == 0 {
		return w.by(c) + "is put through"
	}
	return "talks: " + strings.Join(who, ", ")
}

// party is a person and the device they have in hand; the client has no name.
func (w words) party(p call.Party) string {
	if p.Role == fmc.Client {
		return "the client"
	}
	name := w.person(p.Who.Employee)
	if _, device, ok := strings.Cut(string(p.Who.Device), "/"); ok {
		by := ""
		if _, sim := p.Line.SIM(); sim {
			by = " by SIM"
		}
		name += " (" + map[string]string{"sip": "phone", "mobile": "mobile"}[device] + by + ")"
	}
	return name
}

func (w words) person(id fmc.EmployeeID) string {
	if e, ok := w.company.Employee(id); ok {
		return e.Name
	}
	return string(id)
}

func (w words) group(id fmc.GroupID) string {
	if g, ok := w.company.Group(id); ok {
		return g.Name
	}
	return string(id)
}

func (w words) target(g fmc.GroupID, p fmc.EmployeeID) string {
	if p != "" {
		return w.person(p)
	}
	return w.group(g)
}

// spokenWord is a prompt's id as it is shown: of several, the first, which says what it is about.
func spokenWord(id fmc.PromptID) string {
	about, _, _ := strings.Cut(string(id), "+")
	return strings.ReplaceAll(about, "-", " ")
}

// came says what came of a call.
func (w words) came(r fmc.Record) string {
	lost := ""
	if r.Cause.Meaning == cause.Lost || r.Cause.Meaning == cause.LineFault {
		lost = ": " + strings.TrimSuffix(lower(r.Cause.Text), ".")
	}
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.0f s", d.Seconds()) }
	switch r.Status {
	case fmc.StatusAnswered:
		who := w.person(r.Who.Employee)
		if r.Opened.Direction != fmc.Inbound {
			return fmt.Sprintf("answered: %s talked for %s", who, seconds(r.Times.Talked)) + lost
		}
		return fmt.Sprintf("answered: %s after %s, for %s", who, seconds(r.Times.Answered), seconds(r.Times.Talked)) + lost
	case fmc.StatusVoicemail:
		return "voicemail for " + w.target(r.Mail[0].Group, r.Mail[0].Employee)
	case fmc.StatusAbandoned:
		return "hung up before anybody was rung, after " + seconds(r.Times.Ended)
	case fmc.StatusMissed:
		return "missed: nobody talked to them in " + seconds(r.Times.Ended)
	case fmc.StatusNotAnswered:
		return "not answered: " + strings.TrimSuffix(lower(r.Cause.Text), ".")
	default:
		return string(r.Status) + ": " + strings.TrimSuffix(lower(r.Cause.Text), ".")
	}
}

// lower is a sentence as a part of another.
func lower(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
