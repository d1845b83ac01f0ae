package sipcore

import (
	"net/url"
	"strings"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/sipcore/wire"
)

// replaces names a dialog of ours, as its far end knows it (RFC 3891 §6.1): to-tag is our tag, from-tag the far end's.
type replaces struct {
	callID, toTag, fromTag string
	earlyOnly              bool // nothing is wanted of a dialog that is answered
}

// readReplaces reads the value of a Replaces header.
func readReplaces(text string) (replaces, bool) {
	id, p := params(text)
	r := replaces{callID: id, toTag: p.GetOr("to-tag", ""), fromTag: p.GetOr("from-tag", ""), earlyOnly: p.Has("early-only")}
	return r, wire.IsCallID(r.callID) && wire.IsToken(r.toTag) && wire.IsToken(r.fromTag)
}

// replacesOf is the dialog whose place an INVITE wants; nil: none. Errors: *refusal.
func replacesOf(req *sip.Request) (*replaces, error) {
	all := req.GetHeaders("replaces")
	if len(all) == 0 {
		return nil, nil
	}
	r, ok := readReplaces(all[0].Value())
	if !ok || len(all) > 1 { // RFC 3891 §3
		return nil, refused(400, "Replaces names one dialog by Call-ID, to-tag and from-tag")
	}
	return &r, nil
}

// replacesIn is the dialog that the URI of a Refer-To names (RFC 3891 §6.1, RFC 3515 §2.1); nil: none.
func replacesIn(u *sip.Uri) (*replaces, error) {
	for _, h := range u.Headers {
		if !strings.EqualFold(h.K, "Replaces") {
			continue
		}
		text, err := url.PathUnescape(h.V)
		r, ok := readReplaces(text)
		if err != nil || !ok {
			return nil, refused(400, "the Replaces in Refer-To names no dialog")
		}
		return &r, nil
	}
	return nil, nil
}

// named is a dialog that a peer named by Replaces.
type named struct {
	of      *leg
	leg     fmc.LegID
	account fmc.AccountID // of its phone; empty: a trunk's
	early   bool          // it is not answered
	ours    bool          // we called; else the phone did
}

// named finds a dialog of ours and tells what it is; false: there is none. tell may run on the goroutine of that dialog's
// leg, which it must not hold up.
func (s *Legs) named(r replaces, tell func(named, bool)) {
	l := s.find(dialogKey{r.callID, r.toTag})
	if l == nil || !l.box.post(func() { tell(l.bears(r)) }) {
		tell(named{}, false)
	}
}

// bears says what the dialog is that was named, where it is this leg's.
func (l *leg) bears(r replaces) (named, bool) {
	n := named{of: l, leg: l.id, account: l.line.account, early: !l.up(), ours: l.dial != nil}
	switch {
	case l.link == fmc.Gone || l.parting != nil:
		return named{}, false
	case l.dial != nil:
		return n, l.dial.rings(r)
	default:
		return n, l.dlg != nil && l.dlg.remote.Tag == r.fromTag
	}
}

// rings reports whether a phone rings in the dialog that was named.
func (d *dialling) rings(r replaces) bool {
	for _, b := range d.branches {
		if !b.closed && b.unwanted == nil && b.invite.CallID().Value() == r.callID && b.toTag == r.fromTag {
			return true
		}
	}
	return false
}

// takeOver is what an INVITE of a person's phone asks that names a dialog: to pick up what rings at a colleague's phone,
// or to go on with what the person talks in by another of their own. Whatever is not theirs to ask for is told to be
// nothing (RFC 3891 §3). It waits for the leg of that dialog.
func (s *Legs) takeOver(r replaces, co *fmc.Company, who fmc.EmployeeID) (plan.Query, error) {
	answer := make(chan func() (named, bool), 1)
	s.named(r, func(n named, ok bool) { answer <- func() (named, bool) { return n, ok } })
	n, ok := (<-answer)()
	company, person := s.holder(n.account)
	switch {
	case !ok || company != co.Profile.ID:
		return plan.Query{}, &refusal{status: 481}
	case n.early && !n.ours: // RFC 3891 §3: an early dialog that we did not begin cannot be replaced
		return plan.Query{}, &refusal{status: 481}
	case n.early:
		return plan.Query{What: plan.AskPickUp, Leg: n.leg}, nil
	case person != who:
		return plan.Query{}, &refusal{status: 481}
	case r.earlyOnly:
		return plan.Query{}, &refusal{status: 486}
	}
	return plan.Query{What: plan.AskMove, Leg: n.leg}, nil
}

// holder is whose an account is, of which company; nobody's: empty.
func (s *Legs) holder(a fmc.AccountID) (fmc.CompanyID, fmc.EmployeeID) {
	if a == "" {
		return "", ""
	}
	id, ok := s.opts.Owner(a)
	co, known := s.opts.Companies.Company(id)
	if !ok || !known {
		return "", ""
	}
	e, _, ok := co.Account(a)
	if !ok {
		return "", ""
	}
	return id, e.ID
}

// refused is a refusal with the reason that the peer's engineer may read (RFC 3261 §20.43).
func refused(status int, format string, args ...any) *refusal {
	return &refusal{status, []sip.Header{sip.NewHeader("Warning", warning(cause.Errorf(cause.Invalid, format, args...)))}}
}
