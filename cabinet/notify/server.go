package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"roadline/fmc/cause"
)

// Security is how the way to the mail server is closed to others.
type Security string

// The securities.
const (
	StartTLS Security = "starttls" // begun in the clear, and nothing goes on before it is encrypted
	TLS      Security = "tls"
	Clear    Security = "none"
)

// ServerOptions say where the mail server is.
type ServerOptions struct {
	Host     string
	Port     int
	From     string // a bare address
	Name     string // of our account there; empty: none
	Password string
	Security Security
}

// serverTime is how long the server may take for one answer.
const serverTime = 30 * time.Second

// Server gives letters to a mail server, one connection each.
type Server struct {
	o       ServerOptions
	options []mail.Option
}

var _ Post = (*Server)(nil)

// NewServer returns a server; it connects to nothing.
func NewServer(o ServerOptions) (*Server, error) {
	options := []mail.Option{mail.WithPort(o.Port), mail.WithTimeout(serverTime)}
	switch o.Security {
	case StartTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case TLS: // dial encrypts; go-mail sees that only where it might have begun it itself
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	case Clear:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		return nil, cause.Errorf(cause.Invalid, "mail server %s: security %q", o.Host, o.Security)
	}
	if o.Name != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(o.Name), mail.WithPassword(o.Password))
	}
	s := &Server{o: o, options: options}
	_, err := s.client(nil)
	return s, err
}

// client is go-mail's, over the connections that dial makes.
func (s *Server) client(dial mail.DialContextFunc) (*mail.Client, error) {
	options := s.options
	if dial != nil {
		options = append(options[:len(options):len(options)], mail.WithDialContextFunc(dial))
	}
	client, err := mail.NewClient(s.o.Host, options...)
	if err != nil {
		return nil, cause.Errorf(cause.Invalid, "mail server %s: %w", s.o.Host, err)
	}
	return client, nil
}

// dial connects to the server.
func (s *Server) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.o.Security == TLS {
		secured := tls.Dialer{Config: &tls.Config{ServerName: s.o.Host, MinVersion: tls.VersionTLS12}}
		return secured.DialContext(ctx, network, address)
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// Send gives a letter to the server. Kinds of errors: invalid, where the server will never take it; denied, where it
// does not take our account; unavailable.
func (s *Server) Send(ctx context.Context, l Letter) error {
	m, err := s.compose(l)
	if err != nil {
		return cause.Errorf(cause.Invalid, "letter %s: %w", l.ID, err)
	}
	// go-mail v0.8.1 leaves a connection open on which STARTTLS or the login fails, and goes on with a letter whose
	// context is done: it is closed here, whatever happens.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client, err := s.client(func(dialled context.Context, network, address string) (net.Conn, error) {
		conn, err := s.dial(dialled, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	})
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, m)
	if err == nil || m.IsDelivered() { // what goes wrong after it was taken does not matter any more
		return nil
	}
	return s.explain(l, err)
}

// compose writes a letter as RFC 5322 has it. Every header is of one line, whatever a document or a caller holds.
func (s *Server) compose(l Letter) (*mail.Msg, error) {
	m := mail.NewMsg()
	if err := m.From(s.o.From); err != nil {
		return nil, err
	}
	if err := m.To(l.To); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(s.o.From, "@")
	m.SetMessageIDWithValue(l.ID + "@" + domain)
	m.SetDateWithValue(l.Date)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: nobody's absence is to be answered
	m.Subject(oneLine(l.Subject))
	m.SetBodyString(mail.TypeTextPlain, l.Text)
	if l.Sound != nil {
		if err := m.AttachReader("message.wav", bytes.NewReader(l.Sound), mail.WithFileContentType("audio/wav")); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// explain gives an error its kind.
func (s *Server) explain(l Letter, err error) error {
	sent, isSend := errors.AsType[*mail.SendError](err)
	said, isSaid := errors.AsType[*textproto.Error](err)
	switch {
	case isSend && !sent.IsTemp() && (sent.Reason == mail.ErrSMTPRcptTo || sent.Reason == mail.ErrSMTPData || sent.Reason == mail.ErrSMTPDataClose):
		return cause.Errorf(cause.Invalid, "the mail server %s refuses the letter to %s for good: %w", s.o.Host, l.To, err)
	case !isSend && isSaid && said.Code >= 530 && said.Code <= 539: // RFC 4954 §6
		return cause.Errorf(cause.Denied, "the mail server %s does not take our account %q: look at mail.login in roadline.yaml: %w", s.o.Host, s.o.Name, err)
	default:
		return cause.Errorf(cause.Unavailable, "mail server %s: %w", s.o.Host, err)
	}
}
