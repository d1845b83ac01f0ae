package gwsim_test

import (
	"bufio"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"roadline/hardware/gateway/gatewaytest"
	"roadline/hardware/gsmsim"
	"roadline/hardware/gwsim"
)

// goIP switches a box on.
func goIP(t *testing.T, n *gsmsim.Network, server string, cards ...*gsmsim.Card) *gwsim.GoIP {
	t.Helper()
	b, err := gwsim.NewGoIP(gwsim.Options{
		Net: n, Cards: cards, Server: server, Secret: "password1", Now: time.Now,
		Timing: gwsim.Timing{Alive: 100 * time.Millisecond, Again: 500 * time.Millisecond, Boot: 100 * time.Millisecond},
	})
	check(t, err)
	live(t, b.Run)
	gatewaytest.Until(t, "the box is on", func() bool { return b.Line(0).IsValid() })
	return b
}

// node is a program of npm goip.
func node(t *testing.T, script string, args ...string) *exec.Cmd {
	t.Helper()
	modules, err := filepath.Abs("../../.ci/peers/node_modules")
	check(t, err)
	if _, err := os.Stat(filepath.Join(modules, "goip")); err != nil {
		t.Fatal("npm goip is not here: make peers installs it")
	}
	cmd := exec.CommandContext(ctx(t), "node", append([]string{filepath.Join("testdata", script)}, args...)...)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	cmd.Stderr = t.Output()
	return cmd
}

// told is one line of npm_server.cjs.
type told struct {
	Kind string            `json:"kind"`
	Told map[string]string `json:"told"`
}

// npmServer is npm goip's server, and what it is told.
func npmServer(t *testing.T) (address string, said <-chan told) {
	t.Helper()
	address = freePort(t)
	_, port, err := net.SplitHostPort(address)
	check(t, err)
	return address, listen(t, node(t, "npm_server.cjs", port))
}

// listen starts a program of npm's, which ends with its input, and is what it tells line by line.
func listen(t *testing.T, cmd *exec.Cmd) <-chan told {
	t.Helper()
	in, err := cmd.StdinPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	lines := make(chan told, 256)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for s := bufio.NewScanner(out); s.Scan(); {
			var l told
			if json.Unmarshal(s.Bytes(), &l) == nil {
				select {
				case lines <- l:
				default: // nobody waits any more
				}
			}
		}
	}()
	t.Cleanup(func() {
		check(t, in.Close())
		<-ended
		check(t, cmd.Wait())
	})
	return lines
}

// await is the next word of a kind.
func await(t *testing.T, said <-chan told, kind string) told {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case l := <-said:
			if l.Kind == kind {
				return l
			}
		case <-late:
			t.Fatalf("npm goip was never told a %s", kind)
		}
	}
}

func TestNPMGoIPTakesTheBoxForARealOne(t *testing.T) {
	t.Parallel()
	n := world(t)
	server, said := npmServer(t)
	card := gsmsim.NewCard(1)
	box := goIP(t, n, server, card)
	alive := await(t, said, "Req")
	if alive.Told["id"] != "goip1" || alive.Told["gsm_status"] == "" || alive.Told["signal"] != "23" || alive.Told["iccid"] != card.ICCID {
		t.Errorf("it is told %v", alive.Told)
	}
	check(t, n.Text(client, card.Number, "hello"))
	if got := await(t, said, "Receive"); got.Told["srcnum"] != client || got.Told["msg"] != "hello" {
		t.Errorf("it is told %v", got.Told)
	}

	at := box.Line(0)
	out, err := node(t, "npm_send.cjs", "127.0.0.1", strconv.Itoa(int(at.Port())), "password1", client, "by npm").Output()
	check(t, err)
	var sent struct {
		SMS string `json:"sms_no"`
	}
	check(t, json.Unmarshal(out, &sent))
	got, err := n.AwaitTexts(ctx(t), client, 1)
	check(t, err)
	if got[0].Body != "by npm" || got[0].From != card.Number {
		t.Errorf("there came %+v", got)
	}
	if report := await(t, said, "Deliver"); report.Told["sms_no"] != sent.SMS {
		t.Errorf("reported is %v, sent was %q", report.Told, sent.SMS)
	}
	if err := node(t, "npm_send.cjs", "127.0.0.1", strconv.Itoa(int(at.Port())), "wrong", client, "by nobody").Run(); err == nil {
		t.Error("a wrong password was taken")
	}
}
