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
	h.recoverWishes()
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

// promised returns whom earlier starts promised to call back, and writes it anew: the journals that it stands in go once
// they are drained, and this start may be killed before it is time.
func (h *House) promised() ([]fmc.Fact, error) {
	promises, err := journal.Promises(h.left)
	if err != nil {
		h.log.Error("promises of the old journal not all read", "cause", err)
	}
	for _, f := range promises {
		if w, ok := f.Body.(fmc.Wanted); ok && !w.Late(time.Now()) {
			if err := h.facts().Append(f); err != nil {
				return nil, err
			}
		}
	}
	return promises, nil
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
	defer h.mailbox.remembered()
	if h.store.Ready(ctx) != nil || !h.drained(ctx) {
		return nil
	}
	now := time.Now()
	for _, company := range h.directory.Companies() {
		h.rememberUse(ctx, company, now)
		h.rememberLeft(ctx, company)
		h.rememberPeople(ctx, company, now)
		h.rememberModes(ctx, company)
		h.rememberCards(ctx, company)
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

// rememberLeft tells the mailbox what was left before this start, and makes prompts of what was said for one.
func (h *House) rememberLeft(ctx context.Context, c *fmc.Company) {
	company := c.Profile.ID
	tenant := h.store.For(company)
	fresh, err := tenant.NewMessages(ctx)
	if err != nil {
		h.log.Warn("earlier messages not remembered", "company", company, "err", err)
	}
	said, err := tenant.RecordedPrompts(ctx)
	if err != nil {
		h.log.Warn("earlier prompts not remembered", "company", company, "err", err)
	}
	var all []*left
	for _, v := range fresh {
		if v.Employee == "" {
			continue
		}
		x := &left{employee: v.Employee, call: v.Call, at: v.At, from: v.From, to: v.To}
		x.Prompt, x.From = v.Prompt(), v.Client
		all = append(all, x)
	}
	for _, p := range said {
		if h.sayings.has(company, p.Prompt, p.At) {
			continue
		}
		x := &left{employee: p.Employee, saying: true, call: p.Call, at: p.At, from: p.From, to: p.To}
		x.Prompt = p.Prompt
		all = append(all, x)
	}
	for _, x := range all {
		h.mailbox.put(company, x)
		r, err := tenant.Call(ctx, x.call)
		if err != nil {
			h.log.Warn("earlier message not remembered", "company", company, "call", x.call, "err", err)
			continue
		}
		kept, ok := h.mailbox.deliveredAhead(company, x.call) // PostgreSQL may not have it yet
		if r.Recording.Kept != nil {
			kept, ok = *r.Recording.Kept, true
		}
		if !ok { // it is told of when it is delivered
			continue
		}
		for _, p := range h.mailbox.delivered(company, x.call, kept) {
			h.saying(ctx, company, p)
		}
	}
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
