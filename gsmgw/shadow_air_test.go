package gsmgw_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw"
	"roadline/gsmgw/shadow"
	"roadline/hardware/modem"
)

// air joins the lines of two cards as a network does, in virtual time, with what a test has it do wrong.
type air struct {
	a, b   *airLine
	faults airFaults
	joined atomic.Bool // the two lines are in a call with each other
}

// airFaults are what the network does wrong.
type airFaults struct {
	shows    string        // the number that arrives in place of the caller's
	silent   bool          // the called card never rings, though the caller hears it ring
	lost     bool          // nor is the caller told anything
	mute     bool          // nothing of the caller is heard
	lostText bool          // texts never come
	late     time.Duration // a text takes so long
	holes    int           // every so many frames one is lost
}

// airLine is a gateway's line whose far side is another.
type airLine struct {
	fakeBox
	air    *air
	number string
	other  func() *airLine

	heard  chan [160]int16
	silent bool // its modem carries no speech
	token  int
}

func newAir() *air {
	x := &air{}
	x.a = &airLine{fakeBox: fakeBox{fakeModem: newModem(cardA)}, air: x, number: "+79031112233", other: func() *airLine { return x.b }}
	x.b = &airLine{fakeBox: fakeBox{fakeModem: newModem(cardB)}, air: x, number: "+79031112244", other: func() *airLine { return x.a }}
	x.a.heard, x.b.heard = make(chan [160]int16, 8), make(chan [160]int16, 8)
	return x
}

func (l *airLine) tell(ev modem.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.events <- ev
	}
}

// Dial rings the other line two seconds later, if that is whom it dials; somebody else answers nothing.
func (l *airLine) Dial(ctx context.Context, number string) error {
	if err := l.fakeModem.Dial(ctx, number); err != nil || number != l.other().number {
		return err
	}
	go func() {
		<-time.After(2 * time.Second)
		if l.air.faults.lost || !l.calling() {
			return
		}
		far, shown := l.other(), l.number
		if l.air.faults.shows != "" {
			shown = l.air.faults.shows
		}
		if !l.air.faults.silent {
			l.air.joined.Store(true)
			far.set(func() { far.calls = []modem.Call{{Index: 1, Incoming: true, State: modem.CallIncoming, Number: shown}} })
			far.tell(modem.Ringing{Number: shown})
		}
		l.tell(is(modem.CallAlerting))
	}()
	return nil
}

func (l *airLine) calling() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.calls) > 0
}

func (l *airLine) Answer(ctx context.Context) error {
	err := l.fakeModem.Answer(ctx)
	l.tell(is(modem.CallActive))
	l.other().tell(is(modem.CallActive))
	return err
}

// HangUp ends the call, also where the other line rings or talks in it.
func (l *airLine) HangUp(ctx context.Context) error {
	far := l.other()
	err := l.fakeModem.HangUp(ctx)
	if l.air.joined.CompareAndSwap(true, false) && far.calling() {
		far.set(func() { far.calls = nil })
		far.tell(ends(cause.Of(cause.Hangup)))
	}
	return err
}

// SendText brings a text to the other line, and its report.
func (l *airLine) SendText(ctx context.Context, to, text string) (byte, error) {
	if _, err := l.fakeBox.SendText(ctx, to, text); err != nil {
		return 0, err
	}
	go func() {
		<-time.After(max(2*time.Second, l.air.faults.late))
		far := l.other()
		if l.air.faults.lostText || to != far.number {
			return
		}
		l.set(func() { l.token++ })
		far.tell(modem.TextCame{From: l.number, Text: text, Token: fmt.Sprint("t", l.token), Of: modem.Of{Card: far.sim.ICCID}})
		l.tell(modem.TextReported{To: to, Reference: 7, Token: fmt.Sprint("r", l.token), Of: modem.Of{Card: l.sim.ICCID}})
	}()
	return 7, nil
}

// Can says what the line is able to do. The gateway asks at each change.
func (l *airLine) Can() modem.Capabilities {
	can := l.fakeModem.Can()
	if l.mu.Lock(); l.silent {
		can.Voice = modem.NoVoice
	}
	l.mu.Unlock()
	return can
}

// Speech is the sound of the call between the two lines.
func (l *airLine) Speech(context.Context) (modem.Speech, error) {
	return &airSpeech{fakeSpeech: &fakeSpeech{over: make(chan struct{})}, line: l}, nil
}

type airSpeech struct {
	*fakeSpeech
	line *airLine
	n    int
}

func (s *airSpeech) Read(frame *[160]int16) error {
	if err := s.fakeSpeech.Read(frame); err != nil {
		return err
	}
	select {
	case *frame = <-s.line.heard:
	default:
	}
	return nil
}

func (s *airSpeech) Write(frame *[160]int16) error {
	s.n++
	f := s.line.air.faults
	if f.mute && s.line == s.line.air.a || f.holes > 0 && s.n%f.holes == 0 {
		frame = &[160]int16{}
	}
	select {
	case s.line.other().heard <- *frame:
	default:
	}
	return nil
}

// nightly runs a company of two cards whose lines an air joins, with what tries them.
type nightly struct {
	*bench
	air     *air
	shadows *shadow.Trials
	stop    func()   // trying them
	told    []string // of which messages somebody was told
}

// nights runs a test at the beginning of a night's window: virtual time begins at midnight UTC.
func nights(t *testing.T, prepare func(*nightly), do func(*nightly)) {
	t.Helper()
	x := &nightly{air: newAir()}
	open := func(l *airLine) func(context.Context) (modem.Modem, error) {
		return func(ctx context.Context) (modem.Modem, error) {
			if _, err := l.open(ctx); err != nil {
				return nil, err
			}
			return l, nil
		}
	}
	startWith(t, func(b *bench) {
		listens(&x.told)(b)
		b.options.Find = func() []gsmgw.Port {
			return []gsmgw.Port{{Name: "gw:office:1", Open: open(x.air.a)}, {Name: "gw:office:2", Open: open(x.air.b)}}
		}
		b.company.Rules.Shadow = fmc.ShadowRules{From: 0, Until: 5 * time.Hour}
	}, func(b *bench) {
		x.bench = b
		b.pass(time.Second)
		if prepare != nil {
			prepare(x)
		}
		x.stop = x.try()
		do(x)
		x.stop()
	}, x.air.a.fakeModem, x.air.b.fakeModem)
}

// try runs what tries the cards, until the returned function is called; once more does nothing.
func (x *nightly) try() (stop func()) {
	ctx, cancel := context.WithCancel(x.t.Context())
	done, n := make(chan error, 1), 0
	x.shadows = x.g.Shadows(shadow.Options{
		Companies: func() []*fmc.Company { return []*fmc.Company{x.now()} },
		Before: func(context.Context, fmc.CompanyID, time.Time) ([]fmc.ShadowRecord, error) {
			return x.records(), nil
		},
		New: func() fmc.ShadowID { n++; return fmc.ShadowID(fmt.Sprintf("try-%d-%d", time.Now().Unix(), n)) },
	})
	go func() { done <- x.shadows.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			x.t.Error(err)
		}
	})
}

func (x *nightly) now() *fmc.Company {
	c, _ := x.Company("acme")
	return c
}

// records are the attempts that the journal tells of, in the order of their beginning.
func (x *nightly) records() (all []fmc.ShadowRecord) {
	x.log.mu.Lock()
	defer x.log.mu.Unlock()
	for _, f := range x.log.facts {
		switch body := f.Body.(type) {
		case fmc.ShadowBegan:
			all = append(all, fmc.ShadowRecord{ShadowBegan: body})
		case fmc.ShadowEnded:
			for i := range all {
				if all[i].Shadow == body.Shadow && all[i].Ended == nil {
					all[i].Ended = &body
				}
			}
		}
	}
	return all
}

// of is the attempt in which a card called.
func (x *nightly) of(card fmc.ICCID) fmc.ShadowRecord {
	x.t.Helper()
	for _, r := range x.records() {
		if r.From == card {
			return r
		}
	}
	x.t.Fatalf("%s called nobody", card)
	return fmc.ShadowRecord{}
}

// tells joins the words of a verdict.
func tells(r fmc.ShadowRecord) string { return r.Outcome() + ": " + strings.Join(r.Verdict(), "; ") }
