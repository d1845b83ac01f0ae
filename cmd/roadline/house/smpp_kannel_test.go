package house_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"roadline/cmd/roadline/bound"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/store"
)

// peer is a program of npm smpp and what it says, a line each.
type peer struct {
	in   io.Writer
	said chan peerSaid
}

type peerSaid struct {
	Kind, From, To, Text, ID     string
	Coding, Parts, Status, State int
}

func npmPeer(t *testing.T, script string, args ...string) *peer {
	t.Helper()
	modules, err := filepath.Abs("../../../.ci/peers/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "smpp")); err != nil {
		t.Fatal("npm smpp is not here: make peers installs it")
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join("testdata", script)}, args...)...)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := bound.Begin(cmd); err != nil {
		t.Fatal(err)
	}
	p := &peer{in: in, said: make(chan peerSaid, 10_000)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var s peerSaid
			if json.Unmarshal(lines.Bytes(), &s) == nil {
				p.said <- s
			}
		}
	}()
	t.Cleanup(func() {
		_ = in.Close()
		<-read
		_ = cmd.Wait()
	})
	return p
}

// says waits for what the program says of a kind.
func (p *peer) says(t *testing.T, kind string) peerSaid {
	t.Helper()
	over := time.After(housetest.Within)
	for {
		select {
		case s := <-p.said:
			if s.Kind == kind {
				return s
			}
			t.Logf("peer: %+v", s)
		case <-over:
			t.Fatalf("the peer does not say %q", kind)
		}
	}
}

const kannelConf = `
group = core
admin-port = %d
admin-password = bar
smsbox-port = %d
log-file = "%s/bearerbox.log"
log-level = 1
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = roadline
host = 127.0.0.1
port = %d
transceiver-mode = true
smsc-username = "%s"
smsc-password = "%s"
system-type = ""
interface-version = 34
enquire-link-interval = 5
msg-id-type = 0x00
source-addr-ton = 1
source-addr-npi = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = %d
log-file = "%s/smsbox.log"

group = sendsms-user
username = u
password = p
max-messages = 10
concatenation = true

group = sms-service
keyword = default
max-messages = 0
get-url = "%s/mo?from=%%p&to=%%P&text=%%a&coding=%%c"
`

// kannel is Kannel as a program of the company.
type kannel struct {
	sendsms int
	heard   chan *url.URL // what it tells
}

// startKannel runs Kannel until the test ends; boxes: the port of its own parts, 0: whichever.
func startKannel(t *testing.T, port int, program fmc.ProgramID, systemID, password string, boxes int) *kannel {
	t.Helper()
	k := &kannel{sendsms: housetest.Ports(t), heard: make(chan *url.URL, 100)}
	boxes = cmp.Or(boxes, k.sendsms+2)
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { k.heard <- r.URL }))
	t.Cleanup(site.Close)
	dir := t.TempDir()
	file := filepath.Join(dir, "kannel.conf")
	conf := fmt.Sprintf(kannelConf, k.sendsms+1, boxes, dir, port, systemID, password, k.sendsms, dir, site.URL)
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	k.run(t, "bearerbox", file, boxes)
	k.run(t, "smsbox", file, k.sendsms)
	t.Cleanup(func() {
		if t.Failed() {
			text, _ := os.ReadFile(filepath.Join(dir, "bearerbox.log"))
			t.Logf("%s: %s", program, text)
		}
	})
	return k
}

// run runs a program of Kannel's and waits until it listens.
func (k *kannel) run(t *testing.T, name, file string, port int) {
	t.Helper()
	cmd := exec.Command("/usr/sbin/"+name, file) //nolint:gosec // ours
	if err := bound.Begin(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	housetest.Await(t, name+" listens", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

// sends has Kannel send a message, and be told what becomes of it.
func (k *kannel) sends(t *testing.T, site, from, to, text string, coding int) {
	t.Helper()
	q := url.Values{
		"username": {"u"}, "password": {"p"}, "from": {from}, "to": {to}, "text": {text}, "coding": {fmt.Sprint(coding)}, "charset": {"UTF-8"},
		"dlr-mask": {"31"}, "dlr-url": {site + "/dlr?type=%d&to=%p"},
	}
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/cgi-bin/sendsms?%s", k.sendsms, q.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if body, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusAccepted {
		t.Fatalf("Kannel says %s: %s", answer.Status, body)
	}
}

// hears waits for what Kannel tells that is so.
func (k *kannel) hears(t *testing.T, what string, is func(*url.URL) bool) url.Values {
	t.Helper()
	over := time.After(housetest.Within)
	for {
		select {
		case u := <-k.heard:
			if is(u) {
				return u.Query()
			}
		case <-over:
			t.Fatalf("Kannel does not tell of %s", what)
		}
	}
}

// wideText is a text as Kannel passes on one that came as UCS-2: its octets.
func wideText(octets string) string {
	units := make([]uint16, len(octets)/2)
	for i := range units {
		units[i] = uint16(octets[2*i])<<8 | uint16(octets[2*i+1])
	}
	return string(utf16.Decode(units))
}

const smppCompany = `
company: acme
country: RU
timezone: Europe/Moscow
numbers: [{e164: "+74951234567", trunk: carrier-a}]
programs: [{id: crm, numbers: ["+74951234567"], rate: 1000}]
`

// smppTown is a house with a message centre at a port, where it binds in those ways, and a program that may bind.
func smppTown(t *testing.T, centre int, binds string) (town *housetest.Town, port int, s store.ProgramSecret, password string) {
	t.Helper()
	port = housetest.Ports(t)
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("pass\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	town = housetest.Start(t, housetest.Setup{
		Company: strings.ReplaceAll(smppCompany, "+74951234567", "+74951234500"),
		Extra: fmt.Sprintf(`
smpp:
  listen: ["127.0.0.1:%d"]
  centres:
    - {id: mts, address: "127.0.0.1:%d", system_id: acme, password_file: %q, bind: [%s], country: RU, grants: [{company: acme, numbers: ["+74951234500"]}]}
`, port, centre, secret, binds),
	})
	s, password, err := town.House.Store().For("acme").MakeProgramSecret(t.Context(), "crm", "test")
	if err != nil {
		t.Fatal(err)
	}
	return town, port, s, password
}

// TestKannelSendsAndGetsMessagesThroughACentreOfNPM has two strangers talk through us: Kannel is the company's program, npm
// smpp the message centre.
func TestKannelSendsAndGetsMessagesThroughACentreOfNPM(t *testing.T) {
	t.Parallel()
	at := housetest.Ports(t)
	centre := npmPeer(t, "centre.cjs", fmt.Sprint(at))
	centre.says(t, "ready")
	town, port, s, password := smppTown(t, at, "transceiver")
	if bound := centre.says(t, "bound"); bound.From != "acme" || bound.Text != "pass" {
		t.Errorf("we bound as %+v", bound)
	}
	k := startKannel(t, port, "crm", s.SystemID, password, 0)
	site := "http://127.0.0.1:1" // nobody: what it tells of the end is asked of the store
	long := strings.Repeat("Доброе утро. ", 12)
	for _, m := range []struct {
		text   string
		coding int
		parts  int
	}{{"Hello @ {world}", 0, 1}, {"Привет, мир", 2, 1}, {long, 2, 3}} {
		k.sends(t, site, "74951234500", "+79161234567", m.text, m.coding)
		var got strings.Builder
		for range m.parts {
			x := centre.says(t, "submitted")
			if x.From != "74951234500" || x.To != "79161234567" || x.Parts != m.parts {
				t.Errorf("the centre was given %+v", x)
			}
			got.WriteString(x.Text)
		}
		if got.String() != m.text {
			t.Errorf("the centre was given %q, not %q", got.String(), m.text)
		}
	}
	a := town.House.Store().For("acme")
	housetest.Await(t, "all are delivered, and Kannel was told", func() bool {
		lines, err := a.Messages(t.Context(), store.MessageFilter{State: fmc.MessageDelivered, Out: true})
		told, bad := a.ProgramDeliveries(t.Context(), []fmc.DeliveryState{fmc.DeliveryDone})
		delivered := 0 // Kannel asks for a receipt of one part of a message alone
		for _, d := range told {
			if d.Told == fmc.MessageDelivered {
				delivered++
			}
		}
		return err == nil && bad == nil && len(lines) == 5 && delivered >= 3
	})
	centre.tells(t, map[string]any{"from": "79161234567", "to": "74951234500", "coding": 8, "text": "Как дела?"})
	if q := k.hears(t, "the answer", func(u *url.URL) bool { return u.Path == "/mo" }); wideText(q.Get("text")) != "Как дела?" || !strings.HasSuffix(q.Get("from"), "79161234567") {
		t.Errorf("Kannel got %v", q)
	}
}
