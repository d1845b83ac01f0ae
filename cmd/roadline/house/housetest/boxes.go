package housetest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"roadline/hardware/gsmsim"
	"roadline/hardware/gwsim"
)

// Box is a simulated SIP-GSM gateway that a house uses.
type Box struct {
	gwsim.Box
	Name string

	machine string // its part of roadline.yaml
	stop    context.CancelFunc
	done    chan error
}

// boxTiming is the pace of boxes in tests: what only makes one wait is short.
var boxTiming = gwsim.Timing{Alive: 500 * time.Millisecond, Again: 100 * time.Millisecond, Boot: time.Second}

// boxSecret is the password of every box and line.
const boxSecret = "goat"

// Gateway puts cards into the ports of a simulated gateway: "goip", whose ports register accounts with the house at sip, or
// "dinstar", whose ports are chosen by prefix and told apart by hotline.
func (m *Mobiles) Gateway(vendor, sip string, cards ...*gsmsim.Card) *Box {
	m.t.Helper()
	first := Ports(m.t)
	b := &Box{Name: fmt.Sprintf("%s-%d", vendor, first)}
	secret := filepath.Join(m.t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(boxSecret+"\n"), 0o600); err != nil {
		m.t.Fatal(err)
	}
	o := gwsim.Options{
		Net: m.Network, Cards: cards, Listen: "127.0.0.1:0", User: "admin", Secret: boxSecret, Now: time.Now, Timing: boxTiming,
		SIP: &gwsim.SIP{Listen: "127.0.0.1:0", Server: sip},
	}
	var lines []string
	head := ""
	var err error
	switch vendor {
	case "goip":
		o.Server = at(first)
		for i := range cards {
			account := fmt.Sprintf("%s-%d", b.Name, i+1)
			o.SIP.Lines = append(o.SIP.Lines, gwsim.SIPLine{User: account, Secret: boxSecret, Hotline: "9001"})
			lines = append(lines, fmt.Sprintf("{id: goip%d, password_file: %q, account: {name: %s, password_file: %q}}", i+1, secret, account, secret))
		}
		head = fmt.Sprintf("listen: %q", o.Server)
		b.Box, err = gwsim.NewGoIP(o)
	case "dinstar":
		o.SIP.Listen = at(first)
		for i := range cards {
			l := gwsim.SIPLine{Prefix: fmt.Sprintf("0%d", i+1), Hotline: fmt.Sprintf("900%d", i+1)}
			o.SIP.Lines = append(o.SIP.Lines, l)
			lines = append(lines, fmt.Sprintf("{id: \"%d\", prefix: %q, hotline: %q}", i, l.Prefix, l.Hotline))
		}
		b.Box, err = gwsim.NewDinstar(o)
		if err == nil {
			head = fmt.Sprintf("address: %q, user: admin, password_file: %q, sip: %q", b.Address(), secret, o.SIP.Listen)
		}
	default:
		m.t.Fatalf("no simulated gateway of %s", vendor)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	b.machine = fmt.Sprintf("  - {name: %s, vendor: %s, poll: 1s, silent: 5s, %s, lines: [%s]}\n", b.Name, vendor, head, strings.Join(lines, ", "))
	m.boxes = append(m.boxes, b)
	b.On()
	m.t.Cleanup(b.Off)
	return b
}

func at(port int) string { return net.JoinHostPort("127.0.0.1", fmt.Sprint(port)) }

// On switches the box on.
func (b *Box) On() {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	b.stop, b.done = stop, done
	go func() { done <- b.Run(ctx) }()
}

// Off pulls its plug.
func (b *Box) Off() {
	if b.stop == nil {
		return
	}
	b.stop()
	<-b.done
	b.stop = nil
}
