package configs

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// machineReader reads roadline.yaml.
type machineReader struct {
	reader
	dir string // relative paths are relative to the file
	m   *Machine
}

// ReadMachine reads roadline.yaml; file is its name, for errors and for paths that are relative to it. An empty text is
// a working machine.
func ReadMachine(file string, text []byte) (*Machine, error) {
	dir := filepath.Dir(file)
	r := &machineReader{reader: reader{file: file}, dir: dir, m: &Machine{
		Data: filepath.Join(dir, "data"), Media: Media{From: 20000, To: 29999}, Log: Log{Level: "info", Format: "text"},
	}}
	if top := r.parse(text); top != nil {
		r.fields(top, "machine", map[string]field{
			"node":     func(n *yaml.Node) { r.m.Node = fmc.NodeID(r.id(n, "node")) },
			"data":     func(n *yaml.Node) { r.m.Data = r.path(n, "data") },
			"socket":   func(n *yaml.Node) { r.m.Socket = r.path(n, "socket") },
			"database": func(n *yaml.Node) { r.m.Database = r.text(n, "database") },
			"sip":      r.sip,
			"media":    r.media,
			"trunks":   r.trunks,
			"recording": func(n *yaml.Node) {
				r.fields(n, "recording", map[string]field{"spool": func(n *yaml.Node) { r.m.Recording.Spool = r.path(n, "spool") }}, "seal", "storage")
			},
			"log": func(n *yaml.Node) {
				r.fields(n, "log", map[string]field{
					"level": func(n *yaml.Node) {
						r.m.Log.Level = oneOf(&r.reader, n, "level", same("debug", "info", "warn", "error"))
					},
					"format": func(n *yaml.Node) { r.m.Log.Format = oneOf(&r.reader, n, "format", same("text", "json")) },
				})
			},
		}, "modems", "gateways", "banks", "storage", "smpp", "tls", "web", "metrics", "roles", "nats")
	}
	r.defaults()
	if err := r.err(); err != nil {
		return nil, err
	}
	return r.m, nil
}

func (r *machineReader) defaults() {
	m := r.m
	if m.Node == "" {
		host, err := os.Hostname()
		if err != nil || host == "" {
			host = "roadline"
		}
		m.Node = fmc.NodeID(strings.ToLower(host))
	}
	if m.Socket == "" {
		m.Socket = filepath.Join(m.Data, "roadline.sock")
	}
	if m.Recording.Spool == "" {
		m.Recording.Spool = filepath.Join(m.Data, "recordings")
	}
}

func same(words ...string) map[string]string {
	m := map[string]string{}
	for _, w := range words {
		m[w] = w
	}
	return m
}

func (r *machineReader) path(n *yaml.Node, what string) string {
	p := r.text(n, what)
	if p != "" && !filepath.IsAbs(p) {
		p = filepath.Join(r.dir, p)
	}
	return p
}

func (r *machineReader) sip(n *yaml.Node) {
	r.fields(n, "sip", map[string]field{
		"udp": func(n *yaml.Node) { r.m.SIP.UDP = r.sockets(n, "udp") },
		"tcp": func(n *yaml.Node) { r.m.SIP.TCP = r.sockets(n, "tcp") },
		"trusted": func(n *yaml.Node) {
			r.list(n, "trusted", func(n *yaml.Node) {
				p, err := prefix(n.Value)
				if err != nil {
					r.fail(n, "trusted: %q: write an address or a network, such as \"10.0.0.0/8\"", n.Value)
				}
				r.m.SIP.Trusted = append(r.m.SIP.Trusted, p)
			})
		},
	}, "tls", "ws", "wss", "outbound")
}

func prefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

func (r *machineReader) sockets(n *yaml.Node, what string) []netip.AddrPort {
	var all []netip.AddrPort
	r.list(n, what, func(n *yaml.Node) {
		a, err := netip.ParseAddrPort(n.Value)
		switch {
		case err != nil:
			r.fail(n, "%s: %q: write an address of this machine with its port, such as \"192.0.2.10:5060\" or \"[2001:db8::1]:5060\"", what, n.Value)
		case a.Addr().IsUnspecified():
			r.fail(n, "%s: %q: write the addresses one by one: what answers must say where it is reached", what, n.Value)
		default:
			all = append(all, a)
		}
	})
	return all
}

func (r *machineReader) media(n *yaml.Node) {
	r.fields(n, "media", map[string]field{
		"threads": func(n *yaml.Node) { r.m.Media.Threads = r.number(n, "threads", 1, 64) },
		"bind": func(n *yaml.Node) {
			r.list(n, "bind", func(n *yaml.Node) {
				a, err := netip.ParseAddr(n.Value)
				if err != nil || a.IsUnspecified() {
					r.fail(n, "bind: %q: write an address of this machine, such as \"192.0.2.10\"", n.Value)
					return
				}
				r.m.Media.Bind = append(r.m.Media.Bind, a)
			})
		},
		"ports": func(n *yaml.Node) {
			a, b, _ := strings.Cut(n.Value, "-")
			from, err1 := strconv.ParseUint(a, 10, 16)
			to, err2 := strconv.ParseUint(b, 10, 16)
			if err1 != nil || err2 != nil || from < 1024 || to < from+3 {
				r.fail(n, "ports: %q: write a range of UDP ports above 1023, such as \"20000-29999\"", n.Value)
				return
			}
			r.m.Media.From, r.m.Media.To = uint16(from), uint16(to)
		},
	})
}

func (r *machineReader) trunks(n *yaml.Node) {
	seen := map[fmc.TrunkID]bool{}
	r.list(n, "trunks", func(n *yaml.Node) {
		t := r.trunk(n)
		if seen[t.ID] && t.ID != "" {
			r.fail(n, "trunk %q stands here twice: every trunk has an id of its own", t.ID)
		}
		seen[t.ID] = true
		r.m.Trunks = append(r.m.Trunks, t)
	})
	r.grantsOnce()
}

// grantsOnce refuses a number that two companies would own on one trunk.
func (r *machineReader) grantsOnce() {
	type place struct {
		trunk  fmc.TrunkID
		number string
	}
	owner := map[place]fmc.CompanyID{}
	for _, t := range r.m.Trunks {
		for _, g := range t.Grants {
			for _, x := range g.Numbers {
				p := place{t.ID, x.E164}
				if other, ok := owner[p]; ok && other != g.Company {
					r.errs = append(r.errs, cause.Errorf(cause.Invalid, "%s: trunk %s grants %s to %s and to %s: a number belongs to one company", r.file, t.ID, x.E164, other, g.Company))
				}
				owner[p] = g.Company
			}
		}
	}
}

func (r *machineReader) trunk(n *yaml.Node) Trunk {
	t := Trunk{EarlyMedia: true, Causes: map[int]cause.Meaning{}}
	var numbers *yaml.Node
	r.fields(n, "trunk", map[string]field{
		"id":      func(n *yaml.Node) { t.ID = fmc.TrunkID(r.id(n, "trunk id")) },
		"carrier": func(n *yaml.Node) { r.carrier(n, &t) },
		"from":    func(n *yaml.Node) { t.From = r.sources(n) },
		"targets": func(n *yaml.Node) {
			r.list(n, "targets", func(n *yaml.Node) { t.Targets = append(t.Targets, r.text(n, "targets")) })
		},
		"calls":   func(n *yaml.Node) { t.Calls = r.number(n, "calls", 1, 100000) },
		"login":   func(n *yaml.Node) { t.Login = r.login(n) },
		"options": func(n *yaml.Node) { t.Options = r.duration(n, "options", time.Second, time.Hour) },
		"grants":  func(n *yaml.Node) { numbers = n },
		"profile": func(n *yaml.Node) { r.profile(n, &t) },
	}, "register", "srtp", "tls", "cost")
	r.require(n, "trunk", "id", t.ID != "", "\"id: carrier-a\"")
	r.require(n, "trunk", "from", len(t.From) > 0, "the addresses that its calls come from, such as \"from: [192.0.2.0/28]\"")
	if numbers != nil {
		t.Grants = r.grants(numbers, t.Form.Country)
	}
	if t.Form.Country == "" {
		r.fail(n, "trunk: \"country\" is missing in its profile: write \"profile: {country: RU}\", or name its \"carrier\"")
	} else if err := t.Form.Check(); err != nil {
		r.fail(n, "trunk %s: %v", t.ID, err)
	}
	return t
}

func (r *machineReader) sources(n *yaml.Node) []string {
	var all []string
	r.list(n, "from", func(n *yaml.Node) {
		if _, err := prefix(n.Value); err != nil {
			if _, err := netip.ParseAddrPort(n.Value); err != nil {
				r.fail(n, "from: %q: write an address, a network or an address with a port, such as \"192.0.2.0/28\"", n.Value)
				return
			}
		}
		all = append(all, n.Value)
	})
	return all
}

func (r *machineReader) login(n *yaml.Node) Login {
	var l Login
	r.fields(n, "login", map[string]field{
		"name":          func(n *yaml.Node) { l.Name = r.text(n, "name") },
		"realm":         func(n *yaml.Node) { l.Realm = r.text(n, "realm") },
		"password_file": func(n *yaml.Node) { l.PasswordFile = r.path(n, "password_file") },
	})
	r.require(n, "login", "name", l.Name != "", "our account at the carrier")
	r.require(n, "login", "password_file", l.PasswordFile != "", "a file that holds the password and that only roadline may read")
	return l
}

func (r *machineReader) grants(n *yaml.Node, country string) []Grant {
	var all []Grant
	r.list(n, "grants", func(n *yaml.Node) {
		g := Grant{Out: true}
		r.fields(n, "grant", map[string]field{
			"company": func(n *yaml.Node) { g.Company = fmc.CompanyID(r.id(n, "company")) },
			"out":     func(n *yaml.Node) { g.Out = r.yes(n, "out") },
			"numbers": func(n *yaml.Node) {
				r.list(n, "numbers", func(n *yaml.Node) {
					numbers, err := numbersOf(n.Value, country)
					if err != nil {
						r.fail(n, "numbers: %v", err)
					}
					g.Numbers = append(g.Numbers, numbers...)
				})
			},
		})
		r.require(n, "grant", "company", g.Company != "", "whose these numbers are, such as \"company: acme\"")
		all = append(all, g)
	})
	return all
}

// numbersOf reads one number, or a block such as "+74951234500-+74951234599".
func numbersOf(s, country string) ([]callerid.Number, error) {
	a, b, block := strings.Cut(s, "-+")
	from, err := callerid.Read(a, country)
	if err != nil {
		return nil, err
	}
	if !block {
		return []callerid.Number{from.Canonical()}, nil
	}
	to, err := callerid.Read("+"+b, country)
	if err != nil {
		return nil, err
	}
	x, err1 := strconv.ParseInt(strings.TrimPrefix(from.E164, "+"), 10, 64)
	y, err2 := strconv.ParseInt(strings.TrimPrefix(to.E164, "+"), 10, 64)
	if err1 != nil || err2 != nil || y < x || y-x >= 10000 {
		return nil, fmt.Errorf("block %q: write the first and the last of at most 10000 numbers, such as \"+74951234500-+74951234599\"", s)
	}
	var all []callerid.Number
	for v := x; v <= y; v++ {
		n, err := callerid.Read("+"+strconv.FormatInt(v, 10), country)
		if err != nil {
			return nil, fmt.Errorf("block %q: %w", s, err)
		}
		all = append(all, n.Canonical())
	}
	return all, nil
}
