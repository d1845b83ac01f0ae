package cabinet

import (
	"context"
	"net/http"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/cabinet/times"
	"roadline/store"
)

func addForwarding(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/sims/{iccid}/forwarding", id: "sims.forwarding", about: aboutLines, right: access.LinesRead, least: access.Company,
		summary: "Show where a card's network takes the calls that it cannot", more: "As the document wishes it and as it was found, with every look and what was changed, and how many calls came so: the card pays for that way.",
	}, func(ctx context.Context, who asker, in *SIMPath) (ForwardingShown, error) {
		return p.api.Forwarding(ctx, who.company, in.ICCID)
	})
	add(p, operation{
		method: http.MethodPut, path: "/sims/{iccid}/forwarding", id: "sims.forward", about: aboutLines, right: access.LinesAct, least: access.Company,
		summary: "Have a card's network take elsewhere the calls that it cannot", more: "To numbers of the company alone. It makes a version of the company's document in which nothing else is changed; the card's network is then asked and told by itself, while the line has no call.",
	}, p.forward)
	add(p, operation{
		method: http.MethodPost, path: "/sims/{iccid}/forwarding/look", id: "sims.look", about: aboutLines, right: access.LinesAct, least: access.Company,
		summary: "Ask a card's network now where it takes its calls", more: "And have it set right. It may take a minute; a card in a call is refused.",
	}, func(ctx context.Context, who asker, in *SIMPath) (LookShown, error) {
		return p.api.LookAtForwarding(ctx, who.company, in.ICCID, who.By())
	})
}

// forwardIn has a card's calls go elsewhere.
type forwardIn struct {
	SIMPath
	Body struct {
		Busy        string        `json:"busy,omitempty" maxLength:"40" doc:"A number of the company; left out: nowhere."`
		NoReply     string        `json:"no_reply,omitempty" maxLength:"40"`
		After       times.Seconds `json:"after_s,omitempty" minimum:"0" maximum:"30" doc:"How long it rings before calls go on that nobody takes, in steps of 5; left out: 25."`
		Unreachable string        `json:"unreachable,omitempty" maxLength:"40"`
		Common      bool          `json:"common,omitempty" doc:"As the document has it of all cards, in place of the rest."`
		Base        int64         `json:"base,omitempty" minimum:"0" doc:"The generation that was looked at; left out: the newest, whatever it is."`
		Reason      string        `json:"reason" minLength:"1" maxLength:"2000"`
		DryRun      bool          `json:"dry_run,omitempty" doc:"Look and change nothing."`
		Override    string        `json:"override,omitempty" maxLength:"2000" doc:"Why it is applied although the company's own tests fail; it needs the right document.override."`
	}
}

func (p *Public) forward(ctx context.Context, who asker, in *forwardIn) (document.Applied, error) {
	b := in.Body
	if b.Override != "" {
		if err := who.Need(access.DocumentOverride, access.Company); err != nil {
			return document.Applied{}, err
		}
	}
	store.Auditing(ctx).After = b
	return p.api.SetForwarding(ctx, who.company, in.ICCID, Forward{
		Busy: b.Busy, NoReply: b.NoReply, After: b.After, Unreachable: b.Unreachable, Common: b.Common,
		Base: b.Base, Author: who.By(), Reason: b.Reason, DryRun: b.DryRun, Override: b.Override,
	})
}
