package cabinet

import (
	"context"
	"net/http"
	"strings"
	"time"

	"roadline/cabinet/document"
	"roadline/cabinet/times"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// ForwardingShown is where the calls of a card go that it cannot take: as the document wishes, and as it was found.
type ForwardingShown struct {
	ICCID   fmc.ICCID    `json:"iccid"`
	Wished  bool         `json:"wished"` // the document says something; else nobody looks
	Own     bool         `json:"own"`    // it says it of this card; else of all
	Wish    ForwardsTo   `json:"wish"`
	Looks   []LookShown  `json:"looks"` // newest first
	Brought BroughtShown `json:"brought"`
}

// ForwardsTo is where calls go for each reason; empty: nowhere, or, of what was found, it is not known.
type ForwardsTo struct {
	Always      string        `json:"always,omitempty"` // never wished
	Busy        string        `json:"busy,omitempty"`
	NoReply     string        `json:"no_reply,omitempty"`
	After       times.Seconds `json:"after_s,omitempty"` // of NoReply
	Unreachable string        `json:"unreachable,omitempty"`
	// Unknown are the reasons of which the network did not say it.
	Unknown []fmc.ForwardReason `json:"unknown,omitempty"`
}

// LookShown is one look at where the network has a card's calls go.
type LookShown struct {
	At         time.Time           `json:"at"`
	Asked      fmc.ForwardingAsked `json:"asked"`
	By         string              `json:"by,omitempty"`
	Generation int64               `json:"generation"` // of the document that had the wish
	Found      ForwardsTo          `json:"found"`
	Left       ForwardsTo          `json:"left"`
	State      fmc.ForwardingState `json:"state"`
	Why        string              `json:"why,omitempty"`
	Strange    []string            `json:"strange,omitempty"` // numbers found that are not the company's
}

// BroughtShown is the calls that a card's network took to the company's other numbers: the card paid for that way.
type BroughtShown struct {
	Days  int           `json:"days"` // of the latest so many
	Calls int           `json:"calls"`
	Talk  times.Seconds `json:"talk_s"`
}

// Forward has the calls of a card go elsewhere that it cannot take: a new version of the company's document, in which what
// says so is changed and nothing else.
type Forward struct {
	Busy        string        `json:"busy,omitempty"` // a number of the company; empty: nowhere
	NoReply     string        `json:"no_reply,omitempty"`
	After       times.Seconds `json:"after_s,omitempty"` // of NoReply: 5 to 30, in steps of 5; 0: 25
	Unreachable string        `json:"unreachable,omitempty"`
	Common      bool          `json:"common,omitempty"` // as the document has it of all cards
	Base        int64         `json:"base,omitempty"`   // the generation that was looked at; 0: the newest, whatever it is
	Author      string        `json:"author"`
	Reason      string        `json:"reason"`
	DryRun      bool          `json:"dry_run,omitempty"`
	Override    string        `json:"override,omitempty"` // why it is applied although the company's tests fail
}

// Forwarding is where the calls of a card go that it cannot take. A card that the company never had is not found.
func (a *API) Forwarding(ctx context.Context, c *fmc.Company, id fmc.ICCID) (ForwardingShown, error) {
	shown := ForwardingShown{ICCID: id, Looks: []LookShown{}, Brought: BroughtShown{Days: int(usedFor / (24 * time.Hour))}}
	tenant := a.o.Store.For(c.Profile.ID)
	s, known := c.SIM(id)
	if !known {
		if _, _, err := tenant.SIM(ctx, id); err != nil {
			return shown, err
		}
	} else {
		var wish fmc.Forwarding
		wish, shown.Wished = c.Wishes(s)
		shown.Wish, shown.Own = showWish(wish), s.Forward != nil
		brought, err := tenant.Diverted(ctx, s.Number.E164, a.o.Now().Add(-usedFor))
		if err != nil {
			return shown, err
		}
		shown.Brought.Calls, shown.Brought.Talk = brought.Calls, times.In(brought.Talk)
	}
	looks, err := tenant.Forwardings(ctx, id)
	for _, l := range looks {
		shown.Looks = append(shown.Looks, showLook(l))
	}
	return shown, err
}

func showLook(l fmc.ForwardingSeen) LookShown {
	return LookShown{
		At: l.At.UTC(), Asked: l.Asked, By: l.By, Generation: l.Generation, Found: showFound(l.Found), Left: showFound(l.Left), State: l.State, Why: l.Why, Strange: l.Strange,
	}
}

func showWish(f fmc.Forwarding) ForwardsTo {
	return ForwardsTo{
		Always: f[fmc.ForwardAlways].To, Busy: f[fmc.ForwardBusy].To, NoReply: f[fmc.ForwardNoReply].To, After: times.In(f[fmc.ForwardNoReply].After),
		Unreachable: f[fmc.ForwardUnreachable].To,
	}
}

func showFound(f fmc.Forwarding) ForwardsTo {
	shown := showWish(f)
	for _, why := range fmc.ForwardReasons {
		if _, known := f[why]; !known {
			shown.Unknown = append(shown.Unknown, why)
		}
	}
	return shown
}

// SetForwarding has the calls of a card go elsewhere that it cannot take.
func (a *API) SetForwarding(ctx context.Context, c *fmc.Company, id fmc.ICCID, f Forward) (document.Applied, error) {
	if _, ok := c.SIM(id); !ok {
		return document.Applied{}, cause.Errorf(cause.NotFound, "SIM %s is not among the company's: look at the list", id)
	}
	newest, err := a.o.Store.For(c.Profile.ID).Version(ctx, 0)
	if err != nil {
		return document.Applied{}, err
	}
	if f.Base == 0 {
		f.Base = newest.Generation
	}
	if err := newest.Follows(f.Base); err != nil {
		return document.Applied{}, err
	}
	text, err := configs.EditCompany(newest.Document, configs.Forward(id, f.wish(c)))
	if err != nil {
		return document.Applied{}, err
	}
	change := document.Apply{Document: text, Base: f.Base, Author: f.Author, Reason: f.Reason, DryRun: f.DryRun, Override: f.Override}
	if err := change.Check(); err != nil {
		return document.Applied{}, err
	}
	return a.Documents.Apply(ctx, c.Profile.ID, change)
}

// wish is what is to stand in the document of a card; nil: nothing.
func (f Forward) wish(c *fmc.Company) fmc.Forwarding {
	if f.Common {
		return nil
	}
	wish := fmc.Forwarding{}
	for why, to := range map[fmc.ForwardReason]string{fmc.ForwardBusy: f.Busy, fmc.ForwardNoReply: f.NoReply, fmc.ForwardUnreachable: f.Unreachable} {
		if to = strings.TrimSpace(to); to != "" {
			wish[why] = fmc.Forward{To: fmc.Peer(to, c.Profile.Country)}
		}
	}
	if to, ok := wish[fmc.ForwardNoReply]; ok {
		if to.After = time.Duration(float64(f.After) * float64(time.Second)); to.After == 0 {
			to.After = fmc.ForwardUsually
		}
		wish[fmc.ForwardNoReply] = to
	}
	return wish
}

// mostLook is how long the outcome of a look is waited for: as long as a slow network takes for all that is asked and set.
const mostLook = 10 * time.Minute

// LookAtForwarding asks the network now where a card's calls go, and has it set right. Who stops waiting does not stop it, nor
// the audit.
func (a *API) LookAtForwarding(ctx context.Context, c *fmc.Company, id fmc.ICCID, by string) (LookShown, error) {
	if _, ok := c.SIM(id); !ok {
		return LookShown{}, cause.Errorf(cause.NotFound, "SIM %s is not among the company's: look at the list", id)
	}
	if a.o.Node.LookForwarding == nil {
		return LookShown{}, errNoSIMs
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), mostLook)
	defer stop()
	seen, err := a.o.Node.LookForwarding(ctx, c.Profile.ID, id, by)
	if err != nil {
		return LookShown{}, err
	}
	return showLook(seen), nil
}

// forwarding returns where the calls of a card go that it cannot take.
func (a *API) forwarding(r *http.Request) (any, error) {
	c, id, err := a.cardIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.Forwarding(r.Context(), c, id)
}

// setForwarding has the calls of a card go elsewhere that it cannot take.
func (a *API) setForwarding(r *http.Request) (any, error) {
	c, id, err := a.cardIn(r)
	if err != nil {
		return nil, err
	}
	var f Forward
	if err := read(r, &f); err != nil {
		return nil, err
	}
	return a.SetForwarding(r.Context(), c, id, f)
}

// Look is who wants to see where a card's calls go.
type Look struct {
	By string `json:"by"`
}

// lookAtForwarding asks the network now.
func (a *API) lookAtForwarding(r *http.Request) (any, error) {
	c, id, err := a.cardIn(r)
	if err != nil {
		return nil, err
	}
	var l Look
	if err := read(r, &l); err != nil {
		return nil, err
	}
	if err := oneLine("by", "who", l.By, mostReason); err != nil {
		return nil, err
	}
	return a.LookAtForwarding(r.Context(), c, id, l.By)
}
