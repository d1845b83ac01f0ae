package notify_test

import (
	"testing"

	"roadline/cabinet/notify"
	"roadline/cabinet/notify/mailtest"
)

const eximAccount, password = "roadline", "hard to guess"

// office is a mail server of the tests, and how it wants to be spoken to.
type office struct {
	*mailtest.Office
	t   *testing.T
	how notify.Security
}

// newOffice opens a mail server; with login it takes nothing without one.
func newOffice(t *testing.T, how notify.Security, login bool) *office {
	t.Helper()
	o := mailtest.Options{Certificate: certificate, Key: key, TLS: how == notify.TLS}
	if login {
		o.Name, o.Password = eximAccount, password
	}
	return &office{Office: mailtest.Open(t, o), t: t, how: how}
}

// server is the way to the office, with that password.
func (o *office) server(secret string) *notify.Server {
	o.t.Helper()
	options := notify.ServerOptions{Host: "127.0.0.1", Port: o.Port, From: "roadline@acme.example", Security: o.how}
	if secret != "" {
		options.Name, options.Password = eximAccount, secret
	}
	s, err := notify.NewServer(options)
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}
