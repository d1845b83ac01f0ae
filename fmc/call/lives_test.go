package call

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// lives are random lives of several calls that share legs, people and lines: whatever comes, in whatever order, the
// invariants hold at every step, every call gets its one record, and no leg is left.
type lives struct {
	*theatre
	r      *rand.Rand
	cards  *rand.Rand // what SIMs do; nil: there are none
	road   *rand.Rand // what people on the road do
	seen   map[string]int
	steps  map[fmc.CallID]int
	closed map[fmc.CallID]int
	stale  []Question
}

const (
	manyLives  = 4300
	atLeast    = 100
	shortLife  = 10 // steps
	fewPercent = 20
)

func TestRandomLivesKeepEveryInvariant(t *testing.T) {
	seen := map[string]int{}
	short, calls := 0, 0
	n := uint64(manyLives)
	if testing.Short() {
		n /= 10
	}
	for seed := range n {
		l := live(t, seed)
		for k, v := range l.seen {
			seen[k] += v
		}
		for _, id := range l.order {
			calls++
			if l.steps[id] < shortLife {
				short++
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(seen)) {
		t.Logf("%-24s %8d", k, seen[k])
	}
	t.Logf("%d calls, %d of them shorter than %d steps", calls, short, shortLife)
	if testing.Short() {
		return
	}
	for _, k := range everything() {
		if seen[k] < atLeast {
			t.Errorf("%s was seen %d times, want at least %d", k, seen[k], atLeast)
		}
	}
	if short*100 > calls*fewPercent {
		t.Errorf("%d of %d calls are shorter than %d steps", short, calls, shortLife)
	}
}

// everything is what the lives must have met.
func everything() []string {
	var all []string
	for o := plan.Say; o <= plan.End; o++ {
		all = append(all, "op "+o.String())
	}
	for o := plan.Done; o <= plan.Forbidden; o++ {
		all = append(all, "outcome "+o.String())
	}
	for _, ev := range []Event{
		LegOffered{}, LinkIs{}, HeldIs{}, Digit{}, SoundCame{}, Allowance{}, Played{}, TapeIs{}, Decided{}, Wished{}, LegGiven{}, LegTaken{}, LegReturned{}, TurnCame{}, Due{},
	} {
		all = append(all, eventName(ev))
	}
	all = append(all, "SIMs taken")
	for _, c := range []Command{
		Note{}, Dial{}, Progress{}, Answer{}, Release{}, Ask{}, OpenTape{}, Wire{}, Give{}, Begin{}, Press{}, Text{},
	} {
		all = append(all, commandName(c))
	}
	for _, f := range []string{"recognised", "alerted", "refused_tape", "texted", "listened", "wanted"} {
		all = append(all, "fact "+f)
	}
	for _, say := range []fmc.PromptID{cueBeep, cueSoftBeep, cueError, cueOnHold, sayPaused, sayResumed, sayRefused} {
		all = append(all, "cue "+string(say))
	}
	all = append(all, "conference", "private")
	for g := fmc.Take; g <= fmc.Anew; g++ {
		all = append(all, "gift "+g.String())
	}
	for w := WishBegin; w < wishes; w++ {
		all = append(all, fmt.Sprintf("wish %d", w))
	}
	return all
}

func eventName(ev Event) string {
	return "event " + strings.TrimPrefix(fmt.Sprintf("%T", ev), "call.")
}

func commandName(c Command) string {
	return "command " + strings.TrimPrefix(fmt.Sprintf("%T", c), "call.")
}

func live(t testing.TB, seed uint64) *lives {
	t.Helper()
	return watchLife(t, seed, nil)
}

// watchLife is live with somebody who looks at every step.
func watchLife(t testing.TB, seed uint64, look func(was, is Call, ev Event, cmds []Command)) *lives {
	t.Helper()
	l := &lives{
		theatre: newTheatre(t), r: rand.New(rand.NewPCG(seed, 7)), seen: map[string]int{}, road: rand.New(rand.NewPCG(seed, 9)), steps: map[fmc.CallID]int{}, closed: map[fmc.CallID]int{},
	}
	if look == nil { // the diagrams are of plain lives
		l.cards = rand.New(rand.NewPCG(seed, 8))
	}
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	l.noTape = l.r.IntN(6) == 0
	acts := l.act
	l.act = func(c Call, cmd Command) {
		acts(c, cmd)
		if b, ok := cmd.(Begin); ok && len(l.order) < 8 {
			l.follow(fmc.CallID(fmt.Sprintf("f%d", len(l.order)+1)), b)
		}
	}
	see := l.see
	l.see = func(was, is Call, ev Event, cmds []Command) {
		see(was, is, ev, cmds)
		l.watch(was, is, ev, cmds)
		if look != nil {
			look(was, is, ev, cmds)
		}
	}
	l.decide = func(c Call, a Ask, _ time.Time) (plan.Plan, bool) {
		if l.r.IntN(40) == 0 {
			return plan.Plan{}, l.r.IntN(2) == 0
		}
		return l.plan(c, a.Request), true
	}
	l.begin()
	for i := range 90 {
		if i%12 == 5 && i < 50 {
			l.begin()
		}
		l.happen()
	}
	for _, id := range l.order {
		l.post(id, Wished{Wish{Kind: WishHangUp}})
	}
	l.run(l.now + 40*second)
	for _, id := range l.order {
		if c := l.calls[id]; !c.Over() {
			t.Fatalf("seed %d: call %s goes on: %+v", seed, id, *c)
		}
		if l.closed[id] != 1 {
			t.Fatalf("seed %d: invariant 3: call %s was closed %d times", seed, id, l.closed[id])
		}
		fmc.Fold(l.facts[id])
	}
	if b := l.board("acme"); len(b.uses)+len(b.holds) > 0 {
		t.Fatalf("seed %d: taken for ever: %v", seed, b.uses)
	}
	if len(l.up) != 0 {
		t.Fatalf("seed %d: invariant 13: legs left: %v", seed, l.up)
	}
	return l
}

func (l *lives) watch(was, is Call, ev Event, cmds []Command) {
	l.seen[eventName(ev)]++
	l.steps[is.ID]++
	if g, ok := ev.(LegGiven); ok {
		l.seen["gift "+g.Gift.String()]++
	}
	if w, ok := ev.(Wished); ok {
		l.seen[fmt.Sprintf("wish %d", w.Wish.Kind)]++
	}
	l.watchRoad(was, is)
	for _, cmd := range cmds {
		l.seen[commandName(cmd)]++
		n, ok := cmd.(Note)
		if !ok {
			continue
		}
		l.seen["fact "+n.Fact.Kind()]++
		switch b := n.Fact.Body.(type) {
		case fmc.Stepped:
			l.seen["op "+b.Op]++
			if b.Outcome != "" {
				l.seen["outcome "+b.Outcome]++
			}
		case fmc.Closed:
			l.closed[is.ID]++
		}
	}
	l.oneCallASIM(is.Company)
	for ti, t := range is.Threads {
		if l.r.IntN(20) == 0 {
			l.stale = append(l.stale, Question{Thread: ti, Serial: t.Visit.Serial})
		}
	}
}

func (l *lives) begin() {
	id := fmc.CallID(fmt.Sprintf("c%d", len(l.order)+1))
	switch l.r.IntN(7) {
	case 6:
		l.offerRoad(id)
	case 0:
		l.open(id, plan.Request{Company: "acme", Direction: fmc.Outbound, Employee: "ivanov"}, Wished{Wish{Kind: WishBegin}})
	case 1, 2:
		l.offer(id, []fmc.EmployeeID{"ivanov", "petrov", "sidorov"}[l.r.IntN(3)])
	default:
		l.offer(id, "")
	}
}

func (l *lives) pick() (fmc.CallID, *Call) {
	id := l.order[l.r.IntN(len(l.order))]
	return id, l.calls[id]
}

func (l *lives) anyLeg(c *Call) (fmc.LegID, bool) {
	if len(c.Parties) == 0 {
		return fmc.LegID{}, false
	}
	return c.Parties[l.r.IntN(len(c.Parties))].Leg, true
}

// happen lets one thing happen.
func (l *lives) happen() {
	if l.road.IntN(10) == 0 && l.roadHappens() {
		return
	}
	id, c := l.pick()
	leg, ok := l.anyLeg(c)
	switch n := l.r.IntN(24); {
	case n < 3:
		l.run(l.now + time.Duration(l.r.IntN(9000))*time.Millisecond)
	case n < 9:
		l.played(id)
	case n < 10 && len(l.stale) > 0:
		l.late(id)
	case n == 10 && l.r.IntN(4) == 0:
		l.post(id, TapeIs{State: fmc.TapeFailed, Why: "disk full"})
	case !ok:
		l.post(id, Due{})
	case n < 14:
		if l.up[leg] {
			l.post(id, LinkIs{Leg: leg, Line: l.line(c, leg), Link: []fmc.Link{fmc.Dialing, fmc.Alerting, fmc.Up, fmc.Up, fmc.Up}[l.r.IntN(5)], Early: l.r.IntN(3) == 0})
		}
	case n < 16 && l.r.IntN(4) > 0:
		l.allFail(c)
	case n < 16:
		if l.up[leg] && leg.N > 1 && l.r.IntN(3) == 0 {
			l.ends(leg, []cause.Meaning{
				cause.Hangup, cause.Busy, cause.NoAnswer, cause.Unreachable, cause.Declined, cause.Congested, cause.Lost, cause.Lost, cause.Unknown,
			}[l.r.IntN(9)])
		}
	case n < 17 && l.road.IntN(4) == 0:
		l.mute = !l.mute
		l.post(id, SoundCame{Leg: leg})
		l.post(id, Allowance{Leg: leg, Left: time.Duration(l.road.IntN(90)-10) * second})
	case n < 17:
		l.post(id, HeldIs{Leg: leg, Held: l.r.IntN(2) == 0})
	case n < 18:
		l.losesSpeech()
	case n < 20:
		l.confirms(c)
	case n < 21:
		l.tones(leg, []string{"1", "1", "1", "2", "3", "#", "105#", "*", "5"}[l.r.IntN(9)])
	case n < 22:
		l.keys(leg, []string{"*2105#", "*2", "*3105#", "*41#", "*5", "*6", "*7", "*8", "*0", "*1", "**"}[l.r.IntN(11)])
	default:
		w := Wish{Kind: WishKind(1 + l.r.IntN(int(wishes)-1)), Leg: leg, Digits: "105"}
		if w.Kind == WishHandOver {
			l.handsOver(w)
			return
		}
		if w.Kind == WishHangUp && l.r.IntN(5) > 0 {
			w.Kind = WishPark
			w.Digits = "1"
		}
		l.post(id, Wished{w})
	}
}

// allFail ends every device that rings for a call, for one reason.
func (l *lives) allFail(c *Call) {
	m := []cause.Meaning{
		cause.Busy, cause.NoAnswer, cause.Unreachable, cause.Declined, cause.Declined, cause.Congested, cause.Congested, cause.Congested, cause.Lost, cause.Lost,
	}[l.r.IntN(10)]
	for _, id := range l.order { // rather a call in which somebody rings or talks
		if other := l.calls[id]; len(other.Threads) > 0 && (m == cause.Lost && other.Threads[0].leads(plan.Dropped) || m != cause.Lost && other.Threads[0].Node().Do == plan.Ring) {
			c = other
		}
	}
	for _, p := range slices.Clone(c.Parties) {
		if _, _, racing := attemptOf(*c, p.Leg); l.up[p.Leg] && (racing || m == cause.Lost && p.Role == fmc.Worker) {
			l.ends(p.Leg, m)
		}
	}
}

// losesSpeech has a person in a talk lost without hanging up.
func (l *lives) losesSpeech() {
	for _, id := range l.order {
		c := l.calls[id]
		if len(c.Wiring.Talks) == 0 || !c.Threads[0].leads(plan.Dropped) {
			continue
		}
		for _, leg := range slices.Clone(c.Wiring.Talks[0].Legs) {
			if p, _ := c.Party(leg); p.Role == fmc.Worker && l.up[leg] {
				l.ends(leg, cause.Lost)
				return
			}
		}
	}
}

// confirms has a mobile that rings be picked up and answered by key.
func (l *lives) confirms(c *Call) {
	for _, p := range slices.Clone(c.Parties) {
		if _, _, racing := attemptOf(*c, p.Leg); racing && p.Assent == fmc.Awaited {
			l.link(p.Leg, fmc.Up)
			l.keys(p.Leg, []string{"1", "1", "1", "2", "3", "3"}[l.r.IntN(6)])
			return
		}
	}
}

// late brings an answer to a question that is long over.
func (l *lives) late(id fmc.CallID) {
	q := l.stale[l.r.IntN(len(l.stale))]
	switch l.r.IntN(3) {
	case 0:
		l.post(id, Played{Asked: q})
	case 1:
		if !l.calls[id].current(q) {
			l.post(id, Decided{Asked: q, Plan: plan.Plan{Nodes: []plan.Node{{Do: plan.Talk}}}})
		}
	case 2:
		leg, _ := l.anyLeg(l.calls[id])
		l.post(id, LegReturned{Leg: leg, Why: "late"})
	}
}

// plan is a hand-written plan for the question, or a random one.
func (l *lives) plan(c Call, r plan.Request) plan.Plan {
	if p, ok := l.plans[r.Query.What]; ok && l.r.IntN(3) > 0 && !(r.Query.What == plan.AskStart && l.r.IntN(2) == 0) {
		made := p(r)
		made.Recording.FailClosed = l.r.IntN(4) == 0
		l.roadPolicy(&made.Recording)
		return made
	}
	n := 2 + l.r.IntN(5)
	p := plan.Plan{Recording: plan.Policy{Record: l.r.IntN(2) == 0, FailClosed: l.r.IntN(3) == 0}}
	for at := range n {
		p.Nodes = append(p.Nodes, l.roadNode(l.node(c, at, n)))
	}
	l.roadPlan(&p, r)
	return p
}

func (l *lives) node(c Call, at, n int) plan.Node {
	group := fmc.GroupID([]string{"sales", "support"}[l.r.IntN(2)])
	x := plan.Node{Do: plan.Op(1 + l.r.IntN(int(plan.End))), Group: group, Slot: "1", On: map[plan.Outcome]int{}}
	if at < n-1 && x.Do == plan.End && l.r.IntN(4) > 0 {
		x.Do = []plan.Op{plan.Talk, plan.Give}[l.r.IntN(2)]
	}
	for o := plan.Done; o <= plan.Forbidden; o++ {
		if at+1 < n && (l.r.IntN(2) == 0 || o == plan.Dropped) {
			x.On[o] = at + 1 + l.r.IntN(n-at-1)
		}
	}
	x.Answer = x.Do == plan.Ring && l.cards != nil && l.cards.IntN(3) == 0
	switch x.Do {
	case plan.Say:
		x.Say, x.Notice, x.To, x.Early = "word", l.r.IntN(2) == 0, plan.Audience(l.r.IntN(3)), l.r.IntN(3) == 0
	case plan.Gather:
		x.Say, x.Most, x.For, x.Keys = "menu", l.r.IntN(3), 5*second, map[string]int{"1": at, "5": at}
		if at+1 < n {
			x.Keys["1"] = at + 1
		} else {
			delete(x.Keys, "1")
			delete(x.Keys, "5")
		}
	case plan.Ring:
		x.For = time.Duration(5+l.r.IntN(30)) * second
		for range max(1, l.r.IntN(4)) {
			x.Tries = append(x.Tries, l.try())
		}
	case plan.Wait:
		x.Group, x.For = "sales", time.Duration(l.r.IntN(60))*second
	case plan.Give:
		x.Gift = fmc.Gift(1 + l.r.IntN(3))
		x.Query = plan.Query{What: []plan.QueryKind{plan.AskPickUp, plan.AskRetrieve}[l.r.IntN(2)], Slot: "1"}
		switch l.road.IntN(4) {
		case 0:
			x.Gift, x.Query = fmc.Anew, plan.Query{What: plan.AskOut}
			return x
		case 1:
			x.Gift, x.Query = fmc.Join, plan.Query{What: plan.AskJoin, Conference: "room"}
			return x
		}
		if _, other := l.pick(); (x.Gift != fmc.Take || l.r.IntN(2) == 0) && other.ID != c.ID {
			x.Whom, _ = l.anyLeg(other)
		}
	case plan.Ask:
		x.Query = plan.Query{What: plan.QueryKind(1 + l.r.IntN(int(plan.AskMove))), Group: group}
	case plan.Talk, plan.Mail, plan.Park, plan.End:
		x.For = time.Duration(l.r.IntN(90)) * second
	}
	return x
}

func (l *lives) try() plan.Try {
	who := []fmc.EmployeeID{"ivanov", "petrov", "sidorov", ""}[l.r.IntN(4)]
	t := plan.Try{
		Device: fmc.DeviceID("d" + string(who)), Employee: who, Role: fmc.Worker, For: time.Duration(5+l.r.IntN(20)) * second,
		After: time.Duration(l.r.IntN(8)) * second, Confirm: l.r.IntN(2) == 0, Whisper: "confirm", Lines: l.lines(),
	}
	if who == "" {
		t.Role = fmc.Client
	}
	return t
}

// lines are a trunk's, SIMs, or both.
func (l *lives) lines() []plan.Candidate {
	all := []plan.Candidate{{Line: "line"}}
	if l.cards == nil {
		return all
	}
	for range l.cards.IntN(4) {
		card := fmc.ICCID(fmt.Sprint(l.cards.IntN(4)))
		all = append(all, plan.Candidate{Line: card.Line(), Kind: fmc.SIMLine, Limit: card.Limit()})
	}
	return all[l.cards.IntN(len(all)):]
}

// line is the line that carries a leg, as far as it is told: what it was dialled on first.
func (l *lives) line(c *Call, id fmc.LegID) fmc.LineID {
	ti, i, ok := attemptOf(*c, id)
	if !ok || l.cards == nil || l.cards.IntN(3) == 0 {
		return ""
	}
	for _, limit := range l.board(c.Company).holds[id] {
		return fmc.LineID(limit)
	}
	return c.Threads[ti].Node().Tries[i].Lines[0].Line
}

// oneCallASIM holds that no SIM is taken twice, and by nobody who went.
func (l *lives) oneCallASIM(company fmc.CompanyID) {
	for limit, legs := range l.board(company).uses {
		if _, ok := fmc.LineID(limit).SIM(); ok && len(legs) > 1 {
			l.t.Fatalf("%s has the legs %v", limit, legs)
		}
		if len(legs) > 0 {
			l.seen["SIMs taken"]++
		}
	}
}

func FuzzLife(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { live(t, seed) })
}

func BenchmarkStep(b *testing.B) {
	h, _, mobile := talkingTo(b)
	c := *h.calls["c1"]
	b.ReportAllocs()
	for b.Loop() {
		Step(c, h.now, Digit{Leg: mobile, Key: '5'})
	}
}
