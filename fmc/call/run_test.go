package call_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// node is a Switch with everything around it in memory: what is done and what is written stand in one list, in the order
// it happened.
type node struct {
	*call.Switch
	mu        sync.Mutex // guards what follows
	happened  []string
	facts     map[fmc.CallID][]fmc.Fact
	companies map[fmc.CompanyID]*fmc.Company
	panics    bool
	broken    error
	sick      bool                      // the journal says that it keeps nothing
	watched   map[fmc.CallID][]fmc.Fact // what a watcher of calls was shown
	left      map[fmc.CallID]bool       // the calls that it was shown the end of
	blind     bool                      // it panics
}

func newNode() *node {
	n := &node{facts: map[fmc.CallID][]fmc.Fact{}, companies: map[fmc.CompanyID]*fmc.Company{}, watched: map[fmc.CallID][]fmc.Fact{}, left: map[fmc.CallID]bool{}}
	for _, id := range []fmc.CompanyID{"acme", "other"} {
		own := callerid.Number{E164: "+74951234567"}
		c := &fmc.Company{
			Profile:   fmc.Profile{ID: id, Country: "RU", Language: "en", Zone: time.UTC},
			Numbers:   []fmc.Number{{Number: own, Trunk: "carrier-a", Owner: "ivanov"}},
			Employees: []fmc.Employee{{ID: "ivanov", Name: "Ivanov", Devices: []fmc.Device{{ID: "ivanov/sip", Kind: fmc.SIPPhone, Account: "ivanov"}}, Ring: []fmc.RingStep{{Device: "ivanov/sip", For: 20 * time.Second}}}},
		}
		n.companies[id] = c.Indexed()
	}
	n.Switch = call.NewSwitch(call.Options{
		Journal: n, Healthy: func() bool { return !n.sick }, Directory: n, Dialer: n, Log: slog.New(slog.DiscardHandler), Open: func(fmc.CallID, *fmc.Company, func(call.Event)) call.Room { return quiet{} },
		Watch: n.watch,
		Reach: func(*fmc.Company, fmc.DeviceID) []fmc.LineState {
			if n.panics {
				panic("the registrar is broken")
			}
			return []fmc.LineState{{ID: "sip:ivanov", Kind: fmc.AccountLine, Ready: true}}
		},
	})
	return n
}

func (n *node) note(what string) {
	n.mu.Lock()
	n.happened = append(n.happened, what)
	n.mu.Unlock()
}

func (n *node) Append(facts ...fmc.Fact) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range facts {
		n.happened = append(n.happened, "write "+f.Kind())
		n.facts[f.Call] = append(n.facts[f.Call], f)
	}
	return n.broken
}

func (n *node) watch(_, is call.Call, facts []fmc.Fact) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.blind {
		panic("the watcher is broken")
	}
	n.watched[is.ID] = append(n.watched[is.ID], facts...)
	n.left[is.ID] = is.Over()
}

func (n *node) Sync(context.Context) error { return nil }

func (n *node) Company(id fmc.CompanyID) (*fmc.Company, bool) {
	c, ok := n.companies[id]
	return c, ok
}

func (n *node) Called(fmc.TrunkID, string) (*fmc.Company, bool) { return nil, false }

func (n *node) Dial(id fmc.LegID, _ plan.Try) call.Leg {
	n.note("dial")
	return &phone{n, id}
}

// phone is a leg that does what it is told at once.
type phone struct {
	n  *node
	id fmc.LegID
}

func (p *phone) ID() fmc.LegID { return p.id }
func (p *phone) Progress(bool) { p.n.note("progress") }
func (p *phone) Answer() {
	p.n.note("answer")
	p.n.Post(p.id, call.LinkIs{Leg: p.id, Link: fmc.Up})
}

func (p *phone) Release(c cause.Cause) {
	p.n.note("release " + c.Meaning.String())
	p.n.Post(p.id, call.LinkIs{Leg: p.id, Link: fmc.Gone, Cause: c})
}

// quiet is a room without sound.
type quiet struct{}

func (quiet) Enter(call.Leg)          {}
func (quiet) OpenTape(plan.Policy)    {}
func (quiet) Wire(call.Wiring)        {}
func (quiet) Leave(fmc.LegID)         {}
func (quiet) Press(fmc.LegID, string) {}
func (quiet) Close()                  {}

// calls offers a call of a client to a company.
func (n *node) calls(company fmc.CompanyID) (*phone, error) {
	p := &phone{n, fmc.LegID{Call: n.NewCall(), N: 1}}
	return p, n.Offer(p, plan.Request{
		Company: company, Direction: fmc.Inbound, Trunk: "carrier-a", From: callerid.Number{E164: "+79120000001"}, To: callerid.Number{E164: "+74951234567"},
	})
}

func (n *node) index(what string) int {
	for i, h := range n.happened {
		if h == what {
			return i
		}
	}
	return -1
}

func TestWhatHappensIsWrittenBeforeAnythingIsDoneAboutIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		client, err := n.calls("acme")
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, pair := range [][2]string{{"write opened", "progress"}, {"write leg_began", "dial"}, {"write planned", "dial"}} {
			if a, b := n.index(pair[0]), n.index(pair[1]); a < 0 || b < 0 || a > b {
				t.Fatalf("%q comes after %q: %q", pair[0], pair[1], n.happened)
			}
		}
		n.Post(client.id, call.LinkIs{Leg: client.id, Link: fmc.Gone, Cause: cause.Of(cause.Cancelled)})
		synctest.Wait()
		r := fmc.Fold(n.facts[client.id.Call])
		if r.Status != fmc.StatusMissed || len(n.Calls()) != 0 || n.index("release cancelled") < 0 {
			t.Fatalf("%s, %d calls left, %q", r.Status, len(n.Calls()), n.happened)
		}
	})
}

func TestInvariant3ACallWhoseOwnCodePanicsStillGetsItsRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		n.panics = true
		client, err := n.calls("acme")
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if r := fmc.Fold(n.facts[client.id.Call]); r.Status != fmc.StatusFailed || r.Cause.Fault != cause.FaultUs {
			t.Fatalf("%s: %+v", r.Status, r.Cause)
		}
		if n.index("release failed") < 0 || len(n.Calls()) != 0 {
			t.Fatalf("the leg hangs: %q", n.happened)
		}
	})
}

func TestWhoeverWatchesCallsHearsThatOneIsOverWhoseOwnCodePanicked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		n.panics = true
		client, err := n.calls("acme")
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		id := client.id.Call
		if r := fmc.Fold(n.watched[id]); !n.left[id] || r.Status != fmc.StatusFailed {
			t.Fatalf("over: %t, %s: %+v", n.left[id], r.Status, n.watched[id])
		}
	})
}

func TestAWatcherThatPanicsEndsNoMoreThanTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		n.blind = true
		client, err := n.calls("acme")
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if r := fmc.Fold(n.facts[client.id.Call]); r.Status != fmc.StatusFailed || len(n.Calls()) != 0 {
			t.Fatalf("%s, %d calls left", r.Status, len(n.Calls()))
		}
	})
}

func TestACallThatCannotKeepUpEndsAsOurFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		client, err := n.calls("acme")
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for range 5000 { // posting never blocks, however far behind the call is
			n.Post(client.id, call.HeldIs{Leg: client.id, Held: true})
		}
		n.Post(client.id, call.LinkIs{Leg: client.id, Link: fmc.Gone, Cause: cause.Of(cause.Cancelled)})
		time.Sleep(time.Minute)
		synctest.Wait()
		if r := fmc.Fold(n.facts[client.id.Call]); r.Status == fmc.StatusOpen {
			t.Fatalf("the call goes on: %+v", r)
		}
	})
}

func TestANodeThatDrainsTakesNoCallAndHangsUpTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		client, err := n.calls("acme")
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		n.Drain()
		if _, err := n.calls("acme"); !errors.Is(err, cause.Unavailable) {
			t.Fatalf("a call was taken while draining: %v", err)
		}
		n.HangUp(cause.Of(cause.Interrupted))
		if err := n.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := fmc.Fold(n.facts[client.id.Call]); r.Cause.Meaning != cause.Interrupted {
			t.Fatalf("%+v", r.Cause)
		}
	})
}

func TestWhereNothingIsWrittenLiveCallsGoOnAndNewOnesAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		client, err := n.calls("acme")
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		n.broken, n.sick = errors.New("disk full"), true
		if _, err := n.calls("acme"); !errors.Is(err, cause.Unavailable) {
			t.Fatalf("a call was taken that nobody will know of: %v", err)
		}
		n.Post(fmc.LegID{Call: client.id.Call, N: 2}, call.LinkIs{Leg: fmc.LegID{Call: client.id.Call, N: 2}, Link: fmc.Up})
		synctest.Wait()
		if all := n.Calls(); len(all) != 1 || len(all[0].Wiring.Talks) != 1 {
			t.Fatalf("the call that lives does not go on: %+v", all)
		}
		n.HangUp(cause.Of(cause.Hangup))
		synctest.Wait()
	})
}

func TestInvariant14AWishForAnotherCompanysCallIsNotFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		client, err := n.calls("acme")
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		hangUp := call.Wish{Kind: call.WishHangUp}
		if err := n.Wish("other", client.id.Call, hangUp); !errors.Is(err, cause.NotFound) {
			t.Fatalf("another company hung up: %v", err)
		}
		if err := n.Wish("acme", client.id.Call, hangUp); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(n.Calls()) != 0 {
			t.Fatal("its own company cannot hang up")
		}
		if _, err := n.calls("nobody"); !errors.Is(err, cause.NotFound) {
			t.Fatalf("a call for a company that is not here: %v", err)
		}
	})
}

func TestALimitIsTakenAtOneStrokeAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		n.companies["acme"].Numbers[0].Lines = 2
		var clients []*phone
		for range 3 {
			c, err := n.calls("acme")
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			clients = append(clients, c)
		}
		live := map[fmc.CallID]bool{}
		for _, c := range n.Calls() {
			live[c.ID] = true
		}
		if !live[clients[0].id.Call] || live[clients[2].id.Call] {
			t.Fatalf("of two lines three calls hold: %v", live)
		}
		n.HangUp(cause.Of(cause.Hangup))
		synctest.Wait()
		if _, err := n.calls("acme"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(n.Calls()) != 1 {
			t.Fatal("what was taken is not given back")
		}
		n.HangUp(cause.Of(cause.Hangup))
		synctest.Wait()
	})
}
