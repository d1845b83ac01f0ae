package sipcore

import (
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// FMC is how an operator's FMC trunk brings the calls of people's own mobiles (FLOWS E2e): every call from a mobile and
// to it comes here before the operator sets it up. All of it is data of the operator's profile.
type FMC struct {
	All    bool            // nothing else comes by the trunk
	Tag    Tag             // what such a call bears, where others come too
	Person callerid.Source // where the number of the person who calls stands
	Short  callerid.ShortForm

	// How a person says that a call is private: what they dial before the number, or what the operator writes.
	PrivatePrefix string
	PrivateTag    Tag
}

// Tag is a mark on an INVITE. Zero: none, which no INVITE bears.
type Tag struct {
	Header    string   // the name of a header
	Parameter string   // or of a parameter: of From, P-Asserted-Identity or the Request-URI, behind the address, in it or in its user part
	Values    []string // any of these, in whatever case; none: that it is there is enough
}

// Check says whether the trunk's native calls can be told and read.
func (f *FMC) Check(form callerid.Form) error {
	if f == nil {
		if form.Native {
			return cause.Errorf(cause.Invalid, "an FMC trunk says how native calls are told")
		}
		return nil
	}
	switch {
	case !form.Native:
		return cause.Errorf(cause.Invalid, "native calls are told, but the form is not that of an FMC trunk")
	case f.All != f.Tag.isZero():
		return cause.Errorf(cause.Invalid, "native calls are told by a tag, or all calls are native: say one of the two")
	case strings.Trim(f.PrivatePrefix, "0123456789*#") != "" || len(f.PrivatePrefix) > 8:
		return cause.Errorf(cause.Invalid, "private prefix %q: write at most 8 digits, * or #", f.PrivatePrefix)
	}
	for _, t := range []Tag{f.Tag, f.PrivateTag} {
		if t.Header != "" && t.Parameter != "" {
			return cause.Errorf(cause.Invalid, "a tag is a header or a parameter, not both")
		}
	}
	return f.Short.Check()
}

// brings reports whether a call of the trunk is a native one.
func (f *FMC) brings(req *sip.Request) bool { return f != nil && (f.All || f.Tag.on(req)) }

func (t Tag) isZero() bool { return t.Header == "" && t.Parameter == "" }

// on reports whether a request bears the tag.
func (t Tag) on(req *sip.Request) bool {
	return slices.ContainsFunc(t.found(req), func(v string) bool {
		return len(t.Values) == 0 || slices.ContainsFunc(t.Values, func(want string) bool { return strings.EqualFold(v, want) })
	})
}

// found are the values that the tag has on a request.
func (t Tag) found(req *sip.Request) []string {
	var out []string
	if t.Header != "" {
		for _, v := range values(req, t.Header) {
			head, _ := params(v)
			out = append(out, head)
		}
		return out
	}
	if t.Parameter == "" {
		return nil
	}
	places := []nameAddr{{URI: req.From().Address, Params: req.From().Params}, {URI: req.Recipient}}
	for _, a := range append(places, nameAddrs(req, "p-asserted-identity")...) {
		_, ofUser := params(a.URI.User + a.URI.Raw()) // "+79161234567;cpc=x" before the @, or a tel: URI
		for _, p := range slices.Concat(a.Params, a.URI.UriParams, ofUser) {
			if strings.EqualFold(p.K, t.Parameter) {
				out = append(out, p.V)
			}
		}
	}
	return out
}

// native reads a native call: of a person, or to a person's mobile. The company is that of the person; nil: nobody here
// is, and the call is nobody's.
func (s *Legs) native(req *sip.Request, t *circuits) (plan.Request, *fmc.Company) {
	dialled := dialledOn(req, &t.Trunk)
	r := plan.Request{Native: true, Private: t.FMC.PrivateTag.on(req), Diversion: diverterOf(req, t.Form)}
	if rest, ok := strings.CutPrefix(dialled, t.FMC.PrivatePrefix); ok && t.FMC.PrivatePrefix != "" {
		dialled, r.Private = rest, true
	}
	if _, short, ok := t.FMC.Short.Read(dialled); ok {
		dialled = short
	}
	r.To = t.Form.Reads.Read(dialled, t.Form.Country)
	person := t.person(req)
	if co, ok := s.served(t.ID, person); ok {
		r.Direction, r.From, r.Dialled = fmc.Outbound, person, dialled
		if e, ok := co.Mobile(person.E164); ok {
			r.Employee = e.ID
		}
		return r, co
	}
	r.Direction, r.From = fmc.Inbound, callerOf(req, t.Form)
	co, _ := s.served(t.ID, r.To)
	return r, co
}

// served is the company whose person has a mobile that an FMC trunk serves.
func (s *Legs) served(t fmc.TrunkID, mobile callerid.Number) (*fmc.Company, bool) {
	if mobile.E164 == "" {
		return nil, false
	}
	co, ok := s.opts.Native(t, mobile.E164)
	if !ok {
		return nil, false
	}
	return co, true
}

// person is the number of who makes a native call.
func (c *circuits) person(req *sip.Request) callerid.Number {
	raw := rawCaller(req, c.FMC.Person)
	if mobile, _, ok := c.FMC.Short.Read(raw); ok && mobile != "" {
		raw = mobile
	}
	return c.Form.Reads.Read(raw, c.Form.Country)
}
