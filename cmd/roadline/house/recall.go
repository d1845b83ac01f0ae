package house

import (
	"context"
	"time"

	"roadline/fmc"
)

// lately is for how long it matters what people spent and how they proved who they are: a day, and no lock is longer.
const lately = 24 * time.Hour

// rememberPeople tells the calls what people called outside lately, how they proved who they are, whose PIN was locked,
// and who ever called through: a restart must not give anybody the day's calls once more.
func (h *House) rememberPeople(ctx context.Context, c *fmc.Company, now time.Time) {
	id := c.Profile.ID
	tenant := h.store.For(id)
	var records []fmc.Record
	if err := tenant.Records(ctx, now.Add(-lately), now, func(r fmc.Record) { records = append(records, r) }); err != nil {
		h.log.Warn("what people called lately not remembered", "company", id, "err", err)
	}
	people, err := tenant.CalledThrough(ctx)
	if err != nil {
		h.log.Warn("who called through before not remembered", "company", id, "err", err)
	}
	for _, who := range people {
		records = append(records, onceThrough(id, who))
	}
	h.calls.Remember(records)
}

// onceThrough is a record that says of a person only that they called through, at no time that matters.
func onceThrough(company fmc.CompanyID, who fmc.EmployeeID) fmc.Record {
	r := fmc.Record{Company: company, Recognised: []fmc.Recognised{{Employee: who}}}
	r.Opened.Direction, r.Opened.Employee, r.Who.Client.E164 = fmc.Outbound, who, "+"
	return r
}
