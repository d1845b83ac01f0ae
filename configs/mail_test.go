package configs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"roadline/configs"
)

func TestAMailServerIsReadAsItStands(t *testing.T) {
	for text, want := range map[string]*configs.Mail{
		"": nil,
		"mail: {server: \"smtp.acme.example:587\", from: roadline@acme.example}\n": {
			Host: "smtp.acme.example", Port: 587, From: "roadline@acme.example", Security: "starttls",
		},
		"mail: {server: \"[2001:db8::1]:465\", from: roadline@acme.example, security: tls, login: {name: roadline, password_file: secrets/mail}}\n": {
			Host: "2001:db8::1", Port: 465, From: "roadline@acme.example", Security: "tls",
			Login: &configs.MailLogin{Name: "roadline", PasswordFile: "/etc/roadline/secrets/mail"},
		},
		"mail: {server: \"127.0.0.1:25\", from: roadline@acme.example, security: none}\n": {
			Host: "127.0.0.1", Port: 25, From: "roadline@acme.example", Security: "none",
		},
	} {
		m, err := configs.ReadMachine("/etc/roadline/roadline.yaml", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, m.Mail); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}
