package cabinet

import (
	"context"
	"net/http"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

const aboutMessages = "Messages"

// messagesIn chooses messages.
type messagesIn struct {
	PageIn
	SpanIn
	CodesIn
	SIM       fmc.ICCID        `query:"sim" maxLength:"32"`
	Number    string           `query:"number" maxLength:"40" doc:"The company's."`
	Peer      string           `query:"peer" maxLength:"40" doc:"Whom with."`
	State     fmc.MessageState `query:"state" maxLength:"20" enum:"received,queued,sent,delivered,undelivered,failed,expired,uncertain"`
	Direction string           `query:"direction" enum:"in,out"`
	Thread    bool             `query:"thread" doc:"All messages between number and peer, the oldest first, and no other parameter but codes."`
}

// MessagePath names a message.
type MessagePath struct {
	Message fmc.MessageID `path:"message" maxLength:"128"`
}

// messageIn asks for a message.
type messageIn struct {
	MessagePath
	CodesIn
}

func addMessages(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/messages", id: "messages.list", about: aboutMessages, right: access.MessagesRead,
		summary: "List messages", more: "Newest first; of a thread the oldest first.",
	}, p.listMessages)
	add(p, operation{
		method: http.MethodGet, path: "/messages/{message}", id: "messages.show", about: aboutMessages, right: access.MessagesRead,
		summary: "Show a message", more: "With its parts; those of a message in which one-time codes are hidden are empty.",
	}, p.showMessage)
	add(p, operation{
		method: http.MethodPost, path: "/messages", id: "messages.send", about: aboutMessages, right: access.MessagesSend,
		summary: "Send a message", more: "When it is answered, the message is on disk, and is sent once.",
	}, p.sendMessage)
}

func (p *Public) listMessages(ctx context.Context, who asker, in *messagesIn) (MessagesShown, error) {
	country := who.company.Profile.Country
	f := store.MessageFilter{
		SIM: in.SIM, State: in.State, Number: fmc.Peer(in.Number, country), Peer: fmc.Peer(in.Peer, country), In: in.Direction == "in", Out: in.Direction == "out", Limit: in.Limit,
	}
	if in.Thread && (f.Number == "" || f.Peer == "" || in.From+in.To+in.After+in.Direction+string(in.SIM)+string(in.State) != "") {
		return MessagesShown{}, cause.Errorf(cause.Invalid, "thread: write the company's number and the peer, and nothing else")
	}
	var err error
	if f.From, f.To, err = p.api.times(in.SpanIn, who.company); err != nil {
		return MessagesShown{}, err
	}
	at, id, err := placeIn(in.After)
	if err != nil {
		return MessagesShown{}, err
	}
	f.After = store.MessageMark{At: at, ID: fmc.MessageID(id)}
	if in.Codes {
		if err := p.api.seesCodes(ctx, who.Viewer, strings.TrimSpace(f.Number+" "+f.Peer)); err != nil {
			return MessagesShown{}, err
		}
	}
	page, err := p.api.messagesPage(ctx, who.Company, f, in.Thread)
	if !in.Codes {
		for i := range page.Messages {
			page.Messages[i].mask()
		}
	}
	return page, err
}

func (p *Public) showMessage(ctx context.Context, who asker, in *messageIn) (MessageDetail, error) {
	m, err := p.api.showParts(ctx, who.Company, in.Message)
	switch {
	case err != nil:
		return MessageDetail{}, err
	case in.Codes:
		if err := p.api.seesCodes(ctx, who.Viewer, m.Number+" "+m.Peer); err != nil {
			return MessageDetail{}, err
		}
	default:
		m.mask()
	}
	return m, nil
}

// sendIn is a message to be sent.
type sendIn struct {
	Body struct {
		From string `json:"from,omitempty" maxLength:"40" doc:"A number of the company or the ICCID of a card; left out: whichever may."`
		To   string `json:"to" minLength:"1" maxLength:"40" example:"+79161234567"`
		Text string `json:"text" minLength:"1" maxLength:"4000"`
	}
}

// MessageSent is a message that was accepted.
type MessageSent struct {
	ID    fmc.MessageID `json:"id"`
	SIM   fmc.ICCID     `json:"sim"` // that sends it
	To    string        `json:"to"`
	Parts int           `json:"parts"`
	Until time.Time     `json:"until"` // it is not sent later
}

func (p *Public) sendMessage(ctx context.Context, who asker, in *sendIn) (MessageSent, error) {
	m, err := p.api.accept(ctx, who.Company, Send{From: in.Body.From, To: in.Body.To, Text: in.Body.Text, Author: who.By()})
	if err != nil {
		return MessageSent{}, err
	}
	store.Auditing(ctx).Object = string(m.ID)
	return MessageSent{ID: m.ID, SIM: m.SIM, To: m.To.String(), Parts: m.Parts, Until: m.Until.UTC()}, nil
}
