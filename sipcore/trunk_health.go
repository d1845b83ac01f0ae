package sipcore

import (
	"context"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
)

// pingWait is how long an OPTIONS may stay unanswered. It is shorter than the transaction's 64*T1: what takes longer
// to answer "are you there" is no target for a call.
const pingWait = 4 * time.Second

// watchAll asks every target whether it lives until ctx ends, and returns when nothing of it runs any more. A target that
// is silent is passed over by new calls at once; it goes on being asked, and serves again when it answers.
func (s *Legs) watchAll(ctx context.Context) {
	var wg sync.WaitGroup
	for _, id := range s.opts.Trunks.order {
		t := s.opts.Trunks.trunks[id]
		if t.Health.Every < 0 {
			continue
		}
		for _, g := range t.targets {
			wg.Go(func() { s.watch(ctx, t, g) })
		}
	}
	wg.Wait()
}

func (s *Legs) watch(ctx context.Context, t *circuits, g *target) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-g.doubt:
		}
		alive := s.ping(ctx, g)
		if ctx.Err() != nil {
			return
		}
		if changed := g.asked(alive, t.Health.Silent, s.now()); changed {
			s.log.Info("trunk target changed", "trunk", string(t.ID), "target", g.text, "state", word(alive))
		}
		next := t.Health.Every
		if !alive {
			next = min(next, pingWait) // whether it is really dead, and when it is back, should not take long to learn
		}
		timer.Reset(next)
	}
}

func word(alive bool) string {
	if alive {
		return "alive"
	}
	return "dead"
}

// ping sends an OPTIONS (RFC 3261 §11). Any answer but "out of service" shows that somebody is there who takes calls.
func (s *Legs) ping(ctx context.Context, g *target) bool {
	ctx, cancel := context.WithTimeout(ctx, pingWait)
	defer cancel()
	path, err := s.wire.resolve(ctx, &g.uri)
	if err != nil || len(path) == 0 {
		return false
	}
	tx, err := s.wire.send(s.options(g.uri, path[0]), path[0])
	if err != nil {
		return false
	}
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			if res.IsProvisional() {
				continue
			}
			return res.StatusCode != 503 && res.StatusCode != 408
		case <-tx.Done():
			return false
		case <-ctx.Done():
			return false
		}
	}
}

func (s *Legs) options(to sip.Uri, at flow) *sip.Request {
	ours := s.contact(at)
	req := sip.NewRequest(sip.OPTIONS, *to.Clone())
	mf := sip.MaxForwardsHeader(70)
	req.AppendHeader(&mf)
	req.AppendHeader(&sip.FromHeader{Address: sip.Uri{Scheme: "sip", Host: ours.Host}, Params: tagParams(newTag())})
	req.AppendHeader(&sip.ToHeader{Address: toOf(to)})
	id := newCallIDHeader()
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: firstSeq(), MethodName: sip.OPTIONS})
	req.AppendHeader(&sip.ContactHeader{Address: ours})
	req.SetBody(nil)
	return req
}

// asked notes how an OPTIONS came out; true: the target died or came back.
func (g *target) asked(alive bool, silent int, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.isDead
	if alive {
		g.missed, g.isDead, g.heard = 0, false, now
	} else if g.missed++; g.missed >= silent {
		g.isDead, g.heard = true, time.Time{}
	}
	return was != g.isDead
}

// answered notes that a target answered an INVITE of ours.
func (g *target) answered(now time.Time) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.missed, g.isDead, g.heard = 0, false, now
}

// doubted has a target asked at once, since it left an INVITE without an answer.
func (g *target) doubted() {
	if g == nil {
		return
	}
	g.mu.Lock()
	g.heard = time.Time{} // from now on it gets the longer wait of one never heard
	g.mu.Unlock()
	select {
	case g.doubt <- struct{}{}:
	default:
	}
}

func (g *target) dead() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.isDead
}

// States says of every trunk whether it can take a call now: for World.Lines and the operator's pages.
func (ts *Trunks) States() []fmc.LineState {
	var out []fmc.LineState
	for _, id := range ts.order {
		out = append(out, ts.trunks[id].state())
	}
	return out
}

func (c *circuits) state() fmc.LineState {
	st := fmc.LineState{ID: c.line(), Kind: fmc.TrunkLine, Trunk: c.ID, Form: c.Form}
	c.mu.Lock()
	used := c.inUse
	c.mu.Unlock()
	alive := false
	for _, g := range c.targets {
		alive = alive || !g.dead()
	}
	switch {
	case len(c.targets) == 0:
		st.Why = "the trunk only takes calls: no target is written for it"
	case !alive:
		st.Why = "no target of the trunk answers"
	case c.Most > 0 && used >= c.Most:
		st.Why = "all its circuits are in use"
	default:
		st.Ready = true
		st.Free = max(0, c.Most-used)
	}
	return st
}
