package dinstar

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

// incoming is a message that came to a port.
type incoming struct {
	ID     int64  `json:"incoming_sms_id"`
	Port   int    `json:"port"`
	Number string `json:"number"`
	Centre string `json:"smsc"`
	Time   string `json:"timestamp"`
	Text   string `json:"text"`
}

// token names a message, also where the box has begun to count anew.
func (m incoming) token() string { return fmt.Sprintf("sms %d %d %.64s", m.Port, m.ID, m.Time) }

// inbox is how far the box's messages are kept by us. The box counts them over all ports.
type inbox struct {
	book *gateway.Book

	mu sync.Mutex
	// mu guards:
	checked bool           // the box was seen to count on from where it was
	seen    int64          // up to which the box told all when it was asked: a push says nothing of what came before it
	open    map[int64]bool // passed on and not kept
	done    map[int64]bool // kept, behind one that is not: the box tells of them until that one is kept too
}

// inboxLine is the name of the inbox in the book.
const inboxLine = "inbox"

// askInbox asks for the messages after the last one that is kept. Asking for unread ones would mark them as read, and
// those of a lost answer would be lost.
func (d *driver) askInbox(ctx context.Context) error {
	from := d.inbox.from()
	var said struct {
		answer
		SMS records[incoming] `json:"sms"`
	}
	query := url.Values{"flag": {"all"}, "incoming_sms_id": {strconv.FormatInt(from, 10)}}
	if err := d.get(ctx, "/api/query_incoming_sms", query, &said); err != nil {
		return err
	}
	if err := said.judge(); err != nil {
		return err
	}
	d.odd(said.SMS.odd)
	var latest int64
	for _, m := range said.SMS.all {
		latest = max(latest, m.ID)
	}
	if from == 0 {
		if err := d.inbox.check(latest); err != nil {
			return err
		}
	}
	for _, m := range said.SMS.all {
		d.came(m)
	}
	return d.inbox.told(latest)
}

// from is after which message to ask; 0: for all, since it is not known yet whether the box counts on.
func (b *inbox) from() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.checked {
		return 0
	}
	return b.book.Read(inboxLine)
}

// check sees whether the box counts on, or began anew: then what it has counts from the beginning.
func (b *inbox) check(latest int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.checked = true
	if latest >= b.book.Read(inboxLine) {
		return nil
	}
	b.seen, b.open, b.done = 0, nil, nil
	return b.book.HasRead(inboxLine, 0)
}

// anew has the counting checked again: the box was away.
func (b *inbox) anew() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.checked = false
}

// passes notes a message that is passed on; false: it was kept before.
func (b *inbox) passes(id int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if id <= b.book.Read(inboxLine) || b.done[id] {
		return false
	}
	if b.open == nil {
		b.open, b.done = map[int64]bool{}, map[int64]bool{}
	}
	b.open[id] = true
	return true
}

// told notes that the box was asked, and that all up to this message was passed on.
func (b *inbox) told(to int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = max(b.seen, to)
	return b.forward()
}

// kept notes that a message is on disk.
func (b *inbox) kept(id int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open[id] {
		delete(b.open, id)
		b.done[id] = true
	}
	return b.forward()
}

// forward brings the book as far as everything before is kept. mu is held.
func (b *inbox) forward() error {
	to := b.seen
	for open := range b.open {
		to = min(to, open-1)
	}
	if to <= b.book.Read(inboxLine) {
		return nil
	}
	if err := b.book.HasRead(inboxLine, to); err != nil {
		return err
	}
	maps.DeleteFunc(b.done, func(id int64, _ bool) bool { return id <= to })
	return nil
}

// came passes a message on, once.
func (d *driver) came(m incoming) {
	l := d.line(m.Port)
	if l == nil || !d.inbox.passes(m.ID) {
		return
	}
	switch d.told.Stands(m.token()) {
	case gateway.Passed:
		return
	case gateway.Kept: // before the box was taken to count anew
		if err := d.inbox.kept(m.ID); err != nil {
			d.log.Warn("how far the gateway's messages are kept is not noted", "err", err)
		}
		return
	case gateway.Unknown:
	}
	d.told.Note(m.token(), gateway.Passed)
	if !l.Tell(modem.TextCame{Token: m.token(), From: m.Number, Text: m.Text, Sent: gateway.LocalTime(m.Time)}) {
		d.told.Note(m.token(), gateway.Unknown)
	}
}

// Kept is documented at modem.Texter.
func (l *line) Kept(_ context.Context, token string) error {
	l.d.told.Note(token, gateway.Kept)
	f := strings.Fields(token)
	if len(f) < 3 || f[0] != "sms" {
		return nil
	}
	id, err := strconv.ParseInt(f[2], 10, 64)
	if err != nil {
		return nil //nolint:nilerr // none of ours
	}
	return l.d.inbox.kept(id)
}

// delivery is what became of a text of ours.
type delivery struct {
	Port      int    `json:"port"`
	Number    string `json:"number"`
	Time      string `json:"time"`
	Reference int    `json:"ref_id"`
	Status    int    `json:"status_code"` // 3GPP TS 23.040 §9.2.3.15
	IMSI      string `json:"imsi"`        // of the card that sent it; the paper has none of a message that came
}

func (r delivery) token() string {
	return fmt.Sprintf("report %d %d %.64s %.64s", r.Port, r.Reference, r.Number, r.Time)
}

// askReports asks what became of texts.
func (d *driver) askReports(ctx context.Context) error {
	var said struct {
		answer
		Result records[delivery] `json:"result"`
	}
	ports := make([]int, len(d.lines))
	for i, l := range d.lines {
		ports[i] = l.number
	}
	if err := d.post(ctx, "/api/query_sms_deliver_status", map[string]any{"port": ports}, &said); err != nil {
		return err
	}
	d.odd(said.Result.odd)
	d.deliveredAll(said.Result.all)
	return nil
}

// deliveredAll takes all that the box tells of. It may be more than Told remembers, and the box tells it again and again.
func (d *driver) deliveredAll(all []delivery) {
	was := d.reported
	d.reported = make(map[string]bool, len(all))
	for _, r := range all {
		if !was[r.token()] {
			d.delivered(r)
		}
		if was[r.token()] || d.told.Stands(r.token()) != gateway.Unknown {
			d.reported[r.token()] = true
		}
	}
}

// delivered passes a report on, once.
func (d *driver) delivered(r delivery) {
	l := d.line(r.Port)
	if l == nil || d.told.Stands(r.token()) != gateway.Unknown {
		return
	}
	d.told.Note(r.token(), gateway.Passed)
	ev := modem.TextReported{ //nolint:gosec // reference and status have eight bits
		Of: modem.Of{IMSI: gateway.Digits(r.IMSI)}, Token: r.token(), To: r.Number, Reference: byte(r.Reference), Status: byte(r.Status), Done: gateway.LocalTime(r.Time),
	}
	if !l.Tell(ev) {
		d.told.Note(r.token(), gateway.Unknown)
	}
}
