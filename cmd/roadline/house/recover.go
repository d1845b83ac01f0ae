package house

import (
	"context"
	"encoding/json"
	"path/filepath"
	"time"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/sipcore"
	"roadline/store"
	"roadline/store/journal"
)

// recover closes the records of calls that a killed server left, finds their recordings, and returns the SIP legs whose
// far ends still talk into nothing. It is done before anything listens.
func (h *House) recover() (*orphans, error) {
	unfinished, err := journal.Unfinished(h.left)
	if err != nil {
		h.log.Error("parts of the old journal not read", "cause", err)
	}
	texts, err := journal.UnfinishedMessages(h.left)
	if err != nil {
		h.log.Error("messages of the old journal not all read", "cause", err)
	}
	if err := h.takeOnMessages(texts); err != nil {
		return nil, err
	}
	left := &orphans{file: filepath.Join(h.m.Data, "orphans.json")}
	if err := left.leave(standing(unfinished)); err != nil {
		h.log.Error("legs of earlier starts not hung up", "cause", err)
	}
	for _, facts := range unfinished {
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
	return left, nil
}

// standing are the dialogs of calls that were not over.
func standing(calls [][]fmc.Fact) []fmc.Dialog {
	var all []fmc.Dialog
	for _, facts := range calls {
		for _, l := range fmc.Fold(facts).Legs {
			if l.Dialog != nil && l.Gone == 0 && l.Away == "" {
				all = append(all, *l.Dialog)
			}
		}
	}
	return all
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
	if h.store.Ready(ctx) != nil || !h.drained(ctx) {
		return nil
	}
	now := time.Now()
	for _, company := range h.directory.Companies() {
		h.rememberUse(ctx, company, now)
		id := company.Profile.ID
		page := store.CallFilter{Limit: 1000, From: now.Add(-call.Memory), To: now}
		for {
			lines, err := h.store.For(id).Calls(ctx, page)
			if err != nil {
				h.log.Warn("earlier calls not remembered", "company", id, "cause", err)
				break
			}
			h.calls.Remember(talks(id, lines))
			if len(lines) < page.Limit {
				break
			}
			page.After = lines[len(lines)-1].Mark()
		}
	}
	return nil
}

// drainMost is how long what earlier starts left is waited for: a journal that cannot be read stays for ever.
const drainMost = time.Minute

// drained waits until PostgreSQL has what earlier starts left; false: the node stops before.
func (h *House) drained(ctx context.Context) bool {
	over := time.NewTimer(drainMost)
	defer over.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for h.drain.State().BootsLeft > 0 {
		select {
		case <-ctx.Done():
			return false
		case <-over.C:
			return true
		case <-tick.C:
		}
	}
	return true
}

// talks are the lines of calls in which somebody talked, as far as a Switch remembers them.
func talks(company fmc.CompanyID, lines []store.CallLine) []fmc.Record {
	records := make([]fmc.Record, 0, len(lines))
	for _, l := range lines {
		if l.Answered == nil || l.Ended == nil {
			continue
		}
		r := fmc.Record{Company: company, ID: l.ID, Opened: fmc.Opened{Began: l.Began}, Times: fmc.Times{Answered: *l.Answered, Ended: *l.Ended}}
		r.Who.Employee, r.Who.Client.E164 = l.Employee, l.Client
		records = append(records, r)
	}
	return records
}
