package plan

import (
	"strings"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// What a person keys at the dial tone, in a call that they made by their mobile or that was made to them. FLOWS E2a.

const (
	dialTime     = 40 * time.Second // for a whole number at the dial tone
	keyedTimeout = 10 * time.Second // for the first digit of what is asked for
	nextTimeout  = time.Second      // behind the tone for the next number, which sounds for 4 s
	mostNumber   = 20               // digits of a keyed number
	mostWrong    = 3                // numbers that a person may key in vain
	mostBusy     = 3                // how often a busy number is tried again
	busyAfter    = 3 * time.Minute  // and when
)

// dialCodes are the codes that a Gather knows, so that their stars do not clear what was keyed. Other codes begin as
// these do.
var dialCodes = []string{codeLastClient, codeRedial, codePickUp}

// dialTone has a person key whom they want, and asks for that.
func (d *decision) dialTone(e *fmc.Employee, proof fmc.Assurance) {
	d.because("dial tone", string(e.ID), "%s keys a number or a code", e.ID)
	d.number(SayDialTone, Query{What: AskOut, Employee: e.ID, Proof: proof}, d.askAfresh, dialTime, keyedTimeout)
	c := cause.Because(cause.NoAnswer, "nothing was keyed at the dial tone")
	d.end(&c)
}

// number has a person key a number or a code, and lead add what then comes. It is asked for as often as there are times;
// where nothing is keyed, what is added next follows. It returns the last of its Gathers.
func (d *decision) number(say fmc.PromptID, q Query, lead func(Query), times ...time.Duration) int {
	first, last := d.here(), d.here()+len(times)-1
	for i, t := range times {
		d.add(Node{Do: Gather, Say: say, For: t, Most: mostNumber, Begins: "*", Keys: make(map[string]int, len(dialCodes))})
		d.on(first+i, first+i+1, TimedOut)
		d.on(first+i, last+1, Done)
	}
	lead(q)
	for _, code := range dialCodes {
		for i := first; i <= last; i++ {
			d.nodes[i].Keys[code] = d.here()
		}
		q.Digits = code
		lead(q)
	}
	d.on(last, d.here(), TimedOut)
	return last
}

// nextNumber has a person key another number when a call is over: it is a contact of its own.
func (d *decision) nextNumber() {
	at := d.number(SayNextTone, Query{What: AskOut, Employee: d.q.Employee, Proof: d.proof()}, d.anew, nextTimeout)
	d.leadTo(tailHangUp, at, TimedOut)
}

// anew hands the person to a call of its own.
func (d *decision) anew(q Query) {
	at := d.add(Node{Do: Give, Gift: fmc.Anew, Query: q})
	d.leadTo(tailHangUp, at, Done, Unreachable, TimedOut)
}

// askedOut calls whom a person wants who called through, was called back, or made the call at a phone of the company.
func (d *decision) askedOut() {
	e, ok := d.known(d.q.Query.Employee, d.q.Employee, d.q.So.With)
	if !ok {
		d.refuse(cause.Refused, "person", string(d.q.Employee), "nobody of the company is known to have keyed this number")
		return
	}
	back := d.q.Wished()
	if back && !d.q.So.Answered {
		d.notAnswered(e, cause.NoAnswer, "%s was called back and did not take the call", e.ID)
		return
	}
	d.q.Direction, d.q.Employee, d.dials = fmc.Outbound, e.ID, d.q.So.Answered
	digits := strings.TrimSuffix(d.q.Query.Digits, "#")
	if back {
		digits = strings.TrimSuffix(d.wanted(), "#")
		if _, ok := d.askedFrom(e); ok && d.q.Query.Proof == fmc.ByCallBack {
			d.becomes(e, fmc.ByCallBack)
		}
	}
	switch {
	case digits == "":
		d.dialTone(e, d.proof())
	case strings.HasPrefix(digits, "*"):
		d.code(e, digits)
	default:
		d.callKeyed(e, digits)
	}
}

// callKeyed calls somebody of the company or a number outside.
func (d *decision) callKeyed(e *fmc.Employee, digits string) {
	inside, to := d.means(digits)
	if !inside.IsZero() {
		d.q.Direction = fmc.Internal
		d.take(inside)
		return
	}
	if no := d.allowed(e, to); no != nil {
		d.keyAgain(no)
		return
	}
	if why := d.stepUp(e, to); why != "" {
		d.because("proof", string(e.ID), "%s", why)
		d.proveByCallBack(e, digits)
		return
	}
	try, no := d.outwards(e, to)
	if no != nil {
		d.keyAgain(no)
		return
	}
	if d.q.CalledThrough() && !d.history(e).Ever {
		d.alert(alertFirstUse, e.ID, to.String())
	}
	d.setPolicy(groupOf(e, &d.c.Rules.Recording))
	if d.dials {
		d.digits = digits
		d.connectDialled(e, try)
		return
	}
	d.connectOut(e, try)
	d.talk(d.longest(), d.rescueQuery(""))
}

// keyAgain says why a keyed number is not called and lets the person key another.
func (d *decision) keyAgain(no *refusal) {
	if d.q.Query.Round+1 >= mostWrong || d.q.Query.Digits == "" || !d.dials {
		d.refuseAloud(*no)
		return
	}
	d.tellWhy(no)
	d.say(no.say)
	q := Query{What: AskOut, Employee: d.q.Employee, Proof: d.proof(), Round: d.q.Query.Round + 1}
	d.number(SayNextNumber, q, d.askAfresh, keyedTimeout)
	d.end(&no.cause)
}

// connectDialled rings outside for a person who hears how it comes out and may then key another number: by the lines
// that show the number which is to be shown, and where all are taken by a SIM that shows its own, if the person agrees.
func (d *decision) connectDialled(e *fmc.Employee, try Try) {
	own, other := d.apart(try.Lines)
	connect := -1 // where a call that is answered goes on
	if try.Lines = own; len(own) > 0 {
		ring := d.here()
		connect = ring + 1
		d.connectOut(e, try)
		d.talk(d.longest(), d.rescueQuery(""))
		d.failed(ring)
		if len(other) == 0 {
			return
		}
		d.on(ring, d.here(), Congested)
	}
	try.Lines = other
	asks := d.add(Node{Do: Gather, Say: compose(SaySIMNumber, spell(other[0].Shown.From)), For: menuTimeout, Keys: map[string]int{"1": d.here() + 1}})
	ring := d.here()
	if connect >= 0 {
		d.on(d.add(ringing(e.ID, try)), connect, Won)
	} else {
		d.connectOut(e, try)
		d.talk(d.longest(), d.rescueQuery(""))
	}
	d.failed(ring)
	d.leadTo(tailOver, asks, TimedOut, Done)
}

// apart separates the lines that show the number which is to be shown from the first SIM that shows another, where the
// company does not prefer its SIMs and there is a number that should be shown.
func (d *decision) apart(lines []Candidate) (own, other []Candidate) {
	if d.c.Rules.Dialling.Prefer == fmc.SIMLine || d.shown.why == "" && d.shown.sim == "" {
		return lines, nil
	}
	for _, l := range lines {
		card, _ := l.Line.SIM()
		switch {
		case l.Kind != fmc.SIMLine, l.Shown.From.Same(d.shown.number), card == d.shown.sim:
			own = append(own, l)
		case len(other) == 0:
			other = append(other, l)
		}
	}
	if len(other) > 0 {
		d.because("caller id", string(other[0].Line), "this SIM shows another number than is to be shown: the person is asked before it is taken")
	}
	return own, other
}

// failed says where a Ring leads that reached nobody outside: the person hears why, and may key another number.
func (d *decision) failed(ring int) {
	d.leadTo(tailBusy, ring, Busy)
	d.leadTo(tailNoAnswer, ring, NoAnswer, TurnedDown, TimedOut)
	d.leadTo(tailUnreachable, ring, Unreachable)
	d.leadTo(tailNoLine, ring, Congested)
}

// clientBusy tells a person that the number is busy, and offers to call them back for it.
func (d *decision) clientBusy() {
	e, _ := d.c.Employee(d.q.Employee)
	if d.q.Query.Busy >= mostBusy || d.calledBackEnough(e) != nil {
		d.leadTo(tailOver, d.add(Node{Do: Say, Say: SayNumberBusy}), Done)
		return
	}
	at := d.add(Node{Do: Gather, Say: SayBusyCallBack, For: menuTimeout, Keys: map[string]int{"5": d.here() + 1}})
	c := cause.Because(cause.Busy, "the number was busy: %s is called back for it in %s", e.ID, brief(busyAfter))
	d.add(Node{Do: End, Cause: &c, Then: &Then{Employee: e.ID, Digits: d.digits, After: busyAfter, Busy: d.q.Query.Busy + 1}})
	d.leadTo(tailOver, at, TimedOut, Done)
}
