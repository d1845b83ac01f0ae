package call_test

import (
	"context"
	"log/slog"
	"slices"
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

// secrets are the PINs of a node.
type secrets map[fmc.EmployeeID]string

func (s secrets) Has(_ fmc.CompanyID, who fmc.EmployeeID) bool { return s[who] != "" }

func (s secrets) Right(_ fmc.CompanyID, who fmc.EmployeeID, digits string) bool {
	return s[who] == digits
}

// road is a Switch with the bureau's people, whose number gives access, and everything around it: whoever is dialled
// answers at once, and every prompt ends at once.
type road struct {
	*call.Switch
	mu      sync.Mutex // guards what follows
	facts   map[fmc.CallID][]fmc.Fact
	order   []fmc.CallID
	dialled []fmc.LegID
	pressed map[fmc.LegID]string
}

func newRoad(t *testing.T) *road {
	return newRoadOf(bureau(t))
}

func newRoadOf(c *fmc.Company) *road {
	c.Numbers[0].Access = fmc.CallThrough
	c.Numbers[0].Proof.At = time.Now().AddDate(-1, 0, 0) // of the bubble's clock
	o := &road{facts: map[fmc.CallID][]fmc.Fact{}, pressed: map[fmc.LegID]string{}}
	o.Switch = call.NewSwitch(call.Options{
		Journal: o, Directory: alone{c}, Dialer: o, Log: slog.New(slog.DiscardHandler), PINs: secrets{"petrov": "471199"},
		Reach: func(of *fmc.Company, d fmc.DeviceID) []fmc.LineState { return call.Quiet(of, nil).Lines(d) },
		Open: func(_ fmc.CallID, _ *fmc.Company, post func(call.Event)) call.Room {
			return &hall{post: post, o: o, heard: map[call.Question]bool{}}
		},
	})
	return o
}

func (o *road) Append(facts ...fmc.Fact) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, f := range facts {
		if _, ok := o.facts[f.Call]; !ok {
			o.order = append(o.order, f.Call)
		}
		o.facts[f.Call] = append(o.facts[f.Call], f)
	}
	return nil
}

func (o *road) Sync(context.Context) error { return nil }

func (o *road) Dial(id fmc.LegID, try plan.Try) call.Leg {
	o.mu.Lock()
	o.dialled = append(o.dialled, id)
	o.mu.Unlock()
	for _, l := range []fmc.Link{fmc.Alerting, fmc.Up} {
		o.Post(id, call.LinkIs{Leg: id, Link: l, Line: try.Lines[0].Line})
	}
	return &handset{o, id}
}

// record folds what the n-th call wrote.
func (o *road) record(n int) fmc.Record {
	o.mu.Lock()
	defer o.mu.Unlock()
	return fmc.Fold(o.facts[o.order[n]])
}

// client is the leg that was dialled last.
func (o *road) client() fmc.LegID {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.dialled[len(o.dialled)-1]
}

func (o *road) keys(leg fmc.LegID, keys string) {
	for i := range len(keys) {
		o.Post(leg, call.Digit{Leg: leg, Key: keys[i]})
	}
	synctest.Wait()
}

func (o *road) hangsUp(leg fmc.LegID) {
	o.Post(leg, call.LinkIs{Leg: leg, Link: fmc.Gone, Cause: cause.Of(cause.Hangup)})
	synctest.Wait()
}

// calls has petrov call the company's number from his mobile.
func (o *road) calls(t *testing.T, trust fmc.Trust) *handset {
	p := &handset{o, fmc.LegID{Call: o.NewCall(), N: 1}}
	r := plan.Request{
		Company: "bureau", Direction: fmc.Inbound, Trunk: "carrier-a", Trust: trust, From: number(t, "+79167654321"), To: number(t, office),
	}
	if err := o.Offer(p, r); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return p
}

// handset is a leg that does what it is told at once.
type handset struct {
	o  *road
	id fmc.LegID
}

func (p *handset) ID() fmc.LegID { return p.id }
func (p *handset) Progress(bool) {}
func (p *handset) Answer()       { p.o.Post(p.id, call.LinkIs{Leg: p.id, Link: fmc.Up}) }
func (p *handset) Release(c cause.Cause) {
	p.o.Post(p.id, call.LinkIs{Leg: p.id, Link: fmc.Gone, Cause: c})
}

// hall is a room in which every prompt is over at once.
type hall struct {
	post  func(call.Event)
	o     *road
	heard map[call.Question]bool
	legs  []fmc.LegID // only its call's goroutine touches these
}

func (h *hall) Enter(l call.Leg) {
	if l != nil {
		h.legs = append(h.legs, l.ID())
	}
}

func (h *hall) Leave(id fmc.LegID) {
	h.legs = slices.DeleteFunc(h.legs, func(x fmc.LegID) bool { return x == id })
}

func (h *hall) OpenTape(plan.Policy) { h.post(call.TapeIs{State: fmc.TapeReady}) }
func (h *hall) Close()               {}

func (h *hall) Press(leg fmc.LegID, keys string) {
	h.o.mu.Lock()
	defer h.o.mu.Unlock()
	h.o.pressed[leg] += keys
}

func (h *hall) Wire(w call.Wiring) {
	for _, t := range w.Talks {
		for _, id := range t.Legs {
			if !slices.Contains(h.legs, id) {
				panic("a leg talks that is not in the room: " + id.String())
			}
		}
	}
	for _, x := range w.Hears {
		if x.Asked != (call.Question{}) && !h.heard[x.Asked] {
			h.heard[x.Asked] = true
			h.post(call.Played{Asked: x.Asked, Version: "v1", Language: "en"})
		}
	}
}

func TestE2AAPersonOnTheRoadCallsNumberAfterNumberThroughTheSwitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newRoad(t)
		p := o.calls(t, fmc.TrustCarrier)
		o.keys(p.id, "471199#")
		for i, to := range []string{"89120000001#", "89120000002#"} {
			o.keys(p.id, to)
			o.keys(p.id, "5**")
			if o.pressed[o.client()] != "5*" {
				t.Errorf("the client hears %q", o.pressed[o.client()])
			}
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if all := o.Calls(); len(all) != 1 || len(all[0].Wiring.Talks) != 1 {
				t.Fatalf("number %d: nobody talks: %+v", i+1, all)
			}
			o.hangsUp(o.client())
		}
		w := o.World(bureau(t), time.Now())
		if c := w.Caller("petrov", callerid.Number{}, callerid.Number{}); c.Spent.Calls != 2 || c.Spent.Talk != 20*time.Second || c.LastWith != "+79120000002" || !c.Ever || c.Proved == 0 {
			t.Errorf("the node knows %+v", c)
		}
		time.Sleep(5 * time.Second) // nothing more is keyed
		synctest.Wait()
		if len(o.Calls()) != 0 || len(o.order) != 2 {
			t.Fatalf("%d calls left of %d", len(o.Calls()), len(o.order))
		}
		for n, client := range []string{"+79120000001", "+79120000002"} {
			if r := o.record(n); r.Status != fmc.StatusAnswered || r.Who.Client.E164 != client || r.Who.Employee != "petrov" || r.Opened.Direction != fmc.Outbound {
				t.Errorf("record %d: %s, %+v", n, r.Status, r.Who)
			}
		}
	})
}

func TestE2AThreeWrongPINsAreTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newRoad(t)
		p := o.calls(t, fmc.TrustForeign)
		for range 3 {
			o.keys(p.id, "0000#")
		}
		if r := o.record(0); r.Status != fmc.StatusRefused || len(r.Alerts) != 1 {
			t.Fatalf("%s: %+v", r.Status, r.Alerts)
		}
		w := o.World(bureau(t), time.Now())
		if c := w.Caller("petrov", number(t, "+79167654321"), number(t, office)); !c.Locked || c.Wrong != 3 {
			t.Fatalf("%+v", c)
		}
	})
}

func TestE2BWhoIsLockedIsCalledBackOnTheirOwnMobile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newRoad(t)
		p := o.calls(t, fmc.TrustForeign)
		for range 3 {
			o.keys(p.id, "0000#")
		}
		o.calls(t, fmc.TrustForeign)
		time.Sleep(5 * time.Second) // the caller hangs up first
		synctest.Wait()
		if len(o.order) != 3 || len(o.dialled) != 1 {
			t.Fatalf("%d calls, %d dialled", len(o.order), len(o.dialled))
		}
		o.keys(o.dialled[0], "1")
		o.keys(o.dialled[0], "89120000001#")
		if all := o.Calls(); len(all) != 1 || len(all[0].Wiring.Talks) != 1 {
			t.Fatalf("nobody talks: %+v", all)
		}
		o.hangsUp(o.dialled[0])
		if r := o.record(2); r.Status != fmc.StatusAnswered || len(r.Legs) != 2 || len(r.Recognised) != 1 || r.Recognised[0].By != fmc.ByCallBack {
			t.Fatalf("%s: %+v", r.Status, r.Recognised)
		}
	})
}

func TestACallThroughTakesALineOfTheNumberItCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bureau(t)
		c.Numbers[0].Lines = 1
		o := newRoadOf(c)
		first := o.calls(t, fmc.TrustOwn)
		o.calls(t, fmc.TrustOwn)
		if r := o.record(1); r.Cause.Meaning != cause.Busy {
			t.Fatalf("the second call of one line: %+v", r.Cause)
		}
		o.hangsUp(first.id)
		o.hangsUp(o.calls(t, fmc.TrustOwn).id)
		if r := o.record(2); r.Legs[0].Up == 0 && r.Cause.Meaning == cause.Busy {
			t.Fatalf("the line is not free again: %+v", r.Cause)
		}
	})
}
