package configs

import (
	"net/netip"

	"go.yaml.in/yaml/v3"
)

// Webhooks is which receivers of events inside the node's own network may be told.
type Webhooks struct {
	Allow       []netip.Prefix
	Authorities string // file of certificates, PEM; empty: those alone that the machine knows
}

// webhooks reads it. Whoever may add a receiver to a company could else have the node speak to what only it reaches.
func (r *machineReader) webhooks(n *yaml.Node) {
	r.fields(n, "webhooks", map[string]field{
		"allow": func(n *yaml.Node) {
			r.list(n, "allow", func(n *yaml.Node) {
				p, err := prefix(n.Value)
				if err != nil {
					r.fail(n, "allow: %q: write an address or a network, such as \"10.0.0.17\" or \"10.0.0.0/8\"", n.Value)
				}
				r.m.Webhooks.Allow = append(r.m.Webhooks.Allow, p)
			})
		},
		"authorities": func(n *yaml.Node) { r.m.Webhooks.Authorities = r.path(n, "authorities") },
	})
}
