package house

import (
	"context"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/hook"
	"roadline/fmc"
)

// eventing builds what programs outside are told by: the news, and the desk that tells webhooks.
func (h *House) eventing() {
	h.hooks = hook.New(hook.Options{Store: h.store, Node: h.m.Node, Allow: h.m.Webhooks.Allow, Now: time.Now, Log: h.log})
	h.news = cabinet.NewNews(h.store, h.hooks.Look, h.log)
}

// trunksEvery is how often trunks are looked at for a change.
const trunksEvery = 5 * time.Second

// watchTrunks tells companies that a trunk of theirs was lost or came back. At the start every trunk is taken to be there.
func (h *House) watchTrunks(ctx context.Context) error {
	tick := time.NewTicker(trunksEvery)
	defer tick.Stop()
	dead := map[fmc.TrunkID]bool{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for _, v := range h.trunks.Views() {
			if v.Dead() != dead[v.Trunk] {
				dead[v.Trunk] = v.Dead()
				h.tellTrunk(ctx, fmc.TrunkTold{Trunk: v.Trunk, Ready: !v.Dead(), Why: v.Why})
			}
		}
	}
}

// tellTrunk tells every company that may use a trunk. Where PostgreSQL is away nobody is told: the pages show how it is.
func (h *House) tellTrunk(ctx context.Context, told fmc.TrunkTold) {
	for _, c := range h.directory.Companies() {
		if _, granted := h.m.Grant(c.Profile.ID, told.Trunk); !granted {
			continue
		}
		if err := h.store.For(c.Profile.ID).Raise(ctx, fmc.Event{Type: fmc.EventTrunkState, At: time.Now(), Data: told}); err != nil && ctx.Err() == nil {
			h.log.Warn("change of a trunk not told", "company", c.Profile.ID, "trunk", told.Trunk, "err", err)
		}
	}
}
