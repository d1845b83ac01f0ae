package call

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// node is a Switch whose outside world is as simple as it can be: a leg reports its end when it is released.
type node struct {
	*Switch
	company *fmc.Company
	facts   chan fmc.Fact
	refuse  bool // a dialled leg has gone before Dial returned
	dialled chan fmc.LegID
}

func newNode() *node {
	n := &node{company: oneFloor(), facts: make(chan fmc.Fact, 1000), dialled: make(chan fmc.LegID, 100)}
	n.Switch = NewSwitch(Options{
		Journal: n, Directory: n, Dialer: n, Log: slog.New(slog.DiscardHandler),
		Reach: func(c *fmc.Company, id fmc.DeviceID) []fmc.LineState { return Quiet(c, nil).Lines(id) },
		Open:  func(fmc.CallID, *fmc.Company, func(Event)) Room { return deaf{} },
	})
	return n
}

// oneFloor is a company of one person, called at once.
func oneFloor() *fmc.Company {
	return &fmc.Company{
		Profile:   fmc.Profile{ID: "acme", Zone: time.UTC, Country: "RU"},
		Numbers:   []fmc.Number{{Number: callerid.Number{Kind: callerid.Fixed, E164: "+74951234567"}, Trunk: "carrier-a", Lines: 2, Owner: "ivanov"}},
		Employees: []fmc.Employee{{ID: "ivanov", Devices: []fmc.Device{{ID: "ivanov/desk", Kind: fmc.SIPPhone, Account: "desk"}}}},
	}
}

func (n *node) Append(facts ...fmc.Fact) error {
	for _, f := range facts {
		n.facts <- f
	}
	return nil
}

func (n *node) Sync(context.Context) error { return nil }

func (n *node) Called(fmc.TrunkID, string) (*fmc.Company, bool) { return n.company, true }

func (n *node) Company(id fmc.CompanyID) (*fmc.Company, bool) { return n.company, id == "acme" }

func (n *node) Dial(id fmc.LegID, _ plan.Try) Leg {
	l := &wire{id: id, to: n.Switch}
	if n.refuse {
		n.Post(id, gone(id, cause.Failed))
	}
	n.dialled <- id
	return l
}

func (n *node) offer() fmc.CallID {
	id := n.NewCall()
	l := &wire{id: fmc.LegID{Call: id, N: 1}, to: n.Switch}
	r := plan.Request{Company: "acme", Direction: fmc.Inbound, Trunk: "carrier-a", From: callerid.Number{E164: "+79120000001"}, To: n.company.Numbers[0].Number}
	if err := n.Offer(l, r); err != nil {
		panic(err)
	}
	return id
}

func (n *node) stop() {
	n.Drain()
	n.HangUp(cause.Of(cause.Interrupted))
	_ = n.Wait(context.Background())
}

// wire is a leg that ends when it is released.
type wire struct {
	id fmc.LegID
	to *Switch
}

func (w *wire) ID() fmc.LegID         { return w.id }
func (w *wire) Progress(bool)         {}
func (w *wire) Answer()               { w.to.Post(w.id, LinkIs{Leg: w.id, Link: fmc.Up}) }
func (w *wire) Release(c cause.Cause) { w.to.Post(w.id, LinkIs{Leg: w.id, Link: fmc.Gone, Cause: c}) }

// deaf is a room in which nothing is heard.
type deaf struct{}

func (deaf) Enter(Leg)               {}
func (deaf) OpenTape(plan.Policy)    {}
func (deaf) Wire(Wiring)             {}
func (deaf) Leave(fmc.LegID)         {}
func (deaf) Press(fmc.LegID, string) {}
func (deaf) Close()                  {}

func TestALegThatIsGoneBeforeDialReturnsIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		n.refuse = true
		id := n.offer()
		leg := <-n.dialled
		synctest.Wait()
		for _, c := range n.Calls() {
			if p, _ := c.Party(leg); c.ID == id && p.Link != fmc.Gone {
				t.Errorf("the leg is %s to the call, though it has gone", p.Link)
			}
		}
		n.stop()
	})
}

func TestOfEarlierCallsTheLatestIsRemembered(t *testing.T) {
	n := newNode()
	record := func(who fmc.EmployeeID, at time.Time) fmc.Record {
		r := fmc.Record{Company: "acme", Opened: fmc.Opened{Began: at}, Times: fmc.Times{Answered: time.Second, Ended: time.Minute}}
		r.Who.Employee, r.Who.Client.E164 = who, "+79120000001"
		return r
	}
	n.Remember([]fmc.Record{record("petrov", monday), record("ivanov", monday.Add(-time.Hour))})
	who, _ := n.World(n.company, monday.Add(time.Hour)).LastWith(callerid.Number{E164: "+79120000001"})
	if who != "petrov" {
		t.Fatalf("the client is said to have talked with %s last", who)
	}
}

// given is the event of a leg of a person that another call hands over.
func given(n *node, from, to fmc.CallID) fmc.LegID {
	id := fmc.LegID{Call: from, N: 1}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.legs[id] = owned{&wire{id: id, to: n.Switch}, to}
	b := n.board("acme")
	b.use("number:+74951234567", id, 0)
	b.join("ivanov", to)
	return id
}

func TestALegGivenToACallThatJustEndedTakesNothingAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		r := &running{inbox: make(chan Event, inboxSize), overflow: make(chan struct{}, 1)}
		c := New("c2", monday, plan.Request{Company: "acme"})
		c.End = &Ending{Closed: true}
		leg := given(n, "c1", "c2")
		r.post(LegGiven{Party: Party{Leg: leg, Who: Who{Employee: "ivanov"}, Link: fmc.Up}, From: "c1", Gift: fmc.Take})
		(&runner{s: n.Switch, r: r, c: c, room: deaf{}}).drain()
		b := n.board("acme")
		if len(n.legs)+len(b.taken)+len(b.uses)+len(b.holds) > 0 {
			t.Fatalf("left behind: legs %v, taken %v, uses %v", n.legs, b.taken, b.uses)
		}
	})
}

func TestAPersonStaysTakenWhileAnyCallHasThem(t *testing.T) {
	b := newBoard()
	with := func(id fmc.CallID, link fmc.Link) Call {
		return Call{ID: id, Began: monday, Parties: []Party{{Leg: fmc.LegID{Call: id, N: 1}, Who: Who{Employee: "ivanov"}, Link: link}}}
	}
	one, two := with("c1", fmc.Up), with("c2", fmc.Up)
	b.publish(Call{ID: "c1"}, one, monday)
	b.publish(Call{ID: "c2"}, two, monday)
	b.publish(one, with("c1", fmc.Gone), monday.Add(time.Minute))
	if free := b.take("c3", "ivanov", ""); free {
		t.Fatal("a person who talks in a second call is free, since the first one is over")
	}
	b.publish(two, with("c2", fmc.Gone), monday.Add(2*time.Minute))
	if !b.take("c3", "ivanov", "") {
		t.Fatal("a person whom no call has is taken for ever")
	}
}

func TestWhoTalkedWithAClientIsForgottenAfterAMonth(t *testing.T) {
	b := newBoard()
	for n := range 5000 {
		now := monday.Add(time.Duration(n) * time.Hour) // a new client every hour
		b.remember(fmt.Sprint(n), talked{"ivanov", now}, now)
	}
	if most := 2 * int(Memory/time.Hour); len(b.last) > most {
		t.Fatalf("%d clients are remembered, want at most %d", len(b.last), most)
	}
	v := view{board: b, now: monday.Add(5000 * time.Hour)}
	if who, _ := v.LastWith(callerid.Number{E164: fmt.Sprint(5000 - int(Memory/time.Hour))}); who != "ivanov" {
		t.Fatal("a client of a month ago is forgotten")
	}
}

func TestACallThatPanickedGivesBackWhatItsLegsTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		n.o.Watch = func(_, is Call, _ []fmc.Fact) {
			if len(is.Parties) > 1 {
				panic("seeded")
			}
		}
		n.offer()
		synctest.Wait()
		b := n.board("acme")
		if len(n.Calls())+len(n.legs)+len(b.taken)+len(b.uses)+len(b.holds) > 0 {
			t.Fatalf("left behind: legs %v, taken %v, uses %v", n.legs, b.taken, b.uses)
		}
		n.stop()
	})
}

func TestALegThatFindsNoRoomStaysWithItsGiver(t *testing.T) {
	n := newNode()
	id := fmc.LegID{Call: "c1", N: 1}
	c := New("c2", monday, plan.Request{Company: "acme"})
	c.Parties = []Party{{Leg: fmc.LegID{Call: "c2", N: 1}}}
	r := &running{inbox: make(chan Event), overflow: make(chan struct{}, 1)} // full
	r.snapshot.Store(&c)
	n.calls["c2"] = r
	n.legs[id] = owned{&wire{id: id, to: n.Switch}, "c1"}
	_, err := n.give(Call{ID: "c1", Company: "acme"}, Give{Party: Party{Leg: id}, Gift: fmc.Join, Whom: c.Parties[0].Leg})
	if o, _ := n.owner(id); err == nil || o.call != "c1" {
		t.Fatalf("the leg is lost: %s has it and was never told: %v", o.call, err)
	}
}

// TestAPromisedCallBackOutlivesAKill has a start find promises in the journal: one that is due, one to come, and one that
// is too old for the person to know what it is about.
func TestAPromisedCallBackOutlivesAKill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		began := time.Now()
		wanted := func(call fmc.CallID, due time.Duration) fmc.Fact {
			return fmc.Fact{Company: "acme", Call: call, Body: fmc.Wanted{Employee: "ivanov", Digits: "89120000001", Due: began.Add(due), Round: 1}}
		}
		n.Resume([]fmc.Fact{
			wanted("due", -time.Minute), wanted("old", -time.Hour), wanted("coming", time.Minute),
			{Company: "acme", Call: "before", Body: fmc.Wanted{Employee: "ivanov"}}, // of a version that kept no promises
		}, began)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		n.stop()
		close(n.facts)
		begun := map[fmc.CallID]time.Duration{}
		for f := range n.facts {
			if o, is := f.Body.(fmc.Opened); is {
				begun[o.Promised] = o.Began.Sub(began)
				if o.Employee != "ivanov" || o.Direction != fmc.Outbound {
					t.Errorf("%+v", o)
				}
			}
		}
		if _, again := begun[""]; again || len(begun) != 2 || begun["due"] != settling || begun["coming"] != time.Minute {
			t.Errorf("begun are %v", begun)
		}
	})
}

func TestANodeThatStopsKeepsPromisesForTheNextStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		n.Resume([]fmc.Fact{{Company: "acme", Call: "due", Body: fmc.Wanted{Employee: "ivanov", Due: time.Now()}}}, time.Now())
		n.stop()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(n.facts) != 0 {
			t.Error("a call was begun by a node that stops")
		}
	})
}
