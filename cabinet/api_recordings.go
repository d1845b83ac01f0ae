package cabinet

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"roadline/cabinet/access"
	"roadline/fmc/cause"
	"roadline/store"
)

const aboutRecordings = "Recordings"

// linkPrefix begins the path of a link to a recording; its secret follows.
const linkPrefix = "/r/"

// How long a link to a recording is good.
const (
	linkUsual = 7  // days
	linkMost  = 90 // days
)

func addRecordings(p *Public) {
	addWhole(p, operation{
		method: http.MethodGet, path: "/calls/{call}/recording", id: "recordings.listen", about: aboutRecordings, right: access.RecordingsListen, media: wavMedia,
		summary: "Get a recording", more: "A WAV file: channel 1 is the client, channel 2 the employee. Range requests are answered with 206. Every listen is in the audit.",
	}, p.sendRecording)
	add(p, operation{
		method: http.MethodGet, path: "/calls/{call}/recording/state", id: "recordings.show", about: aboutRecordings, right: access.RecordingsListen,
		summary: "Tell what became of a recording", more: "Whether it is kept, held, deleted or missing; of one that is held or deleted by whom, when and why.",
	}, p.showRecordingState)
	for _, o := range []struct {
		change        RecordingChange
		summary, more string
	}{
		{HoldRecording, "Hold a recording", "No rule and nobody deletes it until it is released. Held already: the reason becomes the new one."},
		{LetGoRecording, "Release a recording", "The rules of the company are for it again."},
		{DeleteRecording, "Delete a recording", "For good: nobody hears it from now on. The record of the call is kept, and says who deleted it and why."},
	} {
		add(p, operation{
			method: http.MethodPost, path: "/calls/{call}/recording/" + string(o.change), id: "recordings." + string(o.change), about: aboutRecordings, right: rightTo[o.change],
			summary: o.summary, more: o.more,
		}, func(ctx context.Context, who asker, in *settleIn) (RecordingShown, error) {
			r, err := p.api.SettleRecording(ctx, who.Viewer, in.Call, o.change, in.Body.Why)
			return showRecording(r), err
		})
	}
	add(p, operation{
		method: http.MethodGet, path: "/calls/{call}/links", id: "links.list", about: aboutRecordings, right: access.RecordingsShare,
		summary: "List the links to a recording",
	}, p.listLinks)
	addWhole(p, operation{
		method: http.MethodPost, path: "/calls/{call}/links", id: "links.make", about: aboutRecordings, right: access.RecordingsShare,
		summary: "Make a link to a recording", more: "Whoever has the link hears the recording without signing in, until it expires or is revoked. It is told this once; every play is in the audit.",
	}, p.makeLink)
	add(p, operation{
		method: http.MethodDelete, path: "/calls/{call}/links/{link}", id: "links.revoke", about: aboutRecordings, right: access.RecordingsShare,
		summary: "Revoke a link to a recording",
	}, p.revokeLink)
}

const wavMedia = "audio/wav"

// soundOut is a sound on its way out.
type soundOut struct {
	Body func(huma.Context)
}

// outOf sends a sound, in parts where parts are asked for.
func outOf(s stream) *soundOut {
	return &soundOut{func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		s.send(w, r)
	}}
}

func (p *Public) sendRecording(ctx context.Context, who asker, in *CallPath) (*soundOut, error) {
	f, err := p.api.Sound(ctx, who.Viewer, in.Call)
	if err != nil {
		return nil, err
	}
	return outOf(sound{f, string(in.Call) + ".wav"}), nil
}

// settleIn settles something of a recording.
type settleIn struct {
	CallPath
	Body struct {
		Why string `json:"why" minLength:"1" maxLength:"200" doc:"The reason, on one line. It stands in the audit and at the call."`
	}
}

func (p *Public) showRecordingState(ctx context.Context, who asker, in *CallPath) (RecordingShown, error) {
	if _, err := p.api.RecordFor(ctx, who.Viewer, access.RecordingsListen, in.Call); err != nil {
		return RecordingShown{}, err
	}
	r, err := p.api.o.Store.For(who.Company).Recording(ctx, in.Call)
	return showRecording(r), err
}

// LinkShown is a link to a recording in a list.
type LinkShown struct {
	ID      string     `json:"id"`
	Made    time.Time  `json:"made"`
	By      string     `json:"by"`
	Expires time.Time  `json:"expires"`
	Revoked *time.Time `json:"revoked,omitempty"`
	Plays   int        `json:"plays"`
}

func showLink(l store.RecordingLink) LinkShown {
	return LinkShown{ID: l.ID, Made: l.Made.UTC(), By: l.By, Expires: l.Expires.UTC(), Revoked: l.Revoked, Plays: l.Plays}
}

func (p *Public) listLinks(ctx context.Context, who asker, in *CallPath) ([]LinkShown, error) {
	if _, err := p.api.RecordFor(ctx, who.Viewer, access.RecordingsShare, in.Call); err != nil {
		return nil, err
	}
	all, err := p.api.o.Store.For(who.Company).RecordingLinks(ctx, in.Call)
	shown := []LinkShown{}
	for _, l := range all {
		shown = append(shown, showLink(l))
	}
	return shown, err
}

// linkMakeIn asks for a link.
type linkMakeIn struct {
	CallPath
	Body struct {
		Days int `json:"days,omitempty" minimum:"1" maximum:"90" doc:"How long it is good; left out: 7."`
	}
}

// LinkMade is a link that was made.
type LinkMade struct {
	LinkShown
	Link string `json:"link"` // told once
}

// secretOut is an answer that tells a secret: it is told once, and nothing on its way may keep it.
type secretOut[T any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         T
}

func secret[T any](body T) *secretOut[T] { return &secretOut[T]{"no-store", body} }

func (p *Public) makeLink(ctx context.Context, who asker, in *linkMakeIn) (*secretOut[LinkMade], error) {
	r, err := p.api.RecordFor(ctx, who.Viewer, access.RecordingsShare, in.Call)
	if err != nil {
		return nil, err
	}
	if r.Recording.Kept == nil {
		return nil, cause.Errorf(cause.NotFound, "call %s has no recording: the tape is %q", r.ID, r.Recording.State)
	}
	days := linkUsual
	if in.Body.Days > 0 {
		days = min(in.Body.Days, linkMost)
	}
	token, now := rand.Text(), p.api.o.Now().UTC()
	l := store.RecordingLink{ID: rand.Text()[:12], Call: in.Call, Made: now, By: who.By(), Expires: now.AddDate(0, 0, days)}
	store.Auditing(ctx).After = map[string]any{"link": l.ID, "expires": l.Expires}
	if err := p.api.o.Store.For(who.Company).AddRecordingLink(ctx, token, l); err != nil {
		return nil, err
	}
	return secret(LinkMade{showLink(l), p.api.o.Door.URL() + linkPrefix + token}), nil
}

// linkRevokeIn names a link of a call.
type linkRevokeIn struct {
	CallPath
	Link string `path:"link" maxLength:"128"`
}

// Done says that a thing was done that has no other answer.
type Done struct {
	Done bool `json:"done"`
}

func (p *Public) revokeLink(ctx context.Context, who asker, in *linkRevokeIn) (Done, error) {
	if _, err := p.api.RecordFor(ctx, who.Viewer, access.RecordingsShare, in.Call); err != nil {
		return Done{}, err
	}
	err := p.api.o.Store.For(who.Company).RevokeRecordingLink(ctx, in.Call, in.Link)
	return Done{err == nil}, err
}

// linkOf is the secret of the link to a recording that a request follows; empty: it follows none.
func linkOf(r *http.Request) string {
	secret, ok := strings.CutPrefix(r.URL.Path, linkPrefix)
	if !ok {
		return ""
	}
	return strings.TrimSuffix(secret, ".wav")
}

// playLink sends the recording that a link lets be heard, to whoever has it.
func (p *Public) playLink(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		noRoute(p.mux, w, r)
		return
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Robots-Tag", "noindex")
	s, err := p.soundOfLink(r, linkOf(r))
	if err != nil {
		p.api.refuse(w, r, err)
		return
	}
	s.send(w, r)
}

func (p *Public) soundOfLink(r *http.Request, secret string) (sound, error) {
	ctx := r.Context()
	gone := cause.Errorf(cause.NotFound, "this link is revoked, out of date or not whole: ask whoever sent it for another one")
	company, l, err := p.api.o.Store.Operator().RecordingLinkOf(ctx, secret)
	if cause.KindOf(err) == cause.NotFound {
		return sound{}, gone
	}
	if err != nil {
		return sound{}, err
	}
	tenant := p.api.o.Store.For(company)
	record, err := tenant.Call(ctx, l.Call)
	if err != nil {
		return sound{}, err
	}
	c, ok := p.api.o.Directory.Company(company)
	if !ok || !access.Stands(c, l.By, func(v access.Viewer) bool { return seesRecord(v, access.RecordingsShare, record) }) {
		return sound{}, gone
	}
	f, err := p.api.recordingOf(ctx, company, record)
	if err != nil {
		return sound{}, err
	}
	fresh, err := tenant.AuditListen(ctx, &store.AuditEntry{Who: "link " + l.ID, Address: access.Address(r), What: "links.play", Object: string(l.Call)})
	if err == nil && fresh {
		err = tenant.PlayRecordingLink(ctx, l.ID)
	}
	if err != nil {
		_ = f.Close()
		return sound{}, err
	}
	return sound{f, string(l.Call) + ".wav"}, nil
}
