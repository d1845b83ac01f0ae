package web

import (
	"cmp"
	"net/url"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

var messageRoutes = []route{
	{pattern: "GET /messages", right: access.MessagesRead, do: messagesPage},
	{pattern: "GET /messages/thread", right: access.MessagesRead, do: threadPage},
	{pattern: "POST /messages/thread", right: access.MessagesSend, do: sendMessage},
	{pattern: "POST /messages/again/{message}", right: access.MessagesSend, do: sendAgain},
}

var messageScreens = shows{"messages": messagesView{}, "thread": threadView{}}

// messagesView is the conversations of the company's cards, the latest first.
type messagesView struct {
	Tabs    []fleetTab
	Threads []threadRow
	May     bool // send
	From    []choice
}

// threadRow is a conversation: a number of ours and one of theirs.
type threadRow struct {
	Path       string
	Peer, Ours string
	In         bool // the latest came
	Text       string
	State      fmc.MessageState
	Class      string
	At         moment
}

// messageClasses are how grave a message's state is.
var messageClasses = map[fmc.MessageState]string{
	fmc.MessageReceived: "idle", fmc.MessageQueued: "busy", fmc.MessageSent: "ok", fmc.MessageDelivered: "ok", fmc.MessageUndelivered: "bad",
	fmc.MessageFailed: "bad", fmc.MessageExpired: "bad", fmc.MessageUncertain: "warn",
}

// lately is how many messages the list of conversations is made of.
const lately = 500

func messagesPage(v *visit) (answer, error) {
	all, err := v.keep().Messages(v.ctx(), store.MessageFilter{Limit: lately})
	if err != nil {
		return nil, err
	}
	view := messagesView{Tabs: v.tabs("/messages"), May: v.viewer.May(access.MessagesSend), From: v.senders()}
	seen := map[string]bool{}
	for _, m := range all {
		path := threadPath(m.Number, m.Peer)
		if seen[path] {
			continue
		}
		seen[path] = true
		view.Threads = append(view.Threads, threadRow{
			Path: path, Peer: v.peer(m.Peer), Ours: v.peer(m.Number), In: m.In, Text: cabinet.Masked(m.Text), State: m.State, Class: messageClasses[m.State], At: v.at(m.At),
		})
	}
	return page{screen: "messages", title: v.say("messages.title"), view: view}, nil
}

func threadPath(number, peer string) string {
	return "/messages/thread?" + url.Values{"number": {number}, "peer": {peer}}.Encode()
}

// peer is whom a message is from or to, as people write it.
func (v *visit) peer(written string) string {
	if n := callerid.Received(written, v.company.Profile.Country); n.E164 != "" {
		return v.phone(n)
	}
	return written
}

// senders are the numbers of cards that may send.
func (v *visit) senders() (all []choice) {
	for i := range v.company.SIMs {
		s := &v.company.SIMs[i]
		if s.Mandate.Allows(fmc.UseMessages, "", v.company.Profile.Country, v.now()) == "" && s.Number.E164 != "" {
			all = append(all, choice{s.Number.E164, v.phone(s.Number)})
		}
	}
	return all
}

// threadView is one conversation.
type threadView struct {
	Number, Peer string // as the store has them
	Ours, Theirs string // as people write them
	Messages     []messageRow
	Codes        bool // one-time codes are shown
	Hidden       bool // there is one that is not
	May          bool // answer
	Text         string
	Form         form
	Refused      string
}

// messageRow is one message.
type messageRow struct {
	store.MessageLine
	When   moment
	Class  string
	Shown  string
	Author string
	Again  bool // a person may have it sent once more
}

func threadPage(v *visit) (answer, error) {
	view, err := v.thread()
	if err == nil && view.Codes {
		err = v.keep().Audit(v.ctx(), access.Entry(v.ctx(), "message.codes", view.Number+" "+view.Peer))
	}
	return page{screen: "thread", title: view.Theirs, view: view}, err
}

func (v *visit) thread() (threadView, error) {
	q := v.URL.Query()
	view := threadView{Number: q.Get("number"), Peer: q.Get("peer"), Codes: q.Get("codes") == "shown", May: v.viewer.May(access.MessagesSend)}
	view.Ours, view.Theirs = v.peer(view.Number), v.peer(view.Peer)
	all, err := v.keep().Thread(v.ctx(), view.Number, view.Peer)
	if err != nil {
		return view, err
	}
	if len(all) == 0 && !v.sends(view.Number) {
		return view, cause.Errorf(cause.NotFound, "there is no such conversation")
	}
	for _, m := range all {
		row := messageRow{MessageLine: m, When: v.at(m.At), Class: messageClasses[m.State], Shown: m.Text, Author: v.author(m.Author), Again: m.State == fmc.MessageUncertain && view.May}
		if m.In && !view.Codes {
			row.Shown = cabinet.Masked(m.Text)
			view.Hidden = view.Hidden || row.Shown != m.Text
		}
		view.Messages = append(view.Messages, row)
	}
	return view, nil
}

// sends reports whether a number is of a card that may send.
func (v *visit) sends(number string) bool {
	for _, c := range v.senders() {
		if c.Value == number {
			return true
		}
	}
	return false
}

// sendMessage sends an answer, or begins a conversation.
func sendMessage(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	number, peer, text := f.Value("number"), f.Value("peer"), f.Value("text")
	sent, err := v.site.o.API.SendMessage(v.audited("messages.send", number), v.viewer.Company, cabinet.Send{From: number, To: peer, Text: text, Author: string(v.viewer.Employee)})
	if err == nil {
		return redirect{threadPath(sent.Number.E164, fmc.Peer(sent.To.String(), v.company.Profile.Country)), notice{Text: v.say("messages.accepted", "N", sent.Parts)}}, nil
	}
	v.URL.RawQuery = url.Values{"number": {number}, "peer": {peer}}.Encode()
	view, bad := v.thread()
	if bad != nil {
		return nil, err
	}
	view.Text, view.Form, view.Refused = text, f, err.Error()
	return page{screen: "thread", title: view.Theirs, view: view, status: again}, nil
}

// sendAgain sends once more what may not have gone out: a person has looked, and wants it.
func sendAgain(v *visit) (answer, error) {
	m, err := v.keep().Message(v.ctx(), fmc.MessageID(v.PathValue("message")))
	if err != nil {
		return nil, err
	}
	if m.In || m.State != fmc.MessageUncertain {
		return nil, v.problem(cause.Conflict, "messages.not-uncertain")
	}
	_, err = v.site.o.API.SendMessage(v.audited("message.again", string(m.ID)), v.viewer.Company, cabinet.Send{From: cmp.Or(string(m.SIM), m.Number), To: m.Peer, Text: m.Text, Author: string(v.viewer.Employee)})
	return redirect{threadPath(m.Number, m.Peer), notice{Text: v.say("messages.again-accepted")}}, err
}
