package sipcore

import (
	"context"
	"net/netip"
	"sync"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// unnoted is how much higher the CSeq of an orphan's BYE is than the last one noted. Probes and refreshes are not
// journalled one by one; a gap is no error (RFC 3261 §12.2.2), a number used twice is.
const unnoted = 64

// state is the dialog as the journal keeps it.
func (d *dialog) state() *fmc.Dialog {
	at := d.flow
	if d.sent.Remote != "" {
		at = d.sent
	}
	out := &fmc.Dialog{
		Transport: at.Transport, Local: at.Local, Remote: at.Remote, CallID: d.callID,
		LocalURI: d.local.URI.String(), LocalTag: d.local.Tag, RemoteURI: d.remote.URI.String(), RemoteTag: d.remote.Tag,
		Target: d.target.String(), CSeq: d.localSeq,
	}
	for _, r := range d.routes {
		out.Routes = append(out.Routes, r.String())
	}
	return out
}

// restored is the dialog that a restarted server found in its journal. Errors: cause.Invalid for what no server wrote.
func restored(st fmc.Dialog) (*dialog, error) {
	d := &dialog{
		callID: st.CallID, localSeq: st.CSeq + unnoted - 1,
		local: end{Tag: st.LocalTag}, remote: end{Tag: st.RemoteTag},
		flow: flow{Transport: st.Transport, Local: st.Local, Remote: st.Remote},
	}
	for _, u := range []struct {
		text string
		to   *sip.Uri
	}{{st.LocalURI, &d.local.URI}, {st.RemoteURI, &d.remote.URI}, {st.Target, &d.target}} {
		if err := sip.ParseUri(u.text, u.to); err != nil {
			return nil, cause.Errorf(cause.Invalid, "dialog %s: %q is no SIP address: %w", st.CallID, u.text, err)
		}
	}
	for _, r := range st.Routes {
		var u sip.Uri
		if err := sip.ParseUri(r, &u); err != nil {
			return nil, cause.Errorf(cause.Invalid, "dialog %s: route %q: %w", st.CallID, r, err)
		}
		d.routes = append(d.routes, u)
	}
	if _, err := netip.ParseAddrPort(st.Remote); err != nil || st.CallID == "" || st.LocalTag == "" {
		return nil, cause.Errorf(cause.Invalid, "dialog %q is not complete", st.CallID)
	}
	return d, nil
}

// Orphans hangs up the dialogs that a server left behind when it was killed: their far ends still talk into nothing, and
// billing runs on. It returns when every BYE was answered, has timed out, or ctx ended, with how many were answered.
func (s *Legs) Orphans(ctx context.Context, left []fmc.Dialog) int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	answered := 0
	for _, st := range left {
		wg.Go(func() {
			err := s.orphan(ctx, st)
			if err != nil {
				s.log.Warn("orphan not hung up", "sip_call_id", st.CallID, "err", err)
				return
			}
			s.log.Info("orphan hung up", "sip_call_id", st.CallID)
			mu.Lock()
			defer mu.Unlock()
			answered++
		})
	}
	wg.Wait()
	return answered
}

// orphan sends the BYE of one dialog. Any final answer is good: a 481 says that the far side has given up by itself.
func (s *Legs) orphan(ctx context.Context, st fmc.Dialog) error {
	d, err := restored(st)
	if err != nil {
		return err
	}
	req := d.request(sip.BYE)
	for _, h := range reasonHeaders(cause.Of(cause.Interrupted)) {
		req.AppendHeader(h)
	}
	at := d.flow // where requests were last sent; a name in the Contact may resolve to another machine now
	tx, err := s.wire.send(req, at)
	if err != nil {
		return err
	}
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return nil
			}
		case <-tx.Done():
			return cause.Errorf(cause.Unavailable, "%s does not answer: %w", at.Remote, tx.Err())
		case <-ctx.Done():
			tx.Terminate()
			return ctx.Err()
		}
	}
}
