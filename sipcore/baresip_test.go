package sipcore

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/media"
)

// baresip starts a real phone with one account line, on loopback, and ends it with the test; config is what else stands in
// its configuration. It returns what the phone prints, line by line.
func baresip(t *testing.T, account string, config ...string) <-chan string {
	t.Helper()
	program, err := exec.LookPath("baresip")
	if err != nil {
		t.Fatalf("baresip is needed for this test (apt package baresip-core, `make setup`): %v", err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"config": "poll_method epoll\nsip_listen 127.0.0.1:0\nnet_interface 127.0.0.1\nmodule_path /usr/lib/baresip/modules\n" +
			"module g711.so\nmodule_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\n" + strings.Join(config, "\n") + "\n",
		"accounts": account + "\n", "contacts": "", "current_contact": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), program, "-f", dir, "-v", "-t", "30")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for sc := bufio.NewScanner(out); sc.Scan(); {
			select {
			case lines <- sc.Text():
			default:
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return lines
}

func TestBaresipRegisters(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			o := Options{Accounts: twoCompanies()}
			s := run(t, o, func(u *uses) { u.trunk = func(netip.AddrPort) bool { return false } })
			to := s.udp
			if network == "tcp" {
				to = s.tcp
			}
			lines := baresip(t, fmt.Sprintf("<sip:ivanov-desk@%s;transport=%s>;auth_user=ivanov-desk;auth_pass=secret;regint=60", to, network))
			said := awaitLine(t, lines, "200 OK")
			if len(s.Bindings("ivanov-desk")) != 1 {
				t.Fatal(said)
			}
			if b := s.Bindings("ivanov-desk")[0]; !strings.EqualFold(b.Transport, network) || !strings.Contains(strings.ToLower(b.UserAgent), "baresip") {
				t.Fatalf("%+v", b)
			}
		})
	}
}

func awaitLine(t *testing.T, lines <-chan string, what string) string {
	t.Helper()
	var said []string
	limit := time.After(within)
	for {
		select {
		case line, ok := <-lines:
			said = append(said, line)
			if strings.Contains(line, what) {
				return line
			}
			if !ok {
				t.Fatalf("the phone ended: %s", strings.Join(said, "\n"))
			}
		case <-limit:
			t.Fatalf("no %q in: %s", what, strings.Join(said, "\n"))
		}
	}
}

// phoneHouse is an agent on loopback with legs, a registrar and the accounts of two companies; the test is its calls.
func phoneHouse(t *testing.T) (*Agent, *Legs, *board) {
	t.Helper()
	began := time.Now()
	ports, err := media.NewPorts(media.Options{
		Bind: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, From: 23000, To: 23998, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Duration { return time.Since(began) },
	})
	if err != nil {
		t.Fatal(err)
	}
	loop := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}
	a, err := New(Options{Listen: Listen{UDP: loop, TCP: loop}, Accounts: twoCompanies(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := NewTrunks(nil, a)
	if err != nil {
		t.Fatal(err)
	}
	acme, b := acme(), newBoard()
	legs, err := NewLegs(a, LegOptions{
		Calls: b, Ports: ports, Companies: companies{acme}, Trunks: lines, NewCall: func() fmc.CallID { return "call-in" },
		Owner:  func(fmc.AccountID) (fmc.CompanyID, bool) { return "acme", true },
		Timing: Timing{Known: within, Unknown: within},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Bind(); err != nil {
		t.Fatal(err)
	}
	below, stopBelow := context.WithCancel(context.Background())
	above, stopAbove := context.WithCancel(context.Background())
	var sockets, calls sync.WaitGroup
	sockets.Go(func() { _ = ports.Run(below) })
	sockets.Go(func() { _ = a.Run(below) })
	calls.Go(func() { _ = legs.Run(above) })
	t.Cleanup(func() {
		stopAbove()
		calls.Wait()
		stopBelow()
		sockets.Wait()
	})
	return a, legs, b
}

// does has a phone with a control socket do something.
func does(t *testing.T, control, command, params string) {
	t.Helper()
	conn, err := net.Dial("tcp", control)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	body := fmt.Sprintf(`{"command":%q,"params":%q,"token":"t"}`, command, params)
	if _, err := fmt.Fprintf(conn, "%d:%s,", len(body), body); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(within))
	if _, err := conn.Read(make([]byte, 1)); err != nil { // its answer: the command was taken
		t.Fatal(err)
	}
}

func TestBaresipTransfersACallAndLetsItGo(t *testing.T) {
	a, legs, board := phoneHouse(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	control := free.Addr().String()
	_ = free.Close()
	lines := baresip(t, fmt.Sprintf("<sip:ivanov-desk@%s>;auth_user=ivanov-desk;auth_pass=secret;regint=60;answermode=auto", a.Addrs().UDP[0]),
		"module_app ctrl_tcp.so", "ctrl_tcp_listen "+control)
	awaitLine(t, lines, "200 OK")
	l := legs.Dial(fmc.LegID{Call: "call-x", N: 2}, plan.Try{Role: fmc.Worker, Account: "ivanov-desk", Lines: []plan.Candidate{{
		Line: "sip:ivanov-desk", Kind: fmc.AccountLine, Shown: callerid.Inside(callerid.Number{E164: clientNumber, Country: "RU"}, ""),
	}}})
	next := func(want func(call.Event) bool) {
		t.Helper()
		for limit := time.After(within); ; {
			select {
			case ev := <-board.events:
				if want(ev) {
					return
				}
			case <-limit:
				t.Fatal("it did not come to that")
			}
		}
	}
	next(func(ev call.Event) bool { is, ok := ev.(call.LinkIs); return ok && is.Link == fmc.Up })
	does(t, control, "transfer", "sip:202@acme.example")
	next(func(ev call.Event) bool {
		w, ok := ev.(call.Wished)
		return ok && w.Wish == (call.Wish{Kind: call.WishTransfer, Leg: l.ID(), Digits: "202"})
	})
	l.Release(cause.Of(cause.Hangup))
	next(func(ev call.Event) bool { is, ok := ev.(call.LinkIs); return ok && is.Link == fmc.Gone })
	awaitLine(t, lines, "audio: destroyed") // it has let the call go
}
