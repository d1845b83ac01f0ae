package gwsim

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
)

// SIP is how a box speaks SIP: RFC 3261 over UDP, G.711 A-law, keys by RFC 4733. It follows no Record-Route: boxes stand
// beside whom they speak to.
type SIP struct {
	Listen string    // host:port for all lines without one of their own; port 0: any
	Server string    // host:port of whom it registers with and brings calls to
	Lines  []SIPLine // one for each port
}

// SIPLine is a port's part in it.
type SIPLine struct {
	// User and Secret are the port's account; such a port has a SIP port of its own and registers. User empty: calls go and
	// come in trust of addresses.
	User, Secret string
	Prefix       string // that chooses the port, where it shares a SIP port; it is taken off the number
	Hotline      string // called for whoever calls the card
}

// endpoint is a box's SIP: an agent for each SIP port.
type endpoint struct {
	box    *box
	agents []*agent // by port of the box; those that share a SIP port have the same
}

// agent is one SIP port.
type agent struct {
	box    *box
	conn   *net.UDPConn
	server *net.UDPAddr
	lines  []agentLine
	life   *sync.WaitGroup

	mu sync.Mutex
	// mu guards:
	waits      map[string]chan message // client transactions, by branch and method
	calls      map[string]*sipCall     // by Call-ID
	answered   map[string]string       // the last answer to a request, by branch and method: it is repeated
	order      []string                // of answered, the oldest first
	acks       map[string]string       // for an INVITE of ours that was answered, by Call-ID
	registered map[int]bool            // by port
}

type agentLine struct {
	SIPLine
	port *port
}

func newEndpoint(b *box) *endpoint { return &endpoint{box: b} }

// begin opens the SIP ports and registers the accounts.
func (e *endpoint) begin(ctx context.Context, live *sync.WaitGroup) error {
	o := e.box.o.SIP
	if len(o.Lines) != len(e.box.ports) {
		return cause.Errorf(cause.Invalid, "a simulated gateway has a SIP line for each port")
	}
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return cause.Errorf(cause.Invalid, "SIP of a simulated gateway: %w", err)
	}
	var shared *agent
	for i, l := range o.Lines {
		a := shared
		if l.User != "" || shared == nil {
			at := o.Listen
			if l.User != "" {
				at = net.JoinHostPort(host, "0")
			}
			if a, err = e.agent(ctx, at, live); err != nil {
				return err
			}
		}
		if l.User == "" {
			shared = a
		}
		a.lines = append(a.lines, agentLine{l, e.box.ports[i]})
		e.box.mu.Lock()
		e.agents = append(e.agents, a)
		e.box.mu.Unlock()
	}
	started := map[*agent]bool{}
	for i, a := range e.agents {
		if !started[a] {
			started[a] = true
			live.Go(func() { a.read(ctx) })
			live.Go(func() {
				<-ctx.Done()
				_ = a.conn.Close() // ends the reading
			})
		}
		if l := o.Lines[i]; l.User != "" {
			live.Go(func() { a.keepRegistered(ctx, agentLine{l, e.box.ports[i]}) })
		}
	}
	return nil
}

func (e *endpoint) agent(ctx context.Context, at string, live *sync.WaitGroup) (*agent, error) {
	server, err := net.ResolveUDPAddr("udp", e.box.o.SIP.Server)
	if err != nil {
		return nil, cause.Errorf(cause.Invalid, "SIP of a simulated gateway: %w", err)
	}
	conn, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", at)
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "SIP of a simulated gateway: %w", err)
	}
	return &agent{
		box: e.box, conn: conn.(*net.UDPConn), server: server, life: live, waits: map[string]chan message{}, calls: map[string]*sipCall{},
		answered: map[string]string{}, acks: map[string]string{}, registered: map[int]bool{},
	}, nil
}

// at is where a port's SIP is reached; empty before the box is on.
func (e *endpoint) at(port int) string {
	e.box.mu.Lock()
	defer e.box.mu.Unlock()
	if port >= len(e.agents) {
		return ""
	}
	return e.agents[port].conn.LocalAddr().String()
}

// isRegistered says that a port's account is registered.
func (e *endpoint) isRegistered(port int) bool {
	e.box.mu.Lock()
	var a *agent
	if port < len(e.agents) {
		a = e.agents[port]
	}
	e.box.mu.Unlock()
	if a == nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.registered[port]
}

// bring brings a call that came to a port's card to the server, and returns when it is over.
func (e *endpoint) bring(ctx context.Context, p *port, h *gsmsim.Handset) {
	e.box.mu.Lock()
	a := e.agents[p.index]
	e.box.mu.Unlock()
	for _, l := range a.lines {
		if l.port == p {
			a.bring(ctx, l, h)
			return
		}
	}
}

// host is the address that stands in the agent's messages.
func (a *agent) host() string { return a.conn.LocalAddr().String() }

func (a *agent) read(ctx context.Context) {
	buffer := make([]byte, 65536)
	for {
		n, from, err := a.conn.ReadFromUDP(buffer)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			continue
		}
		m, ok := readMessage(string(buffer[:n]))
		if !ok {
			continue // RFC 5626 keep-alives, and noise
		}
		a.box.o.Log.Debug("SIP came", "text", string(buffer[:n]))
		if m.status > 0 {
			a.response(m, from)
		} else {
			a.request(ctx, m, from)
		}
	}
}

func (a *agent) write(text string, to *net.UDPAddr) {
	a.box.o.Log.Debug("SIP goes", "text", text)
	_, _ = a.conn.WriteToUDP([]byte(text), to) // what is lost is sent again
}

// keepRegistered registers an account, and again before that ends.
func (a *agent) keepRegistered(ctx context.Context, l agentLine) {
	const expires = 300
	host, _, _ := net.SplitHostPort(a.box.o.SIP.Server)
	id, tag := token(), token()
	for n := 1; ; n++ {
		m := message{method: "REGISTER", uri: "sip:" + host}
		m.add("From", fmt.Sprintf("<sip:%s@%s>;tag=%s", l.User, host, tag))
		m.add("To", fmt.Sprintf("<sip:%s@%s>", l.User, host))
		m.add("Call-ID", id)
		m.add("CSeq", fmt.Sprintf("%d REGISTER", 2*n))
		m.add("Contact", fmt.Sprintf("<sip:%s@%s>", l.User, a.host()))
		m.add("Expires", fmt.Sprint(expires))
		answer, err := a.ask(ctx, m, a.server, nil)
		if err == nil && wantsProof(answer, l) {
			answer, err = a.ask(ctx, prove(m, answer, l), a.server, nil)
		}
		on := err == nil && answer.status == 200
		a.mu.Lock()
		a.registered[l.port.index] = on
		a.mu.Unlock()
		wait := time.Duration(expires/2) * time.Second
		if !on {
			wait = 10 * a.box.o.Timing.Again
		}
		if !sleep(ctx, wait) {
			return
		}
	}
}

// lineFor is the port that a number is for, and the number without what chose the port.
func (a *agent) lineFor(user string) (agentLine, string, bool) {
	if len(a.lines) == 1 && a.lines[0].Prefix == "" {
		return a.lines[0], user, true
	}
	best := -1
	for i, l := range a.lines {
		if strings.HasPrefix(user, l.Prefix) && (best < 0 || len(l.Prefix) > len(a.lines[best].Prefix)) {
			best = i
		}
	}
	if best < 0 {
		return agentLine{}, "", false
	}
	return a.lines[best], strings.TrimPrefix(user, a.lines[best].Prefix), true
}
