package plan

import (
	"iter"
	"slices"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Check says whether the plan can be followed: every node holds what its op needs, no jump leads out, no node stands
// where nothing leads, and no circle can be gone round without a node that waits or asks. An error has kind
// cause.Invalid.
func (p Plan) Check() error {
	if len(p.Nodes) == 0 {
		return cause.Errorf(cause.Invalid, "a plan without nodes")
	}
	if p.Recording.Record && p.Recording.Notice == "" {
		return cause.Errorf(cause.Invalid, "a recorded plan names no notice")
	}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if err := n.check(); err != nil {
			return cause.Errorf(cause.Invalid, "node %d (%s): %w", i, n.Do, err)
		}
		for to := range p.leads(i) {
			if to < 0 || to >= len(p.Nodes) {
				return cause.Errorf(cause.Invalid, "node %d (%s) leads to node %d of %d", i, n.Do, to, len(p.Nodes))
			}
		}
	}
	return p.checkWays()
}

// leads yields where a node can lead, each way once. Behind the last node, and where an outcome has no entry, is the
// thread's end.
func (p Plan) leads(i int) iter.Seq[int] {
	return func(yield func(int) bool) {
		n := &p.Nodes[i]
		for _, at := range n.On {
			if !yield(at) {
				return
			}
		}
		for _, at := range n.Keys {
			if !yield(at) {
				return
			}
		}
		if p.fallsThrough(i) {
			yield(i + 1)
		}
	}
}

// fallsThrough reports whether a node leads to the next by itself.
func (p Plan) fallsThrough(i int) bool {
	n := &p.Nodes[i]
	_, done := n.On[Done]
	_, won := n.On[Won]
	switch n.Do {
	case End, Ask:
		return false
	case Ring:
		return !won && i+1 < len(p.Nodes)
	case Park: // somebody fetches the subject: Won
		return !(done && won) && i+1 < len(p.Nodes)
	case Say, Gather, Talk, Wait, Mail, Give:
	}
	return !done && i+1 < len(p.Nodes)
}

// waits reports whether a node takes time, or ends the plan: a Say may be silent, a Ring may fail at once, nobody may be
// there to talk.
func (n *Node) waits() bool {
	switch n.Do {
	case Gather, Wait, Park, Ask, End:
		return true
	case Say, Ring, Talk, Mail, Give:
	}
	return false
}

// checkWays looks for nodes that nothing leads to and for circles without a wait.
func (p Plan) checkWays() error {
	w := ways{p: p, reached: make([]bool, len(p.Nodes)), state: make([]visit, len(p.Nodes))}
	w.reach(0)
	for i := range p.Nodes {
		if !w.reached[i] {
			return cause.Errorf(cause.Invalid, "nothing leads to node %d (%s)", i, p.Nodes[i].Do)
		}
		if w.circles(i) {
			return cause.Errorf(cause.Invalid, "from node %d the plan goes round in a circle that waits for nothing", i)
		}
	}
	return nil
}

// ways is a search through a plan.
type ways struct {
	p       Plan
	reached []bool
	state   []visit
}

// visit is how far the search for circles is with a node.
type visit uint8

const (
	onTheWay visit = iota + 1
	harmless
)

func (w *ways) reach(i int) {
	if w.reached[i] {
		return
	}
	w.reached[i] = true
	for to := range w.p.leads(i) {
		w.reach(to)
	}
}

// circles reports whether a way from the node comes back to itself past nodes that wait for nothing.
func (w *ways) circles(i int) bool {
	if w.p.Nodes[i].waits() || w.state[i] == harmless {
		return false
	}
	if w.state[i] == onTheWay {
		return true
	}
	w.state[i] = onTheWay
	for to := range w.p.leads(i) {
		if w.circles(to) {
			return true
		}
	}
	w.state[i] = harmless
	return false
}

// check says whether a node holds what its op needs.
func (n *Node) check() error {
	if n.For < 0 || n.Most < 0 {
		return cause.Errorf(cause.Invalid, "a time or a count below zero")
	}
	switch {
	case len(n.Keys) > 0 && n.Do != Gather:
		return cause.Errorf(cause.Invalid, "only a Gather takes keys")
	case n.Then != nil && (n.Do != End || n.Then.Employee == "" || n.Then.After < 0):
		return cause.Errorf(cause.Invalid, "only an End is followed by a call, of somebody")
	case n.Conference != "" && n.Do != Talk, n.Prompt != "" && n.Do != Mail:
		return cause.Errorf(cause.Invalid, "only a Talk is a conference, and only what is said in a Mail becomes a prompt")
	}
	switch n.Do {
	case Say:
		return need(n.Say != "", "a prompt")
	case Gather:
		return n.checkGather()
	case Ring:
		return n.checkRing()
	case Wait:
		return need(n.Group != "" && n.For > 0, "a group and a longest wait")
	case Mail:
		return need(n.Group != "" || n.Person != "", "somebody whom the message is for")
	case Park:
		return need(n.Slot != "", "a slot")
	case Give:
		return need(n.Gift >= fmc.Take && n.Gift <= fmc.Anew && (!n.Whom.IsZero() || n.Query.What != AskStart), "a gift and to whom")
	case Ask:
		return n.Query.check()
	case Talk, End:
		return nil
	}
	return cause.Errorf(cause.Invalid, "an op that does not exist")
}

func need(there bool, what string) error {
	if there {
		return nil
	}
	return cause.Errorf(cause.Invalid, "it lacks %s", what)
}

func (n *Node) checkGather() error {
	for k := range n.Keys {
		if !keyable(k) && !isCode(k) {
			return cause.Errorf(cause.Invalid, "nobody can key %q", k)
		}
	}
	return need(len(n.Keys) > 0 || n.Most > 0, "keys or how many")
}

func (n *Node) checkRing() error {
	for i := range n.Tries {
		t := &n.Tries[i]
		switch {
		case t.Device == "" || t.Role != fmc.Client && t.Role != fmc.Worker:
			return cause.Errorf(cause.Invalid, "try %d lacks a device or a role", i)
		case t.After < 0 || t.For <= 0:
			return cause.Errorf(cause.Invalid, "try %d rings after %s for %s", i, t.After, t.For)
		case t.Text != "" && t.Number.E164 == "":
			return cause.Errorf(cause.Invalid, "try %d has a text for nobody", i)
		case len(t.Lines) == 0:
			return cause.Errorf(cause.Invalid, "try %d has no line", i)
		case slices.ContainsFunc(t.Lines, func(c Candidate) bool { return c.Line == "" }):
			return cause.Errorf(cause.Invalid, "try %d has a line without a name", i)
		}
	}
	return need(len(n.Tries) > 0 && n.For > 0, "devices to ring and how long")
}

// check says whether Decide can answer the question in the middle of a call.
func (q Query) check() error {
	switch q.What {
	case AskGroup:
		return need(q.Group != "", "a group")
	case AskPerson:
		return need(q.Employee != "", "a person")
	case AskScenario:
		return need(q.Scenario != "", "a scenario")
	case AskExtension, AskOut, AskRescue, AskConsult, AskTransfer, AskPark, AskRecall, AskMove, AskPickUp, AskRetrieve, AskWho, AskPIN, AskMail:
		return nil
	case AskJoin:
		return need(q.Conference != "", "a conference")
	case AskRecord:
		return need(q.Prompt != "", "a prompt")
	case AskStart, queries:
	}
	return cause.Errorf(cause.Invalid, "the question %s is none of a call's middle", q.What)
}
