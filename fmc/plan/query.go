package plan

import (
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// askedExtension rings whom the digits mean; a caller who keyed something else hears so and is led back to the menu. A
// client is led into a conference by the company's document, and dials into none.
func (d *decision) askedExtension() {
	digits := d.q.Query.Digits
	if to := d.extension(digits); !to.IsZero() && !(d.client && to.Do == fmc.JoinConference) {
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

// known is the first of the people who is one of the company's.
func (d *decision) known(ids ...fmc.EmployeeID) (*fmc.Employee, bool) {
	for _, id := range ids {
		if e, ok := d.c.Employee(id); ok && id != "" {
			return e, true
		}
	}
	return nil, false
}

// means is what digits mean that a person keyed: somebody of the company, else a number.
func (d *decision) means(digits string) (fmc.Action, callerid.Number) {
	if to := d.extension(digits); !to.IsZero() {
		d.because("extension", digits, "the company has this extension")
		return to, callerid.Number{}
	}
	number := callerid.Received(digits, d.c.Profile.Country)
	if n, own := d.c.NumberOf(number.E164); own && number.E164 != "" {
		if to := d.leads(n); to.Do == fmc.RingEmployee || to.Do == fmc.RingGroup {
			d.because("number", number.E164, "the number called is the company's own: the call stays inside")
			return to, callerid.Number{}
		}
	}
	return fmc.Action{}, number
}

// destination is whom digits mean that a person keyed in a call: somebody of the company, or a number outside that may be
// rung. What takes a call back when it is called through is no more to be had by a code in the middle of a call, be it one
// that was picked up. A colleague's mobile is rung as the colleague is: a voicemail answers it too, and a client may be
// brought there.
func (d *decision) destination(by *fmc.Employee, digits string) (fmc.Action, Try, *refusal) {
	to, number := d.means(digits)
	if colleague, ok := d.c.Mobile(number.E164); ok && to.IsZero() {
		d.because("number", number.E164, "this is the mobile of %s, who is rung", colleague.ID)
		to = fmc.Action{Do: fmc.RingEmployee, Employee: colleague.ID}
	}
	if !to.IsZero() {
		return to, Try{}, nil
	}
	if !d.askerVouched(by) {
		if why := d.wantsCallBack(by, number); why != "" {
			return fmc.Action{}, Try{}, refused(cause.Refused, SayNotAllowed, "proof", string(by.ID), "%s", why)
		}
	}
	try, no := d.outside(by, number)
	return fmc.Action{}, try, no
}
