package cabinet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/hook"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// EventsPage is a page of the company's events, the oldest first.
type EventsPage struct {
	Events []hook.Message `json:"events"`
	Next   int64          `json:"next"`           // "after" of the next page
	Last   int64          `json:"last"`           // number of the latest event there is: from Next on there is more to come
	Gone   *EventsGone    `json:"gone,omitempty"` // events that were asked for and are not kept any more
}

// EventsGone are events that are older than events are kept.
type EventsGone struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// eventRights are the rights by which events are told.
var eventRights = map[fmc.EventType]access.Right{
	fmc.EventCallStarted: access.CallsRead, fmc.EventCallRinging: access.CallsRead, fmc.EventCallAnswered: access.CallsRead, fmc.EventCallEnded: access.CallsRead,
	fmc.EventCallMissed: access.MissedWork, fmc.EventCallReturned: access.MissedWork, fmc.EventRecordingReady: access.CallsRead,
	fmc.EventVoicemailLeft: access.VoicemailListen, fmc.EventComment: access.RecordingsListen,
	fmc.EventSMSReceived: access.MessagesRead, fmc.EventSMSSent: access.MessagesRead, fmc.EventSMSFailed: access.MessagesRead,
	fmc.EventSMSDelivered: access.MessagesRead, fmc.EventLimitReached: access.LinesRead, fmc.EventUSSDAnswered: access.USSDAsk,
	fmc.EventLineState: access.LinesRead, fmc.EventTrunkState: access.LinesRead, fmc.EventBalanceLow: access.BalancesRead,
	fmc.EventAlertRaised: access.AlertsRead, fmc.EventAlertCleared: access.AlertsRead, fmc.EventPublished: access.DocumentRead,
	fmc.EventWebhookTest: access.WebhooksChange, fmc.EventWebhookOff: access.WebhooksChange,
}

// Sees reports whether a viewer is told of an event. What is of nobody and of no group is told to whom the right reaches
// the whole company.
func Sees(v access.Viewer, e store.Event) bool {
	right, known := eventRights[e.Type]
	switch {
	case !known || !v.May(right):
		return false
	case e.Private:
		return v.Employee != "" && len(e.People) > 0 && e.People[0] == v.Employee
	case len(e.People) == 0:
		return v.Sees(right, "", e.Group)
	}
	return slices.ContainsFunc(e.People, func(id fmc.EmployeeID) bool { return v.Sees(right, id, e.Group) })
}

// eventsWanted is what somebody wants to be told.
type eventsWanted struct {
	viewer   access.Viewer
	patterns []string // of types; empty: all
	codes    bool     // one-time codes are shown
}

// patternsIn reads types: patterns between commas.
func patternsIn(text string) ([]string, error) {
	var all []string
	for _, p := range strings.Split(text, ",") {
		p = strings.TrimSpace(p)
		switch {
		case p == "":
		case !fmc.FitsEvents(p):
			return nil, noneOf("types", fmc.EventType(p), append(slices.Clone(fmc.EventTypes), "call.*"))
		default:
			all = append(all, p)
		}
	}
	return all, nil
}

func (w eventsWanted) has(e store.Event) bool {
	return Sees(w.viewer, e) && (len(w.patterns) == 0 || slices.ContainsFunc(w.patterns, e.Type.Fits))
}

// shown is an event as whoever wants it is told it.
func (w eventsWanted) shown(e store.Event) (hook.Message, error) {
	var err error
	if !w.codes {
		e, err = maskEvent(e)
	}
	return shownEvent(e), err
}

func shownEvent(e store.Event) hook.Message {
	return hook.Message{N: e.N, Type: e.Type, Timestamp: e.At.UTC(), Data: e.Data}
}

// EventsAsked is which events somebody wants.
type EventsAsked struct {
	Types string // patterns between commas; empty: all
	After string // a number; empty: the first that is kept, of a stream what happens from now on
	Limit int
	Codes bool // one-time codes in messages that came are shown, and that they are stands in the audit
}

// wanted reads what a viewer asks for. after is -1 where nothing is said of it.
func (a *API) wanted(ctx context.Context, v access.Viewer, x EventsAsked) (w eventsWanted, after int64, err error) {
	w, after = eventsWanted{viewer: v, codes: x.Codes}, -1
	if w.patterns, err = patternsIn(x.Types); err != nil {
		return w, after, err
	}
	if x.After != "" {
		if after, err = strconv.ParseInt(x.After, 10, 64); err != nil || after < 0 {
			return w, after, cause.Errorf(cause.Invalid, "after %q: write the number of an event", x.After)
		}
	}
	if x.Codes {
		err = a.seesCodes(ctx, v, "events")
	}
	return w, after, err
}

// Events returns a page of the events that a viewer is told of.
func (a *API) Events(ctx context.Context, v access.Viewer, x EventsAsked) (EventsPage, error) {
	w, after, err := a.wanted(ctx, v, x)
	if err != nil {
		return EventsPage{}, err
	}
	return a.o.News.page(ctx, w, max(after, 0), x.Limit)
}

// StreamEvents answers with the events that a viewer is told of, as they happen. An error is given before anything is
// written.
func (a *API) StreamEvents(w http.ResponseWriter, r *http.Request, v access.Viewer, x EventsAsked) error {
	want, after, err := a.wanted(r.Context(), v, x)
	if err == nil && after < 0 {
		after, err = a.o.News.Last(r.Context(), v.Company)
	}
	if err != nil {
		return err
	}
	return a.o.News.stream(w, r, want, after)
}

// readMost is how many events are looked through for one page.
const readMost = 5000

// page returns what is wanted after a number.
func (n *News) page(ctx context.Context, w eventsWanted, after int64, limit int) (EventsPage, error) {
	page := EventsPage{Events: []hook.Message{}, Next: after}
	for looked := 0; looked < readMost && len(page.Events) < limit; {
		p, err := n.Events(ctx, w.viewer.Company, page.Next, 500)
		if err != nil {
			return page, err
		}
		if after > p.Span.Last {
			return page, cause.Errorf(cause.Invalid, "after %d: the latest event is %d", after, p.Span.Last)
		}
		page.Last = p.Span.Last
		if page.Next < p.Span.First-1 {
			if page.Next > 0 { // 0 asks for whatever is there
				page.Gone = &EventsGone{page.Next + 1, p.Span.First - 1}
			}
			page.Next = p.Span.First - 1
		}
		for _, e := range p.Events {
			if len(page.Events) == limit {
				break
			}
			looked, page.Next = looked+1, e.N
			if !w.has(e) {
				continue
			}
			m, err := w.shown(e)
			if err != nil {
				return page, err
			}
			page.Events = append(page.Events, m)
		}
		if len(p.Events) == 0 {
			break
		}
	}
	page.Last = max(page.Last, page.Next)
	return page, nil
}

const (
	aliveEvery  = 15 * time.Second // a sign of life, where nothing happens
	writeMost   = 10 * time.Second // what a reader may take for one batch, where News says nothing else
	streamMost  = 15 * time.Minute // then rights are looked at anew: the reader comes again
	streamBatch = 200
)

// stream answers with server-sent events: what is wanted after a number, and then what happens. Each has its number as
// its id, so that a reader that was cut off goes on where it was by Last-Event-ID. One that reads too slowly is cut off.
func (n *News) stream(w http.ResponseWriter, r *http.Request, want eventsWanted, after int64) error {
	ctx, cancel := context.WithTimeout(r.Context(), streamMost)
	defer cancel()
	out := &ticker{w: w, control: http.NewResponseController(w), patience: n.patience}
	for {
		events, _ := n.Next(want.viewer.Company)
		page, err := n.page(ctx, want, after, streamBatch)
		if ctx.Err() != nil {
			return nil
		}
		switch {
		case err == nil:
			if err := out.tell(page); err != nil {
				n.cutOff(want.viewer, page, err)
				return nil
			}
			if after = page.Next; after < page.Last {
				continue
			}
		case !out.begun:
			return err
		case !errors.Is(err, cause.Unavailable):
			return nil // the reader comes again and is told
		} // else there will be news once PostgreSQL is back
		if !n.awaits(ctx, events, out, after) {
			return nil
		}
	}
}

// cutOff tells the log of a reader that was too slow for what happens: it is to be seen why a program hears late. The
// reader finds its stream ended, and goes on by its number. One that went by itself is nothing to tell.
func (n *News) cutOff(v access.Viewer, page EventsPage, err error) {
	if errors.Is(err, errTooSlow) {
		n.log.Info("reader of events cut off: it takes too long for them", "company", v.Company, "seq", page.Next, "count", len(page.Events), "dur", n.patience)
	}
}

// awaits waits for news, with a sign of life now and then; false: the stream is over.
func (n *News) awaits(ctx context.Context, events <-chan struct{}, out *ticker, after int64) bool {
	for {
		alive := time.NewTimer(aliveEvery)
		select {
		case <-events:
			alive.Stop()
			return true
		case <-alive.C:
			if out.alive(after) != nil {
				return false
			}
		case <-ctx.Done():
			alive.Stop()
			return false
		case <-n.over:
			alive.Stop()
			return false
		}
	}
}

// errTooSlow says that a reader took longer than it may.
var errTooSlow = errors.New("the reader takes too long")

// ticker writes server-sent events.
type ticker struct {
	w       http.ResponseWriter
	control *http.ResponseController
	begun   bool
	// patience is how long one batch may take.
	patience time.Duration
}

// begin writes the head, once.
func (t *ticker) begin() {
	if t.begun {
		return
	}
	t.begun = true
	h := t.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold everything back
	t.w.WriteHeader(http.StatusOK)
}

// tell writes a page of events.
func (t *ticker) tell(p EventsPage) error {
	var b strings.Builder
	if !t.begun {
		b.WriteString("retry: 3000\n: events of " + strconv.FormatInt(p.Next, 10) + " and later\n\n")
	}
	if p.Gone != nil {
		fmt.Fprintf(&b, "event: gone\ndata: {\"from\":%d,\"to\":%d}\n\n", p.Gone.From, p.Gone.To)
	}
	for _, e := range p.Events {
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "id: %d\nevent: %s\ndata: %s\n\n", e.N, e.Type, data)
	}
	return t.write(b.String())
}

// alive writes a sign of life, with the number up to which the reader has heard, though it was told none of them.
func (t *ticker) alive(after int64) error {
	return t.write(fmt.Sprintf(": alive\nid: %d\n\n", after))
}

func (t *ticker) write(text string) error {
	t.begin()
	if text == "" {
		return nil
	}
	late := time.NewTimer(t.patience)
	defer late.Stop()
	err := Push(t.w, t.control, text, t.patience)
	if err == nil {
		return nil
	}
	select {
	case <-late.C: // by HTTP/2 the error says only that the stream is closed
		return errTooSlow
	default:
		return err
	}
}

// Push writes a piece of a stream and sends it off. Between pieces the stream has no deadline.
func Push(w io.Writer, control *http.ResponseController, text string, within time.Duration) error {
	// The machine's clock: it is a deadline of the kernel's.
	if err := control.SetWriteDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	if err := control.Flush(); err != nil {
		return err
	}
	return control.SetWriteDeadline(time.Time{}) // HTTP/2 ends a stream at its deadline, though nothing is written then
}
