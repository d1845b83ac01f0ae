package housetest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Office is a mail server: Debian's Exim, started for each connection as inetd would, with a configuration and folders of
// its own.
type Office struct {
	Port int
	t    testing.TB
	dir  string
}

const eximText = `
exim_user = USER
primary_hostname = mail.acme.example
spool_directory = DIR/spool
log_file_path = DIR/log/%s.log
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
smtp_receive_timeout = 5s
acl_smtp_rcpt = taken
acl_smtp_data = taken
begin acl
taken:
  accept
begin routers
everybody:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = DIR/mail
  maildir_format
  user = USER
`

// Exim opens a mail server that takes every letter.
func Exim(t testing.TB) *Office {
	t.Helper()
	who, err := user.Current()
	if err == nil && who.Uid == "0" { // as root Exim delivers nothing
		who, err = user.Lookup("Debian-exim")
	}
	if err != nil {
		t.Fatalf("%v: apt install exim4-daemon-light, or run make setup", err)
	}
	o := &Office{t: t, dir: t.TempDir()}
	for _, dir := range []string{"spool", "log", "mail"} {
		if err := os.Mkdir(filepath.Join(o.dir, dir), 0o755); err != nil { //nolint:gosec // another account's
			t.Fatal(err)
		}
	}
	text := strings.NewReplacer("DIR", o.dir, "USER", who.Username).Replace(eximText)
	if err := os.WriteFile(o.config(), []byte(text), 0o644); err != nil { //nolint:gosec // another account reads it
		t.Fatal(err)
	}
	if out, err := exec.Command("chown", "-R", who.Username, filepath.Join(o.dir, "spool"), filepath.Join(o.dir, "log"), filepath.Join(o.dir, "mail")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for dir := o.dir; dir != os.TempDir() && len(dir) > 1; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // another account passes through
			t.Fatal(err)
		}
	}
	o.open()
	return o
}

func (o *Office) config() string { return filepath.Join(o.dir, "exim.conf") }

// open takes connections until the test ends.
func (o *Office) open() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
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
			serving.Go(func() { o.serve(conn) })
		}
	})
	o.t.Cleanup(func() {
		_ = l.Close()
		serving.Wait()
	})
}

// serve has Exim serve one connection.
func (o *Office) serve(conn net.Conn) {
	file, err := conn.(*net.TCPConn).File() //nolint:forcetypeassert // a TCP listener's
	_ = conn.Close()
	if err != nil {
		o.t.Error(err)
		return
	}
	defer func() { _ = file.Close() }()
	exim := exec.Command("/usr/sbin/exim4", "-C", o.config(), "-bs", "-odf") //nolint:gosec // the test's
	exim.Stdin, exim.Stdout = file, file
	exim.Env = []string{"PATH=/usr/sbin:/usr/bin"}
	_ = exim.Run() // it fails where the client went away
}

// Machine is the part of roadline.yaml that names the server.
func (o *Office) Machine() string {
	return fmt.Sprintf("mail: {server: \"127.0.0.1:%d\", from: roadline@acme.example, security: none}\n", o.Port)
}

// Letter is a letter that arrived.
type Letter struct {
	To, Subject string
	Text        string
	Sound       []byte // of a message that was left; nil: none
}

// Letters are those that arrived, in no order.
func (o *Office) Letters() (all []Letter) {
	o.t.Helper()
	files, err := filepath.Glob(filepath.Join(o.dir, "mail/new/*"))
	if err != nil {
		o.t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			o.t.Fatal(err)
		}
		l, err := readLetter(text)
		if err != nil {
			o.t.Fatalf("%v in\n%s", err, text)
		}
		all = append(all, l)
	}
	return all
}

// readLetter reads a letter as a mail reader does.
func readLetter(text []byte) (Letter, error) {
	m, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return Letter{}, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	l := Letter{To: m.Header.Get("To"), Subject: subject}
	if err != nil {
		return l, err
	}
	kind, how, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		body, bad := io.ReadAll(m.Body)
		l.Text = string(body)
		return l, errors.Join(err, bad)
	}
	parts := multipart.NewReader(m.Body, how["boundary"])
	for {
		p, err := parts.NextPart() // decodes quoted-printable
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return l, err
		}
		if p.FileName() == "" {
			body, err := io.ReadAll(p)
			if l.Text = string(body); err != nil {
				return l, err
			}
			continue
		}
		if l.Sound, err = io.ReadAll(base64.NewDecoder(base64.StdEncoding, p)); err != nil {
			return l, err
		}
	}
}
