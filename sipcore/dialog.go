package sipcore

import (
	"math/rand/v2"
	"slices"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc/cause"
)

// end is one side of a dialog as the From and To headers carry it.
type end struct {
	Name string // display name, may be empty
	URI  sip.Uri
	Tag  string
}

// dialog is what RFC 3261 §12 keeps of a peer-to-peer relationship: identity, two CSeq spaces, the route set and the
// remote target. It is plain state: no socket, no goroutine, no timer. Owned by the leg's actor.
type dialog struct {
	callID        string
	local, remote end

	localSeq   uint32 // last number we used
	remoteSeq  uint32 // last number the peer used; meaningful when remoteSeen
	remoteSeen bool   // the peer's first request in the dialog sets its space (RFC 3261 §12.2.2), whatever the number

	routes []sip.Uri // in the order in which our requests pass them
	target sip.Uri   // where our requests go: the peer's last Contact
	flow   flow      // on which the peer was last heard
	sent   flow      // on which our last request went
	ours   bool      // the Call-ID is ours: we wait longer after a 491 (RFC 3261 §14.1)
}

// flow is the path on which the peer was last heard.
type flow struct {
	Transport string // "UDP", "TCP", "TLS"
	Remote    string // ip:port the message came from
	Local     string // ip:port of our socket that heard it; empty on streams
	Pinned    bool   // requests go back on this path and not to the Contact: a phone behind a translator
	Stream    bool   // the peer takes TCP too: a request too long for a datagram may go over it
}

// dialogOfRequest makes the dialog that our answer to an INVITE creates (RFC 3261 §12.1.1).
func dialogOfRequest(req *sip.Request, localTag string, at flow) *dialog {
	d := &dialog{
		callID:     req.CallID().Value(),
		local:      end{Name: req.To().DisplayName, URI: *req.To().Address.Clone(), Tag: localTag},
		remote:     end{Name: req.From().DisplayName, URI: *req.From().Address.Clone(), Tag: tagOf(req.From().Params)},
		localSeq:   firstSeq(),
		remoteSeq:  req.CSeq().SeqNo,
		remoteSeen: true,
		routes:     recordRoutes(req, false),
		flow:       at,
	}
	d.refresh(req.Contact(), at)
	return d
}

// dialogOfResponse makes the dialog, early or confirmed, that a response to our INVITE creates (RFC 3261 §12.1.2). Each
// To tag of a forked INVITE makes one of its own. That of a 2xx is made anew and not grown from an early one: RFC 3261
// §13.2.2.4 recomputes the route set from the 2xx.
func dialogOfResponse(invite *sip.Request, res *sip.Response, at flow) *dialog {
	d := &dialog{
		callID:   invite.CallID().Value(),
		local:    end{Name: invite.From().DisplayName, URI: *invite.From().Address.Clone(), Tag: tagOf(invite.From().Params)},
		remote:   end{Name: invite.To().DisplayName, URI: *invite.To().Address.Clone(), Tag: tagOf(res.To().Params)},
		localSeq: invite.CSeq().SeqNo,
		routes:   recordRoutes(res, true),
		target:   *invite.Recipient.Clone(),
		flow:     at,
		ours:     true,
	}
	d.refresh(res.Contact(), at)
	return d
}

// refresh takes the peer's new Contact: a target refresh (RFC 3261 §12.2). The next hop is computed for every request,
// so nothing else has to be forgotten.
func (d *dialog) refresh(c *sip.ContactHeader, at flow) {
	if c != nil && !c.Address.Wildcard && c.Address.Host != "" {
		d.target = *c.Address.Clone()
	}
	at.Pinned = at.Pinned || d.flow.Pinned
	d.flow = at
}

// dialogOfStray makes the dialog of a 2xx to an INVITE of ours that nobody has any more: everything stands in it.
func dialogOfStray(res *sip.Response, at flow) *dialog {
	d := &dialog{
		callID:   res.CallID().Value(),
		local:    end{Name: res.From().DisplayName, URI: *res.From().Address.Clone(), Tag: tagOf(res.From().Params)},
		remote:   end{Name: res.To().DisplayName, URI: *res.To().Address.Clone(), Tag: tagOf(res.To().Params)},
		localSeq: res.CSeq().SeqNo,
		routes:   recordRoutes(res, true),
		target:   *res.To().Address.Clone(),
		ours:     true,
	}
	d.refresh(res.Contact(), at)
	return d
}

// accept checks the CSeq of a request of the peer within the dialog: it must be above the last (RFC 3261 §12.2.2).
// The peer's space has nothing to do with ours.
func (d *dialog) accept(seq uint32) error {
	if d.remoteSeen && seq <= d.remoteSeq {
		return cause.Errorf(cause.Invalid, "CSeq %d is not above %d", seq, d.remoteSeq)
	}
	d.remoteSeq, d.remoteSeen = seq, true
	return nil
}

// request builds a new request in the dialog (RFC 3261 §12.2.1.1). It is built from the state each time: a request is
// never used twice, so no header can pile up. ACK and CANCEL take the number of their INVITE instead; see ack.
func (d *dialog) request(method sip.RequestMethod) *sip.Request {
	d.localSeq++
	return d.build(method, d.localSeq)
}

// ack builds the ACK of a 2xx: the INVITE's CSeq number, the dialog's current route set and target (RFC 3261 §13.2.2.4).
func (d *dialog) ack(inviteSeq uint32) *sip.Request { return d.build(sip.ACK, inviteSeq) }

func (d *dialog) build(method sip.RequestMethod, seq uint32) *sip.Request {
	uri, routes := d.target, d.routes
	if len(routes) > 0 && !isLoose(routes[0]) {
		// A strict router wants itself in the Request-URI and the target last (RFC 3261 §12.2.1.1).
		uri = *routes[0].Clone()
		uri.Headers = nil
		routes = append(slices.Clone(routes[1:]), d.target)
	}
	req := sip.NewRequest(method, *uri.Clone())
	for _, r := range routes {
		req.AppendHeader(&sip.RouteHeader{Address: *r.Clone()})
	}
	mf := sip.MaxForwardsHeader(70)
	req.AppendHeader(&mf)
	req.AppendHeader(d.local.from())
	req.AppendHeader(d.remote.to())
	id := sip.CallIDHeader(d.callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	return req
}

// hop is the URI that the next request must be sent to: the first route, else the target (RFC 3261 §8.1.2).
func (d *dialog) hop() sip.Uri {
	if len(d.routes) > 0 {
		return d.routes[0]
	}
	return d.target
}

func (e end) from() *sip.FromHeader {
	return &sip.FromHeader{DisplayName: e.Name, Address: *e.URI.Clone(), Params: tagParams(e.Tag)}
}

func (e end) to() *sip.ToHeader {
	return &sip.ToHeader{DisplayName: e.Name, Address: *e.URI.Clone(), Params: tagParams(e.Tag)}
}

func tagParams(tag string) sip.HeaderParams {
	if tag == "" {
		return nil
	}
	return sip.HeaderParams{{K: "tag", V: tag}}
}

// firstSeq begins a CSeq space of ours: any number below 2^31 will do (RFC 3261 §8.1.1.5).
func firstSeq() uint32 { return 1 + rand.Uint32N(1<<15) }

func newTag() string { return sip.GenerateTagN(16) }

func newCallIDHeader() sip.CallIDHeader { return sip.CallIDHeader(sip.GenerateTagN(24)) }

func tagOf(p sip.HeaderParams) string { t, _ := p.Get("tag"); return t }

func isLoose(u sip.Uri) bool { return u.UriParams.Has("lr") }

// recordRoutes reads the Record-Route set; a client takes it in reverse (RFC 3261 §12.1.2).
func recordRoutes(msg sip.Message, reverse bool) []sip.Uri {
	var out []sip.Uri
	for _, h := range msg.GetHeaders("record-route") {
		if rr, ok := h.(*sip.RecordRouteHeader); ok {
			out = append(out, *rr.Address.Clone())
		}
	}
	if reverse {
		slices.Reverse(out)
	}
	return out
}
