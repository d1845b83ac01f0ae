package sipcore

import (
	"maps"
	"slices"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc/cause"
)

// Stray takes a response that no transaction of ours waits for. Only a 2xx to an INVITE matters: somebody has answered,
// and bills, until told otherwise. It comes late, after its transaction has ended, or from one more phone behind a
// forking proxy.
func (s *Legs) Stray(res *sip.Response) {
	cseq := res.CSeq()
	if cseq == nil || cseq.MethodName != sip.INVITE || !res.IsSuccess() || res.From() == nil || res.To() == nil || res.CallID() == nil {
		return
	}
	key := dialogKey{res.CallID().Value(), tagOf(res.From().Params)}
	if l := s.find(key); l != nil && l.box.post(func() { l.again(res) }) {
		return
	}
	s.hangUp(res, cause.Of(cause.TakenElsewhere))
}

// hangUp acknowledges a 2xx that nobody wants and ends its dialog (RFC 3261 §13.2.2.4). Everything it needs stands in
// the response itself, so it works without a leg. Repetitions of the same 2xx get their ACK, and no second BYE.
func (s *Legs) hangUp(res *sip.Response, c cause.Cause) {
	at := flow{Transport: res.Transport(), Remote: res.Source()}
	d := dialogOfStray(res, at)
	path, err := s.path(d)
	if err != nil {
		s.log.Warn("unwanted answer not hung up", "sip_call_id", d.callID, "err", err)
		return
	}
	if err := s.wire.write(d.ack(res.CSeq().SeqNo), path); err != nil {
		s.log.Warn("ack not sent", "sip_call_id", d.callID, "err", err)
	}
	if !s.firstStray(d.callID + "\x00" + d.remote.Tag) {
		return
	}
	bye := d.request(sip.BYE)
	for _, h := range reasonHeaders(c) {
		bye.AppendHeader(h)
	}
	s.log.Info("unwanted answer hung up", "sip_call_id", d.callID)
	s.forgetAbout(bye, path)
}

// firstStray remembers an unwanted answer for as long as it may be repeated; false: it is known.
func (s *Legs) firstStray(key string) bool {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, until := range s.stray {
		if now.After(until) {
			delete(s.stray, k)
		}
	}
	if _, known := s.stray[key]; known {
		return false
	}
	s.stray[key] = now.Add(64 * sip.T1)
	return true
}

// forgetAbout sends a request whose answer changes nothing.
func (s *Legs) forgetAbout(req *sip.Request, path flow) {
	tx, err := s.wire.send(req, path)
	if err != nil {
		s.log.Warn("request not sent", "method", string(req.Method), "err", err)
		return
	}
	s.mu.Lock()
	s.byes[tx] = struct{}{}
	s.mu.Unlock()
	started := s.start(func() {
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.byes, tx)
		}()
		for {
			select {
			case res := <-tx.Responses():
				if !res.IsProvisional() {
					return
				}
			case <-tx.Done():
				return
			}
		}
	})
	if !started {
		tx.Terminate()
	}
}

// cutStrays ends the transactions of forgetAbout, when the server will not wait for them.
func (s *Legs) cutStrays() {
	s.mu.Lock()
	all := slices.Collect(maps.Keys(s.byes))
	s.mu.Unlock()
	for _, tx := range all {
		tx.Terminate()
	}
}

// early is a CANCEL that came before its INVITE: the transaction layer starts a goroutine per message, so that of two
// datagrams that follow each other closely the second may be first.
type early struct{ came chan struct{} }

const (
	overtaken  = 500 * time.Millisecond // how long such a CANCEL waits for its INVITE before it is answered 481
	mostCancel = 256                    // how many may wait: more come from nobody who means well
)

// Cancel takes a CANCEL that the transaction layer found no INVITE for. Its To tag is ours, the same as its INVITE's
// (edge_answer.go).
func (s *Legs) Cancel(in inbound) {
	status := 481
	if s.takeBack(in.req) || s.awaitInvite(in.req) || s.takeBack(in.req) {
		status = 200
	}
	s.respond(in, status)
}

// takeBack cancels the INVITE where a leg has it already.
func (s *Legs) takeBack(cancel *sip.Request) bool {
	l := s.find(dialogKey{cancel.CallID().Value(), tagOf(cancel.To().Params)})
	return l != nil && l.box.post(func() {
		if a := l.asked; a != nil && a.res == nil && a.in.req.CSeq().SeqNo == cancel.CSeq().SeqNo {
			l.refuse(a.in, 487)
			l.cancelled(a, cancel)
		}
	})
}

// awaitInvite waits for the INVITE that a CANCEL overtook.
func (s *Legs) awaitInvite(cancel *sip.Request) bool {
	branch, _ := cancel.Via().Params.Get("branch")
	e := &early{came: make(chan struct{})}
	s.mu.Lock()
	if len(s.cancels) >= mostCancel || s.cancels[branch] != nil {
		s.mu.Unlock()
		return false
	}
	s.cancels[branch] = e
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.cancels, branch)
	}()
	timer := time.NewTimer(overtaken)
	defer timer.Stop()
	select {
	case <-e.came:
		return true
	case <-timer.C:
		return false
	}
}

// wasCancelled reports whether the CANCEL of this INVITE is here already.
func (s *Legs) wasCancelled(req *sip.Request) bool {
	branch, _ := req.Via().Params.Get("branch")
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.cancels[branch]
	if e == nil {
		return false
	}
	delete(s.cancels, branch)
	close(e.came)
	return true
}
