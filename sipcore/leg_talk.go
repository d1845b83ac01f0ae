package sipcore

import (
	"math/rand/v2"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/media"
	"roadline/media/sdp"
)

// session is what offer and answer have come to on one leg (RFC 3264). Only package sdp knows what stands in them; only
// this file aims the port. Owned by the leg's actor.
type session struct {
	port   *media.Port
	codecs []media.Codec
	signal netip.Addr // where the peer's signalling comes from: its sound may too, where SDP names a private address

	id      uint64      // of our o=
	ours    sdp.Session // what we said last
	pending *sdp.Agreed // what our answer to their offer comes to: takes effect when the answer is sent
	held    bool        // the far side wants to hear nothing
	told    bool        // the held that the call knows
	set     bool        // the port was aimed
}

// openMedia leases the leg's media port, on the address of ours that the peer speaks to where media uses that one too.
func (l *leg) openMedia(at flow) error {
	port, err := l.set.leaseMedia(at)
	if err != nil {
		return err
	}
	l.talk = session{port: port, signal: at.remote().Addr(), codecs: l.line.profile.Codecs, id: rand.Uint64() >> 2}
	return nil
}

func (s *Legs) leaseMedia(at flow) (*media.Port, error) {
	if host, _, err := s.wire.contactAddr(at); err == nil {
		if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
			port, err := s.opts.Ports.Lease(media.Want{Addr: ip})
			if cause.KindOf(err) != cause.Invalid {
				return port, err
			}
		}
	}
	return s.opts.Ports.Lease(media.Want{})
}

func (t *session) side() sdp.Side {
	return sdp.Side{RTP: t.port.Local(), Codecs: t.codecs, Direction: media.SendRecv, ID: t.id, Last: t.ours}
}

// offered takes an offer of the peer and makes our answer; body sends it and makes it true.
func (t *session) offered(body []byte) error {
	theirs, err := sdp.Parse(body)
	if err != nil {
		return err
	}
	ours, agreed, err := sdp.Answer(theirs, t.side())
	if err != nil {
		return err
	}
	t.ours, t.pending = ours, &agreed
	return nil
}

// body is what our response carries: the answer to their offer, which takes effect now, or without one an offer.
func (t *session) body() []byte {
	if t.pending != nil {
		t.take(*t.pending)
		t.pending = nil
	}
	if len(t.ours.Media) == 0 {
		t.ours = sdp.Offer(t.side())
	}
	return t.ours.Bytes()
}

// offer is our offer: the first, or what was agreed already once more, for a refresh.
func (t *session) offer() []byte {
	t.ours = sdp.Offer(t.side())
	return t.ours.Bytes()
}

// answered takes the peer's answer to our offer, in a 2xx or in the ACK of ours. An answer that came early, in a 183,
// may be missing in the 2xx (RFC 3261 §13.2.1 wants it there; some gateways leave it out).
func (t *session) answered(body []byte) error {
	if len(body) == 0 && t.set {
		return nil
	}
	theirs, err := sdp.Parse(body)
	if err != nil {
		return err
	}
	agreed, err := sdp.Accept(t.ours, theirs)
	if err != nil {
		return err
	}
	t.take(agreed)
	return nil
}

// reanswer takes a re-INVITE or UPDATE and returns what its response carries. On an error the session stays as it was
// (RFC 3261 §14.2).
func (t *session) reanswer(req *sip.Request) ([]byte, error) {
	if !hasSDP(req) {
		return t.offer(), nil
	}
	if err := t.offered(req.Body()); err != nil {
		return nil, err
	}
	return t.body(), nil
}

// take aims the port.
func (t *session) take(a sdp.Agreed) {
	a.Remote.Signal = t.signal
	t.port.Set(a.Remote)
	t.held, t.set = a.Held, true
}

// tellHeld tells the call when the far end put us on hold or took us off.
func (l *leg) tellHeld() {
	if l.talk.held == l.talk.told || !l.up() {
		return
	}
	l.talk.told = l.talk.held
	l.set.opts.Calls.Post(l.id, call.HeldIs{Leg: l.id, Held: l.talk.held})
}
