package gwsim

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
)

// GoIP is a box of DBL that speaks the "GoIP SMS Interface" by UDP: each line, goip1, goip2 and so on, is a client of its
// own to Options.Server, with Options.Secret as its password. What it says follows the vendor's paper and captured packets.
type GoIP struct {
	*box
	lines []*goipLine
}

var _ Box = (*GoIP)(nil)

// NewGoIP sets a box up; Run switches it on.
func NewGoIP(o Options) (*GoIP, error) {
	b, err := newBox(o)
	if err != nil {
		return nil, err
	}
	if o.Server == "" || o.Secret == "" {
		return nil, cause.Errorf(cause.Invalid, "a simulated GoIP needs a server to speak to and a password")
	}
	g := &GoIP{box: b}
	for _, p := range b.ports {
		g.lines = append(g.lines, &goipLine{
			box: g, port: p, id: fmt.Sprintf("goip%d", p.index+1), number: 1_270_000_000, acked: map[string]chan struct{}{}, texts: map[string]*goipText{},
		})
	}
	return g, nil
}

// Address is empty: lines speak first.
func (g *GoIP) Address() string { return "" }

// Line is where a line listens; zero before Run.
func (g *GoIP) Line(port int) netip.AddrPort {
	l := g.lines[port]
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return netip.AddrPort{}
	}
	return l.conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// Run is documented at Box.
func (g *GoIP) Run(ctx context.Context) error {
	server, err := net.ResolveUDPAddr("udp", g.o.Server)
	if err != nil {
		return cause.Errorf(cause.Invalid, "the server of a simulated GoIP: %w", err)
	}
	var live sync.WaitGroup
	defer live.Wait()
	if g.sip != nil {
		if err := g.sip.begin(ctx, &live); err != nil {
			return err
		}
	}
	for _, l := range g.lines {
		conn, err := net.ListenUDP("udp", nil)
		if err != nil {
			return cause.Errorf(cause.Unavailable, "a line of a simulated GoIP: %w", err)
		}
		l.mu.Lock()
		l.conn, l.server = conn, server
		l.mu.Unlock()
		live.Go(func() { l.read(ctx, conn, &live) })
		live.Go(func() { l.alive(ctx) })
		live.Go(func() { l.port.listen(ctx, goipSink{l, &live, ctx}) })
		live.Go(func() {
			<-ctx.Done()
			_ = conn.Close() // ends the reading
		})
	}
	<-ctx.Done()
	return nil
}

// goipLine is one line.
type goipLine struct {
	box  *GoIP
	port *port
	id   string

	mu sync.Mutex
	// mu guards:
	conn   *net.UDPConn // nil: the box is off
	server *net.UDPAddr
	number int64                    // of the next event: they count down, as the box's clock would
	acked  map[string]chan struct{} // events that wait for their acknowledgement
	texts  map[string]*goipText     // dialogues for texts, by their numbers
	order  []string                 // of texts: the box remembers the last ten
	ussd   string                   // the open session
}

// goipText is a text that was brought to the line.
type goipText struct {
	words    string
	admitted bool
	sends    map[string]string // the answer to SEND, by the receiver's place; empty: the network has it
}

// secret is the line's password.
func (l *goipLine) secret() string {
	if l.port.has(WrongSecret) {
		return l.box.o.Secret + "x"
	}
	return l.box.o.Secret
}

// say says something to the server.
func (l *goipLine) say(text string) {
	l.mu.Lock()
	to := l.server
	l.mu.Unlock()
	l.write(text, to)
}

// write sends a datagram, as the line's faults will have it.
func (l *goipLine) write(text string, to *net.UDPAddr) {
	l.mu.Lock()
	conn := l.conn
	l.mu.Unlock()
	if l.port.has(Silent) {
		return
	}
	times := 1
	if l.port.has(Repeats) {
		times = 2
	}
	for range times {
		_, _ = conn.WriteToUDP([]byte(text), to) // nobody need be there
	}
}

// report is the line's regular word, as firmware of 2016 says it.
func (l *goipLine) report() string {
	p := l.port
	card, in := p.card(), "LOGOUT"
	imsi, iccid, num, operator, signal := "", "", "", "", 0
	if card != nil {
		imsi, iccid = card.IMSI, card.ICCID
		if card.Says {
			num = card.Number
		}
	}
	if p.registered() {
		in, signal, operator = "LOGIN", 23, strings.ToUpper(p.mobile.Operator().Name)
	}
	disabled := 0
	if l.box.Blocked(p.index) {
		disabled = 1
	}
	voip := "LOGOUT"
	if l.box.Registered(p.index) {
		voip = "LOGIN"
	}
	return fmt.Sprintf("id:%s;pass:%s;num:%s;signal:%d;gsm_status:%s;voip_status:%s;voip_state:IDLE;remain_time:-1;imei:35209900%07d;imsi:%s;iccid:%s;pro:%s;idle:11;"+
		"disable_status:%d;SMS_LOGIN:N;SMB_LOGIN:;CELLINFO:LAC:9110,CELL ID:7E6;CGATT:Y;",
		l.id, l.secret(), num, signal, in, voip, p.index+1, imsi, iccid, operator, disabled)
}

// alive says again and again that the line is there.
func (l *goipLine) alive(ctx context.Context) {
	for n := 1; ; n++ {
		l.say(fmt.Sprintf("req:%d;%s", n, l.report()))
		if !sleep(ctx, l.box.o.Timing.Alive) {
			return
		}
	}
}

// tell says an event until somebody acknowledges it, four times at most.
func (l *goipLine) tell(ctx context.Context, name, fields string) {
	l.mu.Lock()
	l.number--
	number := l.number
	done := make(chan struct{})
	key := fmt.Sprintf("%s %d", name, number)
	l.acked[key] = done
	l.mu.Unlock()
	for range 4 {
		l.say(fmt.Sprintf("%s:%d;id:%s;password:%s;%s", name, number, l.id, l.secret(), fields))
		if !wait(ctx, l.box.o.Timing.Again, done) {
			break
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.acked, key)
}

// read takes what anybody says to the line.
func (l *goipLine) read(ctx context.Context, conn *net.UDPConn, live *sync.WaitGroup) {
	buffer := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFromUDP(buffer)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			continue
		}
		said := string(buffer[:n])
		live.Go(func() { goipOrder{l, from}.obey(ctx, said) })
	}
}

// goipSink tells of what the network brings.
type goipSink struct {
	l    *goipLine
	live *sync.WaitGroup
	life context.Context //nolint:containedctx // what is told is told as long as the box lives
}

func (s goipSink) came(_ *port, t text) {
	s.live.Go(func() {
		s.l.tell(s.life, "RECEIVE", fmt.Sprintf("srcnum:%s;smscnum:%s;msg:%s", t.from, t.centre, t.text))
	})
}

func (s goipSink) reported(_ *port, r reported) {
	s.live.Go(func() {
		s.l.tell(s.life, "DELIVER", fmt.Sprintf("sms_no:%d;state:%d;num:%s", r.reference, r.status, r.to))
	})
}

func (s goipSink) rings(ctx context.Context, p *port, h *gsmsim.Handset) {
	l := s.l
	if l.box.sip == nil {
		h.HangUp()
		return
	}
	s.live.Go(func() {
		l.tell(ctx, "STATE", "gsm_remain_state:INCOMING:"+h.Caller())
		l.box.sip.bring(ctx, p, h)
		l.tell(ctx, "HANGUP", "num:"+h.Caller()+",cause:Normal call clearing")
		l.tell(ctx, "STATE", "gsm_remain_state:IDLE")
	})
}
