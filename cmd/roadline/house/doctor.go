package house

import (
	"context"
	"time"

	"roadline/cabinet/doctor"
	"roadline/fmc"
	"roadline/store"
)

// Doctor looks for what is wrong with the machine and with the server, as it sees itself.
func (h *House) Doctor(ctx context.Context) []doctor.Finding {
	m := doctor.Machine{Config: h.m, File: h.o.File, Root: "/", Running: true}
	return doctor.Sorted(append(m.Examine(ctx), h.examined(ctx).Examine(ctx)...))
}

// examined is the server as the doctor looks at it.
func (h *House) examined(ctx context.Context) doctor.Node {
	ctx, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	now := time.Now()
	n := doctor.Node{
		Now: now, Database: h.store.Operator().Reachable(ctx), Drain: h.drain.State().Why,
		Phones: len(h.agent.Snapshot().Bindings), Ports: h.ports.Usage().Free,
	}
	last, drained := h.journal.State().Last, h.drain.State().Drained
	n.Behind = last - min(last, drained)
	if n.Database == nil {
		if p, err := h.store.Operator().Pulse(ctx); err == nil {
			n.Pulse = &p
		}
	}
	for _, v := range h.trunks.Views() {
		n.Trunks = append(n.Trunks, doctor.Trunk{ID: v.Trunk, Company: h.m.Alone(v.Trunk), Answers: !v.Dead()})
	}
	n.Gateways, n.Unclaimed = h.boxes.examined(), h.gsm.Unclaimed()
	usages := h.retention.Usages()
	for _, c := range h.directory.Companies() {
		n.Companies = append(n.Companies, doctor.Company{
			Company: c, Lines: h.linesOf(c), Usage: usages[c.Profile.ID], Accounts: h.accountsOf(c), World: h.calls.World(c, now),
		})
	}
	return n
}

// accountsOf are a company's SIP accounts, with what their passwords are checked by.
func (h *House) accountsOf(c *fmc.Company) []store.Account {
	var all []store.Account
	for i := range c.Employees {
		for _, d := range c.Employees[i].Devices {
			if a, ok := h.directory.Account(string(d.Account)); ok && d.Account != "" && a.Company == c.Profile.ID {
				all = append(all, a)
			}
		}
	}
	return all
}
