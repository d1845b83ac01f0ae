package housetest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/bound"
)

// Phone is a baresip that runs: it answers at once whoever calls, speaks a tone, and keeps what it hears.
type Phone struct {
	dir     string
	control net.Conn
	t       testing.TB
	print   *Log
}

// Baresip starts a phone with an account on a transport ("udp" or "tcp"), that speaks a tone. It is ended with the test.
func Baresip(t testing.TB, to netip.AddrPort, transport, account, password string, hertz int) *Phone {
	t.Helper()
	program, err := exec.LookPath("baresip")
	if err != nil {
		t.Fatal("baresip is missing: apt install baresip-core, or run make setup")
	}
	p := &Phone{dir: t.TempDir(), t: t, print: &Log{}}
	tone := filepath.Join(p.dir, "tone.wav") // its end would end the call
	if out, err := exec.Command("sox", "-n", "-r", "8000", "-c", "1", "-b", "16", tone, "synth", "180", "sine", strconv.Itoa(hertz), "gain", "-6").CombinedOutput(); err != nil {
		t.Fatalf("sox: %v: %s", err, out)
	}
	ports := Ports(t)
	control, media := fmt.Sprintf("127.0.0.1:%d", ports), ports+2
	for name, text := range map[string]string{
		"config": fmt.Sprintf(`poll_method epoll
sip_listen 127.0.0.1:0
net_interface 127.0.0.1
audio_source aufile,%s
audio_player aufile,%s
audio_alert aufile,%s
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports %d-%d
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen %s
snd_path %s
`, tone, filepath.Join(p.dir, "played.wav"), tone, media, media+20, control, p.dir),
		"accounts": fmt.Sprintf("<sip:%s@%s;transport=%s>;auth_user=%s;auth_pass=%s;regint=60;answermode=auto;audio_codecs=PCMA/8000/1\n", account, to, transport, account, password),
		"contacts": "", "current_contact": "",
	} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "-f", p.dir, "-v")
	cmd.Stdout, cmd.Stderr = p.print, p.print
	if err := bound.Begin(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	p.connect(control)
	return p
}

// connect opens the phone's control socket, and reads away what comes on it.
func (p *Phone) connect(address string) {
	p.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(Within); ; <-tick.C {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			p.control = conn
			break
		}
		if time.Now().After(end) {
			p.t.Fatalf("the phone did not start: %v\n%s", err, p.print)
		}
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		buf := make([]byte, 4096)
		for {
			if _, err := p.control.Read(buf); err != nil {
				return
			}
		}
	}()
	p.t.Cleanup(func() {
		_ = p.control.Close()
		<-over
	})
}

// Do has the phone do something: dial, hold, resume, hangup.
func (p *Phone) Do(command, params string) {
	p.t.Helper()
	body, err := json.Marshal(map[string]string{"command": command, "params": params})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(p.control, "%d:%s,", len(body), body); err != nil {
		p.t.Fatal(err)
	}
}

// Heard is the loudest of a tone that the phone heard so far, in whichever call.
func (p *Phone) Heard(hertz float64) float64 {
	p.t.Helper()
	files, _ := filepath.Glob(filepath.Join(p.dir, "dump-*-dec.wav"))
	loudest := 0.0
	for _, f := range files {
		stereo := strings.TrimSuffix(f, ".wav") + "-stereo.wav"
		if out, err := exec.Command("sox", "--ignore-length", f, "-r", "8000", "-c", "2", stereo).CombinedOutput(); err != nil {
			p.t.Logf("sox: %v: %s", err, out) // a file that has just been made has no head yet
			continue
		}
		left, _ := ReadWAV(p.t, stereo)
		loudest = max(loudest, LoudestPCM(left, hertz))
		_ = os.Remove(stereo)
	}
	return loudest
}

// Said is what the phone prints.
func (p *Phone) Said() string { return p.print.String() }
