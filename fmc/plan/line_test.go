package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// The cards of road's company.
const (
	petrovs fmc.ICCID = "8970101000000000001"
	shared  fmc.ICCID = "8970101000000000002"
	other   fmc.ICCID = "8970101000000000003"
)

// road is acme with three SIMs: Petrov's, whose number is his, a shared one, and one of another operator, whose number
// follows the main scenario. Petrov has a soft phone too.
func road(t testing.TB) *fmc.Company {
	t.Helper()
	c := acme(t)
	petrov := &c.Employees[1]
	petrov.Devices = append(petrov.Devices, fmc.Device{ID: "petrov/sip", Kind: fmc.SIPPhone, Account: "petrov-soft"})
	petrov.Operator, c.Employees[0].Operator = "mts", "tele2"
	for i, s := range []fmc.SIM{
		{ICCID: petrovs, Operator: "mts", Person: "petrov", Package: fmc.SIMPackage{Minutes: 500}},
		{ICCID: shared, Operator: "MTS", Package: fmc.SIMPackage{Minutes: 500}},
		{ICCID: other, Operator: "tele2", Limits: fmc.SIMLimits{Calls: 20, Talk: time.Hour}},
	} {
		s.Number = number(t, "+7903111000"+string(rune('1'+i)))
		s.Mandate = fmc.Mandate{Owner: "Acme Construction", Contract: "17", For: []fmc.SIMUse{fmc.UseCalls}, From: monday.AddDate(-1, 0, 0)}
		c.SIMs = append(c.SIMs, s)
		c.Numbers = append(c.Numbers, fmc.Number{Number: s.Number, SIM: s.ICCID, Owner: s.Person})
	}
	c.Numbers[len(c.Numbers)-1].Scenario = "main"
	return c
}

// sim is a ready line of a card, as changed.
func sim(card fmc.ICCID, change ...func(*fmc.SIMState)) fmc.LineState {
	s := &fmc.SIMState{ICCID: card, SignalDBm: -80, MOS: 410}
	for _, c := range change {
		c(s)
	}
	return fmc.LineState{ID: card.Line(), Kind: fmc.SIMLine, Ready: true, SIM: s}
}

// everywhere answers every mobile and the outside with the same lines.
func everywhere(lines ...fmc.LineState) *world {
	return &world{lines: map[fmc.DeviceID][]fmc.LineState{fmc.Outside: lines, "ivanov/mobile": lines, "petrov/mobile": lines}}
}

// over is the lines of a Ring's first try, with trunks by their name and SIMs by the last figure of their card.
func over(lines []plan.Candidate) string {
	var names []string
	for _, l := range lines {
		name := strings.TrimPrefix(string(l.Line), "trunk:carrier-")
		names = append(names, name[len(name)-1:])
	}
	return strings.Join(names, " ")
}

func TestLinesAreOrderedByWhatTheyAreWantedFor(t *testing.T) {
	all := append(trunks(), sim(other), sim(shared), sim(petrovs))
	used := func(d time.Duration) func(*fmc.SIMState) { return func(s *fmc.SIMState) { s.Used.MonthTalk = d } }
	today := func(d time.Duration, calls int) func(*fmc.SIMState) {
		return func(s *fmc.SIMState) { s.Used.Talk, s.Used.Calls = d, calls }
	}
	signal := func(dBm, mos int) func(*fmc.SIMState) { return func(s *fmc.SIMState) { s.SignalDBm, s.MOS = dBm, mos } }
	ruled := func(c *fmc.Company) { c.Rules.CallerID = []fmc.CallerIDRule{{Show: c.Numbers[0].Number}} }
	sims := func(c *fmc.Company) { ruled(c); c.Rules.Dialling.Prefer = fmc.SIMLine }
	free := func(c *fmc.Company) { sims(c); c.SIMs[0].Person, c.Numbers[3].Owner = "", "" }
	for name, row := range map[string]struct {
		change func(*fmc.Company)
		lines  []fmc.LineState
		by     fmc.AccountID
		want   string
	}{
		"trunks first":                         {ruled, all, "ivanov-desk", "a b 2 3 1"},
		"SIMs first where the company says so": {sims, all, "ivanov-desk", "2 3 1 a b"},
		"the caller's own number is a SIM's":   {func(c *fmc.Company) { c.Rules.CallerID = nil }, all, "petrov-soft", "1 b a 2 3"},
		"a rule shows a SIM's number": {func(c *fmc.Company) {
			c.Rules.CallerID[0] = fmc.CallerIDRule{Employee: "ivanov", Show: c.Numbers[5].Number}
		}, all, "ivanov-desk", "3 a b 2 1"},
		"another rule comes before a person's own":  {ruled, all, "petrov-soft", "a b 1 2 3"},
		"the caller's own SIM before others":        {sims, all, "petrov-soft", "1 2 3 a b"},
		"another person's SIM last":                 {sims, all, "sidorov-soft", "2 3 1 a b"},
		"minutes left before none counted":          {free, []fmc.LineState{sim(other), sim(shared)}, "ivanov-desk", "2 3"},
		"none counted before few left":              {free, []fmc.LineState{sim(other), sim(shared, used(495*time.Minute))}, "ivanov-desk", "3 2"},
		"a package that is used up last of all":     {free, append(trunks(), sim(shared, used(500*time.Minute)), sim(other)), "ivanov-desk", "3 a b 2"},
		"used up, even if its number is to be seen": {func(c *fmc.Company) { c.Rules.CallerID = nil }, append(trunks(), sim(petrovs, used(501*time.Minute))), "petrov-soft", "b a 1"},
		"used up, and nothing else":                 {free, []fmc.LineState{sim(shared, used(600*time.Minute))}, "ivanov-desk", "2"},
		"a stronger signal":                         {free, []fmc.LineState{sim(petrovs, signal(-100, 410)), sim(shared, signal(-70, 410))}, "ivanov-desk", "2 1"},
		"hardly a stronger signal":                  {free, []fmc.LineState{sim(petrovs, signal(-84, 410)), sim(shared, signal(-76, 410))}, "ivanov-desk", "1 2"},
		"a signal that is not known":                {free, []fmc.LineState{sim(petrovs, signal(0, 410)), sim(shared, signal(-80, 410))}, "ivanov-desk", "2 1"},
		"a signal that is hardly there":             {free, []fmc.LineState{sim(petrovs, signal(-110, 410)), sim(shared, signal(-100, 410))}, "ivanov-desk", "2 1"},
		"better speech":                             {free, []fmc.LineState{sim(petrovs, signal(-80, 280)), sim(shared, signal(-80, 320))}, "ivanov-desk", "2 1"},
		"speech that is not known":                  {free, []fmc.LineState{sim(petrovs, signal(-80, 0)), sim(shared, signal(-80, 405))}, "ivanov-desk", "2 1"},
		"good speech on a weak signal":              {free, []fmc.LineState{sim(petrovs, signal(-90, 370)), sim(shared, signal(-90, 405))}, "ivanov-desk", "2 1"},
		"less talk today":                           {free, []fmc.LineState{sim(petrovs, today(time.Hour, 1)), sim(shared, today(time.Minute, 9))}, "ivanov-desk", "2 1"},
		"fewer calls today":                         {free, []fmc.LineState{sim(petrovs, today(time.Hour, 3)), sim(shared, today(time.Hour, 2))}, "ivanov-desk", "2 1"},
		"free before one that a test has":           {free, []fmc.LineState{sim(petrovs, func(s *fmc.SIMState) { s.Shadow = true }), sim(shared)}, "ivanov-desk", "2 1"},
		"one whose network is being asked last":     {free, []fmc.LineState{sim(petrovs, func(s *fmc.SIMState) { s.Asking = true }), sim(shared, func(s *fmc.SIMState) { s.Shadow = true })}, "ivanov-desk", "2 1"},
		"the caller's own though a test has it":     {sims, []fmc.LineState{sim(petrovs, func(s *fmc.SIMState) { s.Shadow = true }), sim(shared)}, "petrov-soft", "1 2"},
		"else by name":                              {free, []fmc.LineState{sim(shared), sim(petrovs)}, "ivanov-desk", "1 2"},
		"SIMs alone where no number is proved": {func(c *fmc.Company) {
			for i := range c.Numbers {
				c.Numbers[i].Proof = callerid.Proof{}
			}
		}, all, "ivanov-desk", "2 3 1"},
	} {
		t.Run(name, func(t *testing.T) {
			c := road(t)
			row.change(c)
			p := hold(t, c, everywhere(row.lines...), dialling(row.by, "89120000001"))
			lines := outside(t, p).Lines
			if over(lines) != row.want {
				t.Fatalf("over %s, want %s:\n%s", over(lines), row.want, p)
			}
			if first := lines[0]; slices.ContainsFunc(lines, func(l plan.Candidate) bool { return l.Kind == fmc.SIMLine }) && !strings.Contains(why(p, "line"), "it goes first: "+first.Why) {
				t.Fatalf("it is not said why %s goes first:\n%s", first.Line, p)
			}
		})
	}
}

func TestAStaffMobileIsRungBySIMsOfItsOwnOperatorAndByNobodysOwn(t *testing.T) {
	c := road(t)
	c.Rules.Dialling.Prefer = fmc.SIMLine
	w := everywhere(append(trunks(), sim(petrovs), sim(shared), sim(other))...)
	for who, want := range map[fmc.EmployeeID]string{"ivanov": "3 2 1 a b", "petrov": "2 3 1 a b"} {
		p := hold(t, c, w, asking(t, plan.Query{What: plan.AskPerson, Employee: who}))
		_, n := at(t, p, plan.Ring)
		lines := n.Tries[len(n.Tries)-1].Lines
		if over(lines) != want {
			t.Errorf("%s: over %s, want %s:\n%s", who, over(lines), want, p)
		}
		if !strings.Contains(lines[0].Why, "of the operator of the one called") || !strings.Contains(lines[2].Why, "the SIM of petrov") {
			t.Errorf("%s: %q, %q", who, lines[0].Why, lines[2].Why)
		}
	}
	for i := range c.Numbers { // SIMs need no proof
		c.Numbers[i].Proof = callerid.Proof{}
	}
	p := hold(t, c, w, asking(t, plan.Query{What: plan.AskPerson, Employee: "petrov"}))
	if _, n := at(t, p, plan.Ring); over(n.Tries[0].Lines) != "2 3 1" {
		t.Errorf("%s", p)
	}
}

func TestASIMThatMayNotServeIsPassedOverWithItsReason(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*fmc.SIM)
		state  func(*fmc.SIMState)
		dialed string
		want   string
	}{
		"no mandate":                {func(s *fmc.SIM) { s.Mandate = fmc.Mandate{} }, nil, "", "no mandate is on file"},
		"a mandate for messages":    {func(s *fmc.SIM) { s.Mandate.For = []fmc.SIMUse{fmc.UseMessages} }, nil, "", "does not name calls"},
		"a mandate for elsewhere":   {func(s *fmc.SIM) { s.Mandate.Where = []string{"KZ"} }, nil, "", "does not reach RU"},
		"a mandate for home":        {nil, nil, "+442071838750", "does not reach GB"},
		"a mandate that ended":      {func(s *fmc.SIM) { s.Mandate.Until = monday }, nil, "", "ended on"},
		"a mandate that begins":     {func(s *fmc.SIM) { s.Mandate.From = monday.Add(second) }, nil, "", "begins on"},
		"abroad":                    {nil, func(s *fmc.SIMState) { s.Roaming = true }, "", "the SIM is abroad"},
		"its calls are made":        {func(s *fmc.SIM) { s.Limits.Calls = 3 }, func(s *fmc.SIMState) { s.Used.Calls = 3 }, "", "it has made the 3 calls"},
		"it has talked enough":      {func(s *fmc.SIM) { s.Limits.Talk = time.Hour }, func(s *fmc.SIMState) { s.Used.Talk = time.Hour }, "", "it has talked for the 1h"},
		"a number that is unknown":  {func(s *fmc.SIM) { s.Number = callerid.Number{} }, nil, "", "the number of this SIM is not known"},
		"a card of somebody else":   {func(s *fmc.SIM) { s.ICCID = "8970" }, nil, "", "it is no SIM of the company"},
		"another card in the port":  {nil, func(s *fmc.SIMState) { s.ICCID = other }, "", "it is no SIM of the company"},
		"a port that says nothing":  {nil, nil, "nothing", "it is no SIM of the company"},
		"a call that has it":        {nil, nil, "in use", "another call has this SIM"},
		"a line that is not ready":  {nil, nil, "not ready", "is not ready: signal -115 dBm"},
		"the call itself":           {nil, nil, "came by it", "the call itself came by this SIM"},
		"its own number is dialled": {nil, nil, "itself", "a SIM cannot call itself"},
	} {
		t.Run(name, func(t *testing.T) {
			c := road(t)
			c.Rules.Dialling.Abroad = true
			l := sim(shared)
			if row.change != nil {
				row.change(&c.SIMs[1])
			}
			if row.state != nil {
				row.state(l.SIM)
			}
			q := dialling("ivanov-desk", "89120000001")
			w := everywhere()
			switch row.dialed {
			case "":
			case "nothing":
				l.SIM = nil
			case "in use":
				w.inUse = map[fmc.LimitID]int{shared.Limit(): 1}
			case "not ready":
				l.Ready, l.Why = false, "signal -115 dBm"
			case "came by it":
				q = asking(t, plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: "89120000001"})
				q.Line = shared.Line()
			case "itself":
				q.Dialled = "+79031110002"
				c.Numbers = c.Numbers[:3]
			default:
				q.Dialled = row.dialed
			}
			w.lines[fmc.Outside] = append(trunks(), l)
			p := hold(t, c, w, q)
			if over(ringsOutside(t, p)) != "a b" {
				t.Fatalf("it serves:\n%s", p)
			}
			if told := why(p, "line") + why(p, "lines"); !strings.Contains(told, row.want) {
				t.Fatalf("it is not said that %s:\n%s", row.want, p)
			}
		})
	}
}

// ringsOutside is the lines by which a plan calls outside.
func ringsOutside(t *testing.T, p plan.Plan) []plan.Candidate {
	t.Helper()
	for _, n := range p.Nodes {
		for _, try := range n.Tries {
			if try.Device == fmc.Outside {
				return try.Lines
			}
		}
	}
	t.Fatalf("nobody outside is called:\n%s", p)
	return nil
}

func TestWithoutANumberToShowAndWithoutASIMNoCallGoesOut(t *testing.T) {
	c := road(t)
	for i := range c.Numbers {
		c.Numbers[i].Proof = callerid.Proof{}
	}
	p := hold(t, c, everywhere(trunks()...), dialling("ivanov-desk", "89120000001"))
	ends(t, p, cause.Refused)
	if p.Nodes[0].Say != plan.SayNoNumber {
		t.Fatalf("%s", p)
	}
}

func TestASIMTakesItsOneCallAndATrunkTheNumbersLimit(t *testing.T) {
	c := road(t)
	p := hold(t, c, everywhere(append(trunks(), sim(shared))...), dialling("ivanov-desk", "89120000001"))
	lines := outside(t, p).Lines
	if over(lines) != "a b 2" || lines[0].Limit != "number:+74951234567" || lines[1].Limit != "" || lines[2].Limit != "sim:8970101000000000002" {
		t.Fatalf("%s", p)
	}
}

func TestWhatIsSaidOfASharedLineIsSaidOnce(t *testing.T) {
	c := road(t)
	c.SIMs[1].Mandate = fmc.Mandate{}
	p := hold(t, c, everywhere(append(trunks(), sim(shared))...), asking(t, plan.Query{What: plan.AskGroup, Group: "sales"}))
	if n := strings.Count(p.String(), "no mandate is on file"); n != 1 {
		t.Fatalf("%d times:\n%s", n, p)
	}
}
