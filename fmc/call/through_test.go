package call

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

var (
	ivanovs = callerid.Number{E164: "+79161234567", Kind: callerid.Mobile, Country: "RU"}
	access  = callerid.Number{E164: "+74951234567", Kind: callerid.Fixed, Country: "RU"}
)

// pins are PINs of people; looks counts how often one was looked up.
type pins struct {
	mu    sync.Mutex // guards looks
	looks int
	of    map[fmc.EmployeeID]string
	slow  chan struct{} // Right waits for it; nil: it does not
}

func (p *pins) Has(_ fmc.CompanyID, who fmc.EmployeeID) bool { return p.of[who] != "" }

func (p *pins) Right(_ fmc.CompanyID, who fmc.EmployeeID, digits string) bool {
	p.mu.Lock()
	p.looks++
	p.mu.Unlock()
	if p.slow != nil {
		<-p.slow
	}
	return p.of[who] == digits && digits != ""
}

// guarded is a node whose ivanov has a PIN, and its World as a call sees it some time after monday.
func guarded() (n *node, p *pins, at func(time.Duration) plan.World) {
	n, p = newNode(), &pins{of: map[fmc.EmployeeID]string{"ivanov": "4711"}}
	n.o.PINs = p
	return n, p, func(d time.Duration) plan.World { return n.world(n.company, "c1", monday.Add(d)) }
}

func try(from callerid.Number, digits string) fmc.PINTry {
	return fmc.PINTry{Employee: "ivanov", From: from, To: access, Digits: digits}
}

func TestThreeWrongPINsLockACallerForAQuarterOfAnHour(t *testing.T) {
	_, p, at := guarded()
	want := []fmc.PINVerdict{fmc.PINWrong, fmc.PINWrong, fmc.PINLocked, fmc.PINLocked}
	for i, v := range want {
		if got := at(0).CheckPIN(try(ivanovs, "0000")); got != v {
			t.Fatalf("wrong PIN %d is %s, want %s", i+1, got, v)
		}
	}
	if p.looks != 3 {
		t.Fatalf("a locked caller's PIN was looked at: %d", p.looks)
	}
	if v := at(14 * time.Minute).CheckPIN(try(ivanovs, "4711")); v != fmc.PINLocked {
		t.Fatalf("the right PIN of who is locked is %s", v)
	}
	if c := at(time.Minute).Caller("ivanov", ivanovs, access); !c.Locked || c.Wrong != 3 || !c.HasPIN {
		t.Fatalf("%+v", c)
	}
	if v := at(15 * time.Minute).CheckPIN(try(ivanovs, "4711")); v != fmc.PINRight {
		t.Fatalf("after the lock the right PIN is %s", v)
	}
	if c := at(16*time.Minute).Caller("ivanov", ivanovs, access); c.Locked || c.Wrong != 0 || c.Proved != time.Minute {
		t.Fatalf("%+v", c)
	}
}

func TestTheCompanysRuleSaysHowManyPINsAndForHowLong(t *testing.T) {
	n, _, at := guarded()
	n.company.Rules.Through = fmc.ThroughRule{Tries: 1, Lock: time.Hour}
	if v := at(0).CheckPIN(try(ivanovs, "0000")); v != fmc.PINLocked {
		t.Fatalf("the one try there is leaves %s", v)
	}
	if c := at(59*time.Minute).Caller("ivanov", ivanovs, access); !c.Locked {
		t.Fatal("unlocked before its hour")
	}
}

func TestAPersonIsLockedFromWhateverNumberTheirPINIsGuessed(t *testing.T) {
	_, _, at := guarded()
	for _, from := range []string{"+79120000001", "+79120000002", ""} {
		at(0).CheckPIN(try(callerid.Number{E164: from}, "0000"))
	}
	if !at(0).Caller("ivanov", ivanovs, access).Locked {
		t.Fatal("three guesses by three callers lock nobody")
	}
	if at(0).Caller("petrov", callerid.Number{E164: "+79120000009"}, access).Locked {
		t.Fatal("somebody else is locked too")
	}
}

func TestTenWrongPINsLockTheAccessNumberWhoeverKeysThem(t *testing.T) {
	_, _, at := guarded()
	for i := range 10 {
		at(time.Duration(i) * time.Minute).CheckPIN(fmc.PINTry{From: callerid.Number{E164: "+7912000000" + string(rune('0'+i))}, To: access, Digits: "0000"})
	}
	if v := at(10 * time.Minute).CheckPIN(try(callerid.Number{E164: "+79129999999"}, "4711")); v != fmc.PINLocked {
		t.Fatalf("after ten guesses of ten callers a PIN is %s", v)
	}
	if v := at(10 * time.Minute).CheckPIN(fmc.PINTry{Employee: "ivanov", To: callerid.Number{E164: "+74957654321"}, Digits: "4711"}); v != fmc.PINRight {
		t.Fatalf("at another number it is %s", v)
	}
}

func TestGuessesAtOnceAreCountedEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p, at := guarded()
		p.slow = make(chan struct{})
		verdicts := make(chan fmc.PINVerdict, 20)
		for range 20 {
			go func() { verdicts <- at(0).CheckPIN(try(ivanovs, "0000")) }()
		}
		synctest.Wait() // all are counted; those that were looked up wait for their hash
		if c := at(0).Caller("ivanov", ivanovs, access); c.Wrong != 3 {
			t.Errorf("the Switch waits for a hash, or counts after it: %+v", c)
		}
		close(p.slow)
		for range 20 {
			<-verdicts
		}
		if p.looks != 3 {
			t.Errorf("20 guesses at once had %d looks", p.looks)
		}
	})
}

func TestWhatIsOnlySupposedCountsNoPIN(t *testing.T) {
	n, p, at := guarded()
	for range 5 {
		if v := n.World(n.company, monday).CheckPIN(try(ivanovs, "0000")); v != fmc.PINRight {
			t.Fatalf("a supposed PIN is %s", v)
		}
	}
	if c := at(0).Caller("ivanov", ivanovs, access); p.looks != 0 || c.Wrong != 0 || c.Locked || c.Proved != 0 {
		t.Fatalf("%d looks, %+v", p.looks, c)
	}
}

func TestWhereNobodyHasAPINNoneIsRight(t *testing.T) {
	n, _, at := guarded()
	n.o.PINs = nil
	if c := at(0).Caller("ivanov", ivanovs, access); c.HasPIN || at(0).CheckPIN(try(ivanovs, "")) != fmc.PINWrong {
		t.Fatalf("%+v", c)
	}
}

func TestManySuspectsAreForgottenInTime(t *testing.T) {
	g := guesses{}
	for i := range 5000 {
		at := monday.Add(time.Duration(i) * time.Minute)
		g.try(fmc.PINTry{From: callerid.Number{E164: "+7" + at.Format("200601021504")}}, fmc.ThroughRule{}, at)
	}
	if len(g) > manyLocks+1 {
		t.Fatalf("%d numbers are watched", len(g))
	}
}

// outside has a leg of ivanov's call dial a number, at a time since monday.
func (b *board) outside(c *fmc.Company, id fmc.CallID, to string, at time.Duration) (fmc.LegID, *cause.Cause) {
	leg := fmc.LegID{Call: id, N: 2}
	_, why := b.dial(id, Dial{
		Leg: leg, By: "ivanov",
		Try: plan.Try{Device: fmc.Outside, Role: fmc.Client, Number: callerid.Received(to, "RU"), Lines: []plan.Candidate{{Line: "trunk:t"}}},
	}, c, monday.Add(at))
	return leg, why
}

// speaks has a leg talk, or stop, at a time since monday.
func (b *board) speaks(leg fmc.LegID, talks bool, at time.Duration) {
	c := Call{ID: leg.Call, Began: monday, Parties: []Party{{Leg: leg, Role: fmc.Client, Link: fmc.Up}}}
	if talks {
		c.Wiring.Talks = []Talk{{Legs: []fmc.LegID{{Call: leg.Call, N: 1}, leg}}}
	}
	b.publish(Call{}, c, monday.Add(at))
}

func capped(caps fmc.Caps) (*board, *fmc.Company) {
	b, c := newBoard(), oneFloor()
	b.zone = time.FixedZone("MSK", 3*3600)
	c.Employees[0].Caps = &caps
	return b, c
}

func TestOfTwoCallsAtOnceTheLastThatACapAllowsGoesAlone(t *testing.T) {
	b, c := capped(fmc.Caps{Calls: 2})
	for i, want := range []cause.Meaning{cause.Unknown, cause.Unknown, cause.Refused} {
		_, why := b.outside(c, fmc.CallID([]string{"a", "b", "c"}[i]), "+79120000001", 0)
		if got := meaning(why); got != want {
			t.Fatalf("call %d is %v, want %v", i+1, got, want)
		}
	}
	// 7:00 UTC is 10:00 in Moscow: the day ends at 21:00 UTC.
	if _, why := b.outside(c, "d", "+79120000001", 14*time.Hour-second); why == nil {
		t.Fatal("the cap is forgotten before the day is over")
	}
	if _, why := b.outside(c, "e", "+79120000001", 14*time.Hour); why != nil {
		t.Fatalf("on the next day: %v", why)
	}
}

func meaning(c *cause.Cause) cause.Meaning {
	if c == nil {
		return cause.Unknown
	}
	return c.Meaning
}

func TestTalkCountsWhileItGoesOnAndOnlyWhileTheyTalk(t *testing.T) {
	b, c := capped(fmc.Caps{Talk: 10 * time.Minute})
	leg, _ := b.outside(c, "a", "+79120000001", 0)
	b.speaks(leg, false, time.Minute) // it rings
	b.speaks(leg, true, 2*time.Minute)
	if s := b.spent("ivanov", monday.Add(5*time.Minute)); s.Talk != 3*time.Minute || s.Calls != 1 || s.Abroad != 0 {
		t.Fatalf("while it goes on: %+v", s)
	}
	b.speaks(leg, false, 5*time.Minute) // on hold
	b.speaks(leg, true, 10*time.Minute)
	if _, why := b.outside(c, "b", "+79120000001", 16*time.Minute); why != nil {
		t.Fatalf("nine minutes are spent: %v", why)
	}
	if _, why := b.outside(c, "c", "+79120000001", 17*time.Minute); meaning(why) != cause.Refused {
		t.Fatalf("ten minutes are spent: %v", why)
	}
}

func TestATalkOverMidnightCountsInEachDayWhatIsOfIt(t *testing.T) {
	b, c := capped(fmc.Caps{})
	leg, _ := b.outside(c, "a", "+442071838750", 13*time.Hour)
	b.speaks(leg, true, 14*time.Hour-10*time.Minute)
	b.speaks(leg, false, 14*time.Hour+5*time.Minute)
	if s := b.spent("ivanov", monday.Add(14*time.Hour+10*time.Minute)); s != (fmc.Spent{Talk: 5 * time.Minute, Abroad: 5 * time.Minute}) {
		t.Fatalf("the new day has %+v", s)
	}
}

func TestAbroadAndPremiumHaveACapOfTheirOwn(t *testing.T) {
	b, c := capped(fmc.Caps{Abroad: time.Minute})
	leg, _ := b.outside(c, "a", "+78095551234", 0)
	b.speaks(leg, true, 0)
	b.speaks(leg, false, 2*time.Minute)
	if _, why := b.outside(c, "b", "+442071838750", 3*time.Minute); meaning(why) != cause.Refused {
		t.Fatalf("abroad: %v", why)
	}
	if _, why := b.outside(c, "c", "+79120000001", 3*time.Minute); why != nil {
		t.Fatalf("at home: %v", why)
	}
}

func TestInvariant9NoCapStopsAnEmergencyCall(t *testing.T) {
	b, c := capped(fmc.Caps{Calls: 1})
	for i, to := range []string{"+79120000001", "112", "103"} {
		if _, why := b.outside(c, fmc.CallID(string(rune('a'+i))), to, 0); why != nil {
			t.Fatalf("%s: %v", to, why)
		}
	}
	if s := b.spent("ivanov", monday); s.Calls != 1 {
		t.Fatalf("counted %+v", s)
	}
}

func TestACallThatFoundNoLineCountsNothing(t *testing.T) {
	b, c := capped(fmc.Caps{Calls: 1})
	d := Dial{Leg: fmc.LegID{Call: "a", N: 2}, By: "ivanov", Try: plan.Try{Device: fmc.Outside, Role: fmc.Client, Number: ivanovs}}
	if _, why := b.dial("a", d, c, monday); meaning(why) != cause.Unreachable {
		t.Fatal(why)
	}
	if s := b.spent("ivanov", monday); s != (fmc.Spent{}) {
		t.Fatalf("spent %+v", s)
	}
}

func TestWhomAPersonCalledLastMayBeAColleague(t *testing.T) {
	b, c := capped(fmc.Caps{})
	c.Employees = append(c.Employees, fmc.Employee{ID: "petrov", Extension: "202"})
	c.Groups = []fmc.Group{{ID: "sales", Extension: "260"}}
	last := func() string { return b.caller(c, "ivanov", ivanovs, access, monday).LastDialled }
	try := plan.Try{Device: "petrov/sip", Employee: "petrov", Role: fmc.Worker, Lines: []plan.Candidate{{Line: "sip:petrov"}}}
	b.dial("a", Dial{Leg: fmc.LegID{Call: "a", N: 2}, By: "ivanov", Try: try}, c, monday)
	if last() != "202" {
		t.Fatalf("called %q", last())
	}
	b.dial("a", Dial{Leg: fmc.LegID{Call: "a", N: 3}, By: "ivanov", Group: "sales", Try: try}, c, monday)
	if last() != "260" {
		t.Fatalf("called %q", last())
	}
	b.outside(c, "b", "+79120000001", 0)
	if last() != "+79120000001" {
		t.Fatalf("called %q", last())
	}
}

func TestARestartUnlocksNoPINAndForgetsNoSpending(t *testing.T) {
	n, _, _ := guarded()
	began := monday.Add(time.Hour)
	out := fmc.LegRecord{LegBegan: fmc.LegBegan{Role: fmc.Client, Number: callerid.Number{E164: "+442071838750"}}, Up: 10 * second, Gone: 70 * second}
	record := func(id fmc.CallID, at time.Time) fmc.Record {
		return fmc.Record{
			Company: "acme", ID: id, Opened: fmc.Opened{Began: at, Direction: fmc.Outbound, Employee: "ivanov", From: ivanovs},
			Times: fmc.Times{Answered: 10 * second, Ended: 70 * second, Talked: time.Minute}, Who: fmc.Who{Employee: "ivanov", Client: callerid.Number{E164: "+442071838750"}},
			Legs: []fmc.LegRecord{{LegBegan: fmc.LegBegan{Offered: true, Role: fmc.Worker}}, out}, Recognised: []fmc.Recognised{{Employee: "ivanov", By: fmc.ByPIN}},
		}
	}
	locked := fmc.Record{
		Company: "acme", ID: "l", Opened: fmc.Opened{Began: began, Direction: fmc.Inbound, From: callerid.Number{E164: "+79120000009"}},
		Times: fmc.Times{Ended: time.Minute}, Alerts: []fmc.Alert{{Kind: "pin_locked", Employee: "petrov"}},
	}
	private := record("p", began)
	private.Opened.Private = true
	seen := record("s", began) // this node made it: it is counted as it went
	n.board("acme").keeps("s", began)
	n.Remember([]fmc.Record{record("a", began), locked, record("y", began.AddDate(0, 0, -1)), private, seen, {Company: "nobody"}})
	w := n.world(n.company, "c1", began.Add(10*time.Minute))
	c := w.Caller("ivanov", ivanovs, access)
	if c.Spent != (fmc.Spent{Calls: 1, Talk: time.Minute, Abroad: time.Minute}) || !c.Ever || c.Proved != 10*time.Minute || c.LastWith != "+442071838750" || c.Locked {
		t.Fatalf("%+v", c)
	}
	if !w.Caller("petrov", ivanovs, access).Locked || !w.Caller("", callerid.Number{E164: "+79120000009"}, access).Locked {
		t.Fatal("a restart unlocks PINs")
	}
	if n.world(n.company, "c1", began.Add(17*time.Minute)).Caller("petrov", ivanovs, access).Locked {
		t.Fatal("locked for ever")
	}
}

func TestE2BACallBackBeginsInItsTimeAndIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		now := time.Now()
		r := plan.Request{Company: "acme", Direction: fmc.Outbound, Employee: "ivanov"}
		n.follow(Begin{Request: r, After: 30 * second}, now)
		retry := r
		retry.Query.Round = 1
		n.follow(Begin{Request: retry, After: time.Hour}, now)
		if c := n.world(n.company, "c1", now.Add(20*second)).Caller("ivanov", ivanovs, access); c.CallBacks != 1 || c.Asked != 20*second {
			t.Errorf("%+v", c)
		}
		if c := n.world(n.company, "c1", now.Add(time.Hour)).Caller("ivanov", ivanovs, access); c.CallBacks != 0 || c.Asked != 0 {
			t.Errorf("an hour later: %+v", c)
		}
		time.Sleep(30*second - 1)
		synctest.Wait()
		if len(n.facts) != 0 {
			t.Error("called back too soon")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if len(n.facts) == 0 {
			t.Error("not called back")
		}
		n.stop()
		if len(n.later) != 0 {
			t.Errorf("%d calls are still to begin on a node that stops", len(n.later))
		}
		before := len(n.facts)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if len(n.facts) != before {
			t.Error("a node that stopped begins calls")
		}
		n.follow(Begin{Request: r}, time.Now()) // while it stops
		n.follow(Begin{Request: r, After: second}, time.Now())
		time.Sleep(2 * second)
		synctest.Wait()
		if len(n.facts) != before || len(n.later) != 0 {
			t.Error("a node that stops takes a wish")
		}
	})
}

// speaking is a node with calls as their snapshots show them.
func speaking(n *node, calls ...Call) {
	for _, c := range calls {
		r := &running{inbox: make(chan Event, inboxSize), overflow: make(chan struct{}, 1)}
		r.snapshot.Store(&c)
		n.calls[c.ID] = r
		for _, p := range c.Parties {
			n.legs[p.Leg] = owned{&wire{id: p.Leg, to: n.Switch}, c.ID}
		}
	}
}

// spoken is a call in which ivanov talks with somebody, by leg 2.
func spoken(id fmc.CallID, began time.Duration, other fmc.Role) Call {
	c := New(id, monday.Add(began), plan.Request{Company: "acme"})
	one, two := fmc.LegID{Call: id, N: 1}, fmc.LegID{Call: id, N: 2}
	c.Parties = []Party{{Leg: one, Role: other, Link: fmc.Up}, {Leg: two, Role: fmc.Worker, Link: fmc.Up, Who: Who{Employee: "ivanov"}}}
	c.Threads = []Thread{{Plan: plan.Plan{Nodes: []plan.Node{{Do: plan.Talk}}}, Subject: one, With: []fmc.LegID{two}}}
	return c
}

func TestE5WhereAPersonTalksTheLatestIsFirst(t *testing.T) {
	n := newNode()
	room := spoken("r", 0, fmc.Worker)
	room.Threads[0].Plan.Nodes[0].Conference = "board"
	other := spoken("o", 0, fmc.Client)
	other.Company = "other"
	ended := spoken("e", time.Hour, fmc.Client)
	ended.End = &Ending{}
	speaking(n, spoken("a", time.Minute, fmc.Client), spoken("b", 2*time.Minute, fmc.Client), room, other, ended)
	w := n.world(n.company, "b", monday)
	if got := w.Talking("ivanov"); !slices.Equal(got, []fmc.LegID{{Call: "a", N: 2}, {Call: "r", N: 2}}) {
		t.Fatalf("talks by %v", got)
	}
	if w.Talking("petrov") != nil || w.In("board") != 2 || w.In("") != 0 || n.world(n.company, "r", monday).In("board") != 0 {
		t.Fatal("who is where is not known")
	}
	n.o.Messages = func(company fmc.CompanyID, who fmc.EmployeeID) []fmc.NewMail {
		return []fmc.NewMail{{Prompt: fmc.PromptID("message/" + string(company) + string(who))}}
	}
	if m := w.Messages("ivanov"); len(m) != 1 || m[0].Prompt != "message/acmeivanov" {
		t.Fatalf("messages %v", m)
	}
}

func TestOfTwoCallsThatJoinTheOneGoesOnThatHoldsTheClient(t *testing.T) {
	for name, x := range map[string]struct {
		consultation, talk Call
		ends               fmc.CallID
	}{
		"a colleague is consulted about a client": {spoken("new", time.Minute, fmc.Worker), spoken("old", 0, fmc.Client), "new"},
		"a client is called about a colleague":    {spoken("new", time.Minute, fmc.Client), spoken("old", 0, fmc.Worker), "old"},
		"both have a client":                      {spoken("new", time.Minute, fmc.Client), spoken("old", 0, fmc.Client), "new"},
		"neither has one":                         {spoken("new", time.Minute, fmc.Worker), spoken("old", 0, fmc.Worker), "new"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode()
			speaking(n, x.consultation, x.talk)
			leg, whom := fmc.LegID{Call: "new", N: 2}, fmc.LegID{Call: "old", N: 2}
			if err := n.Wish("acme", "new", Wish{Kind: WishHandOver, Leg: leg, Whom: whom}); err != nil {
				t.Fatal(err)
			}
			for id, r := range n.calls {
				if got := len(r.inbox) == 1; got != (id == x.ends) {
					t.Errorf("call %s is told %v", id, got)
				}
			}
		})
	}
}

func TestInvariant14AHandOverToAnotherCompanyIsNotTurned(t *testing.T) {
	n := newNode()
	theirs := spoken("old", 0, fmc.Worker)
	theirs.Company = "other"
	speaking(n, spoken("new", time.Minute, fmc.Client), theirs)
	n.Post(fmc.LegID{Call: "new", N: 2}, Wished{Wish{Kind: WishHandOver, Leg: fmc.LegID{Call: "new", N: 2}, Whom: fmc.LegID{Call: "old", N: 2}}})
	if len(n.calls["old"].inbox) != 0 {
		t.Fatal("another company's call is told of it")
	}
	party := Party{Leg: fmc.LegID{Call: "new", N: 1}}
	if _, err := n.give(*n.calls["new"].snapshot.Load(), Give{Party: party, Gift: fmc.Replace, Whom: fmc.LegID{Call: "old", N: 2}}); err == nil {
		t.Fatal("another company's call took the leg")
	}
}

func TestANextNumberOnANodeThatStopsLeavesTheLegWithItsCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		id := fmc.LegID{Call: "c1", N: 1}
		n.legs[id] = owned{&wire{id: id, to: n.Switch}, "c1"}
		n.Drain()
		if _, err := n.give(Call{ID: "c1", Company: "acme"}, Give{Party: Party{Leg: id}, Gift: fmc.Anew}); err == nil {
			t.Error("a call was begun while the node stops")
		}
		if o, _ := n.owner(id); o.call != "c1" {
			t.Errorf("the leg is %s's", o.call)
		}
		if _, err := n.give(Call{ID: "c2", Company: "acme"}, Give{Party: Party{Leg: id}, Gift: fmc.Anew}); err == nil {
			t.Error("a call gave a leg that it has not")
		}
	})
}

func TestOfTwoWhoOpenAConferenceAtOnceOneJoinsTheOther(t *testing.T) {
	n := newNode()
	asks := func(id fmc.CallID) Call {
		c := New(id, monday, plan.Request{Company: "acme"})
		c.Parties = []Party{{Leg: fmc.LegID{Call: id, N: 1}, Role: fmc.Worker, Link: fmc.Up}}
		c.Threads = []Thread{{Plan: plan.Plan{Nodes: []plan.Node{{Do: plan.Give}}}, Subject: c.Parties[0].Leg}}
		return c
	}
	one, two := asks("one"), asks("two")
	speaking(n, one, two)
	join := func(c Call, room fmc.ConferenceID) (fmc.CallID, error) {
		return n.give(c, Give{Party: c.Parties[0], Gift: fmc.Join, Query: plan.Query{What: plan.AskJoin, Conference: room}})
	}
	if to, err := join(one, "board"); err == nil {
		t.Fatalf("the first joined %s", to)
	}
	if to, err := join(two, "other"); err == nil {
		t.Fatalf("who wants another room joined %s", to)
	}
	if to, err := join(two, "board"); err != nil || to != "one" {
		t.Fatalf("the second joined %q: %v", to, err)
	}
	n.publish(n.calls["one"], one, one, monday) // and left the room again
	if len(n.board("acme").rooms) != 1 {
		t.Fatalf("rooms that are about to be: %v", n.board("acme").rooms)
	}
}
