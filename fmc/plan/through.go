package plan

import (
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// A person on the road who calls the company from their own mobile: who they are, and what they get. FLOWS E2a, E2b.

// onTheRoad is the person of the company who calls from their own mobile: a number that gives its people access, or any
// number by way of their operator's FMC trunk. To everybody else, and of a company that is suspended, they are a caller
// like any.
func onTheRoad(c *fmc.Company, q Request) (*fmc.Employee, bool) {
	if q.Account != "" || q.Employee != "" || q.Direction != fmc.Inbound || q.From.E164 == "" || c.Profile.Suspended {
		return nil, false
	}
	if n, own := c.NumberOf(q.To.E164); !q.Native && (!own || q.To.E164 == "" || n.Access == fmc.NoAccess || forAnother(c, q)) {
		return nil, false
	}
	return c.Mobile(q.From.E164)
}

// forAnother reports whether a call was for a SIM of the company or the mobile of one of its people, which diverted it to
// us: whoever made it wants somebody, and no access.
func forAnother(c *fmc.Company, q Request) bool {
	n, own := c.NumberOf(q.Diversion.E164)
	_, mobile := c.Mobile(q.Diversion.E164)
	return q.Diversion.E164 != "" && (own && n.SIM != "" || mobile)
}

// through serves a person who called a number that gives access.
func (d *decision) through() {
	e, known := d.known(d.q.Employee)
	n, ok := d.c.NumberOf(d.q.To.E164)
	switch {
	case !known:
		d.refuse(cause.Refused, "person", string(d.q.Employee), "the person who calls is not the company's")
	case !d.comesRight(n, ok):
	case n.SIM == "" && d.full(n):
		d.refuse(cause.Busy, "limit", n.Number.E164, "all %d lines of the number are in use", n.Lines)
	case n.Access == fmc.CallThrough:
		d.admit(e)
	case n.Access == fmc.CallBack:
		d.declineToCallBack(e)
	default:
		d.refuse(cause.Refused, "number", n.Number.E164, "this number gives nobody access")
	}
}

// admit lets a person call through, asks for proof that it is they, or calls them back.
func (d *decision) admit(e *fmc.Employee) {
	id, h := string(e.ID), d.history(e)
	d.because("person", id, "the call comes from the mobile of %s", id)
	switch why := d.doubt(e, h); {
	case why == "":
		d.because("proof", id, "the number is proof enough that it is %s", id)
		d.dialTone(e, fmc.ByNumber)
	case h.HasPIN && !h.Locked:
		d.because("proof", id, "a PIN is asked for: %s", why)
		d.askPIN(Query{Employee: e.ID})
	default:
		d.because("proof", id, "proof is wanted, and there is no PIN that could be asked for: %s", why)
		d.proveByCallBack(e, "")
	}
}

// history is what is known of a person who calls.
func (d *decision) history(e *fmc.Employee) fmc.Caller { return d.w.Caller(e.ID, d.q.From, d.q.To) }

// hides reports whether a client who called a number may be one of its people who hides their number.
func (d *decision) hides(n *fmc.Number) bool {
	hidden := d.q.From.Kind == callerid.Hidden || d.q.From.IsZero()
	return hidden && n.Access == fmc.CallThrough && !d.c.Rules.Through.RefuseHidden && !forAnother(d.c, d.q)
}

// whoHides asks a caller without a number for their extension; who keys none is a caller like any.
func (d *decision) whoHides(n *fmc.Number) {
	d.because("person", "", "the caller hides their number: whoever keys an extension and a PIN is let through")
	longest, begins := d.extensions()
	at := d.add(Node{Do: Gather, Say: SayExtension, For: menuTimeout, Most: max(longest, 1), Begins: begins})
	d.on(at, d.here(), Done)
	d.askAfresh(Query{What: AskWho})
	d.on(at, d.here(), TimedOut)
	d.keyed = true
	d.numberTaken(n)
}

// askedWho asks for the PIN of whose extension was keyed. Of an extension that is nobody's it asks just the same.
func (d *decision) askedWho() {
	q := Query{Next: d.q.Query.Next}
	if to := d.extension(d.q.Query.Digits); to.Do == fmc.RingEmployee {
		q.Employee = to.Employee
	}
	d.because("person", d.q.Query.Digits, "an extension was keyed: a PIN is asked for, whoever's it is")
	d.askPIN(q)
}

// becomes makes the subject a person of the company.
func (d *decision) becomes(e *fmc.Employee, by fmc.Assurance) {
	d.became = &Caller{Employee: e.ID, By: by}
	if dev, ok := d.askedFrom(e); ok {
		d.became.Device = dev.ID
	}
	d.q.Employee, d.q.Direction, d.q.Query.Proof = e.ID, fmc.Outbound, by
	d.client, d.dials = false, d.q.So.Answered
	d.policy = d.policyFor("")
}
