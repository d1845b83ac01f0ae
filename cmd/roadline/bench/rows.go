package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/media/floor"
)

// bench is one run: the product, and what was measured of it.
type bench struct {
	program string
	only    string
	seconds float64       // of talk in one measurement
	minute  time.Duration // of the long signalling run
	calls   int           // that the cabinet shows
	rows    []row
	floor   float64 // ms of CPU per call-second at 400 calls
	notes   []string
}

// row is one line of the table.
type row struct{ what, target, got string }

// reference is the floor that the reference machine had for a raw epoll relay in Go at 400 calls, ms per call-second.
const reference = 1.16

// reading says what the figures hold that one would not think of.
const reading = `
How to read it: the private PostgreSQL runs on the product's core too. INVITE to 200 has in it what SIPp takes as the client
and as the mobile. Idle memory is that of a company of 1000 people, applied 20 s before, each with a number and a spoken name;
some 30 MB of it are the pages of its own file. Media threads serve rounds of a millisecond where there is much to do, so that
a call costs less the more there are.

Modem lines: the simulated modules run in the load's process, on its core. Between SIP and a module the delay is that of
each sample from its packet's sending to the module's port, and back from the port to the packet: a module's own is not in
it. An underrun is a tick of a module, every 20 ms, for which it had been given no frame, or one of silence. The lines'
frames come at moments of their own, so that each wakes the server by itself. SMS: their card is in no module, a text
counts when PostgreSQL has it; those from the air come by AT and are deleted from their cards.

SMPP: message centre and program are the load's. A message that the program sends counts when it was told by a receipt that it
has arrived, one that the centre brings when the program has it: both are told from PostgreSQL. Gateways: sixteen boxes of 32
lines say by UDP how they stand, as GoIP's do, each time with another signal; every word must be acknowledged, and the lines
must be shown as they spoke last. A line that leaves the network or comes back makes a fact.

Pages: each whole and over loopback, one after the other, by a manager of 150 people; the server and PostgreSQL share one
core. The call page has the facts of a call that was made up, which are few.

In the browser: chromium and what drives it share the load's core. A call's event is when the server gave it its id, a line's
when its gateway said it; painted is when the frame was made that shows it. Calls come four a second, each to end soon, so
that the board always changes; lines change every 100 to 500 ms. The sound runs when samples that are no silence are heard
of it. A slow phone is 360 px wide, four times slower than this machine, on 1.6 Mbit/s with 150 ms; its screen has changed
with the first frame after the press that differs, be it by the browser's own mark of what is touched; each page is opened
with nothing in the cache. There are 20000 calls.
`

func (b *bench) add(what, target, format string, args ...any) {
	r := row{what, target, fmt.Sprintf(format, args...)}
	b.rows = append(b.rows, r)
	fmt.Fprintf(os.Stderr, "%-60s %s\n", what, r.got)
}

// part is what can be measured alone.
type part struct {
	name    string
	measure func() error
}

func (b *bench) all() error {
	parts := []part{{"calls", b.ofCalls}, {signalling, b.ofCalls}, {"gsm", b.gsm}, {"smpp", b.smpp}, {"gateways", b.gateways}, {"pages", b.pages}, {"browser", b.browser}}
	if b.only != "" && !slices.ContainsFunc(parts, func(p part) bool { return p.name == b.only }) {
		return fmt.Errorf("-only %q: there is no such part", b.only)
	}
	if err := b.measureFloor(); err != nil {
		return fmt.Errorf("floor: %w", err)
	}
	for _, part := range parts {
		if b.only != part.name && (b.only != "" || part.name == signalling) {
			continue
		}
		if err := part.measure(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// signalling is the part of the calls that can be measured alone.
const signalling = "signalling"

// ofCalls measures calls without SIM cards, with a product of its own.
func (b *bench) ofCalls() error {
	p, err := startProduct(b.program, "")
	if err != nil {
		return err
	}
	if err := errors.Join(b.product(p), p.stop()); err != nil || b.only == signalling {
		return err
	}
	return b.allocations()
}

// untilIdle is how long a node is left alone until it counts as idle: what applying left is collected by then.
const untilIdle = 20 * time.Second

func (b *bench) product(p *product) error {
	if err := p.apply("none"); err != nil {
		return err
	}
	if b.only == signalling {
		return b.signalling(p)
	}
	applied := p.memory()
	time.Sleep(untilIdle)
	idle, file := p.memory(), p.resident("RssFile:")
	plain, err := b.media(p, []int{100, 200, 400, 550, 800})
	if err != nil {
		return err
	}
	if err := p.apply("all"); err != nil {
		return err
	}
	taped, err := b.media(p, []int{100, 400, 450, 650})
	if err != nil {
		return err
	}
	b.add("plain bridged PCMA call, CPU per call-second", "at most 1.8 ms at 200, 1.4 at 400", "%s at 100, %s at 200, %s at 400; floor %.2f at 400", cost(plain, 100), cost(plain, 200), cost(plain, 400), b.floor)
	b.add("recorded call, both sides on disk, CPU per call-second", "at most 3.2 ms at 100, 1.8 at 400", "%s at 100, %s at 400", cost(taped, 100), cost(taped, 400))
	b.add("calls held on one core, loss at most 0.1 %, p99 added delay at most 20 ms", "550 plain, 450 recorded", "%d plain, %d recorded (steps tried: %s; %s)", most(plain), most(taped), steps(plain), steps(taped))
	b.add("p99 added delay at 200 calls", "3 ms", "%s", delay(plain, 200))
	if err := p.apply("none"); err != nil {
		return err
	}
	if err := b.signalling(p); err != nil {
		return err
	}
	b.add("memory idle, per held call, per held recorded call", "40 MB, 100 KB, 150 KB", "%d MB (%d of it the program's file; %d right after the apply), %s, %s", idle>>20, file>>20, applied>>20, memory(plain, 400), memory(taped, 400))
	return nil
}

// step is one number of calls held and spoken in.
type step struct {
	calls   int
	cost    float64 // ms of CPU per call-second
	traffic traffic
	memory  int64 // bytes more than before, per call
}

func (s step) passes() bool { return s.traffic.loss() <= 0.001 && s.traffic.p99 <= 20 }

// media holds calls and has them spoken in, step by step, until one does not pass.
func (b *bench) media(p *product, counts []int) ([]step, error) {
	var all []step
	for _, n := range counts {
		s, err := b.held(p, n)
		if err != nil {
			return all, fmt.Errorf("%d calls: %w", n, err)
		}
		all = append(all, s)
		fmt.Fprintf(os.Stderr, "  %d calls: %.2f ms per call-second, loss %.3f %%, p50 %.2f ms, p99 %.2f ms\n", n, s.cost, 100*s.traffic.loss(), s.traffic.p50, s.traffic.p99)
		if !s.passes() && n >= 400 {
			break
		}
	}
	return all, nil
}

// choir is calls that stand, and who speaks in them.
type choir struct {
	client, mobile *sipp
	voices         *speakers
	calls          int // with a voice on both sides
	hold           time.Duration
}

// gather makes n calls, of which the first is silent, and holds them for as long as it takes to speak so many seconds.
func gather(n int, seconds float64) (*choir, error) {
	c := &choir{hold: time.Duration(float64(n)/40*float64(time.Second)) + time.Duration((seconds+8)*float64(time.Second))}
	if err := c.begin(n); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *choir) begin(n int) (err error) {
	c.mobile, err = startSIPp("mobile", carrierPort, carrierMedia, c.hold, "-trace_msg", "-message_file", "messages.log")
	if err != nil {
		return err
	}
	c.client, err = startSIPp("client", callerPort, callerMedia, c.hold, "127.0.0.1:"+strconv.Itoa(sipPort), "-m", strconv.Itoa(n), "-l", strconv.Itoa(n), "-r", "40", "-trace_msg", "-message_file", "messages.log")
	if err != nil {
		return err
	}
	pairs, err := standing(c.client, c.mobile, n, time.Duration(float64(n)/40*float64(time.Second))+15*time.Second)
	if err != nil {
		return err
	}
	c.calls = len(pairs) / 2
	c.voices, err = listenAt(pairs)
	return err
}

// wait waits until all have hung up.
func (c *choir) wait() error { return c.client.wait(c.hold + time.Minute) }

func (c *choir) close() {
	if c.voices != nil {
		c.voices.close()
	}
	for _, s := range []*sipp{c.client, c.mobile} {
		if s != nil {
			s.stop()
		}
	}
}

// held makes n calls, speaks in them and hangs them up.
func (b *bench) held(p *product, n int) (step, error) {
	before := p.memory()
	c, err := gather(n, b.seconds)
	if err != nil {
		return step{}, err
	}
	defer c.close()
	c.voices.talk(0.5) // the ports learn whom they hear
	start, err := p.cpu()
	if err != nil {
		return step{}, err
	}
	t := c.voices.talk(b.seconds)
	end, err := p.cpu()
	if err != nil {
		return step{}, err
	}
	result := step{
		calls: n, traffic: t, memory: (p.memory() - before) / int64(max(1, c.calls)),
		cost: float64((end - start).Microseconds()) / 1000 / (float64(c.calls) * b.seconds),
	}
	return result, c.wait()
}

// standing waits until n calls are answered on both sides and returns their media ports. SIPp keeps the first call's
// port to itself: that call is silent.
func standing(client, mobile *sipp, n int, patience time.Duration) ([]pair, error) {
	for end := time.Now().Add(patience); ; {
		time.Sleep(300 * time.Millisecond)
		a, err := client.pairs()
		if err != nil {
			continue
		}
		c, err := mobile.pairs()
		if err != nil {
			continue
		}
		if len(a) >= n && len(c) >= n {
			return append(a[1:n], c[1:n]...), nil
		}
		if time.Now().After(end) {
			if stood := min(len(a), len(c)); stood > n*98/100 { // a call that did not come about is not one of those held
				return append(a[1:stood], c[1:stood]...), nil
			}
			return nil, fmt.Errorf("only %d and %d of %d calls stand", len(a), len(c), n)
		}
	}
}

// signalling makes calls that hold for a moment, first steadily for cost and times, then as many a second as are asked.
func (b *bench) signalling(p *product) error {
	const rate = 100
	n := int(b.seconds) * rate
	start, err := p.cpu()
	if err != nil {
		return err
	}
	postgres := p.postgresCPU()
	var times []float64
	_, err = b.burst(rate, n, func(client *sipp) (err error) { times, err = client.answers(); return err }, "-trace_msg", "-message_file", "messages.log")
	if err != nil {
		return err
	}
	time.Sleep(2 * time.Second) // the drain's share belongs to the calls
	end, err := p.cpu()
	if err != nil {
		return err
	}
	b.add("CPU for a whole call's signalling, journal and record included", "at most 2.0 ms", "%.2f ms, and %.2f ms of PostgreSQL", perCall(end-start, n), perCall(p.postgresCPU()-postgres, n))
	long := int(b.minute.Seconds())
	best, tried := 0, []string{}
	for _, r := range []int{200, 300, 400} {
		f, err := b.burst(r, r*long, func(*sipp) error { return nil })
		if err != nil {
			return err
		}
		tried = append(tried, fmt.Sprintf("%d: %d of %d failed", r, f.failed, f.failed+f.ok))
		if f.ok == 0 || float64(f.failed) > 0.001*float64(f.ok+f.failed) {
			break
		}
		best = r
	}
	b.add("calls per second for "+b.minute.String()+", under 0.1 % failed, one core", "300", "%d (%s)", best, strings.Join(tried, "; "))
	if len(times) > 0 {
		b.add("INVITE to 200, p50 and p99 at 100 calls per second", "2 and 10 ms", "%.1f and %.1f ms", times[len(times)/2], times[len(times)*99/100])
	}
	return nil
}

func perCall(d time.Duration, n int) float64 { return float64(d.Microseconds()) / 1000 / float64(n) }

// burst makes n calls, so many a second, and has look see what SIPp wrote of them.
func (b *bench) burst(rate, n int, look func(client *sipp) error, args ...string) (figures, error) {
	mobile, err := startSIPp("mobile", carrierPort, carrierMedia, 5*time.Second)
	if err != nil {
		return figures{}, err
	}
	defer mobile.stop()
	client, err := startSIPp("client", callerPort, callerMedia, 300*time.Millisecond, append([]string{
		"127.0.0.1:" + strconv.Itoa(sipPort), "-m", strconv.Itoa(n), "-r", strconv.Itoa(rate),
		"-trace_stat", "-stf", "stat.csv", "-fd", "1", "-l", "5000",
	}, args...)...)
	if err != nil {
		return figures{}, err
	}
	defer client.stop()
	if err := client.wait(time.Duration(n/rate)*time.Second + 2*time.Minute); err != nil {
		return figures{}, err
	}
	f, err := client.figures()
	return f, errors.Join(err, look(client))
}

// measureFloor runs the bare relay on the product's core, with the same speakers.
func (b *bench) measureFloor() error {
	const calls = 400
	s, at, err := free(2 * calls)
	if err != nil {
		return err
	}
	defer s.close()
	peers := make([][2]netip.AddrPort, calls)
	for i := range peers {
		peers[i] = [2]netip.AddrPort{at[2*i], at[2*i+1]}
	}
	relay, local, err := floor.Open(peers)
	if err != nil {
		return err
	}
	for i := range local {
		s.aim(2*i, local[i][0])
		s.aim(2*i+1, local[i][1])
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan time.Duration, 1)
	go func() {
		runtime.LockOSThread() // this thread ends with the goroutine, its core with it
		if pin(productCPU) != nil {
			done <- 0
			return
		}
		start := threadCPU()
		relay.Run(ctx)
		done <- threadCPU() - start
	}()
	t := s.talk(b.seconds)
	stop()
	used := <-done
	b.floor = float64(used.Microseconds()) / 1000 / (calls * b.seconds)
	off := b.floor/reference - 1
	b.notes = append(b.notes, fmt.Sprintf("Floor of this run (raw epoll relay, 400 calls): %.2f ms per call-second, p99 %.2f ms; the reference machine has %.2f.", b.floor, t.p99, reference))
	if off > 0.2 || off < -0.2 {
		b.notes = append(b.notes, fmt.Sprintf("**The floor is %+.0f %% off the reference's: this run is void as a comparison with the targets.** Compare with the floor of the same run instead.", 100*off))
	}
	return nil
}

// allocations asks the test that counts them.
func (b *bench) allocations() error {
	out, err := exec.Command("go", "test", "-count=1", "-run", "^TestTheRelayAllocatesNothing$", "./media").CombinedOutput()
	if err != nil {
		b.add("allocations per relayed packet", "0", "more than 0: %s", strings.TrimSpace(string(out)))
		return nil
	}
	b.add("allocations per relayed packet", "0", "0")
	return nil
}

func find(all []step, calls int) (step, bool) {
	for _, s := range all {
		if s.calls == calls {
			return s, true
		}
	}
	return step{}, false
}

func cost(all []step, calls int) string {
	if s, ok := find(all, calls); ok {
		return fmt.Sprintf("%.2f ms", s.cost)
	}
	return "not reached"
}

func delay(all []step, calls int) string {
	if s, ok := find(all, calls); ok {
		return fmt.Sprintf("%.2f ms (p50 %.2f)", s.traffic.p99, s.traffic.p50)
	}
	return "not reached"
}

func memory(all []step, calls int) string {
	if s, ok := find(all, calls); ok {
		return fmt.Sprintf("%d KB", s.memory>>10)
	}
	return "not reached"
}

func most(all []step) int {
	best := 0
	for _, s := range all {
		if s.passes() {
			best = max(best, s.calls)
		}
	}
	return best
}

func steps(all []step) string {
	var words []string
	for _, s := range all {
		words = append(words, fmt.Sprintf("%d p99 %.1f ms", s.calls, s.traffic.p99))
	}
	return strings.Join(words, ", ")
}

// page is the table as it stands in docs/performance.md.
func (b *bench) page() string {
	var w strings.Builder
	fmt.Fprintf(&w, "# Speed\n\nMade by `make bench` on %d processors %s: the product on one core, the load on the other, over loopback.\n\n", runtime.NumCPU(), model())
	for _, n := range b.notes {
		fmt.Fprintf(&w, "%s\n\n", n)
	}
	w.WriteString("| figure | target | measured |\n|---|---|---|\n")
	for _, r := range b.rows {
		fmt.Fprintf(&w, "| %s | %s | %s |\n", r.what, r.target, r.got)
	}
	w.WriteString(reading)
	return w.String()
}
