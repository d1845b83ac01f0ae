package gsmsim

import (
	"context"
	"slices"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim/tpdu"
)

// centre is the network's service centre for texts: what it cannot deliver waits in it.
type centre struct {
	queue     []*letter // in the order of their arrival
	reference int       // of the latest text in parts
	refusals  int       // so many texts more are refused
	why       int       // with this number of +CMS ERROR
	partial   []*letter // of texts in parts to somebody outside
}

// A letter is one text, or one part of one, or one report, on its way to a card.
type letter struct {
	to      string // digits of the card's number, without +
	pdu     []byte // as it is delivered, with the service centre in front
	report  bool
	moving  bool      // it is on its way
	settled func()    // it lies on the card now
	part    tpdu.Part // of what goes to somebody outside
}

// Text is what somebody outside got.
type Text struct {
	From, To string // as they were written
	Body     string
	Parts    int // 1: it came whole
}

// TextOptions say how a text is sent to a card.
type TextOptions struct {
	Backwards bool // the last part comes first
	Twice     bool // every part comes two times, as networks do that lost an acknowledgement
	Class     *int // 0 to 3
}

// Text sends a text to a card's number; a sender that is no number is a name of at most eleven characters.
func (n *Network) Text(from, to, text string) error { return n.TextAs(from, to, text, TextOptions{}) }

// TextAs sends a text to a card's number in a way of its own.
func (n *Network) TextAs(from, to, text string, o TextOptions) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.centre.reference++
	pdus, err := tpdu.Deliveries(from, text, n.opts.Operators[0].ServiceCentre, n.centre.reference, n.opts.Now(), o.Class)
	if err != nil {
		return cause.Errorf(cause.Invalid, "a text from %s: %w", from, err)
	}
	if o.Backwards {
		slices.Reverse(pdus)
	}
	for _, pdu := range pdus {
		n.post(&letter{to: strings.TrimPrefix(to, "+"), pdu: pdu})
		if o.Twice {
			n.post(&letter{to: strings.TrimPrefix(to, "+"), pdu: pdu})
		}
	}
	return nil
}

// Deliver sends a PDU to a card's number as it stands, with the service centre in front: what no coder would make.
func (n *Network) Deliver(to string, pdu []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.post(&letter{to: strings.TrimPrefix(to, "+"), pdu: slices.Clone(pdu)})
}

// Undelivered is how many texts and reports wait in the service centre.
func (n *Network) Undelivered() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.centre.queue)
}

// Unread is how many texts lie on cards and in modules that are plugged in; reports are not counted.
//
//lint:ignore deadcode tests wait for it
func (n *Network) Unread() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := 0
	for _, d := range n.devices {
		for _, name := range []string{"SM", "ME"} {
			places, _ := d.storage(name)
			for _, s := range places {
				if s != nil {
					count++
				}
			}
		}
	}
	return count
}

// RefuseTexts lets the service centre refuse the next texts of modules with a number of +CMS ERROR.
func (n *Network) RefuseTexts(count, why int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.centre.refusals, n.centre.why = count, why
}

// Inbox is what the subscriber of that number got.
func (n *Network) Inbox(number string) []Text {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.inboxes[strings.TrimPrefix(number, "+")])
}

// AwaitTexts waits until the subscriber of that number has got so many texts.
func (n *Network) AwaitTexts(ctx context.Context, number string, count int) ([]Text, error) {
	for {
		n.mu.Lock()
		news := n.news
		n.mu.Unlock()
		got := n.Inbox(number)
		if len(got) >= count {
			return got, nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return got, cause.Errorf(cause.Unavailable, "%d of %d texts came to %s: %w", len(got), count, number, ctx.Err())
		}
	}
}

// post takes a letter in and sends it off, if its card can be reached.
func (n *Network) post(l *letter) {
	n.centre.queue = append(n.centre.queue, l)
	if r := n.reach(l.to); r != nil {
		n.deliver(r)
	}
}

// A receiver is what a card is in, as the service centre sees it. Network.mu is held.
type receiver interface {
	registered() bool
	takes() bool    // another text now
	digits() string // of the card's number, without +
	receive(*letter) bool
}

// reach is what the card of that number is in; nil: nothing.
func (n *Network) reach(number string) receiver {
	if m := n.mobiles[number]; m != nil {
		return m
	}
	if d := n.deviceOf(number); d != nil {
		return d
	}
	return nil
}

// again puts a letter that did not arrive back to the front.
func (c *centre) again(l *letter) {
	l.moving = false
	c.queue = slices.Insert(c.queue, 0, l)
}

// deliver sends all that waits for a card, one after the other.
func (n *Network) deliver(r receiver) {
	if !r.takes() {
		return
	}
	mine := r.digits()
	for _, l := range n.centre.queue {
		if l.to != mine {
			continue
		}
		if !l.moving {
			l.moving = true
			n.after(n.timing.Text, func() { n.arrive(l) })
		}
		return // the next one follows when this one has arrived
	}
}

// arrive hands a letter to its card, wherever that is now.
func (n *Network) arrive(l *letter) {
	l.moving = false
	r := n.reach(l.to)
	if r == nil || !r.registered() || !r.receive(l) {
		return // it waits
	}
	if i := slices.Index(n.centre.queue, l); i >= 0 {
		n.centre.queue = slices.Delete(n.centre.queue, i, i+1)
	}
	if l.settled != nil {
		l.settled()
	}
	n.deliver(r)
}

// submit takes a text that a card sends; why is a number of +CMS ERROR, 0 where it is taken.
func (n *Network) submit(sender *Card, p tpdu.Part) (why int) {
	if n.centre.refusals > 0 {
		n.centre.refusals--
		return n.centre.why
	}
	sender.spendText()
	sent := n.opts.Now()
	done := func(status byte) {
		if p.WantsReport {
			n.post(&letter{to: strings.TrimPrefix(sender.Number, "+"), report: true, pdu: p.Report(status, sent, n.opts.Now(), sender.smsc)})
		}
	}
	to := strings.TrimPrefix(p.To, "+")
	if n.hasCard(to) {
		pdu, err := p.Delivery(sender.Number, sent, sender.smsc)
		if err != nil {
			return cmsInvalidPDU
		}
		n.post(&letter{to: to, pdu: pdu, settled: func() { done(tpdu.Delivered) }})
		return 0
	}
	n.after(n.timing.Text, func() { n.outside(sender.Number, to, p, done) })
	return 0
}

// hasCard says that some device has, or lately had, the card of that number in.
func (n *Network) hasCard(number string) bool {
	return n.mobiles[number] != nil || slices.ContainsFunc(n.devices, func(d *Device) bool {
		return d.card != nil && strings.TrimPrefix(d.card.Number, "+") == number
	})
}

// outside brings a part to a subscriber outside.
func (n *Network) outside(from, to string, p tpdu.Part, done func(byte)) {
	if s := n.subscribers[to]; s != nil && (s.does.Does == SwitchedOff || s.does.Does == OutOfCover) {
		done(tpdu.Expired)
		return
	}
	done(tpdu.Delivered)
	c := &n.centre
	l := &letter{to: to, part: p}
	if p.Parts <= 1 {
		n.inbox(from, to, []*letter{l})
		return
	}
	c.partial = append(c.partial, l)
	same := func(other *letter) bool {
		return other.to == to && other.part.From == p.From && other.part.Ref == p.Ref && other.part.Parts == p.Parts
	}
	together := make([]*letter, p.Parts)
	for _, other := range c.partial {
		if same(other) && other.part.Seq >= 1 && other.part.Seq <= p.Parts {
			together[other.part.Seq-1] = other
		}
	}
	if !slices.Contains(together, nil) {
		c.partial = slices.DeleteFunc(c.partial, same)
		n.inbox(from, to, together)
	}
}

func (n *Network) inbox(from, to string, parts []*letter) {
	body := ""
	for _, l := range parts {
		body += l.part.Text
	}
	n.inboxes[to] = append(n.inboxes[to], Text{From: from, To: parts[0].part.To, Body: body, Parts: len(parts)})
	close(n.news)
	n.news = make(chan struct{})
}

// acknowledgeWithin is how long a module waits for +CNMA before it tells the network that it could not give a text out.
const acknowledgeWithin = 15 * time.Second
