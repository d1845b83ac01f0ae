package plan

import (
	"cmp"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

const (
	mostPINTries  = 3 // where the company says nothing
	longestPIN    = 8
	mostCallBacks = 5                // of one person an hour, where the company says nothing
	askedAgain    = 20 * time.Second // FLOWS E2b: a second missed call within it is the first one's echo
)

// doubt is why a person who calls from their mobile's number is asked to prove that it is they; "" where they are not.
func (d *decision) doubt(e *fmc.Employee, h fmc.Caller) string {
	switch d.c.Rules.Through.PIN {
	case fmc.PINAlways:
		return "the company always asks for it"
	case fmc.PINNever:
		return ""
	case fmc.PINByRisk:
	}
	switch {
	case d.q.Trust == fmc.TrustOwn:
		return ""
	case d.q.Trust == fmc.TrustForeign:
		return "anybody may have written the number that was shown"
	case h.Wrong > 0:
		return "a wrong PIN was keyed from this number lately"
	case h.Proved <= 0 || h.Proved > d.sinceMidnight():
		return "it is their first call of the day"
	case !d.c.OpenAt(e.Hours, d.now):
		return "it is outside their hours"
	case halfSpent(d.c.CapsOf(e), h.Spent):
		return "more than half of what they may call a day is used up"
	}
	return ""
}

// sinceMidnight is how long the company's day is on.
func (d *decision) sinceMidnight() time.Duration {
	zone := d.c.Profile.Zone
	if zone == nil {
		zone = time.UTC
	}
	at := d.now.In(zone)
	return at.Sub(time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, zone))
}

func halfSpent(most fmc.Caps, spent fmc.Spent) bool {
	return most.Calls > 0 && 2*spent.Calls > most.Calls || most.Talk > 0 && 2*spent.Talk > most.Talk ||
		most.Abroad > 0 && 2*spent.Abroad > most.Abroad
}

// proof is how far it is known that the subject is the person who asks.
func (d *decision) proof() fmc.Assurance {
	switch {
	case d.q.Account != "":
		return fmc.ByAccount
	case d.q.Query.Proof > fmc.ByNothing:
		return d.q.Query.Proof
	default:
		return fmc.ByNumber
	}
}

// vouched reports whether the subject is the person beyond what a forged number or a guessed PIN could bring about.
func (d *decision) vouched() bool {
	e, ok := d.c.Employee(d.q.Employee)
	return ok && d.byOperator(e) || d.proof() >= fmc.ByCallBack
}

// byOperator reports whether an operator vouches that the call comes from a person's own mobile. For whoever hides their
// number it vouches not.
func (d *decision) byOperator(e *fmc.Employee) bool {
	_, own := d.askedFrom(e)
	return own && d.q.Trust == fmc.TrustOwn
}

// askerVouched is vouched of the person who wants another party in a conversation, which may be of a call that others made.
func (d *decision) askerVouched(by *fmc.Employee) bool {
	switch d.q.So.Asker {
	case fmc.ByNumber, fmc.ByPIN:
		return by.ID == d.q.Employee && d.byOperator(by)
	case fmc.ByNothing, fmc.ByCallBack, fmc.ByAccount:
	}
	return true
}

// askPIN has the caller key a PIN, and asks whether it is right.
func (d *decision) askPIN(q Query) {
	q.What, q.Secret = AskPIN, true
	first := d.add(Node{Do: Gather, Say: SayPIN, For: keyedTimeout, Most: longestPIN, Secret: true})
	again := d.add(Node{Do: Gather, Say: SayPIN, For: keyedTimeout, Most: longestPIN, Secret: true})
	d.on(first, again, TimedOut)
	d.on(first, d.here(), Done)
	d.on(again, d.here(), Done)
	d.askAfresh(q)
	d.on(again, d.here(), TimedOut)
	c := cause.Because(cause.NoAnswer, "no PIN was keyed")
	d.end(&c)
}

// askedPIN lets a person on who keyed the right PIN. Everybody else hears the same, whether the extension, the PIN or the
// hour was wrong.
func (d *decision) askedPIN() {
	q := d.q.Query
	e, known := d.known(q.Employee)
	h := d.w.Caller(q.Employee, d.q.From, d.q.To)
	verdict := d.w.CheckPIN(fmc.PINTry{Employee: q.Employee, From: d.q.From, To: d.q.To, Digits: q.Digits})
	if !known || verdict != fmc.PINRight {
		d.wrongPIN(h, verdict)
		return
	}
	d.becomes(e, fmc.ByPIN)
	switch q.Next {
	case AskMail:
		d.messages(e)
	case AskRecord:
		d.recordPrompt(e, q.Prompt, "")
	default:
		d.dialTone(e, fmc.ByPIN)
	}
}

// wrongPIN asks again, until the tries are used up. The company is alerted once, when they are, in this call or in
// several, and not again while they stay so.
func (d *decision) wrongPIN(h fmc.Caller, verdict fmc.PINVerdict) {
	q, most := d.q.Query, cmp.Or(d.c.Rules.Through.Tries, mostPINTries)
	last := q.Round+1 >= most
	switch about := d.q.From.E164; {
	case h.Locked:
	case last || verdict == fmc.PINLocked:
		d.alert(alertPINLocked, q.Employee, about)
	case h.Wrong+1 >= most:
		d.alert(alertPINWrong, q.Employee, about)
	}
	if last {
		d.refuseAloud(*refused(cause.Refused, SayPINWrong, "proof", string(q.Employee), "%d wrong PINs were keyed: enough", q.Round+1))
		return
	}
	d.say(SayPINWrong)
	d.askPIN(Query{Employee: q.Employee, Next: q.Next, Prompt: q.Prompt, Round: q.Round + 1})
}

// stepUp is why a number is called only when the person has answered on their own mobile; "" where it is called at once.
func (d *decision) stepUp(e *fmc.Employee, to callerid.Number) string {
	if d.vouched() {
		return ""
	}
	return d.wantsCallBack(e, to)
}

// wantsCallBack is why a number is not called for whoever only showed a number or keyed a PIN.
func (d *decision) wantsCallBack(e *fmc.Employee, to callerid.Number) string {
	rule, class := &d.c.Rules.Through, to.Class(d.c.Profile.Country)
	switch {
	case rule.ProvePremium && (class == callerid.DomesticPremium || class == callerid.AbroadPremium):
		return "premium numbers are called only after a call back"
	case rule.ProveAbroad && (class == callerid.Abroad || class == callerid.AbroadPremium):
		return "numbers abroad are called only after a call back"
	case rule.ProveFirst && !d.history(e).Ever:
		return "it is the person's first call this way, which takes a call back"
	}
	return ""
}

// proveByCallBack ends a call and calls the person back on their own mobile: whoever only showed their number gets
// nothing of it.
func (d *decision) proveByCallBack(e *fmc.Employee, digits string) {
	id := string(e.ID)
	if no := d.calledBackEnough(e); no != nil {
		d.refuseAloud(*no)
		return
	}
	c := cause.Because(cause.Declined, "%s is called back, which proves that it is they", id)
	d.w.note("call back", id, c.Text, nil)
	d.add(Node{Do: Say, Say: SayCallBack, Early: !d.q.So.Answered})
	d.add(Node{Do: End, Cause: &c, Then: &Then{Employee: e.ID, Digits: digits, After: backAfter}})
}

// calledBackEnough is why a person is not called back once more in this hour; nil where they are.
func (d *decision) calledBackEnough(e *fmc.Employee) *refusal {
	h, most := d.history(e), cmp.Or(d.c.Rules.Through.CallBacks, mostCallBacks)
	if h.CallBacks < most {
		return nil
	}
	no := refused(cause.Refused, SayNotAllowed, "call back", string(e.ID), "%s was called back %d times in this hour: enough", e.ID, h.CallBacks)
	no.alert = alertCallBack
	return no
}
