package plan_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// dice throws companies, worlds and requests of every kind, sensible or not: names that lead nowhere, times below zero,
// scenarios and overflows in circles.
type dice struct{ *rand.Rand }

func throw(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 11))} }

func pick[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

func (d dice) one(in int) bool { return d.IntN(in) == 0 }

func (d dice) id(kind string) string { return fmt.Sprintf("%s%d", kind, d.IntN(5)) }

func (d dice) duration() time.Duration {
	return pick(d, -second, 0, 0, second, 7*second, 20*second, time.Minute, time.Hour)
}

func (d dice) hours() fmc.HoursID {
	return pick[fmc.HoursID](d, "", "", "", "work", "never", "unknown")
}

func (d dice) action() fmc.Action {
	return fmc.Action{
		Do: pick(d, fmc.NoAction, fmc.RingGroup, fmc.RingGroup, fmc.RingEmployee, fmc.GoScenario, fmc.LeaveVoicemail,
			fmc.SayAndHangUp, fmc.HangUp, fmc.JoinConference, fmc.ActionKind(99)),
		Group: fmc.GroupID(d.id("g")), Employee: pick(d, "", fmc.EmployeeID(d.id("e"))), Scenario: fmc.ScenarioID(d.id("s")),
		Prompt: pick[fmc.PromptID](d, "", "closed"), Conference: fmc.ConferenceID(d.id("x")),
	}
}

// raws are numbers as people and networks write them: the company's, clients', foreign, short, and nonsense.
var raws = []string{
	"+74951234567", "+74951234568", "+74951234569", "+79161234567", "+79161234568", "+79161234569", "89120000001", "+79120000002",
	"+442071838750", "810442071838750", "+78095551234", "+881612345678", "112", "102", "201", "20", "118", "*4201", "**201", "*4", "**",
	"", "anonymous", "xyz", "*8", "*9", "*0", "*7", "*97", "*980", "*98301", "**30", "40", "#", "*60", "*61", "*622", "*621830", "*69",
}

var numbers = sync.OnceValue(func() []callerid.Number {
	var all []callerid.Number
	for _, raw := range raws {
		all = append(all, callerid.Received(raw, "RU"))
	}
	return all
})

func (d dice) number() callerid.Number { return pick(d, numbers()...) }

// likely is a number that is one, mostly.
func (d dice) likely() callerid.Number {
	if d.one(10) {
		return d.number()
	}
	return pick(d, numbers()[:8]...)
}

func (d dice) proof(n callerid.Number) callerid.Proof {
	return callerid.Proof{
		Number: n.E164, Kind: pick(d, callerid.Declared, callerid.Declared, callerid.Declared, callerid.Unproven), At: monday.Add(-time.Hour),
		Until: pick(d, time.Time{}, time.Time{}, time.Time{}, monday.Add(-time.Minute)),
	}
}

func (d dice) company() *fmc.Company {
	c := &fmc.Company{
		Profile:    fmc.Profile{ID: "acme", Country: pick(d, "RU", "RU", "RU", "GB", "", "??"), Zone: time.UTC, Suspended: d.one(20)},
		Generation: int64(d.IntN(9)),
		Hours: map[fmc.HoursID]fmc.Hours{
			"never": {ID: "never"},
			"work":  {ID: "work", Weekly: [7][]fmc.Span{time.Monday: {{From: 0, To: 24 * 60}}}},
		},
		Scenarios: map[fmc.ScenarioID]fmc.Scenario{},
	}
	for i := range d.IntN(3) {
		c.Sites = append(c.Sites, fmc.Site{ID: fmc.SiteID(fmt.Sprint("site", i)), Emergency: fmc.EmergencyRoute{
			Trunk: pick[fmc.TrunkID](d, "", "t0", "t1", "t9"), Number: d.number(),
		}})
	}
	for range d.IntN(6) {
		n := d.likely()
		c.Numbers = append(c.Numbers, fmc.Number{
			Number: n, Trunk: pick[fmc.TrunkID](d, "t0", "t1", ""), Lines: d.IntN(3), Scenario: fmc.ScenarioID(d.id("s")),
			Owner: pick(d, "", fmc.EmployeeID(d.id("e"))), Proof: d.proof(n), SIM: pick(d, "", "", d.card()), AnswerWithin: d.duration(),
			Access: pick(d, fmc.NoAccess, fmc.CallThrough, fmc.CallBack),
		})
	}
	for i := range d.IntN(3) {
		c.Conferences = append(c.Conferences, fmc.Conference{ID: fmc.ConferenceID(fmt.Sprint("x", i)), Extension: pick(d, "", fmt.Sprint(40+i)), Record: d.one(2)})
	}
	for i := range d.IntN(4) {
		c.SIMs = append(c.SIMs, d.sim(i))
	}
	for i := range pick(d, 0, 2, 4, 5, 5) {
		c.Employees = append(c.Employees, d.employee(i))
	}
	for i := range pick(d, 0, 2, 4, 5, 5) {
		c.Groups = append(c.Groups, d.group(i))
	}
	for i := range pick(d, 0, 3, 5, 5) {
		id := fmc.ScenarioID(fmt.Sprint("s", i))
		c.Scenarios[id] = fmc.Scenario{ID: id, Steps: d.steps()}
	}
	c.Rules = d.rules()
	return c
}

// card is a card that a company has, or one that it has not.
func (d dice) card() fmc.ICCID { return fmc.ICCID(fmt.Sprint("8970", d.IntN(4))) }

func (d dice) sim(i int) fmc.SIM {
	return fmc.SIM{
		ICCID: fmc.ICCID(fmt.Sprint("8970", i)), Number: pick(d, d.likely(), d.likely(), callerid.Number{}), Operator: pick(d, "", "mts", "MTS", "tele2"),
		Person: pick(d, "", fmc.EmployeeID(d.id("e"))), Package: fmc.SIMPackage{Minutes: pick(d, 0, 100)}, Roaming: d.one(2),
		Limits: fmc.SIMLimits{Calls: pick(d, 0, 0, 10), Talk: pick(d, 0, 0, time.Hour)},
		Mandate: pick(d, fmc.Mandate{}, fmc.Mandate{Owner: "Acme", For: []fmc.SIMUse{fmc.UseMessages}},
			fmc.Mandate{Owner: "Acme", For: []fmc.SIMUse{fmc.UseCalls}}, fmc.Mandate{Owner: "Acme", For: []fmc.SIMUse{fmc.UseCalls}},
			fmc.Mandate{Owner: "Acme", For: []fmc.SIMUse{fmc.UseCalls}, Where: []string{"GB", "RU"}},
			fmc.Mandate{Owner: "Acme", For: []fmc.SIMUse{fmc.UseCalls}, Until: monday.Add(pick(d, -second, second))}),
	}
}

func (d dice) employee(i int) fmc.Employee {
	e := fmc.Employee{
		ID: fmc.EmployeeID(fmt.Sprint("e", i)), Extension: pick(d, "", "112", fmt.Sprint(20+i), fmt.Sprint(200+i), "x1"), Hours: d.hours(),
		Groups: []fmc.GroupID{fmc.GroupID(d.id("g")), fmc.GroupID(d.id("g"))}, Voicemail: d.mailbox(),
		May: pick(d, nil, nil, &fmc.Destinations{Abroad: true, Premium: d.one(2)}), Caps: pick(d, nil, nil, &fmc.Caps{Calls: d.IntN(4)}),
		Operator: pick(d, "", "mts"),
	}
	for j := range d.IntN(4) {
		id := fmc.DeviceID(fmt.Sprintf("d%d-%d", i, j))
		e.Devices = append(e.Devices, fmc.Device{
			ID: id, Kind: pick(d, fmc.SIPPhone, fmc.SIPPhone, fmc.Mobile, fmc.Mobile, fmc.DeviceKind(9)), Number: d.likely(), Account: fmc.AccountID(fmt.Sprintf("a%d-%d", i, j)),
			Fixed: d.one(2), Site: fmc.SiteID(fmt.Sprint("site", d.IntN(3))),
		})
		if d.one(2) {
			e.Ring = append(e.Ring, fmc.RingStep{Device: pick(d, id, "nowhere"), After: d.duration(), For: d.duration(), Confirm: d.one(2)})
		}
	}
	return e
}

func (d dice) mailbox() fmc.Mailbox {
	m := fmc.Mailbox{Mail: pick(d, "", "a@b")}
	if d.one(3) {
		m.Greetings = append(m.Greetings, fmc.Greeting{Inside: d.hours(), Outside: d.hours(), Prompt: pick[fmc.PromptID](d, "", "closed")})
	}
	return m
}

func (d dice) group(i int) fmc.Group {
	return fmc.Group{
		Head: fmc.EmployeeID(d.id("e")), Mailbox: d.mailbox(),
		ID: fmc.GroupID(fmt.Sprint("g", i)), Extension: pick(d, "", fmt.Sprint(30+i)), Strategy: pick(d, fmc.RingAll, fmc.Hunt, fmc.LongestIdle, fmc.RoundRobin, 77),
		Ring: d.duration(), Each: d.duration(), Sticky: d.duration(), Overflow: pick(d, fmc.Action{}, d.action()),
		Wait: fmc.WaitRule{Longest: 10 * d.duration(), Music: pick[fmc.PromptID](d, "", "jazz"), Position: d.one(2), Most: d.IntN(3)},
	}
}

func (d dice) steps() []fmc.ScenarioStep {
	var steps []fmc.ScenarioStep
	for range d.IntN(4) {
		switch d.IntN(4) {
		case 0:
			steps = append(steps, fmc.ScenarioStep{Schedule: &fmc.ScheduleStep{Outside: d.hours(), Inside: d.hours(), Do: d.action()}})
		case 1, 2:
			m := &fmc.Menu{
				Prompt: pick[fmc.PromptID](d, "", "welcome"), DialExtension: d.one(2), Timeout: d.duration(), Repeats: d.IntN(12) - 1, Default: pick(d, fmc.Action{}, d.action()),
				Keys: map[string]fmc.Action{},
			}
			for range d.IntN(5) {
				m.Keys[pick(d, "1", "2", "3", "12", "*", "#", "", "a", "123456789")] = d.action()
			}
			steps = append(steps, fmc.ScenarioStep{Menu: m})
		case 3:
			steps = append(steps, fmc.ScenarioStep{Do: d.action()})
		}
	}
	return steps
}

func (d dice) rules() fmc.Rules {
	r := fmc.Rules{
		Recording: fmc.RecordingRule{
			Inbound: d.one(2), Outbound: d.one(2), Internal: d.one(2), FailClosed: d.one(2), Notice: pick[fmc.PromptID](d, "", "my-notice"),
			Groups:  map[fmc.GroupID]fmc.GroupRecording{fmc.GroupID(d.id("g")): {Off: d.one(2), FailClosed: d.one(2)}},
			Refusal: pick(d, "", "9"), Pause: fmc.PauseRule{Never: d.one(4), Full: d.one(4), For: d.duration()},
		},
		Mid: fmc.MidCallRule{Off: d.one(4)},
		Through: fmc.ThroughRule{
			PIN: pick(d, fmc.PINByRisk, fmc.PINByRisk, fmc.PINAlways, fmc.PINNever), RefuseHidden: d.one(4), Tries: d.IntN(4), ProveAbroad: d.one(2),
			ProvePremium: d.one(2), ProveFirst: d.one(4), CallBacks: d.IntN(3), NoTexts: d.one(4),
		},
		Dialling: fmc.DiallingRule{Destinations: fmc.Destinations{Abroad: d.one(2), Premium: d.one(2), Countries: pick(d, nil, []string{"GB"})}, Longest: d.duration(), Prefer: pick(d, 0, fmc.TrunkLine, fmc.SIMLine), Caps: fmc.Caps{Talk: d.duration(), Abroad: d.duration()}},
		Confirm:  d.duration(),
	}
	for range d.IntN(4) {
		r.CallerID = append(r.CallerID, fmc.CallerIDRule{
			Employee: pick(d, "", fmc.EmployeeID(d.id("e"))), Group: pick(d, "", fmc.GroupID(d.id("g"))), Show: d.number(), Choose: []callerid.Number{d.likely()},
		})
	}
	return r
}

func (d dice) query() plan.QueryKind { return plan.QueryKind(d.IntN(int(plan.AskRecord) + 2)) }

func (d dice) request() plan.Request {
	q := plan.Request{
		Call: "c", Company: pick[fmc.CompanyID](d, "acme", "acme", "acme", "acme", "acme", "acme", "", "other"), From: d.likely(), To: d.likely(),
		Direction: pick(d, fmc.Inbound, fmc.Inbound, fmc.Outbound, fmc.Internal, 0), Trunk: pick[fmc.TrunkID](d, "", "t0", "t1"),
	}
	if d.one(4) {
		q.Trunk, q.Line = "", d.card().Line()
	}
	q.Trust, q.Native, q.Private = pick(d, fmc.TrustForeign, fmc.TrustCarrier, fmc.TrustOwn), d.one(5), d.one(8)
	if d.one(10) {
		q.From = callerid.Number{Kind: callerid.Hidden}
	}
	if d.one(3) {
		q.Direction, q.To, q.Dialled = 0, callerid.Number{}, pick(d, raws...)
		q.Account = fmc.AccountID(fmt.Sprintf("a%d-%d", d.IntN(5), d.IntN(3)))
	}
	if d.one(8) {
		q.Employee = fmc.EmployeeID(d.id("e"))
	}
	if !d.one(3) {
		q.Query = plan.Query{
			What: pick(d, plan.AskGroup, d.query(), d.query(), d.query()), Group: pick(d, "", fmc.GroupID(d.id("g")), fmc.GroupID(d.id("g"))), Employee: pick(d, "", fmc.EmployeeID(d.id("e"))), Scenario: fmc.ScenarioID(d.id("s")),
			Slot: pick[fmc.SlotID](d, "", "7"), Digits: pick(d, raws...), Leg: pick(d, fmc.LegID{}, fmc.LegID{Call: "o", N: 1}), Round: pick(d, 0, 0, 0, 1, 2, 35), Hops: pick(d, 0, 0, 1, 7, 8, 9),
			Device: fmc.DeviceID(fmt.Sprintf("d%d-%d", d.IntN(5), d.IntN(3))),
			Proof:  pick(d, fmc.ByNothing, fmc.ByNothing, fmc.ByNumber, fmc.ByPIN, fmc.ByCallBack, fmc.ByAccount),
			Next:   pick(d, plan.AskStart, plan.AskMail, plan.AskRecord), Busy: d.IntN(5),
			Conference: pick(d, "", fmc.ConferenceID(d.id("x"))), Prompt: pick[fmc.PromptID](d, "", "recorded/20/1"),
		}
		q.So = plan.SoFar{Answered: d.one(2), Noticed: d.one(2), Waited: pick(d, 0, d.duration()), With: fmc.EmployeeID(d.id("e")), Asker: q.Query.Proof}
		if d.one(3) {
			q.So.Passed = []fmc.EmployeeID{fmc.EmployeeID(d.id("e"))}
			q.So.Tried = []fmc.EmployeeID{fmc.EmployeeID(d.id("e"))}
		}
	}
	q.Show = d.shown()
	return q
}

// shown is a number that a person chooses to be seen, where they do.
func (d dice) shown() callerid.Number {
	if d.one(3) {
		return d.likely()
	}
	return callerid.Number{}
}

// whim is a World that answers by chance, and differently each time it is asked the same.
type whim struct{ dice }

func (w whim) Busy(fmc.EmployeeID) bool               { return w.one(2) }
func (w whim) IdleSince(fmc.EmployeeID) time.Duration { return time.Duration(w.IntN(1e9)) }
func (w whim) Turn(fmc.GroupID) fmc.EmployeeID        { return fmc.EmployeeID(w.id("e")) }
func (w whim) Waiting(fmc.GroupID) int                { return max(0, w.IntN(6)-3) }
func (w whim) InUse(fmc.LimitID) int                  { return w.IntN(3) }
func (w whim) In(fmc.ConferenceID) int                { return w.IntN(3) }
func (w whim) Mode(fmc.EmployeeID) fmc.Mode {
	if w.one(15) {
		return fmc.Mode{Kind: pick(w.dice, fmc.MobileOnly, fmc.Undisturbed)}
	}
	return fmc.Mode{}
}

func (w whim) CheckPIN(fmc.PINTry) fmc.PINVerdict {
	return []fmc.PINVerdict{fmc.PINRight, fmc.PINWrong, fmc.PINLocked}[w.IntN(3)]
}

func (w whim) Caller(fmc.EmployeeID, callerid.Number, callerid.Number) fmc.Caller {
	spent := fmc.Spent{Calls: w.IntN(4), Talk: max(w.duration(), 0), Abroad: max(w.duration(), 0)}
	return fmc.Caller{Spent: spent, HasPIN: w.one(2), Locked: w.one(4), Wrong: w.IntN(4), Ever: w.one(2), Proved: time.Duration(w.IntN(2)) * time.Hour, CallBacks: w.IntN(7), Asked: time.Duration(w.IntN(2)) * time.Minute, LastWith: "+79120000005"}
}

func (w whim) Talking(fmc.EmployeeID) []fmc.LegID {
	return []fmc.LegID{{Call: "other", N: 1}, {Call: "another", N: 2}}[:w.IntN(3)]
}

func (w whim) Messages(fmc.EmployeeID) []fmc.NewMail {
	return []fmc.NewMail{{Prompt: "message/a", From: "+79120000001"}, {Prompt: "message/b"}}[:w.IntN(3)]
}

func (w whim) LastWith(callerid.Number) (fmc.EmployeeID, time.Duration) {
	return fmc.EmployeeID(w.id("e")), w.duration()
}

func (w whim) Lines(id fmc.DeviceID) []fmc.LineState {
	var lines []fmc.LineState
	kinds := []fmc.LineKind{fmc.TrunkLine, fmc.TrunkLine, fmc.SIMLine, fmc.SIMLine, fmc.AccountLine, fmc.AccountLine}
	for i := range w.IntN(7) {
		l := fmc.LineState{
			ID: fmc.LineID(fmt.Sprint("l", i)), Kind: kinds[i], Ready: !w.one(4),
			Trunk: fmc.TrunkID(fmt.Sprint("t", i)), Why: pick(w.dice, "", "not registered"), Free: w.IntN(3),
		}
		if l.Kind == fmc.TrunkLine {
			l.Form = callerid.Form{
				Country: "RU", Diverted: pick(w.dice, callerid.NeverDiverted, callerid.ByDiversion, callerid.ByHistory),
				Native: w.one(2),
				Carry:  pick(w.dice, callerid.CarryBoth, callerid.CarryAsserted), Fallback: pick(w.dice, callerid.Number{}, w.likely()),
			}
		}
		if l.Kind == fmc.SIMLine {
			card := w.card()
			l.ID, l.Trunk, l.SIM = card.Line(), "", w.state(card)
		}
		lines = append(lines, l)
	}
	return lines
}

func (w whim) state(card fmc.ICCID) *fmc.SIMState {
	if w.one(10) {
		return nil
	}
	return &fmc.SIMState{ICCID: pick(w.dice, card, card, card, card, card, w.card()), Modem: "usb:1-1", Roaming: w.one(4), SignalDBm: -w.IntN(120), MOS: w.IntN(450), Used: fmc.SIMUsed{
		Calls: w.IntN(12), Talk: time.Duration(w.IntN(70)) * time.Minute, MonthTalk: time.Duration(w.IntN(130)) * time.Minute,
	}}
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// hold holds one decision to what is true of all.
func hold(t *testing.T, c *fmc.Company, w plan.World, q plan.Request) plan.Plan {
	t.Helper()
	p := decide(t, c, w, q, monday)
	written := asJSON(t, p)
	again := plan.Replay(p.Because)
	if second := plan.Decide(c, again, q, monday); asJSON(t, second) != written || second.Hash() != p.Hash() {
		t.Fatalf("decided again it is another plan:\n%s\n%s", p, second)
	}
	if len(again.Unanswered) > 0 {
		t.Fatalf("the reasons do not answer %q:\n%s", again.Unanswered, p)
	}
	holdReasons(t, p)
	holdNumbers(t, c, p)
	holdShown(t, c, q, p)
	holdSIMs(t, c, q, p)
	holdEmergency(t, c, q, p)
	holdNotice(t, c, q, p)
	holdProof(t, c, q, p)
	holdPrivate(t, q, p)
	holdCaps(t, c, q, p)
	return p
}

// holdReasons is invariant 12 of one plan: what ends a call against somebody's wish says why, in a sentence.
func holdReasons(t *testing.T, p plan.Plan) {
	t.Helper()
	for i, n := range p.Nodes {
		if n.Do == plan.End && n.Cause != nil && n.Cause.Text == "" {
			t.Fatalf("node %d ends without a reason:\n%s", i, p)
		}
	}
	if served := slices.ContainsFunc(p.Nodes, func(n plan.Node) bool { return n.Do != plan.Say && n.Do != plan.End }); served {
		return
	}
	end := p.Nodes[len(p.Nodes)-1]
	if end.Cause != nil && end.Cause.Meaning == cause.Hangup {
		return // a scenario that says something and hangs up
	}
	told := func(r plan.Reason) bool { return end.Cause != nil && r.Text == end.Cause.Text && r.Topic != "" }
	if !slices.ContainsFunc(p.Because, told) {
		t.Fatalf("the call is refused, and no reason says why:\n%s", p)
	}
}

// holdNumbers is invariant 7 of one plan: what leaves by a trunk is proved.
func holdNumbers(t *testing.T, c *fmc.Company, p plan.Plan) {
	t.Helper()
	answers := plan.Replay(p.Because)
	for _, n := range p.Nodes {
		for _, try := range n.Tries {
			for _, line := range try.Lines {
				if line.Kind != fmc.TrunkLine {
					continue
				}
				form, known := formOf(answers.Lines(try.Device), line.Line)
				if !known && try.Number.Kind != callerid.Emergency {
					t.Fatalf("%s is none of the lines of %s:\n%s", line.Line, try.Device, p)
				}
				if err := line.Shown.Proven(c.Owned(), form, monday); err != nil {
					t.Fatalf("%s on %s: %v\n%s", try.Device, line.Line, err, p)
				}
			}
		}
	}
}

// holdShown is what a person may choose of one plan: a call of theirs shows the number that they chose, which is one of
// their choices, or is not made.
func holdShown(t *testing.T, c *fmc.Company, q plan.Request, p plan.Plan) {
	t.Helper()
	caller := plan.Read(c, q).Employee
	if q.Show.IsZero() || caller == "" {
		return
	}
	for _, n := range p.Nodes {
		for _, try := range n.Tries {
			if n.Person != caller || try.Device != fmc.Outside || try.Number.Kind == callerid.Emergency {
				continue
			}
			e, _ := c.Employee(caller)
			for _, line := range try.Lines {
				if !line.Shown.From.Same(q.Show) || !slices.ContainsFunc(plan.Choices(c, e, monday), q.Show.Same) {
					t.Fatalf("%s chose %s, and %s shows %s:\n%s", caller, q.Show, line.Line, line.Shown.From, p)
				}
			}
		}
	}
}

// holdSIMs is invariants 7, 8 and 9 of one plan's SIM lines: a SIM is the company's, shows its own number, has a mandate
// for the call, is not abroad without leave nor beyond what it may do a day, and carries no emergency call.
func holdSIMs(t *testing.T, c *fmc.Company, q plan.Request, p plan.Plan) {
	t.Helper()
	answers := plan.Replay(p.Because)
	for _, n := range p.Nodes {
		for _, try := range n.Tries {
			for _, line := range try.Lines {
				if line.Kind != fmc.SIMLine {
					continue
				}
				id, _ := line.Line.SIM()
				sim, ok := c.SIM(id)
				if !ok || !line.Shown.From.Same(sim.Number) || line.Shown != callerid.BySIM(sim.Number) || sim.Number.E164 == "" {
					t.Fatalf("%s shows %+v:\n%s", line.Line, line.Shown, p)
				}
				if why := sim.Mandate.Allows(fmc.UseCalls, try.Number.Country, c.Profile.Country, monday); why != "" {
					t.Fatalf("%s: %s:\n%s", line.Line, why, p)
				}
				if line.Limit != id.Limit() || line.Line == q.Line || try.Number.Kind == callerid.Emergency || try.Number.Same(sim.Number) || line.Why == "" {
					t.Fatalf("%+v:\n%s", line, p)
				}
				if !mayServe(answers.Lines(try.Device), sim) {
					t.Fatalf("%s is abroad, has served enough today, or is not ready:\n%s", line.Line, p)
				}
			}
		}
	}
}

// mayServe reports whether one of the lines is a SIM's and may serve now.
func mayServe(lines []fmc.LineState, sim *fmc.SIM) bool {
	return slices.ContainsFunc(lines, func(l fmc.LineState) bool {
		return l.ID == sim.ICCID.Line() && l.Ready && l.SIM != nil && (sim.Roaming || !l.SIM.Roaming) &&
			(sim.Limits.Calls == 0 || l.SIM.Used.Calls < sim.Limits.Calls) && (sim.Limits.Talk == 0 || l.SIM.Used.Talk < sim.Limits.Talk)
	})
}

func formOf(lines []fmc.LineState, id fmc.LineID) (callerid.Form, bool) {
	for _, l := range lines {
		if l.ID == id && l.Ready {
			return l.Form, true
		}
	}
	return callerid.Form{}, false
}

// holdEmergency is invariant 9 of one plan.
func holdEmergency(t *testing.T, c *fmc.Company, q plan.Request, p plan.Plan) {
	t.Helper()
	for i, n := range p.Nodes {
		for _, try := range n.Tries {
			if try.Number.Kind != callerid.Emergency && !callerid.IsEmergency(try.Number.Raw, c.Profile.Country) {
				continue
			}
			_, dev, ok := c.Account(q.Account)
			if !ok || !dev.Fixed || dev.Kind != fmc.SIPPhone || q.Query.What != plan.AskStart {
				t.Fatalf("an emergency number is called from something that is no fixed phone:\n%s", p)
			}
			site, _ := c.Site(dev.Site)
			if i != 0 || p.Recording.Record || len(try.Lines) != 1 || try.Lines[0].Trunk != site.Emergency.Trunk || try.Lines[0].Kind != fmc.TrunkLine || try.Lines[0].Limit != "" {
				t.Fatalf("an emergency call does not go first, by the trunk of its site:\n%s", p)
			}
		}
	}
}

// holdNotice is invariant 4 of one plan: nobody comes to a recorded talk with a client past the notice.
func holdNotice(t *testing.T, c *fmc.Company, q plan.Request, p plan.Plan) {
	t.Helper()
	client := q.Query.What == plan.AskStart && plan.Read(c, q).Direction == fmc.Inbound && q.Account == "" && !q.So.Noticed
	for i, n := range p.Nodes {
		dialled := slices.ContainsFunc(n.Tries, func(t plan.Try) bool { return t.Role == fmc.Client })
		if p.Recording.Record && (client && i == 0 || dialled) && talksUnwarned(p, i, map[int]bool{}) {
			t.Fatalf("from node %d a client comes to a recorded talk without the notice:\n%s", i, p)
		}
	}
}

// talksUnwarned looks for a way to a Talk that passes no notice.
func talksUnwarned(p plan.Plan, i int, seen map[int]bool) bool {
	if i >= len(p.Nodes) || seen[i] || p.Nodes[i].Notice {
		return false
	}
	seen[i] = true
	n := p.Nodes[i]
	if n.Do == plan.Talk {
		return true
	}
	next := []int{}
	for o, to := range n.On {
		if n.Do != plan.Ring || o == plan.Won { // what a Ring failed at leads to other people
			next = append(next, to)
		}
	}
	for _, to := range n.Keys {
		next = append(next, to)
	}
	if _, ok := n.On[plan.Won]; n.Do == plan.Ring && !ok || n.Do != plan.Ring && n.Do != plan.Ask && n.Do != plan.End {
		if _, ok := n.On[plan.Done]; !ok {
			next = append(next, i+1)
		}
	}
	return slices.ContainsFunc(next, func(to int) bool { return talksUnwarned(p, to, seen) })
}

func TestEveryDecisionOfEveryCompanyHoldsWhatIsTrueOfAll(t *testing.T) {
	ops, queries := map[plan.Op]int{}, map[plan.QueryKind]int{}
	for seed := range uint64(8000) {
		d := throw(seed)
		c, q := d.company(), d.request()
		p := hold(t, c, whim{d}, q)
		queries[q.Query.What]++
		for _, n := range p.Nodes {
			ops[n.Do]++
		}
	}
	for op := plan.Say; op <= plan.End; op++ {
		if ops[op] < 100 {
			t.Errorf("%v stands in %d nodes only", op, ops[op])
		}
	}
	for what := plan.AskStart; what <= plan.AskRecord; what++ {
		if queries[what] < 100 {
			t.Errorf("%v was asked %d times only", what, queries[what])
		}
	}
}

// TestEveryDecisionOverSIMsHoldsWhatIsTrueOfAll is the same for companies that live by their SIMs.
func TestEveryDecisionOverSIMsHoldsWhatIsTrueOfAll(t *testing.T) {
	kinds, first, held := map[fmc.LineKind]int{}, map[fmc.LineKind]int{}, 0
	for seed := range uint64(5000) {
		d := throw(seed)
		c := d.fleet()
		for _, n := range hold(t, c, whim{d}, d.road(c)).Nodes {
			for _, try := range n.Tries {
				first[try.Lines[0].Kind]++
				for _, line := range try.Lines {
					kinds[line.Kind]++
				}
			}
			if n.Answer {
				held++
			}
		}
	}
	if held < 100 || min(kinds[fmc.SIMLine], kinds[fmc.TrunkLine], first[fmc.SIMLine], first[fmc.TrunkLine]) < 50 {
		t.Errorf("%d calls to SIMs rang unanswered; lines: %v, first: %v", held, kinds, first)
	}
}

// fleet is a company that lives by its SIMs: most of them may be used, and somebody has a mobile.
func (d dice) fleet() *fmc.Company {
	c := d.company()
	c.Profile.Country, c.Profile.Suspended = "RU", false
	c.SIMs, c.Numbers = nil, c.Numbers[:min(2, len(c.Numbers))]
	c.Employees = append([]fmc.Employee{{ID: "driver", Operator: "mts", Extension: "250", Groups: []fmc.GroupID{"g0"}, Devices: []fmc.Device{
		{ID: "driver/mobile", Kind: fmc.Mobile, Number: numbers()[3]}, {ID: "driver/sip", Kind: fmc.SIPPhone, Account: "driver-desk"},
	}}}, c.Employees...)
	for i := range 4 {
		s := d.sim(i)
		s.Number = callerid.Received(fmt.Sprint("+7903111000", i), "RU")
		if !d.one(4) {
			s.Mandate, s.Person = fmc.Mandate{Owner: "Acme", For: []fmc.SIMUse{fmc.UseCalls}}, "driver"
		}
		c.SIMs = append(c.SIMs, s)
		c.Numbers = append(c.Numbers, fmc.Number{
			Number: s.Number, SIM: s.ICCID, Owner: "driver", AnswerWithin: d.duration(), Proof: pick(d, callerid.Proof{}, d.proof(s.Number)),
		})
	}
	return c
}

// road is a call to one of a fleet's SIMs, out of the company, or in its middle.
func (d dice) road(c *fmc.Company) plan.Request {
	q := plan.Request{Call: "c", Company: "acme", Account: "driver-desk", Dialled: pick(d, raws...), Show: d.shown()}
	if d.one(3) {
		return q
	}
	n := c.Numbers[len(c.Numbers)-1-d.IntN(4)]
	q = plan.Request{Call: "c", Company: "acme", Direction: fmc.Inbound, From: d.likely(), To: n.Number, Line: n.SIM.Line()}
	if d.one(8) {
		q.To, q.Line, q.Trunk, q.Diversion = c.Numbers[0].Number, "", c.Numbers[0].Trunk, n.Number
	}
	if d.one(3) {
		q.Query = plan.Query{What: pick(d, plan.AskPerson, plan.AskOut, plan.AskRescue, plan.AskTransfer, plan.AskMove), Employee: "driver", Digits: pick(d, raws...)}
		q.So = plan.SoFar{Answered: d.one(2), Noticed: d.one(2), With: "driver"}
	}
	return q
}

// TestEveryDecisionForATravellerHoldsWhatIsTrueOfAll is the same for a person who calls by their own mobile, or is called
// back on it.
func TestEveryDecisionForATravellerHoldsWhatIsTrueOfAll(t *testing.T) {
	gifts, alerted := map[fmc.Gift]int{}, map[string]int{}
	followed, texted, recognised, tones, private, rooms, prompts := 0, 0, 0, 0, 0, 0, 0
	for seed := range uint64(4000) {
		d := throw(seed)
		c := d.fleet()
		c.Numbers[len(c.Numbers)-1].Access = fmc.CallThrough
		p := hold(t, c, whim{d}, d.travels(c))
		for _, n := range p.Nodes {
			gifts[n.Gift]++
			followed += count(n.Then != nil)
			tones += count(n.Say == plan.SayDialTone || n.Say == plan.SayNextTone)
			rooms += count(n.Conference != "")
			prompts += count(n.Prompt != "")
			for _, try := range n.Tries {
				texted += count(try.Text != "")
				private += count(p.Recording.Private)
			}
		}
		for _, a := range p.Alerts {
			alerted[a.Kind]++
		}
		recognised += count(p.Caller != nil)
	}
	for gift := fmc.Take; gift <= fmc.Anew; gift++ {
		if gifts[gift] < 25 {
			t.Errorf("%v stands in %d nodes only", gift, gifts[gift])
		}
	}
	if min(followed, 5*texted, recognised, tones, private, rooms, prompts) < 25 || len(alerted) < 7 {
		t.Errorf("%d calls follow, %d texts, %d recognised, %d tones, %d private devices, %d rooms, %d prompts, alerts of %v",
			followed, texted, recognised, tones, private, rooms, prompts, alerted)
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// travels is a call of the fleet's driver: through an access number, back, natively, or in the middle of one.
func (d dice) travels(c *fmc.Company) plan.Request {
	n, mobile := c.Numbers[len(c.Numbers)-1], numbers()[3]
	q := plan.Request{
		Call: "c", Company: "acme", Direction: fmc.Inbound, From: pick(d, mobile, mobile, mobile, callerid.Number{Kind: callerid.Hidden}), To: n.Number,
		Line: n.SIM.Line(), Trust: pick(d, fmc.TrustForeign, fmc.TrustCarrier, fmc.TrustCarrier, fmc.TrustOwn),
	}
	digits := pick(d, append(raws, "89120000001", "89120000001", "+442071838750", "88095551234", "*8", "**", "*97", "*981", "40", "41")...)
	switch d.IntN(8) {
	case 0:
		return q
	case 1:
		q.Line, q.To, q.Direction, q.Employee, q.Dialled = "", callerid.Number{}, fmc.Outbound, "driver", pick(d, "", digits)
		q.Query.Round = d.IntN(2)
		return q
	case 2:
		q.Line, q.To, q.Trunk, q.Native, q.Private, q.Dialled = "", callerid.Number{}, "t1", true, d.one(2), digits
		if d.one(2) {
			q.From, q.To, q.Dialled = d.likely(), mobile, ""
		}
		return q
	}
	q.Employee, q.Direction = "driver", fmc.Outbound
	if d.one(4) { // called back
		q.Line, q.To = "", callerid.Number{}
	}
	q.Query = plan.Query{
		What:     pick(d, plan.AskOut, plan.AskOut, plan.AskOut, plan.AskPIN, plan.AskPIN, plan.AskMail, plan.AskRecord, plan.AskGroup, plan.AskPerson, plan.AskJoin, plan.AskConsult, plan.AskTransfer),
		Employee: "driver", Digits: digits, Proof: pick(d, fmc.ByNumber, fmc.ByPIN, fmc.ByCallBack), Round: d.IntN(3), Busy: d.IntN(4),
		Next: pick(d, plan.AskStart, plan.AskMail, plan.AskRecord), Prompt: "recorded/250/1", Conference: fmc.ConferenceID(d.id("x")), Group: "g0",
	}
	q.So = plan.SoFar{Answered: !d.one(4), With: "driver", Asker: q.Query.Proof}
	return q
}

func FuzzDecide(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, "89120000001", "201")
	}
	f.Fuzz(func(t *testing.T, seed uint64, dialled, keyed string) {
		d := throw(seed)
		c, q := d.company(), d.request()
		if d.one(2) {
			q.Dialled, q.To, q.Account = dialled, callerid.Number{}, fmc.AccountID(fmt.Sprintf("a%d-%d", d.IntN(5), d.IntN(3)))
		}
		q.Query.Digits = keyed
		hold(t, c, whim{d}, q)
		fleet := d.fleet()
		hold(t, fleet, whim{d}, d.road(fleet))
		travels := d.travels(fleet)
		travels.Query.Digits = keyed
		hold(t, fleet, whim{d}, travels)
	})
}
