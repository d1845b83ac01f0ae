package dinstar

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roadline/hardware/gateway"
)

// answering is a box that shows a second later what the network said to a question, in place of what it said before.
type answering struct {
	said map[string]string // by question
	asks func(question string)

	mu sync.Mutex
	// mu guards:
	asked int
	shows string
}

func (b *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	var question struct{ Text string }
	answer := map[string]any{"error_code": codeAccepted, "result": []any{map[string]any{"port": 0, "status": codeOK}}}
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&question); err != nil {
			return nil, err
		}
		n := b.begin()
		b.asks(question.Text)
		time.AfterFunc(time.Second, func() { b.show(n, b.said[question.Text]) })
	} else {
		b.mu.Lock()
		answer["reply"] = []any{map[string]any{"port": 0, "text": b.shows}}
		b.mu.Unlock()
	}
	text, err := json.Marshal(answer)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(text)), Request: r}, err
}

// begin forgets what the network said before.
func (b *answering) begin() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked, b.shows = b.asked+1, ""
	return b.asked
}

// show shows the answer to the latest question.
func (b *answering) show(n int, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n == b.asked {
		b.shows = text
	}
}

// What was shown already may be pushed when another question goes on.
func TestALatePushIsNotTheAnswerToTheNextQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := &answering{said: map[string]string{"*100#": "Balance 500", "*105#": "1 Balance"}}
		g, err := open(gateway.Options{
			Name: "box", Address: "http://box", User: "admin", Secret: "secret", Lines: []gateway.Port{{ID: "0"}}, Book: newBook(t),
			Now: time.Now, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		d, is := g.(*driver)
		if !is {
			t.Fatalf("a Dinstar is a %T", g)
		}
		d.client = &http.Client{Transport: box}
		pushes := func(text string) { d.take(push{USSD: records[ussdReply]{all: []ussdReply{{Port: 0, Text: text}}}}) }
		for _, row := range []struct{ question, pushed, want string }{
			{"*100#", "", "Balance 500"},
			{"*105#", "Balance 500", "1 Balance"}, // the push comes late
			{"*100#", "Balance 500", "Balance 500"},
			{"*105#", "1 Balance", "1 Balance"},
		} {
			box.asks = func(string) {
				if row.pushed != "" {
					pushes(row.pushed)
				}
			}
			if u, err := d.lines[0].Ask(t.Context(), row.question); err != nil || u.Text != row.want {
				t.Errorf("%s is answered by %+v, %v", row.question, u, err)
			}
		}
	})
}
