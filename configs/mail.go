package configs

import (
	"net"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Mail is the server that letters are given to.
type Mail struct {
	Host     string // a name, or an address
	Port     uint16
	From     string // a bare address
	Login    *MailLogin
	Security string // "starttls", "tls" or "none"
}

// MailLogin is our account at the mail server.
type MailLogin struct {
	Name         string
	PasswordFile string
}

// mailServer reads the server that letters are given to.
func (r *machineReader) mailServer(n *yaml.Node) {
	m := Mail{Security: "starttls"}
	before := len(r.errs)
	r.fields(n, "mail", map[string]field{
		"server":   func(n *yaml.Node) { m.Host, m.Port = r.hostPort(n, "server") },
		"from":     func(n *yaml.Node) { m.From = r.mail(n, "from") },
		"login":    func(n *yaml.Node) { m.Login = r.mailLogin(n) },
		"security": func(n *yaml.Node) { m.Security = oneOf(&r.reader, n, "security", same("starttls", "tls", "none")) },
	})
	r.require(n, "mail", "server", "the mail server with its port, such as \"server: smtp.acme.example:587\"")
	r.require(n, "mail", "from", "the address that letters come from, such as \"from: roadline@acme.example\"")
	if m.Login != nil && m.Security == "none" && len(r.errs) == before {
		r.fail(n, "mail: with \"security: none\" the password would be sent for everybody to read: write \"security: starttls\" or \"tls\", or remove \"login\"")
	}
	r.m.Mail = &m
}

func (r *machineReader) mailLogin(n *yaml.Node) *MailLogin {
	l := &MailLogin{}
	r.fields(n, "login", map[string]field{
		"name":          func(n *yaml.Node) { l.Name = r.filled(n, "name") },
		"password_file": func(n *yaml.Node) { l.PasswordFile = r.path(n, "password_file") },
	})
	r.require(n, "login", "name", "our account at the mail server")
	r.require(n, "login", "password_file", "a file that holds the password and that only roadline may read")
	return l
}

// hostPort reads a host and its port.
func (r *machineReader) hostPort(n *yaml.Node, what string) (string, uint16) {
	text := r.text(n, what)
	host, port, err := net.SplitHostPort(text)
	number, bad := strconv.ParseUint(port, 10, 16)
	if n.Kind == yaml.ScalarNode && (err != nil || bad != nil || host == "" || number == 0) {
		r.fail(n, "%s: %q: write a host and its port, such as \"smtp.acme.example:587\" or \"[2001:db8::1]:25\"", what, text)
	}
	return host, uint16(number)
}
