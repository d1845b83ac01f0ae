package yeastar_test

import (
	"bufio"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
	"roadline/hardware/gateway/gatewaytest"
	"roadline/hardware/modem"
	"roadline/hardware/yeastar"
)

const patience = 20 * time.Second

// paper is a box that knows the commands of a file, and what it writes and tells when it is given one.
type paper struct {
	writes, tells map[string][]string

	mu  sync.Mutex // guards:
	not []string   // commands that the file does not have
}

func readPaper(t *testing.T) *paper {
	t.Helper()
	text, err := os.ReadFile("testdata/paper.txt")
	check(t, err)
	p := &paper{writes: map[string][]string{}, tells: map[string][]string{}}
	command := ""
	for _, row := range strings.Split(string(text), "\n") {
		if c, is := strings.CutPrefix(row, "> "); is {
			command = c
			p.writes[command] = nil
		} else if w, is := strings.CutPrefix(row, "< "); is {
			p.writes[command] = append(p.writes[command], w)
		} else if e, is := strings.CutPrefix(row, "! "); is {
			p.tells[command] = append(p.tells[command], strings.ReplaceAll(e, "|", "\r\n")+"\r\n\r\n")
		}
	}
	return p
}

// serve takes connections until the test ends.
func (p *paper) serve(t *testing.T) (address string) {
	t.Helper()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	var live sync.WaitGroup
	live.Go(func() {
		for {
			conn, err := at.Accept()
			if err != nil {
				return
			}
			live.Go(func() { p.speak(conn) })
		}
	})
	t.Cleanup(func() {
		check(t, at.Close())
		live.Wait()
	})
	return at.Addr().String()
}

var number = regexp.MustCompile(`(" )(\d+)$`)

func (p *paper) speak(conn net.Conn) {
	defer conn.Close()
	say := func(words string) { _, _ = conn.Write([]byte(words)) } // the asker may be gone
	say("Asterisk Call Manager/1.1\r\n")
	action := map[string]string{}
	for in := bufio.NewScanner(conn); in.Scan(); {
		if name, value, ok := strings.Cut(in.Text(), ": "); ok {
			action[name] = value
			continue
		}
		if action["Action"] == "Login" {
			say("Response: Success\r\nMessage: Authentication accepted\r\n\r\n")
			continue
		}
		command, id := action["Command"], ""
		if m := number.FindStringSubmatch(command); m != nil {
			command, id = number.ReplaceAllString(command, "${1}{id}"), m[2]
		}
		writes, known := p.writes[command]
		if !known {
			p.mu.Lock()
			p.not = append(p.not, command)
			p.mu.Unlock()
		}
		say("Response: Follows\r\nPrivilege: SMSCommand\r\nActionID: " + action["ActionID"] + "\r\n" + strings.Join(writes, "\n") + "--END COMMAND--\r\n\r\n")
		for _, e := range p.tells[command] {
			say(strings.ReplaceAll(e, "{id}", id))
		}
	}
}

func TestTheDriverSpeaksAsThePaperDoes(t *testing.T) {
	p := readPaper(t)
	g := drive(t, p.serve(t))
	m := gatewaytest.Serve(t, g.Lines()[0])
	ctx := t.Context()
	sim, err := m.SIM(ctx)
	check(t, err)
	if sim.IMSI != "293700203101881" || sim.ICCID != "8938670000000000001" || sim.Service != "+38670007007" {
		t.Errorf("the card is %+v", sim)
	}
	if r, err := m.Radio(ctx); err != nil || r.SignalDBm != -75 || !r.Voice {
		t.Errorf("it stands with the network as %+v, %v", r, err)
	}
	gatewaytest.Until(t, "the empty port is told", func() bool {
		s, err := g.Lines()[1].State()
		return err == nil && s.SIM.State == modem.SIMAbsent
	})
	if _, err := m.SendText(ctx, "10086", `Привет "100%"`); err != nil {
		t.Errorf("a text: %v", err)
	}
	if _, err := m.SendText(ctx, "10087", "Hello"); err == nil || modem.Uncertain(err) {
		t.Errorf("a text that does not go: %v", err)
	}
	if u, err := m.Ask(ctx, "*101#"); err != nil || u.Text != "Solde Principal: 170 FCFA, expire le 2019-11-17. Total Bonus: 0F.\nPour plus de details tapez *101*1#." || u.Open {
		t.Errorf("the network said %+v, %v", u, err)
	}
	if u, err := m.Ask(ctx, "*102#"); cause.KindOf(err) != cause.Unavailable {
		t.Errorf("the network said %+v, %v", u, err)
	}
	if _, err := m.Ask(ctx, "*1\"#"); cause.KindOf(err) != cause.Invalid {
		t.Errorf("a quote in a USSD string: %v", err)
	}
	check(t, m.Block(ctx, true))
	came := texts(t, m, 2)
	if c := came[0]; c.From != "+22670000000" || c.Text != "%EF%BB%BFBooo%21+1%2B1=2 100%" || c.Parts > 1 || c.Sent.Format(time.DateTime) != "2019-08-19 17:01:48" {
		t.Errorf("what is not written as it should be is taken as it stands: %+v", c)
	}
	if c := came[1]; c.Text != "Ещё ответ" || c.Part != 2 || c.Parts != 2 || c.Ref == 0 {
		t.Errorf("a part came as %+v", c)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.not {
		t.Errorf("the paper does not know %q", c)
	}
}

// texts are the next texts that came.
func texts(t *testing.T, m *gateway.Module, n int) (all []modem.TextCame) {
	t.Helper()
	late := time.After(patience)
	for len(all) < n {
		select {
		case ev := <-m.Events():
			if came, is := ev.(modem.TextCame); is {
				all = append(all, came)
			}
		case <-late:
			t.Fatalf("there came %d texts, not %d", len(all), n)
		}
	}
	return all
}

func options(t *testing.T, address string) gateway.Options {
	t.Helper()
	book, err := gateway.OpenBook(filepath.Join(t.TempDir(), "book.json"))
	check(t, err)
	return gateway.Options{
		Name: "box", Address: address, User: "apiuser", Secret: "apipass", Lines: []gateway.Port{{ID: "1"}, {ID: "2"}}, Book: book,
		Cards: map[string]string{"293700203101881": "8938670000000000001"},
		Now:   time.Now, Log: slog.New(slog.DiscardHandler), Timing: gateway.Timing{Answer: patience, Poll: 20 * time.Millisecond},
	}
}

// drive is a driver that runs until the test ends.
func drive(t *testing.T, address string) gateway.Gateway {
	t.Helper()
	return gatewaytest.Drive(t, yeastar.Vendor(), options(t, address))
}

func TestWhatAYeastarNeedsIsSaid(t *testing.T) {
	if _, err := yeastar.Vendor().Open(options(t, "192.0.2.7")); err != nil {
		t.Errorf("a good one: %v", err)
	}
	for name, spoil := range map[string]func(*gateway.Options){
		"no address":              func(o *gateway.Options) { o.Address = "" },
		"no user":                 func(o *gateway.Options) { o.User = "" },
		"no password":             func(o *gateway.Options) { o.Secret = "" },
		"no lines":                func(o *gateway.Options) { o.Lines = nil },
		"no book":                 func(o *gateway.Options) { o.Book = nil },
		"a port out of the world": func(o *gateway.Options) { o.Lines = []gateway.Port{{ID: "0"}} },
		"a port by a name":        func(o *gateway.Options) { o.Lines = []gateway.Port{{ID: "gsm-1.1"}} },
	} {
		o := options(t, "192.0.2.7")
		spoil(&o)
		if _, err := yeastar.Vendor().Open(o); cause.KindOf(err) != cause.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
