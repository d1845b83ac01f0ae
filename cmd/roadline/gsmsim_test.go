package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func TestTheSimulatedNetworkServesItsModemByTCP(t *testing.T) {
	in, typed := io.Pipe()
	said, out := io.Pipe()
	p := &program{in: in, out: out, err: io.Discard, zone: time.UTC, now: time.Now}
	ctx, stop := context.WithCancel(context.Background())
	root := p.root()
	root.SetArgs([]string{"gsmsim", "--model", "sim800,ec25", "--dir", t.TempDir(), "--pin", "1234", "--tcp", "127.0.0.1:0", "--subscribers", "+79161234567=answers", "--pace", "0.01"})
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	defer func() {
		_ = typed.Close() // first: nothing else wakes who reads it
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()

	lines := bufio.NewScanner(said)
	address := ""
	for address == "" && lines.Scan() {
		address, _ = strings.CutPrefix(lines.Text(), "1 tcp ")
		if address == lines.Text() {
			address = ""
		}
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "ATE0\rAT+CPIN=\"1234\"\r"); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(conn)
	for answers.Scan() && answers.Text() != "Call Ready" && !strings.HasPrefix(answers.Text(), "+CPIN: READY") {
	}
	if _, err := io.WriteString(typed, "dance\nhelp\n"); err != nil {
		t.Fatal(err)
	}
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "use N") {
		t.Errorf("help begins with %q", lines.Text())
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // ends with the pipe
	t.Cleanup(func() { _ = out.Close() })
}

func TestASimulatedNetworkSaysWhatIsWrongWithItsFlags(t *testing.T) {
	for want, args := range map[string][]string{
		"there are huawei-e173":   {"--model", "nokia"},
		"write NUMBER=WAY":        {"--subscribers", "+7916"},
		"a number above 0":        {"--pace", "0"},
		"write it with +":         {"--number", "8916"},
		"write 4 to 8 digits":     {"--pin", "12"},
		"--tcp \"nowhere\"":       {"--tcp", "nowhere"},
		"folder of simulated":     {"--dir", "/dev/null/x"},
		"it takes no arguments":   {"now"},
		"unknown flag: --modem":   {"--modem", "x"},
		"write NUMBER=WAY; the w": {"--subscribers", "+7916=dances"},
	} {
		p := &program{in: strings.NewReader(""), out: io.Discard, err: io.Discard, zone: time.UTC, now: time.Now}
		root := p.root()
		root.SetArgs(append([]string{"gsmsim", "--dir", t.TempDir()}, args...))
		if err := root.ExecuteContext(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, it should say %q", args, err, want)
		}
	}
}
