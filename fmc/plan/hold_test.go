package plan_test

import (
	"slices"
	"strings"
	"testing"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/plan"
)

// holdProof is what no call from outside gets without proof: a dial tone or a client where a PIN is to be asked for, and
// a number abroad or a premium number where a call back is to come first. Nobody is recognised who did not prove it.
func holdProof(t *testing.T, c *fmc.Company, q plan.Request, p plan.Plan) {
	t.Helper()
	answers, r := plan.Replay(p.Because), plan.Read(c, q)
	if p.Caller != nil {
		verdict := answers.CheckPIN(fmc.PINTry{Employee: q.Query.Employee})
		right := q.Query.What == plan.AskPIN && verdict == fmc.PINRight && p.Caller.By == fmc.ByPIN && p.Caller.Employee == q.Query.Employee
		back := q.Query.What == plan.AskOut && q.Query.Proof == fmc.ByCallBack && q.So.Answered && p.Caller.By == fmc.ByCallBack
		if !right && !back {
			t.Fatalf("%s was recognised by nothing:\n%s", p.Caller.Employee, p)
		}
	}
	e, _ := c.Mobile(r.From.E164)
	vouched := r.Trust == fmc.TrustOwn && e != nil && e.ID == r.Employee
	fromRoad := r.Account == "" && r.Employee != "" && !r.Native && r.Direction != fmc.Inbound
	unproved := fromRoad && q.Query.What == plan.AskOut && q.Query.Proof < fmc.ByCallBack && !vouched
	inTalk := (q.Query.What == plan.AskConsult || q.Query.What == plan.AskTransfer) && (q.So.Asker == fmc.ByNumber || q.So.Asker == fmc.ByPIN) && !vouched
	forged := r.CalledThrough() && q.Query.What == plan.AskStart && r.Trust == fmc.TrustForeign && c.Rules.Through.PIN != fmc.PINNever
	for _, n := range p.Nodes {
		if forged && (n.Say == plan.SayDialTone || n.Say == plan.SayNextTone || n.Do == plan.Ring || n.Do == plan.Talk || n.Do == plan.Give) {
			t.Fatalf("a number that anybody may have written opens the company's lines:\n%s", p)
		}
		for _, try := range n.Tries {
			class := try.Number.Class(c.Profile.Country)
			abroad := c.Rules.Through.ProveAbroad && class == callerid.Abroad
			premium := c.Rules.Through.ProvePremium && (class == callerid.DomesticPremium || class == callerid.AbroadPremium)
			if (unproved || inTalk) && try.Role == fmc.Client && (abroad || premium) {
				t.Fatalf("%s is called without a call back:\n%s", try.Number, p)
			}
		}
	}
}

// holdPrivate is N24 of one plan: a private call is not recorded, leaves no message, is told to nobody, and leaves by the
// trunk that brought it.
func holdPrivate(t *testing.T, q plan.Request, p plan.Plan) {
	t.Helper()
	if !q.Private || q.Query.What == plan.AskJoin || slices.ContainsFunc(p.Nodes, func(n plan.Node) bool { return n.Prompt != "" }) {
		return // what a person says for the company is not private
	}
	if p.Recording.Record || len(p.Alerts) > 0 {
		t.Fatalf("a private call is recorded or told:\n%s", p)
	}
	for _, n := range p.Nodes {
		if n.Do == plan.Mail {
			t.Fatalf("a private call leaves a message:\n%s", p)
		}
		for _, try := range n.Tries {
			if try.Text != "" || try.Role == fmc.Client && try.Number.Kind != callerid.Emergency && try.Lines[0].Trunk != q.Trunk {
				t.Fatalf("a private call is told, or leaves another way than it came:\n%s", p)
			}
		}
	}
}

// holdCaps is that nobody talks outside for longer than is left of what they may talk a day.
func holdCaps(t *testing.T, c *fmc.Company, q plan.Request, p plan.Plan) {
	t.Helper()
	e, ok := c.Employee(plan.Read(c, q).Employee)
	if !ok || q.Private || q.Query.What != plan.AskStart && q.Query.What != plan.AskOut {
		return
	}
	if who, ok := c.Employee(q.Query.Employee); ok && q.Query.What == plan.AskOut {
		e = who
	}
	most := c.CapsOf(e)
	out := slices.ContainsFunc(p.Nodes, func(n plan.Node) bool {
		return len(n.Tries) > 0 && n.Tries[0].Role == fmc.Client && n.Tries[0].Number.Kind != callerid.Emergency
	})
	if !out || most == (fmc.Caps{}) {
		return
	}
	spent := plan.Replay(p.Because).Caller(e.ID, q.From, q.To).Spent
	if most.Calls > 0 && spent.Calls >= most.Calls {
		t.Fatalf("%s calls once too often:\n%s", e.ID, p)
	}
	for _, n := range p.Nodes {
		if n.Do == plan.Talk && most.Talk > 0 && n.For > most.Talk-spent.Talk {
			t.Fatalf("%s talks for too long:\n%s", e.ID, p)
		}
	}
}

// dialTones counts the Gathers in which a number may be keyed.
func dialTones(p plan.Plan) int {
	n := 0
	for _, node := range p.Nodes {
		if node.Do == plan.Gather && (node.Say == plan.SayDialTone || node.Say == plan.SayNextTone) {
			n++
		}
	}
	return n
}

// says reports whether a prompt is heard somewhere in a plan, by itself or with others.
func says(p plan.Plan, what fmc.PromptID) bool {
	return slices.ContainsFunc(p.Nodes, func(n plan.Node) bool {
		return slices.Contains(strings.Split(string(n.Say), "+"), string(what))
	})
}

// then is the call that follows a plan's first End that has one.
func then(t *testing.T, p plan.Plan) plan.Then {
	t.Helper()
	for _, n := range p.Nodes {
		if n.Then != nil {
			return *n.Then
		}
	}
	t.Fatalf("no call follows:\n%s", p)
	return plan.Then{}
}

// alerts are the kinds of a plan's alerts.
func alerts(p plan.Plan) string {
	var kinds []string
	for _, a := range p.Alerts {
		kinds = append(kinds, a.Kind)
	}
	return strings.Join(kinds, " ")
}
