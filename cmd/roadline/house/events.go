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

// trunkNews is what companies know of their trunks. It is owned by one goroutine.
type trunkNews struct {
	house *House
	raise func(context.Context, fmc.CompanyID, fmc.Event) error
	dead  map[companyTrunk]bool // what a company was told last; one that was told nothing takes a trunk to be there
}

// companyTrunk is a trunk that a company may use.
type companyTrunk struct {
	company fmc.CompanyID
	trunk   fmc.TrunkID
}

// watchTrunks tells companies that a trunk of theirs was lost or came back. At the start every trunk is taken to be there.
func (h *House) watchTrunks(ctx context.Context) error {
	tick := time.NewTicker(trunksEvery)
	defer tick.Stop()
	n := trunkNews{house: h, dead: map[companyTrunk]bool{}, raise: func(ctx context.Context, company fmc.CompanyID, e fmc.Event) error {
		return h.store.For(company).Raise(ctx, e)
	}}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for _, v := range h.trunks.Views() {
			n.tell(ctx, h.directory.Companies(), fmc.TrunkTold{Trunk: v.Trunk, Ready: !v.Dead(), Why: v.Why})
		}
	}
}

// tell tells how a trunk is to each company that may use it and knows it otherwise. Who cannot be told, since PostgreSQL is
// away, is told at the next look: the pages show how it is meanwhile.
func (n *trunkNews) tell(ctx context.Context, companies []*fmc.Company, is fmc.TrunkTold) {
	for _, c := range companies {
		key := companyTrunk{c.Profile.ID, is.Trunk}
		if _, may := n.house.m.Grant(key.company, key.trunk); !may || n.dead[key] == !is.Ready {
			continue
		}
		if err := n.raise(ctx, key.company, fmc.Event{Type: fmc.EventTrunkState, At: time.Now(), Data: is}); err != nil {
			if ctx.Err() == nil {
				n.house.log.Warn("change of a trunk not told, tried again", "company", key.company, "trunk", key.trunk, "err", err)
			}
			continue
		}
		n.dead[key] = !is.Ready
	}
}
