package demo_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/cmd/roadline/demo"
	"roadline/cmd/roadline/demo/outside"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// written is what a screen was given.
type written struct {
	on func(all string) // told of all that was written, each time; nil: nobody asks

	mu sync.Mutex
	b  bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b.Write(p)
	if w.on != nil {
		w.on(w.b.String())
	}
	return len(p), nil
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// folder is where a demo of a test keeps everything. PostgreSQL runs as another user where we are root, and must get
// through to it.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o711); err != nil { //nolint:gosec // see above
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "d")
}

// play runs a demo to its end, or until ctx is done. look is called when all of its calls have ended, while the server
// still runs.
func play(ctx context.Context, t *testing.T, o demo.Options, look func(*demo.Demo)) (screen string) {
	t.Helper()
	return playTo(ctx, t, &written{}, o, look)
}

// playTo is play on a screen of the test's own.
func playTo(ctx context.Context, t *testing.T, out *written, o demo.Options, look func(*demo.Demo)) (screen string) {
	t.Helper()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Fatal("espeak-ng is not installed: apt-get install espeak-ng (make setup does)")
	}
	o.Listen, o.Web = netip.MustParseAddrPort("127.0.0.1:0"), netip.MustParseAddrPort("127.0.0.1:0")
	o.Past = cmp.Or(o.Past, -1)
	o.Screen = demo.Screen{Out: out, Zone: time.UTC}
	var d *demo.Demo
	o.Finished = func(context.Context) { look(d) }
	d, err := demo.New(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			for _, name := range []string{"roadline.log", "outside.log"} {
				if text, err := os.ReadFile(filepath.Join(o.Folder, name)); err == nil {
					t.Logf("%s:\n%s", name, text)
				}
			}
			t.Logf("screen:\n%s", out)
		}
	})
	if err := d.Run(ctx, nil); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWhatTheServerRecordsIsWhatTheWorldSaw(t *testing.T) {
	const calls = 12
	dir := folder(t)
	var mu sync.Mutex
	var seen []outside.Seen
	ended := func(s outside.Seen) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, s)
	}
	want := ""
	screen := play(t.Context(), t, demo.Options{Folder: dir, Calls: calls, Every: time.Second, Seed: 7, Fails: -1, Ended: ended}, func(d *demo.Demo) {
		if live, lines := len(d.House().Calls().Calls()), d.World().Live(); live+lines != 0 {
			t.Errorf("%d calls and %d lines outlive the last call", live, lines)
		}
		mu.Lock()
		defer mu.Unlock()
		b := &books{T: t, company: d.Company(), seen: seen, records: records(t, d.House().Store().For("acme"))}
		made, offered := b.contacts()
		if unheard := len(filter(seen, outside.Seen.Unheard)); made+unheard != calls || offered != made {
			t.Errorf("%d calls were made and %d heard by nobody, of %d; of them %d have records", made, unheard, calls, offered)
		}
		want = fmt.Sprintf("\n%4d  calls made\n%4d  records", made, len(b.records))
		b.legs()
		b.ears()
		b.bothWays()
		b.sound(dir)
		b.cards()
		b.texts(texts(t, d.House().Store().For("acme")))
	})
	if logged, err := os.ReadFile(filepath.Join(dir, "roadline.log")); err != nil || bytes.Contains(logged, []byte("level=ERROR")) {
		t.Errorf("the server's log tells of errors: %v", err)
	}
	if n := strings.Count(screen, "●"); n < calls/2 || !strings.Contains(screen, want) {
		t.Errorf("the screen shows %d recordings", n)
	}
}

func TestAtCtrlCEverybodyHangsUpAndEveryCallHasItsRecord(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	looked := false
	play(ctx, t, demo.Options{Folder: folder(t), Every: time.Second, Seed: 3, Ended: func(outside.Seen) { stop() }}, func(d *demo.Demo) {
		looked = true
		if live, lines := len(d.House().Calls().Calls()), d.World().Live(); live+lines != 0 {
			t.Errorf("%d calls and %d lines outlive the demo", live, lines)
		}
		for _, r := range records(t, d.House().Store().For("acme")) {
			if r.Status == fmc.StatusOpen || r.Interrupted {
				t.Errorf("call %s: %s, interrupted %v", r.ID, r.Status, r.Interrupted)
			}
		}
	})
	if !looked {
		t.Error("no call ended before the demo did")
	}
}

func TestAModemThatFailsIsToldAndComesBack(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	patience := time.AfterFunc(2*time.Minute, stop)
	defer patience.Stop()
	back := regexp.MustCompile(`(?m)^\S+  sim  (\S+)  ready again after \d+ s$`)
	out := &written{on: func(all string) {
		if back.MatchString(all) {
			stop()
		}
	}}
	screen := playTo(ctx, t, out, demo.Options{Folder: folder(t), Every: 2 * time.Second, Fails: 8 * time.Second, Seed: 5}, func(d *demo.Demo) {
		for _, r := range records(t, d.House().Store().For("acme")) {
			if r.Status == fmc.StatusOpen || r.Interrupted {
				t.Errorf("call %s: %s, interrupted %v", r.ID, r.Status, r.Interrupted)
			}
		}
	})
	found := back.FindStringSubmatch(screen)
	if found == nil {
		t.Fatal("no modem came back")
	}
	for _, told := range []string{`  %s  the modem \S+ is pulled out of its port, for 9 s$`, `  sim  %s  [a-z ]+: .*(modem|port).*$`} {
		if !regexp.MustCompile(fmt.Sprintf("(?m)"+told, regexp.QuoteMeta(found[1]))).MatchString(screen) {
			t.Errorf("the screen does not tell of %s: %s", found[1], told)
		}
	}
}

func TestTwoDemosDoNotShareAFolder(t *testing.T) {
	dir := folder(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	first, err := net.Listen("unix", filepath.Join(dir, "roadline.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	_, err = demo.New(t.Context(), demo.Options{Folder: dir, Screen: demo.Screen{Out: io.Discard}})
	if !errors.Is(err, cause.Conflict) {
		t.Errorf("%v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("the first demo's folder was touched: %v, %v", left, err)
	}
}

func TestWhereAPortIsTakenAnotherIsFound(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	at := taken.Addr().(*net.TCPAddr).AddrPort()
	found, err := demo.Addresses(at)
	if err != nil || len(found) != 1 || found[0].Addr() != at.Addr() || found[0].Port() == at.Port() || found[0].Port() == 0 {
		t.Errorf("%v, %v", found, err)
	}
	found, err = demo.Addresses(netip.MustParseAddrPort("127.0.0.9:0"))
	if err != nil || len(found) != 2 || found[0].Port() != found[1].Port() || found[0].Addr().String() != "127.0.0.1" {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := demo.Addresses(netip.MustParseAddrPort("192.0.2.99:5060")); !errors.Is(err, cause.Unavailable) {
		t.Errorf("an address of somebody else: %v", err)
	}
}

// records are all of the company's, whole.
func records(t *testing.T, company *store.Tenant) []fmc.Record {
	t.Helper()
	lines, err := company.Calls(t.Context(), store.CallFilter{Merged: true, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var all []fmc.Record
	for _, l := range lines {
		r, err := company.Call(t.Context(), l.ID)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b fmc.Record) int { return a.Opened.Began.Compare(b.Opened.Began) })
	return all
}

// books are the server's records and what the world saw, to be held against each other.
type books struct {
	*testing.T
	company *fmc.Company
	records []fmc.Record
	seen    []outside.Seen
}

// about is how far two clocks may differ that saw the same, on a machine with more to do.
const about = 2 * time.Second

// filter is what holds of a list.
func filter[T any](all []T, holds func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return !holds(x) })
}

// contacts: each call that somebody made has one record, closed, with the right parties and length; and no record is of
// anything else but of people whom the company called back. It returns how many calls were made, and how many records are
// of calls that somebody made.
func (b *books) contacts() (calls, offered int) {
	made := filter(b.seen, func(s outside.Seen) bool { return !s.Called && !s.Unheard() })
	calls = len(made)
	slices.SortFunc(made, func(a, c outside.Seen) int { return int(a.Began - c.Began) })
	for _, r := range b.records {
		if !slices.ContainsFunc(r.Legs, func(l fmc.LegRecord) bool { return l.Offered }) {
			continue // the person asked by another call, which has its record
		}
		offered++
		if r.Status == fmc.StatusOpen || r.Times.Ended == 0 || r.Interrupted {
			b.Errorf("call %s is not closed: %+v", r.ID, r)
		}
		from, to := r.Opened.From.E164, r.Opened.To.E164
		if r.Opened.Direction != fmc.Inbound {
			from = cmp.Or(string(r.Opened.Account), from)
		}
		i := slices.IndexFunc(made, func(s outside.Seen) bool {
			return s.Number == from && (s.Other == to || national(s.Other) == to || to == "" && len(s.Other) <= 4)
		})
		if i < 0 {
			b.Errorf("nobody in the world made the call %s from %s to %s", r.ID, from, to)
			continue
		}
		s := made[i]
		made = slices.Delete(made, i, i+1)
		if d := (s.Ended - s.Began - r.Times.Ended).Abs(); d > about {
			b.Errorf("call %s lasted %v, for the caller %v", r.ID, r.Times.Ended, s.Ended-s.Began)
		}
	}
	for _, s := range made {
		b.Errorf("no record of %+v", s)
	}
	return calls, offered
}

// national reads a number as people dial it in Russia.
func national(dialled string) string {
	if len(dialled) == 11 && dialled[0] == '8' {
		return "+7" + dialled[1:]
	}
	return dialled
}

// legs: every phone that rang or was picked up is one leg, of that length, and saw what the record says it saw.
func (b *books) legs() {
	type end struct {
		fmc.LegRecord
		call fmc.CallID
		at   time.Time
	}
	var dialled []end
	for _, r := range b.records {
		for _, l := range r.Legs {
			if l.Gone == 0 {
				b.Errorf("call %s: leg %s outlives it", r.ID, l.Leg)
			}
			at := l.Began
			if _, sim := l.Line.SIM(); sim && l.Alerting > 0 { // nobody sees a call over the air before it rings
				at = l.Alerting
			}
			if !l.Offered {
				dialled = append(dialled, end{l, r.ID, r.Opened.Began.Add(at)})
			}
		}
	}
	for _, s := range b.seen {
		if !s.Called {
			continue
		}
		i := -1
		for k, l := range dialled {
			number := l.Number.E164
			if account, ok := strings.CutPrefix(string(l.Line), "sip:"); ok {
				number = account
			}
			same := number == s.Number && (l.Up > 0) == (s.Answered > 0) && l.at.Sub(s.At).Abs() <= about
			if same && (i < 0 || l.at.Sub(s.At).Abs() < dialled[i].at.Sub(s.At).Abs()) {
				i = k
			}
		}
		if i < 0 {
			b.Errorf("no leg of %+v", s)
			continue
		}
		l := dialled[i]
		dialled = slices.Delete(dialled, i, i+1)
		if length := s.Ended - s.Answered; l.Up > 0 && (l.Gone-l.Up-length).Abs() > about {
			b.Errorf("call %s: %s was up for %v, the record says %v", l.call, s.Number, length, l.Gone-l.Up)
		}
		if strings.HasPrefix(string(l.Line), "trunk:") && s.Other != l.Shown.From.E164 {
			b.Errorf("call %s: %s saw %s, the record says %s", l.call, s.Number, s.Other, l.Shown.From.E164)
		}
		if card, sim := l.Line.SIM(); sim {
			if c, ok := b.company.SIM(card); !ok || !s.Air || s.Other != c.Number.E164 {
				b.Errorf("call %s: %s saw %s by %s", l.call, s.Number, s.Other, l.Line)
			}
		}
		if _, ours := b.company.NumberOf(s.Other); !ours && strings.HasPrefix(string(l.Line), "trunk:") {
			b.Errorf("call %s: %s saw %s, which is no number of the company", l.call, s.Number, s.Other)
		}
	}
	for _, l := range dialled {
		if l.Up > 0 || l.Cause == nil || l.Cause.Meaning != cause.Busy && l.Cause.Meaning != cause.TakenElsewhere && l.Cause.Meaning != cause.Cancelled {
			b.Errorf("call %s has a leg that nobody in the world saw: %+v", l.call, l.LegRecord)
		}
	}
}

// ears: no client hears a voicemail, a person before the notice, or anybody but whom the record has confirmed.
func (b *books) ears() {
	for _, s := range b.seen {
		client := strings.HasPrefix(s.Number, "+7912000")
		if !client {
			continue
		}
		var people []string
		for _, phrase := range s.Heard {
			who, _, _ := strings.Cut(phrase, ":")
			if who == "network" && !s.Called {
				b.Errorf("the client %s heard a voicemail: %q", s.Number, phrase)
			}
			if _, ok := b.company.Employee(fmc.EmployeeID(who)); ok && !slices.Contains(people, who) {
				people = append(people, who)
			}
		}
		if len(people) == 0 {
			continue
		}
		if !slices.Contains(s.Heard, "house: recording-notice") {
			b.Errorf("the client %s heard %q without the notice", s.Number, people)
		}
		for _, who := range people {
			if !b.talkedTo(s.Number, who) {
				b.Errorf("the client %s heard %s, with whom no record has them talk", s.Number, who)
			}
		}
	}
}

// talkedTo reports whether a record has a client and a person up and assented in one call.
func (b *books) talkedTo(client, who string) bool {
	return slices.ContainsFunc(b.records, func(r fmc.Record) bool {
		return r.Who.Client.E164 == client && r.Times.Answered > 0 && slices.ContainsFunc(r.Legs, func(l fmc.LegRecord) bool {
			return string(l.Employee) == who && l.Up > 0 && (!l.Confirm || l.Assent == fmc.Granted)
		})
	})
}

// bothWays: there was something to see.
func (b *books) bothWays() {
	for _, d := range []fmc.Direction{fmc.Inbound, fmc.Outbound} {
		if !slices.ContainsFunc(b.records, func(r fmc.Record) bool { return r.Opened.Direction == d && r.Status == fmc.StatusAnswered }) {
			b.Errorf("no call %s was answered", d)
		}
	}
}

// cards: calls came in by a SIM card, the client's words among them are on the tape, and people were reached by one.
func (b *books) cards() {
	in, out := 0, 0
	for _, r := range b.records {
		for _, l := range r.Legs {
			if _, sim := l.Line.SIM(); !sim || l.Up == 0 || r.Recording.Kept == nil {
				continue
			}
			if l.Quality == nil || l.Quality.Spoke == 0 {
				b.Errorf("call %s: nothing was measured of the leg by %s: %+v", r.ID, l.Line, l.Quality)
			}
			if l.Offered {
				in++
			} else {
				out++
			}
		}
	}
	if in == 0 || out == 0 {
		b.Errorf("%d calls in and %d out are recorded by SIM cards", in, out)
	}
}

// texts: clients' texts are kept, and answered by the card that they came to.
func (b *books) texts(all []store.MessageLine) {
	in, delivered := 0, 0
	for _, m := range all {
		switch _, ours := b.company.Mobile(m.Peer); {
		case m.In:
			in++
		case ours: // told who calls them
		case m.State == fmc.MessageDelivered:
			delivered++
		default:
			b.Errorf("the answer %s is %s: %s", m.ID, m.State, m.Cause)
		}
	}
	if in == 0 || in != delivered {
		b.Errorf("%d texts came, %d answers were delivered", in, delivered)
	}
}

// texts are all of the company's.
func texts(t *testing.T, company *store.Tenant) []store.MessageLine {
	t.Helper()
	lines, err := company.Messages(t.Context(), store.MessageFilter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

var rms = regexp.MustCompile(`RMS +amplitude: +([0-9.]+)`)

// sound: of every call in which people talked there is a recording, in which sox hears speech on both sides.
func (b *books) sound(dir string) {
	for _, r := range b.records {
		if r.Status != fmc.StatusAnswered || r.Opened.Direction == fmc.Internal || r.Times.Talked < about {
			continue
		}
		if r.Recording.Kept == nil {
			b.Errorf("call %s has no recording", r.ID)
			continue
		}
		file := filepath.Join(dir, "recordings", r.Recording.Kept.File)
		for _, side := range []string{"1", "2"} {
			said, err := exec.Command("sox", file, "-n", "remix", side, "stat").CombinedOutput()
			found := rms.FindSubmatch(said)
			if err != nil || found == nil {
				b.Fatalf("sox %s: %v: %s", file, err, said)
			}
			if level, err := strconv.ParseFloat(string(found[1]), 64); err != nil || level < 0.01 {
				b.Errorf("call %s, channel %s: level %s: nobody speaks", r.ID, side, found[1])
			}
		}
	}
}
