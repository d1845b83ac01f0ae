package goip_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"roadline/hardware/gateway"
	"roadline/hardware/gateway/gatewaytest"
	"roadline/hardware/goip"
	"roadline/hardware/modem"
)

// A recorded dialogue is read line by line: < the box says, > it must hear, ! we want something, = what must come of it.
func TestTheDriverReadsRecordedDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	check(t, err)
	if len(files) < 2 {
		t.Fatal("the recorded dialogues are missing")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { replay(t, file) })
	}
}

const patience = 20 * time.Second

// player plays the box of a dialogue.
type player struct {
	*testing.T
	conn   net.PacketConn
	driver net.Addr
	line   *gateway.Line
	module *gateway.Module
	id     string      // of the dialogue that goes on
	token  string      // of what came last
	result chan string // of what we wanted
}

func replay(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	check(t, err)
	p := &player{T: t, result: make(chan string, 1)}
	p.conn, err = net.ListenPacket("udp", "127.0.0.1:0")
	check(t, err)
	defer func() { check(t, p.conn.Close()) }()
	for i, row := range strings.Split(string(text), "\n") {
		kind, rest, _ := strings.Cut(row, " ")
		rest = strings.ReplaceAll(rest, `\n`, "\n")
		var wrong string
		switch kind {
		case "", "#":
		case "line":
			p.begin(strings.Fields(rest))
		case "<":
			_, err = p.conn.WriteTo([]byte(strings.ReplaceAll(rest, "{id}", p.id)), p.driver)
			check(t, err)
		case ">":
			wrong = p.hears(rest)
		case "!":
			p.want(rest)
		case "=":
			wrong = p.comes(rest)
		default:
			wrong = "no such line"
		}
		if wrong != "" {
			t.Fatalf("%s:%d: %s: %s", file, i+1, row, wrong)
		}
	}
	if p.module != nil {
		check(t, p.module.Close())
	}
}

func (p *player) begin(f []string) {
	g, at := driven(p.T, "", gateway.Port{ID: f[0], Secret: f[1]}, slog.New(slog.DiscardHandler))
	p.line, p.driver = g.Lines()[0], at
	for !answers(p.T, p.conn, at) {
	}
}

// driven is a driver that runs until the test ends, and where boxes reach it.
func driven(t *testing.T, address string, line gateway.Port, log *slog.Logger) (gateway.Gateway, net.Addr) {
	book, err := gateway.OpenBook(filepath.Join(t.TempDir(), "book.json"))
	check(t, err)
	probe, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(t, err)
	check(t, probe.Close())
	g := gatewaytest.Drive(t, goip.Vendor(), gateway.Options{
		Name: "box", Address: address, Listen: probe.LocalAddr().String(), Lines: []gateway.Port{line}, Book: book, Now: time.Now,
		Log: log, Timing: gateway.Timing{Answer: patience, Silent: time.Hour},
	})
	return g, probe.LocalAddr()
}

// answers reports whether the driver answers, as it does where it hears of a line that it does not know.
func answers(t *testing.T, conn net.PacketConn, driver net.Addr) bool {
	_, err := conn.WriteTo([]byte("req:0;id:nobody;pass:x;"), driver)
	check(t, err)
	check(t, conn.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	_, _, err = conn.ReadFrom(make([]byte, 100))
	return err == nil
}

// The address of a box need not have a port.
func TestAStrangerIsNotAnswered(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "127.0.0.1:5060"} {
		_, driver := driven(t, address, gateway.Port{ID: "goip1", Secret: "open"}, slog.New(slog.DiscardHandler))
		box, err := net.ListenPacket("udp", "127.0.0.1:0")
		check(t, err)
		stranger, err := net.ListenPacket("udp", "127.0.0.2:0")
		check(t, err)
		for !answers(t, box, driver) {
		}
		if answers(t, stranger, driver) {
			t.Errorf("a stranger is answered where the box is at %s", address)
		}
		check(t, box.Close())
		check(t, stranger.Close())
	}
}

// counted counts what is logged.
type counted struct {
	slog.Handler
	n atomic.Int32
}

func (c *counted) Enabled(context.Context, slog.Level) bool { return true }
func (c *counted) WithAttrs([]slog.Attr) slog.Handler       { return c }
func (c *counted) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelInfo {
		c.n.Add(1)
	}
	return nil
}

// Anybody can send datagrams, as many as he likes: the log, and its disk, are not his.
func TestStrangersDoNotFillTheLog(t *testing.T) {
	log := &counted{}
	_, driver := driven(t, "127.0.0.1", gateway.Port{ID: "goip1", Secret: "open"}, slog.New(log))
	box, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(t, err)
	stranger, err := net.ListenPacket("udp", "127.0.0.2:0")
	check(t, err)
	for !answers(t, box, driver) {
	}
	for range 50 {
		_, err = stranger.WriteTo([]byte("req:1;id:goip1;pass:guess;"), driver)
		check(t, err)
		_, err = box.WriteTo([]byte("req:1;id:goip1;pass:guess;"), driver)
		check(t, err)
		for !answers(t, box, driver) { // with it, what came before was heard
		}
	}
	if n := log.n.Load(); n == 0 || n > 10 {
		t.Errorf("150 words of strangers are logged in %d lines", n)
	}
	check(t, box.Close())
	check(t, stranger.Close())
}

// hears waits for a datagram. {id} in it is the number that the driver chose.
func (p *player) hears(want string) string {
	buffer := make([]byte, 4096)
	for {
		check(p.T, p.conn.SetReadDeadline(time.Now().Add(patience)))
		n, _, err := p.conn.ReadFrom(buffer)
		if err != nil {
			return "it was not said"
		}
		got := string(buffer[:n])
		if got == "reg:0;status:404;" && want != got { // of begin
			continue
		}
		if f := strings.Fields(got); len(f) > 1 && strings.Contains(want, "{id}") {
			p.id = f[1]
		}
		if got != strings.ReplaceAll(want, "{id}", p.id) {
			return fmt.Sprintf("said was %q", got)
		}
		return ""
	}
}

// want begins what we want; what came of it goes to result.
func (p *player) want(what string) {
	name, args, _ := strings.Cut(what, " ")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	outcome := func(ok string, err error) {
		defer cancel()
		if err != nil {
			ok = "refused"
			if modem.Uncertain(err) {
				ok = "uncertain"
			}
			p.Logf("%s: %v", what, err)
		}
		p.result <- ok
	}
	switch name {
	case "text":
		to, words, _ := strings.Cut(args, " ")
		go func() {
			n, err := p.module.SendText(ctx, to, words)
			outcome(fmt.Sprintf("sent %d", n), err)
		}()
	case "ask":
		go func() {
			u, err := p.module.Ask(ctx, args)
			outcome("said "+u.Text, err)
		}()
	case "cancel":
		go func() { outcome("done", p.module.Cancel(ctx)) }()
	case "block":
		go func() { outcome("done", p.module.Block(ctx, true)) }()
	case "unblock":
		go func() { outcome("done", p.module.Block(ctx, false)) }()
	case "restart":
		go func() { outcome("done", p.module.Reset(ctx, modem.Restart)) }()
	case "kept":
		defer cancel()
		check(p.T, p.module.Kept(ctx, p.token))
	default:
		p.Fatalf("nobody knows how to want %q", what)
	}
}

// comes says what is wrong with what came of it.
func (p *player) comes(want string) string {
	name, _, _ := strings.Cut(want, " ")
	got := ""
	switch name {
	case "card", "radio":
		got = p.stands(name)
	case "came", "reported":
		got = p.told()
	default:
		select {
		case got = <-p.result:
		case <-time.After(patience):
			return "nothing came of it"
		}
	}
	if got != want {
		return fmt.Sprintf("it is %q", got)
	}
	return ""
}

// stands is how the line stands, once it can be opened.
func (p *player) stands(name string) string {
	late := time.Now().Add(patience)
	for p.module == nil && time.Now().Before(late) {
		p.module, _ = gateway.Open(p.line, nil, slog.New(slog.DiscardHandler))
	}
	s, err := p.line.State()
	check(p.T, err)
	if name == "card" {
		return strings.TrimSpace(strings.Join([]string{"card", s.SIM.ICCID, s.SIM.IMSI, s.SIM.Number}, " "))
	}
	return fmt.Sprintf("radio %s %d", s.Radio.Registration, s.Radio.SignalDBm)
}

// told is the next text or report.
func (p *player) told() string {
	for {
		select {
		case ev := <-p.module.Events():
			switch ev := ev.(type) {
			case modem.TextCame:
				p.token = ev.Token
				return "came " + ev.From + " " + ev.Text
			case modem.TextReported:
				p.token = ev.Token
				return fmt.Sprintf("reported %s %d %d", ev.To, ev.Reference, ev.Status)
			}
		case <-time.After(patience):
			return "nothing"
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
