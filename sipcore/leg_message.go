package sipcore

import (
	"context"
	"strings"

	"github.com/emiago/sipgo/sip"

	"roadline/sipcore/wire"
)

// sender is what legs need of the sockets below: *Agent.
type sender interface {
	// resolve finds where requests for a URI go: addresses in the order in which they are to be tried (RFC 3263).
	resolve(context.Context, *sip.Uri) ([]flow, error)
	// send opens a client transaction. It adds the Via, unless the request brings one, and the local address.
	send(*sip.Request, flow) (*sip.ClientTx, error)
	// write sends the ACK of a 2xx, which has no transaction.
	write(*sip.Request, flow) error
	// contactAddr is our address as a peer on that path reaches it.
	contactAddr(flow) (host string, port int, err error)
}

// path is where a dialog's next request goes. It is computed for every request: a Contact that changed, or a 2xx with
// another route set, takes effect at once.
func (s *Legs) path(d *dialog) (flow, error) {
	if d.flow.Pinned && len(d.routes) == 0 {
		return d.flow, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), resolveFor)
	defer cancel()
	hop := d.hop()
	all, err := s.wire.resolve(ctx, &hop)
	if err != nil {
		return flow{}, err
	}
	at := all[0]
	at.Local = d.flow.localOn(at.Transport)
	return at, nil
}

// localOn is our end of a path where it stays good for another path of that transport.
func (f flow) localOn(transport string) string {
	if f.Transport != transport {
		return ""
	}
	return f.Local
}

// contact is our address for a peer on that path.
func (s *Legs) contact(at flow) sip.Uri {
	host, port, err := s.wire.contactAddr(at)
	if err != nil {
		s.log.Warn("no address to be reached at", "remote", at.Remote, "err", err)
	}
	u := sip.Uri{Scheme: "sip", User: "roadline", Host: host, Port: port}
	if at.Transport == wire.TCP {
		u.UriParams = sip.HeaderParams{{K: "transport", V: "tcp"}}
	}
	return u
}

// send sends a request of the leg's dialog.
func (l *leg) send(req *sip.Request) (*sip.ClientTx, error) {
	at, err := l.set.path(l.dlg)
	if err != nil {
		return nil, err
	}
	l.dlg.sent = at
	return l.set.wire.send(req, at)
}

// acknowledge sends the ACK of a 2xx.
func (l *leg) acknowledge(inviteSeq uint32) error {
	at, err := l.set.path(l.dlg)
	if err != nil {
		return err
	}
	l.dlg.sent = at
	return l.set.wire.write(l.dlg.ack(inviteSeq), at)
}

// response builds a response within the leg's dialog, with what every such response says of us.
func (l *leg) response(in inbound, status int, sdp []byte) *sip.Response {
	res := sip.NewResponseFromRequest(in.req, status, phrases[status], nil)
	contact := l.set.contact(in.at)
	res.AppendHeader(&sip.ContactHeader{Address: contact})
	if status >= 200 {
		for _, h := range l.line.skills() {
			res.AppendHeader(h)
		}
	}
	res.AppendHeader(sip.NewHeader("Server", l.set.opts.Product))
	setBody(res, sdp)
	return res
}

// respond answers a request of the dialog that is no INVITE.
func (l *leg) respond(in inbound, status int, headers ...sip.Header) {
	l.set.respond(in, status, headers...)
}

// respond answers with a bare status.
func (s *Legs) respond(in inbound, status int, headers ...sip.Header) {
	res := s.reply(in, status, headers...)
	if !final(in.tx, in.req, res) {
		s.log.Debug("response came after a cancel", "status", status)
	}
}

// reply builds a bare response.
func (s *Legs) reply(in inbound, status int, headers ...sip.Header) *sip.Response {
	res := sip.NewResponseFromRequest(in.req, status, phrases[status], nil)
	for _, h := range headers {
		res.AppendHeader(h)
	}
	res.AppendHeader(sip.NewHeader("Server", s.opts.Product))
	return res
}

// dress adds what every request that makes or refreshes a dialog says of us.
func (l *leg) dress(req *sip.Request, at flow) {
	contact := l.set.contact(at)
	req.AppendHeader(&sip.ContactHeader{Address: contact})
	for _, h := range l.line.skills() {
		req.AppendHeader(h)
	}
}

// allowed are the methods a dialog understands, as Allow says; those of a phone understand REFER too.
const allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO"

// skills are Allow and Supported as a peer is told them: transfers are for phones alone.
func (c carrier) skills() []sip.Header {
	allow, supported := allowed, "timer"
	if c.account != "" {
		allow, supported = allow+", REFER", supported+", replaces, norefersub"
	}
	return []sip.Header{sip.NewHeader("Allow", allow), sip.NewHeader("Supported", supported)}
}

func setBody(msg sip.Message, sdp []byte) {
	if len(sdp) > 0 {
		ct := sip.ContentTypeHeader(sdpType)
		msg.AppendHeader(&ct)
	}
	msg.SetBody(sdp)
}

// hasSDP reports whether a message carries an offer or an answer.
func hasSDP(msg sip.Message) bool {
	if len(msg.Body()) == 0 {
		return false
	}
	all := msg.GetHeaders("content-type")
	return len(all) > 0 && isSDP(all[0].Value())
}

func isSDP(contentType string) bool {
	head, _ := params(contentType)
	return strings.EqualFold(head, sdpType)
}

// warning tells the peer's engineer why (RFC 3261 §20.43, code 399).
func warning(err error) string { return "399 roadline " + wire.Quote(err.Error()) }
