package plan

import (
	"strings"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

const (
	keyedTimeout = 10 * time.Second // for the first digit of a number
	nextTimeout  = 5 * time.Second  // call-through: for the first digit of the next number
	mostNumber   = 20               // digits of a keyed number
	mostWrong    = 3                // numbers that a person may key in vain
)

// askedExtension rings whom the digits mean; a caller who keyed something else hears so and is led back to the menu.
func (d *decision) askedExtension() {
	digits := d.q.Query.Digits
	if to := d.extension(digits); !to.IsZero() {
		d.because("extension", digits, "the caller keyed the extension of somebody of the company")
		d.take(to)
		return
	}
	d.because("extension", digits, "the company has no extension %s", digits)
	d.say(SayNoExtension)
	s := d.q.Query.Scenario
	if _, ok := d.c.Scenarios[s]; ok && d.q.Query.Round < menuRounds {
		d.ask(Query{What: AskScenario, Scenario: s, Round: d.q.Query.Round + 1})
		return
	}
	d.branch(d.fallback(), false)
}

// extension is whom a short number reaches. An emergency number never is one.
func (d *decision) extension(digits string) fmc.Action {
	if digits == "" || callerid.IsEmergency(digits, d.c.Profile.Country) {
		return fmc.Action{}
	}
	return d.c.Extension(digits)
}

// askedScenario follows a scenario in the middle of a call.
func (d *decision) askedScenario() {
	a := fmc.Action{Do: fmc.GoScenario, Scenario: d.q.Query.Scenario}
	d.announce(d.anyRecorded(a))
	d.take(a)
}

// askedOut calls the number that a person of the company keyed: call-through and call-back. Behind the conversation
// another number may be keyed.
func (d *decision) askedOut() {
	e, ok := d.known(d.q.Query.Employee, d.q.Employee, d.q.So.With)
	if !ok {
		d.refuse(cause.Refused, "person", string(d.q.Employee), "nobody of the company is known to have keyed this number")
		return
	}
	d.q.Direction, d.q.Employee = fmc.Outbound, e.ID
	digits := strings.TrimSuffix(d.q.Query.Digits, "#")
	if digits == "" {
		digits = d.q.To.String()
	}
	to, try, no := d.destination(e, digits)
	switch {
	case no != nil:
		d.keyAgain(no)
	case !to.IsZero():
		d.q.Direction = fmc.Internal
		d.take(to)
	default:
		d.setPolicy(groupOf(e, &d.c.Rules.Recording))
		d.connectOut(try)
		talk := d.converse(d.longest(), d.rescueQuery(""))
		d.on(talk, d.here(), Done)
		d.add(Node{Do: Gather, Say: SayNextNumber, For: nextTimeout, Most: mostNumber})
		d.askAfresh(Query{What: AskOut, Employee: e.ID})
	}
}

// keyAgain says why a keyed number is not called and lets the person key another.
func (d *decision) keyAgain(no *refusal) {
	if d.q.Query.Round+1 >= mostWrong || d.q.Query.Digits == "" {
		d.refuseAloud(*no)
		return
	}
	d.w.note(no.topic, no.about, no.cause.Text, nil)
	d.say(no.say)
	at := d.add(Node{Do: Gather, Say: SayNextNumber, For: keyedTimeout, Most: mostNumber})
	d.askAfresh(Query{What: AskOut, Employee: d.q.Employee, Round: d.q.Query.Round + 1})
	d.on(at, d.here(), TimedOut)
	d.end(&no.cause)
}

// known is the first of the people who is one of the company's.
func (d *decision) known(ids ...fmc.EmployeeID) (*fmc.Employee, bool) {
	for _, id := range ids {
		if e, ok := d.c.Employee(id); ok && id != "" {
			return e, true
		}
	}
	return nil, false
}

// destination is whom digits mean that a person keyed: somebody of the company, or a number outside that may be rung.
func (d *decision) destination(by *fmc.Employee, digits string) (fmc.Action, Try, *refusal) {
	if to := d.extension(digits); !to.IsZero() {
		d.because("extension", digits, "the company has this extension")
		return to, Try{}, nil
	}
	number := callerid.Received(digits, d.c.Profile.Country)
	if n, own := d.c.NumberOf(number.E164); own && number.E164 != "" {
		if to := d.leads(n); to.Do == fmc.RingEmployee || to.Do == fmc.RingGroup {
			d.because("number", number.E164, "the number called is the company's own: the call stays inside")
			return to, Try{}, nil
		}
	}
	try, no := d.outside(by, number)
	return fmc.Action{}, try, no
}
