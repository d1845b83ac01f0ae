// Package mailtest is a mail server for tests: Debian's Exim, started for each connection as inetd would, with a
// configuration and folders of its own. It takes letters and tells what arrived; it sends nothing on. Start at Open.
package mailtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options say which letters an Office takes, and how.
type Options struct {
	Certificate, Key []byte // PEM; none: nothing is encrypted
	TLS              bool   // encrypted from the beginning
	Name, Password   string // of the only account that may give letters; none: anybody may
}

// Office is a mail server. Whatever it takes lies in one Maildir. It answers 550 for nobody@ and 450 for later@.
type Office struct {
	Port   int
	t      testing.TB
	o      Options
	dir    string
	closed func() // ends the listener and waits for the connections
	came   chan Letter

	mu   sync.Mutex // guards:
	seen map[string]bool
	all  []Letter
}

// mostLetters is how many may arrive before Next is asked for them.
const mostLetters = 1000

// Open opens a mail server until the test ends.
func Open(t testing.TB, options Options) *Office {
	t.Helper()
	o := &Office{t: t, o: options, dir: t.TempDir(), came: make(chan Letter, mostLetters), seen: map[string]bool{}}
	if err := o.furnish(); err != nil {
		t.Fatalf("a mail server: %v", err)
	}
	o.Open()
	t.Cleanup(func() { o.Close() })
	return o
}

// furnish makes the folders and the configuration.
func (o *Office) furnish() error {
	who, err := user.Current()
	if err == nil && who.Uid == "0" { // as root Exim delivers nothing
		who, err = user.Lookup("Debian-exim")
	}
	if err != nil {
		return fmt.Errorf("%w: apt install exim4-daemon-light, or run make setup", err)
	}
	taken := "hosts = 127.0.0.1"
	if o.o.Name != "" {
		taken = "authenticated = *"
	}
	encryption := ""
	if o.o.Certificate != nil {
		encryption = "tls_certificate = DIR/certificate.pem\ntls_privatekey = DIR/key.pem\ntls_advertise_hosts = *"
	}
	text := strings.NewReplacer("ENCRYPTION", encryption, "TAKEN", taken).Replace(eximText)
	text = strings.NewReplacer("DIR", o.dir, "ACCOUNT", o.o.Name, "PASSWORD", o.o.Password, "USER", who.Username).Replace(text)
	for _, dir := range []string{"spool", "log", "mail"} {
		err = errors.Join(err, os.Mkdir(filepath.Join(o.dir, dir), 0o755)) //nolint:gosec // another account's
	}
	for name, text := range map[string][]byte{o.config(): []byte(text), filepath.Join(o.dir, "certificate.pem"): o.o.Certificate, filepath.Join(o.dir, "key.pem"): o.o.Key} {
		err = errors.Join(err, os.WriteFile(name, text, 0o644)) //nolint:gosec // another account reads them
	}
	for _, dir := range []string{"spool", "log", "mail"} {
		if out, bad := exec.Command("chown", "-R", who.Username, filepath.Join(o.dir, dir)).CombinedOutput(); bad != nil { //nolint:gosec // the test's
			err = errors.Join(err, fmt.Errorf("%w: %s", bad, out))
		}
	}
	for dir := o.dir; dir != os.TempDir() && len(dir) > 1; dir = filepath.Dir(dir) {
		err = errors.Join(err, os.Chmod(dir, 0o755)) //nolint:gosec // another account passes through
	}
	return err
}

func (o *Office) config() string { return filepath.Join(o.dir, "exim.conf") }

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
ENCRYPTION
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

// Open opens it again after Close, at the port that it had.
func (o *Office) Open() {
	o.t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", o.Port))
	if err != nil {
		o.t.Fatal(err)
	}
	o.Port = l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener's
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { o.serve(conn.(*net.TCPConn)) }) //nolint:forcetypeassert // a TCP listener's
		}
	})
	o.closed = func() {
		_ = l.Close()
		serving.Wait()
	}
}

// Close closes it; what comes is refused until it opens again.
func (o *Office) Close() { o.closed() }

// serve has Exim serve one connection, and looks what it left.
func (o *Office) serve(conn *net.TCPConn) {
	file, err := conn.File()
	_ = conn.Close()
	if err != nil {
		o.t.Error(err)
		return
	}
	defer func() { _ = file.Close() }()
	args := []string{"-C", o.config(), "-bs", "-odf"}
	if o.o.TLS {
		args = append(args, "-tls-on-connect")
	}
	exim := exec.Command("/usr/sbin/exim4", args...) //nolint:gosec // the test's
	exim.Stdin, exim.Stdout, exim.Stderr = file, file, o.t.Output()
	exim.Env = []string{"PATH=/usr/sbin:/usr/bin"}
	_ = exim.Run() // it fails where the client went away
	o.look()
}

// look takes in the letters that arrived.
func (o *Office) look() {
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
		text, err := os.ReadFile(name) //nolint:gosec // the test's
		if err != nil {
			o.t.Error(err)
			continue
		}
		l, err := read(text)
		if err != nil {
			o.t.Errorf("%v in\n%s", err, text)
		}
		o.all = append(o.all, l)
		o.came <- l
	}
}

// Next is the next letter, which must come soon.
func (o *Office) Next() Letter {
	o.t.Helper()
	select {
	case l := <-o.came:
		return l
	case <-time.After(time.Minute):
		o.t.Fatal("no letter comes")
		return Letter{}
	}
}

// Letters are those that arrived, the earliest first.
func (o *Office) Letters() []Letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.all)
}

// Machine is the part of roadline.yaml that names an Office which takes everything in the clear.
func (o *Office) Machine() string {
	return fmt.Sprintf("mail: {server: \"127.0.0.1:%d\", from: roadline@acme.example, security: none}\n", o.Port)
}
