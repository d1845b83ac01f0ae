package cabinet

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// MessagesShown is a page of a company's messages, newest first; of a thread the oldest first, and all of it.
type MessagesShown struct {
	Messages []MessageShown `json:"messages"`
	Next     string         `json:"next,omitempty"` // "after" of the next page; empty: this is the last
}

// MessageShown is a message in a list.
type MessageShown struct {
	ID        fmc.MessageID    `json:"id"`
	Direction string           `json:"direction"` // "in" or "out"
	SIM       fmc.ICCID        `json:"sim"`
	Number    string           `json:"number"` // of the company: the card's at that time
	Peer      string           `json:"peer"`
	At        time.Time        `json:"at"`
	State     fmc.MessageState `json:"state"`
	Text      string           `json:"text"`
	Parts     int              `json:"parts"`
	Missing   []int            `json:"missing,omitempty"` // parts that did not come
	Broken    string           `json:"broken,omitempty"`  // why a part could not be read
	Author    string           `json:"author,omitempty"`
	Until     *time.Time       `json:"until,omitempty"`
	Settled   *time.Time       `json:"settled,omitempty"`
	Cause     string           `json:"cause,omitempty"`
	Centre    fmc.CentreID     `json:"centre,omitempty"`  // message centre by which it went or came, in place of a card
	Program   fmc.ProgramID    `json:"program,omitempty"` // of the company, that sent it
	Why       string           `json:"why,omitempty"`     // it went by this way
}

func showMessage(l store.MessageLine) MessageShown {
	direction := "out"
	if l.In {
		direction = "in"
	}
	return MessageShown{
		ID: l.ID, Direction: direction, SIM: l.SIM, Number: l.Number, Peer: l.Peer, At: l.At.UTC(), State: l.State, Text: l.Text, Parts: l.Parts,
		Missing: l.Missing, Broken: l.Broken, Author: l.Author, Until: l.Until, Settled: l.Settled, Cause: l.Cause, Centre: l.Centre, Program: l.Program, Why: l.Why,
	}
}

// messages returns a page of messages, or a thread.
func (a *API) messages(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	filter, thread, err := a.messageFilter(r, c)
	if err != nil {
		return nil, err
	}
	return a.messagesPage(r.Context(), c.Profile.ID, filter, thread)
}

// messagesPage returns the page of messages that a filter chooses, or a thread.
func (a *API) messagesPage(ctx context.Context, id fmc.CompanyID, filter store.MessageFilter, thread bool) (MessagesShown, error) {
	tenant := a.o.Store.For(id)
	page := MessagesShown{Messages: []MessageShown{}}
	var (
		lines []store.MessageLine
		err   error
	)
	if thread {
		lines, err = tenant.Thread(ctx, filter.Number, filter.Peer)
	} else {
		lines, page.Next, err = pageOf(ctx, filter.Limit, func(ctx context.Context, limit int) ([]store.MessageLine, error) {
			filter.Limit = limit
			return tenant.Messages(ctx, filter)
		}, func(l store.MessageLine) string { return placeOf(l.Mark().At, string(l.Mark().ID)) })
	}
	if err != nil {
		return page, err
	}
	for _, l := range lines {
		page.Messages = append(page.Messages, showMessage(l))
	}
	return page, nil
}

// messageStates are those that may be asked for.
var messageStates = []fmc.MessageState{
	fmc.MessageReceived, fmc.MessageQueued, fmc.MessageSent, fmc.MessageDelivered, fmc.MessageUndelivered, fmc.MessageFailed, fmc.MessageExpired, fmc.MessageUncertain,
}

// messageFilter reads the parameters of a list. Days are the company's, numbers are read by its country.
func (a *API) messageFilter(r *http.Request, c *fmc.Company) (f store.MessageFilter, thread bool, err error) {
	q, err := query(r, "from", "to", "sim", "number", "peer", "state", "direction", "thread", "after", "limit")
	if err != nil {
		return f, false, err
	}
	f = store.MessageFilter{SIM: fmc.ICCID(q.Get("sim")), State: fmc.MessageState(q.Get("state")), Limit: 50}
	f.Number, f.Peer = fmc.Peer(q.Get("number"), c.Profile.Country), fmc.Peer(q.Get("peer"), c.Profile.Country)
	if f.State != "" && !slices.Contains(messageStates, f.State) {
		return f, false, noneOf("state", f.State, messageStates)
	}
	switch text := q.Get("direction"); text {
	case "":
	case "in":
		f.In = true
	case "out":
		f.Out = true
	default:
		return f, false, cause.Errorf(cause.Invalid, "direction %q: write in or out", text)
	}
	if text := q.Get("thread"); text != "" {
		if thread, err = strconv.ParseBool(text); err != nil {
			return f, false, cause.Errorf(cause.Invalid, "thread %q: write true or false", text)
		}
	}
	if thread && (f.Number == "" || f.Peer == "" || len(q) > 3) {
		return f, false, cause.Errorf(cause.Invalid, "thread: write the company's number and the peer, and nothing else")
	}
	if f.From, f.To, err = a.fromTo(q, c.Profile.Zone); err != nil {
		return f, false, err
	}
	if f.Limit, err = limitIn(q); err != nil {
		return f, false, err
	}
	at, id, err := afterIn(q)
	f.After = store.MessageMark{At: at, ID: fmc.MessageID(id)}
	return f, thread, err
}

// MessageDetail is one message with its parts.
type MessageDetail struct {
	MessageShown
	Sent []store.SentPart `json:"sent,omitempty"`
	Came []store.CamePart `json:"came,omitempty"`
}

// message returns one message.
func (a *API) message(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	id, err := idIn[fmc.MessageID](r, "message")
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.showParts(r.Context(), c.Profile.ID, id)
}

// showParts returns a message with its parts.
func (a *API) showParts(ctx context.Context, company fmc.CompanyID, id fmc.MessageID) (MessageDetail, error) {
	m, err := a.o.Store.For(company).Message(ctx, id)
	if err != nil {
		return MessageDetail{}, err
	}
	return MessageDetail{MessageShown: showMessage(m.MessageLine), Sent: m.Sent, Came: m.Came}, nil
}

// Send is a message to be sent.
type Send struct {
	From   string `json:"from,omitempty"` // a number of the company or the ICCID of a card; empty: whichever may
	To     string `json:"to"`
	Text   string `json:"text"`
	Author string `json:"author"`
}

// mostMessage is how many characters a message has at most; a message of 255 parts has more, and nobody reads it.
const mostMessage = 4000

func (s Send) check() error {
	switch n := utf8.RuneCountInString(s.Text); {
	case strings.TrimSpace(s.To) == "":
		return cause.Errorf(cause.Invalid, "to: write whom it goes to, such as \"+79161234567\"")
	case strings.TrimSpace(s.Text) == "":
		return cause.Errorf(cause.Invalid, "text: there is nothing in it")
	case n > mostMessage:
		return cause.Errorf(cause.Invalid, "text: %d characters are too many: write at most %d", n, mostMessage)
	case strings.ContainsFunc(s.Text, func(c rune) bool { return unicode.IsControl(c) && !strings.ContainsRune("\n\r\t", c) }):
		return cause.Errorf(cause.Invalid, "text: write it without control characters, but for ends of lines")
	case strings.TrimSpace(s.Author) == "" || len(s.Author) > mostAuthor || strings.ContainsFunc(s.Author, unicode.IsControl):
		return cause.Errorf(cause.Invalid, "author: write who sends it, on one line of at most %d bytes", mostAuthor)
	}
	return nil
}

// send accepts a message to be sent: when it answers, the message is on disk.
func (a *API) send(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	var s Send
	if err := read(r, &s); err != nil {
		return nil, err
	}
	return a.accept(r.Context(), c.Profile.ID, s)
}

// accept takes a message to be sent.
func (a *API) accept(ctx context.Context, id fmc.CompanyID, s Send) (fmc.Message, error) {
	if err := s.check(); err != nil {
		return fmc.Message{}, err
	}
	if a.o.Node.Send == nil {
		return fmc.Message{}, errNoSIMs
	}
	m, err := a.o.Node.Send(ctx, id, s.From, s.To, s.Text, s.Author)
	if err != nil {
		return m, err
	}
	a.o.Log.Info("message accepted", "company", id, "line", m.SIM.Line(), "count", m.Parts)
	return m, nil
}
