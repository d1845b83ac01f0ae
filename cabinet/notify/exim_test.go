package notify_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/cabinet/notify"
)

// office is a mail server of the tests: Debian's Exim, started for each connection as inetd would, with a configuration
// and folders of its own. Whatever it takes lies in one Maildir.
type office struct {
	t      *testing.T
	dir    string
	how    notify.Security
	login  bool // without one nothing is taken
	port   int
	closed func() // ends the listener and waits for the connections
	came   chan received

	mu   sync.Mutex // guards:
	seen map[string]bool
}

// received is a letter as it arrived.
type received struct {
	header mail.Header
	text   string
	sound  []byte
	kind   string // of the sound
	name   string
}

func (r received) subject() string {
	s, err := new(mime.WordDecoder).DecodeHeader(r.header.Get("Subject"))
	if err != nil {
		return err.Error()
	}
	return s
}

const eximAccount, password = "roadline", "hard to guess"

// newOffice opens a mail server.
func newOffice(t *testing.T, how notify.Security, login bool) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), how: how, login: login, came: make(chan received, 100), seen: map[string]bool{}}
	who, err := user.Current()
	if err == nil && who.Uid == "0" { // as root Exim delivers nothing
		who, err = user.Lookup("Debian-exim")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"spool", "log", "mail"} {
		if err := os.Mkdir(filepath.Join(o.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("chown", "-R", who.Username, o.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for dir := o.dir; dir != os.TempDir() && len(dir) > 1; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	text := strings.NewReplacer("DIR", o.dir, "ACCOUNT", eximAccount, "PASSWORD", password, "USER", who.Username,
		"TAKEN", map[bool]string{true: "authenticated = *", false: "hosts = 127.0.0.1"}[login]).Replace(eximText)
	for name, text := range map[string][]byte{o.config(): []byte(text), filepath.Join(o.dir, "certificate.pem"): certificate, filepath.Join(o.dir, "key.pem"): key} {
		if err := os.WriteFile(name, text, 0o644); err != nil { //nolint:gosec // the mail server's account reads them
			t.Fatal(err)
		}
	}
	o.open()
	t.Cleanup(func() { o.close() })
	return o
}

func (o *office) config() string { return filepath.Join(o.dir, "exim.conf") }

const eximText = `
exim_user = USER
primary_hostname = mail.acme.example
spool_directory = DIR/spool
log_file_path = DIR/log/%s.log
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
smtp_receive_timeout = 5s
smtp_accept_max_per_connection = 100
tls_certificate = DIR/certificate.pem
tls_privatekey = DIR/key.pem
tls_advertise_hosts = *
message_size_limit = 20M
acl_smtp_rcpt = taken
acl_smtp_data = read

begin acl
taken:
  deny local_parts = nobody
    message = 5.1.1 there is no such person
  defer local_parts = later
    message = 4.2.1 come again
  accept TAKEN
  deny message = 5.7.1 who are you?
read:
  accept

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${if and{{eq{$auth2}{ACCOUNT}}{eq{$auth3}{PASSWORD}}}}
  server_set_id = $auth2
  server_advertise_condition = ${if def:tls_in_cipher}

begin routers
everybody:
  driver = accept
  transport = maildir

begin transports
maildir:
  driver = appendfile
  directory = DIR/mail
  maildir_format
  envelope_to_add
  user = USER
`

// open opens the office at its port, at first at any.
func (o *office) open() {
	o.t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", o.port))
	if err != nil {
		o.t.Fatal(err)
	}
	o.port = l.Addr().(*net.TCPAddr).Port
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { o.serve(conn.(*net.TCPConn)) })
		}
	})
	o.closed = func() {
		_ = l.Close()
		serving.Wait()
	}
}

// close closes it; what comes is refused until it opens again.
func (o *office) close() { o.closed() }

// serve has Exim serve one connection, and looks what it left.
func (o *office) serve(conn *net.TCPConn) {
	file, err := conn.File()
	_ = conn.Close()
	if err != nil {
		o.t.Error(err)
		return
	}
	defer func() { _ = file.Close() }()
	args := []string{"-C", o.config(), "-bs", "-odf"}
	if o.how == notify.TLS {
		args = append(args, "-tls-on-connect")
	}
	exim := exec.Command("/usr/sbin/exim4", args...)
	exim.Stdin, exim.Stdout, exim.Stderr = file, file, o.t.Output()
	exim.Env = []string{"PATH=/usr/sbin:/usr/bin"}
	_ = exim.Run() // it fails where the client went away
	o.look()
}

// look tells of letters that arrived.
func (o *office) look() {
	o.mu.Lock()
	defer o.mu.Unlock()
	arrived, err := filepath.Glob(filepath.Join(o.dir, "mail/new/*"))
	if err != nil {
		o.t.Error(err)
	}
	slices.Sort(arrived)
	for _, name := range arrived {
		if o.seen[name] {
			continue
		}
		o.seen[name] = true
		text, err := os.ReadFile(name)
		if err != nil {
			o.t.Error(err)
			continue
		}
		r, err := read(text)
		if err != nil {
			o.t.Errorf("%v in\n%s", err, text)
		}
		o.came <- r
	}
}

// read reads a letter as a mail reader does.
func read(text []byte) (received, error) {
	m, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return received{}, err
	}
	r := received{header: m.Header}
	kind, how, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return r, err
	}
	if kind == "text/plain" {
		body, err := decoded(m.Body, m.Header.Get("Content-Transfer-Encoding"))
		r.text = string(body)
		return r, err
	}
	parts := multipart.NewReader(m.Body, how["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return r, err
		}
		body, err := decoded(p, p.Header.Get("Content-Transfer-Encoding"))
		if err != nil {
			return r, err
		}
		if p.FileName() == "" {
			r.text = string(body)
		} else {
			r.sound, r.name, r.kind = body, p.FileName(), p.Header.Get("Content-Type")
		}
	}
}

func decoded(r io.Reader, encoding string) ([]byte, error) {
	switch encoding {
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	}
	return io.ReadAll(r)
}

// server is the way to the office, with that password.
func (o *office) server(secret string) *notify.Server {
	o.t.Helper()
	options := notify.ServerOptions{Host: "127.0.0.1", Port: o.port, From: "roadline@acme.example", Security: o.how}
	if secret != "" {
		options.Name, options.Password = eximAccount, secret
	}
	s, err := notify.NewServer(options)
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

// next is the next letter, which must come soon.
func (o *office) next() received {
	o.t.Helper()
	select {
	case r := <-o.came:
		return r
	case <-time.After(60 * time.Second):
		o.t.Fatal("no letter comes")
		return received{}
	}
}
