package configs

import (
	"net/netip"
	"net/url"

	"go.yaml.in/yaml/v3"
)

// Web is where people reach the cabinet in a browser.
type Web struct {
	Listen netip.AddrPort // default 127.0.0.1:8080
	URL    string         // as people write it, without a path; default made from Listen
	Cert   string         // file of the TLS certificate with its chain; empty: plain HTTP, on this machine or behind a proxy
	Key    string         // file of its key
	// TrustedProxies are believed when they say for whom they ask; default this machine.
	TrustedProxies []netip.Prefix
}

// loopback is this machine.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// web reads where people reach the cabinet. Passwords are written there, so that nothing but this machine is served
// without TLS, here or at the proxy that url tells of.
func (r *machineReader) web(n *yaml.Node) {
	w := &Web{Listen: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 8080), TrustedProxies: loopback}
	r.fields(n, "web", map[string]field{
		"listen": func(n *yaml.Node) {
			a, err := netip.ParseAddrPort(n.Value)
			if err != nil {
				r.fail(n, "listen: %q: write an address of this machine with its port, such as \"127.0.0.1:8080\" or \"0.0.0.0:443\"", n.Value)
			}
			w.Listen = a
		},
		"url": func(n *yaml.Node) {
			u, err := url.Parse(n.Value)
			if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
				r.fail(n, "url: %q: write what people write into the browser, without a path, such as \"https://pbx.example.com\"", n.Value)
				return
			}
			w.URL = u.Scheme + "://" + u.Host
		},
		"tls": func(n *yaml.Node) {
			r.fields(n, "tls", map[string]field{
				"cert": func(n *yaml.Node) { w.Cert = r.path(n, "cert") },
				"key":  func(n *yaml.Node) { w.Key = r.path(n, "key") },
			})
			r.require(n, "tls", "cert", "the file of the certificate")
			r.require(n, "tls", "key", "the file of its key")
		},
		"trusted_proxies": func(n *yaml.Node) {
			w.TrustedProxies = nil
			r.list(n, "trusted_proxies", func(n *yaml.Node) {
				p, err := prefix(n.Value)
				if err != nil || p.Bits() == 0 {
					r.fail(n, "trusted_proxies: %q: write the address of the web server before this one, or its network, such as \"10.0.0.17\" or \"10.0.0.0/24\"", n.Value)
				}
				w.TrustedProxies = append(w.TrustedProxies, p)
			})
		},
	})
	r.m.Web = w
	scheme := "http"
	if w.Cert != "" {
		scheme = "https"
	}
	if w.URL == "" && w.Listen.IsValid() {
		w.URL = scheme + "://" + w.Listen.String()
	}
	if u, err := url.Parse(w.URL); err == nil && w.Listen.IsValid() && !w.Listen.Addr().IsLoopback() && u.Scheme != "https" {
		r.fail(n, "web: %s is open to others without TLS, and passwords are written there: add \"tls: {cert: …, key: …}\", or the \"url\" of a proxy with https before it", w.Listen)
	}
}
