package configs

import (
	"embed"
	"encoding"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// carriers are the profiles of carriers that the house knows: how they write numbers, where they put callers', what of
// ours they carry. A carrier is data; a trunk that names one may still change a part of it.
//
//go:embed carriers/*.yaml
var carriers embed.FS

// carrier takes a profile by name.
func (r *machineReader) carrier(n *yaml.Node, t *Trunk) {
	name := r.id(n, "carrier")
	text, err := carriers.ReadFile("carriers/" + name + ".yaml")
	if err != nil {
		r.fail(n, "carrier: there is no profile %q: the house has %s; write what differs under \"profile\"", name, strings.Join(Carriers(), ", "))
		return
	}
	of := &machineReader{reader: reader{file: "carriers/" + name + ".yaml"}}
	if top := of.parse(text); top != nil {
		of.profile(top, t)
	}
	r.errs = append(r.errs, of.errs...)
}

// Carriers returns the names of the carrier profiles of the house.
func Carriers() []string {
	entries, err := carriers.ReadDir("carriers")
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		all = append(all, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return all
}

// profile reads how a carrier does things.
func (r *machineReader) profile(n *yaml.Node, t *Trunk) {
	f := &t.Form
	var fallback, native, trust *yaml.Node // are read behind the rest, wherever they stand
	r.fields(n, "profile", map[string]field{
		"country": func(n *yaml.Node) {
			if err := callerid.CheckCountry(n.Value); err != nil {
				r.fail(n, "%v", err)
				return
			}
			f.Country = n.Value
		},
		"fallback":     func(n *yaml.Node) { fallback = n },
		"fmc":          func(n *yaml.Node) { native = n },
		"trust":        func(n *yaml.Node) { trust = n },
		"called":       func(n *yaml.Node) { f.Called = r.format(n, "called") },
		"caller":       func(n *yaml.Node) { f.Caller = r.format(n, "caller") },
		"reads":        func(n *yaml.Node) { f.Reads = r.format(n, "reads") },
		"shown_in":     func(n *yaml.Node) { r.word(n, "shown_in", &f.Carry) },
		"diverted":     func(n *yaml.Node) { r.word(n, "diverted", &f.Diverted) },
		"privacy":      func(n *yaml.Node) { f.Privacy = r.yes(n, "privacy") },
		"early_media":  func(n *yaml.Node) { t.EarlyMedia = r.yes(n, "early_media") },
		"called_in_to": func(n *yaml.Node) { t.CalledInTo = r.yes(n, "called_in_to") },
		"caller_from": func(n *yaml.Node) {
			f.Sources = nil
			r.list(n, "caller_from", func(n *yaml.Node) {
				var s callerid.Source
				r.word(n, "caller_from", &s)
				f.Sources = append(f.Sources, s)
			})
		},
		"codecs": func(n *yaml.Node) {
			t.Codecs = nil
			r.list(n, "codecs", func(n *yaml.Node) { t.Codecs = append(t.Codecs, oneOf(&r.reader, n, "codecs", same("pcma", "pcmu"))) })
		},
		"causes": func(n *yaml.Node) {
			r.pairs(n, "causes", func(key, value *yaml.Node) {
				var m cause.Meaning
				status, err := strconv.Atoi(key.Value)
				if err != nil || status < 400 || status > 699 {
					r.fail(key, "causes: %q: write a SIP status from 400 to 699", key.Value)
				}
				if err := m.UnmarshalText([]byte(value.Value)); err != nil || m == cause.Unknown {
					r.fail(value, "causes: %q: write what it means, such as busy, no_answer, unreachable, declined, congested or caller_id_refused", value.Value)
				}
				t.Causes[status] = m
			})
		},
	})
	if native != nil {
		r.fmc(native, t)
	}
	if trust != nil {
		t.Trust = oneOf(&r.reader, trust, "trust", map[string]fmc.Trust{"foreign": fmc.TrustForeign, "carrier": fmc.TrustCarrier, "own": fmc.TrustOwn})
	}
	if fallback == nil {
		return
	}
	number, err := callerid.Read(fallback.Value, f.Country)
	if err != nil {
		r.fail(fallback, "fallback: %v", err)
	}
	f.Fallback = number.Canonical()
}

func (r *machineReader) format(n *yaml.Node, what string) callerid.Format {
	var f callerid.Format
	if n.Kind == yaml.ScalarNode {
		r.word(n, what, &f.Style)
		return f
	}
	r.fields(n, what, map[string]field{
		"style":  func(n *yaml.Node) { r.word(n, "style", &f.Style) },
		"abroad": func(n *yaml.Node) { r.word(n, "abroad", &f.Abroad) },
		"prefix": func(n *yaml.Node) { f.Prefix = r.text(n, "prefix") },
	})
	return f
}

// word reads a word that its type knows.
func (r *machineReader) word(n *yaml.Node, what string, into encoding.TextUnmarshaler) {
	if err := into.UnmarshalText([]byte(n.Value)); err != nil {
		r.fail(n, "%s: %v", what, err)
	}
}
