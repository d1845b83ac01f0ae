package sipcore

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// baresip starts a real phone with one account line, on loopback, and ends it with the test. It returns what the phone
// prints, line by line.
func baresip(t *testing.T, account string) <-chan string {
	t.Helper()
	program, err := exec.LookPath("baresip")
	if err != nil {
		t.Fatalf("baresip is needed for this test (apt package baresip-core, `make setup`): %v", err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"config": "poll_method epoll\nsip_listen 127.0.0.1:0\nnet_interface 127.0.0.1\nmodule_path /usr/lib/baresip/modules\n" +
			"module g711.so\nmodule_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\n",
		"accounts": account + "\n", "contacts": "", "current_contact": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), program, "-f", dir, "-v", "-t", "30")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for sc := bufio.NewScanner(out); sc.Scan(); {
			select {
			case lines <- sc.Text():
			default:
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return lines
}

func TestBaresipRegisters(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			o := Options{Accounts: twoCompanies()}
			s := run(t, o, func(u *uses) { u.trunk = func(netip.AddrPort) bool { return false } })
			to := s.udp
			if network == "tcp" {
				to = s.tcp
			}
			lines := baresip(t, fmt.Sprintf("<sip:ivanov-desk@%s;transport=%s>;auth_user=ivanov-desk;auth_pass=secret;regint=60", to, network))
			said := awaitLine(t, lines, "200 OK")
			if len(s.Bindings("ivanov-desk")) != 1 {
				t.Fatal(said)
			}
			if b := s.Bindings("ivanov-desk")[0]; !strings.EqualFold(b.Transport, network) || !strings.Contains(strings.ToLower(b.UserAgent), "baresip") {
				t.Fatalf("%+v", b)
			}
		})
	}
}

func awaitLine(t *testing.T, lines <-chan string, what string) string {
	t.Helper()
	var said []string
	limit := time.After(within)
	for {
		select {
		case line, ok := <-lines:
			said = append(said, line)
			if strings.Contains(line, what) {
				return line
			}
			if !ok {
				t.Fatalf("the phone ended: %s", strings.Join(said, "\n"))
			}
		case <-limit:
			t.Fatalf("no %q in: %s", what, strings.Join(said, "\n"))
		}
	}
}
