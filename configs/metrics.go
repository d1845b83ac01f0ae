package configs

import (
	"net/netip"

	"go.yaml.in/yaml/v3"
)

// Metrics is where the node's figures and its health are asked for. Listen is the zero value: nowhere.
type Metrics struct{ Listen netip.AddrPort }

// metrics reads where figures and health are asked for. They name no person, but tell much of a company: the address
// should be one that strangers do not reach.
func (r *machineReader) metrics(n *yaml.Node) {
	r.fields(n, "metrics", map[string]field{
		"listen": func(n *yaml.Node) {
			a, err := netip.ParseAddrPort(n.Value)
			switch {
			case err != nil:
				r.fail(n, "listen: %q: write an address of this machine with its port, such as \"127.0.0.1:9090\"", n.Value)
			case a.Addr().IsUnspecified() || !a.Addr().IsLoopback() && !a.Addr().IsPrivate():
				r.fail(n, "listen: %q: strangers would read it: write a loopback or private address, such as \"127.0.0.1:9090\"", n.Value)
			default:
				r.m.Metrics.Listen = a
			}
		},
	})
	r.require(n, "metrics", "listen", "where they are asked for, such as \"listen: 127.0.0.1:9090\"")
}
