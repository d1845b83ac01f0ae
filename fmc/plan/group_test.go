package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/plan"
)

// desk is a company of one group: five people a, b, c, d, e, each with a phone, and whatever the group is made to be.
func desk(t testing.TB, change func(*fmc.Group)) *fmc.Company {
	t.Helper()
	c := acme(t)
	c.Employees, c.Scenarios, c.Numbers[0].Scenario = nil, nil, ""
	c.Groups = []fmc.Group{{
		ID: "desk", Strategy: fmc.Hunt, Ring: 60 * second, Each: 10 * second, Sticky: time.Hour,
		Wait: fmc.WaitRule{Longest: 5 * time.Minute},
	}}
	for _, id := range []fmc.EmployeeID{"a", "b", "c", "d", "e"} {
		dev := fmc.DeviceID(id + "/sip")
		c.Employees = append(c.Employees, fmc.Employee{
			ID: id, Groups: []fmc.GroupID{"desk"}, Devices: []fmc.Device{{ID: dev, Kind: fmc.SIPPhone, Account: fmc.AccountID(id)}},
		})
	}
	change(&c.Groups[0])
	return c
}

// phones is a world where every phone is registered.
type phones struct{ world }

func (w *phones) Lines(id fmc.DeviceID) []fmc.LineState {
	if lines, ok := w.lines[id]; ok {
		return lines
	}
	return []fmc.LineState{{ID: fmc.LineID("sip:" + id), Kind: fmc.AccountLine, Ready: true}}
}

func asking(t testing.TB, q plan.Query) plan.Request {
	t.Helper()
	r := calling(t)
	r.Query, r.So = q, plan.SoFar{Answered: true, Noticed: true}
	return r
}

// order is who rings when: "a b@10s".
func order(n plan.Node) string {
	var told []string
	for _, try := range n.Tries {
		s := string(try.Employee)
		if try.After > 0 {
			s += "@" + try.After.String()
		}
		told = append(told, s)
	}
	return strings.Join(told, " ")
}

func TestAGroupRingsInTheOrderOfItsStrategy(t *testing.T) {
	idle := map[fmc.EmployeeID]time.Duration{"a": 1, "b": 5, "c": 3, "d": 5, "e": 2}
	for name, row := range map[string]struct {
		strategy fmc.Strategy
		world    world
		so       plan.SoFar
		want     string
	}{
		"all at once":                        {fmc.RingAll, world{}, plan.SoFar{}, "a b c d e"},
		"all but who are busy":               {fmc.RingAll, world{busy: map[fmc.EmployeeID]bool{"b": true, "e": true}}, plan.SoFar{}, "a c d"},
		"one after another":                  {fmc.Hunt, world{}, plan.SoFar{}, "a b@10s c@20s d@30s e@40s"},
		"who is busy is skipped":             {fmc.Hunt, world{busy: map[fmc.EmployeeID]bool{"a": true, "c": true}}, plan.SoFar{}, "b d@10s e@20s"},
		"who was tried comes last":           {fmc.Hunt, world{}, plan.SoFar{Tried: []fmc.EmployeeID{"a", "b"}}, "c d@10s e@20s a@30s b@40s"},
		"who declined is not rung":           {fmc.Hunt, world{}, plan.SoFar{Passed: []fmc.EmployeeID{"a", "b"}}, "c d@10s e@20s"},
		"the longest idle first":             {fmc.LongestIdle, world{idle: idle}, plan.SoFar{}, "b d@10s c@20s e@30s a@40s"},
		"behind the one rung last":           {fmc.RoundRobin, world{turn: map[fmc.GroupID]fmc.EmployeeID{"desk": "c"}}, plan.SoFar{}, "d e@10s a@20s b@30s c@40s"},
		"behind the last, from the first":    {fmc.RoundRobin, world{turn: map[fmc.GroupID]fmc.EmployeeID{"desk": "e"}}, plan.SoFar{}, "a b@10s c@20s d@30s e@40s"},
		"in turn for the first time":         {fmc.RoundRobin, world{}, plan.SoFar{}, "a b@10s c@20s d@30s e@40s"},
		"behind one who is busy now":         {fmc.RoundRobin, world{turn: map[fmc.GroupID]fmc.EmployeeID{"desk": "b"}, busy: map[fmc.EmployeeID]bool{"b": true, "c": true}}, plan.SoFar{}, "d e@10s a@20s"},
		"behind one who left the group long": {fmc.RoundRobin, world{turn: map[fmc.GroupID]fmc.EmployeeID{"desk": "zoe"}}, plan.SoFar{}, "a b@10s c@20s d@30s e@40s"},
	} {
		t.Run(name, func(t *testing.T) {
			c := desk(t, func(g *fmc.Group) { g.Strategy = row.strategy })
			q := asking(t, plan.Query{What: plan.AskGroup, Group: "desk"})
			row.so.Noticed = true
			q.So = row.so
			_, n := at(t, decide(t, c, &phones{row.world}, q, monday), plan.Ring)
			if got := order(n); got != row.want || n.For != 60*second || n.Group != "desk" {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
}

func TestInAThousandCallsTheLongestIdleServesEverybodyAlike(t *testing.T) {
	c := desk(t, func(g *fmc.Group) { g.Strategy = fmc.LongestIdle })
	served, ended := map[fmc.EmployeeID]int{}, map[fmc.EmployeeID]time.Duration{}
	for call := range 1000 {
		w := &phones{world{idle: map[fmc.EmployeeID]time.Duration{}}}
		now := time.Duration(call+1) * time.Minute
		for _, e := range c.Employees {
			w.idle[e.ID] = now - ended[e.ID]
		}
		_, n := at(t, decide(t, c, w, asking(t, plan.Query{What: plan.AskGroup, Group: "desk"}), monday), plan.Ring)
		who := n.Tries[0].Employee
		served[who]++
		ended[who] = now
	}
	for id, n := range served {
		if n != 200 {
			t.Errorf("%s served %d of 1000 calls", id, n)
		}
	}
}

func TestARoundHoldsAsManyPeopleAsItsTimeAndAFewInReserve(t *testing.T) {
	c := desk(t, func(g *fmc.Group) { g.Ring = 20 * second })
	for i := range 20 {
		id := fmc.EmployeeID(fmt.Sprint("more", i))
		c.Employees = append(c.Employees, fmc.Employee{ID: id, Groups: []fmc.GroupID{"desk"}, Devices: []fmc.Device{{ID: fmc.DeviceID(id), Kind: fmc.SIPPhone, Account: fmc.AccountID(id)}}})
	}
	p := decide(t, c, &phones{}, asking(t, plan.Query{What: plan.AskGroup, Group: "desk"}), monday)
	if _, n := at(t, p, plan.Ring); len(n.Tries) != 7 || !strings.Contains(why(p, "person"), "is not rung in this round") {
		t.Fatalf("%d people in a round of 20s:\n%s", len(n.Tries), p)
	}
}

func TestAFamiliarPersonRingsAloneFirstWithinTheHour(t *testing.T) {
	c := desk(t, func(*fmc.Group) {})
	ask := asking(t, plan.Query{What: plan.AskGroup, Group: "desk"})
	for name, row := range map[string]struct {
		world world
		query plan.Query
		want  []string
	}{
		"after 59 minutes":      {world{last: "c", ago: 59 * time.Minute}, ask.Query, []string{"c", "a b@10s d@20s e@30s"}},
		"after 60 minutes":      {world{last: "c", ago: 60 * time.Minute}, ask.Query, []string{"c", "a b@10s d@20s e@30s"}},
		"after 61 minutes":      {world{last: "c", ago: 61 * time.Minute}, ask.Query, []string{"a b@10s c@20s d@30s e@40s"}},
		"busy now":              {world{last: "c", ago: time.Minute, busy: map[fmc.EmployeeID]bool{"c": true}}, ask.Query, []string{"a b@10s d@20s e@30s"}},
		"nobody":                {world{}, ask.Query, []string{"a b@10s c@20s d@30s e@40s"}},
		"of another department": {world{last: "zoe", ago: time.Minute}, ask.Query, []string{"a b@10s c@20s d@30s e@40s"}},
		"in a later round":      {world{last: "c", ago: time.Minute}, plan.Query{What: plan.AskGroup, Group: "desk", Round: 1}, []string{"a b@10s c@20s d@30s e@40s"}},
	} {
		t.Run(name, func(t *testing.T) {
			q := ask
			q.Query = row.query
			p := decide(t, c, &phones{row.world}, q, monday)
			var got []string
			for _, n := range p.Nodes {
				if n.Do == plan.Ring {
					got = append(got, order(n))
				}
			}
			if !slices.Equal(got, row.want) {
				t.Fatalf("%q, want %q", got, row.want)
			}
			if len(got) == 2 && (p.Nodes[0].On[plan.NoAnswer] != 1 || p.Nodes[0].On[plan.Won] != p.Nodes[1].On[plan.Won]) {
				t.Fatalf("the others do not follow:\n%s", p)
			}
		})
	}
	hidden := ask
	hidden.From.E164 = ""
	if p := decide(t, c, &phones{world{last: "c", ago: time.Minute}}, hidden, monday); strings.Contains(why(p, "sticky"), "c") || len(p.Nodes[0].Tries) != 5 {
		t.Fatalf("a hidden caller is familiar:\n%s", p)
	}
}

func TestEverybodyBusyMeansTheWaitingLine(t *testing.T) {
	all := map[fmc.EmployeeID]bool{"a": true, "b": true, "c": true, "d": true, "e": true}
	c := desk(t, func(g *fmc.Group) { g.Wait.Position, g.Wait.Music = true, "jazz" })
	q := asking(t, plan.Query{What: plan.AskGroup, Group: "desk"})
	p := decide(t, c, &phones{world{busy: all, waiting: map[fmc.GroupID]int{"desk": 2}}}, q, monday)
	if p.Nodes[0].Say != "queue-position+number/3" {
		t.Fatalf("the place is not told:\n%s", p)
	}
	_, n := at(t, p, plan.Wait)
	if n.For != 5*time.Minute || n.Say != "jazz" || n.Group != "desk" {
		t.Fatalf("%s", p)
	}
	if again := p.Nodes[2]; again.Do != plan.Ask || again.Query.Group != "desk" || again.Query.Round != 1 {
		t.Fatalf("its turn does not ask again:\n%s", p)
	}
	if late := p.Nodes[n.On[plan.TimedOut]]; late.Do != plan.Mail || late.Group != "desk" {
		t.Fatalf("who waited too long does not leave a message:\n%s", p)
	}
	q.Query.Round = 1
	if p = decide(t, c, &phones{world{busy: all}}, q, monday); p.Nodes[0].Do != plan.Wait {
		t.Fatalf("whose turn came to nothing does not wait on, or hears the place again:\n%s", p)
	}
}

func TestWhoWaitsDoesNotLeaveTheLineToHearANoticeThatCouldNotBeHeardBefore(t *testing.T) {
	q := calling(t)
	q.Query = plan.Query{What: plan.AskGroup, Group: "sales", Round: 2}
	q.So = plan.SoFar{Answered: true, Waited: time.Minute}
	if p := decide(t, acme(t), &world{}, q, monday); p.Nodes[0].Do != plan.Ring || !p.Recording.Record {
		t.Fatalf("%s", p)
	}
}

func TestANewcomerDoesNotOvertakeThoseWhoWait(t *testing.T) {
	c := desk(t, func(*fmc.Group) {})
	q := asking(t, plan.Query{What: plan.AskGroup, Group: "desk"})
	w := &phones{world{waiting: map[fmc.GroupID]int{"desk": 1}, last: "a", ago: time.Minute}}
	if p := decide(t, c, w, q, monday); p.Nodes[0].Do != plan.Wait {
		t.Fatalf("a newcomer overtakes:\n%s", p)
	}
	q.Query.Round = 1
	if p := decide(t, c, w, q, monday); p.Nodes[0].Do != plan.Ring {
		t.Fatalf("whose turn came is not served:\n%s", p)
	}
}

func TestWhereTheLineDoesNotTakeACallItOverflows(t *testing.T) {
	busy := map[fmc.EmployeeID]bool{"a": true, "b": true, "c": true, "d": true, "e": true}
	for name, row := range map[string]struct {
		change func(*fmc.Group)
		world  world
		query  plan.Query
		so     plan.SoFar
		reason string
	}{
		"no line":        {func(g *fmc.Group) { g.Wait = fmc.WaitRule{} }, world{busy: busy}, plan.Query{}, plan.SoFar{}, "has no waiting line"},
		"a full line":    {func(g *fmc.Group) { g.Wait.Most = 2 }, world{busy: busy, waiting: map[fmc.GroupID]int{"desk": 2}}, plan.Query{}, plan.SoFar{}, "is full"},
		"longest wait":   {func(*fmc.Group) {}, world{}, plan.Query{Round: 3}, plan.SoFar{Waited: 5 * time.Minute}, "enough"},
		"endless rounds": {func(*fmc.Group) {}, world{}, plan.Query{Round: 501}, plan.SoFar{}, "enough"},
		"all unreachable": {func(*fmc.Group) {}, world{lines: map[fmc.DeviceID][]fmc.LineState{
			"a/sip": {}, "b/sip": {}, "c/sip": {}, "d/sip": {}, "e/sip": {{ID: "sip:e", Kind: fmc.AccountLine, Why: "not registered"}},
		}}, plan.Query{}, plan.SoFar{}, "can be reached"},
		"all declined": {func(*fmc.Group) {}, world{}, plan.Query{}, plan.SoFar{Passed: []fmc.EmployeeID{"a", "b", "c", "d", "e"}}, "can be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			c := desk(t, row.change)
			row.query.What, row.query.Group = plan.AskGroup, "desk"
			q := asking(t, row.query)
			row.so.Noticed = true
			q.So = row.so
			p := decide(t, c, &phones{row.world}, q, monday)
			if p.Nodes[0].Do != plan.Mail || p.Nodes[0].Group != "desk" || !strings.Contains(why(p, "overflow"), row.reason) {
				t.Fatalf("%s", p)
			}
		})
	}
}

func TestNobodyOnShiftLeadsToTheOverflow(t *testing.T) {
	c := acme(t)
	c.Employees[1].Hours = "work"
	c.Groups[0].Overflow = fmc.Action{Do: fmc.RingGroup, Group: "service"}
	p := decide(t, c, &world{}, asking(t, plan.Query{What: plan.AskGroup, Group: "sales"}), sunday)
	if p.Nodes[0].Do != plan.Ask || p.Nodes[0].Query.Group != "service" || p.Nodes[0].Query.Hops != 1 {
		t.Fatalf("%s", p)
	}
	if reasons := why(p, "hours"); !strings.Contains(reasons, "ivanov") || !strings.Contains(reasons, "petrov") {
		t.Fatalf("it is not said who is not on shift:\n%s", p)
	}
	c.Groups[0].Wait, c.Groups[0].Overflow = fmc.WaitRule{Longest: time.Hour}, fmc.Action{}
	p = decide(t, c, &world{}, asking(t, plan.Query{What: plan.AskGroup, Group: "sales"}), sunday)
	if p.Nodes[0].Say != plan.MailOffHours {
		t.Fatalf("the greeting does not tell the hour:\n%s", p)
	}
	if p = decide(t, c, &world{}, asking(t, plan.Query{What: plan.AskGroup, Group: "sales"}), sunday); has(p, plan.Wait) {
		t.Fatalf("a call waits for nobody:\n%s", p)
	}
}

func TestOverflowsThatLeadRoundEndWithAReason(t *testing.T) {
	c := acme(t)
	c.Groups[0].Overflow = fmc.Action{Do: fmc.RingGroup, Group: "sales"}
	q := asking(t, plan.Query{What: plan.AskGroup, Group: "sales", Hops: 8})
	p := decide(t, c, &world{busy: map[fmc.EmployeeID]bool{}}, q, monday)
	if why(p, "circle") == "" {
		t.Fatalf("%s", p)
	}
}

func TestWhomNobodyTookWaitsAndWhomEverybodyDeclinedDoesNot(t *testing.T) {
	c := desk(t, func(*fmc.Group) {})
	q := asking(t, plan.Query{What: plan.AskGroup, Group: "desk"})
	p := decide(t, c, &phones{}, q, monday)
	_, n := at(t, p, plan.Ring)
	for _, o := range []plan.Outcome{plan.NoAnswer, plan.Busy, plan.Unreachable, plan.Congested, plan.TimedOut} {
		if p.Nodes[n.On[o]].Do != plan.Wait {
			t.Errorf("%v leads to %v:\n%s", o, p.Nodes[n.On[o]].Do, p)
		}
	}
	if p.Nodes[n.On[plan.TurnedDown]].Do != plan.Mail {
		t.Errorf("who was declined by everybody waits for them:\n%s", p)
	}
	p = decide(t, c, &phones{world{busy: map[fmc.EmployeeID]bool{"a": true}}}, q, monday)
	if _, n = at(t, p, plan.Ring); p.Nodes[n.On[plan.TurnedDown]].Do != plan.Wait {
		t.Errorf("who was declined by some does not wait for the others:\n%s", p)
	}
	if p.Nodes[n.On[plan.ToVoicemail]].Do != plan.Mail || p.Nodes[n.On[plan.Won]].Do != plan.Talk {
		t.Errorf("%s", p)
	}
}

func TestAPersonLostInSpeechIsAskedForAgain(t *testing.T) {
	p := decide(t, acme(t), &world{}, asking(t, plan.Query{What: plan.AskGroup, Group: "sales"}), monday)
	_, talk := at(t, p, plan.Talk)
	if n := p.Nodes[talk.On[plan.Dropped]]; n.Do != plan.Ask || n.Query.What != plan.AskRescue || n.Query.Group != "sales" {
		t.Fatalf("%s", p)
	}
}

func TestACallerOfTheCompanyIsNotRungByTheirOwnGroup(t *testing.T) {
	p := decide(t, acme(t), &world{}, dialling("ivanov-desk", "260"), monday)
	if _, n := at(t, p, plan.Ring); order(n) != "petrov" {
		t.Fatalf("%s", p)
	}
	if slices.ContainsFunc(p.Nodes, func(n plan.Node) bool { return n.Notice }) || p.Recording.Record {
		t.Fatalf("staff hear the client's notice:\n%s", p)
	}
}
