package call

import (
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/plan"
)

// What people on the road do in random lives: they call through, are called back, prove who they are, refuse, confer.

// offerRoad has a person call from their ordinary mobile, known by their number or not yet.
func (l *lives) offerRoad(id fmc.CallID) {
	leg := fmc.LegID{Call: id, N: 1}
	r := plan.Request{
		Company: "acme", Direction: fmc.Outbound, Trunk: "carrier-a", Employee: "ivanov", Private: l.road.IntN(4) == 0,
		From: callerid.Number{E164: "+79161234567"}, To: callerid.Number{E164: "+74951234567"},
	}
	first := LegOffered{Leg: leg, Role: fmc.Worker, Who: Who{Employee: "ivanov", Device: "ivanov/mobile"}, Line: "trunk:carrier-a"}
	if l.road.IntN(3) == 0 {
		r.Direction, r.Employee, r.From = fmc.Inbound, "", callerid.Number{Kind: callerid.Hidden}
		first.Role, first.Who = fmc.Client, Who{}
	}
	l.up[leg], l.device[leg] = true, "client"
	l.open(id, r, first)
}

// roadPolicy varies what a person or a client may do about the recording.
func (l *lives) roadPolicy(p *plan.Policy) {
	p.Pause = []time.Duration{0, 2 * time.Minute, 20 * second}[l.road.IntN(3)]
	p.NoKeys = l.road.IntN(8) == 0
	if l.road.IntN(2) == 0 {
		p.Refusal = "9"
	}
}

// roadNode varies a node of a random plan.
func (l *lives) roadNode(n plan.Node) plan.Node {
	switch n.Do {
	case plan.Say:
		if l.road.IntN(3) == 0 {
			n.Say, n.Notice = "message-from+message/c1/1000", false
		}
	case plan.Gather:
		n.Secret = l.road.IntN(3) == 0
	case plan.Talk:
		if l.road.IntN(3) == 0 {
			n.Conference = "room"
		}
	case plan.Mail:
		if l.road.IntN(3) == 0 {
			n.Prompt = "recorded/101/1"
		}
	case plan.End:
		if l.road.IntN(3) == 0 {
			n.Then = &plan.Then{Employee: "ivanov", Digits: "89120000002", After: time.Duration(l.road.IntN(40)) * second, Round: l.road.IntN(3)}
		}
	case plan.Ring:
		for i := range n.Tries {
			if n.Tries[i].Role == fmc.Worker {
				n.Tries[i].Text = "Sales: +7 912 000-00-01 calls you"
			} else {
				n.Tries[i].Number = callerid.Number{E164: "+79120000002"}
			}
		}
	case plan.Wait, plan.Park, plan.Give, plan.Ask:
	}
	return n
}

// roadPlan has a plan recognise its subject, and find something that somebody should look at.
func (l *lives) roadPlan(p *plan.Plan, r plan.Request) {
	l.roadPolicy(&p.Recording)
	if r.From.Kind == callerid.Hidden && l.road.IntN(2) == 0 {
		p.Caller = &plan.Caller{Employee: "petrov", Device: "petrov/mobile", By: fmc.ByPIN}
	}
	if l.road.IntN(10) == 0 {
		p.Alerts = []fmc.Alert{{Kind: "cap", Employee: "ivanov", Text: "The day's calls are used up."}}
	}
}

// handsOver has a person who is in two calls join them, as a phone would by REFER; any two legs where nobody is.
func (l *lives) handsOver(w Wish) {
	for _, id := range l.order {
		if c := l.calls[id]; len(c.Threads) > 0 && c.Threads[0].Node().Do == plan.Talk && len(c.Threads[0].With) == 1 && c.alive(c.Threads[0].Subject) {
			if w.Leg.Call != id || w.Whom.IsZero() {
				w.Leg, w.Whom = c.Threads[0].Subject, w.Leg
			}
		}
	}
	l.post(l.legs[w.Leg], Wished{w})
}

// roadHappens has a client refuse to be recorded, or a person do something in a talk; false where nobody can.
func (l *lives) roadHappens() bool {
	for _, id := range l.order {
		c := l.calls[id]
		for _, p := range c.Parties {
			if ti, i, ok := attemptOf(*c, p.Leg); ok && p.Link == fmc.Dialing && c.Threads[ti].Node().Tries[i].Text != "" {
				if line := l.line(c, p.Leg); isSIM(line) {
					l.post(id, LinkIs{Leg: p.Leg, Link: fmc.Alerting, Line: line})
					return true
				}
			}
		}
		for _, leg := range c.Wiring.Listen {
			p, _ := c.Party(leg)
			if _, ok := c.hearsNotice(leg); ok && p.Role == fmc.Client {
				l.keys(leg, "9")
				return true
			}
			if !inConversation(c.Wiring, leg) || p.Role != fmc.Worker {
				continue
			}
			switch l.road.IntN(4) {
			case 0:
				l.keys(leg, "*5")
				l.run(l.now + 16*second)
			case 1:
				l.keys(leg, "*7")
				l.run(l.now + 21*second)
				l.keys(leg, "*7")
			case 2:
				l.keys(leg, "5**")
			case 3:
				l.keys(leg, "*1")
			}
			return true
		}
	}
	return false
}

func isSIM(line fmc.LineID) bool {
	_, ok := line.SIM()
	return ok
}

// follow begins the call that another promised.
func (s *stage) follow(id fmc.CallID, b Begin) {
	s.open(id, b.Request, Wished{Wish{Kind: WishBegin}})
}

// watchRoad holds what must be so of people on the road.
func (l *lives) watchRoad(was, is Call) {
	if is.Tape.Refused {
		for _, t := range is.Wiring.Talks {
			if t.Tape && !t.Mail {
				l.t.Fatalf("a client refused to be recorded, and a talk is on tape: %+v", t)
			}
		}
	}
	for _, p := range is.Parties {
		if before, _ := was.Party(p.Leg); p.Cue.Serial != before.Cue.Serial && p.Cue.Say != "" {
			l.seen["cue "+string(p.Cue.Say)]++
		}
		if ti, ok := is.gathering(p.Leg); p.Input.Secret && p.Input.Keys != "" && (!ok || !is.Threads[ti].Node().Secret) {
			l.t.Fatalf("a PIN stays in the call after it was asked: %+v", p)
		}
	}
	if is.meets("room") && len(is.Threads[0].With) > 0 {
		l.seen["conference"]++
	}
	if is.private() {
		l.seen["private"]++
	}
}

func FuzzCode(f *testing.F) {
	for _, keys := range []string{"5", "**", "*5*5", "*2105#*6*0", "*3105#", "*4#", "*7*7", "*#", "*A", "9*", "*2*2*2#"} {
		f.Add(keys)
	}
	f.Fuzz(func(t *testing.T, keys string) {
		h, client, mobile := talkingTo(t)
		h.keys(mobile, keys)
		if h.pressed[mobile] != "" {
			t.Fatalf("the person hears their own keys %q", h.pressed[mobile])
		}
		h.hangUp(client)
		h.run(h.now + 3*time.Minute)
		for _, id := range h.order {
			h.post(id, Wished{Wish{Kind: WishHangUp}})
		}
		h.run(h.now + 40*second)
		if !h.calls["c1"].Over() || len(h.up) > 0 {
			t.Fatalf("after %q the call goes on: %v", keys, h.up)
		}
	})
}
