package sipcore

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/sipcore/wire"
)

// These tests are of the package itself, not of its outside: what the edge hands up and what it is given to send are
// not exported.

// within is how long a test waits for what must come. No test passes because it has elapsed.
const within = 10 * time.Second

// reached is one thing that the edge handed up.
type reached struct {
	what    string // invite, inside, stray
	msg     sip.Message
	account fmc.AccountID
}

// station is an agent on loopback whose upper half is the test.
type station struct {
	*Agent
	udp, tcp netip.AddrPort
	up       chan reached
	logged   *lockedBuffer
}

// lockedBuffer collects what is logged.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// run starts an agent and stops it when the test ends. Every INVITE passes as a trunk's and gets 603, whatever has a To
// tag gets 481, unless the test says otherwise.
func run(t *testing.T, o Options, change func(*uses)) *station {
	t.Helper()
	loop := netip.MustParseAddrPort("127.0.0.1:0")
	if len(o.Listen.UDP) == 0 && len(o.Listen.TCP) == 0 {
		o.Listen = Listen{UDP: []netip.AddrPort{loop}, TCP: []netip.AddrPort{loop}}
	}
	s := &station{up: make(chan reached, 1000), logged: &lockedBuffer{}}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(s.logged, nil))
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Agent = a
	u := uses{
		invite: func(in inbound, acc fmc.AccountID) {
			s.up <- reached{"invite", in.req, acc}
			a.refuse(in, 603, "Decline")
		},
		inside: func(in inbound) {
			s.up <- reached{"inside", in.req, ""}
			a.refuse(in, 481, "Call/Transaction Does Not Exist")
		},
		stray: func(res *sip.Response) { s.up <- reached{"stray", res, ""} },
		trunk: func(netip.AddrPort) bool { return true },
	}
	if change != nil {
		change(&u)
	}
	a.serve(u)
	if err := a.Bind(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(within):
			t.Error("the agent did not end")
		}
	})
	if l := a.Addrs(); len(l.UDP) > 0 {
		s.udp = l.UDP[0]
	}
	if l := a.Addrs(); len(l.TCP) > 0 {
		s.tcp = l.TCP[0]
	}
	return s
}

// await returns the next thing handed up.
func (s *station) await(t *testing.T) reached {
	t.Helper()
	select {
	case r := <-s.up:
		return r
	case <-time.After(within):
		t.Fatal("nothing was handed up")
		return reached{}
	}
}

// answer is a SIP response as a test reads it.
type answer struct {
	status int
	text   string // all of it
}

func (a answer) header(name string) []string {
	var out []string
	for _, line := range strings.Split(a.text, "\r\n") {
		if k, v, ok := strings.Cut(line, ": "); ok && strings.EqualFold(k, name) {
			out = append(out, v)
		}
	}
	return out
}

func (a answer) tag(t *testing.T) string {
	t.Helper()
	to := a.header("To")
	if len(to) != 1 {
		t.Fatalf("To: %q", to)
	}
	_, tag, _ := strings.Cut(to[0], ";tag=")
	return tag
}

// peer speaks raw SIP over one socket.
type peer struct {
	conn net.Conn
	r    *bufio.Reader
	udp  bool
}

func dialUDP(t *testing.T, to netip.AddrPort) *peer {
	t.Helper()
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &peer{conn: c, udp: true}
}

func dialTCP(t *testing.T, to netip.AddrPort) *peer {
	t.Helper()
	c, err := net.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &peer{conn: c, r: bufio.NewReader(c)}
}

func (p *peer) network() string {
	if p.udp {
		return wire.UDP
	}
	return wire.TCP
}

func (p *peer) addr() string { return p.conn.LocalAddr().String() }

func (p *peer) send(t *testing.T, b []byte) {
	t.Helper()
	if _, err := p.conn.Write(b); err != nil {
		t.Fatal(err)
	}
}

// read returns the next message, or the reason why none comes within d.
func (p *peer) read(d time.Duration) (answer, error) {
	_ = p.conn.SetReadDeadline(time.Now().Add(d))
	if p.udp {
		b := make([]byte, 65536)
		n, err := p.conn.Read(b)
		if err != nil {
			return answer{}, err
		}
		return parseAnswer(string(b[:n])), nil
	}
	var head strings.Builder
	length := 0
	for {
		line, err := p.r.ReadString('\n')
		if err != nil {
			return answer{}, err
		}
		if line == "\r\n" {
			if head.Len() == 0 {
				continue
			}
			break
		}
		head.WriteString(line)
		if v, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			length, _ = strconv.Atoi(strings.TrimSpace(v))
		}
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(p.r, body); err != nil {
		return answer{}, err
	}
	return parseAnswer(head.String() + "\r\n" + string(body)), nil
}

func parseAnswer(s string) answer {
	a := answer{text: s}
	if len(s) > 12 {
		a.status, _ = strconv.Atoi(s[8:11])
	}
	return a
}

// final returns the next final response.
func (p *peer) final(t *testing.T) answer {
	t.Helper()
	for {
		a, err := p.read(within)
		if err != nil {
			t.Fatalf("no answer: %v", err)
		}
		if a.status >= 200 {
			return a
		}
	}
}

var branches = struct {
	sync.Mutex
	n int
}{}

// newBranch is new in every call.
func newBranch() string {
	branches.Lock()
	defer branches.Unlock()
	branches.n++
	return fmt.Sprintf("z9hG4bKtest%d", branches.n)
}

// request writes a request as a peer sends it; lines replace or add headers of the same name.
func (p *peer) request(method, uri string, lines ...string) []byte {
	return compose(p.network(), p.addr(), method, uri, "", lines...)
}

func compose(network, addr, method, uri, body string, lines ...string) []byte {
	b := newBranch()
	head := [][2]string{
		{"Via", "SIP/2.0/" + network + " " + addr + ";branch=" + b + ";rport"},
		{"Max-Forwards", "70"},
		{"From", "<sip:alice@example.com>;tag=a" + b[7:]},
		{"To", "<" + uri + ">"},
		{"Call-ID", b + "@test"},
		{"CSeq", "1 " + method},
		{"Contact", "<sip:alice@" + addr + ">"},
	}
	for _, line := range lines {
		k, v, _ := strings.Cut(line, ": ")
		put := false
		for i := range head {
			if head[i][0] == k {
				head[i][1], put = v, true
			}
		}
		if !put {
			head = append(head, [2]string{k, v})
		}
	}
	var s strings.Builder
	s.WriteString(method + " " + uri + " SIP/2.0\r\n")
	for _, h := range head {
		if h[1] != "" {
			s.WriteString(h[0] + ": " + h[1] + "\r\n")
		}
	}
	s.WriteString("Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	return []byte(s.String())
}
