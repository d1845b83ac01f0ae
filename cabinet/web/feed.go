package web

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"time"

	"roadline/cabinet"
)

// piece is an element of a page that changes while it is looked at. Its screen draws an element of that id.
type piece struct {
	id     string
	screen string
	view   any
}

// feed is an answer that keeps a page as things are: a stream of server-sent events, each with the elements that have
// changed since. What happens while the browser is slow is skipped: it gets how things are then. A browser that hides
// the page lets go of the stream, and gets everything when it comes back.
type feed struct {
	// wake returns what will be closed when something has changed. It is asked before draw is.
	wake func() []<-chan struct{}
	// every is how often to look, whatever wakes; 0: never.
	every time.Duration
	// pace is how long to wait between two looks at least; 0: feedPace.
	pace time.Duration
	// draw returns the pieces as they are now. One that does not stand among them is left as it is.
	draw func() ([]piece, error)
}

const (
	feedPace  = 250 * time.Millisecond // between two events
	feedAlive = 15 * time.Second       // a sign of life, where nothing happens
	feedWrite = 10 * time.Second       // what a browser may take for one event
	feedMost  = 15 * time.Minute       // then the viewer's rights are looked at anew: the browser comes again
)

func (f feed) send(w http.ResponseWriter, v *visit) error {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold everything back
	s := sender{v: v, w: w, control: http.NewResponseController(w), sent: map[string][sha256.Size]byte{}}
	over := time.NewTimer(feedMost)
	defer over.Stop()
	for {
		woken := f.wake()
		pieces, err := f.draw()
		if err != nil {
			if !s.begun {
				h.Del("Content-Type")
			}
			return err
		}
		text, err := s.changed(pieces)
		if err != nil {
			return err
		}
		if s.write(text) != nil || !f.await(woken, over.C, &s) {
			return nil
		}
	}
}

// await waits until it is time to look again; false: the stream is over.
func (f feed) await(woken []<-chan struct{}, over <-chan time.Time, s *sender) bool {
	ctx := s.v.ctx()
	pace := time.NewTimer(cmp.Or(f.pace, feedPace))
	defer pace.Stop()
	select {
	case <-pace.C:
	case <-ctx.Done():
		return false
	}
	var first, second <-chan struct{}
	if len(woken) > 0 {
		first = woken[0]
	}
	if len(woken) > 1 {
		second = woken[1]
	}
	var look <-chan time.Time
	if f.every > 0 {
		tick := time.NewTimer(f.every)
		defer tick.Stop()
		look = tick.C
	}
	for {
		alive := time.NewTimer(feedAlive)
		select {
		case <-first:
		case <-second:
		case <-look:
		case <-alive.C:
			if s.write(": alive\n\n") != nil {
				return false
			}
			continue
		case <-over:
			alive.Stop()
			return false
		case <-ctx.Done():
			alive.Stop()
			return false
		case <-s.v.site.o.News.Over():
			alive.Stop()
			return false
		}
		alive.Stop()
		return true
	}
}

// sender writes to one browser.
type sender struct {
	v       *visit
	w       http.ResponseWriter
	control *http.ResponseController
	sent    map[string][sha256.Size]byte // of each element, as the browser has it
	begun   bool
}

// changed is one event with the pieces that the browser does not have so; empty: it has all.
func (s *sender) changed(pieces []piece) (string, error) {
	var b strings.Builder
	for _, p := range pieces {
		content, err := s.v.draw(p.screen, p.view)
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256([]byte(content))
		if s.sent[p.id] == sum {
			continue
		}
		s.sent[p.id] = sum
		fmt.Fprintf(&b, "<hx-partial hx-target=\"#%s\" hx-swap=\"outerMorph\">%s</hx-partial>\n", p.id, strings.TrimSpace(string(content)))
	}
	if b.Len() == 0 {
		return "", nil
	}
	return "data: " + strings.ReplaceAll(strings.TrimSpace(b.String()), "\n", "\ndata: ") + "\n\n", nil
}

func (s *sender) write(text string) error {
	if !s.begun {
		s.begun = true
		s.w.WriteHeader(http.StatusOK)
		text = "retry: 2000\n\n" + text
	}
	if text == "" {
		return nil
	}
	return cabinet.Push(s.w, s.control, text, feedWrite)
}
