package configs

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

// senderLetters are a name that a message may be from: 3GPP TS 23.040 §9.1.2.5 has room for eleven letters.
var senderLetters = regexp.MustCompile(`^[A-Za-z0-9 ._-]{1,11}$`)

// senderName reads a name that messages are from.
func (r *reader) senderName(n *yaml.Node) string {
	s := r.text(n, "name")
	if n.Kind == yaml.ScalarNode && (!senderLetters.MatchString(s) || strings.Trim(s, "0123456789") == "") {
		r.fail(n, "names: %q: write a name of at most 11 letters and digits, such as \"ACME\"", s)
	}
	return s
}

// programs reads the company's programs that speak SMPP with this node.
func (r *companyReader) programs(n *yaml.Node) {
	r.list(n, "programs", func(n *yaml.Node) {
		p := fmc.Program{Binds: 4, Rate: 50}
		r.fields(n, "program", map[string]field{
			"id": func(n *yaml.Node) { p.ID = fmc.ProgramID(r.id(n, "program id")); r.unique(n, "program", string(p.ID)) },
			"from": func(n *yaml.Node) {
				r.list(n, "from", func(n *yaml.Node) {
					a, err := prefix(n.Value)
					if err != nil {
						r.fail(n, "from: %q: write an address or a network, such as \"192.0.2.0/28\"", n.Value)
					}
					p.From = append(p.From, a)
				})
			},
			"numbers": func(n *yaml.Node) {
				r.list(n, "numbers", func(n *yaml.Node) {
					x := r.e164(n, "numbers")
					r.unique(n, "number of a program", x.E164)
					p.Numbers = append(p.Numbers, x)
				})
			},
			"names": func(n *yaml.Node) {
				r.list(n, "names", func(n *yaml.Node) { p.Names = append(p.Names, r.senderName(n)) })
			},
			"binds": func(n *yaml.Node) { p.Binds = r.number(n, "binds", 1, 20) },
			"rate":  func(n *yaml.Node) { p.Rate = r.number(n, "rate", 1, 10000) },
			"encoding": func(n *yaml.Node) {
				p.Latin = oneOf(&r.reader, n, "encoding", map[string]bool{"gsm7": false, "latin1": true})
			},
		})
		r.require(n, "program", "id", "\"id: crm\"")
		if n.Kind == yaml.MappingNode && len(only(n, "numbers", "names").Content) == 0 {
			r.fail(n, "program: it could send as nobody, and would get nothing: write \"numbers\" or \"names\"")
		}
		r.c.Programs = append(r.c.Programs, p)
	})
}

// messageRules reads by what messages leave.
func (r *companyReader) messageRules(n *yaml.Node) {
	r.list(n, "message_rules", func(n *yaml.Node) {
		var rule fmc.MessageRule
		r.fields(n, "rule", map[string]field{
			"to": func(n *yaml.Node) {
				r.list(n, "to", func(n *yaml.Node) {
					s := r.text(n, "to")
					if digits, plus := strings.CutPrefix(s, "+"); !plus || digits == "" || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
						r.fail(n, "to: %q: write how the number begins, with its country, such as \"+7916\"", s)
					}
					rule.To = append(rule.To, s)
				})
			},
			"from": func(n *yaml.Node) {
				r.list(n, "from", func(n *yaml.Node) {
					if strings.HasPrefix(n.Value, "+") {
						rule.From = append(rule.From, r.e164(n, "from").E164)
						return
					}
					rule.From = append(rule.From, r.senderName(n))
				})
			},
			"program": func(n *yaml.Node) {
				rule.Program = fmc.ProgramID(r.text(n, "program"))
				id := rule.Program
				r.refer(n, "program", func() bool { _, ok := r.c.Program(id); return ok }, func() (all []string) {
					for _, p := range r.c.Programs {
						all = append(all, string(p.ID))
					}
					return all
				})
			},
			"by": func(n *yaml.Node) {
				r.list(n, "by", func(n *yaml.Node) {
					if n.Value == "sim" {
						rule.By = append(rule.By, fmc.MessageBy{SIM: true})
						return
					}
					rule.By = append(rule.By, fmc.MessageBy{Centre: fmc.CentreID(r.id(n, "by"))})
				})
			},
		})
		r.require(n, "rule", "by", "by what such messages leave, such as \"by: [sim, mts]\"")
		r.c.Rules.Messages = append(r.c.Rules.Messages, rule)
	})
}
