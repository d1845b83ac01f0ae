package notify_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/notify"
	"roadline/fmc/cause"
)

func aLetter(to string) notify.Letter {
	return notify.Letter{
		ID: "voicemail.call-1.0.abc", To: to, Subject: "Голосовое сообщение: +79121112233", Text: "Иван Иванов.\nСтрока, в которой больше знаков, чем бывает в строке письма, и которую поэтому надо перенести так, чтобы она осталась одной.\n.\nпосле точки\n",
		Date: time.Date(2026, 11, 28, 15, 4, 5, 0, time.FixedZone("MSK", 3*3600)), Sound: append([]byte("RIFF"), make([]byte, 300_000)...),
	}
}

func TestALetterArrivesAsItWasWritten(t *testing.T) {
	for name, test := range map[string]struct {
		how   notify.Security
		login bool
	}{
		"in the clear":                 {notify.Clear, false},
		"encrypted after STARTTLS":     {notify.StartTLS, true},
		"encrypted from the beginning": {notify.TLS, true},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, test.how, test.login)
			secret := ""
			if test.login {
				secret = password
			}
			want := aLetter("ivanov@acme.example")
			if err := o.server(secret).Send(t.Context(), want); err != nil {
				t.Fatal(err)
			}
			got := o.Next()
			if got.Subject != want.Subject || strings.ReplaceAll(got.Text, "\r\n", "\n") != want.Text {
				t.Errorf("%q, %q", got.Subject, got.Text)
			}
			if string(got.Sound) != string(want.Sound) || got.Name != "message.wav" || !strings.HasPrefix(got.Kind, "audio/wav") {
				t.Errorf("%d bytes of sound, named %q, of type %q", len(got.Sound), got.Name, got.Kind)
			}
			for header, value := range map[string]string{
				"Message-ID": "<voicemail.call-1.0.abc@acme.example>", "From": "<roadline@acme.example>", "To": "<ivanov@acme.example>",
				"Envelope-To": "ivanov@acme.example", "Auto-Submitted": "auto-generated",
			} {
				if got.Header.Get(header) != value {
					t.Errorf("%s: %q", header, got.Header.Get(header))
				}
			}
			if date, err := got.Header.Date(); err != nil || !date.Equal(want.Date) {
				t.Errorf("%v, %v", date, err)
			}
		})
	}
}

func TestNoTextBecomesAnotherHeader(t *testing.T) {
	o := newOffice(t, notify.Clear, false)
	l := aLetter("ivanov@acme.example")
	l.Subject, l.Sound = "Sales\r\nBcc: thief@example.net\r\n\r\nclick here\u2028\x00", nil
	if err := o.server("").Send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	got := o.Next()
	if got.Subject != "Sales Bcc: thief@example.net click here" || got.Header.Get("Bcc") != "" || got.Header.Get("Envelope-To") != "ivanov@acme.example" {
		t.Errorf("%q, %v", got.Subject, got.Header)
	}
	l.To = "ivanov@acme.example>\r\nRCPT TO:<thief@example.net"
	if err := o.server("").Send(t.Context(), l); !errors.Is(err, cause.Invalid) {
		t.Errorf("an address that is none: %v", err)
	}
}

func TestALetterThatIsNotTakenSaysWhy(t *testing.T) {
	o := newOffice(t, notify.StartTLS, true)
	clear := newOffice(t, notify.Clear, false)
	gone := newOffice(t, notify.Clear, false)
	gone.Close()
	encrypted, err := notify.NewServer(notify.ServerOptions{Host: "127.0.0.1", Port: clear.Port, From: "roadline@acme.example", Security: notify.TLS})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		server *notify.Server
		to     string
		kind   cause.Kind
		says   string
	}{
		"a wrong password":                  {o.server("wrong"), "ivanov@acme.example", cause.Denied, "mail.login"},
		"no account where one is asked":     {o.server(""), "ivanov@acme.example", cause.Invalid, "who are you"},
		"nobody of that name":               {clear.server(""), "nobody@acme.example", cause.Invalid, "no such person"},
		"a person who takes mail later":     {clear.server(""), "later@acme.example", cause.Unavailable, "come again"},
		"a server that is away":             {gone.server(""), "ivanov@acme.example", cause.Unavailable, "refused"},
		"a server that speaks in the clear": {encrypted, "ivanov@acme.example", cause.Unavailable, "tls"},
	} {
		err := test.server.Send(t.Context(), aLetter(test.to))
		if !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, of kind %v", name, err, cause.KindOf(err))
		}
		if err != nil && strings.Contains(err.Error(), "wrong") {
			t.Errorf("%s: the password is told: %v", name, err)
		}
	}
}

func TestAServerThatIsNotEncryptedGetsNoPassword(t *testing.T) {
	o := newOffice(t, notify.Clear, false)
	s, err := notify.NewServer(notify.ServerOptions{Host: "127.0.0.1", Port: o.Port, From: "roadline@acme.example", Name: eximAccount, Password: password, Security: notify.Clear})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), aLetter("ivanov@acme.example")); err == nil {
		t.Error("it is sent")
	}
}

func TestACertificateOfSomebodyElseIsRefused(t *testing.T) {
	o := newOffice(t, notify.StartTLS, false)
	s, err := notify.NewServer(notify.ServerOptions{Host: "localhost", Port: o.Port, From: "roadline@acme.example", Security: notify.StartTLS})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), aLetter("ivanov@acme.example")); !errors.Is(err, cause.Unavailable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("%v", err)
	}
}

func TestASecurityThatThereIsNotIsRefused(t *testing.T) {
	if _, err := notify.NewServer(notify.ServerOptions{Host: "127.0.0.1", Port: 25, From: "roadline@acme.example", Security: "ssl"}); !errors.Is(err, cause.Invalid) {
		t.Error(err)
	}
}
