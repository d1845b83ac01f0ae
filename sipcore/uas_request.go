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

// mostDiversions is how often a call may have been diverted before it is taken for a loop (FLOWS E2e).
const mostDiversions = 10

// requestOf says whose call it is and what is wanted, and gives the leg its line. The company is chosen by account, or
// by trunk and called number, never by address alone.
func (s *Legs) requestOf(in inbound, account fmc.AccountID, l *leg) (plan.Request, error) {
	if s.isDraining() {
		return plan.Request{}, cause.Errorf(cause.Unavailable, "the server is stopping")
	}
	if unknown := unsupported(in.req); len(unknown) > 0 {
		return plan.Request{}, &refusal{420, []sip.Header{sip.NewHeader("Unsupported", strings.Join(unknown, ", "))}}
	}
	if diversions(in.req) > mostDiversions {
		return plan.Request{}, &refusal{status: 482}
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
	l.line = carrier{id: fmc.LineID("sip:" + string(account)), profile: &s.opts.Trunks.phone}
	r := plan.Request{
		Call: l.id.Call, Company: id, Direction: fmc.Outbound, Account: account, Employee: person.ID,
		Dialled: userOf(&in.req.Recipient),
	}
	if !co.Extension(r.Dialled).IsZero() {
		r.Direction = fmc.Internal
	} else if n, err := callerid.Read(r.Dialled, co.Profile.Country); err == nil {
		r.To = n
	}
	return r, nil
}

// requestOfTrunk reads a call from a trunk. Several trunks may share an address: the number called tells them apart.
func (s *Legs) requestOfTrunk(in inbound, l *leg) (plan.Request, error) {
	trunks := s.opts.Trunks.of(in.at.remote())
	for _, t := range trunks {
		called := calledOf(in.req, &t.Trunk)
		co, ok := s.opts.Companies.Called(t.ID, called.E164)
		if !ok {
			continue
		}
		if co.Profile.Suspended {
			return plan.Request{}, cause.Errorf(cause.Denied, "company %s is suspended", co.Profile.ID)
		}
		free, err := t.take()
		if err != nil {
			return plan.Request{}, err
		}
		l.line = carrier{id: t.line(), profile: &t.Profile, free: free}
		return plan.Request{
			Call: l.id.Call, Company: co.Profile.ID, Direction: fmc.Inbound, Trunk: t.ID,
			From: callerOf(in.req, t.Form), To: called, Diversion: diverterOf(in.req, t.Form),
		}, nil
	}
	if len(trunks) == 0 {
		return plan.Request{}, cause.Errorf(cause.Denied, "%s is no trunk's address", in.at.Remote)
	}
	return plan.Request{}, cause.Errorf(cause.NotFound, "no company has the number that trunk %s called", trunks[0].ID)
}

// understood are the extensions that a peer may require of us; timer is RFC 4028.
var understood = []string{"timer"}

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
