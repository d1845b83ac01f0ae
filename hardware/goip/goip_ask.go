package goip

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

// dialogue is a question with a number of its own, and the answers to it.
type dialogue struct {
	l       *line
	id      string
	answers chan string // "WORD rest"
}

// begin waits for the line to be free and opens a dialogue; done must be called.
func (l *line) begin(ctx context.Context, id string) (g *dialogue, done func(), err error) {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, cause.Errorf(cause.Unavailable, "line %s is at something else: %w", l.port.ID, ctx.Err())
	}
	if id == "" {
		if id, err = l.d.nextID(); err != nil {
			<-l.turn
			return nil, nil, err
		}
	}
	g = &dialogue{l: l, id: id, answers: make(chan string, 16)}
	l.mu.Lock()
	l.asked[id] = g.answers
	l.mu.Unlock()
	return g, func() {
		l.mu.Lock()
		delete(l.asked, id)
		l.mu.Unlock()
		<-l.turn
	}, nil
}

// answered hands an answer to the dialogue that waits for it; false: none of this line does. It must come from where the
// line is: a number is easily guessed.
func (l *line) answered(id, word, rest string, from net.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait, ok := l.asked[id]
	if !ok || l.addr == nil || l.addr.String() != from.String() {
		return false
	}
	select {
	case wait <- strings.TrimSpace(word + " " + rest):
	default: // one that repeats itself so often has nothing new to say
	}
	return true
}

// write sends a datagram of the dialogue; false: the line is away.
func (g *dialogue) write(text string) bool {
	g.l.mu.Lock()
	to := g.l.addr
	g.l.mu.Unlock()
	g.l.d.write(text, to)
	return to != nil
}

// tries is how often a datagram that changes nothing when it comes twice is sent.
const tries = 4

// ask sends a datagram until an answer comes that is fit; the others are passed over. The dialogue's number makes the
// datagrams one question, so that it may be repeated.
func (g *dialogue) ask(ctx context.Context, text string, fit func(answer string) bool) (string, error) {
	for range tries {
		if !g.write(text) {
			return "", cause.Errorf(cause.Unavailable, "line %s is away", g.l.port.ID)
		}
		over := time.NewTimer(g.l.d.o.Timing.Answer)
		answer, err := g.await(ctx, over.C, fit)
		over.Stop()
		if err != nil || answer != "" {
			return answer, err
		}
	}
	return "", cause.Errorf(cause.Unavailable, "line %s does not answer", g.l.port.ID)
}

// await waits for a fit answer; empty: none came in time.
func (g *dialogue) await(ctx context.Context, over <-chan time.Time, fit func(string) bool) (string, error) {
	for {
		select {
		case a := <-g.answers:
			if fit(a) {
				return a, nil
			}
		case <-over:
			return "", nil
		case <-ctx.Done():
			return "", cause.Errorf(cause.Unavailable, "line %s did not answer in time: %w", g.l.port.ID, ctx.Err())
		}
	}
}

// word is fit for answers that begin with one of the words.
func word(words ...string) func(string) bool {
	return func(answer string) bool {
		first, _, _ := strings.Cut(answer, " ")
		for _, w := range words {
			if first == w {
				return true
			}
		}
		return false
	}
}

// command gives a command whose answer is `name number ok`.
func (l *line) command(ctx context.Context, name string, args ...string) error {
	g, done, err := l.begin(ctx, "")
	if err != nil {
		return err
	}
	defer done()
	text := strings.Join(append(append([]string{name, g.id}, args...), l.port.Secret), " ")
	answer, err := g.ask(ctx, text, word(name, "ERROR"))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if why, refused := strings.CutPrefix(answer, "ERROR"); refused {
		return cause.Errorf(cause.Denied, "%s: the gateway refuses:%s", name, why)
	}
	return nil
}

// Block is documented at gateway.Control: the module of the line is switched off, or on.
func (l *line) Block(ctx context.Context, on bool) error {
	how := "1"
	if on {
		how = "2"
	}
	return l.command(ctx, "module_ctl_i", how)
}

// Restart is documented at gateway.Control.
func (l *line) Restart(ctx context.Context) error { return l.command(ctx, "svr_reboot_module") }

// Kept is documented at modem.Texter.
func (l *line) Kept(_ context.Context, token string) error {
	if l.told.Stands(token) == gateway.Unknown {
		return nil // the box told it in an earlier life of ours, and tells it no more
	}
	l.told.Note(token, gateway.Kept)
	l.mu.Lock()
	to := l.addr
	l.mu.Unlock()
	l.d.write(token[:strings.LastIndexByte(token, ' ')]+" OK", to) // without what it said
	return nil
}

// Ask is documented at gateway.Control. What a code does it would do twice: it is sent once.
func (l *line) Ask(ctx context.Context, text string) (modem.USSD, error) {
	l.mu.Lock()
	id := l.ussd
	l.mu.Unlock()
	g, done, err := l.begin(ctx, id)
	if err != nil {
		return modem.USSD{}, err
	}
	defer done()
	if !g.write("USSD " + g.id + " " + l.port.Secret + " " + text) {
		return modem.USSD{}, cause.Errorf(cause.Unavailable, "line %s is away", l.port.ID)
	}
	over := time.NewTimer(l.d.o.Timing.Send)
	defer over.Stop()
	answer, err := g.await(ctx, over.C, word("USSD", "USSDERROR", "USSDEXIT", "ERROR"))
	if err == nil && answer == "" {
		err = cause.Errorf(cause.Unavailable, "the network did not answer")
	}
	what, said, _ := strings.Cut(answer, " ")
	open := err == nil && what == "USSD" && said != failed
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ussd = ""
	switch {
	case err != nil:
		return modem.USSD{}, err
	case what == "USSDEXIT":
		return modem.USSD{Mode: 2}, nil
	case !open:
		return modem.USSD{}, cause.Errorf(cause.Unavailable, "the network was not asked: %s", said)
	}
	l.ussd = g.id // the box says when the network ends it, and never that it waits
	return modem.USSD{Text: said, Open: true, Mode: 1}, nil
}

// failed is how some firmware says in an answer that there is none.
const failed = "USSD send failed!"

// Cancel is documented at gateway.Control.
func (l *line) Cancel(ctx context.Context) error {
	l.mu.Lock()
	id := l.ussd
	l.ussd = ""
	l.mu.Unlock()
	if id == "" {
		return nil
	}
	g, done, err := l.begin(ctx, id)
	if err != nil {
		return err
	}
	defer done()
	_, err = g.ask(ctx, "USSDEXIT "+g.id+" "+l.port.Secret, word("USSDEXIT", "USSDERROR", "ERROR"))
	return err
}
