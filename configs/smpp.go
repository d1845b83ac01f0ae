package configs

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/callerid"
	"roadline/fmc"
)

// SMPP is where companies' programs bind, and which message centres this node is a client of.
type SMPP struct {
	Listen  []netip.AddrPort // plain
	TLS     SMPPListener
	Centres []Centre
}

// SMPPListener is where programs bind by TLS.
type SMPPListener struct {
	Listen    []netip.AddrPort
	Cert, Key string // files
}

// Centre is our account at a message centre.
type Centre struct {
	ID           fmc.CentreID
	Address      string // host and port
	TLS          bool
	CA           string // file of the authorities that its certificate may be from; empty: the machine's
	SystemID     string
	SystemType   string
	PasswordFile string
	Bind         []string // transceiver, transmitter, receiver; one link each
	Encoding     string   // gsm7, latin1
	Long         string   // udh, sar, payload
	IDs          string   // same, hex, decimal
	Rate         int      // messages a second; 0: no limit
	Window       int      // without an answer
	Answer       time.Duration
	Enquire      time.Duration
	Country      string // whose plan its numbers are read by
	Grants       []CentreGrant
}

// CentreGrant gives a company the use of a centre.
type CentreGrant struct {
	Company fmc.CompanyID
	Numbers []callerid.Number
	Names   []string
}

func (r *machineReader) smpp(n *yaml.Node) {
	r.fields(n, "smpp", map[string]field{
		"listen": func(n *yaml.Node) { r.m.SMPP.Listen = r.sockets(n, "listen") },
		"tls":    r.smppTLS,
		"centres": func(n *yaml.Node) {
			r.list(n, "centres", func(n *yaml.Node) {
				c := r.centre(n)
				if slices.ContainsFunc(r.m.SMPP.Centres, func(o Centre) bool { return o.ID == c.ID && c.ID != "" }) {
					r.fail(n, "centre %q stands here twice: every centre has an id of its own", c.ID)
				}
				r.m.SMPP.Centres = append(r.m.SMPP.Centres, c)
			})
		},
	})
}

func (r *machineReader) smppTLS(n *yaml.Node) {
	t := &r.m.SMPP.TLS
	r.fields(n, "tls", map[string]field{
		"listen": func(n *yaml.Node) { t.Listen = r.sockets(n, "listen") },
		"cert":   func(n *yaml.Node) { t.Cert = r.path(n, "cert") },
		"key":    func(n *yaml.Node) { t.Key = r.path(n, "key") },
	})
	r.require(n, "tls", "listen", "the addresses where programs bind, such as \"listen: [\\\"192.0.2.10:3550\\\"]\"")
	r.require(n, "tls", "cert", "the file of the certificate")
	r.require(n, "tls", "key", "the file of its key")
}

// centre reads one centre; its grants last, since their numbers are read by its country.
func (r *machineReader) centre(n *yaml.Node) Centre {
	c := Centre{Bind: []string{"transceiver"}, Encoding: "gsm7", Long: "udh", Window: 32, IDs: "same", Answer: 30 * time.Second, Enquire: 30 * time.Second}
	var grants *yaml.Node
	word := func(into *string, what string, words ...string) field {
		return func(n *yaml.Node) { *into = oneOf(&r.reader, n, what, same(words...)) }
	}
	r.fields(n, "centre", map[string]field{
		"id": func(n *yaml.Node) { c.ID = fmc.CentreID(r.id(n, "centre id")) },
		"address": func(n *yaml.Node) {
			if host, port := r.hostPort(n, "address"); port != 0 {
				c.Address = net.JoinHostPort(host, strconv.Itoa(int(port)))
			}
		},
		"tls":           func(n *yaml.Node) { c.TLS = r.yes(n, "tls") },
		"ca":            func(n *yaml.Node) { c.CA = r.path(n, "ca") },
		"system_id":     func(n *yaml.Node) { c.SystemID = r.filled(n, "system_id") },
		"system_type":   func(n *yaml.Node) { c.SystemType = r.text(n, "system_type") },
		"password_file": func(n *yaml.Node) { c.PasswordFile = r.path(n, "password_file") },
		"bind": func(n *yaml.Node) {
			c.Bind = nil
			r.list(n, "bind", func(n *yaml.Node) {
				c.Bind = append(c.Bind, oneOf(&r.reader, n, "bind", same("transceiver", "transmitter", "receiver")))
			})
		},
		"encoding": word(&c.Encoding, "encoding", "gsm7", "latin1"),
		"long":     word(&c.Long, "long", "udh", "sar", "payload"),
		"ids":      word(&c.IDs, "ids", "same", "hex", "decimal"),
		"rate":     func(n *yaml.Node) { c.Rate = r.number(n, "rate", 1, 10000) },
		"window":   func(n *yaml.Node) { c.Window = r.number(n, "window", 1, 1000) },
		"answer":   func(n *yaml.Node) { c.Answer = r.duration(n, "answer", time.Second, 5*time.Minute) },
		"enquire":  func(n *yaml.Node) { c.Enquire = r.duration(n, "enquire", time.Second, 10*time.Minute) },
		"country": func(n *yaml.Node) {
			if err := callerid.CheckCountry(n.Value); err != nil {
				r.fail(n, "%v", err)
				return
			}
			c.Country = n.Value
		},
		"grants": func(n *yaml.Node) { grants = n },
	})
	r.require(n, "centre", "id", "\"id: mts\"")
	r.require(n, "centre", "address", "where it is reached, such as \"address: smsc.carrier.example:2775\"")
	r.require(n, "centre", "system_id", "our account there")
	r.require(n, "centre", "password_file", "a file that holds the password and that only roadline may read")
	r.require(n, "centre", "country", "whose plan its numbers are read by, such as \"country: RU\"")
	if grants != nil {
		c.Grants = r.centreGrants(grants, c.Country)
	}
	return c
}

func (r *machineReader) centreGrants(n *yaml.Node, country string) (all []CentreGrant) {
	owned := map[string]bool{}
	r.list(n, "grants", func(n *yaml.Node) {
		var g CentreGrant
		once := func(n *yaml.Node, what string) {
			if owned[what] && what != "" {
				r.fail(n, "grant: %s is granted already: a number or a name belongs to one company", what)
			}
			owned[what] = true
		}
		r.fields(n, "grant", map[string]field{
			"company": func(n *yaml.Node) { g.Company = fmc.CompanyID(r.id(n, "company")) },
			"numbers": func(n *yaml.Node) {
				r.list(n, "numbers", func(n *yaml.Node) {
					if country == "" {
						return // told where the country is
					}
					numbers, err := numbersOf(n.Value, country)
					if err != nil {
						r.fail(n, "numbers: %v", err)
					}
					for _, x := range numbers {
						once(n, x.E164)
					}
					g.Numbers = append(g.Numbers, numbers...)
				})
			},
			"names": func(n *yaml.Node) {
				r.list(n, "names", func(n *yaml.Node) {
					name := r.senderName(n)
					once(n, name)
					g.Names = append(g.Names, name)
				})
			},
		})
		r.require(n, "grant", "company", "whose these are, such as \"company: acme\"")
		all = append(all, g)
	})
	return all
}
