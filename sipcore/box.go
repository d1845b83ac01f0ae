package sipcore

import (
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/sipcore/digest"
)

// BoxLine is a line of a SIP-GSM gateway: how a call is put on it, and how one that comes is known to be of it. Its calls are
// of no company: whoever serves the line takes them from Boxes, before any company's rules see them.
type BoxLine struct {
	ID      fmc.LineID
	Account fmc.AccountID // that its port registers here; empty: the box is known by its address
	Prefix  string        // digits that choose the port, before the number called
	Target  string        // "192.0.2.7:5060", the box's SIP, or the port's own; not where it has an Account
	Hotline string        // the number that the box calls for whoever calls this line; empty: Account or Target tells
	Login   digest.Login  // for the box's own 401 and 407
}

// Boxes is who has the calls that come by gateways.
type Boxes interface {
	// CameByBox is told of a call that comes on a line. caller is as the box wrote it; empty: withheld. The leg is offered:
	// an error refuses it.
	CameByBox(l call.Leg, line fmc.LineID, caller string) error
	// Overhear is told of a message of a leg that is a call of a line, for the trace. It does not wait.
	Overhear(line fmc.LineID, leg fmc.LegID, said fmc.TraceLine)
}

// box is a BoxLine with what is worked out of it once.
type box struct {
	BoxLine
	uri  sip.Uri        // of Target
	flow flow           // to it; none where it has an Account
	from netip.AddrPort // that it calls from; zero where it has an Account

	profile Profile // how it is spoken to
}

// boxed says of a leg that it is a call of a gateway's line.
type boxed struct {
	line   *box
	number string // that it calls out
	caller string // of a call in
}

// boxesOf checks the lines of gateways.
func boxesOf(lines []BoxLine) ([]*box, error) {
	all := make([]*box, len(lines))
	for i, l := range lines {
		b := &box{BoxLine: l, profile: Profile{Pinned: true}}
		if l.Account == "" {
			var err error
			if b.uri, err = readTarget(l.Target); err != nil {
				return nil, cause.Errorf(cause.Invalid, "line %s: %w", l.ID, err)
			}
			var ok bool
			if b.flow, ok = direct(&b.uri); !ok {
				return nil, cause.Errorf(cause.Invalid, "line %s: %q: the address of a gateway is in figures, since its calls are known by it", l.ID, l.Target)
			}
			b.from = b.flow.remote()
		}
		all[i] = b
	}
	return all, nil
}

// box is the gateway's line that a call from outside is of; nil: of none. Where a gateway's account or address calls what is
// no line of it, the call is refused.
func (s *Legs) box(in inbound, account fmc.AccountID) (*box, error) {
	called, ours := userOf(&in.req.Recipient), false
	var best *box
	for _, b := range s.boxes {
		if b.Account != account || account == "" && b.from != in.at.remote() {
			continue
		}
		ours = true
		switch {
		case b.Hotline != "" && b.Hotline == called:
			return b, nil
		case b.Hotline == "" && strings.HasPrefix(called, b.Prefix) && (best == nil || len(b.Prefix) > len(best.Prefix)):
			best = b
		}
	}
	if ours && best == nil {
		return nil, cause.Errorf(cause.NotFound, "a gateway calls for a line that it does not have")
	}
	return best, nil
}

// knows reports whether an address is a gateway's that calls without a password, or a trunk's.
func (s *Legs) knows(a netip.AddrPort) bool {
	for _, b := range s.boxes {
		if b.Account == "" && b.from == a {
			return true
		}
	}
	return s.opts.Trunks.known(a)
}

// byBox makes a leg a call of a gateway's line that came.
func (l *leg) byBox(in inbound, b *box) {
	l.boxed = &boxed{line: b, caller: boxCaller(in.req, b)}
	l.line = carrier{id: b.ID, profile: &b.profile}
}

// boxCaller is who calls, as gateways write it: in P-Asserted-Identity or Remote-Party-ID where they have it, else in From,
// whose user is the caller's number or the account, and then the number is the name. Empty: withheld.
func boxCaller(req *sip.Request, b *box) string {
	from := req.From()
	for _, user := range []string{
		firstUser(nameAddrs(req, "p-asserted-identity")), firstUser(nameAddrs(req, "remote-party-id")), userOf(&from.Address), from.DisplayName,
	} {
		if user = strings.Trim(user, `" `); user != "" && user != string(b.Account) && strings.Trim(user, "+0123456789*#") == "" {
			return user
		}
	}
	return ""
}

// DialBox calls a number, digits with an optional +, by a gateway's line: a leg as of Dial, whose events name it. Errors:
// cause.NotFound: there is no such line.
func (s *Legs) DialBox(id fmc.LegID, line fmc.LineID, number string) (call.Leg, error) {
	for _, b := range s.boxes {
		if b.ID != line {
			continue
		}
		l := s.newLeg(id)
		l.boxed = &boxed{line: b, number: number}
		at, err := s.boxPlace(b, number)
		if err != nil {
			return nil, err
		}
		s.dialling(l, plan.Try{Lines: []plan.Candidate{{Line: line}}}, at.flow)
		return l, nil
	}
	return nil, cause.Errorf(cause.NotFound, "there is no line %s of a gateway", line)
}

// boxPlace is where a number is called by a gateway's line.
func (s *Legs) boxPlace(b *box, number string) (place, error) {
	if b.Account == "" {
		uri := *b.uri.Clone()
		uri.User = escapeUser(b.Prefix + number)
		return place{uri: uri, flow: b.flow, box: true}, nil
	}
	bound := s.opts.Trunks.places(b.Account)
	if len(bound) == 0 {
		return place{}, cause.Errorf(cause.Unavailable, "the gateway has not registered %s", b.Account)
	}
	p := bound[len(bound)-1] // a port has one phone: the newest binding is where it is
	p.uri.User, p.box = escapeUser(b.Prefix+number), true
	return p, nil
}

// leaseBox is the line of a call by a gateway.
func (l *leg) leaseBox() (*line, error) {
	at, err := l.set.boxPlace(l.boxed.line, l.boxed.number)
	if err != nil {
		return nil, err
	}
	b := l.boxed.line
	ln := &line{profile: &b.profile, login: b.Login, waves: [][]place{{at}}, free: func() {}}
	ln.candidate.Line = b.ID
	return ln, nil
}
