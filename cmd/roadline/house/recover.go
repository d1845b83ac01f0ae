package house

import (
	"context"
	"encoding/json"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/sipcore"
	"roadline/store"
	"roadline/store/journal"
)

// recover closes the records of calls that a killed server left, finds their recordings, and returns the SIP legs whose
// far ends still talk into nothing. It is done before anything listens.
func (h *House) recover() ([]fmc.Dialog, error) {
	unfinished, err := journal.Unfinished(h.left)
	if err != nil {
		h.log.Error("parts of the old journal not read", "cause", err)
	}
	var orphans []fmc.Dialog
	for _, facts := range unfinished {
		record := fmc.Fold(facts)
		for _, l := range record.Legs {
			if l.Dialog != nil && l.Gone == 0 && l.Away == "" {
				orphans = append(orphans, *l.Dialog)
			}
		}
		last := facts[len(facts)-1]
		closed := fmc.Fact{Company: last.Company, Call: last.Call, At: last.At, Body: fmc.Closed{Cause: cause.Of(cause.Interrupted), Interrupted: true}}
		if err := h.facts().Append(closed); err != nil {
			return nil, err
		}
		h.log.Warn("call interrupted by the last stop", "call", last.Call, "company", last.Company)
	}
	if n, err := h.recorder.Salvage(); err != nil {
		h.log.Error("recordings of the last start not found", "cause", err)
	} else if n > 0 {
		h.log.Info("recordings of the last start found", "state", n)
	}
	h.restorePhones()
	return orphans, nil
}

// restorePhones brings back the registrations that were kept on disk.
func (h *House) restorePhones() {
	kept, err := h.phones.Load()
	if err != nil {
		h.log.Error("registrations not restored", "cause", err)
		return
	}
	var bindings []sipcore.Binding
	for _, k := range kept {
		var b sipcore.Binding
		if err := json.Unmarshal(k.Body, &b); err != nil {
			h.log.Error("registration not restored", "company", k.Company, "cause", err)
			continue
		}
		bindings = append(bindings, b)
	}
	h.agent.Restore(bindings)
}

// remember tells the calls who talked with whom before this start, as soon as PostgreSQL can say it.
func (h *House) remember(ctx context.Context) error {
	if h.store.Ready(ctx) != nil {
		return nil
	}
	for _, company := range h.directory.Companies() {
		lines, err := h.store.For(company.Profile.ID).Calls(ctx, store.CallFilter{Limit: 1000, From: time.Now().Add(-7 * 24 * time.Hour), To: time.Now()})
		if err != nil {
			h.log.Warn("earlier calls not remembered", "company", company.Profile.ID, "cause", err)
			continue
		}
		records := make([]fmc.Record, 0, len(lines))
		for _, l := range lines {
			if l.Answered == nil || l.Ended == nil {
				continue
			}
			r := fmc.Record{Company: company.Profile.ID, ID: l.ID, Opened: fmc.Opened{Began: l.Began}, Times: fmc.Times{Answered: *l.Answered, Ended: *l.Ended}}
			r.Who.Employee, r.Who.Client.E164 = l.Employee, l.Client
			records = append(records, r)
		}
		h.calls.Remember(records)
	}
	return nil
}
