package configs

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Gateway is a SIP-GSM gateway. Which of its addresses and passwords a vendor's boxes use stands at the vendor's driver.
type Gateway struct {
	Name         string
	Vendor       string
	Address      string // host:port, or URL, at which its control is reached
	Certificate  string // SHA-256 of its certificate, in hex
	Listen       string // address of this machine that it speaks to, with its port
	User         string
	PasswordFile string
	SIP          netip.AddrPort // where it takes calls, and calls from; zero: its lines have accounts, or addresses of their own
	Login        Login          // of ours, where it asks for one
	Poll         time.Duration  // between two questions how its ports stand
	Silent       time.Duration  // without a word from it, after which its lines are gone
	Lines        []GatewayLine
	Cards        map[string]string // ICCID by IMSI, where the box tells the IMSI of a card only
}

// GatewayLine is a port of a gateway.
type GatewayLine struct {
	ID           string // as the box names it
	PasswordFile string // where each line has one of its own
	Account      Login  // that it registers here; no name: it is known by address
	SIP          netip.AddrPort
	Prefix       string
	Hotline      string
}

// Target is where a line takes calls; the zero value: where its account is registered.
func (g Gateway) Target(l GatewayLine) netip.AddrPort {
	switch {
	case l.Account.Name != "":
		return netip.AddrPort{}
	case l.SIP.IsValid():
		return l.SIP
	}
	return g.SIP
}

// How patient one is with a gateway that the file says nothing of.
const (
	usualPoll   = 10 * time.Second
	usualSilent = 90 * time.Second
)

func (r *machineReader) gateways(n *yaml.Node) {
	r.list(n, "gateways", func(n *yaml.Node) {
		g := Gateway{Poll: usualPoll, Silent: usualSilent}
		r.fields(n, "gateway", map[string]field{
			"name":          func(n *yaml.Node) { g.Name = r.id(n, "gateway name") },
			"vendor":        func(n *yaml.Node) { g.Vendor = r.id(n, "vendor") },
			"address":       func(n *yaml.Node) { g.Address = r.filled(n, "address") },
			"certificate":   func(n *yaml.Node) { g.Certificate = r.sha256(n) },
			"listen":        func(n *yaml.Node) { g.Listen = r.boxAddress(n, "listen").String() },
			"user":          func(n *yaml.Node) { g.User = r.filled(n, "user") },
			"password_file": func(n *yaml.Node) { g.PasswordFile = r.path(n, "password_file") },
			"sip":           func(n *yaml.Node) { g.SIP = r.boxAddress(n, "sip") },
			"login":         func(n *yaml.Node) { g.Login = r.boxLogin(n, "login") },
			"poll":          func(n *yaml.Node) { g.Poll = r.duration(n, "poll", time.Second, time.Minute) },
			"silent":        func(n *yaml.Node) { g.Silent = r.duration(n, "silent", 5*time.Second, 10*time.Minute) },
			"lines":         func(n *yaml.Node) { g.Lines = r.gatewayLines(n) },
			"cards":         func(n *yaml.Node) { g.Cards = r.boxCards(n) },
		})
		r.require(n, "gateway", "name", "\"name: office\"")
		r.require(n, "gateway", "vendor", "whose box it is, such as \"vendor: goip\"")
		r.require(n, "gateway", "lines", "its ports, such as \"lines: [{id: \\\"0\\\", prefix: \\\"01\\\", hotline: \\\"9001\\\"}]\"")
		if slices.ContainsFunc(r.m.Gateways, func(o Gateway) bool { return o.Name == g.Name && g.Name != "" }) {
			r.fail(n, "gateway: the name %q is taken: every gateway has its own", g.Name)
		}
		r.boxRoutes(n, g)
		r.m.Gateways = append(r.m.Gateways, g)
	})
}

func (r *machineReader) gatewayLines(n *yaml.Node) (all []GatewayLine) {
	r.list(n, "lines", func(n *yaml.Node) {
		var l GatewayLine
		r.fields(n, "gateway line", map[string]field{
			"id": func(n *yaml.Node) {
				if l.ID = r.filled(n, "id"); strings.Trim(l.ID, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
					r.fail(n, "id: %q: write the line as the box names it: letters, digits, \"-\", \"_\" and \".\"", l.ID)
				}
			},
			"password_file": func(n *yaml.Node) { l.PasswordFile = r.path(n, "password_file") },
			"account":       func(n *yaml.Node) { l.Account = r.boxLogin(n, "account") },
			"sip":           func(n *yaml.Node) { l.SIP = r.boxAddress(n, "sip") },
			"prefix":        func(n *yaml.Node) { l.Prefix = r.keyed(n, "prefix") },
			"hotline":       func(n *yaml.Node) { l.Hotline = r.keyed(n, "hotline") },
		})
		r.require(n, "gateway line", "id", "the line as the box names it, such as \"id: goip1\"")
		if slices.ContainsFunc(all, func(o GatewayLine) bool { return o.ID == l.ID && l.ID != "" }) {
			r.fail(n, "gateway line: %q stands here twice: remove one", l.ID)
		}
		all = append(all, l)
	})
	return all
}

// boxCards reads which card has which IMSI.
func (r *machineReader) boxCards(n *yaml.Node) map[string]string {
	all := map[string]string{}
	r.list(n, "cards", func(n *yaml.Node) {
		var imsi, iccid string
		r.fields(n, "gateway card", map[string]field{
			"imsi": func(n *yaml.Node) {
				if imsi = r.filled(n, "imsi"); len(imsi) < 6 || len(imsi) > 15 || strings.Trim(imsi, "0123456789") != "" {
					r.fail(n, "imsi: %q: write 6 to 15 digits, in quotes", imsi)
				}
			},
			"iccid": func(n *yaml.Node) { iccid = string(r.iccid(n)) },
		})
		r.require(n, "gateway card", "imsi", "what the box says of the card, such as \"imsi: \\\"250011234567890\\\"\"")
		r.require(n, "gateway card", "iccid", "what is printed on it, such as \"iccid: \\\"8970101234567890131\\\"\"")
		if all[imsi] != "" {
			r.fail(n, "gateway card: the IMSI %q stands here twice: remove one", imsi)
		}
		all[imsi] = iccid
	})
	return all
}

// boxRoutes refuses lines that calls cannot be put on, or told apart by. A gateway of which no line has a way takes no calls:
// it sends and receives messages only.
func (r *machineReader) boxRoutes(n *yaml.Node, g Gateway) {
	type way struct {
		at      netip.AddrPort
		account string
		digits  string
	}
	out, in := map[way]bool{}, map[way]bool{}
	for _, l := range g.Lines {
		at := g.Target(l)
		if !at.IsValid() && l.Account.Name == "" {
			if l.Prefix != "" || l.Hotline != "" {
				r.fail(n, "gateway line %q: say where its calls go: \"sip:\" of the gateway or the line, or an \"account:\" that the line registers", l.ID)
			}
			continue
		}
		calls, called := way{at, l.Account.Name, l.Prefix}, way{at, l.Account.Name, "hotline " + l.Hotline}
		if l.Hotline == "" {
			called.digits = l.Prefix
		}
		switch {
		case l.Account.Name != "" && l.SIP.IsValid():
			r.fail(n, "gateway line %q: it has an account or an address, not both", l.ID)
		case out[calls]:
			r.fail(n, "gateway line %q: calls could not be put on it alone: give it a prefix, an account or an address of its own", l.ID)
		case in[called]:
			r.fail(n, "gateway line %q: calls that come could not be told from another line's: give it a hotline of its own", l.ID)
		}
		out[calls], in[called] = true, true
	}
}

// boxAddress reads an address in figures with its port.
func (r *machineReader) boxAddress(n *yaml.Node, what string) netip.AddrPort {
	a, err := netip.ParseAddrPort(n.Value)
	if err != nil || a.Port() == 0 || a.Addr().IsUnspecified() {
		r.fail(n, "%s: %q: write an address in figures with its port, such as \"192.0.2.7:5060\"", what, n.Value)
	}
	return a
}

// keyed reads digits that are dialled.
func (r *machineReader) keyed(n *yaml.Node, what string) string {
	s := r.filled(n, what)
	if strings.Trim(s, "0123456789*#") != "" || len(s) > 20 {
		r.fail(n, "%s: %q: write up to 20 digits, in quotes", what, s)
	}
	return s
}

func (r *machineReader) boxLogin(n *yaml.Node, what string) Login {
	var l Login
	r.fields(n, what, map[string]field{
		"name":          func(n *yaml.Node) { l.Name = r.id(n, "name") },
		"password_file": func(n *yaml.Node) { l.PasswordFile = r.path(n, "password_file") },
	})
	r.require(n, what, "name", "\"name: office-1\"")
	r.require(n, what, "password_file", "a file that holds the password and that only roadline may read")
	return l
}

// sha256 reads the sum of a certificate, as tools print it, with colons or without.
func (r *machineReader) sha256(n *yaml.Node) string {
	s := strings.ToLower(strings.ReplaceAll(r.filled(n, "certificate"), ":", ""))
	if len(s) != 64 || strings.Trim(s, "0123456789abcdef") != "" {
		r.fail(n, "certificate: %q: write the SHA-256 of the gateway's certificate, 64 hexadecimal digits", n.Value)
	}
	return s
}
