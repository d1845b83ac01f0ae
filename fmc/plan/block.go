package plan

import (
	"cmp"
	"fmt"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Functions of this file add nodes at the end of the plan. What is more than one Say ends the thread in each of its
// branches, or asks: what is added behind it is never fallen into.

// add adds a node and returns where it stands.
func (d *decision) add(n Node) int {
	d.nodes = append(d.nodes, n)
	return len(d.nodes) - 1
}

// here is where the next node will stand.
func (d *decision) here() int { return len(d.nodes) }

// on says where outcomes of a node lead.
func (d *decision) on(node, to int, outcomes ...Outcome) {
	n := &d.nodes[node]
	if n.On == nil {
		n.On = make(map[Outcome]int, len(outcomes))
	}
	for _, o := range outcomes {
		n.On[o] = to
	}
}

// say adds a prompt that the subject hears.
func (d *decision) say(p fmc.PromptID) {
	if p != "" {
		d.add(Node{Do: Say, Say: p})
	}
}

// end ends the thread; without a cause as the last attempt came out.
func (d *decision) end(c *cause.Cause) { d.add(Node{Do: End, Cause: c}) }

// tail is an ending that many branches share.
type tail uint8

const (
	tailOver        tail = iota // the conversation is over: a normal end, or the next number
	tailHangUp                  // a normal end
	tailTooLong                 // the longest call is over
	tailUnavailable             // the recording failed, and there is no conversation without one
	tailBusy                    // a number that a person keyed is busy
	tailNoAnswer                // it does not answer
	tailUnreachable             // it cannot be reached
	tailNoLine                  // no line has room
	tailTaken                   // the subject is in another call now
	tailNothing                 // there was no call to take
	tails
)

// leadTo has outcomes of a node lead to a shared ending, which is added where it does not stand yet.
func (d *decision) leadTo(t tail, node int, outcomes ...Outcome) {
	if d.tails[t] == 0 { // no ending is the first node of a plan: something leads to it
		d.tails[t] = d.here()
		d.addTail(t)
	}
	d.on(node, d.tails[t], outcomes...)
}

func (d *decision) addTail(t tail) {
	switch t {
	case tailOver:
		if d.dials {
			d.nextNumber()
			return
		}
		d.hangUp()
	case tailHangUp, tails:
		d.hangUp()
	case tailTooLong:
		c := cause.Because(cause.Refused, "the call has lasted as long as the company allows")
		d.end(&c)
	case tailUnavailable:
		d.say(SayUnavailable)
		c := cause.Because(cause.Failed, "the recording failed, and nothing may be said without one")
		d.end(&c)
	case tailBusy:
		d.clientBusy()
	case tailNoAnswer:
		d.leadTo(tailOver, d.add(Node{Do: Say, Say: SayNoAnswer}), Done)
	case tailUnreachable:
		d.leadTo(tailOver, d.add(Node{Do: Say, Say: SayUnreachable}), Done)
	case tailNoLine:
		d.leadTo(tailOver, d.add(Node{Do: Say, Say: SayNoLine}), Done)
	case tailTaken:
		c := cause.Of(cause.TakenElsewhere)
		d.end(&c)
	case tailNothing:
		d.nothingThere()
	}
}

// nothingThere tells who wanted to take a call that there is none.
func (d *decision) nothingThere() {
	if d.dials {
		d.leadTo(tailOver, d.add(Node{Do: Say, Say: SayNothingThere}), Done)
		return
	}
	d.tell(*refused(cause.WrongNumber, SayNothingThere, "fetch", "", "there was no such call to fetch"))
}

func (d *decision) hangUp() {
	c := cause.Of(cause.Hangup)
	d.end(&c)
}

// refuse ends the thread for a reason that whoever asked may read: invariant 12.
func (d *decision) refuse(m cause.Meaning, topic, about, format string, args ...any) {
	c := cause.Because(m, format, args...)
	d.w.note(topic, about, c.Text, nil)
	d.end(&c)
}

// refuseAloud is refuse with a prompt that is said without answering, where the line carries it: FLOWS E0, "Causes".
func (d *decision) refuseAloud(r refusal) {
	d.tellWhy(&r)
	d.tell(r)
}

// tellWhy notes why something may not be, and alerts the company where it should know.
func (d *decision) tellWhy(r *refusal) {
	d.w.note(r.topic, r.about, r.cause.Text, nil)
	who, about := cmp.Or(d.q.Employee, d.q.Query.Employee), r.about
	switch r.alert {
	case noAlert:
		return
	case alertCallBack:
		about = d.q.From.E164
	case alertFirstUse, alertPINWrong, alertPINLocked, alertCap, alertDestination, alertEmergency:
	}
	d.alert(r.alert, who, about)
}

// tell is how a refusal reaches the caller; by itself it is a branch that may never be taken.
func (d *decision) tell(r refusal) {
	if r.say != "" {
		d.add(Node{Do: Say, Say: r.say, Early: !d.q.So.Answered})
	}
	d.end(&r.cause)
}

// refusal is why something may not or cannot be.
type refusal struct {
	topic, about string
	say          fmc.PromptID
	cause        cause.Cause
	alert        alertKind
}

func refused(m cause.Meaning, say fmc.PromptID, topic, about, format string, args ...any) *refusal {
	return &refusal{topic: topic, about: about, say: say, cause: cause.Cause{
		Meaning: m, Q850: cause.Of(m).Q850, Fault: cause.Of(m).Fault, Text: fmt.Sprintf(format, args...),
	}}
}

// mostHops is how often a call may be led on without anybody having been reached or having keyed anything.
const mostHops = 8

// ask asks on, keeping count of how often the call was led on without progress.
func (d *decision) ask(q Query) {
	q.Hops = d.q.Query.Hops + 1
	if q.Hops > mostHops {
		d.refuse(cause.Failed, "circle", q.about(), "the company's scenarios and overflows lead round in a circle")
		return
	}
	d.askAfresh(q)
}

// askAfresh asks what a key or a wait brought about: the count of hops begins again. A person at the dial tone stays
// known as who they are.
func (d *decision) askAfresh(q Query) {
	switch q.What {
	case AskGroup, AskPerson, AskScenario, AskJoin:
		if d.dials {
			q.Proof = d.proof()
		}
	case AskStart, AskExtension, AskOut, AskRescue, AskConsult, AskTransfer, AskPark, AskRecall, AskMove, AskPickUp, AskRetrieve, AskWho, AskPIN, AskMail, AskRecord:
	}
	d.add(Node{Do: Ask, Query: q})
}

// about is whom or what a query is about, for a reason.
func (q Query) about() string {
	switch {
	case q.Group != "":
		return string(q.Group)
	case q.Employee != "":
		return string(q.Employee)
	case q.Scenario != "":
		return string(q.Scenario)
	default:
		return q.What.String()
	}
}

// talk adds the conversation with what follows it. A person who is lost is fetched back by rescue, where it asks one.
func (d *decision) talk(longest time.Duration, rescue Query) int {
	at := d.converse(longest, rescue)
	d.leadTo(tailOver, at, Done)
	return at
}

// converse is talk without what follows a hang-up.
func (d *decision) converse(longest time.Duration, rescue Query) int {
	at := d.add(Node{Do: Talk, For: longest})
	d.leadTo(tailTooLong, at, TimedOut)
	if rescue.What != AskStart {
		d.on(at, d.here(), Dropped)
		d.askAfresh(rescue)
	}
	if d.policy.Record && d.policy.FailClosed {
		d.leadTo(tailUnavailable, at, Forbidden)
	}
	return at
}

// longestMail is how long a message may be.
const longestMail = 3 * time.Minute

// mail lets the subject leave a message for a group or a person, behind the greeting that they have for now. A private
// call leaves none.
func (d *decision) mail(greeting fmc.PromptID, group fmc.GroupID, person fmc.EmployeeID) {
	if d.q.Private {
		d.refuse(cause.NoAnswer, "private", string(group)+string(person), "a private call leaves no message")
		return
	}
	at := d.add(Node{Do: Mail, Say: d.greeting(greeting, group, person), Group: group, Person: person, For: longestMail})
	d.leadTo(tailOver, at, Done)
	d.leadTo(tailUnavailable, at, Forbidden)
}

// failures are the outcomes of a Ring that nobody took.
var failures = []Outcome{Busy, NoAnswer, Unreachable, TurnedDown, Congested, TimedOut}
