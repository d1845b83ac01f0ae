package configs

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

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
}

// trunk reads one trunk: its carrier's profile first, then what of it differs here, then the grants, whose numbers are
// read by the country.
func (r *machineReader) trunk(n *yaml.Node) Trunk {
	t := Trunk{EarlyMedia: true, Causes: map[int]cause.Meaning{}}
	before := len(r.errs)
	var carrier, profile, numbers *yaml.Node
	keep := func(into **yaml.Node) field { return func(n *yaml.Node) { *into = n } }
	r.fields(n, "trunk", map[string]field{
		"id":      func(n *yaml.Node) { t.ID = fmc.TrunkID(r.id(n, "trunk id")) },
		"carrier": keep(&carrier), "profile": keep(&profile), "grants": keep(&numbers),
		"from": func(n *yaml.Node) { t.From = r.sources(n) },
		"targets": func(n *yaml.Node) {
			r.list(n, "targets", func(n *yaml.Node) { t.Targets = append(t.Targets, r.target(n)) })
		},
		"calls":   func(n *yaml.Node) { t.Calls = r.number(n, "calls", 1, 100000) },
		"login":   func(n *yaml.Node) { t.Login = r.login(n) },
		"options": func(n *yaml.Node) { t.Options = r.duration(n, "options", time.Second, time.Hour) },
	}, "register", "srtp", "tls", "cost")
	if carrier != nil {
		r.carrier(carrier, &t)
	}
	if profile != nil {
		r.profile(profile, &t)
	}
	if t.FMC != nil && !t.FMC.own && len(t.Form.Sources) > 0 {
		t.FMC.Person = t.Form.Sources[0]
	}
	r.require(n, "trunk", "id", "\"id: carrier-a\"")
	r.require(n, "trunk", "from", "the addresses that its calls come from, such as \"from: [192.0.2.0/28]\"")
	switch {
	case len(r.errs) > before:
	case t.Form.Country == "":
		r.fail(n, "trunk: \"country\" is missing in its profile: write \"profile: {country: RU}\", or name its \"carrier\"")
	default:
		if err := t.Form.Check(); err != nil {
			r.fail(n, "trunk %s: %v", t.ID, err)
		}
	}
	if numbers != nil {
		t.Grants = r.grants(numbers, t.Form.Country)
	}
	return t
}

// target reads where calls go: a host or an address, with a port where it is not 5060, and a transport where it is not
// UDP.
func (r *machineReader) target(n *yaml.Node) string {
	host, option, has := strings.Cut(n.Value, ";")
	ok := n.Kind == yaml.ScalarNode && (!has || option == "transport=udp" || option == "transport=tcp")
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		port, err := strconv.ParseUint(host[i+1:], 10, 16)
		ok = ok && err == nil && port > 0
		host = host[:i]
	}
	if inside, found := strings.CutPrefix(host, "["); found {
		a, err := netip.ParseAddr(strings.TrimSuffix(inside, "]"))
		ok = ok && err == nil && a.Is6() && strings.HasSuffix(inside, "]")
	} else {
		ok = ok && host != "" && len(host) < 256 && strings.Trim(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == ""
	}
	if !ok {
		r.fail(n, "targets: %q: write a host or an address, with its port where it is not 5060, such as \"192.0.2.1:5070\" or \"sip.carrier.example;transport=tcp\"", n.Value)
	}
	return n.Value
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
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		r.fail(n, "from: no call could come: write at least one address")
	}
	return all
}

func (r *machineReader) login(n *yaml.Node) Login {
	var l Login
	r.fields(n, "login", map[string]field{
		"name":          func(n *yaml.Node) { l.Name = r.filled(n, "name") },
		"realm":         func(n *yaml.Node) { l.Realm = r.text(n, "realm") },
		"password_file": func(n *yaml.Node) { l.PasswordFile = r.path(n, "password_file") },
	})
	r.require(n, "login", "name", "our account at the carrier")
	r.require(n, "login", "password_file", "a file that holds the password and that only roadline may read")
	return l
}

func (r *machineReader) grants(n *yaml.Node, country string) []Grant {
	var all []Grant
	owned := map[string]fmc.CompanyID{} // by E.164
	r.list(n, "grants", func(n *yaml.Node) {
		g := Grant{Out: true}
		r.fields(n, "grant", map[string]field{
			"company": func(n *yaml.Node) { g.Company = fmc.CompanyID(r.id(n, "company")) },
			"out":     func(n *yaml.Node) { g.Out = r.yes(n, "out") },
			"numbers": func(n *yaml.Node) {
				r.list(n, "numbers", func(n *yaml.Node) {
					if len(g.Numbers) > mostNumbers || country == "" {
						return // told below, or where the country is
					}
					numbers, err := numbersOf(n.Value, country)
					if err != nil {
						r.fail(n, "numbers: %v", err)
					}
					g.Numbers = append(g.Numbers, numbers...)
				})
			},
		})
		r.require(n, "grant", "company", "whose these numbers are, such as \"company: acme\"")
		for _, other := range all {
			if other.Company == g.Company && g.Company != "" {
				r.fail(n, "grant: company %s has one on this trunk already: write its numbers there", g.Company)
			} else if i := slices.IndexFunc(g.Numbers, func(x callerid.Number) bool { return owned[x.E164] == other.Company }); i >= 0 {
				r.fail(n, "grant: %s is granted to %s already: a number belongs to one company", g.Numbers[i].E164, other.Company)
			}
		}
		for _, x := range g.Numbers {
			owned[x.E164] = g.Company
		}
		if len(owned) > mostNumbers {
			r.fail(n, "grants: %d numbers are too many for one trunk: at most %d are taken", len(owned), mostNumbers)
		}
		all = append(all, g)
	})
	return all
}

// mostNumbers is how many numbers a trunk may have.
const mostNumbers = 100_000

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
