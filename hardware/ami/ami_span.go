package ami

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

// Span is the connection of one port, kept up: each port has one of its own, because boxes answer the questions of a
// connection one after the other, and a USSD question may take half a minute. The fields are set before Run.
type Span struct {
	Login    Login
	Timing   gateway.Timing
	Now      func() time.Time
	Log      *slog.Logger
	Look     func(context.Context, *Session) error // asks how the port stands, and tells its line
	Happened func(Message)
	Lost     func(error)

	mu sync.Mutex
	// mu guards:
	session *Session      // nil: there is none
	news    chan struct{} // closed when there is one again
}

// refusedPause is how long a box that refused the password is left alone.
const refusedPause = time.Minute

// mostPause is how long a lost connection stays lost at most before it is tried again.
const mostPause = 2 * time.Second

// Run keeps the connection up until ctx ends.
func (p *Span) Run(ctx context.Context) {
	last := p.Now()
	for ctx.Err() == nil {
		err := p.live(ctx, &last)
		if ctx.Err() != nil {
			break
		}
		p.Log.Warn("gateway's connection ended", "err", err)
		pause := min(p.Timing.Poll, mostPause)
		if cause.KindOf(err) == cause.Denied {
			pause = refusedPause
		}
		if cause.KindOf(err) == cause.Denied || p.Now().Sub(last) > p.Timing.Silent {
			p.Lost(err)
		}
		again := time.NewTimer(pause)
		select {
		case <-again.C:
		case <-ctx.Done():
		}
		again.Stop()
	}
	p.Lost(cause.Errorf(cause.Unavailable, "the gateway is not served any more"))
}

// live is one connection. last is when the box said last how the port stands. A connection that stands while the box answers
// nothing on it is left for another: what hangs may be the connection alone.
func (p *Span) live(ctx context.Context, last *time.Time) error {
	s, err := Open(ctx, p.Login)
	if err != nil {
		return err
	}
	inside, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- s.Run(inside, p.Happened) }()
	p.has(s)
	defer p.has(nil)
	began := p.Now()
	look := time.NewTicker(p.Timing.Poll)
	defer look.Stop()
	for {
		brief, over := context.WithTimeout(inside, p.Timing.Answer)
		err := p.Look(brief, s)
		over()
		switch now := p.Now(); {
		case err == nil:
			*last = now
		case cause.KindOf(err) == cause.NoRoom: // a question of ours goes on: the box is not silent
		case inside.Err() == nil && now.Sub(*last) > p.Timing.Silent:
			p.Lost(err)
			if now.Sub(began) > p.Timing.Silent {
				stop()
				return errors.Join(err, <-ended)
			}
		}
		select {
		case err := <-ended:
			return err
		case <-look.C:
		}
	}
}

func (p *Span) has(s *Session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session = s; s != nil && p.news != nil {
		close(p.news)
		p.news = nil
	}
}

// Session is the connection; where it is lost it is waited for, as long as one answer may take.
func (p *Span) Session(ctx context.Context) (*Session, error) {
	late := time.NewTimer(p.Timing.Answer)
	defer late.Stop()
	for {
		s, news := p.now()
		if s != nil {
			return s, nil
		}
		select {
		case <-news:
		case <-late.C:
			return nil, cause.Errorf(cause.Unavailable, "the gateway is away")
		case <-ctx.Done():
			return nil, cause.Errorf(cause.Unavailable, "the gateway is away: %w", ctx.Err())
		}
	}
}

// Command is Session.Command on the connection that there is, with the patience given.
func (p *Span) Command(ctx context.Context, patience time.Duration, action, words string) (Message, error) {
	s, err := p.Session(ctx)
	if err != nil {
		return Message{}, err
	}
	ctx, over := context.WithTimeout(ctx, patience)
	defer over()
	return s.Command(ctx, action, words)
}

// now is the connection, or what is closed when there is one again.
func (p *Span) now() (s *Session, news <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.session; s != nil {
		select {
		case <-s.Done():
		default:
			return s, nil
		}
	}
	if p.news == nil {
		p.news = make(chan struct{})
	}
	return nil, p.news
}

// Stands is how a port stands by what `gsm show span` wrote; false: it wrote something else.
func Stands(m Message, box string) (gateway.State, bool) {
	status := m.Written("Status")
	if m.Get("Response") != "Follows" || status == "" {
		return gateway.State{}, false
	}
	s := gateway.State{IMEI: gateway.Digits(m.Written("Model IMEI")), SIP: true, Blocked: strings.Contains(status, "Power off")}
	s.Box = strings.Join(strings.Fields(box+" "+m.Written("Model Name")+" "+m.Written("Revision")), " ")
	s.SIM = modem.SIM{State: modem.SIMReady, IMSI: gateway.Digits(m.Written("SIM IMSI")), Service: m.Written("SIM SMS Center Number"), Attempts: -1}
	s.Radio.Registration = registration(m.Written("Network Status"))
	s.Radio.Voice = s.Radio.Registration == modem.Home || s.Radio.Registration == modem.Roaming
	if rssi, err := strconv.Atoi(m.Written("Signal Quality (0,31)")); err == nil {
		s.Radio.SignalDBm = gateway.Signal(rssi)
	}
	if strings.Contains(status, "Undetected SIM") || s.SIM.IMSI == "" {
		s.SIM = modem.SIM{State: modem.SIMAbsent, Attempts: -1}
		s.Radio = modem.Radio{Registration: modem.NotRegistered}
	}
	return s, true
}

func registration(said string) modem.Registration {
	switch said = strings.ToLower(said); {
	case strings.HasPrefix(said, "registered") && strings.Contains(said, "roaming"):
		return modem.Roaming
	case strings.HasPrefix(said, "registered"):
		return modem.Home
	case strings.Contains(said, "searching"):
		return modem.Searching
	case strings.Contains(said, "denied"):
		return modem.Refused
	}
	return modem.NotRegistered
}
