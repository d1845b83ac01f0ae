package modemtest

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadline/hardware/modem"
)

// Replay plays the recorded dialogues testdata/*.at to the driver and compares what it makes of them. A transcript is
// text, a line each:
//
//	# a comment; the first says where the dialogue is from
//	> a command, as it was sent, without AT
//	< a line of its answer, the final one included, and whatever came right behind it; up to the next empty line
//	< without a command before it: lines that nobody asked for, said at this place
//	! what the driver is asked to do: sim, radio, dial, answer, hang up, released, stored, ask
//	= what comes of it, or an event
//
// Answers are known from the beginning: it does not matter where in the dialogue the driver asks.
func Replay(t *testing.T, families map[string]modem.Family) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.at")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".at")
		t.Run(name, func(t *testing.T) {
			kind, _, _ := strings.Cut(name, "_")
			family, ok := families[kind]
			if !ok {
				t.Fatalf("no family is called %q, as the beginning of the file's name", kind)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(text), "# From ") {
				t.Fatal("the first line says where the dialogue is from: # From …")
			}
			play(t, family, string(text))
		})
	}
}

// A passage is one step of a transcript.
type passage struct {
	kind  byte // '<', '!', '='
	lines []string
}

func play(t *testing.T, family modem.Family, text string) {
	t.Helper()
	p := NewPlayer(t, family, nil)
	passages := readTranscript(p, text)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.Modem.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Modem.Close(); err != nil {
			t.Error(err)
		}
	}()
	var results []string
	for _, step := range passages {
		switch step.kind {
		case '<':
			p.Say(step.lines...)
		case '!':
			results = append(results, act(ctx, p.Modem, step.lines[0])...)
		case '=':
			if len(results) == 0 {
				results = append(results, next(ctx, p.Modem))
			}
			if results[0] != step.lines[0] {
				t.Errorf("it makes of it %q, want %q", results[0], step.lines[0])
			}
			results = results[1:]
		}
	}
	if len(results) > 0 {
		t.Errorf("nobody expected %q", results)
	}
}

// readTranscript gives the player its answers and returns the rest.
func readTranscript(p *Player, text string) []passage {
	var all []passage
	var command string
	var answer []string
	known := map[string]bool{}
	settle := func() {
		switch {
		case command == "":
		case known[command]:
			p.Answer(command, answer...)
		default:
			p.Again(command, answer...) // instead of the player's own
			known[command] = true
		}
		command, answer = "", nil
	}
	last := byte(0)
	for line := range strings.Lines(text) {
		kind, rest := byte(0), ""
		if line = strings.TrimRight(line, "\r\n"); len(line) > 1 {
			kind, rest = line[0], line[2:]
		}
		if kind != '<' {
			settle()
		}
		switch {
		case kind == '>':
			command = strings.TrimPrefix(rest, "AT")
		case kind == '<' && command != "":
			answer = append(answer, rest)
		case kind == '<' && last == '<':
			all[len(all)-1].lines = append(all[len(all)-1].lines, rest)
		case kind == '<' || kind == '!' || kind == '=':
			all = append(all, passage{kind, []string{rest}})
		}
		last = kind
	}
	settle()
	return all
}

// act does what a line says and puts its result in words.
func act(ctx context.Context, m modem.Modem, what string) []string {
	verb, rest, _ := strings.Cut(what, " ")
	in := func(result string, err error) []string {
		if err != nil {
			return []string{"error: " + err.Error()}
		}
		if result == "" {
			return nil
		}
		return []string{result}
	}
	switch verb {
	case "sim":
		s, err := m.SIM(ctx)
		return in(fmt.Sprintf("%s iccid %s imsi %s number %s attempts %d", s.State, s.ICCID, s.IMSI, s.Number, s.Attempts), err)
	case "radio":
		r, err := m.Radio(ctx)
		return in(radioWords(r), err)
	case "dial":
		return in("", m.Dial(ctx, rest))
	case "answer":
		return in("", m.Answer(ctx))
	case "hang":
		return in("", m.HangUp(ctx))
	case "released":
		c, err := m.Released(ctx)
		return in(c.String(), err)
	case "room":
		used, total, err := m.Room(ctx)
		return in(fmt.Sprintf("%d of %d", used, total), err)
	case "ask":
		u, err := m.Ask(ctx, rest)
		return in(fmt.Sprintf("mode %d %q", u.Mode, u.Text), err)
	case "send":
		pdu, err := hex.DecodeString(rest)
		if err != nil {
			return in("", err)
		}
		ref, err := m.Send(ctx, pdu)
		return in(fmt.Sprintf("reference %d", ref), err)
	case "stored":
		list, err := m.Stored(ctx)
		var all []string
		for _, s := range list {
			all = append(all, fmt.Sprintf("%s %d, %d octets", s.Storage, s.Index, len(s.PDU)))
		}
		return in(strings.Join(all, "; "), err)
	default:
		return []string{"the driver cannot " + what}
	}
}

// next is the next event in words.
func next(ctx context.Context, m modem.Modem) string {
	select {
	case ev, ok := <-m.Events():
		if !ok {
			return fmt.Sprintf("the modem ended: %v", m.Err())
		}
		return words(ev)
	case <-ctx.Done():
		return "nothing"
	}
}

func radioWords(r modem.Radio) string {
	return fmt.Sprintf("%s voice %t operator %q network %q access %q cell %q signal %d", r.Registration, r.Voice, r.Operator, r.Network, r.Access, r.Cell, r.SignalDBm)
}

func words(ev modem.Event) string {
	switch ev := ev.(type) {
	case modem.Ringing:
		return fmt.Sprintf("ringing from %q hidden %t", ev.Number, ev.Hidden)
	case modem.CallIs:
		text := fmt.Sprintf("call %d %s", ev.Index, ev.State)
		if ev.State == modem.CallEnded {
			text += ": " + ev.Cause.String()
		}
		return text
	case modem.Keyed:
		return "key " + string(ev.Key)
	case modem.Arrived:
		return fmt.Sprintf("arrived %s %d", ev.Storage, ev.Index)
	case modem.Delivered:
		return fmt.Sprintf("delivered %d octets report %t", len(ev.PDU), ev.Report)
	case modem.Full:
		return "full " + ev.Storage
	case modem.RadioIs:
		return "radio " + radioWords(ev.Radio)
	case modem.SIMIs:
		return "sim " + string(ev.State)
	case modem.Asked:
		return fmt.Sprintf("asked mode %d %q", ev.Mode, ev.Text)
	case modem.Rebooted:
		return "rebooted"
	default:
		return fmt.Sprintf("%T", ev)
	}
}
