package gwsim

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"

	"roadline/fmc/cause"
)

// ami is the manager protocol of Asterisk 1.x as boxes built on it have kept it, at a TCP address. Commands of one
// connection are carried out one after the other; what happens is told to all that are logged in.
type ami struct {
	box     *box
	at      net.Listener
	command string                                    // the action that carries out a command
	first   int                                       // the span of the first port
	carry   func(ctx context.Context, a asked) string // does it, and returns what it writes

	mu       sync.Mutex // guards:
	sessions map[*amiSession]bool
}

// amiSession is one connection.
type amiSession struct {
	conn net.Conn
	mu   sync.Mutex // one block at a time
	in   bool       // it is logged in; owned by its reader
}

// asked is a command that came by a connection.
type asked struct {
	words string // "gsm show spans"
	port  *port  // that it is about; nil: none
}

// say writes a block; whether it is heard does not matter to the box.
func (s *amiSession) say(lines ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.conn.Write([]byte(strings.Join(lines, "\r\n") + "\r\n\r\n"))
}

func (m *ami) run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		_ = m.at.Close() // ends the accepting
		m.drop()
	})
	defer stop()
	var live sync.WaitGroup
	defer live.Wait()
	for {
		conn, err := m.at.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return cause.Errorf(cause.Unavailable, "a simulated gateway: %w", err)
		}
		s := &amiSession{conn: conn}
		m.mu.Lock()
		m.sessions[s] = true
		m.mu.Unlock()
		live.Go(func() { m.serve(ctx, s) })
		if ctx.Err() != nil {
			m.drop()
		}
	}
}

// drop ends all connections, as a box does that starts anew.
func (m *ami) drop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for s := range m.sessions {
		_ = s.conn.Close()
	}
}

// tell says to everybody what happened at a port.
func (m *ami) tell(p *port, lines ...string) {
	if p.has(Silent) {
		return
	}
	m.mu.Lock()
	var all []*amiSession
	for s := range m.sessions {
		all = append(all, s)
	}
	m.mu.Unlock()
	for _, s := range all {
		s.say(lines...)
		if p.has(Repeats) {
			s.say(lines...)
		}
	}
}

// serve reads actions until the connection ends.
func (m *ami) serve(ctx context.Context, s *amiSession) {
	defer func() {
		m.mu.Lock()
		delete(m.sessions, s)
		m.mu.Unlock()
		_ = s.conn.Close() // it has ended
	}()
	s.mu.Lock()
	_, _ = s.conn.Write([]byte("Asterisk Call Manager/1.1\r\n"))
	s.mu.Unlock()
	action := map[string]string{}
	for in := bufio.NewScanner(s.conn); in.Scan(); {
		line := in.Text()
		if name, value, ok := strings.Cut(line, ":"); ok {
			if len(line) < mostAMILine { // a longer one Asterisk forgets
				action[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
			}
			continue
		}
		if line != "" || len(action) == 0 {
			continue
		}
		if !m.act(ctx, s, action) {
			return
		}
		clear(action)
	}
}

// mostAMILine is the size of Asterisk's buffer for a line, in octets.
const mostAMILine = 1024

// act carries out an action; false: the connection ends.
func (m *ami) act(ctx context.Context, s *amiSession, action map[string]string) bool {
	var id []string
	if action["actionid"] != "" {
		id = []string{"ActionID: " + action["actionid"]}
	}
	refuse := func(why string) { s.say(append([]string{"Response: Error"}, append(id, "Message: "+why)...)...) }
	secret := m.box.o.Secret
	if m.box.ports[0].has(WrongSecret) {
		secret += "x"
	}
	switch verb := strings.ToLower(action["action"]); {
	case m.silent():
	case verb == "login":
		if action["username"] != m.box.o.User || action["secret"] != secret {
			refuse("Authentication failed")
			return false
		}
		s.in = true
		s.say(append([]string{"Response: Success"}, append(id, "Message: Authentication accepted")...)...)
	case secret != m.box.o.Secret: // the password was changed: everybody is thrown out
		return false
	case !s.in:
		refuse("Permission denied")
	case verb == "logoff":
		s.say("Response: Goodbye", "Message: Thanks for all the fish.")
		return false
	case verb == strings.ToLower(m.command):
		m.answer(ctx, s, id, m.about(action["command"]))
	default:
		refuse("Invalid/unknown command")
	}
	return true
}

// answer carries out a command and says what it wrote, as the faults of its port will have it.
func (m *ami) answer(ctx context.Context, s *amiSession, id []string, a asked) {
	if a.port != nil && a.port.has(Strange) {
		s.say(append([]string{"Response: Postponed"}, append(id, "Message: System busy")...)...)
		return
	}
	wrote := m.carry(ctx, a)
	if a.port != nil && (a.port.has(Silent) || a.port.has(CutSend) && strings.HasPrefix(a.words, "gsm send sms ")) {
		return
	}
	lines := append([]string{"Response: Follows", "Privilege: " + m.command}, id...)
	if wrote != "" {
		lines = append(lines, strings.TrimSuffix(wrote, "\n"))
	}
	lines = append(lines, "--END COMMAND--")
	s.say(lines...)
	if a.port != nil && a.port.has(Repeats) {
		s.say(lines...)
	}
}

// silent says that the whole box says nothing.
func (m *ami) silent() bool {
	for _, p := range m.box.ports {
		if !p.has(Silent) {
			return false
		}
	}
	return true
}

// about finds the port that a command is about: the first number in it.
func (m *ami) about(words string) asked {
	a := asked{words: words}
	for _, f := range strings.Fields(words) {
		if n, err := strconv.Atoi(f); err == nil {
			if n -= m.first; n >= 0 && n < len(m.box.ports) {
				a.port = m.box.ports[n]
			}
			break
		}
	}
	return a
}
