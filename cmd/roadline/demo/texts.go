package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/store"
)

// letters are what clients write to the company's cards, and what they are answered.
var letters = []struct{ asks, answer string }{
	{"Hello, when will our bricks be here?", "Today at three. The driver calls you before."},
	{"Please send me the invoice again.", "It is in your mailbox. Acme Construction"},
	{"Кирпич привезли, спасибо!", "Спасибо за заказ. Акме Строй"},
	{
		"Good morning. We would like another eighty pallets of bricks and twelve of blocks, on the two yards as last time, half of it on Monday and the rest by Thursday. What would that be with delivery?",
		"Good morning. That would be two hundred and twenty thousand with delivery, half of it payable when the first truck has been. Shall we send you the contract, or will you come by and sign it in the office?",
	},
}

// plainLetters are how many of letters are short and in ASCII, the first ones.
const plainLetters = 2

// texts has clients write to the company's cards and, by the message centre, to its first number until ctx is done, one for
// every four calls.
func (d *Demo) texts(ctx context.Context) {
	chance := rand.New(rand.NewPCG(d.o.Seed, 1)) //nolint:gosec // pretend people
	for n := 0; rest(ctx, 4*d.interval(chance)); n++ {
		from, to := clientNumber(1+chance.IntN(clients)), chance.IntN(len(makes)+gatewayPorts+1)
		if to == len(makes)+gatewayPorts {
			d.centre.text(from, letters[n%plainLetters].asks)
			d.post.wrote()
		} else if d.air.Text(from, d.cards[to].Number, letters[n%len(letters)].asks) == nil {
			d.post.wrote()
		}
	}
}

// reply has the company answer a text, by the card or the message centre that it came by.
func (d *Demo) reply(ctx context.Context, m store.MessageLine) error {
	for _, l := range letters {
		if l.asks != m.Text {
			continue
		}
		path := fmt.Sprintf("companies/%s/messages", d.company.Profile.ID)
		return d.ask(ctx, http.MethodPost, path, cabinet.Send{From: m.Number, To: m.Peer, Text: l.answer, Author: "petrova"}, &fmc.Message{})
	}
	return nil
}

// textsMost is how long the end of the texts may take.
const textsMost = 8 * time.Second

// endTexts waits until every text is kept and every answer has arrived, or there was time enough for it.
func (d *Demo) endTexts(ctx context.Context, hurry <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, textsMost)
	defer cancel()
	for d.post.pending() {
		select {
		case <-hurry:
			return
		default:
		}
		if !rest(ctx, look) {
			return
		}
	}
}

// post is what became of texts: of each what PostgreSQL has of it, and how many clients wrote.
type post struct {
	screen *screen

	mu    sync.Mutex // guards:
	sent  int        // texts that clients wrote
	asked int        // answers that the company's people wrote
	kept  map[fmc.MessageID]store.MessageLine
}

func newPost(s *screen) *post { return &post{screen: s, kept: map[fmc.MessageID]store.MessageLine{}} }

// wrote notes a text of a client.
func (p *post) wrote() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent++
}

// settle looks for texts in PostgreSQL until ctx is done, shows each when it has come or has gone out, and has those that
// came answered.
func (p *post) settle(ctx context.Context, company *store.Tenant, reply func(context.Context, store.MessageLine) error) {
	began := time.Now()
	for rest(ctx, 5*look) {
		lines, err := company.Messages(ctx, store.MessageFilter{From: began, Limit: 200})
		if err != nil {
			continue // PostgreSQL is away: they are there when it is
		}
		for i := range lines {
			if m := lines[len(lines)-1-i]; p.news(m) && m.In && reply(ctx, m) == nil {
				p.mu.Lock()
				p.asked++
				p.mu.Unlock()
			}
		}
	}
}

// news takes a text as it is kept, and reports whether it is shown now.
func (p *post) news(m store.MessageLine) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	was, known := p.kept[m.ID]
	switch {
	case m.In && len(m.Missing) > 0, !m.In && !arrived(m):
		p.kept[m.ID] = m
		return false
	case known && was.State == m.State && len(was.Missing) == len(m.Missing):
		return false
	}
	p.kept[m.ID] = m
	if m.In {
		p.screen.tell("sms", m.Peer, fmt.Sprintf("to %s: %s", m.Number, inShort(m.Text)))
	} else {
		p.screen.tell("sms", m.Peer, fmt.Sprintf("%s from %s: %s", m.State, m.Number, inShort(m.Text)))
	}
	return true
}

// shortText is how much of a text is shown, in characters.
const shortText = 60

// inShort is a text in one line of the screen.
func inShort(text string) string {
	r := []rune(text)
	if len(r) <= shortText {
		return text
	}
	return string(r[:shortText-1]) + "…"
}

// arrived says that nothing more will become of a text that went out.
func arrived(m store.MessageLine) bool {
	return m.State != fmc.MessageQueued && m.State != fmc.MessageSent
}

// pending reports that a text has not come to its end.
func (p *post) pending() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	in, out := 0, 0
	for _, m := range p.kept {
		switch {
		case m.In && len(m.Missing) == 0:
			in++
		case m.In:
		case p.ours(m) && !arrived(m):
			return true
		case !p.ours(m) && arrived(m):
			out++
		}
	}
	return in < p.sent || out < p.asked
}

// ours reports that a text goes to one of the company's people, who are told of calls by it.
func (p *post) ours(m store.MessageLine) bool {
	_, ok := p.screen.words.company.Mobile(m.Peer)
	return ok && !m.In
}

// summary says what became of the texts; waiting is how many still are in the network.
func (p *post) summary(waiting int) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sent == 0 {
		return nil
	}
	in, out, delivered, ours := 0, 0, 0, 0
	for _, m := range p.kept {
		switch {
		case m.In:
			in++
		case p.ours(m):
			ours++
		case m.State == fmc.MessageDelivered:
			delivered++
			fallthrough
		default:
			out++
		}
	}
	lines := []string{fmt.Sprintf("%4d  texts written to the company, %d of them kept; %d answered, %d of the answers delivered", p.sent, in, out, delivered)}
	if ours > 0 {
		lines = append(lines, fmt.Sprintf("%4d  texts told people who calls them, or that they called through", ours))
	}
	if waiting > 0 {
		lines = append(lines, fmt.Sprintf("%10d  parts of texts wait in the network for a modem", waiting))
	}
	return lines
}
