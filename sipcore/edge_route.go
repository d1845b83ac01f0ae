package sipcore

import (
	"fmt"
	"net/netip"
	"runtime/debug"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/sipcore/wire"
)

// request is what sipgo's transaction layer calls for each new request, in a goroutine of its own.
func (a *Agent) request(req *sip.Request, tx *sip.ServerTx) {
	if !a.enter() {
		tx.Terminate()
		_ = a.tpl.Close() // its source is forgotten, so the library has opened a socket of its own to answer from
		return
	}
	defer a.wg.Done()
	in := inbound{req: req, tx: tx, at: flowOf(req, tx)}
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("request panicked", "err", fmt.Sprint(p), "stack", string(debug.Stack()))
			a.refuse(in, 500, "Server Internal Error")
		}
	}()
	a.count.served.Add(1)
	if req.IsAck() {
		in.tx = nil
		tx.Terminate() // an ACK has no transaction of its own
	}
	a.route(in)
}

// route brings a request to whoever answers it.
func (a *Agent) route(in inbound) {
	method := in.req.Method
	switch {
	case method == sip.ACK:
		a.up.inside(in)
	case method == sip.CANCEL:
		a.up.cancel(in)
	case !a.begins(in.req):
		a.up.inside(in)
	case method == sip.OPTIONS:
		a.options(in)
	case method == sip.INVITE:
		a.invite(in)
	case method == sip.REGISTER:
		a.register(in)
	case method == sip.REFER: // to call somebody for a stranger, or for a phone, is not ours: it transfers a call or nothing
		a.refuse(in, 403, "Forbidden", sip.NewHeader("Warning", `399 roadline "REFER is served within a call"`))
	default:
		a.refuse(in, 481, "Call/Transaction Does Not Exist")
	}
}

// options answers who asks whether we live, and what we can do (RFC 3261 §11.2).
func (a *Agent) options(in inbound) {
	res := a.response(in, 200, "OK")
	for _, f := range abilities {
		res.AppendHeader(sip.NewHeader(f[0], f[1]))
	}
	a.final(in, res)
	in.tx.Terminate() // nothing to remember: who asks again is answered again
}

// invite lets a new call through: from a trunk by its address, from anyone else by digest.
func (a *Agent) invite(in inbound) {
	var account fmc.AccountID
	if !a.up.trunk(in.at.remote()) {
		acc, ok := a.authenticate(in)
		if !ok {
			return
		}
		account = acc.ID
	}
	if a.merged.seen(in.req) { // after the password: some phones repeat the CSeq when they answer a challenge
		a.refuse(in, 482, "Loop Detected")
		return
	}
	a.up.invite(in, account)
}

// unhandled gets responses without a transaction.
func (a *Agent) unhandled(res *sip.Response) { a.up.stray(res) }

// flowClosed is told that a stream is gone: what was bound to it cannot be reached any more.
func (a *Agent) flowClosed(s *stream) {
	a.registrar.flowClosed(s.remote)
	a.guard.Forget(s.remote)
}

// flowOf says on which path a request came.
func flowOf(req *sip.Request, tx *sip.ServerTx) flow {
	f := flow{Transport: req.Transport(), Remote: req.Source()}
	if c := tx.Connection(); c != nil && f.Transport == wire.UDP {
		f.Local = c.LocalAddr().String()
	}
	return f
}

// remote is the peer's address of the path.
func (f flow) remote() netip.AddrPort {
	a, _ := netip.ParseAddrPort(f.Remote)
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
