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
	if l := s.find(key); l != nil && l.box.offer(func() { l.again(res) }) {
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
	s.wait.Go(func() {
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

// overtaken is how long such a CANCEL waits for its INVITE before it is answered 481.
const overtaken = 500 * time.Millisecond

// Cancel takes a CANCEL that matched no transaction.
func (s *Legs) Cancel(in inbound) {
	branch, _ := in.req.Via().Params.Get("branch")
	e := &early{came: make(chan struct{})}
	s.mu.Lock()
	s.cancels[branch] = e
	s.mu.Unlock()
	timer := time.NewTimer(overtaken)
	defer timer.Stop()
	status := 200
	select {
	case <-e.came:
	case <-timer.C:
		status = 481
	}
	s.mu.Lock()
	delete(s.cancels, branch)
	s.mu.Unlock()
	s.respond(in, status)
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
