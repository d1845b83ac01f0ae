package configs

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
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
		Data: filepath.Join(dir, "data"), Media: Media{From: 20000, To: 29999}, GSM: GSM{Trust: fmc.TrustCarrier}, Log: Log{Level: "info", Format: "text"},
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
			"modems":   r.modems,
			"gateways": r.gateways,
			"banks":    r.banks,
			"sims":     r.sims,
			"gsm":      r.gsm,
			"smpp":     r.smpp,
			"mail":     r.mailServer,
			"web":      r.web,
			"metrics":  r.metrics,
			"webhooks": r.webhooks,
			"trace":    r.trace,
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
		}, "storage", "tls", "roles", "nats")
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
	if m.Trace.Keep == 0 {
		m.Trace.Keep = usualTrace
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
	p := r.filled(n, what)
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
		case slices.Contains(all, a):
			r.fail(n, "%s: %q stands here twice: remove one", what, n.Value)
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
				r.fail(n, "ports: %q: write the first and the last of four UDP ports or more, above 1023, such as \"20000-29999\"", n.Value)
				return
			}
			r.m.Media.From, r.m.Media.To = uint16(from), uint16(to)
		},
	})
}
