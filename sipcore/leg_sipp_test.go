package sipcore_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/media"
	"roadline/sipcore"
)

// The tests of this file run against SIPp as a carrier and as mobiles: real sockets, real timers.

const (
	ownNumber    = "+74951234567"
	mobileNumber = "+79161234567"
	soon         = 20 * time.Second // a guard against hanging, not a measure of anything
)

// patient is for tests that are not about silence: a busy machine may take seconds to start a program.
var patient = sipcore.Timing{Known: soon, Unknown: soon}

// exchange is a server of one company, with legs and no calls: the test is the call.
type exchange struct {
	t      *testing.T
	agent  *sipcore.Agent
	legs   *sipcore.Legs
	offers chan call.Leg
	events chan call.Event
	log    *lockedLog
}

type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (x *exchange) Offer(l call.Leg, _ plan.Request) error { x.offers <- l; return nil }
func (x *exchange) Post(_ fmc.LegID, ev call.Event)        { x.events <- ev }

func (x *exchange) Company(id fmc.CompanyID) (*fmc.Company, bool) { return company(), id == "acme" }
func (x *exchange) Called(_ fmc.TrunkID, e164 string) (*fmc.Company, bool) {
	return company(), e164 == ownNumber
}

func company() *fmc.Company {
	return &fmc.Company{
		Profile: fmc.Profile{ID: "acme", Country: "RU", Zone: time.UTC},
		Numbers: []fmc.Number{{Number: callerid.Number{E164: ownNumber}, Proof: callerid.Proof{Number: ownNumber, Kind: callerid.Declared}}},
	}
}

// newExchange serves on one loopback address, with trunks whose targets are these.
func newExchange(t *testing.T, timing sipcore.Timing, ip string, targets ...string) *exchange {
	t.Helper()
	addr := netip.MustParseAddr(ip)
	x := &exchange{t: t, offers: make(chan call.Leg, 16), events: make(chan call.Event, 256), log: &lockedLog{}}
	log := slog.New(slog.NewTextHandler(x.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	began := time.Now()
	ports, err := media.NewPorts(media.Options{
		Bind: []netip.Addr{addr}, From: 25000, To: 29998, Log: log, Now: func() time.Duration { return time.Since(began) },
	})
	must(t, err)
	listen := []netip.AddrPort{netip.AddrPortFrom(addr, 0)}
	x.agent, err = sipcore.New(sipcore.Options{Listen: sipcore.Listen{UDP: listen, TCP: listen}, Log: log, Now: time.Now})
	must(t, err)
	var trunks []sipcore.Trunk
	for i, target := range targets {
		trunks = append(trunks, sipcore.Trunk{
			ID: fmc.TrunkID(fmt.Sprint("t", i)), Form: callerid.Form{Country: "RU"}, Health: sipcore.Health{Every: -1},
			Sources: []sipcore.Source{{Prefix: netip.PrefixFrom(addr, addr.BitLen())}}, Targets: []string{target},
			Profile: sipcore.Profile{EarlyMedia: true},
		})
	}
	lines, err := sipcore.NewTrunks(trunks, x.agent)
	must(t, err)
	var calls atomic.Int64
	x.legs, err = sipcore.NewLegs(x.agent, sipcore.LegOptions{
		Calls: x, Ports: ports, Companies: x, Trunks: lines, Timing: timing,
		Owner:   func(fmc.AccountID) (fmc.CompanyID, bool) { return "", false },
		NewCall: func() fmc.CallID { return fmc.CallID(fmt.Sprint("call-", calls.Add(1))) },
	})
	must(t, err)
	must(t, x.agent.Bind())
	agentCtx, stopAgent := context.WithCancel(context.Background())
	legsCtx, stopLegs := context.WithCancel(context.Background())
	var agent, legs sync.WaitGroup
	agent.Go(func() { _ = ports.Run(agentCtx) })
	agent.Go(func() { _ = x.agent.Run(agentCtx) })
	legs.Go(func() { _ = x.legs.Run(legsCtx) })
	t.Cleanup(func() {
		stopLegs()
		legs.Wait()
		stopAgent()
		agent.Wait()
		if t.Failed() {
			t.Logf("the server's log:\n%s", x.log.b.String())
		}
	})
	return x
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// offered waits for the leg of an INVITE.
func (x *exchange) offered() call.Leg {
	x.t.Helper()
	select {
	case l := <-x.offers:
		return l
	case <-time.After(soon):
		x.t.Fatal("no call came")
		return nil
	}
}

// until waits for a link, and returns everything that was told on the way to it.
func (x *exchange) until(want fmc.Link) (is call.LinkIs, told string) {
	x.t.Helper()
	for {
		select {
		case ev := <-x.events:
			switch ev := ev.(type) {
			case call.HeldIs:
				told += fmt.Sprintf(" held=%v", ev.Held)
			case call.LinkIs:
				told += " " + ev.Link.String()
				if ev.Link == want {
					return ev, strings.TrimSpace(told)
				}
				if ev.Link == fmc.Gone {
					x.t.Fatalf("gone (%v: %s) while waiting for %v; told %s", ev.Cause, ev.Cause.Text, want, told)
				}
			}
		case <-time.After(soon):
			x.t.Fatalf("never %v; told %s", want, told)
		}
	}
}

// dial calls the mobile by these trunks.
func (x *exchange) dial(trunks ...fmc.TrunkID) call.Leg {
	own := callerid.Number{E164: ownNumber}.Canonical()
	try := plan.Try{Number: callerid.Number{E164: mobileNumber, Country: "RU"}}
	for _, id := range trunks {
		try.Lines = append(try.Lines, plan.Candidate{
			Line: fmc.LineID("trunk:" + id), Kind: fmc.TrunkLine, Trunk: id, Shown: callerid.Shown{From: own, Asserted: own},
		})
	}
	return x.legs.Dial(fmc.LegID{Call: "call-x", N: 2}, try)
}

// sippRun is one SIPp that plays one scenario once.
type sippRun struct {
	t    *testing.T
	cmd  *exec.Cmd
	dir  string
	out  bytes.Buffer
	done chan error
	addr netip.AddrPort
}

// sipp starts a scenario on a free port. A caller needs the address of the server that it calls; a mobile none.
func sipp(t *testing.T, scenario, transport, ip, server string) *sippRun {
	t.Helper()
	return sippOn(t, freePort(t, ip), scenario, transport, server)
}

func sippOn(t *testing.T, addr netip.AddrPort, scenario, transport, server string) *sippRun {
	t.Helper()
	program, err := exec.LookPath("sipp")
	if err != nil {
		t.Fatal("sipp is not installed: apt-get install sip-tester (make setup does)")
	}
	file, err := filepath.Abs(filepath.Join("testdata", "sipp", scenario+".xml"))
	must(t, err)
	r := &sippRun{t: t, dir: t.TempDir(), done: make(chan error, 1), addr: addr}
	host := addr.Addr().String()
	if addr.Addr().Is6() {
		host = "[" + host + "]"
	}
	args := []string{
		"-sf", file, "-i", host, "-p", strconv.Itoa(int(addr.Port())), "-m", "1", "-l", "1", "-nostdin", "-timeout", "30s", "-timeout_error",
		// On a busy machine anything may be repeated: what SIPp does not expect it passes over, what it expects must come.
		"-default_behaviors", "all,-abortunexp",
		"-trace_err", "-error_file", "errors.log", "-trace_msg", "-message_file", "messages.log",
	}
	if transport != "" {
		args = append(args, "-t", transport)
	}
	if server != "" {
		args = append(args, "-s", ownNumber, server)
	}
	r.cmd = exec.Command(program, args...)
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr = r.dir, &r.out, &r.out
	must(t, r.cmd.Start())
	go func() { r.done <- r.cmd.Wait() }()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill() // it has ended, unless the test failed
		<-r.done
		if t.Failed() {
			t.Logf("sipp %s:\n%s\n%s", scenario, read(r.dir, "errors.log"), read(r.dir, "messages.log"))
		}
	})
	return r
}

// listening waits until SIPp has its port, as the kernel tells: trying it ourselves could take it away.
func (r *sippRun) listening(transport string) {
	r.t.Helper()
	table := "/proc/net/udp"
	if transport == "t1" {
		table = "/proc/net/tcp"
	}
	port := fmt.Sprintf(":%04X ", r.addr.Port())
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		b, err := os.ReadFile(table)
		must(r.t, err)
		if bytes.Contains(b, []byte(port)) {
			return
		}
		select {
		case err := <-r.done:
			r.done <- err
			r.t.Fatalf("sipp: %v", err)
		case <-tick.C:
		}
	}
}

// wait wants the scenario to have gone through.
func (r *sippRun) wait() {
	r.t.Helper()
	select {
	case err := <-r.done:
		r.done <- err
		if err != nil {
			r.t.Fatalf("sipp: %v", err)
		}
	case <-time.After(2 * soon):
		r.t.Fatal("sipp does not end")
	}
}

func read(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return string(b)
}

// freePort finds a port that nobody has now, below those that the kernel gives to anybody who asks for any.
func freePort(t *testing.T, ip string) netip.AddrPort {
	t.Helper()
	for range 1000 {
		addr := netip.AddrPortFrom(netip.MustParseAddr(ip), uint16(10000+rand.IntN(14000)))
		l, err := net.Listen("tcp", addr.String())
		if err != nil {
			continue
		}
		c, udpErr := net.ListenPacket("udp", addr.String())
		_ = l.Close()
		if udpErr == nil {
			_ = c.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return netip.AddrPort{}
}

func TestACarrierCallsAndHangsUp(t *testing.T) {
	for _, row := range []struct{ ip, transport string }{{"127.0.0.1", "u1"}, {"127.0.0.1", "t1"}, {"::1", "u1"}, {"::1", "t1"}} {
		t.Run(row.ip+" "+row.transport, func(t *testing.T) {
			x := newExchange(t, patient, row.ip, "203.0.113.1:5060")
			t.Parallel() // the first agent of the process sets what the library has for all
			server := x.agent.Addrs().UDP[0]
			if row.transport == "t1" {
				server = x.agent.Addrs().TCP[0]
			}
			carrier := sipp(t, "caller_answered", row.transport, row.ip, server.String())
			l := x.offered()
			l.Progress(false)
			l.Answer()
			x.until(fmc.Up)
			gone, _ := x.until(fmc.Gone)
			if gone.Cause.Meaning != cause.Hangup {
				t.Errorf("%v", gone.Cause)
			}
			carrier.wait()
		})
	}
}

func TestACarrierMeetsEveryEnd(t *testing.T) {
	for scenario, play := range map[string]func(x *exchange, l call.Leg){
		"caller_hung_up": func(x *exchange, l call.Leg) {
			l.Answer()
			x.until(fmc.Up)
			l.Release(cause.Of(cause.Hangup))
			x.until(fmc.Gone)
		},
		"caller_cancels": func(x *exchange, l call.Leg) {
			l.Progress(false)
			if gone, _ := x.until(fmc.Gone); gone.Cause.Meaning != cause.Cancelled {
				x.t.Errorf("%v", gone.Cause)
			}
		},
		"caller_refused": func(x *exchange, l call.Leg) {
			l.Release(cause.Of(cause.Busy))
			x.until(fmc.Gone)
		},
		"caller_late_ack": func(x *exchange, l call.Leg) {
			l.Answer()
			x.until(fmc.Up)
			x.until(fmc.Gone)
		},
		"caller_holds": func(x *exchange, l call.Leg) {
			l.Answer()
			x.until(fmc.Up)
			if _, told := x.until(fmc.Gone); told != "held=true held=false gone" {
				x.t.Errorf("told %q", told)
			}
		},
		"caller_delayed_offer": func(x *exchange, l call.Leg) {
			l.Answer()
			x.until(fmc.Up)
			x.until(fmc.Gone)
		},
	} {
		t.Run(scenario, func(t *testing.T) {
			x := newExchange(t, patient, "127.0.0.1", "203.0.113.1:5060")
			t.Parallel()
			carrier := sipp(t, scenario, "u1", "127.0.0.1", x.agent.Addrs().UDP[0].String())
			play(x, x.offered())
			carrier.wait()
		})
	}
}

func TestAMobileMeetsEveryEnd(t *testing.T) {
	hangUp := func(x *exchange, l call.Leg) {
		x.until(fmc.Up)
		l.Release(cause.Of(cause.Hangup))
		x.until(fmc.Gone)
	}
	hungUp := func(x *exchange, _ call.Leg) {
		x.until(fmc.Up)
		if gone, _ := x.until(fmc.Gone); gone.Cause.Meaning != cause.Hangup {
			x.t.Errorf("%v", gone.Cause)
		}
	}
	for scenario, play := range map[string]func(x *exchange, l call.Leg){
		"mobile_answers":  hangUp,
		"mobile_many_18x": hangUp,
		"mobile_bye_race": hangUp,
		"mobile_hangs_up": hungUp,
		"mobile_ack_lost": hungUp,
		"mobile_forked":   hungUp,
		"mobile_glare": func(x *exchange, l call.Leg) {
			x.until(fmc.Up)
			sipcore.RefreshNow(l)
			x.until(fmc.Gone)
		},
		"mobile_busy": func(x *exchange, _ call.Leg) {
			if gone, _ := x.until(fmc.Gone); gone.Cause.Meaning != cause.Busy || gone.Cause.Q850 != 17 {
				x.t.Errorf("%v", gone.Cause)
			}
		},
		"mobile_rings": func(x *exchange, l call.Leg) {
			x.until(fmc.Alerting)
			l.Release(cause.Of(cause.TakenElsewhere))
			x.until(fmc.Gone)
		},
		"mobile_late_200": func(x *exchange, l call.Leg) {
			x.until(fmc.Alerting)
			l.Release(cause.Of(cause.NoAnswer))
			x.until(fmc.Gone)
		},
	} {
		for _, transport := range []string{"u1", "t1"} {
			t.Run(scenario+" "+transport, func(t *testing.T) {
				addr := freePort(t, "127.0.0.1")
				target := addr.String()
				if transport == "t1" {
					target += ";transport=tcp"
				}
				x := newExchange(t, patient, "127.0.0.1", target)
				t.Parallel()
				phone := sippOn(t, addr, scenario, transport, "")
				phone.listening(transport)
				play(x, x.dial("t0"))
				phone.wait()
			})
		}
	}
}

func TestASilentTrunkGivesWayToTheNextAndIsCancelledWhenItWakes(t *testing.T) {
	one, other := freePort(t, "127.0.0.1"), freePort(t, "127.0.0.1")
	x := newExchange(t, sipcore.Timing{}, "127.0.0.1", one.String(), other.String())
	t.Parallel()
	mute := sippOn(t, one, "mobile_silent", "u1", "")
	phone := sippOn(t, other, "mobile_hangs_up", "u1", "")
	mute.listening("u1")
	phone.listening("u1")
	x.dial("t0", "t1")
	if up, _ := x.until(fmc.Up); up.Line != "trunk:t1" {
		t.Errorf("up on %s", up.Line)
	}
	x.until(fmc.Gone)
	phone.wait()
	mute.wait()
}
