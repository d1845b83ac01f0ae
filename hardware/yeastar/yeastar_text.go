package yeastar

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"roadline/fmc/cause"
	"roadline/hardware/ami"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
	"roadline/hardware/pdu"
)

// mostCommand is how long a command may be, so that the line it stands on keeps below the 1024 octets of the box.
const mostCommand = 1000

// SendText is documented at gateway.Control. The command is given once; what became of it comes as an event with the number
// that the command had. The box says of no text how far its parts came, and gives no reference.
func (l *line) SendText(ctx context.Context, to, text string) (reference byte, err error) {
	parts, _, err := pdu.Compose(pdu.Text{To: to, Text: text})
	if err != nil {
		return 0, err
	}
	id, err := l.d.o.Book.Next()
	if err != nil {
		return 0, err
	}
	command := fmt.Sprintf("gsm send sms %d %s \"%s\" %d", l.span, to, percent(text), id)
	if len(command) > mostCommand {
		return 0, cause.Errorf(cause.Invalid, "a text of %d octets when it is written for a Yeastar, which takes some %d", len(percent(text)), mostCommand)
	}
	s, err := l.way.Session(ctx)
	if err != nil {
		return 0, err
	}
	ctx, over := context.WithTimeout(ctx, l.d.o.Timing.Send)
	defer over()
	came, done := l.results.wait(strconv.FormatInt(id, 10))
	defer done()
	return 0, l.send(ctx, s, command, len(parts), came)
}

// send gives the command and waits for what becomes of it.
func (l *line) send(ctx context.Context, s *ami.Session, text string, parts int, came <-chan bool) error {
	answered := make(chan error, 1)
	var asking sync.WaitGroup
	defer asking.Wait()
	brief, over := context.WithTimeout(ctx, l.d.o.Timing.Answer)
	defer over()
	asking.Go(func() {
		_, err := s.Command(brief, action, text)
		answered <- err
	})
	var unread <-chan error = answered
	err := gateway.Unsure("the gateway did not say in time what became of the text")
	for wait := true; wait; {
		select {
		case went := <-came:
			err, wait = outcome(went, parts), false
		case said := <-unread:
			if unread = nil; ami.IsUnsent(said) {
				return said
			}
			if said != nil {
				l.log.Warn("gateway did not say whether it takes the text", "err", said)
			}
		case <-s.Done():
			err, wait = gateway.Unsure("the gateway's connection ended before it said what became of the text"), false
		case <-ctx.Done():
			wait = false
		}
	}
	return err
}

func outcome(went bool, parts int) error {
	switch {
	case went:
		return nil
	case parts > 1:
		return gateway.Unsure("the network did not take all %d parts of the text", parts)
	}
	return &modem.SendError{Err: cause.Errorf(cause.Unavailable, "the network did not take the text")}
}

// percent writes a text as the box reads it: UTF-8 with everything in percent signs that is no letter or digit, so that
// neither quotes nor line ends are in it.
func percent(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// results is who waits for what became of texts, by number.
type results struct {
	mu    sync.Mutex // guards:
	waits map[string]chan bool
}

func (r *results) wait(id string) (<-chan bool, func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := make(chan bool, 1)
	if r.waits == nil {
		r.waits = map[string]chan bool{}
	}
	r.waits[id] = wait
	return wait, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.waits, id)
	}
}

// tell hands a result to whoever waits; of a text of another line nobody does, and the first word counts.
func (r *results) tell(id string, went bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case r.waits[id] <- went:
	default:
	}
}

// happened takes what the box says by itself: to every connection, of all ports.
func (l *line) happened(m ami.Message) {
	switch m.Get("Event") {
	case "UpdateSMSSend":
		switch m.Get("Status") {
		case "1":
			l.results.tell(m.Get("ID"), true)
		case "0":
			l.results.tell(m.Get("ID"), false)
		}
	case "ReceivedSMS":
		if m.Get("GsmSpan") == strconv.Itoa(l.span) {
			l.came(m)
		}
	}
}

// came passes a text on, or one of its parts, once.
func (l *line) came(m ami.Message) {
	token := "sms " + fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join([]string{
		m.Get("GsmSpan"), m.Get("Recvtime"), m.Get("Sender"), m.Get("ID"), m.Get("Index"), m.Get("Content"),
	}, "\n"))))[:32]
	if l.told.Stands(token) != gateway.Unknown {
		return
	}
	l.told.Note(token, gateway.Passed)
	ev := modem.TextCame{Token: token, From: m.Get("Sender"), Text: words(m.Get("Content")), Sent: gateway.LocalTime(m.Get("Recvtime"))}
	part, err := strconv.Atoi(m.Get("Index"))
	parts, err2 := strconv.Atoi(m.Get("Total"))
	if err == nil && err2 == nil && parts > 1 && part >= 1 && part <= parts {
		ev.Part, ev.Parts, ev.Ref = part, parts, int(crc32.ChecksumIEEE([]byte(m.Get("ID")))&0xffff)
	}
	if !l.Tell(ev) {
		l.log.Error("a text is lost: too many wait to be kept, and the gateway tells it once")
	}
}

// Kept is documented at modem.Texter. The box forgets what it has told.
func (l *line) Kept(_ context.Context, token string) error {
	l.told.Note(token, gateway.Kept)
	return nil
}

// words reads a text as the box writes it: percent signs, a plus for a space, and often a byte order mark at its beginning.
// What is written otherwise is taken as it stands.
func words(content string) string {
	text, err := url.QueryUnescape(content)
	if err != nil {
		text = content
	}
	return strings.TrimPrefix(text, "\ufeff")
}
