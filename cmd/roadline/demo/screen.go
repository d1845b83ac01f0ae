package demo

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/call"
)

// Screen is where the demo is seen.
type Screen struct {
	Out      io.Writer
	Terminal bool                       // lines change in their place; else each change is a line
	Size     func() (columns, rows int) // of the terminal; nil: 120 by 40
	Zone     *time.Location             // of the times shown
	Now      func() time.Time
}

// screen shows one line for each call. It is told what happens by anybody, at once, and paints by itself.
type screen struct {
	o     Screen
	words words

	mu    sync.Mutex          // guards:
	rows  map[fmc.CallID]*row // calls that are shown and have not ended
	order []fmc.CallID        // of rows
	news  []string            // to be written once
	wake  chan struct{}

	painted int // lines of the last painting that are to be painted over; owned by run
}

// row is one call that goes on.
type row struct {
	call call.Call
	what string // where it is, or was when that could be said last
	// wanted is whom a person called who dialled a number of the company first; empty: nobody yet.
	wanted string
}

func newScreen(o Screen, company *fmc.Company) *screen {
	if o.Zone == nil {
		o.Zone = time.Local
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Size == nil {
		o.Size = func() (int, int) { return 120, 40 }
	}
	return &screen{o: o, words: words{company}, rows: map[fmc.CallID]*row{}, wake: make(chan struct{}, 1)}
}

// say writes lines once.
func (s *screen) say(lines ...string) {
	s.mu.Lock()
	s.news = append(s.news, lines...)
	s.mu.Unlock()
	s.stir()
}

// tell writes something that is no call, once: of what kind, whom it is about, and what.
func (s *screen) tell(kind, about, what string) {
	s.say(strings.TrimRight(fmt.Sprintf("%s  %-3s  %-12s  %s", s.o.Now().In(s.o.Zone).Format(time.TimeOnly), kind, about, what), " "))
}

func (s *screen) stir() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// saw takes a step of a call.
func (s *screen) saw(c call.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.rows[c.ID]
	if !ok {
		r = &row{}
		s.rows[c.ID] = r
		s.order = append(s.order, c.ID)
	}
	r.call = c
	if who := s.words.wanted(c); who != "" {
		r.wanted = who
	}
	if what := s.words.doing(c); what != "" && what != r.what {
		r.what = what
		if !s.o.Terminal && c.End == nil { // its record follows soon
			s.news = append(s.news, s.line(r))
		}
	}
	s.stir()
}

// ended takes the record of a call that has ended: its last line. A record that was not found is the zero one.
func (s *screen) ended(id fmc.CallID, r fmc.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, ok := s.rows[id]
	switch {
	case ok && r.ID == "":
		row.what = "ended, and PostgreSQL has no record of it yet"
		s.news = append(s.news, s.line(row))
	case ok:
		s.news = append(s.news, s.end(r, row.call.Request.Dialled))
	default:
		s.news = append(s.news, s.end(r, ""))
	}
	delete(s.rows, id)
	for i, x := range s.order {
		if x == id {
			s.order = append(s.order[:i:i], s.order[i+1:]...)
			break
		}
	}
	s.stir()
}

// line is a call that goes on: on a terminal, where it stays, with its age; else with the moment of the change.
func (s *screen) line(r *row) string {
	c := r.call
	at, tape := c.Began.Add(c.Now), ""
	if s.o.Terminal {
		at, tape = c.Began, clock(s.o.Now().Sub(c.Began))+" "
	}
	return s.columns(at, c.Request.Direction, s.words.client(c.Request.Direction, c.Request.From.E164, cmp.Or(r.wanted, c.Request.To.E164), c.Request.Dialled), r.what, tape+onTape(c))
}

// end is a call that has ended. The record of a call within the company does not say what was dialled.
func (s *screen) end(r fmc.Record, dialled string) string {
	recorded := "not recorded"
	if k := r.Recording.Kept; k != nil {
		recorded = fmt.Sprintf("%s ● %s", clock(k.Length), k.File)
	}
	return s.columns(r.Opened.Began.Add(r.Times.Ended), r.Opened.Direction, s.words.client(r.Opened.Direction, r.Opened.From.E164, cmp.Or(r.Who.Client.E164, r.Opened.To.E164), dialled), s.words.came(r), recorded)
}

// columns puts the parts of a line under each other.
func (s *screen) columns(at time.Time, d fmc.Direction, client, what, tape string) string {
	way := map[fmc.Direction]string{fmc.Inbound: "in", fmc.Outbound: "out", fmc.Internal: "own"}[d]
	return strings.TrimRight(fmt.Sprintf("%s  %-3s  %-12s  %-60s  %s", at.In(s.o.Zone).Format(time.TimeOnly), way, client, what, tape), " ")
}

// onTape says that a call is being recorded now.
func onTape(c call.Call) string {
	for _, t := range c.Wiring.Talks {
		if t.Tape {
			return "● recorded"
		}
	}
	return ""
}

// clock is a length as minutes and seconds.
func clock(d time.Duration) string {
	d = d.Round(time.Second)
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// How often is painted: at most, and on a terminal, where calls grow older, at least.
const (
	paintAtMost  = 100 * time.Millisecond
	paintAtLeast = time.Second
)

// run paints until ctx is done, and then once more.
func (s *screen) run(ctx context.Context) error {
	second := time.NewTicker(paintAtLeast)
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.paint()
		case <-second.C:
		case <-s.wake:
		}
		if err := s.paint(); err != nil {
			return err
		}
		if !rest(ctx, paintAtMost) {
			return s.paint()
		}
	}
}

// Control sequences of ECMA-48 (VT100): up so many lines and to the first column, clear to the end of the screen.
const (
	upLines  = "\x1b[%dF"
	clearEnd = "\x1b[J"
)

// paint writes what is new, and on a terminal under it a line for each call, over those of before.
func (s *screen) paint() error {
	width, height := s.o.Size()
	s.mu.Lock()
	var b strings.Builder
	if s.painted > 0 {
		fmt.Fprintf(&b, upLines, s.painted)
	}
	if s.o.Terminal {
		b.WriteString(clearEnd)
	}
	for _, line := range s.news {
		b.WriteString(line + "\n")
	}
	s.news = nil
	s.painted = 0
	if s.o.Terminal {
		for _, id := range s.order {
			if s.painted == height-2 { // what scrolled away cannot be painted over
				break
			}
			b.WriteString(cut(s.line(s.rows[id]), width-1) + "\n")
			s.painted++
		}
	}
	s.mu.Unlock()
	if b.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(s.o.Out, b.String())
	return err
}

// cut keeps a line within the width of a terminal: one that wraps cannot be painted over.
func cut(line string, width int) string {
	if r := []rune(line); len(r) > width && width > 0 {
		return string(r[:width])
	}
	return line
}
