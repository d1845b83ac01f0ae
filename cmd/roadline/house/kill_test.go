package house_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// crew is a company whose five people answer their mobiles without a key, after a notice of one word.
const crew = `
company: acme
name: Acme
country: RU
numbers: [{e164: "+74951234567", trunk: carrier-a, scenario: main, proof: {contract: "1", from: 2026-01-01}}]
employees:
  - {id: p1, name: Person One, extension: "201", groups: [sales], mobile: "+79161231001", ring: [{device: mobile, for: 20s, confirm: false}]}
  - {id: p2, name: Person Two, extension: "202", groups: [sales], mobile: "+79161232001", ring: [{device: mobile, for: 20s, confirm: false}]}
  - {id: p3, name: Person Three, extension: "203", groups: [sales], mobile: "+79161233001", ring: [{device: mobile, for: 20s, confirm: false}]}
  - {id: p4, name: Person Four, extension: "204", groups: [sales], mobile: "+79161234001", ring: [{device: mobile, for: 20s, confirm: false}]}
  - {id: p5, name: Person Five, extension: "205", groups: [sales], mobile: "+79161235001", ring: [{device: mobile, for: 20s, confirm: false}]}
groups: [{id: sales, strategy: longest-idle, ring: 20s, wait: {longest: 10m}}]
caller_id: [{for: all, show: "+74951234567"}]
scenarios: {main: [{ring: sales}]}
prompts: {recorded: "Recorded."}
recording: {policy: all, notice: recorded}
`

// life is one client's call to a house that will be killed.
type life struct {
	from          string
	client        *housetest.Peer
	voice         *housetest.Voice
	clock         *housetest.ToneClock
	answered      bool // at the kill
	offered       bool // the house had said more than 100 about it
	before, after time.Time
}

// lane is a house that is killed again and again.
type lane struct {
	t       *testing.T
	n       int
	data    string
	sip     string
	child   *housetest.Child
	mobiles *housetest.Peer
	random  *rand.Rand
	lives   []*life
}

func newLane(t *testing.T, n int, dsn string) *lane {
	t.Helper()
	data, err := os.MkdirTemp("", "roadline-kill-") // short: a unix socket's path is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	if err := os.Chmod(data, 0o711); err != nil { //nolint:gosec // PostgreSQL, of another account, passes through it
		t.Fatal(err)
	}
	l := &lane{t: t, n: n, data: data, sip: fmt.Sprintf("127.0.0.1:%d", housetest.Ports(t)), random: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(n)))}
	town := housetest.Start(t, housetest.Setup{Company: crew, Data: data, DSN: dsn, SIP: l.sip})
	town.Close()
	l.mobiles = housetest.SIPp(t, housetest.Run{Scenario: "answer", Port: town.Carrier, Answers: 200 * time.Millisecond, Hangs: 5 * time.Minute, Echo: true})
	l.child = housetest.StartChild(t, data)
	return l
}

// call has some clients call; the first hangs up soon, the others never.
func (l *lane) call(turn int) []*life {
	var all []*life
	for i := range 3 {
		hangs := 5 * time.Minute
		if i == 0 {
			hangs = time.Second
		}
		x := &life{from: fmt.Sprintf("+7912%02d%03d%02d", l.n, turn, i), voice: housetest.NewVoice(l.t), clock: housetest.NewToneClock(turn + 12*i)}
		x.voice.Say(x.clock)
		x.client = housetest.SIPp(l.t, housetest.Run{Scenario: "client", To: l.sip, Number: "+74951234567", From: x.from, Voice: x.voice, Hangs: hangs})
		all = append(all, x)
	}
	return all
}

// kill kills the house at any moment: of the beginning, while they talk, or, every other time, amid a talk that is old
// enough to be looked for.
func (l *lane) kill(turn int, all []*life) {
	moment := time.Duration(l.random.IntN(1500)) * time.Millisecond
	switch {
	case turn%2 == 1:
		l.talks(all[1:])
		moment = time.Duration(2000+l.random.IntN(2000)) * time.Millisecond
	case l.random.IntN(2) == 0:
		l.talks(all[1:])
	default:
	}
	//lint:ignore forbid the conversation lasts: nothing signals that it has
	<-time.After(moment)
	before, after := l.child.Kill()
	for _, x := range all {
		x.before, x.after = before, after
		_, x.answered = x.client.Got("SIP/2.0 200")
		_, rings := x.client.Got("SIP/2.0 18")
		x.offered = x.answered || rings
		if !x.answered {
			x.client.Stop() // it would go on to call the next house
		}
		x.voice.Close()
	}
	l.lives = append(l.lives, all...)
}

// talks waits until one of them hears the echo of its own voice.
func (l *lane) talks(all []*life) {
	t := l.t
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	end := time.After(housetest.Within)
	for {
		for _, x := range all {
			if x.voice.Hears(x.clock) {
				return
			}
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("nobody talks\n%s", l.child.Said())
		}
	}
}

// TestAHouseThatIsKilledAmidCallsKeepsThem has three houses killed ten times each.
func TestAHouseThatIsKilledAmidCallsKeepsThem(t *testing.T) {
	const lanes, kills = 3, 10
	for n := range lanes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t)
			l := newLane(t, n, dsn)
			l.live(kills)
			l.judge(storetest.OpenAt(t, dsn).For("acme"))
		})
	}
}

// live kills the house so many times, and starts it again each time.
func (l *lane) live(kills int) {
	for turn := range kills {
		all := l.call(turn)
		l.kill(turn, all)
		l.child = housetest.StartChild(l.t, l.data)
		for _, x := range all {
			if !x.answered {
				continue
			}
			// SIPp takes it for a failure that its BYE meets a dead house, or the 481 of the next one.
			if err := x.client.End(); !x.client.Saw("BYE ") {
				l.t.Errorf("%s was answered, and nobody hung up: %v", x.from, err)
			}
		}
	}
}

// judge looks at what is left of all calls.
func (l *lane) judge(tenant *store.Tenant) {
	t := l.t
	t.Helper()
	records := map[string]fmc.Record{}
	housetest.Await(t, "every record to be closed and its recording delivered", func() bool {
		lines, err := tenant.Calls(t.Context(), store.CallFilter{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		clear(records)
		for _, line := range lines {
			r, err := tenant.Call(t.Context(), line.ID)
			if err != nil {
				t.Fatal(err)
			}
			if r.Times.Ended == 0 || r.Recording.State == fmc.TapeReady && r.Recording.Kept == nil {
				return false
			}
			if twin, ok := records[r.Opened.From.E164]; ok {
				t.Fatalf("%s called once and has two records: %s and %s", r.Opened.From.E164, twin.ID, r.ID)
			}
			records[r.Opened.From.E164] = r
		}
		for _, x := range l.lives {
			if _, ok := records[x.from]; x.offered && !ok {
				return false
			}
		}
		return true
	})
	interrupted, recorded, heard := 0, 0, time.Duration(0)
	for _, x := range l.lives {
		r, ok := records[x.from]
		if !ok {
			continue
		}
		if r.Interrupted != (r.Cause.Meaning == cause.Interrupted) {
			t.Errorf("%s: interrupted %v, because of %v", x.from, r.Interrupted, r.Cause)
		}
		if r.Interrupted {
			interrupted++
		}
		if r.Recording.Kept != nil {
			recorded++
			heard += l.listen(x, r)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(l.data, "*", "*", "*", "*.tape")); len(left) > 0 {
		t.Errorf("tapes are left: %v", left)
	}
	l.hungUp()
	t.Logf("%d calls, %d records, %d interrupted, %d recordings in which %v of speech was looked for", len(l.lives), len(records), interrupted, recorded, heard)
	if interrupted == 0 || heard == 0 {
		t.Error("nobody was interrupted, or nobody spoke: this shows nothing")
	}
}

// listen hears a recording: what its client said until a second before the end, and its echo on the other side. It
// returns how long that was.
func (l *lane) listen(x *life, r fmc.Record) time.Duration {
	t := l.t
	t.Helper()
	k := r.Recording.Kept
	file := filepath.Join(l.data, "recordings", k.File)
	housetest.Opens(t, file)
	left, right := housetest.ReadWAV(t, file)
	zero := r.Opened.Began.Add(k.Opened)
	if end := zero.Add(k.Length); end.After(x.after.Add(housetest.Near)) {
		t.Errorf("%s: the recording ends %v after the kill", x.from, end.Sub(x.after))
	}
	if r.Times.Answered == 0 {
		return 0
	}
	from, to := r.Opened.Began.Add(r.Times.Answered+housetest.Near), r.Opened.Began.Add(r.Times.Ended-housetest.Near)
	if r.Interrupted {
		to = x.before.Add(-time.Second)
	}
	if !to.After(from) {
		return 0
	}
	if ended := r.Opened.Began.Add(r.Times.Ended); ended.Before(to.Add(-housetest.Near)) || r.Times.Talked < to.Sub(from) {
		t.Errorf("%s: the record says that it ended %v before the kill, after %v of talk", x.from, x.before.Sub(ended), r.Times.Talked)
	}
	for side, channel := range map[string][]int16{"left": left, "right": right} {
		if missing := x.clock.Missing(channel, zero, from, to); missing > housetest.Near {
			t.Errorf("%s: %v of the %v before the end are not on the %s", x.from, missing, to.Sub(from), side)
		}
	}
	return to.Sub(from)
}

// hungUp looks for legs that nobody hung up: every mobile that answered got its BYE.
func (l *lane) hungUp() {
	l.t.Helper()
	var left []string
	defer func() {
		for _, m := range l.mobiles.Messages() {
			if slices.Contains(left, m.Header("Call-ID")) {
				l.t.Logf("%v received %v: %s", m.At, m.Received, m.Text)
			}
		}
	}()
	housetest.Await(l.t, "every mobile to get its BYE", func() bool {
		up := map[string]bool{}
		for _, m := range l.mobiles.Messages() {
			id := m.Header("Call-ID")
			switch {
			case !m.Received && strings.HasPrefix(m.First(), "SIP/2.0 200") && strings.HasSuffix(m.Header("CSeq"), "INVITE"):
				if _, known := up[id]; !known {
					up[id] = true
				}
			case m.Received && strings.HasPrefix(m.First(), "BYE"):
				up[id] = false
			}
		}
		left = nil
		for id, is := range up {
			if is {
				left = append(left, id)
			}
		}
		return len(up) > 0 && len(left) == 0
	})
}

func TestAHouseWithItsOwnPostgreSQLIsKilledAndComesBack(t *testing.T) {
	t.Parallel()
	l := newLane(t, 50, "private")
	l.live(2)
	l.child.Stop()
	town := housetest.Start(t, housetest.Setup{Data: l.data, DSN: "private", SIP: l.sip})
	housetest.Await(t, "the database", func() bool { return town.House.Store().Ready(t.Context()) == nil })
	l.judge(town.House.Store().For("acme"))
}
