package gsmgw_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/gsmgw"
	"roadline/hardware/modem"
	"roadline/media"
)

const (
	cardA = fmc.ICCID("8970101000000000018")
	cardB = fmc.ICCID("8970101000000000026")
)

// bench is a gateway whose modems are the test's, in virtual time.
type bench struct {
	t       *testing.T
	g       *gsmgw.Gateway
	company *fmc.Company
	options gsmgw.Options
	modems  []*fakeModem
	log     *journal
	written *testLog
	calls   *calls
	stop    context.CancelFunc
	done    chan error
}

// start runs a gateway with modems in a bubble of virtual time, and stops it when the test returns.
func start(t *testing.T, do func(*bench), modems ...*fakeModem) {
	t.Helper()
	startWith(t, nil, do, modems...)
}

func startWith(t *testing.T, prepare func(*bench), do func(*bench), modems ...*fakeModem) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, modems: modems, log: &journal{}, written: &testLog{t: t}, done: make(chan error, 1)}
		b.calls = &calls{b: b, offered: map[fmc.LegID]call.Leg{}}
		zero := time.Now()
		ports, err := media.NewPorts(media.Options{
			Bind: loopback, From: 40000, To: 40099, Now: func() time.Duration { return time.Since(zero) }, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		b.company = acme()
		b.options = gsmgw.Options{
			Calls: b.calls, Ports: ports, Journal: b.log, Companies: b, Find: b.find, PINs: t.TempDir() + "/pins.json", Unclaimed: t.TempDir() + "/unclaimed.json", Now: time.Now,
			Log: slog.New(slog.NewTextHandler(b.written, nil)), NewCall: func() fmc.CallID { return fmc.CallID(b.calls.name("call")) },
			NewMessage: func() fmc.MessageID { return fmc.MessageID(b.calls.name("message")) },
			Cards:      []gsmgw.Card{{ICCID: cardA, Company: "acme"}, {ICCID: cardB, Company: "acme"}},
		}
		if prepare != nil {
			prepare(b)
		}
		if b.g, err = gsmgw.New(b.options); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		b.stop = cancel
		go func() { b.done <- b.g.Run(ctx) }()
		synctest.Wait()
		do(b)
		cancel()
		if err := <-b.done; err != nil {
			t.Error(err)
		}
		if err := ports.Run(ctx); err != nil { // ctx is over: it closes what it has
			t.Error(err)
		}
	})
}

func acme() *fmc.Company {
	mandate := fmc.Mandate{Owner: "Acme", For: []fmc.SIMUse{fmc.UseCalls, fmc.UseMessages}}
	number := func(s string) callerid.Number { return callerid.Received(s, "RU") }
	return &fmc.Company{
		Profile: fmc.Profile{ID: "acme", Country: "RU", Zone: time.UTC},
		SIMs: []fmc.SIM{
			{ICCID: cardA, Number: number("+79031112233"), Mandate: mandate},
			{ICCID: cardB, Number: number("+79031112244"), Mandate: mandate},
		},
	}
}

func (b *bench) find() []gsmgw.Port {
	var all []gsmgw.Port
	for i, m := range b.modems {
		all = append(all, gsmgw.Port{Name: fmt.Sprintf("usb:1-%d", i+1), Open: m.open})
	}
	return all
}

func (b *bench) Company(id fmc.CompanyID) (*fmc.Company, bool) {
	b.calls.mu.Lock()
	defer b.calls.mu.Unlock()
	return b.company, id == b.company.Profile.ID
}

// applies makes a document the company's newest.
func (b *bench) applies(c *fmc.Company) {
	b.calls.mu.Lock()
	defer b.calls.mu.Unlock()
	b.company = c
}

func (b *bench) Called(fmc.TrunkID, string) (*fmc.Company, bool) { return nil, false }

// line is the line of a card, as Decide sees it.
func (b *bench) line(id fmc.ICCID) fmc.LineState {
	lines := b.g.Lines(b.company)
	i := slices.IndexFunc(lines, func(l fmc.LineState) bool { return l.SIM.ICCID == id })
	return lines[i]
}

// pass lets virtual time pass, and everything that is due happen.
func (b *bench) pass(d time.Duration) {
	for _, m := range b.modems {
		m.set(func() {}) // what the test has looked at may change now
	}
	<-time.After(d)
	synctest.Wait()
}

// dial has the gateway call a number by lines of cards.
func (b *bench) dial(cards ...fmc.ICCID) call.Leg {
	try := plan.Try{Number: callerid.Received("+79161234567", "RU")}
	for _, c := range cards {
		try.Lines = append(try.Lines, plan.Candidate{Line: c.Line(), Kind: fmc.SIMLine})
	}
	l := b.g.Dial(fmc.LegID{Call: fmc.CallID(b.calls.name("out")), N: 2}, try)
	synctest.Wait()
	return l
}

// want compares what the calls were told with what they should have been.
func (b *bench) want(told ...string) {
	b.t.Helper()
	synctest.Wait()
	if got := b.calls.take(); !slices.Equal(got, told) {
		b.t.Errorf("told\n  %s\nnot\n  %s", strings.Join(got, "\n  "), strings.Join(told, "\n  "))
	}
}

// calls is a Switch that only notes.
type calls struct {
	b *bench

	mu      sync.Mutex
	told    []string
	offered map[fmc.LegID]call.Leg
	last    call.Leg
	request plan.Request
	quality *fmc.LegQuality
	count   int
	refuse  error
}

func (c *calls) name(what string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	return fmt.Sprintf("%s-%d", what, c.count)
}

func (c *calls) Offer(l call.Leg, r plan.Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last, c.request = l, r
	c.told = append(c.told, fmt.Sprintf("offered %s to %s by %s", r.From, r.To, r.Line))
	return c.refuse
}

func (c *calls) Post(_ fmc.LegID, ev call.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	is, ok := ev.(call.LinkIs)
	if !ok {
		c.told = append(c.told, fmt.Sprintf("%T", ev))
		return
	}
	if is.Link == fmc.Gone {
		c.quality = is.Quality
		c.told = append(c.told, "gone: "+is.Cause.String())
		return
	}
	c.told = append(c.told, fmt.Sprintf("%s on %s", is.Link, short(is.Line)))
}

func (c *calls) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	told := c.told
	c.told = nil
	return told
}

// short names a line by its card's last digits.
func short(l fmc.LineID) string { return string(l[len(l)-2:]) }

// journal keeps facts in memory.
type journal struct {
	mu    sync.Mutex
	facts []fmc.Fact
	down  error
	order func(fmc.Fact)
}

func (j *journal) Append(facts ...fmc.Fact) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.down != nil {
		return j.down
	}
	j.facts = append(j.facts, facts...)
	for _, f := range facts {
		if j.order != nil {
			j.order(f)
		}
	}
	return nil
}

func (j *journal) Sync(context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.down
}

// fail has the disk refuse from now on; nil: it takes again.
func (j *journal) fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.down = err
}

// watch has a function told of each fact, when it is appended.
func (j *journal) watch(order func(fmc.Fact)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.order = order
}

// kinds are the facts of messages so far, by kind.
func (j *journal) kinds() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []string
	for _, f := range j.facts {
		if f.Message != "" {
			all = append(all, f.Kind())
		}
	}
	return all
}

func (j *journal) messages() []fmc.Fact {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(j.facts), func(f fmc.Fact) bool { return f.Message == "" })
}

// fakeModem does what a test says.
type fakeModem struct {
	mu     sync.Mutex
	events chan modem.Event
	end    error
	closed bool
	opens  int

	noOpen   error
	startIs  error
	sim      modem.SIM
	radio    modem.Radio
	pins     []string
	rightIs  string
	afterPIN error  // what fails behind a PIN that was right
	slow     func() // how long the network takes with a question; nil: no time
	deaf     bool   // it takes a PIN and does not say what becomes of it

	calls     []modem.Call
	dialIs    error
	dialled   []string
	answered  int
	hungUp    int
	stuck     bool // calls stay however often it is hung up
	released  cause.Cause
	resets    []modem.Step
	resetIs   error
	callsAre  error
	noSpeech  error
	noReason  error
	speech    *fakeSpeech
	pressed   string
	room      []modem.Stored
	deleted   []modem.Place
	sent      [][]byte
	sendIs    []error // of the next sends
	beforeUse func(string)
	ussd      map[string]modem.USSD
	network   *network // that forwards calls; nil: the module cannot ask it
}

func newModem(card fmc.ICCID) *fakeModem {
	return &fakeModem{
		sim:   modem.SIM{State: modem.SIMReady, ICCID: string(card), Attempts: 3},
		radio: modem.Radio{Registration: modem.Home, Voice: true, Operator: "Roadnet", SignalDBm: -70},
		ussd:  map[string]modem.USSD{},
	}
}

func (m *fakeModem) open(context.Context) (modem.Modem, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.opens++
	if m.noOpen != nil {
		return nil, m.noOpen
	}
	m.events, m.closed, m.end = make(chan modem.Event, 64), false, nil
	return m, nil
}

// set changes what the module does from now on.
func (m *fakeModem) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

// say has the module say something.
func (m *fakeModem) say(evs ...modem.Event) {
	for _, ev := range evs {
		m.mu.Lock()
		if is, ok := ev.(modem.CallIs); ok && is.State == modem.CallEnded {
			m.calls = nil
		}
		if r, ok := ev.(modem.Ringing); ok {
			m.calls = []modem.Call{{Index: 1, Incoming: true, State: modem.CallIncoming, Number: r.Number}}
		}
		m.mu.Unlock()
		m.events <- ev
	}
	synctest.Wait()
}

// lose takes the module away.
func (m *fakeModem) lose(why error) {
	m.mu.Lock()
	m.end, m.calls, m.closed = why, nil, true
	if m.speech != nil {
		m.speech.stop()
	}
	close(m.events)
	m.mu.Unlock()
	synctest.Wait()
}

func (m *fakeModem) Identity() modem.Identity {
	return modem.Identity{Family: "fake", IMEI: "350000000000006"}
}

func (m *fakeModem) Can() modem.Capabilities {
	return modem.Capabilities{Voice: modem.SerialPCM, SMS: true, Forward: m.network != nil}
}

func (m *fakeModem) Events() <-chan modem.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.events
}

func (m *fakeModem) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.end
}

func (m *fakeModem) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		close(m.events)
	}
	m.closed = true
	return nil
}

func (m *fakeModem) do(what string) func() {
	m.mu.Lock()
	if m.beforeUse != nil {
		m.beforeUse(what)
	}
	return m.mu.Unlock
}

func (m *fakeModem) Start(context.Context) error {
	defer m.do("start")()
	m.calls = nil
	return m.startIs
}

func (m *fakeModem) SIM(context.Context) (modem.SIM, error) { defer m.do("sim")(); return m.sim, nil }

func (m *fakeModem) EnterPIN(_ context.Context, pin string) error {
	defer m.do("pin")()
	m.pins = append(m.pins, pin)
	if m.deaf {
		return cause.Errorf(cause.Unavailable, "no answer")
	}
	if pin != m.rightIs {
		m.sim.Attempts--
		return cause.Errorf(cause.Denied, "+CME ERROR: 16")
	}
	m.sim.State = modem.SIMReady
	return m.afterPIN
}

func (m *fakeModem) Radio(context.Context) (modem.Radio, error) {
	defer m.do("radio")()
	return m.radio, nil
}

func (m *fakeModem) Dial(_ context.Context, number string) error {
	defer m.do("dial")()
	m.dialled = append(m.dialled, number)
	if m.dialIs == nil {
		m.calls = []modem.Call{{Index: 1, State: modem.CallDialing, Number: number}}
	}
	return m.dialIs
}

func (m *fakeModem) Answer(context.Context) error { defer m.do("answer")(); m.answered++; return nil }

func (m *fakeModem) HangUp(context.Context) error {
	defer m.do("hang up")()
	m.hungUp++
	if !m.stuck {
		m.calls = nil
	}
	return nil
}

func (m *fakeModem) Calls(context.Context) ([]modem.Call, error) {
	defer m.do("calls")()
	return slices.Clone(m.calls), m.callsAre
}

func (m *fakeModem) Released(context.Context) (cause.Cause, error) {
	defer m.do("released")()
	return m.released, m.noReason
}

func (m *fakeModem) Press(_ context.Context, keys string) error {
	defer m.do("press")()
	m.pressed += keys
	return nil
}

func (m *fakeModem) Speech(context.Context) (modem.Speech, error) {
	defer m.do("speech")()
	if m.noSpeech != nil {
		return nil, m.noSpeech
	}
	m.speech = &fakeSpeech{over: make(chan struct{})}
	return m.speech, nil
}

func (m *fakeModem) Send(_ context.Context, pdu []byte) (byte, error) {
	defer m.do("send")()
	if len(m.sendIs) > 0 {
		err := m.sendIs[0]
		m.sendIs = m.sendIs[1:]
		if err != nil {
			return 0, err
		}
	}
	m.sent = append(m.sent, pdu)
	return byte(len(m.sent)), nil
}

func (m *fakeModem) Stored(context.Context) ([]modem.Stored, error) {
	defer m.do("stored")()
	return slices.Clone(m.room), nil
}

func (m *fakeModem) Read(_ context.Context, at modem.Place) (modem.Stored, bool, error) {
	defer m.do("read")()
	for _, s := range m.room {
		if s.Place == at {
			return s, true, nil
		}
	}
	return modem.Stored{}, false, nil
}

func (m *fakeModem) Delete(_ context.Context, at modem.Place) error {
	defer m.do("delete")()
	m.deleted = append(m.deleted, at)
	m.room = slices.DeleteFunc(m.room, func(s modem.Stored) bool { return s.Place == at })
	return nil
}

func (m *fakeModem) Acknowledge(context.Context) error { defer m.do("acknowledge")(); return nil }

func (m *fakeModem) Room(context.Context) (used, total int, err error) {
	defer m.do("room")()
	return len(m.room), 20, nil
}

func (m *fakeModem) Ask(_ context.Context, text string) (modem.USSD, error) {
	if m.slow != nil {
		m.slow()
	}
	defer m.do("ussd")()
	u, ok := m.ussd[text]
	if !ok {
		return modem.USSD{}, cause.Errorf(cause.Unsupported, "no such code")
	}
	return u, nil
}

func (m *fakeModem) Cancel(context.Context) error { defer m.do("cancel")(); return nil }

func (m *fakeModem) Reset(_ context.Context, step modem.Step) error {
	defer m.do("reset")()
	m.resets = append(m.resets, step)
	return m.resetIs
}

func (m *fakeModem) Raw(context.Context, string) ([]string, error) {
	return nil, errors.New("not here")
}

// fakeSpeech is silence at a device's pace.
type fakeSpeech struct {
	once sync.Once
	over chan struct{}
}

func (s *fakeSpeech) stop() { s.once.Do(func() { close(s.over) }) }

func (s *fakeSpeech) Read(frame *[160]int16) error {
	clear(frame[:])
	select {
	case <-s.over:
		return cause.Errorf(cause.Unavailable, "the port is gone")
	case <-time.After(20 * time.Millisecond):
		return nil
	}
}

func (s *fakeSpeech) Write(*[160]int16) error   { return nil }
func (s *fakeSpeech) Lost() (frames, bytes int) { return 0, 0 }
func (s *fakeSpeech) Close() error              { s.stop(); return nil }

// testLog shows what is logged where a test fails, and keeps it.
type testLog struct {
	t *testing.T

	mu  sync.Mutex
	all []string // guarded by mu
}

func (l *testLog) Write(b []byte) (int, error) {
	line := string(bytes.TrimRight(b, "\n"))
	l.t.Log(line)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, line)
	return len(b), nil
}

// said is how often something was logged.
func (l *testLog) said(what string) (times int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.all {
		if strings.Contains(line, what) {
			times++
		}
	}
	return times
}
