package cabinet

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"roadline/cabinet/access"
	"roadline/fmc/cause"
	"roadline/store"
)

// auditIn chooses entries of the audit.
type auditIn struct {
	PageIn
	SpanIn
	Who    string `query:"who" maxLength:"128" doc:"A person's id."`
	What   string `query:"what" maxLength:"128" doc:"An operation, such as \"recordings.listen\"."`
	Object string `query:"object" maxLength:"300" doc:"What it was done to: the id of a call, of a person."`
}

// AuditShown is a page of the audit, newest first.
type AuditShown struct {
	Entries []AuditEntry `json:"entries"`
	Next    string       `json:"next,omitempty"` // "after" of the next page; absent: this is the last
}

// AuditEntry is one thing that somebody did, or listened to.
type AuditEntry struct {
	At      time.Time `json:"at"`
	Who     string    `json:"who"` // a person's id; "machine": the command line on the node
	Token   string    `json:"token,omitempty"`
	Address string    `json:"address,omitempty"`
	What    string    `json:"what"`
	Object  string    `json:"object,omitempty"`
	Before  any       `json:"before,omitempty"`
	After   any       `json:"after,omitempty"`
}

func addAudit(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/audit", id: "audit.list", about: "Audit", right: access.AuditRead,
		summary: "List who did what", more: "Newest first. Everybody sees what they did, and what others did to them and to their calls; administrators see everything.",
	}, p.listAudit)
}

func (p *Public) listAudit(ctx context.Context, who asker, in *auditIn) (AuditShown, error) {
	f := store.AuditFilter{Who: in.Who, What: in.What, Object: in.Object, Limit: in.Limit + 1}
	if who.Reach(access.AuditRead) < access.Company {
		f.Of = who.Employee
	}
	var err error
	if f.From, f.To, err = p.api.times(in.SpanIn, who.company); err != nil {
		return AuditShown{}, err
	}
	if in.After != "" {
		if f.Before, err = strconv.ParseInt(in.After, 10, 64); err != nil || f.Before < 1 {
			return AuditShown{}, cause.Errorf(cause.Invalid, "after %q: take it from \"next\" of the page before", in.After)
		}
	}
	all, err := p.api.o.Store.For(who.Company).AuditEntries(ctx, f)
	page := AuditShown{Entries: []AuditEntry{}}
	for i, e := range all {
		if i == in.Limit {
			page.Next = strconv.FormatInt(all[i-1].ID, 10)
			break
		}
		page.Entries = append(page.Entries, AuditEntry{
			At: e.At.UTC(), Who: e.Who, Token: e.Token, Address: e.Address, What: e.What, Object: e.Object, Before: plain(e.Before), After: plain(e.After),
		})
	}
	return page, err
}

// plain is what was kept as JSON, as a value.
func plain(kept any) any {
	text, ok := kept.(json.RawMessage)
	if !ok {
		return nil
	}
	var v any
	_ = json.Unmarshal(text, &v) // PostgreSQL keeps no other
	return v
}
