package modemtest

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/hardware/modem"
)

// Player is a module that says what a test or a transcript wants and nothing of its own: it plays the far end of a port.
// Commands that it has no answer for get OK, the list of calls ERROR. It works in a bubble of testing/synctest too.
type Player struct {
	t testing.TB
	// Modem is the driver that talks to it; it is not started.
	Modem modem.Modem
	// Heard are the commands, without AT, and the texts of messages.
	Heard chan string

	options modem.Options

	mu sync.Mutex
	// mu guards:
	conn    net.Conn
	answers map[string][][]string // the last one of a command stays
	every   []string              // of commands without answers; nil: OK
	gone    bool
}

// NewPlayer makes a player and a driver of a family. pcm is the far end of the speech port; nil: it has none.
func NewPlayer(t testing.TB, family modem.Family, pcm func() (io.ReadWriteCloser, error)) *Player {
	p := &Player{t: t, Heard: make(chan string, 1000), answers: map[string][][]string{}}
	p.Answer("+CLCC", "ERROR")
	p.Answer("+CMEE?", "+CMEE: 1", "OK")
	p.Answer("+CPIN?", "+CPIN: READY", "OK")
	p.options = modem.Options{Family: family, AT: p.open, PCM: pcm, Log: slog.New(slog.DiscardHandler), Now: time.Now}
	p.Modem = modem.Open(p.options)
	return p
}

// WithCard is another driver for the player, one with a sound card; it takes the place of Modem.
func (p *Player) WithCard(card func() (modem.Card, error)) modem.Modem {
	p.options.Card = card
	p.Modem = modem.Open(p.options)
	return p.Modem
}

// Answer sets the lines that answer a command, the final one included. More answers to one command are given in turn,
// and the last again and again.
func (p *Player) Answer(command string, lines ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[command] = append(p.answers[command], lines)
}

// Again forgets the answers of a command that were not given yet.
func (p *Player) Again(command string, lines ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[command] = [][]string{lines}
}

// All sets the answer to every command.
func (p *Player) All(lines []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers, p.every = nil, lines
}

// Say says lines that nobody asked for.
func (p *Player) Say(lines ...string) {
	p.mu.Lock()
	conn := p.conn
	p.mu.Unlock()
	p.say(conn, lines)
}

// Pull takes the port away.
func (p *Player) Pull() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
	_ = p.conn.Close()
}

func (p *Player) say(conn net.Conn, lines []string) {
	var all strings.Builder
	for _, line := range lines {
		all.WriteString("\r\n" + line)
		if line != "> " {
			all.WriteString("\r\n")
		}
	}
	if all.Len() > 0 {
		_, _ = io.WriteString(conn, all.String()) // a driver that has gone does not listen
	}
}

func (p *Player) open() (io.ReadWriteCloser, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return nil, io.ErrClosedPipe
	}
	ours, theirs := net.Pipe()
	p.conn = ours
	go p.listen(ours) // ends with the driver's end of the pipe
	return theirs, nil
}

func (p *Player) listen(conn net.Conn) {
	r := bufio.NewReader(conn)
	var part strings.Builder
	for {
		c, err := r.ReadByte()
		if err != nil {
			return
		}
		switch c {
		case '\r', 0x1a:
			text := strings.TrimPrefix(part.String(), "AT")
			part.Reset()
			if c == 0x1a {
				text = "text"
			} else if text == "\x1b" {
				continue
			}
			select {
			case p.Heard <- text:
			default:
			}
			p.say(conn, p.answer(text))
		default:
			part.WriteByte(c)
		}
	}
}

func (p *Player) answer(command string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.answers[command]
	switch {
	case len(all) == 0 && p.every != nil:
		return p.every
	case len(all) == 0:
		return []string{"OK"}
	}
	if len(all) > 1 {
		p.answers[command] = all[1:]
	}
	return all[0]
}
