package gwsim_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"strings"
	"testing"

	"roadline/hardware/gateway/gatewaytest"
	"roadline/hardware/gsmsim"
	"roadline/hardware/gwsim"
)

// Two boxes speak SIP with each other: a call that comes to a card of the first goes by SIP to the second, which puts it on
// one of its cards. Sound, keys and the end go through both.
func TestACallGoesThroughTwoBoxes(t *testing.T) {
	t.Parallel()
	n := world(t)
	in, out := gsmsim.NewCard(1), []*gsmsim.Card{gsmsim.NewCard(2), gsmsim.NewCard(3)}
	const far = "+79031112233"
	second := dinstar(t, n, "127.0.0.1:9", out, gwsim.SIPLine{Prefix: "20"}, gwsim.SIPLine{Prefix: "21"})
	dinstar(t, n, second.SIP(0), []*gsmsim.Card{in}, gwsim.SIPLine{Hotline: "21" + far})
	callee := n.Subscriber(far, gsmsim.Behaviour{Does: gsmsim.Ignores})

	caller, err := n.Call(client, in.Number, gsmsim.CallOptions{})
	check(t, err)
	phone, err := callee.Next(ctx(t))
	check(t, err)
	if phone.Caller() != out[1].Number {
		t.Errorf("%s calls, want the card that the prefix chose", phone.Caller())
	}
	phone.Answer()
	arrives(t, "the caller is answered", caller.Answered())
	caller.Say(gsmsim.Tone(700))
	phone.Say(gsmsim.Tone(1100))
	gatewaytest.Until(t, "each hears the other", func() bool {
		return level(phone.Heard(), 700) > 0.03 && level(caller.Heard(), 1100) > 0.03
	})
	if crossed := level(phone.Heard(), 1100); crossed > 0.01 {
		t.Errorf("who speaks hears himself: %.3f", crossed)
	}
	caller.HangUp()
	arrives(t, "the far side is hung up", phone.Ended())
}

func TestWhoGivesUpCancels(t *testing.T) {
	t.Parallel()
	n := world(t)
	in, out := gsmsim.NewCard(1), gsmsim.NewCard(2)
	second := dinstar(t, n, "127.0.0.1:9", []*gsmsim.Card{out}, gwsim.SIPLine{})
	dinstar(t, n, second.SIP(0), []*gsmsim.Card{in}, gwsim.SIPLine{Hotline: "+79031112233"})
	callee := n.Subscriber("+79031112233", gsmsim.Behaviour{Does: gsmsim.Ignores})
	caller, err := n.Call(client, in.Number, gsmsim.CallOptions{})
	check(t, err)
	phone, err := callee.Next(ctx(t))
	check(t, err)
	caller.HangUp()
	arrives(t, "it stops to ring", phone.Ended())
}

func TestARefusalComesBack(t *testing.T) {
	t.Parallel()
	n := world(t)
	in, out := gsmsim.NewCard(1), gsmsim.NewCard(2)
	second := dinstar(t, n, "127.0.0.1:9", []*gsmsim.Card{out}, gwsim.SIPLine{})
	dinstar(t, n, second.SIP(0), []*gsmsim.Card{in}, gwsim.SIPLine{Hotline: "+79031112233"})
	n.Subscriber("+79031112233", gsmsim.Behaviour{Does: gsmsim.Busy})
	caller, err := n.Call(client, in.Number, gsmsim.CallOptions{})
	check(t, err)
	arrives(t, "the caller's call ends", caller.Ended())
	if caller.State() != gsmsim.HungUp {
		t.Errorf("the caller is %s", caller.State())
	}
}

// SIPp calls out by a card.
func TestSIPpCallsByACard(t *testing.T) {
	t.Parallel()
	n := world(t)
	box := dinstar(t, n, "127.0.0.1:9", []*gsmsim.Card{gsmsim.NewCard(1)}, gwsim.SIPLine{})
	callee := n.Subscriber(client, gsmsim.Behaviour{})
	sipp(t, "-sn", "uac", "-s", client, "-m", "1", "-d", "200", box.SIP(0))
	phone, err := callee.Next(ctx(t))
	check(t, err)
	arrives(t, "the call is over", phone.Ended())
	if phone.Cause() != 16 {
		t.Errorf("it ended by %d", phone.Cause())
	}
}

// SIPp answers what comes to a card.
func TestSIPpAnswersACard(t *testing.T) {
	t.Parallel()
	n := world(t)
	server := freePort(t)
	ended := sippAside(t, "-sn", "uas", "-m", "1", "-i", "127.0.0.1", "-p", strings.TrimPrefix(server, "127.0.0.1:"))
	card := gsmsim.NewCard(1)
	dinstar(t, n, server, []*gsmsim.Card{card}, gwsim.SIPLine{Hotline: "service"})
	caller, err := n.Call(client, card.Number, gsmsim.CallOptions{})
	check(t, err)
	arrives(t, "SIPp answers", caller.Answered())
	caller.HangUp()
	check(t, <-ended)
}

// freePort finds a port that nobody has now, below those that the kernel gives to anybody who asks for any.
func freePort(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(14000))
		if c, err := net.ListenPacket("udp", address); err == nil {
			check(t, c.Close())
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// sipp runs SIPp to its end.
func sipp(t *testing.T, args ...string) {
	t.Helper()
	check(t, <-sippAside(t, args...))
}

// sippAside runs SIPp and tells how it ended.
func sippAside(t *testing.T, args ...string) <-chan error {
	t.Helper()
	program, err := exec.LookPath("sipp")
	if err != nil {
		t.Fatal("sipp is not here: make setup installs it")
	}
	cmd := exec.CommandContext(ctx(t), program, append(args, "-nostdin", "-timeout", "20s")...)
	cmd.Dir = t.TempDir()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	check(t, cmd.Start())
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		if err != nil {
			t.Logf("SIPp said:\n%s", said.String())
		}
		ended <- err
	}()
	return ended
}
