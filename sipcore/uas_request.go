package sipcore

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// requestOf says whose call it is and what is wanted, and gives the leg its line. The company is chosen by account, or
// by trunk and called number, never by address alone.
func (s *Legs) requestOf(in inbound, account fmc.AccountID, l *leg) (plan.Request, error) {
	if s.isDraining() {
		return plan.Request{}, cause.Errorf(cause.Unavailable, "the server is stopping")
	}
	if unknown := unsupported(in.req); len(unknown) > 0 {
		return plan.Request{}, &refusal{420, []sip.Header{sip.NewHeader("Unsupported", strings.Join(unknown, ", "))}}
	}
	far := trailOf(in.req)
	if err := far.looped(); err != nil {
		return plan.Request{}, err
	}
	s.mark(l, far)
	if l.boxed != nil {
		return plan.Request{}, nil
	}
	if account != "" {
		return s.requestOfPhone(in, account, l)
	}
	return s.requestOfTrunk(in, l)
}

// requestOfPhone reads a call from a phone of a company.
func (s *Legs) requestOfPhone(in inbound, account fmc.AccountID, l *leg) (plan.Request, error) {
	id, ok := s.opts.Owner(account)
	co, known := s.opts.Companies.Company(id)
	if !ok || !known {
		return plan.Request{}, cause.Errorf(cause.NotFound, "account %s belongs to no company", account)
	}
	person, _, ok := co.Account(account)
	if !ok {
		return plan.Request{}, cause.Errorf(cause.Denied, "account %s is no device of anybody in company %s", account, id)
	}
	// A suspended company's phones may still call for help: that they may nothing else is the decision's to say.
	l.line = carrier{id: fmc.LineID("sip:" + string(account)), account: account, profile: &s.opts.Trunks.phone}
	r := plan.Request{
		Call: l.id.Call, Company: id, Direction: fmc.Outbound, Account: account, Employee: person.ID,
		Dialled: userOf(&in.req.Recipient),
	}
	if !co.Extension(r.Dialled).IsZero() {
		r.Direction = fmc.Internal
	} else if n, err := callerid.Read(r.Dialled, co.Profile.Country); err == nil {
		r.To = n
	}
	other, err := replacesOf(in.req)
	if err == nil && other != nil {
		r.Query, err = s.takeOver(*other, co, person.ID)
	}
	return r, err
}

// requestOfTrunk reads a call from a trunk. Several trunks may share an address: the number called tells them apart.
func (s *Legs) requestOfTrunk(in inbound, l *leg) (plan.Request, error) {
	if len(in.req.GetHeaders("replaces")) > 0 {
		return plan.Request{}, &refusal{status: 481} // no dialog is a trunk's to take
	}
	trunks := s.opts.Trunks.of(in.at.remote())
	for _, t := range trunks {
		r, co := s.brought(in.req, t)
		switch {
		case co == nil:
			continue
		case co.Profile.Suspended:
			return r, cause.Errorf(cause.Denied, "company %s is suspended", co.Profile.ID)
		case s.ownComesBack(in.req, r.To):
			return r, refused(482, "our own call came back")
		}
		free, err := t.take()
		if err != nil {
			return r, err
		}
		l.line = carrier{id: t.line(), profile: &t.Profile, free: free}
		r.Call, r.Company, r.Trunk, r.Trust = l.id.Call, co.Profile.ID, t.ID, t.Trust
		return r, nil
	}
	if len(trunks) == 0 {
		return plan.Request{}, cause.Errorf(cause.Denied, "%s is no trunk's address", in.at.Remote)
	}
	return plan.Request{}, cause.Errorf(cause.NotFound, "no company has the number, or the mobile, that trunk %s brought a call for", trunks[0].ID)
}

// brought is what a call of a trunk asks for, and of which company: of a person by their own mobile, or of the company
// that has the number called. No company: it is no call of this trunk.
func (s *Legs) brought(req *sip.Request, t *circuits) (plan.Request, *fmc.Company) {
	if t.FMC.brings(req) {
		return s.native(req, t)
	}
	called := calledOf(req, &t.Trunk)
	co, ok := s.opts.Companies.Called(t.ID, called.E164)
	if !ok {
		return plan.Request{}, nil
	}
	return plan.Request{Direction: fmc.Inbound, From: callerOf(req, t.Form), To: called, Diversion: diverted(req, t, co, called.E164)}, co
}

// diverted is who diverted a call to a number of the company: as the trunk says, where it is believed, else the card that
// the number stands for. Of a number that gives people access any trunk is believed: who was diverted there gets none.
func diverted(req *sip.Request, t *circuits, co *fmc.Company, called string) callerid.Number {
	n, own := co.NumberOf(called)
	if t.Trust >= fmc.TrustCarrier || own && n.Access != fmc.NoAccess {
		if by := diverterOf(req, t.Form); !by.IsZero() {
			return by
		}
	}
	if own && n.StandsFor != "" {
		if s, ok := co.SIM(n.StandsFor); ok {
			return s.Number
		}
	}
	return callerid.Number{}
}

// understood are the extensions that a peer may require of us: RFC 4028, RFC 3891, RFC 4488.
var understood = []string{"timer", "replaces", "norefersub"}

// unsupported are the option tags of Require that we do not have (RFC 3261 §8.2.2.3).
func unsupported(req *sip.Request) []string {
	var out []string
	for _, v := range values(req, "require") {
		if !slices.Contains(understood, strings.ToLower(v)) {
			out = append(out, v)
		}
	}
	return out
}

// refusal is a refusal that only SIP knows the status of.
type refusal struct {
	status  int
	headers []sip.Header
}

func (r *refusal) Error() string {
	return fmt.Sprintf("refused with %d %s", r.status, phrases[r.status])
}

// refusalOf is the final response to an INVITE that does not become a call.
func refusalOf(err error) (int, []sip.Header) {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.status, r.headers
	}
	status := statusOfError(err)
	if status == 503 {
		return status, []sip.Header{sip.NewHeader("Retry-After", "10")}
	}
	return status, nil
}
