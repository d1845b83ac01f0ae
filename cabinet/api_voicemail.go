package cabinet

import (
	"context"
	"net/http"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

const aboutVoicemail = "Voicemail"

// voicemailIn chooses messages that were left.
type voicemailIn struct {
	PageIn
	SpanIn
	Employee fmc.EmployeeID `query:"employee" maxLength:"128" doc:"For whom they were left."`
	Group    fmc.GroupID    `query:"group" maxLength:"128"`
	Client   string         `query:"client" maxLength:"40" doc:"Who left them: E.164, or its beginning."`
	New      bool           `query:"new" doc:"Only those that nobody heard yet."`
}

// messageLeftIn names a message that was left.
type messageLeftIn struct {
	CallPath
	N int `path:"n" minimum:"0" doc:"The message's place in its call, from 0."`
}

func addVoicemail(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/voicemail", id: "voicemail.list", about: aboutVoicemail, right: access.VoicemailListen,
		summary: "List the messages that were left", more: "Newest first.",
	}, p.listVoicemail)
	addWhole(p, operation{
		method: http.MethodGet, path: "/voicemail/{call}/{n}/sound", id: "voicemail.listen", about: aboutVoicemail, right: access.VoicemailListen, media: wavMedia,
		summary: "Get a message that was left", more: "A WAV file of one channel. Every listen is in the audit.",
	}, p.sendVoicemail)
	add(p, operation{
		method: http.MethodPost, path: "/voicemail/{call}/{n}/heard", id: "voicemail.heard", about: aboutVoicemail, right: access.VoicemailListen,
		summary: "Mark a message as heard",
	}, p.hearVoicemail)
}

func (p *Public) listVoicemail(ctx context.Context, who asker, in *voicemailIn) (VoicemailsShown, error) {
	f := store.VoicemailFilter{
		Employee: in.Employee, Group: in.Group, Client: in.Client, New: in.New, Limit: in.Limit, Within: within(who.Viewer, access.VoicemailListen),
	}
	var err error
	if f.From, f.To, err = p.api.times(in.SpanIn, who.company); err != nil {
		return VoicemailsShown{}, err
	}
	if f.After, err = itemIn(in.After); err != nil {
		return VoicemailsShown{}, err
	}
	return p.api.voicemailPage(ctx, who.Company, f)
}

// left returns a message that was left, where the viewer's right reaches it.
func (p *Public) left(ctx context.Context, who asker, in *messageLeftIn) (store.Voicemail, error) {
	v, err := p.api.o.Store.For(who.Company).VoicemailMessage(ctx, in.Call, in.N)
	if err == nil && !who.Sees(access.VoicemailListen, v.Employee, v.Group) {
		err = cause.Errorf(cause.NotFound, "there is no such message of call %s", in.Call)
	}
	return v, err
}

func (p *Public) sendVoicemail(ctx context.Context, who asker, in *messageLeftIn) (*soundOut, error) {
	v, err := p.left(ctx, who, in)
	if err != nil {
		return nil, err
	}
	sound, err := p.api.soundOf(ctx, who.Company, v)
	if err != nil {
		return nil, err
	}
	if _, err := p.api.o.Store.For(who.Company).AuditListen(ctx, access.Entry(ctx, "voicemail.listen", string(in.Call))); err != nil {
		return nil, err
	}
	return outOf(sound), nil
}

func (p *Public) hearVoicemail(ctx context.Context, who asker, in *messageLeftIn) (VoicemailShown, error) {
	v, err := p.left(ctx, who, in)
	if err != nil {
		return VoicemailShown{}, err
	}
	return p.api.markHeard(ctx, who.Company, v, fmc.EmployeeID(who.By()))
}
