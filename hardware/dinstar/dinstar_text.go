package dinstar

import (
	"context"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

// mostText is how many octets of a text the box takes.
const mostText = 1500

// result is what became of a text.
type result struct {
	Port      int    `json:"port"`
	UserID    int64  `json:"user_id"`
	Number    string `json:"number"`
	Status    string `json:"status"` // FAILED, SENDING, SENT_OK, DELIVERED
	Count     int    `json:"count"`
	Succeeded int    `json:"succ_count"`
	Reference int    `json:"ref_id"`
}

// results is who waits for what became of texts, by user id.
type results struct {
	mu    sync.Mutex // guards:
	waits map[int64]chan result
}

// tell hands a result to whoever waits; one that nobody waits for was told before.
func (r *results) tell(x result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if wait := r.waits[x.UserID]; wait != nil {
		select {
		case wait <- x:
		default:
		}
	}
}

func (r *results) wait(id int64) (<-chan result, func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := make(chan result, 8)
	if r.waits == nil {
		r.waits = map[int64]chan result{}
	}
	r.waits[id] = wait
	return wait, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.waits, id)
	}
}

// SendText is documented at gateway.Control. The order is given once, under a number that never was before. Where its
// answer is lost, the box is asked by that number what it knows.
func (l *line) SendText(ctx context.Context, to, text string) (reference byte, err error) {
	if len(text) > mostText {
		return 0, cause.Errorf(cause.Invalid, "a text of %d octets: a Dinstar takes %d", len(text), mostText)
	}
	id, err := l.d.o.Book.Next()
	if err != nil {
		return 0, err
	}
	came, done := l.results.wait(id)
	defer done()
	// The text stands in a parameter: in "text" itself the box would replace #param#.
	order := map[string]any{
		"text": "#param#", "port": []int{l.number}, "encoding": "unicode", "request_status_report": true,
		"param": []any{map[string]any{"number": to, "text_param": []string{text}, "user_id": id}},
	}
	if plain(text) {
		order["encoding"] = "gsm-7bit"
	}
	var said answer
	err = l.d.post(ctx, "/api/send_sms", order, &said)
	switch {
	case unsent(err):
		return 0, err
	case err != nil:
		l.log.Warn("gateway did not say whether it takes the text", "err", err)
	case said.refused():
		return 0, said.judge()
	case said.judge() != nil: // 500 is "other errors": the box may have the text all the same
		l.log.Warn("gateway did not say whether it takes the text", "err", said.judge())
	}
	return l.follow(ctx, id, came)
}

// plain reports ASCII letters that are the same in the default alphabet of GSM.
func plain(text string) bool {
	for _, r := range text {
		if r >= 0x7f || r < ' ' && r != '\n' || r == '`' || r == '\\' || r == '^' || r == '{' || r == '}' || r == '[' || r == ']' || r == '~' || r == '|' {
			return false
		}
	}
	return true
}

// follow asks what becomes of a text until the box knows.
func (l *line) follow(ctx context.Context, id int64, came <-chan result) (reference byte, err error) {
	over := time.NewTimer(l.d.o.Timing.Send)
	defer over.Stop()
	look := time.NewTicker(l.d.o.Timing.Poll)
	defer look.Stop()
	for {
		select {
		case r := <-came:
			if reference, ended, err := r.sent(); ended {
				return reference, err
			}
		case <-look.C:
			var said struct {
				answer
				Result records[result] `json:"result"`
			}
			if err := l.d.post(ctx, "/api/query_sms_result", map[string]any{"user_id": []int64{id}}, &said); err != nil {
				l.log.Debug("gateway did not say what became of a text", "err", err)
			}
			for _, r := range said.Result.all {
				if r.UserID == id {
					l.results.tell(r)
				}
			}
		case <-over.C:
			return 0, gateway.Unsure("the gateway did not say within %s what became of the text", l.d.o.Timing.Send)
		case <-ctx.Done():
			return 0, gateway.Unsure("the gateway did not say in time what became of the text: %w", ctx.Err())
		}
	}
}

// sent reads a result; false: the box is at it still.
func (r result) sent() (reference byte, ended bool, err error) {
	switch r.Status {
	case "SENT_OK", "DELIVERED":
		return byte(r.Reference), true, nil //nolint:gosec // the network's own reference has eight bits
	case "FAILED":
		if r.Succeeded > 0 {
			return 0, true, gateway.Unsure("the network took %d of %d parts", r.Succeeded, r.Count)
		}
		return 0, true, &modem.SendError{Err: cause.Errorf(cause.Unavailable, "the network did not take the text")}
	}
	return 0, false, nil
}
