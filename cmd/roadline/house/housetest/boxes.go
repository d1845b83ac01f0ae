package housetest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"roadline/hardware/gsmsim"
	"roadline/hardware/gwsim"
)

// Box is a simulated SIP-GSM gateway that a house uses.
type Box struct {
	gwsim.Box
	Name string

	machine string // its item of gateways in roadline.yaml
	stop    context.CancelFunc
	done    chan error
}

// boxTiming is the pace of boxes in tests: what only makes one wait is short.
var boxTiming = gwsim.Timing{Alive: 500 * time.Millisecond, Again: 100 * time.Millisecond, Boot: time.Second}

// boxSecret is the password of every box and line.
const boxSecret = "goat"

// Gateway puts cards into the ports of a simulated gateway of a vendor, as gwsim.Install has it, that speaks to a house whose SIP
// is at sip.
func (m *Mobiles) Gateway(vendor, sip string, cards ...*gsmsim.Card) *Box {
	m.t.Helper()
	free := Ports(m.t)
	b := &Box{Name: fmt.Sprintf("%s-%d", vendor, free)}
	secret := filepath.Join(m.t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(boxSecret+"\n"), 0o600); err != nil {
		m.t.Fatal(err)
	}
	var err error
	b.Box, b.machine, err = gwsim.Install(gwsim.Options{
		Net: m.Network, Cards: cards, Listen: "127.0.0.1:0", User: "admin", Secret: boxSecret, Now: time.Now, Timing: boxTiming,
		SIP: &gwsim.SIP{Listen: "127.0.0.1:0", Server: sip},
	}, gwsim.Place{Vendor: vendor, Name: b.Name, SecretFile: secret, Told: at(free), SIP: at(free + 1), Patience: ", poll: 1s, silent: 5s"})
	if err != nil {
		m.t.Fatal(err)
	}
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
