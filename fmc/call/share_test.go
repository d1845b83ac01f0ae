package call

import (
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/plan"
)

// two has ivanov call two clients at once, the second 20 s after the first, from phones that may talk 60 s a day in all.
func two(t *testing.T, caps fmc.Caps) (x *company, clients [2]fmc.LegID) {
	t.Helper()
	x = newCompany(t)
	x.company("acme").Rules.Dialling.Caps = caps
	for i, id := range []fmc.CallID{"c1", "c2"} {
		desk := fmc.LegID{Call: id, N: 1}
		x.up[desk], x.device[desk] = true, "desk"
		r := plan.Read(x.company("acme"), plan.Request{Company: "acme", Direction: fmc.Outbound, Account: "ivanov", Dialled: "8912000000" + string(rune('1'+i))})
		x.run(x.now + time.Duration(i)*20*second)
		x.open(id, r, offeredBy(x.company("acme"), r, desk))
		clients[i] = x.answers(id, fmc.Outside)
		x.says(id)
		x.wants(id, "[desk outside tape]")
	}
	return x, clients
}

// talked is how long a person's legs outside talked in all.
func (x *company) talked(legs [2]fmc.LegID) (all time.Duration) {
	for _, leg := range legs {
		all += fmc.Fold(x.facts[leg.Call]).Times.Talked
	}
	return all
}

func TestTwoCallsAtOnceShareWhatIsLeftOfADay(t *testing.T) {
	x, clients := two(t, fmc.Caps{Talk: 60 * second})
	x.run(x.now + 19*second)
	if !x.up[clients[0]] || !x.up[clients[1]] {
		t.Fatal("cut off before their time")
	}
	x.run(x.now + 2*second)
	if x.up[clients[0]] || x.up[clients[1]] {
		t.Fatal("they talk on")
	}
	x.says("c1")
	x.says("c2")
	if all := x.talked(clients).Round(time.Millisecond); all != 60*second {
		t.Fatalf("they talked %v", all)
	}
}

func TestWhatACallDidNotUseIsLeftForTheOther(t *testing.T) {
	x, clients := two(t, fmc.Caps{Talk: 60 * second})
	x.run(x.now + 5*second)
	x.hangUp(clients[1])
	x.run(x.now + 29*second)
	if !x.up[clients[0]] {
		t.Fatal("cut off before its time")
	}
	x.run(x.now + 2*second)
	x.wants("c1", "desk:time-is-up")
	x.says("c1")
	if all := x.talked(clients); x.up[clients[0]] || all != 60*second {
		t.Fatalf("they talked %v", all)
	}
}

func TestWhatIsLeftOfADayIsNoMoreThanACallMayLast(t *testing.T) {
	x, clients := two(t, fmc.Caps{Talk: time.Hour})
	x.company("acme").Rules.Dialling.Longest = 30 * second // of calls to come
	third := fmc.LegID{Call: "c3", N: 1}
	x.up[third], x.device[third] = true, "desk"
	r := plan.Read(x.company("acme"), plan.Request{Company: "acme", Direction: fmc.Outbound, Account: "ivanov", Dialled: "89120000003"})
	x.open("c3", r, offeredBy(x.company("acme"), r, third))
	last := x.answers("c3", fmc.Outside)
	x.says("c3")
	x.hangUp(clients[0])
	x.hangUp(clients[1])
	x.run(x.now + 31*second)
	if x.up[last] {
		t.Fatal("it lasts longer than a call may")
	}
}

func TestACapAbroadIsSharedByTheCallsAbroadAlone(t *testing.T) {
	b, c := capped(fmc.Caps{Talk: 10 * time.Minute, Abroad: 2 * time.Minute})
	home, _ := b.outside(c, "a", "+79120000001", 0)
	far, _ := b.outside(c, "b", "+442071838750", 0)
	b.speaks(home, true, 0)
	if all := b.allowances(c, monday); len(all) != 1 || all[0] != (Allowance{Leg: home, Left: 10 * time.Minute}) {
		t.Fatalf("%+v", all)
	}
	b.speaks(far, true, time.Minute)
	all := b.allowances(c, monday.Add(time.Minute))
	if len(all) != 2 || all[0] != (Allowance{Leg: home, Left: 9 * time.Minute / 2}) || all[1] != (Allowance{Leg: far, Left: 2 * time.Minute}) {
		t.Fatalf("%+v", all)
	}
	if all = b.allowances(c, monday.Add(time.Minute)); len(all) != 0 {
		t.Fatalf("nothing changed: %+v", all)
	}
}
