package goip

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
	"roadline/hardware/pdu"
)

// mostText is how many octets of UTF-8 the box takes for one message: the vendor's paper, §2.1.
const mostText = 3000

// numberPlace is the number of the one receiver within a dialogue.
const numberPlace = "1"

// SendText is documented at gateway.Control. The dialogue is MSG, PASSWORD, SEND, DONE under one number; each step may be
// repeated, since the box knows the number and the receiver's place in it. It is not begun again under another number
// once SEND was said: then only the box knows whether the network has the message.
func (l *line) SendText(ctx context.Context, to, text string) (reference byte, err error) {
	if len(text) > mostText {
		return 0, cause.Errorf(cause.Invalid, "a text of %d octets: a GoIP takes %d", len(text), mostText)
	}
	parts, _, err := pdu.Compose(pdu.Text{To: to, Text: text})
	if err != nil {
		return 0, err
	}
	g, done, err := l.begin(ctx, "")
	if err != nil {
		return 0, err
	}
	defer done()
	if err := g.admitted(ctx, text); err != nil {
		return 0, err
	}
	reference, err = g.send(ctx, to, len(parts))
	g.write("DONE " + g.id + "\n") // one that is lost costs a session of the box for 90 s
	return reference, err
}

// admitted brings the text to the box and proves who we are.
func (g *dialogue) admitted(ctx context.Context, text string) error {
	answer, err := g.ask(ctx, fmt.Sprintf("MSG %s %d %s\n", g.id, len(text), text), word("PASSWORD", "ERROR"))
	if err != nil {
		return err
	}
	if why, refused := strings.CutPrefix(answer, "ERROR"); refused {
		return cause.Errorf(cause.NoRoom, "the gateway takes no text now:%s", why)
	}
	answer, err = g.ask(ctx, "PASSWORD "+g.id+" "+g.l.port.Secret+"\n", word("SEND", "ERROR"))
	if err != nil {
		return err
	}
	if why, refused := strings.CutPrefix(answer, "ERROR"); refused {
		return cause.Errorf(cause.Denied, "the gateway refuses the line's password:%s", why)
	}
	return nil
}

// send has the text sent, and asks until the box says what became of it.
func (g *dialogue) send(ctx context.Context, to string, parts int) (reference byte, err error) {
	limit := g.l.d.o.Timing
	over := time.NewTimer(limit.Send)
	defer over.Stop()
	again := time.NewTicker(limit.Answer)
	defer again.Stop()
	text := "SEND " + g.id + " " + numberPlace + " " + to + "\n"
	if !g.write(text) {
		return 0, cause.Errorf(cause.Unavailable, "line %s is away", g.l.port.ID)
	}
	for {
		select {
		case a := <-g.answers:
			if reference, err, ended := sent(a, parts); ended {
				return reference, err
			}
		case <-again.C:
			g.write(text)
		case <-over.C:
			return 0, gateway.Unsure("the gateway did not say within %s what became of the text", limit.Send)
		case <-ctx.Done():
			return 0, gateway.Unsure("the gateway did not say in time what became of the text: %w", ctx.Err())
		}
	}
}

// sent reads an answer to SEND of a text with so many parts; false: the box is at it still, or repeats what it said before.
// It does not say how many parts the network took before it refused one.
func sent(answer string, parts int) (reference byte, err error, ended bool) { //nolint:revive,staticcheck // the error is the answer's, not that of reading it
	f := strings.Fields(answer)
	switch {
	case len(f) >= 2 && f[0] == "OK" && f[1] == numberPlace:
		if len(f) > 2 {
			n, _ := strconv.Atoi(f[2])
			reference = byte(n) //nolint:gosec // the network's own reference has eight bits
		}
		return reference, nil, true
	case len(f) >= 2 && f[0] == "ERROR" && f[1] == numberPlace && parts > 1:
		return 0, gateway.Unsure("the network did not take all %d parts of the text: %s", parts, strings.Join(f[2:], " ")), true
	case len(f) >= 2 && f[0] == "ERROR" && f[1] == numberPlace:
		e := &modem.SendError{Err: cause.Errorf(cause.Unavailable, "the network did not take the text: %s", strings.Join(f[2:], " "))}
		if status, ok := strings.CutPrefix(strings.Join(f[2:], " "), "errorstatus:"); ok {
			e.CMS, _ = strconv.Atoi(status)
		}
		return 0, e, true
	case len(f) >= 1 && f[0] == "ERROR": // it does not know the dialogue: it started anew
		return 0, gateway.Unsure("the gateway forgot the text: %s", answer), true
	}
	return 0, nil, false
}
